//! Every bound of the server in one table: what it bounds, where it is set, and what happens when it
//! is reached. `docs/limits.md` is made from it, with the values from the constants and from
//! `chat.toml` themselves.
//!
//! A new bound is a new row. The tests in `tests/it/limits.rs` find keys and constants without one, and
//! say how to write the document again.

mod broken;
mod chat;
mod features;
mod limit;
mod store;
mod table;
mod transport;

pub use limit::{Group, Limit};
pub use table::LIMITS;
