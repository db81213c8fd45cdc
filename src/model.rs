//! Values that several layers share, and their text forms. They know nothing of sockets, frames or
//! permissions.

pub(crate) mod authority;
pub(crate) mod characters;
pub(crate) mod direction;
pub mod event;
pub(crate) mod event_json;
pub(crate) mod fences;
pub(crate) mod fold;
pub mod hand;
pub(crate) mod ids;
pub(crate) mod item;
pub mod json;
pub(crate) mod marks;
pub mod poll;
pub(crate) mod poll_json;
pub mod role;
pub(crate) mod text;
pub mod time;
pub(crate) mod zone;
