//! A reading thread: answers the hub's queries, one after the other.
//!
//! Runs on: `archive`, and on `search`, which answers searches only. Blocks on: its queue, the disk, and at most [`MAX_WAIT`] for the writing
//! thread: an answer includes every event from before the query, and the newest of them may not be
//! committed yet.

use std::sync::Arc;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::Receiver;
use rusqlite::Result;

use crate::sqlite::archive::Archive;
use crate::sqlite::whispers;
use crate::store::query::{Found, QueuedQuery, StoreAnswer, StoreQuery};
use crate::store::queue::Progress;
use crate::store::report::{Reporter, StoreReport};

/// How long a query waits for events from before it. After that, the answer has only what is
/// committed.
const MAX_WAIT: Duration = Duration::from_secs(2);

/// How often the thread looks whether the disk fails while it waits. The writer wakes it after each commit.
const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// The thread's state; [`ReaderThread::run`] is the thread.
pub(super) struct ReaderThread {
    pub archive: Archive,
    pub queue: Receiver<QueuedQuery>,
    pub progress: Arc<Progress>,
    pub report: Reporter,
}

impl ReaderThread {
    /// Runs until the hub has dropped its end of the queue.
    pub(super) fn run(self) {
        while let Ok(queued) = self.queue.recv() {
            self.wait_for(queued.after);
            let answer = self.answer(&queued.query);
            if let Err(error) = &answer {
                log::error!("the history cannot be read: {error}");
            }
            (self.report)(StoreReport::Answer {
                query_id: queued.query_id,
                answer: answer.ok(),
            });
        }
    }

    fn answer(&self, query: &StoreQuery) -> Result<StoreAnswer> {
        let archive = &self.archive;
        match query {
            StoreQuery::Page {
                room,
                before,
                limit,
                lesson: None,
            } => archive.page(room, *before, *limit).map(StoreAnswer::Page),
            StoreQuery::Page {
                room,
                before,
                limit,
                lesson: Some(lesson),
            } => {
                let page = archive.page_of_lesson(room, *lesson, *before, *limit)?;
                Ok(page.map_or(StoreAnswer::NoSuchLesson, StoreAnswer::Page))
            }
            StoreQuery::Search {
                room,
                query,
                before,
                limit,
                lesson: None,
            } => archive
                .search(room, query, *before, *limit)
                .map(StoreAnswer::Found),
            StoreQuery::Undeleted {
                room,
                by,
                from,
                to,
                spared,
                limit,
            } => {
                let items =
                    archive.undeleted(room, by.as_deref(), (*from, *to), *spared, *limit)?;
                let found = Found {
                    items,
                    before: None,
                };
                Ok(StoreAnswer::Found(found))
            }
            StoreQuery::Search {
                room,
                query,
                before,
                limit,
                lesson: Some(lesson),
            } => {
                let found = archive.search_in_lesson(room, *lesson, query, *before, *limit)?;
                Ok(found.map_or(StoreAnswer::NoSuchLesson, StoreAnswer::Found))
            }
            StoreQuery::Lessons { room, limit } => archive
                .newest_lessons(room, *limit)
                .map(StoreAnswer::Lessons),
            StoreQuery::Message { room, seq } => {
                archive.message(room, *seq).map(StoreAnswer::Message)
            }
            StoreQuery::Whispers(query) => {
                whispers::read(archive.db(), query).map(StoreAnswer::Whispers)
            }
            StoreQuery::Range { room, after, limit } => archive
                .events_after(room, *after, *limit)
                .map(StoreAnswer::Range),
        }
    }

    /// Waits until the job is on the disk, but not while the disk fails.
    fn wait_for(&self, job: u64) {
        let start = Instant::now();
        self.progress.waiting.fetch_add(1, SeqCst);
        while self.progress.committed.load(SeqCst) < job
            && !self.progress.failing.load(Relaxed)
            && start.elapsed() < MAX_WAIT
        {
            thread::park_timeout(POLL_INTERVAL);
        }
        self.progress.waiting.fetch_sub(1, SeqCst);
    }
}
