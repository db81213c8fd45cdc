use super::*;
use crate::model::event::EventKind;
use crate::model::event::samples::*;
use crate::model::json::Json;
use crate::model::zone::Zone;
use crate::sqlite::export::Export;
use crate::sqlite::span::Span;
use crate::sqlite::tests::TempHistory;
use crate::store::queue::Note;
use crate::store::record::{Record, RecordChange};

fn up(question: Option<&str>, anonymous: bool) -> EventKind {
    EventKind::Hand(Box::new(Hand {
        up: true,
        position: 1,
        question: question.map(Json::quote),
        anonymous,
        ..Hand::default()
    }))
}

fn down(of: u64, answered: bool, votes: u16) -> EventKind {
    EventKind::Hand(Box::new(Hand {
        of: Some(of),
        position: 1,
        answered,
        votes,
        anonymous: of == 3,
        ..Hand::default()
    }))
}

fn export(history: &TempHistory, export: Export) -> String {
    let mut out = Vec::new();
    let written = export.write(
        &history.archive(),
        &Span::default(),
        Zone::default(),
        0,
        &mut out,
    );
    written.expect("written");
    String::from_utf8(out).expect("text")
}

#[test]
fn a_transcript_has_what_was_asked_with_a_raised_hand_and_nobody_reads_who_asked_anonymously() {
    let history = TempHistory::new();
    history.run("e", |writer| {
        writer.append(event(1, "Ann", said("hello")));
        writer.append(event(2, "Ann", up(Some("Why\n\"so\"?"), false)));
        writer.append(event(3, "Bo", up(Some("And how?"), true)));
        writer.append(event(4, "Cy", up(None, false)));
        writer.append(event(5, "Ann", down(2, true, 2)));
        writer.append(event(6, "Bo", down(3, false, 1)));
        writer.append(event(7, "Cy", down(4, true, 0)));
        writer.append(event(8, "Ann", said("thanks")));
        writer.append(event(9, "Ann", up(Some("Still?"), false)));
        for name in ["Bo", "Cy"] {
            writer.note(Note::Record(RecordChange::Keep(Box::new(Record {
                kind: RecordKind::Second,
                id: format!("9 id-{name} lobby").into(),
                by: author(name),
                target: None,
                room: Some("lobby".into()),
                until: None,
                body: "9".into(),
            }))));
        }
    });
    assert_eq!(
        export(&history, Export::TranscriptText),
        "\
# lobby
[1970-01-01 00:00:01+00:00] Ann: hello
[1970-01-01 00:00:02+00:00] * Ann asked with a raised hand: Why\\u{a}\"so\"? / 2 others had the same question / answered
[1970-01-01 00:00:03+00:00] * anonymous asked with a raised hand: And how? / 1 other had the same question / not answered
[1970-01-01 00:00:08+00:00] Ann: thanks
[1970-01-01 00:00:09+00:00] * Ann asked with a raised hand: Still? / 2 others had the same question / not answered
"
    );
    let csv = export(&history, Export::TranscriptCsv);
    let row = r#""lobby","3","1970-01-01 00:00:03+00:00","question","anonymous","","And how? / 1 other had the same question / not answered","","""#;
    assert!(csv.contains(row), "{csv}");
    let lines = export(&history, Export::TranscriptJsonLines);
    for line in [
        r#"{"type":"hand","room":"lobby","seq":2,"user":{"id":"id-Ann","name":"Ann"},"up":true,"position":1,"question":"Why\n\"so\"?","answered":true,"votes":2,"at":2000}"#,
        r#"{"type":"hand","room":"lobby","seq":3,"up":true,"position":1,"question":"And how?","anonymous":true,"votes":1,"at":3000}"#,
    ] {
        assert!(lines.contains(line), "{lines}");
    }
    for exported in [csv, lines] {
        assert!(
            !exported.contains("id-Bo") && !exported.contains("id-Cy"),
            "{exported}"
        );
    }
}

#[test]
fn what_a_forgotten_person_asked_is_in_no_transcript() {
    let history = TempHistory::new();
    history.run("e", |writer| {
        writer.append(event(1, "Bo", up(Some("And how?"), false)));
        writer.append(event(2, "Ann", said("hello")));
        let sub = "sub-Bo".into();
        writer.note(Note::Forget { sub });
    });
    let text = export(&history, Export::TranscriptText);
    assert!(
        text.contains("hello") && !text.contains("raised hand"),
        "{text}"
    );
}
