//! The table of records: what the rules of a class keep beside the log.
//!
//! A record that ends has `until`, a moment of the machine's clock that never jumps, and `remaining`, the
//! milliseconds that were left when the table was last brought up to date. A server that starts again
//! before the machine does goes on with `until`, so that the end stays the moment that people were shown.
//! After a start of the machine, whose clock begins anew, what is left counts on: time while the machine
//! is off does not count, nor does a wall clock that was set, and a crash gives back a minute at most.

use rusqlite::{Connection, OptionalExtension, Result, Row, params};

use crate::model::time::{Millis, Ticks, uptime};
use crate::sqlite::{authors, damage};
use crate::store::record::{Record, RecordKind};

/// The step of the schema that creates the table.
pub(super) const STEP: &str = "
    -- author, target: who caused it and whom it is about; room: it is erased with the room.
    -- own: 1 if it belongs to its author, and is erased with the author and by age.
    -- until: by the clock of the machine since it was started, NULL: it does not end; remaining: milliseconds
    -- that were left at the last look. kept: the trusted time at which the row was written.
    CREATE TABLE records(
        kind TEXT NOT NULL,
        id TEXT NOT NULL,
        author INTEGER NOT NULL,
        target INTEGER,
        room INTEGER,
        own INTEGER NOT NULL,
        until INTEGER,
        remaining INTEGER,
        kept INTEGER NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY(kind, id)
    ) WITHOUT ROWID;
";

/// The row ids that a record refers to.
pub(super) struct References {
    pub author: i64,
    pub target: Option<i64>,
    pub room: Option<i64>,
}

/// Writes a record in place of the one with its kind and id.
pub(super) fn keep(
    db: &Connection,
    record: &Record,
    references: &References,
    trusted: Millis,
) -> Result<()> {
    let now = Ticks::now();
    let remaining = record.until.map(|until| until.since(now));
    let until = remaining.map(|remaining| uptime() + remaining);
    db.prepare_cached(
        "INSERT OR REPLACE INTO
             records(kind, id, author, target, room, own, until, remaining, kept, body)
         VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?
    .execute(params![
        record.kind.as_str(),
        record.id,
        references.author,
        references.target,
        references.room,
        record.kind.belongs_to_its_author(),
        until,
        remaining,
        trusted,
        record.body,
    ])
    .map(drop)
}

/// When the poll was opened that a record belongs to. The record is kept with that time: the time of a
/// vote, beside that of the sums, would tell what somebody chose.
pub(super) fn kept_of_poll(db: &Connection, record: &Record) -> Result<Option<Millis>> {
    let seq = record.id.split(' ').next().unwrap_or_default();
    let room = record.room.as_deref().unwrap_or_default();
    db.prepare_cached("SELECT kept FROM records WHERE kind = ?1 AND id = ?2")?
        .query_row(
            params![RecordKind::Poll.as_str(), format!("{seq} {room}")],
            |row| row.get(0),
        )
        .optional()
}

/// Erases the record with this kind and id.
pub(super) fn erase(db: &Connection, kind: RecordKind, id: &str) -> Result<()> {
    db.prepare_cached("DELETE FROM records WHERE kind = ?1 AND id = ?2")?
        .execute(params![kind.as_str(), id])
        .map(drop)
}

/// Erases those that belong to their authors.
pub(super) fn erase_own(db: &Connection) -> Result<()> {
    db.execute("DELETE FROM records WHERE own", []).map(drop)
}

/// Which start of the machine this is, if the system tells.
pub(super) fn boot_id() -> Option<String> {
    let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id");
    id.ok().map(|id| id.trim().to_owned())
}

/// Begins a run. `boot`: which start of the machine this is, if the system tells.
pub(super) fn begin(db: &Connection, boot: Option<&str>) -> Result<()> {
    let last = "SELECT value FROM meta WHERE key = 'boot'";
    let last: Option<String> =
        damage::or_without("meta", db.query_row(last, [], |row| row.get(0)).optional())?.flatten();
    let goes_on = boot.is_some() && last.as_deref() == boot;
    // No end is later than what was left: an earlier version may have counted in its own way.
    let sql = "UPDATE records SET until = iif(?2, min(until, ?1 + remaining), ?1 + remaining)
               WHERE remaining IS NOT NULL";
    damage::or_without("records", db.execute(sql, params![uptime(), goes_on]))?;
    let note = "INSERT OR REPLACE INTO meta(key, value) VALUES('boot', ?1)";
    damage::or_without("meta", db.execute(note, [boot.unwrap_or_default()])).map(drop)
}

/// Notes how much is left of each record that ends, and erases those that are over.
pub(super) fn look_at_clock(db: &Connection) -> Result<()> {
    let now = uptime();
    db.execute("DELETE FROM records WHERE until <= ?1", [now])?;
    let sql = "UPDATE records SET remaining = until - ?1 WHERE until IS NOT NULL";
    db.execute(sql, [now]).map(drop)
}

/// Loads all records, after [`begin`], the oldest first.
pub(super) fn load(db: &Connection) -> Result<Vec<Record>> {
    let mut records = Vec::new();
    let mut read = || -> Result<()> {
        let mut found = db.prepare(
            "SELECT c.kind, c.id, c.until, c.body, r.name, c.author, c.target
             FROM records c LEFT JOIN rooms r ON r.id = c.room ORDER BY c.kept, c.kind, c.id",
        )?;
        let mut rows = found.query([])?;
        while let Some(row) = rows.next()? {
            let record = damage::or_report(record(db, row), || "records: a row".into());
            records.extend(record.flatten());
        }
        Ok(())
    };
    damage::or_without("records", read())?;
    Ok(records)
}

/// Reads a row; `None` if a later version of the server wrote it.
fn record(db: &Connection, row: &Row<'_>) -> Result<Option<Record>> {
    let kind = RecordKind::of(row.get_ref(0)?.as_str()?);
    let until: Option<u64> = row.get(2)?;
    let target: Option<i64> = row.get(6)?;
    let by = authors::by_id(db, row.get(5)?)?;
    let target = target.map(|id| authors::by_id(db, id)).transpose()?;
    let room: Option<Box<str>> = row.get(4)?;
    let (id, body) = (row.get(1)?, row.get(3)?);
    Ok(kind.map(|kind| Record {
        kind,
        id,
        by,
        target,
        room: room.map(Into::into),
        until: until.map(|until| Ticks::now().after(until.saturating_sub(uptime()))),
        body,
    }))
}
