//! When the writing thread begins a transaction, and when it lets other threads go first.
//!
//! A transaction costs about as much as a hundred events, and wears an SD card. So events gather for
//! `history.gather` before they are written together. Everybody has them already; only their `ack`s come
//! that much later. The first event after a pause is not delayed, and a crowd waits less: programs that send on
//! when they have their `ack`s would otherwise be held to one round in that time.

use std::thread;
use std::time::{Duration, Instant};

use rusqlite::Result;

use crate::model::event::{Event, EventKind};
use crate::sqlite::around::Around;
use crate::sqlite::event_columns::ROWS;
use crate::sqlite::row_writer::RowWriter;
use crate::store::queue::Job;

/// A group with at least this many jobs is a crowd: its transaction is cheap for each job.
const CROWD: usize = 16;

/// The time from the start of a crowd's transaction to the next, unless `history.gather` is less.
const CROWDED: Duration = Duration::from_millis(2);

/// Most jobs of a group: some 50 ms of work, after which their acks can go out.
pub(super) const MAX_GROUP: usize = 8192;

/// Jobs that are written before other threads may go first. On two processors the hub often waits for the one
/// that writes, while the other is idle: it would wait for a whole group, and with it everybody who reads.
const TURN: usize = 64;

/// A group with more jobs than this shows that the thread has fallen behind. The thread then keeps the processor,
/// because a full queue refuses messages.
const BEHIND: usize = 4096;

/// A group with more bytes than this shows the same.
const BEHIND_BYTES: usize = 4 << 20;

/// The time between two transactions.
pub(super) struct Gathering {
    /// `history.gather`: from the start of a transaction to the start of the next.
    gather: Duration,
    next: Instant,
}

impl Gathering {
    pub(super) fn new(gather: Duration) -> Gathering {
        Gathering {
            gather,
            next: Instant::now(),
        }
    }

    /// The earliest start of the next transaction.
    pub(super) fn due(&self) -> Instant {
        self.next
    }

    /// Sleeps until then.
    pub(super) fn wait(&self) {
        thread::sleep(self.due().saturating_duration_since(Instant::now()));
    }

    /// Notes that a transaction with this many jobs starts. After a full group the next transaction may start at
    /// once, because its jobs are queued already.
    pub(super) fn begin(&mut self, jobs: usize) {
        let pause = match jobs {
            MAX_GROUP.. => Duration::ZERO,
            CROWD.. => CROWDED.min(self.gather),
            _ => self.gather,
        };
        self.next = Instant::now() + pause;
    }
}

/// Writes the rows of a group.
pub(super) fn write_all(db: &Around<'_>, rows: &mut RowWriter, group: &[Job]) -> Result<()> {
    let is_behind =
        group.len() > BEHIND || group.iter().map(Job::size).sum::<usize>() > BEHIND_BYTES;
    let mut written = 0;
    while written < group.len() {
        let before = written;
        written += write_first(db, rows, &group[written..])?;
        if written / TURN > before / TURN && !is_behind {
            thread::yield_now();
        }
    }
    Ok(())
}

/// Writes the rows of the first job, and those of the following if all are messages. Returns the number of
/// these jobs.
fn write_first(db: &Around<'_>, rows: &mut RowWriter, jobs: &[Job]) -> Result<usize> {
    let many = jobs.get(..ROWS);
    let messages = many.and_then(|jobs| jobs.iter().map(message).collect::<Option<Vec<_>>>());
    if let Some(messages) = messages {
        rows.insert_events(db, &messages)?;
        return Ok(messages.len());
    }
    if let Some(job) = jobs.first() {
        rows.write(db, job)?;
    }
    Ok(1)
}

/// The event of a job that is a message.
fn message(job: &Job) -> Option<&Event> {
    match job {
        Job::Event(event) if matches!(event.what, EventKind::Message { .. }) => Some(event),
        _ => None,
    }
}
