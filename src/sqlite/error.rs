//! Why a history cannot be opened, and why an export stops.

use crate::support::lock_file::process;
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
    /// Nothing can be read in the file.
    Nothing,
    /// The texts of its schema are damaged: the tables and indexes that they describe.
    Schema(Vec<String>),
    /// Another process writes to the file.
    InUse {
        /// The process, if it is known.
        pid: Option<u32>,
    },
}

impl StoreError {
    /// Returns whether the file itself is at fault, so that a new file would help. A full or
    /// read-only disk would fail with any file.
    pub fn is_caused_by_the_file(&self) -> bool {
        match self {
            StoreError::Sqlite(error) => is_damage(error),
            StoreError::Foreign
            | StoreError::Newer { .. }
            | StoreError::Older { .. }
            | StoreError::Nothing
            | StoreError::Schema(_) => true,
            StoreError::Io(_) | StoreError::NoWal | StoreError::InUse { .. } => false,
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
            StoreError::Nothing => f.write_str("no history can be read in it"),
            StoreError::Schema(names) => {
                write!(f, "the schema of the file is damaged: {}", names.join(", "))
            }
            StoreError::InUse { pid } => write!(
                f,
                "another glassroom{} uses it: stop that one, or take another history.path",
                process(*pid)
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

/// What happened to the files of a history that a server has open.
#[derive(Debug)]
pub(crate) enum FileTrouble {
    /// The database file has no name any more: it was removed or renamed.
    Missing,
    /// Another file stands in its place.
    Replaced,
    /// It is the same file, with other content.
    Overwritten,
    /// The file was emptied or cut.
    Emptied,
    /// The write-ahead log, or its index, was removed, replaced or cut.
    LogGone,
    /// The system does not say.
    Unreadable(io::Error),
}

impl FileTrouble {
    /// Whether the database itself is another, so that nothing must be written to what is there now.
    pub(super) fn is_of_the_database(&self) -> bool {
        match self {
            FileTrouble::Missing
            | FileTrouble::Replaced
            | FileTrouble::Overwritten
            | FileTrouble::Emptied => true,
            FileTrouble::LogGone | FileTrouble::Unreadable(_) => false,
        }
    }
}

impl fmt::Display for FileTrouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            FileTrouble::Missing => "the file was removed or renamed while the server runs",
            FileTrouble::Replaced => "the file was replaced while the server runs",
            FileTrouble::Overwritten => "the file was overwritten while the server runs",
            FileTrouble::Emptied => "the file was emptied or cut while the server runs",
            FileTrouble::LogGone => {
                "its write-ahead log (-wal, -shm) was removed, replaced or cut while the server runs"
            }
            FileTrouble::Unreadable(error) => return error.fmt(f),
        })
    }
}

/// Why a group is not committed.
#[derive(Debug)]
pub(crate) enum CommitError {
    /// SQLite reports an error.
    Sqlite(rusqlite::Error),
    /// The file is not there any more.
    File(FileTrouble),
    /// The log of the cluster does not have it.
    Log(String),
}

impl fmt::Display for CommitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CommitError::Sqlite(error) if is_damage(error) => write!(
                f,
                "{error}: the file is damaged; stop the server and run `glassroom repair`"
            ),
            CommitError::Sqlite(error) => error.fmt(f),
            CommitError::File(trouble) => trouble.fmt(f),
            CommitError::Log(trouble) => f.write_str(trouble),
        }
    }
}

impl From<rusqlite::Error> for CommitError {
    fn from(error: rusqlite::Error) -> CommitError {
        CommitError::Sqlite(error)
    }
}

impl From<FileTrouble> for CommitError {
    fn from(trouble: FileTrouble) -> CommitError {
        CommitError::File(trouble)
    }
}

/// Whether an error of SQLite means that bytes of the file are wrong, and not that the disk is full
/// or the file locked.
pub(super) fn is_damage(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
    matches!(
        error.sqlite_error_code(),
        Some(DatabaseCorrupt | NotADatabase)
    )
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
            ExportError::Read(error) if is_damage(error) => write!(
                f,
                "the history cannot be read: {error}. `glassroom check --data DIR` names what is damaged, \
                 and `glassroom repair --data DIR` saves the rest"
            ),
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
