//! The file of the history, and connections to it.

use crate::sqlite::error::StoreError;
use crate::sqlite::schema;
use rusqlite::{Connection, OpenFlags};
use std::fs::{DirBuilder, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::time::Duration;

/// How long a process waits for another one that writes, such as `glassroom forget` while a server
/// runs.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Creates the file unless it exists. Only its owner may read it; SQLite gives its write-ahead log
/// the same permissions.
pub(super) fn create(path: &Path) -> io::Result<()> {
    if let Some(directory) = path
        .parent()
        .filter(|directory| !directory.as_os_str().is_empty())
    {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(directory)?;
    }
    OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path)
        .map(drop)
}

/// Opens a connection that writes. The file must exist.
pub(super) fn connect(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)?;
    db.busy_timeout(BUSY_TIMEOUT)?;
    db.pragma_update(None, "secure_delete", true)?;
    Ok(db)
}

/// Opens a connection that reads.
///
/// # Errors
///
/// The file cannot be read, or is not a history of this version.
pub(super) fn read_only(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)?;
    db.busy_timeout(BUSY_TIMEOUT)?;
    schema::verify(&db)?;
    Ok(db)
}
