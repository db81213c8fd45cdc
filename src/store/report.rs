//! What the store's threads tell the hub.

use crate::store::query::StoreAnswer;
use std::sync::Arc;

/// What the store tells the hub.
#[derive(Debug)]
pub enum Report {
    /// One more transaction is on the disk, and with it every job up to `job`.
    Committed {
        /// The last job in it.
        job: u64,
        /// How many events are in it; the other jobs are notes.
        events: u64,
    },
    /// The disk fails from here on, or works again.
    Failing(bool),
    /// A thread of the store has panicked: what is broadcast can no longer be kept.
    Died,
    /// What became of a question.
    Answer {
        /// Its number.
        ticket: u64,
        /// The answer; `None`: it could not be read.
        answer: Option<StoreAnswer>,
    },
}

/// How the hub is told; called on the store's threads.
pub type Reporter = Arc<dyn Fn(Report) + Send + Sync>;
