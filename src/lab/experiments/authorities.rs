//! Who decides the outcome of each experiment: the ruling on a broken rule or a refusal, or, where
//! nothing is wrong, the sentence that makes the server act so.
//!
//! Pure: a table. The sentences are quotations, cut at `…`.

use crate::model::authority::Authority;
use crate::websocket::rules::Rule;
use crate::websocket::rulings::{EARLY, of_refusal};
use crate::websocket::violations::{DATA_TYPE, LIMIT, NO_CLOSE, POLICY};

static ACCEPT: Authority = Authority::must(
    "accept",
    "RFC 6455 §4.2.2",
    "If the server chooses to accept the incoming connection, it MUST reply with a valid HTTP response \
     indicating the following.",
)
.chose("To accept is this server's choice; the 101 and the accept value then are not.");
static OWN_ORIGIN: Authority = Authority::may(
    "own_origin",
    "RFC 6455 §4.2.2",
    "The server MAY use this information as part of a determination of whether to accept the incoming \
     connection.",
)
.chose("This server uses it, and accepts its own pages.");
static ABSOLUTE: Authority = Authority::must(
    "absolute_form",
    "RFC 9112 §3.2.2",
    "A server MUST accept the absolute-form in requests even though most HTTP/1.1 clients will only \
     send the absolute-form to a proxy.",
);
static SUBPROTOCOL: Authority = Authority::must(
    "subprotocol",
    "RFC 6455 §4.2.2",
    "The value chosen MUST be derived from the client's handshake, specifically by selecting one of the \
     values from the |Sec-WebSocket-Protocol| field that the server is willing to use for this \
     connection (if any).",
)
.chose("To take chat.v1, and not the token beside it, is this server's choice.");
static NO_SUBPROTOCOL: Authority = Authority::must(
    "no_subprotocol",
    "RFC 6455 §4.2.2",
    "… if the server does not wish to agree to one of the suggested subprotocols, it MUST NOT send back \
     a |Sec-WebSocket-Protocol| header field in its response …",
)
.chose("To open the connection all the same is this server's choice: /echo needs no subprotocol.");
static DECLINED: Authority = Authority::may(
    "declined",
    "RFC 6455 §9",
    "WebSocket clients MAY request extensions to this specification, and WebSocket servers MAY accept \
     some or all extensions requested by the client.",
)
.chose("This server accepts none.");
static SLOW_HEAD: Authority = Authority::choice(
    "slow_head",
    "RFC 9110 §15.5.9",
    "The 408 (Request Timeout) status code indicates that the server did not receive a complete request \
     message within the time that it was prepared to wait.",
)
.chose(
    "How long it is prepared to wait is this server's choice: handshake_timeout in chat.toml. Up to then \
     it does not matter how the head is cut.",
);
static PARSE: Authority = Authority::must(
    "parse",
    "RFC 6455 §6.2",
    "Incoming data MUST be parsed as WebSocket frames as defined in Section 5.2.",
)
.chose("That the message comes back is what /echo is for.");
static PART_OF_A_LETTER: Authority = Authority::must(
    "part_of_a_letter",
    "RFC 6455 §5.6",
    "Note that a particular text frame might include a partial UTF-8 sequence; however, the whole message \
     MUST contain valid UTF-8.",
)
.chose("That the message comes back is what /echo is for.");
static KEY_UNSEEN: Authority = Authority::choice(
    "key_unseen",
    "RFC 6455 §5.3",
    "The masking key needs to be unpredictable; thus, the masking key MUST be derived from a strong \
     source of entropy …",
)
.chose(
    "That binds the client. A server cannot see in one frame how a key was made, and this one takes \
     every key.",
);
static FRAGMENTS: Authority = Authority::must(
    "fragments",
    "RFC 6455 §5.4",
    "Clients and servers MUST support receiving both fragmented and unfragmented messages.",
)
.chose("The echo comes back in one frame, which is this server's choice.");
static BETWEEN: Authority = Authority::must(
    "between",
    "RFC 6455 §5.4",
    "An endpoint MUST be capable of handling control frames in the middle of a fragmented message.",
);
static PONG: Authority = Authority::must(
    "pong",
    "RFC 6455 §5.5.2",
    "Upon receipt of a Ping frame, an endpoint MUST send a Pong frame in response, unless it already \
     received a Close frame.",
);
static UNASKED: Authority = Authority::may(
    "unasked",
    "RFC 6455 §5.5.3",
    "A Pong frame MAY be sent unsolicited.",
)
.chose("The same section expects no response, and this server sends none.");
static PING_AFTER_CLOSE: Authority = Authority::choice(
    "ping_after_close",
    "RFC 6455 §5.5.2",
    "Upon receipt of a Ping frame, an endpoint MUST send a Pong frame in response, unless it already \
     received a Close frame.",
)
.chose(
    "After a Close the Pong is no longer demanded, and this server sends none. Its own Close is \
     demanded (§5.5.1).",
);
static CLOSE_ANSWER: Authority = Authority::must(
    "close_answer",
    "RFC 6455 §5.5.1",
    "If an endpoint receives a Close frame and did not previously send a Close frame, the endpoint MUST \
     send a Close frame in response.",
)
.chose("To send the same code back is what endpoints typically do, and no rule; this server does it.");

/// Who decides the outcome of an experiment.
pub(super) fn authority_of(slug: &str) -> Option<&'static Authority> {
    opening(slug)
        .or_else(|| whole(slug))
        .or_else(|| broken(slug).map(Rule::authority))
}

/// Handshakes.
fn opening(slug: &str) -> Option<&'static Authority> {
    let refusal = match slug {
        "handshake-right" | "any-case" => return Some(&ACCEPT),
        "absolute-form" => return Some(&ABSOLUTE),
        "own-origin" => return Some(&OWN_ORIGIN),
        "unknown-subprotocol" => return Some(&NO_SUBPROTOCOL),
        "right-token" => return Some(&SUBPROTOCOL),
        "extension-declined" => return Some(&DECLINED),
        "frame-before-101" => return Some(&EARLY),
        "slow-head" => return Some(&SLOW_HEAD),
        "no-token" | "forged-token" => return Some(&POLICY),
        "post-instead-of-get" => "method_not_allowed",
        "http-1-0" => "http_1_0",
        "no-host" => "no_host",
        "two-hosts" => "two_hosts",
        "no-upgrade" => "no_upgrade",
        "no-connection" => "no_connection_upgrade",
        "no-key" => "no_key",
        "short-key" | "long-key" => "bad_key",
        "two-keys" => "two_keys",
        "no-version" => "no_version",
        "version-8" => "unsupported_version",
        "two-versions" => "two_versions",
        "foreign-origin" | "origin-null" => "origin_not_allowed",
        "two-origins" => "repeated_field",
        "subprotocol-twice" => "repeated_protocol",
        "bad-extension" => "bad_extensions",
        "folded-header" => "folded_line",
        "space-before-colon" => "space_before_colon",
        "bare-lf" => "bare_lf",
        "body-on-upgrade" | "transfer-encoding" => "body_on_upgrade",
        "huge-head" => "head_too_large",
        "many-fields" => "too_many_fields",
        "unknown-path" => "not_found",
        _ => return None,
    };
    Some(of_refusal(refusal))
}

/// Frames that break no rule.
fn whole(slug: &str) -> Option<&'static Authority> {
    Some(match slug {
        "text"
        | "binary"
        | "empty-message"
        | "length-125"
        | "length-126"
        | "length-127"
        | "length-65535"
        | "length-65536"
        | "frame-in-two-packets"
        | "utf8-nul"
        | "utf8-bom"
        | "utf8-noncharacters" => &PARSE,
        "utf8-split-letter" => &PART_OF_A_LETTER,
        "key-of-zeros" => &KEY_UNSEEN,
        "three-fragments" | "empty-fragments" => &FRAGMENTS,
        "ping-between-fragments" => &BETWEEN,
        "ping" | "ping-125" => &PONG,
        "pong-unasked" => &UNASKED,
        "ping-after-close" => &PING_AFTER_CLOSE,
        "close-1000"
        | "close-empty"
        | "close-3000"
        | "close-4000"
        | "close-1014"
        | "close-reason-123"
        | "close-between-fragments" => &CLOSE_ANSWER,
        "too-big" | "limit-over-fragments" => &LIMIT,
        "binary-to-chat" => &DATA_TYPE,
        "hang-up" => &NO_CLOSE,
        _ => return None,
    })
}

/// Frames that break a rule.
fn broken(slug: &str) -> Option<Rule> {
    Some(match slug {
        "unmasked" | "unmasked-ping" | "unmasked-close" => Rule::NotMasked,
        "rsv1" | "rsv2" | "rsv3" | "rsv-on-ping" | "rsv-on-close" | "rsv1-declined" => {
            Rule::ReservedBit
        }
        "reserved-data-opcode" | "reserved-control-opcode" => Rule::ReservedOpcode,
        "not-minimal-16" | "not-minimal-64" => Rule::LengthNotMinimal,
        "length-top-bit" => Rule::LengthTooLarge,
        "continuation-without-start" => Rule::NothingToContinue,
        "interleaved" => Rule::Interleaved,
        "ping-fragmented" | "pong-fragmented" | "close-fragmented" => Rule::ControlFragmented,
        "ping-126" | "close-reason-too-long" => Rule::ControlTooLong,
        "close-one-byte" => Rule::CloseOneByte,
        "close-1004" => Rule::CloseCodeReserved,
        "close-1005" | "close-1006" | "close-1015" => Rule::CloseCodeNotForTheWire,
        "close-999" => Rule::CloseCodeUnused,
        "close-2999" | "close-5000" => Rule::CloseCodeUndefined,
        "close-reason-not-utf8" => Rule::ReasonNotUtf8,
        "data-after-close" => Rule::DataAfterClose,
        "utf8-invalid" | "utf8-surrogate" | "utf8-overlong" | "utf8-above" | "utf8-cut-at-end"
        | "utf8-split-invalid" => Rule::TextNotUtf8,
        _ => return None,
    })
}
