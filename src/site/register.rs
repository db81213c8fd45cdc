//! `GET /api/attendance` and `GET /api/audit`: what those who lead look up in the middle of a lesson. For the
//! page; the files of `downloads.rs` are for keeping.
//!
//! Runs on the connection's thread, with the reading connections of short queries.

use crate::app::App;
use crate::chat::grant::Grant;
use crate::http::head::Head;
use crate::http::refusal::Refusal;
use crate::http::response::Response;
use crate::model::role::Role;
use crate::model::time::unix_millis;
use crate::site::require;
use crate::sqlite::readers::ReadError;
use crate::sqlite::register::{self, AuditScope};
use std::str::FromStr;

/// Answers with who came to the lesson, in the rooms that the token leads.
pub(super) fn attendance(head: &Head, app: &App) -> Result<Response, Refusal> {
    let message = "Only those who lead see who came.";
    let leader = require::role(head, &app.shared, Role::Moderator, message)?;
    check_stored(app)?;
    let from = parameter(head, "from")?;
    let rooms = leader.rooms;
    let classes = &app.shared.classes;
    let among = |room: &str| {
        rooms
            .as_ref()
            .is_none_or(|rooms| rooms.iter().any(|each| each == room))
    };
    let led = |room: &str| classes.of_room(room).filter(|_| among(room));
    // Somebody who leads all rooms leads all classes.
    let is_led = |class| match &rooms {
        None => true,
        Some(rooms) => rooms.iter().any(|room| led(room) == Some(class)),
    };
    let named = classes.iter().filter(|(class, _)| is_led(*class));
    let named: Vec<_> = named.map(|(class, it)| (class, &*it.name)).collect();
    let read = |archive: &_| register::register(archive, from, unix_millis(), &named, led);
    let register = app.readers.query(read).map_err(unreadable)?;
    Ok(Response::json(200, &register))
}

/// Answers with a page of the audit log. It names whom a host let speak again who was muted for an anonymous
/// question, so it is for hosts. Those of certain rooms get what was done there, and what they did themselves.
pub(super) fn audit(head: &Head, app: &App) -> Result<Response, Refusal> {
    let message = "Only hosts see the audit log.";
    let host = require::role(head, &app.shared, Role::Host, message)?;
    check_stored(app)?;
    let before = parameter(head, "before")?;
    let grant = Grant::of(&host);
    let classes = app.shared.classes.iter();
    let led = classes.filter(|(_, class)| class.is_led_by(&grant));
    let scope = host.rooms.as_deref().map(|rooms| AuditScope {
        rooms,
        classes: led.map(|(_, class)| &*class.name).collect(),
        sub: &host.sub,
    });
    let read = |archive: &_| register::audit_page(archive, before, scope.as_ref());
    let page = app.readers.query(read).map_err(unreadable)?;
    Ok(Response::json(200, &page))
}

fn check_stored(app: &App) -> Result<(), Refusal> {
    if app.readers.has_history() {
        return Ok(());
    }
    let message = "Nothing is stored here: history.path in chat.toml is empty.";
    Err(Refusal::new(404, "nothing_stored", message))
}

/// The number in the query, which has no other parameter.
fn parameter<T: FromStr>(head: &Head, name: &str) -> Result<Option<T>, Refusal> {
    if head.query.is_empty() {
        return Ok(None);
    }
    let value = head.query.strip_prefix(name);
    let number = value.and_then(|value| value.strip_prefix('=')?.parse().ok());
    let no = || {
        let message = format!("The only parameter is `{name}`, a number.");
        Refusal::bad_request("bad_query", message)
    };
    number.map(Some).ok_or_else(no)
}

fn unreadable(error: ReadError) -> Refusal {
    log::error!("the history cannot be read: {error}");
    let message = "The history cannot be read just now. Try again in a moment.";
    Refusal::unavailable("unreadable", message, 5)
}
