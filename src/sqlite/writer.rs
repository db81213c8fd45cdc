//! The writing thread: commits the queued jobs, a group in each transaction.
//!
//! Runs on: `store`. Blocks on: its queue, and the disk. While one transaction commits, more jobs
//! arrive, and all of them are the next group (group commit). So the latency of the disk bounds the
//! delay of an `ack`, but not the number of messages. A transaction begins
//! `history.gather` after the last one began, sooner in a crowd.
//!
//! **A group that cannot be committed is rolled back and retried until it succeeds**, in the same
//! order and on the same connection: its events are broadcast and numbered already. Meanwhile
//! [`StoreWriter::check`](crate::store::queue::StoreWriter::check) refuses new events, and queries go on.

use std::collections::VecDeque;
use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, Result, params};

use crate::model::time::unix_millis;
use crate::sqlite::around::Around;
use crate::sqlite::error::{CommitError, FileTrouble};
use crate::sqlite::expiry::Retention;
use crate::sqlite::gathering::{Gathering, MAX_GROUP};
use crate::sqlite::row_writer::RowWriter;
use crate::sqlite::size::SizeWatch;
use crate::sqlite::transaction::write_and_commit;
use crate::sqlite::watch::Watch;
use crate::sqlite::{erase, files, records};
use crate::store::position::Position;
use crate::store::queue::{Job, Progress};
use crate::store::report::{Reporter, StoreReport};
use crate::store::shared_log::SharedLog;

/// The interval of maintenance. After a crash, the end of the run is known to this precision.
const MAINTENANCE_INTERVAL: Duration = Duration::from_secs(60);

/// How often the thread looks whether its files are still there while nobody writes: often enough
/// that whoever writes next is refused, and does not wait for an ack.
const WATCH_INTERVAL: Duration = Duration::from_millis(250);

/// The pause between two erasing transactions; short, because queued jobs go first.
const ERASE_INTERVAL: Duration = Duration::from_millis(20);

/// The pause before the second attempt to commit; each further pause is twice as long.
const FIRST_RETRY: Duration = Duration::from_millis(100);

/// The longest pause between two attempts, and so the longest delay after the disk works again.
const LONGEST_RETRY: Duration = Duration::from_secs(2);

/// How long the thread retries after the server has ended.
const RETRY_AT_END: Duration = Duration::from_secs(3);

/// The thread's state; [`WriterThread::run`] is the thread.
pub(super) struct WriterThread {
    pub db: Connection,
    pub retention: Retention,
    pub gathering: Gathering,
    pub queue: Receiver<Vec<Job>>,
    pub progress: Arc<Progress>,
    pub report: Reporter,
    /// The reading threads. A commit wakes them if one of them waits for it.
    pub readers: [Thread; 2],
    pub rows: RowWriter,
    pub size: SizeWatch,
    /// Batches that arrived while a group was retried.
    pub backlog: VecDeque<Vec<Job>>,
    /// The number of the last job that is on the disk.
    pub committed: u64,
    /// The files that must still be there.
    pub watch: Watch,
    /// The log of a cluster, where a group is first.
    pub log: Option<Box<dyn SharedLog>>,
    /// The jobs are those of a hub at another node.
    pub follows: bool,
    /// Held as long as this thread may write.
    pub _lock: File,
}

impl WriterThread {
    /// Runs until the hub has dropped its end of the queue and every job is committed.
    pub(super) fn run(mut self) {
        let mut maintenance_due = Instant::now();
        loop {
            self.gathering.wait();
            let tick = Instant::now() + WATCH_INTERVAL;
            match self.next_batch(maintenance_due.min(tick)) {
                Ok(batch) => {
                    let group = self.collect_group(batch);
                    self.gathering.begin(group.len());
                    if !self.commit(&group) {
                        log::error!("{} events were not stored", group.len());
                        return self.conclude(false);
                    }
                }
                Err(RecvTimeoutError::Timeout) => self.look_at_files(),
                Err(RecvTimeoutError::Disconnected) => return self.conclude(true),
            }
            if Instant::now() >= maintenance_due {
                self.look_at_files();
                // A file that has gone must not be written to.
                let next = match self.progress.failing.load(Relaxed) {
                    true => MAINTENANCE_INTERVAL,
                    false => self.run_maintenance(),
                };
                maintenance_due = Instant::now() + next;
            }
        }
    }

    fn next_batch(&mut self, until: Instant) -> Result<Vec<Job>, RecvTimeoutError> {
        match self.backlog.pop_front() {
            Some(batch) => Ok(batch),
            None => self
                .queue
                .recv_timeout(until.saturating_duration_since(Instant::now())),
        }
    }

    /// Collects the batches that are queued after `first`.
    fn collect_group(&mut self, first: Vec<Job>) -> Vec<Job> {
        let mut group = first;
        while group.len() < MAX_GROUP {
            let queued = self.backlog.pop_front();
            let Some(batch) = queued.or_else(|| self.queue.try_recv().ok()) else {
                break;
            };
            group.extend(batch);
        }
        group
    }

    /// Commits the group and retries until it succeeds. Returns false if the server has ended and
    /// the disk still fails.
    fn commit(&mut self, group: &[Job]) -> bool {
        let last = self.committed + group.len() as u64;
        let mut pause = FIRST_RETRY;
        let (mut give_up, mut reached) = (None, None);
        loop {
            let error = match self.try_commit(group, last, &mut reached) {
                Ok(used) => {
                    self.on_committed(group, last, used);
                    return true;
                }
                Err(error) => error,
            };
            self.begin_failing(&error);
            if !self.wait_for_retry(pause, &mut give_up) {
                return false;
            }
            pause = (pause * 2).min(LONGEST_RETRY);
        }
    }

    /// Waits, and moves batches that arrive meanwhile to the backlog. (Leaves are recorded even
    /// now, and so are events that were numbered before.) Returns false once the server has ended
    /// and [`RETRY_AT_END`] has passed since.
    fn wait_for_retry(&mut self, pause: Duration, give_up: &mut Option<Instant>) -> bool {
        let until = Instant::now() + pause;
        loop {
            match self.queue.recv_deadline(until) {
                Ok(batch) => self.backlog.push_back(batch),
                Err(RecvTimeoutError::Timeout) => return true,
                Err(RecvTimeoutError::Disconnected) => {
                    let end = *give_up.get_or_insert_with(|| Instant::now() + RETRY_AT_END);
                    if Instant::now() >= end {
                        return false;
                    }
                    thread::sleep(until.saturating_duration_since(Instant::now()));
                    return true;
                }
            }
        }
    }

    /// Publishes the progress after a commit.
    fn on_committed(&mut self, group: &[Job], last: u64, used: u64) {
        self.committed = last;
        self.note_used(used); // before what waited stops to count
        let bytes = group.iter().map(Job::size).sum();
        self.progress.bytes.fetch_sub(bytes, Relaxed);
        self.progress.committed.store(last, SeqCst);
        self.end_failing();
        let events = group.iter().filter(|job| matches!(job, Job::Event(_)));
        (self.report)(StoreReport::Committed {
            job: last,
            events: events.count() as u64,
        });
        // Both in the same order with what a reader does: either it sees the commit, or it is seen waiting.
        if self.progress.waiting.load(SeqCst) > 0 {
            self.readers.iter().for_each(Thread::unpark);
        }
        self.checkpoint_after_erasure();
        self.size.bound_wal(&self.db);
    }

    /// Tells the queue how large the history is.
    fn note_used(&mut self, used: u64) {
        self.progress.used.store(used, Relaxed);
        self.size.note(used);
    }

    /// Commits fail: says so once, and saves what can be saved if the file has gone.
    fn begin_failing(&mut self, error: &CommitError) {
        if !self.progress.failing.swap(true, Relaxed) {
            log::error!(
                "the history cannot be written; messages are refused until it can: {error}"
            );
            (self.report)(StoreReport::Failing(true));
        }
        if let CommitError::File(trouble) = error {
            self.watch.save(&self.db, trouble);
        }
    }

    fn end_failing(&mut self) {
        if self.progress.failing.swap(false, Relaxed) {
            log::info!("the history can be written again");
            (self.report)(StoreReport::Failing(false));
        }
    }

    /// Looks whether the files are still there, so that it is noticed although nobody writes.
    fn look_at_files(&mut self) {
        let files = self.watch.before(&self.db).map_err(CommitError::File);
        let log = self.log.as_mut();
        let log = log.map_or(Ok(()), |log| log.check().map_err(CommitError::Log));
        match files.and(log) {
            Ok(()) => self.end_failing(),
            Err(trouble) => self.begin_failing(&trouble),
        }
    }

    /// Runs one transaction, and rolls it back if it fails. What was written to a file that is not
    /// there any more does not count. Returns the bytes in use after it.
    fn try_commit(
        &mut self,
        group: &[Job],
        last: u64,
        reached: &mut Option<Position>,
    ) -> Result<u64, CommitError> {
        self.watch.before(&self.db)?;
        // If the rows cannot be written then, the group is tried again, and the shared log has it already.
        if let Some(log) = self.log.as_mut().filter(|_| reached.is_none()) {
            *reached = Some(log.append(group).map_err(CommitError::Log)?);
        }
        let used = self.commit_once(group, last, reached.as_ref())?;
        self.watch.after()?;
        Ok(used)
    }

    fn commit_once(&mut self, group: &[Job], last: u64, reached: Option<&Position>) -> Result<u64> {
        let WriterThread {
            db,
            rows,
            retention,
            size,
            ..
        } = self;
        let epoch = rows.epoch;
        Around::run(db, |db| {
            let result = write_and_commit(db, (rows, size), retention, (group, reached), last);
            if result.is_err() {
                rows.clear_cache();
                rows.epoch = epoch;
                if !db.is_autocommit() {
                    // If the rollback fails, the next attempt begins with it.
                    let _ = db.execute_batch("ROLLBACK");
                }
            }
            result
        })
    }

    /// Erases old history, and repeats a checkpoint that a reader prevented. Returns the time until
    /// the next run.
    fn run_maintenance(&mut self) -> Duration {
        match self.erase_old() {
            Ok(true) => return ERASE_INTERVAL,
            Ok(false) => {}
            Err(error) => {
                log::warn!("old history could not be erased and will be erased later: {error}");
            }
        }
        self.rows.erased |= self.rows.replaced;
        self.checkpoint_after_erasure();
        self.retention.interval().min(MAINTENANCE_INTERVAL)
    }

    /// Notes that the server is alive, and erases one chunk of old history. Returns whether more is
    /// left to erase.
    fn erase_old(&mut self) -> Result<bool> {
        let now = unix_millis();
        let (pass, ages, used) = Around::transaction(&self.db, |db| {
            // Only while somebody is present: an idle server does not write to the disk.
            let seen = "UPDATE epochs SET seen = max(seen, ?2)
                        WHERE id = ?1 AND EXISTS (SELECT 1 FROM visits WHERE left IS NULL)";
            db.apart("visits", || db.execute(seen, params![self.rows.epoch, now]))?;
            db.apart("records", || records::look_at_clock(db))?;
            let mut ages = self.rows.ages.clone();
            let pass = self.retention.pass(db, self.rows.epoch, &mut ages, now)?;
            Ok((pass, ages, self.size.used(db)?))
        })?;
        self.rows.ages = ages; // not before: the transaction may have failed
        self.watch.note_own_write();
        // Authors may be erased now.
        self.rows.clear_cache();
        self.note_used(used);
        let more = pass.more;
        for events in self.retention.conclude(pass) {
            let (room, last) = (events.room, events.last);
            (self.report)(StoreReport::Erased { room, last });
        }
        Ok(more)
    }

    /// Runs a checkpoint if something was erased since the last complete one.
    fn checkpoint_after_erasure(&mut self) {
        if !self.rows.erased {
            return;
        }
        let checkpoint = erase::checkpoint(&self.db);
        self.watch.note_own_write();
        match checkpoint {
            Ok(complete) => {
                self.rows.erased = !complete;
                self.rows.replaced &= !complete;
            }
            Err(error) => {
                log::warn!("erased texts may remain in the write-ahead log for now: {error}");
            }
        }
    }

    /// Ends the run. What somebody has put in the place of the file is not written to, not even by the
    /// checkpoint with which SQLite closes a history.
    fn conclude(mut self, is_complete: bool) {
        match self.watch.before(&self.db) {
            Err(trouble) if trouble.is_of_the_database() => {
                let is_overwritten = matches!(trouble, FileTrouble::Overwritten);
                self.begin_failing(&trouble.into());
                self.abandon(is_overwritten);
            }
            found => {
                if let Err(trouble) = found {
                    self.begin_failing(&trouble.into());
                }
                if is_complete {
                    self.end();
                }
            }
        }
    }

    /// Closes the history without writing to it.
    fn abandon(self, is_overwritten: bool) {
        let keeps_out = DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE;
        if let Err(error) = self.db.set_db_config(keeps_out, true) {
            log::warn!("the write-ahead log may be written to the new file: {error}");
        }
        // It would be mixed into the new content at the next start.
        if is_overwritten && let Err(error) = files::put_log_aside(self.watch.path()) {
            log::warn!("the write-ahead log could not be put aside: {error}");
        }
    }

    /// Closes the visits of those who are still present when the server ends, and keeps what the
    /// next run needs to know about time.
    fn end(&mut self) {
        let left = "UPDATE visits SET left = max(came, ?1) WHERE left IS NULL";
        // At the other node they are still present.
        let completed = (!self.follows).then(|| self.db.execute(left, [unix_millis()]));
        if let Some(Err(error)) = completed {
            log::warn!("the attendance could not be completed: {error}");
        }
        if let Err(error) = records::look_at_clock(&self.db) {
            log::warn!("how long mutes and removals still last could not be noted: {error}");
        }
        if let Err(error) = self.retention.end(&self.db, &mut self.rows.ages) {
            log::warn!("how long the server ran could not be noted: {error}");
        }
        // Always: SQLite does it only if no reading thread has the history open any more.
        self.rows.erased = true;
        self.checkpoint_after_erasure();
    }
}
