//! One exchange of plain HTTP over a socket: it reads the head and the body, and writes the answer.
//!
//! Runs on the connection's thread, which also writes here. Every read ends at a deadline, and
//! every write has a timeout.

use crate::http::expect::{CONTINUE, asks_first};
use crate::http::head::Head;
use crate::http::head_reader::HeadReader;
use crate::http::refusal::Refusal;
use crate::http::response::Response;
use crate::net::admission::Permit;
use crate::net::client::{Client, hang_up};
use crate::websocket::handshake::Upgrade;
use std::io::{Read, Write};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// Reads the head, as [`receive_head`] does, and answers a handshake that waits for a 100 (Continue).
pub(crate) fn read_head(
    client: &Client,
    deadline: Instant,
    timeout: Duration,
) -> Result<Option<(Head, HeadReader)>, Refusal> {
    let read = receive_head(client, deadline, timeout)?;
    if let Some((head, _)) = &read {
        continue_upgrade(client, head)?;
    }
    Ok(read)
}

/// Reads the head. The reader holds the bytes that came after it. `None`: the peer went away
/// before it had sent a head.
// Not inlined, like everything before the chat that needs much stack: a thread keeps every page of
// stack that it has touched, and there are as many threads as connections.
#[inline(never)]
pub(crate) fn receive_head(
    client: &Client,
    deadline: Instant,
    timeout: Duration,
) -> Result<Option<(Head, HeadReader)>, Refusal> {
    let mut reader = HeadReader::new();
    let mut buffer = [0; 2048];
    loop {
        match read_until(client, &mut buffer, deadline) {
            Some(0) => return Ok(None),
            Some(read) => {
                if let Some(head) = reader.feed(&buffer[..read])? {
                    return Ok(Some((head, reader)));
                }
            }
            None if reader.is_empty() => return Ok(None),
            None => {
                return Err(Refusal::timeout(timeout.as_secs().max(1)));
            }
        }
    }
}

/// Judges what the client expects, and answers a handshake that waits for a 100.
fn continue_upgrade(client: &Client, head: &Head) -> Result<(), Refusal> {
    // RFC 9110 §7.8: “If a server receives both an Upgrade and an Expect header field with the
    // "100-continue" expectation …, the server MUST send a 100 (Continue) response before sending a
    // 101 (Switching Protocols) response.”
    if asks_first(head)? && Upgrade::check(head).is_ok() {
        // If this fails, so will the answer.
        let _ = (&client.stream).write_all(CONTINUE);
    }
    Ok(())
}

/// One read that ends at `deadline`: the number of bytes, 0 at the end of the stream or after an
/// error, `None` at the deadline.
fn read_until(client: &Client, buffer: &mut [u8], deadline: Instant) -> Option<usize> {
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() || client.stream.set_read_timeout(Some(left)).is_err() {
            return None;
        }
        match (&client.stream).read(buffer) {
            Ok(read) => return Some(read),
            Err(error) => match error.kind() {
                std::io::ErrorKind::Interrupted => {}
                std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut => return None,
                _ => return Some(0),
            },
        }
    }
}

/// The body of a request, which is read when a route asks for it. What a route refuses before that
/// is refused without its body, and the client of an `Expect: 100-continue` never sends it.
pub(crate) struct Body<'a> {
    client: &'a Client,
    length: usize,
    /// What came with the head.
    early: Vec<u8>,
    asks_first: bool,
    deadline: Instant,
    timeout: Duration,
    bytes: OnceLock<Vec<u8>>,
}

impl<'a> Body<'a> {
    /// The body that a head announces.
    ///
    /// # Errors
    ///
    /// Its length is wrong, or more than `max` bytes; 417 for an unknown expectation.
    pub(crate) fn announced(
        client: &'a Client,
        head: &Head,
        early: Vec<u8>,
        max: usize,
        (deadline, timeout): (Instant, Duration),
    ) -> Result<Self, Refusal> {
        let length = head.content_length()?.unwrap_or(0);
        if length > max as u64 {
            return Err(Refusal::body_too_large(max));
        }
        Ok(Self {
            client,
            length: length as usize,
            // RFC 9110 §10.1.1: "A server MAY omit sending a 100 (Continue) response if it has
            // already received some or all of the content".
            asks_first: asks_first(head)? && early.is_empty() && length > 0,
            early,
            deadline,
            timeout,
            bytes: OnceLock::new(),
        })
    }

    /// The whole body.
    ///
    /// # Errors
    ///
    /// It did not come, or not in time.
    pub(crate) fn read(&self) -> Result<&[u8], Refusal> {
        if let Some(bytes) = self.bytes.get() {
            return Ok(bytes);
        }
        let bytes = self.receive()?;
        Ok(self.bytes.get_or_init(|| bytes))
    }

    fn receive(&self) -> Result<Vec<u8>, Refusal> {
        if self.asks_first {
            // If this fails, so does the read.
            let _ = (&self.client.stream).write_all(CONTINUE);
        }
        let mut body = self.early.clone();
        let mut buffer = [0; 2048];
        while body.len() < self.length {
            match read_until(self.client, &mut buffer, self.deadline) {
                Some(0) => {
                    return Err(Refusal::bad_request(
                        "short_body",
                        "The body ended too early (RFC 9112 §6.3).",
                    ));
                }
                Some(read) => body.extend_from_slice(&buffer[..read]),
                None => return Err(Refusal::timeout(self.timeout.as_secs().max(1))),
            }
        }
        body.truncate(self.length);
        Ok(body)
    }
}

/// Writes an answer and ends the connection, so that the peer can read the answer.
pub(crate) fn answer(client: &Client, response: Response, head_only: bool) {
    write_and_hang_up(client, &response.to_bytes(head_only));
}

/// Answers a displaced connection and ends it.
pub(crate) fn make_room(client: &Client, permit: &mut Permit) {
    let answer = Response::from(Refusal::full(1)).to_bytes(false);
    if (&client.stream).write_all(&answer).is_ok() {
        permit.linger();
        hang_up(client);
    }
}

/// Writes the last bytes of a connection and ends it, so that the peer can read them.
pub(crate) fn write_and_hang_up(client: &Client, bytes: &[u8]) {
    if (&client.stream).write_all(bytes).is_ok() {
        hang_up(client);
    }
}
