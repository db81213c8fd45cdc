//! The table of private messages, and what each person has opened of them.
//!
//! They are no events of a room, so nothing that reads a room's log finds them.

use rusqlite::{Connection, Result, Row, named_params, params};

use crate::model::json::Json;
use crate::model::time::Millis;
use crate::sqlite::{authors, damage};
use crate::store::whisper::{
    Conversation, ReadWhisper, Whisper, WhisperPage, WhisperQuery, WhisperReader, With,
};

/// The step of the schema that creates the tables.
pub(super) const STEP: &str = "
    -- one, other: the `sub` of both, the lesser one first; other NULL: those who teach the room.
    -- author: who wrote it; target: to whom, NULL: to those who teach. kept: the trusted time at
    -- which the row was written.
    CREATE TABLE whispers(
        id INTEGER PRIMARY KEY,
        room INTEGER NOT NULL,
        one TEXT NOT NULL,
        other TEXT,
        author INTEGER NOT NULL,
        target INTEGER,
        at INTEGER NOT NULL,
        kept INTEGER NOT NULL,
        text TEXT NOT NULL
    );
    CREATE INDEX whispers_one ON whispers(one, other, id);
    CREATE INDEX whispers_other ON whispers(other, id);
    -- seen: the number of the last message with that side (its `sub`; empty: those who teach) that
    -- the reader has opened.
    CREATE TABLE whisper_reads(
        reader TEXT NOT NULL,
        counterpart TEXT NOT NULL,
        seen INTEGER NOT NULL,
        PRIMARY KEY(reader, counterpart)
    ) WITHOUT ROWID;
";

/// The row ids that a private message refers to.
pub(super) struct References {
    pub room: i64,
    pub author: i64,
    pub target: Option<i64>,
}

/// Writes a private message.
pub(super) fn keep(
    db: &Connection,
    whisper: &Whisper,
    references: &References,
    trusted: Millis,
) -> Result<()> {
    let Conversation { one, other } = &whisper.conversation;
    let text: String = serde_json::from_str(whisper.text.as_str()).unwrap_or_default();
    let References {
        room,
        author,
        target,
    } = references;
    db.prepare_cached(
        "INSERT INTO whispers(id, room, one, other, author, target, at, kept, text)
         VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?
    .execute(params![
        whisper.id, room, one, other, author, target, whisper.at, trusted, text
    ])
    .map(drop)
}

/// Notes that a person has opened a conversation up to this message.
pub(super) fn open(db: &Connection, reader: &str, counterpart: &str, seen: u64) -> Result<()> {
    db.prepare_cached(
        "INSERT INTO whisper_reads(reader, counterpart, seen) VALUES(?1, ?2, ?3)
         ON CONFLICT DO UPDATE SET seen = max(seen, excluded.seen)",
    )?
    .execute(params![reader, counterpart, seen])
    .map(drop)
}

/// Notes that this number was given, with the reader `''`: it is not given again after a restart when its
/// message was erased.
pub(super) fn count(db: &Connection, id: u64) -> Result<()> {
    open(db, "", "", id)
}

/// The number of the newest one; 0 if there was none.
pub(super) fn last(db: &Connection) -> Result<u64> {
    let sql = "SELECT max(coalesce((SELECT max(id) FROM whispers), 0),
                          coalesce((SELECT max(seen) FROM whisper_reads), 0))";
    let last = db.query_row(sql, [], |row| row.get(0));
    Ok(damage::or_without("whispers", last)?.unwrap_or(0))
}

/// Erases what is older than `written`, and notes about conversations of which nothing is left.
pub(super) fn erase_before(db: &Connection, written: Millis) -> Result<()> {
    db.execute("DELETE FROM whispers WHERE kept < ?1", [written])?;
    let first = "SELECT coalesce(min(id), (SELECT max(seen) FROM whisper_reads)) FROM whispers";
    let reads = format!("DELETE FROM whisper_reads WHERE reader <> '' AND seen < ({first})");
    db.execute(&reads, []).map(drop)
}

/// Erases what people have opened of conversations of which nothing is left.
pub(super) fn erase_lone_reads(db: &Connection) -> Result<()> {
    let of_it = "SELECT 1 FROM whispers WHERE one = reader AND coalesce(other, '') = counterpart
                 OR one = counterpart AND (other = reader OR other IS NULL)";
    let sql = format!("DELETE FROM whisper_reads WHERE reader <> '' AND NOT EXISTS ({of_it})");
    db.execute(&sql, []).map(drop)
}

/// Erases all of them.
pub(super) fn erase_all(db: &Connection) -> Result<()> {
    db.execute("DELETE FROM whispers", [])?;
    db.execute("DELETE FROM whisper_reads WHERE reader <> ''", [])
        .map(drop)
}

/// Erases the conversations of a person, what they wrote in others, and what they have opened. `run`
/// runs a statement about a table, `theirs` selects the rows of `authors`.
pub(super) fn erase_person(theirs: &str, run: &dyn Fn(&str, &str) -> Result<usize>) -> Result<()> {
    let own = format!("DELETE FROM whispers WHERE one = ?1 OR other = ?1 OR author IN {theirs}");
    run("whispers", &own)?;
    let to = format!("UPDATE whispers SET target = 0 WHERE target IN {theirs}");
    run("whispers", &to)?;
    let reads = "DELETE FROM whisper_reads WHERE reader = ?1 OR counterpart = ?1";
    run("whisper_reads", reads).map(drop)
}

/// The condition for the rooms of a token.
const ROOMS: &str = "(:rooms IS NULL OR w.room IN (SELECT r.id FROM rooms r
                      JOIN json_each(:rooms) j ON r.name = j.value))";

/// Answers a question.
pub(super) fn read(db: &Connection, query: &WhisperQuery) -> Result<WhisperPage> {
    let WhisperQuery {
        reader,
        with,
        before,
        limit,
    } = query;
    // Numbers of SQLite have a sign.
    let before = i64::try_from(*before).unwrap_or(i64::MAX);
    let (mut items, limit) = match with {
        Some(with) => (page(db, reader, with, before, limit + 1)?, *limit),
        None => (list(db, reader, before, limit + 1)?, *limit),
    };
    let more = items.len() > limit;
    items.truncate(limit);
    if with.is_some() {
        items.reverse();
    }
    Ok(WhisperPage { items, more })
}

fn rooms(reader: &WhisperReader) -> Option<String> {
    let rooms = reader.rooms.as_ref();
    rooms.map(|rooms| serde_json::to_string(rooms).unwrap_or_default())
}

const COLUMNS: &str = "w.id, (SELECT name FROM rooms WHERE rooms.id = w.room), w.one, w.other,
                       w.author, w.target, w.text, w.at";

/// One conversation, the newest message first. For those who teach, it is what the person said to
/// them alone, and what the person said to all who teach.
fn page(
    db: &Connection,
    reader: &WhisperReader,
    with: &With,
    before: i64,
    limit: usize,
) -> Result<Vec<ReadWhisper>> {
    let (person, teaches) = match with {
        With::Person(id) => (Some(id), reader.teaches),
        With::Hosts => (None, false),
    };
    let sql = format!(
        "WITH them(sub) AS (SELECT DISTINCT sub FROM authors WHERE shown = :person)
         SELECT {COLUMNS} FROM whispers w WHERE w.id < :before AND {ROOMS} AND w.id IN (
             SELECT * FROM (SELECT id FROM whispers
                 WHERE :person IS NULL AND one = :reader AND other IS NULL AND at >= :since AND id > :after)
             UNION ALL SELECT * FROM (SELECT id FROM whispers
                 WHERE one = :reader AND other IN (SELECT sub FROM them) AND at >= :since AND id > :after)
             UNION ALL SELECT * FROM (SELECT id FROM whispers
                 WHERE one IN (SELECT sub FROM them) AND other = :reader AND at >= :since AND id > :after)
             UNION ALL SELECT * FROM (SELECT id FROM whispers
                 WHERE :teaches AND one IN (SELECT sub FROM them) AND other IS NULL))
         ORDER BY w.id DESC LIMIT :limit"
    );
    let mut found = db.prepare_cached(&sql)?;
    let (after, since) = reader.since.bounds();
    let mut rows = found.query(named_params! {
        ":person": person, ":before": before, ":rooms": rooms(reader), ":reader": reader.sub,
        ":since": since, ":after": after, ":teaches": teaches, ":limit": limit,
    })?;
    let mut items = Vec::new();
    while let Some(row) = rows.next()? {
        items.extend(damage::or_report(whisper(db, row), lost));
    }
    let items = items.into_iter();
    Ok(items
        .map(|whisper| ReadWhisper {
            whisper,
            unread: None,
        })
        .collect())
}

/// The newest message of each conversation, the newest first. Unread is what the other side wrote
/// after the reader last opened the conversation.
fn list(
    db: &Connection,
    reader: &WhisperReader,
    before: i64,
    limit: usize,
) -> Result<Vec<ReadWhisper>> {
    let sql = format!(
        "WITH mine(id, side) AS (
             SELECT id, coalesce(other, '') FROM whispers WHERE one = :reader AND at >= :since AND id > :after
             UNION ALL SELECT id, one FROM whispers
                 WHERE other = :reader AND one <> :reader AND at >= :since AND id > :after
             UNION ALL SELECT id, one FROM whispers
                 WHERE :teaches AND other IS NULL AND one <> :reader),
         newest(id, unread) AS (
             SELECT max(w.id), sum(w.id > coalesce(s.seen, 0)
                     AND iif(m.side = '', a.sub IS NOT :reader, a.sub IS m.side))
             FROM mine m JOIN whispers w ON w.id = m.id LEFT JOIN authors a ON a.id = w.author
             LEFT JOIN whisper_reads s ON s.reader = :reader AND s.counterpart = m.side
             WHERE {ROOMS} GROUP BY m.side)
         SELECT {COLUMNS}, n.unread FROM newest n JOIN whispers w ON w.id = n.id
         WHERE n.id < :before ORDER BY n.id DESC LIMIT :limit"
    );
    let mut found = db.prepare_cached(&sql)?;
    let (after, since) = reader.since.bounds();
    let mut rows = found.query(named_params! {
        ":before": before, ":rooms": rooms(reader), ":reader": reader.sub,
        ":since": since, ":after": after, ":teaches": reader.teaches, ":limit": limit,
    })?;
    let mut items = Vec::new();
    while let Some(row) = rows.next()? {
        if let Some(whisper) = damage::or_report(whisper(db, row), lost) {
            let unread = Some(row.get(8)?);
            items.push(ReadWhisper { whisper, unread });
        }
    }
    Ok(items)
}

fn lost() -> String {
    "whispers: a row".into()
}

fn whisper(db: &Connection, row: &Row<'_>) -> Result<Whisper> {
    let room: Option<String> = row.get(1)?;
    let target: Option<i64> = row.get(5)?;
    Ok(Whisper {
        id: row.get(0)?,
        room: room.unwrap_or_default().into(),
        conversation: Conversation {
            one: row.get(2)?,
            other: row.get(3)?,
        },
        from: authors::by_id(db, row.get(4)?)?,
        to: target.map(|id| authors::by_id(db, id)).transpose()?,
        text: Json::quote(&damage::lossy(row, 6)?),
        at: row.get(7)?,
    })
}
