//! `POST /api/send {room, text, reply_to?, ref?}`: a message from a program that keeps no connection.
//!
//! Runs on the connection's thread. To the hub the request is a connection that says one thing: every rule of
//! the chat holds for it without being written twice, from the token to the disk. The two talk through a pair of
//! sockets in this process, so the hub never waits for the program. Nobody sees the program come or go.

use crate::app::App;
use crate::authenticate::present;
use crate::chat::hub::{Arrival, Command};
use crate::chat::message::{ErrorCode, RequestError};
use crate::http::head::Head;
use crate::http::json_body::parse;
use crate::http::refusal::{Refusal, no_random};
use crate::http::response::Response;
use crate::model::ids::ClientId;
use crate::net::exchange::Body;
use crate::net::local_peer::{Heard, LocalPeer};
use crate::shared::Shared;
use crate::support::random;
use crate::websocket::close::{self, Code};
use serde_json::{Map, Value};
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

/// Time for the hub and the disk.
const PATIENCE: Duration = Duration::from_secs(5);

/// The HTTP status of each error of the chat that a message can get (RFC 9110 §15.5, §15.6.4; RFC 6585 §4). The
/// slug stays as it is.
const STATUSES: [(ErrorCode, u16); 16] = [
    (ErrorCode::BadMessage, 400),
    (ErrorCode::Unauthorized, 401),
    (ErrorCode::Forbidden, 403),
    (ErrorCode::Muted, 403),
    (ErrorCode::Removed, 403),
    (ErrorCode::Locked, 403),
    (ErrorCode::NoLesson, 403),
    (ErrorCode::Rejected, 403),
    (ErrorCode::UnknownRoom, 404),
    (ErrorCode::NotFound, 404),
    (ErrorCode::RefReused, 409),
    (ErrorCode::TooLong, 413),
    (ErrorCode::RateLimited, 429),
    (ErrorCode::SlowMode, 429),
    (ErrorCode::AwaitingApproval, 429),
    (ErrorCode::StorageUnavailable, 503),
];

/// Answers the request: 201 with what the `ack` says, 202 if the message waits for approval.
pub(super) fn answer(head: &Head, body: &Body<'_>, app: &App) -> Result<Response, Refusal> {
    let shared = &app.shared;
    let claims = present(head, shared)?;
    let mut send: Map<String, Value> = parse(body.read()?)?;
    if send.insert("type".into(), "send".into()).is_some() {
        let message = "This path only sends messages: leave `type` out.";
        return Err(Refusal::bad_request("bad_message", message));
    }
    let repeatable = send.get("ref").is_some_and(|own| !own.is_null());
    if !repeatable {
        // Without one there would be no ack.
        let own = random::id::<10>().map_err(no_random)?;
        send.insert("ref".into(), own.into());
    }
    let _place = app.posts.take(&claims.sub).map_err(|_| Refusal::busy())?;
    let send = Value::Object(send).to_string();
    let id = ClientId::new(shared.next_id.fetch_add(1, Relaxed));
    let peer = LocalPeer::new(id).map_err(|_| Refusal::busy())?;
    let (peer, client) = peer;
    let visit = Visit { peer, id, shared };
    let arrival = Arrival {
        client,
        claims,
        handshake: Vec::new(),
        enter_default: false,
        hears_of_rooms: false,
        only_posts: true,
    };
    let envelope = shared.parser.parse(&send, &|_| {
        Err(RequestError::new(ErrorCode::Unauthorized, "No token here."))
    });
    shared.hub.send(Command::Connect(Box::new(arrival)));
    shared.hub.send(Command::Request(id, envelope));
    visit.answer().unwrap_or_else(|| Err(unknown(repeatable)))
}

/// Ends the hub's side of the connection with the request.
struct Visit<'a> {
    peer: LocalPeer,
    id: ClientId,
    shared: &'a Shared,
}

impl Drop for Visit<'_> {
    fn drop(&mut self) {
        self.shared.hub.send(Command::End(self.id, None));
    }
}

impl Visit<'_> {
    /// Waits for the answer to the request; `None` if none comes.
    fn answer(mut self) -> Option<Result<Response, Refusal>> {
        let until = Instant::now() + PATIENCE;
        loop {
            match self.peer.next(until) {
                Heard::Text(text) => {
                    if let Some(answer) = read(&text) {
                        return Some(answer);
                    }
                }
                Heard::Closed(code, reason) => return closed(code, reason).map(Err),
                Heard::Nothing => return None,
            }
        }
    }
}

/// The answer, if this message of the hub is one.
fn read(text: &str) -> Option<Result<Response, Refusal>> {
    let mut said: Map<String, Value> = serde_json::from_str(text).ok()?;
    match said.remove("type")?.as_str()? {
        "ack" => {
            let status = if said.contains_key("pending") {
                202
            } else {
                201
            };
            Some(Ok(Response::json(status, &said)))
        }
        "error" => Some(Err(refused(&said))),
        _ => None,
    }
}

fn refused(said: &Map<String, Value>) -> Refusal {
    let text = |name: &str| said.get(name).and_then(Value::as_str).unwrap_or_default();
    let code = text("code");
    let known = STATUSES.iter().find(|(known, _)| known.slug() == code);
    let (known, status) = *known.unwrap_or(&(ErrorCode::Forbidden, 403));
    let refusal = Refusal::new(status, known.slug(), text("message").to_owned());
    match said.get("retry_after").and_then(Value::as_u64) {
        Some(seconds) => refusal.with("Retry-After", seconds.to_string()),
        None => refusal,
    }
}

/// The hub does not let the holder of the token in, or no longer. `None`: it says nothing of the message.
fn closed(code: u16, reason: String) -> Option<Refusal> {
    let is = |other: Code| code == u16::from(other);
    if is(Code::FLOODING) {
        let slug = ErrorCode::RateLimited.slug();
        Some(Refusal::new(429, slug, reason).with("Retry-After", "10"))
    } else if is(Code::POLICY) {
        let slug = if reason == close::OLD_LESSON {
            "token_old_lesson"
        } else {
            "token_revoked"
        };
        Some(Refusal::new(401, slug, reason).with("WWW-Authenticate", "Bearer"))
    } else if is(Code::LESSON_ENDED) {
        Some(Refusal::new(403, ErrorCode::NoLesson.slug(), reason))
    } else if is(Code::KICKED) || is(Code::BANNED) {
        Some(Refusal::new(403, ErrorCode::Removed.slug(), reason))
    } else {
        None
    }
}

/// The message may have been sent, and may not.
fn unknown(repeatable: bool) -> Refusal {
    let message = match repeatable {
        true => {
            "The server did not answer in time, and the message may have been sent. Send it again with the same \
             `ref`: it appears once."
        }
        false => {
            "The server did not answer in time, and the message may have been sent. Look before you send it \
             again. With a `ref` of your own, it could be repeated and would appear once."
        }
    };
    Refusal::unavailable("busy", message, 2)
}
