//! The tap of a build without the feature `full`: nobody can watch a connection, so the methods
//! that report to a watcher do nothing and this takes no memory. `tap.rs` is the real one.

use crate::model::direction::Direction;
use bytes::Bytes;
use std::io;
use std::sync::Arc;

/// A connection's tap that shows nothing.
#[derive(Debug, Default)]
pub(crate) struct Tap {}

impl Tap {
    /// Does nothing.
    pub(crate) fn record_opening(&self, _part: &[u8]) {}

    /// Does nothing.
    #[inline]
    pub(crate) fn received(&self, _bytes: &[u8], _aligned: bool) {}

    /// Calls `send`.
    #[inline]
    pub(crate) fn sending(
        &self,
        _pieces: &[Bytes],
        _aligned: bool,
        send: impl FnOnce() -> io::Result<usize>,
    ) -> io::Result<usize> {
        send()
    }

    /// There is nothing to end.
    pub(crate) fn outgrow(&self) {}

    /// No connection can be watched.
    pub(crate) fn growth(&self) -> u64 {
        0
    }

    /// Does nothing.
    #[inline]
    pub(crate) fn fan_out(&self, _room: &Arc<str>, _seq: u64, _members: usize, _bytes: usize) {}

    /// Does nothing.
    #[inline]
    pub(crate) fn tcp_ended(&self, _by: Direction, _reset: bool) {}
}
