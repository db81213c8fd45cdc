//! What the metrics are read from, at one moment.

use crate::chat::hub::{Command, HubQuery, Overview};
use crate::metrics::numbers::Numbers;
use crate::shared::Shared;
use crate::store::shared_log::Seen;
use std::time::Duration;

/// How long the hub may take to answer. A scrape that waits longer would look like a server that is
/// gone; what the hub did not say is left out.
const BRIEFLY: Duration = Duration::from_millis(500);

/// What the metrics are read from.
pub(super) struct Moment<'a> {
    pub(super) shared: &'a Shared,
    pub(super) numbers: Numbers,
    /// `None`: the hub has not answered in time.
    pub(super) overview: Option<Overview>,
    /// Events that the store was given and has not committed. `None`: as above.
    pub(super) lag: Option<u64>,
    /// The cluster, if this is a node of one.
    pub(super) cluster: Option<Seen>,
}

impl<'a> Moment<'a> {
    /// Everything as it is now.
    pub(super) fn now(shared: &'a Shared) -> Self {
        // Before the hub is asked, so that the question itself is not in its queue.
        let numbers = Numbers::now(shared);
        let overview = shared.hub.ask(BRIEFLY, |answer| {
            Command::Query(HubQuery::Overview { answer })
        });
        // A hub that did not answer once is not waited for again.
        let saved = overview.as_ref().and_then(|_| {
            let saved = |answer| Command::Query(HubQuery::Saved { answer });
            shared.hub.ask(BRIEFLY, saved)
        });
        Self {
            shared,
            numbers,
            overview,
            cluster: shared.cluster.as_ref().map(|cluster| cluster.seen()),
            lag: saved.map(|(handed_over, committed)| handed_over.saturating_sub(committed)),
        }
    }
}
