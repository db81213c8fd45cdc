//! Each endpoint against the annotator, and each quotation against the text of the RFC.

use crate::broken::catalogue::{all, find};
use crate::broken::defect::{Act, Defect, Level, To};
use crate::lens::duty_note::Compliance;
use crate::lens::frames::FrameParser;
use crate::lens::handshake::annotate;
use crate::model::direction::Direction;
use crate::websocket::handshake::Upgrade;
use crate::websocket::quotations;
use crate::websocket::rules::Rule;
use std::collections::BTreeSet;

const REQUEST: &str = "GET /broken/x HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\
     Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
     Sec-WebSocket-Version: 13\r\n\r\n";

/// The rules that the frames of an endpoint break, in order.
fn faults(frames: fn() -> Vec<u8>) -> Vec<Rule> {
    let mut parser = FrameParser::new(Direction::FromServer);
    let mut notes = parser.feed(&frames(), 0);
    notes.extend(parser.finish(0));
    let mut faults: Vec<Rule> = notes.into_iter().flat_map(|note| note.faults).collect();
    // A frame that cannot end is cut off whatever the server does.
    if faults.contains(&Rule::LengthTooLarge) {
        faults.retain(|rule| *rule != Rule::CutOff);
    }
    faults
}

/// The rules of the handshake that a response breaks.
fn broken_duties(response: &str) -> Vec<String> {
    let note = annotate(REQUEST.as_bytes(), Some(response.as_bytes()));
    assert_eq!(note.status, Some(101), "{response}");
    let rules = note.rules.iter();
    let broken = rules.filter(|rule| rule.compliance == Compliance::Broken);
    broken.map(|rule| rule.found.clone()).collect()
}

#[test]
fn each_endpoint_breaks_one_rule_and_no_other() {
    let upgrade = Upgrade {
        accept: "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=".into(),
        protocols: Vec::new(),
    };
    for defect in all() {
        let name = defect.name;
        match defect.act {
            Act::Handshake(response) => {
                let broken = broken_duties(&response(&upgrade));
                assert_eq!(broken.len(), 1, "{name}: {broken:?}");
            }
            Act::Frames(frames, _) if defect.group == "right" => {
                assert_eq!(faults(frames), [], "{name}");
            }
            Act::Frames(frames, _) => {
                let faults = faults(frames);
                assert_eq!(faults.len(), 1, "{name}: {faults:?}");
                assert_section(defect, faults[0]);
            }
            // What it breaks is that it sends nothing.
            Act::Mute => assert_eq!(name, "close-unanswered"),
        }
    }
}

/// The rule that the annotator finds is in a section that the endpoint cites.
#[track_caller]
fn assert_section(defect: &Defect, found: Rule) {
    let cited = [
        defect.rule.section,
        defect.duty.quotation.section,
        // Where the annotator names the section about the receiver.
    ];
    let section = found.section();
    assert!(cited.contains(&section), "{}: {section}", defect.name);
}

#[test]
fn the_right_response_breaks_no_rule() {
    let upgrade = Upgrade {
        accept: "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=".into(),
        protocols: Vec::new(),
    };
    let response = String::from_utf8(upgrade.switching_protocols(None)).unwrap();
    assert_eq!(broken_duties(&response), [""; 0]);
    let response = crate::broken::wrong::with_line(&response, "Glassroom-Report: somebody");
    assert_eq!(broken_duties(&response), [""; 0]);
}

#[test]
fn names_are_distinct_and_part_of_a_path() {
    let names: BTreeSet<&str> = all().map(|defect| defect.name).collect();
    assert_eq!(names.len(), all().count());
    assert!(names.len() >= 25);
    for name in names {
        assert!(name.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-'));
        assert_eq!(find(name).map(|defect| defect.name), Some(name));
    }
    assert!(find("").is_none() && find("masked").is_none());
}

#[test]
fn a_duty_has_the_word_that_its_sentence_has() {
    for defect in all() {
        let sentence = defect.duty.quotation.sentence;
        let level = match defect.duty.level {
            Level::Must => "MUST",
            Level::ShouldNot => "SHOULD NOT",
            // This MUST has a condition that not every client meets.
            Level::May if defect.name == "close-reason-not-utf8" => "is to interpret",
            Level::May => "MAY",
        };
        assert!(sentence.contains(level), "{}: {sentence}", defect.name);
        if defect.duty.to == To::Fail && level == "MUST" {
            let ends = sentence.contains("_Fail the") || sentence.contains("MUST close");
            assert!(ends, "{}: {sentence}", defect.name);
        }
    }
}

#[test]
fn every_quotation_is_in_the_section_that_it_names() {
    for defect in all() {
        for quotation in [defect.rule, defect.duty.quotation] {
            quotations::assert_literal(quotation.section, quotation.sentence);
        }
    }
}
