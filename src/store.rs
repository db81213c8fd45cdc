//! The store as the hub sees it: the queue of what is to be kept, questions and answers, and the
//! values that it starts with.
//!
//! Nothing here knows where things are kept. [`crate::sqlite`] keeps them in one file; a build
//! without it has no store, and the hub is given none.

pub mod opened;
pub mod query;
pub mod queue;
pub mod report;
