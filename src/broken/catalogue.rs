//! All endpoints, in the order of the page, with the sentences of RFC 6455. The quotations are literal;
//! a test compares them with the text of the RFC.

use crate::broken::defect::{Act, Defect, Duty, Level, Quotation, Then, To};
use crate::broken::wrong;

const fn quote(section: &'static str, sentence: &'static str) -> Quotation {
    Quotation { section, sentence }
}

const fn duty(level: Level, to: To, section: &'static str, sentence: &'static str) -> Duty {
    Duty {
        level,
        to,
        quotation: quote(section, sentence),
    }
}

const fn must_fail(section: &'static str, sentence: &'static str) -> Duty {
    duty(Level::Must, To::Fail, section, sentence)
}

/// Where the RFC tells only the sender what to do, the receiver has this right.
const MAY_FAIL: Duty = duty(
    Level::May,
    To::Fail,
    "10.7",
    "If, at any time, an endpoint is faced with data that it does not understand or that violates \
     some criteria by which the endpoint determines safety of input, […] the endpoint MAY drop the \
     TCP connection.",
);

/// A program that is not told of a Close sees 1006.
const FAILED: &[u16] = &[1006];
/// It fails, or it goes on to our Close.
const FAILED_OR_CLOSED: &[u16] = &[1006, 1000];

const ACCEPT_RULE: Quotation = quote(
    "4.2.2",
    "The value of this header field is constructed by concatenating /key/, defined above in step 4 in \
     Section 4.2.2, with the string \"258EAFA5-E914-47DA-95CA-C5AB0DC85B11\", taking the SHA-1 hash of \
     this concatenated value to obtain a 20-byte value and base64-encoding (see Section 4 of \
     [RFC4648]) this 20-byte hash.",
);
const ACCEPT_DUTY: Duty = must_fail(
    "4.1",
    "If the response lacks a |Sec-WebSocket-Accept| header field or the |Sec-WebSocket-Accept| \
     contains a value other than the base64-encoded SHA-1 of the concatenation of the \
     |Sec-WebSocket-Key| (as a string, not base64-decoded) with the string \
     \"258EAFA5-E914-47DA-95CA-C5AB0DC85B11\" but ignoring any leading and trailing whitespace, the \
     client MUST _Fail the WebSocket Connection_.",
);
const PROTOCOL_RULE: Quotation = quote(
    "4.2.2",
    "The value chosen MUST be derived from the client's handshake, specifically by selecting one of \
     the values from the |Sec-WebSocket-Protocol| field that the server is willing to use for this \
     connection (if any).",
);

const fn handshake(name: &'static str, rule: Quotation, duty: Duty, act: Act) -> Defect {
    Defect {
        name,
        group: "handshake",
        rule,
        duty,
        page: FAILED,
        act,
        client_closes: false,
    }
}

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

const fn closing(
    name: &'static str,
    rule: Quotation,
    page: &'static [u16],
    act: fn() -> Vec<u8>,
) -> Defect {
    Defect {
        name,
        group: "closing",
        rule,
        duty: MAY_FAIL,
        page,
        act: Act::Frames(act, Then::AwaitClose),
        client_closes: false,
    }
}

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

/// Wrong answers to the handshake.
const HANDSHAKES: [Defect; 7] = [
    handshake(
        "accept-wrong",
        ACCEPT_RULE,
        ACCEPT_DUTY,
        Act::Handshake(wrong::wrong_accept),
    ),
    handshake(
        "accept-case",
        ACCEPT_RULE,
        ACCEPT_DUTY,
        Act::Handshake(wrong::accept_in_other_case),
    ),
    handshake(
        "no-accept",
        ACCEPT_RULE,
        ACCEPT_DUTY,
        Act::Handshake(wrong::no_accept),
    ),
    handshake(
        "no-upgrade",
        quote(
            "4.2.2",
            "An |Upgrade| header field with value \"websocket\" as per RFC 2616 [RFC2616].",
        ),
        must_fail(
            "4.1",
            "If the response lacks an |Upgrade| header field or the |Upgrade| header field contains \
             a value that is not an ASCII case-insensitive match for the value \"websocket\", the \
             client MUST _Fail the WebSocket Connection_.",
        ),
        Act::Handshake(wrong::no_upgrade),
    ),
    handshake(
        "no-connection",
        quote(
            "4.2.2",
            "A |Connection| header field with value \"Upgrade\".",
        ),
        must_fail(
            "4.1",
            "If the response lacks a |Connection| header field or the |Connection| header field \
             doesn't contain a token that is an ASCII case-insensitive match for the value \
             \"Upgrade\", the client MUST _Fail the WebSocket Connection_.",
        ),
        Act::Handshake(wrong::no_connection),
    ),
    handshake(
        "protocol-unrequested",
        PROTOCOL_RULE,
        must_fail(
            "4.1",
            "If the response includes a |Sec-WebSocket-Protocol| header field and this header field \
             indicates the use of a subprotocol that was not present in the client's handshake (the \
             server has indicated a subprotocol not requested by the client), the client MUST _Fail \
             the WebSocket Connection_.",
        ),
        Act::Handshake(wrong::unrequested_protocol),
    ),
    handshake(
        "extension-unrequested",
        quote(
            "4.2.2",
            "If the server supports multiple extensions, then the value MUST be derived from the \
             client's handshake, specifically by selecting one or more of the values from the \
             |Sec-WebSocket-Extensions| field.",
        ),
        must_fail(
            "4.1",
            "If the response includes a |Sec-WebSocket-Extensions| header field and this header \
             field indicates the use of an extension that was not present in the client's handshake \
             (the server has indicated an extension not requested by the client), the client MUST \
             _Fail the WebSocket Connection_.",
        ),
        Act::Handshake(wrong::unrequested_extension),
    ),
];

const CONTROL: Quotation = quote(
    "5.5",
    "All control frames MUST have a payload length of 125 bytes or less and MUST NOT be fragmented.",
);
const NOT_UTF8: Duty = must_fail(
    "8.1",
    "When an endpoint is to interpret a byte stream as UTF-8 but finds that the byte stream is not, \
     in fact, a valid UTF-8 stream, that endpoint MUST _Fail the WebSocket Connection_.",
);
const TEXT: Quotation = quote(
    "5.6",
    "Note that a particular text frame might include a partial UTF-8 sequence; however, the whole \
     message MUST contain valid UTF-8.",
);

/// Wrong frames before any Close.
const FRAMES: [Defect; 11] = [
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

/// Wrong ways to close.
const CLOSES: [Defect; 7] = [
    closing(
        "close-1005",
        quote(
            "7.4.1",
            "1005 is a reserved value and MUST NOT be set as a status code in a Close control frame \
             by an endpoint.",
        ),
        &[1006, 1005],
        wrong::close_1005,
    ),
    closing(
        "close-1006",
        quote(
            "7.4.1",
            "1006 is a reserved value and MUST NOT be set as a status code in a Close control frame \
             by an endpoint.",
        ),
        FAILED,
        wrong::close_1006,
    ),
    closing(
        "close-999",
        quote("7.4.2", "Status codes in the range 0-999 are not used."),
        &[1006, 999],
        wrong::close_999,
    ),
    closing(
        "close-one-byte",
        quote(
            "5.5.1",
            "If there is a body, the first two bytes of the body MUST be a 2-byte unsigned integer \
             (in network byte order) representing a status code with value /code/ defined in Section \
             7.4.",
        ),
        &[1006, 1005],
        wrong::close_of_one_byte,
    ),
    Defect {
        // Only who reads the reason as text is "to interpret" it as UTF-8.
        duty: Duty {
            level: Level::May,
            ..NOT_UTF8
        },
        ..closing(
            "close-reason-not-utf8",
            quote(
                "5.5.1",
                "Following the 2-byte integer, the body MAY contain UTF-8-encoded data with value \
                 /reason/, the interpretation of which is not defined by this specification.",
            ),
            FAILED_OR_CLOSED,
            wrong::close_reason_that_is_not_utf8,
        )
    },
    Defect {
        name: "close-unanswered",
        group: "closing",
        rule: ANSWER,
        duty: duty(
            Level::May,
            To::EndTcp,
            "7.1.1",
            "In abnormal cases (such as not having received a TCP Close from the server after a \
             reasonable amount of time) a client MAY initiate the TCP Close.",
        ),
        page: FAILED,
        act: Act::Mute,
        client_closes: true,
    },
    Defect {
        duty: duty(
            Level::Must,
            To::AnswerClose,
            ANSWER.section,
            ANSWER.sentence,
        ),
        ..closing(
            "data-after-close",
            quote(
                "5.5.1",
                "The application MUST NOT send any more data frames after sending a Close frame.",
            ),
            &[1000],
            wrong::data_after_close,
        )
    },
];

const ANSWER: Quotation = quote(
    "5.5.1",
    "If an endpoint receives a Close frame and did not previously send a Close frame, the endpoint \
     MUST send a Close frame in response.",
);

/// Servers that break no rule.
const RIGHT: [Defect; 3] = [
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

static TABLE: [&[Defect]; 4] = [&HANDSHAKES, &FRAMES, &CLOSES, &RIGHT];

/// All endpoints.
pub(super) fn all() -> impl Iterator<Item = &'static Defect> {
    TABLE.iter().copied().flatten()
}

/// The endpoint with this name.
pub(super) fn find(name: &str) -> Option<&'static Defect> {
    all().find(|defect| defect.name == name)
}

#[cfg(test)]
#[path = "catalogue_tests.rs"]
mod tests;
