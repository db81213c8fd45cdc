//! Counters that the hub raises once per batch.

use std::sync::atomic::AtomicU64;

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
    /// Transactions of the store.
    pub commits: AtomicU64,
    /// Events in those.
    pub committed: AtomicU64,
}
