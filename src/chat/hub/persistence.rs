//! The hub's handle on the store: what was handed over, which acks wait for the disk, and which
//! questions wait for an answer.
//!
//! The hub never waits for the disk. An event is broadcast at once; its `ack` is deferred until the
//! store reports that the event is committed.

use super::command::Forgotten;
use super::context::{Change, Extent, Requester};
use super::read_queue::{Full, Kind, Lane, ReadQueue};
use crate::chat::message::{ErrorCode, Reported, RequestError};
use crate::chat::refs::Acked;
use crate::model::event::Event;
use crate::model::ids::{ClientId, PersonKey, RoomKey};
use crate::model::json::Json;
use crate::store::opened::Epochs;
use crate::store::query::{StoreQuery, StoreReader};
use crate::store::queue::{Need, Note, StoreWriter, Unavailable};
use crate::store::whisper::WhisperQuery;
use crossbeam_channel::Sender;
use std::collections::{HashMap, VecDeque};

/// Questions that a reading thread has at once, by lane. With two it has the next while the hub
/// takes the answer; a search is so long that this does not matter.
const AT_ONCE: [usize; 2] = [2, 1];
/// Most acks that may wait for the disk: one for each event that may wait there, and as many for
/// requests that came again meanwhile.
pub(crate) const PENDING_ACKS: usize = 131_072;

/// An `ack` that waits for the disk.
#[derive(Debug)]
pub(super) struct PendingAck {
    pub client: ClientId,
    pub reference: Json,
    pub of: Acked,
}

/// A question that the store has not answered yet, and for whom it was asked.
#[derive(Debug)]
pub(super) enum PendingQuery {
    /// A page of history, or a search for `query`.
    Read {
        client: ClientId,
        requester: Requester,
        room: RoomKey,
        query: Option<Box<str>>,
        /// The ended lesson that it is of.
        lesson: Option<u64>,
    },
    /// The lessons of a room.
    Lessons {
        client: ClientId,
        requester: Requester,
        room: RoomKey,
    },
    /// A message that is to be changed.
    Change {
        client: ClientId,
        requester: Requester,
        room: RoomKey,
        change: Change,
    },
    /// Messages that are to be cleared.
    Clear {
        client: ClientId,
        requester: Requester,
        room: RoomKey,
        extent: Extent,
    },
    /// A message that is reported.
    Report {
        client: ClientId,
        requester: Requester,
        room: RoomKey,
        reported: Reported,
    },
    /// Private messages.
    Whispers {
        client: ClientId,
        requester: Requester,
        query: WhisperQuery,
    },
    /// Events for a client that catches up.
    Range {
        client: ClientId,
        room: RoomKey,
        after: u64,
    },
}

impl PendingQuery {
    pub(super) fn client(&self) -> ClientId {
        match self {
            Self::Read { client, .. }
            | Self::Lessons { client, .. }
            | Self::Change { client, .. }
            | Self::Clear { client, .. }
            | Self::Whispers { client, .. }
            | Self::Report { client, .. }
            | Self::Range { client, .. } => *client,
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Read { query: Some(_), .. } | Self::Clear { .. } | Self::Lessons { .. } => {
                Kind::Search
            }
            Self::Read { query: None, .. } | Self::Whispers { .. } => Kind::Page,
            Self::Change { .. } | Self::Report { .. } => Kind::Change,
            Self::Range { .. } => Kind::Resume,
        }
    }
}

/// A question that has not been handed to a reading thread yet.
#[derive(Debug)]
struct Read {
    id: u64,
    /// The last job that the answer has to include.
    after: u64,
    query: StoreQuery,
    pending: PendingQuery,
}

/// The hub's ends of the store, and what waits for it.
#[derive(Debug)]
pub(super) struct StoreHandle {
    writer: StoreWriter,
    reader: StoreReader,
    /// How far earlier runs of the server came.
    pub epochs: Epochs,
    acks: VecDeque<(u64, PendingAck)>,
    /// Confirmations that a person was forgotten, which wait for the disk.
    confirmations: VecDeque<(u64, Sender<Forgotten>, Forgotten)>,
    /// The last question that was asked before a person was forgotten: the answer may hold the name.
    stale_up_to: u64,
    /// Questions that wait for their turn.
    waiting: ReadQueue<Read>,
    /// Questions that the reading threads have.
    queries: HashMap<u64, (Lane, PendingQuery)>,
    last_query: u64,
}

impl StoreHandle {
    /// A handle that waits for nothing.
    pub(super) fn new(writer: StoreWriter, reader: StoreReader, epochs: Epochs) -> Self {
        Self {
            writer,
            reader,
            epochs,
            acks: VecDeque::new(),
            confirmations: VecDeque::new(),
            stale_up_to: 0,
            waiting: ReadQueue::new(),
            queries: HashMap::new(),
            last_query: 0,
        }
    }

    /// Whether an event would be kept now.
    pub(super) fn check(&self) -> Result<(), Unavailable> {
        self.writer.check()
    }

    /// Whether the history has room for something more.
    pub(super) fn has_room(&self, need: Need) -> bool {
        self.writer.has_room(need)
    }

    /// Hands an event over, after [`StoreHandle::check`]. Returns its number among the store's jobs.
    pub(super) fn append(&mut self, event: Event) -> u64 {
        self.writer.append(event)
    }

    /// Hands over something that nobody waits for.
    pub(super) fn note(&mut self, note: Note) {
        self.writer.note(note);
    }

    /// Passes on what was handed over. Called once per flush.
    pub(super) fn send(&mut self) {
        self.writer.send();
    }

    /// The last job that was handed over.
    pub(super) fn last(&self) -> u64 {
        self.writer.last()
    }

    /// The last job that is on the disk.
    pub(super) fn committed(&self) -> u64 {
        self.writer.committed()
    }

    /// Whether everything that was handed over is on the disk.
    pub(super) fn is_settled(&self) -> bool {
        self.writer.waiting() == 0
    }

    /// Whether one more `ack` may wait for the disk.
    pub(super) fn may_defer_ack(&self) -> bool {
        self.acks.len() < PENDING_ACKS
    }

    /// Defers an `ack` until everything that was handed over is on the disk.
    pub(super) fn defer_ack(&mut self, ack: PendingAck) {
        self.acks.push_back((self.writer.last(), ack));
    }

    /// Whether acks wait for the disk.
    pub(super) fn has_pending_acks(&self) -> bool {
        !self.acks.is_empty()
    }

    /// Takes the next `ack` of what is on the disk, which is every job up to `committed`.
    pub(super) fn pop_ack(&mut self, committed: u64) -> Option<PendingAck> {
        let (job, _) = self.acks.front()?;
        if *job > committed {
            return None;
        }
        self.acks.pop_front().map(|(_, ack)| ack)
    }

    /// Confirms with `done` when everything that was handed over is on the disk. Pages that were
    /// asked for before are not shown: they may hold the name.
    pub(super) fn confirm_when_committed(&mut self, answer: Sender<Forgotten>, done: Forgotten) {
        self.stale_up_to = self.last_query;
        self.confirmations
            .push_back((self.writer.last(), answer, done));
    }

    /// Sends the confirmations of what is on the disk.
    pub(super) fn send_confirmations(&mut self, committed: u64) {
        while let Some((job, ..)) = self.confirmations.front()
            && *job <= committed
            && let Some((_, answer, done)) = self.confirmations.pop_front()
        {
            let _ = answer.try_send(done);
        }
    }

    /// Asks the store, when it is the person's turn; [`StoreHandle::take_query`] gives `pending` back
    /// with the answer.
    pub(super) fn ask(
        &mut self,
        person: PersonKey,
        pending: PendingQuery,
        query: StoreQuery,
    ) -> Result<(), RequestError> {
        self.writer.send(); // or the question would wait for what was never handed over
        self.last_query += 1;
        let (kind, client) = (pending.kind(), pending.client());
        let read = Read {
            id: self.last_query,
            after: self.writer.last(),
            query,
            pending,
        };
        let waits = self.waiting.push(kind, person, client, read);
        waits.map_err(|full| too_many(&full))?;
        self.hand_over();
        Ok(())
    }

    /// Whether a client of this person may wait for what it has to catch up with.
    pub(super) fn check_resume(&self, person: PersonKey) -> Result<(), RequestError> {
        let waits = self.waiting.check(Kind::Resume, person);
        waits.map_err(|full| too_many(&full))
    }

    /// Gives the reading threads as much as they take at once.
    fn hand_over(&mut self) {
        for (lane, at_once) in Lane::ALL.into_iter().zip(AT_ONCE) {
            let theirs = self.queries.values().filter(|(other, _)| *other == lane);
            for _ in theirs.count()..at_once {
                let Some(read) = self.waiting.pop(lane) else {
                    break;
                };
                // Fails only when the thread is gone, and then the process ends.
                if self.reader.ask(read.id, read.after, read.query).is_ok() {
                    self.queries.insert(read.id, (lane, read.pending));
                }
            }
        }
    }

    /// The question that an answer belongs to, and whether the answer must not be shown. The next
    /// question goes on its way.
    pub(super) fn take_query(&mut self, query_id: u64) -> Option<(PendingQuery, bool)> {
        let (_, pending) = self.queries.remove(&query_id)?;
        self.hand_over();
        let page = matches!(
            pending,
            PendingQuery::Read { .. } | PendingQuery::Whispers { .. }
        );
        Some((pending, page && query_id <= self.stale_up_to))
    }

    /// Drops the questions of a connection that has ended.
    pub(super) fn forget_reads(&mut self, person: PersonKey, client: ClientId) {
        self.waiting.forget(person, client);
    }
}

/// Too many questions wait already.
fn too_many(full: &Full) -> RequestError {
    let message = match full {
        Full::Person => "Too many of your requests wait for the history. Wait for the answers.",
        Full::All => "Too many people are reading the history just now. Try again in a moment.",
    };
    RequestError::new(ErrorCode::RateLimited, message).after(1)
}

/// The store does not answer.
pub(super) fn unreadable() -> RequestError {
    let message = "The history cannot be read just now. Try again in a moment.";
    RequestError::new(ErrorCode::StorageUnavailable, message).after(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::queue::Progress;
    use crossbeam_channel::unbounded;
    use std::sync::Arc;

    #[test]
    fn acks_that_wait_for_the_disk_are_bounded() {
        let (jobs, queries) = (unbounded().0, unbounded().0);
        let writer = StoreWriter::new(jobs, Arc::new(Progress::default()), u64::MAX / 2);
        let reader = StoreReader::new(queries.clone(), queries);
        let mut store = StoreHandle::new(writer, reader, Epochs::default());
        for _ in 0..PENDING_ACKS {
            assert!(store.may_defer_ack());
            store.defer_ack(PendingAck {
                client: ClientId::new(1),
                reference: Json::quote("r"),
                of: Acked::Event(RoomKey::new(0), 1, 0),
            });
        }
        assert!(!store.may_defer_ack());
        assert!(store.pop_ack(store.last()).is_some());
        assert!(store.may_defer_ack());
    }
}
