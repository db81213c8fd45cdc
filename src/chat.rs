//! The chat: who is here, what is said, and how it reaches everybody.
//!
//! No bits of RFC 6455 in here but for ready-made frames. The hub's thread owns all of it; see
//! [`hub`] for the way of a message.

mod ages;
mod changed;
pub(crate) mod class_info;
pub(crate) mod classes;
pub(crate) mod classroom;
pub(crate) mod cursor;
pub(crate) mod event;
pub(crate) mod gate;
pub(crate) mod grant;
pub(crate) mod hub;
pub(crate) mod log;
pub(crate) mod message;
pub(crate) mod pace;
pub(crate) mod people;
#[cfg(test)]
mod permissions;
pub(crate) mod person;
pub(crate) mod presence_changes;
pub(crate) mod refs;
pub(crate) mod room;
