//! What a transaction leaves in memory when it fails or a room goes, and what fails alone in it.

use super::*;
use crate::sqlite::around::Around;
use crate::sqlite::load::load_refs;
use crate::sqlite::row_writer::RowWriter;
use crate::store::queue::Job;
use std::fs;

/// An event of a room.
fn in_room(room: &str, seq: u64, what: EventKind) -> Event {
    Event {
        room: room.into(),
        ..event(seq, "Ann", what)
    }
}

/// Writes jobs as the writing thread does, in the span that ends at `end`.
fn transact(db: &Connection, rows: &mut RowWriter, end: u64, jobs: &[Job], commits: bool) {
    let attempt = Around::transaction(db, |db| {
        rows.begin(db)?;
        (rows.trusted, rows.end_of_grain) = (end - 1, end);
        jobs.iter().try_for_each(|job| rows.write(db, job))?;
        rows.finish(db, 0, 0)?;
        commits.then_some(()).ok_or(rusqlite::Error::InvalidQuery)
    });
    assert_eq!(attempt.is_ok(), commits, "{attempt:?}");
    match commits {
        true => rows.ages.settle(),
        false => rows.clear_cache(),
    }
}

/// Closes the spans that are over at `now`.
fn close(db: &Connection, rows: &mut RowWriter, now: u64) {
    Around::transaction(db, |db| rows.ages.close_before(db, now)).expect("closed");
}

/// The notes of how old the events of all rooms are.
fn ages(db: &Connection) -> Vec<(String, u64, u64)> {
    let sql = "SELECT name, last, at FROM ages JOIN rooms ON id = room ORDER BY name, last";
    let mut ages = db.prepare(sql).expect("a statement");
    let rows = ages.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
    rows.and_then(Iterator::collect).expect("rows")
}

fn message(room: &str, seq: u64) -> Job {
    Job::Event(in_room(room, seq, said("x")))
}

#[test]
fn a_new_room_does_not_inherit_the_age_of_a_removed_one() {
    let history = TempHistory::new();
    let (store, _) = history.open("one");
    let mut rows = RowWriter::new(1, Keep::Forever);
    let old: Vec<Job> = (1..=50).map(|n| message("old", n)).collect();
    transact(&store.db, &mut rows, 1000, &old, true);
    let remove = [Job::Note(Note::RemoveRoom("old".into()))];
    transact(&store.db, &mut rows, 1000, &remove, true);
    // SQLite gives it the row id of the other.
    let new = [message("new", 1)];
    transact(&store.db, &mut rows, 2000, &new, true);
    assert_eq!(ages(&store.db), []);
    close(&store.db, &mut rows, 2000);
    assert_eq!(ages(&store.db), [("new".into(), 1, 2000)]);
}

#[test]
fn a_transaction_that_is_rolled_back_ages_nothing() {
    let history = TempHistory::new();
    let (store, _) = history.open("one");
    let mut rows = RowWriter::new(1, Keep::Forever);
    transact(&store.db, &mut rows, 1000, &[message("lobby", 1)], true);
    transact(&store.db, &mut rows, 2000, &[message("lobby", 2)], false);
    assert_eq!(ages(&store.db), []);
    transact(&store.db, &mut rows, 2000, &[message("lobby", 2)], true);
    assert_eq!(ages(&store.db), [("lobby".into(), 1, 1000)]);
    close(&store.db, &mut rows, 2000);
    assert_eq!(ages(&store.db).last(), Some(&("lobby".into(), 2, 2000)));
}

#[test]
fn refs_of_many_rooms_are_loaded_up_to_the_bound_and_not_beyond() {
    let history = TempHistory::new();
    history.run("one", |writer| {
        for room in ["one", "two", "three", "four"] {
            for seq in 1..=4 {
                writer.append(Event {
                    reference: Some(Json::quote(&format!("{room} {seq}"))),
                    ..in_room(room, seq, said("x"))
                });
            }
        }
    });
    let (store, _) = history.open("two");
    for most in 0..=17 {
        let refs = load_refs(&store.db, 0, most).expect("loaded");
        assert_eq!(refs.len(), most.min(16));
    }
}

/// Writes over the page that a table begins with.
fn spoil(history: &TempHistory, table: &str) {
    let root = format!("SELECT rootpage FROM sqlite_schema WHERE name = '{table}'");
    let root = number(&Connection::open(&history.path).expect("a file"), &root) as usize;
    let mut bytes = fs::read(&history.path).expect("a file");
    bytes[(root - 1) * 4096..root * 4096].fill(0xa5);
    fs::write(&history.path, bytes).expect("written");
}

/// Every kind of note, for Ann in the lobby.
fn notes() -> Vec<Note> {
    let audit = Audit {
        at: 1,
        by: author("Lin"),
        action: "mute".into(),
        target: Some(author("Ann")),
        room: Some("lobby".into()),
        reason: None,
        until: None,
    };
    let (room, by, at): (Arc<str>, _, _) = ("lobby".into(), author("New"), 1);
    vec![
        Note::Enter {
            room: Arc::clone(&room),
            connection: 1,
            by: Arc::clone(&by),
            device: None,
            at,
        },
        Note::Leave {
            room,
            connection: 1,
            at,
        },
        Note::Exam {
            by,
            task: 1,
            passed: true,
            at,
        },
        Note::Audit(Box::new(audit)),
        Note::Forget {
            sub: "sub-Bo".into(),
        },
        Note::RemoveRoom("other".into()),
    ]
}

#[test]
fn messages_are_stored_although_a_table_that_they_do_not_need_is_damaged() {
    for table in [
        "audit",
        "visits",
        "visits_open",
        "tasks",
        "ages",
        "reactions",
    ] {
        let history = TempHistory::with(&[
            event(1, "Ann", said("first")),
            in_room("other", 1, said("of another room")),
        ]);
        spoil(&history, table);
        let (store, _) = open(&StoreOptions {
            keep: Keep::For(Duration::from_secs(60)),
            ..history.options("two")
        })
        .expect(table);
        let (mut writer, reader, threads) = store.start(|_| {}).expect("started");
        let mut seq = 1;
        for note in notes() {
            writer.note(note);
            for what in [said("a message"), react(1, "👍"), edit(1, "anew")] {
                seq += 1;
                writer.append(event(seq, "Ann", what));
            }
            writer.send();
            until(|| writer.waiting() == 0);
            assert!(writer.check().is_ok(), "{table}");
        }
        writer.note(Note::EndLesson { rooms: None });
        drop((writer, reader));
        assert!(threads.join(), "{table}");
        let archive = history.archive();
        let stored = number(archive.db(), "SELECT max(seq) FROM events WHERE room = 1");
        assert_eq!(stored as u64, seq, "{table}");
        let first = archive.message("lobby", 1).expect("read").expect("stored");
        assert_eq!(first.text, Some(Json::quote("anew")), "{table}");
        let other = "SELECT count(*) FROM rooms WHERE name = 'other'";
        assert_eq!(number(archive.db(), other), 0, "{table}");
    }
}

#[test]
fn messages_are_stored_although_others_can_be_neither_changed_nor_erased() {
    let long = |n: u64| said(&format!("number {n} {}", "x".repeat(900)));
    let mut events: Vec<Event> = (1..=40).map(|n| event(n, "Ann", long(n))).collect();
    events.extend((1..=40).map(|n| in_room("other", n, long(n + 40))));
    let history = TempHistory::with(&events);
    let mut bytes = fs::read(&history.path).expect("a file");
    for text in ["number 20 ", "number 60 "] {
        let at = bytes
            .windows(text.len())
            .position(|at| at == text.as_bytes());
        let page = at.expect("the text") / 4096 * 4096;
        bytes[page..page + 4096].fill(0xa5);
    }
    fs::write(&history.path, bytes).expect("written");
    let (store, _) = history.open("two");
    let (mut writer, reader, threads) = store.start(|_| {}).expect("started");
    let changes = [
        edit(20, "anew"),
        EventKind::Delete {
            of: 20,
            purge: true,
        },
        react(20, "👍"),
    ];
    for (seq, what) in (41..).zip(changes) {
        writer.append(event(seq, "Ann", what));
    }
    let sub = "sub-Ann".into();
    for note in [Note::RemoveRoom("other".into()), Note::Forget { sub }] {
        writer.note(note);
        writer.send();
        until(|| writer.waiting() == 0);
    }
    // Another room of that name begins anew.
    writer.append(in_room("other", 1, said("begins")));
    writer.append(event(44, "Ann", said("the last")));
    drop((writer, reader));
    assert!(threads.join());
    let page = history.archive().page("other", 99, 100).expect("a page");
    assert_eq!(page.items.len(), 1);
    let archive = history.archive();
    let item = archive.message("lobby", 44).expect("read").expect("stored");
    assert_eq!(item.text, Some(Json::quote("the last")));
}
