//! Every bound of the server and of `wire` in one table: what it bounds, where it is set, and what happens when it
//! is reached. `docs/limits.md` is made from it, with the values from the constants and from
//! `chat.toml` themselves.
//!
//! A new bound is a new row. The tests in `tests/it/limits.rs` find keys and constants without one, and
//! say how to write the document again.

mod broken;
mod chat;
mod classroom;
mod features;
mod hands;
mod lens;
mod limit;
mod links;
mod private;
mod store;
mod table;
mod transport;
mod wire;

pub use limit::{Group, Limit};
pub use table::LIMITS;
