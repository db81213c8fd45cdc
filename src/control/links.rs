//! `glassroom link`: one-time links of hosts and moderators, and personal links of pupils, with or
//! without a running server.
//!
//! The secret of a personal link is made here and shown once; the server and its disk have its hash.

use crate::addresses;
use crate::auth::class_code::Lesson;
use crate::auth::links::{self, Entry, LinkSecret, Links, Outcome};
use crate::auth::names;
use crate::auth::ticket::{self, TicketFor};
use crate::config::Config;
use crate::control::error::ControlError;
use crate::control::request::post_as_host;
use crate::control::revoke::data_directory;
use crate::data_dir::{self, address_file, is_running};
use crate::model::role::Role;
use crate::model::text;
use crate::model::time::{seconds_since_boot, unix_millis};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::time::Duration;

/// Most characters of a ticket: what `POST /api/host` takes.
const MAX_TICKET: usize = 3500;

/// Most mistakes of a class list that are told at once.
const MAX_MISTAKES: usize = 20;

/// The links that are wanted.
#[derive(Debug, Default)]
pub struct LinkRequest {
    /// The rooms that the links are for; empty means all.
    pub rooms: Vec<String>,
    /// How long a token from a link is valid; `None`: the usual time.
    pub ttl: Option<Duration>,
    /// Those who have a link get a new one, and theirs is void.
    pub renew: bool,
    /// The address at which pupils reach the server; `None`: its own addresses.
    pub url: Option<String>,
}

/// A personal link that was made.
#[derive(Debug)]
pub struct PersonalLink {
    /// The number in the class list.
    pub number: Option<String>,
    /// The person's name.
    pub name: String,
    /// The room, if it is for one.
    pub room: Option<String>,
    /// The link, once for each address; the likeliest first.
    pub urls: Vec<String>,
}

/// What `glassroom link` has done.
#[derive(Debug)]
pub struct MadeLinks {
    /// The links that can be shown now.
    pub links: Vec<PersonalLink>,
    /// What else the person who runs the command should know.
    pub notices: Vec<String>,
}

/// Makes a one-time link for a host or moderator, and returns it once for each address of the server.
///
/// # Errors
///
/// The name or a room cannot be, no server is running on the data directory, or its files cannot be
/// read. A link that was made before the server starts would be void, because each start begins a new
/// generation of links.
pub fn one_time_links(
    config: &Config,
    (role, name): (Role, Option<&str>),
    request: &LinkRequest,
) -> Result<Vec<String>, ControlError> {
    checked_url(request.url.as_deref())?;
    let rooms = checked_rooms(&request.rooms)?;
    let name = name.map(checked_name).transpose()?;
    let data = data_dir::existing(config)?;
    // The lesson is read first, so that a directory without permission gives its own error.
    let lesson = Lesson::peek(data)?.filter(|_| is_running(data));
    let lesson = lesson.ok_or_else(|| {
        format!(
            "no server runs on {}, and a link made now would be void when it starts: start it, \
             which prints a link, or name the --data directory of the server that runs",
            data.display()
        )
    })?;
    let (keys, _) = data_dir::load_keys(config)?;
    let person = TicketFor {
        role,
        name,
        rooms,
        ttl: request.ttl.map(|ttl| ttl.as_secs()),
    };
    let ticket = ticket::issue(&keys, &lesson.boot, &person, seconds_since_boot())?;
    if ticket.len() > MAX_TICKET {
        let message = "the link would be too long: name fewer rooms";
        return Err(ControlError::Usage(message.into()));
    }
    // For the audit log. Without an answer the link is good all the same, and its use is noted.
    let _ = post_as_host(config, "/api/host-link", &json!({}));
    let mut fragment = format!("{role}={ticket}");
    if let Some(name) = &person.name {
        fragment += &format!("&name={}", percent_encoded(name));
    }
    Ok(urls(config, request, &fragment))
}

/// Makes the personal link of one person. A link of theirs from before is void then.
///
/// # Errors
///
/// The name or a room cannot be, there is no data directory, or the links cannot be changed.
pub fn personal_link(
    config: &Config,
    name: &str,
    request: &LinkRequest,
) -> Result<MadeLinks, ControlError> {
    let wanted = vec![(None, checked_name(name)?, None)];
    let renewing = LinkRequest {
        renew: true,
        rooms: request.rooms.clone(),
        url: request.url.clone(),
        ttl: request.ttl,
    };
    make(config, wanted, &renewing)
}

/// Makes the personal links of a class list. Who has a link already keeps it, unless that is asked for.
///
/// # Errors
///
/// The file cannot be read, or has mistakes; there is no data directory, or the links cannot be changed.
/// No link is made then.
pub fn roster_links(
    config: &Config,
    file: &Path,
    request: &LinkRequest,
) -> Result<MadeLinks, ControlError> {
    let path = file.display();
    let bytes = fs::read(file).map_err(|error| ControlError::Usage(format!("{path}: {error}")))?;
    let pupils = links::read_roster(&bytes).map_err(|errors| {
        let told = errors.iter().take(MAX_MISTAKES);
        let mut lines: Vec<String> = told.map(|error| format!("{path}: {error}")).collect();
        if let Some(more) = errors.len().checked_sub(MAX_MISTAKES).filter(|n| *n > 0) {
            lines.push(format!("{path}: and {more} more"));
        }
        lines.push("no link was made".to_owned());
        ControlError::Usage(lines.join("\n"))
    })?;
    let wanted = pupils
        .into_iter()
        .map(|pupil| (pupil.number, pupil.name, pupil.room));
    make(config, wanted.collect(), request)
}

/// Makes links for these people: number, name, and room.
fn make(
    config: &Config,
    wanted: Vec<(Option<String>, String, Option<String>)>,
    request: &LinkRequest,
) -> Result<MadeLinks, ControlError> {
    checked_url(request.url.as_deref())?;
    let usual = checked_rooms(&request.rooms)?;
    let now = unix_millis();
    let (mut secrets, mut entries) = (Vec::new(), Vec::new());
    for (number, name, room) in wanted {
        let secret = LinkSecret::random()?;
        let rooms = room.map(|room| vec![room]).or_else(|| usual.clone());
        entries.push(Entry {
            number,
            rooms,
            ttl: request.ttl.map(|ttl| ttl.as_secs()),
            ..secret.entry(name, now)?
        });
        secrets.push(secret);
    }
    let mut notices = unknown_rooms(config, &entries);
    let (outcomes, connections) = add(config, &entries, request.renew)?;
    notices.extend(notices_about(&outcomes, connections));
    let made = entries.into_iter().zip(secrets).zip(outcomes);
    let links = made.filter(|(_, outcome)| outcome != "kept");
    let links = links.map(|((entry, secret), _)| PersonalLink {
        number: entry.number,
        name: entry.name,
        room: entry
            .rooms
            .filter(|rooms| rooms.len() == 1)
            .map(|rooms| rooms.concat()),
        urls: urls(config, request, &format!("link={}", secret.as_str())),
    });
    let links = links.collect();
    Ok(MadeLinks { links, notices })
}

/// What the person who runs the command should know about these outcomes.
fn notices_about(outcomes: &[String], connections: u64) -> Vec<String> {
    let mut notices = Vec::new();
    let made = outcomes.iter().filter(|outcome| **outcome != "kept");
    let (made, all) = (made.count(), outcomes.len());
    if made < all {
        let kept = all - made;
        notices.push(format!(
            "{kept} of {all} people have a link already and keep it; a link cannot be shown again \
             (--renew makes new ones for all, and the old ones are void)"
        ));
    }
    let renewed = outcomes
        .iter()
        .filter(|outcome| **outcome == "renewed")
        .count();
    if renewed > 0 {
        notices.push(format!("links from before that are void now: {renewed}"));
    }
    if connections > 0 {
        notices.push(format!("connections that ended: {connections}"));
    }
    notices
}

/// Has the links kept, by the server if it runs. Returns what became of each, and how many connections
/// have ended.
fn add(
    config: &Config,
    entries: &[Entry],
    renew: bool,
) -> Result<(Vec<String>, u64), ControlError> {
    let data = data_directory(config)?;
    if is_running(data) {
        let answer = post(config, &json!({"add": entries, "renew": renew}))?;
        let made = answer["made"].as_array().into_iter().flatten();
        let made = made.map(|word| word.as_str().unwrap_or_default().to_owned());
        let connections = answer["connections"].as_u64().unwrap_or_default();
        return Ok((made.collect(), connections));
    }
    let _lock = data_dir::lock(data)?;
    let made = Links::open(data)?.add(entries.to_vec(), renew)?;
    let words = made
        .into_iter()
        .map(|(outcome, _): (Outcome, _)| outcome.as_str().to_owned());
    Ok((words.collect(), 0))
}

/// Takes away the personal link of the person of this name. Returns the lines to print.
///
/// # Errors
///
/// Nobody of that name has a link, there is no data directory, or the links cannot be changed.
pub fn revoke_link(config: &Config, name: &str) -> Result<Vec<String>, ControlError> {
    let data = data_directory(config)?;
    let line = |name: &str| format!("revoked the personal link of {name}");
    if is_running(data) {
        let answer = post(config, &json!({"revoke": name}))?;
        let name = answer["name"].as_str().unwrap_or_default();
        let connections = answer["connections"].as_u64().unwrap_or_default();
        return Ok(vec![
            line(name),
            format!("connections that ended: {connections}"),
        ]);
    }
    let _lock = data_dir::lock(data)?;
    match Links::open(data)?.revoke(name)? {
        Some(entry) => Ok(vec![line(&entry.name)]),
        None => Err(ControlError::Usage(format!(
            "nobody called {name:?} has a personal link (--list prints who has)"
        ))),
    }
}

/// Who has a personal link, one line for each, in the order of the class list.
///
/// # Errors
///
/// There is no data directory, or the links cannot be read.
pub fn list_links(config: &Config) -> Result<Vec<String>, ControlError> {
    let entries = Links::open(data_directory(config)?)?.entries();
    let zone = config.zone();
    let line = |entry: &Entry| {
        let number = entry.number.as_deref().unwrap_or("-");
        let rooms = match &entry.rooms {
            None => "all rooms".to_owned(),
            Some(rooms) => rooms.join(", "),
        };
        let since = zone.show(entry.at);
        format!("{number}\t{}\t{rooms}\tsince {since}", entry.name)
    };
    Ok(match &entries[..] {
        [] => vec!["nobody has a personal link".to_owned()],
        entries => entries.iter().map(line).collect(),
    })
}

fn post(config: &Config, body: &Value) -> Result<Value, ControlError> {
    let (status, answer) = post_as_host(config, "/api/links", body)?;
    let message = || answer["message"].as_str().unwrap_or_default().to_owned();
    match status {
        200 => Ok(answer),
        400 | 404 | 409 => Err(ControlError::Usage(message())),
        _ => Err(message().into()),
    }
}

fn checked_name(name: &str) -> Result<String, ControlError> {
    names::check(name).map_err(|error| ControlError::Usage(format!("--name: {error}")))
}

/// The address that pupils reach the server at, if another than its own is wanted.
fn checked_url(url: Option<&str>) -> Result<(), ControlError> {
    let is_address = |url: &str| url.starts_with("http://") || url.starts_with("https://");
    match url {
        Some(url) if !is_address(url) || url.contains('#') => Err(ControlError::Usage(format!(
            "--url {url:?}: an address begins with http:// or https:// and has no #"
        ))),
        _ => Ok(()),
    }
}

fn checked_rooms(rooms: &[String]) -> Result<Option<Vec<String>>, ControlError> {
    for room in rooms {
        let checked = text::check_room(room);
        checked.map_err(|rule| ControlError::Usage(format!("--room {room:?}: {rule}")))?;
    }
    Ok((!rooms.is_empty()).then(|| rooms.to_vec()))
}

/// A notice for each room that the configuration does not have: it may be a slip of the pen.
fn unknown_rooms(config: &Config, entries: &[Entry]) -> Vec<String> {
    let mut rooms: Vec<&String> = entries
        .iter()
        .flat_map(|e| e.rooms.iter().flatten())
        .collect();
    rooms.sort();
    rooms.dedup();
    rooms.retain(|room| !config.rooms.list.contains(room));
    let notice = |room: &String| {
        format!("chat.toml has no room {room:?} in rooms.list: a host has to create it")
    };
    rooms.into_iter().map(notice).collect()
}

/// The link with this fragment, for each address of the server.
fn urls(config: &Config, request: &LinkRequest, fragment: &str) -> Vec<String> {
    if let Some(url) = &request.url {
        return vec![format!("{}/#{fragment}", url.trim_end_matches('/'))];
    }
    // The server notes its real address, which the configuration lacks after --listen or port 0.
    let listening = fs::read_to_string(address_file(&config.server.data)).ok();
    let listening = listening.and_then(|text| text.trim().parse().ok());
    let addresses = addresses::reachable(listening.unwrap_or(config.server.listen));
    let link = |address| format!("http://{address}/#{fragment}");
    addresses.into_iter().map(link).collect()
}

/// Percent-encodes (RFC 3986 §2.1) everything but letters and digits.
fn percent_encoded(text: &str) -> String {
    let encode = |byte: u8| match byte.is_ascii_alphanumeric() {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}
/// The error of a command that does not know a person, and what to do if they have a personal link: nobody has
/// come in with it yet.
pub fn or_revoke_link(config: &Config, name: &str, error: ControlError) -> ControlError {
    let ControlError::Usage(text) = error else {
        return error;
    };
    let links = Links::open(&config.server.data).map(|links| links.entries());
    let has_link = links.is_ok_and(|links| links.iter().any(|link| link.name == name));
    let hint = match has_link {
        true => format!(
            ". There is a personal link for {name:?}, which nobody has used: \
             `glassroom link --revoke {name:?}` takes it away"
        ),
        false => String::new(),
    };
    ControlError::Usage(format!("{}{hint}", text.trim_end_matches('.')))
}
