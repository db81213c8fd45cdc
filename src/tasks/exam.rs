//! One exam: what the examiner says, what it hears, and how long it waits.
//!
//! Runs on: `conn-N`, which here also writes. Blocks on: the socket, at most [`LIMIT`] per step.
//! The bytes of the client go through the guard ([`crate::websocket::guard`]), which judges each
//! header as soon as it is there, and through the annotator ([`crate::lens::frames`]), which shows
//! what tungstenite hides: keys, forms of the length, fragments. Whatever breaks RFC 6455 §5 ends
//! the exam; what a task wants beyond that is the task's own business.

use super::fault::{Fault, Step, Stop, TCP_ENDED, fail, of_rule, of_violation};
use super::saying::{Do, Opening, Saying};
use crate::lens::frames::FrameParser;
use crate::lens::note::{Control, Extent, FrameNote, Hex};
use crate::model::direction::Direction;
use crate::net::client::Client;
use crate::support::random;
use crate::websocket::close::Code;
use crate::websocket::frame;
use crate::websocket::guard::Guard;
use crate::websocket::rules::Rule;
use std::borrow::Cow;
use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// How long one step may take. A program needs milliseconds; shorter in a debug build, so that a
/// test can wait for it.
pub const LIMIT: Duration = Duration::from_secs(if cfg!(debug_assertions) { 5 } else { 10 });
/// How long the examiner watches that *nothing* happens, such as data behind a Close.
pub const WATCH: Duration = Duration::from_millis(300);
/// Bytes that a client may send in one exam, and in one message.
const MAX_BYTES: usize = 256 * 1024;
const MAX_MESSAGE: usize = 128 * 1024;
/// Read at once.
const BUFFER: usize = 4096;
/// How often a waiting exam looks whether the server stops.
const LOOK: Duration = Duration::from_millis(500);

/// What a read brought.
enum Came {
    Frame(Box<FrameNote>),
    End,
    Nothing,
}

/// A whole message.
pub struct Message {
    /// Whether it is text.
    pub is_text: bool,
    /// Its payload.
    pub payload: Vec<u8>,
    /// The last frame of it.
    pub frame: FrameNote,
}

/// An exam that is going on.
pub struct Exam<'a> {
    client: &'a Client,
    stopping: &'a AtomicBool,
    opening: Opening,
    guard: Guard,
    parser: FrameParser,
    frames: VecDeque<FrameNote>,
    violation: Option<Fault>,
    read: usize,
    began: Instant,
    /// Of this step: when it is over, its section, what it waits for.
    until: Instant,
    section: &'static str,
    hoped_for: Cow<'static, str>,
    /// Text that is not UTF-8 is the task's own business.
    any_text: bool,
    /// Our Close is sent: there is no more to say.
    closed: bool,
}

impl<'a> Exam<'a> {
    /// An exam behind the handshake.
    pub fn new(client: &'a Arc<Client>, stopping: &'a AtomicBool, opening: Opening) -> Self {
        let now = Instant::now();
        Self {
            client,
            stopping,
            opening,
            guard: Guard::new(MAX_MESSAGE),
            parser: FrameParser::keeping(Direction::FromClient, MAX_MESSAGE),
            frames: VecDeque::new(),
            violation: None,
            read: 0,
            began: now,
            until: now + LIMIT,
            section: "4.1",
            hoped_for: Cow::Borrowed(""),
            any_text: false,
            closed: false,
        }
    }

    /// Whether our Close is sent.
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// Which connection of the task this is.
    pub fn part(&self) -> u8 {
        self.opening.part
    }

    /// Says what this is about.
    pub fn open(&mut self) -> Step<()> {
        let opening = self.opening.clone();
        self.say(&Saying::Task(&opening))
    }

    /// Asks for something; the answer has [`LIMIT`]. `section` and `hoped_for` are for the verdict
    /// if it does not come: "… waited for {hoped_for}".
    pub fn ask(
        &mut self,
        what: Do<'_>,
        section: &'static str,
        hoped_for: impl Into<Cow<'static, str>>,
    ) -> Step<()> {
        self.say(&Saying::Do(what))?;
        self.wait_for(section, hoped_for);
        Ok(())
    }

    /// A new step begins.
    pub fn wait_for(&mut self, section: &'static str, hoped_for: impl Into<Cow<'static, str>>) {
        self.until = Instant::now() + LIMIT;
        (self.section, self.hoped_for) = (section, hoped_for.into());
    }

    /// Text that is not UTF-8 is not yet a fault: wrong unmasking makes any bytes.
    pub fn take_any_text(&mut self) {
        self.any_text = true;
    }

    fn say(&mut self, saying: &Saying<'_>) -> Step<()> {
        self.send(&saying.frame())
    }

    /// Sends a frame as it is.
    pub fn send(&mut self, frame: &[u8]) -> Step<()> {
        match (&self.client.stream).write_all(frame) {
            Ok(()) => Ok(()),
            // A client that hangs up may have said something before: that decides.
            Err(_) => self.drain(),
        }
    }

    /// Sends our Close: nothing can be said after it.
    pub fn close(&mut self, code: u16, reason: &str) -> Step<()> {
        self.send(&frame::close(code, reason))?;
        self.closed = true;
        Ok(())
    }

    /// `N` bytes that no client can guess.
    pub fn random<const N: usize>(&self) -> Step<[u8; N]> {
        random::bytes().map_err(|error| {
            log::error!("no random bytes: {error}");
            Stop::End(Code::INTERNAL, "internal: this server made a mistake")
        })
    }

    /// The next frame of this step. A Ping has been answered. The end of TCP is a fault here.
    pub fn frame(&mut self) -> Step<FrameNote> {
        loop {
            match self.come(self.until)? {
                Came::Frame(note) => return Ok(*note),
                Came::End => return self.drain(),
                Came::Nothing if Instant::now() < self.until => {}
                Came::Nothing => return Err(Stop::Failed(self.too_late())),
            }
        }
    }

    /// The next message of this step; Pings and Pongs before it are passed over.
    pub fn message(&mut self) -> Step<Message> {
        loop {
            let mut note = self.frame()?;
            if let Some(Control::Close { code, .. }) = &note.control {
                let code = code.map_or("no code".into(), |code| format!("code {code}"));
                return fail(
                    "7.1.2",
                    format!(
                        "Your client sent a Close ({code}) where I waited for {}.",
                        self.hoped_for
                    ),
                );
            }
            if let Some(whole) = note.message.take() {
                return Ok(Message {
                    is_text: whole.kind == "text",
                    payload: whole.kept.0,
                    frame: note,
                });
            }
        }
    }

    /// Watches for [`WATCH`] that nothing comes; what came if it does.
    pub fn watch(&mut self) -> Step<Option<Watched>> {
        let until = Instant::now() + WATCH;
        loop {
            match self.come(until)? {
                Came::Frame(note) => return Ok(Some(Watched::Frame(note))),
                Came::End => return Ok(Some(Watched::End)),
                Came::Nothing if Instant::now() < until => {}
                Came::Nothing => return Ok(None),
            }
        }
    }

    /// Waits for the end of TCP, in this step; what came instead if it does not.
    pub fn end(&mut self) -> Step<Option<Box<FrameNote>>> {
        loop {
            match self.come(self.until)? {
                Came::Frame(note) => return Ok(Some(note)),
                Came::End => return Ok(None),
                Came::Nothing if Instant::now() < self.until => {}
                Came::Nothing => return Err(Stop::Failed(self.too_late())),
            }
        }
    }

    /// Whether a byte has come that is not part of a whole frame.
    pub fn has_read(&self) -> bool {
        self.read > 0
    }

    /// Bytes that the client sent, or that came with the handshake.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.read += bytes.len();
        let at = self.began.elapsed().as_micros() as u64;
        let (allowed, violation) = match &self.violation {
            None => self.guard.pass(bytes),
            Some(_) => (0, None), // nothing behind it counts
        };
        let (allowed, rest) = bytes.split_at(allowed);
        self.frames.extend(self.parser.feed(allowed, at));
        if let Some(violation) = violation {
            let mut notes = self.parser.feed(rest, at);
            notes.extend(self.parser.finish(at));
            self.violation = Some(of_violation(violation, notes.first()));
        }
    }

    /// A frame, the end, or nothing yet.
    fn come(&mut self, until: Instant) -> Step<Came> {
        if let Some(note) = self.frames.pop_front() {
            return self.judge(note).map(|note| Came::Frame(Box::new(note)));
        }
        if let Some(fault) = self.violation.take() {
            return Err(Stop::Failed(fault));
        }
        if self.read > MAX_BYTES {
            return Err(Stop::Failed(Fault {
                section: "7.4.1",
                what: format!("Your client sent more than {MAX_BYTES} bytes in this task."),
                code: Code::TOO_BIG.into(),
            }));
        }
        if self.stopping.load(Relaxed) {
            let reason = "going_away: the server stops, come back later";
            return Err(Stop::End(Code::GOING_AWAY, reason));
        }
        let left = until.saturating_duration_since(Instant::now()).min(LOOK);
        // Zero would mean: for ever.
        if left.is_zero() {
            return Ok(Came::Nothing);
        }
        if self.client.stream.set_read_timeout(Some(left)).is_err() {
            return Ok(Came::End);
        }
        let mut buffer = vec![0; BUFFER];
        match (&self.client.stream).read(&mut buffer) {
            // It was not the client who ended it: the next look sees why.
            Ok(0) if self.stopping.load(Relaxed) => Ok(Came::Nothing),
            Ok(0) => Ok(Came::End),
            Ok(read) => {
                self.feed(&buffer[..read]);
                Ok(Came::Nothing)
            }
            Err(error) => match error.kind() {
                ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted => {
                    Ok(Came::Nothing)
                }
                _ => Ok(Came::End),
            },
        }
    }

    /// A frame that breaks a rule ends the exam; a Ping is answered (§5.5.2).
    fn judge(&mut self, note: FrameNote) -> Step<FrameNote> {
        // Two are left to the tasks that are about them.
        let counts = |rule: &&Rule| match rule {
            Rule::DataAfterClose => false,
            Rule::TextNotUtf8 => !self.any_text,
            _ => true,
        };
        if let Some(&rule) = note.faults.iter().find(counts) {
            return Err(Stop::Failed(of_rule(rule, &note)));
        }
        if let Some(Control::Ping {
            payload: Hex(payload),
        }) = &note.control
            && !self.closed
        {
            self.send(&frame::pong(payload))?;
        }
        Ok(note)
    }

    /// TCP has ended: what came before it may say why, else that is the fault.
    fn drain<T>(&mut self) -> Step<T> {
        let unfinished = self.unfinished();
        while let Some(note) = self.frames.pop_front() {
            if let Some(&rule) = note.faults.first() {
                return Err(Stop::Failed(of_rule(rule, &note)));
            }
        }
        if let Some(fault) = self.violation.take() {
            return Err(Stop::Failed(fault));
        }
        fail(
            TCP_ENDED,
            format!(
                "TCP ended without a Close while I waited for {}{}. A program then sees 1006: look \
                 at what yours prints before it ends.",
                self.hoped_for, unfinished
            ),
        )
    }

    fn too_late(&mut self) -> Fault {
        let unfinished = self.unfinished();
        Fault {
            section: self.section,
            what: format!(
                "I waited {} s for {}, and it did not come{}.",
                LIMIT.as_secs(),
                self.hoped_for,
                unfinished
            ),
            code: Code::SILENT.into(),
        }
    }

    /// The frame that has begun and not ended, if there is one.
    fn unfinished(&mut self) -> String {
        let at = self.began.elapsed().as_micros() as u64;
        match self.parser.finish(at) {
            None => String::new(),
            Some(note) if note.extent == Extent::HeaderCut => format!(
                "; only the beginning of a header did ({})",
                note.header.spaced()
            ),
            Some(note) => format!(
                "; a frame has begun ({}) whose header promises {} bytes, and {} came: the length \
                 counts bytes, not letters",
                note.header.spaced(),
                note.length,
                note.payload_bytes
            ),
        }
    }
}

/// What came where nothing should.
pub enum Watched {
    /// A frame.
    Frame(Box<FrameNote>),
    /// The end of TCP.
    End,
}
