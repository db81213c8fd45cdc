//! The store itself: events, attendance, the audit log and the course's tasks, in one SQLite file.
//!
//! Only this folder uses SQLite, and only a build with the feature `full` has it. [`crate::store`]
//! is the hub's side: queue, queries, answers and reports. This folder knows messages and people,
//! but no sockets, frames or permissions. One thread writes, one answers queries, and the hub waits
//! for neither:
//!
//! - The `store` thread (`writer.rs`) commits the queued jobs, a group in each transaction. It
//!   reports the number of the last job that is on the disk, and the hub sends an `ack` only then.
//!   It retries a group that fails until it succeeds; meanwhile the queue refuses new events, and
//!   the rest of the chat goes on.
//! - The `archive` thread (`reader.rs`) answers queries for history that the hub no longer has in
//!   memory: pages of messages in their final state, single messages, missed events. The `search`
//!   thread answers searches.
//! - [`Archive`](archive::Archive), [`export`](mod@export) and [`erase`] serve HTTP threads and
//!   the command line, also while a server runs. HTTP threads share a few connections
//!   (`readers.rs`).
//!
//! **Numbers.** `(room, seq)` identifies an event, and a room's numbers have no gaps. Each start of
//! the server begins an *epoch*. The store keeps the last number that each epoch committed in each
//! room, so that a client that saw events which a crash took learns which of them to drop, and no
//! number has two meanings.
//!
//! **Durability.** The file uses a write-ahead log. With `synchronous = "full"`, every commit waits
//! for the disk; with `"normal"`, a commit survives a crash of the process but not a power failure.

mod ages;
mod apart_table;
pub mod archive;
mod around;
mod attendance;
mod audit;
mod authors;
pub mod backup;
pub mod check;
pub mod class_list;
mod clearing;
pub(crate) mod companions;
mod connect;
mod csv;
mod damage;
pub mod erase;
mod erase_lesson;
pub mod error;
mod event_columns;
mod exchange;
mod expiry;
pub mod export;
pub mod files;
pub mod findings;
mod gathering;
mod identity;
pub(crate) mod late_entry;
mod load;
mod message_state;
mod note_rows;
mod numbers;
mod past_lessons;
pub mod people;
mod polls;
mod presence;
mod questions;
mod quoting;
mod reader;
pub(crate) mod readers;
mod records;
pub(crate) mod register;
pub mod repair;
pub mod restore;
mod retention;
mod room_snapshot;
mod row_writer;
mod salvage;
mod schema;
mod schema_check;
mod search;
mod seen_rooms;
mod size;
pub mod span;
pub mod start;
pub(crate) mod tasks;
mod transaction;
mod transcript;
mod values;
mod visitors;
mod wal;
mod watch;
mod whispers;
mod writer;

#[cfg(test)]
mod tests;
