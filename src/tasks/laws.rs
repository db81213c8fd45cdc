//! The sentences of RFC 6455 by which the examiner judges beyond single frames, and how strongly
//! each of them binds.
//!
//! [`crate::websocket::rules`] has the sentences about frames. All are quotations, cut at `[…]`.

use crate::model::direction::Direction;
use crate::websocket::handshake_rules::HandshakeRule;
use crate::websocket::rules::Rule;
use serde::Serialize;

/// How strongly a sentence binds, in the words of RFC 2119.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Level {
    /// An absolute requirement. A definition, such as the order of bytes, counts as one: it leaves
    /// no choice.
    Must,
    /// Only a good reason excuses something else.
    Should,
    /// The RFC leaves it open, and the task asks for it.
    Choice,
}

/// A sentence of RFC 6455 that binds a client, or that the task asks it to follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Law {
    /// The stable name for programs.
    pub(super) rule: &'static str,
    /// The section.
    pub(super) section: &'static str,
    /// How strongly it binds.
    pub(super) level: Level,
    /// Its words.
    pub(super) sentence: &'static str,
}

impl Law {
    /// The rule of a frame, as it binds the client.
    pub(super) const fn of(rule: Rule) -> Law {
        let level = match rule {
            // No sentence forbids to send them; they have no meaning.
            Rule::CloseCodeUndefined | Rule::CloseCodeUnused | Rule::CloseCodeReserved => {
                Level::Choice
            }
            // What the program sees is defined; no sentence forbids to end TCP.
            Rule::CutOff => Level::Choice,
            _ => Level::Must,
        };
        Law {
            rule: rule.slug(),
            section: rule.section(),
            level,
            sentence: rule.sentence(),
        }
    }

    /// The rule that a refused handshake broke, by the slug of the refusal.
    pub(super) fn of_refusal(slug: &'static str) -> Law {
        let rule = match slug {
            // For the client that is the duty, and the other rule of the version is the server's.
            "unsupported_version" => Some(HandshakeRule::Version),
            _ => HandshakeRule::of_refusal(slug),
        };
        let duty = rule.unwrap_or(HandshakeRule::Refuse).duty();
        let is_of_client = rule.is_some_and(|rule| rule.by() == Direction::FromClient);
        let level = match is_of_client && duty.sentence.contains("MUST") {
            true => Level::Must,
            false => Level::Choice,
        };
        law(level, slug, duty.section, duty.sentence)
    }

    /// The same sentence, where the task alone makes it a demand.
    pub(super) const fn by_choice(self) -> Law {
        Law {
            level: Level::Choice,
            ..self
        }
    }
}

const fn law(
    level: Level,
    rule: &'static str,
    section: &'static str,
    sentence: &'static str,
) -> Law {
    Law {
        rule,
        section,
        level,
        sentence,
    }
}

pub(super) const WAIT_FOR_101: Law = law(
    Level::Must,
    "wait_for_101",
    "4.1",
    "Once the client's opening handshake has been sent, the client MUST wait for a response from the \
     server before sending any further data.",
);
pub(super) const NONCE: Law = law(
    Level::Must,
    "nonce_not_random",
    "4.1",
    "The nonce MUST be selected randomly for each connection.",
);
pub(super) const ACCEPT: Law = law(
    Level::Must,
    "accept_not_checked",
    "4.1",
    "If […] the |Sec-WebSocket-Accept| contains a value other than the base64-encoded SHA-1 of the \
     concatenation of the |Sec-WebSocket-Key| (as a string, not base64-decoded) with the string \
     \"258EAFA5-E914-47DA-95CA-C5AB0DC85B11\" but ignoring any leading and trailing whitespace, the \
     client MUST _Fail the WebSocket Connection_.",
);
pub(super) const ESTABLISHED: Law = law(
    Level::Choice,
    "not_as_asked",
    "4.1",
    "If the server's response is validated as provided for above, it is said that _The WebSocket \
     Connection is Established_ and that the WebSocket Connection is in the OPEN state.",
);
pub(super) const LENGTH_ORDER: Law = law(
    Level::Must,
    "length_byte_order",
    "5.2",
    "Multibyte length quantities are expressed in network byte order.",
);
pub(super) const LENGTH_BYTES: Law = law(
    Level::Must,
    "length_not_in_bytes",
    "5.2",
    "The length of the \"Payload data\", in bytes: if 0-125, that is the payload length.",
);
pub(super) const WITHOUT_KEY: Law = law(
    Level::Must,
    "length_with_key",
    "5.3",
    "The payload length, indicated in the framing as frame-payload-length, does NOT include the \
     length of the masking key.",
);
pub(super) const MASKING: Law = law(
    Level::Must,
    "wrongly_masked",
    "5.3",
    "Octet i of the transformed data (\"transformed-octet-i\") is the XOR of octet i of the original \
     data (\"original-octet-i\") with octet at index i modulo 4 of the masking key \
     (\"masking-key-octet-j\")",
);
pub(super) const FRESH_KEY: Law = law(
    Level::Must,
    "masking_key_not_fresh",
    "5.3",
    "When preparing a masked frame, the client MUST pick a fresh masking key from the set of allowed \
     32-bit values.",
);
pub(super) const UNPREDICTABLE: Law = law(
    Level::Must,
    "masking_key_predictable",
    "5.3",
    "The masking key needs to be unpredictable; thus, the masking key MUST be derived from a strong \
     source of entropy, and the masking key for a given frame MUST NOT make it simple for a \
     server/proxy to predict the masking key for a subsequent frame.",
);
pub(super) const BOTH_FORMS: Law = law(
    Level::Must,
    "fragments_not_joined",
    "5.4",
    "Clients and servers MUST support receiving both fragmented and unfragmented messages.",
);
pub(super) const CONTROL_BETWEEN: Law = law(
    Level::Must,
    "control_in_message",
    "5.4",
    "An endpoint MUST be capable of handling control frames in the middle of a fragmented message.",
);
pub(super) const SAME_TYPE: Law = law(
    Level::Choice,
    "other_type",
    "5.4",
    "As a consequence of these rules, all fragments of a message are of the same type, as set by the \
     first fragment's opcode.",
);
pub(super) const ANY_FRAGMENTS: Law = law(
    Level::Choice,
    "own_fragments",
    "5.4",
    "A sender MAY create fragments of any size for non-control messages.",
);
pub(super) const LAST_FRAGMENT: Law = law(
    Level::Must,
    "message_without_end",
    "5.4",
    "A fragmented message consists of a single frame with the FIN bit clear and an opcode other than \
     0, followed by zero or more frames with the FIN bit clear and the opcode set to 0, and \
     terminated by a single frame with the FIN bit set and an opcode of 0.",
);
pub(super) const WHOLE_UTF8: Law = law(
    Level::Must,
    "fragment_decoded_alone",
    "5.6",
    "Note that a particular text frame might include a partial UTF-8 sequence; however, the whole \
     message MUST contain valid UTF-8.",
);
pub(super) const PONG: Law = law(
    Level::Must,
    "ping_not_answered",
    "5.5.2",
    "Upon receipt of a Ping frame, an endpoint MUST send a Pong frame in response, unless it already \
     received a Close frame.",
);
pub(super) const PONG_DATA: Law = law(
    Level::Must,
    "pong_of_other_data",
    "5.5.3",
    "A Pong frame sent in response to a Ping frame must have identical \"Application data\" as found \
     in the message body of the Ping frame being replied to.",
);
pub(super) const LATEST_PING: Law = law(
    Level::Choice,
    "latest_ping",
    "5.5.3",
    "If an endpoint receives a Ping frame and has not yet sent Pong frame(s) in response to previous \
     Ping frame(s), the endpoint MAY elect to send a Pong frame for only the most recently processed \
     Ping frame.",
);
pub(super) const NO_PONG_FOR_PONG: Law = law(
    Level::Choice,
    "pong_for_pong",
    "5.5.3",
    "A response to an unsolicited Pong frame is not expected.",
);
pub(super) const UNSOLICITED: Law = law(
    Level::Choice,
    "unsolicited_pong",
    "5.5.3",
    "A Pong frame MAY be sent unsolicited.",
);
pub(super) const ANSWER_CLOSE: Law = law(
    Level::Must,
    "close_not_answered",
    "5.5.1",
    "If an endpoint receives a Close frame and did not previously send a Close frame, the endpoint \
     MUST send a Close frame in response.",
);
pub(super) const ECHOED_CODE: Law = law(
    Level::Choice,
    "other_close_code",
    "5.5.1",
    "When sending a Close frame in response, the endpoint typically echos the status code it \
     received.",
);
pub(super) const CLOSE_BODY: Law = law(
    Level::Must,
    "close_body",
    "5.5.1",
    "If there is a body, the first two bytes of the body MUST be a 2-byte unsigned integer (in \
     network byte order) representing a status code with value /code/ defined in Section 7.4.",
);
pub(super) const LAST_FRAME: Law = law(
    Level::Must,
    "data_after_close",
    "5.5.1",
    "The application MUST NOT send any more data frames after sending a Close frame.",
);
pub(super) const CLOSED: Law = law(
    Level::Must,
    "frame_after_both_closes",
    "5.5.1",
    "After both sending and receiving a Close message, an endpoint considers the WebSocket connection \
     closed and MUST close the underlying TCP connection.",
);
pub(super) const SERVER_ENDS_TCP: Law = law(
    Level::Should,
    "tcp_ended_first",
    "7.1.1",
    "[…] when a client is instructed to do the same, it SHOULD wait for a TCP Close from the server.",
);
pub(super) const BEGIN_CLOSE: Law = law(
    Level::Choice,
    "closed_early",
    "7.1.2",
    "To _Start the WebSocket Closing Handshake_ […] an endpoint MUST send a Close control frame",
);
pub(super) const LIMIT: Law = law(
    Level::Choice,
    "too_much",
    "7.4.1",
    "1009 indicates that an endpoint is terminating the connection because it has received a message \
     that is too big for it to process.",
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::websocket::quotations;
    use std::collections::HashSet;

    const ALL: [Law; 29] = [
        WAIT_FOR_101,
        NONCE,
        ACCEPT,
        ESTABLISHED,
        LENGTH_ORDER,
        LENGTH_BYTES,
        WITHOUT_KEY,
        MASKING,
        FRESH_KEY,
        UNPREDICTABLE,
        BOTH_FORMS,
        CONTROL_BETWEEN,
        SAME_TYPE,
        ANY_FRAGMENTS,
        LAST_FRAGMENT,
        WHOLE_UTF8,
        PONG,
        PONG_DATA,
        LATEST_PING,
        NO_PONG_FOR_PONG,
        UNSOLICITED,
        ANSWER_CLOSE,
        ECHOED_CODE,
        CLOSE_BODY,
        LAST_FRAME,
        CLOSED,
        SERVER_ENDS_TCP,
        BEGIN_CLOSE,
        LIMIT,
    ];

    #[test]
    fn every_sentence_is_in_the_section_that_it_names() {
        for law in ALL {
            quotations::assert_literal(law.section, law.sentence);
        }
    }

    #[test]
    fn rules_have_their_own_names_and_the_keyword_of_their_level() {
        let names: HashSet<&str> = ALL.iter().map(|law| law.rule).collect();
        assert_eq!(names.len(), ALL.len());
        for law in ALL.iter().filter(|law| law.level == Level::Should) {
            assert!(law.sentence.contains("SHOULD"), "{law:?}");
        }
    }
}
