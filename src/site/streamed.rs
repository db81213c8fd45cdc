//! The body of a download on its way to the client: as it is written, in a bounded time, and never
//! such that a part looks like the whole.
//!
//! - A body that fits into the buffer is sent with its length. If it cannot be made, nothing was
//!   sent, and the client gets a status that says so.
//! - A longer one is sent in chunks (RFC 9112 §7.1). If the rest cannot be made, the last chunk is
//!   missing, and the client knows: §8, "A message body that uses the chunked transfer coding is
//!   incomplete if the zero-sized chunk that terminates the encoding has not been received."
//! - HTTP/1.0 has no chunks: there the end of the connection ends the body, and a reset says that it
//!   is not complete.

use crate::http::head::Head;
use crate::http::response::Response;
use crate::net::client::Client;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// Bytes that are sent at once.
const BUFFER: usize = 64 * 1024;

/// Longest time for a client to take [`BUFFER`] bytes: a slower one would hold its place for hours.
const STALL: Duration = Duration::from_secs(15);

/// Longest time for the whole. A lesson of megabytes takes seconds.
const WHOLE: Duration = Duration::from_secs(600);

/// A body that is being sent.
pub(super) struct StreamedBody<'a> {
    client: &'a Client,
    head: Response,
    /// Whether the client asks for the head alone.
    head_only: bool,
    /// Whether the client knows chunks.
    chunks: bool,
    buffer: Vec<u8>,
    /// Whether the client has got anything; read by whoever answers if this fails.
    begun: &'a AtomicBool,
    deadline: Instant,
}

impl<'a> StreamedBody<'a> {
    /// Nothing is sent yet. `head`: the response without its body.
    pub(super) fn new(
        client: &'a Client,
        request: &Head,
        head: Response,
        begun: &'a AtomicBool,
    ) -> StreamedBody<'a> {
        StreamedBody {
            client,
            head,
            head_only: request.method == "HEAD",
            chunks: request.version >= 1,
            buffer: Vec::with_capacity(BUFFER),
            begun,
            deadline: Instant::now() + WHOLE,
        }
    }

    /// Sends what is left, and the end of the body.
    pub(super) fn finish(mut self) -> io::Result<()> {
        if self.head_only {
            let head = self.head.head_to_bytes(None);
            return self.send(&head);
        }
        if !self.begun.load(Relaxed) {
            let mut all = self.head.head_to_bytes(Some(self.buffer.len()));
            all.append(&mut self.buffer);
            return self.send(&all);
        }
        if !self.buffer.is_empty() {
            self.send_buffer()?;
        }
        match self.chunks {
            true => self.send(b"0\r\n\r\n"),
            false => Ok(()),
        }
    }

    /// Sends what is in the buffer, after the head if that was not sent.
    fn send_buffer(&mut self) -> io::Result<()> {
        let mut piece = Vec::with_capacity(self.buffer.len() + 512);
        if !self.begun.load(Relaxed) {
            if self.chunks {
                let head = std::mem::replace(&mut self.head, Response::new(200, "", &b""[..]));
                self.head = head.with("Transfer-Encoding", "chunked");
            }
            piece.extend(self.head.head_to_bytes(None));
        }
        match self.chunks {
            true => {
                write!(piece, "{:x}\r\n", self.buffer.len())?;
                piece.append(&mut self.buffer);
                piece.extend_from_slice(b"\r\n");
            }
            false => piece.append(&mut self.buffer),
        }
        self.send(&piece)
    }

    /// Writes to the socket, for a bounded time.
    fn send(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        self.begun.store(true, Relaxed);
        let until = self.deadline.min(Instant::now() + STALL);
        let mut stream = &self.client.stream;
        while !bytes.is_empty() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(too_slow());
            }
            stream.set_write_timeout(Some(left))?;
            match stream.write(bytes) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => bytes = &bytes[written..],
                Err(error) => match error.kind() {
                    io::ErrorKind::Interrupted => {}
                    io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => return Err(too_slow()),
                    _ => return Err(error),
                },
            }
        }
        Ok(())
    }
}

impl Write for StreamedBody<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.buffer.len() + bytes.len() > BUFFER && !self.buffer.is_empty() {
            self.send_buffer()?;
        }
        self.buffer.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn too_slow() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "the client reads too slowly")
}
