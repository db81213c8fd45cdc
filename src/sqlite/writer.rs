//! The store's thread: everything that is queued becomes one transaction.
//!
//! Runs on: `store`. Blocks on: its queue, and the disk. One commit serves all jobs that came while
//! the last one was under way, so that the disk's latency bounds the delay of an `ack` and not the
//! number of messages. **A group that cannot be committed is rolled back and tried again until it
//! is**, in the same order, on the same connection: its events were broadcast and have their
//! numbers. Nothing else is taken meanwhile ([`crate::store::queue::Writer::check`] refuses), reading goes on.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering::{Relaxed, Release};
use std::thread::Thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crossbeam_channel::{Receiver, RecvTimeoutError};
use rusqlite::{Connection, Result};

use crate::config::Keep;
use crate::model::time::Millis;
use crate::sqlite::erase;
use crate::sqlite::record::Record;
use crate::store::queue::{Job, Progress};
use crate::store::report::{Report, Reporter};

/// From the beginning of one transaction to that of the next, at least. A transaction costs about as
/// much as a hundred events in it; without this, a lively room would pay for a thousand of them a
/// second. The first event after a pause does not wait.
const INTERVAL: Duration = Duration::from_millis(2);

/// Jobs of one transaction: some 50 ms of work, after which those acks can go.
const GROUP: usize = 8192;

/// How often what is too old is erased, and how exactly a crash is known afterwards.
const MINUTE: Duration = Duration::from_secs(60);

/// Between two chunks of erasing; short, but the queue comes first.
const BREATH: Duration = Duration::from_millis(20);

/// Before the second attempt to commit; doubled from one to the next.
const RETRY: Duration = Duration::from_millis(100);

/// Longest pause between two attempts: so soon it works again when the disk does.
const RETRY_MOST: Duration = Duration::from_secs(2);

/// How long a failing disk is given when the server ends.
const LAST_CHANCE: Duration = Duration::from_secs(3);

/// The thread's state; [`Store::run`] is the thread.
pub(super) struct Store {
    pub db: Connection,
    pub epoch: i64,
    pub keep: Keep,
    pub queue: Receiver<Vec<Job>>,
    pub progress: Arc<Progress>,
    pub report: Reporter,
    /// Woken after each commit: a question may wait for it.
    pub reader: Thread,
    pub record: Record,
    /// Batches that came while a group was retried.
    pub backlog: VecDeque<Vec<Job>>,
    /// The last job that is on the disk.
    pub done: u64,
}

impl Store {
    /// Until the hub's end is gone and everything is committed.
    pub fn run(mut self) {
        let mut due = Instant::now();
        let mut next = due;
        loop {
            let first = match self.backlog.pop_front() {
                Some(batch) => Ok(batch),
                None => self
                    .queue
                    .recv_timeout(due.saturating_duration_since(Instant::now())),
            };
            match first {
                Ok(batch) => {
                    let rest = next.saturating_duration_since(Instant::now());
                    if !rest.is_zero() {
                        std::thread::sleep(rest);
                    }
                    next = Instant::now() + INTERVAL;
                    let group = self.gather(batch);
                    if !self.commit(&group) {
                        return log::error!("{} events were not stored", group.len());
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return self.end(),
            }
            if Instant::now() >= due {
                due = Instant::now() + self.tidy();
            }
        }
    }

    /// Everything that is queued behind `first`.
    fn gather(&mut self, first: Vec<Job>) -> Vec<Job> {
        let mut group = first;
        while group.len() < GROUP {
            let Some(batch) = self
                .backlog
                .pop_front()
                .or_else(|| self.queue.try_recv().ok())
            else {
                break;
            };
            group.extend(batch);
        }
        group
    }

    /// Commits the group, however often that takes. False: the server ends before it works.
    fn commit(&mut self, group: &[Job]) -> bool {
        let upto = self.done + group.len() as u64;
        let (mut pause, mut give_up) = (RETRY, None);
        while let Err(error) = self.attempt(group, upto) {
            if !self.progress.failing.swap(true, Relaxed) {
                log::error!(
                    "the history cannot be written, sending is refused until it can: {error}"
                );
                (self.report)(Report::Failing(true));
            }
            let until = Instant::now() + pause;
            pause = (pause * 2).min(RETRY_MOST);
            // What still comes (those who leave, what was numbered before) waits its turn.
            loop {
                match self.queue.recv_deadline(until) {
                    Ok(batch) => self.backlog.push_back(batch),
                    Err(RecvTimeoutError::Timeout) => break,
                    Err(RecvTimeoutError::Disconnected) => {
                        let end = *give_up.get_or_insert_with(|| Instant::now() + LAST_CHANCE);
                        if Instant::now() >= end {
                            return false;
                        }
                        std::thread::sleep(until.saturating_duration_since(Instant::now()));
                        break;
                    }
                }
            }
        }
        self.done = upto;
        self.progress
            .bytes
            .fetch_sub(group.iter().map(Job::size).sum(), Relaxed);
        self.progress.committed.store(upto, Release);
        if self.progress.failing.swap(false, Relaxed) {
            log::info!("the history is written again");
            (self.report)(Report::Failing(false));
        }
        let events = group.iter().filter(|job| matches!(job, Job::Event(_)));
        (self.report)(Report::Committed {
            job: upto,
            events: events.count() as u64,
        });
        self.reader.unpark();
        if self.record.erased {
            self.record.erased = !self.truncated();
        }
        true
    }

    /// One transaction. A group whose COMMIT failed after it had reached the disk is not written
    /// twice: `epochs.jobs` went with it.
    fn attempt(&mut self, group: &[Job], upto: u64) -> Result<()> {
        let Store {
            db, record, epoch, ..
        } = self;
        let result = (|| {
            if !db.is_autocommit() {
                db.execute_batch("ROLLBACK")?;
            }
            db.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
            let mut jobs = db.prepare_cached("SELECT jobs FROM epochs WHERE id = ?1")?;
            let landed = jobs.query_row([*epoch], |row| row.get::<_, u64>(0))? >= upto;
            if !landed {
                record.begin(db)?;
                group.iter().try_for_each(|job| record.apply(db, job))?;
                record.finish(db, upto, now())?;
            }
            db.prepare_cached("COMMIT")?.execute([]).map(drop)
        })();
        if result.is_err() {
            record.doubt();
            if !db.is_autocommit() {
                // If even that fails, the next attempt begins with it.
                let _ = db.execute_batch("ROLLBACK");
            }
        }
        result
    }

    /// What has to be done without anybody asking: when next?
    fn tidy(&mut self) -> Duration {
        match self.sweep() {
            Ok(true) => return BREATH,
            Ok(false) => {}
            Err(error) => log::warn!("what is too old was not erased, it will be: {error}"),
        }
        if self.record.erased {
            self.record.erased = !self.truncated();
        }
        MINUTE
    }

    fn sweep(&mut self) -> Result<bool> {
        let now = now();
        let transaction = self.db.unchecked_transaction()?;
        // Only while somebody is here: an idle server leaves the disk alone.
        let seen = "UPDATE epochs SET seen = max(seen, ?2)
                    WHERE id = ?1 AND EXISTS (SELECT 1 FROM visits WHERE left IS NULL)";
        transaction.execute(seen, rusqlite::params![self.epoch, now])?;
        let more = match self.keep {
            Keep::For(span) => {
                erase::sweep(&transaction, now.saturating_sub(span.as_millis() as u64))?
            }
            Keep::Lesson | Keep::Forever => false,
        };
        transaction.commit()?;
        // Authors may be gone; rooms never are.
        self.record.doubt();
        Ok(more)
    }

    fn truncated(&self) -> bool {
        erase::truncate(&self.db).unwrap_or_else(|error| {
            log::warn!("erased texts may remain in the write-ahead log for now: {error}");
            false
        })
    }

    /// The hub is gone: whoever is still noted as present left now.
    fn end(&mut self) {
        let left = "UPDATE visits SET left = max(came, ?1) WHERE left IS NULL";
        if let Err(error) = self.db.execute(left, [now()]) {
            log::warn!("attendance was not closed: {error}");
        }
    }
}

/// Milliseconds since 1970.
pub(super) fn now() -> Millis {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |span| span.as_millis() as Millis)
}
