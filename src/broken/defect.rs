//! A defect as a value: what the server does wrong, and what RFC 6455 says about both ends.

use crate::websocket::handshake::Upgrade;
use serde::Serialize;

/// One endpoint: a defect, or correct behaviour for comparison.
#[derive(Debug, Serialize)]
pub(super) struct Defect {
    /// Its name in the path.
    pub(super) name: &'static str,
    /// Its subject: `handshake`, `frames`, `control`, `fragments`, `utf8`, `closing` or `right`.
    pub(super) group: &'static str,
    /// The rule that the server breaks; in the group `right`, the one that it makes use of.
    pub(super) rule: Quotation,
    /// What a client has to do about it.
    pub(super) duty: Duty,
    /// The close codes that a program on the client's side may be told (§7.1.5).
    pub(super) page: &'static [u16],
    /// What the server does.
    #[serde(skip)]
    pub(super) act: Act,
    /// Whether the client has to begin to close.
    pub(super) client_closes: bool,
}

/// A literal quotation of RFC 6455. `[…]` marks what is left out.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Quotation {
    pub(super) section: &'static str,
    pub(super) sentence: &'static str,
}

/// What the RFC says about the client.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Duty {
    /// The word of RFC 2119.
    pub(super) level: Level,
    /// What it is about.
    pub(super) to: To,
    #[serde(flatten)]
    pub(super) quotation: Quotation,
}

/// The words of RFC 2119 that are used here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) enum Level {
    #[serde(rename = "MUST")]
    Must,
    #[serde(rename = "SHOULD NOT")]
    ShouldNot,
    #[serde(rename = "MAY")]
    May,
}

/// What a duty is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum To {
    /// To fail the connection.
    Fail,
    /// To answer a Ping, or to receive a message, and to go on.
    GoOn,
    /// To answer a Close.
    AnswerClose,
    /// To end TCP without an answer to its Close.
    EndTcp,
}

/// What the server does.
#[derive(Debug, Clone, Copy)]
pub(super) enum Act {
    /// It sends this instead of the right 101.
    Handshake(fn(&Upgrade) -> String),
    /// It sends these frames after a right handshake and a right message.
    Frames(fn() -> Vec<u8>, Then),
    /// It does not answer the client's Close.
    Mute,
}

/// How the server finds out what the client makes of the frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    /// It waits. If nothing happens, it sends a Ping: who answers has gone on.
    WaitAndAsk,
    /// It sends a Ping at once, because nothing was wrong.
    Ask,
    /// It waits for the Pong that one of the frames asks for.
    AwaitPong,
    /// It waits. Whatever it sent would belong to the frame that has begun.
    Wait,
    /// One of the frames was a Close: it waits for the client's.
    AwaitClose,
}

impl Defect {
    /// Whether the handshake is wrong, so that the connection must not open.
    pub(super) fn is_in_handshake(&self) -> bool {
        matches!(self.act, Act::Handshake(_))
    }

    /// Whether the server asks with a Ping if the client does nothing.
    pub(super) fn asks(&self) -> bool {
        matches!(self.act, Act::Frames(_, Then::WaitAndAsk))
    }

    /// Whether one of the frames is a Close.
    pub(super) fn is_in_close(&self) -> bool {
        matches!(self.act, Act::Frames(_, Then::AwaitClose))
    }
}
