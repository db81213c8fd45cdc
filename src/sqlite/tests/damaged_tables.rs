//! Files in which one table is damaged: the server starts all the same, and a repair saves the rest.

use super::*;
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
