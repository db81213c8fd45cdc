//! The queue from the hub to the store's writing thread. The hub numbers jobs, sends them in
//! batches, and never waits for them.
//!
//! The queue is bounded in jobs and in bytes. [`StoreWriter::check`] refuses an event before it gets a
//! number, so that every numbered event is accepted. A job costs the hub a push, and a batch costs
//! it one channel operation.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Acquire, Ordering::Relaxed};

use crossbeam_channel::Sender;
use serde::{Deserialize, Serialize};

use crate::model::event::{Author, Event};
use crate::model::role::Role;
use crate::model::time::Millis;
use crate::store::position::Position;
use crate::store::record::RecordChange;
use crate::store::whisper::Whisper;

/// Most jobs that may wait. At 30,000 messages a second, the queue is full after two seconds
/// without a disk.
const MAX_JOBS: u64 = 65_536;

/// Most bytes of text that may wait: the same two seconds of long messages, and small enough for a
/// Raspberry Pi.
pub(crate) const MAX_BYTES: usize = 16 << 20;

/// Most jobs that may wait before notes (attendance, audit) are dropped, too. Only hours of joins
/// and leaves without a disk reach this.
const MAX_JOBS_WITH_NOTES: u64 = 4 * MAX_JOBS;

/// Seconds until a retry while the queue is full: it empties in moments.
const RETRY_QUEUE_FULL: u64 = 1;

/// Seconds until a retry while the disk fails: time for at least one more attempt to commit.
const RETRY_DISK_FAILING: u64 = 5;

/// This part of `history.max_size` is kept for those who lead, beyond it: when the history is full
/// they can still lock a room, delete and end the lesson.
const RESERVE: u64 = 32;

/// Bytes that an event counts for in addition to its text.
const EVENT_OVERHEAD: usize = 64;

/// The store accepts no events now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unavailable {
    /// Seconds after which a retry may succeed.
    pub retry_after: u64,
}

/// For whom or what something is to be stored, when the history is nearly full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// Requests of anybody.
    Everybody,
    /// Requests of hosts and moderators, who have a reserve.
    Leaders,
    /// Requests that erase more than they add, or add nothing: always possible.
    Erasing,
}

/// A record that is stored beside the events.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[allow(missing_docs, reason = "each variant says what its fields are")]
pub enum Note {
    /// A room exists, even while it has no events.
    Room(Arc<str>),
    /// A room was removed, with everything in it.
    RemoveRoom(Arc<str>),
    /// A connection entered a room.
    Enter {
        room: Arc<str>,
        connection: u64,
        by: Arc<Author>,
        /// The device of a guest.
        device: Option<Box<str>>,
        at: Millis,
    },
    /// A connection left a room.
    Leave {
        room: Arc<str>,
        connection: u64,
        at: Millis,
    },
    /// A task of the course ended with a verdict.
    Exam {
        by: Arc<Author>,
        task: u8,
        passed: bool,
        at: Millis,
    },
    /// A moderator acted.
    Audit(Box<Audit>),
    /// The person with this `sub` is to be erased.
    Forget { sub: Box<str> },
    /// A rule of a class keeps or drops a record.
    Record(RecordChange),
    /// A private message of which one side leads.
    Whisper(Box<Whisper>),
    /// A person has opened what was said with that side (by `sub`; empty: those who teach), up to the
    /// message `seen`.
    WhispersRead {
        reader: Box<str>,
        counterpart: Box<str>,
        seen: u64,
    },
    /// The lesson has ended in these rooms; `None`: in all. With `keep = "lesson"`, everything of them is to
    /// be erased.
    EndLesson { rooms: Option<Vec<Box<str>>> },
}

impl Note {
    fn need(&self) -> Need {
        match self {
            Note::Room(_) | Note::Enter { .. } | Note::Exam { .. } => Need::Everybody,
            Note::WhispersRead { .. } => Need::Everybody,
            Note::Whisper(whisper) => match whisper.from.role >= Role::Moderator {
                true => Need::Leaders,
                false => Need::Everybody,
            },
            Note::Audit(_) => Need::Leaders,
            Note::Record(RecordChange::Keep(record)) => match record.kind.belongs_to_its_author() {
                true => Need::Everybody,
                false => Need::Leaders,
            },
            Note::Record(RecordChange::Drop(..)) => Need::Erasing,
            Note::RemoveRoom(_)
            | Note::Leave { .. }
            | Note::Forget { .. }
            | Note::EndLesson { .. } => Need::Erasing,
        }
    }
}

/// An entry of the audit log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Audit {
    /// The time of the action.
    pub at: Millis,
    /// The moderator.
    pub by: Arc<Author>,
    /// The action, as on the wire: `mute`, `kick`, ….
    pub action: Box<str>,
    /// The person it was applied to.
    pub target: Option<Arc<Author>>,
    /// The room.
    pub room: Option<Arc<str>>,
    /// The reason in the moderator's words.
    pub reason: Option<Box<str>>,
    /// The end of the action's effect.
    pub until: Option<Millis>,
}

/// One job of the writing thread.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Job {
    Event(Event),
    Note(Note),
    /// On a node that follows: a hub has begun to run, at another node.
    Begin {
        epoch: Box<str>,
        at: Millis,
    },
    /// On a node that follows: all jobs before this one are those up to this place in the log.
    Reached(Position),
}

impl Job {
    /// Returns the bytes that the job counts for in the queue.
    pub(crate) fn size(&self) -> usize {
        match self {
            Job::Event(event) => EVENT_OVERHEAD + event.what.size(),
            Job::Note(Note::Record(RecordChange::Keep(record))) => {
                EVENT_OVERHEAD + record.body.len()
            }
            Job::Note(Note::Whisper(whisper)) => EVENT_OVERHEAD + whisper.text.as_bytes().len(),
            Job::Note(_) | Job::Begin { .. } | Job::Reached(_) => EVENT_OVERHEAD,
        }
    }
}

/// The progress of the writing thread, which the hub and the reading thread watch.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// The number of the last job that is on the disk.
    pub committed: AtomicU64,
    /// The bytes that wait in the queue.
    pub bytes: AtomicUsize,
    /// How many reading threads wait for a commit.
    pub waiting: AtomicUsize,
    /// Whether the last attempt to commit failed.
    pub failing: AtomicBool,
    /// The bytes of the history that are in use, after the last commit.
    pub used: AtomicU64,
}

/// The hub's end of the queue. When it is dropped, the store commits the queued jobs and ends.
#[derive(Debug)]
pub struct StoreWriter {
    queue: Sender<Vec<Job>>,
    progress: Arc<Progress>,
    /// `history.max_size`.
    max_size: u64,
    /// Bytes that may wait.
    max_bytes: usize,
    batch: Vec<Job>,
    last: u64,
    dropped: u64,
}

impl StoreWriter {
    pub(crate) fn new(
        queue: Sender<Vec<Job>>,
        progress: Arc<Progress>,
        max_size: u64,
    ) -> StoreWriter {
        StoreWriter {
            queue,
            progress,
            max_size,
            max_bytes: MAX_BYTES,
            batch: Vec::new(),
            last: 0,
            dropped: 0,
        }
    }

    /// Goes on after the job `last`, with at most so many bytes in the queue.
    pub(crate) fn after(mut self, last: u64, max_bytes: usize) -> StoreWriter {
        self.progress.committed.store(last, Relaxed);
        (self.last, self.max_bytes) = (last, max_bytes);
        self
    }

    /// Checks whether the store accepts an event now. The hub calls this before it gives the event
    /// a number.
    ///
    /// # Errors
    ///
    /// The queue is full, or the disk fails.
    #[inline]
    pub fn check(&self) -> Result<(), Unavailable> {
        let Progress { bytes, failing, .. } = &*self.progress;
        if failing.load(Relaxed) {
            return Err(Unavailable {
                retry_after: RETRY_DISK_FAILING,
            });
        }
        match self.waiting() < MAX_JOBS && bytes.load(Relaxed) < self.max_bytes {
            true => Ok(()),
            false => Err(Unavailable {
                retry_after: RETRY_QUEUE_FULL,
            }),
        }
    }

    /// Whether the history has room for something more. What waits in the queue counts.
    #[inline]
    pub(crate) fn has_room(&self, need: Need) -> bool {
        let Progress { bytes, used, .. } = &*self.progress;
        let used = used.load(Relaxed) + bytes.load(Relaxed) as u64;
        match need {
            Need::Everybody => used < self.max_size,
            Need::Leaders => used < self.max_size + self.max_size / RESERVE,
            Need::Erasing => true,
        }
    }

    /// Queues an event that [`StoreWriter::check`] accepted, and returns its job number. When
    /// `Committed` reaches that number, the event is on the disk.
    #[inline]
    pub fn append(&mut self, event: Event) -> u64 {
        self.push(Job::Event(event))
    }

    /// Queues a note, which nobody waits for, and returns the number of the last job. The note is
    /// dropped if far too many jobs wait already, or if the history is full; the writer logs that it
    /// is.
    pub(crate) fn note(&mut self, note: Note) -> u64 {
        if !self.has_room(note.need()) {
            return self.last;
        }
        if self.waiting() < MAX_JOBS_WITH_NOTES {
            return self.push(Job::Note(note));
        }
        if self.dropped == 0 {
            log::error!("the store is stuck: attendance and audit are not recorded any more");
        }
        self.dropped += 1;
        self.last
    }

    /// Queues what the hub of another node has judged, and sends it.
    pub(crate) fn follow(&mut self, jobs: Vec<Job>) {
        for job in jobs {
            self.push(job);
        }
        self.send();
    }

    fn push(&mut self, job: Job) -> u64 {
        self.progress.bytes.fetch_add(job.size(), Relaxed);
        self.batch.push(job);
        self.last += 1;
        self.last
    }

    /// Sends the jobs that were queued since the last call, as one batch.
    pub fn send(&mut self) {
        if !self.batch.is_empty() {
            let next = Vec::with_capacity(self.batch.len());
            let batch = std::mem::replace(&mut self.batch, next);
            // This fails only when the writing thread is gone, and then the process ends.
            let _ = self.queue.send(batch);
        }
    }

    /// Returns the number of the last job.
    pub(crate) fn last(&self) -> u64 {
        self.last
    }

    /// Returns the number of the last job that is on the disk. It may be ahead of the reports.
    #[inline]
    pub(crate) fn committed(&self) -> u64 {
        self.progress.committed.load(Acquire)
    }

    /// Returns how many jobs are not on the disk yet.
    pub(crate) fn waiting(&self) -> u64 {
        self.last - self.committed()
    }
}

impl Drop for StoreWriter {
    fn drop(&mut self) {
        self.send();
    }
}

#[cfg(test)]
#[path = "queue_tests.rs"]
mod tests;
