//! What a command prints on standard output.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write, stdout};

/// Prints a line. A reader that has gone, such as `head`, has what it wanted.
///
/// # Errors
///
/// The output takes no more, because a disk is full, for example.
pub fn line(text: impl Display) -> io::Result<()> {
    match writeln!(stdout(), "{text}") {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}
