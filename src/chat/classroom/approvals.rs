//! Approve first: what members say waits until somebody who leads publishes or rejects it.
//!
//! Pure: the time and the persons are arguments, and what changes is collected as changes of records,
//! which the hub hands to the store. A number is never given twice, so an old number never means
//! something newer.

use crate::chat::classroom::waiting::{Said, Waiting};
use crate::chat::message::{Fingerprint, Parser, Rejection};
use crate::model::time::{Millis, Ticks};
use crate::store::record::{Record, RecordChange, RecordKind};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// Most messages of one person, or of one device, that wait in a room. Who has so many waiting has
/// been heard less than once in a lesson; the others have to be read first.
pub(crate) const MAX_OF_A_PERSON: usize = 10;
/// Most messages that wait in a room: five for each of a class of 40, more than anybody reads.
pub(crate) const MAX_IN_A_ROOM: usize = 200;
/// Most bytes of texts that wait in a room: 1300 for each message, if all of them wait.
pub(crate) const BYTES_IN_A_ROOM: usize = 256 * 1024;
/// Most bytes of texts of one person, or of one device, that wait in a room: ten of 3 KiB, or one that
/// is longer, so that nobody fills the room for the others.
pub(crate) const BYTES_OF_A_PERSON: usize = 32 * 1024;
/// So many decisions are remembered, so that a request that comes again is answered as before.
const MAX_DECIDED: usize = 1024;

/// Why another message cannot wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Full {
    /// The person has too many that wait in the room.
    Person,
    /// The room has.
    Room,
}

/// What became of a message that waited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It is an event of its room, with this number and time.
    Published(u64, Millis),
    /// It was dropped.
    Rejected(Rejection),
}

/// What is known of an earlier request of a person with the same `ref`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Earlier {
    /// It waits in the room, with this number.
    Waits(Arc<str>, u64),
    /// It was rejected.
    Rejected(Rejection),
    /// The `ref` was used for another text.
    Reused,
}

/// A decision that is remembered.
#[derive(Debug)]
struct Decided {
    id: u64,
    room: Arc<str>,
    sub: Box<str>,
    print: Option<Fingerprint>,
    outcome: Outcome,
}

/// Everything that waits, in all rooms.
#[derive(Debug, Default)]
pub(crate) struct Approvals {
    /// By number, so the oldest first.
    waiting: BTreeMap<u64, Waiting>,
    /// The newest number that was given.
    last: u64,
    decided: VecDeque<Decided>,
    /// What the store has not been told yet.
    changes: Vec<RecordChange>,
}

impl Approvals {
    /// Goes on with what waited when an earlier run of the server ended.
    pub(crate) fn restore(
        &mut self,
        records: impl IntoIterator<Item = Record>,
        parser: &Parser,
        now: Ticks,
    ) {
        let restored = records.into_iter();
        let restored = restored.filter_map(|record| Waiting::restored(record, parser, now));
        self.waiting.extend(restored.map(|it| (it.id, it)));
        self.last = self.waiting.keys().next_back().copied().unwrap_or(0);
    }

    /// What has changed since the last call, for the store.
    pub(crate) fn take_changes(&mut self) -> Vec<RecordChange> {
        std::mem::take(&mut self.changes)
    }

    /// Lets a message wait. `at`: the wall clock, from which its number is taken, so that after a
    /// restart none is given again.
    ///
    /// # Errors
    ///
    /// Too many wait already.
    pub(crate) fn wait(&mut self, said: Said, at: Millis, since: Ticks) -> Result<&Waiting, Full> {
        let new = said.text.as_bytes().len();
        let (mut own, mut all) = ((0, new), (0, new));
        for other in self.in_room(&said.room, 0) {
            let bytes = other.said.text.as_bytes().len();
            all = (all.0 + 1, all.1 + bytes);
            if other.is_of(&said.by.sub, said.device.as_deref()) {
                own = (own.0 + 1, own.1 + bytes);
            }
        }
        // A single text that is allowed may wait, however long it is.
        if own.0 >= MAX_OF_A_PERSON || own.0 > 0 && own.1 > BYTES_OF_A_PERSON {
            return Err(Full::Person);
        }
        if all.0 >= MAX_IN_A_ROOM || all.1 > BYTES_IN_A_ROOM {
            return Err(Full::Room);
        }
        let id = at.max(self.last + 1);
        self.last = id;
        let waiting = Waiting {
            id,
            at,
            since,
            said,
        };
        let record = Box::new(waiting.record());
        self.changes.push(RecordChange::Keep(record));
        Ok(self.waiting.entry(id).or_insert(waiting))
    }

    /// The message that waits with this number in this room.
    pub(crate) fn get(&self, room: &str, id: u64) -> Option<&Waiting> {
        self.waiting.get(&id).filter(|it| *it.said.room == *room)
    }

    /// What waits in a room after this number, the oldest first.
    pub(crate) fn in_room<'a>(
        &'a self,
        room: &'a str,
        after: u64,
    ) -> impl Iterator<Item = &'a Waiting> {
        let later = self.waiting.range(after.saturating_add(1)..);
        later.map(|(_, it)| it).filter(|it| *it.said.room == *room)
    }

    /// What became of the message with this number, if that is remembered.
    pub(crate) fn outcome(&self, room: &str, id: u64) -> Option<Outcome> {
        let mut decided = self.decided.iter().rev();
        let found = decided.find(|decided| decided.id == id && *decided.room == *room);
        found.map(|decided| decided.outcome.clone())
    }

    /// What an earlier request of this person with the same `ref` came to, unless it was published.
    pub(crate) fn earlier(&self, sub: &str, print: Fingerprint) -> Option<Earlier> {
        let same = |other: Option<Fingerprint>, by: &str| {
            other.is_some_and(|other| other.reference == print.reference) && *by == *sub
        };
        let mut waiting = self.waiting.values();
        if let Some(it) = waiting.find(|it| same(it.said.print, &it.said.by.sub)) {
            return Some(match it.said.print == Some(print) {
                true => Earlier::Waits(Arc::clone(&it.said.room), it.id),
                false => Earlier::Reused,
            });
        }
        let mut decided = self.decided.iter().rev();
        decided.find_map(|it| match &it.outcome {
            Outcome::Rejected(_) if !same(it.print, &it.sub) => None,
            Outcome::Rejected(why) if it.print == Some(print) => {
                Some(Earlier::Rejected(why.clone()))
            }
            Outcome::Rejected(_) => Some(Earlier::Reused),
            Outcome::Published(..) => None,
        })
    }

    /// Takes a message from the queue, because somebody has decided about it.
    pub(crate) fn decide(&mut self, id: u64, outcome: Outcome) -> Option<Waiting> {
        let waiting = self.waiting.remove(&id)?;
        self.note(&waiting, outcome);
        Some(waiting)
    }

    /// Drops what `chosen` picks, says why, and returns it.
    pub(crate) fn drop_where(
        &mut self,
        why: &'static str,
        chosen: impl Fn(&Waiting) -> bool,
    ) -> Vec<Waiting> {
        let chosen = self.waiting.values().filter(|waiting| chosen(waiting));
        let chosen: Vec<u64> = chosen.map(|waiting| waiting.id).collect();
        let dropped = chosen.iter().filter_map(|id| self.waiting.remove(id));
        let dropped: Vec<Waiting> = dropped.collect();
        for waiting in &dropped {
            let (reason, why) = (None, Some(why));
            self.note(waiting, Outcome::Rejected(Rejection { reason, why }));
        }
        dropped
    }

    /// Forgets the decisions about what a person said.
    pub(crate) fn forget(&mut self, sub: &str) {
        self.decided.retain(|decided| *decided.sub != *sub);
    }

    fn note(&mut self, waiting: &Waiting, outcome: Outcome) {
        if self.decided.len() >= MAX_DECIDED {
            self.decided.pop_front();
        }
        self.decided.push_back(Decided {
            id: waiting.id,
            room: Arc::clone(&waiting.said.room),
            sub: waiting.said.by.sub.clone(),
            print: waiting.said.print,
            outcome,
        });
        let id = waiting.id.to_string().into();
        self.changes
            .push(RecordChange::Drop(RecordKind::Waiting, id));
    }
}

#[cfg(test)]
#[path = "approvals_tests.rs"]
mod tests;
