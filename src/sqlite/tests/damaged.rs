//! A history in which one page is gone.

use super::*;

#[test]
fn the_server_starts_although_any_table_but_those_of_rooms_and_runs_is_gone() {
    let events: Vec<Event> = (1..=30).map(|n| event(n, "Ann", said("word"))).collect();
    let history = TempHistory::with(&events);
    let bytes = std::fs::read(&history.path).expect("the file");
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
        std::fs::write(&damaged.path, bytes).expect("written");
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
