//! A poll: what is asked, what a person chooses, and what came of it.

use serde::{Deserialize, Serialize};

/// Fewest choices of a poll.
pub(crate) const MIN_CHOICES: usize = 2;
/// Most choices of a poll. A person's choices are the bits of a byte.
pub(crate) const MAX_CHOICES: usize = 8;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Question {
    /// The question.
    pub question: Box<str>,
    /// The answers to choose from.
    pub choices: Vec<Box<str>>,
    /// Whether one may choose several.
    #[serde(default, skip_serializing_if = "is_false")]
    pub multiple: bool,
    /// Whether nobody learns who chose what.
    #[serde(default, skip_serializing_if = "is_false")]
    pub anonymous: bool,
}

impl Question {
    /// The approximate number of bytes of text in it.
    pub(crate) fn size(&self) -> usize {
        let choices = self.choices.iter().map(|choice| choice.len());
        self.question.len() + choices.sum::<usize>()
    }
}

/// What came of a poll up to now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The id of the person who asked, so that their words are found when they are forgotten.
    pub asked_by: Box<str>,
    /// What was asked.
    pub asked: Question,
    /// Whether it takes no more votes.
    pub closed: bool,
    /// Whether everybody sees the sums.
    pub published: bool,
    /// How many persons have voted.
    pub count: u32,
    /// How many chose each of the choices.
    pub votes: Vec<u32>,
}

/// Which choices a person made: at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Choices(u8);

impl Choices {
    /// The choices with these numbers, from 0; `None` if there are none, one of them is too large, or one
    /// comes twice.
    pub(crate) fn of(numbers: &[u64]) -> Option<Choices> {
        let mut bits = 0_u8;
        for &number in numbers {
            let number = u32::try_from(number).ok()?;
            let bit = 1_u8.checked_shl(number)?;
            if bits & bit != 0 {
                return None;
            }
            bits |= bit;
        }
        (bits != 0).then_some(Choices(bits))
    }

    /// Their numbers, in order.
    pub(crate) fn numbers(self) -> impl Iterator<Item = usize> {
        (0..MAX_CHOICES).filter(move |number| self.0 & (1 << number) != 0)
    }

    /// How many there are.
    pub(crate) fn count(self) -> u32 {
        self.0.count_ones()
    }

    /// Whether a poll with so many choices has all of them.
    pub(crate) fn fit(self, choices: usize) -> bool {
        self.numbers().all(|number| number < choices)
    }
}

fn is_false(value: &bool) -> bool {
    !value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_are_numbers_from_0_and_each_comes_once() {
        let numbers = |numbers: &[u64]| {
            let choices = Choices::of(numbers)?;
            Some(choices.numbers().collect::<Vec<_>>())
        };
        for (given, read) in [
            (&[0][..], Some(vec![0])),
            (&[7, 2], Some(vec![2, 7])),
            (&[], None),
            (&[1, 1], None),
            (&[8], None),
            (&[u64::MAX], None),
        ] {
            assert_eq!(numbers(given), read, "{given:?}");
        }
        let choices = Choices::of(&[0, 3]).expect("two choices");
        assert_eq!(choices.count(), 2);
        assert!(choices.fit(4) && !choices.fit(3));
    }
}
