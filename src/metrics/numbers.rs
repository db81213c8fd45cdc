//! The counts of the server at one moment. Reading them waits for nobody.

use crate::model::time::Ticks;
use crate::shared::Shared;
use serde::Serialize;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// All numbers at one moment. Those without a comment are as in
/// [`Counters`](crate::support::counters::Counters).
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Numbers {
    /// Milliseconds since the server started.
    pub(super) uptime_ms: u64,
    /// Connections in the chat, protocol views and exams.
    pub(super) connections: usize,
    /// Connections that have shown no token: page loads, unfinished handshakes, echoes.
    pub(super) waiting: usize,
    /// Commands that wait for the hub.
    pub(super) hub_queue: usize,
    pub(super) messages: u64,
    pub(super) deliveries: u64,
    pub(super) bytes: u64,
    pub(super) too_slow: u64,
    pub(super) commits: u64,
    pub(super) committed: u64,
}

impl Numbers {
    /// The numbers at this moment.
    pub(crate) fn now(shared: &Shared) -> Self {
        let (connections, waiting) = shared.admission.counts();
        let count = |counter: &AtomicU64| counter.load(Relaxed);
        let counters = &shared.counters;
        Self {
            uptime_ms: Ticks::now().since(shared.started),
            connections,
            waiting,
            hub_queue: shared.hub.depth(),
            messages: count(&counters.messages),
            deliveries: count(&counters.deliveries),
            bytes: count(&counters.bytes),
            too_slow: count(&counters.too_slow),
            commits: count(&counters.commits),
            committed: count(&counters.committed),
        }
    }
}
