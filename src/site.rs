//! The routes of plain HTTP: the page, the API, downloads and the guide.

pub mod api;
pub mod asset;
pub mod downloads;
pub mod forgetting;
pub mod learn;
pub mod pages;
pub mod poster;

use crate::app::App;
use crate::http::head::Head;
use crate::http::refusal::Refusal;
use crate::http::response::Response;
use crate::lab;
use crate::net::client::{Client, hang_up};
use crate::net::exchange::{answer, read_body};
use downloads::Download;
use std::net::IpAddr;
use std::time::Instant;

/// Largest body of a request; a program for the lab may be larger.
const MAX_BODY: usize = 4096;

/// Answers a request that is not for a WebSocket.
#[inline(never)]
pub fn serve(
    client: &Client,
    head: &Head,
    early: Vec<u8>,
    (address, deadline): (IpAddr, Instant),
    app: &App,
) {
    let head_only = head.method == "HEAD";
    // RFC 9112 §6.3: where a body ends that is framed wrongly, nobody can tell; whatever it is for.
    if let Err(refusal) = head.content_length() {
        return answer(client, refusal.into(), head_only);
    }
    let result = match Download::asked(head, &app.shared) {
        Ok(Some(download)) => match download.send(client, head_only, &app.shared) {
            Ok(()) => return hang_up(client),
            Err(refusal) => Err(refusal),
        },
        Ok(None) if api::answers(&head.path) => {
            let timeout = app.shared.config.limits.handshake_timeout;
            read_body(
                client,
                head,
                early,
                max_body(&head.path),
                (deadline, timeout),
            )
            .and_then(|body| api::answer(head, &body, address, app))
        }
        Ok(None) => pages::page(head)
            .or_else(|| learn::page(head))
            .ok_or_else(Refusal::not_found)
            .and_then(|page| page.response(head)),
        Err(refusal) => Err(refusal),
    };
    answer(client, result.unwrap_or_else(Response::from), head_only);
}

/// Bytes of the largest body that a path takes.
fn max_body(path: &str) -> usize {
    match path {
        lab::PATH => lab::MAX_BODY,
        _ => MAX_BODY,
    }
}
