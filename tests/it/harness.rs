//! The harness: the real binary in a folder of its own, and clients that speak bytes.
//!
//! - [`Server`] starts `glassroom serve` on a free port, keeps its log, shows the log when the
//!   test fails, and kills the process when dropped.
//! - [`Raw`] is one TCP connection that sends any bytes and reads answers with a deadline; a
//!   [`Frame`] may have any bits.
//! - [`Chat`] is a person in the room, on top of [`Raw`].
//! - [`schema`] is the published schema of chat.v1, which everything that a [`Chat`] gets has to follow.
//! - [`clock`] is a wall clock that a test moves.
//! - [`tools`] finds external programs and reports missing ones.
//!
//! Nothing here sleeps. Every wait has a deadline, usually [`PATIENCE`], and the panic after it
//! names the event that did not happen.

#[cfg(feature = "full")]
mod audit;
mod chat;
pub mod clock;
mod frame;
mod guest;
#[cfg(feature = "full")]
pub mod pcapng;
mod random;
mod raw;
pub mod schema;
mod server;
mod sign;
pub mod tools;

#[cfg(feature = "full")]
pub use audit::{audit, audit_text};
pub use chat::Chat;
pub use frame::Frame;
pub use guest::Guest;
pub use random::Random;
#[cfg(feature = "full")]
pub use raw::unchunked;
pub use raw::{Raw, Response, http};
pub use server::{How, Server, TempDir, binary, output};
pub use sign::{now, sign};

use std::time::Duration;

/// How long a test waits for an event. Long enough for a loaded machine: only a failing test waits
/// this long.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// Configuration without a rate limit.
pub const UNPACED: &str = "[limits]\nmessages_per_second = 0\n";

/// The class code of every server here, from the symbols that a code may have.
pub const CLASS_CODE: &str = "GHKM23";

/// The words of the log before the address that the server listens on.
const LISTENING: &str = "listening on ";
