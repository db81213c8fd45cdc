//! The glass walls around a live connection: what travels over it, shown to whom it belongs.
//!
//! Whoever holds a token may open `/lens?connection=N` (subprotocol `lens.v1`) beside a chat
//! connection of their own, and sees its true bytes, annotated by [`crate::lens`]. A host may also
//! watch the connection of a demo identity, for the wall. Nobody watches anybody else.
//!
//! | file | owns |
//! |---|---|
//! | [`tap`] | the place in a connection where its bytes can be seen; free while nobody looks |
//! | [`watcher`] | the thread that annotates and tells the page |
//! | [`orders`] | what the page may ask for: "do it to me" |
//! | [`telling`] | the events of `lens.v1` that are not the annotator's |
//!
//! Two threads for each open glass: `conn-N` reads the page's orders, `lens-N` writes everything,
//! so that neither waits for the other.

pub mod orders;
pub mod telling;
pub mod watcher;

use crate::authenticate;
use crate::chat::hub::{Command, HubQuery, PATIENCE};
use crate::http::head::Head;
use crate::http::refusal::Refusal;
use crate::model::ids::ClientId;
use crate::net::admission::Permit;
use crate::net::client::{Client, LINGER};
use crate::net::reader::Reader;
use crate::shared::Shared;
use crate::websocket::close;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;

/// The subprotocol (RFC 6455 §1.9).
const PROTOCOL: &str = "lens.v1";
/// Largest order that a page can give.
const MAX_ORDER: usize = 1024;
/// The annotator's thread: JSON of nested notes wants more than a connection has.
const STACK: usize = 256 * 1024;

/// Serves one glass from its handshake to its end.
// Its own frame: a connection that chats must not pay for it in stack.
#[inline(never)]
pub fn open(
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
    let watched = shared.hub.ask(PATIENCE, |answer| {
        Command::Query(HubQuery::Watch {
            connection: connection_number(head),
            sub: claims.sub.clone(),
            role: claims.role,
            answer,
        })
    });
    let unknown = |hello: &[u8]| {
        let reason = "unknown_connection: it is over, or not yours";
        authenticate::decline(client, hello, close::Code::UNKNOWN_CONNECTION, reason);
        Ok(())
    };
    let Some(watched) = watched.flatten() else {
        return unknown(&hello);
    };
    // Not before: whoever asks for what is not there takes no place from the chat.
    if !permit.enter_chat(claims.role) {
        return Err(Refusal::full(1));
    }
    let heartbeat = shared.config.heartbeat.interval;
    let ready = client.stream.set_read_timeout(Some(heartbeat));
    if ready.is_err() || (&client.stream).write_all(&hello).is_err() {
        return Ok(());
    }
    let Some((line, seen)) = watched.client.upgrade().map(|watched| watched.tap.open()) else {
        return unknown(&[]); // the 101 is out
    };
    let (target, role) = (watched.id, claims.role);
    let watcher = watcher::Watcher::new(Arc::clone(client), watched, seen, role, shared);
    let thread = thread::Builder::new()
        .name(format!("lens-{target}"))
        .stack_size(STACK);
    let watching = match thread.spawn(move || watcher.run()) {
        Ok(watching) => watching,
        Err(error) => {
            log::warn!("connection {}: no thread for its glass: {error}", client.id);
            let reason = "busy: the server has no thread for it, come back";
            authenticate::decline(client, &[], close::Code::TRY_AGAIN_LATER, reason);
            return Ok(());
        }
    };
    orders::read(
        Reader::new(Arc::clone(client), early, MAX_ORDER),
        target,
        &line,
        shared,
    );
    // The watcher writes the Close; then the page hangs up, or this does.
    client.discard(LINGER);
    if shared.stopping.load(Relaxed) {
        // There was nothing to discard: the server has ended the reading itself.
        drop(line);
        let _ = watching.join();
    }
    client.hang_up();
    Ok(())
}

/// `?connection=N`; a number that nobody has if there is none.
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
