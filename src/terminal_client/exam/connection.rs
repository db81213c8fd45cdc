//! One connection to the server under examination: what it answers to a handshake, and the frames
//! that it sends, right or wrong. Every wait ends.

use crate::lens::encode;
use crate::lens::head::LooseHead;
use crate::support::random;
use crate::terminal_client::exam::watched::Watched;
use crate::websocket::frame_header::FrameHeader;
use crate::websocket::opcode;
use std::cell::RefCell;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// Longest payload that is read: four times the largest message that the exam sends. A header that
/// claims more is reported and not waited for.
const MAX_PAYLOAD: u64 = 4 * 1024 * 1024;
/// Largest head of a response.
const MAX_HEAD: usize = 64 * 1024;
/// Frames that a wait reads before it gives up: a server that sends without end is no answer.
const MAX_FRAMES: usize = 10_000;

/// A frame of the server.
#[derive(Clone, Debug)]
pub(crate) struct ServerFrame {
    pub(crate) header: FrameHeader,
    /// Unmasked, if the server masked it.
    pub(crate) payload: Vec<u8>,
}

/// What comes next from the server.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    Frame(ServerFrame),
    /// TCP has ended: cleanly, or with a reset.
    End {
        reset: bool,
    },
    /// Nothing came in time; there may be the beginning of a frame.
    Silence {
        partial: Vec<u8>,
    },
}

/// The answer to a request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    /// Of the status line.
    pub(crate) status: Option<u16>,
    pub(crate) head: LooseHead,
    /// The server ended TCP before its head was complete.
    pub(crate) ended: bool,
}

impl Answer {
    /// The answer in words.
    pub(crate) fn words(&self) -> String {
        match (&self.status, self.head.bytes, self.ended) {
            (Some(_), ..) => self.head.start.clone(),
            (None, 0, true) => "no answer: the server ended TCP".into(),
            (None, 0, false) => "no answer in time".into(),
            (None, bytes, _) => format!(
                "{bytes} bytes that are no complete HTTP response: {:?}",
                self.head.start
            ),
        }
    }
}

/// A connection to the server.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    wait: Duration,
    ended: Option<bool>,
    watched: Rc<RefCell<Watched>>,
}

impl Connection {
    pub(crate) fn new(stream: TcpStream, wait: Duration, watched: Rc<RefCell<Watched>>) -> Self {
        Self {
            stream,
            buffer: Vec::new(),
            wait,
            ended: None,
            watched,
        }
    }

    /// Sends bytes. That the server no longer takes them shows when its answer is read.
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        let _ = self.stream.set_write_timeout(Some(self.wait));
        let _ = self.stream.write_all(bytes);
    }

    /// Sends a frame without mistakes.
    pub(crate) fn frame(&mut self, opcode: u8, payload: &[u8]) {
        self.send(&frame(true, opcode, payload));
    }

    /// More bytes into the buffer, until then at the latest.
    fn fill(&mut self, until: Instant) -> bool {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() || self.ended.is_some() {
            return false;
        }
        let mut chunk = [0; 64 * 1024];
        let _ = self.stream.set_read_timeout(Some(left));
        match self.stream.read(&mut chunk) {
            Ok(0) => self.ended = Some(false),
            Ok(read) => self.buffer.extend_from_slice(&chunk[..read]),
            Err(error) => match error.kind() {
                ErrorKind::Interrupted => {}
                ErrorKind::WouldBlock | ErrorKind::TimedOut => return false,
                _ => self.ended = Some(true),
            },
        }
        true
    }

    /// The head of the response.
    pub(crate) fn answer(&mut self) -> Answer {
        let until = Instant::now() + self.wait;
        while !self.buffer.windows(4).any(|w| w == b"\r\n\r\n") && self.buffer.len() < MAX_HEAD {
            if !self.fill(until) {
                break;
            }
        }
        let head = LooseHead::read(&self.buffer);
        self.buffer.drain(..head.bytes.min(self.buffer.len()));
        let mut parts = head.start.split(' ');
        let http = parts.next().is_some_and(|word| word.starts_with("HTTP/"));
        let status = parts.next().and_then(|word| word.parse().ok());
        Answer {
            status: status.filter(|_| http && head.complete),
            head,
            ended: self.ended.is_some(),
        }
    }

    /// What comes next, if it comes within the exam's patience.
    pub(crate) fn next(&mut self) -> Event {
        self.next_within(self.wait)
    }

    /// What comes next within that time.
    pub(crate) fn next_within(&mut self, wait: Duration) -> Event {
        let until = Instant::now() + wait;
        loop {
            if let Some(frame) = self.take() {
                return Event::Frame(frame);
            }
            if !self.fill(until) {
                return match self.ended {
                    Some(reset) => Event::End { reset },
                    None => Event::Silence {
                        partial: self.buffer.clone(),
                    },
                };
            }
        }
    }

    /// A complete frame from the buffer.
    fn take(&mut self) -> Option<ServerFrame> {
        let header = FrameHeader::parse(&self.buffer);
        let size = header.size();
        if self.buffer.len() < size.max(2) || header.length > MAX_PAYLOAD {
            return None;
        }
        let end = size + usize::try_from(header.length).ok()?;
        let mut payload = self.buffer.get(size..end)?.to_vec();
        let bytes = self.buffer[..size].to_vec();
        self.buffer.drain(..end);
        for (byte, key) in payload.iter_mut().zip(header.key.iter().flatten().cycle()) {
            *byte ^= key;
        }
        let frame = ServerFrame { header, payload };
        self.watched.borrow_mut().see(&frame.header, &bytes);
        Some(frame)
    }

    /// The first event that `wanted` accepts, or an end, or silence; others are passed over. Pings of
    /// the server are answered (§5.5.2), and a Close is never passed over.
    pub(crate) fn until(&mut self, wanted: impl Fn(&ServerFrame) -> bool) -> Event {
        let until = Instant::now() + self.wait;
        for _ in 0..MAX_FRAMES {
            let left = until.saturating_duration_since(Instant::now());
            let event = self.next_within(left);
            let Event::Frame(frame) = &event else {
                return event;
            };
            if frame.header.opcode == opcode::CLOSE || wanted(frame) {
                return event;
            }
            if frame.header.opcode == opcode::PING {
                let payload = frame.payload.clone();
                self.frame(opcode::PONG, &payload);
            }
        }
        Event::Silence {
            partial: Vec::new(),
        }
    }
}

/// A masking key that nobody can predict (§5.3).
pub(crate) fn key() -> [u8; 4] {
    random::bytes().unwrap_or([0x37, 0xfa, 0x21, 0x3d])
}

/// One masked frame without mistakes.
pub(crate) fn frame(fin: bool, opcode: u8, payload: &[u8]) -> Vec<u8> {
    encode::frame(fin, opcode, payload, key())
}
