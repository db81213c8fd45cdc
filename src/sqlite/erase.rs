//! Erasing: history older than its retention, a person, a lesson.
//!
//! `secure_delete` overwrites what is deleted from the database file. The write-ahead log may still
//! have it until the next checkpoint, so every erasure is followed by one.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, Result, TransactionBehavior, params};

use crate::config::Keep;
use crate::model::event::Author;
use crate::model::time::Millis;
use crate::sqlite::archive::Archive;
use crate::sqlite::authors::{self, USED_SLACK};
use crate::sqlite::connect::{BUSY_TIMEOUT, connect};
use crate::sqlite::error::StoreError;
use crate::sqlite::schema;

/// Most events of a room that are erased in one transaction: a few milliseconds of work, so that
/// no `ack` is delayed for long.
const MAX_EVENTS_PER_ROOM: usize = 2000;

/// Returns the time before which history is no longer kept, if that depends on its age.
pub(super) fn cutoff(keep: Keep, now: Millis) -> Option<Millis> {
    match keep {
        Keep::For(time) => Some(now.saturating_sub(time.as_millis() as Millis)),
        Keep::Lesson | Keep::Forever => None,
    }
}

/// Erases history from before `cutoff`, at most [`MAX_EVENTS_PER_ROOM`] in each room. Returns
/// whether more is left to erase.
pub(super) fn erase_before(db: &Connection, cutoff: Millis) -> Result<bool> {
    let rooms = db
        .prepare_cached("SELECT id FROM rooms")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<Vec<i64>>>()?;
    let mut more = false;
    for room in rooms {
        more |= erase_events_before(db, room, cutoff)?;
    }
    db.execute("DELETE FROM visits WHERE left < ?1", [cutoff])?;
    db.execute("DELETE FROM audit WHERE at < ?1", [cutoff])?;
    db.execute("DELETE FROM tasks WHERE last < ?1", [cutoff])?;
    if !more {
        erase_unused_before(db, cutoff)?;
    }
    Ok(more)
}

/// Erases the oldest events of a room up to the first that is kept, so that the rest has no gap.
/// Returns whether more is left to erase.
fn erase_events_before(db: &Connection, room: i64, cutoff: Millis) -> Result<bool> {
    let mut oldest =
        db.prepare_cached("SELECT seq, at FROM events WHERE room = ?1 ORDER BY seq LIMIT ?2")?;
    let mut rows = oldest.query(params![room, MAX_EVENTS_PER_ROOM])?;
    let mut last: Option<u64> = None;
    let mut count = 0;
    while let Some(row) = rows.next()? {
        if row.get::<_, Millis>(1)? >= cutoff {
            break;
        }
        last = Some(row.get(0)?);
        count += 1;
    }
    drop(rows);
    if last.is_some() {
        let events = "DELETE FROM events WHERE room = ?1 AND seq <= ?2";
        db.execute(events, params![room, last])?;
        let pin = "UPDATE rooms SET pin = NULL WHERE id = ?1 AND pin <= ?2";
        db.execute(pin, params![room, last])?;
    }
    Ok(count == MAX_EVENTS_PER_ROOM)
}

/// Erases authors, marks and epochs that nothing refers to.
fn erase_unused_before(db: &Connection, cutoff: Millis) -> Result<()> {
    db.execute(
        "DELETE FROM authors WHERE used < ?1",
        [cutoff.saturating_sub(USED_SLACK)],
    )?;
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

/// Erases the history, but not the rooms and the last number of each.
pub(super) fn erase_all(db: &Connection) -> Result<()> {
    db.execute_batch(
        "DELETE FROM events; DELETE FROM visits; DELETE FROM audit; DELETE FROM tasks;
         DELETE FROM authors;
         UPDATE rooms SET pin = NULL;",
    )
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
/// [`Author::nobody`] becomes their author.
pub(super) fn erase_person(db: &Connection, sub: &str) -> Result<Erased> {
    let theirs = "SELECT id FROM authors WHERE sub = ?1";
    let run = |sql: &str| db.execute(&sql.replace("{theirs}", theirs), [sub]);
    let events = run("UPDATE events SET text = NULL, ref = NULL,
                      stale = CASE WHEN kind < 2 THEN 2 ELSE stale END, author = 0
                      WHERE author IN ({theirs}) AND kind < 5")?;
    // Pins and rules keep their content.
    run("UPDATE events SET ref = NULL, author = 0 WHERE author IN ({theirs})")?;
    let visits = run("DELETE FROM visits WHERE author IN ({theirs})")?;
    let audit = run("DELETE FROM audit WHERE target IN ({theirs})")?;
    let tasks = run("DELETE FROM tasks WHERE author IN ({theirs})")?;
    run("UPDATE audit SET author = 0 WHERE author IN ({theirs})")?;
    run("DELETE FROM authors WHERE sub = ?1")?;
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

/// Returns the people that `who` may mean: the person with that `sub` or id, or else everybody who
/// ever had that name. Each is returned as they appeared last.
///
/// # Errors
///
/// The file cannot be read, or is not a history of this version.
pub fn find_people(path: &Path, who: &str) -> std::result::Result<Vec<Author>, StoreError> {
    Ok(find_people_in(&Archive::open(path)?, who)?)
}

/// The same, in a history that is open.
pub(crate) fn find_people_in(archive: &Archive, who: &str) -> Result<Vec<Author>> {
    let db = archive.db();
    let matching = |condition: &str| -> Result<Vec<Author>> {
        let sql = format!(
            "SELECT sub, shown, name, role, max(used) FROM authors
             WHERE sub IN (SELECT sub FROM authors WHERE {condition}) GROUP BY sub"
        );
        let mut people = db.prepare(&sql)?;
        people.query_map([who], authors::from_row)?.collect()
    };
    let by_id = matching("sub = ?1 OR shown = ?1")?;
    if !by_id.is_empty() {
        return Ok(by_id);
    }
    matching("name = ?1")
}

/// Erases a person from the file at `path`, which no server may use: a server also has the person
/// and its newest events in memory. ([`crate::control`] asks a running server.)
///
/// # Errors
///
/// The file cannot be written, or is not a history of this version; nothing is erased then.
pub fn erase_person_in_file(path: &Path, sub: &str) -> std::result::Result<Erased, StoreError> {
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
