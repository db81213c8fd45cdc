//! `POST /api/link {secret}`: the secret of a personal link becomes a token of the present lesson.
//!
//! Runs on the connection's thread.

use crate::app::App;
use crate::audit;
use crate::auth::links::Entry as Link;
use crate::auth::token::Claims;
use crate::chat::classes::ClassKey;
use crate::chat::grant::Reach;
use crate::chat::hub::{Applicant, Command, Entry, HubQuery, PATIENCE};
use crate::http::json_body::parse;
use crate::http::refusal::Refusal;
use crate::http::response::Response;
use crate::model::role::Role;
use crate::model::time::unix_millis;
use crate::shared::Shared;
use crate::site::token_response;
use serde::Deserialize;
use std::net::IpAddr;
use std::sync::PoisonError;
use std::time::Instant;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LinkBody {
    secret: String,
}

/// Answers `POST /api/link`.
pub(super) fn enter(body: &[u8], address: IpAddr, app: &App) -> Result<Response, Refusal> {
    let shared = &app.shared;
    let LinkBody { secret } = parse(body)?;
    let link = shared.links.with_secret(&secret);
    let link = link.ok_or_else(|| wrong_secret(address, app))?;
    token_response::check_revoked(&link.sub, shared)?;
    let (class, mut claims) = claims_of(link, shared);
    claims.whisper = check_entry(class, &claims, shared)?;
    Ok(token_response::issue(&claims, None, shared))
}

/// Counts a wrong secret. A right one is always accepted: a class may share one address. Unlike a class
/// code, a secret of 128 bits cannot be found by trying, however fast.
fn wrong_secret(address: IpAddr, app: &App) -> Refusal {
    let mut attempts = app
        .link_attempts
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    let counted = attempts.wrong(address, false, Instant::now());
    drop(attempts);
    audit::at_the_door("bad_link", "a personal link that is not valid", &app.shared);
    match counted {
        Ok(()) => {
            let message = "This personal link is not complete, or is not valid any more. Ask your \
                           teacher for a new one.";
            Refusal::new(403, "bad_link", message)
        }
        Err(wait) => Refusal::too_many(
            "too_many_wrong_links",
            "Too many wrong links. A right one is still accepted.",
            wait,
        ),
    }
}

/// The token is one of the present lesson, as a guest's is. `jti` says which link it came from.
fn claims_of(link: Link, shared: &Shared) -> (ClassKey, Claims) {
    let now_ms = unix_millis();
    let now = now_ms / 1000;
    let mut claims = Claims {
        sub: link.sub,
        name: link.name,
        exp: now + link.ttl.unwrap_or(shared.config.join.ttl.as_secs()),
        role: Role::Member,
        rooms: link.rooms,
        iat: Some(now),
        iat_ms: Some(now_ms),
        jti: Some(link.id),
        ..Claims::default()
    };
    // A link without rooms is for the first class.
    let class = shared.classes.of(&claims).unwrap_or_default();
    let class_of_link = shared.classes.get(class);
    claims.lesson = Some(class_of_link.lesson().generation);
    claims.class = Some(class_of_link.name.to_string()).filter(|name| !name.is_empty());
    (class, claims)
}

/// Checks that they may come in. Returns the number of the newest private message.
fn check_entry(class: ClassKey, claims: &Claims, shared: &Shared) -> Result<Option<u64>, Refusal> {
    let entry = shared.hub.ask(PATIENCE, |answer| {
        Command::Query(HubQuery::MayEnter {
            applicant: Applicant {
                class,
                sub: claims.sub.clone(),
                name: claims.name.clone(),
                device: None,
                known: false,
            },
            reach: Reach::of(claims.rooms.as_deref()),
            answer,
        })
    });
    match entry.ok_or_else(Refusal::busy)? {
        Entry::Open { whisper } => Ok(Some(whisper)),
        Entry::NameOfLeader => Ok(None),
        Entry::DoorClosed => {
            let message = "The door is closed. Your teacher sees that you wait, and can let you in: try again in a \
                           few seconds. If you have joined already, go back to the page where you did.";
            Err(Refusal::new(403, "door_closed", message))
        }
        Entry::NoLesson => {
            let message =
                "No lesson runs now. Ask your teacher to start it, then open your link again.";
            Err(Refusal::new(403, "no_lesson", message))
        }
        Entry::Removed { reason } => Err(Refusal::new(403, "removed", reason)),
    }
}
