//! Compares the texts of a file's schema with those that this version writes, and puts them right in
//! a copy.
//!
//! SQLite reads names and columns from these texts. A wrong byte in one of them hides rows that are
//! intact, or lets every statement about a table fail, and no check of pages finds it.

use crate::sqlite::error::StoreError;
use crate::sqlite::schema;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Result, params};
use std::path::Path;

/// A row of `sqlite_schema`: its type, its name, the name of its table, and its text. The bytes may
/// be no UTF-8, and each may be missing.
type Texts = [Option<Vec<u8>>; 4];

/// The rows that this version writes.
fn known() -> std::result::Result<Vec<(i64, Texts)>, StoreError> {
    let mut db = Connection::open_in_memory()?;
    schema::migrate(&mut db)?;
    Ok(rows(&db)?)
}

/// The rows of a file, with their row numbers.
fn rows(db: &Connection) -> Result<Vec<(i64, Texts)>> {
    let mut rows = db.prepare("SELECT rowid, type, name, tbl_name, sql FROM sqlite_schema")?;
    let rows = rows.query_map([], |row| {
        let mut texts = Texts::default();
        for (n, text) in texts.iter_mut().enumerate() {
            *text = match row.get_ref(n + 1)? {
                ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Some(bytes.to_vec()),
                _ => None,
            };
        }
        Ok((row.get(0)?, texts))
    })?;
    rows.collect()
}

/// The name in a row that this version writes.
fn name(texts: &Texts) -> String {
    let name = texts[1].as_deref().unwrap_or_default();
    String::from_utf8_lossy(name).into_owned()
}

/// Takes the rows that are equal out of both lists.
fn leave_differences(known: &mut Vec<(i64, Texts)>, found: &mut Vec<(i64, Texts)>) {
    known.retain(|(_, texts)| {
        let same = found.iter().position(|(_, other)| other == texts);
        same.map(|n| found.swap_remove(n)).is_none()
    });
}

/// Returns the names of the tables and indexes whose rows are not as this version writes them. What
/// a file has in addition does not matter. A file of another version has no differences, and neither
/// has one whose first page cannot be read: others find that out.
///
/// The connection reads a malformed schema from here on.
pub(super) fn differences(db: &Connection) -> std::result::Result<Vec<String>, StoreError> {
    db.pragma_update(None, "writable_schema", true)?;
    if schema::version_of(db).ok() != Some(schema::VERSION) {
        return Ok(Vec::new());
    }
    let Ok(mut found) = rows(db) else {
        return Ok(Vec::new());
    };
    let mut known = known()?;
    leave_differences(&mut known, &mut found);
    Ok(known.iter().map(|(_, texts)| name(texts)).collect())
}

/// Checks the schema of a file before a server uses it.
///
/// # Errors
///
/// [`StoreError::Schema`]: it is damaged.
pub(super) fn verify(db: &Connection) -> std::result::Result<(), StoreError> {
    let names = differences(db)?;
    if !names.is_empty() {
        return Err(StoreError::Schema(names));
    }
    db.execute_batch("PRAGMA writable_schema = RESET")?;
    Ok(())
}

/// Puts the schema of a copy right. A damaged row is found by the bytes of its texts that are still
/// right, and keeps its root page. A row whose names are wrong, and of which less than half is right,
/// stays as it is.
pub(super) fn restore(copy: &Path) -> std::result::Result<(), StoreError> {
    let db = Connection::open(copy)?;
    db.pragma_update(None, "writable_schema", true)?;
    let (mut known, mut found) = (known()?, rows(&db)?);
    leave_differences(&mut known, &mut found);
    while let Some((right, wrong)) = most_similar(&known, &found) {
        let (_, texts) = known.swap_remove(right);
        let (id, _) = found.swap_remove(wrong);
        let [kind, name, table, sql] = texts;
        // The bytes are text, as they are in every schema.
        db.execute(
            "UPDATE sqlite_schema SET type = CAST(?2 AS TEXT), name = CAST(?3 AS TEXT),
                 tbl_name = CAST(?4 AS TEXT), sql = CAST(?5 AS TEXT) WHERE rowid = ?1",
            params![id, kind, name, table, sql],
        )?;
    }
    db.close().map_err(|(_, error)| error.into())
}

/// The places of the known and the damaged row that differ least.
fn most_similar(known: &[(i64, Texts)], found: &[(i64, Texts)]) -> Option<(usize, usize)> {
    let pairs = known.iter().enumerate().flat_map(|(k, (_, right))| {
        found.iter().enumerate().filter_map(move |(f, (_, wrong))| {
            let length: usize = right.iter().flatten().map(Vec::len).sum();
            let distance = distance(right, wrong);
            let is_it = right[..3] == wrong[..3] || distance * 2 < length;
            is_it.then_some((distance, k, f))
        })
    });
    pairs.min().map(|(_, k, f)| (k, f))
}

/// How many bytes of the texts of two rows differ.
fn distance(one: &Texts, other: &Texts) -> usize {
    let fields = one.iter().zip(other);
    fields
        .map(|(one, other)| {
            let one = one.as_deref().unwrap_or_default();
            let other = other.as_deref().unwrap_or_default();
            let differ = one.iter().zip(other).filter(|(a, b)| a != b).count();
            differ + one.len().abs_diff(other.len())
        })
        .sum()
}
