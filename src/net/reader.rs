//! The reading side of a connection: bytes from the socket through the guard into tungstenite,
//! messages out.
//!
//! Runs on the connection's thread; blocks on the socket and nothing else. It **never writes**:
//! tungstenite answers Pings and Closes by itself into the stream it was given, and `GuardedStream`
//! throws those bytes away, because on a chat socket only the hub sends. The callers answer.
//!
//! RFC 6455 §5 (framing), §6.2 (receiving), §7.1.7 (failing the connection: tungstenite returns an
//! error and sends nothing, so each error is mapped to the Close that has to be sent).

use crate::model::direction::Direction;
use crate::net::client::Client;
use crate::websocket::close::{Code, Violation};
use crate::websocket::frame;
use crate::websocket::guard::Guard;
use bytes::Bytes;
use std::io::{self, Read, Write};
use std::sync::Arc;
use tungstenite::error::{CapacityError, Error, ProtocolError};
use tungstenite::protocol::{Role, WebSocketConfig};
use tungstenite::{Message, Utf8Bytes, WebSocket};

/// tungstenite's read buffer. Its default of 128 KiB would be what 30 such connections cost
/// altogether.
const READ_BUFFER: usize = 2048;

/// One thing that was read.
#[derive(Debug)]
pub enum Input {
    /// A text message, whole and valid UTF-8.
    Text(Utf8Bytes),
    /// A binary message.
    Binary(Bytes),
    /// "Upon receipt of a Ping frame, an endpoint MUST send a Pong frame in response" (§5.5.2).
    Ping(Bytes),
    /// The answer to a Ping of ours.
    Pong(Bytes),
}

/// How one read went.
#[derive(Debug, PartialEq, Eq)]
pub enum Heard {
    /// Bytes came.
    Something,
    /// The read timeout passed without a byte.
    Nothing,
}

/// Why there is nothing more to read.
#[derive(Debug)]
pub enum Ending {
    /// The peer sent a Close; this is the answer that it is owed (§5.5.1).
    Closed(Bytes),
    /// The peer broke a rule and has to be told (§7.1.7).
    Broke(Violation),
    /// The connection is gone: there is nobody to tell.
    Gone,
}

/// The stream that tungstenite reads from.
struct GuardedStream {
    client: Arc<Client>,
    /// Bytes that came behind the handshake.
    early: Vec<u8>,
    guard: Guard,
    violation: Option<Violation>,
    /// One read of the socket per round: then tungstenite is told that it would block, and all
    /// frames of that read go to the hub in one step (15 % less CPU than one by one).
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
                    self.client.tap.tcp_ended(Direction::FromClient, false);
                    return Ok(0);
                }
                Ok(read) => read,
                Err(error) => {
                    // The only WouldBlock that means silence: the socket is a blocking one.
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
    /// tungstenite's own replies: discarded, the callers send theirs.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Reads one connection.
pub struct Reader {
    socket: Box<WebSocket<GuardedStream>>,
}

impl Reader {
    /// A reader of messages of at most `max_message` bytes. `early`: what came behind the head.
    // Its own frame: tungstenite's is large, and must not stay on a small stack for life.
    #[inline(never)]
    pub fn new(client: Arc<Client>, early: Vec<u8>, max_message: usize) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .write_buffer_size(0)
            .max_message_size(Some(max_message))
            .max_frame_size(Some(max_message));
        let wire = GuardedStream {
            client,
            early,
            guard: Guard::new(max_message),
            violation: None,
            may_read: false,
            heard: Heard::Something,
        };
        Self {
            socket: Box::new(WebSocket::from_raw_socket(wire, Role::Server, Some(config))),
        }
    }

    /// Waits for bytes, once, and gives every message that they complete to `take`.
    pub fn read(&mut self, mut take: impl FnMut(Input)) -> Result<Heard, Ending> {
        let wire = self.socket.get_mut();
        wire.may_read = true;
        wire.heard = Heard::Something;
        loop {
            match self.socket.read() {
                Ok(Message::Text(text)) => take(Input::Text(text)),
                Ok(Message::Binary(bytes)) => take(Input::Binary(bytes)),
                Ok(Message::Ping(payload)) => take(Input::Ping(payload)),
                Ok(Message::Pong(payload)) => take(Input::Pong(payload)),
                Ok(Message::Close(_)) => {
                    let code = self.socket.get_ref().guard.close_code();
                    return Err(Ending::Closed(answer(code)));
                }
                Ok(Message::Frame(_)) => {} // never comes out of read()
                Err(Error::Io(error)) => match error.kind() {
                    io::ErrorKind::WouldBlock => {
                        let wire = self.socket.get_mut();
                        return Ok(std::mem::replace(&mut wire.heard, Heard::Something));
                    }
                    io::ErrorKind::Interrupted => self.socket.get_mut().may_read = true,
                    _ => return Err(self.broke().unwrap_or(Ending::Gone)),
                },
                Err(error) => return Err(self.broke().unwrap_or_else(|| ending(&error))),
            }
        }
    }

    fn broke(&mut self) -> Option<Ending> {
        self.socket.get_mut().violation.take().map(Ending::Broke)
    }
}

/// §5.5.1: "When sending a Close frame in response, the endpoint typically echos the status code
/// it received." The guard's reading of it, for tungstenite replaces codes that it does not know.
fn answer(code: Option<u16>) -> Bytes {
    match code {
        None => frame::close_without_code(),
        Some(code) => frame::close(code, ""),
    }
}

/// What tungstenite found wrong, as the Close that says so.
fn ending(error: &Error) -> Ending {
    let broke = |code, reason| Ending::Broke(Violation { code, reason });
    match error {
        Error::Utf8(_) => broke(
            Code::INVALID_DATA,
            "invalid_data: the text is not UTF-8 (§8.1)",
        ),
        Error::Capacity(CapacityError::MessageTooLong { .. }) => broke(
            Code::TOO_BIG,
            "too_big: the message is larger than this server takes (§7.4.1)",
        ),
        Error::Protocol(ProtocolError::InvalidCloseSequence) => broke(
            Code::PROTOCOL,
            "protocol_error: a Close has no payload, or a code of two bytes (§5.5.1)",
        ),
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake)
        | Error::ConnectionClosed
        | Error::AlreadyClosed => Ending::Gone,
        // The guard has judged every header; what is left of the rules has no better name.
        _ => broke(
            Code::PROTOCOL,
            "protocol_error: the frames break the protocol (§5)",
        ),
    }
}
