//! The routes that need the feature `full`: downloads and other queries to the history, the lab,
//! the broken endpoints, the tasks, the demo identity and the guide. `minimal.rs` stands for it in the minimal build.

use crate::app::App;
use crate::authenticate;
use crate::broken;
#[cfg(feature = "cluster")]
use crate::cluster;
use crate::glass;
use crate::http::head::Head;
use crate::http::refusal::Refusal;
use crate::http::response::Response;
use crate::lab;
use crate::model::event::Author;
use crate::net::client::Client;
use crate::net::exchange::Body;
use crate::site::asset::Asset;
use crate::site::downloads::Download;
use crate::site::{demo, learn, register, require};
use crate::sqlite::people;
use crate::tasks::listing;
use std::sync::Arc;

/// Whether this build has the feature `full`.
pub(super) const FULL: bool = true;

/// Sends a download if the request asks for one. Returns whether it did.
pub(super) fn download(client: &Arc<Client>, head: &Head, app: &App) -> Result<bool, Refusal> {
    #[cfg(feature = "cluster")]
    if head.path == cluster::HISTORY {
        cluster::serve_history(client, head, &app.shared.config, &app.shared.keys)?;
        return Ok(true);
    }
    #[cfg(feature = "cluster")]
    if head.path == cluster::TRUNK {
        let shared = &app.shared;
        cluster::serve_trunk(client, head, &shared.keys, &shared.trunks)?;
        return Ok(true);
    }
    let Some(download) = Download::from_request(head, &app.shared)? else {
        return Ok(false);
    };
    let _held = authenticate::hold(client, &download.host, &app.shared)?;
    download.send(client, head, app)?;
    Ok(true)
}

/// Returns the size of the largest body that a path takes, if it differs from the usual one.
pub(super) fn max_body(path: &str) -> Option<usize> {
    (path == lab::PATH).then_some(lab::MAX_BODY)
}

/// Answers a request for a path of the API, if it is one of these.
pub(super) fn api(head: &Head, body: &Body<'_>, app: &App) -> Option<Result<Response, Refusal>> {
    let shared = &app.shared;
    match &*head.path {
        lab::PATH => Some(lab::answer(head, body, shared, &app.experimenters)),
        "/api/tasks" => Some(
            require::get(head)
                .and_then(|()| listing::answer(head, shared, &app.students, &app.readers)),
        ),
        "/api/refused" => {
            Some(require::get(head).and_then(|()| glass::answer_refused(head, shared)))
        }
        path if broken::is_api(path) => {
            Some(require::get(head).and_then(|()| broken::answer(head, shared, &app.broken)))
        }
        "/api/attendance" => {
            Some(require::get(head).and_then(|()| register::attendance(head, app)))
        }
        "/api/audit" => Some(require::get(head).and_then(|()| register::audit(head, app))),
        "/api/demo" => Some(require::post(head).and_then(|()| demo::answer(head, shared))),
        _ => None,
    }
}

/// Returns the page of the guide that is served under the path of a request.
pub(super) fn page(head: &Head) -> Option<&'static Asset> {
    learn::page(head)
}

/// Returns the people in the history that `who` may mean.
pub(super) fn stored_people(who: &str, app: &App) -> Result<Vec<Author>, Refusal> {
    if !app.readers.has_history() {
        return Ok(Vec::new());
    }
    let found = app
        .readers
        .query(|archive| people::find_people_in(archive, who));
    found.map_err(|error| {
        log::error!("the history cannot be read: {error}");
        Refusal::unavailable("unreadable", UNREADABLE, 5)
    })
}

const UNREADABLE: &str = "The history cannot be read, so nobody can be looked up in it. If that goes on, it is \
                          damaged: `glassroom check --data` says where. `glassroom revoke --sub` needs no \
                          history.";
