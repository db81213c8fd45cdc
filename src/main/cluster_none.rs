//! Stands for `cluster.rs` in a build without clusters.

use crate::failure::Failure;
use crate::status;
use glassroom::config::Config;
use glassroom::logger::Logger;

const NONE: &str = "cluster.url is set, and this program was built without clusters: build it with \
                    `cargo build --release --features cluster`, or empty cluster.url";

/// Cannot run a node.
pub fn serve(
    _config: Config,
    _log: &Logger,
    _quiet: bool,
    _prepare: impl FnOnce(&Config) -> Result<(), String>,
) -> Result<(), Failure> {
    Err(Failure::Usage(NONE.into()))
}

/// Knows of no cluster.
pub fn status(_config: &Config) -> Option<status::Cluster> {
    None
}

/// Refuses a configuration with a cluster.
pub fn check(config: &Config) -> Result<(), Failure> {
    match config.cluster.url {
        Some(_) => Err(Failure::Usage(NONE.into())),
        None => Ok(()),
    }
}
