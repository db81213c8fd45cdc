//! Opens the history at the start of the server, and starts the threads of the store.

use crate::config::{Keep, Synchronous};
use crate::model::time::Millis;
use crate::sqlite::archive::Archive;
use crate::sqlite::connect::{connect, create, read_copy};
use crate::sqlite::error::StoreError;
use crate::sqlite::expiry::Retention;
use crate::sqlite::gathering::Gathering;
use crate::sqlite::reader::ReaderThread;
use crate::sqlite::row_writer::RowWriter;
use crate::sqlite::size::SizeWatch;
use crate::sqlite::watch::Watch;
use crate::sqlite::writer::WriterThread;
use crate::sqlite::{
    companions, damage, erase, files, identity, load, schema, schema_check, wal, watch,
};
use crate::store::opened::Opened;
use crate::store::position::Position;
use crate::store::query::{QueuedQuery, StoreReader};
use crate::store::queue::{MAX_BYTES, Progress, StoreWriter};
use crate::store::report::{Reporter, StoreReport};
use crate::store::shared_log::SharedLog;
use crate::support::threads::vital;
use crossbeam_channel::{Sender, bounded, unbounded};
use rusqlite::Connection;
use std::collections::VecDeque;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Most queries that may wait for a reading thread. The hub hands over one or two, and lets the
/// others wait in turns.
const MAX_QUERIES: usize = 16;

/// The write-ahead log is cut to this many bytes after a burst of writes.
const WAL_SIZE_LIMIT: u32 = 16 << 20;

/// Prepared statements that the writing connection keeps: all that it uses.
const CACHED_STATEMENTS: usize = 32;

/// The options of a store.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// The file. It is created, with its directory, if it does not exist.
    pub path: PathBuf,
    /// Whether a commit survives a power failure.
    pub synchronous: Synchronous,
    /// How long events gather before they are committed together.
    pub gather: Duration,
    /// How long history is kept.
    pub keep: Keep,
    /// Bytes from which on nothing more is stored but what makes room.
    pub max_size: u64,
    /// Events of each room that the hub wants in memory.
    pub memory: usize,
    /// The name of this run of the server, which no earlier run had.
    pub epoch: Box<str>,
    /// The current time.
    pub now: Millis,
}

/// An open store whose threads are not started yet.
pub struct Store {
    pub(super) db: Connection,
    path: PathBuf,
    epoch: i64,
    gather: Duration,
    keep: Keep,
    max_size: u64,
    retention: Retention,
    /// Bytes that may wait to be stored.
    pub(crate) queue: usize,
    /// The last job that was committed.
    committed: u64,
    /// The log of a cluster, where every group of jobs is first.
    pub(crate) log: Option<Box<dyn SharedLog>>,
    /// The jobs are those of a hub at another node.
    follows: bool,
    /// The id of the history; `None` if its page is damaged.
    pub(crate) id: Option<String>,
    watch: Watch,
    /// Held as long as this process may write.
    lock: File,
}

/// Opens the file at the start of the server: creates or migrates it, begins an epoch, and loads
/// the state that the hub starts with.
///
/// # Errors
///
/// The file cannot be created, read or written, or it is not a history that this version knows.
pub fn open(options: &StoreOptions) -> Result<(Store, Opened), StoreError> {
    open_after(options, None)
}

/// As [`open`], after a run whose epoch the right file has.
pub(crate) fn open_after(
    options: &StoreOptions,
    last_epoch: Option<&str>,
) -> Result<(Store, Opened), StoreError> {
    let (mut db, id, lock) = open_file(options, last_epoch)?;
    let retention = Retention::begin(&db, options.keep, options.now)?;
    let epoch = load::begin_epoch(&mut db, &options.epoch, options.now)?;
    let opened = load::load(&db, options.memory, (retention.now(), options.now))?;
    // From now on, the file itself has this run's epoch: whoever replaces it is found out.
    if let Err(error) = erase::checkpoint(&db) {
        log::warn!("the write-ahead log could not be written back yet: {error}");
    }
    let store = Store {
        watch: Watch::new(&options.path, &options.epoch)?,
        db,
        path: options.path.clone(),
        epoch,
        gather: options.gather,
        keep: options.keep,
        max_size: options.max_size,
        retention,
        queue: MAX_BYTES,
        committed: 0,
        log: None,
        follows: false,
        id,
        lock,
    };
    Ok((store, opened))
}

/// Opens a history that follows the hub of another node: it goes on with the epoch of that hub.
///
/// # Errors
///
/// As [`open`].
pub(crate) fn open_to_follow(options: &StoreOptions) -> Result<Store, StoreError> {
    let (db, id, lock) = open_file(options, None)?;
    let retention = Retention::begin(&db, options.keep, options.now)?;
    let (epoch, name, committed) = load::newest_epoch(&db)?;
    Ok(Store {
        watch: Watch::new(&options.path, &name)?,
        db,
        path: options.path.clone(),
        epoch,
        gather: Duration::ZERO,
        keep: options.keep,
        max_size: options.max_size,
        retention,
        queue: MAX_BYTES,
        committed,
        log: None,
        follows: true,
        id,
        lock,
    })
}

/// The place in the log of a cluster up to which the history at `path` has everything, if it is part of one.
///
/// # Errors
///
/// The file is there, and cannot be read.
pub(crate) fn position(path: &Path) -> Result<Option<Position>, StoreError> {
    if files::is_blank(path) {
        return Ok(None);
    }
    let db = read_copy(path)?;
    // An earlier version of the schema has no such table.
    let has = "SELECT EXISTS(SELECT 1 FROM sqlite_schema WHERE name = 'meta')";
    match db.query_row(has, [], |row| row.get(0))? {
        true => Ok(identity::position(&db)?),
        false => Ok(None),
    }
}

/// Whether the history at `path` has any events.
///
/// # Errors
///
/// As [`position`].
pub(crate) fn has_events(path: &Path) -> Result<bool, StoreError> {
    if files::is_blank(path) {
        return Ok(false);
    }
    let sql = "SELECT EXISTS(SELECT 1 FROM events)";
    Ok(read_copy(path)?.query_row(sql, [], |row| row.get(0))?)
}

/// Makes a history the beginning of a log.
///
/// # Errors
///
/// As [`open`].
pub(crate) fn begin_log(options: &StoreOptions, log: &str) -> Result<Position, StoreError> {
    let (db, ..) = open_file(options, None)?;
    let beginning = Position {
        log: log.into(),
        ..Position::default()
    };
    identity::note_position(&db, &beginning)?;
    Ok(beginning)
}

/// Opens the file for writing: creates it if it is missing, and migrates it. Returns the id of the history, too,
/// and the lock that keeps other processes from writing.
fn open_file(
    options: &StoreOptions,
    last_epoch: Option<&str>,
) -> Result<(Connection, Option<String>, File), StoreError> {
    let lock = files::lock(&options.path)?;
    create(&options.path)?;
    look_at_log(&options.path, last_epoch)?;
    let mut db = connect(&options.path)?;
    configure(&db, options.synchronous)?;
    schema_check::verify(&db)?;
    // A backup that was put in place by hand.
    companions::drop_from(&db)?;
    if schema::migrate(&mut db)? {
        // A migration erases texts; they must not stay in the write-ahead log.
        erase::checkpoint(&db)?;
    }
    let id = damage::or_without("meta", identity::read_or_renew(&db))?;
    Ok((db, id, lock))
}

/// Looks at a write-ahead log that was left by a crash. One that belongs to a file which was replaced
/// since is put aside. One that is damaged is read as far as it goes, and a copy is kept.
fn look_at_log(path: &Path, last_epoch: Option<&str>) -> io::Result<()> {
    if !files::log_has_content(path) {
        return Ok(());
    }
    // Each start writes its epoch to the database file itself.
    let is_other = last_epoch.is_some_and(|last| watch::has_epoch(path, last) == Some(false));
    if is_other || files::says_no_log(path)? {
        return files::put_log_aside(path);
    }
    let log = files::beside(path, "-wal");
    let lost = wal::lost_frames(&log)?;
    if lost > 0 {
        let copy = files::beside(&files::aside(path, "damaged")?, "-wal");
        fs::copy(&log, &copy)?;
        log::error!(
            "the write-ahead log {} is damaged, and its last {lost} pages cannot be read: the newest \
             messages may be missing. A copy of it is {}",
            log.display(),
            copy.display()
        );
    }
    Ok(())
}

/// Sets the pragmas of the writing connection.
fn configure(db: &Connection, synchronous: Synchronous) -> Result<(), StoreError> {
    let mode: String = db.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    if mode != "wal" {
        return Err(StoreError::NoWal);
    }
    let synchronous = match synchronous {
        Synchronous::Full => "FULL",
        Synchronous::Normal => "NORMAL",
    };
    db.pragma_update(None, "synchronous", synchronous)?;
    db.pragma_update(None, "journal_size_limit", WAL_SIZE_LIMIT)?;
    db.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
    Ok(())
}

impl Store {
    /// The epoch of this run, if the file has it without its write-ahead log.
    pub(crate) fn written_epoch(&self) -> Option<&str> {
        self.watch.has_seen_epoch().then_some(&self.watch.epoch)
    }

    /// Forgets the place in the log of a cluster.
    pub(crate) fn leave_cluster(&self) {
        if let Err(error) = identity::forget_position(&self.db) {
            log::warn!("the history may be taken for that of a node of a cluster: {error}");
        }
    }

    /// Starts the threads. They call `report`, which must not wait for the hub.
    ///
    /// # Errors
    ///
    /// The system provides no thread, or no second connection.
    pub fn start(
        self,
        report: impl Fn(StoreReport) + Send + Sync + 'static,
    ) -> Result<(StoreWriter, StoreReader, Threads), StoreError> {
        let report: Reporter = Arc::new(report);
        let progress = Arc::new(Progress::default());
        let start_reader = |name| start_reader(name, &self.path, &progress, &report);
        let (queries, archive) = start_reader("archive")?;
        let (searches, search) = start_reader("search")?;
        let mut size = SizeWatch::new(&self.db, self.max_size)?;
        let used = size.used(&self.db)?;
        progress.used.store(used, Relaxed);
        size.note(used);
        // The channel has no bound of its own: `StoreWriter::check` bounds it in jobs and bytes.
        let (jobs, job_queue) = unbounded();
        let writer = WriterThread {
            db: self.db,
            retention: self.retention,
            gathering: Gathering::new(self.gather),
            queue: job_queue,
            progress: Arc::clone(&progress),
            report: Arc::clone(&report),
            readers: [archive.thread().clone(), search.thread().clone()],
            rows: RowWriter::new(self.epoch, self.keep),
            size,
            backlog: VecDeque::new(),
            committed: self.committed,
            watch: self.watch,
            log: self.log,
            follows: self.follows,
            _lock: self.lock,
        };
        let writer = spawn("store", &report, move || writer.run())?;
        Ok((
            StoreWriter::new(jobs, progress, self.max_size).after(self.committed, self.queue),
            StoreReader::new(queries, searches),
            Threads {
                writer,
                readers: [archive, search],
            },
        ))
    }
}

/// Starts a reading thread. Returns the way to it, too.
fn start_reader(
    name: &str,
    path: &Path,
    progress: &Arc<Progress>,
    report: &Reporter,
) -> Result<(Sender<QueuedQuery>, JoinHandle<()>), StoreError> {
    let (queries, queue) = bounded(MAX_QUERIES);
    let reader = ReaderThread {
        archive: Archive::open(path)?,
        queue,
        progress: Arc::clone(progress),
        report: Arc::clone(report),
    };
    Ok((queries, spawn(name, report, move || reader.run())?))
}

/// Starts a thread and reports its panic: the server cannot go on without it.
fn spawn(
    name: &str,
    report: &Reporter,
    run: impl FnOnce() + Send + 'static,
) -> io::Result<JoinHandle<()>> {
    let report = Arc::clone(report);
    vital(name, move || report(StoreReport::Died), run)
}

/// The store's threads.
#[derive(Debug)]
pub struct Threads {
    writer: JoinHandle<()>,
    readers: [JoinHandle<()>; 2],
}

impl Threads {
    /// Waits until every job is committed, but not after `deadline`, because a disk may hang. The hub
    /// must have dropped its [`StoreWriter`] and [`StoreReader`]. Returns false if a thread panicked or has not
    /// ended.
    pub fn join_by(self, deadline: Instant) -> bool {
        let ended =
            || self.writer.is_finished() && self.readers.iter().all(JoinHandle::is_finished);
        while !ended() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(1));
        }
        ended() && self.join()
    }

    /// Waits until every job is committed, however long that takes. The caller must have dropped the
    /// [`StoreWriter`] and every [`StoreReader`]. Returns false if a thread panicked.
    pub fn join(self) -> bool {
        let wrote = self.writer.join().is_ok();
        let read = self.readers.map(|reader| reader.join().is_ok());
        wrote && read == [true; 2]
    }
}
