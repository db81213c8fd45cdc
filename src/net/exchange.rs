//! One exchange of plain HTTP over a socket: the head and body come in, the answer goes out.
//!
//! Runs on the connection's thread, which here also writes; every read ends at a deadline, every
//! write has a timeout.

use crate::http::head::Head;
use crate::http::head_reader::HeadReader;
use crate::http::refusal::Refusal;
use crate::http::response::Response;
use crate::net::admission::Permit;
use crate::net::client::{Client, hang_up};
use std::io::{Read, Write};
use std::time::{Duration, Instant};

/// The head, and its reader with what came behind it; `None` if the peer went away before it had one.
// Its own frame, like everything before the chat that needs much stack: pages that a thread has
// touched are its for life, and there are as many threads as connections.
#[inline(never)]
pub fn read_head(
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

/// One read that ends at `deadline`: bytes, 0 at the end of the stream or when it broke, `None`
/// when the time is over.
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

/// The body of a request, of which `early` came with the head; at most `most` bytes.
pub fn read_body(
    client: &Client,
    head: &Head,
    early: Vec<u8>,
    most: usize,
    (deadline, timeout): (Instant, Duration),
) -> Result<Vec<u8>, Refusal> {
    let length = head.content_length()?.unwrap_or(0);
    if length > most as u64 {
        return Err(Refusal::body_too_large(most));
    }
    let mut body = early;
    let mut buffer = [0; 2048];
    while body.len() < length as usize {
        match read_until(client, &mut buffer, deadline) {
            Some(0) => {
                return Err(Refusal::bad_request(
                    "short_body",
                    "The body ended too early (RFC 9112 §6.3).",
                ));
            }
            Some(read) => body.extend_from_slice(&buffer[..read]),
            None => {
                return Err(Refusal::timeout(timeout.as_secs().max(1)));
            }
        }
    }
    body.truncate(length as usize);
    Ok(body)
}

/// Writes an answer, and ends the connection so that the peer sees it.
pub fn answer(client: &Client, response: Response, head_only: bool) {
    write_and_hang_up(client, &response.to_bytes(head_only));
}

/// The answer to whoever waited for so long that somebody else has the place now.
pub fn make_room(client: &Client, permit: &mut Permit) {
    let told = Response::from(Refusal::full(1)).to_bytes(false);
    if (&client.stream).write_all(&told).is_ok() {
        permit.linger();
        hang_up(client);
    }
}

/// Writes the last bytes of a connection, and ends it so that the peer sees them.
pub fn write_and_hang_up(client: &Client, bytes: &[u8]) {
    if (&client.stream).write_all(bytes).is_ok() {
        hang_up(client);
    }
}
