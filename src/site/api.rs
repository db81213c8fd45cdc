//! The HTTP API: joining with a class code, exchanging a host's ticket, asking about a session.
//!
//! Runs on the connection's thread. Nothing trusts where a request comes from: the lab and a
//! reverse proxy both come from this machine.

use crate::app::App;
use crate::auth::names::{self, NameError};
use crate::auth::token::Claims;
use crate::authenticate::{holder, present};
use crate::chat::hub::{Command, DEMO, Entry, HubQuery, PATIENCE};
use crate::config::Keep;
use crate::http::head::Head;
use crate::http::json_body::parse;
use crate::http::refusal::Refusal;
use crate::http::refusal::no_random;
use crate::http::response::Response;
use crate::lab;
use crate::metrics;
use crate::model::role::Role;
use crate::model::time::unix_millis;
use crate::shared::Shared;
use crate::site::forgetting;
use crate::site::poster;
use crate::support::random;
use crate::tasks::listing;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

/// How long a host's token from a ticket is good.
const HOST_TTL: Duration = Duration::from_secs(12 * 3600);
/// How long a demo identity's is.
const DEMO_TTL: Duration = Duration::from_secs(2 * 3600);
/// Longest device id that a page may send.
const MAX_DEVICE: usize = 64;

/// Whether a path belongs to the API.
pub fn answers(path: &str) -> bool {
    path.starts_with("/api/") || matches!(path, "/healthz" | "/metrics")
}

/// Answers a request for a path of the API.
pub fn answer(head: &Head, body: &[u8], address: IpAddr, app: &App) -> Result<Response, Refusal> {
    let shared = &app.shared;
    let get = |answer: &dyn Fn(&Head, &Shared) -> Result<Response, Refusal>| match &*head.method {
        "GET" | "HEAD" => answer(head, shared),
        _ => Err(Refusal::method_not_allowed("GET, HEAD")),
    };
    match &*head.path {
        "/healthz" => get(&|_, _| Ok(Response::new(200, "text/plain", &b"ok\n"[..]))),
        "/metrics" => get(&metrics),
        "/api/room" => get(&room),
        "/api/session" => get(&session),
        "/api/join.svg" => get(&poster::answer),
        "/api/lab" => lab::answer(head, body, shared, &app.experimenters),
        "/api/tasks" => get(&|head, shared| listing::answer(head, shared, &app.students)),
        "/api/join" if head.method == "POST" => join(body, address, app),
        "/api/host" if head.method == "POST" => host(body, app),
        "/api/demo" if head.method == "POST" => demo(head, shared),
        "/api/forget" if head.method == "POST" => forgetting::forget(head, body, app),
        "/api/join" | "/api/host" | "/api/demo" | "/api/forget" => {
            Err(Refusal::method_not_allowed("POST"))
        }
        _ => Err(Refusal::not_found()),
    }
}

#[derive(Serialize)]
struct User<'a> {
    id: String,
    name: &'a str,
    role: Role,
}

impl<'a> User<'a> {
    fn of(claims: &'a Claims, shared: &Shared) -> Self {
        Self {
            id: shared.keys.public_id(&claims.sub),
            name: &claims.name,
            role: claims.role,
        }
    }
}

/// What the join form shows before anybody has a token.
fn room(_: &Head, shared: &Shared) -> Result<Response, Refusal> {
    #[derive(Serialize)]
    struct Room<'a> {
        title: &'a str,
        version: &'static str,
        join: JoinForm,
        default_room: &'a str,
    }
    #[derive(Serialize)]
    struct JoinForm {
        enabled: bool,
        /// Whether what is said is stored at all.
        stored: bool,
        /// For how long: 0 until the lesson ends, absent for ever.
        #[serde(skip_serializing_if = "Option::is_none")]
        keep_seconds: Option<u64>,
        /// Whether people have a while to change what they said.
        edit_window_seconds: u64,
    }
    let config = &shared.config;
    let stored = config.history.path.is_some();
    let keep_seconds = match config.history.keep {
        Keep::Lesson => Some(0),
        Keep::For(time) => Some(time.as_secs()),
        Keep::Forever => None,
    };
    let room = Room {
        title: &config.server.title,
        version: env!("CARGO_PKG_VERSION"),
        join: JoinForm {
            enabled: config.join.enabled,
            stored,
            keep_seconds: keep_seconds.filter(|_| stored),
            edit_window_seconds: config.history.edit_window.as_secs(),
        },
        default_room: &config.rooms.default,
    };
    Ok(Response::json(200, &room))
}

/// A browser hides why a handshake failed, so the page asks here first.
fn session(head: &Head, shared: &Shared) -> Result<Response, Refusal> {
    #[derive(Serialize)]
    struct Session<'a> {
        user: User<'a>,
        expires_at: u64,
    }
    let claims = present(head, shared)?;
    let expires_at = claims.exp * 1000;
    let user = User::of(&claims, shared);
    Ok(Response::json(200, &Session { user, expires_at }))
}

/// What a monitoring system reads.
fn metrics(head: &Head, shared: &Shared) -> Result<Response, Refusal> {
    if !shared.config.metrics.public && holder(head, shared)?.role < Role::Host {
        return Err(Refusal::new(
            403,
            "hosts_only",
            "Only hosts see these numbers.",
        ));
    }
    let text = metrics::text(shared, unix_millis());
    Ok(Response::new(
        200,
        "text/plain; version=0.0.4",
        text.into_bytes(),
    ))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Join {
    name: String,
    code: String,
    device: Option<String>,
}

#[derive(Serialize)]
struct Joined<'a> {
    token: String,
    user: User<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<String>,
    expires_at: u64,
}

/// A name and the class code become a guest's token.
fn join(body: &[u8], address: IpAddr, app: &App) -> Result<Response, Refusal> {
    let shared = &app.shared;
    let config = &shared.config.join;
    if !config.enabled {
        return Err(Refusal::new(
            403,
            "join_disabled",
            "Nobody joins with a class code here; ask for a token.",
        ));
    }
    let Join { name, code, device } = parse(body)?;
    let (right, generation) = {
        let lesson = shared.lesson.read().unwrap_or_else(PoisonError::into_inner);
        (lesson.code.matches(&code), lesson.generation)
    };
    // A wrong code is limited, a right one never: whoever guesses must not lock out a class that
    // shares an address with them.
    if !right {
        let mut attempts = app.attempts.lock().unwrap_or_else(PoisonError::into_inner);
        return Err(match attempts.wrong(address, Instant::now()) {
            Ok(()) => Refusal::new(
                403,
                "wrong_code",
                "That is not the class code. Look at the board again.",
            ),
            Err(wait) => Refusal::too_many(
                "too_many_attempts",
                "Too many wrong codes from your address. The right one is still taken.",
                wait.as_secs().max(1),
            ),
        });
    }
    let name = match names::check(&name) {
        Ok(name) => name,
        Err(error) => return Ok(bad_name(&error)),
    };
    let device = match device.filter(|device| !device.is_empty()) {
        Some(device) if device.len() > MAX_DEVICE || device.contains(|c: char| c.is_control()) => {
            return Err(Refusal::bad_request(
                "bad_device",
                "`device` is at most 64 bytes of plain text.",
            ));
        }
        Some(device) => device,
        None => random::id::<16>().map_err(no_random)?,
    };
    let tag = shared.keys.device_tag(&device);
    if shared.reserved.matches(&name) {
        return Err(reserved_name());
    }
    match ask_hub(&name, &tag, shared)? {
        Entry::Open => {}
        Entry::NameOfLeader => return Err(reserved_name()),
        Entry::Removed { reason, .. } => return Err(Refusal::new(403, "removed", reason)),
    }
    let now = unix_millis() / 1000;
    let claims = Claims {
        sub: shared.keys.guest_sub(&device, &names::key(&name)),
        name,
        exp: now + config.ttl.as_secs(),
        role: config.role,
        iat: Some(now),
        device: Some(tag),
        lesson: Some(generation),
        ..Claims::default()
    };
    Ok(token(&claims, Some(device), shared))
}

fn ask_hub(name: &str, device: &str, shared: &Shared) -> Result<Entry, Refusal> {
    let entry = shared.hub.ask(PATIENCE, |answer| {
        Command::HubQuery(HubQuery::MayJoin {
            name: name.to_owned(),
            device: Some(device.to_owned()),
            answer,
        })
    });
    let busy = || Refusal::unavailable("busy", "The server is busy. Try again in a moment.", 2);
    entry.ok_or_else(busy)
}

/// 400 with the rule that was broken: the page has a sentence for each.
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
        "That name belongs to the people who lead this room, or looks like theirs. Take your own.";
    Refusal::new(403, "reserved_name", message)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Host {
    ticket: String,
    name: Option<String>,
}

/// A one-time ticket becomes a host's token.
fn host(body: &[u8], app: &App) -> Result<Response, Refusal> {
    let shared = &app.shared;
    let Host { ticket, name } = parse(body)?;
    // The name first: a ticket must not be spent on a typing error.
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
    Ok(token(&claims, None, shared))
}

/// A token for the wall: whatever its connection shows is nobody's private message. Its host may
/// watch it.
fn demo(head: &Head, shared: &Shared) -> Result<Response, Refusal> {
    let host = holder(head, shared)?;
    if host.role < Role::Host {
        let message = "Only hosts show a demo connection.";
        return Err(Refusal::new(403, "hosts_only", message));
    }
    let now = unix_millis() / 1000;
    let claims = Claims {
        sub: format!("{DEMO}{}", random::id::<16>().map_err(no_random)?),
        name: "Demo".into(),
        exp: now + DEMO_TTL.as_secs(),
        role: Role::Member,
        // Nobody makes a token that opens more doors than their own.
        rooms: host.rooms,
        iat: Some(now),
        ..Claims::default()
    };
    Ok(token(&claims, None, shared))
}

fn token(claims: &Claims, device: Option<String>, shared: &Shared) -> Response {
    let token = shared.keys.sign(claims);
    let user = User::of(claims, shared);
    Response::json(
        201,
        &Joined {
            token,
            user,
            device,
            expires_at: claims.exp * 1000,
        },
    )
}
