//! The glass: shows the bytes of a live chat connection to its owner.
//!
//! A person with a token may open `/lens?connection=N` (subprotocol `lens.v1`) beside one of their
//! own chat connections, and sees its true bytes, annotated by [`crate::lens`]. A host may also watch
//! the connection of a demo identity, for the wall. Nobody can watch anybody else, and no token shows
//! a connection whose token permits more.
//!
//! | file | owns |
//! |---|---|
//! | [`crate::net::tap`] | the place in a connection where its bytes can be watched |
//! | `watcher` | the thread that annotates the bytes and writes to the page |
//! | `actions` | what the page may do to the watched connection |
//! | `refused` | the refused handshakes of a person, for that person |
//! | `event` | the events of `lens.v1` that are not the annotator's |
//!
//! Each open glass has two threads: `conn-N` reads from the page and `lens-N` writes to it, so that
//! neither waits for the other.

mod actions;
mod event;
mod refused;
mod watcher;

pub(crate) use crate::glass::refused::answer as answer_refused;

use crate::auth::token::Claims;
use crate::authenticate;
use crate::chat::grant::Grant;
use crate::chat::hub::{Command, HubQuery, Mailbox, PATIENCE, Watched};
use crate::http::head::Head;
use crate::http::refusal::Refusal;
use crate::model::ids::ClientId;
use crate::net::admission::{Permit, Place};
use crate::net::client::{Client, LINGER};
use crate::net::reader::Reader;
use crate::shared::Shared;
use crate::websocket::close;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// The subprotocol (RFC 6455 §1.9).
const PROTOCOL: &str = "lens.v1";
/// Largest message of a page.
const MAX_MESSAGE: usize = 1024;
/// The stack of `lens-N`: writing nested notes as JSON needs more than a connection's thread has.
const STACK: usize = 256 * 1024;

/// Serves one glass from its handshake to its end.
// Not inlined: a chat connection must not pay for it in stack.
#[inline(never)]
pub(crate) fn open(
    client: &Arc<Client>,
    head: &Head,
    early: Vec<u8>,
    permit: &mut Permit,
    shared: &Arc<Shared>,
) -> Result<(), Refusal> {
    if !shared.config.lens.enabled {
        return Err(Refusal::not_found());
    }
    let Some((claims, hello)) = authenticate::admit(client, head, Some(PROTOCOL), shared)? else {
        return Ok(());
    };
    let _held = authenticate::hold(client, &claims, shared)?;
    let Some(watched) = find_connection(head, &claims, &shared.hub, PATIENCE)? else {
        return decline_unknown(client, &hello);
    };
    // Only now: a request for an unknown connection must not use up a place in the chat.
    if !permit.enter_as(claims.role, Place::ProtocolView) {
        return Err(Refusal::full(1));
    }
    let heartbeat = Some(shared.config.heartbeat.interval);
    let ready = client.stream.set_read_timeout(heartbeat);
    if ready.is_err() || (&client.stream).write_all(&hello).is_err() {
        return Ok(());
    }
    let connection = watched.client.upgrade();
    let view = connection.and_then(|connection| connection.tap.open(watched.growth));
    let Some((sender, receiver)) = view else {
        return decline_unknown(client, &[]); // the 101 has been sent
    };
    let (target, page) = (watched.id, Arc::clone(client));
    let watcher = watcher::Watcher::new(page, watched, receiver, &Grant::of(&claims), shared);
    let Some(watching) = start_watcher(watcher, target, client) else {
        return Ok(());
    };
    let reader = Reader::new(Arc::clone(client), early, MAX_MESSAGE);
    actions::read(reader, target, &sender, shared);
    // The watcher writes the Close. Then the page hangs up, or this thread does.
    client.discard(LINGER);
    if shared.stopping.load(Relaxed) {
        // The server has ended the reading, so there was nothing to discard: wait for the watcher.
        drop(sender);
        let _ = watching.join();
    }
    client.hang_up();
    Ok(())
}

/// Tells the page that there is no such connection for it.
fn decline_unknown(page: &Client, hello: &[u8]) -> Result<(), Refusal> {
    let reason = "unknown_connection: it is over, or not yours";
    authenticate::decline(page, hello, close::Code::UNKNOWN_CONNECTION, reason);
    Ok(())
}

/// The connection that the page asks for, if its owner asks, or a host for a demo connection.
///
/// # Errors
///
/// 503: the hub did not answer within `patience`, so nobody knows whose connection it is.
fn find_connection(
    head: &Head,
    claims: &Claims,
    hub: &Mailbox,
    patience: Duration,
) -> Result<Option<Watched>, Refusal> {
    let watched = hub.ask(patience, |answer| {
        Command::Query(HubQuery::Watch {
            connection: connection_number(head),
            sub: claims.sub.clone(),
            grant: Grant::of(claims),
            answer,
        })
    });
    watched.ok_or_else(Refusal::busy)
}

/// Starts the watcher's thread. Without a thread, the page is told so.
fn start_watcher(
    watcher: watcher::Watcher,
    target: ClientId,
    page: &Client,
) -> Option<JoinHandle<()>> {
    let thread = thread::Builder::new()
        .name(format!("lens-{target}"))
        .stack_size(STACK);
    match thread.spawn(move || watcher.run()) {
        Ok(watching) => Some(watching),
        Err(error) => {
            log::warn!("connection {}: no thread for its glass: {error}", page.id);
            let reason = "busy: the server has no thread for it, come back";
            authenticate::decline(page, &[], close::Code::TRY_AGAIN_LATER, reason);
            None
        }
    }
}

/// N of `?connection=N`; without it 0, which no connection has.
fn connection_number(head: &Head) -> ClientId {
    let values = head
        .query
        .split('&')
        .filter_map(|pair| pair.strip_prefix("connection="));
    values
        .filter_map(|value| value.parse().ok())
        .next()
        .map(ClientId::new)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::inbox::inbox;

    #[test]
    fn nothing_is_watched_while_the_hub_does_not_answer() {
        // The inbox exists, and nobody reads it.
        let (hub, _inbox) = inbox();
        let request = b"GET /lens?connection=1 HTTP/1.1\r\nHost: a\r\n\r\n";
        let head = Head::parse(request).unwrap().unwrap().0;
        let refusal = find_connection(&head, &Claims::default(), &hub, Duration::ZERO).unwrap_err();
        assert_eq!((refusal.status, refusal.slug), (503, "busy"));
    }
}
