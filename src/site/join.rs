//! `POST /api/join` and `POST /api/host`: the class code and a name, or the ticket of a host or
//! moderator, become a token.
//!
//! Runs on the connection's thread.

use crate::app::App;
use crate::audit;
use crate::auth::class_code::{Crowded, JoinBounds, Newcomer};
use crate::auth::names::{self, NameError};
use crate::auth::ticket::TicketFor;
use crate::auth::token::Claims;
use crate::chat::classes::{ClassKey, Entered};
use crate::chat::hub::{Applicant, Command, Entry, HubQuery, PATIENCE};
use crate::http::json_body::parse;
use crate::http::refusal::{Refusal, no_random};
use crate::http::response::Response;
use crate::model::role::Role;
use crate::model::time::{seconds_since_boot, unix_millis};
use crate::net::exchange::Body;
use crate::shared::Shared;
use crate::site::token_response;
use crate::support::random;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The lifetime of a token from a ticket, unless the link says another.
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
pub(super) fn join(body: &Body<'_>, address: IpAddr, app: &App) -> Result<Response, Refusal> {
    let shared = &app.shared;
    if !shared.config.join.enabled {
        let message =
            "Joining with a class code is disabled here. Ask your teacher for a personal link.";
        return Err(Refusal::new(403, "join_disabled", message));
    }
    let JoinBody { name, code, device } = parse(body.read()?)?;
    let sane = device.as_deref().filter(|it| it.len() <= MAX_DEVICE);
    let known = sane.map(|device| shared.keys.device_tag(device));
    let Entered { class, generation } = check_code(&code, known.as_deref(), address, app)?;
    let name = match names::check(&name) {
        Ok(name) => name,
        Err(error) => return Ok(bad_name(&error)),
    };
    let device = check_device(device)?;
    let tag = shared.keys.device_tag(&device);
    let sub = shared.keys.guest_sub(&device, &names::key(&name));
    let applicant = Applicant {
        class,
        known: has_joined(class, &sub, generation, app),
        sub: sub.clone(),
        name: name.clone(),
        device: Some(tag.clone()),
    };
    let whisper = check_entry(applicant, shared)?;
    token_response::check_revoked(&sub, shared)?;
    let newcomer = Newcomer {
        sub: &sub,
        device: &tag,
        address,
        generation,
    };
    enter(class, newcomer, app)?;
    let now_ms = unix_millis();
    let claims = Claims {
        sub,
        name,
        whisper: Some(whisper),
        device: Some(tag),
        lesson: Some(generation),
        class: Some(shared.classes.get(class).name.to_string()).filter(|name| !name.is_empty()),
        role: shared.config.join.role,
        exp: now_ms / 1000 + shared.config.join.ttl.as_secs(),
        iat: Some(now_ms / 1000),
        iat_ms: Some(now_ms),
        ..Claims::default()
    };
    Ok(token_response::issue(&claims, Some(device), shared))
}

/// Whether this person has joined the lesson: somebody whose token was lost, or who was removed and is let in again, is not
/// new.
fn has_joined(class: ClassKey, sub: &str, generation: u64, app: &App) -> bool {
    let joins = lock(&app.joins);
    let joins = joins.get(class);
    joins.is_some_and(|joins| joins.knows(sub, generation, Instant::now()))
}

/// Checks the class code. Returns the class that it belongs to.
///
/// Wrong codes are limited by address. The right code is always accepted, because a class may share
/// one address, and a student who guesses must not lock the others out. Only when a program guesses
/// are codes not looked at, except from a device (`tag`) that has joined this lesson.
fn check_code(
    code: &str,
    tag: Option<&str>,
    address: IpAddr,
    app: &App,
) -> Result<Entered, Refusal> {
    let now = Instant::now();
    let classes = &app.shared.classes;
    let (entered, is_short) = (classes.entered(code), classes.has_short_code());
    let mut attempts = lock(&app.attempts);
    let is_known = || {
        let joins = lock(&app.joins);
        let knows = |class: ClassKey, tag: &str| {
            let generation = classes.get(class).lesson().generation;
            let joins = joins.get(class);
            joins.is_some_and(|joins| joins.knows_device(tag, generation, now))
        };
        tag.is_some_and(|tag| classes.iter().any(|(class, _)| knows(class, tag)))
    };
    if let Err(wait) = attempts.may_try(address, is_short, now)
        && !is_known()
    {
        drop(attempts);
        return Err(guessing(wait, &app.shared));
    }
    if let Some(entered) = entered {
        return Ok(entered);
    }
    let counted = attempts.wrong(address, is_short, now);
    drop(attempts);
    audit::at_the_door("wrong_code", "a wrong class code", &app.shared);
    Err(match counted {
        Ok(()) => {
            let message = "That is not the class code. Look at the board again.";
            Refusal::new(403, "wrong_code", message)
        }
        Err(wait) => Refusal::too_many(
            "too_many_attempts",
            "Too many wrong codes. The right code is still accepted.",
            wait,
        ),
    })
}

/// 429 for a code that was not looked at.
fn guessing(wait: Duration, shared: &Shared) -> Refusal {
    let what = "a class code that was not looked at, because a program guesses codes";
    if audit::at_the_door("guessing", what, shared) {
        log::warn!(
            "a program guesses class codes: new devices at its address cannot join until it stops, and \
             those who have joined this lesson can; do not end the lesson before"
        );
    }
    let message = "A program on your network is trying class codes, so that nobody new can join from \
                   there just now. Try again in a moment, and tell your teacher.";
    Refusal::too_many("guessing", message, wait)
}

/// Counts somebody who is about to join, unless too many new people have.
fn enter(class: ClassKey, newcomer: Newcomer<'_>, app: &App) -> Result<(), Refusal> {
    let join = &app.shared.config.join;
    let bounds = JoinBounds {
        names_per_device: join.names_per_device,
        people_per_address: join.people_per_address,
        people: join.people,
        ttl: join.ttl,
    };
    let mut joins = lock(&app.joins);
    let Some(joins) = joins.get_mut(class) else {
        return Err(Refusal::busy());
    };
    let entered = joins.enter(newcomer, &bounds, Instant::now());
    entered.map_err(|crowded| crowded_out(&crowded, &bounds, &app.shared))
}

/// 429 with the bound that is reached, and what to do about it.
fn crowded_out(crowded: &Crowded, bounds: &JoinBounds, shared: &Shared) -> Refusal {
    let JoinBounds {
        names_per_device,
        people_per_address,
        people,
        ..
    } = bounds;
    let (slug, wait, message, key) = match crowded {
        Crowded::Device(wait) => {
            let minutes = wait.as_secs().div_ceil(60);
            let message = format!(
                "This device has joined under {names_per_device} names. Use one of them again, wait \
                 {minutes} min, or ask your teacher."
            );
            ("too_many_names", wait, message, "join.names_per_device")
        }
        Crowded::Address(wait) => {
            let message = format!(
                "{people_per_address} people have joined from your network. Try again later, or \
                 tell your teacher: ending the lesson starts over."
            );
            ("too_many_joins", wait, message, "join.people_per_address")
        }
        Crowded::Lesson(wait) => {
            let message = format!(
                "{people} people have joined this lesson. Tell your teacher: ending the lesson \
                 starts over."
            );
            ("lesson_full", wait, message, "join.people")
        }
    };
    let what = format!("somebody could not join: {key} is reached");
    if audit::at_the_door(slug, &what, shared) {
        log::warn!(
            "{what}; a host who ends the lesson starts over with a new code, and chat.toml can \
             allow more (behind a reverse proxy, server.trusted_proxies tells people apart)"
        );
    }
    Refusal::too_many(slug, message, *wait)
}

fn lock<T>(state: &Mutex<T>) -> MutexGuard<'_, T> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
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

/// Checks that a guest may join. Returns the number of the newest private message.
fn check_entry(applicant: Applicant, shared: &Shared) -> Result<u64, Refusal> {
    if shared.reserved.kept_from(&applicant.name) {
        return Err(reserved_name());
    }
    let ask = |answer| Command::Query(HubQuery::MayJoin { applicant, answer });
    let entry = shared.hub.ask(PATIENCE, ask);
    match entry.ok_or_else(Refusal::busy)? {
        Entry::Open { whisper } => Ok(whisper),
        Entry::NameOfLeader => Err(reserved_name()),
        Entry::DoorClosed => {
            let message = "The door is closed. Your teacher sees that you wait, and can let you in: try again in a \
                           few seconds. If you have joined already, take the same name on the same device.";
            Err(Refusal::new(403, "door_closed", message))
        }
        Entry::NoLesson => {
            let message = "No lesson runs just now, so nobody can join with the class code. Wait until your \
                           teacher starts the next lesson.";
            Err(Refusal::new(403, "no_lesson", message))
        }
        Entry::Removed { reason } => Err(Refusal::new(403, "removed", reason)),
    }
}

/// 400 with the rule that the name breaks: the page has a sentence for each.
fn bad_name(error: &NameError) -> Response {
    #[derive(Serialize)]
    struct Body {
        error: &'static str,
        message: String,
        rule: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        character: Option<String>,
    }
    let body = Body {
        error: "bad_name",
        message: error.to_string(),
        rule: error.slug(),
        character: error.character(),
    };
    Response::json(400, &body)
}

fn reserved_name() -> Refusal {
    let message = "That name is kept for those who lead the class, or looks or reads like one that is: with \
         such a word in brackets, as a title, or with a number. Choose another.";
    Refusal::new(403, "reserved_name", message)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HostBody {
    ticket: String,
    name: Option<String>,
}

/// Answers `POST /api/host`: a one-time ticket becomes a host's or a moderator's token.
pub(super) fn host(body: &[u8], app: &App) -> Result<Response, Refusal> {
    let shared = &app.shared;
    let HostBody { ticket, name } = parse(body)?;
    // The name is checked first, so that a typing error does not spend the ticket.
    let typed = match name.as_deref().map(names::check).transpose() {
        Ok(name) => name,
        Err(error) => return Ok(bad_name(&error)),
    };
    let now = unix_millis() / 1000;
    let redeemed = lock(&app.tickets).redeem(&shared.keys, &ticket, seconds_since_boot());
    let person = redeemed.map_err(|error| {
        let what = format!("a host link that is not valid ({})", error.slug());
        audit::at_the_door("bad_ticket", &what, shared);
        Refusal::new(403, "bad_ticket", error.to_string())
    })?;
    let TicketFor {
        role,
        name,
        rooms,
        ttl,
    } = person;
    let unnamed = match role {
        Role::Host => "Teacher",
        _ => "Assistant",
    };
    let claims = Claims {
        sub: format!("{role}-{}", random::id::<16>().map_err(no_random)?),
        name: name.or(typed).unwrap_or_else(|| unnamed.to_owned()),
        exp: now + ttl.unwrap_or(HOST_TTL.as_secs()),
        role,
        rooms,
        iat: Some(now),
        ..Claims::default()
    };
    audit::login_by_link(&claims, shared);
    Ok(token_response::issue(&claims, None, shared))
}
