//! What there is to say about one frame, and about the message that it completes, as values: the page gets it as JSON, a terminal as text
//! ([`crate::lens::ruler`]).

use crate::model::direction::Direction;
use crate::websocket::frame_header::LengthForm;
use crate::websocket::opcode;
use crate::websocket::rules::Rule;
use serde::{Serialize, Serializer};
use std::fmt;

/// Bytes of a payload that a note keeps: what fits on one screen, and bounds what is kept of
/// somebody's words.
pub(crate) const PREVIEW: usize = 64;

/// Microseconds since a moment that the caller chose.
pub(crate) type Micros = u64;

/// Bytes that are shown, and are hexadecimal in JSON.
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

/// How much of a frame there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Extent {
    /// All of it.
    Whole,
    /// The connection ended inside the payload.
    PayloadCut,
    /// The connection ended inside the header: fields behind its end are zero.
    HeaderCut,
}

/// What a control frame says (§5.5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(crate) enum Control {
    /// §5.5.1.
    Close {
        /// The status code, if two bytes are there.
        code: Option<u16>,
        /// What the code means.
        meaning: &'static str,
        /// The reason in words; replacement characters where it is not UTF-8.
        reason: String,
    },
    /// §5.5.2.
    Ping {
        /// What the Pong has to repeat; at most 125 bytes are kept.
        payload: Hex,
    },
    /// §5.5.3.
    Pong {
        /// The same as in the Ping that it answers.
        payload: Hex,
    },
}

/// Where a data frame stands in its message (§5.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Position {
    /// The message's number in this direction, from 1.
    pub(crate) message: u64,
    /// The fragment's number in the message, from 1.
    pub(crate) fragment: u64,
    /// Whether the message ends here.
    pub(crate) last: bool,
}

/// Fragments of a message that are listed one by one; more are only counted.
pub(crate) const PARTS: usize = 64;

/// One fragment of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Part {
    /// The frame's number in its direction.
    pub(crate) frame: u64,
    /// Its bytes of payload.
    pub(crate) bytes: u64,
}

/// A whole message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct MessageNote {
    /// Who sent it.
    pub(crate) from: Direction,
    /// Its number in this direction, from 1.
    pub(crate) number: u64,
    /// `text` or `binary`.
    pub(crate) kind: &'static str,
    /// Of the whole payload.
    pub(crate) bytes: u64,
    /// How many fragments it came in.
    pub(crate) fragments: u64,
    /// The first of them.
    pub(crate) parts: Vec<Part>,
    /// Control frames that came between the fragments.
    pub(crate) between: u64,
    /// The first bytes of the message.
    pub(crate) kept: Hex,
    /// The kept bytes as text, for a text message; a letter that is cut at the end is left out.
    pub(crate) text: Option<String>,
    /// Whether a text message is valid UTF-8; `true` for a binary one.
    pub(crate) utf8: bool,
}

/// One frame.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FrameNote {
    /// Who sent it.
    pub(crate) from: Direction,
    /// Its number in this direction, from 1.
    pub(crate) number: u64,
    /// Where its first byte stands in the stream behind the handshake.
    pub(crate) offset: u64,
    /// When its first byte was seen.
    pub(crate) begun: Micros,
    /// When its last byte was seen.
    pub(crate) at: Micros,
    /// How much of it there is.
    pub(crate) extent: Extent,
    /// The header's bytes as they were: 2 to 14.
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
    /// What the opcode means.
    pub(crate) name: &'static str,
    /// The MASK bit.
    pub(crate) masked: bool,
    /// The length of the payload as the header says it.
    pub(crate) length: u64,
    /// How the header says it.
    pub(crate) length_form: LengthForm,
    /// Whether no shorter form would do.
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
    /// The unmasked ones as text, if a person could read them.
    pub(crate) text: Option<String>,
    /// Of a Close, Ping or Pong.
    pub(crate) control: Option<Control>,
    /// Of a data frame that belongs to a message.
    pub(crate) position: Option<Position>,
    /// The message that ends with this frame.
    pub(crate) message: Option<MessageNote>,
    /// The rules that this frame breaks, the most telling first.
    pub(crate) faults: Vec<Rule>,
}

impl FrameNote {
    /// Whether the opcode's first bit makes it a control frame (§5.5).
    pub(crate) const fn is_control(&self) -> bool {
        opcode::is_control(self.opcode)
    }
}
