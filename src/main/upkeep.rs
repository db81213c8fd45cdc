//! `glassroom backup`, `restore`, `repair`, and `check --data`: their arguments, and what they print.

use crate::print;
use clap::Args;
use glassroom::config::Config;
use glassroom::control::ControlError;
use glassroom::upkeep;
use std::io;
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

/// Which copy becomes the history.
#[derive(Args)]
pub struct RestoreArgs {
    /// The backup to read
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Put back the secret, class code, links and revoked people of the backup also{n}where the directory has others
    #[arg(long)]
    everything: bool,
}

/// Copies the history.
pub fn backup(config: &Config, args: &BackupArgs) -> Result<(), ControlError> {
    Ok(print_all(
        &upkeep::backup(config, &args.file, args.force)?,
        "",
    )?)
}

/// Puts a backup in the place of the history.
pub fn restore(config: &Config, args: &RestoreArgs) -> Result<(), ControlError> {
    Ok(print_all(
        &upkeep::restore(config, &args.file, args.everything)?,
        "",
    )?)
}

/// Repairs the history.
pub fn repair(config: &Config) -> Result<(), ControlError> {
    Ok(print_all(&upkeep::repair(config)?, "")?)
}

/// Looks for damage. After a configuration, which is TOML, what is found is a comment.
pub fn check(config: &Config, alone: bool) -> Result<(), ControlError> {
    let report = upkeep::check(config)?;
    print_all(&report.lines, if alone { "" } else { "# " })?;
    Ok(report.damage.map_or(Ok(()), Err)?)
}

fn print_all(lines: &[String], mark: &str) -> io::Result<()> {
    let mut lines = lines.iter().map(|line| format!("{mark}{line}"));
    lines.try_for_each(print::line)
}
