//! `glassroom status`: its arguments, and what it prints.

use crate::print;
use clap::Args;
use glassroom::config::Config;
use glassroom::control::{self, ControlError};
use serde_json::{Value, json};

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
        let known = !json.is_null();
        let mut all = status
            .as_ref()
            .map_or_else(|_| json!({}), |it| it.json.clone());
        if known {
            all["cluster"] = json;
        }
        if known || status.is_ok() {
            print::line(all)?;
        }
        return status.map(drop);
    }
    for (name, words) in rows {
        print::line(format_args!("{name:<12} {words}"))?;
    }
    Ok(status?.lines.iter().try_for_each(print::line)?)
}
