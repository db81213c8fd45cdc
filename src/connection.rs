//! One TCP connection, from its first byte to its last.
//!
//! Runs on: `conn-N`. Blocks on: reading its own socket. Reads the request head, passes plain HTTP
//! on to `site/`, checks handshake, origin and token, and then reads chat messages for the hub. It
//! writes HTTP answers, refusals and `/echo` itself. Once a connection is in the chat it never
//! calls `send`; the hub sends everything, the 101 included.
//!
//! A panic here ends this connection and nothing else.

use crate::app::App;
use crate::authenticate;
#[cfg(feature = "full")]
use crate::broken;
use crate::chat::hub::{Command, Intake};
use crate::chat::message::{ErrorCode, RequestEnvelope, RequestError};
use crate::echo;
#[cfg(feature = "full")]
use crate::glass;
use crate::http::head::Head;
use crate::http::refusal::Refusal;
use crate::http::response::Response;
use crate::model::ids::ClientId;
use crate::model::time::Ticks;
use crate::net::admission::Permit;
use crate::net::client::Client;
use crate::net::exchange;
use crate::net::reader::{Ending, Heard, Input, Reader};
use crate::net::refused::Key;
use crate::shared::Shared;
use crate::site;
use crate::support::token_bucket::{RateLimit, RateVerdict, TokenBucket};
#[cfg(feature = "full")]
use crate::tasks;
use crate::websocket::close::{self, Violation};
use crate::websocket::frame;
use crate::websocket::rulings::decided;
use crate::websocket::violations::TEXT_ONLY;
use bytes::Bytes;
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;
use std::time::{Duration, Instant};

/// Pongs that a connection may send. §5.5.3 allows unsolicited ones as a "unidirectional heartbeat";
/// a flood of them ends the connection.
const PONGS: RateLimit = RateLimit {
    burst: 500.0,
    per_second: 50.0,
};

/// The stack of a connection's thread. Twice what deep nesting needs, because an overflow would end
/// the process; a debug build needs more. The size costs address space and page tables, but only
/// touched pages, 8 KiB of it, become resident (measured with 64 and 128 KiB at 2,000 connections).
const STACK: usize = if cfg!(debug_assertions) {
    256 * 1024
} else {
    128 * 1024
};

/// Gives a connection that was just accepted a thread of its own, if there is a place for it.
pub(crate) fn accept(stream: TcpStream, peer: SocketAddr, app: &Arc<App>) {
    let shared = &app.shared;
    let address = peer.ip().to_canonical();
    let id = ClientId::new(shared.next_id.fetch_add(1, Relaxed));
    shared.note_visitor(address, &stream);
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

/// Answers 503 without a thread, by one send that does not wait. A fresh socket has room for it; the
/// peer may still see a reset before it reads the answer.
fn turn_away(client: &Client) {
    let answer = Response::from(Refusal::full(5)).to_bytes(false);
    let _ = client.try_send(&[Bytes::from(answer)], false);
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
        Err(refusal) => return exchange::answer(&client, decided(refusal).into(), false),
    };
    // Without the address: a log may be a file, and no address reaches the disk.
    log::debug!("connection {}: {} {}", client.id, head.method, head.path);
    if head.path == "/ws" && shared.config.lens.enabled {
        client.tap.record_opening(reader.raw());
    }
    #[cfg(feature = "full")]
    let request = broken::is_endpoint(&head.path).then(|| reader.raw().to_vec());
    let early = reader.into_rest();
    let attempt = authenticate::attempt(&head);
    let address = shared.client_address(&head, address, &mut permit);
    let outcome = if permit.crowded {
        Err(Refusal::too_many_from_here())
    } else {
        match head.path.as_str() {
            "/ws" => chat(&client, head, early, &mut permit, shared),
            "/echo" => echo::open(&client, &head, early, &mut permit, shared, &app.echoes),
            #[cfg(feature = "full")]
            "/lens" => glass::open(&client, &head, early, &mut permit, shared),
            #[cfg(feature = "full")]
            path if tasks::is_endpoint(path) => {
                tasks::open(&client, &head, early, &mut permit, shared, &app.students)
            }
            #[cfg(feature = "full")]
            path if broken::is_endpoint(path) => {
                let request = (&head, request, early);
                broken::open(&client, request, &mut permit, shared, &app.broken)
            }
            _ => return site::serve(&client, &head, early, (address, deadline), app),
        }
    };
    // The permit is held until the peer has hung up: a peer that lingers after a refusal counts, too.
    if let Err(refusal) = outcome {
        refuse(&client, refusal, attempt, shared);
    }
}

/// Answers a request that is refused, and hangs up.
// Not inlined: every connection would keep its stack.
#[inline(never)]
fn refuse(client: &Client, refusal: Refusal, attempt: Option<Key>, shared: &Shared) {
    let answer = Response::from(decided(refusal)).to_bytes(false);
    shared.refused.note(attempt, client, &answer);
    exchange::write_and_hang_up(client, &answer);
}

/// The handshake of `/ws`, and then its messages.
fn chat(
    client: &Arc<Client>,
    head: Head,
    early: Vec<u8>,
    permit: &mut Permit,
    shared: &Arc<Shared>,
) -> Result<(), Refusal> {
    let Some(arrival) = authenticate::arrival(client, head, permit, shared)? else {
        return Ok(());
    };
    let sub = arrival.claims.sub.clone();
    let heartbeat = Some(shared.config.heartbeat.interval);
    if client.stream.set_read_timeout(heartbeat).is_err() {
        return Ok(());
    }
    let guard = PanicGuard { client, shared };
    shared.hub.send(Command::Connect(arrival));
    let reader = Reader::new(Arc::clone(client), early, shared.config.limits.message);
    let close = read_messages(reader, client, &sub, shared);
    drop(guard);
    shared.hub.send(Command::End(client.id, close));
    // The hub or the flusher writes the Close, and the flusher hangs up in time.
    client.discard(DISCARD);
    Ok(())
}

/// Longest wait for the end of a connection. The flusher hangs up much earlier; this is a safeguard.
const DISCARD: Duration = Duration::from_secs(30);

/// Tells the hub that a connection has ended when its thread panics.
struct PanicGuard<'a> {
    client: &'a Client,
    shared: &'a Shared,
}

impl Drop for PanicGuard<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            let reason = "internal: this server made a mistake";
            let close = frame::close(close::Code::INTERNAL.into(), reason);
            let end = Command::End(self.client.id, Some(close));
            self.shared.hub.send(end);
        }
    }
}

/// Reads until the connection ends; returns the Close to send, if there is one to send.
#[inline(never)]
fn read_messages(mut reader: Reader, client: &Client, sub: &str, shared: &Shared) -> Option<Bytes> {
    let mut intake = Intake::new(&shared.hub, client.id);
    let mut silent = 0;
    let mut flooding = false;
    let mut pongs = TokenBucket::new(PONGS, Ticks::now());
    loop {
        let mut binary = false;
        let heard = reader.read(|input| match input {
            // What follows a message that ends the connection is ignored.
            _ if binary => {}
            Input::Text(text) => intake.add(read_request(&text, sub, shared), text.len()),
            Input::Binary(_) => binary = true,
            Input::Ping(payload) => {
                intake.send();
                shared.hub.send(Command::Ping(client.id, payload));
            }
            Input::Pong => {
                flooding |= pongs.take(1.0, Ticks::now()) == RateVerdict::Flood;
            }
        });
        // What one read brought goes to the hub in one step.
        intake.send();
        if client.is_closing() {
            return None;
        }
        if flooding {
            let reason = "flooding: too many Pongs, come back later";
            return Some(frame::close(close::Code::FLOODING.into(), reason));
        }
        if binary {
            let Violation { code, reason } = TEXT_ONLY;
            return Some(frame::close(code.into(), reason));
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

/// Turns one message into a request. A new token is verified here, so that the hub does no cryptography.
fn read_request(text: &str, sub: &str, shared: &Shared) -> RequestEnvelope {
    shared.parser.parse(text, &|token| {
        authenticate::renewal(token, sub, shared)
            .map_err(|error| RequestError::new(ErrorCode::Unauthorized, error.to_string()))
    })
}
