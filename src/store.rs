//! The store: what was said, who was here and who kept order, in one SQLite file.
//!
//! Knows messages and people; no sockets, frames or permissions. One thread writes, one answers
//! questions, and the hub waits for neither:
//!
//! - [`Writer`] is the hub's end of the writing thread. A job has a number; [`Report::Committed`]
//!   says up to which number everything is on the disk, and only then may an `ack` go out. What
//!   cannot be written is tried until it can ([`Report::Failing`]); meanwhile [`Writer::check`]
//!   refuses, and the rest of the chat goes on.
//! - [`Reader`] is the way to the archive for what the hub no longer has in memory: pages in their
//!   final state, search, single messages, missed events. Answers come as [`Report::Answer`].
//! - [`Archive`], [`transcript`], [`attendance`], [`audit`] and [`erase`] serve HTTP threads and the command
//!   line, on their own connections, also beside a running server.
//!
//! **Numbers.** An event is `(room, seq)`, without gaps. Each start of the server is an *epoch*; the
//! store keeps how far each room was committed under each ([`Epochs`]), so that a client that saw
//! events which a crash took knows which to forget, and no number means two things.
//!
//! **Durability.** WAL: with `synchronous = "full"` every commit waits for the disk, with `"normal"`
//! it survives the process and not a power cut.

pub mod archive;
pub mod attendance;
pub mod audit;
pub mod clock;
mod csv;
pub mod erase;
pub mod event;
mod item;
mod load;
mod moves;
mod queue;
mod reader;
mod record;
mod schema;
pub mod search;
pub mod tasks;
pub mod transcript;
mod wire;
mod writer;

use std::collections::VecDeque;
use std::fmt;
use std::fs::{DirBuilder, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{bounded, unbounded};
use rusqlite::{Connection, OpenFlags};

pub use archive::{Archive, Page};
pub use event::{Author, Event, Millis, State, What};
pub use item::Item;
pub use load::{Asked, Epochs, KnownRef, Opened, OpenedRoom};
pub use queue::{Audit, Note, Unavailable, Writer};
pub use reader::{Answer, Query, Reader};
pub use search::Found;

use crate::config::{Keep, Synchronous};
use crate::threads::vital;
use queue::Progress;

/// How long one process waits for another that writes (`glassroom forget` beside a server).
const BUSY: Duration = Duration::from_secs(5);

/// Questions that may wait for the reader: some seconds of work. More are refused.
const QUESTIONS: usize = 256;

/// What the store has to know.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The file; created with its directory if missing.
    pub path: PathBuf,
    /// What a commit survives.
    pub synchronous: Synchronous,
    /// For how long everything is kept.
    pub keep: Keep,
    /// Events of each room that the hub wants in memory.
    pub memory: usize,
    /// The name of this run; never used before.
    pub epoch: Box<str>,
    /// The time.
    pub now: Millis,
}

/// What the store tells the hub.
#[derive(Debug)]
pub enum Report {
    /// One more transaction is on the disk, and with it every job up to `job`.
    Committed {
        /// The last job in it.
        job: u64,
        /// How many events are in it; the other jobs are notes.
        events: u64,
    },
    /// The disk fails from here on, or works again.
    Failing(bool),
    /// A thread of the store has panicked: what is broadcast can no longer be kept.
    Died,
    /// What became of a question.
    Answer {
        /// Its number.
        ticket: u64,
        /// The answer; `None`: it could not be read.
        answer: Option<Answer>,
    },
}

/// How the hub is told; called on the store's threads.
type Reporter = Arc<dyn Fn(Report) + Send + Sync>;

/// An open store whose threads do not run yet.
pub struct Store {
    db: Connection,
    path: PathBuf,
    epoch: i64,
    keep: Keep,
}

/// Opens the file at the start of the server: creates or migrates it, begins an epoch, and reads
/// what the hub starts with.
///
/// # Errors
///
/// The file cannot be created, read or written, or it is not a history that this version knows.
pub fn open(settings: &Settings) -> Result<(Store, Opened), StoreError> {
    let Settings {
        path,
        synchronous,
        keep,
        memory,
        epoch,
        now,
    } = settings;
    create(path)?;
    let mut db = connect(path)?;
    let mode =
        db.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get::<_, String>(0))?;
    if mode != "wal" {
        return Err(StoreError::NoWal);
    }
    db.pragma_update(
        None,
        "synchronous",
        match synchronous {
            Synchronous::Full => "FULL",
            Synchronous::Normal => "NORMAL",
        },
    )?;
    // The log is cut to this after a burst; 1000 pages between checkpoints are the default.
    db.pragma_update(None, "journal_size_limit", 16 << 20)?;
    db.set_prepared_statement_cache_capacity(32);
    schema::migrate(&mut db)?;
    let epoch = load::begin(&mut db, epoch, *now)?;
    let kept = match keep {
        Keep::For(span) => now.saturating_sub(span.as_millis() as u64),
        Keep::Lesson | Keep::Forever => 0,
    };
    let opened = load::load(&db, *memory, kept, *now)?;
    Ok((
        Store {
            db,
            path: path.clone(),
            epoch,
            keep: *keep,
        },
        opened,
    ))
}

impl Store {
    /// Starts the threads. `report` is called on them, and must not wait for the hub.
    ///
    /// # Errors
    ///
    /// The system gives no threads, or no second connection.
    pub fn start(
        self,
        report: impl Fn(Report) + Send + Sync + 'static,
    ) -> Result<(Writer, Reader, Threads), StoreError> {
        let report: Reporter = Arc::new(report);
        let progress = Arc::new(Progress::default());
        let (questions, asked) = bounded(QUESTIONS);
        let archive = Archive::open(&self.path)?;
        let answering = reader::Answering {
            archive,
            asked,
            progress: Arc::clone(&progress),
            report: Arc::clone(&report),
        };
        let reader = spawn("archive", &report, move || answering.run())?;
        let died = Arc::clone(&report);
        // Bounded by `Writer::check`, in jobs and bytes instead of batches.
        let (jobs, queue) = unbounded();
        let store = writer::Store {
            db: self.db,
            epoch: self.epoch,
            keep: self.keep,
            queue,
            progress: Arc::clone(&progress),
            report,
            reader: reader.thread().clone(),
            record: record::Record::new(self.epoch, self.keep),
            backlog: VecDeque::new(),
            done: 0,
        };
        let writer = spawn("store", &died, move || store.run())?;
        Ok((
            Writer::new(jobs, progress),
            Reader::new(questions),
            Threads { writer, reader },
        ))
    }
}

/// A thread whose panic is reported: the process cannot go on without it.
fn spawn(
    name: &str,
    report: &Reporter,
    run: impl FnOnce() + Send + 'static,
) -> io::Result<JoinHandle<()>> {
    let report = Arc::clone(report);
    vital(name, move || report(Report::Died), run)
}

/// The store's threads.
#[derive(Debug)]
pub struct Threads {
    writer: JoinHandle<()>,
    reader: JoinHandle<()>,
}

impl Threads {
    /// Waits until everything is committed. Both [`Writer`] and every [`Reader`] must be gone, or
    /// this never ends. False: a thread panicked.
    pub fn join(self) -> bool {
        let wrote = self.writer.join().is_ok();
        self.reader.join().is_ok() && wrote
    }
}

/// Makes the file if there is none: for its owner alone, and so are the files that SQLite puts
/// beside it.
fn create(path: &Path) -> io::Result<()> {
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

/// A connection that writes; the file must be there.
fn connect(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)?;
    db.busy_timeout(BUSY)?;
    db.pragma_update(None, "secure_delete", true)?;
    Ok(db)
}

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

#[cfg(test)]
mod tests;
