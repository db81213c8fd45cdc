//! Hands and questions: one queue per room, first come, first served.
//!
//! Pure: times and persons are arguments, and what changes is collected as changes of records, which
//! the hub hands to the store. That a hand went up or down is an event of the room; the queue is what
//! comes of these events.

use crate::chat::classroom::raised::{Raised, hand_id, second_id, second_record};
use crate::chat::message::{ErrorCode, RequestError, Whose};
use crate::model::event::Author;
use crate::model::hand::Hand;
use crate::model::json::Json;
use crate::model::time::Ticks;
use crate::store::record::{Record, RecordChange, RecordKind};
use std::collections::HashMap;
use std::sync::Arc;

/// Most hands that are up in one room at once: several classes. Everybody who joins gets the queue.
pub(crate) const MAX_HANDS: usize = 200;
/// Bytes of all open questions of one room: with [`MAX_HANDS`] names the queue still fits into the
/// smallest backlog.
pub(crate) const MAX_QUESTIONS: usize = 32 * 1024;
/// Most people who are counted as having the question of one hand. Each is a record of its own.
pub(crate) const MAX_VOTES: usize = 500;

/// The hands of all rooms.
#[derive(Debug, Default)]
pub(crate) struct Hands {
    /// The queue of each room where hands are up, in the order in which they went up.
    rooms: HashMap<Arc<str>, Vec<Raised>>,
    /// What the store has not been told yet.
    changes: Vec<RecordChange>,
}

impl Hands {
    /// Puts what an earlier run of the server kept back. Other records are left alone.
    pub(crate) fn restore(&mut self, records: &[Record], now: Ticks) {
        let of = |kind| records.iter().filter(move |record| record.kind == kind);
        for record in of(RecordKind::Hand) {
            if let Some((room, hand)) = Raised::restored(record.clone(), now) {
                self.rooms.entry(room).or_default().push(hand);
            }
        }
        for queue in self.rooms.values_mut() {
            queue.sort_by_key(|hand| hand.seq);
        }
        for record in of(RecordKind::Second) {
            let hand = record.body.parse().ok();
            let room = record
                .room
                .as_ref()
                .and_then(|room| self.rooms.get_mut(room));
            let queue = room.into_iter().flatten();
            let mut found = queue.filter(|raised| Some(raised.seq) == hand);
            if let Some(raised) = found.next() {
                raised.seconds.push(Arc::clone(&record.by));
            }
        }
    }

    /// What has changed since the last call, for the store.
    pub(crate) fn take_changes(&mut self) -> Vec<RecordChange> {
        std::mem::take(&mut self.changes)
    }

    /// The queue of a room.
    pub(crate) fn of(&self, room: &str) -> &[Raised] {
        self.rooms.get(room).map_or(&[], Vec::as_slice)
    }

    /// The hand of this person in a room.
    pub(crate) fn by_sub(&self, room: &str, sub: &str) -> Option<&Raised> {
        self.of(room).iter().find(|hand| *hand.by.sub == *sub)
    }

    /// The hand that is meant. `knows`: who asks may learn whose an anonymous one is.
    pub(crate) fn find(&self, room: &str, whose: &Whose, knows: bool) -> Option<&Raised> {
        let is_meant = |hand: &&Raised| match whose {
            Whose::User(id) => hand.by.id == *id && (knows || !hand.anonymous),
            Whose::Hand(seq) => hand.seq == *seq,
        };
        self.of(room).iter().find(is_meant)
    }

    /// The place at which a hand of this person would go up, from 1. `None`: the same hand is up.
    pub(crate) fn place(
        &self,
        room: &str,
        sub: &str,
        question: Option<&Json>,
        anonymous: bool,
    ) -> Result<Option<u16>, RequestError> {
        let forbidden = |message: String| Err(RequestError::new(ErrorCode::Forbidden, message));
        if let Some(up) = self.by_sub(room, sub) {
            if (up.question.as_ref(), up.anonymous) == (question, anonymous) {
                return Ok(None);
            }
            return forbidden("Your hand is up already. Lower it first.".into());
        }
        let queue = self.of(room);
        if queue.len() >= MAX_HANDS {
            return forbidden(format!("{MAX_HANDS} hands are up, and no more can be."));
        }
        let asked: usize = queue.iter().map(Raised::bytes).sum();
        let new = question.map_or(0, |text| text.as_bytes().len());
        if asked + new > MAX_QUESTIONS {
            let message = "So many questions are open that yours does not fit. Wait until some are \
                           answered.";
            return forbidden(message.into());
        }
        Ok(u16::try_from(queue.len() + 1).ok())
    }

    /// A hand goes up, at the end of the queue.
    pub(crate) fn raise(&mut self, room: &Arc<str>, hand: Raised) {
        let record = Box::new(hand.record(room));
        self.changes.push(RecordChange::Keep(record));
        self.rooms.entry(Arc::clone(room)).or_default().push(hand);
    }

    /// What is to be said of the hand `seq` when it goes down, and whose it is.
    pub(crate) fn lowered(
        &self,
        room: &str,
        seq: u64,
        answered: bool,
    ) -> Option<(Arc<Author>, Hand)> {
        let queue = self.of(room);
        let at = queue.iter().position(|hand| hand.seq == seq)?;
        let hand = Hand {
            up: false,
            of: Some(seq),
            position: u16::try_from(at + 1).unwrap_or(u16::MAX),
            question: None,
            anonymous: queue[at].anonymous,
            answered,
            votes: queue[at].votes(),
        };
        Some((Arc::clone(&queue[at].by), hand))
    }

    /// A hand goes down, and with it who had the same question.
    pub(crate) fn lower(&mut self, room: &str, seq: u64) {
        self.retain(room, |hand| hand.seq != seq);
    }

    /// Drops the hands of a room that `stays` does not keep.
    fn retain(&mut self, room: &str, stays: impl Fn(&Raised) -> bool) {
        let Some(queue) = self.rooms.get_mut(room) else {
            return;
        };
        for gone in queue.extract_if(.., |hand| !stays(hand)) {
            let id = hand_id(room, gone.seq);
            self.changes.push(RecordChange::Drop(RecordKind::Hand, id));
            let seconds = gone.seconds.iter();
            self.changes.extend(
                seconds.map(|by| {
                    RecordChange::Drop(RecordKind::Second, second_id(room, gone.seq, by))
                }),
            );
        }
        if queue.is_empty() {
            self.rooms.remove(room);
        }
    }

    /// Somebody has the question of a hand, too, or no longer. Returns whether that is new.
    pub(crate) fn second(
        &mut self,
        room: &Arc<str>,
        seq: u64,
        by: &Arc<Author>,
        on: bool,
    ) -> Result<bool, RequestError> {
        let queue = self.rooms.get_mut(room).into_iter().flatten();
        let mut asked = queue.filter(|hand| hand.seq == seq && hand.question.is_some());
        let Some(hand) = asked.next() else {
            let message = "There is no such question, or it is no longer open.";
            return Err(RequestError::new(ErrorCode::NotFound, message));
        };
        if hand.by.sub == by.sub {
            let message = "It is your own question.";
            return Err(RequestError::new(ErrorCode::Forbidden, message));
        }
        let known = hand.seconds.iter().position(|other| other.sub == by.sub);
        match (known, on) {
            (Some(_), true) | (None, false) => return Ok(false),
            (Some(at), false) => {
                let id = second_id(room, seq, &hand.seconds.remove(at));
                self.changes
                    .push(RecordChange::Drop(RecordKind::Second, id));
            }
            (None, true) if hand.seconds.len() >= MAX_VOTES => {
                let message =
                    format!("{MAX_VOTES} people share this question, and more are not counted.");
                return Err(RequestError::new(ErrorCode::Forbidden, message));
            }
            (None, true) => {
                hand.seconds.push(Arc::clone(by));
                let record = Box::new(second_record(room, seq, by));
                self.changes.push(RecordChange::Keep(record));
            }
        }
        Ok(true)
    }

    /// The hands that `binds` picks, as the rooms and events where they went up.
    pub(crate) fn chosen(&self, binds: impl Fn(&str, &Raised) -> bool) -> Vec<(Arc<str>, u64)> {
        let rooms = self.rooms.iter();
        let all = rooms.flat_map(|(room, queue)| queue.iter().map(move |hand| (room, hand)));
        let chosen = all.filter(|(room, hand)| binds(room, hand));
        let mut chosen: Vec<(Arc<str>, u64)> = chosen
            .map(|(room, hand)| (Arc::clone(room), hand.seq))
            .collect();
        chosen.sort_unstable();
        chosen
    }

    /// Notes whose owners are `here`.
    pub(crate) fn look(&mut self, now: Ticks, here: impl Fn(&str) -> bool) {
        for hand in self.rooms.values_mut().flatten() {
            if here(&hand.by.sub) {
                hand.seen = now;
            }
        }
    }

    /// Drops the hands of a room that is removed, and those up to this event, which is erased.
    pub(crate) fn forget_up_to(&mut self, room: &str, last: u64) {
        self.retain(room, |hand| hand.seq > last);
    }

    /// Forgets a person: their hands, and that they had the question of another one.
    pub(crate) fn forget(&mut self, sub: &str) {
        let rooms: Vec<Arc<str>> = self.rooms.keys().cloned().collect();
        for room in rooms {
            self.retain(&room, |hand| *hand.by.sub != *sub);
            for hand in self.rooms.get_mut(&room).into_iter().flatten() {
                hand.seconds.retain(|by| *by.sub != *sub);
            }
        }
    }
}

#[cfg(test)]
#[path = "hands_tests.rs"]
mod tests;
