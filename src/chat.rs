//! The chat: who is here, what is said, and how it reaches everybody.
//!
//! No bits of RFC 6455 in here but for ready-made frames. The hub's thread owns all of it; see
//! [`hub`] for the way of a message.

mod ages;
pub(crate) mod approval_message;
mod changed;
pub(crate) mod class_info;
pub(crate) mod classes;
pub(crate) mod classroom;
pub(crate) mod cursor;
pub(crate) mod event;
mod event_parts;
pub(crate) mod gate;
pub(crate) mod grant;
pub(crate) mod hand_info;
pub(crate) mod hub;
pub(crate) mod log;
mod log_clearing;
pub(crate) mod message;
mod naming;
pub(crate) mod pace;
pub(crate) mod people;
#[cfg(test)]
mod permissions;
pub(crate) mod person;
pub(crate) mod person_info;
pub(crate) mod poll_info;
pub(crate) mod presence_changes;
mod private;
pub(crate) mod refs;
mod report_info;
pub(crate) mod room;
mod room_people;
