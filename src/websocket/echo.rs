//! `/echo`: every message comes back as it is. The target of the lab and of conformance suites.
//!
//! Runs on the connection's thread, which here also writes: this socket never belongs to the hub.
//! No token, no rate; its own size limit, and a bound on how long a write may take.

use crate::chat::client::Client;
use crate::websocket::close::{self, Violation};
use crate::websocket::frame;
use crate::websocket::reader::{Ending, Heard, Input, Reader};
use bytes::Bytes;
use std::io::Write;
use std::sync::Arc;

/// Silent intervals before the connection ends; the first is answered with a Ping.
const PATIENCE: u32 = 2;

/// Echoes until the peer closes, breaks a rule, or is silent for too long.
pub fn serve(client: Arc<Client>, early: Vec<u8>, max_message: usize) {
    let mut reader = Reader::new(Arc::clone(&client), early, max_message);
    let mut silent = 0;
    loop {
        let mut alive = true;
        let heard = reader.read(|input| {
            let reply = match input {
                Input::Text(text) => frame::text(text.as_bytes()),
                Input::Binary(bytes) => frame::binary(&bytes),
                Input::Ping(payload) => frame::pong(&payload),
                Input::Pong(_) => return,
            };
            alive = alive && write(&client, &reply);
        });
        let last = match heard {
            _ if !alive => return client.reset(),
            Ok(Heard::Something) => {
                silent = 0;
                continue;
            }
            Ok(Heard::Nothing) if silent + 1 < PATIENCE => {
                silent += 1;
                write(&client, &frame::ping(b"still there?"));
                continue;
            }
            Ok(Heard::Nothing) => {
                frame::close(close::Code::SILENT.into(), "silent: nothing was heard")
            }
            Err(Ending::Closed(answer)) => answer,
            Err(Ending::Broke(Violation { code, reason })) => frame::close(code.into(), reason),
            Err(Ending::Gone) => return,
        };
        if write(&client, &last) {
            close::hang_up(&client.stream);
        }
        return;
    }
}

fn write(client: &Client, bytes: &Bytes) -> bool {
    (&client.stream).write_all(bytes).is_ok()
}
