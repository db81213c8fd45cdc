//! What there was to see of an exchange, and what of it counts. Pure.

use crate::lens::annotate::Observation;
use crate::lens::ladders::CloseSummary;
use crate::lens::note::{Control, FrameNote, Micros};
use crate::model::direction::Direction;
use crate::websocket::rules::Rule;

/// Broken rules of the client that are remembered.
const MAX_FAULTS: usize = 64;

/// What there was to see.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// The request: its head, or all that was sent if it never became one.
    pub(crate) request: Vec<u8>,
    /// The head of the answer.
    pub(crate) response: Vec<u8>,
    /// Its status.
    pub(crate) status: Option<u16>,
    /// The body of a refusal.
    pub(crate) body: Vec<u8>,
    /// Frames and the two ladders, in the order in which they were seen.
    pub(crate) observations: Vec<Observation>,
    /// How it ended, as far as the program led.
    pub(crate) summary: CloseSummary,
    /// What of it counts.
    pub(crate) tally: Tally,
    /// Bytes.
    pub(crate) sent: usize,
    /// Bytes.
    pub(crate) received: usize,
    /// How long it took.
    pub(crate) took: Micros,
    /// Something that was expected did not come in time.
    pub(crate) timed_out: bool,
    /// More was there than is shown.
    pub(crate) cut: bool,
}

/// What counts of the frames.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Whole messages of the client before its Close.
    pub(crate) messages: u32,
    /// Whole Pings of the client before its Close.
    pub(crate) pings: u32,
    /// Data messages that came from the server.
    pub(crate) echoes: u32,
    /// Pongs that came from the server.
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
            // That a frame is cut off is where it ended, not why.
            let broken = frame.faults.iter().filter(|rule| **rule != Rule::CutOff);
            self.faults.extend(broken.take(free));
        }
        let said = u32::from(frame.message.is_some());
        match (&frame.control, client) {
            (Some(Control::Close { code, .. }), true) => {
                self.client_close.get_or_insert(*code);
            }
            (Some(Control::Close { code, reason, .. }), false) => {
                self.server_close.get_or_insert((*code, reason.clone()));
            }
            (Some(Control::Pong { .. }), false) => self.pongs += 1,
            (Some(Control::Ping { .. }), true) if self.client_close.is_none() => self.pings += 1,
            (None, true) if self.client_close.is_none() => self.messages += said,
            (None, false) => self.echoes += said,
            _ => {}
        }
    }

    /// Whether the connection has to end: a Close was sent, or a rule was broken that a server
    /// answers with one (§7.1.7).
    pub(crate) fn is_ending(&self) -> bool {
        self.client_close.is_some()
            || self.server_close.is_some()
            || self.faults.iter().any(|rule| rule.close_code().is_some())
    }
}
