//! What the messages of the server are made of.

pub(crate) use crate::chat::person_info::PersonInfo;
use crate::model::json::Json;
use crate::model::time::Millis;
use serde::Serialize;

/// A mute, a removal or a ban, in the list of them.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct SanctionInfo<'a> {
    /// The person whom it binds, for those who may know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<PersonInfo<'a>>,
    /// The room of the anonymous question through which they were found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room: Option<&'a str>,
    /// The event with which it was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hand: Option<u64>,
    /// When it ends, if it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Millis>,
    /// It has no end of its own, and is over with the lesson.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub lesson: bool,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'a str>,
    /// Who imposed it.
    pub by: PersonInfo<'a>,
    /// The person who they may be, when they are muted because of their name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub was: Option<PersonInfo<'a>>,
    /// Where it holds, unless it is everywhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rooms: Option<&'a [Box<str>]>,
}

/// A message, or an edit, that waits for approval.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct PendingInfo<'a> {
    /// Its number among what waits.
    pub id: u64,
    /// Who said it.
    pub from: PersonInfo<'a>,
    /// The words.
    pub text: &'a Json,
    /// The message that it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<u64>,
    /// The message that it edits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<u64>,
    /// When it was said.
    pub at: Millis,
}

/// A room in the list of rooms.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct RoomInfo<'a> {
    /// Its name.
    pub name: &'a str,
    /// Persons in it.
    pub count: usize,
    /// Rises by one with each message.
    pub said: u64,
}

/// The limits that a client has to respect.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Limits {
    /// Characters of one text.
    pub text: usize,
    /// Lines of one text.
    pub lines: usize,
    /// Characters of one text, if the rest is code in fences.
    pub code: usize,
    /// Lines of such a text.
    pub code_lines: usize,
    /// Bytes of one WebSocket message.
    pub message: usize,
    /// Messages per second in the long run; 0: no limit.
    pub messages_per_second: f64,
    /// Messages at once.
    pub burst: usize,
}

/// Which server this is.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct ServerInfo {
    /// `glassroom`.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// Its clock, so that a page can correct its own.
    pub time: Millis,
}

/// Whether a text of this server is a message of a person or its `ack`: in a string the quotation marks
/// would be escaped.
pub(crate) fn is_message_or_its_ack(text: &[u8]) -> bool {
    let begins = |start: &str| text.starts_with(start.as_bytes());
    begins(r#"{"type":"message","#)
        || begins(r#"{"type":"whisper","#)
        || begins(r#"{"type":"ack","#) && text.windows(7).any(|part| part == b",\"seq\":")
}
