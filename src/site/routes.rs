//! Which route answers a request, and the answer's way to the client.
//!
//! Runs on the connection's thread.

use crate::app::App;
use crate::http::head::Head;
use crate::http::refusal::Refusal;
use crate::http::response::Response;
use crate::net::client::{Client, hang_up};
use crate::net::exchange::{Body, answer};
use crate::site::{api, feature_routes, links_admin, pages};
use crate::websocket::rulings::decided;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

/// The largest body of a request to most paths.
const MAX_BODY: usize = 4096;

/// Answers a request that is not for a WebSocket.
#[inline(never)]
pub(crate) fn serve(
    client: &Arc<Client>,
    head: &Head,
    early: Vec<u8>,
    (address, deadline): (IpAddr, Instant),
    app: &App,
) {
    match respond(client, head, early, (address, deadline), app) {
        Ok(Some(response)) => answer(client, response, head.method == "HEAD"),
        Ok(None) => hang_up(client),
        // A handshake for a path that is none of a WebSocket.
        Err(refusal) if head.lists("upgrade", "websocket") => {
            answer(client, decided(refusal).into(), head.method == "HEAD");
        }
        Err(refusal) => answer(client, refusal.into(), head.method == "HEAD"),
    }
}

/// Returns the response; `None` means that a download was already sent.
fn respond(
    client: &Arc<Client>,
    head: &Head,
    early: Vec<u8>,
    (address, deadline): (IpAddr, Instant),
    app: &App,
) -> Result<Option<Response>, Refusal> {
    // RFC 9112 §6.3: the end of a wrongly framed body is unknown, so such a request is refused
    // whatever its path.
    head.content_length()?;
    if feature_routes::download(client, head, app)? {
        return Ok(None);
    }
    if api::has_path(&head.path) {
        let timeout = app.shared.config.limits.handshake_timeout;
        let max_body = match &*head.path {
            "/api/send" => app.shared.config.limits.message,
            links_admin::PATH => links_admin::MAX_BODY,
            path => feature_routes::max_body(path).unwrap_or(MAX_BODY),
        };
        let body = Body::announced(client, head, early, max_body, (deadline, timeout))?;
        return api::answer(head, &body, address, app).map(Some);
    }
    let page = pages::page(head).or_else(|| feature_routes::page(head));
    let page = page.ok_or_else(Refusal::not_found)?;
    page.response(head).map(Some)
}
