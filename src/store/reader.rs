//! The hub's questions, answered by a thread of their own, one after the other.
//!
//! Runs on: `archive`. Blocks on: its questions, the disk, and at most [`PATIENCE`] for the writer:
//! an answer follows everything that happened before the question, and that may not be on the disk
//! yet.

use std::sync::Arc;
use std::sync::atomic::Ordering::{Acquire, Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender};

use super::archive::Archive;
use super::event::Event;
use super::item::Item;
use super::queue::Progress;
use super::{Report, Reporter, Unavailable};

/// How long a question waits for what was said before it. Then the answer is what is there.
const PATIENCE: Duration = Duration::from_secs(2);

/// Between two looks at how far the writer is; it also wakes us.
const LOOK: Duration = Duration::from_millis(10);

/// What the hub asks when it has no answer in memory.
#[derive(Debug, Clone, PartialEq)]
#[allow(
    missing_docs,
    reason = "the fields are those of the functions of Archive"
)]
pub enum Query {
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
    Item { room: Arc<str>, seq: u64 },
    /// [`Archive::range`].
    Range {
        room: Arc<str>,
        after: u64,
        limit: usize,
    },
}

/// What it gets.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// Messages, oldest first, and whether there are older ones.
    Page(super::archive::Page),
    /// Messages, newest first, and where to go on.
    Found(super::search::Found),
    /// The message, if it is one.
    Item(Option<Item>),
    /// The events without a gap, or that there is one.
    Range(Option<Vec<Event>>),
}

#[derive(Debug)]
pub(super) struct Question {
    ticket: u64,
    after: u64,
    query: Query,
}

/// The way to ask; cheap to clone. When all are gone, the thread ends.
#[derive(Debug, Clone)]
pub struct Reader {
    questions: Sender<Question>,
}

impl Reader {
    pub(super) fn new(questions: Sender<Question>) -> Reader {
        Reader { questions }
    }

    /// Asks; the answer comes as [`Report::Answer`] with this `ticket`, when every job up to
    /// `after` ([`super::Writer::last`]) is in it.
    ///
    /// # Errors
    ///
    /// Too many questions wait.
    pub fn ask(&self, ticket: u64, after: u64, query: Query) -> Result<(), Unavailable> {
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

/// The thread's state.
pub(super) struct Answering {
    pub archive: Archive,
    pub asked: Receiver<Question>,
    pub progress: Arc<Progress>,
    pub report: Reporter,
}

impl Answering {
    pub fn run(self) {
        while let Ok(Question {
            ticket,
            after,
            query,
        }) = self.asked.recv()
        {
            self.wait_for(after);
            let answer = match &query {
                Query::Page {
                    room,
                    before,
                    limit,
                } => self.archive.page(room, *before, *limit).map(Answer::Page),
                Query::Search {
                    room,
                    query,
                    before,
                    limit,
                } => self
                    .archive
                    .search(room, query, *before, *limit)
                    .map(Answer::Found),
                Query::Item { room, seq } => self.archive.item(room, *seq).map(Answer::Item),
                Query::Range { room, after, limit } => {
                    self.archive.range(room, *after, *limit).map(Answer::Range)
                }
            };
            let answer =
                answer.inspect_err(|error| log::error!("the history cannot be read: {error}"));
            (self.report)(Report::Answer {
                ticket,
                answer: answer.ok(),
            });
        }
    }

    fn wait_for(&self, job: u64) {
        let begun = Instant::now();
        while self.progress.committed.load(Acquire) < job
            && !self.progress.failing.load(Relaxed)
            && begun.elapsed() < PATIENCE
        {
            thread::park_timeout(LOOK);
        }
    }
}
