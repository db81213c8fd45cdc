//! The history of a running server: opened before the port, started with the hub.
//!
//! In a build without the store, `history_none.rs` stands here.

use crate::config::Config;
use crate::data_dir::{KnownHistory, history_path};
use crate::model::event::Author;
use crate::model::time::unix_millis;
use crate::sqlite::error::StoreError;
use crate::sqlite::files;
use crate::sqlite::late_entry;
use crate::sqlite::people;
use crate::sqlite::start::{self, Store};
use crate::store::opened::Opened;
use crate::store::query::StoreReader;
use crate::store::queue::{Audit, StoreWriter};
use crate::store::report::StoreReport;
use crate::store::shared_log::Log;
use std::path::{Path, PathBuf};

pub(crate) use crate::sqlite::start::Threads;

/// A history that was opened, and whose threads do not run yet.
pub(crate) struct History {
    store: Store,
    opened: Opened,
}

/// A history whose threads run.
pub(crate) struct Running {
    /// The hub's ends of it.
    pub ends: (StoreWriter, StoreReader),
    /// What was found in it.
    pub opened: Opened,
    /// Its threads.
    pub threads: Threads,
}

/// Opens the history that the configuration names, if it names one. `log`: what a cluster shares, where everything
/// that is stored is first.
///
/// # Errors
///
/// It cannot be opened: the sentence names the file, and says what to do where that is known.
pub(crate) fn open(
    config: &Config,
    epoch: &str,
    log: Option<Log>,
) -> Result<Option<History>, String> {
    let Some(path) = history_path(config) else {
        return Ok(None);
    };
    let known = KnownHistory::read(config);
    if known.is_some() && files::is_blank(&path) {
        return Err(gone(&path));
    }
    if known.as_ref().is_some_and(|known| known.open) && !files::has_log(&path) {
        log::warn!(
            "the server did not end in order last time, and the history {} has lost its write-ahead \
             log since: the newest messages may be missing",
            path.display()
        );
    }
    let options = options(config, path, epoch);
    let last_epoch = known.as_ref().and_then(|known| known.epoch.as_deref());
    match start::open_after(&options, last_epoch) {
        Ok((mut store, opened)) => {
            remember(config, known, &store);
            match log {
                Some(_) => store.queue = config.cluster.queue,
                // From here on it has what no other node has.
                None => store.leave_cluster(),
            }
            store.log = log.map(|Log { mut log, .. }| {
                log.begin(epoch);
                log
            });
            Ok(Some(History { store, opened }))
        }
        Err(error) => {
            let path = options.path.display();
            let advice = match error.is_caused_by_the_file() {
                true => ADVICE,
                false => "",
            };
            Err(format!("the history {path}: {error}{advice}"))
        }
    }
}

pub(crate) fn options(config: &Config, path: PathBuf, epoch: &str) -> start::StoreOptions {
    start::StoreOptions {
        path,
        synchronous: config.history.synchronous,
        gather: config.history.gather,
        keep: config.history.keep,
        max_size: config.history.max_size as u64,
        memory: config.history.memory,
        epoch: epoch.into(),
        now: unix_millis(),
    }
}

/// What to do about a file that is not the history that it should be.
const ADVICE: &str = ". The file was left as it is. `glassroom repair` saves what can be read in it; or \
                      `glassroom restore` puts a backup in its place; or start with --new-history, \
                      which puts the file aside and begins a new one";

/// The sentence for a history that was here and is not any more. A new one must not begin by itself:
/// a disk that is not mounted, or a wrong directory, would look like a first start.
fn gone(path: &Path) -> String {
    let path = path.display();
    format!(
        "the history {path} is missing or empty, although this data directory had one. Put it back (is \
         its disk mounted?), or put a backup in its place with `glassroom restore`; or start with \
         --new-history to begin a new one"
    )
}

/// Remembers in the data directory which history is in use.
fn remember(config: &Config, known: Option<KnownHistory>, store: &Store) {
    let Some(path) = config.history.path.clone() else {
        return;
    };
    // One whose id cannot be read is taken for the one that was here.
    let known_id = known.map(|known| known.id);
    let id = store
        .id
        .clone()
        .or_else(|| known_id.clone())
        .unwrap_or_default();
    if let Some(known_id) = known_id.filter(|known_id| *known_id != id) {
        log::warn!(
            "the history {} is another one than last time (its id is {id} and was {known_id}): going on \
             with it",
            path.display()
        );
    }
    let now = KnownHistory {
        id,
        path,
        open: true,
        epoch: store.written_epoch().map(Into::into),
    };
    if let Err(error) = now.write(config) {
        log::warn!("a history that is gone will not be noticed at the next start: {error}");
    }
}

/// Remembers that the history was closed in order.
pub(crate) fn note_closed(config: &Config) {
    if let Some(known) = KnownHistory::read(config).filter(|known| known.open) {
        let closed = KnownHistory {
            open: false,
            ..known
        };
        if let Err(error) = closed.write(config) {
            log::warn!("the end in order could not be noted: {error}");
        }
    }
}

/// Puts the history aside, damaged or not, so that the next start begins a new one. Returns its new
/// name; `None` if there was nothing to keep.
///
/// # Errors
///
/// A server uses it, or it cannot be renamed.
pub(crate) fn put_aside(config: &Config) -> Result<Option<PathBuf>, String> {
    let Some(path) = history_path(config) else {
        return Ok(None);
    };
    let failed = |error: &dyn std::fmt::Display| format!("the history {}: {error}", path.display());
    let new = files::put_aside(&path, "old").map_err(|error| failed(&error))?;
    KnownHistory::remove(config).map_err(|error| failed(&error))?;
    Ok(new)
}

/// The people in the history who may be meant by a `sub`, an id or a name. There are none where
/// nothing is stored.
///
/// # Errors
///
/// The history cannot be read.
pub(crate) fn find_people(config: &Config, who: &str) -> Result<Vec<Author>, String> {
    match history_path(config).filter(|path| path.exists()) {
        Some(path) => people::find_people(&path, who)
            .map_err(|error| format!("the history {}: {error}", path.display())),
        None => Ok(Vec::new()),
    }
}

/// Appends entries to the audit log of a history that no server uses. Without a history there is no
/// audit log.
///
/// # Errors
///
/// The history cannot be written.
pub(crate) fn append_audit(config: &Config, entries: Vec<Audit>) -> Result<(), String> {
    match history_path(config).filter(|path| path.exists() && !entries.is_empty()) {
        Some(path) => late_entry::append(&path, entries)
            .map_err(|error| format!("the history {}: {error}", path.display())),
        None => Ok(()),
    }
}

impl History {
    /// Starts the threads. `report` is called on them, and must not wait for the hub.
    ///
    /// # Errors
    ///
    /// The system gives no threads, or no second connection to the file.
    pub(crate) fn start(
        self,
        report: impl Fn(StoreReport) + Send + Sync + 'static,
    ) -> Result<Running, StoreError> {
        let (writer, reader, threads) = self.store.start(report)?;
        Ok(Running {
            ends: (writer, reader),
            opened: self.opened,
            threads,
        })
    }
}
