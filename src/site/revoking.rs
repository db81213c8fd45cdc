//! `POST /api/revoke {who, sub?, undo?}`: `glassroom revoke` has the running server refuse every
//! token of a person, or accept them again.
//!
//! Runs on the connection's thread. It answers when the list is on the disk and the person's
//! connections were told to end. Only the command line may ask: a host must not be able to lock
//! out another host.

use crate::audit;
use crate::auth::revoked::{Choice, Entry, Unclear, Undone, choose};
use crate::auth::token::Claims;
use crate::chat::hub::{Command, HubQuery, PATIENCE};
use crate::http::head::Head;
use crate::http::json_body;
use crate::http::refusal::Refusal;
use crate::http::response::Response;
use crate::model::time::unix_millis;
use crate::shared::Shared;
use crate::site::{feature_routes, require};
use serde::{Deserialize, Serialize};
use std::sync::PoisonError;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    /// A `sub`, an id, or a name.
    who: String,
    /// It is a `sub`, even if nobody with it is known.
    #[serde(default)]
    sub: bool,
    /// The person is to be taken off the list.
    #[serde(default)]
    undo: bool,
}

#[derive(Serialize)]
struct Done<'a> {
    #[serde(flatten)]
    person: &'a Entry,
    /// Whether anybody with that `sub`, id or name was ever here.
    known: bool,
    /// Whether they were on the list before.
    already: bool,
    /// How many of their connections have ended.
    connections: usize,
}

/// Answers the request.
pub(super) fn answer(head: &Head, body: &[u8], shared: &Shared) -> Result<Response, Refusal> {
    let by = require::command_line(head, shared)?;
    let Body { who, sub, undo } = json_body::parse(body)?;
    match undo {
        true => take_back(&who, &by, shared),
        false => revoke(&who, sub, &by, shared),
    }
}

fn revoke(who: &str, as_sub: bool, by: &Claims, shared: &Shared) -> Result<Response, Refusal> {
    let mut found = feature_routes::stored_people(who, shared)?;
    {
        let recent = shared.recent.lock().unwrap_or_else(PoisonError::into_inner);
        found.extend(recent.find(who));
    }
    let people = shared.hub.ask(PATIENCE, |answer| {
        let who = who.to_owned();
        Command::Query(HubQuery::WhoIs { who, found, answer })
    });
    let people = people.ok_or_else(Refusal::busy)?;
    let chosen = choose(who, as_sub, people, &shared.keys, unix_millis());
    let Choice { entry, known } = chosen.map_err(|unclear| {
        let message = unclear.to_string();
        match unclear {
            Unclear::Nobody(_) => Refusal::new(404, "unknown_user", message),
            Unclear::Several(_) => Refusal::new(409, "several", message),
            Unclear::CommandLine => Refusal::new(409, "command_line", message),
        }
    })?;
    let written = shared.revoked.revoke(entry.clone(), &shared.keys);
    // Even if the disk fails, they are out until the server stops.
    let connections = expel(shared)?;
    audit::revocation("revoke", by, &entry, shared);
    let already = written.map_err(|error| unwritten(&error.to_string()))?;
    let done = Done {
        person: &entry,
        known,
        already,
        connections,
    };
    Ok(Response::json(200, &done))
}

/// Ends everything that goes on with a token that is void now. Returns how many connections.
fn expel(shared: &Shared) -> Result<usize, Refusal> {
    let outside = shared
        .holders
        .reset_where(|sub| shared.revoked.covers(sub, &shared.keys));
    let expel = |answer| Command::Query(HubQuery::Expel { answer });
    match shared.hub.ask(PATIENCE, expel) {
        Some(inside) => Ok(inside + outside),
        None => {
            let message = "They are revoked; the server is busy, and ends their connections as \
                           soon as it can.";
            Err(Refusal::unavailable("busy", message, 2))
        }
    }
}

fn take_back(who: &str, by: &Claims, shared: &Shared) -> Result<Response, Refusal> {
    let undone = shared.revoked.undo(who, &shared.keys);
    match undone.map_err(|error| unwritten(&error.to_string()))? {
        Undone::Done(person) => {
            audit::revocation("unrevoke", by, &person, shared);
            let done = Done {
                person: &person,
                known: true,
                already: true,
                connections: 0,
            };
            Ok(Response::json(200, &done))
        }
        Undone::Nobody => {
            let message = format!("Nobody with the name, id or sub {who:?} is revoked.");
            Err(Refusal::new(404, "unknown_user", message))
        }
        Undone::Several(ids) => {
            let message = format!(
                "Several revoked people have that name; choose one by id: {}.",
                ids.join(", ")
            );
            Err(Refusal::new(409, "several", message))
        }
    }
}

fn unwritten(error: &str) -> Refusal {
    log::error!("{error}");
    Refusal::unavailable("storage_unavailable", error.to_owned(), 5)
}
