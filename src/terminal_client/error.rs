//! Why `glassroom wire` ends with an error.

use std::fmt;
use std::io;

/// Why the command failed.
#[derive(Debug)]
pub enum WireError {
    /// The arguments make no sense: exit code 2.
    Usage(String),
    /// The connection could not be opened, or broke: exit code 1.
    Failed(String),
    /// Standard output was closed, so there is nowhere to report anything.
    OutputClosed,
}

impl fmt::Display for WireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WireError::Usage(message) | WireError::Failed(message) => f.write_str(message),
            WireError::OutputClosed => f.write_str("the output was closed"),
        }
    }
}

impl std::error::Error for WireError {}

impl From<io::Error> for WireError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => WireError::OutputClosed,
            _ => WireError::Failed(error.to_string()),
        }
    }
}
