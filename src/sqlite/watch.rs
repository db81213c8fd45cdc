//! Notices when the files of an open history are taken away: removed, replaced, emptied or
//! overwritten. SQLite would go on writing to a file that has no name any more, and every `ack`
//! would be a lie.
//!
//! Used by the `store` thread, before and after each transaction and once per tick. It costs three
//! `stat`; more only after the file has changed.

use crate::sqlite::connect::read_immutable;
use crate::sqlite::error::FileTrouble;
use crate::sqlite::files::{HEADER, WITH_LOG, WRITE_VERSION, beside};
use crate::sqlite::{backup, erase};
use rusqlite::{Connection, ErrorCode, OptionalExtension};
use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};

/// The bytes of the header of a write-ahead log, and of the header of each of its frames.
const LOG_HEADER: u64 = 32;
const FRAME_HEADER: u64 = 24;

/// What is known of the files that this process has open.
pub(super) struct Watch {
    path: PathBuf,
    /// The database, its write-ahead log, and the index of that log.
    files: [(PathBuf, FileId); 3],
    /// The database. It stays open: to close it would drop SQLite's locks on it.
    database: File,
    /// The epoch of this run, which the right file has.
    pub(super) epoch: Box<str>,
    size: u64,
    log_size: u64,
    /// When the database file was last written to.
    written: (i64, i64),
    /// The number of the last job that the database file was seen to have, without its write-ahead
    /// log. `None` while a reader keeps even the epoch from being written back.
    jobs: Option<u64>,
    /// Whether what the files still have was saved: in a copy, and from the write-ahead log.
    saved: (bool, bool),
}

/// The place of the write-ahead log among the files.
const LOG: usize = 1;

/// What `stat` says of the files.
struct Found {
    database: Metadata,
    log_size: u64,
}

type FileId = (u64, u64);

fn file_id(found: &Metadata) -> FileId {
    (found.dev(), found.ino())
}

impl Watch {
    /// Remembers the files of a history that was just opened.
    pub(super) fn new(path: &Path, epoch: &str) -> io::Result<Watch> {
        let log = beside(path, "-wal");
        let id = |path: PathBuf| fs::metadata(&path).map(|found| (path, file_id(&found)));
        let files = [
            id(path.to_owned())?,
            id(log.clone())?,
            id(beside(path, "-shm"))?,
        ];
        let mut watch = Watch {
            path: path.to_owned(),
            files,
            database: File::open(path)?,
            epoch: epoch.into(),
            size: 0,
            log_size: 0,
            written: (0, 0),
            jobs: committed_jobs(path, epoch).flatten(),
            saved: (false, false),
        };
        let database = fs::metadata(&watch.path)?;
        let log_size = fs::metadata(&log)?.len();
        watch.remember(&Found { database, log_size });
        Ok(watch)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the database file was seen to have the epoch of this run.
    pub(super) fn has_seen_epoch(&self) -> bool {
        self.jobs.is_some()
    }

    /// Looks before a transaction, when only this process may have written.
    pub(super) fn before(&mut self, db: &Connection) -> Result<(), FileTrouble> {
        let Found { database, log_size } = self.identify()?;
        if database.len() < self.size && is_cut(db, database.len()) {
            return Err(FileTrouble::Emptied);
        }
        self.compare(&database)?;
        if log_size < self.log_size && is_log_cut(db, log_size) {
            return Err(FileTrouble::LogGone);
        }
        Ok(())
    }

    /// Looks after a transaction, and remembers what it wrote.
    pub(super) fn after(&mut self) -> Result<(), FileTrouble> {
        let found = self.identify()?;
        if found.database.len() < HEADER as u64 {
            return Err(FileTrouble::Emptied);
        }
        self.compare(&found.database)?;
        self.remember(&found);
        Ok(())
    }

    /// Remembers what this process wrote outside of a group.
    pub(super) fn note_own_write(&mut self) {
        // If the files have gone, the next look says so.
        if let Ok(found) = self.identify()
            && self.compare(&found.database).is_ok()
        {
            self.remember(&found);
        }
    }

    /// Saves what was acknowledged before the files were taken away, once: the open connection still
    /// reads it. Says what to do.
    pub(super) fn save(&mut self, db: &Connection, trouble: &FileTrouble) {
        match trouble {
            FileTrouble::Missing
            | FileTrouble::Replaced
            | FileTrouble::Overwritten
            | FileTrouble::Emptied => {
                if !std::mem::replace(&mut self.saved.0, true) {
                    // The open file is what it was only if it has lost its name.
                    let is_whole = matches!(trouble, FileTrouble::Missing | FileTrouble::Replaced);
                    save_copy(db, &self.path, is_whole);
                }
            }
            FileTrouble::LogGone => {
                if !std::mem::replace(&mut self.saved.1, true) {
                    save_log(db, &self.path);
                }
            }
            // The names may come back, as with a network share.
            FileTrouble::Unreadable(_) => {}
        }
    }

    /// Checks that each name still leads to the file that is open.
    fn identify(&self) -> Result<Found, FileTrouble> {
        let mut log_size = 0;
        for (n, (path, id)) in self.files.iter().enumerate().rev() {
            let trouble = match fs::metadata(path) {
                Ok(found) if file_id(&found) != *id && n == 0 => FileTrouble::Replaced,
                Ok(found) if file_id(&found) != *id => FileTrouble::LogGone,
                Ok(database) if n == 0 => return Ok(Found { database, log_size }),
                Ok(found) => {
                    if n == LOG {
                        log_size = found.len();
                    }
                    continue;
                }
                Err(error) if error.kind() != ErrorKind::NotFound => FileTrouble::Unreadable(error),
                Err(_) if n == 0 => FileTrouble::Missing,
                Err(_) => FileTrouble::LogGone,
            };
            // If the database has gone, too, that is the trouble to name.
            match (trouble, n) {
                (FileTrouble::LogGone, 1..) if !self.has_database() => {}
                (trouble, _) => return Err(trouble),
            }
        }
        Err(FileTrouble::Missing)
    }

    fn has_database(&self) -> bool {
        let [(path, id), ..] = &self.files;
        fs::metadata(path).is_ok_and(|found| file_id(&found) == *id)
    }

    /// Checks the content of a file that was written to: it must still be this history. A
    /// checkpoint of this process writes to it, too.
    fn compare(&mut self, found: &Metadata) -> Result<(), FileTrouble> {
        let written = (found.mtime(), found.mtime_nsec());
        if written == self.written {
            return Ok(());
        }
        let mut version = [0];
        let read = self
            .database
            .read_exact_at(&mut version, WRITE_VERSION as u64);
        read.map_err(|_| FileTrouble::Emptied)?;
        // A backup says that it has no write-ahead log.
        if version != [WITH_LOG] {
            return Err(FileTrouble::Overwritten);
        }
        match committed_jobs(&self.path, &self.epoch) {
            // A copy from earlier in this run has fewer jobs.
            Some(jobs) if jobs < self.jobs => return Err(FileTrouble::Overwritten),
            Some(jobs) => self.jobs = jobs,
            None => {}
        }
        self.written = written;
        Ok(())
    }

    fn remember(&mut self, found: &Found) {
        let Found { database, log_size } = found;
        self.size = database.len();
        self.written = (database.mtime(), database.mtime_nsec());
        self.log_size = *log_size;
    }
}

/// Whether the database file itself, without its write-ahead log, has an epoch. `None`: a page is
/// damaged, which is another matter.
pub(super) fn has_epoch(path: &Path, epoch: &str) -> Option<bool> {
    committed_jobs(path, epoch).map(|jobs| jobs.is_some())
}

/// The number of the last job of an epoch that the database file itself has, without its write-ahead
/// log; `Some(None)` if it has not even the epoch. `None`: a page is damaged.
fn committed_jobs(path: &Path, epoch: &str) -> Option<Option<u64>> {
    let found = read_immutable(path).and_then(|db| {
        let sql = "SELECT max(jobs, 0) FROM epochs WHERE epoch = ?1";
        db.query_row(sql, [epoch], |row| row.get(0)).optional()
    });
    found.map_or_else(
        |error| match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::SystemIoFailure) => None,
            _ => Some(None),
        },
        Some,
    )
}

fn number(db: &Connection, sql: &str, column: usize) -> rusqlite::Result<u64> {
    db.query_row(sql, [], |row| row.get(column))
}

/// Whether a database file that has become smaller misses pages. (`VACUUM` of another program makes
/// it smaller, too.)
fn is_cut(db: &Connection, size: u64) -> bool {
    let pages = number(db, "PRAGMA page_count", 0);
    let page_size = number(db, "PRAGMA page_size", 0);
    match (pages, page_size) {
        (Ok(pages), Ok(page_size)) => size < pages.saturating_mul(page_size),
        _ => true,
    }
}

/// Whether a write-ahead log that has become smaller misses frames. (A checkpoint of another program
/// makes it smaller, too.)
fn is_log_cut(db: &Connection, size: u64) -> bool {
    let frames = number(db, "PRAGMA wal_checkpoint(PASSIVE)", 1);
    let page_size = number(db, "PRAGMA page_size", 0);
    match (frames, page_size) {
        (Ok(0), _) => false,
        (Ok(frames), Ok(page)) => size < LOG_HEADER + frames * (page + FRAME_HEADER),
        _ => true,
    }
}

/// Saves what `db` still reads. That is everything if the open file `is_whole`; otherwise pages of
/// another file may be among it, and a check of its structure does not show that.
fn save_copy(db: &Connection, path: &Path, is_whole: bool) {
    let copy = backup::rescue(db, path);
    let path = path.display();
    match copy {
        Ok((copy, true)) if is_whole => log::error!(
            "everything that was acknowledged is in {}: stop the server, put that file in the place of \
             {path}, and start again",
            copy.display()
        ),
        Ok((copy, _)) => log::error!(
            "what could still be read of what was acknowledged is in {}: stop the server, put that file \
             in the place of {path}, and run `glassroom repair`; or put a backup there",
            copy.display()
        ),
        Err(error) => log::error!(
            "what was acknowledged could not be saved ({error}): stop the server, and put a backup in \
             the place of {path}, or start with --new-history"
        ),
    }
}

fn save_log(db: &Connection, path: &Path) {
    let path = path.display();
    match erase::checkpoint(db) {
        Ok(true) => {
            log::error!("everything that was acknowledged is in {path}: restart the server");
        }
        _ => log::error!(
            "the newest messages may be missing in {path}: restart the server, and run `glassroom check \
             --data DIR`"
        ),
    }
}
