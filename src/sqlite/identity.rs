//! The id of a history: random, given once, and the same in every copy. The data directory remembers
//! it, so that a history that is gone or was replaced is noticed.

use rusqlite::{Connection, OptionalExtension, Result, params};

use crate::store::position::Position;

/// The step of the schema that gives a history its id.
pub(super) const STEP: &str = "
    -- What the history says of itself. id: random, the same in every copy of this history.
    CREATE TABLE meta(
        key TEXT PRIMARY KEY,
        value TEXT NOT NULL
    ) WITHOUT ROWID;
    INSERT INTO meta(key, value) VALUES('id', lower(hex(randomblob(16))));
";

/// Returns the id; `None` if it is damaged or missing.
pub(super) fn read(db: &Connection) -> Option<String> {
    let sql = "SELECT value FROM meta WHERE key = 'id'";
    let id = db.query_row(sql, [], |row| row.get(0)).optional();
    id.ok().flatten()
}

/// Returns the id, and gives the history a new one if its own cannot be read.
///
/// # Errors
///
/// The file cannot be written.
pub(super) fn read_or_renew(db: &Connection) -> Result<String> {
    if let Some(id) = read(db) {
        return Ok(id);
    }
    db.query_row(
        "INSERT OR REPLACE INTO meta(key, value) VALUES('id', lower(hex(randomblob(16))))
         RETURNING value",
        [],
        |row| row.get(0),
    )
}

/// The place in the log of a cluster up to which this history has everything; `None`: it was never part of one.
pub(super) fn position(db: &Connection) -> Result<Option<Position>> {
    let sql = "SELECT value FROM meta WHERE key = 'cluster'";
    let found: Option<String> = db.query_row(sql, [], |row| row.get(0)).optional()?;
    let position = found.and_then(|found| {
        let mut parts = found.split(' ');
        Some(Position {
            log: parts.next()?.into(),
            entry: parts.next()?.parse().ok()?,
            term: parts.next()?.parse().ok()?,
        })
    });
    Ok(position)
}

/// Notes that place, in the transaction that writes what is before it.
pub(super) fn note_position(db: &Connection, at: &Position) -> Result<()> {
    let Position { log, entry, term } = at;
    db.prepare_cached("INSERT OR REPLACE INTO meta(key, value) VALUES('cluster', ?1)")?
        .execute(params![format!("{log} {entry} {term}")])
        .map(drop)
}

/// Forgets that place: the history goes on without the log.
pub(super) fn forget_position(db: &Connection) -> Result<()> {
    db.execute("DELETE FROM meta WHERE key = 'cluster'", [])
        .map(drop)
}
