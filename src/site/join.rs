//! `POST /api/join` and `POST /api/host`: the class code and a name, or a host's ticket, become a
//! token.
//!
//! Runs on the connection's thread.

use crate::app::App;
use crate::auth::names::{self, NameError};
use crate::auth::token::Claims;
use crate::chat::hub::{Command, Entry, HubQuery, PATIENCE};
use crate::http::json_body::parse;
use crate::http::refusal::{Refusal, no_random};
use crate::http::response::Response;
use crate::model::role::Role;
use crate::model::time::unix_millis;
use crate::shared::Shared;
use crate::site::token_response;
use crate::support::random;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

/// The lifetime of a host's token from a ticket.
const HOST_TTL: Duration = Duration::from_secs(12 * 3600);

/// The longest device id that a page may send.
const MAX_DEVICE: usize = 64;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct JoinBody {
    name: String,
    code: String,
    device: Option<String>,
}

/// Answers `POST /api/join`: a name and the class code become a guest's token.
pub(super) fn join(body: &[u8], address: IpAddr, app: &App) -> Result<Response, Refusal> {
    let shared = &app.shared;
    if !shared.config.join.enabled {
        let message = "Joining with a class code is disabled here. Ask for a token.";
        return Err(Refusal::new(403, "join_disabled", message));
    }
    let JoinBody { name, code, device } = parse(body)?;
    let generation = check_code(&code, address, app)?;
    let name = match names::check(&name) {
        Ok(name) => name,
        Err(error) => return Ok(bad_name(&error)),
    };
    let device = check_device(device)?;
    let tag = shared.keys.device_tag(&device);
    check_entry(&name, &tag, shared)?;
    let sub = shared.keys.guest_sub(&device, &names::key(&name));
    if shared.revoked.covers(&sub, &shared.keys) {
        let message = "Whoever runs this server has revoked you. Ask them if that is a mistake.";
        return Err(Refusal::new(403, "revoked", message));
    }
    let now = unix_millis() / 1000;
    let claims = Claims {
        sub,
        name,
        exp: now + shared.config.join.ttl.as_secs(),
        role: shared.config.join.role,
        iat: Some(now),
        device: Some(tag),
        lesson: Some(generation),
        ..Claims::default()
    };
    Ok(token_response::issue(&claims, Some(device), shared))
}

/// Checks the class code. Returns the generation of guest tokens that it belongs to.
///
/// Wrong codes are limited by address. The right code is always accepted, because a class may share
/// one address, and a student who guesses must not lock the others out.
fn check_code(code: &str, address: IpAddr, app: &App) -> Result<u64, Refusal> {
    {
        let lesson = app.shared.lesson.read();
        let lesson = lesson.unwrap_or_else(PoisonError::into_inner);
        if lesson.code.matches(code) {
            return Ok(lesson.generation);
        }
    }
    let mut attempts = app.attempts.lock().unwrap_or_else(PoisonError::into_inner);
    Err(match attempts.wrong(address, Instant::now()) {
        Ok(()) => {
            let message = "That is not the class code. Look at the board again.";
            Refusal::new(403, "wrong_code", message)
        }
        Err(wait) => Refusal::too_many(
            "too_many_attempts",
            "Too many wrong codes from your address. The right code is still accepted.",
            wait.as_secs().max(1),
        ),
    })
}

/// Checks the device id, or makes one for a page that has none.
fn check_device(device: Option<String>) -> Result<String, Refusal> {
    match device.filter(|device| !device.is_empty()) {
        Some(device) if device.len() > MAX_DEVICE || device.contains(|c: char| c.is_control()) => {
            let message = "`device` is at most 64 bytes without control characters.";
            Err(Refusal::bad_request("bad_device", message))
        }
        Some(device) => Ok(device),
        None => random::id::<16>().map_err(no_random),
    }
}

/// Checks that a guest with this name and device may join.
fn check_entry(name: &str, device: &str, shared: &Shared) -> Result<(), Refusal> {
    if shared.reserved.matches(name) {
        return Err(reserved_name());
    }
    let entry = shared.hub.ask(PATIENCE, |answer| {
        Command::Query(HubQuery::MayJoin {
            name: name.to_owned(),
            device: Some(device.to_owned()),
            answer,
        })
    });
    match entry.ok_or_else(Refusal::busy)? {
        Entry::Open => Ok(()),
        Entry::NameOfLeader => Err(reserved_name()),
        Entry::Removed { reason, .. } => Err(Refusal::new(403, "removed", reason)),
    }
}

/// 400 with the rule that the name breaks: the page has a sentence for each.
fn bad_name(error: &NameError) -> Response {
    #[derive(Serialize)]
    struct Body {
        error: &'static str,
        message: String,
        rule: &'static str,
    }
    let body = Body {
        error: "bad_name",
        message: error.to_string(),
        rule: error.slug(),
    };
    Response::json(400, &body)
}

fn reserved_name() -> Refusal {
    let message =
        "That name belongs to a host or moderator of this room, or looks like it. Choose another.";
    Refusal::new(403, "reserved_name", message)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HostBody {
    ticket: String,
    name: Option<String>,
}

/// Answers `POST /api/host`: a one-time ticket becomes a host's token.
pub(super) fn host(body: &[u8], app: &App) -> Result<Response, Refusal> {
    let shared = &app.shared;
    let HostBody { ticket, name } = parse(body)?;
    // The name is checked first, so that a typing error does not spend the ticket.
    let name = match names::check(name.as_deref().unwrap_or("Teacher")) {
        Ok(name) => name,
        Err(error) => return Ok(bad_name(&error)),
    };
    let now = unix_millis() / 1000;
    let mut tickets = app.tickets.lock().unwrap_or_else(PoisonError::into_inner);
    tickets
        .redeem(&shared.keys, &ticket, now)
        .map_err(|error| Refusal::new(403, "bad_ticket", error.to_string()))?;
    drop(tickets);
    let claims = Claims {
        sub: format!("host-{}", random::id::<16>().map_err(no_random)?),
        name,
        exp: now + HOST_TTL.as_secs(),
        role: Role::Host,
        iat: Some(now),
        ..Claims::default()
    };
    Ok(token_response::issue(&claims, None, shared))
}
