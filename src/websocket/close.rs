//! Ending a connection: codes (RFC 6455 §7.4), and closing TCP so that the peer sees the Close.

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
    /// §7.4.1: a type of data that this endpoint does not take.
    pub(crate) const UNSUPPORTED: Self = Self(1003);
    /// §7.4.1: text that is not UTF-8.
    pub(crate) const INVALID_DATA: Self = Self(1007);
    /// §7.4.1: a policy of this server: about tokens, `Unauthorized: …`, and endless fragments.
    pub(crate) const POLICY: Self = Self(1008);
    /// §7.4.1: the message is too big.
    pub(crate) const TOO_BIG: Self = Self(1009);
    /// §7.4.1: something unexpected happened here.
    pub(crate) const INTERNAL: Self = Self(1011);
    /// IANA registry: too slow or too full; come back later.
    pub(crate) const TRY_AGAIN_LATER: Self = Self(1013);
    /// Private use (§7.4.2): there is no such connection, or it is somebody else's.
    pub(crate) const UNKNOWN_CONNECTION: Self = Self(4404);
    /// Private use: nothing was heard for two heartbeat intervals.
    pub(crate) const SILENT: Self = Self(4408);
    /// Private use: one person opened more connections than allowed; this was the oldest.
    pub(crate) const REPLACED: Self = Self(4409);
    /// Private use: went on flooding after warnings.
    pub(crate) const FLOODING: Self = Self(4429);
    /// Private use: removed by somebody who leads.
    pub(crate) const KICKED: Self = Self(4500);
    /// Private use: the lesson is over.
    pub(crate) const LESSON_ENDED: Self = Self(4503);
}

/// With [`Code::POLICY`], to a guest of a lesson that is over.
pub(crate) const OLD_LESSON: &str = "Unauthorized: old_lesson: that lesson has ended";

/// The Close that everybody gets when the server stops.
pub(crate) fn going_away() -> Bytes {
    let reason = "going_away: the server is shutting down, come back";
    frame::close(Code::GOING_AWAY.into(), reason)
}

impl From<Code> for u16 {
    fn from(code: Code) -> u16 {
        code.0
    }
}

/// What a peer did wrong, as a Close says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Violation {
    /// The code of the Close frame.
    pub(crate) code: Code,
    /// A slug, then words, with the section of the RFC.
    pub(crate) reason: &'static str,
}
