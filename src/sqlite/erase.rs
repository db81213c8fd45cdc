//! Erasing: history older than its retention, a person, a lesson.
//!
//! `secure_delete` overwrites what is deleted from the database file. The write-ahead log may still
//! have it until the next checkpoint, so every erasure is followed by one.

use std::cell::Cell;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Result, TransactionBehavior, params};

use crate::config::Keep;
use crate::model::time::Millis;
use crate::sqlite::around::Around;
use crate::sqlite::authors::USED_SLACK;
use crate::sqlite::connect::{BUSY_TIMEOUT, connect};
use crate::sqlite::error::StoreError;
use crate::sqlite::polls::FORGET_ASKED;
use crate::sqlite::values::kind;
use crate::sqlite::{damage, files, records, schema, whispers};

/// Most events of a room that are erased in one transaction: a few milliseconds of work, so that
/// no `ack` is delayed for long.
const MAX_EVENTS_PER_ROOM: usize = 2000;

/// An event may be this much older than the run that wrote it: clocks are adjusted.
const CLOCK_SLACK: Millis = 60 * 1000;

/// The ages from which on rows are erased.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cutoff {
    /// Rows that were written before this trusted time are too old.
    pub written: Millis,
    /// Events that say they are older than this, and older than the run that wrote them, are too
    /// old: they were brought in from elsewhere, and the events after them are the evidence.
    pub stamped: Millis,
}

impl Cutoff {
    /// The cutoff at the trusted time `now`, if what is kept depends on its age. `newest`: the time
    /// of the newest event from before this run.
    pub(super) fn new(keep: Keep, now: Millis, newest: Millis) -> Option<Cutoff> {
        match keep {
            Keep::For(time) => {
                let kept = time.as_millis() as Millis;
                Some(Cutoff {
                    written: now.saturating_sub(kept),
                    stamped: now.min(newest).saturating_sub(kept),
                })
            }
            Keep::Lesson | Keep::Forever => None,
        }
    }
}

/// Events of one room that were erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ErasedEvents {
    pub room: Arc<str>,
    pub count: usize,
    /// The last number.
    pub last: u64,
    /// The time that the last of them had.
    pub at: Millis,
}

/// The time of the newest event; 0 if it cannot be read, and then no event counts as brought in from
/// elsewhere.
pub(super) fn newest_event(db: &Connection) -> Result<Millis> {
    let newest = db.query_row(
        "SELECT coalesce(max((SELECT at FROM events WHERE room = rooms.id
                              ORDER BY seq DESC LIMIT 1)), 0) FROM rooms",
        [],
        |row| row.get(0),
    );
    Ok(damage::or_without("events", newest)?.unwrap_or(0))
}

/// Erases what is too old, at most [`MAX_EVENTS_PER_ROOM`] in each room. Returns what was erased of
/// the rooms, and whether more is left to erase. `now` is the trusted time.
pub(super) fn erase_before(
    db: &Around<'_>,
    cutoff: Cutoff,
    now: Millis,
) -> Result<(Vec<ErasedEvents>, bool)> {
    // A room whose name cannot be read is not erased, but the others are.
    let rooms: Vec<(i64, String)> = db
        .prepare_cached("SELECT id, name FROM rooms")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .filter_map(|room| damage::or_report(room, || "rooms: a name".into()))
        .collect();
    let mut erased = Vec::new();
    let mut more = false;
    for (id, name) in rooms {
        // Nor is one with a damaged page.
        let lost = format!("events, room {name:?}, too old");
        let old = db.apart(&lost, || erase_events_before(db, id, &name, cutoff))?;
        if let Some(events) = old.flatten() {
            more |= events.count == MAX_EVENTS_PER_ROOM;
            erased.push(events);
        }
    }
    let Cutoff { written, .. } = cutoff;
    let rows = [
        ("visits", "coalesce(kept, left) < ?1 AND left IS NOT NULL"),
        ("audit", "coalesce(kept, at) < ?1"),
        ("tasks", "coalesce(kept, last) < ?1"),
        ("records", "kept < ?1 AND own"),
    ];
    for (table, old) in rows {
        let sql = format!("DELETE FROM {table} WHERE {old}");
        db.apart(table, || db.execute(&sql, [written]))?;
    }
    db.apart("whispers", || whispers::erase_before(db, written))?;
    if !more {
        db.apart("authors", || erase_unused_before(db, written, now))?;
    }
    Ok((erased, more))
}

/// Erases the oldest events of a room up to the first that is kept, so that the rest has no gap.
fn erase_events_before(
    db: &Connection,
    room: i64,
    name: &str,
    cutoff: Cutoff,
) -> Result<Option<ErasedEvents>> {
    // A number that was never given is damage, and would erase the whole room.
    let aged = "SELECT coalesce(max(last), 0) FROM ages WHERE room = ?1 AND at <= ?2
                AND last <= (SELECT max(last) FROM marks WHERE room = ?1)";
    let aged: u64 = db
        .prepare_cached(aged)?
        .query_row(params![room, cutoff.written], |row| row.get(0))?;
    let mut oldest =
        db.prepare_cached("SELECT seq, at FROM events WHERE room = ?1 ORDER BY seq LIMIT ?2")?;
    let mut rows = oldest.query(params![room, MAX_EVENTS_PER_ROOM])?;
    let mut erased: Option<ErasedEvents> = None;
    while let Some(row) = rows.next()? {
        // A time that cannot be read is taken for that of the events around it.
        let (last, at): (u64, Millis) = (row.get(0)?, row.get(1).unwrap_or_default());
        let old = last <= aged || (at < cutoff.stamped && is_from_elsewhere(db, room, last, at)?);
        if !old {
            break;
        }
        let count = erased.map_or(0, |erased| erased.count) + 1;
        let room = name.into();
        erased = Some(ErasedEvents {
            room,
            count,
            last,
            at,
        });
    }
    drop(rows);
    if let Some(ErasedEvents { last, .. }) = erased {
        let events = "DELETE FROM events WHERE room = ?1 AND seq <= ?2";
        db.execute(events, params![room, last])?;
        let reactions = "DELETE FROM reactions WHERE room = ?1 AND target <= ?2";
        db.execute(reactions, params![room, last])?;
        // The newest note stays: the numbers up to it are noted.
        let ages = "DELETE FROM ages WHERE room = ?1 AND last <= ?2
                    AND last < (SELECT max(last) FROM ages WHERE room = ?1)";
        db.execute(ages, params![room, last])?;
        let pin = "UPDATE rooms SET pin = NULL WHERE id = ?1 AND pin <= ?2";
        db.execute(pin, params![room, last])?;
    }
    Ok(erased)
}

/// Whether an event says that it is older than the run that wrote it.
fn is_from_elsewhere(db: &Connection, room: i64, seq: u64, at: Millis) -> Result<bool> {
    let sql = "SELECT e.began FROM marks m JOIN epochs e ON e.id = m.epoch
               WHERE m.room = ?1 AND m.last >= ?2 ORDER BY m.last, m.epoch LIMIT 1";
    let mut run = db.prepare_cached(sql)?;
    let began: Option<Millis> = run
        .query_row(params![room, seq], |row| row.get(0))
        .optional()?;
    Ok(began.is_some_and(|began| at.saturating_add(CLOCK_SLACK) < began))
}

/// Erases authors, marks and epochs that nothing refers to.
fn erase_unused_before(db: &Connection, cutoff: Millis, now: Millis) -> Result<()> {
    let old = cutoff.saturating_sub(USED_SLACK);
    let any = "SELECT EXISTS (SELECT 1 FROM authors WHERE used < ?1)";
    if db.query_row(any, [old], |row| row.get(0))? {
        // A name stays as long as anything that it belongs to.
        db.execute(
            "UPDATE OR ROLLBACK authors SET used = ?2 WHERE used < ?1 AND id IN (
                 SELECT author FROM events UNION SELECT author FROM visits
                 UNION SELECT author FROM audit UNION SELECT target FROM audit
                 UNION SELECT author FROM tasks
                 UNION SELECT author FROM records UNION SELECT target FROM records
                 UNION SELECT author FROM whispers UNION SELECT target FROM whispers)",
            [old, now],
        )?;
        db.execute("DELETE FROM authors WHERE used < ?1", [old])?;
    }
    // The newest mark of a room is kept: its numbers continue from there.
    db.execute(
        "DELETE FROM marks WHERE epoch IN (SELECT id FROM epochs WHERE seen < ?1)
         AND epoch < (SELECT max(m.epoch) FROM marks m WHERE m.room = marks.room)",
        [cutoff],
    )?;
    db.execute(
        "DELETE FROM epochs WHERE seen < ?1 AND id < (SELECT max(id) FROM epochs)
         AND id NOT IN (SELECT epoch FROM marks)",
        [cutoff],
    )?;
    Ok(())
}

/// Erases the history, but not the rooms and the last number of each. Returns how many events it
/// had. A damaged table is left out.
pub(super) fn erase_all(db: &Around<'_>) -> Result<usize> {
    let erase = |table| {
        let sql = format!("DELETE FROM {table} WHERE true");
        db.apart(table, || db.execute(&sql, []))
    };
    let events = erase("events")?.unwrap_or(0);
    for table in ["reactions", "visits", "audit", "tasks", "authors"] {
        erase(table)?;
    }
    db.apart("records", || records::erase_own(db))?;
    db.apart("whispers", || whispers::erase_all(db))?;
    db.execute("UPDATE rooms SET pin = NULL", [])?;
    Ok(events)
}

/// Erases a room, its numbers included. The audit log keeps its name: what was done in the room stays
/// true.
pub(super) fn erase_room(db: &Around<'_>, id: i64, name: &str) -> Result<()> {
    let erase = |table| db.execute(&format!("DELETE FROM {table} WHERE room = ?1"), [id]);
    for table in ["events", "marks"] {
        erase(table)?;
    }
    for table in ["reactions", "ages", "visits", "records", "whispers"] {
        db.apart(table, || erase(table))?;
    }
    let audit = "UPDATE audit SET room = NULL, reason = coalesce(reason, 'room ' || ?2)
                 WHERE room = ?1";
    db.apart("audit", || db.execute(audit, params![id, name]))?;
    db.execute("DELETE FROM rooms WHERE id = ?1", [id])
        .map(drop)
}

/// How many rows of a person were erased.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Erased {
    /// Messages, edits and reactions.
    pub events: usize,
    /// Visits, from which attendance is computed.
    pub visits: usize,
    /// Entries of the audit log about the person.
    pub audit: usize,
    /// Tasks of the course.
    pub tasks: usize,
}

/// Erases the person with this `sub`: texts, reactions, refs, names, attendance, tasks, and audit
/// entries about them. Because numbers have no gaps, their events stay, without text, and
/// [`Author::nobody`](crate::model::event::Author::nobody) becomes their author.
pub(super) fn erase_person(db: &Connection, sub: &str) -> Result<Erased> {
    erase_rows_of(&|_, sql| db.execute(sql, [sub]))
}

/// As [`erase_person`], in the middle of a transaction. A damaged table is left out, and the log says
/// what to do: the messages of the others are stored all the same.
pub(super) fn erase_person_apart(db: &Around<'_>, sub: &str) -> Result<Erased> {
    let whole = Cell::new(true);
    let erased = erase_rows_of(&|table, sql| {
        // Without their names, nobody could be erased again.
        if table == "authors" && !whole.get() {
            return Ok(0);
        }
        let rows = db.apart(table, || db.execute(sql, [sub]))?;
        whole.set(whole.get() && rows.is_some());
        Ok(rows.unwrap_or(0))
    });
    if !whole.get() {
        log::error!(
            "the person {sub:?} could not be erased completely, because the history is damaged: stop \
             the server, run `glassroom repair`, and then `glassroom forget` again"
        );
    }
    erased
}

/// Erases the rows of a person. `run` runs a statement about a table.
fn erase_rows_of(run: &dyn Fn(&str, &str) -> Result<usize>) -> Result<Erased> {
    const THEIRS: &str = "(SELECT id FROM authors WHERE sub = ?1)";
    let of = |table, column| {
        let sql = format!("DELETE FROM {table} WHERE {column} IN {THEIRS}");
        run(table, &sql)
    };
    // Without a journal of their own, as in `insert_sql`: these change very many rows.
    let texts = format!(
        "UPDATE OR ROLLBACK events SET text = NULL, ref = NULL,
                stale = iif(kind < 2 AND stale = 0, 2, stale), author = 0
         WHERE author IN {THEIRS} AND (kind < {} OR kind IN ({}, {}))",
        kind::PIN,
        kind::HAND,
        kind::POLL,
    );
    run("events", FORGET_ASKED)?;
    let events = run("events", &texts)?;
    // Pins and rules keep their content.
    let rest =
        format!("UPDATE OR ROLLBACK events SET ref = NULL, author = 0 WHERE author IN {THEIRS}");
    run("events", &rest)?;
    run("reactions", "DELETE FROM reactions WHERE sub = ?1")?;
    let visits = of("visits", "author")?;
    let audit = of("audit", "target")?;
    let tasks = of("tasks", "author")?;
    let entries = format!("UPDATE OR ROLLBACK audit SET author = 0 WHERE author IN {THEIRS}");
    run("audit", &entries)?;
    let either = format!("(author IN {THEIRS} OR target IN {THEIRS})");
    let own = format!("DELETE FROM records WHERE own AND {either}");
    run("records", &own)?;
    // What binds them, or was done by them, stays without their names.
    let names = format!(
        "UPDATE OR ROLLBACK records SET author = iif(author IN {THEIRS}, 0, author),
                target = iif(target IN {THEIRS}, 0, target)
         WHERE {either}"
    );
    run("records", &names)?;
    whispers::erase_person(THEIRS, run)?;
    run("authors", "DELETE FROM authors WHERE sub = ?1")?;
    Ok(Erased {
        events,
        visits,
        audit,
        tasks,
    })
}

/// Runs a checkpoint that empties the write-ahead log, so that nothing erased remains in it. False
/// means that another connection is reading, and that the checkpoint has to be repeated.
pub(super) fn checkpoint(db: &Connection) -> Result<bool> {
    // It does not wait for a slow reader, since it will be repeated.
    db.busy_timeout(Duration::ZERO)?;
    let busy = db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| {
        row.get::<_, i64>(0)
    });
    db.busy_timeout(BUSY_TIMEOUT)?;
    Ok(busy? == 0)
}

/// Erases a person from the file at `path`, which no server may use: a server also has the person
/// and its newest events in memory. ([`crate::control`] asks a running server.)
///
/// # Errors
///
/// A server uses the file, it cannot be written, or it is not a history of this version; nothing is
/// erased then.
pub fn erase_person_in_file(path: &Path, sub: &str) -> std::result::Result<Erased, StoreError> {
    let _lock = files::lock(path)?;
    erase_beside_others(path, sub)
}

/// Erases a person from a file that another connection may write to.
pub(super) fn erase_beside_others(
    path: &Path,
    sub: &str,
) -> std::result::Result<Erased, StoreError> {
    let mut db = connect(path)?;
    schema::verify(&db)?;
    let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let erased = erase_person(&transaction, sub)?;
    transaction.commit()?;
    if !checkpoint(&db)? {
        // A server runs a checkpoint with its next erasure or when it ends.
        log::warn!(
            "another program is reading the history: erased texts may remain in its write-ahead \
             log until the server ends"
        );
    }
    Ok(erased)
}
