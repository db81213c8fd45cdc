//! What is no longer kept: what is too old, who is forgotten, a lesson that is over.
//!
//! `secure_delete` overwrites what leaves the database file; what still stands in the write-ahead
//! log goes with the checkpoint that follows whatever was erased for a reason.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, Result, TransactionBehavior, params};

use crate::model::event::Author;
use crate::model::time::Millis;
use crate::sqlite::authors::{self, USED_SLACK};
use crate::sqlite::connect::{BUSY, connect, read_only};
use crate::sqlite::error::StoreError;
use crate::sqlite::schema;

/// Events erased in one transaction: a few milliseconds, so that nobody waits long for an `ack`.
const CHUNK: usize = 2000;

/// Erases what happened before `cutoff`, at most a chunk of it per room. True: there is more.
pub(super) fn sweep(db: &Connection, cutoff: Millis) -> Result<bool> {
    let mut more = false;
    let rooms = db
        .prepare_cached("SELECT id FROM rooms")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<Vec<i64>>>()?;
    for room in rooms {
        // From the oldest up to the first that stays: what remains has no gap.
        let mut oldest =
            db.prepare_cached("SELECT seq, at FROM events WHERE room = ?1 ORDER BY seq LIMIT ?2")?;
        let mut rows = oldest.query(params![room, CHUNK])?;
        let (mut last, mut count) = (None, 0);
        while let Some(row) = rows.next()? {
            if row.get::<_, Millis>(1)? >= cutoff {
                break;
            }
            last = Some(row.get::<_, u64>(0)?);
            count += 1;
        }
        drop(rows);
        if let Some(last) = last {
            db.execute(
                "DELETE FROM events WHERE room = ?1 AND seq <= ?2",
                params![room, last],
            )?;
            db.execute(
                "UPDATE rooms SET pin = NULL WHERE id = ?1 AND pin <= ?2",
                params![room, last],
            )?;
            more |= count == CHUNK;
        }
    }
    db.execute("DELETE FROM visits WHERE left < ?1", [cutoff])?;
    db.execute("DELETE FROM audit WHERE at < ?1", [cutoff])?;
    db.execute("DELETE FROM tasks WHERE last < ?1", [cutoff])?;
    if !more {
        db.execute(
            "DELETE FROM authors WHERE used < ?1",
            [cutoff.saturating_sub(USED_SLACK)],
        )?;
        // The newest mark of a room stays: its numbers go on from there.
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
    }
    Ok(more)
}

/// Erases all that was said and done, but neither the rooms nor how far their numbers went.
pub(super) fn everything(db: &Connection) -> Result<()> {
    db.execute_batch(
        "DELETE FROM events; DELETE FROM visits; DELETE FROM audit; DELETE FROM tasks;
         DELETE FROM authors;
         UPDATE rooms SET pin = NULL;",
    )
}

/// What was erased of a person.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// Messages, edits and reactions.
    pub events: usize,
    /// Attendance.
    pub visits: usize,
    /// Entries of the audit log about them.
    pub audit: usize,
    /// Tasks of the course.
    pub tasks: usize,
}

/// Erases the person with this `sub`: texts, reactions, refs, names, attendance, tasks, and what
/// the audit log says about them. Their events stay as nobody's, without text, because numbers have
/// no gaps.
pub(super) fn forget(db: &Connection, sub: &str) -> Result<Forgotten> {
    let theirs = "SELECT id FROM authors WHERE sub = ?1";
    let run = |sql: &str| db.execute(&sql.replace("{theirs}", theirs), [sub]);
    let events = run("UPDATE events SET text = NULL, ref = NULL, stale = CASE WHEN kind < 2 THEN 2 ELSE stale END, author = 0
                      WHERE author IN ({theirs}) AND kind < 5")?;
    // Pins and rules stay as they are.
    run("UPDATE events SET ref = NULL, author = 0 WHERE author IN ({theirs})")?;
    let visits = run("DELETE FROM visits WHERE author IN ({theirs})")?;
    let audit = run("DELETE FROM audit WHERE target IN ({theirs})")?;
    let tasks = run("DELETE FROM tasks WHERE author IN ({theirs})")?;
    run("UPDATE audit SET author = 0 WHERE author IN ({theirs})")?;
    run("DELETE FROM authors WHERE sub = ?1")?;
    Ok(Forgotten {
        events,
        visits,
        audit,
        tasks,
    })
}

/// Empties the write-ahead log, so that nothing erased remains in it. False: somebody still
/// reads; to be tried again.
pub(super) fn truncate(db: &Connection) -> Result<bool> {
    // Not to wait for a slow reader: the next minute will do.
    db.busy_timeout(Duration::ZERO)?;
    let busy = db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| {
        row.get::<_, i64>(0)
    });
    db.busy_timeout(BUSY)?;
    Ok(busy? == 0)
}

/// Who `who` may be: the person with that `sub` or id, or else everybody ever called so. For each,
/// how they appeared last.
///
/// # Errors
///
/// The file cannot be read, or is not a current history.
pub fn find(path: &Path, who: &str) -> std::result::Result<Vec<Author>, StoreError> {
    let db = read_only(path)?;
    let by = |condition: &str| -> Result<Vec<Author>> {
        let sql = format!(
            "SELECT sub, shown, name, role, max(used) FROM authors
             WHERE sub IN (SELECT sub FROM authors WHERE {condition}) GROUP BY sub"
        );
        let mut people = db.prepare(&sql)?;
        let people = people.query_map([who], authors::from_row)?;
        people.collect()
    };
    let exact = by("sub = ?1 OR shown = ?1")?;
    Ok(if exact.is_empty() {
        by("name = ?1")?
    } else {
        exact
    })
}

/// Erases a person from the file at `path`. A running server is asked instead (`errand`): it still
/// has its newest events in memory, and the person.
///
/// # Errors
///
/// The file cannot be written, or is not a current history; nothing is erased then.
pub fn forget_in(path: &Path, sub: &str) -> std::result::Result<Forgotten, StoreError> {
    let mut db = connect(path)?;
    schema::verify(&db)?;
    let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let forgotten = forget(&transaction, sub)?;
    transaction.commit()?;
    if !truncate(&db)? {
        // The server does it with its next erasure or when it ends.
        log::warn!("somebody reads the history: traces may remain until the server ends");
    }
    Ok(forgotten)
}
