//! The examiner's messages: JSON text that a beginner's client can print and react to.

use crate::tasks::fault::Remark;
use crate::tasks::laws::{Law, Level};
use crate::tasks::words::Language;
use crate::websocket::frame;
use bytes::Bytes;
use serde::Serialize;

/// The first message: what the task is about.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Opening {
    /// The task's number.
    pub(super) task: u8,
    /// Which of the task's connections this is.
    pub(super) part: u8,
    /// How many connections the task takes.
    pub(super) of: u8,
    /// The section of RFC 6455.
    pub(super) section: &'static str,
    /// What the task is about, in one sentence.
    pub(super) message: &'static str,
    /// Why the last attempt failed, if that could not be sent on its own connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) last_time: Option<String>,
}

/// What the client has to do.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "do", rename_all = "lowercase")]
pub(super) enum Instruction<'a> {
    /// Send this text.
    Say { text: &'a str, message: &'a str },
    /// Send each of the next `count` messages back unchanged.
    Echo { count: u8, message: &'a str },
    /// Answer the Pings that come.
    Pong { message: &'a str },
    /// Begin the closing handshake.
    Close {
        code: u16,
        reason: &'a str,
        message: &'a str,
    },
    /// Wait for the next frame.
    Wait { message: &'a str },
}

/// The last message.
#[derive(Debug, Clone, Serialize)]
pub(super) struct VerdictMessage<'a> {
    /// The task's number.
    pub(super) task: u8,
    /// Whether it is passed.
    pub(super) passed: bool,
    /// The section of RFC 6455 that decided.
    pub(super) section: &'a str,
    /// How strongly the sentence binds that was broken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) level: Option<Level>,
    /// The stable name of the rule that was broken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rule: Option<&'static str>,
    /// The sentence of RFC 6455.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sentence: Option<&'static str>,
    /// The code that RFC 6455 names for that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) close_code: Option<u16>,
    /// What was read, what the RFC requires, and what to change.
    pub(super) what: &'a str,
    /// What is legal, and worth knowing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) notes: Vec<NoteMessage>,
    /// The receipt, if it is passed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) receipt: Option<String>,
}

/// A note of the last message.
#[derive(Debug, Clone, Serialize)]
pub(super) struct NoteMessage {
    /// The sentence of RFC 6455.
    #[serde(flatten)]
    law: Law,
    /// What was read.
    what: String,
}

impl NoteMessage {
    /// These remarks, in a language.
    pub(super) fn of(remarks: &[Remark], language: Language) -> Vec<Self> {
        let note = |remark: &Remark| NoteMessage {
            law: remark.law,
            what: remark.what.of(language).to_owned(),
        };
        remarks.iter().map(note).collect()
    }
}

/// A message of the examiner.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(super) enum ExaminerMessage<'a> {
    /// The first message.
    Task(&'a Opening),
    /// An instruction.
    Do(Instruction<'a>),
    /// The last message.
    Verdict(VerdictMessage<'a>),
}

impl ExaminerMessage<'_> {
    /// As a text frame.
    pub(super) fn frame(&self) -> Bytes {
        // serde_json fails only for maps with keys that are not strings; there are none.
        frame::text(&serde_json::to_vec(self).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_comes_first_and_then_the_instruction() {
        let (text, message) = ("hello", "Send it.");
        let frame = ExaminerMessage::Do(Instruction::Say { text, message }).frame();
        let json = r#"{"type":"do","do":"say","text":"hello","message":"Send it."}"#;
        assert_eq!(frame::payload(&frame), json.as_bytes());
    }
}
