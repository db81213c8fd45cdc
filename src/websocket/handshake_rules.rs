//! The rules of the opening handshake: the sentence of RFC 6455, its section, and the refusals that
//! a broken rule leads to (§4.1, §4.2).
//!
//! One table for three readers: [`crate::websocket::handshake`] cites it in its refusals, the
//! annotator judges both ends by it, and the lab names the rule that a refusal is about. The
//! sentences are literal quotations; `…` marks where one was cut.

use crate::model::direction::Direction;
pub(crate) use crate::websocket::handshake_rule::{HandshakeRule, Quotation};
use std::fmt;

/// One rule of the table.
struct Row {
    rule: HandshakeRule,
    /// Which end has to obey.
    by: Direction,
    /// The rule, as a duty of that end.
    duty: Quotation,
    /// The same rule in the words of §4.2.1, where the server checks what the client sent.
    check: Option<&'static str>,
    /// A more exact place than the section, for the sentence that people read.
    place: Option<&'static str>,
    /// The slugs of the refusals of a request that breaks the rule.
    refusals: &'static [&'static str],
}

/// A duty of the client.
const fn client(rule: HandshakeRule, section: &'static str, sentence: &'static str) -> Row {
    Row {
        rule,
        by: Direction::FromClient,
        duty: Quotation { section, sentence },
        check: None,
        place: None,
        refusals: &[],
    }
}

/// A duty of the server.
const fn server(rule: HandshakeRule, section: &'static str, sentence: &'static str) -> Row {
    Row {
        by: Direction::FromServer,
        ..client(rule, section, sentence)
    }
}

impl Row {
    const fn checked(self, sentence: &'static str) -> Row {
        Row {
            check: Some(sentence),
            ..self
        }
    }

    const fn at(self, place: &'static str) -> Row {
        Row {
            place: Some(place),
            ..self
        }
    }

    const fn refused(self, refusals: &'static [&'static str]) -> Row {
        Row { refusals, ..self }
    }
}

/// The rules in the order of [`HandshakeRule`].
static TABLE: [Row; 25] = [
    client(
        HandshakeRule::ValidRequest,
        "4.1",
        "The handshake MUST be a valid HTTP request as specified by [RFC2616].",
    )
    .checked(
        "If the server, while reading the handshake, finds that the client did not send a \
         handshake that matches the description below … including but not limited to any \
         violations of the ABNF grammar specified for the components of the handshake, the server \
         MUST stop processing the client's handshake and return an HTTP response with an \
         appropriate error code (such as 400 Bad Request).",
    )
    .refused(&[
        "folded_line",
        "no_colon",
        "space_before_colon",
        "bad_field_name",
        "bare_cr",
        "bare_lf",
        "control_character",
        "bad_request_line",
        "bad_version",
        "http_version",
        "bad_target",
        "repeated_field",
        "bad_content_length",
    ]),
    client(
        HandshakeRule::Method,
        "4.1",
        "The method of the request MUST be GET, and the HTTP version MUST be at least 1.1.",
    )
    .checked(
        "The client's opening handshake consists of the following parts. … An HTTP/1.1 or higher \
         GET request, including a \"Request-URI\" …",
    )
    .at("4.2.1 step 1")
    .refused(&["method_not_allowed", "http_1_0"]),
    client(
        HandshakeRule::NoFragment,
        "3",
        "Fragment identifiers are meaningless in the context of WebSocket URIs and MUST NOT be \
         used on these URIs.",
    )
    .refused(&["fragment"]),
    client(
        HandshakeRule::Host,
        "4.1",
        "The request MUST contain a |Host| header field whose value contains /host/ plus \
         optionally \":\" followed by /port/ (when not using the default port).",
    )
    .checked(
        "The client's opening handshake consists of the following parts. … A |Host| header field \
         containing the server's authority.",
    )
    .at("4.2.1 step 2")
    .refused(&["no_host", "bad_host"]),
    client(
        HandshakeRule::SingleHost,
        "RFC 9112 §3.2",
        "A server MUST respond with a 400 (Bad Request) status code to any HTTP/1.1 request \
         message that lacks a Host header field and to any request message that contains more \
         than one Host header field line or a Host header field with an invalid field value.",
    )
    .refused(&["two_hosts"]),
    client(
        HandshakeRule::NoContent,
        "RFC 9110 §9.3.1",
        "A client SHOULD NOT generate content in a GET request unless it is made directly to an \
         origin server that has previously indicated, in or out of band, that such a request has a \
         purpose and will be adequately supported.",
    )
    .refused(&["body_on_upgrade"]),
    client(
        HandshakeRule::Upgrade,
        "4.1",
        "The request MUST contain an |Upgrade| header field whose value MUST include the \
         \"websocket\" keyword.",
    )
    .checked(
        "The client's opening handshake consists of the following parts. … An |Upgrade| header \
         field containing the value \"websocket\", treated as an ASCII case-insensitive value.",
    )
    .at("4.2.1 step 3")
    .refused(&["no_upgrade"]),
    client(
        HandshakeRule::Connection,
        "4.1",
        "The request MUST contain a |Connection| header field whose value MUST include the \
         \"Upgrade\" token.",
    )
    .checked(
        "The client's opening handshake consists of the following parts. … A |Connection| header \
         field that includes the token \"Upgrade\", treated as an ASCII case-insensitive value.",
    )
    .at("4.2.1 step 4")
    .refused(&["no_connection_upgrade"]),
    client(
        HandshakeRule::Key,
        "4.1",
        "The request MUST include a header field with the name |Sec-WebSocket-Key|. The value of \
         this header field MUST be a nonce consisting of a randomly selected 16-byte value that \
         has been base64-encoded (see Section 4 of [RFC4648]).",
    )
    .checked(
        "The client's opening handshake consists of the following parts. … A |Sec-WebSocket-Key| \
         header field with a base64-encoded (see Section 4 of [RFC4648]) value that, when decoded, \
         is 16 bytes in length.",
    )
    .at("4.2.1 step 5")
    .refused(&["no_key", "bad_key"]),
    client(
        HandshakeRule::SingleKey,
        "11.3.1",
        "The |Sec-WebSocket-Key| header field MUST NOT appear more than once in an HTTP request.",
    )
    .refused(&["two_keys"]),
    client(
        HandshakeRule::Version,
        "4.1",
        "The request MUST include a header field with the name |Sec-WebSocket-Version|. The value \
         of this header field MUST be 13.",
    )
    .checked(
        "The client's opening handshake consists of the following parts. … A \
         |Sec-WebSocket-Version| header field, with a value of 13.",
    )
    .at("4.2.1 step 6")
    .refused(&["no_version"]),
    client(
        HandshakeRule::SingleVersion,
        "11.3.5",
        "However, the |Sec-WebSocket-Version| header field MUST NOT appear more than once in an \
         HTTP request.",
    )
    .refused(&["two_versions"]),
    server(
        HandshakeRule::SupportedVersion,
        "4.4",
        "If the server doesn't support the requested version, it MUST respond with a \
         |Sec-WebSocket-Version| header field (or multiple |Sec-WebSocket-Version| header fields) \
         containing all versions it is willing to use.",
    )
    .at("4.2.1 step 6, §4.4")
    .refused(&["unsupported_version"]),
    client(
        HandshakeRule::Origin,
        "4.1",
        "The request MUST include a header field with the name |Origin| [RFC6454] if the request is \
         coming from a browser client.",
    ),
    client(
        HandshakeRule::Protocols,
        "4.1",
        "The request MAY include a header field with the name |Sec-WebSocket-Protocol|. … The \
         elements that comprise this value MUST be non-empty strings with characters in the range \
         U+0021 to U+007E not including separator characters as defined in [RFC2616] and MUST all \
         be unique strings.",
    )
    .at("4.1 item 10")
    .refused(&["bad_protocol", "repeated_protocol"]),
    client(
        HandshakeRule::OfferedExtensions,
        "9.1",
        "A client requests extensions by including a |Sec-WebSocket-Extensions| header field, which \
         follows the normal rules for HTTP header fields (see [RFC2616], Section 4.2) and the value \
         of the header field is defined by the following ABNF [RFC2616].",
    ),
    client(
        HandshakeRule::WellFormedExtensions,
        "9.1",
        "If a value is received by either the client or the server during negotiation that does \
         not conform to the ABNF below, the recipient of such malformed data MUST immediately \
         _Fail the WebSocket Connection_.",
    )
    .refused(&["bad_extensions"]),
    client(
        HandshakeRule::WaitForResponse,
        "4.1",
        "Once the client's opening handshake has been sent, the client MUST wait for a response \
         from the server before sending any further data.",
    ),
    server(
        HandshakeRule::SwitchingProtocols,
        "4.2.2",
        "If the server chooses to accept the incoming connection, it MUST reply with a valid HTTP \
         response indicating the following. … A Status-Line with a 101 response code as per RFC \
         2616 [RFC2616].",
    ),
    server(
        HandshakeRule::Refuse,
        "4.2.2",
        "If the server does not wish to accept this connection, it MUST return an appropriate \
         HTTP error code (e.g., 403 Forbidden) and abort the WebSocket handshake described in this \
         section.",
    )
    .refused(&["origin_not_allowed"]),
    server(
        HandshakeRule::ResponseUpgrade,
        "4.1",
        "If the response lacks an |Upgrade| header field or the |Upgrade| header field contains a \
         value that is not an ASCII case-insensitive match for the value \"websocket\", the client \
         MUST _Fail the WebSocket Connection_.",
    ),
    server(
        HandshakeRule::ResponseConnection,
        "4.1",
        "If the response lacks a |Connection| header field or the |Connection| header field \
         doesn't contain a token that is an ASCII case-insensitive match for the value \
         \"Upgrade\", the client MUST _Fail the WebSocket Connection_.",
    ),
    server(
        HandshakeRule::Accept,
        "4.1",
        "If the response lacks a |Sec-WebSocket-Accept| header field or the |Sec-WebSocket-Accept| \
         contains a value other than the base64-encoded SHA-1 of the concatenation of the \
         |Sec-WebSocket-Key| (as a string, not base64-decoded) with the string \
         \"258EAFA5-E914-47DA-95CA-C5AB0DC85B11\" but ignoring any leading and trailing whitespace, \
         the client MUST _Fail the WebSocket Connection_.",
    ),
    server(
        HandshakeRule::ChosenExtensions,
        "4.1",
        "If the response includes a |Sec-WebSocket-Extensions| header field and this header field \
         indicates the use of an extension that was not present in the client's handshake (the \
         server has indicated an extension not requested by the client), the client MUST _Fail the \
         WebSocket Connection_.",
    ),
    server(
        HandshakeRule::ChosenProtocol,
        "4.1",
        "If the response includes a |Sec-WebSocket-Protocol| header field and this header field \
         indicates the use of a subprotocol that was not present in the client's handshake (the \
         server has indicated a subprotocol not requested by the client), the client MUST _Fail the \
         WebSocket Connection_.",
    ),
];

impl HandshakeRule {
    /// The rule that decided when a request was refused with this slug.
    pub(crate) fn of_refusal(slug: &str) -> Option<HandshakeRule> {
        let row = TABLE.iter().find(|row| row.refusals.contains(&slug));
        row.map(|row| row.rule)
    }

    /// The slugs of all refusals that are about a rule.
    #[cfg(test)]
    pub(crate) fn refusals() -> impl Iterator<Item = &'static str> {
        TABLE.iter().flat_map(|row| row.refusals).copied()
    }

    /// The end that has to obey.
    pub(crate) fn by(self) -> Direction {
        self.row().by
    }

    /// The rule as a duty of that end.
    pub(crate) fn duty(self) -> Quotation {
        self.row().duty
    }

    /// The rule as a server checks it: in the words of §4.2.1 where that has its own.
    pub(crate) fn check(self) -> Quotation {
        let row = self.row();
        row.check.map_or(row.duty, |sentence| Quotation {
            section: "4.2.1",
            sentence,
        })
    }

    fn row(self) -> &'static Row {
        // A test checks that the table has the order of the enum.
        &TABLE[self as usize]
    }
}

/// Where to look the rule up: `RFC 6455 §4.2.1 step 5`.
impl fmt::Display for HandshakeRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = self.row().place.unwrap_or(self.row().duty.section);
        match place.starts_with("RFC ") {
            true => f.write_str(place),
            false => write!(f, "RFC 6455 §{place}"),
        }
    }
}

#[cfg(test)]
#[path = "handshake_rules_tests.rs"]
mod tests;
