//! The chat: who is here, what is said, and how it reaches everybody.
//!
//! No bits of RFC 6455 in here but for ready-made frames. The hub's thread owns all of it; see
//! [`hub`] for the way of a message.

pub mod allowance;
pub mod client;
pub mod event;
pub mod flusher;
pub mod gate;
pub mod hub;
pub mod inbox;
pub mod log;
pub mod message;
pub mod numbered;
pub mod outbox;
pub mod people;
pub mod person;
pub mod role;
pub mod room;
pub mod text;
