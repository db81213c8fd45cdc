//! Reads every row of a damaged file that can be read, table by table, for `check` and `repair`.
//!
//! It knows no table by name: what each has for columns and key is in the file, or in the schema of
//! this version. Rows are read in windows of their key. A window that touches a damaged page is halved
//! until only single keys are lost (see [`bisect`]).

use crate::sqlite::damage::{bisect, lossy};
use crate::sqlite::error::is_damage;
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, Result, Row, Statement, params};
use std::collections::BTreeSet;

/// Keys that are read at once: a few megabytes of long texts.
const WINDOW: u64 = 1024;

/// Most keys of one table that are given up one by one. A damaged key could claim to be the last of
/// a billion rows.
const MAX_LOST: u64 = 1_000_000;

/// Most rows of a table on a page, to guess the last key of a table whose end cannot be read.
const ROWS_PER_PAGE: u64 = 128;

/// A value of a row as it is in the file.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    Null,
    Integer(i64),
    Real(f64),
    /// Bytes that SQLite calls text. They may not be UTF-8.
    Text(Vec<u8>),
    Blob(Vec<u8>),
}

impl Cell {
    fn new(value: ValueRef<'_>) -> Cell {
        match value {
            ValueRef::Null => Cell::Null,
            ValueRef::Integer(number) => Cell::Integer(number),
            ValueRef::Real(number) => Cell::Real(number),
            ValueRef::Text(bytes) => Cell::Text(bytes.into()),
            ValueRef::Blob(bytes) => Cell::Blob(bytes.into()),
        }
    }

    pub(super) fn integer(&self) -> Option<i64> {
        match self {
            Cell::Integer(number) => Some(*number),
            _ => None,
        }
    }

    /// The text, if it is one.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Cell::Text(bytes) => std::str::from_utf8(bytes).ok(),
            _ => None,
        }
    }
}

impl ToSql for Cell {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Cell::Null => ValueRef::Null,
            Cell::Integer(number) => ValueRef::Integer(*number),
            Cell::Real(number) => ValueRef::Real(*number),
            Cell::Text(bytes) => ValueRef::Text(bytes),
            Cell::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

/// A column of a table.
#[derive(Debug, Clone)]
pub(super) struct Column {
    pub name: String,
    /// Whether it is for texts; else it is for numbers.
    pub is_text: bool,
    pub not_null: bool,
    /// The place in the key, from 1; 0: not part of it.
    pub key: i64,
}

/// A table.
#[derive(Debug, Clone)]
pub(super) struct Table {
    pub name: String,
    pub columns: Vec<Column>,
}

impl Table {
    /// The tables of an open file whose columns SQLite knows.
    pub(super) fn all(db: &Connection) -> Result<Vec<Table>> {
        let sql =
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
        let mut names = db.prepare(sql)?;
        let names = names.query_map([], |row| lossy(row, 0))?;
        let names = names.collect::<Result<Vec<_>>>()?;
        let tables = names.into_iter().map(|name| Table::new(db, name.into()));
        let mut tables = tables.collect::<Result<Vec<_>>>()?;
        tables.retain(|table| !table.columns.is_empty());
        Ok(tables)
    }

    fn new(db: &Connection, name: String) -> Result<Table> {
        let sql = "SELECT name, type, \"notnull\", pk FROM pragma_table_info(?1)";
        let mut columns = db.prepare(sql)?;
        let columns = columns.query_map([&name], |row| {
            Ok(Column {
                name: row.get(0)?,
                is_text: row.get::<_, String>(1)?.eq_ignore_ascii_case("TEXT"),
                not_null: row.get::<_, bool>(2)? || row.get::<_, i64>(3)? > 0,
                key: row.get(3)?,
            })
        })?;
        let columns = columns.collect::<Result<_>>()?;
        Ok(Table { name, columns })
    }

    /// The place of a column.
    pub(super) fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// Leaves only the columns that `other` has, too.
    pub(super) fn keep_columns_of(&mut self, other: &Table) {
        self.columns
            .retain(|column| other.column(&column.name).is_some());
    }

    pub(super) fn list(&self) -> String {
        let names: Vec<&str> = self.columns.iter().map(|column| &*column.name).collect();
        names.join(", ")
    }

    fn key(&self, place: i64) -> Option<&Column> {
        self.columns.iter().find(|column| column.key == place)
    }

    /// Whether rows are found by room and number, as those of `events` are.
    pub(super) fn is_by_room(&self) -> bool {
        let is = |place, name| self.key(place).is_some_and(|column| column.name == name);
        is(1, "room") && is(2, "seq")
    }
}

/// Receives the rows of a table, and the keys that cannot be read.
pub(super) trait Visitor {
    /// A row, in the order of the table's columns. It may come twice if pages are damaged.
    fn row(&mut self, cells: Vec<Cell>) -> Result<()>;
    /// Rows that may have been there cannot be read: of a room, from the first key to the last. This
    /// comes before the rows around them.
    fn lost(&mut self, room: Option<i64>, keys: (u64, u64));
    /// The rest of a table cannot be read.
    fn broken(&mut self, error: &rusqlite::Error);
}

/// The ids of all rooms that are named anywhere.
pub(super) fn rooms(db: &Connection) -> BTreeSet<i64> {
    let mut rooms = BTreeSet::new();
    for sql in ["SELECT id FROM rooms", "SELECT room FROM marks"] {
        let Ok(mut found) = db.prepare(sql) else {
            continue;
        };
        let Ok(mut rows) = found.query([]) else {
            continue;
        };
        while let Ok(Some(row)) = rows.next() {
            rooms.extend(row.get::<_, i64>(0).ok());
        }
    }
    // Rooms whose own row is gone.
    let mut last = i64::MIN;
    let next = "SELECT min(room) FROM events WHERE room > ?1";
    while let Ok(Some(room)) = db.query_row(next, [last], |row| row.get::<_, Option<i64>>(0)) {
        rooms.insert(room);
        last = room;
    }
    rooms
}

/// Reads all rows of a table.
///
/// # Errors
///
/// Those of `visitor`, and of SQLite but for damage.
pub(super) fn read(db: &Connection, table: &Table, visitor: &mut dyn Visitor) -> Result<()> {
    let key = table.key(1).filter(|_| table.key(2).is_none());
    if table.is_by_room() {
        for room in rooms(db) {
            read_windows(db, table, ("seq", Some(room)), visitor)?;
        }
        return Ok(());
    }
    match key.filter(|key| !key.is_text) {
        Some(key) => read_windows(db, table, (&key.name, None), visitor),
        None => read_from_both_ends(db, table, visitor),
    }
}

/// The keys of a table, or of one room in it.
struct Ends {
    first: u64,
    last: u64,
    /// Whether `last` is only a guess, because its page is damaged.
    guessed: bool,
}

/// Returns the first and the last key. `None`: neither can be read.
fn ends(db: &Connection, table: &Table, key: &str, room: Option<i64>) -> Result<Option<Ends>> {
    let end = |what: &str| -> Result<Option<Option<i64>>> {
        let condition = room.map_or(String::new(), |room| format!("WHERE room = {room}"));
        let sql = format!("SELECT {what}({key}) FROM {} {condition}", table.name);
        match db.query_row(&sql, [], |row| row.get(0)) {
            Err(error) if is_damage(&error) => Ok(None),
            Err(rusqlite::Error::InvalidColumnType(..)) => Ok(None),
            found => found.map(Some),
        }
    };
    let number = |found: Option<i64>| found.map_or(0, |found| u64::try_from(found).unwrap_or(0));
    let (first, last) = (end("min")?, end("max")?);
    let mark = "SELECT max(last) FROM marks WHERE room = ?1";
    let mark = db.query_row(mark, [room], |row| row.get::<_, Option<u64>>(0));
    let (guess, is_known) = match mark.ok().flatten() {
        Some(mark) => (mark, true),
        None => {
            let pages: u64 = db.query_row("PRAGMA page_count", [], |row| row.get(0))?;
            (pages * ROWS_PER_PAGE, false)
        }
    };
    if first.is_none() && last.is_none() && !is_known {
        return Ok(None);
    }
    Ok(Some(Ends {
        first: first.map_or(1, number),
        last: last.map_or(guess, number),
        guessed: last.is_none() && !is_known,
    }))
}

fn read_windows(
    db: &Connection,
    table: &Table,
    (key, room): (&str, Option<i64>),
    visitor: &mut dyn Visitor,
) -> Result<()> {
    let Some(Ends {
        first,
        last,
        guessed,
    }) = ends(db, table, key, room)?
    else {
        return read_from_both_ends(db, table, visitor);
    };
    let by_room = room.map_or(String::new(), |room| format!("room = {room} AND "));
    let sql = format!(
        "SELECT {} FROM {} NOT INDEXED WHERE {by_room}{key} >= ?1 AND {key} <= ?2",
        table.list(),
        table.name
    );
    let mut query = db.prepare(&sql)?;
    let next = format!(
        "SELECT min({key}) FROM {} WHERE {by_room}{key} >= ?1",
        table.name
    );
    let mut next = db.prepare(&next)?;
    let mut lost = 0;
    let mut from = first;
    while from <= last && lost < MAX_LOST {
        // Over a gap in one step. A damaged page is the window's affair.
        let seek = next.query_row([from], |row| row.get::<_, Option<u64>>(0));
        match seek {
            Ok(None) => break,
            Ok(Some(found)) => from = found.max(from),
            Err(_) => {}
        }
        let to = from.saturating_add(WINDOW).min(last.saturating_add(1));
        let (found, gone) = read_window(&mut query, table, (from, to))?;
        if guessed && gone.len() as u64 == to - from {
            break; // behind the last row that can be read
        }
        lost += gone.len() as u64;
        tell(&gone, room, visitor);
        found.into_iter().try_for_each(|row| visitor.row(row))?;
        from = to;
    }
    Ok(())
}

/// Tells the keys that cannot be read, those in a row together.
fn tell(gone: &[u64], room: Option<i64>, visitor: &mut dyn Visitor) {
    for keys in gone.chunk_by(|key, next| key + 1 == *next) {
        if let (Some(first), Some(last)) = (keys.first(), keys.last()) {
            visitor.lost(room, (*first, *last));
        }
    }
}

/// Reads the rows of a window, and the keys that cannot be read.
fn read_window(
    query: &mut Statement<'_>,
    table: &Table,
    window: (u64, u64),
) -> Result<(Vec<Vec<Cell>>, Vec<u64>)> {
    let (mut found, mut gone) = (Vec::new(), Vec::new());
    let read = &mut |from: u64, to: u64| {
        let before = found.len();
        let rows = collect(query.query(params![from, to - 1])?, table, &mut found);
        if rows.is_err() {
            found.truncate(before);
        }
        rows
    };
    bisect(window, false, read, &mut |key| gone.push(key))?;
    Ok((found, gone))
}

fn collect(mut rows: rusqlite::Rows<'_>, table: &Table, found: &mut Vec<Vec<Cell>>) -> Result<()> {
    while let Some(row) = rows.next()? {
        found.push(cells(row, table)?);
    }
    Ok(())
}

fn cells(row: &Row<'_>, table: &Table) -> Result<Vec<Cell>> {
    (0..table.columns.len())
        .map(|n| row.get_ref(n).map(Cell::new))
        .collect()
}

/// Reads a small table from its first row on, and from its last row back if that fails.
fn read_from_both_ends(db: &Connection, table: &Table, visitor: &mut dyn Visitor) -> Result<()> {
    let mut keys: Vec<&Column> = table.columns.iter().filter(|c| c.key > 0).collect();
    keys.sort_by_key(|column| column.key);
    for order in ["ASC", "DESC"] {
        let mut by: Vec<String> = keys.iter().map(|c| format!("{} {order}", c.name)).collect();
        if by.is_empty() {
            by.push(format!("rowid {order}")); // a table of another program
        }
        let sql = format!(
            "SELECT {} FROM {} NOT INDEXED ORDER BY {}",
            table.list(),
            table.name,
            by.join(", ")
        );
        let mut query = db.prepare(&sql)?;
        let mut rows = query.query([])?;
        loop {
            match rows.next() {
                Ok(Some(row)) => visitor.row(cells(row, table)?)?,
                Ok(None) => return Ok(()),
                Err(error) if is_damage(&error) => {
                    visitor.broken(&error);
                    break;
                }
                Err(error) => return Err(error),
            }
        }
    }
    Ok(())
}

/// The words for keys in a row.
pub(super) fn keys((first, last): (u64, u64)) -> String {
    match first == last {
        true => first.to_string(),
        false => format!("{first} to {last}"),
    }
}
