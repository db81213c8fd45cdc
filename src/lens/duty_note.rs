//! The findings of a handshake, as values: one duty and whether it was kept, and the computation of
//! the accept key. [`crate::lens::handshake`] puts them together.

use crate::lens::head::blank;
use crate::lens::note::Hex;
use crate::model::direction::Direction;
use serde::Serialize;

/// Characters of a value that are quoted.
const MAX_QUOTED: usize = 200;

/// Whether a rule was obeyed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Compliance {
    /// It is obeyed.
    Kept,
    /// It is not.
    Broken,
    /// It is about something optional that is not there.
    Absent,
}

/// One rule of the handshake.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct DutyNote {
    /// Whose duty it is.
    pub(crate) by: Direction,
    /// Where it stands.
    pub(crate) section: &'static str,
    /// What it says.
    pub(crate) rule: &'static str,
    /// Whether it was obeyed.
    #[serde(rename = "verdict")]
    pub(crate) compliance: Compliance,
    /// What was there, secrets blanked.
    pub(crate) found: String,
}

/// The computation of `Sec-WebSocket-Accept`, step by step (§4.2.2 step 5.4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct AcceptNote {
    /// `Sec-WebSocket-Key` as sent: its characters, not its 16 bytes.
    pub(crate) key: String,
    /// [`GUID`](crate::websocket::handshake::GUID).
    pub(crate) guid: &'static str,
    /// Both, one behind the other.
    pub(crate) joined: String,
    /// The SHA-1 of that: 20 bytes.
    pub(crate) sha1: Hex,
    /// Those in base64: what the server has to send.
    pub(crate) expected: String,
    /// What it sent.
    pub(crate) sent: Option<String>,
    /// Whether that is the same.
    pub(crate) equal: bool,
}

/// A value as it is shown: secrets blanked, and not too long.
pub(crate) fn quoted(text: &str) -> String {
    let text = blank(text);
    match text.char_indices().nth(MAX_QUOTED) {
        Some((end, _)) => format!("{} (cut)", &text[..end]),
        None => text,
    }
}
