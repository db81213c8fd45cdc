//! Private messages: read by those whom they concern, and erased with their people and the lesson.

use super::*;
use crate::model::json::Json;
use crate::sqlite::whispers;
use crate::store::whisper::{
    Conversation, Since, Whisper, WhisperPage, WhisperQuery, WhisperReader, With,
};

fn note(id: u64, from: &str, to: Option<&str>, text: &str) -> Note {
    let sub = |name: &str| format!("sub-{name}");
    Note::Whisper(Box::new(Whisper {
        id,
        room: "lobby".into(),
        conversation: match to {
            Some(to) => Conversation::between(&sub(from), &sub(to)),
            None => Conversation::with_hosts(&sub(from)),
        },
        from: author(from),
        to: to.map(author),
        text: Json::quote(text),
        at: id * 1000,
    }))
}

fn read(history: &TempHistory, name: &str, teaches: bool, with: Option<With>) -> WhisperPage {
    let query = WhisperQuery {
        reader: WhisperReader {
            sub: format!("sub-{name}").into(),
            rooms: Some(vec!["lobby".into()]),
            teaches,
            since: Since::EVER,
        },
        with,
        before: u64::MAX,
        limit: 10,
    };
    whispers::read(history.archive().db(), &query).expect("read")
}

fn ids(page: &WhisperPage) -> Vec<u64> {
    page.items.iter().map(|item| item.whisper.id).collect()
}

fn person(name: &str) -> Option<With> {
    Some(With::Person(format!("id-{name}").into()))
}

#[test]
fn each_reads_their_own_and_the_numbers_go_on_after_a_restart() {
    let history = TempHistory::new();
    history.run("one", |writer| {
        writer.note(note(1, "Ann", None, "to all who teach"));
        writer.note(note(2, "Ann", Some("Mo"), "to \"Mo\""));
        writer.note(note(3, "Bo", None, "another"));
        writer.note(note(4, "Lin", Some("Ann"), "from Lin"));
        writer.note(Note::WhispersRead {
            reader: "sub-Lin".into(),
            counterpart: "sub-Ann".into(),
            seen: 1,
        });
    });
    let (_, opened) = history.open("two");
    assert_eq!(opened.last_whisper, 4);
    assert_eq!(ids(&read(&history, "Ann", false, Some(With::Hosts))), [1]);
    assert_eq!(ids(&read(&history, "Ann", false, None)), [4, 2, 1]);
    assert_eq!(ids(&read(&history, "Lin", true, person("Ann"))), [1, 4]);
    assert_eq!(ids(&read(&history, "Bo", false, person("Ann"))), [0; 0]);
    let mo = read(&history, "Mo", false, person("Ann"));
    assert_eq!(mo.items[0].whisper.text, Json::quote("to \"Mo\""));
    let inbox = read(&history, "Lin", true, None);
    let unread: Vec<_> = inbox.items.iter().map(|item| item.unread).collect();
    assert_eq!((ids(&inbox), unread), (vec![4, 3], vec![Some(0), Some(1)]));
}

#[test]
fn they_are_erased_with_either_person_and_with_the_lesson() {
    let history = TempHistory::new();
    let lesson = StoreOptions {
        keep: Keep::Lesson,
        ..history.options("one")
    };
    history.run_with(&lesson, |writer| {
        writer.note(note(1, "Ann", None, "kept by Ann"));
        writer.note(note(2, "Bo", None, "written by Bo"));
        writer.note(note(3, "Lin", Some("Bo"), "written to Bo"));
        let sub = "sub-Bo".into();
        writer.note(Note::Forget { sub });
    });
    for gone in ["written by Bo", "written to Bo", "sub-Bo"] {
        assert!(!on_disk(&history, gone), "{gone}");
    }
    assert_eq!(ids(&read(&history, "Lin", true, None)), [1]);
    let lesson = StoreOptions {
        keep: Keep::Lesson,
        ..history.options("two")
    };
    history.run_with(&lesson, |writer| {
        writer.note(Note::EndLesson { rooms: None });
    });
    assert!(!on_disk(&history, "kept by Ann"));
    assert_eq!(ids(&read(&history, "Lin", true, None)), [0; 0]);
}

#[test]
fn the_end_of_a_lesson_of_one_class_erases_the_private_messages_of_its_rooms() {
    let history = TempHistory::new();
    let lesson = StoreOptions {
        keep: Keep::Lesson,
        ..history.options("one")
    };
    let read_by = |reader: &str, counterpart: &str, seen| Note::WhispersRead {
        reader: format!("sub-{reader}").into(),
        counterpart: counterpart.into(),
        seen,
    };
    history.run_with(&lesson, |writer| {
        writer.note(note(1, "Bo", None, "in the lobby"));
        let Note::Whisper(mut other) = note(2, "Ann", Some("Lin"), "in the lab") else {
            return;
        };
        other.room = "lab".into();
        writer.note(Note::Whisper(other));
        writer.note(read_by("Lin", "sub-Ann", 2));
        writer.note(read_by("Lin", "sub-Bo", 1));
        writer.note(read_by("Bo", "", 1));
        let rooms = Some(vec!["lobby".into()]);
        writer.note(Note::EndLesson { rooms });
    });
    assert!(!on_disk(&history, "in the lobby"));
    assert!(on_disk(&history, "in the lab"));
    let archive = history.archive();
    let mut reads = archive
        .db()
        .prepare("SELECT reader, seen FROM whisper_reads WHERE reader <> ''")
        .unwrap();
    let reads = reads
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    let reads: Vec<(String, u64)> = reads.map(Result::unwrap).collect();
    assert_eq!(reads, [("sub-Lin".to_owned(), 2)]);
}

#[test]
fn no_number_is_given_again_when_everything_was_erased() {
    let history = TempHistory::new();
    let lesson = |epoch| StoreOptions {
        keep: Keep::Lesson,
        ..history.options(epoch)
    };
    history.run_with(&lesson("one"), |writer| {
        writer.note(note(1, "Bo", None, "hello"));
        writer.note(note(2, "Bo", None, "again"));
        writer.note(Note::EndLesson { rooms: None });
    });
    let opened = history.run_with(&lesson("two"), |_| {});
    assert_eq!(opened.last_whisper, 2);
}
