//! Files in which one table is damaged: the server starts all the same, and a repair saves the rest.

use super::*;
use crate::model::time::unix_millis;
use crate::sqlite::{check, repair};
use std::fs;

/// Messages, edits of them, and a last message.
fn lesson() -> TempHistory {
    let mut events: Vec<Event> = (1..=20)
        .map(|n| event(n, "Ann", said(&format!("message {n}"))))
        .collect();
    events.extend((21..=30).map(|n| event(n, "Ann", edit(n - 20, "another text"))));
    events.push(event(31, "Lin", said("the last message")));
    TempHistory::with(&events)
}

fn found(history: &TempHistory) -> Vec<String> {
    check::check(&history.path).expect("checked").lines()
}

#[test]
fn a_damaged_table_does_not_keep_the_server_from_starting() {
    for table in [
        "audit",
        "records",
        "whispers",
        "whisper_reads",
        "visits",
        "tasks",
        "reactions",
        "retention",
        "ages",
        "authors",
    ] {
        let history = lesson();
        let root = format!("SELECT rootpage FROM sqlite_schema WHERE name = '{table}'");
        let root = number(&Connection::open(&history.path).expect("a file"), &root) as usize;
        let mut bytes = fs::read(&history.path).expect("a file");
        bytes[(root - 1) * 4096..root * 4096].fill(0xa5);
        fs::write(&history.path, bytes).expect("written");
        let lines = found(&history);
        assert!(lines.iter().any(|line| line.contains(table)), "{lines:?}");

        let (_, opened) = history.open("second");
        assert_eq!(opened.rooms[0].head, 31, "{table}");
        assert_eq!(opened.rooms[0].newest.len(), 31, "{table}");

        repair::repair(&history.path, &[]).expect("repaired");
        assert_eq!(found(&history), [""; 0], "{table}");
        let page = history.archive().page("lobby", u64::MAX, 100);
        assert_eq!(page.expect("a page").items.len(), 21, "{table}");
    }
}

#[test]
fn wrong_numbers_of_the_clock_and_between_messages_cost_nothing() {
    let history = lesson();
    let db = Connection::open(&history.path).expect("a file");
    db.execute_batch(
        "UPDATE retention SET trusted = 'x', doubt = 'y';
         UPDATE ages SET at = 'z';
         UPDATE events SET at = 'now' WHERE seq = 31;
         UPDATE events SET prior = -9223372036854775808 WHERE seq = 30;
         UPDATE events SET kind = 1 WHERE seq = 31;",
    )
    .expect("spoilt");
    drop(db);
    let lines = found(&history);
    let hidden = "order: events, room \"lobby\", seq 30: readers skip the message 20";
    assert!(lines.iter().any(|line| line == hidden), "{lines:?}");
    // The kind of the event before it is wrong, and a change is stored all the same.
    history.run("second", |writer| {
        writer.append(event(32, "Ann", edit(1, "once more")));
    });
    let last = "SELECT count(*) FROM events WHERE seq = 32";
    assert_eq!(
        number(&Connection::open(&history.path).expect("a file"), last),
        1
    );
    repair::repair(&history.path, &[]).expect("repaired");
    let page = history.archive().page("lobby", 31, 100).expect("a page");
    assert_eq!(page.items.len(), 20);
    assert_eq!(found(&history), [""; 0]);
}

#[test]
fn the_server_starts_although_any_table_but_those_of_rooms_and_runs_is_gone() {
    let events: Vec<Event> = (1..=30).map(|n| event(n, "Ann", said("word"))).collect();
    let history = TempHistory::with(&events);
    let bytes = fs::read(&history.path).expect("the file");
    let db = connect(&history.path).expect("opened");
    let sql = "SELECT name, rootpage FROM sqlite_schema WHERE rootpage > 0
               AND tbl_name NOT IN ('rooms', 'epochs')";
    let mut pages = db.prepare(sql).expect("a statement");
    let pages: Vec<(String, usize)> = pages
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .and_then(Iterator::collect)
        .expect("pages");
    assert!(pages.len() > 10, "{pages:?}");
    for (name, page) in pages {
        let damaged = TempHistory::new();
        create(&damaged.path).expect("a file");
        let mut bytes = bytes.clone();
        bytes[(page - 1) * 4096..page * 4096].fill(0);
        fs::write(&damaged.path, bytes).expect("written");
        let (_, opened) = open(&damaged.options("two")).expect(&name);
        let [lobby] = &opened.rooms[..] else {
            panic!("{name}: one room")
        };
        // Numbers go on where they were, and each has one event.
        assert_eq!(lobby.head, 30, "{name}");
        let seqs: Vec<u64> = lobby.newest.iter().map(|event| event.seq).collect();
        assert!(
            seqs.is_empty() || seqs == (1..=30).collect::<Vec<_>>(),
            "{name}: {seqs:?}"
        );
    }
}

#[test]
fn impossible_numbers_stop_neither_the_server_nor_its_repair_and_erase_nothing() {
    let largest = i64::MAX;
    for (spoil, head) in [
        (format!("UPDATE marks SET last = {largest}"), 31),
        ("UPDATE marks SET last = -5".into(), 31),
        (
            format!("UPDATE events SET seq = {largest} WHERE seq = 31"),
            31,
        ),
        ("UPDATE events SET seq = 1 << 60 WHERE seq = 5".into(), 31),
        (
            format!("UPDATE events SET seq = -{largest} - 1 WHERE seq = 1"),
            31,
        ),
        (
            format!("UPDATE events SET target = {largest}, prior = {largest} WHERE seq = 25"),
            31,
        ),
        (format!("UPDATE events SET at = {largest}"), 31),
        (format!("UPDATE retention SET trusted = {largest}"), 31),
        (
            "UPDATE retention SET trusted = trusted + (1 << 40)".into(),
            31,
        ),
        (
            format!("UPDATE retention SET witnessed = {largest}, doubt = {largest}"),
            31,
        ),
        (
            format!("UPDATE epochs SET seen = {largest}, jobs = {largest}, began = {largest}"),
            31,
        ),
        (format!("UPDATE ages SET last = {largest}, at = 0"), 31),
        (format!("UPDATE authors SET used = {largest}"), 31),
    ] {
        let history = lesson();
        let db = Connection::open(&history.path).expect("a file");
        let now = unix_millis();
        // Written just now.
        db.execute_batch(&format!(
            "UPDATE ages SET at = {now}; UPDATE retention SET trusted = {now}, wall = {now}, doubt = NULL;"
        ))
        .expect("set");
        db.execute_batch(&spoil).expect(&spoil);
        drop(db);
        check::check(&history.path).expect("checked");
        let options = |epoch: &str| StoreOptions {
            keep: Keep::For(Duration::from_secs(30 * 24 * 60 * 60)),
            now,
            ..history.options(epoch)
        };
        let opened = history.run_with(&options("second"), |writer| {
            for seq in head + 1..head + 4 {
                writer.append(event(seq, "Ann", said("goes on")));
                writer.send();
                until(|| writer.waiting() == 0);
                assert!(writer.check().is_ok(), "{spoil}");
            }
        });
        assert_eq!(opened.rooms[0].head, head, "{spoil}");
        let archive = history.archive();
        let kept = number(archive.db(), "SELECT count(*) FROM events");
        assert_eq!(kept as u64, head + 3, "{spoil}");
        archive.page("lobby", u64::MAX, 100).expect("a page");
        archive.events_after("lobby", u64::MAX, 9).expect("events");
        drop(archive);
        repair::repair(&history.path, &[]).expect("repaired");
        let (_, opened) = history.open("third");
        assert_eq!(opened.rooms[0].head, head + 3, "{spoil}");
    }
}
