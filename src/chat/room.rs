//! One room: its members, its log, and the batch that is about to be sent.
//!
//! Owned by the hub. Members are connections; presence counts persons. The batch is one buffer of
//! ready frames that every member shares; a member that wrote into it gets the slices around its
//! own frames.

use crate::chat::ages::Ages;
use crate::chat::cursor::Cursor;
use crate::chat::event;
use crate::chat::gate::Rules;
use crate::chat::log::{Entry, Log};
use crate::chat::presence_changes::Changes;
use crate::model::event::{Event, EventKind, State};
use crate::model::ids::{ClientId, PersonKey, Slot};
use crate::model::json::Json;
use crate::model::time::{Millis, Ticks};
use crate::store::opened::OpenedRoom;
use crate::support::id_map::IdMap;
use crate::websocket::frame;
use bytes::{Bytes, BytesMut};
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Batches are cut from blocks of this size, so that the log's slices of many small batches share
/// few allocations. Untouched parts cost no memory.
const BLOCK: usize = 64 * 1024;

/// One connection in a room.
#[derive(Debug)]
pub(crate) struct Member {
    /// The connection.
    pub slot: Slot,
    /// Where it reads the log while it catches up. Live events reach it through this cursor until the
    /// cursor meets the head. `None`: the member is live.
    pub cursor: Option<Box<Cursor>>,
}

/// The result of an attempt to read a chunk of the log.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum LogChunk {
    /// There is something to send, and more may follow.
    Ready,
    /// The cursor has met the head: the member is live. `ready`: there is something to send.
    Last {
        /// Whether frames were added.
        ready: bool,
    },
    /// The member is live already, or the store was asked and has not answered.
    Waits,
    /// The next event is older than what is in memory: the store has to be asked.
    Ask {
        /// For the events after this one.
        after: u64,
        /// For so many at most.
        most: usize,
    },
}

/// A durable event that is in the batch and not yet in the log.
#[derive(Debug)]
struct Pending {
    event: Event,
    origin: ClientId,
    range: Range<usize>,
    job: u64,
}

/// One room.
#[derive(Debug)]
pub(crate) struct Room {
    /// Its name.
    pub name: Arc<str>,
    /// Its name as JSON.
    pub quoted: Json,
    /// The beginning of each of its messages, as JSON.
    head: Box<str>,
    /// Its newest events.
    pub log: Log,
    /// How old they are, if nothing is stored.
    ages: Ages,
    /// Its lock and slow mode.
    pub rules: Rules,
    /// The pinned message.
    pub pin: Option<u64>,
    /// The event with which the last lesson ended; 0: none has. Nobody joins below it.
    pub lesson_end: u64,
    /// It was created by somebody who does not lead: it goes away when all have left it and nothing
    /// ever happened in it.
    pub fleeting: bool,
    /// The connections in it.
    pub members: Vec<Member>,
    /// The member that got the last batch first.
    first: usize,
    /// How many connections each person has in it, and when the person came.
    pub(super) persons: IdMap<PersonKey, (u32, Millis)>,
    /// Rises by one with each message. Only differences mean something.
    pub said: u64,
    /// [`Room::count`] and [`Room::said`] as connections outside the room were last told them.
    pub(super) told: (usize, u64),
    /// For the next `presence`.
    pub changes: Changes,
    batch: BytesMut,
    pending: Vec<Pending>,
    /// Bytes that no log keeps beside those that the log has had since: see [`Room::remember`].
    unkept: usize,
}

impl Room {
    /// An empty room that keeps `memory` events.
    pub(crate) fn new(name: &str, memory: usize) -> Self {
        Self {
            name: name.into(),
            quoted: Json::quote(name),
            head: event::message_head(name),
            log: Log::new(memory),
            ages: Ages::default(),
            rules: Rules::default(),
            pin: None,
            lesson_end: 0,
            fleeting: false,
            members: Vec::new(),
            first: 0,
            persons: IdMap::default(),
            said: 0,
            told: (0, 0),
            changes: Changes::default(),
            batch: BytesMut::with_capacity(BLOCK),
            pending: Vec::new(),
            unkept: 0,
        }
    }

    /// What is left of a room that was removed.
    pub(crate) fn removed(name: &str) -> Self {
        Self {
            batch: BytesMut::new(),
            ..Self::new(name, 0)
        }
    }

    /// Continues where an earlier run of the server ended.
    pub(crate) fn restore(&mut self, opened: OpenedRoom) {
        let (rules, state) = (&mut self.rules, opened.state);
        (rules.locked, rules.slow, rules.approve) = (state.locked, state.slow, state.approve);
        (self.pin, self.lesson_end) = (opened.pin, opened.lesson_end);
        self.said = opened.head; // at least as many as were said before
        self.log.restore(opened.head, opened.newest);
    }

    /// Its rules for the page.
    pub(crate) fn state(&self) -> State {
        let rules = self.rules;
        State {
            locked: rules.locked,
            slow: rules.slow,
            approve: rules.approve,
        }
    }

    /// The member with this slot. Found at once if it has just come.
    pub(crate) fn member(&mut self, slot: Slot) -> Option<&mut Member> {
        let mut members = self.members.iter_mut();
        members.rfind(|member| member.slot == slot)
    }

    /// The member that gets the next batch first.
    pub(crate) fn next_first(&mut self) -> usize {
        self.first = (self.first + 1) % self.members.len().max(1);
        self.first
    }

    /// The number of the newest event, in the batch or in the log.
    pub(crate) fn head(&self) -> u64 {
        self.log.head() + self.pending()
    }

    /// Whether the batch has the event with this number, or a change to it: not in the log yet.
    pub(crate) fn is_pending(&self, seq: u64) -> bool {
        let mut pending = self.pending.iter().map(|pending| &pending.event);
        pending.any(|event| event.seq == seq || event.what.touches(seq))
    }

    /// Bytes in the batch.
    pub(crate) fn batched(&self) -> usize {
        self.batch.len()
    }

    /// Encodes an event, which has the next number, into the batch. `from` is its author as JSON, and
    /// `job` the store's number for it. Returns where in the batch its frame is.
    pub(crate) fn publish(
        &mut self,
        origin: ClientId,
        event: Event,
        from: &str,
        job: u64,
    ) -> Range<usize> {
        let start = self.batch.len();
        match &event.what {
            EventKind::Message {
                text: Some(text),
                reply_to,
            } => {
                self.said += 1;
                let head = (&*self.head, event.seq);
                event::put_message(&mut self.batch, head, from, text, *reply_to, event.at);
            }
            _ => frame::put_text(&mut self.batch, &[&event.json()]),
        }
        let range = start..self.batch.len();
        self.pending.push(Pending {
            event,
            origin,
            range: range.clone(),
            job,
        });
        range
    }

    /// Adds a frame that the log does not keep (`typing`, `presence`). Returns where in the batch it is.
    pub(crate) fn broadcast_transient(&mut self, frame: &[u8]) -> Range<usize> {
        let start = self.batch.len();
        self.batch.extend_from_slice(frame);
        self.unkept = (self.unkept + frame.len()).min(BLOCK);
        start..self.batch.len()
    }

    /// Durable events in the batch.
    pub(crate) fn pending(&self) -> u64 {
        self.pending.len() as u64
    }

    /// Freezes the batch and starts a new one. [`Room::remember`] has to follow.
    pub(crate) fn take_batch(&mut self) -> Bytes {
        self.batch.split().freeze()
    }

    /// Moves the durable events of the batch that was taken into the log. Called after the batch is
    /// sent, so that no member waits for it. `committed`: the store's last job that is on the disk.
    ///
    /// A frame in the log is a slice, and keeps its whole block in memory. So after frames that no
    /// log keeps (`typing`, `presence`), frames are copied until as many bytes have been copied. The log
    /// then needs at most twice the memory of its frames, and a block.
    pub(crate) fn remember(&mut self, batch: &Bytes, committed: u64) {
        let (mut rewrites, since) = (false, Some(Ticks::now()));
        for Pending {
            event,
            origin,
            range,
            job,
        } in self.pending.drain(..)
        {
            rewrites |= matches!(
                event.what,
                EventKind::Edit { .. } | EventKind::Delete { .. } | EventKind::Clear { .. }
            );
            let frame = match self.unkept {
                0 => batch.slice(range),
                _ => Bytes::copy_from_slice(&batch[range]),
            };
            self.unkept = self.unkept.saturating_sub(frame.len());
            let entry = Entry {
                event,
                origin,
                frame,
                job,
                since,
            };
            self.log.push(entry, committed);
        }
        if rewrites {
            self.renew_fetched();
        }
    }

    /// Drops what is older than `keep` from memory.
    pub(crate) fn forget_old(&mut self, now: Instant, keep: Duration) {
        if let Some(last) = self.ages.look(now, keep, self.log.head()) {
            self.forget_up_to(last);
        }
    }

    /// Drops the events up to this number, and the pin of one of them.
    pub(crate) fn forget_up_to(&mut self, last: u64) {
        self.log.forget_up_to(last);
        self.pin = self.pin.filter(|&pin| pin > last);
    }

    /// A member that catches up waits for the store's events after this one.
    pub(crate) fn waits_for_range(&mut self, slot: Slot, after: u64) {
        if let Some(cursor) = self.member(slot).and_then(|member| member.cursor.as_mut()) {
            cursor.asked = Some(after);
        }
    }

    /// Whether a member that catches up waits for the store's events after this one; from now on it
    /// does not.
    pub(crate) fn takes_range(&mut self, slot: Slot, after: u64) -> bool {
        let cursor = self.member(slot).and_then(|member| member.cursor.as_mut());
        cursor.is_some_and(|cursor| cursor.asked.take_if(|asked| *asked == after).is_some())
    }

    /// Gives a member that catches up its next events.
    pub(crate) fn take_range(&mut self, slot: Slot, mut events: Vec<Event>) {
        events.iter_mut().for_each(|event| self.log.renew(event));
        if let Some(cursor) = self.member(slot).and_then(|member| member.cursor.as_mut()) {
            cursor.take(events);
        }
    }

    /// Takes words that were edited or deleted from what members who catch up have yet to be sent.
    fn renew_fetched(&mut self) {
        let cursors = self.members.iter_mut().filter_map(|m| m.cursor.as_mut());
        for event in cursors.flat_map(|cursor| &mut cursor.fetched) {
            self.log.renew(event);
        }
    }

    /// Adds the next frames for a member that catches up to `pieces`, up to about `most` bytes.
    /// `own`: seqs of its own events since it joined, which it knows by their acks.
    pub(crate) fn read_chunk(
        &mut self,
        (slot, client): (Slot, ClientId),
        own: &[u64],
        most: usize,
        pieces: &mut Vec<Bytes>,
    ) -> LogChunk {
        // The search begins at the back, because mostly new members catch up.
        let Some(member) = self.members.iter_mut().rfind(|m| m.slot == slot) else {
            return LogChunk::Waits;
        };
        let Some(cursor) = member.cursor.as_mut() else {
            return LogChunk::Waits;
        };
        if cursor.read_fetched(own, most, pieces) {
            return LogChunk::Ready;
        }
        let Some(entries) = self.log.after(cursor.at) else {
            if cursor.asked.is_some() {
                return LogChunk::Waits;
            }
            let (after, most) = (cursor.at, cursor.most);
            return LogChunk::Ask { after, most };
        };
        let mut size = 0;
        for entry in entries {
            cursor.at = entry.event.seq;
            if entry.origin != client || entry.event.seq <= cursor.joined {
                size += entry.frame.len();
                pieces.push(entry.frame.clone());
            }
            if size >= most {
                break;
            }
        }
        let ready = size > 0;
        if cursor.at == self.log.head() {
            member.cursor = None;
            return LogChunk::Last { ready };
        }
        if ready {
            LogChunk::Ready
        } else {
            LogChunk::Waits
        }
    }
}

#[cfg(test)]
#[path = "room_tests.rs"]
mod tests;
