//! What the examiner says: JSON text messages that a beginner's client can print, and react to.

use crate::websocket::frame;
use bytes::Bytes;
use serde::Serialize;

/// The first message: what this task is about.
#[derive(Debug, Clone, Serialize)]
pub struct Opening {
    /// The task's number.
    pub task: u8,
    /// Which connection of the task this is, of how many.
    pub part: u8,
    /// How many there are.
    pub of: u8,
    /// The section of RFC 6455.
    pub section: &'static str,
    /// In one sentence.
    pub message: &'static str,
    /// Why the last exam was not passed, where that could not be told on its own connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_time: Option<String>,
}

/// What the client is asked to do.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "do", rename_all = "lowercase")]
#[allow(missing_docs, reason = "each variant says what its fields are")]
pub enum Do<'a> {
    /// Send this text.
    Say { text: &'a str, message: &'a str },
    /// Send each of the next `count` messages back as it is.
    Echo { count: u8, message: &'a str },
    /// Answer the Pings that come.
    Pong { message: &'a str },
    /// Begin to close.
    Close {
        code: u16,
        reason: &'a str,
        message: &'a str,
    },
    /// Wait for what comes.
    Wait { message: &'a str },
}

/// The last message.
#[derive(Debug, Clone, Serialize)]
pub struct Told<'a> {
    /// The task's number.
    pub task: u8,
    /// Whether it is passed.
    pub passed: bool,
    /// The section of RFC 6455 that decided.
    pub section: &'a str,
    /// What was seen, what the RFC wants, what to do.
    pub what: &'a str,
    /// The receipt, if it is passed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receipt: Option<String>,
}

/// Any of them.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Saying<'a> {
    /// The first message.
    Task(&'a Opening),
    /// What to do.
    Do(Do<'a>),
    /// The last message.
    Verdict(Told<'a>),
}

impl Saying<'_> {
    /// As a text frame.
    pub fn frame(&self) -> Bytes {
        // Only maps with keys that are not strings cannot be written; there are none.
        frame::text(&serde_json::to_vec(self).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn type_comes_first_and_what_to_do_next() {
        let (text, message) = ("hello", "Send it.");
        let frame = Saying::Do(Do::Say { text, message }).frame();
        let json = r#"{"type":"do","do":"say","text":"hello","message":"Send it."}"#;
        assert_eq!(frame::payload(&frame), json.as_bytes());
    }
}
