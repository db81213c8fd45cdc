//! An open connection: shows what arrives, sends what is typed, and closes properly.
//!
//! One thread reads, writes, annotates and prints, so order and time come from one place: what a read
//! brought is printed before it is answered, and what was sent is printed before the next read. No
//! event is older than the one above it, and no answer stands above its question.

use crate::lens::annotate::{Annotator, Observation};
use crate::lens::encode;
use crate::lens::encode::{close_payload, pieces};
use crate::lens::note::Micros;
use crate::model::direction::Direction;
use crate::support::random;
use crate::terminal_client::capture::Capture;
use crate::terminal_client::dial::Connection;
use crate::terminal_client::duties::Duties;
use crate::terminal_client::ending::TcpEnd;
use crate::terminal_client::error::WireError;
use crate::terminal_client::input::{Input, Line};
use crate::terminal_client::screen::Screen;
use crate::terminal_client::typed;
use crate::terminal_client::typed::{HELP, Typed};
use crate::websocket::opcode::{BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

/// How long the server may take for its Close and for the end of TCP.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);
/// How long the server may leave a write waiting without taking a byte of it.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);
/// The deadline when only the server and the person are waited for.
const NO_DEADLINE: Duration = Duration::from_secs(3600);
/// Bytes of a message that are shown.
const MESSAGE: usize = 4096;
/// Bytes of one read.
const READ: usize = 16 * 1024;
/// One connection and the person who types.
pub(crate) struct Session {
    stream: TcpStream,
    screen: Screen,
    capture: Capture,
    annotator: Annotator,
    /// Microsecond 0.
    start: Instant,
    input: Input,
    /// Standard input has ended.
    input_ended: bool,
    /// `:wait`: no line is read before this time.
    wait_until: Option<Instant>,
    /// We have sent a Close, and wait for the end until this time.
    close_deadline: Option<Instant>,
    duties: Duties,
    /// The server has ended TCP.
    ended: Option<(TcpEnd, Micros)>,
}

impl Session {
    /// Takes over a connection after its handshake.
    pub(crate) fn start(
        connection: Connection,
        screen: Screen,
        capture: Capture,
    ) -> Result<Session, WireError> {
        let Connection {
            stream,
            early,
            extended,
        } = connection;
        // A blocking write could wait for a server that waits until we read.
        stream.set_nonblocking(true)?;
        let mut session = Session {
            stream,
            screen,
            capture,
            annotator: Annotator::keeping(MESSAGE),
            start: Instant::now(),
            input: Input::default(),
            input_ended: false,
            wait_until: None,
            close_deadline: None,
            duties: Duties::new(extended),
            ended: None,
        };
        if extended {
            session.screen.note(
                "An extension is in use. It may set RSV1 and compress payloads. They are shown as they \
                 are on the wire, and marked as wrong where they would be without the extension.",
            )?;
        }
        // The capture has them already, as a part of the handshake.
        session.show(Direction::FromServer, &early, session.now())?;
        Ok(session)
    }

    /// Runs until the connection has ended.
    pub(crate) fn run(mut self) -> Result<(), WireError> {
        loop {
            while let Some((opcode, payload)) = self.duties.next() {
                self.send_frame(true, opcode, &payload)?;
            }
            if let Some((end, at)) = self.ended {
                return self.finish(end, at);
            }
            let now = Instant::now();
            if self.close_deadline.is_some_and(|at| now >= at) {
                return self.give_up();
            }
            self.wait_until = self.wait_until.filter(|at| now < *at);
            let may_type =
                !self.input_ended && self.wait_until.is_none() && self.close_deadline.is_none();
            let (readable, typed) = self.wait(may_type)?;
            if readable {
                self.receive()?;
            }
            if typed && !self.input.is_ready() {
                self.input.read();
            }
            // What has arrived is shown and answered before a line is sent.
            if may_type && self.duties.is_done() && self.ended.is_none() {
                self.take_line()?;
            }
        }
    }

    /// Waits until there is something to read from the server or, if one may type, from the person.
    fn wait(&mut self, may_type: bool) -> Result<(bool, bool), WireError> {
        let left = match self.close_deadline.or(self.wait_until) {
            _ if may_type && self.input.is_ready() => Duration::ZERO,
            Some(at) => at.saturating_duration_since(Instant::now()),
            None => NO_DEADLINE,
        };
        let stdin = io::stdin();
        let mut events = [
            PollFd::new(&self.stream, PollFlags::IN),
            PollFd::new(&stdin, PollFlags::IN),
        ];
        let watched = if may_type { 2 } else { 1 };
        wait_for(&mut events[..watched], left)?;
        Ok((
            !events[0].revents().is_empty(),
            may_type && !events[1].revents().is_empty(),
        ))
    }

    fn take_line(&mut self) -> Result<(), WireError> {
        match self.input.take() {
            Some(Line::Text(line)) => self.on_line(&line),
            Some(Line::NotUtf8) => Ok(self.screen.note(
                "not sent: this line is not UTF-8, as a text message has to be (RFC 6455 §5.6); \
                 :binary sends any bytes",
            )?),
            Some(Line::End) => {
                self.input_ended = true;
                self.close(Some(1000), "")
            }
            None => Ok(()),
        }
    }

    fn now(&self) -> Micros {
        u64::try_from(self.start.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    /// Reads once, and shows what that brought.
    fn receive(&mut self) -> Result<(), WireError> {
        let mut buffer = [0; READ];
        let read = self.stream.read(&mut buffer);
        let at = self.now();
        match read {
            Ok(0) => self.tcp_ended(TcpEnd::Fin, at),
            Ok(read) => {
                self.capture.bytes(Direction::FromServer, &buffer[..read])?;
                self.show(Direction::FromServer, &buffer[..read], at)?;
            }
            Err(error) => match error.kind() {
                io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock => {}
                _ => self.tcp_ended(TcpEnd::Reset, at),
            },
        }
        Ok(())
    }

    fn tcp_ended(&mut self, end: TcpEnd, at: Micros) {
        self.ended.get_or_insert((end, at));
    }

    /// Shows the bytes of one read or write, all of them before anything is answered.
    fn show(&mut self, from: Direction, bytes: &[u8], at: Micros) -> Result<(), WireError> {
        for observation in self.annotator.feed(from, bytes, at) {
            self.screen.observation(&observation)?;
            match (from, observation) {
                (Direction::FromServer, Observation::Frame(frame)) => self.duties.judge(&frame),
                (Direction::FromClient, Observation::Close(close)) => {
                    // It may have been typed in hexadecimal.
                    self.duties.close_sent(close.code);
                    self.close_deadline
                        .get_or_insert_with(|| Instant::now() + CLOSE_TIMEOUT);
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Does what a typed line asks for.
    fn on_line(&mut self, line: &str) -> Result<(), WireError> {
        match typed::parse(line) {
            Err(wrong) => Ok(self.screen.note(&wrong)?),
            Ok(Typed::Nothing) => Ok(()),
            Ok(Typed::Help) => Ok(self.screen.note(HELP)?),
            Ok(Typed::Text(text)) => self.send_frame(true, TEXT, text.as_bytes()),
            Ok(Typed::Binary(bytes)) => self.send_frame(true, BINARY, &bytes),
            Ok(Typed::Ping(payload)) => self.send_frame(true, PING, &payload),
            Ok(Typed::Pong(payload)) => self.send_frame(true, PONG, &payload),
            Ok(Typed::Raw(bytes)) => self.send(&bytes),
            Ok(Typed::Close(code, reason)) => self.close(code, &reason),
            Ok(Typed::Quit) => self.close(Some(1000), ""),
            Ok(Typed::Wait(time)) => {
                self.wait_until = Some(Instant::now() + time);
                Ok(())
            }
            Ok(Typed::Fragment(count, text)) => {
                for (i, piece) in pieces(text.as_bytes(), count).into_iter().enumerate() {
                    let opcode = if i == 0 { TEXT } else { CONTINUATION };
                    self.send_frame(i + 1 == count, opcode, piece)?;
                }
                Ok(())
            }
        }
    }

    fn close(&mut self, code: Option<u16>, reason: &str) -> Result<(), WireError> {
        if !self.duties.begin_closing() {
            return Ok(());
        }
        self.send_frame(true, CLOSE, &close_payload(code, reason))
    }

    fn send_frame(&mut self, fin: bool, opcode: u8, payload: &[u8]) -> Result<(), WireError> {
        // §5.3: "the masking key MUST be derived from a strong source of entropy".
        self.send(&encode::frame(fin, opcode, payload, random::bytes()?))
    }

    /// Sends bytes, and shows each as soon as the socket has taken it. While the socket is full, what
    /// the server sends is read and shown; it is answered later.
    fn send(&mut self, bytes: &[u8]) -> Result<(), WireError> {
        let mut left = bytes;
        while !left.is_empty() && self.ended.is_none() {
            let at = self.now();
            let problem = match self.stream.write(left) {
                Ok(taken) => {
                    self.capture.bytes(Direction::FromClient, &left[..taken])?;
                    self.show(Direction::FromClient, &left[..taken], at)?;
                    left = &left[taken..];
                    continue;
                }
                Err(error) => match error.kind() {
                    io::ErrorKind::Interrupted => continue,
                    io::ErrorKind::WouldBlock if self.wait_to_write()? => continue,
                    io::ErrorKind::WouldBlock => "the server takes nothing for 10 s".into(),
                    kind => {
                        if kind == io::ErrorKind::ConnectionReset {
                            self.tcp_ended(TcpEnd::Reset, at);
                        }
                        error.to_string()
                    }
                },
            };
            return self.not_sent(&problem, bytes.len(), left.len());
        }
        match left.is_empty() {
            true => Ok(()),
            false => self.not_sent("the server has ended TCP", bytes.len(), left.len()),
        }
    }

    fn not_sent(&mut self, problem: &str, all: usize, left: usize) -> Result<(), WireError> {
        // After a lost Close there is nothing more to wait for than after one that was sent.
        if self.duties.is_closing() {
            self.close_deadline
                .get_or_insert_with(|| Instant::now() + CLOSE_TIMEOUT);
        }
        let part = match all - left {
            0 => String::new(),
            taken => format!(" after {taken} of {all} bytes"),
        };
        Ok(self.screen.note(&format!("not sent{part}: {problem}"))?)
    }

    /// Reads until the socket takes more; false if it has not within [`WRITE_TIMEOUT`].
    fn wait_to_write(&mut self) -> Result<bool, WireError> {
        let until = Instant::now() + WRITE_TIMEOUT;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let mut events = [PollFd::new(&self.stream, PollFlags::IN | PollFlags::OUT)];
            wait_for(&mut events, left)?;
            let ready = events[0].revents();
            if ready.intersects(PollFlags::IN) {
                self.receive()?;
            }
            if ready.intersects(PollFlags::OUT | PollFlags::ERR | PollFlags::HUP)
                || self.ended.is_some()
            {
                return Ok(true);
            }
            if left.is_zero() {
                return Ok(false);
            }
        }
    }

    /// The server has not ended the connection in time.
    fn give_up(&mut self) -> Result<(), WireError> {
        self.screen.note(match self.duties.received {
            None => "No answer to the Close within 5 s: ending TCP (RFC 6455 §7.1.1).",
            Some(_) => {
                "Both have sent a Close, and the server has not ended TCP within 5 s, as it has to (RFC \
                 6455 §5.5.1): ending it (§7.1.1)."
            }
        })?;
        let now = self.now();
        self.finish(TcpEnd::TimedOut, now)
    }

    /// TCP has ended: by the server, or by us after a timeout.
    fn finish(&mut self, tcp: TcpEnd, at: Micros) -> Result<(), WireError> {
        // It fails if the server was faster.
        let _ = self.stream.shutdown(Shutdown::Both);
        let mut observations = Vec::new();
        if tcp != TcpEnd::TimedOut {
            let reset = tcp == TcpEnd::Reset;
            observations = self.annotator.tcp_ended(Direction::FromServer, reset, at);
            self.capture.ended(Direction::FromServer, reset)?;
        }
        if tcp != TcpEnd::Reset {
            let now = self.now();
            observations.extend(self.annotator.tcp_ended(Direction::FromClient, false, now));
            self.capture.ended(Direction::FromClient, false)?;
        }
        for observation in &observations {
            self.screen.observation(observation)?;
        }
        let summary = self.annotator.summary();
        let failure = self.duties.ending(tcp).failure(&summary);
        self.screen.end(Some(&summary), failure.as_deref())?;
        failure.map_or(Ok(()), |why| Err(WireError::Failed(why)))
    }
}

/// Waits until one of these is ready, at most this long.
fn wait_for(events: &mut [PollFd<'_>], time: Duration) -> io::Result<()> {
    let timeout = Timespec {
        tv_sec: i64::try_from(time.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: time.subsec_nanos().into(),
    };
    match poll(events, Some(&timeout)) {
        // A signal ends the wait early, and the caller waits again.
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
