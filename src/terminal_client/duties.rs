//! What a client owes the server (RFC 6455 §5.5.1, §5.5.2, §7.1.7), and what it will say of the end.
//!
//! Pure: notes of frames in, answers out. An answer waits here until everything that one read brought
//! was shown.

use crate::lens::encode::close_payload;
use crate::lens::note::{Control, FrameNote};
use crate::terminal_client::ending::{Ending, TcpEnd};
use crate::websocket::opcode::{CLOSE, PONG};
use crate::websocket::rules::Rule;
use std::collections::VecDeque;

/// Answers that wait at most: as many Pings as one read of 16 KiB can bring. Of more, the oldest go
/// unanswered, which §5.5.3 allows.
const MAX_ANSWERS: usize = 8 * 1024;

/// The answers that are due, and what decides how the connection has ended.
#[derive(Debug)]
pub(crate) struct Duties {
    /// An extension is in use, so the client does not judge frames (§9).
    extended: bool,
    /// Opcode and payload, oldest first.
    answers: VecDeque<(u8, Vec<u8>)>,
    /// A Close was sent or is among the answers.
    closing: bool,
    /// The code of the first Close that we sent, if there was one.
    sent: Option<Option<u16>>,
    /// The code of the first Close of the server, if there was one.
    pub(crate) received: Option<Option<u16>>,
    /// The first rule that the server broke.
    broken: Option<Rule>,
}

impl Duties {
    /// Nothing is due yet.
    pub(crate) fn new(extended: bool) -> Self {
        Self {
            extended,
            answers: VecDeque::new(),
            closing: false,
            sent: None,
            received: None,
            broken: None,
        }
    }

    /// The next answer, as opcode and payload.
    pub(crate) fn next(&mut self) -> Option<(u8, Vec<u8>)> {
        self.answers.pop_front()
    }

    /// Whether no answer waits.
    pub(crate) fn is_done(&self) -> bool {
        self.answers.is_empty()
    }

    /// Whether a Close was sent, or is about to be.
    pub(crate) fn is_closing(&self) -> bool {
        self.closing
    }

    /// A Close is about to be sent; false if that has happened before.
    pub(crate) fn begin_closing(&mut self) -> bool {
        !std::mem::replace(&mut self.closing, true)
    }

    /// A Close was sent.
    pub(crate) fn close_sent(&mut self, code: Option<u16>) {
        self.closing = true;
        self.sent.get_or_insert(code);
    }

    /// The connection has ended in this way.
    pub(crate) fn ending(&self, tcp: TcpEnd) -> Ending {
        Ending {
            broken: self.broken,
            sent: self.sent,
            received: self.received,
            tcp,
        }
    }

    /// Notes how a frame of the server is to be answered, as RFC 6455 demands.
    pub(crate) fn judge(&mut self, frame: &FrameNote) {
        let broken = frame
            .faults
            .iter()
            .find_map(|rule| Some((rule.close_code()?, *rule)));
        if let Some(Control::Close { code, .. }) = &frame.control {
            self.received.get_or_insert(*code);
        }
        match (&frame.control, broken) {
            // §7.1.7: "Certain algorithms … require an endpoint to _Fail the WebSocket
            // Connection_", with a Close that has "an appropriate status code".
            (_, Some((code, rule))) if !self.extended => {
                self.broken.get_or_insert(rule);
                let reason = format!("{} (§{})", rule.slug(), rule.section());
                self.answer_close(Some(code), reason);
            }
            // §5.5.1: "the endpoint typically echos the status code it received".
            (Some(Control::Close { code, .. }), _) => self.answer_close(*code, String::new()),
            // §5.5.2: a Pong "in response, unless it already received a Close frame". A Close that was
            // sent ends data frames alone (§5.5.1).
            (Some(Control::Ping { payload }), _)
                if self.received.is_none() && self.broken.is_none() =>
            {
                if self.answers.len() == MAX_ANSWERS {
                    self.answers.pop_front();
                }
                self.answers.push_back((PONG, payload.0.clone()));
            }
            _ => {}
        }
    }

    fn answer_close(&mut self, code: Option<u16>, reason: String) {
        if self.begin_closing() {
            let payload = close_payload(code, &reason);
            self.answers.push_back((CLOSE, payload));
        }
    }
}
