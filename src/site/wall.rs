//! `POST /api/wall {room}`: a token for the screen that a whole class sees.
//!
//! Runs on the connection's thread. Its holder only reads, in one room, and is a demo identity: nobody's
//! private messages reach its connection, so that they cannot be shown by mistake. The token ends with the
//! lesson, like a guest's.

use crate::auth::token::Claims;
use crate::banner;
use crate::chat::grant::Grant;
use crate::chat::hub::DEMO;
use crate::http::head::Head;
use crate::http::json_body::parse;
use crate::http::refusal::{Refusal, no_random};
use crate::http::response::Response;
use crate::model::role::Role;
use crate::model::time::unix_millis;
use crate::shared::Shared;
use crate::site::require;
use crate::support::random;
use crate::{addresses, model::text};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The longest lifetime of the token. The page of the wall asks for another one.
const WALL_TTL: Duration = Duration::from_secs(2 * 3600);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WallBody {
    room: String,
}

/// The token, and how to join.
#[derive(Serialize)]
struct Answer {
    token: String,
    expires_at: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    class_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    join_url: Option<String>,
}

/// Answers the request.
pub(super) fn answer(head: &Head, body: &[u8], shared: &Shared) -> Result<Response, Refusal> {
    let message = "Only hosts and moderators can open the wall.";
    let by = require::role(head, shared, Role::Moderator, message)?;
    let WallBody { room } = parse(body)?;
    let grant = Grant::of(&by);
    if text::check_room(&room).is_err() || !grant.reach.covers(&room) {
        let message = "Your token is for certain rooms, and this one is not among them.";
        return Err(Refusal::new(403, "other_room", message));
    }
    let class = shared.classes.of_room(&room);
    let class = class.map(|class| shared.classes.get(class));
    let now = unix_millis() / 1000;
    // If the host is revoked, the wall is void, too.
    let id = shared.keys.public_id(&by.sub);
    let claims = Claims {
        sub: format!("{DEMO}{id}-{}", random::id::<16>().map_err(no_random)?),
        name: "Wall".into(),
        exp: by.exp.min(now + WALL_TTL.as_secs()),
        role: Role::Observer,
        rooms: Some(vec![room]),
        iat: Some(now),
        lesson: class.map(|class| class.lesson().generation),
        class: class
            .map(|class| class.name.to_string())
            .filter(|name| !name.is_empty()),
        ..Claims::default()
    };
    // The code opens all rooms of the class.
    let class = class.filter(|class| class.is_led_by(&grant) && shared.config.join.enabled);
    let answer = Answer {
        token: shared.keys.sign(&claims),
        expires_at: claims.exp * 1000,
        class_code: class.map(|class| class.code().to_string()),
        join_url: class.map(|_| banner::join_url(&addresses::reachable(shared.address))),
    };
    Ok(Response::json(201, &answer))
}
