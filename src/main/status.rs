//! `glassroom status`: its arguments, and what it prints.

use crate::print;
use clap::Args;
use glassroom::config::Config;
use glassroom::control::{self, ControlError};
use serde_json::Value;

/// How to print it.
#[derive(Args)]
pub struct StatusArgs {
    /// Print one JSON object, for a program
    #[arg(long)]
    json: bool,
}

/// What the cluster of the server is like: one object for a program, and rows with their names for a person.
pub type Cluster = (Value, Vec<(&'static str, String)>);

/// Prints what goes on in the running server. What is known of its cluster is printed even if the server does not answer.
pub fn run(
    config: &Config,
    args: &StatusArgs,
    cluster: Option<Cluster>,
) -> Result<(), ControlError> {
    let status = control::status(config);
    let (json, rows) = cluster.unwrap_or_default();
    if args.json {
        let mut all = status?.json;
        if !json.is_null() {
            all["cluster"] = json;
        }
        return Ok(print::line(all)?);
    }
    for (name, words) in rows {
        print::line(format_args!("{name:<12} {words}"))?;
    }
    Ok(status?.lines.iter().try_for_each(print::line)?)
}
