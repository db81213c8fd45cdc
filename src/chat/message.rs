//! The vocabulary of `chat.v1`: what a client may ask, and how it is read from JSON.
//!
//! Runs on the connection's thread. Pure: text in, [`RequestEnvelope`] out. A mistake in a message is an
//! answer ([`RequestError`]), never the end of the connection. Nothing here knows frames or sockets.

mod flat;
mod parse;

pub use parse::Parser;

use crate::auth::token::Claims;
use crate::model::json::Json;
use std::borrow::Cow;

/// Most messages of one `history` page.
pub const MAX_PAGE: u32 = 100;
/// Most messages that one `search` finds.
pub const MAX_FOUND: u32 = 50;
/// What one may react with: few, so that nobody says with emoji what a mute keeps them from saying.
pub const REACTIONS: [&str; 6] = ["👍", "❤️", "😂", "🎉", "🤔", "👀"];

/// Why a request was refused; the slug is what programs go by, the sentence is for people.
#[derive(Debug, Clone, PartialEq)]
pub struct RequestError {
    /// Which rule.
    pub code: ErrorCode,
    /// What is wrong and what to do.
    pub message: Cow<'static, str>,
    /// Seconds until the same request may succeed.
    pub retry_after: Option<u64>,
}

impl RequestError {
    /// A refusal that waiting does not mend.
    pub fn new(code: ErrorCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            message: message.into(),
            retry_after: None,
        }
    }

    /// A refusal that ends in `seconds`.
    pub fn after(self, seconds: u64) -> Self {
        Self {
            retry_after: Some(seconds),
            ..self
        }
    }
}

/// `error.code`: stable slugs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorCode {
    /// Not JSON, not an object, an unknown field or a wrong type.
    BadMessage,
    /// A text, name or reference over its limit.
    TooLong,
    /// No such room, and the asker may not create one.
    UnknownRoom,
    /// The asker has not joined that room.
    NotInRoom,
    /// The asker's role does not allow it.
    Forbidden,
    /// The asker is muted.
    Muted,
    /// The room is locked.
    Locked,
    /// The room's slow mode asks for a pause.
    SlowMode,
    /// Too much at once.
    RateLimited,
    /// The same `ref` came with other content before.
    RefReused,
    /// Nobody has that id.
    UnknownUser,
    /// That person is known but not connected.
    NotHere,
    /// The thing asked for is not there.
    NotFound,
    /// It was said too long ago to be changed.
    TooLate,
    /// What is said cannot be kept just now.
    StorageUnavailable,
    /// A token for `auth` that does not verify.
    Unauthorized,
}

impl ErrorCode {
    /// The slug on the wire.
    pub fn slug(self) -> &'static str {
        match self {
            Self::BadMessage => "bad_message",
            Self::TooLong => "too_long",
            Self::UnknownRoom => "unknown_room",
            Self::NotInRoom => "not_in_room",
            Self::Forbidden => "forbidden",
            Self::Muted => "muted",
            Self::Locked => "locked",
            Self::SlowMode => "slow_mode",
            Self::RateLimited => "rate_limited",
            Self::RefReused => "ref_reused",
            Self::UnknownUser => "unknown_user",
            Self::NotHere => "not_here",
            Self::NotFound => "not_found",
            Self::TooLate => "too_late",
            Self::StorageUnavailable => "storage_unavailable",
            Self::Unauthorized => "unauthorized",
        }
    }
}

/// A position in a room's log, as a client remembers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Since {
    /// Which run of the server numbered it.
    pub epoch: Box<str>,
    /// The last event the client has.
    pub seq: u64,
}

/// What a client asks, with its own id for it.
#[derive(Debug)]
pub struct RequestEnvelope {
    /// `ref`, as JSON, to be echoed in the answer.
    pub reference: Option<Json>,
    /// Recognises the request when it comes again; of those that become events.
    pub print: Option<Fingerprint>,
    /// The request, or what is wrong with it.
    pub request: Result<Request, RequestError>,
}

/// Two fingerprints that recognise a repeated `ref` without keeping its text: which ref, and
/// with which content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint {
    /// Of the `ref`.
    pub reference: u64,
    /// Of everything else; 0: erased, equal to any.
    pub content: u64,
}

/// What a client may ask.
#[derive(Debug)]
#[allow(
    missing_docs,
    reason = "the fields are those of the protocol reference in README.md"
)]
pub enum Request {
    /// Enter a room, possibly from where one left off.
    Join {
        room: Box<str>,
        since: Option<Since>,
    },
    /// Leave a room.
    Leave { room: Box<str> },
    /// Say something in a room.
    Send {
        room: Box<str>,
        text: Json,
        reply_to: Option<u64>,
    },
    /// Say something to one person.
    Whisper { to: Box<str>, text: Json },
    /// "I am writing."
    Typing { room: Box<str> },
    /// Put one's own message in other words.
    Edit {
        room: Box<str>,
        seq: u64,
        text: Json,
    },
    /// Take a message back; `purge`: erase it from the disk, too.
    Delete {
        room: Box<str>,
        seq: u64,
        purge: bool,
    },
    /// React to a message, or take the reaction back.
    React {
        room: Box<str>,
        seq: u64,
        emoji: Option<Box<str>>,
    },
    /// Messages that contain a text.
    Search {
        room: Box<str>,
        query: Box<str>,
        before: Option<u64>,
        limit: Option<u32>,
    },
    /// Older messages of a room.
    History {
        room: Box<str>,
        before: Option<u64>,
        limit: Option<u32>,
    },
    /// A new token; the connection's thread verifies it and passes on [`Request::Renew`].
    Auth { token: Box<str> },
    /// A verified token for a connection that lives.
    Renew(Box<Claims>),
    /// Keep order.
    Moderate(Moderation),
}

/// `moderate`: what moderators and hosts may do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(
    missing_docs,
    reason = "the fields are those of the protocol reference in README.md"
)]
pub enum Moderation {
    /// May read on but not talk; without `seconds` until unmuted.
    Mute {
        user: Box<str>,
        seconds: Option<u64>,
        reason: Option<Box<str>>,
    },
    /// May talk again.
    Unmute { user: Box<str> },
    /// Out, and not back before the time is over.
    Kick {
        user: Box<str>,
        seconds: Option<u64>,
        reason: Option<Box<str>>,
    },
    /// Only moderators talk.
    Lock { room: Box<str>, on: bool },
    /// Seconds between two messages of a person; 0 ends it.
    Slow { room: Box<str>, seconds: u64 },
    /// Pin a message above the room, or none.
    Pin { room: Box<str>, seq: Option<u64> },
    /// Everybody goes home; guest tokens and class code of this lesson end.
    EndLesson,
}

impl Moderation {
    /// Its name on the wire.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Mute { .. } => "mute",
            Self::Unmute { .. } => "unmute",
            Self::Kick { .. } => "kick",
            Self::Lock { .. } => "lock",
            Self::Slow { .. } => "slow",
            Self::Pin { .. } => "pin",
            Self::EndLesson => "end_lesson",
        }
    }
}
