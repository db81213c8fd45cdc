//! The hub's questions, answered by a thread of their own, one after the other.
//!
//! Runs on: `archive`. Blocks on: its questions, the disk, and at most [`PATIENCE`] for the writer:
//! an answer follows everything that happened before the question, and that may not be on the disk
//! yet.

use crate::store::query::QueuedQuery;
use crate::store::query::StoreAnswer;
use crate::store::query::StoreQuery;
use std::sync::Arc;
use std::sync::atomic::Ordering::{Acquire, Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::Receiver;

use crate::sqlite::archive::Archive;
use crate::store::queue::Progress;
use crate::store::report::{Report, Reporter};

/// How long a question waits for what was said before it. Then the answer is what is there.
const PATIENCE: Duration = Duration::from_secs(2);

/// Between two looks at how far the writer is; it also wakes us.
const LOOK: Duration = Duration::from_millis(10);

/// The thread's state.
pub(super) struct Answering {
    pub archive: Archive,
    pub asked: Receiver<QueuedQuery>,
    pub progress: Arc<Progress>,
    pub report: Reporter,
}

impl Answering {
    pub fn run(self) {
        while let Ok(QueuedQuery {
            ticket,
            after,
            query,
        }) = self.asked.recv()
        {
            self.wait_for(after);
            let answer = match &query {
                StoreQuery::Page {
                    room,
                    before,
                    limit,
                } => self
                    .archive
                    .page(room, *before, *limit)
                    .map(StoreAnswer::Page),
                StoreQuery::Search {
                    room,
                    query,
                    before,
                    limit,
                } => self
                    .archive
                    .search(room, query, *before, *limit)
                    .map(StoreAnswer::Found),
                StoreQuery::Message { room, seq } => {
                    self.archive.item(room, *seq).map(StoreAnswer::Message)
                }
                StoreQuery::Range { room, after, limit } => self
                    .archive
                    .range(room, *after, *limit)
                    .map(StoreAnswer::Range),
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
