//! What the store's threads report to the hub.

use crate::store::query::StoreAnswer;
use std::sync::Arc;

/// What the store reports to the hub.
#[derive(Debug)]
pub enum StoreReport {
    /// One more transaction is on the disk, and with it every job up to `job`.
    Committed {
        /// The number of the last job in the transaction.
        job: u64,
        /// The number of events in the transaction; its other jobs are notes.
        events: u64,
    },
    /// Commits have begun to fail (`true`) or succeed again (`false`).
    Failing(bool),
    /// The events of a room up to number `last` were erased, because they are older than
    /// `history.keep`.
    Erased {
        /// The room's name.
        room: Arc<str>,
        /// The last number.
        last: u64,
    },
    /// A thread of the store has panicked. Events can no longer be stored, so the server ends.
    Died,
    /// The answer to a query.
    Answer {
        /// The id that the hub gave the query.
        query_id: u64,
        /// The answer; `None` if the history could not be read.
        answer: Option<StoreAnswer>,
    },
}

/// Delivers reports to the hub. The store's threads call it, so it must not wait for the hub.
pub(crate) type Reporter = Arc<dyn Fn(StoreReport) + Send + Sync>;
