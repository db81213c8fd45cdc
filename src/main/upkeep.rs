//! `glassroom backup`, `repair`, and `check --data`: their arguments, and what they print.

use clap::Args;
use glassroom::config::Config;
use glassroom::control::ControlError;
use glassroom::upkeep;
use std::path::PathBuf;

/// Where a copy of the history goes.
#[derive(Args)]
pub struct BackupArgs {
    /// The file to write
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Replace FILE if it exists
    #[arg(long)]
    force: bool,
}

/// Copies the history.
pub fn backup(config: &Config, args: &BackupArgs) -> Result<(), ControlError> {
    print(&upkeep::backup(config, &args.file, args.force)?, "");
    Ok(())
}

/// Repairs the history.
pub fn repair(config: &Config) -> Result<(), ControlError> {
    print(&upkeep::repair(config)?, "");
    Ok(())
}

/// Looks for damage. After a configuration, which is TOML, what is found is a comment.
pub fn check(config: &Config, alone: bool) -> Result<(), ControlError> {
    let report = upkeep::check(config)?;
    print(&report.lines, if alone { "" } else { "# " });
    Ok(report.damage.map_or(Ok(()), Err)?)
}

fn print(lines: &[String], mark: &str) {
    lines.iter().for_each(|line| println!("{mark}{line}"));
}
