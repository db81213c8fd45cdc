//! `POST /api/demo`: a token for the demo identity, whose connection a host shows to the class.
//! Nobody's private messages appear on that connection, and a host may watch it.

use crate::auth::token::Claims;
use crate::chat::hub::DEMO;
use crate::http::head::Head;
use crate::http::refusal::{Refusal, no_random};
use crate::http::response::Response;
use crate::model::role::Role;
use crate::model::time::unix_millis;
use crate::shared::Shared;
use crate::site::{require, token_response};
use crate::support::random;
use std::time::Duration;

/// The lifetime of the token.
const DEMO_TTL: Duration = Duration::from_secs(2 * 3600);

/// Answers the request.
pub(super) fn answer(head: &Head, shared: &Shared) -> Result<Response, Refusal> {
    let message = "Only hosts can show a demo connection.";
    let host = require::role(head, shared, Role::Host, message)?;
    // If the host is revoked, the demo identity is void, too.
    let id = shared.keys.public_id(&host.sub);
    let now = unix_millis() / 1000;
    let claims = Claims {
        sub: format!("{DEMO}{id}-{}", random::id::<16>().map_err(no_random)?),
        name: "Demo".into(),
        exp: now + DEMO_TTL.as_secs(),
        role: Role::Member,
        // The token is not valid for more rooms than the host's own.
        rooms: host.rooms,
        iat: Some(now),
        ..Claims::default()
    };
    Ok(token_response::issue(&claims, None, shared))
}
