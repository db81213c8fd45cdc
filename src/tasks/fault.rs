//! What a client did wrong, as the verdict says it: the section of RFC 6455, words, and the code of
//! the Close.

use crate::lens::note::FrameNote;
use crate::websocket::close::{Code, Violation};
use crate::websocket::rules::Rule;

/// Private use (§7.4.2): the task is not passed, and no rule of the protocol names a code for it.
pub const NOT_PASSED: u16 = 4400;

/// The section of the fault that nobody is there to be told of.
pub const TCP_ENDED: &str = "7.1.5";

/// What a client did wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The section of RFC 6455.
    pub section: &'static str,
    /// What was seen, what the RFC wants, what to do.
    pub what: String,
    /// The code of the Close.
    pub code: u16,
}

/// Why an exam ends before it is passed.
#[derive(Debug)]
pub enum Stop {
    /// The client failed.
    Failed(Fault),
    /// It is not the client's fault: the Close's code and reason.
    End(Code, &'static str),
}

/// A step of an exam.
pub type Step<T> = Result<T, Stop>;

/// A fault that breaks no rule of framing, only what the task is about.
pub fn fail<T>(section: &'static str, what: impl Into<String>) -> Step<T> {
    Err(Stop::Failed(Fault {
        section,
        what: what.into(),
        code: NOT_PASSED,
    }))
}

/// A frame that breaks a rule.
pub fn of_rule(rule: Rule, note: &FrameNote) -> Fault {
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

/// A header that breaks a rule, as far as there is one. The guard's reason is "slug: words (§x)".
pub fn of_violation(violation: Violation, note: Option<&FrameNote>) -> Fault {
    let words = violation.reason.split_once(": ");
    let words = words.map_or(violation.reason, |(_, words)| words);
    let (words, section) = words.rsplit_once(" (§").unwrap_or((words, "5.2)"));
    let header = note.map_or(String::new(), |note| note.header.spaced());
    let mut faults = note.iter().flat_map(|note| &note.faults);
    // What is cut off is so because nothing behind a wrong header is read.
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
    fn a_violation_says_its_section_apart() {
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
