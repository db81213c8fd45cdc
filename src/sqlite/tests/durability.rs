//! What a crash and a full disk leave behind.

use super::*;

#[test]
fn a_copy_taken_during_a_write_has_every_acknowledged_event_once() {
    let history = TempHistory::new();
    let (store, _) = history.open("one");
    // A checkpoint would change the file between the copies of its two parts. No crash does that.
    store
        .db
        .pragma_update(None, "wal_autocheckpoint", 0)
        .expect("set");
    let (acked, reports) = crossbeam_channel::unbounded();
    let (mut writer, _, threads) = store
        .start(move |report| {
            if let StoreReport::Committed { job: upto, .. } = report {
                acked.send(upto).expect("a test");
            }
        })
        .expect("started");
    let mut copies = Vec::new();
    for seq in 1..=5000 {
        writer.append(event(seq, "Ann", said(&format!("text {seq}"))));
        if seq % 7 == 0 {
            writer.send();
        }
        if seq % 500 == 0 {
            let acked = reports.try_iter().last().unwrap_or(0);
            let copy = TempHistory::new();
            copy.copy_from(&history);
            copies.push((acked, copy));
        }
    }
    drop(writer);
    assert!(threads.join());
    for (acked, copy) in copies {
        let (store, opened) = open(&StoreOptions {
            memory: 9999,
            ..copy.options("two")
        })
        .expect("opened");
        let head = opened.rooms.first().map_or(0, |room| room.head);
        assert!(head >= acked, "{acked} acknowledged, {head} stored");
        let events = opened.rooms.first().map_or(&[][..], |room| &room.newest);
        assert!(events.iter().map(|event| event.seq).eq(1..=head));
        let check: String = store
            .db
            .query_row("PRAGMA integrity_check", [], |row| row.get(0))
            .expect("a check");
        assert_eq!(check, "ok");
        assert_eq!(opened.epochs.resume_from("one", "lobby", 5000), Some(head));
    }
}

#[test]
fn commits_resume_after_a_full_disk() {
    let history = TempHistory::new();
    let (store, _) = history.open("one");
    store
        .db
        .execute_batch("CREATE TABLE ballast(x); INSERT INTO ballast VALUES(zeroblob(400000))")
        .expect("ballast");
    let pages = number(&store.db, "PRAGMA page_count");
    store
        .db
        .pragma_update(None, "max_page_count", pages + 2)
        .expect("set");
    let (sender, reports) = crossbeam_channel::unbounded();
    let (mut writer, reader, threads) = store
        .start(move |report| sender.send(report).expect("a test"))
        .expect("started");
    let long = "x".repeat(3000);
    let mut last = 0;
    while writer.check().is_ok() {
        last = writer.append(event(writer.last() + 1, "Ann", said(&long)));
        writer.send();
        until(|| writer.waiting() == 0 || writer.check().is_err());
    }
    assert_eq!(writer.check(), Err(Unavailable { retry_after: 5 }));
    let mut committed = 0;
    for report in reports.try_iter() {
        if let StoreReport::Committed { job: upto, .. } = report {
            committed = upto;
        }
    }
    assert!(0 < committed && committed < last, "{committed} of {last}");
    // Events that were numbered before keep waiting, and queries are still answered.
    last = writer.append(event(last + 1, "Bo", said("after it")));
    writer.note(Note::Enter {
        room: "lobby".into(),
        connection: 1,
        by: author("Bo"),
        device: None,
        at: 1,
    });
    writer.send();
    reader
        .ask(
            7,
            writer.last(),
            StoreQuery::Message {
                room: "lobby".into(),
                seq: 1,
            },
        )
        .expect("asked");
    let answered = reports.iter().find_map(|report| match report {
        StoreReport::Answer {
            query_id: 7,
            answer,
        } => Some(answer),
        _ => None,
    });
    assert!(matches!(
        answered,
        Some(Some(StoreAnswer::Message(Some(_))))
    ));
    let other = connect(&history.path).expect("a second connection");
    other.execute_batch("DROP TABLE ballast").expect("room");
    until(|| writer.waiting() == 0 && writer.check().is_ok());
    let mut recovered = Vec::new();
    for report in reports.try_iter() {
        match report {
            StoreReport::Failing(failing) => recovered.push(failing),
            StoreReport::Committed { job, .. } => committed = job,
            StoreReport::Answer { .. } | StoreReport::Erased { .. } | StoreReport::Died => {}
        }
    }
    assert_eq!((recovered, committed), (vec![false], writer.last()));
    drop((writer, reader));
    assert!(threads.join());
    let archive = history.archive();
    let events = archive
        .events_after("lobby", 0, 9999)
        .expect("read")
        .expect("no gap");
    assert_eq!(events.len() as u64, last);
    assert_eq!(
        number(archive.db(), "SELECT count(*) FROM visits"),
        1,
        "once, after many attempts"
    );
}

#[test]
fn a_disk_that_stays_full_does_not_keep_the_server_from_ending() {
    let history = TempHistory::new();
    let (store, _) = history.open("one");
    let pages = number(&store.db, "PRAGMA page_count");
    store
        .db
        .pragma_update(None, "max_page_count", pages)
        .expect("set");
    let (mut writer, _, threads) = store.start(|_| {}).expect("started");
    for seq in 1..=200 {
        writer.append(event(seq, "Ann", said(&"x".repeat(500))));
    }
    drop(writer);
    assert!(threads.join());
    assert_eq!(
        number(history.archive().db(), "SELECT count(*) FROM events"),
        0
    );
}

#[test]
fn a_group_that_reached_the_disk_is_not_written_twice() {
    let history = TempHistory::new();
    let (store, _) = history.open("one");
    let (mut writer, _, threads) = {
        // As if COMMIT had failed after it reached the disk: more is committed than the thread knows.
        store
            .db
            .execute("UPDATE epochs SET jobs = 1", [])
            .expect("set");
        store.start(|_| {}).expect("started")
    };
    writer.append(event(1, "Ann", said("already there")));
    writer.send();
    until(|| writer.waiting() == 0);
    writer.append(event(2, "Ann", said("new")));
    drop(writer);
    assert!(threads.join());
    assert_eq!(
        number(
            history.archive().db(),
            "SELECT group_concat(seq) = '2' FROM events"
        ),
        1
    );
}
