//! `POST /api/forget {who}`: a host has the server forget a person, in memory and on the disk.
//!
//! Runs on the connection's thread. It answers when the erasure is on the disk.

use crate::app::App;
use crate::auth::token::Claims;
use crate::chat::hub::{Command, Forget, Forgotten, HubQuery, Mailbox};
use crate::http::head::Head;
use crate::http::json_body;
use crate::http::refusal::Refusal;
use crate::http::response::Response;
use crate::model::event::Author;
use crate::model::role::Role;
use crate::net::exchange::Body;
use crate::shared::Shared;
use crate::site::{feature_routes, require};
use serde::{Deserialize, Serialize};
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

/// How long the answer waits for the disk. The person is erased from memory by then, and the disk
/// continues after it.
const DISK_TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ForgetBody {
    /// A `sub`, an id, or a name.
    who: String,
}

#[derive(Serialize)]
struct Done<'a> {
    forgotten: &'a str,
}

/// Answers the request.
pub(super) fn answer(head: &Head, body: &Body<'_>, app: &App) -> Result<Response, Refusal> {
    let shared = &app.shared;
    let messages = (
        "Only hosts can have the server forget a person.",
        "Your token is for certain rooms, but a person is forgotten in all of them.",
    );
    let host = require::role_everywhere(head, shared, Role::Host, messages)?;
    let ForgetBody { who } = json_body::parse(body.read()?)?;
    let found = feature_routes::stored_people(&who, app)?;
    let by = Arc::new(author(host, app));
    let outcome = forget((who, found, by), &shared.hub, DISK_TIMEOUT)?;
    respond(outcome, app)
}

/// Has the hub forget the person. `None`: it has done so, and the disk has not followed in time.
///
/// # Errors
///
/// 503: the hub did not begin within `patience`, and will not.
fn forget(
    (who, found, by): (String, Vec<Author>, Arc<Author>),
    hub: &Mailbox,
    patience: Duration,
) -> Result<Option<Forgotten>, Refusal> {
    let taken = Arc::new(AtomicBool::new(false));
    let outcome = hub.ask(patience, |answer| {
        Command::Query(HubQuery::Forget(Box::new(Forget {
            who,
            found,
            by,
            taken: Arc::clone(&taken),
            answer,
        })))
    });
    match outcome {
        None if !taken.swap(true, Relaxed) => Err(Refusal::busy()),
        outcome => Ok(outcome),
    }
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

/// Answers with what the hub did; `None` means that the disk has not followed in time.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::inbox::inbox;

    #[test]
    fn nobody_is_forgotten_after_the_host_was_told_that_the_server_is_busy() {
        let (hub, inbox) = inbox();
        let by = Arc::new(Author {
            sub: "h".into(),
            id: "id".into(),
            name: "Max".into(),
            role: Role::Host,
        });
        let refusal = forget(("bo".into(), Vec::new(), by), &hub, Duration::ZERO).unwrap_err();
        assert_eq!((refusal.status, refusal.slug), (503, "busy"));
        let Some(Command::Query(HubQuery::Forget(forget))) = inbox.command() else {
            panic!("the question is in the inbox");
        };
        assert!(forget.taken.load(Relaxed), "the hub would not begin");
    }
}
