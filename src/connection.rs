//! One TCP connection, from its first byte to its last.
//!
//! Runs on: `conn-N`. Blocks on: reading its own socket. Reads the request head, sends plain HTTP
//! to `http/`, checks handshake, origin and token, and then reads chat messages for the hub. It
//! writes HTTP answers, refusals and `/echo` itself; once a connection is in the chat, it never
//! calls `send` again, the 101 included.
//!
//! A panic in here ends this connection and nothing else.

use crate::app::App;
use crate::authenticate;
use crate::chat::hub::{Arrival, Command};
use crate::chat::message::{ErrorCode, Request, RequestEnvelope, RequestError};
use crate::echo;
use crate::glass;
use crate::http::forwarded::client_address;
use crate::http::head::Head;
use crate::http::refusal::Refusal;

use crate::http::refusal::{crowded, full};
use crate::http::response::Response;
use crate::model::time::unix_millis;
use crate::net::admission::Permit;
use crate::net::client::Client;
use crate::net::exchange;
use crate::net::reader::{Ending, Heard, Input, Reader};
use crate::shared::Shared;
use crate::site;
use crate::support::token_bucket::{RateVerdict, TokenBucket};
use crate::tasks;
use crate::websocket::close::{self, Violation};
use crate::websocket::frame;
use bytes::Bytes;
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;
use std::time::{Duration, Instant};

/// The subprotocol (RFC 6455 §1.9).
const PROTOCOL: &str = "chat.v1";
/// Pongs of a connection at once, and how many per second come back: §5.5.3 allows those that nobody
/// asked for as a "unidirectional heartbeat", and no flood of them.
const PONGS: (f64, f64) = (500.0, 50.0);

/// A connection's stack. Small, because there are as many as connections; a debug build needs
/// more for the same code.
const STACK: usize = if cfg!(debug_assertions) {
    256 * 1024
} else {
    64 * 1024
};

/// Gives a connection that was just accepted a thread of its own, if there is a place for it.
pub fn accept(stream: TcpStream, peer: SocketAddr, app: &Arc<App>) {
    let shared = &app.shared;
    let address = peer.ip().to_canonical();
    let id = shared.next_id.fetch_add(1, Relaxed);
    // RequestEnvelope until the first of them, not for each.
    if !shared.seen_from_outside.load(Relaxed)
        && let Ok(here) = stream.local_addr()
    {
        shared.saw(address, here.ip());
    }
    let client = Arc::new(Client::new(id, stream));
    let Some(permit) = shared.admission.admit(Arc::clone(&client), address) else {
        return turn_away(&client);
    };
    let (ours, theirs) = (Arc::clone(&client), Arc::clone(app));
    let thread = thread::Builder::new()
        .name(format!("conn-{id}"))
        .stack_size(STACK);
    let spawned = thread.spawn(move || serve(ours, address, permit, &theirs));
    if let Err(error) = spawned {
        log::warn!("connection {id}: no thread for it: {error}");
        turn_away(&client);
    }
}

/// 503 without a thread: one send that does not wait. A fresh socket has room for it; that the
/// peer reads it before the reset cannot be promised here.
fn turn_away(client: &Client) {
    let refusal = Refusal::unavailable("full", "The server is full. Come back in a moment.", 5);
    let _ = client.try_send(
        &[Bytes::from(Response::from(refusal).to_bytes(false))],
        false,
    );
    client.shut_down_write();
}

/// Serves one connection; the thread's whole life.
fn serve(client: Arc<Client>, address: IpAddr, mut permit: Permit, app: &Arc<App>) {
    let shared = &app.shared;
    let timeout = shared.config.limits.handshake_timeout;
    let deadline = Instant::now() + timeout;
    let (head, reader) = match exchange::read_head(&client, deadline, timeout) {
        Ok(Some(read)) => read,
        Ok(None) if permit.is_displaced() => return exchange::make_room(&client, &mut permit),
        Ok(None) => return,
        Err(refusal) => return exchange::answer(&client, refusal.into(), false),
    };
    // Without the address: a log may be a file, and no address reaches the disk.
    log::debug!("connection {}: {} {}", client.id, head.method, head.path);
    if head.path == "/ws" && shared.config.lens.enabled {
        client.tap.record_opening(reader.raw());
    }
    let early = reader.into_rest();
    let address = behind_proxy(&head, address, shared, &mut permit);
    let outcome = if permit.crowded {
        Err(crowded())
    } else {
        match head.path.as_str() {
            "/ws" => chat(&client, head, early, &mut permit, shared),
            "/echo" => echo::open(&client, &head, early, &mut permit, shared),
            "/lens" => glass::open(&client, &head, early, &mut permit, shared),
            path if tasks::is_endpoint(path) => {
                tasks::open(&client, &head, early, &mut permit, shared, &app.students)
            }
            _ => return site::serve(&client, &head, early, (address, deadline), app),
        }
    };
    // The place is held until the peer has hung up: who lingers behind a refusal makes room, too.
    if let Err(refusal) = outcome {
        exchange::answer(&client, refusal.into(), false);
    }
}

/// Whose connection this is, as a trusted proxy says it; counted under that address.
fn behind_proxy(head: &Head, peer: IpAddr, shared: &Shared, permit: &mut Permit) -> IpAddr {
    let proxies = &shared.config.server.trusted_proxies;
    let trusted = |address| proxies.iter().any(|network| network.contains(address));
    let address = client_address(head, peer, trusted);
    if address != peer {
        shared.saw(address, peer);
        permit.count_under(address);
    }
    address
}

/// The handshake of `/ws`, and then its messages.
fn chat(
    client: &Arc<Client>,
    head: Head,
    early: Vec<u8>,
    permit: &mut Permit,
    shared: &Arc<Shared>,
) -> Result<(), Refusal> {
    let Some((claims, handshake)) = authenticate::admit(client, &head, Some(PROTOCOL), shared)?
    else {
        return Ok(());
    };
    if !permit.enter_chat(claims.role) {
        return Err(full());
    }
    if shared.config.lens.enabled {
        client.tap.record_opening(&handshake);
    }
    let mut query = head.query.split('&');
    let arrival = Arrival {
        client: Arc::clone(client),
        claims,
        handshake,
        enter_default: !query.any(|pair| pair == "join=" || pair == "join"),
    };
    drop(head); // not for the life of the connection
    let heartbeat = Some(shared.config.heartbeat.interval);
    if client.stream.set_read_timeout(heartbeat).is_err() {
        return Ok(());
    }
    let reason = "internal: this server made a mistake";
    let mut leaver = Leaver {
        client,
        shared,
        close: Some(frame::close(close::Code::INTERNAL.into(), reason)),
    };
    shared.hub.send(Command::Connect(Box::new(arrival)));
    let reader = Reader::new(Arc::clone(client), early, shared.config.limits.message);
    leaver.close = read_messages(reader, client, shared);
    drop(leaver);
    // The hub, or the flusher, writes the Close and sees to it that this ends.
    client.discard(DISCARD);
    Ok(())
}

/// The flusher hangs up long before; this only bounds what cannot happen.
const DISCARD: Duration = Duration::from_secs(30);

/// Tells the hub when the connection has ended, in a panic too.
struct Leaver<'a> {
    client: &'a Client,
    shared: &'a Shared,
    /// The Close that the peer is owed; of a panic, until there is another.
    close: Option<Bytes>,
}

impl Drop for Leaver<'_> {
    fn drop(&mut self) {
        let end = Command::End(self.client.id, self.close.take());
        self.shared.hub.send(end);
    }
}

/// Reads until the connection ends; returns the Close that the peer is owed, if it is.
#[inline(never)]
fn read_messages(mut reader: Reader, client: &Client, shared: &Shared) -> Option<Bytes> {
    let mut asked: Vec<RequestEnvelope> = Vec::new();
    let mut silent = 0;
    let ((pongs, per_second), mut flooding) = (PONGS, false);
    let mut allowance = TokenBucket::new(pongs, unix_millis());
    loop {
        let mut binary = false;
        let heard = reader.read(|input| match input {
            // Nothing counts any more behind what ends the connection.
            _ if binary => {}
            Input::Text(text) => asked.push(understand(&text, shared)),
            Input::Binary(_) => binary = true,
            Input::Ping(payload) => {
                send(&mut asked, client, shared);
                shared.hub.send(Command::Ping(client.id, payload));
            }
            // That something came is all that counts.
            Input::Pong => {
                flooding |=
                    allowance.take(1.0, per_second, pongs, unix_millis()) == RateVerdict::Flood;
            }
        });
        // Everything that one read brought goes to the hub in one step.
        send(&mut asked, client, shared);
        if client.is_closing() {
            return None;
        }
        if flooding {
            let reason = "flooding: too many Pongs, come back later";
            return Some(frame::close(close::Code::FLOODING.into(), reason));
        }
        if binary {
            let reason = "unsupported: chat.v1 is text (§7.4.1)";
            return Some(frame::close(close::Code::UNSUPPORTED.into(), reason));
        }
        match heard {
            Ok(Heard::Something) => silent = 0,
            Ok(Heard::Nothing) => {
                silent += 1;
                shared.hub.send(Command::Silent(client.id, silent));
            }
            Err(Ending::Closed(answer)) => return Some(answer),
            Err(Ending::Broke(Violation { code, reason })) => {
                log::info!("connection {}: {reason}", client.id);
                return Some(frame::close(code.into(), reason));
            }
            Err(Ending::Gone) => return None,
        }
    }
}

fn send(asked: &mut Vec<RequestEnvelope>, client: &Client, shared: &Shared) {
    let command = match asked.len() {
        0 => return,
        1 => match asked.pop() {
            Some(one) => Command::Request(client.id, one),
            None => return,
        },
        _ => Command::Requests(client.id, std::mem::take(asked)),
    };
    shared.hub.send(command);
}

/// Reads one message; a new token is verified here, so that the hub does no cryptography.
fn understand(text: &str, shared: &Shared) -> RequestEnvelope {
    let mut asked = shared.parser.parse(text);
    if let Ok(Request::Auth { token }) = &asked.request {
        asked.request = match authenticate::verify(Some(token), shared) {
            Ok(claims) => Ok(Request::Renew(Box::new(claims))),
            Err(error) => Err(RequestError::new(
                ErrorCode::Unauthorized,
                error.to_string(),
            )),
        };
    }
    asked
}
