//! The server's numbers at one moment: for the live chart, and as the text that Prometheus reads.
//!
//! Called by any connection's thread. Reads counters and never waits for the hub.

use crate::model::time::Ticks;
use crate::shared::Shared;
use serde::Serialize;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// All numbers at one moment. Those without a comment are as in
/// [`Counters`](crate::support::counters::Counters).
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Numbers {
    /// Milliseconds since the server started.
    uptime_ms: u64,
    /// Connections in the chat, protocol views and exams.
    connections: usize,
    /// Connections that have shown no token: page loads, unfinished handshakes, echoes.
    waiting: usize,
    /// Commands that wait for the hub.
    hub_queue: usize,
    messages: u64,
    deliveries: u64,
    bytes: u64,
    too_slow: u64,
    commits: u64,
    committed: u64,
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

/// The text of `GET /metrics`.
pub(crate) fn text(shared: &Shared) -> String {
    let n = Numbers::now(shared);
    [
        gauge(
            "uptime_seconds",
            "Seconds since the server started.",
            n.uptime_ms / 1000,
        ),
        gauge(
            "connections",
            "Connections in the chat, glasses and exams.",
            n.connections as u64,
        ),
        gauge(
            "connections_without_token",
            "Page loads, unfinished handshakes, echoes.",
            n.waiting as u64,
        ),
        gauge(
            "hub_queue",
            "Commands that wait for the hub.",
            n.hub_queue as u64,
        ),
        counter("messages_total", "Messages sent to rooms.", n.messages),
        counter(
            "deliveries_total",
            "Events times the members they went to.",
            n.deliveries,
        ),
        counter(
            "delivered_bytes_total",
            "Bytes of these deliveries.",
            n.bytes,
        ),
        counter(
            "too_slow_total",
            "Connections closed for reading too slowly.",
            n.too_slow,
        ),
        of_the_store(shared, &n),
    ]
    .concat()
}

fn of_the_store(shared: &Shared, n: &Numbers) -> String {
    [
        gauge(
            "store_failing",
            "1: the history cannot be written now, and messages are refused.",
            shared.counters.store_failing.load(Relaxed).into(),
        ),
        counter("commits_total", "Transactions of the store.", n.commits),
        counter(
            "committed_events_total",
            "Events in these transactions.",
            n.committed,
        ),
    ]
    .concat()
}

/// A number that may fall, in the text format of Prometheus.
fn gauge(name: &str, help: &str, value: u64) -> String {
    metric("gauge", name, help, value)
}

/// A number that only rises.
fn counter(name: &str, help: &str, value: u64) -> String {
    metric("counter", name, help, value)
}

fn metric(kind: &str, name: &str, help: &str, value: u64) -> String {
    format!(
        "# HELP glassroom_{name} {help}\n# TYPE glassroom_{name} {kind}\nglassroom_{name} {value}\n"
    )
}
