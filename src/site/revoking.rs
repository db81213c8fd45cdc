//! `POST /api/revoke {who, sub?, all?, undo?}`: `glassroom revoke` has the running server refuse every
//! token of a person, or accept them again.
//!
//! Runs on the connection's thread. It answers when the list is on the disk and the person's
//! connections were told to end. Only the command line may ask: a host must not be able to lock
//! out another host.

use crate::app::App;
use crate::audit;
use crate::auth::revoked::{Choice, Entry, Meaning, Unclear, Undone, choose};
use crate::auth::token::Claims;
use crate::chat::hub::{HubQuery, PATIENCE, Report};
use crate::http::head::Head;
use crate::http::json_body;
use crate::http::refusal::Refusal;
use crate::http::response::Response;
use crate::model::time::unix_millis;
use crate::net::exchange::Body;
use crate::shared::Shared;
use crate::site::{feature_routes, require};
use crate::store::queue::Note;
use serde::{Deserialize, Serialize};
use std::sync::PoisonError;

/// The reason in the audit log of a revocation that is not in the list on the disk.
const NOT_WRITTEN: &str = "until the server stops, because the list cannot be written";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RevokeBody {
    /// A `sub`, an id, or a name.
    who: String,
    /// It is a `sub`, even if nobody with it is known.
    #[serde(default)]
    sub: bool,
    /// Everybody of that name is meant.
    #[serde(default)]
    all: bool,
    /// The person is to be taken off the list.
    #[serde(default)]
    undo: bool,
}

#[derive(Serialize)]
struct Done {
    people: Vec<Person>,
    /// How many connections have ended.
    connections: usize,
}

#[derive(Serialize)]
struct Person {
    #[serde(flatten)]
    entry: Entry,
    /// Whether anybody with that `sub`, id or name was ever here.
    known: bool,
    /// Whether they were on the list before.
    already: bool,
}

/// Answers the request.
pub(super) fn answer(head: &Head, body: &Body<'_>, app: &App) -> Result<Response, Refusal> {
    let shared = &app.shared;
    let by = require::command_line(head, shared)?;
    let RevokeBody {
        who,
        sub,
        all,
        undo,
    } = json_body::parse(body.read()?)?;
    let meaning = Meaning { as_sub: sub, all };
    match undo {
        true => take_back(&who, all, &by, shared),
        false => revoke(&who, meaning, &by, app),
    }
}

fn revoke(who: &str, meaning: Meaning, by: &Claims, app: &App) -> Result<Response, Refusal> {
    let shared = &app.shared;
    // A damaged history keeps nobody from being revoked who is here, or whose `sub` is given.
    let (mut found, unreadable) = match feature_routes::stored_people(who, app) {
        Ok(found) => (found, None),
        Err(refusal) => (Vec::new(), Some(refusal)),
    };
    {
        let recent = shared.recent.lock().unwrap_or_else(PoisonError::into_inner);
        found.extend(recent.find(who));
    }
    let people = shared.hub.ask_first(PATIENCE, |answer| {
        let who = who.to_owned();
        Report::Query(HubQuery::WhoIs { who, found, answer })
    });
    let people = people.ok_or_else(Refusal::busy)?;
    let chosen = choose(who, meaning, people, &shared.keys, unix_millis());
    let chosen = chosen.map_err(|unclear| match (&unclear, unreadable) {
        (Unclear::Nobody(_), Some(refusal)) => refusal,
        (Unclear::Nobody(_), None) => Refusal::new(404, "unknown_user", unclear.to_string()),
        (Unclear::Several(_), _) => Refusal::new(409, "several", unclear.to_string()),
        (Unclear::CommandLine, _) => Refusal::new(409, "command_line", unclear.to_string()),
    })?;
    let (people, notes, unwritten_because) = put_on_list(chosen, by, shared);
    let connections = expel(notes, shared);
    match unwritten_because {
        Some(error) => Err(unwritten(&error)),
        None => Ok(Response::json(
            200,
            &Done {
                people,
                connections: connections?,
            },
        )),
    }
}

/// Puts people on the list. Returns those who are revoked now, the entries for the audit log, and what
/// went wrong.
fn put_on_list(
    chosen: Vec<Choice>,
    by: &Claims,
    shared: &Shared,
) -> (Vec<Person>, Vec<Note>, Option<String>) {
    let (mut people, mut notes, mut unwritten_because) = (Vec::new(), Vec::new(), None);
    for Choice { entry, known } in chosen {
        let (already, reason) = match shared.revoked.revoke(entry.clone(), &shared.keys) {
            Ok(already) => (already, None),
            Err(error) => {
                unwritten_because = Some(error.to_string());
                // Even if the disk fails, they are out until the server stops.
                match shared.revoked.covers(&entry.sub, &shared.keys) {
                    true => (false, Some(NOT_WRITTEN)),
                    false => continue,
                }
            }
        };
        if !already {
            notes.push(audit::revocation("revoke", by, &entry, reason, shared));
        }
        people.push(Person {
            entry,
            known,
            already,
        });
    }
    (people, notes, unwritten_because)
}

/// Notes who was revoked, and ends everything that goes on with a token that is void now. Returns how
/// many connections. Both are done for certain, however busy the server is; only the wait is bounded.
fn expel(notes: Vec<Note>, shared: &Shared) -> Result<usize, Refusal> {
    let outside = shared
        .holders
        .reset_where(|sub| shared.revoked.covers(sub, &shared.keys));
    let expel = |answer| Report::Query(HubQuery::Expel { notes, answer });
    match shared.hub.ask_first(PATIENCE, expel) {
        Some(inside) => Ok(inside + outside),
        None => {
            let message = "They are revoked; the server is busy, and ends their connections as \
                           soon as it can.";
            Err(Refusal::unavailable("busy", message, 2))
        }
    }
}

fn take_back(who: &str, all: bool, by: &Claims, shared: &Shared) -> Result<Response, Refusal> {
    let undone = shared.revoked.undo(who, all, &shared.keys);
    match undone.map_err(|error| unwritten(&error.to_string()))? {
        Undone::Done(entries) => {
            let person = |entry: Entry| {
                let note = Box::new(audit::revocation("unrevoke", by, &entry, None, shared));
                shared.hub.report(Report::Query(HubQuery::Keep(note)));
                Person {
                    entry,
                    known: true,
                    already: true,
                }
            };
            let people = entries.into_iter().map(person).collect();
            let done = Done {
                people,
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
                "Several revoked people have that name; choose one by id, or take --all: {}.",
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
