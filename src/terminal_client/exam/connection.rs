//! One connection to the server under examination: what it answers to a handshake, and the frames
//! that it sends, right or wrong. Every wait ends, and nothing that a server sends makes it longer.
//!
//! A right answer is judged by its frames, as `FrameHeader::parse` reads them. Beside that, every byte
//! goes to the annotator's [`FrameParser`], which goes on after a mistake and names each broken rule.

use crate::lens::encode;
use crate::lens::frames::FrameParser;
use crate::lens::head::LooseHead;
use crate::model::direction::Direction;
use crate::support::random;
use crate::terminal_client::dial::{MAX_INTERIM, is_interim};
use crate::terminal_client::exam::watched::Watched;
use crate::websocket::frame::whole_frame;
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
/// Largest head of a response, with its interim responses; and what is kept of a frame that claims too
/// much.
const MAX_HEAD: usize = 64 * 1024;
/// Frames that a wait reads before it gives up: a server that sends without end gives no answer.
pub(crate) const MAX_FRAMES: usize = 10_000;
/// The frames of one message and of those before it may take this many times the patience.
const MESSAGE_WAITS: u32 = 4;

/// How long a server that fails the connection may take before a Ping asks whether it goes on. It is
/// asked late, because a Ping to a closed socket causes a reset.
pub(crate) const GRACE: Duration = Duration::from_millis(300);
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
    /// More came than the exam reads, and the answer was not among it.
    Flood,
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
                self.head.start.chars().take(80).collect::<String>()
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
    /// The server takes no more bytes, so what follows would not be a frame.
    mute: bool,
    /// Follows the frames of the server, from the 101 on.
    parser: Option<FrameParser>,
    /// The payload of the Close that was sent: a Close that repeats it has a verdict of its own.
    closed_with: Option<Vec<u8>>,
    watched: Rc<RefCell<Watched>>,
}

impl Connection {
    pub(crate) fn new(stream: TcpStream, wait: Duration, watched: Rc<RefCell<Watched>>) -> Self {
        Self {
            stream,
            buffer: Vec::new(),
            wait,
            ended: None,
            mute: false,
            parser: None,
            closed_with: None,
            watched,
        }
    }

    /// Sends bytes. That the server no longer takes them shows when its answer is read.
    pub(crate) fn send(&mut self, mut bytes: &[u8]) {
        let until = Instant::now() + self.wait;
        while !bytes.is_empty() && !self.mute {
            let left = until.saturating_duration_since(Instant::now());
            // A timeout of zero would mean none.
            let timeout = left.max(Duration::from_millis(1));
            let _ = self.stream.set_write_timeout(Some(timeout));
            match self.stream.write(bytes) {
                Ok(sent) if sent > 0 => bytes = &bytes[sent..],
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Ok(_) | Err(_) => self.mute = true,
            }
            self.mute |= left.is_zero();
        }
    }

    /// Sends a Close with this payload.
    pub(crate) fn close(&mut self, payload: &[u8]) {
        self.closed_with = Some(payload.to_vec());
        self.frame(opcode::CLOSE, payload);
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
            Ok(read) => {
                self.buffer.extend_from_slice(&chunk[..read]);
                self.follow(&chunk[..read]);
            }
            Err(error) => match error.kind() {
                ErrorKind::Interrupted => {}
                ErrorKind::WouldBlock | ErrorKind::TimedOut => return false,
                _ => self.ended = Some(true),
            },
        }
        true
    }

    /// Lets the parser of the frames see what came.
    fn follow(&mut self, bytes: &[u8]) {
        if let Some(parser) = &mut self.parser {
            let mut watched = self.watched.borrow_mut();
            for note in parser.feed(bytes, 0) {
                watched.see(&note, self.closed_with.as_deref());
            }
        }
    }

    /// The head of the final response: what comes before it (1xx) is passed over.
    pub(crate) fn answer(&mut self) -> Answer {
        let until = Instant::now() + self.wait;
        let mut head = self.head(until);
        for _ in 0..MAX_INTERIM {
            if !(head.complete && is_interim(head.start.as_bytes())) {
                break;
            }
            head = self.head(until);
        }
        let mut parts = head.start.split(' ');
        let http = parts.next().is_some_and(|word| word.starts_with("HTTP/"));
        let status = parts.next().and_then(|word| word.parse().ok());
        let answer = Answer {
            status: status.filter(|_| http && head.complete),
            head,
            ended: self.ended.is_some(),
        };
        if answer.status == Some(101) {
            self.parser = Some(FrameParser::keeping(Direction::FromServer, 0));
            let early = self.buffer.clone();
            self.follow(&early);
        }
        answer
    }

    /// One head, taken from the buffer.
    fn head(&mut self, until: Instant) -> LooseHead {
        while !self.buffer.windows(4).any(|w| w == b"\r\n\r\n") && self.buffer.len() < MAX_HEAD {
            if !self.fill(until) {
                break;
            }
        }
        let head = LooseHead::read(&self.buffer);
        self.buffer.drain(..head.bytes.min(self.buffer.len()));
        head
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
        if is_endless(&self.buffer) {
            self.buffer.truncate(MAX_HEAD);
            return None;
        }
        let (header, end) = whole_frame(&self.buffer)?;
        let mut payload = self.buffer[header.size()..end].to_vec();
        self.buffer.drain(..end);
        for (byte, key) in payload.iter_mut().zip(header.key.iter().flatten().cycle()) {
            *byte ^= key;
        }
        Some(ServerFrame { header, payload })
    }

    /// When the exam stops waiting for a message that begins now.
    pub(crate) fn end_of_message(&self) -> Instant {
        Instant::now() + self.wait * MESSAGE_WAITS
    }

    /// The first event that `wanted` accepts, or an end, or silence; others are passed over. Pings of
    /// the server are answered (§5.5.2), and a Close is never passed over.
    pub(crate) fn until(&mut self, wanted: impl Fn(&ServerFrame) -> bool) -> Event {
        self.until_then(Instant::now() + self.wait, wanted)
    }

    /// The same, and no later than then.
    pub(crate) fn until_then(
        &mut self,
        then: Instant,
        wanted: impl Fn(&ServerFrame) -> bool,
    ) -> Event {
        let until = then.min(Instant::now() + self.wait);
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
        Event::Flood
    }
}

/// A frame that never became complete has broken rules, too.
impl Drop for Connection {
    fn drop(&mut self) {
        let cut = self.parser.as_mut().and_then(|parser| parser.finish(0));
        if let Some(note) = cut {
            let closed_with = self.closed_with.as_deref();
            self.watched.borrow_mut().see(&note, closed_with);
        }
    }
}

/// Whether the frame at the beginning claims more than the exam reads.
pub(crate) fn is_endless(bytes: &[u8]) -> bool {
    FrameHeader::parse(bytes).length > MAX_PAYLOAD
}

/// A masking key that nobody can predict (§5.3).
pub(crate) fn key() -> [u8; 4] {
    random::bytes().unwrap_or([0x37, 0xfa, 0x21, 0x3d])
}

/// One masked frame without mistakes.
pub(crate) fn frame(fin: bool, opcode: u8, payload: &[u8]) -> Vec<u8> {
    encode::frame(fin, opcode, payload, key())
}
