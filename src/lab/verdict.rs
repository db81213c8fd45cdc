//! Which rule decided: of all that there is to say about an exchange, the sentence of RFC 6455
//! because of which it went as it did.
//!
//! Pure. Sentences are quoted, cut where they run on.

use crate::lab::outcome::{Outcome, Seen};
use crate::lab::program::Program;
use crate::lens::duty_note::Verdict;
use crate::lens::handshake::HandshakeNote;
use crate::lens::head::blank;
use crate::model::direction::Direction;
use serde::{Deserialize, Serialize};

/// The rule that decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Decided {
    /// The client, if it broke the rule; the server, if nobody broke one and it made use of a right.
    pub by: Direction,
    /// A word for it: of the annotator, of the refusal, or of the reason.
    pub rule: String,
    /// Where it stands.
    pub section: String,
    /// What it says.
    pub sentence: String,
    /// The code of the Close that it leads to.
    pub close_code: Option<u16>,
}

impl Decided {
    fn new(by: Direction, rule: &str, (section, sentence): (&str, &str)) -> Self {
        Self {
            by,
            rule: rule.into(),
            section: section.into(),
            sentence: sentence.into(),
            close_code: None,
        }
    }
}

/// What decided, if anything had to be decided.
pub fn decided(outcome: &Outcome, handshake: &HandshakeNote) -> Option<Decided> {
    match outcome.status? {
        101 => closed(&outcome.seen, outcome),
        _ => Some(refused(&outcome.body, handshake)),
    }
}

const MALFORMED: &str = "If the server, while reading the handshake, finds that the client did not \
    send a handshake that matches the description below, including but not limited to any \
    violations of the ABNF grammar, the server MUST stop processing the client's handshake and \
    return an HTTP response with an appropriate error code (such as 400 Bad Request).";

/// The rule behind each of the server's refusals of a handshake.
fn rule_of(slug: &str) -> Option<(&'static str, &'static str)> {
    Some(match slug {
        "method_not_allowed" | "http_1_0" => (
            "4.2.1",
            "The client's opening handshake consists of: an HTTP/1.1 or higher GET request, \
             including a \"Request-URI\".",
        ),
        "no_host" | "two_hosts" | "bad_host" => (
            "4.2.1",
            "The client's opening handshake consists of: a |Host| header field containing the \
             server's authority.",
        ),
        "no_upgrade" => (
            "4.2.1",
            "The client's opening handshake consists of: an |Upgrade| header field containing the \
             value \"websocket\", treated as an ASCII case-insensitive value.",
        ),
        "no_connection_upgrade" => (
            "4.2.1",
            "The client's opening handshake consists of: a |Connection| header field that includes \
             the token \"Upgrade\", treated as an ASCII case-insensitive value.",
        ),
        "no_key" | "bad_key" => (
            "4.2.1",
            "The client's opening handshake consists of: a |Sec-WebSocket-Key| header field with a \
             base64-encoded value that, when decoded, is 16 bytes in length.",
        ),
        "two_keys" => (
            "11.3.1",
            "The |Sec-WebSocket-Key| header field MUST NOT appear more than once in an HTTP request.",
        ),
        "no_version" => (
            "4.2.1",
            "The client's opening handshake consists of: a |Sec-WebSocket-Version| header field, \
             with a value of 13.",
        ),
        "two_versions" => (
            "11.3.5",
            "The |Sec-WebSocket-Version| header field MUST NOT appear more than once in an HTTP \
             request.",
        ),
        "unsupported_version" => (
            "4.4",
            "If the server doesn't support the requested version, it MUST respond with a \
             |Sec-WebSocket-Version| header field containing all versions it is willing to use.",
        ),
        "bad_protocol" | "repeated_protocol" => (
            "4.1",
            "The elements that comprise |Sec-WebSocket-Protocol| MUST be non-empty strings with \
             characters in the range U+0021 to U+007E not including separator characters and MUST \
             all be unique strings.",
        ),
        "bad_extensions" => (
            "9.1",
            "If a value is received by either the client or the server during negotiation that does \
             not conform to the ABNF below, the recipient of such malformed data MUST immediately \
             _Fail the WebSocket Connection_.",
        ),
        "body_on_upgrade" | "folded_line" | "no_colon" | "space_before_colon"
        | "bad_field_name" | "bare_cr" | "bare_lf" | "control_character" | "bad_request_line"
        | "bad_version" | "http_version" | "bad_target" | "repeated_field"
        | "bad_content_length" => ("4.2.1", MALFORMED),
        "fragment" => (
            "3",
            "Fragment identifiers are meaningless in the context of WebSocket URIs and MUST NOT be \
             used on these URIs.",
        ),
        _ => return None,
    })
}

/// Frames that did not wait for the 101. A server may take them all the same.
pub fn impatient(program: &Program, outcome: &Outcome) -> Option<Decided> {
    let sentence = "Once the client's opening handshake has been sent, the client MUST wait for a \
                    response from the server before sending any further data.";
    let early = outcome.status == Some(101) && program.steps.iter().any(|step| step.early);
    early.then(|| Decided::new(Direction::FromClient, "frame_before_101", ("4.1", sentence)))
}

/// The body of a refusal.
#[derive(Deserialize)]
struct Told {
    error: String,
    message: String,
}

fn refused(body: &[u8], handshake: &HandshakeNote) -> Decided {
    let told = serde_json::from_slice::<Told>(body).ok();
    let slug = told.as_ref().map_or("refused", |told| told.error.as_str());
    if slug == "origin_not_allowed" {
        let sentence = "If the server does not wish to accept this connection, it MUST return an \
                        appropriate HTTP error code (e.g., 403 Forbidden) and abort the WebSocket \
                        handshake.";
        return Decided::new(Direction::FromServer, slug, ("4.2.2", sentence));
    }
    // 414, 431, 503 and their like are about this server's limits, whatever else may be wrong.
    let broken = || {
        handshake
            .status
            .filter(|status| matches!(status, 400 | 405 | 426 | 501))?;
        let mut rules = handshake.rules.iter();
        let client = |by| by == Direction::FromClient;
        let broken = rules.find(|rule| client(rule.by) && rule.verdict == Verdict::Broken)?;
        Some((broken.section, broken.rule))
    };
    if let Some(rule) = rule_of(slug).or_else(broken) {
        return Decided::new(Direction::FromClient, slug, rule);
    }
    // A limit of this server, or that it is full: it says so itself.
    let own = told.as_ref().map_or(MALFORMED, |told| &told.message);
    Decided::new(Direction::FromServer, slug, ("4.2.2", &blank(own)))
}

fn closed(seen: &Seen, outcome: &Outcome) -> Option<Decided> {
    let answer = seen.server_close.as_ref();
    let code = answer.and_then(|(code, _)| *code);
    // The rule that leads to this very code; or one that leads to none, and was passed over.
    let fault = seen.faults.iter().find(|rule| match answer {
        Some(_) => rule.close_code().is_none_or(|leads| Some(leads) == code),
        None => rule.close_code().is_none(),
    });
    if let Some(rule) = fault {
        return Some(Decided {
            close_code: rule.close_code(),
            ..Decided::new(
                Direction::FromClient,
                rule.slug(),
                (rule.section(), rule.sentence()),
            )
        });
    }
    let hung_up = outcome.summary.tcp == Some(Direction::FromClient) && answer.is_none();
    if hung_up && seen.client_close.is_none() {
        let sentence = "If _The WebSocket Connection is Closed_ and no Close control frame was \
                        received by the endpoint, _The WebSocket Connection Close Code_ is \
                        considered to be 1006.";
        let rule = ("7.1.5", sentence);
        return Some(Decided::new(Direction::FromClient, "no_close", rule));
    }
    let (_, reason) = answer?;
    // An answer to the client's own Close is what it asked for.
    if seen.client_close == Some(code) {
        return None;
    }
    let word = reason.split(':').next().unwrap_or_default();
    let word = word.to_ascii_lowercase();
    Some(Decided {
        close_code: code,
        ..Decided::new(Direction::FromServer, &word, right_of(code))
    })
}

/// What a close code says about whoever closes with it.
fn right_of(code: Option<u16>) -> (&'static str, &'static str) {
    match code {
        Some(1001) => (
            "7.4.1",
            "1001 indicates that an endpoint is \"going away\", such as a server going down or a \
             browser having navigated away from a page.",
        ),
        Some(1002) => (
            "7.4.1",
            "1002 indicates that an endpoint is terminating the connection due to a protocol error.",
        ),
        Some(1003) => (
            "7.4.1",
            "1003 indicates that an endpoint is terminating the connection because it has received \
             a type of data it cannot accept (e.g., an endpoint that understands only text data MAY \
             send this if it receives a binary message).",
        ),
        Some(1007) => (
            "7.4.1",
            "1007 indicates that an endpoint is terminating the connection because it has received \
             data within a message that was not consistent with the type of the message (e.g., \
             non-UTF-8 data within a text message).",
        ),
        Some(1008) => (
            "7.4.1",
            "1008 indicates that an endpoint is terminating the connection because it has received \
             a message that violates its policy.",
        ),
        Some(1009) => (
            "7.4.1",
            "1009 indicates that an endpoint is terminating the connection because it has received \
             a message that is too big for it to process.",
        ),
        Some(1011) => (
            "7.4.1",
            "1011 indicates that a server is terminating the connection because it encountered an \
             unexpected condition that prevented it from fulfilling the request.",
        ),
        Some(4000..=4999) => (
            "7.4.2",
            "Status codes in the range 4000-4999 are reserved for private use and thus can't be \
             registered.",
        ),
        _ => (
            "7.1.7",
            "An endpoint MUST NOT continue to attempt to process data (including a responding Close \
             frame) from the remote endpoint after being instructed to _Fail the WebSocket \
             Connection_.",
        ),
    }
}
