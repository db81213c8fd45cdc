//! Why a request is refused: `error` in `chat.v1`.

use serde::Serialize;
use std::borrow::Cow;

/// Why a request was refused; the slug is what programs go by, the sentence is for people.
#[derive(Debug, Clone, PartialEq)]
pub struct RequestError {
    /// Which rule.
    pub code: ErrorCode,
    /// What is wrong and what to do.
    pub message: Cow<'static, str>,
    /// Seconds until the same request may succeed.
    pub retry_after: Option<u64>,
    /// Of a text that waited and was not published.
    pub rejection: Option<Box<Rejection>>,
}

/// Why a text was not published, as its author is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rejection {
    /// The reason that the person who rejected it gave.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Box<str>>,
    /// The event that dropped the text, if nobody decided about it: a slug.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<&'static str>,
}

impl RequestError {
    /// A refusal that waiting does not mend.
    pub fn new(code: ErrorCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            message: message.into(),
            retry_after: None,
            rejection: None,
        }
    }

    /// A refusal that ends in `seconds`.
    pub fn after(self, seconds: u64) -> Self {
        Self {
            retry_after: Some(seconds),
            ..self
        }
    }

    /// There is no such room, or not for the one who asks.
    pub fn unknown_room() -> Self {
        Self::new(ErrorCode::UnknownRoom, "There is no such room.")
    }

    /// Nobody who is known has that id.
    pub fn unknown_user() -> Self {
        Self::new(ErrorCode::UnknownUser, "Nobody here has that id.")
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
    /// The asker was removed from that room.
    Removed,
    /// The room is locked.
    Locked,
    /// The room's slow mode asks for a pause.
    SlowMode,
    /// As much of the asker's, or of the room's, waits for approval as may wait.
    AwaitingApproval,
    /// Those who lead have rejected it.
    Rejected,
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
    /// The poll takes no more votes.
    PollClosed,
    /// The first vote counts, and there is one.
    AlreadyVoted,
    /// What is said cannot be kept just now.
    StorageUnavailable,
    /// No lesson runs.
    NoLesson,
    /// The end of the lesson was stopped before it came.
    LessonKept,
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
            Self::Removed => "removed",
            Self::Locked => "locked",
            Self::SlowMode => "slow_mode",
            Self::AwaitingApproval => "awaiting_approval",
            Self::Rejected => "rejected",
            Self::RateLimited => "rate_limited",
            Self::RefReused => "ref_reused",
            Self::UnknownUser => "unknown_user",
            Self::NotHere => "not_here",
            Self::NotFound => "not_found",
            Self::PollClosed => "poll_closed",
            Self::AlreadyVoted => "already_voted",
            Self::TooLate => "too_late",
            Self::StorageUnavailable => "storage_unavailable",
            Self::NoLesson => "no_lesson",
            Self::LessonKept => "lesson_kept",
            Self::Unauthorized => "unauthorized",
        }
    }
}
