//! The exam of one connection: it sends messages and frames, receives frames, and waits for them.
//!
//! Runs on: `conn-N`, which also writes here. Blocks on: the socket, at most [`STEP_TIMEOUT`] per
//! step. The bytes of the client go through the guard ([`crate::websocket::guard`]), which judges
//! each header as soon as it has come, and through the annotator ([`crate::lens::frames`]), which
//! shows what tungstenite hides: keys, forms of the length, fragments. A frame that breaks RFC 6455
//! §5 ends the exam. Each task judges what it asks for beyond that.

use crate::lens::frames::FrameParser;
use crate::lens::note::{Control, Extent, FrameNote, Hex};
use crate::model::direction::Direction;
use crate::net::client::Client;
use crate::support::random;
use crate::tasks::fault::{Fault, Step, Stop, TCP_ENDED, fail, of_rule, of_violation};
use crate::tasks::messages::{ExaminerMessage, Instruction, Opening};
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

/// How long one step may take. A program needs milliseconds. It is shorter in a debug build, so
/// that a test can wait for it.
pub(super) const STEP_TIMEOUT: Duration =
    Duration::from_secs(if cfg!(debug_assertions) { 5 } else { 10 });
/// How long the examiner waits to see that nothing comes, such as data after a Close.
const SILENCE: Duration = Duration::from_millis(300);
/// Bytes that a client may send in one exam.
const MAX_BYTES: usize = 256 * 1024;
/// Bytes that a client may send in one message.
const MAX_MESSAGE: usize = 128 * 1024;
/// Bytes of one read.
const BUFFER: usize = 4096;
/// How often a waiting exam checks whether the server stops.
const STOP_CHECK: Duration = Duration::from_millis(500);

/// The outcome of waiting for the client.
enum Received {
    Frame(Box<FrameNote>),
    End,
    Nothing,
}

/// A whole message of the client.
pub(super) struct ClientMessage {
    /// Its payload.
    pub(super) payload: Vec<u8>,
    /// Its last frame.
    pub(super) frame: FrameNote,
}

/// An exam in progress.
pub(super) struct Exam<'a> {
    client: &'a Client,
    stopping: &'a AtomicBool,
    opening: Opening,
    guard: Guard,
    parser: FrameParser,
    frames: VecDeque<FrameNote>,
    violation: Option<Fault>,
    read: usize,
    began: Instant,
    /// When this step times out.
    deadline: Instant,
    /// The section that this step is about.
    section: &'static str,
    /// What this step waits for.
    expected: Cow<'static, str>,
    /// The task itself judges text that is not UTF-8.
    accepts_any_text: bool,
    /// Our Close is sent: nothing may follow.
    closed: bool,
}

impl<'a> Exam<'a> {
    /// An exam after the handshake.
    pub(super) fn new(client: &'a Arc<Client>, stopping: &'a AtomicBool, opening: Opening) -> Self {
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
            deadline: now + STEP_TIMEOUT,
            section: "4.1",
            expected: Cow::Borrowed(""),
            accepts_any_text: false,
            closed: false,
        }
    }

    /// Whether our Close is sent.
    pub(super) fn is_closed(&self) -> bool {
        self.closed
    }

    /// Which connection of the task this is.
    pub(super) fn part(&self) -> u8 {
        self.opening.part
    }

    /// Sends the first message.
    pub(super) fn open(&mut self) -> Step<()> {
        let opening = self.opening.clone();
        self.say(&ExaminerMessage::Task(&opening))
    }

    /// Sends an instruction, and begins the step in which the client has to follow it. `section`
    /// and `expected` are for the verdict if it does not: "… waited for {expected}".
    pub(super) fn ask(
        &mut self,
        instruction: Instruction<'_>,
        section: &'static str,
        expected: impl Into<Cow<'static, str>>,
    ) -> Step<()> {
        self.say(&ExaminerMessage::Do(instruction))?;
        self.wait_for(section, expected);
        Ok(())
    }

    /// Begins a step.
    pub(super) fn wait_for(
        &mut self,
        section: &'static str,
        expected: impl Into<Cow<'static, str>>,
    ) {
        self.deadline = Instant::now() + STEP_TIMEOUT;
        self.section = section;
        self.expected = expected.into();
    }

    /// Text that is not UTF-8 is no fault from now on: wrong masking can produce any bytes.
    pub(super) fn accept_any_text(&mut self) {
        self.accepts_any_text = true;
    }

    fn say(&mut self, message: &ExaminerMessage<'_>) -> Step<()> {
        self.send(&message.frame())
    }

    /// Sends a frame as it is.
    pub(super) fn send(&mut self, frame: &[u8]) -> Step<()> {
        match (&self.client.stream).write_all(frame) {
            Ok(()) => Ok(()),
            // What the client sent before it hung up decides.
            Err(_) => self.fail_at_tcp_end(),
        }
    }

    /// Sends our Close, after which nothing can be sent.
    pub(super) fn close(&mut self, code: u16, reason: &str) -> Step<()> {
        self.send(&frame::close(code, reason))?;
        self.closed = true;
        Ok(())
    }

    /// `N` bytes that no client can guess.
    pub(super) fn random<const N: usize>(&self) -> Step<[u8; N]> {
        random::bytes().map_err(|error| {
            log::error!("the system gives no random bytes: {error}");
            Stop::End(Code::INTERNAL, "internal: this server made a mistake")
        })
    }

    /// The next frame of this step. A Ping is answered already. The end of TCP is a fault here.
    pub(super) fn frame(&mut self) -> Step<FrameNote> {
        loop {
            match self.receive(self.deadline)? {
                Received::Frame(note) => return Ok(*note),
                Received::End => return self.fail_at_tcp_end(),
                Received::Nothing if Instant::now() < self.deadline => {}
                Received::Nothing => return Err(Stop::Failed(self.timeout_fault())),
            }
        }
    }

    /// The next message of this step; Pings and Pongs before it are skipped.
    pub(super) fn message(&mut self) -> Step<ClientMessage> {
        loop {
            let mut note = self.frame()?;
            if let Some(Control::Close { code, .. }) = &note.control {
                let code = code.map_or("no code".into(), |code| format!("code {code}"));
                return fail(
                    "7.1.2",
                    format!(
                        "Your client sent a Close ({code}) where I waited for {}.",
                        self.expected
                    ),
                );
            }
            if let Some(whole) = note.message.take() {
                return Ok(ClientMessage {
                    payload: whole.kept.0,
                    frame: note,
                });
            }
        }
    }

    /// Waits for [`SILENCE`]; returns what came in that time, if anything did.
    pub(super) fn expect_silence(&mut self) -> Step<Option<Unexpected>> {
        let until = Instant::now() + SILENCE;
        loop {
            match self.receive(until)? {
                Received::Frame(note) => return Ok(Some(Unexpected::Frame(note))),
                Received::End => return Ok(Some(Unexpected::End)),
                Received::Nothing if Instant::now() < until => {}
                Received::Nothing => return Ok(None),
            }
        }
    }

    /// Waits in this step for the end of TCP; returns the frame that came instead, if one did.
    pub(super) fn tcp_end(&mut self) -> Step<Option<Box<FrameNote>>> {
        loop {
            match self.receive(self.deadline)? {
                Received::Frame(note) => return Ok(Some(note)),
                Received::End => return Ok(None),
                Received::Nothing if Instant::now() < self.deadline => {}
                Received::Nothing => return Err(Stop::Failed(self.timeout_fault())),
            }
        }
    }

    /// Whether the client has sent a byte.
    pub(super) fn has_read(&self) -> bool {
        self.read > 0
    }

    /// Bytes that the client sent, or that came with the handshake.
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        self.read += bytes.len();
        let at = self.began.elapsed().as_micros() as u64;
        let (allowed, violation) = match &self.violation {
            None => self.guard.pass(bytes),
            Some(_) => (0, None), // nothing after it counts
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
    fn receive(&mut self, until: Instant) -> Step<Received> {
        if let Some(note) = self.frames.pop_front() {
            return self.judge(note).map(|note| Received::Frame(Box::new(note)));
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
        let left = until
            .saturating_duration_since(Instant::now())
            .min(STOP_CHECK);
        // A timeout of zero would wait for ever.
        if left.is_zero() {
            return Ok(Received::Nothing);
        }
        if self.client.stream.set_read_timeout(Some(left)).is_err() {
            return Ok(Received::End);
        }
        let mut buffer = vec![0; BUFFER];
        match (&self.client.stream).read(&mut buffer) {
            // The server has ended the reading, not the client: the next call sees that it stops.
            Ok(0) if self.stopping.load(Relaxed) => Ok(Received::Nothing),
            Ok(0) => Ok(Received::End),
            Ok(read) => {
                self.feed(&buffer[..read]);
                Ok(Received::Nothing)
            }
            Err(error) => match error.kind() {
                ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted => {
                    Ok(Received::Nothing)
                }
                _ => Ok(Received::End),
            },
        }
    }

    /// A frame that breaks a rule ends the exam; a Ping is answered (§5.5.2).
    fn judge(&mut self, note: FrameNote) -> Step<FrameNote> {
        // Two rules are left to the tasks that are about them.
        let counts = |rule: &&Rule| match rule {
            Rule::DataAfterClose => false,
            Rule::TextNotUtf8 => !self.accepts_any_text,
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

    /// TCP has ended. The fault is a frame before that which breaks a rule, or else the end itself.
    fn fail_at_tcp_end<T>(&mut self) -> Step<T> {
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
                "TCP ended without a Close while I waited for {}{}. A client reports that as 1006: \
                 look at what yours prints before it ends.",
                self.expected, unfinished
            ),
        )
    }

    fn timeout_fault(&mut self) -> Fault {
        let unfinished = self.unfinished();
        Fault {
            section: self.section,
            what: format!(
                "I waited {} s for {}, and it did not come{}.",
                STEP_TIMEOUT.as_secs(),
                self.expected,
                unfinished
            ),
            code: Code::SILENT.into(),
        }
    }

    /// Describes the frame that has begun and not ended; empty if there is none.
    fn unfinished(&mut self) -> String {
        let at = self.began.elapsed().as_micros() as u64;
        match self.parser.finish(at) {
            None => String::new(),
            Some(note) if note.extent == Extent::HeaderCut => format!(
                "; only the beginning of a header came ({})",
                note.header.spaced()
            ),
            Some(note) => format!(
                "; the header of a frame ({}) announces {} bytes, and {} came: the length counts \
                 bytes, not characters",
                note.header.spaced(),
                note.length,
                note.payload_bytes
            ),
        }
    }
}

/// What came although nothing should.
pub(super) enum Unexpected {
    /// A frame.
    Frame(Box<FrameNote>),
    /// The end of TCP.
    End,
}
