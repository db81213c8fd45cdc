//! Every rule of framing and closing that a frame can break: its section and sentence in the RFC, and
//! the code with which a receiver closes (RFC 6455 §7.4.1).
//!
//! The sentences are literal quotations of [RFC 6455](https://www.rfc-editor.org/rfc/rfc6455);
//! `…` marks where one was cut. [`crate::websocket::handshake_rules`] has the rules of the handshake,
//! [`crate::websocket::violations`] what the receiver does.

/// A rule that a frame has broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Rule {
    /// A client's frame without a mask.
    NotMasked,
    /// A server's frame with one.
    Masked,
    /// RSV1, RSV2 or RSV3 without an extension.
    ReservedBit,
    /// 0x3 to 0x7, 0xB to 0xF.
    ReservedOpcode,
    /// A longer form of the length than needed.
    LengthNotMinimal,
    /// The first bit of a 64-bit length.
    LengthTooLarge,
    /// A Close, Ping or Pong without FIN.
    ControlFragmented,
    /// A Close, Ping or Pong of more than 125 bytes.
    ControlTooLong,
    /// A continuation outside a message.
    NothingToContinue,
    /// A new message before the last one has ended.
    Interleaved,
    /// A Close with half a code.
    CloseOneByte,
    /// 1005, 1006, 1015: codes that a program may see, but no frame may carry.
    CloseCodeNotForTheWire,
    /// A code below 1000.
    CloseCodeUnused,
    /// 1004: its meaning "might be defined in the future" (§7.4.1).
    CloseCodeReserved,
    /// 1016 to 2999, 5000 and above: undefined codes.
    CloseCodeUndefined,
    /// A reason that is not UTF-8.
    ReasonNotUtf8,
    /// A text message that is not UTF-8.
    TextNotUtf8,
    /// A data frame after a Close.
    DataAfterClose,
    /// The connection ended inside the frame.
    CutOff,
}

impl Rule {
    /// Every rule, in the order of the RFC's sections.
    #[cfg(test)]
    pub(crate) const ALL: [Rule; 19] = [
        Rule::NotMasked,
        Rule::Masked,
        Rule::ReservedBit,
        Rule::ReservedOpcode,
        Rule::LengthNotMinimal,
        Rule::LengthTooLarge,
        Rule::Interleaved,
        Rule::NothingToContinue,
        Rule::ControlFragmented,
        Rule::ControlTooLong,
        Rule::CloseOneByte,
        Rule::DataAfterClose,
        Rule::CutOff,
        Rule::CloseCodeNotForTheWire,
        Rule::CloseCodeReserved,
        Rule::CloseCodeUndefined,
        Rule::CloseCodeUnused,
        Rule::ReasonNotUtf8,
        Rule::TextNotUtf8,
    ];

    /// The stable name for programs and catalogues.
    pub(crate) const fn slug(self) -> &'static str {
        match self {
            Rule::NotMasked => "not_masked",
            Rule::Masked => "masked",
            Rule::ReservedBit => "reserved_bit",
            Rule::ReservedOpcode => "reserved_opcode",
            Rule::LengthNotMinimal => "length_not_minimal",
            Rule::LengthTooLarge => "length_too_large",
            Rule::ControlFragmented => "control_fragmented",
            Rule::ControlTooLong => "control_too_long",
            Rule::NothingToContinue => "nothing_to_continue",
            Rule::Interleaved => "interleaved",
            Rule::CloseOneByte => "close_one_byte",
            Rule::CloseCodeNotForTheWire => "close_code_not_for_the_wire",
            Rule::CloseCodeUnused => "close_code_unused",
            Rule::CloseCodeReserved => "close_code_reserved",
            Rule::CloseCodeUndefined => "close_code_undefined",
            Rule::ReasonNotUtf8 => "reason_not_utf8",
            Rule::TextNotUtf8 => "text_not_utf8",
            Rule::DataAfterClose => "data_after_close",
            Rule::CutOff => "cut_off",
        }
    }

    /// The section of RFC 6455.
    pub(crate) const fn section(self) -> &'static str {
        match self {
            Rule::NotMasked | Rule::Masked => "5.1",
            Rule::ReservedBit
            | Rule::ReservedOpcode
            | Rule::LengthNotMinimal
            | Rule::LengthTooLarge => "5.2",
            Rule::NothingToContinue | Rule::Interleaved => "5.4",
            Rule::ControlFragmented | Rule::ControlTooLong => "5.5",
            Rule::CloseOneByte | Rule::DataAfterClose => "5.5.1",
            Rule::CutOff => "7.1.5",
            Rule::CloseCodeNotForTheWire | Rule::CloseCodeReserved => "7.4.1",
            Rule::CloseCodeUnused | Rule::CloseCodeUndefined => "7.4.2",
            // §5.5.1 says that a reason is UTF-8, and §8.1 what to do if it is not.
            Rule::TextNotUtf8 | Rule::ReasonNotUtf8 => "8.1",
        }
    }

    /// The sentence of RFC 6455.
    pub(crate) const fn sentence(self) -> &'static str {
        match self {
            Rule::NotMasked => {
                "The server MUST close the connection upon receiving a frame that is not masked."
            }
            Rule::Masked => {
                "A server MUST NOT mask any frames that it sends to the client. A client MUST \
                 close a connection if it detects a masked frame."
            }
            Rule::ReservedBit => {
                "RSV1, RSV2, RSV3: 1 bit each MUST be 0 unless an extension is negotiated that \
                 defines meanings for non-zero values."
            }
            Rule::ReservedOpcode => {
                "If an unknown opcode is received, the receiving endpoint MUST _Fail the WebSocket \
                 Connection_."
            }
            Rule::LengthNotMinimal => {
                "… in all cases, the minimal number of bytes MUST be used to encode the length …"
            }
            Rule::LengthTooLarge => {
                "If 127, the following 8 bytes interpreted as a 64-bit unsigned integer (the most \
                 significant bit MUST be 0) are the payload length."
            }
            Rule::ControlFragmented => "All control frames … MUST NOT be fragmented.",
            Rule::ControlTooLong => {
                "All control frames MUST have a payload length of 125 bytes or less …"
            }
            Rule::NothingToContinue => {
                "A fragmented message consists of a single frame with the FIN bit clear and an \
                 opcode other than 0, followed by zero or more frames with the FIN bit clear and \
                 the opcode set to 0 …"
            }
            Rule::Interleaved => {
                "The fragments of one message MUST NOT be interleaved between the fragments of \
                 another message unless an extension has been negotiated that can interpret the \
                 interleaving."
            }
            Rule::CloseOneByte => {
                "If there is a body, the first two bytes of the body MUST be a 2-byte unsigned \
                 integer (in network byte order) representing a status code …"
            }
            Rule::CloseCodeNotForTheWire => {
                "… is a reserved value and MUST NOT be set as a status code in a Close control \
                 frame by an endpoint."
            }
            Rule::CloseCodeReserved => {
                "Reserved. The specific meaning might be defined in the future."
            }
            Rule::CloseCodeUnused => "Status codes in the range 0-999 are not used.",
            Rule::CloseCodeUndefined => {
                "Status codes in the range 1000-2999 are reserved for definition by this protocol, \
                 its future revisions, and extensions specified in a permanent and readily \
                 available public specification. … Status codes in the range 3000-3999 are \
                 reserved for use by libraries, frameworks, and applications. … Status codes in \
                 the range 4000-4999 are reserved for private use …"
            }
            Rule::TextNotUtf8 | Rule::ReasonNotUtf8 => {
                "When an endpoint is to interpret a byte stream as UTF-8 but finds that the byte \
                 stream is not, in fact, a valid UTF-8 stream, that endpoint MUST _Fail the \
                 WebSocket Connection_."
            }
            Rule::DataAfterClose => {
                "The application MUST NOT send any more data frames after sending a Close frame."
            }
            Rule::CutOff => {
                "If _The WebSocket Connection is Closed_ and no Close control frame was received \
                 by the endpoint (such as could occur if the underlying transport connection is \
                 lost), _The WebSocket Connection Close Code_ is considered to be 1006."
            }
        }
    }

    /// The code of the Close that a receiver has to answer with, if any.
    pub(crate) const fn close_code(self) -> Option<u16> {
        match self {
            Rule::TextNotUtf8 | Rule::ReasonNotUtf8 => Some(1007),
            Rule::DataAfterClose | Rule::CutOff => None,
            _ => Some(1002),
        }
    }
}

/// The rule that a Close with this code breaks. Codes that IANA registered later (1012 to 1014) are
/// as valid as those of §7.4.1.
pub(crate) const fn judge_close_code(code: u16) -> Option<Rule> {
    match code {
        0..=999 => Some(Rule::CloseCodeUnused),
        1005 | 1006 | 1015 => Some(Rule::CloseCodeNotForTheWire),
        1004 => Some(Rule::CloseCodeReserved),
        1016..=2999 | 5000.. => Some(Rule::CloseCodeUndefined),
        _ => None,
    }
}

/// The meaning of a close code, in a few words.
pub(crate) const fn close_code_meaning(code: u16) -> &'static str {
    match code {
        1000 => "normal: the purpose is fulfilled",
        1001 => "going away: the server stops, or the page was left",
        1002 => "protocol error",
        1003 => "a type of data that cannot be accepted",
        1005 => "the Close had no code; never on the wire",
        1006 => "no Close was received; never on the wire",
        1007 => "data that does not fit the type, such as text that is not UTF-8",
        1008 => "a policy was violated",
        1009 => "the message is too big",
        1010 => "the server did not accept an extension that the client needs",
        1011 => "the server met something unexpected",
        1012 => "the service restarts",
        1013 => "try again later",
        1014 => "a gateway got a bad answer",
        1015 => "TLS failed; never on the wire",
        3000..=3999 => "defined by a library or framework",
        4000..=4999 => "private use: ask the application",
        _ => "undefined",
    }
}

/// The section and sentence about an endpoint that closes with this code.
pub(crate) const fn close_code_sentence(code: Option<u16>) -> (&'static str, &'static str) {
    match code {
        None => (
            "7.1.5",
            "If this Close control frame contains no status code, _The WebSocket Connection Close \
             Code_ is considered to be 1005.",
        ),
        Some(1000) => (
            "7.4.1",
            "1000 indicates a normal closure, meaning that the purpose for which the connection was \
             established has been fulfilled.",
        ),
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
             non-UTF-8 [RFC3629] data within a text message).",
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
        Some(1010) => (
            "7.4.1",
            "1010 indicates that an endpoint (client) is terminating the connection because it has \
             expected the server to negotiate one or more extension, but the server didn't return \
             them in the response message of the WebSocket handshake.",
        ),
        // IANA registered these after the RFC.
        Some(1012..=1014) => (
            "7.4.2",
            "Status codes in the range 1000-2999 are reserved for definition by this protocol, its \
             future revisions, and extensions specified in a permanent and readily available public \
             specification.",
        ),
        Some(3000..=3999) => (
            "7.4.2",
            "Status codes in the range 3000-3999 are reserved for use by libraries, frameworks, and \
             applications.",
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::websocket::quotations;

    #[test]
    fn all_rules_are_listed_once_and_have_their_own_slug() {
        let mut slugs: Vec<&str> = Rule::ALL.iter().map(|rule| rule.slug()).collect();
        slugs.sort_unstable();
        slugs.dedup();
        assert_eq!(slugs.len(), Rule::ALL.len());
        for rule in Rule::ALL {
            assert!(rule.sentence().ends_with(['.', '…']) && rule.section().len() >= 3);
        }
    }

    #[test]
    fn every_sentence_is_in_the_section_that_it_names() {
        for rule in Rule::ALL {
            quotations::assert_literal(rule.section(), rule.sentence());
        }
        for code in (0..=u16::MAX).map(Some).chain([None]) {
            let (section, sentence) = close_code_sentence(code);
            quotations::assert_literal(section, sentence);
        }
    }

    #[test]
    fn a_code_is_legal_or_its_rule_is_named() {
        for code in [
            1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1014, 3000, 4999,
        ] {
            assert_eq!(judge_close_code(code), None, "{code}");
        }
        for (code, rule) in [
            (0, Rule::CloseCodeUnused),
            (999, Rule::CloseCodeUnused),
            (1004, Rule::CloseCodeReserved),
            (1005, Rule::CloseCodeNotForTheWire),
            (1006, Rule::CloseCodeNotForTheWire),
            (1015, Rule::CloseCodeNotForTheWire),
            (1016, Rule::CloseCodeUndefined),
            (2999, Rule::CloseCodeUndefined),
            (5000, Rule::CloseCodeUndefined),
            (65535, Rule::CloseCodeUndefined),
        ] {
            assert_eq!(judge_close_code(code), Some(rule), "{code}");
        }
    }
}
