//! Everything that holds a socket: the listener, one connection's two directions, and the limits on
//! how many there may be.

pub mod admission;
pub mod capacity;
pub mod client;
pub mod exchange;
pub mod flusher;
pub mod inbox;
mod linux;
pub mod listener;
pub mod outbox;
pub mod reader;
#[cfg(feature = "full")]
pub mod tap;
#[cfg(not(feature = "full"))]
pub mod tap_none;

#[cfg(not(feature = "full"))]
pub use tap_none as tap;
