//! Who decided when a frame breaks a rule: what the receiver has to do, what this server chose, and
//! the Close that says so.
//!
//! One table for all who tell it: the guard, the reason of the Close, the lab, the protocol view and
//! the terminal. The rule of [`crate::websocket::rules`] binds the sender; the [`Authority`] here is
//! about the answer. The sentences are quotations, cut at `…`.

use crate::model::authority::Authority;
use crate::websocket::close::{Code, Violation};
use crate::websocket::rules::Rule;
use crate::websocket::rulings::INVALID_WORDS;
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

/// A client's frame without a mask.
pub(crate) static NOT_MASKED: Authority = Authority::must(
    "not_masked",
    "RFC 6455 §5.1",
    "The server MUST close the connection upon receiving a frame that is not masked.",
)
.chose("The same section allows the code 1002 and does not demand it; this server uses it.");
/// A server's frame with a mask.
pub(crate) static MASKED: Authority = Authority::must(
    "masked",
    "RFC 6455 §5.1",
    "A client MUST close a connection if it detects a masked frame.",
)
.chose("The same section allows the code 1002 and does not demand it.");
/// A reserved bit.
pub(crate) static RESERVED_BIT: Authority = Authority::must(
    "reserved_bit",
    "RFC 6455 §5.2",
    "If a nonzero value is received and none of the negotiated extensions defines the meaning of such \
     a nonzero value, the receiving endpoint MUST _Fail the WebSocket Connection_.",
)
.chose("§7.1.7 says that an appropriate code should be sent; this server takes 1002 for it.");
/// An opcode without a meaning.
pub(crate) static RESERVED_OPCODE: Authority = Authority::must(
    "reserved_opcode",
    "RFC 6455 §5.2",
    "If an unknown opcode is received, the receiving endpoint MUST _Fail the WebSocket Connection_.",
)
.chose("§7.1.7 says that an appropriate code should be sent; this server takes 1002 for it.");
/// Bytes that are not UTF-8.
pub(crate) static NOT_UTF8: Authority = Authority::must(
    "not_utf8",
    "RFC 6455 §8.1",
    "When an endpoint is to interpret a byte stream as UTF-8 but finds that the byte stream is not, in \
     fact, a valid UTF-8 stream, that endpoint MUST _Fail the WebSocket Connection_.",
)
.chose("§7.1.7 says that an appropriate code should be sent; §7.4.1 describes 1007 for this case.");
/// A reason that is not UTF-8: the same, for an endpoint that reads the reason.
pub(crate) static REASON_NOT_UTF8: Authority =
    Authority::must("reason_not_utf8", "RFC 6455 §8.1", NOT_UTF8.sentence).chose(
        "To read the reason as text is this server's choice. An endpoint that does has to fail the \
         connection; 1007 is the code that §7.4.1 describes.",
    );
/// A rule of framing that binds the sender alone.
pub(crate) static SENDER_ONLY: Authority = Authority::choice(
    "sender_only",
    "RFC 6455 §10.7",
    INVALID_WORDS,
)
.chose(
    "The rule binds the sender, and no sentence says what the receiver does. This server closes \
         with 1002, because it cannot trust what follows.",
);
/// A code that a Close must not or should not have.
pub(crate) static CLOSE_CODE: Authority = Authority::choice(
    "close_code",
    "RFC 6455 §10.7",
    INVALID_WORDS,
)
.chose(
    "No sentence says what a receiver does with such a code. This server answers 1002 and does not \
         echo it, so that the mistake is seen.",
);
/// Data behind a Close.
pub(crate) static DATA_AFTER_CLOSE: Authority = Authority::choice(
    "data_after_close",
    "RFC 6455 §1.4",
    "… after receiving a control frame indicating the connection should be closed, a peer discards \
     any further data received.",
)
.chose(
    "§5.5.1 binds the sender, and §1.4 is an overview and no rule. This server answers the Close and \
     discards the rest.",
);
/// TCP has ended, so nothing can be answered.
pub(crate) static NO_CLOSE: Authority = Authority::choice(
    "no_close",
    "RFC 6455 §7.1.5",
    "If _The WebSocket Connection is Closed_ and no Close control frame was received by the endpoint \
     … _The WebSocket Connection Close Code_ is considered to be 1006.",
)
.chose(
    "That section defines that the program is told 1006. To end TCP as well and send no Close, \
     which nobody would answer, is this server's choice.",
);
/// A message or a number of fragments above a limit.
pub(crate) static LIMIT: Authority = Authority::choice(
    "limit",
    "RFC 6455 §10.4",
    "Such an implementation SHOULD impose a limit on frame sizes and the total message size after \
     reassembly from multiple frames.",
)
.chose(
    "That there is a limit is recommended; how high it is, and which code reports it, is this \
     server's choice.",
);
/// A type of data that an application does not take.
pub(crate) static DATA_TYPE: Authority = Authority::may(
    "data_type",
    "RFC 6455 §7.4.1",
    "1003 indicates that an endpoint is terminating the connection because it has received a type of \
     data it cannot accept (e.g., an endpoint that understands only text data MAY send this if it \
     receives a binary message).",
)
.chose("The chat is JSON text, so this server makes use of that permission.");
/// Another Close that the server began.
pub(crate) static POLICY: Authority = Authority::choice(
    "policy",
    "RFC 6455 §10.5",
    "This protocol doesn't prescribe any particular way that servers can authenticate clients during \
     the WebSocket handshake.",
)
.chose(
    "This server wants a token in the chat. It completes the handshake and closes with a code and \
     a reason, because a page can read these, but not a status.",
);
/// Any other Close that the server began.
pub(crate) static SERVER_CLOSE: Authority = Authority::may(
    "server_close",
    "RFC 6455 §7.3",
    "Servers MAY close the WebSocket connection whenever desired.",
)
.chose("The close reason says why this server closed.");

impl Rule {
    /// Who decides what the receiver of such a frame does.
    pub(crate) const fn authority(self) -> &'static Authority {
        match self {
            Rule::NotMasked => &NOT_MASKED,
            Rule::Masked => &MASKED,
            Rule::ReservedBit => &RESERVED_BIT,
            Rule::ReservedOpcode => &RESERVED_OPCODE,
            Rule::TextNotUtf8 => &NOT_UTF8,
            Rule::ReasonNotUtf8 => &REASON_NOT_UTF8,
            Rule::LengthNotMinimal
            | Rule::LengthTooLarge
            | Rule::ControlFragmented
            | Rule::ControlTooLong
            | Rule::NothingToContinue
            | Rule::Interleaved
            | Rule::CloseOneByte => &SENDER_ONLY,
            Rule::CloseCodeNotForTheWire
            | Rule::CloseCodeUnused
            | Rule::CloseCodeReserved
            | Rule::CloseCodeUndefined => &CLOSE_CODE,
            Rule::DataAfterClose => &DATA_AFTER_CLOSE,
            Rule::CutOff => &NO_CLOSE,
        }
    }

    /// The Close with which this server answers; none if it does not close because of this rule.
    pub(crate) const fn violation(self) -> Option<Violation> {
        // Each ends with the section of the rule and who decided; a test compares them.
        let reason = match self {
            Rule::NotMasked => "protocol_error: the frame is not masked (§5.1, MUST)",
            Rule::Masked | Rule::DataAfterClose | Rule::CutOff => return None,
            Rule::ReservedBit => "protocol_error: a reserved bit is set (§5.2, MUST)",
            Rule::ReservedOpcode => "protocol_error: the opcode is reserved (§5.2, MUST)",
            Rule::LengthNotMinimal => {
                "protocol_error: the length is not minimal (§5.2, this server's choice)"
            }
            Rule::LengthTooLarge => {
                "protocol_error: the first bit of the length is set (§5.2, this server's choice)"
            }
            Rule::ControlFragmented => {
                "protocol_error: a control frame is fragmented (§5.5, this server's choice)"
            }
            Rule::ControlTooLong => {
                "protocol_error: a control frame has at most 125 bytes (§5.5, this server's choice)"
            }
            Rule::NothingToContinue => {
                "protocol_error: nothing to continue (§5.4, this server's choice)"
            }
            Rule::Interleaved => {
                "protocol_error: the message before is not finished (§5.4, this server's choice)"
            }
            Rule::CloseOneByte => {
                "protocol_error: a Close has no payload, or a code of two bytes (§5.5.1, this server's \
                 choice)"
            }
            Rule::CloseCodeNotForTheWire | Rule::CloseCodeReserved => {
                "protocol_error: that close code is not for the wire (§7.4.1, this server's choice)"
            }
            Rule::CloseCodeUnused | Rule::CloseCodeUndefined => {
                "protocol_error: that close code is not defined (§7.4.2, this server's choice)"
            }
            Rule::ReasonNotUtf8 | Rule::TextNotUtf8 => {
                "invalid_data: the text is not UTF-8 (§8.1, MUST)"
            }
        };
        let code = match self {
            Rule::ReasonNotUtf8 | Rule::TextNotUtf8 => Code::INVALID_DATA,
            _ => Code::PROTOCOL,
        };
        Some(Violation { code, reason })
    }
}

impl Serialize for Rule {
    /// `{rule, section, sentence, close_code?, authority}`: the page needs no table of its own.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Rule", 5)?;
        object.serialize_field("rule", self.slug())?;
        object.serialize_field("section", self.section())?;
        object.serialize_field("sentence", self.sentence())?;
        object.serialize_field("close_code", &self.close_code())?;
        object.serialize_field("authority", self.authority())?;
        object.end()
    }
}

/// A message above the limit.
pub(crate) const TOO_BIG: Violation = Violation {
    code: Code::TOO_BIG,
    reason: "too_big: the message is larger than this server takes (§10.4, this server's choice)",
};

/// A message of hardly anything but fragments.
pub(crate) const TOO_MANY_FRAGMENTS: Violation = Violation {
    code: Code::POLICY,
    reason: "too_many_fragments: the message has hardly any bytes in its fragments (§10.4, this server's \
             choice)",
};

/// A binary message in the chat.
pub(crate) const TEXT_ONLY: Violation = Violation {
    code: Code::UNSUPPORTED,
    reason: "unsupported: chat.v1 is text (§7.4.1, MAY)",
};

/// A frame that breaks a rule in a way that has no better name.
pub(crate) const OTHER: Violation = Violation {
    code: Code::PROTOCOL,
    reason: "protocol_error: the frames break the protocol (§5, this server's choice)",
};

/// The authority for a Close that the server began, and that no broken rule explains.
pub(crate) fn of_close(code: Option<u16>, reason: &str) -> &'static Authority {
    match code {
        // Frames that break the protocol in a way that has no better name: see `OTHER`.
        Some(1002) => &SENDER_ONLY,
        Some(1003) => &DATA_TYPE,
        Some(1008) if reason.starts_with("Unauthorized") => &POLICY,
        Some(1008 | 1009) => &LIMIT,
        _ => &SERVER_CLOSE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::authority::Level;
    use crate::websocket::quotations;

    #[test]
    fn each_rule_has_one_code_and_its_close_says_who_decided() {
        for rule in Rule::ALL {
            let authority = rule.authority();
            assert!(authority.source.starts_with("RFC 6455 §"), "{rule:?}");
            let Some(violation) = rule.violation() else {
                assert!(matches!(
                    rule,
                    Rule::Masked | Rule::DataAfterClose | Rule::CutOff
                ));
                continue;
            };
            assert_eq!(Some(violation.code.into()), rule.close_code(), "{rule:?}");
            let level = authority.level.words();
            let reason = violation.reason;
            assert!(reason.ends_with(&format!(", {level})")), "{reason}");
            // A rule of the receiver is cited where it stands; a choice cites the sender's rule.
            let section = match authority.level {
                Level::Choice => rule.section(),
                _ => authority.source.trim_start_matches("RFC 6455 §"),
            };
            assert!(reason.contains(&format!("(§{section},")), "{reason}");
            assert!(reason.len() <= 123, "{reason}");
        }
        for violation in [TOO_BIG, TOO_MANY_FRAGMENTS] {
            let code = Some(violation.code.into());
            let level = of_close(code, violation.reason).level.words();
            assert!(violation.reason.ends_with(&format!("(§10.4, {level})")));
        }
        let level = of_close(Some(TEXT_ONLY.code.into()), "").level.words();
        assert!(TEXT_ONLY.reason.ends_with(&format!("(§7.4.1, {level})")));
        let level = of_close(Some(OTHER.code.into()), OTHER.reason)
            .level
            .words();
        assert!(OTHER.reason.ends_with(&format!("(§5, {level})")));
    }

    #[test]
    fn every_sentence_is_in_the_section_that_it_names() {
        let closes = [Some(1003), Some(1008), Some(1009), None];
        let closes = closes.map(|code| of_close(code, "Unauthorized"));
        for authority in closes.into_iter().chain(Rule::ALL.map(Rule::authority)) {
            quotations::assert_literal(authority.source, authority.sentence);
        }
    }

    #[test]
    fn a_must_is_quoted_with_its_keyword_and_a_choice_says_why() {
        for authority in Rule::ALL.map(Rule::authority) {
            match authority.level {
                Level::Must => assert!(authority.sentence.contains("MUST"), "{}", authority.slug),
                Level::Should => assert!(authority.sentence.contains("SHOULD")),
                Level::May => assert!(authority.sentence.contains("MAY")),
                Level::Choice => assert!(authority.choice.is_some(), "{}", authority.slug),
            }
        }
    }
}
