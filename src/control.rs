//! Commands on a data directory: a token or links for its server, and a request to the
//! server that is running.
//!
//! The data directory is the authority here: whoever can read the secret in it can sign a host's
//! token.

pub mod cards;
mod error;
mod links;
mod request;
mod revoke;
mod status;

pub use error::ControlError;
pub use links::{
    LinkRequest, MadeLinks, PersonalLink, list_links, one_time_links, or_revoke_link,
    personal_link, revoke_link, roster_links,
};
pub use revoke::{RevokeRequest, forget_revoked, list_revoked, revoke};
pub use status::{Status, status};

use crate::auth::names;
use crate::auth::token::Claims;
use crate::config::Config;
use crate::data_dir;
use crate::model::role::Role;
use crate::model::time::unix_millis;
use crate::support::random;
use request::post_as_host;
use serde_json::json;
use std::time::Duration;

/// The person that a token is for.
#[derive(Debug)]
pub struct TokenRequest {
    /// The name that others see.
    pub name: String,
    /// The person's role.
    pub role: Role,
    /// The lifetime of the token.
    pub ttl: Duration,
    /// The person's `sub`; `None` makes a new person.
    pub sub: Option<String>,
    /// The rooms that the token is valid for; empty means all.
    pub rooms: Vec<String>,
}

/// A signed token.
#[derive(Debug)]
pub struct SignedToken {
    /// The token.
    pub token: String,
    /// What the user should know about the secret.
    pub notices: Vec<String>,
}

/// Signs a token for the server of the data directory, whether or not it is running.
///
/// # Errors
///
/// The server would refuse the token, the data directory does not exist, or the secret cannot be
/// read or created.
pub fn sign_token(config: &Config, request: TokenRequest) -> Result<SignedToken, ControlError> {
    let usage = |error: String| ControlError::Usage(error);
    let name = names::check(&request.name).map_err(|e| usage(format!("--name: {e}")))?;
    let data = &config.server.data;
    if !data.is_dir() {
        let data = data.display();
        return Err(format!(
            "the data directory {data} does not exist: start the server, which creates it, or \
             create it yourself, or name the server's directory with --data"
        )
        .into());
    }
    let (keys, notices) = data_dir::load_keys(config)?;
    let now = unix_millis() / 1000;
    let claims = Claims {
        sub: match request.sub {
            Some(sub) => sub,
            None => format!("person-{}", random::id::<16>()?),
        },
        name,
        exp: now + request.ttl.as_secs(),
        role: request.role,
        rooms: (!request.rooms.is_empty()).then_some(request.rooms),
        iat: Some(now),
        ..Claims::default()
    };
    let token = keys.sign(&claims);
    // A token that the server would refuse is a mistake in the arguments.
    keys.verify(&token, now)
        .map_err(|error| usage(error.to_string()))?;
    Ok(SignedToken { token, notices })
}

/// Asks the running server to forget the person with this name, id or `sub`. Returns the person's
/// name.
///
/// # Errors
///
/// The server does not know the person, or several people had that name; it cannot be reached, does
/// not answer, or cannot erase now.
pub fn forget(config: &Config, person: &str) -> Result<String, ControlError> {
    let (status, answer) = post_as_host(config, "/api/forget", &json!({"who": person}))?;
    let text = |key: &str| answer[key].as_str().unwrap_or_default().to_owned();
    match status {
        200 => Ok(text("forgotten")),
        404 | 409 => Err(ControlError::Usage(text("message"))),
        _ => Err(text("message").into()),
    }
}
