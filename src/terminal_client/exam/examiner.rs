//! What every probe needs: how to reach the server, what is known about it, and what was seen.

use crate::terminal_client::args::WireArgs;
use crate::terminal_client::dial::{Target, connect, request};
use crate::terminal_client::error::WireError;
use crate::terminal_client::exam::connection::{Answer, Connection, Event};
use crate::terminal_client::exam::verdict::Finding;
use crate::terminal_client::exam::watched::Watched;
use crate::websocket::opcode::TEXT;
use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// The key of the example in §1.3, which most connections of the exam use.
pub(crate) const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
/// What finds out whether the server echoes.
const GREETING: &[u8] = b"Is there an echo?";

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
}

impl Examiner {
    /// Checks the arguments, and that the server can be reached at all.
    pub(crate) fn new(args: &WireArgs) -> Result<Self, WireError> {
        let target = Target::parse(&args.url).map_err(WireError::Usage)?;
        request(args, &target, KEY).map_err(WireError::Usage)?;
        drop(connect(&target)?);
        Ok(Self {
            args: args.clone(),
            target,
            wait: Duration::from_secs(args.exam.timeout.clamp(1, 60)),
            watched: Rc::default(),
            echo: Echo::No,
        })
    }

    /// The lines of a right request, without the empty one at the end.
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
        let stream = connect(&self.target)
            .map_err(|error| Finding::failed("a TCP connection", error.to_string()))?;
        Ok(Connection::new(stream, self.wait, Rc::clone(&self.watched)))
    }

    /// Sends a request and reads the answer.
    pub(crate) fn ask(&self, lines: &[String]) -> Result<(Connection, Answer), Finding> {
        let mut connection = self.connect()?;
        connection.send(&head(lines));
        let answer = connection.answer();
        Ok((connection, answer))
    }

    /// A connection after a right handshake.
    pub(crate) fn open(&self) -> Result<Connection, Finding> {
        let (connection, answer) = self.ask(&self.lines(KEY))?;
        match answer.status {
            Some(101) => Ok(connection),
            _ => Err(Finding::failed("a right handshake", answer.words())),
        }
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
                Event::End { .. } | Event::Silence { .. } => return,
            }
        }
    }
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
