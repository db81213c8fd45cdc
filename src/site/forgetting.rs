//! `POST /api/forget {who}`: a host has the server forget a person, in memory and on the disk.
//!
//! Runs on the connection's thread. It answers when the erasure is on the disk.

use crate::app::App;
use crate::auth::token::Claims;
use crate::chat::hub::{Command, Forget, Forgotten, HubQuery};
use crate::http::head::Head;
use crate::http::json_body;
use crate::http::refusal::Refusal;
use crate::http::response::Response;
use crate::model::event::Author;
use crate::model::role::Role;
use crate::shared::Shared;
use crate::site::{feature_routes, require};
use serde::{Deserialize, Serialize};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

/// How long the answer waits for the disk. The person is erased from memory by then, and the disk
/// continues after it.
const DISK_TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    /// A `sub`, an id, or a name.
    who: String,
}

#[derive(Serialize)]
struct Done<'a> {
    forgotten: &'a str,
}

/// Answers the request.
pub(super) fn answer(head: &Head, body: &[u8], app: &App) -> Result<Response, Refusal> {
    let shared = &app.shared;
    let message = "Only hosts can have the server forget a person.";
    let host = require::role(head, shared, Role::Host, message)?;
    if host.rooms.is_some() {
        let message = "Your token is for certain rooms, but a person is forgotten in all of them.";
        return Err(Refusal::new(403, "other_room", message));
    }
    let Body { who } = json_body::parse(body)?;
    let found = feature_routes::stored_people(&who, shared)?;
    let by = Arc::new(author(host, app));
    let outcome = shared.hub.ask(DISK_TIMEOUT, |answer| {
        Command::Query(HubQuery::Forget(Box::new(Forget {
            who,
            found,
            by,
            answer,
        })))
    });
    respond(outcome, app)
}

/// The host, as the author of an audit entry.
fn author(host: Claims, app: &App) -> Author {
    Author {
        id: app.shared.keys.public_id(&host.sub).into(),
        sub: host.sub.into(),
        name: host.name.into(),
        role: host.role,
    }
}

/// Answers with what the hub did; `None` means that it has not answered in time.
fn respond(outcome: Option<Forgotten>, app: &App) -> Result<Response, Refusal> {
    match outcome {
        Some(Forgotten::Done(Author { sub, name, .. })) => {
            app.forget(&sub);
            let Shared {
                revoked,
                recent,
                keys,
                ..
            } = &*app.shared;
            let mut recent = recent.lock().unwrap_or_else(PoisonError::into_inner);
            recent.forget(&sub);
            drop(recent);
            if let Err(error) = revoked.forget_name(&sub, keys) {
                log::error!("a name stays in the list of revoked people: {error}");
            }
            Ok(Response::json(200, &Done { forgotten: &name }))
        }
        Some(Forgotten::Nobody) => {
            let message = "Nobody with that name or id was ever here.";
            Err(Refusal::new(404, "unknown_user", message))
        }
        Some(Forgotten::Several(ids)) => {
            let ids = ids.join(", ");
            let message = format!("Several people had that name; choose one by id: {ids}.");
            Err(Refusal::new(409, "several", message))
        }
        Some(Forgotten::Unavailable(seconds)) => {
            let message = "Nothing can be erased just now, because the disk fails. Try again.";
            Err(Refusal::unavailable(
                "storage_unavailable",
                message,
                seconds,
            ))
        }
        None => {
            let message =
                "The person is erased from memory, and from the disk as soon as it works.";
            Err(Refusal::unavailable("storage_unavailable", message, 5))
        }
    }
}
