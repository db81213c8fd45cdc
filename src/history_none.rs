//! A history that is never there: this build has no store, and keeps everything in memory.

use crate::config::Config;
use crate::data_dir::history_path;
use crate::store::opened::Opened;
use crate::store::query::StoreReader;
use crate::store::queue::StoreWriter;
use crate::store::report::StoreReport;
use std::convert::Infallible;
use std::time::Instant;

/// There is none.
pub(crate) enum History {}

/// There is none that runs.
pub(crate) struct Running {
    /// The hub's ends of it.
    pub ends: (StoreWriter, StoreReader),
    /// What was found in it.
    pub opened: Opened,
    /// Its threads.
    pub threads: Threads,
}

/// The threads of no history.
pub(crate) enum Threads {}

impl Threads {
    /// There are none to wait for.
    pub fn join_by(self, _deadline: Instant) -> bool {
        match self {}
    }
}

/// Never opens anything, and says so if the configuration names a history.
///
/// # Errors
///
/// None.
pub(crate) fn open(config: &Config, _epoch: &str) -> Result<Option<History>, String> {
    if history_path(config).is_some() {
        log::info!("this build has no store: the history ends with the process (history.path)");
    }
    Ok(None)
}

impl History {
    /// There is nothing to start.
    ///
    /// # Errors
    ///
    /// None.
    pub fn start(
        self,
        _report: impl Fn(StoreReport) + Send + Sync + 'static,
    ) -> Result<Running, Infallible> {
        match self {}
    }
}
