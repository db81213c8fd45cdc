//! The store: what was said, who was here and who kept order, in one SQLite file.
//!
//! Knows messages and people; no sockets, frames or permissions. One thread writes, one answers
//! questions, and the hub waits for neither:
//!
//! - [`Writer`] is the hub's end of the writing thread. A job has a number; [`Report::Committed`]
//!   says up to which number everything is on the disk, and only then may an `ack` go out. What
//!   cannot be written is tried until it can ([`Report::Failing`]); meanwhile [`Writer::check`]
//!   refuses, and the rest of the chat goes on.
//! - [`Reader`] is the way to the archive for what the hub no longer has in memory: pages in their
//!   final state, search, single messages, missed events. Answers come as [`Report::Answer`].
//! - [`Archive`], [`transcript`], [`attendance`], [`audit`] and [`erase`] serve HTTP threads and the command
//!   line, on their own connections, also beside a running server.
//!
//! **Numbers.** An event is `(room, seq)`, without gaps. Each start of the server is an *epoch*; the
//! store keeps how far each room was committed under each ([`Epochs`]), so that a client that saw
//! events which a crash took knows which to forget, and no number means two things.
//!
//! **Durability.** WAL: with `synchronous = "full"` every commit waits for the disk, with `"normal"`
//! it survives the process and not a power cut.

pub mod archive;
pub mod attendance;
pub mod audit;
mod authors;
mod connect;
mod csv;
pub mod erase;
pub mod error;
mod load;
mod moves;
mod reader;
mod record;
mod schema;
pub mod search;
pub mod span;
pub mod start;
pub mod tasks;
pub mod transcript;
mod values;
mod writer;

#[cfg(test)]
mod tests;
