//! Counters of what has happened since the server started.
//!
//! The hub raises them once per batch, never per recipient. Any thread may read them.

use crate::support::histogram::Histogram;
use std::sync::atomic::{AtomicBool, AtomicU64};

/// What has happened since the server started.
#[derive(Debug, Default)]
pub struct Counters {
    /// Messages sent to rooms.
    pub messages: AtomicU64,
    /// Frames to rooms, each counted once per member that it went to.
    pub deliveries: AtomicU64,
    /// Bytes of these frames, headers included.
    pub bytes: AtomicU64,
    /// Connections that were closed because they read too slowly.
    pub too_slow: AtomicU64,
    /// How long each batch of the hub took, from its first command to the sockets.
    pub fanout: Histogram,
    /// Transactions of the store.
    pub commits: AtomicU64,
    /// Events in these transactions.
    pub committed: AtomicU64,
    /// Whether the store cannot commit now, because the disk fails or the file has gone.
    pub store_failing: AtomicBool,
}
