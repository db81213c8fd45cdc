//! The findings of a handshake, as values: one duty and whether it was kept, and the computation of
//! the accept key. [`crate::lens::handshake`] puts them together.

use crate::lens::head::blank;
use crate::lens::note::Hex;
use crate::model::authority::Authority;
use crate::model::direction::Direction;
use serde::Serialize;

/// Characters of a value that are quoted.
const MAX_QUOTED: usize = 200;

/// Whether a rule was obeyed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Compliance {
    /// The rule is obeyed.
    Kept,
    /// The rule is not obeyed.
    Broken,
    /// The rule is about something optional that is missing.
    Absent,
}

/// One rule of the handshake, and whether it was obeyed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct DutyNote {
    /// The end that has to obey.
    pub(crate) by: Direction,
    /// The section of RFC 6455, such as `4.1`; or of another RFC, such as `RFC 9112 §3.2`.
    pub(crate) section: &'static str,
    /// The sentence of that RFC.
    pub(crate) rule: &'static str,
    /// Whether it was obeyed.
    #[serde(rename = "verdict")]
    pub(crate) compliance: Compliance,
    /// The value found, secrets blanked.
    pub(crate) found: String,
    /// If it was not obeyed: who decides what the other end does.
    pub(crate) authority: Option<&'static Authority>,
}

/// The computation of `Sec-WebSocket-Accept`, step by step (§4.2.2 step 5.4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct AcceptNote {
    /// `Sec-WebSocket-Key` as sent: its characters, not its 16 bytes.
    pub(crate) key: String,
    /// [`GUID`](crate::websocket::handshake::GUID).
    pub(crate) guid: &'static str,
    /// The key followed by the GUID.
    pub(crate) joined: String,
    /// The SHA-1 of that: 20 bytes.
    pub(crate) sha1: Hex,
    /// The same in base64: the value that the server has to send.
    pub(crate) expected: String,
    /// The value that the server sent.
    pub(crate) sent: Option<String>,
    /// Whether the two are equal.
    pub(crate) equal: bool,
}

/// A value for the eye: secrets blanked, and cut if it is long.
pub(crate) fn quoted(text: &str) -> String {
    let text = blank(text);
    match text.char_indices().nth(MAX_QUOTED) {
        Some((end, _)) => format!("{} (cut)", &text[..end]),
        None => text,
    }
}
