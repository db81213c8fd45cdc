//! `glassroom revoke`: its arguments, and what it prints.

use crate::print;
use clap::Args;
use glassroom::config::Config;
use glassroom::control::{self, ControlError, RevokeRequest};

/// What to do with whom.
#[derive(Args)]
pub struct RevokeArgs {
    /// The person's name, id or `sub`
    #[arg(value_name = "WHO", required_unless_present = "list")]
    who: Option<String>,
    /// WHO is the `sub` of a token, even if nobody with it has ever been here
    #[arg(long, conflicts_with_all = ["undo", "list"])]
    sub: bool,
    /// Everybody who had that name: a host is another person with each new link
    #[arg(long, conflicts_with_all = ["sub", "list"])]
    all: bool,
    /// Accept the person's tokens again
    #[arg(long, conflicts_with = "list")]
    undo: bool,
    /// Print who is revoked
    #[arg(long, conflicts_with = "who")]
    list: bool,
}

/// Revokes a person, takes that back, or prints who is revoked.
pub fn run(config: &Config, args: RevokeArgs) -> Result<(), ControlError> {
    let lines = match args.who {
        None => control::list_revoked(config)?,
        Some(who) => {
            let request = RevokeRequest {
                who,
                as_sub: args.sub,
                all: args.all,
                undo: args.undo,
            };
            control::revoke(config, &request)
                .map_err(|error| control::or_revoke_link(config, &request.who, error))?
        }
    };
    Ok(lines.iter().try_for_each(print::line)?)
}
