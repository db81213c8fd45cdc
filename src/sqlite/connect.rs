//! The file of the history, and connections to it.

use crate::sqlite::error::StoreError;
use crate::sqlite::schema;
use crate::support::private_file;
use rusqlite::{Connection, OpenFlags};
use std::io;
use std::path::Path;
use std::time::Duration;

/// How long a process waits for another one that writes, such as `glassroom forget` while a server
/// runs.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Creates the file unless it exists. Only its owner may read it; SQLite gives its write-ahead log
/// the same permissions.
pub(super) fn create(path: &Path) -> io::Result<()> {
    private_file::create_parent(path)?;
    private_file::options()
        .append(true)
        .create(true)
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
