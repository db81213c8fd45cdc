//! The log that the nodes of a cluster share, as the store sees it: what is to be kept here is there first.

use crate::store::position::Position;
use crate::store::queue::Job;

/// The shared log that a server is started with.
pub struct Log(pub(crate) Box<dyn SharedLog>);

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
