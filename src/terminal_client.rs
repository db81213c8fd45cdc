//! `glassroom wire URL`: a WebSocket client for people who want to see the bits, against any
//! server that speaks `ws://`. What `curl -v` is for HTTP.
//!
//! One thread owns the connection's writing half, the annotator and the screen, and takes what
//! comes from two others: one that blocks on the socket, one that blocks on standard input. It is
//! an honest client (it answers Pings and Closes, and fails the connection when the server breaks
//! a rule, RFC 6455 §7.1.7) until it is told not to be.

mod args;
mod dial;
mod error;
mod screen;
mod session;
mod typed;

pub use args::WireArgs;
pub use error::WireError;

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
        Err(WireError::OutputClosed) => Ok(()),
        other => other,
    }
}
