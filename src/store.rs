//! The hub's side of the store: the queue of jobs, the queries with their answers, the reports of
//! what was committed, and the state that the hub starts with.
//!
//! Every build has this folder. It holds values and channels only: no file, no database, and no
//! thread of its own. [`crate::sqlite`] is the other side and keeps everything in one file. A build
//! without that has no store, and the hub is given none.

pub(crate) mod opened;
pub(crate) mod position;
pub(crate) mod query;
pub(crate) mod queue;
pub(crate) mod record;
pub(crate) mod report;
pub(crate) mod shared_log;
pub(crate) mod whisper;
