//! The id of a history: random, given once, and the same in every copy. The data directory remembers
//! it, so that a history that is gone or was replaced is noticed.

use rusqlite::{Connection, OptionalExtension, Result};

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
