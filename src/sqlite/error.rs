//! Why a history cannot be opened, and why an export stops.

use std::fmt;
use std::io;

/// Why the history cannot be opened.
#[derive(Debug)]
pub enum StoreError {
    /// A file or a thread cannot be created.
    Io(io::Error),
    /// SQLite reports an error.
    Sqlite(rusqlite::Error),
    /// The file is a database, but not a history of this server.
    Foreign,
    /// A later version of this program wrote it.
    Newer {
        /// The version of the file.
        version: i64,
        /// The latest version that this program knows.
        known: i64,
    },
    /// An earlier version of this program wrote it, and a reader does not migrate.
    Older {
        /// The version of the file.
        version: i64,
        /// The version that a reader needs.
        needed: i64,
    },
    /// The file system does not support a write-ahead log.
    NoWal,
}

impl StoreError {
    /// Returns whether the file itself is at fault, so that a new file would help. A full or
    /// read-only disk would fail with any file.
    pub fn is_caused_by_the_file(&self) -> bool {
        use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
        match self {
            StoreError::Sqlite(error) => {
                let code = error.sqlite_error_code();
                matches!(code, Some(DatabaseCorrupt | NotADatabase))
            }
            StoreError::Foreign | StoreError::Newer { .. } | StoreError::Older { .. } => true,
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
            StoreError::Newer { version, known } => write!(
                f,
                "its version is {version}, and this program knows versions up to {known}: use the newer program"
            ),
            StoreError::Older { version, needed } => write!(
                f,
                "its version is {version}: start the server once, which migrates the file to version {needed}"
            ),
            StoreError::NoWal => f.write_str(
                "its file system has no shared memory (is it a network share?): put the data directory on a local disk",
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

/// Why an export stops.
#[derive(Debug)]
pub enum ExportError {
    /// The history cannot be read.
    Read(rusqlite::Error),
    /// The client has disconnected, or the disk is full.
    Write(io::Error),
}

impl fmt::Display for ExportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ExportError::Read(error) => write!(f, "the history cannot be read: {error}"),
            ExportError::Write(error) => write!(f, "cannot write: {error}"),
        }
    }
}

impl std::error::Error for ExportError {}

impl From<rusqlite::Error> for ExportError {
    fn from(error: rusqlite::Error) -> ExportError {
        ExportError::Read(error)
    }
}

impl From<io::Error> for ExportError {
    fn from(error: io::Error) -> ExportError {
        ExportError::Write(error)
    }
}
