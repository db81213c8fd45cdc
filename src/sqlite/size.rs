//! How large the history is: `history.max_size`, and the write-ahead log.
//!
//! What counts is the pages in use: free pages will be used again, so erasing makes room although the
//! file does not shrink. SQLite itself is given no limit, because a transaction that meets one fails,
//! and its events have been broadcast already. Instead the queue refuses events before they have a
//! number, when [`Progress::used`](crate::store::queue::Progress) says that the history is full.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use rusqlite::{Connection, Result};

use crate::sqlite::connect::BUSY_TIMEOUT;

/// Bytes of the write-ahead log from which the writer waits for readers to empty it. SQLite does so
/// from 4 MiB, but not while somebody reads, and there are times when somebody always does.
const MAX_WAL: u64 = 64 << 20;

/// Longest wait for readers then. The longest query takes less, and acks wait meanwhile.
const WAL_PATIENCE: Duration = Duration::from_millis(500);

/// Least time between two attempts, and between two looks at the log's size.
const WAL_INTERVAL: Duration = Duration::from_secs(1);

/// Least time between two lines of the log that say that the history is full.
const LOG_INTERVAL: Duration = Duration::from_secs(60);

/// Watches the size of the history. Belongs to the writing thread.
pub(super) struct SizeWatch {
    /// `history.max_size`.
    max: u64,
    wal: Option<PathBuf>,
    page_size: u64,
    /// Whether the log says that it is full.
    full: bool,
    logged: Option<Instant>,
    wal_checked: Instant,
}

impl SizeWatch {
    pub(super) fn new(db: &Connection, max: u64) -> Result<SizeWatch> {
        Ok(SizeWatch {
            max,
            wal: db.path().map(|path| format!("{path}-wal").into()),
            page_size: db.pragma_query_value(None, "page_size", |row| row.get(0))?,
            full: false,
            logged: None,
            wal_checked: Instant::now(),
        })
    }

    /// Returns the bytes of the pages in use.
    pub(super) fn used(&self, db: &Connection) -> Result<u64> {
        let number = |sql| {
            db.prepare_cached(sql)?
                .query_row([], |row| row.get::<_, u64>(0))
        };
        let (all, free) = (
            number("PRAGMA page_count")?,
            number("PRAGMA freelist_count")?,
        );
        Ok(all.saturating_sub(free) * self.page_size)
    }

    /// Logs when the history has become full, and when it has room again.
    pub(super) fn note(&mut self, used: u64) {
        let full = used >= self.max;
        if full == self.full {
            return;
        }
        let now = Instant::now();
        if full
            && self
                .logged
                .is_some_and(|logged| now < logged + LOG_INTERVAL)
        {
            return; // at the edge it is full now and then
        }
        self.full = full;
        if full {
            self.logged = Some(now);
            log::error!(
                "the history is full: it has {used} bytes, and history.max_size is {}. Messages of \
                 guests and members are refused, and neither who joins nor tasks are noted. Erase \
                 something, shorten history.keep, or raise history.max_size",
                self.max
            );
        } else {
            log::info!("the history has room again");
        }
    }

    /// Empties the write-ahead log if it has grown because somebody was always reading.
    pub(super) fn bound_wal(&mut self, db: &Connection) {
        let now = Instant::now();
        if now < self.wal_checked + WAL_INTERVAL {
            return;
        }
        self.wal_checked = now;
        let size = self.wal.as_ref().and_then(|wal| fs::metadata(wal).ok());
        if size.is_none_or(|size| size.len() < MAX_WAL) {
            return;
        }
        let emptied = db.busy_timeout(WAL_PATIENCE).and_then(|()| {
            db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| {
                row.get::<_, bool>(0)
            })
        });
        if let Err(error) = emptied.and(db.busy_timeout(BUSY_TIMEOUT)) {
            log::warn!("the write-ahead log of the history cannot be emptied: {error}");
        }
    }
}
