//! Deleting, purging, forgetting, and the end of the retention.

use super::*;
use crate::model::time::unix_millis;
use crate::sqlite::people;

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
    // A checkpoint may move it from file to file while they are read.
    until(|| on_disk(&history, "erased as well"));
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
        first.reference = Some(Json::quote("r"));
        writer.append(first);
        writer.append(event(2, "Bo", said("what Bo said")));
        writer.append(event(3, "Ann", edit(1, "what Ann meant")));
        writer.append(event(4, "Ann", react(2, "👍")));
        writer.append(event(5, "Bo", react(2, "❤")));
        writer.note(Note::Enter {
            room: "lobby".into(),
            connection: 1,
            by: author("Ann"),
            device: None,
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
        let found = people::find_people(&history.path, who).expect("read");
        assert_eq!(found, [(*author("Ann")).clone()], "{who}");
    }
    assert!(
        people::find_people(&history.path, "ann")
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

const DAY: u64 = 24 * 60 * 60 * 1000;
const KEEP: Keep = Keep::For(Duration::from_secs(30 * 24 * 60 * 60));

/// Changes the file while no server uses it.
fn change(history: &TempHistory, sql: &str) {
    let db = connect(&history.path).expect("opened");
    db.execute_batch(sql).expect(sql);
}

/// Makes everything in a history as old as the newest event.
const YOUNG: &str = "
    UPDATE ages SET at = (SELECT max(at) FROM ages);
    UPDATE visits SET kept = (SELECT max(at) FROM ages);
    UPDATE authors SET used = (SELECT max(at) FROM ages);";

/// A history whose events and visit, up to number `old`, were written 40 days before the others.
fn aged_history(old: u64) -> TempHistory {
    let history = TempHistory::new();
    let now = unix_millis();
    let options = StoreOptions {
        now,
        ..history.options("long ago")
    };
    history.run_with(&options, |writer| {
        let room: Arc<str> = "lobby".into();
        writer.note(Note::Enter {
            room: room.clone(),
            connection: 1,
            by: author("Ann"),
            device: None,
            at: now,
        });
        writer.note(Note::Leave {
            room,
            connection: 1,
            at: now,
        });
        for seq in 1..old {
            let what = said("long ago");
            let at = now;
            writer.append(Event {
                at,
                ..event(seq, "Ann", what)
            });
        }
        let pin = EventKind::Pin { of: Some(7) };
        writer.append(Event {
            at: now,
            ..event(old, "Lin", pin)
        });
    });
    let days = 40 * DAY;
    change(
        &history,
        &format!(
            "UPDATE ages SET at = at - {days}; UPDATE visits SET kept = kept - {days};
             UPDATE authors SET used = used - {days};"
        ),
    );
    let options = StoreOptions {
        epoch: "one".into(),
        ..options
    };
    history.run_with(&options, |writer| {
        let at = now;
        writer.append(Event {
            at,
            ..event(old + 1, "Bo", said("now"))
        });
    });
    history
}

#[test]
fn old_history_is_erased_and_numbers_continue() {
    let history = aged_history(5001);
    let options = |keep, epoch: &str| StoreOptions {
        keep,
        now: unix_millis(),
        ..history.options(epoch)
    };
    let (store, _) = open(&options(KEEP, "two")).expect("opened");
    let (reports, told) = crossbeam_channel::unbounded();
    let (writer, reader, threads) = store
        .start(move |report| drop(reports.send(report)))
        .expect("started");
    let archive = history.archive();
    until(|| number(archive.db(), "SELECT count(*) FROM events") == 1);
    until(|| number(archive.db(), "SELECT count(*) FROM authors") == 1);
    assert_eq!(number(archive.db(), "SELECT count(*) FROM visits"), 0);
    assert_eq!(number(archive.db(), "SELECT pin IS NULL FROM rooms"), 1);
    drop((writer, reader));
    assert!(threads.join());
    let erased = told.try_iter().filter_map(|report| match report {
        StoreReport::Erased { room, last } => Some((room, last)),
        _ => None,
    });
    assert_eq!(
        erased.last(),
        Some(("lobby".into(), 5001)),
        "the hub is told"
    );
    // Everything is erased, and the numbers still continue.
    change(&history, &format!("UPDATE ages SET at = at - {DAY}"));
    let minute = Keep::For(Duration::from_secs(60));
    history.run_with(&options(minute, "three"), |_| {
        until(|| number(archive.db(), "SELECT count(*) FROM events") == 0);
    });
    let (_, opened) = history.open("four");
    assert_eq!(
        (opened.rooms[0].head, opened.rooms[0].newest.len()),
        (5002, 0)
    );
}

#[test]
fn a_wrong_clock_at_the_start_erases_nothing_and_hides_nothing() {
    for ahead in [40 * DAY, 400 * DAY, 20_000 * DAY] {
        let history = aged_history(9);
        change(&history, YOUNG);
        let mut reference = event(11, "Ann", said("with a ref"));
        reference.at = unix_millis();
        reference.reference = Some(Json::quote("r"));
        let now = StoreOptions {
            now: unix_millis(),
            ..history.options("two")
        };
        history.run_with(&now, |writer| {
            writer.append(reference);
        });
        let options = StoreOptions {
            keep: KEEP,
            now: unix_millis() + ahead,
            ..history.options("three")
        };
        let before = Archive::open(&history.path).expect("an archive");
        let count = "SELECT count(*) FROM events";
        let all = number(before.db(), count);
        let opened = history.run_with(&options, |writer| {
            // The first maintenance comes before the first commit is looked for again.
            writer.append(event(12, "Ann", said("in the wrong time")));
            writer.send();
            until(|| writer.waiting() == 0);
            writer.append(event(13, "Ann", said("and again")));
        });
        assert_eq!(opened.rooms[0].newest.len(), 11, "all are loaded");
        assert_eq!(opened.refs.len(), 1, "refs, too");
        assert_eq!(number(before.db(), count), all + 2);
        assert_eq!(number(before.db(), "SELECT count(*) FROM visits"), 1);
        assert_eq!(number(before.db(), "SELECT count(*) FROM authors"), 3);
    }
}

#[test]
fn events_of_a_clock_that_was_never_set_stay_and_those_from_elsewhere_go() {
    // 1970, as a computer without a battery says it: the run and its events agree.
    let history = TempHistory::new();
    let options = |epoch: &str, now| StoreOptions {
        keep: KEEP,
        now,
        ..history.options(epoch)
    };
    history.run_with(&options("one", 1000), |writer| {
        for seq in 1..=5 {
            writer.append(event(seq, "Ann", said("in 1970")));
        }
    });
    history.run_with(&options("two", unix_millis()), |writer| {
        writer.append(Event {
            at: unix_millis(),
            ..event(6, "Ann", said("today"))
        });
    });
    let opened = history.run_with(&options("three", unix_millis()), |_| {});
    assert_eq!(opened.rooms[0].newest.len(), 6);
    let mut now = unix_millis();
    // Not even a year later: what is known of them is that they were written in the first run.
    for epoch in ["four", "five"] {
        now += 365 * DAY;
        let opened = history.run_with(&options(epoch, now), |_| {});
        assert_eq!(opened.rooms[0].newest.len(), 6);
    }
}

#[test]
fn events_from_elsewhere_are_as_old_as_the_events_after_them_say() {
    let history = aged_history(9);
    change(&history, YOUNG);
    let options = |epoch: &str| StoreOptions {
        keep: KEEP,
        now: unix_millis(),
        ..history.options(epoch)
    };
    // Their times are from before the run that wrote them.
    let old = unix_millis() - 40 * DAY;
    let since = |seq| format!("UPDATE events SET at = {old} WHERE seq <= {seq}");
    change(&history, &since(9));
    let archive = history.archive();
    let count = "SELECT count(*) FROM events";
    history.run_with(&options("two"), |_| {
        until(|| number(archive.db(), count) == 1);
    });
    // Of those alone nothing is known: a clock 40 days ahead would show the same.
    change(&history, &since(10));
    let opened = history.run_with(&options("three"), |writer| {
        writer.append(event(11, "Ann", said("one")));
        writer.send();
        until(|| writer.waiting() == 0);
        writer.append(event(12, "Ann", said("two")));
    });
    assert_eq!(opened.rooms[0].newest.len(), 1);
    assert_eq!(number(archive.db(), count), 3);
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
                writer.note(Note::EndLesson { rooms: None });
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
