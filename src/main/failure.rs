//! Why a command failed; each variant has its exit code.

use std::error::Error;

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
