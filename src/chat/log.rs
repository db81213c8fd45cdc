//! A room's newest events in memory: the very frames that were broadcast.
//!
//! Owned by the hub. An entry is a slice of the batch buffer that went to everybody, so that a
//! late joiner, a resuming client and a history page cost no encoding and no copy.

use crate::chat::client::ClientId;
use crate::chat::gate::Millis;
use crate::store::{Event, Item, What};
use crate::websocket::frame;
use bytes::Bytes;
use std::collections::VecDeque;

/// One durable event of a room.
#[derive(Debug, Clone)]
pub struct Entry {
    /// What happened, and its place in the room: from 1, without gaps.
    pub event: Event,
    /// The connection that caused it: it has the `ack`, and never gets the event.
    pub origin: ClientId,
    /// The frame, header included.
    pub frame: Bytes,
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
    /// Most entries kept.
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

    /// The last number given.
    pub fn head(&self) -> u64 {
        self.head
    }

    /// Gives the next number. The event must be pushed before anyone reads the log again.
    pub fn next_seq(&mut self) -> u64 {
        self.head += 1;
        self.head
    }

    /// Adds the event with the next number.
    pub fn push(&mut self, entry: Entry) {
        if self.entries.len() == self.bound {
            self.entries.pop_front();
        }
        self.entries.push_back(entry);
    }

    /// The events after `seq`; `None` if the first of them is no longer here.
    pub fn after(&self, seq: u64) -> Option<impl Iterator<Item = &Entry>> {
        let oldest = self.oldest();
        (seq + 1 >= oldest).then(|| self.entries.iter().skip((seq + 1 - oldest) as usize))
    }

    /// The message with this number in its final state, if both are here.
    pub fn item(&self, seq: u64) -> Option<Item> {
        let mut entries = self.after(seq.checked_sub(1)?)?;
        let mut item = Item::new(entries.next()?.event.clone())?;
        entries.for_each(|entry| {
            if entry.event.what.target() == Some(seq) {
                item.fold(&entry.event);
            }
        });
        Some(item)
    }

    /// Lets everything that is here and concerns a message change it.
    pub fn fold_onto(&self, mut item: Item) -> Item {
        let seq = item.event.seq;
        let changes = self.entries.iter().map(|entry| &entry.event);
        changes
            .filter(|event| event.what.target() == Some(seq))
            .for_each(|event| item.fold(event));
        item
    }

    /// Up to `limit` messages before `seq` in their final state, oldest first, and whether there
    /// are older ones here.
    pub fn page(&self, seq: u64, limit: usize) -> (Vec<Item>, bool) {
        let messages = |e: &&Entry| matches!(e.event.what, What::Message { .. });
        let mut older = self
            .entries
            .iter()
            .rev()
            .filter(|e| e.seq() < seq)
            .filter(messages);
        let mut items: Vec<Item> = older
            .by_ref()
            .take(limit)
            .filter_map(|e| Item::new(e.event.clone()))
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
            if let (true, What::Message { text, .. } | What::Edit { text, .. }) =
                (concerned, &mut event.what)
            {
                *text = None;
                *frame = frame::text(&event.json());
            }
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
        self.head = head;
        for event in newest {
            let frame = frame::text(&event.json());
            self.push(Entry {
                event,
                origin: 0,
                frame,
            });
        }
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
mod tests {
    use super::*;
    use crate::chat::message::Json;
    use crate::store::Author;

    fn event(seq: u64, what: What) -> Event {
        let (room, by) = ("r".into(), Author::nobody().into());
        Event {
            room,
            seq,
            at: 0,
            by,
            what,
            reference: None,
        }
    }

    fn push(log: &mut Log, what: What) {
        let event = event(log.next_seq(), what);
        let frame = frame::text(&event.json());
        log.push(Entry {
            event,
            origin: 1,
            frame,
        });
    }

    fn say(text: &str) -> What {
        What::Message {
            text: Some(Json::quote(text)),
            reply_to: None,
        }
    }

    fn log(events: u64, bound: usize) -> Log {
        let mut log = Log::new(bound);
        (0..events).for_each(|n| push(&mut log, say(&n.to_string())));
        log
    }

    fn seqs<'a>(entries: impl Iterator<Item = &'a Entry>) -> Vec<u64> {
        entries.map(Entry::seq).collect()
    }

    #[test]
    fn reading_on_starts_behind_the_last_known_event() {
        let log = log(10, 4); // holds 7..=10
        assert_eq!(log.after(8).map(seqs), Some(vec![9, 10]));
        assert_eq!(log.after(6).map(seqs), Some(vec![7, 8, 9, 10]));
        assert_eq!(log.after(10).map(seqs), Some(vec![]));
        assert!(log.after(5).is_none());
    }

    #[test]
    fn a_page_ends_before_its_seq_and_says_whether_there_is_more() {
        let mut log = log(10, 6); // holds 5..=10
        let page = |log: &Log, seq, limit| {
            let (items, more) = log.page(seq, limit);
            (
                items.iter().map(|item| item.event.seq).collect::<Vec<_>>(),
                more,
            )
        };
        assert_eq!(page(&log, 8, 2), (vec![6, 7], true));
        assert_eq!(page(&log, 7, 5), (vec![5, 6], false));
        assert_eq!(page(&log, 99, 2), (vec![9, 10], true));
        assert_eq!(page(&log, 0, 2), (vec![], false));
        push(&mut log, What::Pin { of: None });
        assert_eq!(page(&log, 99, 2), (vec![9, 10], true), "only messages");
    }

    #[test]
    fn a_message_is_shown_as_it_is_now_and_what_was_deleted_is_gone_from_memory() {
        let mut log = log(2, 10);
        push(
            &mut log,
            What::Edit {
                of: 1,
                text: Some(Json::quote("secret")),
            },
        );
        push(
            &mut log,
            What::React {
                of: 2,
                emoji: Some("👍".into()),
            },
        );
        assert_eq!(
            log.item(1).and_then(|i| i.text),
            Some(Json::quote("secret"))
        );
        assert_eq!(log.item(2).map(|i| i.reactions.len()), Some(1));
        assert_eq!(log.item(3), None, "no message");
        assert_eq!((log.item(0), log.item(9)), (None, None));
        push(
            &mut log,
            What::Delete {
                of: 1,
                purge: false,
            },
        );
        log.erase(1);
        assert_eq!(log.item(1).map(|i| i.deleted()), Some(true));
        assert_eq!(log.page(99, 9).0.len(), 2);
        let all: Vec<u8> = log
            .after(0)
            .into_iter()
            .flatten()
            .flat_map(|e| e.frame.to_vec())
            .collect();
        assert!(!String::from_utf8_lossy(&all).contains("secret"));
    }

    #[test]
    fn the_hand_made_message_is_the_message_of_the_store() {
        use crate::chat::event::{message_head, put_message};
        let (room, by) = (
            "a\"b".into(),
            Author {
                id: "i".into(),
                name: "n".into(),
                ..Author::nobody()
            },
        );
        let what = What::Message {
            text: Some(Json::quote("x\ny")),
            reply_to: Some(3),
        };
        let event = Event {
            room,
            seq: 7,
            at: 9,
            by: by.into(),
            what,
            reference: None,
        };
        let mut made = bytes::BytesMut::new();
        let from = r#"{"id":"i","name":"n"}"#;
        put_message(
            &mut made,
            (&message_head("a\"b"), 7),
            from,
            &Json::quote("x\ny"),
            Some(3),
            9,
        );
        assert_eq!(frame::payload(&made), event.json());
    }

    #[test]
    fn what_is_too_old_is_forgotten_and_numbers_go_on() {
        let mut log = log(3, 10);
        log.forget_before(1);
        assert_eq!((log.head(), log.after(3).map(seqs)), (3, Some(vec![])));
        assert!(log.after(2).is_none());
    }

    #[test]
    fn resuming_needs_a_known_seq_and_a_gap_that_is_here_or_stored() {
        let log = log(10, 4); // holds 7..=10
        let start = |known, limit, stored| log.start(known, 2, limit, stored);
        assert_eq!(start(Some(8), 3, false), Start::Resume { from: 8 });
        assert_eq!(start(Some(10), 3, false), Start::Resume { from: 10 });
        assert_eq!(
            start(Some(11), 3, false),
            Start::Fresh { after: 8 },
            "beyond the head"
        );
        assert_eq!(start(None, 3, false), Start::Fresh { after: 8 }, "unknown");
        assert_eq!(
            start(Some(6), 3, true),
            Start::Fresh { after: 8 },
            "a gap over the limit"
        );
        assert_eq!(
            start(Some(5), 9, false),
            Start::Fresh { after: 8 },
            "not here any more"
        );
        assert_eq!(start(Some(5), 9, true), Start::Resume { from: 5 });
        assert_eq!(
            log.start(None, 50, 3, false),
            Start::Fresh { after: 6 },
            "all there is"
        );
        assert_eq!(
            Log::new(4).start(None, 50, 3, false),
            Start::Fresh { after: 0 }
        );
    }
}
