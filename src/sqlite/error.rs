//! Why a history cannot be opened.

use crate::sqlite::schema;
use std::fmt;
use std::io;

/// Why there is no store.
#[derive(Debug)]
pub enum StoreError {
    /// A file or a thread.
    Io(io::Error),
    /// The database.
    Sqlite(rusqlite::Error),
    /// A database that is not a history of this server.
    Foreign,
    /// Its version is later than this program's.
    Newer(i64),
    /// Its version is earlier, and whoever only reads does not migrate.
    Older(i64),
    /// Its file system does not do what a write-ahead log needs.
    NoWal,
}

impl StoreError {
    /// Whether another file would do: not so when the disk is full, or must not be written to.
    pub fn is_of_the_file(&self) -> bool {
        use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
        match self {
            StoreError::Sqlite(error) => {
                let code = error.sqlite_error_code();
                matches!(code, Some(DatabaseCorrupt | NotADatabase))
            }
            StoreError::Foreign | StoreError::Newer(_) | StoreError::Older(_) => true,
            StoreError::Io(_) | StoreError::NoWal => false,
        }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreError::Io(error) => error.fmt(f),
            StoreError::Sqlite(error) => error.fmt(f),
            StoreError::Foreign => f.write_str("not a history of glassroom: is this the right file?"),
            StoreError::Newer(version) => write!(
                f,
                "of version {version}, and this program knows versions up to {}: use the newer program",
                schema::VERSION
            ),
            StoreError::Older(version) => write!(
                f,
                "of version {version}: start the server once, it brings the file to version {}",
                schema::VERSION
            ),
            StoreError::NoWal => f.write_str(
                "on a file system without shared memory (a network share?): put the data directory on a local disk",
            ),
        }
    }
}

impl std::error::Error for StoreError {}

impl From<io::Error> for StoreError {
    fn from(error: io::Error) -> StoreError {
        StoreError::Io(error)
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> StoreError {
        StoreError::Sqlite(error)
    }
}
