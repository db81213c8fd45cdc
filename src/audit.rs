//! The audit log of what happens at the door: who became a host, who downloaded what, how often
//! somebody guessed. What moderators do is noted by the hub.
//!
//! Runs on connections' threads, and hands each entry to the hub, which passes it to the store; with
//! nothing stored, there is no audit log. **No entry has an address** or anything else about a
//! machine. What can be repeated in a loop is noted a few times and not each time
//! ([`crate::support::tallies`]), so that nobody fills the disk with entries.

use crate::auth::links::Entry as Link;
use crate::auth::revoked::{COMMAND_LINE, Entry};
use crate::auth::token::Claims;
use crate::chat::hub::{Command, HubQuery};
use crate::model::event::Author;
use crate::model::role::Role;
use crate::model::time::unix_millis;
use crate::shared::Shared;
use crate::store::queue::{Audit, Note};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Within this time, what is repeated is counted and noted with the first, the tenth, ….
const MINUTE: Duration = Duration::from_secs(60);

/// Within this time, a person's further connections are the same login: a page that reloads, a
/// Wi-Fi that comes and goes.
const LOGIN: Duration = Duration::from_secs(3600);

/// The `sub` under which the server notes what nobody with a token did.
const SERVER: &str = "glassroom";

/// An entry that is about to be noted.
struct Entered {
    by: Author,
    action: &'static str,
    target: Option<Author>,
    room: Option<String>,
    reason: Option<String>,
}

/// Notes that somebody who leads has used a token, once an hour.
pub(crate) fn login(claims: &Claims, shared: &Shared) {
    if claims.role >= Role::Moderator && claims.sub != COMMAND_LINE && is_new_login(claims, shared)
    {
        note_login(claims, "with a token", shared);
    }
}

/// Notes that somebody became a host or moderator with a one-time link.
pub(crate) fn login_by_link(claims: &Claims, shared: &Shared) {
    is_new_login(claims, shared); // what they do with the token is the same login
    let how = match claims.role {
        Role::Host => "with a host link",
        _ => "with a one-time link",
    };
    note_login(claims, how, shared);
}

fn is_new_login(claims: &Claims, shared: &Shared) -> bool {
    let Claims { sub, role, .. } = claims;
    again(&format!("login {role} {sub}"), LOGIN, shared) == Some(1)
}

fn note_login(claims: &Claims, how: &str, shared: &Shared) {
    let by = author(claims, shared);
    lock(&shared.recent).add(by.clone());
    let entry = Entered {
        by,
        action: match claims.role {
            Role::Host => "host_login",
            _ => "moderator_login",
        },
        target: None,
        room: None,
        reason: Some(how.to_owned()),
    };
    note(entry, shared);
}

/// Notes that a host link was made: by `by`, or at the start of the server.
pub(crate) fn host_link(by: Option<&Claims>, shared: &Shared) {
    let by = by.map(|claims| author(claims, shared));
    let entry = Entered {
        by: by.unwrap_or_else(|| server(shared)),
        action: "host_link",
        target: None,
        room: None,
        reason: None,
    };
    note(entry, shared);
}

/// Notes that a person downloads a file.
pub(crate) fn download(by: &Claims, file: &str, room: Option<&str>, shared: &Shared) {
    let kind = format!("download {} {file} {}", by.sub, room.unwrap_or_default());
    let Some(count) = again(&kind, MINUTE, shared) else {
        return;
    };
    let entry = Entered {
        by: author(by, shared),
        action: "download",
        target: None,
        room: room.map(str::to_owned),
        reason: Some(match count {
            1 => file.to_owned(),
            count => format!("{file}, {count} times within a minute"),
        }),
    };
    note(entry, shared);
}

/// The entry that a person was revoked, or is not any more.
pub(crate) fn revocation(
    action: &'static str,
    by: &Claims,
    person: &Entry,
    reason: Option<&str>,
    shared: &Shared,
) -> Note {
    let target = Author {
        sub: person.sub.as_str().into(),
        id: person.id.as_str().into(),
        name: person.name.as_str().into(),
        role: person.role.unwrap_or_default(),
    };
    let entry = Entered {
        by: author(by, shared),
        action,
        target: Some(target),
        room: None,
        reason: reason.map(str::to_owned),
    };
    noted(entry)
}

/// The entry that `what` was done to personal links: to that of `target`, or to several.
pub(crate) fn personal_links(
    action: &'static str,
    by: &Claims,
    target: Option<&Link>,
    what: Option<String>,
    shared: &Shared,
) -> Note {
    noted(Entered {
        by: author(by, shared),
        action,
        target: target.map(|link| Author {
            sub: link.sub.as_str().into(),
            id: shared.keys.public_id(&link.sub).into(),
            name: link.name.as_str().into(),
            role: Role::Member,
        }),
        room: None,
        reason: what,
    })
}

/// Notes that somebody without a token did `what` (in the singular), such as typing a wrong code.
/// Returns whether it was noted, and not only counted.
pub(crate) fn at_the_door(action: &'static str, what: &str, shared: &Shared) -> bool {
    let Some(count) = again(action, MINUTE, shared) else {
        return false;
    };
    let entry = Entered {
        by: server(shared),
        action,
        target: None,
        room: None,
        reason: Some(match count {
            1 => what.to_owned(),
            count => format!("{what}, {count} times within a minute"),
        }),
    };
    note(entry, shared);
    true
}

fn again(kind: &str, window: Duration, shared: &Shared) -> Option<u64> {
    lock(&shared.tallies).again(kind, window, Instant::now())
}

fn lock<T>(state: &Mutex<T>) -> MutexGuard<'_, T> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn author(claims: &Claims, shared: &Shared) -> Author {
    Author {
        sub: claims.sub.as_str().into(),
        id: shared.keys.public_id(&claims.sub).into(),
        name: claims.name.as_str().into(),
        role: claims.role,
    }
}

/// The server itself, as an author.
fn server(shared: &Shared) -> Author {
    Author {
        sub: SERVER.into(),
        id: shared.keys.public_id(SERVER).into(),
        name: "Glassroom".into(),
        role: Role::Host,
    }
}

fn note(entry: Entered, shared: &Shared) {
    let note = Box::new(noted(entry));
    shared.hub.send(Command::Query(HubQuery::Keep(note)));
}

fn noted(entry: Entered) -> Note {
    let Entered {
        by,
        action,
        target,
        room,
        reason,
    } = entry;
    let audit = Audit {
        at: unix_millis(),
        by: Arc::new(by),
        action: action.into(),
        target: target.map(Arc::new),
        room: room.map(Into::into),
        reason: reason.map(Into::into),
        until: None,
    };
    Note::Audit(Box::new(audit))
}
