//! `glassroom status`: its arguments, and what it prints.

use crate::print;
use clap::Args;
use glassroom::config::Config;
use glassroom::control::{self, ControlError};

/// How to print it.
#[derive(Args)]
pub struct StatusArgs {
    /// Print one JSON object, for a program
    #[arg(long)]
    json: bool,
}

/// Prints what goes on in the running server.
pub fn run(config: &Config, args: &StatusArgs) -> Result<(), ControlError> {
    let status = control::status(config)?;
    if args.json {
        return Ok(print::line(status.json)?);
    }
    Ok(status.lines.iter().try_for_each(print::line)?)
}
