//! Messages that were cleared in one act, as long as that can be undone.
//!
//! Pure: the time is an argument. Only texts that were in memory are kept here; what is on the disk alone
//! is marked there. Nothing of it survives a restart: what was cleared stays cleared then.

use crate::model::ids::RoomKey;
use crate::model::json::Json;
use crate::model::time::Ticks;
use std::collections::VecDeque;
use std::sync::Arc;

/// Most messages that one act clears: what a class of 40 says in half an hour. The list of them is one
/// event of some 4 KB.
pub(crate) const MAX_CLEARED: usize = 500;
/// How long an act can be undone: milliseconds. Long enough to see a mistake, and nobody has to fear
/// that what they were glad to see gone comes back.
pub(crate) const UNDO: u64 = 60_000;
/// Most acts that can be undone at once, in all rooms. The oldest goes first.
const MAX_ACTS: usize = 32;

/// One act.
#[derive(Debug)]
pub(crate) struct Act {
    /// The room.
    pub(crate) room: RoomKey,
    /// The number of the event.
    pub(crate) seq: u64,
    /// The messages.
    pub(crate) of: Arc<[u64]>,
    /// Their texts, as far as they were in memory.
    pub(crate) texts: Vec<(u64, Json)>,
    /// Until when it can be undone.
    pub(crate) until: Ticks,
    /// Whether it was undone.
    pub(crate) undone: bool,
}

/// Whether an act can be undone.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Undo {
    /// It can: its event and its messages.
    Now(u64, Arc<[u64]>),
    /// It was undone already.
    Done,
    /// Its time is over.
    Late,
    /// There is no such act, or not any more.
    Unknown,
}

/// The acts of the last minute.
#[derive(Debug, Default)]
pub(crate) struct Clearings {
    acts: VecDeque<Act>,
}

impl Clearings {
    /// Notes an act.
    pub(crate) fn note(&mut self, act: Act) {
        if self.acts.len() >= MAX_ACTS {
            self.acts.pop_front();
        }
        self.acts.push_back(act);
    }

    /// Whether the act that became the event `seq` can be undone; without it, the newest in the room.
    pub(crate) fn undo(&self, room: RoomKey, seq: Option<u64>, now: Ticks) -> Undo {
        let mut acts = self.acts.iter().rev().filter(|act| act.room == room);
        let act = match seq {
            Some(seq) => acts.find(|act| act.seq == seq),
            None => acts.next(),
        };
        match act {
            None => Undo::Unknown,
            Some(act) if act.undone => Undo::Done,
            Some(act) if act.until <= now => Undo::Late,
            Some(act) => Undo::Now(act.seq, Arc::clone(&act.of)),
        }
    }

    /// The act that became the event `seq` is undone: gives its texts.
    pub(crate) fn undone(&mut self, room: RoomKey, seq: u64) -> Vec<(u64, Json)> {
        let mut acts = self.acts.iter_mut();
        match acts.find(|act| act.room == room && act.seq == seq) {
            Some(act) => {
                act.undone = true;
                std::mem::take(&mut act.texts)
            }
            None => Vec::new(),
        }
    }

    /// Drops the texts that `gone` picks: of a message that was deleted, or of a person who is forgotten.
    pub(crate) fn drop_texts(&mut self, gone: impl Fn(RoomKey, u64) -> bool) {
        for act in &mut self.acts {
            act.texts.retain(|(seq, _)| !gone(act.room, *seq));
        }
    }

    /// Drops what can be undone no more.
    pub(crate) fn sweep(&mut self, now: Ticks) {
        for act in self.acts.iter_mut().filter(|act| act.until <= now) {
            act.texts = Vec::new();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn act(room: usize, seq: u64, until: u64) -> Act {
        Act {
            room: RoomKey::new(room),
            seq,
            of: [1, 2].into(),
            texts: vec![(1, Json::quote("one")), (2, Json::quote("two"))],
            until: Ticks::at(until),
            undone: false,
        }
    }

    #[test]
    fn an_act_is_undone_once_and_within_its_time() {
        let mut all = Clearings::default();
        let (lobby, lab) = (RoomKey::new(0), RoomKey::new(1));
        let now = Ticks::at;
        let can = |seq| Undo::Now(seq, [1, 2].into());
        assert_eq!(all.undo(lobby, None, now(0)), Undo::Unknown);
        all.note(act(0, 5, 60));
        all.note(act(0, 6, 61));
        all.note(act(1, 7, 62));
        assert_eq!(
            all.undo(lobby, None, now(9)),
            can(6),
            "the newest of the room"
        );
        assert_eq!(all.undo(lobby, Some(5), now(59)), can(5));
        assert_eq!(all.undo(lobby, Some(5), now(60)), Undo::Late);
        assert_eq!(
            all.undo(lobby, Some(7), now(9)),
            Undo::Unknown,
            "of another room"
        );
        assert_eq!(all.undo(lab, Some(7), now(9)), can(7));
        all.drop_texts(|room, seq| room == lobby && seq == 2);
        assert_eq!(all.undone(lobby, 6), [(1, Json::quote("one"))]);
        assert_eq!(all.undo(lobby, Some(6), now(9)), Undo::Done);
        assert_eq!(all.undone(lab, 7).len(), 2);
        all.sweep(now(60));
        assert_eq!(all.undone(lobby, 5), []);
    }

    #[test]
    fn the_acts_are_bounded() {
        let mut all = Clearings::default();
        for n in 0..=MAX_ACTS as u64 {
            all.note(act(0, n, 60));
        }
        let undo = |seq| all.undo(RoomKey::new(0), Some(seq), Ticks::at(0));
        assert_eq!(undo(0), Undo::Unknown);
        assert_ne!(undo(1), Undo::Unknown);
    }
}
