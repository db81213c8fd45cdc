//! Notices when the files of an open history are taken away: removed, replaced, emptied or
//! overwritten. SQLite would go on writing to a file that has no name any more, and every `ack`
//! would be a lie.
//!
//! Used by the `store` thread, before and after each transaction and once per tick. It costs three
//! `stat`; more only after the file has changed.

use crate::sqlite::connect::read_immutable;
use crate::sqlite::error::FileTrouble;
use crate::sqlite::files::{HEADER, beside};
use crate::sqlite::{backup, erase};
use rusqlite::{Connection, ErrorCode};
use std::fs::{self, Metadata};
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The bytes of the header of a write-ahead log, and of the header of each of its frames.
const LOG_HEADER: u64 = 32;
const FRAME_HEADER: u64 = 24;

/// What is known of the files that this process has open.
pub(super) struct Watch {
    path: PathBuf,
    log: PathBuf,
    /// The database, its write-ahead log, and the index of that log.
    files: [(PathBuf, FileId); 3],
    /// The epoch of this run, which the right file has.
    pub(super) epoch: Box<str>,
    size: u64,
    log_size: u64,
    /// When the database file was last written to.
    written: (i64, i64),
    /// Whether the database file was seen to have the epoch. It has not while a reader keeps the
    /// write-ahead log from being written back.
    pub(super) epoch_seen: bool,
    /// Whether what the files still have was saved: in a copy, and from the write-ahead log.
    saved: (bool, bool),
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
            log,
            files,
            epoch: epoch.into(),
            size: 0,
            log_size: 0,
            written: (0, 0),
            epoch_seen: false,
            saved: (false, false),
        };
        watch.epoch_seen = has_epoch(path, epoch) == Some(true);
        watch.remember()?;
        Ok(watch)
    }

    /// Looks before a transaction, when only this process may have written.
    pub(super) fn before(&mut self, db: &Connection) -> Result<(), FileTrouble> {
        let found = self.identify()?;
        if found.len() < self.size && is_cut(db, found.len()) {
            return Err(FileTrouble::Emptied);
        }
        let log_size = size(&self.log)?;
        if log_size < self.log_size && is_log_cut(db, log_size) {
            return Err(FileTrouble::LogGone);
        }
        self.compare(&found)
    }

    /// Looks after a transaction, and remembers what it wrote.
    pub(super) fn after(&mut self) -> Result<(), FileTrouble> {
        let found = self.identify()?;
        if found.len() < HEADER as u64 {
            return Err(FileTrouble::Emptied);
        }
        self.compare(&found)?;
        self.remember().map_err(FileTrouble::Unreadable)
    }

    /// Remembers what this process wrote outside of a group.
    pub(super) fn note_own_write(&mut self) {
        // If the files have gone, the next look says so.
        if self.identify().is_ok() {
            let _ = self.remember();
        }
    }

    /// Saves what was acknowledged before the files were taken away, once: the open connection still
    /// reads it. Says what to do.
    pub(super) fn save(&mut self, db: &Connection, trouble: &FileTrouble) {
        match trouble {
            FileTrouble::Missing | FileTrouble::Replaced | FileTrouble::Emptied => {
                if !std::mem::replace(&mut self.saved.0, true) {
                    save_copy(db, &self.path);
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

    /// Checks that each name still leads to the file that is open. Returns what `stat` says of the
    /// database.
    fn identify(&self) -> Result<Metadata, FileTrouble> {
        for (n, (path, id)) in self.files.iter().enumerate().rev() {
            let trouble = match fs::metadata(path) {
                Ok(found) if file_id(&found) != *id && n == 0 => FileTrouble::Replaced,
                Ok(found) if file_id(&found) != *id => FileTrouble::LogGone,
                Ok(found) if n == 0 => return Ok(found),
                Ok(_) => continue,
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
        match has_epoch(&self.path, &self.epoch) {
            Some(true) => self.epoch_seen = true,
            Some(false) if self.epoch_seen => return Err(FileTrouble::Replaced),
            Some(false) | None => {}
        }
        self.written = written;
        Ok(())
    }

    fn remember(&mut self) -> io::Result<()> {
        let found = fs::metadata(&self.path)?;
        self.size = found.len();
        self.written = (found.mtime(), found.mtime_nsec());
        self.log_size = fs::metadata(&self.log)?.len();
        Ok(())
    }
}

/// Whether the database file itself, without its write-ahead log, has an epoch. `None`: a page is
/// damaged, which is another matter.
pub(super) fn has_epoch(path: &Path, epoch: &str) -> Option<bool> {
    let found = read_immutable(path).and_then(|db| {
        let sql = "SELECT EXISTS (SELECT 1 FROM epochs WHERE epoch = ?1)";
        db.query_row(sql, [epoch], |row| row.get::<_, bool>(0))
    });
    found.map_or_else(
        |error| match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::SystemIoFailure) => None,
            _ => Some(false),
        },
        Some,
    )
}

fn size(path: &Path) -> Result<u64, FileTrouble> {
    let found = fs::metadata(path).map_err(FileTrouble::Unreadable)?;
    Ok(found.len())
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

fn save_copy(db: &Connection, path: &Path) {
    let copy = backup::rescue(db, path);
    let path = path.display();
    match copy {
        Ok((copy, true)) => log::error!(
            "everything that was acknowledged is in {}: stop the server, put that file in the place of \
             {path}, and start again",
            copy.display()
        ),
        Ok((copy, false)) => log::error!(
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
