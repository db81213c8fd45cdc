//! Opening the history at the start of the server, and starting its threads.

use crate::config::{Keep, Synchronous};
use crate::model::time::Millis;
use crate::sqlite::archive::Archive;
use crate::sqlite::connect::{connect, create};
use crate::sqlite::error::StoreError;
use crate::sqlite::{load, reader, record, schema, writer};
use crate::store::opened::Opened;
use crate::store::query::Reader;
use crate::store::queue::{Progress, Writer};
use crate::store::report::{Report, Reporter};
use crate::support::threads::vital;
use crossbeam_channel::{bounded, unbounded};
use rusqlite::Connection;
use std::collections::VecDeque;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

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

/// An open store whose threads do not run yet.
pub struct Store {
    pub(super) db: Connection,
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
    /// Waits until everything is committed, but not after `deadline`: a disk may hang. The hub must
    /// have dropped its [`Writer`] and [`Reader`]. False: a thread panicked, or goes on.
    pub fn join_by(self, deadline: Instant) -> bool {
        let ended = || self.writer.is_finished() && self.reader.is_finished();
        while !ended() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(1));
        }
        ended() && self.writer.join().is_ok() && self.reader.join().is_ok()
    }

    /// Waits until everything is committed, however long that takes. False: a thread panicked.
    pub fn join(self) -> bool {
        let wrote = self.writer.join().is_ok();
        self.reader.join().is_ok() && wrote
    }
}
