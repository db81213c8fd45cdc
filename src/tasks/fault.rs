//! What a client did wrong, as in the verdict: the sentence of RFC 6455, what was read, and the code
//! of the Close.

use crate::lens::note::FrameNote;
use crate::tasks::laws::{LIMIT, Law};
use crate::tasks::texts_frames as texts;
use crate::tasks::words::{Say, Text, Words, quoted_bytes};
use crate::websocket::close::{Code, Violation};
use crate::websocket::opcode;
use crate::websocket::rules::Rule;

/// The task is not passed, and no rule of the protocol names a code for that. (Private use,
/// §7.4.2.)
pub(super) const NOT_PASSED: u16 = 4400;

/// What a client did wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// The sentence of RFC 6455.
    pub(super) law: Law,
    /// What was read, what the RFC requires, and what to change.
    pub(super) what: Words,
    /// The code of the Close.
    pub(super) code: u16,
    /// The client has ended TCP: no verdict can reach it.
    pub(super) unheard: bool,
}

/// What a client did that is legal, and that its author should know. Also a part of a verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Remark {
    /// The sentence of RFC 6455.
    pub(super) law: Law,
    /// What was read.
    pub(super) what: Words,
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
    pub(super) fn new(law: Law, what: impl Into<Words>) -> Fault {
        Fault {
            law,
            what: what.into(),
            code: NOT_PASSED,
            unheard: false,
        }
    }
}

/// Ends the exam with a fault for which RFC 6455 names no code.
pub(super) fn fail<T>(law: Law, what: impl Into<Words>) -> Step<T> {
    Err(Stop::Failed(Fault::new(law, what)))
}

/// A frame for people: its number, its fields and its bytes.
pub(super) fn describe(note: &FrameNote) -> Words {
    let bit = |is| if is { "1" } else { "0" };
    let bits = [note.rsv1, note.rsv2, note.rsv3];
    let rsv = match bits.contains(&true) {
        true => texts::RSV.with(&[("bits", &bits.map(bit).concat())]),
        false => Words::default(),
    };
    texts::FRAME.with(&[
        ("number", &note.number),
        ("fin", &bit(note.fin)),
        ("rsv", &rsv),
        ("opcode", &format!("{:X}", note.opcode)),
        ("name", &note.name),
        ("mask", &bit(note.masked)),
        ("length", &note.length),
        ("header", &note.header.spaced()),
    ])
}

/// The code of a Close for people.
pub(super) fn code_words(code: Option<u16>) -> Words {
    match code {
        Some(code) => texts::CODE.with(&[("code", &code)]),
        None => texts::NO_CODE.into(),
    }
}

/// What to do about a broken rule.
const fn advice(rule: Rule) -> Option<Text> {
    Some(match rule {
        Rule::NotMasked => texts::DO_MASK,
        Rule::ReservedBit => texts::DO_RESERVED_BIT,
        Rule::ReservedOpcode => texts::DO_OPCODE,
        Rule::LengthNotMinimal => texts::DO_MINIMAL,
        Rule::LengthTooLarge => texts::DO_FIRST_BIT,
        Rule::ControlFragmented => texts::DO_WHOLE_CONTROL,
        Rule::ControlTooLong => texts::DO_SHORT_CONTROL,
        Rule::NothingToContinue => texts::DO_BEGIN,
        Rule::Interleaved => texts::DO_CONTINUE,
        Rule::CloseOneByte => texts::DO_TWO_BYTES,
        Rule::CloseCodeNotForTheWire => texts::DO_OTHER_CODE,
        Rule::CloseCodeUnused | Rule::CloseCodeReserved | Rule::CloseCodeUndefined => {
            texts::DO_KNOWN_CODE
        }
        Rule::ReasonNotUtf8 | Rule::TextNotUtf8 => texts::DO_UTF8,
        // A client is told that elsewhere, or never does it.
        Rule::Masked | Rule::DataAfterClose | Rule::CutOff => return None,
    })
}

/// The words about a frame that breaks a rule.
fn breaks(rule: Rule, frame: &Words, payload: &Words) -> Words {
    let broken = texts::BREAKS_A_RULE.with(&[
        ("frame", frame),
        ("payload", payload),
        ("sentence", &rule.sentence()),
    ]);
    match advice(rule) {
        Some(advice) => broken.then(advice),
        None => broken,
    }
}

/// The bytes of the payload, where a rule is about them.
fn payload_read(rule: Rule, note: &FrameNote) -> Words {
    match rule {
        Rule::TextNotUtf8 | Rule::ReasonNotUtf8 | Rule::CloseOneByte => not_utf8(note),
        Rule::CloseCodeNotForTheWire
        | Rule::CloseCodeUnused
        | Rule::CloseCodeReserved
        | Rule::CloseCodeUndefined => code_read(note),
        _ => Words::default(),
    }
}

/// The fault of a whole frame that breaks a rule.
pub(super) fn of_rule(rule: Rule, note: &FrameNote) -> Fault {
    let payload = payload_read(rule, note);
    Fault {
        code: rule.close_code().unwrap_or(NOT_PASSED),
        ..Fault::new(Law::of(rule), breaks(rule, &describe(note), &payload))
    }
}

/// The code of a Close, and its bytes.
fn code_read(note: &FrameNote) -> Words {
    match note.payload.0[..] {
        [high, low, ..] => texts::CODE_READ.with(&[
            ("code", &u16::from_be_bytes([high, low])),
            ("bytes", &format!("{high:02x} {low:02x}")),
        ]),
        _ => Words::default(),
    }
}

/// Words about a header that is rather two letters of a text.
fn without_frame(note: Option<&FrameNote>) -> Words {
    match note.map(|note| &note.header.0[..]) {
        Some([first, second, ..]) if first.is_ascii_graphic() && second.is_ascii_graphic() => {
            texts::NO_FRAME.with(&[
                ("bytes", &format!("{first:02x} {second:02x}")),
                ("text", &quoted_bytes(&[*first, *second])),
            ])
        }
        _ => Words::default(),
    }
}

/// The bytes of a payload that is not what it should be, and where UTF-8 ends.
fn not_utf8(note: &FrameNote) -> Words {
    let payload = &note.payload.0;
    let text = match note.opcode {
        opcode::CLOSE => payload.get(2..).unwrap_or_default(),
        _ => payload,
    };
    let wrong = std::str::from_utf8(text).err();
    let wrong = wrong.and_then(|error| text.get(error.valid_up_to()));
    let wrong = wrong.map_or(Words::default(), |byte| {
        texts::WRONG_BYTE.with(&[("byte", &format!("{byte:02x}"))])
    });
    texts::WITH_PAYLOAD.with(&[("bytes", &note.payload.spaced()), ("wrong", &wrong)])
}

/// The fault of a header that breaks a rule. `note` shows as much of the frame as has come, and
/// `most` is the size of a message that is taken.
pub(super) fn of_violation(violation: Violation, note: Option<&FrameNote>, most: usize) -> Fault {
    let mut faults = note.iter().flat_map(|note| &note.faults);
    // Nothing after a wrong header counts, so it may be cut off.
    let broken = |rule: &&Rule| !matches!(rule, Rule::CutOff | Rule::TextNotUtf8);
    let rule = faults
        .find(broken)
        .filter(|_| violation.code != Code::TOO_BIG);
    let read = note.map_or(texts::A_FRAME.into(), describe);
    let (law, what) = match rule {
        Some(&rule) => {
            let payload = note.map_or(Words::default(), |note| payload_read(rule, note));
            let broken = breaks(rule, &read, &payload);
            (Law::of(rule), broken.then(without_frame(note)))
        }
        None if violation.code == Code::TOO_BIG => {
            let values: [(&str, &dyn Say); 2] = [("frame", &read), ("most", &most)];
            (LIMIT, texts::TOO_BIG.with(&values))
        }
        None => (LIMIT, texts::TOO_MANY_FRAGMENTS.with(&[("frame", &read)])),
    };
    Fault {
        code: violation.code.into(),
        ..Fault::new(law, what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lens::frames::FrameParser;
    use crate::model::direction::Direction;
    use crate::tasks::words::Language;
    use crate::websocket::guard::Guard;

    #[test]
    fn the_section_of_a_violation_is_not_in_its_text() {
        let bytes = [0x81, 0x02, b'h', b'i'];
        let (_, violation) = Guard::new(10).pass(&bytes);
        let notes = FrameParser::new(Direction::FromClient).feed(&bytes, 0);
        let fault = of_violation(violation.expect("not masked"), notes.first(), 10);
        assert_eq!((fault.law.section, fault.code), ("5.1", 1002));
        let beginning = "I read frame 1 of your client (FIN 1, opcode 0x1 text, MASK 0, length 2; \
                         header 81 02). ";
        let what = fault.what.of(Language::En);
        assert!(what.starts_with(beginning), "{what}");
        assert!(!what.contains('§'), "{what}");
    }
}
