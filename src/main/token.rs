//! `glassroom token`: its arguments, and what it prints.

use crate::print;
use clap::Args;
use glassroom::config::Config;
use glassroom::config::units::parse_duration;
use glassroom::control::{self, ControlError, TokenRequest};
use glassroom::model::role::Role;
use std::time::Duration;

/// The person that the token is for.
#[derive(Args)]
pub struct TokenArgs {
    /// The name that others see
    #[arg(long)]
    name: String,
    /// observer, member, moderator or host
    #[arg(long, default_value = "member")]
    role: Role,
    /// The lifetime of the token: 30s, 10m, 8h, 30d
    #[arg(long, default_value = "8h", value_parser = parse_duration)]
    ttl: Duration,
    /// The id of a person [default: a new person]
    #[arg(long, value_name = "ID")]
    sub: Option<String>,
    /// A room that the token is valid for, may be repeated [default: all rooms]
    #[arg(long, value_name = "ROOM")]
    room: Vec<String>,
}

/// Prints a token.
pub fn print(config: &Config, args: TokenArgs) -> Result<(), ControlError> {
    let request = TokenRequest {
        name: args.name,
        role: args.role,
        ttl: args.ttl,
        sub: args.sub,
        rooms: args.room,
    };
    let signed = control::sign_token(config, request)?;
    for notice in signed.notices {
        print::tell(format_args!("glassroom: {notice}"));
    }
    Ok(print::line(signed.token)?)
}
