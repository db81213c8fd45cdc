//! A file of version 3, as the server wrote it before the state of a message was state.

use super::*;
use crate::sqlite::{check, repair, schema};
use std::fs;

/// Rows as version 3 wrote them. Message 1 was edited twice and has a reaction from after that;
/// 2 was edited, then deleted; 3 was edited, then purged; 4 has reactions that changed; the message
/// that 15 edits is no longer stored.
const VERSION_3: &str = "
    INSERT INTO rooms(id, name, pin) VALUES(1, 'lobby', 11);
    INSERT INTO authors(id, sub, shown, name, role, used) VALUES
        (1, 'sub-Ann', 'id-Ann', 'Ann', 'member', 60000),
        (2, 'sub-Bo', 'id-Bo', 'Bo', 'member', 60000),
        (3, 'sub-Bo', 'id-Bo', 'Bo 2', 'member', 60000);
    INSERT INTO epochs(epoch, began, seen, jobs) VALUES('old', 0, 60000, 30);
    INSERT INTO marks VALUES(1, 1, 30);
    INSERT INTO events(room, seq, kind, at, author, stale, target, ref, text) VALUES
        (1, 11, 0, 1000, 1, 1, NULL, 'a', 'the first words'),
        (1, 12, 0, 2000, 1, 2, NULL, NULL, 'what was said'),
        (1, 13, 0, 3000, 1, 2, NULL, NULL, NULL),
        (1, 14, 0, 4000, 1, 0, NULL, NULL, 'never edited'),
        (1, 15, 1, 5000, 1, 0, 7, NULL, 'of a message that is gone'),
        (1, 16, 4, 6000, 2, 0, 11, NULL, '👍'),
        (1, 17, 1, 7000, 1, 1, 11, 'b', 'the second words'),
        (1, 18, 1, 8000, 1, 0, 11, 'c', 'newest'),
        (1, 19, 4, 9000, 2, 0, 11, NULL, '🎉'),
        (1, 20, 1, 10000, 1, 2, 12, NULL, 'what was meant'),
        (1, 21, 2, 11000, 1, 0, 12, NULL, NULL),
        (1, 22, 1, 12000, 1, 2, 13, NULL, NULL),
        (1, 23, 3, 13000, 1, 0, 13, NULL, NULL),
        (1, 24, 4, 14000, 2, 0, 14, NULL, '👍'),
        (1, 25, 4, 15000, 3, 0, 14, NULL, '🎉'),
        (1, 26, 4, 16000, 1, 0, 14, NULL, '🎉'),
        (1, 27, 4, 17000, 1, 0, 14, NULL, NULL),
        (1, 28, 4, 18000, 2, 0, 12, NULL, '👍'),
        (1, 29, 5, 19000, 1, 0, 11, NULL, NULL),
        (1, 30, 0, 20000, 1, 0, NULL, NULL, 'the end');
    INSERT INTO visits(room, author, connection, came, left) VALUES(1, 1, 1, 500, 20000);
";

fn version_3(rows: &str) -> TempHistory {
    let history = TempHistory::new();
    create(&history.path).expect("a file");
    let mut db = connect(&history.path).expect("opened");
    schema::migrate_to(&mut db, 3).expect("version 3");
    db.execute_batch(rows).expect("rows");
    history
}

#[test]
fn an_older_history_keeps_what_everybody_can_see_and_loses_what_was_edited_away() {
    let history = version_3(VERSION_3);
    let opened = history.run("new", |_| {});
    let archive = history.archive();
    let items = archive.page("lobby", 99, 9).expect("a page").items;
    let shown: Vec<String> = items
        .iter()
        .map(|item| String::from_utf8(item.json()).expect("text"))
        .map(|json| json.replace(r#""type":"message","room":"lobby","#, ""))
        .map(|json| json.replace(r#""from":{"id":"id-Ann","name":"Ann"},"#, ""))
        .collect();
    assert_eq!(
        shown,
        [
            r#"{"seq":11,"text":"newest","at":1000,"edited":8000,"reactions":{"🎉":["id-Bo"]},"pinned":true}"#,
            r#"{"seq":12,"at":2000,"deleted":true}"#,
            r#"{"seq":13,"at":3000,"deleted":true,"purged":true}"#,
            r#"{"seq":14,"text":"never edited","at":4000,"reactions":{"🎉":["id-Bo"]}}"#,
            r#"{"seq":30,"text":"the end","at":20000}"#,
        ]
    );
    let events = archive.events_after("lobby", 10, 99).expect("read");
    let events = events.expect("no gap");
    assert_eq!(events, opened.rooms[0].newest);
    let what = |seq: usize| events[seq - 11].what.clone();
    assert_eq!(what(11), said("newest"));
    assert_eq!(what(17), superseded(11));
    assert_eq!(what(18), edit(11, "newest"));
    assert_eq!(what(15), edit(7, "of a message that is gone"));
    assert_eq!(what(16), react(11, "👍"));
    for (seq, of) in [(20, 12), (22, 13)] {
        let gone = EventKind::Edit {
            of,
            text: None,
            superseded: false,
        };
        assert_eq!(what(seq), gone);
    }
    for gone in ["the first words", "the second words", "what was said"] {
        assert!(!on_disk(&history, gone), "{gone}");
    }
    // A plain deletion is for the room; the file keeps the newest text until it is purged.
    assert!(on_disk(&history, "what was meant"));
    assert_eq!(number(archive.db(), "SELECT count(*) FROM visits"), 1);
    let refs: Vec<_> = opened.refs.iter().map(|known| &*known.reference).collect();
    assert_eq!(refs, ["a", "b", "c"]);
    // The next edit finds the one before it.
    history.run("newer", |writer| {
        writer.append(event(31, "Ann", edit(11, "newer")));
    });
    let events = archive.events_after("lobby", 10, 99).expect("read");
    let events = events.expect("no gap");
    assert_eq!(events[7].what, superseded(11));
    assert_eq!(events[0].what, said("newer"));
}

/// Damage in a file of an earlier version: repaired in that version, and then migrated.
#[test]
fn a_damaged_file_of_an_earlier_version_is_repaired_and_migrated() {
    for version in [3, 4] {
        let history = version_3(VERSION_3);
        let mut db = connect(&history.path).expect("opened");
        schema::migrate_to(&mut db, version).expect("migrated");
        let root = "SELECT rootpage FROM sqlite_schema WHERE name = 'visits'";
        let page = number(&db, root) as usize;
        drop(db);
        let mut bytes = fs::read(&history.path).expect("a file");
        bytes[(page - 1) * 4096..page * 4096].fill(0xa5);
        let text = b"never edited";
        let at = bytes.windows(text.len()).position(|at| at == text);
        bytes[at.expect("the text")] = 0xff;
        fs::write(&history.path, bytes).expect("written");
        let lines = |history: &TempHistory| check::check(&history.path).expect("checked").lines();
        assert!(lines(&history).len() > 1, "version {version}");
        let repaired = repair::repair(&history.path, &[]).expect("repaired");
        assert!(repaired.is_some(), "version {version}");
        assert_eq!(lines(&history), [""; 0], "version {version}");
        let opened = history.run("new", |writer| {
            writer.append(event(31, "Ann", said("and on")));
        });
        assert_eq!(opened.rooms[0].head, 30, "version {version}");
        let archive = history.archive();
        let page = archive.page("lobby", 99, 9).expect("a page");
        let texts: Vec<_> = page.items.iter().map(|item| item.text.clone()).collect();
        let expected = [
            Some("newest"),
            None,
            None,
            None,
            Some("the end"),
            Some("and on"),
        ];
        assert_eq!(texts, expected.map(|text| text.map(Json::quote)));
    }
}

/// The cost is that of the rows: one message with 20,000 edits is no more than 20,000 messages. With
/// a cost that grows with the square, this would take an hour.
#[test]
fn a_message_that_was_edited_very_often_is_migrated_in_moments() {
    let rows = "
        INSERT INTO rooms(id, name) VALUES(1, 'lobby');
        INSERT INTO authors(id, sub, shown, name, role, used)
            VALUES(1, 'sub-Ann', 'id-Ann', 'Ann', 'member', 60000);
        INSERT INTO epochs(epoch, began, seen, jobs) VALUES('old', 0, 60000, 30);
        INSERT INTO marks VALUES(1, 1, 40001);
        INSERT INTO events(room, seq, kind, at, author, stale, text)
            VALUES(1, 1, 0, 1, 1, 1, 'first');
        WITH RECURSIVE n(seq) AS (SELECT 2 UNION ALL SELECT seq + 1 FROM n WHERE seq < 40001)
        INSERT INTO events(room, seq, kind, at, author, stale, target, text)
            SELECT 1, seq, iif(seq % 2, 4, 1), seq, 1, seq < 40000 AND seq % 2 = 0, 1,
                   iif(seq % 2, '👍', 'edit ' || seq) FROM n;";
    let history = version_3(rows);
    let start = Instant::now();
    history.run("new", |_| {});
    assert!(start.elapsed() < Duration::from_secs(30));
    let archive = history.archive();
    let items = archive.page("lobby", 99, 9).expect("a page").items;
    assert_eq!(items[0].text, Some(Json::quote("edit 40000")));
    assert_eq!(items[0].reaction_count(), 1);
    // And a page steps over the changes.
    let prior = "SELECT count(*) FROM events WHERE prior = 1 AND kind > 0";
    assert_eq!(number(archive.db(), prior), 40_000);
}

#[test]
fn a_page_finds_messages_wherever_changes_are_between_them() {
    let history = TempHistory::new();
    let mut seq = 0;
    let mut messages = Vec::new();
    for (run, changes) in [0, 1, 3, 4, 5, 6, 40, 0, 0, 7].into_iter().enumerate() {
        // A restart in between: the number of the last message is found again.
        history.run(&format!("run {run}"), |writer| {
            for _ in 0..changes {
                seq += 1;
                let of = messages.last().copied().unwrap_or(1);
                writer.append(event(seq, "Ann", edit(of, &format!("edit {seq}"))));
            }
            seq += 1;
            writer.append(event(seq, "Ann", said("new")));
            messages.push(seq);
        });
    }
    let archive = history.archive();
    for before in 1..=seq + 2 {
        for limit in [1, 3, 99] {
            let page = archive.page("lobby", before, limit).expect("a page");
            let found: Vec<u64> = page.items.iter().map(|item| item.event.seq).collect();
            let older: Vec<u64> = messages.iter().copied().filter(|&m| m < before).collect();
            let cut = older.len().saturating_sub(limit);
            assert_eq!((&found[..], page.more), (&older[cut..], cut > 0));
        }
    }
}
