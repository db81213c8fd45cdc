//! `/echo`: sends every message back unchanged, for the lab and for conformance suites.
//!
//! Runs on the connection's thread, which also writes here: the hub never owns this socket. It
//! needs no token and has no rate limit, but a size limit of its own and a limit on how long a
//! write may take.

use crate::http::head::Head;
use crate::http::origin::origin_allowed;
use crate::http::refusal::Refusal;
use crate::net::admission::Permit;
use crate::net::client::{Client, hang_up};
use crate::net::reader::{Ending, Heard, Input, Reader};
use crate::shared::Shared;
use crate::websocket::close::{self, Violation};
use crate::websocket::frame;
use crate::websocket::handshake::Upgrade;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

/// Silent heartbeat intervals after which the connection ends. After the first one the server sends
/// a Ping.
const MAX_SILENT_INTERVALS: u32 = 2;

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
        serve(Arc::clone(client), early, shared);
    }
    Ok(())
}

/// Echoes until the peer closes, breaks a rule, or is silent for too long.
fn serve(client: Arc<Client>, early: Vec<u8>, shared: &Shared) {
    let mut reader = Reader::new(Arc::clone(&client), early, shared.config.lab.max_message);
    let mut silent = 0;
    loop {
        let mut alive = true;
        let heard = reader.read(|input| {
            let reply = match input {
                Input::Text(text) => frame::text(text.as_bytes()),
                Input::Binary(bytes) => frame::binary(&bytes),
                Input::Ping(payload) => frame::pong(&payload),
                Input::Pong => return,
            };
            alive = alive && write(&client, &reply);
        });
        let last = match heard {
            _ if !alive => return client.reset(),
            Ok(Heard::Something) => {
                silent = 0;
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

fn write(client: &Client, bytes: &[u8]) -> bool {
    (&client.stream).write_all(bytes).is_ok()
}
