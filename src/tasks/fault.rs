//! What a client did wrong, as in the verdict: the sentence of RFC 6455, what was read, and the code
//! of the Close.

use crate::lens::note::FrameNote;
use crate::tasks::laws::{LIMIT, Law};
use crate::websocket::close::{Code, Violation};
use crate::websocket::opcode;
use crate::websocket::rules::Rule;
use serde::Serialize;

/// The task is not passed, and no rule of the protocol names a code for that. (Private use,
/// §7.4.2.)
pub(super) const NOT_PASSED: u16 = 4400;

/// What a client did wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// The sentence of RFC 6455.
    pub(super) law: Law,
    /// What was read, what the RFC requires, and what to change.
    pub(super) what: String,
    /// The code of the Close.
    pub(super) code: u16,
    /// The client has ended TCP: no verdict can reach it.
    pub(super) unheard: bool,
}

/// What a client did that is legal, and that its author should know. Also a part of a verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Remark {
    /// The sentence of RFC 6455.
    #[serde(flatten)]
    pub(super) law: Law,
    /// What was read.
    pub(super) what: String,
}

/// Why an exam ends before it is passed.
#[derive(Debug)]
pub(super) enum Stop {
    /// The client failed.
    Failed(Fault),
    /// The exam ends without a fault of the client, with this code and reason.
    End(Code, &'static str),
}

/// A step of an exam.
pub(super) type Step<T> = Result<T, Stop>;

impl Fault {
    /// A fault for which RFC 6455 names no code.
    pub(super) fn new(law: Law, what: impl Into<String>) -> Fault {
        Fault {
            law,
            what: what.into(),
            code: NOT_PASSED,
            unheard: false,
        }
    }
}

/// Ends the exam with a fault for which RFC 6455 names no code.
pub(super) fn fail<T>(law: Law, what: impl Into<String>) -> Step<T> {
    Err(Stop::Failed(Fault::new(law, what)))
}

/// A frame for people: its number, its fields and its bytes.
pub(super) fn describe(note: &FrameNote) -> String {
    let bit = u8::from;
    let rsv = match note.rsv1 || note.rsv2 || note.rsv3 {
        true => format!(
            ", RSV {}{}{}",
            bit(note.rsv1),
            bit(note.rsv2),
            bit(note.rsv3)
        ),
        false => String::new(),
    };
    format!(
        "frame {} of your client (FIN {}{rsv}, opcode 0x{:X} {}, MASK {}, length {}; header {})",
        note.number,
        bit(note.fin),
        note.opcode,
        note.name,
        bit(note.masked),
        note.length,
        note.header.spaced()
    )
}

/// The fault of a whole frame that breaks a rule.
pub(super) fn of_rule(rule: Rule, note: &FrameNote) -> Fault {
    let payload = match rule {
        Rule::TextNotUtf8 | Rule::ReasonNotUtf8 | Rule::CloseOneByte => not_utf8(note),
        _ => String::new(),
    };
    Fault {
        code: rule.close_code().unwrap_or(NOT_PASSED),
        ..Fault::new(
            Law::of(rule),
            format!(
                "I read {}{payload}. It breaks a rule: {}",
                describe(note),
                rule.sentence()
            ),
        )
    }
}

/// The bytes of a payload that is not what it should be, and where UTF-8 ends.
fn not_utf8(note: &FrameNote) -> String {
    let payload = &note.payload.0;
    let text = match note.opcode {
        opcode::CLOSE => payload.get(2..).unwrap_or_default(),
        _ => payload,
    };
    let wrong = std::str::from_utf8(text).err();
    let wrong = wrong.and_then(|error| text.get(error.valid_up_to()));
    let wrong = wrong.map_or(String::new(), |byte| {
        format!("; 0x{byte:02x} cannot stand where it does in UTF-8")
    });
    format!(" with the payload {}{wrong}", note.payload.spaced())
}

/// The fault of a header that breaks a rule. `note` shows as much of the frame as has come. The
/// guard's reason is "slug: words (§x)".
pub(super) fn of_violation(violation: Violation, note: Option<&FrameNote>) -> Fault {
    let words = violation.reason.split_once(": ");
    let words = words.map_or(violation.reason, |(_, words)| words);
    let words = words.rsplit_once(" (").map_or(words, |(words, _)| words);
    let mut faults = note.iter().flat_map(|note| &note.faults);
    // Nothing after a wrong header counts, so it may be cut off.
    let broken = |rule: &&Rule| !matches!(rule, Rule::CutOff | Rule::TextNotUtf8);
    let rule = faults
        .find(broken)
        .filter(|_| violation.code != Code::TOO_BIG);
    let read = note.map_or("a frame of your client".into(), describe);
    let hint = match rule {
        Some(Rule::Interleaved) => {
            " If this frame is to continue the message, its opcode has to be 0x0."
        }
        Some(Rule::NothingToContinue) => {
            " The first frame of a message has the opcode 0x1 (text) or 0x2 (binary)."
        }
        Some(Rule::ReservedBit) => " No extension was negotiated: the 101 names none.",
        _ => "",
    };
    let sentence = rule.map_or(String::new(), |rule| format!(" {}", rule.sentence()));
    Fault {
        code: violation.code.into(),
        ..Fault::new(
            rule.map_or(LIMIT, |&rule| Law::of(rule)),
            format!("I read {read}: {words}.{sentence}{hint}"),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lens::frames::FrameParser;
    use crate::model::direction::Direction;
    use crate::websocket::guard::Guard;

    #[test]
    fn the_section_of_a_violation_is_not_in_its_text() {
        let bytes = [0x81, 0x02, b'h', b'i'];
        let (_, violation) = Guard::new(10).pass(&bytes);
        let notes = FrameParser::new(Direction::FromClient).feed(&bytes, 0);
        let fault = of_violation(violation.expect("not masked"), notes.first());
        assert_eq!((fault.law.section, fault.code), ("5.1", 1002));
        let beginning = "I read frame 1 of your client (FIN 1, opcode 0x1 text, MASK 0, length 2; \
                         header 81 02): ";
        assert!(fault.what.starts_with(beginning), "{}", fault.what);
        assert!(!fault.what.contains('§'), "{}", fault.what);
    }
}
