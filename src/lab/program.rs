//! A learner's program as data: a handshake and steps. It may break the protocol in any way;
//! [`crate::lab::plan`] refuses what makes no sense as a program, with a sentence.

use crate::websocket::frame_header::LengthForm;
use serde::{Deserialize, Serialize};

/// Most steps of a program.
pub(crate) const MAX_STEPS: usize = 32;
/// Longest pause, in milliseconds.
pub(crate) const MAX_PAUSE: u64 = 500;

/// The target, and what is sent to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Program {
    /// The path that it talks to.
    pub(crate) target: Target,
    /// The handshake; without one, a handshake without mistakes is sent.
    #[serde(default)]
    pub(crate) handshake: Option<Handshake>,
    /// The steps after the handshake.
    #[serde(default)]
    pub(crate) steps: Vec<Step>,
}

/// The two paths that speak WebSocket to everybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Target {
    /// Sends everything back.
    #[serde(rename = "/echo")]
    Echo,
    /// The chat.
    #[serde(rename = "/ws")]
    Chat,
}

impl Target {
    /// The value of `{target}`. The lab joins the chat without entering a room.
    pub(crate) const fn resource(self) -> &'static str {
        match self {
            Target::Echo => "/echo",
            Target::Chat => "/ws?join=",
        }
    }
}

/// A request head.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Handshake {
    /// Its lines, without the empty one at the end. `{target}`, `{host}`, `{key}` and `{token}` are
    /// filled in.
    Lines(Vec<String>),
    /// Its bytes, in hexadecimal.
    Raw(String),
}

/// One step: exactly one of the first four fields.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    /// Send a frame.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) frame: Option<Frame>,
    /// Send bytes, in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) raw: Option<String>,
    /// Wait for this many milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) pause: Option<u64>,
    /// End TCP.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) end: Option<End>,
    /// Send this with the handshake, before the 101.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) early: bool,
}

/// How a client ends TCP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum End {
    /// Orderly: it sends nothing more, and still receives.
    Fin,
    /// At once.
    Reset,
}

/// A frame with all fields of RFC 6455 §5.2.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Frame {
    /// FIN.
    pub(crate) fin: bool,
    /// RSV1.
    pub(crate) rsv1: bool,
    /// RSV2.
    pub(crate) rsv2: bool,
    /// RSV3.
    pub(crate) rsv3: bool,
    /// 0 to 15.
    pub(crate) opcode: u8,
    /// MASK.
    pub(crate) mask: bool,
    /// Eight hexadecimal digits; without them, a random key is used.
    pub(crate) key: Option<String>,
    /// How the length is written.
    pub(crate) form: Form,
    /// A length to claim instead of the real one.
    pub(crate) claim: Option<u64>,
    /// The payload before masking.
    pub(crate) payload: Payload,
}

impl Default for Frame {
    fn default() -> Self {
        Self {
            fin: true,
            rsv1: false,
            rsv2: false,
            rsv3: false,
            opcode: 1,
            mask: true,
            key: None,
            form: Form::Auto,
            claim: None,
            payload: Payload::Text(String::new()),
        }
    }
}

/// How a length is written (§5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Form {
    /// The shortest that holds it.
    #[serde(rename = "auto")]
    Auto,
    /// In the seven bits.
    #[serde(rename = "7")]
    Bits7,
    /// In 16 more.
    #[serde(rename = "16")]
    Bits16,
    /// In 64 more.
    #[serde(rename = "64")]
    Bits64,
}

impl Form {
    /// The form, if one is requested, and the largest length that it holds.
    pub(crate) const fn length_form(self) -> (Option<LengthForm>, u64) {
        match self {
            Form::Auto => (None, u64::MAX),
            Form::Bits7 => (Some(LengthForm::Bits7), 125),
            Form::Bits16 => (Some(LengthForm::Bits16), 0xFFFF),
            Form::Bits64 => (Some(LengthForm::Bits64), u64::MAX),
        }
    }
}

/// The payload of a frame.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Payload {
    /// Text, in UTF-8.
    Text(String),
    /// Bytes, in hexadecimal.
    Hex(String),
    /// This many times the letter x.
    Fill(usize),
}
