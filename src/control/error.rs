//! Why a command on a data directory failed.

use std::error::Error;

/// Why a command failed.
#[derive(Debug)]
pub enum ControlError {
    /// The arguments are wrong.
    Usage(String),
    /// The command failed while it ran.
    Failed(Box<dyn Error>),
}

impl<E: Into<Box<dyn Error>>> From<E> for ControlError {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}
