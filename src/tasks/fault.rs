//! What a client did wrong, as in the verdict: the section of RFC 6455, a text, and the code of the
//! Close.

use crate::lens::note::FrameNote;
use crate::websocket::close::{Code, Violation};
use crate::websocket::rules::Rule;

/// The task is not passed, and no rule of the protocol names a code for that. (Private use,
/// §7.4.2.)
pub(super) const NOT_PASSED: u16 = 4400;

/// The section of the fault of a client that has ended TCP: no verdict can reach it.
pub(super) const TCP_ENDED: &str = "7.1.5";

/// What a client did wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// The section of RFC 6455.
    pub(super) section: &'static str,
    /// What the client did, what the RFC requires, and what to change.
    pub(super) what: String,
    /// The code of the Close.
    pub(super) code: u16,
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

/// A fault that breaks no rule of framing, but what the task asks for.
pub(super) fn fail<T>(section: &'static str, what: impl Into<String>) -> Step<T> {
    Err(Stop::Failed(Fault {
        section,
        what: what.into(),
        code: NOT_PASSED,
    }))
}

/// The fault of a frame that breaks a rule.
pub(super) fn of_rule(rule: Rule, note: &FrameNote) -> Fault {
    Fault {
        section: rule.section(),
        what: format!(
            "Frame {} of your client (a {} frame, header {}) breaks a rule: {}",
            note.number,
            note.name,
            note.header.spaced(),
            rule.sentence()
        ),
        code: rule.close_code().unwrap_or(NOT_PASSED),
    }
}

/// The fault of a header that breaks a rule. `note` shows as much of it as has come. The guard's
/// reason is "slug: words (§x)".
pub(super) fn of_violation(violation: Violation, note: Option<&FrameNote>) -> Fault {
    let words = violation.reason.split_once(": ");
    let words = words.map_or(violation.reason, |(_, words)| words);
    let (words, section) = words.rsplit_once(" (§").unwrap_or((words, "5.2)"));
    let header = note.map_or(String::new(), |note| note.header.spaced());
    let mut faults = note.iter().flat_map(|note| &note.faults);
    // Nothing after a wrong header is read, so it is always cut off.
    let rule = faults.find(|rule| **rule != Rule::CutOff);
    let sentence = rule.map_or(String::new(), |rule| format!(" {}", rule.sentence()));
    Fault {
        section: section.trim_end_matches(')'),
        what: format!("In a frame of your client with the header {header}: {words}.{sentence}"),
        code: violation.code.into(),
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
        assert_eq!((fault.section, fault.code), ("5.1", 1002));
        let what = "In a frame of your client with the header 81 02: the frame is not masked. The \
                    server MUST close the connection upon receiving a frame that is not masked.";
        assert_eq!(fault.what, what);
    }
}
