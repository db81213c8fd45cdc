//! The description of a frame, and of the message that it completes, as values. The page gets them as
//! JSON, a terminal as text ([`crate::lens::ruler`]).

use crate::model::direction::Direction;
use crate::websocket::frame_header::LengthForm;
use crate::websocket::opcode;
use crate::websocket::rules::Rule;
use serde::{Serialize, Serializer};
use std::fmt;

/// Bytes of a payload that a note keeps: they fit on a screen, and little of a private message is
/// kept.
pub(crate) const PREVIEW: usize = 64;

/// Microseconds since a moment that the caller chooses.
pub(crate) type Micros = u64;

/// Bytes for the eye; hexadecimal in JSON.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Hex(pub Vec<u8>);

impl Hex {
    /// As `48 65 6c`.
    pub(crate) fn spaced(&self) -> String {
        let pairs: Vec<String> = self.0.iter().map(|byte| format!("{byte:02x}")).collect();
        pairs.join(" ")
    }
}

impl fmt::Display for Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Hex {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// How much of a frame arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Extent {
    /// All of it.
    Whole,
    /// The connection ended inside the payload.
    PayloadCut,
    /// The connection ended inside the header: fields whose bytes are missing are zero.
    HeaderCut,
}

/// The content of a control frame (§5.5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(crate) enum Control {
    /// §5.5.1.
    Close {
        /// The status code, if two bytes are there.
        code: Option<u16>,
        /// The meaning of the code.
        meaning: &'static str,
        /// The reason, with replacement characters where it is not UTF-8.
        reason: String,
    },
    /// §5.5.2.
    Ping {
        /// The bytes that the Pong has to repeat; at most 125 are kept.
        payload: Hex,
    },
    /// §5.5.3.
    Pong {
        /// The bytes of the Ping that it answers.
        payload: Hex,
    },
}

/// The position of a data frame in its message (§5.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Position {
    /// The message's number in this direction, from 1.
    pub(crate) message: u64,
    /// The fragment's number in the message, from 1.
    pub(crate) fragment: u64,
    /// Whether the message ends with this frame.
    pub(crate) last: bool,
}

/// Fragments of a message that are listed; more are only counted.
pub(crate) const PARTS: usize = 64;

/// One fragment of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Part {
    /// The frame's number in its direction.
    pub(crate) frame: u64,
    /// Bytes of its payload.
    pub(crate) bytes: u64,
}

/// A whole message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct MessageNote {
    /// The end that sent it.
    pub(crate) from: Direction,
    /// Its number in this direction, from 1.
    pub(crate) number: u64,
    /// `text` or `binary`.
    pub(crate) kind: &'static str,
    /// Bytes of the whole payload.
    pub(crate) bytes: u64,
    /// The number of its fragments.
    pub(crate) fragments: u64,
    /// The first fragments.
    pub(crate) parts: Vec<Part>,
    /// Control frames that came between the fragments.
    pub(crate) between: u64,
    /// The first bytes of the message.
    pub(crate) kept: Hex,
    /// The kept bytes of a text message as text, without a character that is split at the end.
    pub(crate) text: Option<String>,
    /// Whether a text message is valid UTF-8; `true` for a binary one.
    pub(crate) utf8: bool,
}

/// One frame.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct FrameNote {
    /// The end that sent it.
    pub(crate) from: Direction,
    /// Its number in this direction, from 1.
    pub(crate) number: u64,
    /// The position of its first byte in the stream after the handshake.
    pub(crate) offset: u64,
    /// When its first byte was seen.
    pub(crate) begun: Micros,
    /// When its last byte was seen.
    pub(crate) at: Micros,
    /// How much of it arrived.
    pub(crate) extent: Extent,
    /// The bytes of the header: 2 to 14, fewer if it was cut off.
    pub(crate) header: Hex,
    /// The final fragment of a message.
    pub(crate) fin: bool,
    /// Reserved.
    pub(crate) rsv1: bool,
    /// Reserved.
    pub(crate) rsv2: bool,
    /// Reserved.
    pub(crate) rsv3: bool,
    /// Four bits.
    pub(crate) opcode: u8,
    /// The name of the opcode.
    pub(crate) name: &'static str,
    /// The MASK bit.
    pub(crate) masked: bool,
    /// The length of the payload, as the header claims it.
    pub(crate) length: u64,
    /// How the header writes the length.
    pub(crate) length_form: LengthForm,
    /// Whether that is the shortest form for it.
    pub(crate) minimal: bool,
    /// The masking key.
    pub(crate) key: Option<Hex>,
    /// Bytes of header seen.
    pub(crate) header_bytes: u64,
    /// Bytes of payload seen.
    pub(crate) payload_bytes: u64,
    /// The first bytes of the payload as they were on the wire, at most [`PREVIEW`].
    pub(crate) wire: Hex,
    /// The same, unmasked.
    pub(crate) payload: Hex,
    /// The unmasked bytes as text, if a person can read them.
    pub(crate) text: Option<String>,
    /// The content of a Close, Ping or Pong.
    pub(crate) control: Option<Control>,
    /// The position of a data frame that belongs to a message.
    pub(crate) position: Option<Position>,
    /// The message that ends with this frame.
    pub(crate) message: Option<MessageNote>,
    /// The rules that this frame breaks, the most important first.
    pub(crate) faults: Vec<Rule>,
}

impl FrameNote {
    /// Whether the opcode's first bit makes it a control frame (§5.5).
    pub(crate) const fn is_control(&self) -> bool {
        opcode::is_control(self.opcode)
    }
}
