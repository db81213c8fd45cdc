//! `glassroom revoke`: refuse every token of a person from now on, with or without a running server.

use crate::auth::revoked::{Choice, Entry, Revocations, Undone, choose};
use crate::auth::token::Keys;
use crate::config::Config;
use crate::control::error::ControlError;
use crate::control::request::post_as_host;
use crate::data_dir::{self, is_running};
use crate::history;
use crate::model::time::unix_millis;
use serde_json::{Value, json};
use std::path::Path;

/// What to do with whom.
#[derive(Debug)]
pub struct RevokeRequest {
    /// The person's name, id or `sub`.
    pub who: String,
    /// It is a `sub`, even if nobody with it has ever been here.
    pub as_sub: bool,
    /// Accept the person's tokens again.
    pub undo: bool,
}

/// Who is revoked, one line for each.
///
/// # Errors
///
/// There is no data directory, or the list cannot be read.
pub fn list_revoked(config: &Config) -> Result<Vec<String>, ControlError> {
    let data = data_directory(config)?;
    let (keys, _) = data_dir::load_keys(config)?;
    let entries = Revocations::open(data, &keys)?.entries();
    let zone = config.history.zone;
    let line = |entry: &Entry| format!("{} since {} UTC{zone}", person(entry), zone.show(entry.at));
    Ok(match &entries[..] {
        [] => vec!["nobody is revoked".into()],
        entries => entries.iter().map(line).collect(),
    })
}

fn data_directory(config: &Config) -> Result<&Path, ControlError> {
    let data = &config.server.data;
    match data.is_dir() {
        true => Ok(data),
        false => {
            let data = data.display();
            let advice = "name the server's directory with --data";
            Err(format!("the data directory {data} does not exist: {advice}").into())
        }
    }
}

/// Revokes a person, or takes that back. Returns the lines to print.
///
/// # Errors
///
/// It is not clear who is meant, there is no data directory, or the list cannot be read or written.
pub fn revoke(config: &Config, request: &RevokeRequest) -> Result<Vec<String>, ControlError> {
    let data = data_directory(config)?;
    let who = &*request.who;
    if is_running(data) {
        return through_the_server(config, request);
    }
    let _lock = data_dir::lock(data)?;
    let (keys, _) = data_dir::load_keys(config)?;
    let list = Revocations::open(data, &keys)?;
    match request.undo {
        true => undo(who, &list, &keys),
        false => {
            let found = history::find_people(config, who)?;
            let chosen = choose(who, request.as_sub, found, &keys, unix_millis());
            let Choice { entry, known } =
                chosen.map_err(|unclear| ControlError::Usage(unclear.to_string()))?;
            let already = list.revoke(entry.clone(), &keys)?;
            Ok(revoked(&entry, known, already, None))
        }
    }
}

/// Drops the name of a person who was forgotten from the list, which no server uses. They stay
/// revoked.
///
/// # Errors
///
/// The list cannot be read or written.
pub fn forget_revoked(config: &Config, sub: &str) -> Result<(), Box<dyn std::error::Error>> {
    let (keys, _) = data_dir::load_keys(config)?;
    let list = Revocations::open(&config.server.data, &keys)?;
    Ok(list.forget_name(sub, &keys)?)
}

/// Takes a person off the list, which no server uses.
fn undo(who: &str, list: &Revocations, keys: &Keys) -> Result<Vec<String>, ControlError> {
    match list.undo(who, keys)? {
        Undone::Done(entry) => Ok(vec![taken_back(&entry)]),
        Undone::Nobody => Err(ControlError::Usage(format!(
            "nobody with the name, id or sub {who:?} is revoked"
        ))),
        Undone::Several(ids) => Err(ControlError::Usage(format!(
            "several revoked people have that name; choose one by id: {}",
            ids.join(", ")
        ))),
    }
}

fn through_the_server(
    config: &Config,
    request: &RevokeRequest,
) -> Result<Vec<String>, ControlError> {
    let body = json!({"who": request.who, "sub": request.as_sub, "undo": request.undo});
    let (status, answer) = post_as_host(config, "/api/revoke", &body)?;
    match status {
        200 => {}
        404 | 409 => return Err(ControlError::Usage(text(&answer, "message"))),
        _ => return Err(text(&answer, "message").into()),
    }
    let entry = Entry {
        sub: text(&answer, "sub"),
        id: text(&answer, "id"),
        name: text(&answer, "name"),
        role: text(&answer, "role").parse().ok(),
        at: answer["at"].as_u64().unwrap_or_default(),
    };
    let is = |key: &str| answer[key] == true;
    Ok(match request.undo {
        true => vec![taken_back(&entry)],
        false => {
            let ended = answer["connections"].as_u64();
            revoked(&entry, is("known"), is("already"), ended)
        }
    })
}

fn text(answer: &Value, key: &str) -> String {
    answer[key].as_str().unwrap_or_default().to_owned()
}

/// What was done. `ended`: the connections that the running server has ended.
fn revoked(entry: &Entry, known: bool, already: bool, ended: Option<u64>) -> Vec<String> {
    let mut lines = Vec::new();
    if !known {
        lines.push(format!(
            "note: nobody with the name, id or sub {:?} was ever here; if you meant somebody's \
             name, look at the spelling, and take this back with --undo",
            entry.sub
        ));
    }
    let person = person(entry);
    let ended = match ended {
        Some(1) => "1 connection ended, and every token of theirs is void".to_owned(),
        Some(n) => format!("{n} connections ended, and every token of theirs is void"),
        None => "every token of theirs is void when the server starts".to_owned(),
    };
    lines.push(match already {
        true => format!("{person} was revoked already: {ended}"),
        false => format!("revoked {person}: {ended}"),
    });
    lines
}

fn taken_back(entry: &Entry) -> String {
    let person = person(entry);
    format!("{person} is not revoked any more: their tokens are accepted as long as they last")
}

/// The person as one line: the name if it is known, and what else there is.
fn person(entry: &Entry) -> String {
    let Entry {
        sub,
        id,
        name,
        role,
        ..
    } = entry;
    let name = match &**name {
        "" => String::new(),
        name => format!("{name} "),
    };
    let role = role.map(|role| format!("{role}, ")).unwrap_or_default();
    format!("{name}({role}id {id}, sub {sub})")
}
