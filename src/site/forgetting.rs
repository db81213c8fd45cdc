//! `POST /api/forget {who}`: a host has a person forgotten, in memory and on the disk.
//!
//! Runs on the connection's thread, with a helper thread for SQLite. Answers when it is on the disk.

use crate::app::App;
use crate::authenticate;
use crate::chat::hub::{Command, Forget, Forgotten, HubQuery};
use crate::data_dir::history_path;
use crate::http::head::Head;
use crate::http::json_body;
use crate::http::refusal::Refusal;
use crate::http::response::Response;
use crate::model::event::Author;
use crate::model::role::Role;
use crate::shared::Shared;
use crate::sqlite::erase;
use crate::support::threads;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

/// SQLite wants more than the 64 KiB of a connection.
const STACK: usize = 1024 * 1024;
/// How long the disk may take. Memory is done by then, and the disk goes on.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RequestBody {
    /// A `sub`, an id, or a name.
    who: String,
}

#[derive(Serialize)]
struct Done<'a> {
    forgotten: &'a str,
}

/// Forgets the person that the body names.
pub fn forget(head: &Head, body: &[u8], app: &App) -> Result<Response, Refusal> {
    let shared = &app.shared;
    let holder = authenticate::holder(head, shared)?;
    if holder.role < Role::Host {
        return Err(Refusal::hosts_only("Only hosts have somebody forgotten."));
    }
    if holder.rooms.is_some() {
        let message = "Your token is for certain rooms, and a person is forgotten in all.";
        return Err(Refusal::new(403, "other_room", message));
    }
    let RequestBody { who } = json_body::parse(body)?;
    let found = known(&who, shared)?;
    let by = Arc::new(Author {
        id: shared.keys.public_id(&holder.sub).into(),
        sub: holder.sub.into(),
        name: holder.name.into(),
        role: holder.role,
    });
    let told = shared.hub.ask(PATIENCE, |answer| {
        Command::Query(HubQuery::Forget(Box::new(Forget {
            who,
            found,
            by,
            answer,
        })))
    });
    let late = || {
        let message = "The server has forgotten, the disk not yet: it will when it can.";
        Refusal::unavailable("storage_unavailable", message, 5)
    };
    match told.ok_or_else(late)? {
        Forgotten::Done(Author { sub, name, .. }) => {
            app.forget(&sub);
            Ok(Response::json(200, &Done { forgotten: &name }))
        }
        Forgotten::Nobody => {
            let message = "Nobody with that name or id was ever here.";
            Err(Refusal::new(404, "unknown_user", message))
        }
        Forgotten::Several(ids) => {
            let ids = ids.join(", ");
            let message = format!("Several were called so; name one by id: {ids}.");
            Err(Refusal::new(409, "several", message))
        }
        Forgotten::Unavailable(seconds) => {
            let message = "Nothing can be erased just now: the disk fails. Try again.";
            Err(Refusal::unavailable(
                "storage_unavailable",
                message,
                seconds,
            ))
        }
    }
}

/// Who that may be, as far as the history knows.
fn known(who: &str, shared: &Shared) -> Result<Vec<Author>, Refusal> {
    let Some(path) = history_path(&shared.config) else {
        return Ok(Vec::new());
    };
    let unreadable = |error: String| {
        log::error!("the history cannot be read: {error}");
        Refusal::unavailable("unreadable", "The history cannot be read just now.", 5)
    };
    let read = || erase::find(&path, who).map_err(|error| error.to_string());
    let found = threads::with_stack(STACK, read);
    found.and_then(|found| found).map_err(unreadable)
}
