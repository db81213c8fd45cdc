//! The refused handshakes of a build without the feature `full`, which keeps none. `refused.rs` is the
//! real one.

use crate::net::client::Client;

/// Nobody's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Key;

impl Key {
    /// The key of everything.
    pub(crate) fn of(_token: &str) -> Self {
        Self
    }
}

/// No attempts.
#[derive(Debug, Default)]
pub struct Refused {}

impl Refused {
    /// Does nothing.
    pub(crate) fn note(&self, _key: Option<Key>, _client: &Client, _answer: &[u8]) {}
}
