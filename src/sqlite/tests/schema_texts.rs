//! Files in which a byte of the schema's texts is wrong, although every row is intact.

use super::*;
use crate::sqlite::{check, repair};
use std::fs;

/// Every text of the schema: the row's name, the column, and the text.
fn texts(history: &TempHistory) -> Vec<(String, &'static str, Vec<u8>)> {
    let db = Connection::open(&history.path).expect("a file");
    let mut found = Vec::new();
    for column in ["name", "tbl_name", "sql"] {
        let sql = format!("SELECT name, {column} FROM sqlite_schema WHERE {column} IS NOT NULL");
        let mut rows = db.prepare(&sql).expect("a statement");
        let rows = rows
            .query_map([], |row| {
                Ok((row.get(0)?, column, row.get::<_, String>(1)?))
            })
            .expect("rows");
        found.extend(rows.map(|row| {
            let (name, column, text) = row.expect("a row");
            (name, column, text.into_bytes())
        }));
    }
    found
}

/// A history like `bytes`, in which the rows are the same and one text of the schema is another.
fn spoilt(bytes: &[u8], name: &str, column: &str, text: &[u8]) -> TempHistory {
    let history = TempHistory::new();
    create(&history.path).expect("a file");
    fs::write(&history.path, bytes).expect("written");
    let db = Connection::open(&history.path).expect("a file");
    db.pragma_update(None, "writable_schema", true)
        .expect("set");
    let sql = format!(
        "UPDATE sqlite_schema SET {column} = CAST(?1 AS TEXT) WHERE CAST(name AS BLOB) = ?2"
    );
    let changed = db.execute(&sql, (text, name.as_bytes())).expect("spoilt");
    assert_eq!(changed, 1, "{name}");
    history
}

fn is_found_refused_and_repaired(history: &TempHistory, what: &str) {
    let before = fs::read(&history.path).expect("the file");
    let lines = check::check(&history.path).expect(what).lines();
    assert!(
        lines.iter().any(|line| line.starts_with("schema: ")),
        "{what}: {lines:?}"
    );
    let error = open(&history.options("two")).err().expect(what);
    assert!(error.is_caused_by_the_file(), "{what}: {error}");
    assert!(error.to_string().contains("schema"), "{what}: {error}");
    assert!(fs::read(&history.path).expect("the file") == before);

    let repaired = repair::repair(&history.path, &[]).expect(what);
    let lost = repaired.expect(what).lost.lines();
    assert_eq!(lost, [""; 0], "{what}");
    let lines = check::check(&history.path).expect(what).lines();
    assert_eq!(lines, [""; 0], "{what}");
    let opened = history.run("three", |writer| {
        writer.append(event(21, "Ann", said("goes on")));
    });
    assert_eq!(opened.rooms[0].newest.len(), 20, "{what}");
    let db = Connection::open(&history.path).expect("a file");
    let stored = "SELECT count(*) FROM events WHERE kind = 0 AND text IS NOT NULL";
    assert_eq!(number(&db, stored), 21, "{what}");
    drop(db);
    let _ = fs::remove_dir_all(history.path.parent().expect("a directory"));
}

#[test]
fn a_wrong_byte_in_any_text_of_the_schema_is_found_and_repaired() {
    let events: Vec<Event> = (1..=20).map(|n| event(n, "Ann", said("word"))).collect();
    let history = TempHistory::with(&events);
    let texts = texts(&history);
    assert!(texts.len() > 40, "{}", texts.len());
    let bytes = fs::read(&history.path).expect("the file");
    for (n, (name, column, text)) in texts.iter().enumerate() {
        // The long texts at more places: keywords, names, columns and the end.
        let places = if *column == "sql" { 4 } else { 1 };
        for place in 0..places {
            let at = (text.len() - 1) * place / 3;
            let mut wrong = text.clone();
            wrong[at] ^= [0x01, 0x80, 0x20, 0x04][(n + place) % 4];
            let damaged = spoilt(&bytes, name, column, &wrong);
            is_found_refused_and_repaired(&damaged, &format!("{name}.{column}, byte {at}"));
        }
    }
}

#[test]
fn tables_and_indexes_of_others_are_no_damage() {
    let history = TempHistory::with(&[event(1, "Ann", said("word"))]);
    let db = Connection::open(&history.path).expect("a file");
    db.execute_batch("CREATE TABLE notes(x INTEGER); INSERT INTO notes VALUES(1); CREATE INDEX theirs ON events(at); ANALYZE; VACUUM;")
        .expect("added");
    drop(db);
    assert!(
        check::check(&history.path)
            .expect("checked")
            .lines()
            .is_empty()
    );
    assert_eq!(history.open("two").1.rooms[0].head, 1);
}

#[test]
fn a_text_of_which_nothing_is_left_is_known_by_its_name() {
    let history = TempHistory::with(
        &(1..=20)
            .map(|n| event(n, "Ann", said("word")))
            .collect::<Vec<_>>(),
    );
    let bytes = fs::read(&history.path).expect("the file");
    for name in ["events", "visits_came", "rooms"] {
        let damaged = spoilt(&bytes, name, "sql", &[0xa5; 300]);
        is_found_refused_and_repaired(&damaged, name);
    }
}

#[test]
fn a_table_that_the_schema_does_not_name_any_more_is_told() {
    for (name, lost) in [
        ("audit", &["table: audit is gone"][..]),
        ("visits_came", &[]),
    ] {
        let events: Vec<Event> = (1..=20).map(|n| event(n, "Ann", said("word"))).collect();
        let history = TempHistory::with(&events);
        let db = Connection::open(&history.path).expect("a file");
        db.pragma_update(None, "writable_schema", true)
            .expect("set");
        db.execute("DELETE FROM sqlite_schema WHERE name = ?1", [name])
            .expect("deleted");
        drop(db);
        let error = open(&history.options("two")).err().expect(name);
        assert!(matches!(error, StoreError::Schema(names) if names == [name]));
        let repaired = repair::repair(&history.path, &[]).expect(name).expect(name);
        assert_eq!(repaired.lost.lines(), lost);
        assert_eq!(history.open("three").1.rooms[0].newest.len(), 20);
    }
}
