//! Deleting, purging, forgetting, and the end of the retention.

use super::*;
use crate::model::time::unix_millis;

#[test]
fn a_deleted_text_is_hidden_and_a_purged_text_is_not_on_the_disk() {
    let history = TempHistory::new();
    let (store, _) = history.open("one");
    let (mut writer, _, threads) = store.start(|_| {}).expect("started");
    writer.append(event(1, "Ann", said("kept but hidden")));
    writer.append(event(2, "Ann", said("erased for good")));
    writer.append(event(3, "Ann", edit(2, "erased as well")));
    for n in 4..=100 {
        writer.append(event(n, "Ann", said("more")));
    }
    writer.send();
    until(|| writer.waiting() == 0);
    assert!(on_disk(&history, "erased for good") && on_disk(&history, "erased as well"));
    writer.append(event(
        101,
        "Ann",
        EventKind::Delete {
            of: 1,
            purge: false,
        },
    ));
    writer.append(event(102, "Lin", EventKind::Delete { of: 2, purge: true }));
    drop(writer);
    assert!(threads.join());
    assert!(!on_disk(&history, "erased for good") && !on_disk(&history, "erased as well"));
    assert!(on_disk(&history, "kept but hidden"));
    let (_, opened) = history.open("two");
    let texts = opened.rooms[0]
        .newest
        .iter()
        .take(3)
        .map(|event| event.json());
    for json in texts {
        let json = String::from_utf8(json).expect("text");
        assert!(!json.contains("text"), "{json}");
    }
    assert!(opened.refs.is_empty());
}

#[test]
fn an_erased_person_leaves_numbered_events_without_text() {
    let history = TempHistory::new();
    history.run("one", |writer| {
        let mut first = event(1, "Ann", said("what Ann said"));
        first.reference = Some("r".into());
        writer.append(first);
        writer.append(event(2, "Bo", said("what Bo said")));
        writer.append(event(3, "Ann", edit(1, "what Ann meant")));
        writer.append(event(4, "Ann", react(2, "👍")));
        writer.append(event(5, "Bo", react(2, "❤")));
        writer.note(Note::Enter {
            room: "lobby".into(),
            connection: 1,
            by: author("Ann"),
            at: 1,
        });
        let audit = |by: &str, target: &str| Audit {
            at: 5,
            by: author(by),
            action: "mute".into(),
            target: Some(author(target)),
            room: None,
            reason: None,
            until: None,
        };
        writer.note(Note::Audit(Box::new(audit("Lin", "Ann"))));
        writer.note(Note::Audit(Box::new(audit("Lin", "Bo"))));
        for who in ["Ann", "Bo"] {
            let by = author(who);
            writer.note(Note::Exam {
                by,
                task: 2,
                passed: true,
                at: 6,
            });
        }
    });
    for who in ["sub-Ann", "id-Ann", "Ann"] {
        let found = erase::find_people(&history.path, who).expect("read");
        assert_eq!(found, [(*author("Ann")).clone()], "{who}");
    }
    assert!(
        erase::find_people(&history.path, "ann")
            .expect("read")
            .is_empty()
    );
    let (store, _) = history.open("two");
    let (mut writer, _, threads) = store.start(|_| {}).expect("started");
    writer.append(event(6, "Ann", said("before")));
    writer.send();
    until(|| writer.waiting() == 0);
    // While the server runs and the same person is in it.
    assert!(matches!(
        erase::erase_person_in_file(&history.path, "sub-Ann"),
        Err(StoreError::InUse { .. })
    ));
    let erased = erase::erase_beside_others(&history.path, "sub-Ann").expect("erased");
    assert_eq!(
        erased,
        erase::Erased {
            events: 4,
            visits: 1,
            audit: 1,
            tasks: 1
        }
    );
    writer.append(event(7, "Ann", said("here again")));
    drop(writer);
    assert!(threads.join());
    for trace in ["what Ann said", "what Ann meant", "before"] {
        assert!(!on_disk(&history, trace), "{trace}");
    }
    let archive = history.archive();
    let events = archive
        .events_after("lobby", 0, 99)
        .expect("read")
        .expect("no gap");
    assert_eq!(events.len(), 7);
    assert_eq!(*events[0].by, Author::nobody());
    assert_eq!(*events[6].by, *author("Ann"), "not a name that is gone");
    let items = archive.page("lobby", 99, 9).expect("a page").items;
    assert!(items[0].deleted());
    assert_eq!(items[1].reactions.len(), 1, "Bo's own");
    assert_eq!(number(archive.db(), "SELECT count(*) FROM audit"), 1);
    assert_eq!(number(archive.db(), "SELECT count(*) FROM tasks"), 1);
}

#[test]
fn old_history_is_erased_and_numbers_continue() {
    let history = TempHistory::new();
    let now = unix_millis();
    let day = 24 * 60 * 60 * 1000;
    history.run_with(
        &StoreOptions {
            now: now - 40 * day,
            ..history.options("one")
        },
        |writer| {
            for seq in 1..=5000 {
                let at = now - 40 * day;
                writer.append(Event {
                    at,
                    ..event(seq, "Ann", said("long ago"))
                });
            }
            writer.append(Event {
                at: now - 39 * day,
                ..event(5001, "Lin", EventKind::Pin { of: Some(7) })
            });
            writer.append(Event {
                at: now - day,
                ..event(5002, "Bo", said("yesterday"))
            });
            let room: Arc<str> = "lobby".into();
            writer.note(Note::Enter {
                room: room.clone(),
                connection: 1,
                by: author("Ann"),
                at: now - 40 * day,
            });
            writer.note(Note::Leave {
                room,
                connection: 1,
                at: now - 40 * day,
            });
        },
    );
    let keep = Keep::For(Duration::from_secs(30 * 24 * 60 * 60));
    let options = StoreOptions {
        keep,
        now,
        ..history.options("two")
    };
    let (store, opened) = open(&options).expect("opened");
    let lobby = &opened.rooms[0];
    assert_eq!(
        (lobby.head, lobby.newest.len()),
        (5002, 1),
        "not even loaded"
    );
    let (writer, reader, threads) = store.start(|_| {}).expect("started");
    let archive = history.archive();
    until(|| number(archive.db(), "SELECT count(*) FROM events") == 1);
    until(|| number(archive.db(), "SELECT count(*) FROM authors") == 1);
    assert_eq!(number(archive.db(), "SELECT count(*) FROM visits"), 0);
    assert_eq!(number(archive.db(), "SELECT pin IS NULL FROM rooms"), 1);
    drop((writer, reader));
    assert!(threads.join());
    // Everything is erased, and the numbers still continue.
    let keep = Keep::For(Duration::from_secs(60));
    let options = StoreOptions {
        keep,
        now,
        ..history.options("three")
    };
    history.run_with(&options, |_| {
        until(|| number(archive.db(), "SELECT count(*) FROM events") == 0);
    });
    let (_, opened) = history.open("four");
    assert_eq!(
        (opened.rooms[0].head, opened.rooms[0].newest.len()),
        (5002, 0)
    );
}

#[test]
fn the_end_of_a_lesson_erases_it_if_so_configured() {
    for (keep, left) in [(Keep::Lesson, 0), (Keep::Forever, 1)] {
        let history = TempHistory::new();
        history.run_with(
            &StoreOptions {
                keep,
                ..history.options("one")
            },
            |writer| {
                writer.append(event(1, "Ann", said("during the lesson")));
                writer.note(Note::EndLesson);
            },
        );
        assert_eq!(on_disk(&history, "during the lesson"), left > 0);
        let (_, opened) = history.open("two");
        assert_eq!(
            (opened.rooms[0].head, opened.rooms[0].newest.len()),
            (1, left)
        );
    }
}
