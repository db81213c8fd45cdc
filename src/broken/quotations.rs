//! Quotations as constants, and those that several endpoints share.

use crate::broken::defect::{Duty, Level, Quotation, To};

pub(super) const fn quote(section: &'static str, sentence: &'static str) -> Quotation {
    Quotation { section, sentence }
}

pub(super) const fn duty(
    level: Level,
    to: To,
    section: &'static str,
    sentence: &'static str,
) -> Duty {
    Duty {
        level,
        to,
        quotation: quote(section, sentence),
    }
}

pub(super) const fn must_fail(section: &'static str, sentence: &'static str) -> Duty {
    duty(Level::Must, To::Fail, section, sentence)
}

/// Where the RFC tells only the sender what to do, the receiver has this right.
pub(super) const MAY_FAIL: Duty = duty(
    Level::May,
    To::Fail,
    "10.7",
    "If, at any time, an endpoint is faced with data that it does not understand or that violates \
     some criteria by which the endpoint determines safety of input, […] the endpoint MAY drop the \
     TCP connection.",
);

/// A program that is not told of a Close sees 1006.
pub(super) const FAILED: &[u16] = &[1006];
/// It fails, or it goes on to our Close.
pub(super) const FAILED_OR_CLOSED: &[u16] = &[1006, 1000];

pub(super) const NOT_UTF8: Duty = must_fail(
    "8.1",
    "When an endpoint is to interpret a byte stream as UTF-8 but finds that the byte stream is not, \
     in fact, a valid UTF-8 stream, that endpoint MUST _Fail the WebSocket Connection_.",
);
