//! Revoked people: their tokens are void from now on, however long they would be valid.
//!
//! A signed token cannot be taken back, so the server keeps a list of those that it no longer
//! accepts, by person. The list is the file `revoked` in the data directory. It holds every `sub`,
//! and the public id, which follows from the `sub` and the secret: after the secret was changed, the
//! ids are others, and the `sub` still matches.

mod choice;
mod command_line;
mod file;
mod list;
mod recent;
mod revocations;

pub use choice::{Choice, Meaning, Unclear, choose};
pub(crate) use command_line::COMMAND_LINE;
pub use file::RevokedError;
pub(crate) use list::DEMO;
pub use list::{Entry, Undone};
pub use recent::Recent;
pub use revocations::Revocations;
