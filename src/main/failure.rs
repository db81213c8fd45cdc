//! Why a command failed; each variant has its exit code.

use std::error::Error;
use std::fmt;

/// Why a command failed.
pub enum Failure {
    /// It failed while it ran: 1.
    Run(Box<dyn Error>),
    /// The arguments or the configuration are wrong: 2.
    Usage(String),
}

impl<E: Into<Box<dyn Error>>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Run(error.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Run(error) => error.fmt(f),
            Self::Usage(message) => f.write_str(message),
        }
    }
}
