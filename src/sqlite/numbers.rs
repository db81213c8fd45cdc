//! Completes a repaired history: every room has a name, every number an event, and every epoch that
//! committed something a row, so that numbers go on where they were.

use crate::sqlite::findings::Findings;
use crate::sqlite::values::LARGEST_SEQ;
use rusqlite::{Connection, Result, params};
use std::collections::BTreeMap;

/// Most events without text that fill one gap. A damaged number could be any.
const MAX_GAP: i64 = 1_000_000;

/// The names of the rooms.
pub(super) fn room_names(db: &Connection) -> BTreeMap<i64, String> {
    let read = || -> Result<BTreeMap<i64, String>> {
        let mut names = db.prepare("SELECT id, name FROM rooms")?;
        let names = names.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        names.collect()
    };
    read().unwrap_or_default()
}

/// The words for a room.
pub(super) fn show(names: &BTreeMap<i64, String>, room: i64) -> String {
    match names.get(&room) {
        Some(name) => format!("room {name:?}"),
        None => format!("room {room}"),
    }
}

/// The name for a room whose own cannot be read.
pub(super) fn stand_in(room: i64) -> String {
    format!("room-{room}")
}

/// Completes rooms, events, epochs and marks, and says what was lost. `configured`: the rooms of the
/// configuration. `unread`: the first event of each room that could not be
/// read.
pub(super) fn complete(
    db: &Connection,
    configured: &[String],
    unread: &BTreeMap<i64, i64>,
    lost: &mut Findings,
) -> Result<()> {
    // A number that no room ever has: the next one would follow it.
    for (table, column) in [("events", "seq"), ("marks", "last")] {
        let sql = format!("DELETE FROM {table} WHERE {column} NOT BETWEEN 0 AND ?1");
        let count = db.execute(&sql, [LARGEST_SEQ])?;
        if count > 0 {
            lost.add("row", || {
                format!("{table}: {count} with an impossible number")
            });
        }
    }
    // Every room has a row.
    db.execute(
        "INSERT OR IGNORE INTO rooms(id, name) SELECT room, 'room-' || room FROM
         (SELECT DISTINCT room FROM events UNION SELECT DISTINCT room FROM marks)",
        [],
    )?;
    give_name_back(db, configured, lost)?;
    let names = room_names(db);
    for (&room, name) in &names {
        complete_room(db, (room, name), unread, lost)?;
    }
    let nameless = "UPDATE events SET author = 0
                    WHERE author != 0 AND author NOT IN (SELECT id FROM authors)";
    let nameless = db.execute(nameless, [])?;
    if nameless > 0 {
        lost.add("author", || {
            format!("who wrote {nameless} events; they are shown without a name")
        });
    }
    // Every epoch that committed something has a row, or a later one would get its id.
    db.execute(
        "INSERT OR IGNORE INTO epochs(id, epoch, began, seen)
         SELECT DISTINCT epoch, 'lost-' || epoch, 0, 0 FROM marks",
        [],
    )?;
    Ok(())
}

/// If a single room has lost its name, and a single room of the configuration is missing, then they
/// are the same.
fn give_name_back(db: &Connection, configured: &[String], lost: &mut Findings) -> Result<()> {
    let names = room_names(db);
    let nameless = names.iter().filter(|(id, name)| stand_in(**id) == **name);
    let nameless: Vec<i64> = nameless.map(|(&id, _)| id).collect();
    let is_missing = |name: &&String| !names.values().any(|known| known == *name);
    let missing: Vec<&String> = configured.iter().filter(is_missing).collect();
    for &room in &nameless {
        let name = match (&nameless[..], &missing[..]) {
            ([_], [name]) => (*name).clone(),
            _ => stand_in(room),
        };
        db.execute(
            "UPDATE rooms SET name = ?2 WHERE id = ?1",
            params![room, name],
        )?;
        lost.add("room", || {
            format!("the name of room {room}, which is called {name:?} now")
        });
    }
    Ok(())
}

/// Fills the gaps of a room, and notes how far it was committed.
fn complete_room(
    db: &Connection,
    (room, name): (i64, &str),
    unread: &BTreeMap<i64, i64>,
    lost: &mut Findings,
) -> Result<()> {
    let number = |sql: &str| db.query_row(sql, [room], |row| row.get::<_, Option<i64>>(0));
    let mark = number("SELECT max(last) FROM marks WHERE room = ?1")?;
    let Some(first) = number("SELECT min(seq) FROM events WHERE room = ?1")? else {
        if let (true, Some(mark)) = (unread.contains_key(&room), mark) {
            lost.add("event", || {
                format!("room {name:?}, every event up to seq {mark}")
            });
        }
        return Ok(());
    };
    let last = number("SELECT max(seq) FROM events WHERE room = ?1")?.unwrap_or(first);
    let mut present = db.prepare("SELECT seq, at FROM events WHERE room = ?1 ORDER BY seq")?;
    let present = present.query_map([room], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut present = present.collect::<Result<Vec<(i64, i64)>>>()?;
    let head = mark.unwrap_or(last).max(last);
    present.push((head + 1, 0));
    // What was lost at the beginning has the time of the first event that was not.
    let mut at = present.first().map_or(0, |&(_, at)| at);
    let lowest = unread.get(&room).copied().unwrap_or(first);
    let mut next = first.min(lowest.max(1));
    for (seq, time) in present {
        if seq - next > MAX_GAP {
            lost.add("gap", || {
                format!("room {name:?}, seq {next} to {}: too many to fill", seq - 1)
            });
        } else if seq > next {
            fill(db, room, (next, seq), at)?;
            lost.add("event", || match seq - next {
                1 => format!("room {name:?}, seq {next}"),
                _ => format!("room {name:?}, seq {next} to {}", seq - 1),
            });
        }
        (next, at) = (seq + 1, time);
    }
    match mark == Some(head) {
        true => Ok(()),
        false => set_mark(db, room, head),
    }
}

/// Notes that a room was committed up to `head`, under the newest epoch.
fn set_mark(db: &Connection, room: i64, head: i64) -> Result<()> {
    let epoch = "SELECT max(id) FROM (SELECT max(id) AS id FROM epochs
                 UNION SELECT max(epoch) FROM marks)";
    let epoch: Option<i64> = db.query_row(epoch, [], |row| row.get(0))?;
    let sql = "INSERT OR REPLACE INTO marks(epoch, room, last) VALUES(?1, ?2, ?3)";
    db.execute(sql, params![epoch.unwrap_or(1), room, head])
        .map(drop)
}

/// Puts events without text and author in the place of the numbers from `from` up to `to`.
fn fill(db: &Connection, room: i64, (from, to): (i64, i64), at: i64) -> Result<()> {
    let mut insert = db.prepare_cached(
        "INSERT INTO events(room, seq, kind, at, author, stale) VALUES(?1, ?2, 0, ?3, 0, 2)",
    )?;
    (from..to).try_for_each(|seq| insert.execute(params![room, seq, at]).map(drop))
}

/// Puts right what follows from the events of a file of the current version: which message each
/// change comes after, and the reactions of messages that have no text any more.
pub(super) fn derive(db: &Connection) -> Result<()> {
    db.execute_batch(
        "UPDATE events SET prior = NULL WHERE kind = 0 AND prior IS NOT NULL;
         UPDATE events SET prior = before.message
            FROM (SELECT room, seq, coalesce(max(iif(kind = 0, seq, NULL))
                      OVER (PARTITION BY room ORDER BY seq), 0) AS message FROM events) AS before
            WHERE events.room = before.room AND events.seq = before.seq AND events.kind > 0;
         DELETE FROM reactions WHERE NOT EXISTS
            (SELECT 1 FROM events m WHERE m.room = reactions.room AND m.seq = reactions.target
             AND m.kind = 0 AND m.stale < 2);",
    )
}
