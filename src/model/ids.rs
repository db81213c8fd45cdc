//! Identifiers that the server makes itself.

/// A connection's number, never used twice while the process lives.
pub type ClientId = u64;

/// A person's number; never used twice.
pub type PersonKey = u64;

/// A room's place in the hub's list.
pub type RoomKey = usize;
