//! A room's newest events in memory: the very frames that were broadcast.
//!
//! Owned by the hub. An entry is a slice of the batch buffer that went to everybody, so that a
//! late joiner, a resuming client and a history page cost no encoding and no copy.

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
pub struct Entry {
    /// What happened, and its place in the room: from 1, without gaps.
    pub event: Event,
    /// The connection that caused it: it has the `ack`, and never gets the event.
    pub origin: ClientId,
    /// The frame, header included.
    pub frame: Bytes,
    /// The store's number for it; 0: there is nothing to wait for.
    pub job: u64,
}

impl Entry {
    fn seq(&self) -> u64 {
        self.event.seq
    }
}

/// Where a joining client starts to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
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
pub struct Log {
    entries: VecDeque<Entry>,
    head: u64,
    /// Most entries kept, and as many more as are not on the disk.
    bound: usize,
}

impl Log {
    /// An empty log that keeps `bound` events.
    pub fn new(bound: usize) -> Self {
        Self {
            entries: VecDeque::new(),
            head: 0,
            bound,
        }
    }

    /// The number of the newest event.
    pub fn head(&self) -> u64 {
        self.head
    }

    /// Adds the event with the next number. What is not on the disk (`committed`: the store's last
    /// job that is) stays, however much that becomes: it is nowhere else. The store's queue bounds
    /// it.
    pub fn push(&mut self, entry: Entry, committed: u64) {
        let kept = |entry: &Entry| entry.job <= committed;
        while self.entries.len() >= self.bound && self.entries.front().is_some_and(kept) {
            self.entries.pop_front();
        }
        self.head = entry.seq();
        self.entries.push_back(entry);
    }

    /// The events after `seq`; `None` if the first of them is no longer here.
    pub fn after(&self, seq: u64) -> Option<impl Iterator<Item = &Entry>> {
        let oldest = self.oldest();
        (seq + 1 >= oldest).then(|| self.entries.iter().skip((seq + 1 - oldest) as usize))
    }

    /// The message with this number in its final state, if both are here.
    pub fn item(&self, seq: u64) -> Option<MessageState> {
        let mut entries = self.after(seq.checked_sub(1)?)?;
        let mut item = MessageState::new(entries.next()?.event.clone())?;
        entries.for_each(|entry| {
            if entry.event.what.target() == Some(seq) {
                item.fold(&entry.event);
            }
        });
        Some(item)
    }

    /// Lets everything that is here and concerns a message change it.
    pub fn fold_onto(&self, mut item: MessageState) -> MessageState {
        let seq = item.event.seq;
        let changes = self.entries.iter().map(|entry| &entry.event);
        changes
            .filter(|event| event.what.target() == Some(seq))
            .for_each(|event| item.fold(event));
        item
    }

    /// Up to `limit` messages before `seq` in their final state, oldest first, and whether there
    /// are older ones here.
    pub fn page(&self, seq: u64, limit: usize) -> (Vec<MessageState>, bool) {
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

    /// Takes the text of a message, and of what it was edited to, out of the memory: whoever
    /// comes later gets a tombstone.
    pub fn erase(&mut self, seq: u64) {
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

    /// Who caused what is here.
    pub fn authors(&self) -> impl Iterator<Item = &Arc<Author>> {
        self.entries.iter().map(|entry| &entry.event.by)
    }

    /// Makes what the person with this `sub` did nobody's, without text: the same as the store
    /// makes of it.
    pub fn forget(&mut self, sub: &str) {
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
    pub fn holds(&self, seq: u64) -> bool {
        seq >= self.oldest() && seq <= self.head
    }

    /// Forgets what happened before `at`.
    pub fn forget_before(&mut self, at: Millis) {
        while self
            .entries
            .front()
            .is_some_and(|entry| entry.event.at < at)
        {
            self.entries.pop_front();
        }
    }

    /// Begins where an earlier run ended: with its newest events, up to `head`.
    pub fn restore(&mut self, head: u64, newest: Vec<Event>) {
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

    /// Where a client starts that has everything up to `known` and nothing wrong behind it.
    /// `page`: events of a fresh start. `limit`: the largest gap that is resumed. `stored`: what
    /// is not in memory is in the store.
    pub fn start(&self, known: Option<u64>, page: u64, limit: u64, stored: bool) -> Start {
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
