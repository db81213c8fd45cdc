//! A room's newest events in memory: the very frames that were broadcast.
//!
//! Owned by the hub. An entry is a slice of the batch buffer that went to everybody, so that a
//! late joiner, a resuming client and a history page cost no encoding and no copy.

use crate::chat::client::ClientId;
use crate::chat::message::Since;
use bytes::Bytes;
use std::collections::VecDeque;

/// One durable event of a room.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its place in the room, from 1, without gaps.
    pub seq: u64,
    /// The connection that caused it: it has the `ack`, and never gets the event.
    pub origin: ClientId,
    /// The frame, header included.
    pub frame: Bytes,
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

    /// Up to `limit` events before `seq`, oldest first, and whether there are older ones here.
    pub fn before(&self, seq: u64, limit: usize) -> (impl Iterator<Item = &Entry>, bool) {
        let end = (seq.max(self.oldest()) - self.oldest()).min(self.entries.len() as u64) as usize;
        let start = end.saturating_sub(limit);
        (self.entries.range(start..end), start > 0)
    }

    /// Where a client that asks for `since` starts. `page`: events of a fresh start.
    /// `limit`: the largest gap that is resumed.
    pub fn start(&self, since: Option<&Since>, epoch: &str, page: u64, limit: u64) -> Start {
        match since {
            Some(Since { epoch: theirs, seq })
                if **theirs == *epoch
                    && *seq <= self.head
                    && seq + 1 >= self.oldest()
                    && self.head - seq <= limit =>
            {
                Start::Resume { from: *seq }
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

    fn log(events: u64, bound: usize) -> Log {
        let mut log = Log::new(bound);
        for _ in 0..events {
            let seq = log.next_seq();
            log.push(Entry {
                seq,
                origin: 1,
                frame: Bytes::new(),
            });
        }
        log
    }

    fn seqs<'a>(entries: impl Iterator<Item = &'a Entry>) -> Vec<u64> {
        entries.map(|entry| entry.seq).collect()
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
        let log = log(10, 6); // holds 5..=10
        let page = |seq, limit| {
            let (entries, more) = log.before(seq, limit);
            (seqs(entries), more)
        };
        assert_eq!(page(8, 2), (vec![6, 7], true));
        assert_eq!(page(7, 5), (vec![5, 6], false));
        assert_eq!(page(99, 2), (vec![9, 10], true));
        assert_eq!(page(1, 2), (vec![], false));
        assert_eq!(page(0, 2), (vec![], false));
    }

    #[test]
    fn resuming_needs_the_same_epoch_a_known_seq_and_a_gap_that_is_here() {
        let log = log(10, 4);
        let start = |epoch: &str, seq| {
            log.start(
                Some(&Since {
                    epoch: epoch.into(),
                    seq,
                }),
                "e",
                2,
                3,
            )
        };
        assert_eq!(start("e", 8), Start::Resume { from: 8 });
        assert_eq!(start("e", 10), Start::Resume { from: 10 });
        assert_eq!(start("e", 11), Start::Fresh { after: 8 }, "beyond the head");
        assert_eq!(
            start("x", 8),
            Start::Fresh { after: 8 },
            "another run of the server"
        );
        assert_eq!(
            start("e", 6),
            Start::Fresh { after: 8 },
            "a gap over the limit"
        );
        assert_eq!(
            log.start(None, "e", 50, 3),
            Start::Fresh { after: 6 },
            "all there is"
        );
        assert_eq!(
            Log::new(4).start(None, "e", 50, 3),
            Start::Fresh { after: 0 }
        );
    }
}
