//! `glassroom wire URL`: a WebSocket client that shows every bit, for any `ws://` server. It is to
//! WebSocket what `curl -v` is to HTTP.
//!
//! One thread owns the connection's writing half, the annotator and the screen. Two others send to
//! it: one blocks on the socket, one on standard input. The client obeys RFC 6455 unless the person
//! makes it break a rule: it answers Pings and Closes, and fails the connection when the server breaks
//! a rule (§7.1.7).

mod args;
mod dial;
mod error;
mod exam;
mod screen;
mod session;
mod typed;

pub use args::WireArgs;
pub use error::WireError;

/// Connects, and returns when the connection has ended.
///
/// # Errors
///
/// The arguments are wrong, the server cannot be reached or refuses the handshake, or the
/// connection ended without a Close.
pub fn run(args: WireArgs) -> Result<(), WireError> {
    let outcome = match args.exam.exam {
        true => exam::run(&args),
        false => talk(&args),
    };
    match outcome {
        Err(WireError::OutputClosed) => Ok(()),
        other => other,
    }
}

/// Lets a person talk to the server.
fn talk(args: &WireArgs) -> Result<(), WireError> {
    let mut screen = screen::Screen::new(args.json);
    let connection = dial::dial(args, &mut screen)?;
    session::Session::start(connection, screen)?.run()
}
