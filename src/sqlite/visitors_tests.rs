//! Tests of `visitors.rs`.

use super::*;
use crate::model::event::Author;
use crate::model::event::samples::author;
use crate::sqlite::tests::TempHistory;
use crate::store::queue::Note;
use std::sync::Arc;

fn enter(room: &str, name: &str, connection: u64, at: Millis) -> Note {
    Note::Enter {
        room: room.into(),
        connection,
        by: author(name),
        device: (name == "Ann").then(|| "tablet".into()),
        at,
    }
}

fn leave(room: &str, connection: u64, at: Millis) -> Note {
    Note::Leave {
        room: room.into(),
        connection,
        at,
    }
}

#[test]
fn those_who_were_here_lately_are_known_with_their_rooms_the_last_to_leave_first() {
    let history = TempHistory::new();
    let renamed = Author {
        name: "Ann 2".into(),
        ..Author::clone(&author("Ann"))
    };
    let long_ago = KNOWN_FOR;
    history.run("old", |writer| {
        for note in [
            enter("lobby", "Old", 9, 10),
            leave("lobby", 9, 20),
            enter("lobby", "Ann", 1, long_ago),
            enter("maths", "Ann", 1, long_ago + 10),
            enter("lobby", "Bo", 2, long_ago + 20),
            leave("maths", 1, long_ago + 30),
            leave("lobby", 1, long_ago + 40),
            leave("lobby", 2, long_ago + 50),
            Note::Enter {
                room: "lobby".into(),
                connection: 3,
                by: Arc::new(renamed.clone()),
                device: Some("phone".into()),
                at: long_ago + 60,
            },
            leave("lobby", 3, long_ago + 70),
        ] {
            writer.note(note);
        }
    });
    let archive = history.archive();
    let found = load(archive.db(), long_ago + 100).expect("loaded");
    let ann = Visitor {
        who: renamed,
        device: Some("phone".into()),
        rooms: vec!["lobby".into(), "maths".into()],
        left: long_ago + 70,
    };
    let bo = Visitor {
        who: Author::clone(&author("Bo")),
        device: None,
        rooms: vec!["lobby".into()],
        left: long_ago + 50,
    };
    assert_eq!(found, [ann, bo], "and nobody who left a week before");
    assert_eq!(
        load(archive.db(), 3 * KNOWN_FOR).expect("loaded"),
        [],
        "a week later nobody is known"
    );
}
