//! Numbers for a monitoring system: counters that the hub raises once per batch, and the text that
//! Prometheus reads.

use crate::chat::gate::Millis;
use crate::server::Shared;
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// What has happened since the start. Raised by the hub once per batch, never per recipient.
#[derive(Debug, Default)]
pub struct Counters {
    /// Messages said in rooms.
    pub messages: AtomicU64,
    /// Frames of rooms times the members they went to.
    pub deliveries: AtomicU64,
    /// Bytes that those were, frame headers included.
    pub bytes: AtomicU64,
    /// Connections that were cut because they read too slowly.
    pub too_slow: AtomicU64,
}

/// The text of `GET /metrics`. `started` and `now` are milliseconds since 1970.
pub fn text(shared: &Shared, started: Millis, now: Millis) -> String {
    let (chat, waiting) = shared.places.counts();
    let counters = &shared.counters;
    let count = |counter: &AtomicU64| counter.load(Relaxed);
    let rows = [
        (
            "uptime_seconds",
            "gauge",
            "Since the start.",
            now.saturating_sub(started) / 1000,
        ),
        (
            "connections",
            "gauge",
            "Connections in the chat.",
            chat as u64,
        ),
        (
            "connections_without_token",
            "gauge",
            "Page loads, half handshakes, echoes.",
            waiting as u64,
        ),
        (
            "hub_queue",
            "gauge",
            "Commands that wait for the hub.",
            shared.hub.depth() as u64,
        ),
        (
            "messages_total",
            "counter",
            "Messages said in rooms.",
            count(&counters.messages),
        ),
        (
            "deliveries_total",
            "counter",
            "Events times the members they went to.",
            count(&counters.deliveries),
        ),
        (
            "delivered_bytes_total",
            "counter",
            "Bytes of those.",
            count(&counters.bytes),
        ),
        (
            "too_slow_total",
            "counter",
            "Connections cut for reading too slowly.",
            count(&counters.too_slow),
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
