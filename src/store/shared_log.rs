//! The log that the nodes of a cluster share, as the store sees it: what is to be kept here is there first.

use crate::store::position::Position;
use crate::store::queue::Job;
use std::fmt::Debug;
use std::sync::Arc;

/// The shared log that a server is started with.
pub struct Log {
    pub(crate) log: Box<dyn SharedLog>,
    pub(crate) cluster: Arc<dyn Cluster>,
}

/// The cluster of this node, for those who watch over it.
pub(crate) trait Cluster: Debug + Send + Sync {
    /// How it is now.
    fn seen(&self) -> Seen;
}

/// How a cluster is, as one of its nodes sees it.
#[derive(Debug)]
pub(crate) struct Seen {
    /// The last entry of the log that this node has.
    pub(crate) entry: u64,
    /// Whether the engine takes what this node writes, as far as it is known.
    pub(crate) is_engine_well: bool,
    /// The nodes, and the last entry that each of them has.
    pub(crate) nodes: Vec<(String, u64)>,
}

impl Seen {
    /// The nodes, and how many entries each of them has not read yet.
    pub(crate) fn behind(&self) -> impl Iterator<Item = (String, f64)> {
        let behind = |entry: u64| self.entry.saturating_sub(entry) as f64;
        let nodes = self.nodes.iter();
        nodes.map(move |(name, entry)| (name.clone(), behind(*entry)))
    }
}

/// A log that others read, too.
pub(crate) trait SharedLog: Send {
    /// Has the other nodes begin a run of the hub with this epoch, before the next group.
    fn begin(&mut self, epoch: &str);

    /// Whether a group could be appended now, as far as that is known.
    ///
    /// # Errors
    ///
    /// It could not: a sentence for the log of this server.
    fn check(&mut self) -> Result<(), String>;

    /// Appends a group of jobs as one entry. Returns where it is. After an error it is called with the same group again.
    ///
    /// # Errors
    ///
    /// It is not known to be there: a sentence for the log of this server.
    fn append(&mut self, group: &[Job]) -> Result<Position, String>;
}
