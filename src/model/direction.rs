//! Which end of a connection sent something.

use serde::Serialize;

/// Who sent something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub(crate) enum Direction {
    /// From the client to the server: masked.
    #[serde(rename = "client")]
    FromClient,
    /// From the server to the client: not masked.
    #[serde(rename = "server")]
    FromServer,
}

impl Direction {
    /// The other end.
    pub(crate) const fn other(self) -> Direction {
        match self {
            Direction::FromClient => Direction::FromServer,
            Direction::FromServer => Direction::FromClient,
        }
    }

    /// `client` or `server`.
    pub(crate) const fn sender(self) -> &'static str {
        match self {
            Direction::FromClient => "client",
            Direction::FromServer => "server",
        }
    }
}
