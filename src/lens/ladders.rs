//! The two ladders of a connection: which Pong answers which Ping (RFC 6455 §5.5.2, §5.5.3), and
//! which end began to close, which answered, and which ended TCP (§5.5.1, §7.1).
//!
//! Pure and bounded: each direction remembers at most `MAX_PINGS` unanswered Pings.

use crate::lens::note::{Control, FrameNote, Hex, Micros};
use crate::model::direction::Direction;
use serde::Serialize;
use std::collections::VecDeque;

/// Unanswered Pings that are remembered, in some 150 KB at most; older ones are forgotten. A program that is slow for a
/// moment leaves hundreds waiting.
const MAX_PINGS: usize = 1024;

/// A step of the ping ladder: what happened to a Ping.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Rung {
    /// It was sent: the other end "MUST send a Pong frame in response" (§5.5.2).
    Sent,
    /// Its Pong came, with the bytes of the Ping (§5.5.3).
    Answered,
    /// A Pong that answers no Ping: "a unidirectional heartbeat" (§5.5.3), which is allowed.
    Unsolicited,
}

/// A step of the ping ladder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct PingNote {
    /// The step.
    pub(crate) rung: Rung,
    /// The end that sent the frame of this step.
    pub(crate) from: Direction,
    /// The payload of that frame.
    pub(crate) payload: Hex,
    /// When the Ping was seen, or the Pong if it is unsolicited.
    pub(crate) sent: Micros,
    /// The time from Ping to Pong, as seen here.
    pub(crate) round_trip: Option<Micros>,
    /// Older Pings that this Pong leaves unanswered. That is allowed: a Pong may answer "only the
    /// most recently processed Ping frame" (§5.5.3).
    pub(crate) skipped: usize,
}

/// Matches Pongs to Pings, in both directions.
#[derive(Debug, Default)]
pub(crate) struct PingLadder {
    client: VecDeque<(Hex, Micros)>,
    server: VecDeque<(Hex, Micros)>,
}

impl PingLadder {
    /// The step that a whole frame makes, if it is a Ping or Pong.
    pub(crate) fn step(&mut self, frame: &FrameNote) -> Option<PingNote> {
        let (rung, payload) = match frame.control.as_ref()? {
            Control::Ping { payload } => (Rung::Sent, payload),
            Control::Pong { payload } => (Rung::Unsolicited, payload),
            Control::Close { .. } => return None,
        };
        let mut note = PingNote {
            rung,
            from: frame.from,
            payload: payload.clone(),
            sent: frame.at,
            round_trip: None,
            skipped: 0,
        };
        let asker = match rung {
            Rung::Sent => frame.from,
            _ => frame.from.other(),
        };
        let waiting = match asker {
            Direction::FromClient => &mut self.client,
            Direction::FromServer => &mut self.server,
        };
        if rung == Rung::Sent {
            if waiting.len() == MAX_PINGS {
                waiting.pop_front();
            }
            waiting.push_back((payload.clone(), frame.at));
        } else if let Some(at) = waiting.iter().position(|(asked, _)| asked == payload) {
            note.rung = Rung::Answered;
            note.skipped = at;
            for (_, sent) in waiting.drain(..=at) {
                note.sent = sent;
            }
            note.round_trip = Some(frame.at.saturating_sub(note.sent));
        }
        Some(note)
    }
}

/// A step of the close ladder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CloseStep {
    /// The first Close: the closing handshake begins (§7.1.2).
    Began,
    /// The Close of the other end (§5.5.1), in response or at the same time.
    Answered,
    /// A second Close of the same end.
    Repeated,
    /// One end ended its side of TCP (FIN).
    Fin,
    /// One end reset TCP (RST): bytes on their way may be lost.
    Reset,
}

impl CloseStep {
    /// The meaning of the step, and its section.
    pub(crate) const fn meaning(self) -> (&'static str, &'static str) {
        match self {
            CloseStep::Began => (
                "begins the closing handshake; it sends no more data",
                "7.1.2",
            ),
            CloseStep::Answered => (
                "sends its Close too: the handshake is complete, and the server closes TCP first",
                "5.5.1",
            ),
            CloseStep::Repeated => ("sends another Close, which changes nothing", "5.5.1"),
            CloseStep::Fin => ("ends its side of TCP", "7.1.1"),
            CloseStep::Reset => ("resets TCP: bytes on their way may be lost", "7.1.1"),
        }
    }
}

/// A step of the close ladder, described.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct CloseNote {
    /// The step.
    pub(crate) step: CloseStep,
    /// The end that took it.
    pub(crate) by: Direction,
    /// When it was seen.
    pub(crate) at: Micros,
    /// The code of a Close, if it had one.
    pub(crate) code: Option<u16>,
    /// The reason of a Close.
    pub(crate) reason: String,
    /// The meaning of the step.
    pub(crate) meaning: &'static str,
    /// The section of RFC 6455.
    pub(crate) section: &'static str,
}

/// How a connection ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct CloseSummary {
    /// The end that sent the first Close.
    pub(crate) began: Option<Direction>,
    /// The end that ended TCP first.
    pub(crate) tcp: Option<Direction>,
    /// "If the TCP connection was closed after the WebSocket closing handshake was completed, the
    /// WebSocket connection is said to have been closed _cleanly_" (§7.1.4).
    pub(crate) clean: bool,
    /// The close code that the client's program sees (§7.1.5).
    pub(crate) client_sees: u16,
    /// The close code that the server's program sees.
    pub(crate) server_sees: u16,
}

/// Follows the end of a connection.
#[derive(Debug, Default)]
pub(crate) struct CloseLadder {
    began: Option<Direction>,
    /// The first Close of each end: its code, 1005 if it had none.
    client: Option<u16>,
    server: Option<u16>,
    tcp: Option<Direction>,
    /// TCP was reset before both had sent their Close.
    broken: bool,
}

impl CloseLadder {
    /// The step that a whole frame makes, if it is a Close.
    pub(crate) fn step(&mut self, frame: &FrameNote) -> Option<CloseNote> {
        let Some(Control::Close { code, reason, .. }) = &frame.control else {
            return None;
        };
        let mine = match frame.from {
            Direction::FromClient => &mut self.client,
            Direction::FromServer => &mut self.server,
        };
        let step = match (*mine, self.began) {
            (Some(_), _) => CloseStep::Repeated,
            (None, Some(_)) => CloseStep::Answered,
            (None, None) => CloseStep::Began,
        };
        // §7.1.5: without a code the close code "is considered to be 1005".
        mine.get_or_insert(code.unwrap_or(1005));
        self.began.get_or_insert(frame.from);
        Some(note(step, frame.from, frame.at, *code, reason))
    }

    /// One end has ended TCP.
    pub(crate) fn tcp_ended(&mut self, by: Direction, reset: bool, at: Micros) -> CloseNote {
        self.tcp.get_or_insert(by);
        // A FIN ends one direction only; the Close of the other end may still come.
        self.broken |= reset && !self.both_closed();
        let step = match reset {
            true => CloseStep::Reset,
            false => CloseStep::Fin,
        };
        note(step, by, at, None, "")
    }

    fn both_closed(&self) -> bool {
        self.client.is_some() && self.server.is_some()
    }

    /// How the connection ended, or how far its end has got.
    pub(crate) fn summary(&self) -> CloseSummary {
        CloseSummary {
            began: self.began,
            tcp: self.tcp,
            clean: self.tcp.is_some() && self.both_closed() && !self.broken,
            client_sees: self.server.unwrap_or(1006),
            server_sees: self.client.unwrap_or(1006),
        }
    }
}

fn note(step: CloseStep, by: Direction, at: Micros, code: Option<u16>, reason: &str) -> CloseNote {
    let (meaning, section) = step.meaning();
    CloseNote {
        step,
        by,
        at,
        code,
        reason: reason.into(),
        meaning,
        section,
    }
}

#[cfg(test)]
#[path = "ladders_tests.rs"]
mod tests;
