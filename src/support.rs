//! Small tools that know nothing of the chat.

pub(crate) mod base32;
pub mod counters;
pub mod id_map;
pub mod log_throttle;
pub mod random;
pub mod threads;
pub mod token_bucket;
