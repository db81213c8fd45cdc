//! The history of a running server: opened before the port, started with the hub.
//!
//! In a build without the store, `history_none.rs` stands here.

use crate::config::Config;
use crate::data_dir::history_path;
use crate::model::event::Author;
use crate::model::time::unix_millis;
use crate::sqlite::erase;
use crate::sqlite::error::StoreError;
use crate::sqlite::start::{self, Store};
use crate::store::opened::Opened;
use crate::store::query::StoreReader;
use crate::store::queue::StoreWriter;
use crate::store::report::StoreReport;

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

/// Opens the history that the configuration names, if it names one.
///
/// # Errors
///
/// It cannot be opened: the sentence names the file, and says what to do where that is known.
pub(crate) fn open(config: &Config, epoch: &str) -> Result<Option<History>, String> {
    let Some(path) = history_path(config) else {
        return Ok(None);
    };
    let options = start::StoreOptions {
        path,
        synchronous: config.history.synchronous,
        keep: config.history.keep,
        max_size: config.history.max_size as u64,
        memory: config.history.memory,
        epoch: epoch.into(),
        now: unix_millis(),
    };
    match start::open(&options) {
        Ok((store, opened)) => Ok(Some(History { store, opened })),
        Err(error) => {
            let path = options.path.display();
            let advice = match error.is_caused_by_the_file() {
                true => " (move the file away to begin a new one)",
                false => "",
            };
            Err(format!("the history {path}: {error}{advice}"))
        }
    }
}

/// The people in the history who may be meant by a `sub`, an id or a name. There are none where
/// nothing is stored.
///
/// # Errors
///
/// The history cannot be read.
pub(crate) fn find_people(config: &Config, who: &str) -> Result<Vec<Author>, String> {
    match history_path(config).filter(|path| path.exists()) {
        Some(path) => erase::find_people(&path, who)
            .map_err(|error| format!("the history {}: {error}", path.display())),
        None => Ok(Vec::new()),
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
