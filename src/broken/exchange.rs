//! One connection to a broken endpoint: what the server sends, what the client does about it, and the
//! end.
//!
//! Runs on: `conn-N`, which also writes here. Blocks on: its own socket. Each wait has a bound, and so
//! have the bytes that are read and the observations that are kept.
//!
//! The client's reaction is the first thing that it does after the defect and that says what it made of
//! it: a Close, the end of TCP, or an answer as if nothing had been wrong. What comes later is recorded,
//! but does not count.

use crate::broken::defect::{Act, Defect, Then};
use crate::broken::verdict::Did;
use crate::lens::annotate::{Annotator, Observation};
use crate::lens::ladders::{CloseNote, CloseStep, CloseSummary, PingNote, Rung};
use crate::lens::note::{FrameNote, Micros};
use crate::model::direction::Direction;
use crate::net::client::Client;
use crate::websocket::frame;
use crate::websocket::opcode::CLOSE;
use crate::websocket::rules::judge_close_code;
use std::io::{ErrorKind, Read, Write};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// How long the client has for a reaction, and for the answer to the Ping after that. A program needs
/// milliseconds.
const REACTION: Duration = Duration::from_secs(1);
/// How long the client has to begin to close, and then to end TCP without our Close.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long the client has to answer our Close, and then to end its side of TCP.
const CLOSING: Duration = Duration::from_secs(2);
/// Bytes that a client may send. It needs some fifty.
const MAX_BYTES: usize = 16 * 1024;
/// Observations that are kept.
const MAX_OBSERVATIONS: usize = 100;
/// Bytes of one read.
const BUFFER: usize = 2048;

/// The payload of the Ping that asks whether the client goes on.
const ASK: &[u8] = b"still there?";

/// An exchange in progress, and then what is known of it.
pub(super) struct Exchange<'a> {
    client: &'a Client,
    stopping: &'a AtomicBool,
    begun: Instant,
    annotator: Annotator,
    /// When the defect was sent.
    defect: Micros,
    /// From when on the client's reaction is measured: that, or our question after it.
    asked_at: Micros,
    /// What counts as a reaction now.
    watching: Watching,
    /// The reaction.
    did: Option<Did>,
    /// The client's Close.
    closed: Option<Option<u16>>,
    /// The client has ended its side of TCP.
    ended: bool,
    /// Our Close is sent.
    we_closed: bool,
    pub(super) observations: Vec<Observation>,
    pub(super) sent: usize,
    pub(super) received: usize,
    /// More came than was read or kept.
    pub(super) cut: bool,
}

/// What counts as a reaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Watching {
    /// Nothing yet, or nothing more.
    Off,
    /// A Close, or the end of TCP.
    End,
    /// That, or any frame: there should be no connection.
    AnyFrame,
    /// A Close, the end of TCP, the answer to our Ping, or data: the client goes on.
    Answer,
    /// A Close, the end of TCP, or the answer to our Ping. Data may answer a message.
    Pong,
    /// The end of TCP.
    TcpEnd,
}

impl<'a> Exchange<'a> {
    /// An exchange that has not begun.
    pub(super) fn new(client: &'a Client, stopping: &'a AtomicBool) -> Self {
        Self {
            client,
            stopping,
            begun: Instant::now(),
            annotator: Annotator::default(),
            defect: 0,
            asked_at: 0,
            watching: Watching::Off,
            did: None,
            closed: None,
            ended: false,
            we_closed: false,
            observations: Vec::new(),
            sent: 0,
            received: 0,
            cut: false,
        }
    }

    /// Sends the response to the handshake, breaks the rule, watches the client and ends the
    /// connection. `early`: what the client sent together with its request.
    pub(super) fn run(&mut self, defect: &Defect, response: &[u8], early: &[u8]) -> Did {
        self.begin();
        self.write(response);
        self.hear(early);
        match defect.act {
            Act::Handshake(_) => self.after_handshake(),
            Act::Frames(frames, then) => {
                let name = defect.name;
                self.say(&format!(
                    "This message is right. What follows is \"{name}\"."
                ));
                self.begin();
                self.send(&frames());
                self.we_closed |= then == Then::AwaitClose;
                self.after_frames(then);
            }
            Act::Mute => {
                self.say("Close this connection, please. This server will not answer your Close.");
                self.after_close_of_client();
            }
        }
        self.watching = Watching::Off;
        let waited = self.now().saturating_sub(self.defect);
        let speaks = !matches!(defect.act, Act::Mute | Act::Frames(_, Then::Wait));
        self.end(speaks);
        self.did.take().unwrap_or(Did::Nothing { waited })
    }

    /// How the connection ended.
    pub(super) fn summary(&self) -> CloseSummary {
        self.annotator.summary()
    }

    /// Microseconds since the beginning.
    pub(super) fn now(&self) -> Micros {
        self.begun.elapsed().as_micros() as Micros
    }

    /// The handshake was wrong: there should be no connection.
    fn after_handshake(&mut self) {
        self.watch(Watching::AnyFrame, REACTION);
        if self.is_undecided() {
            self.ask();
            self.watch(Watching::AnyFrame, REACTION);
        }
    }

    fn after_frames(&mut self, then: Then) {
        match then {
            Then::AwaitClose => return self.watch(Watching::End, CLOSING),
            Then::Wait => return self.watch(Watching::End, CLOSING),
            Then::AwaitPong => return self.watch(Watching::Pong, REACTION),
            Then::Ask => {
                self.ask();
                return self.watch(Watching::Pong, REACTION);
            }
            Then::WaitAndAsk => self.watch(Watching::End, REACTION),
        }
        if self.is_undecided() {
            self.ask();
            self.watch(Watching::Answer, REACTION);
        }
    }

    /// The server does not answer: how long does the client wait?
    fn after_close_of_client(&mut self) {
        self.begin();
        self.listen(PATIENCE, |this| this.closed.is_some());
        if self.closed.is_some() {
            self.begin();
            self.watch(Watching::TcpEnd, PATIENCE);
        } else {
            self.did = Some(Did::NeverClosed);
        }
    }

    /// Ends the connection properly, if that is still possible.
    fn end(&mut self, speaks: bool) {
        if speaks && !self.ended && !self.we_closed {
            let code = match self.closed {
                None => Some(1000),
                Some(code) => code.filter(|code| judge_close_code(*code).is_none()),
            };
            self.send(&match code {
                Some(1000) => frame::close(1000, "that was all"),
                Some(code) => frame::close(code, ""),
                None => frame::close_without_code(),
            });
            self.we_closed = true;
            self.listen(CLOSING, |this| this.closed.is_some());
        }
        let now = self.now();
        self.client.shut_down_write();
        let ended = self.annotator.tcp_ended(Direction::FromServer, false, now);
        self.note(ended);
        self.listen(CLOSING, |_| false);
    }

    fn is_undecided(&self) -> bool {
        self.did.is_none() && !self.ended
    }

    /// Waits for a reaction.
    fn watch(&mut self, watching: Watching, time: Duration) {
        self.watching = watching;
        // It may have come already.
        self.listen(time, |this| this.did.is_some());
    }

    /// The client's reaction counts from here.
    fn begin(&mut self) {
        self.defect = self.now();
        self.asked_at = self.defect;
    }

    /// Asks whether the client goes on. Its reaction counts from here.
    fn ask(&mut self) {
        self.asked_at = self.now();
        self.send(&frame::ping(ASK));
    }

    fn say(&mut self, text: &str) {
        self.send(&frame::text(text.as_bytes()));
    }

    /// Sends frames, right or wrong.
    fn send(&mut self, frames: &[u8]) {
        let now = self.now();
        let observations = self.annotator.feed(Direction::FromServer, frames, now);
        self.note(observations);
        self.write(frames);
    }

    fn write(&mut self, bytes: &[u8]) {
        // If that fails, the next read says how the client ended the connection.
        if (&self.client.stream).write_all(bytes).is_ok() {
            self.sent += bytes.len();
        }
    }

    /// Reads for some time, or until it is `enough`, or until the client has ended.
    fn listen(&mut self, time: Duration, enough: impl Fn(&Self) -> bool) {
        let until = Instant::now() + time;
        let mut buffer = [0; BUFFER];
        while !self.ended && !self.cut && !enough(self) {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || self.client.stream.set_read_timeout(Some(left)).is_err() {
                return;
            }
            match (&self.client.stream).read(&mut buffer) {
                // The server has ended the reading, not the client.
                Ok(0) if self.stopping.load(Relaxed) => self.cut = true,
                Ok(0) => self.on_end(false),
                Ok(read) => self.hear(&buffer[..read]),
                Err(error) => match error.kind() {
                    ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted => {}
                    _ => self.on_end(true),
                },
            }
        }
    }

    fn hear(&mut self, bytes: &[u8]) {
        self.received += bytes.len();
        self.cut |= self.received > MAX_BYTES;
        let now = self.now();
        let observations = self.annotator.feed(Direction::FromClient, bytes, now);
        self.note(observations);
    }

    fn on_end(&mut self, reset: bool) {
        self.ended = true;
        let now = self.now();
        let observations = self.annotator.tcp_ended(Direction::FromClient, reset, now);
        self.note(observations);
    }

    fn note(&mut self, observations: Vec<Observation>) {
        for observation in observations {
            match &observation {
                Observation::Frame(frame) => self.consider_frame(frame),
                Observation::Ping(ping) => self.consider_pong(ping),
                Observation::Close(close) => self.consider_close(close),
            }
            match self.observations.len() < MAX_OBSERVATIONS {
                true => self.observations.push(observation),
                false => self.cut = true,
            }
        }
    }

    /// The first reaction counts.
    fn react(&mut self, did: Did) {
        self.did.get_or_insert(did);
    }

    fn since(&self, at: Micros) -> Micros {
        at.saturating_sub(self.asked_at)
    }

    fn consider_frame(&mut self, frame: &FrameNote) {
        let counts = match self.watching {
            Watching::AnyFrame => true,
            Watching::Answer => !frame.is_control(),
            _ => false,
        };
        if counts && frame.from == Direction::FromClient && frame.opcode != CLOSE {
            let after = self.since(frame.at);
            self.react(Did::Sent { after });
        }
    }

    fn consider_pong(&mut self, ping: &PingNote) {
        let is_answer = ping.rung == Rung::Answered && ping.from == Direction::FromClient;
        if is_answer && matches!(self.watching, Watching::Answer | Watching::Pong) {
            let after = self.since(ping.sent + ping.round_trip.unwrap_or_default());
            self.react(Did::Answered { after });
        }
    }

    fn consider_close(&mut self, note: &CloseNote) {
        if note.by != Direction::FromClient {
            return;
        }
        let after = self.since(note.at);
        let did = match note.step {
            CloseStep::Fin => Did::EndedTcp { after },
            CloseStep::Reset => Did::ResetTcp { after },
            CloseStep::Began | CloseStep::Answered | CloseStep::Repeated => {
                self.closed.get_or_insert(note.code);
                if self.watching == Watching::TcpEnd {
                    return;
                }
                Did::Closed {
                    code: note.code,
                    reason: note.reason.clone(),
                    after,
                }
            }
        };
        if self.watching != Watching::Off {
            self.react(did);
        }
    }
}
