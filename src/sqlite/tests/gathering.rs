//! Events that are stored together.

use super::*;
use crate::sqlite::gathering::{Gathering, MAX_GROUP};
use std::sync::mpsc;

/// Every row of the events, in every column that says what they are.
fn rows(history: &TempHistory) -> Vec<String> {
    let db = connect(&history.path).expect("a connection");
    let sql = "SELECT concat_ws('|', r.name, seq, kind, at, a.sub, target, reply, ref, text, ifnull(prior, '-'))
               FROM events JOIN rooms r ON r.id = room JOIN authors a ON a.id = author ORDER BY room, seq";
    let mut rows = db.prepare(sql).expect(sql);
    let rows = rows.query_map([], |row| row.get(0)).expect(sql);
    rows.map(|row| row.expect("a row")).collect()
}

/// Messages of several people in two rooms, with other events between them.
fn lively() -> Vec<Event> {
    let mut events = Vec::new();
    for n in 1..=100 {
        let who = ["Ann", "Bo", "Lin"][n as usize % 3];
        let mut next = match n {
            40 => event(n, who, edit(39, "other words")),
            41 => event(n, who, react(1, "👍")),
            _ => event(n, who, said(&format!("number {n}"))),
        };
        next.reference = (n % 2 == 0).then(|| Json::quote(&n.to_string()));
        let mut aside = event(n, who, said("aside"));
        aside.room = "aside".into();
        events.extend([next, aside]);
    }
    events
}

#[test]
fn what_is_stored_together_is_stored_as_one_by_one() {
    let events = lively();
    let together = TempHistory::with(&events);
    let one_by_one = TempHistory::new();
    let options = StoreOptions {
        gather: Duration::ZERO,
        ..one_by_one.options("first")
    };
    one_by_one.run_with(&options, |writer| {
        for event in &events {
            let job = writer.append(event.clone());
            writer.send();
            until(|| writer.committed() == job);
        }
    });
    let rows = rows(&together);
    assert_eq!(rows.len(), events.len());
    assert_eq!(rows, self::rows(&one_by_one));
    let db = connect(&together.path).expect("a connection");
    assert_eq!(number(&db, "SELECT count(*) FROM authors WHERE id > 0"), 3);
}

#[test]
fn events_gather_after_a_commit_for_as_long_as_was_said() {
    let history = TempHistory::new();
    let gather = Duration::from_millis(300);
    let options = StoreOptions {
        gather,
        ..history.options("first")
    };
    let (store, _) = open(&options).expect("opened");
    let (reports, committed) = mpsc::channel();
    let report = move |report| {
        if let StoreReport::Committed { job, .. } = report {
            let _ = reports.send(job);
        }
    };
    let (mut writer, _, threads) = store.start(report).expect("started");
    let start = Instant::now();
    for n in 1..=3 {
        writer.append(event(n, "Ann", said("x")));
        writer.send();
        if n == 1 {
            assert_eq!(committed.recv(), Ok(1));
        }
    }
    while committed.recv().expect("a commit") < 3 {}
    assert!(start.elapsed() >= gather, "{:?}", start.elapsed());
    drop(writer);
    assert!(threads.join());
}

#[test]
fn the_first_event_waits_for_nothing_and_a_crowd_waits_less() {
    let gather = Duration::from_millis(100);
    let mut gathering = Gathering::new(gather);
    assert!(gathering.due() <= Instant::now());
    let mut pause = |jobs| {
        let before = Instant::now();
        gathering.begin(jobs);
        gathering.due().saturating_duration_since(before)
    };
    assert!(pause(1) >= gather);
    assert!(pause(100) < gather, "a crowd");
    assert!(pause(MAX_GROUP) < pause(100), "more waits already");
}
