//! The exam of one connection: it sends messages and frames, receives frames, and waits for them.
//!
//! Runs on: `conn-N`, which also writes here. Blocks on: the socket, for a bounded time per step, see
//! [`crate::tasks::step`]. [`crate::tasks::reading`] finds the frames. A frame that breaks RFC 6455 §5 ends the exam.
//! Each task judges what it asks for beyond that.

use crate::lens::note::{Control, FrameNote, Hex};
use crate::net::client::Client;
use crate::support::random;
use crate::tasks::fault::{Fault, Step, Stop, code_words, fail, of_rule};
use crate::tasks::hints::{Wanted, explained};
use crate::tasks::laws::{BEGIN_CLOSE, LIMIT, Law};
use crate::tasks::messages::{ExaminerMessage, Instruction, Opening};
use crate::tasks::reading::Reading;
use crate::tasks::seen::{ClientMessage, Seen};
use crate::tasks::step::ExamStep;
use crate::tasks::texts_frames as texts;
use crate::tasks::words::{Language, Words, quoted};
use crate::websocket::close::Code;
use crate::websocket::frame;
use crate::websocket::rules::Rule;
use std::io::{ErrorKind, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// How long the examiner waits to see that nothing comes, such as data after a Close.
const SILENCE: Duration = Duration::from_millis(300);
/// Bytes that a client may send in one exam.
const MAX_BYTES: usize = 256 * 1024;
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

/// An exam in progress.
pub(super) struct Exam<'a> {
    client: &'a Client,
    stopping: &'a AtomicBool,
    opening: Opening,
    /// What the client's author reads.
    pub(super) language: Language,
    reading: Reading,
    /// What the client has sent so far.
    pub(super) seen: Seen,
    step: ExamStep,
    /// The task itself judges text that is not UTF-8.
    accepts_any_text: bool,
    /// Our Close is sent: nothing may follow.
    closed: bool,
}

impl<'a> Exam<'a> {
    /// An exam after the handshake, whose first step is about `law`.
    pub(super) fn new(
        client: &'a Arc<Client>,
        stopping: &'a AtomicBool,
        opening: Opening,
        language: Language,
        law: Law,
    ) -> Self {
        Self {
            client,
            stopping,
            opening,
            language,
            reading: Reading::new(),
            seen: Seen::default(),
            step: ExamStep::new(law, texts::YOUR_CLIENT),
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

    /// The bytes that the client has sent, for people; `None` if there are none.
    pub(super) fn bytes_read(&self) -> Option<String> {
        (self.reading.bytes() > 0).then(|| self.reading.beginning())
    }

    /// Sends the first message.
    pub(super) fn open(&mut self) -> Step<()> {
        let opening = self.opening.clone();
        self.say(&ExaminerMessage::Task(&opening))
    }

    /// Sends an instruction, and begins the step in which the client has to follow it. `law` and
    /// `expected` are for the verdict if it does not: "… waited for {expected}".
    pub(super) fn ask(
        &mut self,
        instruction: Instruction<'_>,
        law: Law,
        expected: impl Into<Words>,
    ) -> Step<()> {
        self.say(&ExaminerMessage::Do(instruction))?;
        self.wait_for(law, expected);
        Ok(())
    }

    /// Begins a step.
    pub(super) fn wait_for(&mut self, law: Law, expected: impl Into<Words>) {
        self.step = ExamStep::new(law, expected);
    }

    /// What this step waits for, so that a wrong number can be explained.
    pub(super) fn wants(&mut self, wanted: Wanted) {
        self.step.wanted = wanted;
    }

    /// Ends this step after `time`, if it does not end before.
    pub(super) fn hurry(&mut self, time: Duration) {
        self.step.deadline = self.step.deadline.min(Instant::now() + time);
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
        match self.receive_in_step()? {
            Received::Frame(note) => Ok(*note),
            Received::End => self.fail_at_tcp_end(),
            Received::Nothing => Err(Stop::Failed(self.step.timeout_fault(&mut self.reading))),
        }
    }

    /// The next message of this step; Pings and Pongs before it are skipped.
    pub(super) fn message(&mut self) -> Step<ClientMessage> {
        loop {
            let note = self.frame()?;
            if let Some(Control::Close { code, reason, .. }) = &note.control {
                let closed = texts::CLOSED_EARLY.with(&[
                    ("code", &code_words(*code)),
                    ("reason", &quoted(reason)),
                    ("expected", &self.step.expected),
                ]);
                return fail(BEGIN_CLOSE, closed);
            }
            if let Some(message) = self.seen.whole(note) {
                return Ok(message);
            }
        }
    }

    /// Waits for [`SILENCE`]; returns what came in that time, if anything did.
    pub(super) fn expect_silence(&mut self) -> Step<Option<Unexpected>> {
        Ok(match self.receive_until(Instant::now() + SILENCE)? {
            Received::Frame(note) => Some(Unexpected::Frame(note)),
            Received::End => Some(Unexpected::End),
            Received::Nothing => None,
        })
    }

    /// Waits in this step for the end of TCP; returns the frame that came instead, if one did.
    pub(super) fn tcp_end(&mut self) -> Step<Option<Box<FrameNote>>> {
        match self.receive_until(self.step.deadline)? {
            Received::Frame(note) => Ok(Some(note)),
            Received::End => Ok(None),
            Received::Nothing => Err(Stop::Failed(self.step.timeout_fault(&mut self.reading))),
        }
    }

    /// A frame or the end; nothing if neither came in this step. A frame that is arriving, however
    /// slowly, is awaited longer.
    fn receive_in_step(&mut self) -> Step<Received> {
        loop {
            let received = self.receive_until(self.step.deadline)?;
            let waits = matches!(received, Received::Nothing) && self.reading.is_moving();
            if !waits || !self.step.extend() {
                return Ok(received);
            }
        }
    }

    /// A frame or the end; nothing if neither came in time.
    fn receive_until(&mut self, until: Instant) -> Step<Received> {
        loop {
            let received = self.receive(until)?;
            let is_over = Instant::now() >= until && self.reading.time_for_rest().is_none();
            if is_over || !matches!(received, Received::Nothing) {
                return Ok(received);
            }
        }
    }

    /// A frame, the end, or nothing yet.
    fn receive(&mut self, until: Instant) -> Step<Received> {
        if let Some(note) = self.reading.next() {
            let note = self.judge(note)?;
            return Ok(Received::Frame(Box::new(note)));
        }
        if self.reading.waits_in_vain(&self.step.wanted) {
            return Err(Stop::Failed(self.step.vain_fault(&mut self.reading)));
        }
        let left = match self.reading.time_for_rest() {
            Some(rest) => rest,
            None => until.saturating_duration_since(Instant::now()),
        };
        if left.is_zero()
            && let Some(fault) = self.reading.fault(&self.step.wanted)
        {
            return Err(Stop::Failed(fault));
        }
        self.check_bounds()?;
        // A timeout of zero would wait for ever.
        match left.is_zero() {
            true => Ok(Received::Nothing),
            false => self.read_for(left.min(STOP_CHECK)),
        }
    }

    fn check_bounds(&self) -> Step<()> {
        if self.reading.bytes() > MAX_BYTES {
            return Err(Stop::Failed(Fault {
                code: Code::TOO_BIG.into(),
                ..Fault::new(LIMIT, texts::TOO_MUCH.with(&[("most", &MAX_BYTES)]))
            }));
        }
        if self.stopping.load(Relaxed) {
            let reason = "going_away: the server stops, come back later";
            return Err(Stop::End(Code::GOING_AWAY, reason));
        }
        Ok(())
    }

    /// One read that takes at most `left`.
    fn read_for(&mut self, left: Duration) -> Step<Received> {
        let mut buffer = vec![0; BUFFER];
        let mut stream = &self.client.stream;
        let read = stream.set_read_timeout(Some(left));
        match read.and_then(|()| stream.read(&mut buffer)) {
            Ok(read) if read > 0 => self.reading.feed(&buffer[..read]),
            // The server has ended the reading, not the client: the next call sees that it stops.
            Ok(_) if self.stopping.load(Relaxed) => {}
            Err(error) if is_no_end(error.kind()) => {}
            Ok(_) | Err(_) => {
                let fault = self.reading.fault(&self.step.wanted);
                return fault.map_or(Ok(Received::End), |fault| Err(Stop::Failed(fault)));
            }
        }
        Ok(Received::Nothing)
    }

    /// A frame that breaks a rule ends the exam; a Ping is answered (§5.5.2).
    fn judge(&mut self, note: FrameNote) -> Step<FrameNote> {
        self.seen.add(&note);
        self.step.latest = Some(Box::new(note.clone()));
        // Two rules are left to the tasks that are about them.
        let counts = |rule: &&Rule| match rule {
            Rule::DataAfterClose => false,
            Rule::TextNotUtf8 => !self.accepts_any_text,
            _ => true,
        };
        if let Some(&rule) = note.faults.iter().find(counts) {
            let fault = of_rule(rule, &note);
            return Err(Stop::Failed(explained(fault, &note, &self.step.wanted)));
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
        if let Some(fault) = self.reading.last_fault(&self.step.wanted) {
            return Err(Stop::Failed(fault));
        }
        Err(Stop::Failed(self.step.end_fault(&mut self.reading)))
    }
}

/// Whether a failed read leaves the connection as it was.
fn is_no_end(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
    )
}

/// What came although nothing should.
pub(super) enum Unexpected {
    /// A frame.
    Frame(Box<FrameNote>),
    /// The end of TCP.
    End,
}
