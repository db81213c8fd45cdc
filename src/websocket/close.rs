//! The status codes of Close frames: RFC 6455 §7.4.

use crate::websocket::frame;
use bytes::Bytes;

/// A status code of a Close frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code(u16);

impl Code {
    /// §7.4.1: the purpose is fulfilled.
    pub(crate) const NORMAL: Self = Self(1000);
    /// §7.4.1: the server is shutting down.
    pub(crate) const GOING_AWAY: Self = Self(1001);
    /// §7.4.1: the peer broke the protocol.
    pub(crate) const PROTOCOL: Self = Self(1002);
    /// §7.4.1: a type of data that this endpoint does not accept.
    pub(crate) const UNSUPPORTED: Self = Self(1003);
    /// §7.4.1: text that is not UTF-8.
    pub(crate) const INVALID_DATA: Self = Self(1007);
    /// §7.4.1: a policy of this server. Used for tokens (`Unauthorized: …`) and for endless fragments.
    pub(crate) const POLICY: Self = Self(1008);
    /// §7.4.1: the message is too big.
    pub(crate) const TOO_BIG: Self = Self(1009);
    /// §7.4.1: something unexpected happened here.
    pub(crate) const INTERNAL: Self = Self(1011);
    /// IANA registry: the client is too slow or the server too full; the client should try again later.
    pub(crate) const TRY_AGAIN_LATER: Self = Self(1013);
    /// Private use (§7.4.2): the connection does not exist, or belongs to somebody else.
    pub(crate) const UNKNOWN_CONNECTION: Self = Self(4404);
    /// Private use: the client sent nothing for two heartbeat intervals.
    pub(crate) const SILENT: Self = Self(4408);
    /// Private use: a person opened more connections than allowed, and this was the oldest.
    pub(crate) const REPLACED: Self = Self(4409);
    /// Private use: the client kept flooding after warnings.
    pub(crate) const FLOODING: Self = Self(4429);
    /// Private use: a host or moderator removed the person.
    pub(crate) const KICKED: Self = Self(4500);
    /// Private use: a host or moderator banned the person.
    pub(crate) const BANNED: Self = Self(4501);
    /// Private use: the lesson is over.
    pub(crate) const LESSON_ENDED: Self = Self(4503);
}

/// The reason that goes with [`Code::POLICY`] to a guest whose lesson is over.
pub(crate) const OLD_LESSON: &str = "Unauthorized: old_lesson: that lesson has ended";

/// The reason that goes with [`Code::POLICY`] to somebody who was revoked.
pub(crate) const REVOKED: &str = "Unauthorized: revoked";

/// The reason that goes with [`Code::TRY_AGAIN_LATER`] to a client whose backlog is full.
pub(crate) const TOO_SLOW: &str = "too_slow: you read too slowly, come back";

/// The Close for every client when the server stops.
pub(crate) fn going_away() -> Bytes {
    let reason = "going_away: the server is shutting down, come back";
    frame::close(Code::GOING_AWAY.into(), reason)
}

impl From<Code> for u16 {
    fn from(code: Code) -> u16 {
        code.0
    }
}

/// A broken rule, as the Close reports it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Violation {
    /// The code of the Close frame.
    pub(crate) code: Code,
    /// A slug, a colon, and a sentence with the section of the RFC.
    pub(crate) reason: &'static str,
}
