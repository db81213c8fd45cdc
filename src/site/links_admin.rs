//! `POST /api/links {add, renew} or {revoke}`: `glassroom link` has the running server keep personal
//! links, or take one away.
//!
//! Runs on the connection's thread. The command makes the secrets and prints them; the server only ever
//! gets their hashes. Only the command line may ask.

use crate::app::App;
use crate::audit;
use crate::auth::links::{Entry, MAX_NUMBER, Outcome, PREFIX};
use crate::auth::names;
use crate::auth::token::Claims;
use crate::chat::hub::{HubQuery, PATIENCE, Report};
use crate::http::head::Head;
use crate::http::json_body::parse;
use crate::http::refusal::Refusal;
use crate::http::response::Response;
use crate::model::text;
use crate::net::exchange::Body;
use crate::shared::Shared;
use crate::site::require;
use crate::store::queue::Note;
use serde::Deserialize;
use serde_json::json;
use std::collections::HashSet;

/// The path.
pub(super) const PATH: &str = "/api/links";

/// The largest body: the links of 2000 pupils, as many as one class list may have.
pub(super) const MAX_BODY: usize = 2 << 20;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LinksBody {
    /// The links of these people.
    #[serde(default)]
    add: Vec<Entry>,
    /// Those who have a link get the new one.
    #[serde(default)]
    renew: bool,
    /// Take away the link of the person of this name.
    #[serde(default)]
    revoke: Option<String>,
}

/// Answers `POST /api/links`.
pub(super) fn answer(head: &Head, body: &Body<'_>, app: &App) -> Result<Response, Refusal> {
    let shared = &app.shared;
    let by = require::command_line(head, shared)?;
    let LinksBody { add, renew, revoke } = parse(body.read()?)?;
    match revoke {
        Some(name) => take_away(&name, &by, shared),
        None => keep(add, renew, &by, shared),
    }
}

fn keep(add: Vec<Entry>, renew: bool, by: &Claims, shared: &Shared) -> Result<Response, Refusal> {
    check(&add)?;
    let made = shared.links.add(add, renew).map_err(|error| {
        log::error!("{error}");
        match error.is_full() {
            true => Refusal::new(409, "too_many_links", error.to_string()),
            false => Refusal::unavailable("storage_unavailable", error.to_string(), 5),
        }
    })?;
    let count = |outcome| made.iter().filter(|(became, _)| *became == outcome).count();
    let (new, renewed) = (count(Outcome::New), count(Outcome::Renewed));
    let what = format!("{new} new, {renewed} renewed");
    let note = audit::personal_links("personal_links", by, None, Some(what), shared);
    let renewed = made
        .iter()
        .filter(|(became, _)| *became == Outcome::Renewed);
    let subs = renewed.map(|(_, sub)| sub.clone()).collect();
    let connections = end(subs, note, shared);
    let made: Vec<&str> = made.iter().map(|(became, _)| became.as_str()).collect();
    let body = json!({"made": made, "connections": connections});
    Ok(Response::json(200, &body))
}

/// The command checks all this and has better words for it; here it guards the file.
fn check(add: &[Entry]) -> Result<(), Refusal> {
    let mut seen = HashSet::new();
    let is_good = |entry: &Entry| {
        let number = entry.number.as_deref().unwrap_or_default();
        let mut rooms = entry.rooms.iter().flatten();
        entry.sub.starts_with(PREFIX)
            && names::check(&entry.name).as_ref() == Ok(&entry.name)
            && number.chars().count() <= MAX_NUMBER
            && rooms.all(|room| text::check_room(room).is_ok())
    };
    let is_bad = |entry: &&Entry| !is_good(entry) || !seen.insert(names::key(&entry.name));
    let mut add = add.iter();
    match add.find(is_bad) {
        None => Ok(()),
        Some(entry) => {
            let message = format!(
                "The link of {:?} has a name, number or room that cannot be.",
                entry.name
            );
            Err(Refusal::bad_request("bad_link", message))
        }
    }
}

fn take_away(name: &str, by: &Claims, shared: &Shared) -> Result<Response, Refusal> {
    let gone = shared.links.revoke(name).map_err(|error| {
        log::error!("{error}");
        Refusal::unavailable("storage_unavailable", error.to_string(), 5)
    })?;
    let Some(gone) = gone else {
        let message = format!("Nobody called {name:?} has a personal link.");
        return Err(Refusal::new(404, "unknown_user", message));
    };
    let note = audit::personal_links("revoke_link", by, Some(&gone), None, shared);
    let connections = end(vec![gone.sub], note, shared);
    Ok(Response::json(
        200,
        &json!({"name": gone.name, "connections": connections}),
    ))
}

/// Notes what was done, and ends everything that goes on with a link that is void now. Returns how many
/// connections; `None`: the hub is busy, and does it as soon as it can.
fn end(subs: Vec<String>, note: Note, shared: &Shared) -> Option<usize> {
    let outside = shared
        .holders
        .reset_where(|sub| subs.iter().any(|gone| gone == sub));
    let notes = vec![note];
    let end = |answer| {
        Report::Query(HubQuery::EndLinks {
            subs,
            notes,
            answer,
        })
    };
    let inside = shared.hub.ask_first(PATIENCE, end)?;
    Some(inside + outside)
}
