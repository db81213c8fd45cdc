//! What the history keeps of the retention clock: its state, and how old the events of each room
//! are. Runs on the writing thread.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, Result, params};

use crate::model::time::Millis;
use crate::sqlite::around::Around;
use crate::sqlite::damage;
use crate::sqlite::retention::{Shift, State};
use crate::sqlite::values::LATEST;

/// How far the events of each room go in the span of time that is not over yet.
///
/// A transaction may be rolled back, and then it is run again. So what a transaction notes here counts
/// only when it is committed: [`OpenAges::begin`], [`OpenAges::note`], [`OpenAges::settle`].
#[derive(Debug, Clone, Default)]
pub(super) struct OpenAges {
    /// The end of the span, and the last number that was written in it, by the room's row id.
    rooms: HashMap<i64, (Millis, u64)>,
    /// What the current transaction noted.
    noted: Vec<(i64, (Millis, u64))>,
}

impl OpenAges {
    /// Begins a transaction: what an earlier one noted, which was rolled back, does not count.
    pub(super) fn begin(&mut self) {
        self.noted.clear();
    }

    /// Notes that events up to `last` were written in the span that ends at `end`. The span before
    /// is closed.
    pub(super) fn note(
        &mut self,
        db: &Around<'_>,
        room: i64,
        last: u64,
        end: Millis,
    ) -> Result<()> {
        self.noted.push((room, (end, last)));
        match self.rooms.get(&room) {
            Some(&(before, last)) if before < end => write(db, room, last, before),
            _ => Ok(()),
        }
    }

    /// The transaction is committed.
    pub(super) fn settle(&mut self) {
        self.rooms.extend(self.noted.drain(..));
    }

    /// Forgets a room that is removed: the next room may get its row id, and its events are new. A
    /// removal that is rolled back is run again, so this needs no undoing.
    pub(super) fn forget(&mut self, room: i64) {
        self.rooms.remove(&room);
    }

    /// Closes the spans that are over at `now`.
    pub(super) fn close_before(&mut self, db: &Around<'_>, now: Millis) -> Result<()> {
        for (&room, &(end, last)) in &self.rooms {
            if end <= now {
                write(db, room, last, end)?;
            }
        }
        self.rooms.retain(|_, (end, _)| *end > now);
        Ok(())
    }

    /// Closes every span at the end of the run.
    pub(super) fn close_all(&self, db: &Around<'_>, now: Millis) -> Result<()> {
        for (&room, &(_, last)) in &self.rooms {
            write(db, room, last, now)?;
        }
        Ok(())
    }

    /// Moves what was written.
    pub(super) fn shift(&mut self, by: i64) {
        for (end, _) in self.rooms.values_mut() {
            *end = end.saturating_add_signed(by);
        }
    }
}

fn write(db: &Around<'_>, room: i64, last: u64, at: Millis) -> Result<()> {
    let sql = "INSERT OR IGNORE INTO ages(room, last, at) VALUES(?1, ?2, ?3)";
    let write = || db.prepare_cached(sql)?.execute(params![room, last, at]);
    db.apart("ages", write).map(drop)
}

/// Reads the state that an earlier run left; `None` in a new file. A version that had no such clock
/// left the time at which it last wrote, and that serves where the state cannot be read.
pub(super) fn load_state(db: &Connection) -> Result<Option<State>> {
    let sql = "SELECT trusted, wall, witnessed, doubt FROM retention";
    let state = db.query_row(sql, [], |row| {
        Ok(State {
            trusted: row.get(0)?,
            wall: row.get(1)?,
            witnessed: row.get(2)?,
            doubt: row.get(3)?,
        })
    });
    if let Some(state) = damage::or_without("retention", state.optional())?.flatten() {
        if is_plausible(&state) {
            return Ok(Some(state));
        }
        damage::report("retention: times that contradict each other");
    }
    let seen = "SELECT seen FROM epochs ORDER BY id DESC LIMIT 1";
    let seen = db.query_row(seen, [], |row| row.get(0)).optional();
    let seen: Option<Millis> = damage::or_without("epochs", seen)?.flatten();
    let seen = seen.filter(|&seen| seen <= LATEST);
    Ok(seen.map(|seen| State {
        trusted: seen,
        wall: seen,
        witnessed: 0,
        doubt: None,
    }))
}

/// Whether a clock can have left this state. Without a doubt, it follows the wall clock. A trusted time
/// that is too late would erase everything.
fn is_plausible(state: &State) -> bool {
    let State {
        trusted,
        wall,
        witnessed,
        doubt,
    } = *state;
    let is_one = [trusted, wall, witnessed].iter().all(|&at| at <= LATEST);
    is_one && (doubt.is_some() || trusted == wall)
}

/// Keeps the state for the next run.
pub(super) fn save_state(db: &Connection, state: &State) -> Result<()> {
    let State {
        trusted,
        wall,
        witnessed,
        doubt,
    } = state;
    db.prepare_cached(
        "INSERT OR REPLACE INTO retention(id, trusted, wall, witnessed, doubt)
         VALUES(1, ?1, ?2, ?3, ?4)",
    )?
    .execute(params![trusted, wall, witnessed, doubt])
    .map(drop)
}

/// Begins a run: what a crash kept from being noted was written at `last`, the last trusted time
/// that is known, and nothing was written later than that. Then keeps `state`. A table that is
/// damaged is left as it is: the run begins all the same.
pub(super) fn begin(db: &Connection, last: Millis, state: &State) -> Result<()> {
    let noted = db.execute(
        "INSERT OR IGNORE INTO ages(room, last, at)
         SELECT m.room, max(m.last), ?1 FROM marks m GROUP BY m.room
         HAVING max(m.last) > coalesce((SELECT max(a.last) FROM ages a WHERE a.room = m.room), 0)",
        [last],
    );
    damage::or_without("ages", noted)?;
    for column in COLUMNS {
        damage::or_without(column.0, limit(db, column, last))?;
    }
    damage::or_without("retention", save_state(db, state)).map(drop)
}

/// Moves what was written after a trusted time; then nothing is later than `now`.
pub(super) fn shift(db: &Around<'_>, Shift { from, by }: Shift, now: Millis) -> Result<()> {
    for (table, column) in COLUMNS {
        let sql =
            format!("UPDATE OR ROLLBACK {table} SET {column} = {column} + ?2 WHERE {column} > ?1");
        db.apart(table, || {
            db.execute(&sql, params![from, by])?;
            limit(db, (table, column), now)
        })?;
    }
    Ok(())
}

/// The columns with trusted times.
const COLUMNS: [(&str, &str); 6] = [
    ("ages", "at"),
    ("authors", "used"),
    ("visits", "kept"),
    ("audit", "kept"),
    ("tasks", "kept"),
    ("whispers", "kept"),
];

/// Nothing was written later than `now`: what a clock far ahead wrote does not live for ever.
fn limit(db: &Connection, (table, column): (&str, &str), now: Millis) -> Result<()> {
    let sql = format!("UPDATE OR ROLLBACK {table} SET {column} = ?1 WHERE {column} > ?1");
    db.execute(&sql, [now]).map(drop)
}
