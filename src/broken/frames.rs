//! Wrong frames before any Close: RFC 6455 §5 and §8.1.

use crate::broken::defect::{Act, Defect, Duty, Level, Quotation, Then};
use crate::broken::quotations::{FAILED, FAILED_OR_CLOSED, MAY_FAIL, NOT_UTF8, must_fail, quote};
use crate::broken::wrong;

const fn frames(
    (name, group): (&'static str, &'static str),
    rule: Quotation,
    duty: Duty,
    act: fn() -> Vec<u8>,
) -> Defect {
    Defect {
        name,
        group,
        rule,
        page: match duty.level {
            Level::May => FAILED_OR_CLOSED,
            _ => FAILED,
        },
        duty,
        act: Act::Frames(act, Then::WaitAndAsk),
        client_closes: false,
    }
}

const CONTROL: Quotation = quote(
    "5.5",
    "All control frames MUST have a payload length of 125 bytes or less and MUST NOT be fragmented.",
);
const TEXT: Quotation = quote(
    "5.6",
    "Note that a particular text frame might include a partial UTF-8 sequence; however, the whole \
     message MUST contain valid UTF-8.",
);

/// Wrong frames before any Close.
pub(super) const FRAMES: [Defect; 11] = [
    frames(
        ("masked-frame", "frames"),
        quote(
            "5.1",
            "A server MUST NOT mask any frames that it sends to the client.",
        ),
        must_fail(
            "5.1",
            "A client MUST close a connection if it detects a masked frame.",
        ),
        wrong::masked_frame,
    ),
    frames(
        ("reserved-bit", "frames"),
        quote(
            "5.2",
            "MUST be 0 unless an extension is negotiated that defines meanings for non-zero values.",
        ),
        must_fail(
            "5.2",
            "If a nonzero value is received and none of the negotiated extensions defines the \
             meaning of such a nonzero value, the receiving endpoint MUST _Fail the WebSocket \
             Connection_.",
        ),
        wrong::rsv1,
    ),
    frames(
        ("reserved-opcode", "frames"),
        quote("5.2", "%x3-7 are reserved for further non-control frames"),
        must_fail(
            "5.2",
            "If an unknown opcode is received, the receiving endpoint MUST _Fail the WebSocket \
             Connection_.",
        ),
        wrong::reserved_opcode,
    ),
    frames(
        ("length-not-minimal", "frames"),
        quote(
            "5.2",
            "Note that in all cases, the minimal number of bytes MUST be used to encode the length, \
             for example, the length of a 124-byte-long string can't be encoded as the sequence 126, \
             0, 124.",
        ),
        MAY_FAIL,
        wrong::not_minimal_length,
    ),
    Defect {
        act: Act::Frames(wrong::length_with_top_bit, Then::Wait),
        page: FAILED,
        ..frames(
            ("length-top-bit", "frames"),
            quote(
                "5.2",
                "If 127, the following 8 bytes interpreted as a 64-bit unsigned integer (the most \
                 significant bit MUST be 0) are the payload length.",
            ),
            MAY_FAIL,
            wrong::length_with_top_bit,
        )
    },
    frames(
        ("ping-126", "control"),
        CONTROL,
        MAY_FAIL,
        wrong::ping_of_126_bytes,
    ),
    frames(
        ("ping-fragmented", "control"),
        CONTROL,
        MAY_FAIL,
        wrong::fragmented_ping,
    ),
    frames(
        ("continuation-first", "fragments"),
        quote(
            "5.4",
            "A fragmented message consists of a single frame with the FIN bit clear and an opcode \
             other than 0, followed by zero or more frames with the FIN bit clear and the opcode set \
             to 0, and terminated by a single frame with the FIN bit set and an opcode of 0.",
        ),
        MAY_FAIL,
        wrong::continuation_of_nothing,
    ),
    frames(
        ("interleaved", "fragments"),
        quote(
            "5.4",
            "The fragments of one message MUST NOT be interleaved between the fragments of another \
             message unless an extension has been negotiated that can interpret the interleaving.",
        ),
        MAY_FAIL,
        wrong::new_message_inside,
    ),
    frames(
        ("text-not-utf8", "utf8"),
        TEXT,
        NOT_UTF8,
        wrong::text_that_is_not_utf8,
    ),
    frames(
        ("text-not-utf8-split", "utf8"),
        TEXT,
        NOT_UTF8,
        wrong::split_text_that_is_not_utf8,
    ),
];
