//! The HTTP API: its paths, and the answers about the room, a session and the server's metrics.
//!
//! Runs on the connection's thread. No route trusts a request because it comes from this machine:
//! requests from the lab and from a reverse proxy do, too.

use crate::app::App;
use crate::audit;
use crate::authenticate::present;
use crate::config::{Create, Keep};
use crate::http::head::Head;
use crate::http::refusal::Refusal;
use crate::http::response::Response;
use crate::metrics;
use crate::model::role::Role;
use crate::net::exchange::Body;
use crate::shared::Shared;
use crate::site::feature_routes::{self, FULL, is_stored};
use crate::site::token_response::User;
use crate::site::{
    forgetting, health, join, links_admin, personal, post, poster, require, revoking, wall,
};
use serde::Serialize;
use std::net::IpAddr;

/// Returns whether a path belongs to the API.
pub(super) fn has_path(path: &str) -> bool {
    path.starts_with("/api/") || matches!(path, "/healthz" | "/metrics")
}

/// Answers a request for a path of the API.
pub(super) fn answer(
    head: &Head,
    body: &Body<'_>,
    address: IpAddr,
    app: &App,
) -> Result<Response, Refusal> {
    let shared = &app.shared;
    if let Some(answer) = feature_routes::api(head, body, app) {
        return answer;
    }
    let get = |answer: &dyn Fn() -> Result<Response, Refusal>| {
        require::get(head)?;
        answer()
    };
    let post = |answer: &dyn Fn() -> Result<Response, Refusal>| {
        require::post(head)?;
        answer()
    };
    match &*head.path {
        "/healthz" => get(&|| health::healthz(shared)),
        "/api/status" => get(&|| health::status(head, shared)),
        "/metrics" => get(&|| metrics(head, shared)),
        "/api/room" => get(&|| Ok(room(shared))),
        "/api/session" => get(&|| session(head, shared)),
        "/api/join.svg" => get(&|| poster::answer(head, shared)),
        "/api/send" => post(&|| post::answer(head, body, app)),
        "/api/wall" => post(&|| wall::answer(head, body.read()?, shared)),
        "/api/join" => post(&|| join::join(body, address, app)),
        "/api/link" => post(&|| personal::enter(body.read()?, address, app)),
        links_admin::PATH => post(&|| links_admin::answer(head, body, app)),
        "/api/host" => post(&|| join::host(body.read()?, app)),
        "/api/forget" => post(&|| forgetting::answer(head, body, app)),
        "/api/host-link" => post(&|| host_link(head, shared)),
        "/api/revoke" => post(&|| revoking::answer(head, body, app)),
        _ => Err(Refusal::not_found()),
    }
}

/// What the join form shows.
#[derive(Serialize)]
struct Room<'a> {
    title: &'a str,
    version: &'static str,
    join: JoinForm,
    default_room: &'a str,
    /// Who may create rooms.
    create_rooms: Create,
    features: Features,
}

/// What this server offers besides the chat; the page hides the rest.
#[derive(Serialize)]
struct Features {
    glass: bool,
    lab: bool,
    tasks: bool,
    learn: bool,
}

/// The rules of joining.
#[derive(Serialize)]
struct JoinForm {
    enabled: bool,
    /// Whether messages are stored on the disk.
    stored: bool,
    /// How long they are stored: 0 until the lesson ends, absent without a limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    keep_seconds: Option<u64>,
    /// How long the author of a message may edit it.
    edit_window_seconds: u64,
}

/// Describes the room to the join form, before the page has a token.
fn room(shared: &Shared) -> Response {
    let config = &shared.config;
    let stored = is_stored(config);
    let keep_seconds = match config.history.keep {
        Keep::Lesson => Some(0),
        Keep::For(time) => Some(time.as_secs()),
        Keep::Forever => None,
    };
    let room = Room {
        title: &config.server.title,
        version: env!("CARGO_PKG_VERSION"),
        join: JoinForm {
            enabled: config.join.enabled,
            stored,
            keep_seconds: keep_seconds.filter(|_| stored),
            edit_window_seconds: config.history.edit_window.as_secs(),
        },
        default_room: &config.rooms.default,
        create_rooms: config.rooms.create,
        features: Features {
            glass: FULL && config.lens.enabled,
            lab: FULL && config.lab.enabled,
            tasks: FULL && config.lab.enabled,
            learn: FULL,
        },
    };
    Response::json(200, &room)
}

/// Tells whether a token is valid. A browser hides why a handshake failed, so the page asks here
/// first.
fn session(head: &Head, shared: &Shared) -> Result<Response, Refusal> {
    #[derive(Serialize)]
    struct Session<'a> {
        user: User<'a>,
        expires_at: u64,
    }
    let claims = present(head, shared)?;
    let session = Session {
        user: User::new(&claims, shared),
        expires_at: claims.exp * 1000,
    };
    Ok(Response::json(200, &session))
}

/// `glassroom link` tells that it has made a host link, for the audit log.
fn host_link(head: &Head, shared: &Shared) -> Result<Response, Refusal> {
    let by = require::command_line(head, shared)?;
    audit::host_link(Some(&by), shared);
    Ok(Response::json(200, &()))
}

/// Returns the metrics in the text format of Prometheus.
fn metrics(head: &Head, shared: &Shared) -> Result<Response, Refusal> {
    if !shared.config.metrics.public {
        let messages = (
            "Only hosts can see the metrics.",
            "Your token is for certain rooms, but the metrics are of all of them.",
        );
        require::role_everywhere(head, shared, Role::Host, messages)?;
    }
    let text = metrics::text(shared);
    let media_type = "text/plain; version=0.0.4";
    Ok(Response::new(200, media_type, text.into_bytes()))
}
