//! Records of the rules of a class: over restarts, and when a person is forgotten.

use super::*;
use crate::model::time::Ticks;
use crate::sqlite::records;
use crate::store::record::{Record, RecordChange, RecordKind};

const MINUTE: u64 = 60_000;

fn mute(id: &str, until: Option<Ticks>) -> Note {
    Note::Record(RecordChange::Keep(Box::new(Record {
        kind: RecordKind::Mute,
        id: id.into(),
        by: author("Lin"),
        target: Some(author("Bo")),
        room: None,
        until,
        body: format!("{{\"n\":{id}}}").into(),
    })))
}

fn left(record: &Record) -> Option<u64> {
    record.until.map(|until| until.since(Ticks::now()))
}

#[test]
fn what_is_left_of_a_record_counts_on_after_a_restart_and_what_is_over_is_gone() {
    let history = TempHistory::new();
    let now = Ticks::now();
    history.run("one", |writer| {
        writer.note(mute("1", None));
        writer.note(mute("2", Some(now.after(10 * MINUTE))));
        writer.note(mute("3", Some(now.after(20 * MINUTE))));
        writer.note(mute("3", Some(now.after(5 * MINUTE))));
        writer.note(mute("4", Some(now.after(5 * MINUTE))));
        writer.note(Note::Record(RecordChange::Drop(
            RecordKind::Mute,
            "4".into(),
        )));
        writer.note(mute("5", Some(now)));
    });
    // Another process would have a clock of its own.
    let db = Connection::open(&history.path).expect("a file");
    db.execute("UPDATE records SET until = until + 123456789", [])
        .expect("moved");
    let (_, opened) = history.open("two");
    let ids: Vec<&str> = opened.records.iter().map(|record| &*record.id).collect();
    assert_eq!(ids, ["1", "2", "3"]);
    assert_eq!(left(&opened.records[0]), None);
    for (record, minutes) in [(1, 10), (2, 5)] {
        let left = left(&opened.records[record]).expect("it ends");
        let most = minutes * MINUTE;
        assert!(left <= most && left > most - MINUTE, "{left} of {most}");
    }
    let first = &opened.records[0];
    assert_eq!((&first.by, &*first.body), (&author("Lin"), "{\"n\":1}"));
    assert_eq!(first.target, Some(author("Bo")));
}

#[test]
fn the_end_of_a_record_stays_the_same_moment_until_the_machine_starts_again() {
    let history = TempHistory::new();
    let now = Ticks::now();
    history.run("one", |writer| {
        writer.note(mute("1", Some(now.after(10 * MINUTE))));
    });
    let db = Connection::open(&history.path).expect("a file");
    // As a crash leaves it: half a minute has passed since what was left was noted.
    db.execute("UPDATE records SET remaining = remaining + 30000", [])
        .expect("noted");
    let begun = |boot: Option<&str>| {
        records::begin(&db, boot).expect("begun");
        let records = records::load(&db).expect("read");
        left(&records[0]).expect("it ends")
    };
    let most = 10 * MINUTE;
    let boot = records::boot_id();
    let left = begun(boot.as_deref());
    assert!(left <= most && left > most - 20_000, "{left}");
    // The clock of the machine has begun anew.
    let left = begun(Some("another"));
    assert!(left > most && left <= most + 30_000, "{left}");
    let left = begun(None);
    assert!(left > most && left <= most + 30_000, "{left}");
}

#[test]
fn who_is_forgotten_is_still_bound_but_has_no_name() {
    let history = TempHistory::new();
    history.run("one", |writer| {
        writer.note(mute("1", None));
        writer.append(event(1, "Bo", said("hello")));
        let sub = "sub-Bo".into();
        writer.note(Note::Forget { sub });
    });
    assert!(!on_disk(&history, "sub-Bo"));
    let (_, opened) = history.open("two");
    let record = &opened.records[0];
    assert_eq!(record.by, author("Lin"));
    assert_eq!(record.target.as_deref(), Some(&Author::nobody()));
}

#[test]
fn a_record_that_binds_outlives_what_keep_erases() {
    let history = TempHistory::new();
    let lesson = StoreOptions {
        keep: Keep::Lesson,
        ..history.options("one")
    };
    history.run_with(&lesson, |writer| {
        writer.note(mute("1", None));
        writer.append(event(1, "Bo", said("hello")));
        writer.note(Note::EndLesson { rooms: None });
    });
    let (_, opened) = history.open("two");
    assert_eq!(opened.records.len(), 1);
    assert_eq!(opened.rooms[0].newest.len(), 0);
}

#[test]
fn votes_and_sums_of_a_poll_have_the_time_at_which_it_was_opened() {
    let history = TempHistory::new();
    let record = |kind, id: &str| {
        Note::Record(RecordChange::Keep(Box::new(Record {
            kind,
            id: id.into(),
            by: author("Lin"),
            target: None,
            room: Some("lobby".into()),
            until: None,
            body: "{}".into(),
        })))
    };
    history.run("one", |writer| {
        writer.note(record(RecordKind::Poll, "4 lobby"));
    });
    let db = Connection::open(&history.path).expect("a file");
    db.execute("UPDATE records SET kept = 7", [])
        .expect("opened long ago");
    history.run("two", |writer| {
        writer.note(record(RecordKind::Ballot, "4 id-Bo lobby"));
        writer.note(record(RecordKind::PollSums, "4 lobby"));
        writer.note(record(RecordKind::Poll, "4 lobby"));
        writer.note(record(RecordKind::Hand, "5 lobby"));
    });
    let of_the_poll: i64 = db
        .query_row("SELECT count(*) FROM records WHERE kept = 7", [], |row| {
            row.get(0)
        })
        .expect("a number");
    assert_eq!(of_the_poll, 3);
}
