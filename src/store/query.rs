//! What the hub asks the store, and what it is told.

use crate::model::event::Event;
use crate::model::item::MessageState;
use crate::store::queue::Unavailable;
use crossbeam_channel::Sender;
use std::sync::Arc;

/// What the hub asks when it has no answer in memory.
#[derive(Debug, Clone, PartialEq)]
#[allow(
    missing_docs,
    reason = "the fields are those of the functions of Archive"
)]
pub enum StoreQuery {
    /// [`Archive::page`].
    Page {
        room: Arc<str>,
        before: u64,
        limit: usize,
    },
    /// [`Archive::search`].
    Search {
        room: Arc<str>,
        query: Box<str>,
        before: Option<u64>,
        limit: usize,
    },
    /// [`Archive::item`].
    Message { room: Arc<str>, seq: u64 },
    /// [`Archive::range`].
    Range {
        room: Arc<str>,
        after: u64,
        limit: usize,
    },
}

/// What it gets.
#[derive(Debug, Clone, PartialEq)]
pub enum StoreAnswer {
    /// Messages, oldest first, and whether there are older ones.
    Page(Page),
    /// Messages, newest first, and where to go on.
    Found(Found),
    /// The message, if it is one.
    Message(Option<MessageState>),
    /// The events without a gap, or that there is one.
    Range(Option<Vec<Event>>),
}

/// Part of a room's history.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// Messages in their final state, oldest first.
    pub items: Vec<MessageState>,
    /// Whether there are older ones.
    pub more: bool,
}

/// What a search found.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Messages in their final state, newest first.
    pub items: Vec<MessageState>,
    /// Where to go on: events before this one were not looked at. `None`: that was all.
    pub before: Option<u64>,
}

/// A question on its way to the store.
#[derive(Debug)]
pub struct Question {
    /// Its number.
    pub ticket: u64,
    /// The last job that has to be in the answer.
    pub after: u64,
    /// What is asked.
    pub query: StoreQuery,
}

/// The way to ask; cheap to clone. When all are gone, the thread ends.
#[derive(Debug, Clone)]
pub struct Reader {
    questions: Sender<Question>,
}

impl Reader {
    /// The way to whoever receives `questions`.
    pub fn new(questions: Sender<Question>) -> Reader {
        Reader { questions }
    }

    /// Asks; the answer comes as [`Report::Answer`] with this `ticket`, when every job up to
    /// `after` ([`crate::store::queue::Writer::last`]) is in it.
    ///
    /// # Errors
    ///
    /// Too many questions wait.
    pub fn ask(&self, ticket: u64, after: u64, query: StoreQuery) -> Result<(), Unavailable> {
        let question = Question {
            ticket,
            after,
            query,
        };
        self.questions
            .try_send(question)
            .map_err(|_| Unavailable { retry_after: 1 })
    }
}
