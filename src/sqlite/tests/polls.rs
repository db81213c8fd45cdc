//! Polls on the disk: over restarts, without a trace of earlier sums, and when a person is forgotten.

use super::*;
use crate::model::poll::{Outcome, Question};
use crate::store::record::{Record, RecordChange, RecordKind};

fn asked() -> Question {
    Question {
        question: "Who broke the window?".into(),
        choices: vec!["a".into(), "b".into()],
        multiple: true,
        anonymous: true,
    }
}

fn poll() -> EventKind {
    EventKind::Poll(Some(Arc::new(asked())))
}

/// What came of Lin's poll 1.
fn outcome(closing: bool) -> EventKind {
    EventKind::PollOutcome {
        of: 1,
        closing,
        outcome: Some(Arc::new(Outcome {
            asked_by: "id-Lin".into(),
            asked: asked(),
            closed: true,
            published: !closing,
            count: 2,
            votes: vec![1, 2],
        })),
    }
}

fn record(kind: RecordKind, by: &str, body: &str) -> Note {
    Note::Record(RecordChange::Keep(Box::new(Record {
        kind,
        id: "1 lobby".into(),
        by: author(by),
        target: None,
        room: Some("lobby".into()),
        until: None,
        body: body.into(),
    })))
}

#[test]
fn events_of_polls_are_the_same_after_a_restart() {
    let history = TempHistory::new();
    let events = [
        event(1, "Lin", poll()),
        event(2, "Mo", outcome(true)),
        event(3, "Mo", outcome(false)),
    ];
    history.run("one", |writer| {
        for event in &events {
            writer.append(event.clone());
        }
    });
    let (_, opened) = history.open("two");
    assert_eq!(opened.rooms[0].newest, events);
}

#[test]
fn earlier_sums_of_an_anonymous_poll_are_in_no_file_while_the_server_runs() {
    let history = TempHistory::new();
    let (store, _) = history.open("one");
    let (mut writer, _, threads) = store.start(|_| {}).expect("started");
    let (before, after) = ("sums: 3 and 1", "sums: 3 and 2");
    for body in [before, after] {
        writer.note(record(RecordKind::PollSums, "Lin", body));
        writer.note(record(RecordKind::Ballot, "Ann", "{}"));
        writer.send();
        until(|| writer.waiting() == 0);
    }
    until(|| on_disk(&history, after) && !on_disk(&history, before));
    drop(writer);
    assert!(threads.join());
}

#[test]
fn what_a_forgotten_person_asked_is_erased_although_another_closed_it() {
    let history = TempHistory::new();
    history.run("one", |writer| {
        writer.append(event(1, "Lin", poll()));
        writer.note(record(RecordKind::Poll, "Lin", "Who broke the window?"));
        writer.note(record(RecordKind::Ballot, "Ann", "{}"));
        writer.append(event(2, "Mo", outcome(true)));
        writer.append(event(3, "Mo", outcome(false)));
        writer.append(event(4, "Mo", poll()));
        writer.note(Note::Forget {
            sub: "sub-Lin".into(),
        });
    });
    let (_, opened) = history.open("two");
    let events = &opened.rooms[0].newest;
    assert_eq!(events[0].what, EventKind::Poll(None));
    for (event, closing) in [(&events[1], true), (&events[2], false)] {
        let gone = EventKind::PollOutcome {
            of: 1,
            closing,
            outcome: None,
        };
        assert_eq!((&event.what, &event.by), (&gone, &author("Mo")));
    }
    assert_eq!(events[3].what, poll(), "what another person asked");
    let kinds: Vec<RecordKind> = opened.records.iter().map(|record| record.kind).collect();
    assert_eq!(kinds, [RecordKind::Ballot]);
}
