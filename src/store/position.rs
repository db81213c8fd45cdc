//! A place in the log that the nodes of a cluster share.

use serde::{Deserialize, Serialize};

/// A place in the shared log.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Position {
    /// The id of the log. Another one begins when the engine has lost the end of this one.
    pub log: Box<str>,
    /// The number of an entry in it, from 1.
    pub entry: u64,
    /// The term of the primary that wrote it. Two entries with one number differ in this: the engine had lost the first.
    pub term: u64,
}
