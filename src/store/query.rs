//! The hub's queries to the store, and the answers.

use crate::model::event::{Event, Lesson};
use crate::model::item::MessageState;
use crate::model::role::Role;
use crate::model::time::Millis;
use crate::store::queue::Unavailable;
use crate::store::whisper::{WhisperPage, WhisperQuery};
use crossbeam_channel::Sender;
use std::sync::Arc;

/// A query for history that the hub no longer has in memory.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "each variant says what its fields are")]
pub(crate) enum StoreQuery {
    /// Up to `limit` messages of the room before the event `before`, of an ended lesson if one is named.
    Page {
        room: Arc<str>,
        before: u64,
        limit: usize,
        lesson: Option<u64>,
    },
    /// Up to `limit` messages of the room before the event `before` whose text contains `query`, of an
    /// ended lesson if one is named.
    Search {
        room: Arc<str>,
        query: Box<str>,
        before: Option<u64>,
        limit: usize,
        lesson: Option<u64>,
    },
    /// Up to `limit` messages of the room, from the event `from` to the event `to`, that are not deleted:
    /// those of the person with the id `by`, or of all. The newest first, and last those of people with
    /// the role `spared`.
    Undeleted {
        room: Arc<str>,
        by: Option<Box<str>>,
        from: u64,
        to: u64,
        spared: Option<Role>,
        limit: usize,
    },
    /// The message `seq` of the room.
    Message { room: Arc<str>, seq: u64 },
    /// Up to `limit` events of the room after the event `after`.
    Range {
        room: Arc<str>,
        after: u64,
        limit: usize,
    },
    /// Private messages.
    Whispers(Box<WhisperQuery>),
    /// Up to `limit` lessons that have ended in the room, the newest.
    Lessons { room: Arc<str>, limit: usize },
}

/// The answer to a [`StoreQuery`].
#[derive(Debug, Clone, PartialEq)]
pub enum StoreAnswer {
    /// Messages, oldest first, and whether older ones exist.
    Page(Page),
    /// Messages, newest first, and where the search goes on.
    Found(Found),
    /// The message; `None` if that event does not exist or is of another kind.
    Message(Option<MessageState>),
    /// The events without a gap; `None` if the first of them are no longer stored.
    Range(Option<Vec<Event>>),
    /// Private messages.
    Whispers(WhisperPage),
    /// Ended lessons, the newest first.
    Lessons(Vec<EndedLesson>),
    /// There was no lesson of that number in the room, or nothing of it is kept.
    NoSuchLesson,
}

/// A lesson that has ended, in the log of a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EndedLesson {
    /// Its number in its class.
    pub lesson: u64,
    /// The first event of it.
    pub from_seq: u64,
    /// The event with which it ended.
    pub to_seq: u64,
    /// When it was started; where that is not known, when the one before ended, or when the first thing
    /// happened in it.
    pub began: Option<Millis>,
    /// When it ended.
    pub ended: Millis,
}

impl EndedLesson {
    /// The lessons that ended with these events: number, time, and what the event says. The oldest come
    /// first, and the first begins after the event `start`.
    pub(crate) fn list(
        start: u64,
        ends: impl IntoIterator<Item = (u64, Millis, Lesson)>,
    ) -> Vec<EndedLesson> {
        let mut before = (start, None);
        let lesson = |(seq, at, Lesson { lesson, began }): (u64, Millis, Lesson)| {
            let (last, ended) = std::mem::replace(&mut before, (seq, Some(at)));
            EndedLesson {
                lesson,
                from_seq: last + 1,
                to_seq: seq,
                began: began.or(ended),
                ended: at,
            }
        };
        ends.into_iter().map(lesson).collect()
    }
}

/// Part of a room's history.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// Messages in their final state, oldest first.
    pub items: Vec<MessageState>,
    /// Whether older messages exist.
    pub more: bool,
}

/// The result of a search.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Messages in their final state, newest first.
    pub items: Vec<MessageState>,
    /// The event before which the search goes on; `None` if it has reached the oldest event.
    pub before: Option<u64>,
}

/// A query on its way to the store.
#[derive(Debug)]
pub(crate) struct QueuedQuery {
    /// The id that the hub gave the query.
    pub query_id: u64,
    /// The last job that the answer has to include.
    pub after: u64,
    pub query: StoreQuery,
}

/// The hub's handle to the reading threads, which end when every clone is dropped.
#[derive(Debug, Clone)]
pub struct StoreReader {
    queries: Sender<QueuedQuery>,
    searches: Sender<QueuedQuery>,
}

impl StoreReader {
    /// `searches` leads to a thread of their own, because they take longest.
    pub(crate) fn new(queries: Sender<QueuedQuery>, searches: Sender<QueuedQuery>) -> StoreReader {
        StoreReader { queries, searches }
    }

    /// Queues a query. The answer arrives as [`StoreReport::Answer`](crate::store::report::StoreReport) with
    /// this `query_id`, and includes every job up to `after`
    /// ([`StoreWriter::last`](crate::store::queue::StoreWriter::last)).
    ///
    /// # Errors
    ///
    /// The queue of queries is full.
    pub(crate) fn ask(
        &self,
        query_id: u64,
        after: u64,
        query: StoreQuery,
    ) -> Result<(), Unavailable> {
        let thread = match query {
            StoreQuery::Search { .. }
            | StoreQuery::Undeleted { .. }
            | StoreQuery::Lessons { .. } => &self.searches,
            StoreQuery::Page { .. }
            | StoreQuery::Message { .. }
            | StoreQuery::Range { .. }
            | StoreQuery::Whispers(_) => &self.queries,
        };
        let queued = QueuedQuery {
            query_id,
            after,
            query,
        };
        thread
            .try_send(queued)
            .map_err(|_| Unavailable { retry_after: 1 })
    }
}
