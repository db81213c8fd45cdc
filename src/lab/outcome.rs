//! The result of an exchange, and a tally of its frames. Pure.

use crate::lens::annotate::Observation;
use crate::lens::ladders::CloseSummary;
use crate::lens::note::{Control, FrameNote, Micros};
use crate::model::direction::Direction;
use crate::websocket::rules::Rule;

/// Rules broken by the client that are remembered.
const MAX_FAULTS: usize = 64;

/// The result of an exchange.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// The head of the request, or everything that was sent if it never became a head.
    pub(crate) request: Vec<u8>,
    /// The head of the response.
    pub(crate) response: Vec<u8>,
    /// The status of the response.
    pub(crate) status: Option<u16>,
    /// The body of a refusal.
    pub(crate) body: Vec<u8>,
    /// Frames and steps of the two ladders, in the order in which they were seen.
    pub(crate) observations: Vec<Observation>,
    /// How the connection ended, or how far its end got.
    pub(crate) summary: CloseSummary,
    /// The tally of the frames.
    pub(crate) tally: Tally,
    /// Whether something behind the head of the request was sent before the response.
    pub(crate) early: bool,
    /// Bytes sent.
    pub(crate) sent: usize,
    /// Bytes received.
    pub(crate) received: usize,
    /// The duration of the exchange.
    pub(crate) took: Micros,
    /// Something that was expected did not arrive in time.
    pub(crate) timed_out: bool,
    /// The exchange had more than is kept.
    pub(crate) cut: bool,
}

/// The frames that count.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Whole messages of the client before its Close.
    pub(crate) messages: u32,
    /// Whole Pings of the client before its Close.
    pub(crate) pings: u32,
    /// Data messages from the server.
    pub(crate) echoes: u32,
    /// Pongs from the server.
    pub(crate) pongs: u32,
    /// The rules that the client broke.
    pub(crate) faults: Vec<Rule>,
    /// The first Close of the client: its code.
    pub(crate) client_close: Option<Option<u16>>,
    /// The first Close of the server: its code and reason.
    pub(crate) server_close: Option<(Option<u16>, String)>,
}

impl Tally {
    /// Takes a frame into account.
    pub(crate) fn note(&mut self, frame: &FrameNote) {
        let client = frame.from == Direction::FromClient;
        let free = MAX_FAULTS.saturating_sub(self.faults.len());
        if client {
            // `CutOff` says where a frame ended, not why.
            let broken = frame.faults.iter().filter(|rule| **rule != Rule::CutOff);
            self.faults.extend(broken.take(free));
        }
        let messages = u32::from(frame.message.is_some());
        match (&frame.control, client) {
            (Some(Control::Close { code, .. }), true) => {
                self.client_close.get_or_insert(*code);
            }
            (Some(Control::Close { code, reason, .. }), false) => {
                self.server_close.get_or_insert((*code, reason.clone()));
            }
            (Some(Control::Pong { .. }), false) => self.pongs += 1,
            (Some(Control::Ping { .. }), true) if self.client_close.is_none() => self.pings += 1,
            (None, true) if self.client_close.is_none() => self.messages += messages,
            (None, false) => self.echoes += messages,
            _ => {}
        }
    }

    /// Whether the connection has to end: an end has sent a Close, or the client broke a rule for which
    /// a server closes (§7.1.7).
    pub(crate) fn is_ending(&self) -> bool {
        self.client_close.is_some()
            || self.server_close.is_some()
            || self.faults.iter().any(|rule| rule.close_code().is_some())
    }
}
