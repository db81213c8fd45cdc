//! The chat: who is here, what is said, and how it reaches everybody.
//!
//! No bits of RFC 6455 in here but for ready-made frames. The hub's thread owns all of it; see
//! [`hub`] for the way of a message.

pub mod event;
pub mod gate;
pub mod hub;
pub mod log;
pub mod message;
pub mod people;
pub mod person;
pub mod room;
