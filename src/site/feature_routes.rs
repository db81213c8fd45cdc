//! The routes that not every build has. With the feature `full` they are those of
//! [`crate::site::full`]; without it, the functions of the same names in `minimal.rs` answer none.

use crate::config::Config;

#[cfg(feature = "full")]
pub(super) use crate::site::full::{FULL, api, download, max_body, page, stored_people};
#[cfg(not(feature = "full"))]
pub(super) use crate::site::minimal::{FULL, api, download, max_body, page, stored_people};

/// Whether messages are kept on the disk: this build can, and the configuration says so.
pub(super) fn is_stored(config: &Config) -> bool {
    FULL && config.history.path.is_some()
}
