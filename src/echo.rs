//! `/echo`: sends every message back unchanged, for the lab and for conformance suites.
//!
//! Runs on the connection's thread, which also writes here: the hub never owns this socket. It
//! needs no token, so it has a size limit of its own, a limit on how long a write may take, and a
//! pace: the chat comes first. Who is too fast is not refused; the thread waits before it reads
//! again, and TCP holds the peer back.

use crate::authenticate;
use crate::http::head::Head;
use crate::http::origin::origin_allowed;
use crate::http::refusal::Refusal;
use crate::net::admission::Permit;
use crate::net::client::{Client, hang_up};
use crate::net::reader::{Ending, Heard, Input, Reader};
use crate::shared::Shared;
use crate::support::pace::Pace;
use crate::websocket::close::{self, Violation};
use crate::websocket::frame;
use crate::websocket::handshake::Upgrade;
use std::io::Write;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Silent heartbeat intervals after which the connection ends. After the first one the server sends
/// a Ping.
const MAX_SILENT_INTERVALS: u32 = 2;

/// What one read costs in bytes, however few it brings: the size of the reader's buffer.
const READ_COST: f64 = 2048.0;
/// What one message costs beside its bytes, because one of a single byte is work, too.
const MESSAGE_COST: f64 = 1024.0;
/// What each connection may cost in a second, and at once, whatever the others do: room for ten
/// messages, so that the lab and a person who types never wait for somebody's flood.
const OWN_SHARE: f64 = 32.0 * 1024.0;
/// Seconds of the common pace that may be used at once: 5,000 messages with the default of
/// `lab.echo_rate`, or 16,000 that come together.
const BURST: f64 = 4.0;
/// How much faster those with a token may be.
const WITH_TOKEN: f64 = 8.0;
/// The longest sleep before looking whether the server stops.
const NAP: Duration = Duration::from_millis(100);

/// The paces that all connections to `/echo` have in common.
#[derive(Debug)]
pub(crate) struct Echoes {
    /// `None`: there is no limit.
    strangers: Option<Mutex<Pace>>,
    known: Option<Mutex<Pace>>,
}

impl Echoes {
    /// Paces of `rate` bytes per second, `lab.echo_rate`; 0: no limit.
    pub(crate) fn new(rate: usize) -> Self {
        let rate = rate as f64;
        let pace = |rate| Mutex::new(Pace::new(rate, rate * BURST, Instant::now()));
        Self {
            strangers: (rate > 0.0).then(|| pace(rate)),
            known: (rate > 0.0).then(|| pace(rate * WITH_TOKEN)),
        }
    }
}

/// Answers the handshake of `/echo`, and serves it until it ends.
///
/// # Errors
///
/// The handshake breaks a rule, there is no lab, or the server is full.
#[inline(never)]
pub(crate) fn open(
    client: &Arc<Client>,
    head: &Head,
    early: Vec<u8>,
    permit: &mut Permit,
    shared: &Shared,
    echoes: &Echoes,
) -> Result<(), Refusal> {
    let config = &shared.config;
    if !config.lab.enabled {
        return Err(Refusal::not_found());
    }
    let upgrade = Upgrade::check(head)?;
    origin_allowed(head, &config.server.allowed_origins)?;
    if !permit.enter_echo() {
        return Err(Refusal::full(1));
    }
    let hello = upgrade.switching_protocols(None);
    let heartbeat = Some(config.heartbeat.interval);
    if client.stream.set_read_timeout(heartbeat).is_ok() && write(client, &hello) {
        let pace = match has_token(head, &upgrade, shared) {
            true => &echoes.known,
            false => &echoes.strangers,
        };
        serve(Arc::clone(client), early, shared, pace.as_ref());
    }
    Ok(())
}

/// Whether the handshake carries a valid token. One that is not valid is none: nobody needs one.
fn has_token(head: &Head, upgrade: &Upgrade, shared: &Shared) -> bool {
    let token = authenticate::carried_token(head, upgrade).ok().flatten();
    authenticate::verify(token.as_deref(), shared)
        .is_ok_and(|claims| !authenticate::is_of_old_lesson(&claims, shared))
}

/// Echoes until the peer closes, breaks a rule, or is silent for too long.
fn serve(client: Arc<Client>, early: Vec<u8>, shared: &Shared, pace: Option<&Mutex<Pace>>) {
    let mut reader = Reader::new(Arc::clone(&client), early, shared.config.lab.max_message);
    let mut own = Pace::new(OWN_SHARE, OWN_SHARE, Instant::now());
    let mut silent = 0;
    loop {
        // What one read brought is answered by one write.
        let mut replies = Vec::new();
        let mut messages = 0.0;
        let heard = reader.read(|input| {
            messages += 1.0;
            replies.extend_from_slice(&match input {
                Input::Text(text) => frame::text(text.as_bytes()),
                Input::Binary(bytes) => frame::binary(&bytes),
                Input::Ping(payload) => frame::pong(&payload),
                Input::Pong => return,
            });
        });
        if !write(&client, &replies) {
            return client.reset();
        }
        let last = match heard {
            Ok(Heard::Something) => {
                silent = 0;
                let cost = READ_COST + messages * MESSAGE_COST;
                keep(pace, &mut own, cost, shared);
                continue;
            }
            Ok(Heard::Nothing) if silent + 1 < MAX_SILENT_INTERVALS => {
                silent += 1;
                write(&client, &frame::ping(b"still there?"));
                continue;
            }
            Ok(Heard::Nothing) => {
                frame::close(close::Code::SILENT.into(), "silent: nothing was heard")
            }
            Err(Ending::Closed(answer)) => answer,
            Err(Ending::Broke(Violation { code, reason })) => frame::close(code.into(), reason),
            Err(Ending::Gone) if shared.stopping.load(Relaxed) => close::going_away(),
            Err(Ending::Gone) => return,
        };
        if write(&client, &last) {
            hang_up(&client);
        }
        return;
    }
}

/// Waits until this much may have been done.
fn keep(pace: Option<&Mutex<Pace>>, own: &mut Pace, cost: f64, shared: &Shared) {
    let now = Instant::now();
    let Some(pace) = pace.filter(|_| !own.take(cost, now)) else {
        return;
    };
    let wait = pace
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .spend(cost, now);
    let until = now + wait;
    // The peer is not looked at: what it has sent before it hung up is work as well.
    while let Some(left) = until.checked_duration_since(Instant::now())
        && !shared.stopping.load(Relaxed)
    {
        thread::sleep(left.min(NAP));
    }
}

fn write(client: &Client, bytes: &[u8]) -> bool {
    (&client.stream).write_all(bytes).is_ok()
}
