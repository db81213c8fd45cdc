//! Everything that holds a socket: the listener, the two directions of one connection, and the
//! bounds on the number of connections.

pub(crate) mod admission;
pub(crate) mod capacity;
pub(crate) mod client;
pub(crate) mod exchange;
pub(crate) mod flusher;
#[cfg(feature = "cluster")]
pub(crate) mod gate;
pub(crate) mod holders;
pub(crate) mod inbox;
pub(crate) mod linux;
pub(crate) mod listener;
pub(crate) mod local_peer;
pub(crate) mod outbox;
pub(crate) mod port;
pub(crate) mod reader;
#[cfg(feature = "full")]
pub(crate) mod refused;
#[cfg(not(feature = "full"))]
pub(crate) mod refused_none;
#[cfg(feature = "full")]
pub(crate) mod tap;
#[cfg(not(feature = "full"))]
pub(crate) mod tap_none;
#[cfg(feature = "cluster")]
pub(crate) mod trunk;
#[cfg(not(feature = "cluster"))]
pub(crate) mod trunk_none;

#[cfg(not(feature = "cluster"))]
pub(crate) use trunk_none as trunk;
#[cfg(not(feature = "full"))]
pub(crate) use {refused_none as refused, tap_none as tap};
