//! Servers that break no rule, for comparison.

use crate::broken::defect::{Act, Defect, Duty, Level, Quotation, Then, To};
use crate::broken::quotations::{duty, quote};
use crate::broken::wrong;

const fn right(
    name: &'static str,
    rule: Quotation,
    duty: Duty,
    act: fn() -> Vec<u8>,
    then: Then,
) -> Defect {
    Defect {
        name,
        group: "right",
        rule,
        duty,
        page: &[1000],
        act: Act::Frames(act, then),
        client_closes: false,
    }
}

/// Servers that break no rule.
pub(super) const RIGHT: [Defect; 3] = [
    right(
        "right",
        quote(
            "5.1",
            "A data frame MAY be transmitted by either the client or the server at any time after \
             opening handshake completion and before that endpoint has sent a Close frame (Section \
             5.5.1).",
        ),
        duty(
            Level::ShouldNot,
            To::GoOn,
            "7.1.7",
            "Except as indicated above or as specified by the application layer (e.g., a script \
             using the WebSocket API), clients SHOULD NOT close the connection.",
        ),
        wrong::right_message,
        Then::Ask,
    ),
    right(
        "ping",
        quote(
            "5.5.2",
            "An endpoint MAY send a Ping frame any time after the connection is established and \
             before the connection is closed.",
        ),
        duty(
            Level::Must,
            To::GoOn,
            "5.5.2",
            "Upon receipt of a Ping frame, an endpoint MUST send a Pong frame in response, unless it \
             already received a Close frame.",
        ),
        wrong::ping_of_125_bytes,
        Then::AwaitPong,
    ),
    right(
        "split-letter",
        quote(
            "5.4",
            "Control frames (see Section 5.5) MAY be injected in the middle of a fragmented message.",
        ),
        duty(
            Level::Must,
            To::GoOn,
            "5.4",
            "Clients and servers MUST support receiving both fragmented and unfragmented messages.",
        ),
        wrong::split_letter,
        Then::Ask,
    ),
];
