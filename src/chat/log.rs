//! A room's newest events in memory, with the frames that were broadcast.
//!
//! Owned by the hub. The frame of an entry is a slice of the batch that was sent to everybody, so a
//! client that joins late or resumes costs no encoding and no copy. Only what an edit or a deletion
//! concerns is encoded again: once for the message and once for the edit that was replaced, however
//! many there were. What memory gives is, byte for byte, what the store would give.

use crate::chat::changed::Changed;
use crate::model::event::{Author, Event, EventKind};
use crate::model::ids::ClientId;
use crate::model::item::MessageState;
use crate::model::json::Json;
use crate::model::time::Ticks;
use crate::support::id_map::IdMap;
use crate::websocket::frame;
use bytes::Bytes;
use std::collections::VecDeque;
use std::sync::Arc;

/// Memory of an event, on average, for which `history.memory` provides: bytes. Rooms with longer texts
/// keep fewer events, since the longest ones would need sixteen times as much.
pub(crate) const EVENT_BYTES: usize = 2 * 1024;
/// Memory of an event beside its text and its frame: bytes.
const ENTRY_BYTES: usize = 256;

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
    /// When it happened; `None`: before the start.
    pub since: Option<Ticks>,
}

impl Entry {
    fn seq(&self) -> u64 {
        self.event.seq
    }

    fn bytes(&self) -> usize {
        ENTRY_BYTES + self.frame.len() + self.event.what.size()
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
    /// What they have changed, by the number of the message.
    pub(super) changed: IdMap<u64, Changed>,
    head: u64,
    /// How many entries are kept, beside those that are not on the disk yet.
    bound: usize,
    /// Memory of the entries.
    bytes: usize,
}

impl Log {
    /// An empty log that keeps `bound` events, of [`EVENT_BYTES`] on average.
    pub(crate) fn new(bound: usize) -> Self {
        Self {
            entries: VecDeque::new(),
            changed: IdMap::default(),
            head: 0,
            bound,
            bytes: 0,
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
        let stored = |entry: &Entry| entry.job <= committed;
        self.bytes += entry.bytes();
        while (self.entries.len() >= self.bound || self.bytes > self.bound * EVENT_BYTES)
            && self.entries.front().is_some_and(stored)
        {
            self.drop_oldest();
        }
        self.head = entry.seq();
        self.entries.push_back(entry);
        self.take_over_newest();
    }

    fn drop_oldest(&mut self) {
        let Some(entry) = self.entries.pop_front() else {
            return;
        };
        self.bytes -= entry.bytes();
        let event = entry.event;
        for of in event.what.target().iter().chain(event.what.targets()) {
            if self.changed.get(of).is_some_and(|c| c.newest == event.seq) {
                self.changed.remove(of);
            }
        }
    }

    /// Applies the newest event to what it changes: a message that is read from here later has its
    /// newest text, and the edit that was replaced has none.
    fn take_over_newest(&mut self) {
        let Some(Entry { event, .. }) = self.entries.back() else {
            return;
        };
        let (seq, at) = (event.seq, event.at);
        match &event.what {
            EventKind::Clear { of, undone } => {
                let (of, undone) = (Arc::clone(of), *undone);
                self.note_cleared(seq, &of, !undone);
            }
            EventKind::Restore { of, cleared } => {
                let (of, cleared) = (Arc::clone(of), *cleared);
                self.note_cleared(seq, &of, false);
                self.note_undone(cleared);
            }
            EventKind::Edit { of, text, .. } => {
                let (of, text) = (*of, text.clone());
                let changed = self.changed.entry(of).or_default();
                changed.newest = seq;
                if let Some(replaced) = changed.note_edit(seq, at) {
                    self.supersede(replaced);
                }
                if let Some(text) = text {
                    self.reword(of, text);
                }
            }
            EventKind::Delete { of, purge } => {
                let (of, purge) = (*of, *purge);
                let changed = self.changed.entry(of).or_default();
                changed.newest = seq;
                changed.note_delete(purge);
                self.erase(of);
            }
            EventKind::React { of, emoji } => {
                let changed = self.changed.entry(*of).or_default();
                changed.newest = seq;
                changed.note_reaction(&event.by, emoji.as_deref());
            }
            _ => {} // it changes no message
        }
    }

    /// Gives a message its newest text, unless it was deleted.
    fn reword(&mut self, seq: u64, newest: Json) {
        self.rewrite(seq, |what| match what {
            EventKind::Message {
                text: Some(text), ..
            } if *text != newest => {
                *text = newest;
                true
            }
            _ => false,
        });
    }

    /// Takes the text of an edit that a later one replaces.
    fn supersede(&mut self, seq: u64) {
        self.rewrite(seq, |what| match what {
            EventKind::Edit {
                text, superseded, ..
            } if !*superseded => {
                (*text, *superseded) = (None, true);
                true
            }
            _ => false,
        });
    }

    /// Changes what an event says, if it is here, and encodes it again if `change` says that it did.
    pub(super) fn rewrite(&mut self, seq: u64, change: impl FnOnce(&mut EventKind) -> bool) {
        let at = seq.checked_sub(self.oldest());
        let entry = at.and_then(|at| self.entries.get_mut(at as usize));
        let Some(entry) = entry else {
            return;
        };
        let before = entry.bytes();
        if change(&mut entry.event.what) {
            entry.frame = frame::text(&entry.event.json());
            self.bytes = self.bytes - before + entry.bytes();
        }
    }

    /// The events after `seq`; `None` if the first of them is no longer here.
    pub(crate) fn after(&self, seq: u64) -> Option<impl Iterator<Item = &Entry>> {
        let oldest = self.oldest();
        (seq + 1 >= oldest).then(|| self.entries.iter().skip((seq + 1 - oldest) as usize))
    }

    /// The event with this number, if it is here.
    fn event(&self, seq: u64) -> Option<&Event> {
        self.entry(seq).map(|entry| &entry.event)
    }

    fn entry(&self, seq: u64) -> Option<&Entry> {
        let at = seq.checked_sub(self.oldest())?;
        self.entries.get(at as usize)
    }

    /// When the event with this number happened, if it is here and happened in this run.
    pub(crate) fn since(&self, seq: u64) -> Option<Ticks> {
        self.entry(seq)?.since
    }

    /// The message or question with this number in its final state, if it is here.
    pub(crate) fn item(&self, seq: u64) -> Option<MessageState> {
        let item = MessageState::said(self.event(seq)?.clone())?;
        let is_gone = || self.changed.get(&seq).is_some_and(Changed::is_gone);
        // A hand that never had a question is none.
        let found = !item.is_question() || !item.deleted() || is_gone();
        found.then(|| self.bring_up_to_date(item))
    }

    /// Applies every change to a message that is in memory.
    pub(crate) fn bring_up_to_date(&self, mut item: MessageState) -> MessageState {
        if let Some(changed) = self.changed.get(&item.event.seq) {
            changed.apply_to(&mut item, self.text_of_edit(changed));
        }
        item
    }

    /// Takes from an event of the store what a change in memory took from it.
    pub(crate) fn renew(&self, event: &mut Event) {
        match &mut event.what {
            EventKind::Message { text, .. } => {
                let Some(changed) = self.changed.get(&event.seq) else {
                    return;
                };
                if changed.is_gone() {
                    *text = None;
                } else if let (Some(_), Some(newest)) = (&text, self.text_of_edit(changed)) {
                    text.clone_from(newest);
                }
            }
            EventKind::Edit {
                of,
                text,
                superseded,
            } => {
                let Some(changed) = self.changed.get(of) else {
                    return;
                };
                *superseded |= changed.edit.is_some_and(|(newest, _)| newest > event.seq);
                if *superseded || changed.is_gone() {
                    *text = None;
                }
            }
            EventKind::Hand(hand) => {
                let changed = self.changed.get(&event.seq);
                hand.question
                    .take_if(|_| changed.is_some_and(Changed::is_gone));
            }
            _ => {} // nothing of it can have changed
        }
    }

    fn text_of_edit(&self, changed: &Changed) -> Option<&Option<Json>> {
        match &self.event(changed.edit?.0)?.what {
            EventKind::Edit { text, .. } => Some(text),
            _ => None,
        }
    }

    /// Up to `limit` messages before `seq` in their final state, oldest first, and whether there
    /// are older ones here.
    pub(crate) fn page(&self, seq: u64, limit: usize) -> (Vec<MessageState>, bool) {
        let events = self.entries.iter().rev().map(|entry| &entry.event);
        let mut older = events
            .filter(|event| event.seq < seq)
            .filter(|event| matches!(event.what, EventKind::Message { .. }));
        let mut items: Vec<MessageState> = older
            .by_ref()
            .take(limit)
            .filter_map(|event| MessageState::new(event.clone()))
            .map(|item| self.bring_up_to_date(item))
            .collect();
        let more = older.next().is_some();
        items.reverse();
        (items, more)
    }

    /// Erases the text of a message, and of its newest edit, from memory: earlier edits have none.
    /// A client that joins later gets a tombstone.
    pub(crate) fn erase(&mut self, seq: u64) {
        let edit = self.changed.get(&seq).and_then(|changed| changed.edit);
        for seq in [Some(seq), edit.map(|(seq, _)| seq)].into_iter().flatten() {
            let take = |words: &mut Option<Json>| words.take().is_some();
            self.rewrite(seq, |what| what.words_mut().is_some_and(take));
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
            event.what.erase_words();
            *frame = frame::text(&event.json());
        }
        self.bytes = self.entries.iter().map(Entry::bytes).sum();
        for changed in self.changed.values_mut() {
            changed.forget(sub);
        }
    }

    /// Removes what the person with this id asked from the outcomes of polls, whoever closed those.
    pub(crate) fn forget_asked(&mut self, id: &str) {
        for seq in self.oldest()..=self.head {
            self.rewrite(seq, |what| what.erase_asked_by(id));
        }
    }

    /// Whether the event with this number is in memory.
    pub(crate) fn holds(&self, seq: u64) -> bool {
        seq >= self.oldest() && seq <= self.head
    }

    /// Drops the events up to the one with this number.
    pub(crate) fn forget_up_to(&mut self, seq: u64) {
        while self.entries.front().is_some_and(|entry| entry.seq() <= seq) {
            self.drop_oldest();
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
                since: None,
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

    /// Everything that is here, the oldest first.
    pub(crate) fn events(&self) -> impl Iterator<Item = &Event> {
        self.entries.iter().map(|entry| &entry.event)
    }

    /// The number of the oldest event here, or the next number if there is none.
    fn oldest(&self) -> u64 {
        self.head + 1 - self.entries.len() as u64
    }
}

#[cfg(test)]
#[path = "log_tests.rs"]
mod tests;
