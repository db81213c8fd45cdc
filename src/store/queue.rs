//! The hub's end of the store: jobs are numbered, handed over a batch at a time, and never waited
//! for.
//!
//! Bounded by count and by bytes: [`Writer::check`] says no before anything is numbered, so that
//! what has a number is always taken. Handing over costs the hub a push per job and one channel
//! operation per batch.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Acquire, Ordering::Relaxed};

use crossbeam_channel::Sender;

use crate::model::event::{Author, Event};
use crate::model::time::Millis;

/// Jobs that may wait. At 30,000 messages a second it is full after two seconds without a disk.
const JOBS: u64 = 65_536;

/// Bytes of text that may wait: the same two seconds of long messages, and bearable on a Pi.
const BYTES: usize = 16 << 20;

/// Jobs beyond which even those are dropped that nobody waits for (attendance, audit). Reached
/// only by hours of comings and goings without a disk.
const NOTES: u64 = 4 * JOBS;

/// What [`Unavailable`] advises while the queue is full: it empties in moments.
const SOON: u64 = 1;

/// What [`Unavailable`] advises while the disk fails: at least one more attempt later.
const LATER: u64 = 5;

/// What an event counts for beside its text.
const EVENT: usize = 64;

/// The store takes nothing now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unavailable {
    /// Seconds after which it may.
    pub retry_after: u64,
}

/// What is stored beside events.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "each variant says what its fields are")]
pub enum Note {
    /// There is such a room, even while nothing is said in it.
    Room(Arc<str>),
    /// A connection entered a room.
    Enter {
        room: Arc<str>,
        connection: u64,
        by: Arc<Author>,
        at: Millis,
    },
    /// A connection left a room.
    Leave {
        room: Arc<str>,
        connection: u64,
        at: Millis,
    },
    /// A task of the course came to a verdict.
    Exam {
        by: Arc<Author>,
        task: u8,
        passed: bool,
        at: Millis,
    },
    /// Order was kept.
    Audit(Box<Audit>),
    /// Everything of the person with this `sub` is erased.
    Forget { sub: Box<str> },
    /// With `keep = "lesson"`, everything is erased.
    EndLesson,
}

/// An entry of the audit log.
#[derive(Debug, Clone, PartialEq)]
pub struct Audit {
    /// When.
    pub at: Millis,
    /// Who kept order.
    pub by: Arc<Author>,
    /// What they did, as on the wire: `mute`, `kick`, ….
    pub action: Box<str>,
    /// To whom.
    pub target: Option<Arc<Author>>,
    /// Where.
    pub room: Option<Arc<str>>,
    /// Why, in their words.
    pub reason: Option<Box<str>>,
    /// Until when.
    pub until: Option<Millis>,
}

#[derive(Debug)]
pub(crate) enum Job {
    Event(Event),
    Note(Note),
}

impl Job {
    /// Bytes it counts for.
    pub(crate) fn size(&self) -> usize {
        match self {
            Job::Event(event) => EVENT + event.what.size(),
            Job::Note(_) => EVENT,
        }
    }
}

/// What the hub, the store and the reader know of each other.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// The last job that is on the disk.
    pub committed: AtomicU64,
    /// Bytes that wait.
    pub bytes: AtomicUsize,
    /// Whether the last attempt to commit failed.
    pub failing: AtomicBool,
}

/// The hub's end. When it is dropped, the store commits what it has and ends.
#[derive(Debug)]
pub struct Writer {
    queue: Sender<Vec<Job>>,
    progress: Arc<Progress>,
    batch: Vec<Job>,
    last: u64,
    dropped: u64,
}

impl Writer {
    pub(crate) fn new(queue: Sender<Vec<Job>>, progress: Arc<Progress>) -> Writer {
        Writer {
            queue,
            progress,
            batch: Vec::new(),
            last: 0,
            dropped: 0,
        }
    }

    /// Whether an event would be taken now. To be asked before the event gets its number.
    ///
    /// # Errors
    ///
    /// The queue is full, or the disk fails.
    #[inline]
    pub fn check(&self) -> Result<(), Unavailable> {
        let Progress { bytes, failing, .. } = &*self.progress;
        if failing.load(Relaxed) {
            return Err(Unavailable { retry_after: LATER });
        }
        match self.waiting() < JOBS && bytes.load(Relaxed) < BYTES {
            true => Ok(()),
            false => Err(Unavailable { retry_after: SOON }),
        }
    }

    /// Takes an event, after [`Writer::check`]. The number of the job: when `Committed` reaches
    /// it, the event is on the disk.
    #[inline]
    pub fn append(&mut self, event: Event) -> u64 {
        self.take(Job::Event(event))
    }

    /// Takes what nobody waits for. Dropped when far too much waits already.
    pub fn note(&mut self, note: Note) -> u64 {
        if self.waiting() < NOTES {
            return self.take(Job::Note(note));
        }
        if self.dropped == 0 {
            log::error!("the store is stuck: attendance and audit are no longer recorded");
        }
        self.dropped += 1;
        self.last
    }

    fn take(&mut self, job: Job) -> u64 {
        self.progress.bytes.fetch_add(job.size(), Relaxed);
        self.batch.push(job);
        self.last += 1;
        self.last
    }

    /// Hands over what was taken since the last time.
    pub fn send(&mut self) {
        if !self.batch.is_empty() {
            let room = self.batch.len();
            let batch = std::mem::replace(&mut self.batch, Vec::with_capacity(room));
            // Without the store's thread the process is ending.
            let _ = self.queue.send(batch);
        }
    }

    /// The number of the last job.
    pub fn last(&self) -> u64 {
        self.last
    }

    /// The number of the last job that is on the disk. Known here before the report has arrived.
    #[inline]
    pub fn committed(&self) -> u64 {
        self.progress.committed.load(Acquire)
    }

    /// How many jobs are not on the disk.
    pub fn waiting(&self) -> u64 {
        self.last - self.committed()
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.send();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::event::samples::{event, said};
    use crossbeam_channel::unbounded;

    #[test]
    fn a_full_queue_and_a_failing_disk_are_said_before_anything_is_numbered() {
        let (queue, jobs) = unbounded();
        let progress = Arc::new(Progress::default());
        let mut writer = Writer::new(queue, Arc::clone(&progress));
        for n in 1..=JOBS {
            writer.check().expect("room for it");
            assert_eq!(writer.append(event(n, "Ann", said("x"))), n);
        }
        assert_eq!(writer.check(), Err(Unavailable { retry_after: SOON }));
        writer.send();
        assert_eq!(jobs.try_recv().map(|batch| batch.len()), Ok(JOBS as usize));
        progress.committed.store(1, Relaxed);
        assert_eq!(writer.check(), Ok(()));
        progress.failing.store(true, Relaxed);
        assert_eq!(writer.check(), Err(Unavailable { retry_after: LATER }));
        progress.failing.store(false, Relaxed);
        progress.bytes.store(BYTES, Relaxed);
        assert_eq!(writer.check(), Err(Unavailable { retry_after: SOON }));
    }

    #[test]
    fn notes_are_bounded_too() {
        let (queue, _jobs) = unbounded();
        let mut writer = Writer::new(queue, Arc::default());
        for _ in 0..NOTES + 10 {
            writer.note(Note::EndLesson);
        }
        assert_eq!((writer.last(), writer.batch.len() as u64), (NOTES, NOTES));
    }
}
