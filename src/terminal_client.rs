//! `glassroom wire URL`: a WebSocket client that shows every bit, for any `ws://` server. It is to
//! WebSocket what `curl -v` is to HTTP.
//!
//! One thread does everything and waits with `poll` for the socket and for standard input, so the
//! order of what is shown is the order in which it was read and sent. The client obeys RFC 6455 unless
//! the person makes it break a rule: it answers Pings and Closes, and fails the connection when the
//! server breaks a rule (§7.1.7).

mod args;
mod capture;
mod dial;
mod duties;
mod ending;
mod error;
mod exam;
mod input;
mod pcapng;
mod screen;
mod session;
mod tcp_segments;
mod typed;

pub use args::WireArgs;
pub use error::WireError;

/// Connects, and returns when the connection has ended.
///
/// # Errors
///
/// The arguments are wrong, the server cannot be reached, refuses the handshake or breaks a rule, or
/// the connection did not end with a Close of both ends.
pub fn run(args: WireArgs) -> Result<(), WireError> {
    heard(match args.exam.exam {
        true => exam::run(&args),
        false => talk(&args),
    })
}

/// Lets a person talk to the server.
fn talk(args: &WireArgs) -> Result<(), WireError> {
    let mut screen = screen::Screen::new(args.json);
    let mut capture = capture::Capture::create(args.pcapng.as_deref())?;
    let connection = match dial::dial(args, &mut screen, &mut capture) {
        Ok(connection) => connection,
        Err(WireError::Failed(why)) if args.json => {
            screen.end(None, Some(&why))?;
            return Err(WireError::Failed(why));
        }
        Err(error) => return Err(error),
    };
    session::Session::start(connection, screen, capture)?.run()
}

/// When nobody reads the output any more, there is nothing left to do.
fn heard(outcome: Result<(), WireError>) -> Result<(), WireError> {
    match outcome {
        Err(WireError::OutputClosed) => Ok(()),
        other => other,
    }
}
