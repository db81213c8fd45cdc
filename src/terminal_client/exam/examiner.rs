//! What every probe needs: how to reach the server, what is known about it, and what was seen.

use crate::support::random;
use crate::terminal_client::args::WireArgs;
use crate::terminal_client::dial::{Target, connect, request};
use crate::terminal_client::error::WireError;
use crate::terminal_client::exam::connection::{
    Answer, Connection, Event, GRACE, MAX_FRAMES, is_endless,
};
use crate::terminal_client::exam::verdict::{Finding, Level};
use crate::terminal_client::exam::watched::Watched;
use crate::websocket::frame_header::FrameHeader;
use crate::websocket::opcode::{CLOSE, TEXT};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// The key of the example in §1.3.
pub(crate) const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
/// What finds out whether the server echoes.
const GREETING: &[u8] = b"Is there an echo?";

/// Frames that a server may well send before it is asked.
const MANY: usize = 500;
/// So many different rules are broken by no mistake, but by bytes that are no frames.
const GARBAGE: usize = 4;

/// What the server does with messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Echo {
    /// A message comes back, right or wrong, and nothing before it.
    Yes,
    /// The same, and the server also sends messages of its own.
    AmongOthers,
    /// No message comes back.
    No,
}

/// The examiner.
pub(crate) struct Examiner {
    args: WireArgs,
    target: Target,
    /// How long to wait for a reaction.
    pub(crate) wait: Duration,
    pub(crate) watched: Rc<RefCell<Watched>>,
    pub(crate) echo: Echo,
    /// What the server does by itself that leaves no time for questions, in a sentence.
    pub(crate) moot: Option<String>,
    /// Why the server could no longer be reached.
    gone: RefCell<Option<String>>,
}

impl Examiner {
    /// Checks the arguments.
    pub(crate) fn new(args: &WireArgs) -> Result<Self, WireError> {
        let target = Target::parse(&args.url).map_err(WireError::Usage)?;
        request(args, &target, KEY).map_err(WireError::Usage)?;
        Ok(Self {
            args: args.clone(),
            target,
            wait: Duration::from_secs(args.exam.timeout.clamp(1, 60)),
            watched: Rc::default(),
            echo: Echo::No,
            moot: None,
            gone: RefCell::default(),
        })
    }

    /// The lines of a right request, without the empty one at the end.
    pub(crate) fn right_lines(&self) -> Vec<String> {
        self.lines(&fresh_key())
    }

    /// The same with this key.
    pub(crate) fn lines(&self, key: &str) -> Vec<String> {
        let bytes = request(&self.args, &self.target, key).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        text.trim_end().lines().map(Into::into).collect()
    }

    /// The subprotocols that the request offers.
    pub(crate) fn offers(&self) -> &[String] {
        &self.args.protocol
    }

    /// A TCP connection.
    pub(crate) fn connect(&self) -> Result<Connection, Finding> {
        let stream = connect(&self.target).map_err(|error| {
            let why = error.to_string();
            self.gone.replace(Some(why.clone()));
            Finding::inconclusive("a TCP connection", why)
        })?;
        Ok(Connection::new(stream, self.wait, Rc::clone(&self.watched)))
    }

    /// Sends a request and reads the answer.
    pub(crate) fn ask(&self, lines: &[String]) -> Result<(Connection, Answer), Finding> {
        let mut connection = self.connect()?;
        connection.send(&head(lines));
        let answer = connection.answer();
        Ok((connection, answer))
    }

    /// Why the server could no longer be reached, if that happened.
    pub(crate) fn gone(&self) -> Option<String> {
        self.gone.borrow().clone()
    }

    /// A connection after a right handshake. §4.2.2: "When a client establishes a WebSocket connection
    /// to a server, the server MUST complete the following steps to accept the connection …"
    pub(crate) fn open(&self) -> Result<Connection, Finding> {
        let (connection, answer) = self.ask(&self.right_lines())?;
        match answer.status {
            Some(101) => Ok(connection),
            _ => {
                let read = answer.words();
                Err(Finding::failed("a right handshake", read).by(Level::Must, "4.2.2"))
            }
        }
    }

    /// Looks what the server does before it is asked anything.
    ///
    /// # Errors
    ///
    /// It cannot be reached at all.
    pub(crate) fn look(&mut self) -> Result<(), WireError> {
        let Ok(mut connection) = self.open() else {
            return match self.gone.take() {
                Some(why) => Err(WireError::Failed(why)),
                None => Ok(()),
            };
        };
        let begun = Instant::now();
        let (mut frames, mut last) = (0, begun);
        self.moot = loop {
            // Many frames at once may be a history; frames without end are a flood.
            let time = match frames {
                0..=MANY => GRACE,
                _ => self.wait,
            };
            match connection.next_within(time.saturating_sub(begun.elapsed())) {
                Event::Frame(frame) if frame.header.opcode == CLOSE => {
                    break Some("closes every connection by itself".into());
                }
                Event::Frame(_) if frames == MAX_FRAMES => {
                    break Some("sends frames without end".into());
                }
                Event::Frame(_) | Event::Flood => {
                    frames += 1;
                    last = Instant::now();
                }
                Event::End { .. } => {
                    break Some("ends TCP right after the handshake, without a Close".into());
                }
                Event::Silence { partial } if is_endless(&partial) => {
                    let claim = FrameHeader::parse(&partial).length;
                    break Some(format!("sends a frame that claims {claim} bytes"));
                }
                Event::Silence { .. } if frames > MANY && last.elapsed() < GRACE => {
                    break Some("sends frames without end".into());
                }
                Event::Silence { .. } => break None,
            }
        };
        let broken = self.watched.borrow().count();
        if broken >= GARBAGE {
            self.moot = Some("sends bytes that are no frames".into());
        }
        Ok(())
    }

    /// Finds out what the server does with messages.
    pub(crate) fn listen_for_an_echo(&mut self) {
        let Ok(mut connection) = self.open() else {
            return;
        };
        connection.frame(TEXT, GREETING);
        let until = Instant::now() + self.wait;
        let mut others = false;
        while Instant::now() < until {
            let left = until.saturating_duration_since(Instant::now());
            match connection.next_within(left) {
                Event::Frame(frame) if frame.header.is_control() => {}
                // Right, or garbled in a way that is worth a verdict: still masked, or cut.
                Event::Frame(frame) if resembles(&frame.payload) => {
                    self.echo = match others {
                        true => Echo::AmongOthers,
                        false => Echo::Yes,
                    };
                    return;
                }
                Event::Frame(_) => others = true,
                Event::End { .. } | Event::Silence { .. } | Event::Flood => return,
            }
        }
    }
}

/// A key as a client chooses it: 16 random bytes (§4.1).
pub(crate) fn fresh_key() -> String {
    BASE64_STANDARD.encode(random::bytes::<16>().unwrap_or([7; 16]))
}

fn resembles(payload: &[u8]) -> bool {
    payload.len() == GREETING.len()
        || payload.len() >= GREETING.len() / 2
            && (GREETING.starts_with(payload) || GREETING.ends_with(payload))
}

/// A head as bytes.
pub(crate) fn head(lines: &[String]) -> Vec<u8> {
    (lines.join("\r\n") + "\r\n\r\n").into_bytes()
}
