//! Where a connection that catches up reads the log of a room.

use crate::model::event::Event;
use crate::websocket::frame;
use bytes::Bytes;
use std::collections::VecDeque;

/// Bytes of texts from the store that wait in memory for one connection: as much as one step sends.
pub(crate) const FETCHED: usize = 64 * 1024;

/// How far a connection that catches up has come.
#[derive(Debug)]
pub(crate) struct Cursor {
    /// The last event it was sent.
    pub at: u64,
    /// The head when it joined. It knows its own later events by their acks. Its own earlier events
    /// are sent like all others, because joining made the client forget them.
    pub joined: u64,
    /// Events from the store that come next.
    pub fetched: VecDeque<Event>,
    /// The store was asked for the events after this one. Any other answer is for an earlier
    /// cursor.
    pub asked: Option<u64>,
    /// How many events to ask for: about as many as fit. Of long texts the store would otherwise read
    /// megabytes each time, of which most do not fit.
    pub most: usize,
}

impl Cursor {
    /// A cursor of a client that joins at `joined` and has everything up to `at`.
    pub(crate) fn new(at: u64, joined: u64) -> Self {
        Self {
            at,
            joined,
            fetched: VecDeque::new(),
            asked: None,
            most: usize::MAX,
        }
    }

    /// Takes the next events of the store, at least one. Those that do not fit are asked for
    /// again: many clients that catch up must not fill the memory.
    pub(crate) fn take(&mut self, events: Vec<Event>) {
        let read = events.len();
        let mut bytes = 0;
        let fitting = events.into_iter().take_while(|event| {
            let is_first = bytes == 0;
            bytes += event.what.size().max(1);
            is_first || bytes <= FETCHED
        });
        self.fetched.extend(fitting);
        self.most = match self.fetched.len() {
            fitted if fitted < read => fitted,
            _ => 2 * read,
        };
    }

    /// Adds what the store has read to `pieces`. Returns whether there was anything.
    pub(crate) fn read_fetched(
        &mut self,
        own: &[u64],
        most: usize,
        pieces: &mut Vec<Bytes>,
    ) -> bool {
        let mut size = 0;
        while size < most
            && let Some(event) = self.fetched.pop_front()
        {
            self.at = event.seq;
            if own.contains(&event.seq) {
                continue;
            }
            let frame = frame::text(&event.json());
            size += frame.len();
            pieces.push(frame);
        }
        size > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::event::{Author, EventKind};
    use crate::model::json::Json;

    fn events(count: usize, bytes: usize) -> Vec<Event> {
        let event = |seq| Event {
            room: "r".into(),
            seq: seq as u64,
            at: 0,
            by: Author::nobody().into(),
            what: EventKind::Message {
                text: Some(Json::quote(&"x".repeat(bytes))),
                reply_to: None,
            },
            reference: None,
        };
        (1..=count).map(event).collect()
    }

    #[test]
    fn of_long_texts_only_as_many_are_asked_for_as_fit() {
        let mut cursor = Cursor::new(0, 0);
        for (read, bytes, fitted, most) in [
            (256, 16_000, 4, 4),
            (4, 16_000, 4, 8),
            (8, 16_000, 4, 4),
            (4, 100, 4, 8),
            (8, 100, 8, 16),
            (1, 100_000, 1, 2),
            (2, 100_000, 1, 1),
        ] {
            cursor.fetched.clear();
            cursor.take(events(read, bytes));
            let found = (cursor.fetched.len(), cursor.most);
            assert_eq!(found, (fitted, most), "{read} of {bytes} bytes");
        }
    }
}
