//! Rows of `authors`: a person as they appeared. Another name or role is another row.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Result, Row};

use crate::model::event::Author;
use crate::model::role::Role;
use crate::model::time::Millis;
use crate::sqlite::damage;

/// `authors.used` may be this much older than the last use of the row, so that a lively chat does
/// not update it with every message.
pub(super) const USED_SLACK: Millis = 60 * 60 * 1000;

/// Reads the author from a row of `sub, shown, name, role`. A name in which a byte is wrong is still
/// a name; somebody without `sub` and id is nobody.
pub(super) fn from_row(row: &Row<'_>) -> Result<Author> {
    let text = |column| row.get::<_, Box<str>>(column);
    let role = damage::lossy(row, 3)?.parse::<Role>().unwrap_or_default();
    Ok(Author {
        sub: text(0)?,
        id: text(1)?,
        name: damage::lossy(row, 2)?,
        role,
    })
}

/// Reads the author with this row id. An erased person is [`Author::nobody`], and so is one who
/// cannot be read.
pub(super) fn by_id(db: &Connection, id: i64) -> Result<Arc<Author>> {
    let sql = "SELECT sub, shown, name, role FROM authors WHERE id = ?1";
    let author = db.prepare_cached(sql)?.query_row([id], from_row).optional();
    let author = damage::or_report(author, || format!("authors, row {id}"));
    Ok(Arc::new(author.flatten().unwrap_or_else(Author::nobody)))
}
