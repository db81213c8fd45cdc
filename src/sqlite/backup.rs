//! Copies of a history.
//!
//! A copy is one consistent file, also of a history to which a server writes. SQLite copies all pages
//! in one step, inside of one read transaction: a later commit goes to the write-ahead log and waits
//! for nobody, so a copy takes as long as the file is large, however much is being said meanwhile.
//! Pages are copied as they are, so a damaged history has a copy, too.

use crate::sqlite::companions::{self, Companion};
use crate::sqlite::connect::{BUSY_TIMEOUT, read_copy};
use crate::sqlite::error::StoreError;
use crate::sqlite::files::{self, aside, beside};
use crate::support::private_file;
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, ErrorCode, OpenFlags, ffi};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// Where a copy is written.
#[derive(Clone, Copy)]
enum Place {
    /// Beside a history.
    History,
    /// Where somebody keeps backups.
    Elsewhere,
}

/// Copies the history at `path` to `to`, whether or not a server uses it. Returns whether the copy
/// is free of damaged pages, and the files of the data directory that are in it.
///
/// `with` reads these files. They go into the copy, unless it is damaged.
///
/// `to` appears when it is complete and on the disk: an interrupted copy leaves `to` as it was.
///
/// # Errors
///
/// The history cannot be read, or the copy cannot be written.
pub(crate) fn backup(
    path: &Path,
    to: &Path,
    with: impl FnOnce() -> io::Result<Vec<Companion>>,
) -> Result<(bool, Vec<Companion>), StoreError> {
    write(path, to, Place::Elsewhere, with)
}

/// Copies a backup to `to`, which is to become a history, as [`backup`] does.
pub(super) fn bring(from: &Path, to: &Path) -> Result<bool, StoreError> {
    write(from, to, Place::History, || Ok(Vec::new())).map(|(sound, _)| sound)
}

fn write(
    path: &Path,
    to: &Path,
    place: Place,
    with: impl FnOnce() -> io::Result<Vec<Companion>>,
) -> Result<(bool, Vec<Companion>), StoreError> {
    let db = read_copy(path)?;
    let part = beside(to, ".part");
    files::remove(&part)?;
    let copied = copy(&db, &part, place).and_then(|sound| {
        // Read after the history, as a lesson writes its file before it: neither is older than the other.
        let companions = if sound { with()? } else { Vec::new() };
        if !companions.is_empty() {
            companions::put(&part, &companions)?;
        }
        fs::rename(&part, to)?;
        private_file::sync_directory(private_file::parent(to))?;
        Ok((sound, companions))
    });
    if copied.is_err() {
        let _ = files::remove(&part);
    }
    copied
}

/// Saves what an open connection still reads of a history whose file has lost its name, next to
/// where that was. Returns the new file, and whether it is free of damaged pages.
pub(super) fn rescue(db: &Connection, path: &Path) -> Result<(PathBuf, bool), StoreError> {
    private_file::create_parent(path)?;
    let to = aside(path, "rescued")?;
    let sound = copy(db, &to, Place::History)?;
    private_file::sync_directory(private_file::parent(&to))?;
    Ok((to, sound))
}

/// Copies all pages to a new file, and waits until it is on the disk. Returns whether it is sound.
fn copy(db: &Connection, to: &Path, place: Place) -> Result<bool, StoreError> {
    // A new history belongs to the owner of its directory. A copy that root makes elsewhere stays root's.
    match place {
        Place::History => drop(private_file::create_new(to)?),
        Place::Elsewhere => {
            let mut options = private_file::options();
            drop(options.write(true).create_new(true).open(to)?);
        }
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut copy = Connection::open_with_flags(to, flags)?;
    copy.busy_timeout(BUSY_TIMEOUT)?;
    // It is written to the disk as a whole, below.
    copy.pragma_update(None, "synchronous", "OFF")?;
    let step = Backup::new(db, &mut copy)?.step(-1)?;
    if step != StepResult::Done {
        return Err(rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_BUSY), None).into());
    }
    // One file, without a write-ahead log beside it; see `files::put_foreign_log_aside`.
    let mode = copy.pragma_update_and_check(None, "journal_mode", "DELETE", |_| Ok(()));
    let sound = match mode
        .and_then(|()| copy.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0)))
    {
        Ok(said) => said == "ok",
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseCorrupt) => false,
        Err(error) => return Err(error.into()),
    };
    copy.close().map_err(|(_, error)| error)?;
    File::open(to)?.sync_all()?;
    Ok(sound)
}
