//! Small tools that know nothing of the chat.

pub(crate) mod base32;
pub(crate) mod counters;
pub(crate) mod debts;
pub(crate) mod histogram;
pub(crate) mod id_map;
pub(crate) mod local_zone;
pub(crate) mod lock_file;
pub(crate) mod log_throttle;
pub(crate) mod pace;
pub(crate) mod places;
pub(crate) mod private_file;
pub(crate) mod random;
#[cfg(test)]
pub(crate) mod scratch;
pub(crate) mod tallies;
pub(crate) mod threads;
pub(crate) mod token_bucket;
