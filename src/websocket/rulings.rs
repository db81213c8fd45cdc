//! Who decided when a handshake is refused: what the server has to do, and what this one chose.
//!
//! One table for all who tell it: the body of the refusal, the lab, the protocol view and the
//! terminal. The rule of [`crate::websocket::handshake_rules`] binds the client; the [`Authority`]
//! here is about the answer. [`crate::websocket::violations`] is the same for frames. The sentences
//! are quotations, cut at `…`.

use crate::http::refusal::Refusal;
use crate::model::authority::Authority;
use crate::websocket::handshake_rules::HandshakeRule;

const MISMATCH_WORDS: &str = "If the server, while reading the handshake, finds that the client did \
    not send a handshake that matches the description below … including but not limited to any \
    violations of the ABNF grammar … the server MUST stop processing the client's handshake and \
    return an HTTP response with an appropriate error code (such as 400 Bad Request).";

pub(super) const INVALID_WORDS: &str = "If, at any time, an endpoint is faced with data that it does not \
    understand or that violates some criteria by which the endpoint determines safety of input, … \
    the endpoint MAY drop the TCP connection.";

// Refusals of a handshake.

/// The request is not a handshake as §4.2.1 describes it.
pub(crate) static MISMATCH: Authority = Authority::must("mismatch", "RFC 6455 §4.2.1", MISMATCH_WORDS).chose(
    "The RFC demands an error; which status it is, this server chose: the one that HTTP has for this \
     case.",
);
/// The bytes are not a request in the grammar of HTTP.
pub(crate) static MALFORMED: Authority = Authority::must("malformed", "RFC 6455 §4.2.1", MISMATCH_WORDS).chose(
    "The status is this server's choice. For a request that is no handshake, RFC 9112 §2.2 says that \
     a server should answer 400.",
);
/// The key is not 16 bytes in base64.
pub(crate) static KEY_LENGTH: Authority = Authority::choice(
    "key_length",
    "RFC 6455 §4.2.2",
    "It is not necessary for the server to base64-decode the |Sec-WebSocket-Key| value.",
)
.chose(
    "To look is this server's choice, because §4.2.2 does not ask a server to decode the key: a \
         wrong length shows a client that does not know the protocol. So is the status 400.",
);
/// `Host`: HTTP itself names the status.
pub(crate) static HOST: Authority = Authority::must(
    "host",
    "RFC 9112 §3.2",
    "A server MUST respond with a 400 (Bad Request) status code to any HTTP/1.1 request message that \
     lacks a Host header field and to any request message that contains more than one Host header \
     field line or a Host header field with an invalid field value.",
);
/// White space before the colon: HTTP itself names the status.
pub(crate) static COLON: Authority = Authority::must(
    "colon",
    "RFC 9112 §5.1",
    "A server MUST reject, with a response status code of 400 (Bad Request), any received request \
     message that contains whitespace between a header field name and colon.",
);
/// A folded line.
pub(crate) static FOLDED: Authority = Authority::must(
    "folded",
    "RFC 9112 §5.2",
    "A server that receives an obs-fold in a request message that is not within a \"message/http\" \
     container MUST either reject the message by sending a 400 (Bad Request) … or replace each \
     received obs-fold with one or more SP octets …",
)
.chose(
    "Of these two, this server rejects: programs that unfold differently read different fields.",
);
/// A CR alone.
pub(crate) static BARE_CR: Authority = Authority::must(
    "bare_cr",
    "RFC 9112 §2.2",
    "A recipient of such a bare CR MUST consider that element to be invalid or replace each bare CR \
     with SP before processing the element or forwarding the message.",
)
.chose("Of these two, this server takes the request for invalid, so that no two programs read it \
        differently.");
/// A LF alone.
pub(crate) static BARE_LF: Authority = Authority::choice(
    "bare_lf",
    "RFC 9112 §2.2",
    "Although the line terminator for the start-line and fields is the sequence CRLF, a recipient MAY \
     recognize a single LF as a line terminator and ignore any preceding CR.",
)
.chose(
    "This server does not use that permission, because a proxy that does not use it either would \
     see other lines.",
);
/// A control character.
pub(crate) static CONTROL: Authority = Authority::choice(
    "control_character",
    "RFC 9110 §5.5",
    "Field values containing other CTL characters are also invalid; however, recipients MAY retain \
     such characters for the sake of robustness when they appear within a safe context …",
)
.chose("This server retains none, and refuses NUL as well, which it could also replace.");
/// A length of a body that is no number.
pub(crate) static BAD_LENGTH: Authority = Authority::must(
    "bad_length",
    "RFC 9112 §6.3",
    "If the unrecoverable error is in a request message, the server MUST respond with a 400 (Bad \
     Request) status code and then close the connection.",
);
/// A handshake with a body.
pub(crate) static BODY: Authority = Authority::choice(
    "body",
    "RFC 9110 §9.3.1",
    "… content received in a GET request has no generally defined semantics, cannot alter the \
     meaning or target of the request, and might lead some implementations to reject the request and \
     close the connection because of its potential as a request smuggling attack …",
)
.chose(
    "RFC 6455 does not speak of a body. This server refuses it, because a proxy would take the first \
     frames for the body.",
);
/// A target beyond a limit of this server.
pub(crate) static TARGET_LIMIT: Authority = Authority::choice(
    "target_limit",
    "RFC 9112 §3",
    "A server that receives a request-target longer than any URI it wishes to parse MUST respond with \
     a 414 (URI Too Long) status code …",
)
.chose("The status is demanded; how long a target may be is this server's choice.");
/// A head beyond a limit of this server.
pub(crate) static HEAD_LIMIT: Authority = Authority::choice(
    "head_limit",
    "RFC 9110 §5.4",
    "A server that receives a request header field line, field value, or set of fields larger than \
     it wishes to process MUST respond with an appropriate 4xx (Client Error) status code.",
)
.chose("How much it wishes to process is this server's choice, so that strangers cannot fill its memory.");
/// A field on two lines that has one value: the rule binds the client alone.
pub(crate) static REPEATED_FIELD: Authority = Authority::choice(
    "repeated_field",
    "RFC 9110 §5.3",
    "… a sender MUST NOT generate multiple field lines with the same name in a message (whether in \
     the headers or trailers) … unless that field's definition allows multiple field line values to \
     be recombined as a comma-separated list …",
)
.chose(
    "The rule binds the sender. This server refuses, because two programs may read different lines.",
);
/// A version that the server does not speak.
pub(crate) static VERSION: Authority = Authority::must(
    "version",
    "RFC 6455 §4.2.2",
    "If this version does not match a version understood by the server, the server MUST abort the \
     WebSocket handshake described in this section and instead send an appropriate HTTP error code \
     (such as 426 Upgrade Required) and a |Sec-WebSocket-Version| header field indicating the \
     version(s) the server is capable of understanding.",
)
.chose("The field is demanded; 426 is this server's choice, and the RFC's own example.");
/// A list of extensions against the grammar.
pub(crate) static EXTENSIONS: Authority = Authority::must(
    "extensions",
    "RFC 6455 §9.1",
    "If a value is received by either the client or the server during negotiation that does not \
     conform to the ABNF below, the recipient of such malformed data MUST immediately _Fail the \
     WebSocket Connection_.",
)
.chose("The status 400 is this server's choice.");
/// A subprotocol that is offered twice: §4.1 binds the client, and §4.2.1 does not repeat it.
pub(crate) static REPEATED_PROTOCOL: Authority =
    Authority::choice("repeated_protocol", "RFC 6455 §10.7", INVALID_WORDS).chose(
        "§4.1 forbids a repeated name to the client and does not say what the server does. This \
         server answers 400, so that the mistake is seen.",
    );
/// A page of another site.
pub(crate) static ORIGIN: Authority = Authority::should(
    "origin",
    "RFC 6455 §10.2",
    "If the origin indicated is unacceptable to the server, then it SHOULD respond to the WebSocket \
     handshake with a reply containing HTTP 403 Forbidden status code.",
)
.chose(
    "Which origins are acceptable is this server's choice: its own pages, and those in \
     allowed_origins.",
);
/// No such path.
pub(crate) static NO_SERVICE: Authority = Authority::must(
    "no_service",
    "RFC 6455 §4.2.2",
    "If the requested service is not available, the server MUST send an appropriate HTTP error code \
     (such as 404 Not Found) and abort the WebSocket handshake.",
)
.chose("404 is this server's choice, and the RFC's own example.");
/// Full, busy, no right to enter, and whatever else the server does not wish.
pub(crate) static UNWILLING: Authority = Authority::choice(
    "unwilling",
    "RFC 6455 §4.2.2",
    "If the server does not wish to accept this connection, it MUST return an appropriate HTTP error \
     code (e.g., 403 Forbidden) and abort the WebSocket handshake described in this section.",
)
.chose("Not to accept is this server's choice; the message says why.");

/// A frame before the 101.
pub(crate) static EARLY: Authority = Authority::choice(
    "early",
    "RFC 6455 §4.1",
    "Once the client's opening handshake has been sent, the client MUST wait for a response from the \
     server before sending any further data.",
)
.chose(
    "The rule binds the client, and no sentence says what a server does with earlier frames. This \
     server keeps them and reads them after its 101.",
);
/// What a client does with a response that is wrong.
pub(crate) static CLIENT_CHECKS: Authority = Authority::must(
    "client_checks",
    "RFC 6455 §4.1",
    "The client MUST validate the server's response as follows: …",
);

impl HandshakeRule {
    /// Who decides what the other end does when this rule is broken; none if nothing says it. A
    /// refusal can know better: see [`of_refusal`].
    pub(crate) const fn authority(self) -> Option<&'static Authority> {
        match self {
            HandshakeRule::ValidRequest => Some(&MALFORMED),
            HandshakeRule::Method
            | HandshakeRule::NoFragment
            | HandshakeRule::Upgrade
            | HandshakeRule::Connection
            | HandshakeRule::Key
            | HandshakeRule::SingleKey
            | HandshakeRule::Version
            | HandshakeRule::SingleVersion
            | HandshakeRule::Protocols => Some(&MISMATCH),
            HandshakeRule::Host | HandshakeRule::SingleHost => Some(&HOST),
            HandshakeRule::NoContent => Some(&BODY),
            HandshakeRule::Origin => Some(&ORIGIN),
            HandshakeRule::OfferedExtensions | HandshakeRule::WellFormedExtensions => {
                Some(&EXTENSIONS)
            }
            HandshakeRule::WaitForResponse => Some(&EARLY),
            HandshakeRule::SwitchingProtocols
            | HandshakeRule::ResponseUpgrade
            | HandshakeRule::ResponseConnection
            | HandshakeRule::Accept
            | HandshakeRule::ChosenExtensions
            | HandshakeRule::ChosenProtocol => Some(&CLIENT_CHECKS),
            HandshakeRule::SupportedVersion | HandshakeRule::Refuse => None,
        }
    }
}

/// The authority for a refusal of a handshake with this slug.
pub(crate) fn of_refusal(slug: &str) -> &'static Authority {
    match slug {
        "method_not_allowed"
        | "http_1_0"
        | "http_version"
        | "no_upgrade"
        | "no_connection_upgrade"
        | "no_key"
        | "two_keys"
        | "no_version"
        | "two_versions"
        | "bad_protocol"
        | "fragment"
        | "no_proxy" => &MISMATCH,
        "no_colon" | "bad_field_name" | "bad_request_line" | "bad_version" | "bad_target"
        | "not_https" => &MALFORMED,
        "bad_key" => &KEY_LENGTH,
        "no_host" | "two_hosts" | "bad_host" => &HOST,
        "space_before_colon" => &COLON,
        "folded_line" => &FOLDED,
        "bare_cr" => &BARE_CR,
        "bare_lf" => &BARE_LF,
        "control_character" => &CONTROL,
        "repeated_field" => &REPEATED_FIELD,
        "bad_content_length" => &BAD_LENGTH,
        "body_on_upgrade" | "two_lengths" | "length_required" => &BODY,
        "head_too_large" | "too_many_fields" => &HEAD_LIMIT,
        "target_too_long" => &TARGET_LIMIT,
        "unsupported_version" => &VERSION,
        "bad_extensions" => &EXTENSIONS,
        "repeated_protocol" => &REPEATED_PROTOCOL,
        "origin_not_allowed" => &ORIGIN,
        "not_found" => &NO_SERVICE,
        _ => &UNWILLING,
    }
}

/// A refusal of a handshake that says who decided.
#[must_use]
pub(crate) fn decided(refusal: Refusal) -> Refusal {
    let authority = of_refusal(refusal.slug);
    refusal.decided_by(authority)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::authority::Level;
    use crate::websocket::quotations;

    #[test]
    fn every_sentence_is_in_the_section_that_it_names() {
        let slugs = HandshakeRule::refusals();
        let refusals = slugs.map(of_refusal).chain([&NO_SERVICE, &UNWILLING]);
        for authority in refusals.chain([&EARLY, &CLIENT_CHECKS]) {
            quotations::assert_literal(authority.source, authority.sentence);
        }
    }

    #[test]
    fn what_the_rfc_leaves_to_the_server_is_not_called_its_demand() {
        // The key need not be decoded (§4.2.2), and the other rules bind the sender alone.
        for slug in ["bad_key", "repeated_field", "bare_lf", "body_on_upgrade"] {
            assert_eq!(of_refusal(slug).level, Level::Choice, "{slug}");
        }
        for slug in HandshakeRule::refusals() {
            let authority = of_refusal(slug);
            let keyword = match authority.level {
                Level::Must => "MUST",
                Level::Should => "SHOULD",
                Level::May => "MAY",
                Level::Choice => "",
            };
            assert!(authority.sentence.contains(keyword), "{slug}");
            let says_why = authority.level != Level::Choice || authority.choice.is_some();
            assert!(says_why, "{slug}");
        }
    }

    #[test]
    fn each_refusal_that_a_rule_has_is_decided_by_name() {
        for slug in HandshakeRule::refusals() {
            assert_ne!(of_refusal(slug).slug, UNWILLING.slug, "{slug}");
        }
    }
}
