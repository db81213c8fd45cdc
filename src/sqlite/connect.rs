//! The file of the history, and connections to it.

use crate::sqlite::error::StoreError;
use crate::sqlite::{files, schema};
use crate::support::private_file;
use rusqlite::config::DbConfig;
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
    private_file::open_or_create(path).map(drop)
}

/// Opens a connection that writes. The file must exist.
pub(super) fn connect(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)?;
    db.busy_timeout(BUSY_TIMEOUT)?;
    db.pragma_update(None, "secure_delete", true)?;
    // Statements are kept. Without this, some would be compiled again for other values, at every commit.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
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

/// Opens a connection to copy from, or to look for damage with. It takes a history of any version,
/// and as much of a damaged file as can be read.
///
/// # Errors
///
/// The file cannot be opened.
pub(super) fn read_copy(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let log = std::fs::metadata(files::beside(path, "-wal"));
    let is_alone = !files::is_in_use(path) && !log.is_ok_and(|log| log.len() > 0);
    let db = match is_alone {
        // Nobody writes, and nothing is created beside the file.
        true => read_immutable(path)?,
        false => Connection::open_with_flags(path, flags)?,
    };
    db.busy_timeout(BUSY_TIMEOUT)?;
    Ok(db)
}

/// Opens the database file alone, without its write-ahead log and without any lock.
pub(super) fn read_immutable(path: &Path) -> rusqlite::Result<Connection> {
    use std::fmt::Write;
    use std::os::unix::ffi::OsStrExt;
    let mut uri = String::from("file:");
    for &byte in path.as_os_str().as_bytes() {
        match byte {
            b'/' | b'.' | b'-' | b'_' => uri.push(byte.into()),
            byte if byte.is_ascii_alphanumeric() => uri.push(byte.into()),
            byte => {
                let _ = write!(uri, "%{byte:02x}"); // to a String
            }
        }
    }
    uri += "?immutable=1";
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_URI;
    Connection::open_with_flags(uri, flags)
}
