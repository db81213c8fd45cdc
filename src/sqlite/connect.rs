//! The file of the history, and connections to it.

use crate::sqlite::error::StoreError;
use crate::sqlite::schema;
use crate::support::private_file;
use rusqlite::{Connection, OpenFlags};
use std::io;
use std::path::Path;
use std::time::Duration;

/// How long one process waits for another that writes (`glassroom forget` beside a server).
pub(super) const BUSY: Duration = Duration::from_secs(5);

/// Makes the file if there is none: for its owner alone, and so are the files that SQLite puts
/// beside it.
pub(super) fn create(path: &Path) -> io::Result<()> {
    private_file::create_parent(path)?;
    private_file::options()
        .append(true)
        .create(true)
        .open(path)
        .map(drop)
}

/// A connection that writes; the file must be there.
pub(super) fn connect(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)?;
    db.busy_timeout(BUSY)?;
    db.pragma_update(None, "secure_delete", true)?;
    Ok(db)
}

/// Opens the file at `path` for reading.
pub(super) fn read_only(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)?;
    db.busy_timeout(BUSY)?;
    schema::verify(&db)?;
    Ok(db)
}
