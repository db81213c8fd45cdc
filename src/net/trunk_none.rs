//! The trunks of a build without the feature `cluster`: there are none, so every peer is here. `trunk.rs` has the real ones.

use bytes::Bytes;
use std::io;
use std::os::fd::BorrowedFd;

/// No trunks.
#[derive(Debug, Default)]
pub(crate) struct Trunks {}

impl Trunks {
    /// Nothing waits.
    #[inline]
    pub(crate) fn depart(&self) {}

    /// Does nothing.
    pub(crate) fn finish(&self) {}

    /// There are none.
    pub(crate) fn numbers(&self) -> (usize, u64) {
        (0, 0)
    }

    /// Does nothing.
    pub(crate) fn send_away(&self, _client: &Away, _place: Option<(&str, u32)>) {}
}

/// A peer that is here.
#[derive(Debug, Default)]
pub(crate) struct Away {}

impl Away {
    /// There are no trunks.
    pub(crate) fn is_trunk(&self) -> bool {
        false
    }

    /// Nobody is away.
    #[inline]
    pub(crate) fn send(&self, _pieces: &[Bytes]) -> Option<io::Result<usize>> {
        None
    }

    /// Nobody is away.
    #[inline]
    pub(crate) fn gate(&self) -> Option<BorrowedFd<'_>> {
        None
    }

    /// Nobody is away.
    #[inline]
    pub(crate) fn finish(&self) -> bool {
        false
    }

    /// Does nothing.
    #[inline]
    pub(crate) fn hang_up(&self) {}

    /// Does nothing.
    #[inline]
    pub(crate) fn reset(&self) {}
}
