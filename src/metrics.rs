//! Numbers for a monitoring system and the live chart: counters that the hub raises once per batch,
//! and the text that Prometheus reads.

use crate::model::time::Millis;
use crate::shared::Shared;
use serde::Serialize;
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// All numbers at one moment.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Numbers {
    /// Milliseconds since the start.
    pub uptime_ms: u64,
    /// Connections in the chat, glasses and exams.
    pub connections: usize,
    /// Page loads, half handshakes, echoes.
    pub waiting: usize,
    /// Commands that wait for the hub.
    pub hub_queue: usize,
    /// As in [`Counters`].
    pub messages: u64,
    /// As in [`Counters`].
    pub deliveries: u64,
    /// As in [`Counters`].
    pub bytes: u64,
    /// As in [`Counters`].
    pub too_slow: u64,
    /// As in [`Counters`].
    pub commits: u64,
    /// As in [`Counters`].
    pub committed: u64,
}

impl Numbers {
    /// As they are now, in milliseconds since 1970.
    pub fn now(shared: &Shared, now: Millis) -> Self {
        let (connections, waiting) = shared.admission.counts();
        let count = |counter: &AtomicU64| counter.load(Relaxed);
        let counters = &shared.counters;
        Self {
            uptime_ms: now.saturating_sub(shared.started),
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

/// The text of `GET /metrics`; `now` is milliseconds since 1970.
pub fn text(shared: &Shared, now: Millis) -> String {
    let n = Numbers::now(shared, now);
    let (gauge, counter) = ("gauge", "counter");
    let rows = [
        (
            "uptime_seconds",
            gauge,
            "Since the start.",
            n.uptime_ms / 1000,
        ),
        (
            "connections",
            gauge,
            "Connections in the chat, glasses and exams.",
            n.connections as u64,
        ),
        (
            "connections_without_token",
            gauge,
            "Page loads, half handshakes, echoes.",
            n.waiting as u64,
        ),
        (
            "hub_queue",
            gauge,
            "Commands that wait for the hub.",
            n.hub_queue as u64,
        ),
        (
            "messages_total",
            counter,
            "Messages said in rooms.",
            n.messages,
        ),
        (
            "deliveries_total",
            counter,
            "Events times the members they went to.",
            n.deliveries,
        ),
        ("delivered_bytes_total", counter, "Bytes of those.", n.bytes),
        (
            "too_slow_total",
            counter,
            "Connections cut for reading too slowly.",
            n.too_slow,
        ),
        (
            "commits_total",
            counter,
            "Transactions of the store.",
            n.commits,
        ),
        (
            "committed_events_total",
            counter,
            "Events in those.",
            n.committed,
        ),
    ];
    let mut text = String::new();
    for (name, kind, help, value) in rows {
        // Writing into a String cannot fail.
        let _ = write!(
            text,
            "# HELP glassroom_{name} {help}\n# TYPE glassroom_{name} {kind}\nglassroom_{name} {value}\n"
        );
    }
    text
}
