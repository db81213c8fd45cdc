//! `glassroom wire URL`: a WebSocket client for people who want to see the bits, against any
//! server that speaks `ws://`. What `curl -v` is for HTTP.
//!
//! One thread owns the connection's writing half, the annotator and the screen, and takes what
//! comes from two others: one that blocks on the socket, one that blocks on standard input. It is
//! an honest client (it answers Pings and Closes, and fails the connection when the server breaks
//! a rule, RFC 6455 §7.1.7) until it is told not to be.

mod dial;
mod screen;
mod session;
mod typed;

use std::fmt;
use std::io;

/// What to connect to, and how.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct WireArgs {
    /// Where to: ws://HOST:PORT/PATH
    pub url: String,
    /// Send this token as Authorization: Bearer
    #[arg(long, value_name = "JWT")]
    pub token: Option<String>,
    /// Offer this subprotocol, may be repeated
    #[arg(long, value_name = "NAME")]
    pub protocol: Vec<String>,
    /// Add this header line, may be repeated; it replaces one of ours, `Name:` leaves one out
    #[arg(long, value_name = "NAME: VALUE")]
    pub header: Vec<String>,
    /// Claim to be a page of this origin
    #[arg(long, value_name = "ORIGIN")]
    pub origin: Option<String>,
    /// Print one JSON object per line
    #[arg(long)]
    pub json: bool,
}

/// Why it did not work.
#[derive(Debug)]
pub enum WireError {
    /// The arguments make no sense: exit code 2.
    Usage(String),
    /// There was no connection, or it broke: exit code 1.
    Failed(String),
    /// Nobody reads our output any more: nothing to say, and nobody to say it to.
    Unheard,
}

impl fmt::Display for WireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WireError::Usage(message) | WireError::Failed(message) => f.write_str(message),
            WireError::Unheard => f.write_str("the output was closed"),
        }
    }
}

impl std::error::Error for WireError {}

impl From<io::Error> for WireError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => WireError::Unheard,
            _ => WireError::Failed(error.to_string()),
        }
    }
}

/// Connects, talks, and returns when the connection has ended.
///
/// # Errors
///
/// The arguments are wrong, the server cannot be reached or refuses the handshake, or the
/// connection ended without a Close.
pub fn run(args: WireArgs) -> Result<(), WireError> {
    let mut screen = screen::Screen::new(args.json);
    let outcome = dial::dial(&args, &mut screen)
        .and_then(|connection| session::Session::start(connection, screen)?.run());
    match outcome {
        Err(WireError::Unheard) => Ok(()),
        other => other,
    }
}
