//! A hand that goes up or down in a room.

use crate::model::json::Json;
use serde::{Deserialize, Serialize};

/// The bits of a position, and of a number of votes, in [`Hand::packed`].
const COUNT_BITS: u32 = 16;
const UP: u64 = 1;
const ANONYMOUS: u64 = 2;
const ANSWERED: u64 = 4;
const FLAG_BITS: u32 = 3;

/// What happened to a hand. Whose it is, is the author of the event, whoever lowers it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hand {
    /// It went up; otherwise down.
    pub up: bool,
    /// The event with which it went up, when it goes down.
    pub of: Option<u64>,
    /// Its place in the queue, from 1; when it goes down, the place that it had.
    pub position: u16,
    /// What its owner asks.
    pub question: Option<Json>,
    /// Others do not learn whose it is.
    pub anonymous: bool,
    /// It goes down because it was answered.
    pub answered: bool,
    /// How many others had the same question, when it goes down.
    pub votes: u16,
}

impl Hand {
    /// Everything but `of` and `question` as one number, for one column of a table.
    pub fn packed(&self) -> u64 {
        let flag = |set: bool, bit: u64| if set { bit } else { 0 };
        let flags =
            flag(self.up, UP) | flag(self.anonymous, ANONYMOUS) | flag(self.answered, ANSWERED);
        let counts = u64::from(self.votes) << COUNT_BITS | u64::from(self.position);
        counts << FLAG_BITS | flags
    }

    /// The hand of such a number, with nothing in `of` and `question`.
    pub fn unpacked(packed: u64) -> Hand {
        let counts = packed >> FLAG_BITS;
        Hand {
            up: packed & UP != 0,
            of: None,
            position: counts as u16,
            question: None,
            anonymous: packed & ANONYMOUS != 0,
            answered: packed & ANSWERED != 0,
            votes: (counts >> COUNT_BITS) as u16,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hand_is_the_same_after_it_was_packed() {
        let flags = [false, true];
        for (up, anonymous) in flags.iter().flat_map(|&a| flags.map(|b| (a, b))) {
            for (position, votes) in [(0, 0), (1, 7), (u16::MAX, u16::MAX)] {
                let hand = Hand {
                    up,
                    position,
                    anonymous,
                    answered: !up,
                    votes,
                    ..Hand::default()
                };
                assert_eq!(Hand::unpacked(hand.packed()), hand);
                assert!(hand.packed() < 1 << 53, "a number that JSON can hold");
            }
        }
    }
}
