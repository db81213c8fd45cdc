//! The output of a command: the result goes to standard output, and notices for the person who runs it
//! go to standard error.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write, stderr, stdout};

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

/// Writes a line to the terminal, if it is still there: `eprintln` would panic where it was closed.
pub fn tell(line: impl Display) {
    let _ = writeln!(stderr(), "{line}");
}
