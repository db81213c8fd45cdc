//! `chat.toml`: what the operator decides, checked once at the start.
//!
//! One table lists the keys: it makes the structs, their defaults, the reader and the writer. A
//! test proves that `chat.toml` explains the same keys and states the same defaults. Every problem
//! of a file is reported at once, each with its line, its key and what to write instead. An
//! unknown key is a problem, because a misspelt limit is no limit.

mod advice;
mod agree;
mod checked;
mod choices;
mod class;
mod classes;
mod error;
mod file;
mod kinds;
pub mod listen;
mod network;
mod parse;
mod sections;
pub mod units;

pub use choices::{Create, Keep, Synchronous, Whisper};
pub use class::Class;
pub use error::ConfigError;
pub use network::Network;
pub use sections::{
    Auth, Cluster, Config, Heartbeat, History, Join, Lab, Lens, Limits, Log, Metrics, Names,
    Presence, Rooms, Server,
};
pub use units::{format_duration, format_size, parse_duration, parse_size};

#[cfg(test)]
mod tests;
