//! The reading side of a connection: bytes go from the socket through the guard into tungstenite,
//! and messages come out.
//!
//! Runs on the connection's thread, and blocks on the socket only. It **never writes**: tungstenite
//! writes its own answers to Pings and Closes into its stream, and `GuardedStream` discards them,
//! because only hub and flusher send on a chat socket. The callers answer.
//!
//! RFC 6455 §5 (framing), §6.2 (receiving), §7.1.7 (failing the connection: tungstenite returns an
//! error and sends nothing, so each error is mapped to the Close that has to be sent).

use crate::model::direction::Direction;
use crate::net::client::Client;
use crate::websocket::close::Violation;
use crate::websocket::frame;
use crate::websocket::guard::Guard;
use crate::websocket::rules::Rule;
use crate::websocket::violations::{OTHER, TOO_BIG};
use bytes::Bytes;
use std::io::{self, Read, Write};
use std::sync::Arc;
use tungstenite::error::{CapacityError, Error, ProtocolError};
use tungstenite::protocol::{Role, WebSocketConfig};
use tungstenite::{Message, Utf8Bytes, WebSocket};

/// tungstenite's read buffer. Its default of 128 KiB is the memory of eight connections; 2 KiB are not faster.
const READ_BUFFER: usize = 1024;

/// One thing that was read.
#[derive(Debug)]
pub(crate) enum Input {
    /// A text message, whole and valid UTF-8.
    Text(Utf8Bytes),
    /// A binary message.
    Binary(Bytes),
    /// "Upon receipt of a Ping frame, an endpoint MUST send a Pong frame in response" (§5.5.2).
    Ping(Bytes),
    /// The answer to a Ping of ours.
    Pong,
}

/// The outcome of one read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// Bytes came.
    Something,
    /// The read timeout passed without a byte.
    Nothing,
}

/// Why there is nothing more to read.
#[derive(Debug)]
pub(crate) enum Ending {
    /// The peer sent a Close; this is the Close to answer it with (§5.5.1).
    Closed(Bytes),
    /// The peer broke a rule, and a Close has to say so (§7.1.7).
    Broke(Violation),
    /// The connection is gone, so no Close can be sent.
    Gone,
}

/// The stream that tungstenite reads from.
struct GuardedStream {
    client: Arc<Client>,
    /// Bytes that came with the handshake.
    early: Vec<u8>,
    guard: Guard,
    violation: Option<Violation>,
    /// Allows one read of the socket. After that tungstenite gets `WouldBlock`, and all frames of
    /// that read go to the hub in one step (15 % less CPU than one by one).
    may_read: bool,
    heard: Heard,
}

impl Read for GuardedStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.violation.is_some() {
            return Err(io::ErrorKind::InvalidData.into());
        }
        if !std::mem::take(&mut self.may_read) {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let read = if self.early.is_empty() {
            match (&self.client.stream).read(buffer) {
                Ok(0) => {
                    self.client.note_end_of_stream();
                    return Ok(0);
                }
                Ok(read) => read,
                Err(error) => {
                    // The socket is a blocking one, so WouldBlock is its read timeout.
                    match error.kind() {
                        io::ErrorKind::WouldBlock => self.heard = Heard::Nothing,
                        io::ErrorKind::ConnectionReset => {
                            self.client.tap.tcp_ended(Direction::FromClient, true);
                        }
                        _ => {}
                    }
                    return Err(error);
                }
            }
        } else {
            let read = self.early.len().min(buffer.len());
            buffer[..read].copy_from_slice(&self.early[..read]);
            self.early.drain(..read);
            self.may_read = !self.early.is_empty();
            read
        };
        let aligned = self.guard.is_between_messages();
        self.client.tap.received(&buffer[..read], aligned);
        let (allowed, violation) = self.guard.pass(&buffer[..read]);
        self.violation = violation;
        match allowed {
            0 => Err(io::ErrorKind::InvalidData.into()),
            _ => Ok(allowed),
        }
    }
}

impl Write for GuardedStream {
    /// Discards tungstenite's own replies: the callers send theirs.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Reads one connection.
pub(crate) struct Reader {
    socket: Box<WebSocket<GuardedStream>>,
}

impl Reader {
    /// A reader of messages of at most `max_message` bytes. `early`: what came with the handshake.
    // Not inlined: tungstenite's frame is large, and would stay on a small stack for life.
    #[inline(never)]
    pub(crate) fn new(client: Arc<Client>, early: Vec<u8>, max_message: usize) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .write_buffer_size(0)
            .max_message_size(Some(max_message))
            .max_frame_size(Some(max_message));
        let stream = GuardedStream {
            client,
            early,
            guard: Guard::new(max_message),
            violation: None,
            may_read: false,
            heard: Heard::Something,
        };
        Self {
            socket: Box::new(WebSocket::from_raw_socket(
                stream,
                Role::Server,
                Some(config),
            )),
        }
    }

    /// Reads once from the socket, and gives every message that is complete then to `take`.
    pub(crate) fn read(&mut self, mut take: impl FnMut(Input)) -> Result<Heard, Ending> {
        let stream = self.socket.get_mut();
        stream.may_read = true;
        stream.heard = Heard::Something;
        loop {
            match self.socket.read() {
                Ok(Message::Text(text)) => take(Input::Text(text)),
                Ok(Message::Binary(bytes)) => take(Input::Binary(bytes)),
                Ok(Message::Ping(payload)) => take(Input::Ping(payload)),
                Ok(Message::Pong(_)) => take(Input::Pong),
                Ok(Message::Close(_)) => {
                    let code = self.socket.get_ref().guard.close_code();
                    return Err(Ending::Closed(close_reply(code)));
                }
                Ok(Message::Frame(_)) => {} // never comes out of read()
                Err(Error::Io(error)) => match error.kind() {
                    io::ErrorKind::WouldBlock => {
                        let stream = self.socket.get_mut();
                        return Ok(std::mem::replace(&mut stream.heard, Heard::Something));
                    }
                    io::ErrorKind::Interrupted => self.socket.get_mut().may_read = true,
                    _ => return Err(self.violation().unwrap_or(Ending::Gone)),
                },
                Err(error) => return Err(ending(&error)), // in a frame before the guard's violation
            }
        }
    }

    fn violation(&mut self) -> Option<Ending> {
        self.socket.get_mut().violation.take().map(Ending::Broke)
    }
}

/// §5.5.1: "When sending a Close frame in response, the endpoint typically echos the status code
/// it received." The code is the guard's, since tungstenite replaces codes that it does not know.
fn close_reply(code: Option<u16>) -> Bytes {
    match code {
        None => frame::close_without_code(),
        Some(code) => frame::close(code, ""),
    }
}

/// The Close for an error that tungstenite found.
fn ending(error: &Error) -> Ending {
    let rule = match error {
        Error::Utf8(_) => Rule::TextNotUtf8,
        Error::Capacity(CapacityError::MessageTooLong { .. }) => return Ending::Broke(TOO_BIG),
        Error::Protocol(ProtocolError::InvalidCloseSequence) => Rule::CloseOneByte,
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake)
        | Error::ConnectionClosed
        | Error::AlreadyClosed => return Ending::Gone,
        // The guard has judged every header; the remaining rules have no better name.
        _ => return Ending::Broke(OTHER),
    };
    Ending::Broke(rule.violation().unwrap_or(OTHER))
}
