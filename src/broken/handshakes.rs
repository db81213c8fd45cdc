//! Wrong answers to the opening handshake: RFC 6455 §4.2.2, and §4.1 for the client.

use crate::broken::defect::{Act, Defect, Duty, Quotation};
use crate::broken::quotations::{FAILED, must_fail, quote};
use crate::broken::wrong;

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

/// Wrong answers to the handshake.
pub(super) const HANDSHAKES: [Defect; 7] = [
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
