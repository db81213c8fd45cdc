//! The harness: the real binary in a folder of its own, and clients that speak bytes.
//!
//! - [`Server`] starts `glassroom serve` on a free port, keeps what it logs, shows that
//!   when the test fails, and kills it when dropped.
//! - [`Raw`] is one TCP connection: any bytes out, answers in with a deadline; a [`Frame`] may
//!   have any bits.
//! - [`Chat`] is a person in the room on top of it.
//! - [`tools`] finds programs that are not ours, and says so when one is missing.
//!
//! Nothing here sleeps. Everything that waits has a deadline, [`PATIENCE`] unless it says
//! otherwise, and names what it waited for when that passes.

mod chat;
mod frame;
mod guest;
mod random;
mod raw;
mod server;
pub mod tools;

pub use chat::Chat;
pub use frame::Frame;
pub use guest::Guest;
pub use random::Random;
pub use raw::{Raw, Response, http};
pub use server::{How, Server, TempDir, now, output, sign};

use std::time::Duration;

/// How long a test waits for anything. Long for a person and for a loaded machine:
/// only a test that fails ever waits this long.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// A server that lets everybody talk as fast as they can.
pub const UNPACED: &str = "[limits]\nmessages_per_second = 0\n";

/// The class code of every server here. Its symbols are ones that a code may have.
pub const CLASS_CODE: &str = "GHKM23";

/// Where the server answers, inside a line of its log. The one place that knows.
const LISTENING: &str = "listening on ";
