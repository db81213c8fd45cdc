//! `glassroom revoke`: refuse every token of a person from now on, with or without a running server.

use crate::auth::links::Links;
use crate::auth::revoked::{COMMAND_LINE, Choice, Entry, Meaning, Revocations, Undone, choose};
use crate::auth::token::Keys;
use crate::config::Config;
use crate::control::error::ControlError;
use crate::control::request::{COMMAND_LINE_NAME, post_as_host};
use crate::data_dir::{self, is_running};
use crate::history;
use crate::model::event::Author;
use crate::model::role::Role;
use crate::model::time::unix_millis;
use crate::store::queue::Audit;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;

/// What to do with whom.
#[derive(Debug)]
pub struct RevokeRequest {
    /// The person's name, id or `sub`.
    pub who: String,
    /// It is a `sub`, even if nobody with it has ever been here.
    pub as_sub: bool,
    /// Everybody of that name is meant.
    pub all: bool,
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
    let zone = config.zone();
    let line = |entry: &Entry| format!("{} since {}", person(entry), zone.show(entry.at));
    Ok(match &entries[..] {
        [] => vec!["nobody is revoked".into()],
        entries => entries.iter().map(line).collect(),
    })
}

pub(super) fn data_directory(config: &Config) -> Result<&Path, ControlError> {
    Ok(data_dir::existing(config)?)
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
    if request.undo {
        return undo(config, (who, request.all), &list, &keys);
    }
    let found = match history::find_people(config, who) {
        // A damaged history keeps nobody from being revoked.
        Err(_) if request.as_sub => Vec::new(),
        found => found?,
    };
    let meaning = Meaning {
        as_sub: request.as_sub,
        all: request.all,
    };
    let chosen = choose(who, meaning, found, &keys, unix_millis());
    let chosen = chosen.map_err(|unclear| ControlError::Usage(unclear.to_string()))?;
    let (mut lines, mut entries) = (Vec::new(), Vec::new());
    for Choice { entry, known } in chosen {
        let already = list.revoke(entry.clone(), &keys)?;
        lines.extend(revoked(&entry, known, already));
        if !already {
            entries.push(noted("revoke", Some(&entry), &keys));
        }
    }
    lines.extend(note(config, entries));
    lines.push("their tokens are void when the server starts".to_owned());
    Ok(lines)
}

/// Drops the name of a person who was forgotten from the list, which no server uses, and their personal
/// link. They stay revoked. Returns what is to be printed: that it could not be noted in the audit log.
///
/// # Errors
///
/// The list cannot be read or written.
pub fn forget_revoked(
    config: &Config,
    sub: &str,
) -> Result<Option<String>, Box<dyn std::error::Error>> {
    let (keys, _) = data_dir::load_keys(config)?;
    let list = Revocations::open(&config.server.data, &keys)?;
    list.forget_name(sub, &keys)?;
    Links::open(&config.server.data)?.forget(sub)?;
    // That somebody was forgotten is noted; who it was would undo it.
    Ok(note(config, vec![noted("forget", None, &keys)]))
}

/// The entry of the audit log that the command line did this.
fn noted(action: &str, target: Option<&Entry>, keys: &Keys) -> Audit {
    let author = |sub: &str, name: &str, role| {
        Arc::new(Author {
            sub: sub.into(),
            id: keys.public_id(sub).into(),
            name: name.into(),
            role,
        })
    };
    Audit {
        at: unix_millis(),
        by: author(COMMAND_LINE, COMMAND_LINE_NAME, Role::Host),
        action: action.into(),
        target: target.map(|entry| author(&entry.sub, &entry.name, entry.role.unwrap_or_default())),
        room: None,
        reason: None,
        until: None,
    }
}

/// Appends to the audit log. What was done stays done if that fails; returns the sentence about it.
fn note(config: &Config, entries: Vec<Audit>) -> Option<String> {
    let failed = history::append_audit(config, entries).err()?;
    Some(format!("note: this is not in the audit log: {failed}"))
}

/// Takes a person off the list, which no server uses.
fn undo(
    config: &Config,
    (who, all): (&str, bool),
    list: &Revocations,
    keys: &Keys,
) -> Result<Vec<String>, ControlError> {
    match list.undo(who, all, keys)? {
        Undone::Done(entries) => {
            let undone = entries.iter();
            let undone = undone.map(|entry| noted("unrevoke", Some(entry), keys));
            let problem = note(config, undone.collect());
            Ok(entries.iter().map(taken_back).chain(problem).collect())
        }
        Undone::Nobody => Err(ControlError::Usage(format!(
            "nobody with the name, id or sub {who:?} is revoked"
        ))),
        Undone::Several(ids) => Err(ControlError::Usage(format!(
            "several revoked people have that name; choose one by id, or take --all: {}",
            ids.join(", ")
        ))),
    }
}

fn through_the_server(
    config: &Config,
    request: &RevokeRequest,
) -> Result<Vec<String>, ControlError> {
    let RevokeRequest {
        who,
        as_sub,
        all,
        undo,
    } = request;
    let body = json!({"who": who, "sub": as_sub, "all": all, "undo": undo});
    let (status, answer) = post_as_host(config, "/api/revoke", &body)?;
    match status {
        200 => {}
        404 | 409 => return Err(ControlError::Usage(text(&answer, "message"))),
        _ => return Err(text(&answer, "message").into()),
    }
    let mut lines = Vec::new();
    for person in answer["people"].as_array().into_iter().flatten() {
        let entry = Entry {
            sub: text(person, "sub"),
            id: text(person, "id"),
            name: text(person, "name"),
            role: text(person, "role").parse().ok(),
            at: person["at"].as_u64().unwrap_or_default(),
        };
        let is = |key: &str| person[key] == true;
        match undo {
            true => lines.push(taken_back(&entry)),
            false => lines.extend(revoked(&entry, is("known"), is("already"))),
        }
    }
    if !undo {
        lines.push(match answer["connections"].as_u64() {
            Some(1) => "1 connection ended; their tokens are void".to_owned(),
            n => {
                let n = n.unwrap_or_default();
                format!("{n} connections ended; their tokens are void")
            }
        });
    }
    Ok(lines)
}

fn text(answer: &Value, key: &str) -> String {
    answer[key].as_str().unwrap_or_default().to_owned()
}

/// What was done.
fn revoked(entry: &Entry, known: bool, already: bool) -> Vec<String> {
    let mut lines = Vec::new();
    if !known {
        lines.push(format!(
            "note: nobody with the name, id or sub {:?} was ever here; if you meant somebody's \
             name, look at the spelling, and take this back with --undo",
            entry.sub
        ));
    }
    let person = person(entry);
    lines.push(match already {
        true => format!("{person} was revoked already"),
        false => format!("revoked {person}"),
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
