//! Looks for damage in a history, and changes nothing: SQLite's own check of pages and indexes, and
//! then every value of every row.
//!
//! It runs beside a server, too, and sees what was committed when each query began.

use crate::model::event::State;
use crate::sqlite::connect::read_copy;
use crate::sqlite::error::{StoreError, is_damage};
use crate::sqlite::findings::Findings;
use crate::sqlite::salvage::{self, Cell, Table, Visitor};
use crate::sqlite::seen_rooms::Rooms;
use crate::sqlite::values::{LARGEST_SEQ, kind};
use crate::sqlite::{damage, files, schema, schema_check, wal};
use rusqlite::{Connection, Result};
use std::fs;
use std::path::Path;

/// Most faults of pages and indexes that SQLite looks for.
const MAX_STRUCTURE: u32 = 1000;

/// Looks for damage in the history at `path`.
///
/// # Errors
///
/// The file cannot be opened, or is no history, or one of a later version.
pub fn check(path: &Path) -> std::result::Result<Findings, StoreError> {
    let mut findings = Findings::default();
    check_files(path, &mut findings)?;
    if files::is_blank(path) {
        return Ok(findings);
    }
    let db = read_copy(path)?;
    // Lets SQLite read what is left of a file that was cut.
    let _ = db.pragma_update(None, "writable_schema", true);
    // One moment for all queries, also while a server writes.
    let _snapshot = db.unchecked_transaction()?;
    if !check_version(&db, &mut findings)? {
        return Ok(findings);
    }
    let names = schema_check::differences(&db)?;
    if !names.is_empty() {
        for name in names {
            findings.add("schema", || {
                format!("{name}: its description is damaged, so no rows were checked")
            });
        }
        return Ok(findings);
    }
    check_structure(&db, &mut findings)?;
    let mut rooms = Rooms::read(&db);
    let tables = Table::all(&db);
    if let Err(error) = &tables {
        findings.add("file", || format!("the tables cannot be read: {error}"));
    }
    for table in tables.unwrap_or_default() {
        let mut checker = TableCheck {
            table: &table,
            rooms: &mut rooms,
            findings: &mut findings,
        };
        salvage::read(&db, &table, &mut checker)?;
    }
    rooms.check_numbers(&db, &mut findings)?;
    Ok(findings)
}

/// Checks that the header is that of a history of this version or an earlier one. Returns whether
/// the tables can be read.
fn check_version(
    db: &Connection,
    findings: &mut Findings,
) -> std::result::Result<bool, StoreError> {
    match schema::version_of(db) {
        Ok(version) if version <= schema::VERSION => {}
        // A header that was damaged, or a file of another program.
        Ok(_) if schema::is_current(db) => {
            findings.add("file", || "its header has a wrong version".into());
        }
        Ok(version) => {
            let known = schema::VERSION;
            return Err(StoreError::Newer { version, known });
        }
        Err(StoreError::Foreign) if schema::guess(db).is_some() => {
            findings.add("file", || {
                "its header does not say that it is a history".into()
            });
        }
        Err(StoreError::Sqlite(error)) if is_damage(&error) => {
            findings.add("file", || format!("the first page cannot be read: {error}"));
            return Ok(false);
        }
        Err(error) => return Err(error),
    }
    Ok(true)
}

/// Checks what can be seen from outside: the lengths of the files, and the checksums of the log.
fn check_files(path: &Path, findings: &mut Findings) -> std::io::Result<()> {
    if files::is_blank(path) {
        findings.add("file", || "it is missing or empty".into());
        return Ok(());
    }
    let length = fs::metadata(path)?.len();
    let is_open = files::is_in_use(path);
    match files::header(path)? {
        None => findings.add("file", || format!("it was cut to {length} bytes")),
        Some(header) => {
            let pages = u32::from_be_bytes([header[28], header[29], header[30], header[31]]);
            let page = u64::from(u16::from_be_bytes([header[16], header[17]]));
            let should = u64::from(pages) * page;
            if length < should && !is_open {
                findings.add("file", || {
                    format!("it was cut to {length} bytes and should have {should}")
                });
            }
        }
    }
    if !is_open {
        let lost = wal::lost_frames(&files::beside(path, "-wal"))?;
        if lost > 0 {
            findings.add("log", || {
                format!("the write-ahead log is damaged: its last {lost} pages will not be read")
            });
        }
    }
    Ok(())
}

/// Adds what SQLite finds in pages and indexes.
fn check_structure(db: &Connection, findings: &mut Findings) -> Result<()> {
    let sql = format!("PRAGMA integrity_check({MAX_STRUCTURE})");
    let mut check = db.prepare(&sql)?;
    let mut rows = check.query([])?;
    loop {
        match rows.next() {
            Ok(None) => return Ok(()),
            Ok(Some(row)) => {
                // It quotes what it finds, and that may be anything.
                let said = damage::lossy(row, 0)?;
                for line in said.lines().filter(|line| *line != "ok") {
                    findings.add("structure", || line.to_owned());
                }
            }
            Err(error) if is_damage(&error) => {
                findings.add("structure", || error.to_string());
                return Ok(());
            }
            Err(error) => return Err(error),
        }
    }
}

/// Checks the rows of one table.
struct TableCheck<'a> {
    table: &'a Table,
    rooms: &'a mut Rooms,
    findings: &'a mut Findings,
}

impl TableCheck<'_> {
    fn cell<'a>(&self, cells: &'a [Cell], name: &str) -> Option<&'a Cell> {
        cells.get(self.table.column(name)?)
    }

    fn integer(&self, cells: &[Cell], name: &str) -> Option<i64> {
        self.cell(cells, name)?.integer()
    }

    /// The words for a row: its table, and room and number, or its key.
    fn place(&self, cells: &[Cell]) -> String {
        let table = &self.table.name;
        let (room, seq) = (self.integer(cells, "room"), self.integer(cells, "seq"));
        if let (true, Some(room), Some(seq)) = (self.table.is_by_room(), room, seq) {
            return format!("{table}, {}, seq {seq}", self.rooms.show(room));
        }
        let keys = self.table.columns.iter().zip(cells);
        let keys = keys.filter(|(column, _)| column.key > 0);
        let keys: Vec<String> = keys
            .map(|(column, cell)| match cell {
                Cell::Text(bytes) => {
                    format!("{} {:?}", column.name, String::from_utf8_lossy(bytes))
                }
                Cell::Integer(number) => format!("{} {number}", column.name),
                _ => format!("{} ?", column.name),
            })
            .collect();
        let room = match (room, &*keys.join(", ")) {
            (Some(room), keys) if !keys.contains("room ") => {
                format!(", {}", self.rooms.show(room))
            }
            _ => String::new(),
        };
        format!("{table}, {}{room}", keys.join(", "))
    }

    fn check_cells(&mut self, cells: &[Cell]) {
        for (column, cell) in self.table.columns.iter().zip(cells) {
            let name = &column.name;
            let fault = match cell {
                Cell::Null if column.not_null => ("type", "is missing"),
                Cell::Null => continue,
                Cell::Text(_) if column.is_text && cell.text().is_none() => {
                    ("text", "is not UTF-8")
                }
                Cell::Text(_) if column.is_text => continue,
                Cell::Integer(_) if !column.is_text => continue,
                _ if column.is_text => ("type", "is no text"),
                _ => ("type", "is no whole number"),
            };
            let place = self.place(cells);
            self.findings
                .add(fault.0, || format!("{place}: {name} {}", fault.1));
        }
    }

    fn check_rules(&mut self, cells: &[Cell], name: &str) {
        let json = self.cell(cells, name).and_then(Cell::text);
        if let Some(Err(error)) = json.map(serde_json::from_str::<State>) {
            let place = self.place(cells);
            self.findings
                .add("rules", || format!("{place}: {name} is no rules: {error}"));
        }
    }

    fn check_event(&mut self, cells: &[Cell]) {
        let what = self.integer(cells, "kind");
        match what {
            Some(kind::STATE) => self.check_rules(cells, "text"),
            Some(what) if !kind::KNOWN.contains(&what) => {
                let place = self.place(cells);
                self.findings.add("kind", || {
                    format!("{place}: its kind is {what}, which is unknown")
                });
            }
            _ => {}
        }
        let number = |name| self.integer(cells, name);
        if let (Some(room), Some(seq)) = (number("room"), number("seq")) {
            let (at, author) = (number("at").unwrap_or(0), number("author").unwrap_or(0));
            let prior = number("prior");
            if !(0..=LARGEST_SEQ).contains(&seq) {
                let place = self.place(cells);
                self.findings
                    .add("number", || format!("{place}: no event has that number"));
                return;
            }
            self.rooms.note((room, seq), at, author, self.findings);
            match what {
                Some(kind::MESSAGE) => self.rooms.note_order((room, seq), None, self.findings),
                _ if prior.is_some() => self.rooms.note_order((room, seq), prior, self.findings),
                _ => {}
            }
        }
    }
}

impl Visitor for TableCheck<'_> {
    fn row(&mut self, cells: Vec<Cell>) -> Result<()> {
        self.check_cells(&cells);
        match &*self.table.name {
            "events" => self.check_event(&cells),
            "rooms" => self.check_rules(&cells, "state"),
            _ => {}
        }
        Ok(())
    }

    fn lost(&mut self, room: Option<i64>, keys: (u64, u64)) {
        let (table, shown) = (&self.table.name, salvage::keys(keys));
        let place = match room {
            Some(room) => format!("{table}, {}, seq {shown}", self.rooms.show(room)),
            None => format!("{table}, row {shown}"),
        };
        self.findings
            .add("page", || format!("{place} cannot be read"));
        if let (Some(room), "events") = (room, &**table) {
            self.rooms.note_lost(room, keys);
        }
    }

    fn broken(&mut self, error: &rusqlite::Error) {
        let table = &self.table.name;
        self.findings.add("page", || {
            format!("{table}: some rows cannot be read: {error}")
        });
    }
}
