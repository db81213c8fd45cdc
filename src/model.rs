//! Values that several layers share, and their text forms. They know nothing of sockets, frames or
//! permissions.

pub mod direction;
pub mod event;
pub mod event_json;
pub mod ids;
pub mod item;
pub mod json;
pub mod role;
pub mod text;
pub mod time;
pub mod zone;
