use super::*;
use crate::model::event::EventKind;
use crate::model::event::samples::*;
use crate::model::poll::{Outcome, Question};
use crate::sqlite::tests::TempHistory;
use crate::store::queue::Note;
use std::sync::Arc;

fn history() -> TempHistory {
    let history = TempHistory::new();
    history.run("e", |writer| {
        let room: Arc<str> = "lobby".into();
        let enter = |connection, name, at| Note::Enter {
            room: room.clone(),
            connection,
            by: author(name),
            device: None,
            at,
        };
        let leave = |connection, at| Note::Leave {
            room: room.clone(),
            connection,
            at,
        };
        writer.note(enter(1, "Ann", 500));
        writer.append(event(1, "Ann", said("hello")));
        writer.append(event(2, "Lin", said("=1+1")));
        writer.note(enter(2, "Bo", 2500));
        writer.note(enter(3, "Bo", 2600));
        writer.append(event(3, "Bo", said("two\nlines")));
        writer.append(event(4, "Bo", said("never said")));
        writer.append(event(5, "Ann", edit(1, "hello \"all\"")));
        writer.append(event(
            6,
            "Bo",
            EventKind::Delete {
                of: 4,
                purge: false,
            },
        ));
        writer.note(leave(2, 6500));
        writer.append(event(7, "Ann", react(3, "👍")));
        writer.note(leave(3, 7500));
    });
    history
}

fn export(history: &TempHistory, span: &Span<'_>, format: Format) -> String {
    let mut out = Vec::new();
    write(&history.archive(), span, format, Zone::default(), &mut out).expect("written");
    String::from_utf8(out).expect("text")
}

#[test]
fn a_text_transcript_has_messages_joins_and_leaves() {
    let text = "\
# lobby
[1970-01-01 00:00:00+00:00] * Ann joined
[1970-01-01 00:00:01+00:00] Ann: hello \"all\" (edited)
[1970-01-01 00:00:02+00:00] Lin: =1+1
[1970-01-01 00:00:02+00:00] * Bo joined
[1970-01-01 00:00:03+00:00] Bo: two
    lines
[1970-01-01 00:00:04+00:00] Bo: (deleted)
[1970-01-01 00:00:07+00:00] * Bo left
";
    let mut exported = export(&history(), &Span::default(), Format::Text);
    // Ann left when the server ended, by the real clock.
    let end = exported.rfind('[').expect("a last line");
    assert!(exported.split_off(end).ends_with("* Ann left\n"));
    assert_eq!(exported, text);
}

#[test]
fn a_span_limits_room_and_time() {
    let span = Span {
        room: Some("lobby"),
        from: Some(2000),
        to: Some(3001),
        ..Span::default()
    };
    let lines = export(&history(), &span, Format::JsonLines);
    let expected = r#"{"type":"message","room":"lobby","seq":2,"from":{"id":"id-Lin","name":"Lin","role":"host"},"text":"=1+1","at":2000}
{"type":"joined","room":"lobby","from":{"id":"id-Bo","name":"Bo"},"at":2500}
{"type":"message","room":"lobby","seq":3,"from":{"id":"id-Bo","name":"Bo"},"text":"two\nlines","at":3000,"reactions":{"👍":["id-Ann"]}}
"#;
    assert_eq!(lines, expected);
    let nowhere = Span {
        room: Some("nowhere"),
        ..span
    };
    assert_eq!(export(&history(), &nowhere, Format::JsonLines), "");
}

#[test]
fn csv_cells_are_escaped() {
    let lines = export(
        &history(),
        &Span {
            to: Some(2001),
            ..Span::default()
        },
        Format::Csv,
    );
    let expected = "\u{feff}\"room\",\"seq\",\"time\",\"what\",\"name\",\"id\",\"text\",\"edited\",\"reply to\"\r
\"lobby\",\"\",\"1970-01-01 00:00:00+00:00\",\"joined\",\"Ann\",\"id-Ann\",\"\",\"\",\"\"\r
\"lobby\",\"1\",\"1970-01-01 00:00:01+00:00\",\"message\",\"Ann\",\"id-Ann\",\"hello \"\"all\"\"\",\"1970-01-01 00:00:05+00:00\",\"\"\r
\"lobby\",\"2\",\"1970-01-01 00:00:02+00:00\",\"message\",\"Lin\",\"id-Lin\",\"'=1+1\",\"\",\"\"\r
";
    assert_eq!(lines, expected);
}

#[test]
fn nobody_forges_a_line() {
    let forged = "hi\u{2028}[1970-01-01 00:00:09] Lin: yes\u{85}\"lobby\",\"9\"";
    let history = TempHistory::with(&[
        event(1, "Ann: I agree", said("x")),
        event(2, "* Lin joined\u{2029}[", said(forged)),
        event(3, "Bo", said("(deleted)")),
        event(4, "Bo", said("well (edited)")),
    ]);
    let text = export(&history, &Span::default(), Format::Text);
    assert_eq!(
        text,
        "\
# lobby
[1970-01-01 00:00:01+00:00] \"Ann: I agree\": x
[1970-01-01 00:00:02+00:00] \"* Lin joined\\u{2029}[\": hi
    [1970-01-01 00:00:09] Lin: yes
    \"lobby\",\"9\"
[1970-01-01 00:00:03+00:00] Bo: \"(deleted)\"
[1970-01-01 00:00:04+00:00] Bo: \"well (edited)\"
"
    );
    let csv = export(&history, &Span::default(), Format::Csv);
    let row = r#""lobby","2","1970-01-01 00:00:02+00:00","message","* Lin joined\u{2029}[","#;
    assert!(csv.contains(row), "{csv}");
    let lines = export(&history, &Span::default(), Format::JsonLines);
    assert!(
        !lines.contains(['\u{2028}', '\u{2029}', '\u{85}']),
        "{lines}"
    );
    assert_eq!(lines.lines().count(), 4);
}

#[test]
fn a_long_history_is_read_in_batches() {
    let history = TempHistory::new();
    history.run("e", |writer| {
        for n in 1..=1200 {
            writer.append(event(n, "Ann", said("x")));
            let (room, by) = (Arc::from("lobby"), author("Bo"));
            writer.note(Note::Enter {
                room,
                connection: n,
                by,
                device: None,
                at: n * 1000,
            });
            writer.note(Note::Leave {
                room: "lobby".into(),
                connection: n,
                at: n * 1000,
            });
        }
    });
    let lines = export(&history, &Span::default(), Format::JsonLines);
    let count = |what: &str| lines.lines().filter(|line| line.contains(what)).count();
    assert_eq!(
        (count("message"), count("joined"), count("left")),
        (1200, 1200, 1200)
    );
}

#[test]
fn polls_stand_where_they_were_asked_and_closed() {
    let asked = Question {
        question: "Did you\u{2028}follow?".into(),
        choices: vec!["yes".into(), "=no".into()],
        multiple: false,
        anonymous: true,
    };
    let outcome = |closing, closed, published| EventKind::PollOutcome {
        of: 2,
        closing,
        outcome: Some(Arc::new(Outcome {
            asked_by: "id-Lin".into(),
            asked: asked.clone(),
            closed,
            published,
            count: 3,
            votes: vec![2, 1],
        })),
    };
    let history = TempHistory::with(&[
        event(1, "Ann", said("before")),
        event(2, "Lin", EventKind::Poll(Some(Arc::new(asked.clone())))),
        event(3, "Ann", said("between")),
        event(4, "Lin", outcome(true, true, false)),
        event(5, "Lin", outcome(false, true, true)),
        event(6, "Lin", EventKind::Poll(None)),
    ]);
    let text = export(&history, &Span::default(), Format::Text);
    let expected = "\
# lobby
[1970-01-01 00:00:01+00:00] Ann: before
[1970-01-01 00:00:02+00:00] * Lin asked: Did you\\u{2028}follow? / yes / =no
[1970-01-01 00:00:03+00:00] Ann: between
[1970-01-01 00:00:04+00:00] * Lin closed the poll: Did you\\u{2028}follow? / 2 yes / 1 =no / 3 persons voted
[1970-01-01 00:00:06+00:00] * Lin asked: (purged)
";
    assert_eq!(text, expected);
    let csv = export(&history, &Span::default(), Format::Csv);
    let row = r#""lobby","4","1970-01-01 00:00:04+00:00","poll result","Lin","id-Lin","Did you\u{2028}follow? / 2 yes / 1 =no / 3 persons voted","","2""#;
    assert!(csv.contains(row), "{csv}");
    let lines = export(&history, &Span::default(), Format::JsonLines);
    let closed = lines.lines().find(|line| line.contains("poll_closed"));
    let closed: serde_json::Value =
        serde_json::from_str(closed.expect("a line")).expect("an object");
    assert_eq!(
        (&closed["votes"], &closed["of"]),
        (&[2, 1].into(), &2.into())
    );
    let span = Span {
        from: Some(3500),
        to: Some(4500),
        ..Span::default()
    };
    let lines = export(&history, &span, Format::JsonLines);
    assert_eq!(lines.lines().count(), 1, "{lines}");
}
