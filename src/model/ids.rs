//! Identifiers that the server makes itself.
//!
//! Each kind has a type of its own, so that a person is never taken for a connection, nor a room
//! for a place in a table.

use serde::{Serialize, Serializer};
use std::fmt;

/// The number of a connection, from 1; never used twice while the process lives. The default is
/// that of no connection.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientId(u64);

/// The number of a person; never used twice while the process lives.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct PersonKey(u64);

/// The number of a room among the hub's rooms; never used twice while the process lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct RoomKey(u32);

/// A connection's place in the hub's table; used again after the connection has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Slot(u32);

impl ClientId {
    /// The connection with this number.
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number.
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for ClientId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.0)
    }
}

impl PersonKey {
    /// The key after this one.
    pub(crate) const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl RoomKey {
    /// The room at this index. There are fewer rooms than a `u32` counts.
    pub(crate) const fn new(index: usize) -> Self {
        Self(index as u32)
    }

    /// The index.
    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }
}

impl Slot {
    /// The place at this index. There are fewer connections than a `u32` counts.
    pub(crate) const fn new(index: usize) -> Self {
        Self(index as u32)
    }

    /// The index.
    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }
}
