//! Stands for `history.rs` in the minimal build, which has no store and keeps everything in memory.

use crate::config::Config;
use crate::model::event::Author;
use crate::store::opened::Opened;
use crate::store::query::StoreReader;
use crate::store::queue::{Audit, StoreWriter};
use crate::store::report::StoreReport;
use crate::store::shared_log::Log;
use std::time::Instant;

/// Stands for an open history. Nothing makes one.
pub(crate) struct History;

/// Stands for a history whose threads run.
pub(crate) struct Running {
    /// The hub's ends of it.
    pub ends: (StoreWriter, StoreReader),
    /// What was found in it.
    pub opened: Opened,
    /// Its threads.
    pub threads: Threads,
}

/// Stands for the threads of a history.
pub(crate) struct Threads;

impl Threads {
    /// Waits for nothing.
    pub fn join_by(self, _deadline: Instant) -> bool {
        true
    }
}

/// Opens nothing, whatever the configuration names.
///
/// # Errors
///
/// Never.
pub(crate) fn open(
    _config: &Config,
    _epoch: &str,
    _log: Option<Log>,
) -> Result<Option<History>, String> {
    Ok(None)
}

/// Notes nothing.
pub(crate) fn note_closed(_config: &Config) {}

/// Finds nobody.
///
/// # Errors
///
/// Never.
pub(crate) fn find_people(_config: &Config, _who: &str) -> Result<Vec<Author>, String> {
    Ok(Vec::new())
}

/// Appends nothing.
///
/// # Errors
///
/// Never.
pub(crate) fn append_audit(_config: &Config, _entries: Vec<Audit>) -> Result<(), String> {
    Ok(())
}

impl History {
    /// Starts nothing.
    ///
    /// # Errors
    ///
    /// Always.
    pub fn start(
        self,
        _report: impl Fn(StoreReport) + Send + Sync + 'static,
    ) -> Result<Running, &'static str> {
        Err("this build has no store")
    }
}
