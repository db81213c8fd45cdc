//! A room's newest events in memory, with the frames that were broadcast.
//!
//! Owned by the hub. The frame of an entry is a slice of the batch that was sent to everybody, so a
//! client that joins late or resumes costs no encoding and no copy.

use crate::model::event::{Author, Event, EventKind};
use crate::model::ids::ClientId;
use crate::model::item::MessageState;
use crate::model::time::Millis;
use crate::websocket::frame;
use bytes::Bytes;
use std::collections::VecDeque;
use std::sync::Arc;

/// One durable event of a room.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// The event. Its number counts from 1, without gaps.
    pub event: Event,
    /// The connection that caused it, which gets the `ack` instead of the event.
    pub origin: ClientId,
    /// The frame, header included.
    pub frame: Bytes,
    /// The store's number for it; 0: it is not on its way to the disk.
    pub job: u64,
}

impl Entry {
    fn seq(&self) -> u64 {
        self.event.seq
    }
}

/// Where a joining client starts to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    /// Everything after `from`: the client keeps what it has up to there.
    Resume {
        /// The last event it keeps.
        from: u64,
    },
    /// The newest page: the client forgets what it has.
    Fresh {
        /// The event before the page.
        after: u64,
    },
}

/// The newest events of one room.
#[derive(Debug)]
pub(crate) struct Log {
    entries: VecDeque<Entry>,
    head: u64,
    /// How many entries are kept, beside those that are not on the disk yet.
    bound: usize,
}

impl Log {
    /// An empty log that keeps `bound` events.
    pub(crate) fn new(bound: usize) -> Self {
        Self {
            entries: VecDeque::new(),
            head: 0,
            bound,
        }
    }

    /// The number of the newest event.
    pub(crate) fn head(&self) -> u64 {
        self.head
    }

    /// Adds the event with the next number, and drops the oldest if there are too many. Events that
    /// are not on the disk stay, because they are nowhere else; the store's queue bounds their number.
    /// `committed`: the store's last job that is on the disk.
    pub(crate) fn push(&mut self, entry: Entry, committed: u64) {
        let kept = |entry: &Entry| entry.job <= committed;
        while self.entries.len() >= self.bound && self.entries.front().is_some_and(kept) {
            self.entries.pop_front();
        }
        self.head = entry.seq();
        self.entries.push_back(entry);
    }

    /// The events after `seq`; `None` if the first of them is no longer here.
    pub(crate) fn after(&self, seq: u64) -> Option<impl Iterator<Item = &Entry>> {
        let oldest = self.oldest();
        (seq + 1 >= oldest).then(|| self.entries.iter().skip((seq + 1 - oldest) as usize))
    }

    /// The message with this number in its final state, if both are here.
    pub(crate) fn item(&self, seq: u64) -> Option<MessageState> {
        let mut entries = self.after(seq.checked_sub(1)?)?;
        let mut item = MessageState::new(entries.next()?.event.clone())?;
        entries.for_each(|entry| {
            if entry.event.what.target() == Some(seq) {
                item.fold(&entry.event);
            }
        });
        Some(item)
    }

    /// Applies every change to a message that is in memory.
    pub(crate) fn fold_onto(&self, mut item: MessageState) -> MessageState {
        let seq = item.event.seq;
        let changes = self.entries.iter().map(|entry| &entry.event);
        changes
            .filter(|event| event.what.target() == Some(seq))
            .for_each(|event| item.fold(event));
        item
    }

    /// Up to `limit` messages before `seq` in their final state, oldest first, and whether there
    /// are older ones here.
    pub(crate) fn page(&self, seq: u64, limit: usize) -> (Vec<MessageState>, bool) {
        let messages = |e: &&Entry| matches!(e.event.what, EventKind::Message { .. });
        let mut older = self
            .entries
            .iter()
            .rev()
            .filter(|e| e.seq() < seq)
            .filter(messages);
        let mut items: Vec<MessageState> = older
            .by_ref()
            .take(limit)
            .filter_map(|e| MessageState::new(e.event.clone()))
            .collect();
        let more = older.next().is_some();
        items.reverse();
        for Entry { event, .. } in &self.entries {
            let target = event.what.target();
            let at = target.and_then(|of| items.binary_search_by_key(&of, |i| i.event.seq).ok());
            if let Some(item) = at.and_then(|at| items.get_mut(at)) {
                item.fold(event);
            }
        }
        (items, more)
    }

    /// Erases the text of a message, and of its edits, from memory. A client that joins later gets a
    /// tombstone.
    pub(crate) fn erase(&mut self, seq: u64) {
        for Entry { event, frame, .. } in &mut self.entries {
            let concerned = event.seq == seq || event.what.target() == Some(seq);
            if let (true, EventKind::Message { text, .. } | EventKind::Edit { text, .. }) =
                (concerned, &mut event.what)
            {
                *text = None;
                *frame = frame::text(&event.json());
            }
        }
    }

    /// The authors of the events in memory.
    pub(crate) fn authors(&self) -> impl Iterator<Item = &Arc<Author>> {
        self.entries.iter().map(|entry| &entry.event.by)
    }

    /// Removes author and text from the events of the person with this `sub`, as the store does.
    pub(crate) fn forget(&mut self, sub: &str) {
        let theirs = |entry: &&mut Entry| *entry.event.by.sub == *sub;
        for Entry { event, frame, .. } in self.entries.iter_mut().filter(theirs) {
            event.by = Arc::new(Author::nobody());
            event.reference = None;
            match &mut event.what {
                EventKind::Message { text, .. } | EventKind::Edit { text, .. } => *text = None,
                EventKind::React { emoji, .. } => *emoji = None,
                EventKind::Delete { .. } | EventKind::Pin { .. } | EventKind::State(_) => {}
            }
            *frame = frame::text(&event.json());
        }
    }

    /// Whether the event with this number is in memory.
    pub(crate) fn holds(&self, seq: u64) -> bool {
        seq >= self.oldest() && seq <= self.head
    }

    /// Drops the events from before `at`.
    pub(crate) fn forget_before(&mut self, at: Millis) {
        while self
            .entries
            .front()
            .is_some_and(|entry| entry.event.at < at)
        {
            self.entries.pop_front();
        }
    }

    /// Continues where an earlier run ended, with its newest events, up to `head`.
    pub(crate) fn restore(&mut self, head: u64, newest: Vec<Event>) {
        for event in newest {
            let frame = frame::text(&event.json());
            let entry = Entry {
                event,
                origin: ClientId::default(),
                frame,
                job: 0,
            };
            self.push(entry, 0);
        }
        self.head = head;
    }

    /// Where a client starts to read that has all events up to `known`. `page`: how many events a
    /// fresh start has. `limit`: the largest gap that is resumed. `stored`: whether older events are in
    /// the store.
    pub(crate) fn start(&self, known: Option<u64>, page: u64, limit: u64, stored: bool) -> Start {
        let here = |seq: u64| stored || seq + 1 >= self.oldest();
        match known {
            Some(seq) if seq <= self.head && here(seq) && self.head - seq <= limit => {
                Start::Resume { from: seq }
            }
            _ => Start::Fresh {
                after: (self.oldest() - 1).max(self.head.saturating_sub(page)),
            },
        }
    }

    /// The number of the oldest event here, or the next number if there is none.
    fn oldest(&self) -> u64 {
        self.head + 1 - self.entries.len() as u64
    }
}

#[cfg(test)]
#[path = "log_tests.rs"]
mod tests;
