//! A cluster: several servers, its nodes, that are one chat. They share a log on an engine, a Redis or Valkey.
//!
//! **One node at a time runs the hub: the primary.** Everything is judged there, in one order, by the code that
//! judges on a server of its own. A connection that another node accepts is passed on to the primary, byte for byte
//! (`forward.rs`). So no feature knows of the cluster, and nothing can be decided twice. What the hub sends to many clients of one
//! node travels once (`trunk.rs`, `seats.rs`), and that node makes the system calls.
//!
//! **What the primary keeps is in the log first.** A group of jobs is appended as one entry before the store commits it
//! (`primary_log.rs`), and only then are its `ack`s sent. The other nodes, the followers, read the log and write the same
//! rows (`follower.rs`). So each of them has a whole history, and with it everything that a server needs to go on.
//!
//! **Another node takes over by starting.** The primary has a lease on the engine, and an entry is appended only for the
//! one that has it: both are decided by one script. When the lease is over, a follower takes it, reads the log to its
//! end, and starts as any server starts on its history (`role.rs`). Clients connect again, resume, and repeat what was
//! not acknowledged: they have always done so after a restart.
//!
//! An engine that loses the end of the log loses nothing: the primary has it, and begins another log. The followers then
//! take a copy of its history.

mod engine;
mod entries;
mod entry;
mod files;
mod follower;
mod forward;
mod leading;
mod node;
mod peer;
mod primary_log;
mod report;
mod role;
mod seats;
mod snapshot;
mod state;
mod trunk;

pub use follower::Follower;
pub use node::Node;
pub use report::{Report, check, report};
pub(crate) use snapshot::{PATH as HISTORY, serve as serve_history};
pub use state::Entered;
pub(crate) use trunk::{PATH as TRUNK, serve as serve_trunk};
