//! An open connection: shows what arrives, sends what is typed, and closes properly.

use crate::lens::annotate::{Annotator, Observation};
use crate::lens::encode;
use crate::lens::encode::{close_payload, pieces};
use crate::lens::note::{Control, FrameNote, Micros};
use crate::model::direction::Direction;
use crate::support::random;
use crate::terminal_client::dial::Connection;
use crate::terminal_client::error::WireError;
use crate::terminal_client::screen::Screen;
use crate::terminal_client::typed;
use crate::terminal_client::typed::{HELP, Typed};
use crate::websocket::opcode::{BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT};
use crossbeam_channel::{Receiver, Sender, bounded, never, select};
use std::io::{self, BufRead, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

/// How long the server may take for its Close and for the end of TCP.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);
/// The deadline when only the server and the person are waited for.
const NO_DEADLINE: Duration = Duration::from_secs(3600);
/// Bytes of a message that are shown.
const MESSAGE: usize = 4096;
/// Bytes of one read.
const READ: usize = 16 * 1024;

/// What the reading thread received, and when.
enum Received {
    Bytes(Vec<u8>, Micros),
    /// The end of TCP; true if it was reset.
    End(bool, Micros),
}

/// One connection and the person who types.
pub(crate) struct Session {
    stream: TcpStream,
    screen: Screen,
    annotator: Annotator,
    start: Instant,
    received: Receiver<Received>,
    lines: Receiver<String>,
    /// An extension is in use, so the client does not judge frames.
    extended: bool,
    /// Standard input has ended.
    input_ended: bool,
    /// `:wait`: no line is read before this time.
    wait_until: Option<Instant>,
    /// We have sent a Close, and wait for the end until this time.
    close_deadline: Option<Instant>,
    /// The server has sent a Close.
    close_received: bool,
}

impl Session {
    /// Starts the two threads that block on reading.
    pub(crate) fn start(connection: Connection, screen: Screen) -> Result<Session, WireError> {
        let start = Instant::now();
        let Connection {
            stream,
            early,
            extended,
        } = connection;
        // Bounded: a server that sends faster than the terminal shows is slowed down by TCP.
        let (received_sender, received) = bounded(64);
        let (line_sender, lines) = bounded(16);
        let reading = stream.try_clone()?;
        let named = |name: &str| thread::Builder::new().name(name.into());
        named("socket").spawn(move || read_socket(reading, early, start, &received_sender))?;
        // This thread blocks on standard input until the process ends, and has nothing to lose.
        named("stdin").spawn(move || read_lines(&line_sender))?;
        Ok(Session {
            stream,
            screen,
            annotator: Annotator::keeping(MESSAGE),
            start,
            received,
            lines,
            extended,
            input_ended: false,
            wait_until: None,
            close_deadline: None,
            close_received: false,
        })
    }

    /// Runs until the connection has ended.
    pub(crate) fn run(mut self) -> Result<(), WireError> {
        if self.extended {
            self.screen.note(
                "An extension is in use. It may set RSV1 and compress payloads. They are shown as they \
                 are on the wire, and marked as wrong where they would be without the extension.",
            )?;
        }
        let nothing = never();
        loop {
            let ignore_input =
                self.input_ended || self.wait_until.is_some() || self.close_deadline.is_some();
            let lines = if ignore_input { &nothing } else { &self.lines };
            let deadline = self.close_deadline.or(self.wait_until);
            let left = deadline.map_or(NO_DEADLINE, |at| {
                at.saturating_duration_since(Instant::now())
            });
            select! {
                recv(self.received) -> received => match received {
                    Ok(Received::Bytes(bytes, at)) => self.on_bytes(&bytes, at)?,
                    Ok(Received::End(reset, at)) => return self.ended(Some(reset), at),
                    Err(_) => return self.ended(Some(true), self.now()),
                },
                recv(lines) -> line => match line {
                    Ok(line) => self.on_line(&line)?,
                    Err(_) => {
                        self.input_ended = true;
                        self.close(Some(1000), "")?;
                    }
                },
                default(left) => {
                    if self.close_deadline.is_some_and(|at| Instant::now() >= at) {
                        self.screen.note("No answer to the Close within 5 s: ending TCP (RFC 6455 §7.1.1).")?;
                        return self.ended(None, self.now());
                    }
                    if self.wait_until.is_some_and(|at| Instant::now() >= at) {
                        self.wait_until = None;
                    }
                }
            }
        }
    }

    fn now(&self) -> Micros {
        micros(self.start)
    }

    fn on_bytes(&mut self, bytes: &[u8], at: Micros) -> Result<(), WireError> {
        for observation in self.annotator.feed(Direction::FromServer, bytes, at) {
            self.screen.observation(&observation)?;
            if let Observation::Frame(frame) = observation {
                self.answer(&frame)?;
            }
        }
        Ok(())
    }

    /// Reacts to a frame of the server as RFC 6455 demands.
    fn answer(&mut self, frame: &FrameNote) -> Result<(), WireError> {
        let broken = frame
            .faults
            .iter()
            .find_map(|rule| Some((rule.close_code()?, rule)));
        match (&frame.control, broken) {
            // §7.1.7: "Certain algorithms … require an endpoint to _Fail the WebSocket
            // Connection_", with a Close that has "an appropriate status code".
            (_, Some((code, rule))) if !self.extended => {
                let reason = format!("{} (§{})", rule.slug(), rule.section());
                self.close(Some(code), &reason)
            }
            // §5.5.1: "the endpoint typically echos the status code it received".
            (Some(Control::Close { code, .. }), _) => {
                self.close_received = true;
                self.close(*code, "")
            }
            // §5.5.2: a Pong "in response, unless it already received a Close frame".
            (Some(Control::Ping { payload }), _)
                if !self.close_received && self.close_deadline.is_none() =>
            {
                self.send_frame(true, PONG, &payload.0)
            }
            _ => Ok(()),
        }
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
        if self.close_deadline.is_some() {
            return Ok(());
        }
        self.close_deadline = Some(Instant::now() + CLOSE_TIMEOUT);
        self.send_frame(true, CLOSE, &close_payload(code, reason))
    }

    fn send_frame(&mut self, fin: bool, opcode: u8, payload: &[u8]) -> Result<(), WireError> {
        // §5.3: "the masking key MUST be derived from a strong source of entropy".
        self.send(&encode::frame(fin, opcode, payload, random::bytes()?))
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), WireError> {
        let at = self.now();
        if let Err(error) = self.stream.write_all(bytes) {
            // The reading thread notices the end of the connection; this only reports the loss.
            return Ok(self.screen.note(&format!("not sent: {error}"))?);
        }
        for observation in self.annotator.feed(Direction::FromClient, bytes, at) {
            self.screen.observation(&observation)?;
            if let Observation::Close(_) = observation {
                // It may have been typed in hexadecimal.
                self.close_deadline
                    .get_or_insert_with(|| Instant::now() + CLOSE_TIMEOUT);
            }
        }
        Ok(())
    }

    /// TCP has ended: by the server (true if it was reset), or by us after a timeout.
    fn ended(&mut self, by_server: Option<bool>, at: Micros) -> Result<(), WireError> {
        // It fails if the server was faster.
        let _ = self.stream.shutdown(Shutdown::Both);
        let by_us = self.close_deadline.is_some();
        let mut observations = Vec::new();
        if let Some(reset) = by_server {
            observations = self.annotator.tcp_ended(Direction::FromServer, reset, at);
        }
        if by_server != Some(true) {
            observations.extend(
                self.annotator
                    .tcp_ended(Direction::FromClient, false, self.now()),
            );
        }
        for observation in &observations {
            self.screen.observation(observation)?;
        }
        self.screen.end(&self.annotator.summary())?;
        match by_us || self.close_received {
            true => Ok(()),
            false => Err(WireError::Failed(
                "the server ended TCP without a Close; a page would see 1006 (RFC 6455 §7.1.5)"
                    .into(),
            )),
        }
    }
}

fn micros(start: Instant) -> Micros {
    u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX)
}

fn read_socket(mut stream: TcpStream, early: Vec<u8>, start: Instant, sender: &Sender<Received>) {
    if !early.is_empty() && sender.send(Received::Bytes(early, micros(start))).is_err() {
        return;
    }
    let mut buffer = vec![0; READ];
    loop {
        let received = match stream.read(&mut buffer) {
            Ok(0) => Received::End(false, micros(start)),
            Ok(read) => Received::Bytes(buffer[..read].to_vec(), micros(start)),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => Received::End(true, micros(start)),
        };
        let last = matches!(received, Received::End(..));
        if sender.send(received).is_err() || last {
            return;
        }
    }
}

fn read_lines(sender: &Sender<String>) {
    let mut input = io::stdin().lock();
    let mut line = Vec::new();
    // After an error there is nothing more to read either.
    while input
        .read_until(b'\n', &mut line)
        .is_ok_and(|read| read > 0)
    {
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_end_matches(['\r', '\n']).to_owned();
        if sender.send(text).is_err() {
            return;
        }
        line.clear();
    }
}
