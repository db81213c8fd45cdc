//! Writes a new history from what can be read in a damaged one.
//!
//! Every row that can be read is copied, table by table. Numbers and epochs stay what they were: in
//! the place of an event that cannot be read stands one without text, so that a room's numbers have
//! no gaps and go on where they were.
//!
//! **The damaged file is kept.** The new file is complete and on the disk before it takes the old
//! one's name, and the old one has its second name before that. A crash at any moment leaves either
//! the damaged history in its place or the repaired one.

use crate::model::event::State;
use crate::sqlite::check::check;
use crate::sqlite::connect::{BUSY_TIMEOUT, read_copy};
use crate::sqlite::error::StoreError;
use crate::sqlite::files::{self, beside};
use crate::sqlite::findings::Findings;
use crate::sqlite::salvage::{self, Cell, Table, Visitor};
use crate::sqlite::schema;
use crate::sqlite::values::kind;
use crate::sqlite::{exchange, numbers, schema_check};
use crate::support::private_file;
use rusqlite::{Connection, OpenFlags, Result, params_from_iter};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// The result of a repair.
#[derive(Debug)]
pub struct Repaired {
    /// The damaged file, which is kept.
    pub old: PathBuf,
    /// How many rows each table has now.
    pub saved: Vec<(String, u64)>,
    /// The rows and values that could not be read, by kind.
    pub lost: Findings,
}

/// Repairs the history at `path`. `None`: it has no damage, and nothing was done. `names`: the rooms
/// of the configuration.
///
/// # Errors
///
/// A server uses the history, nothing can be read in it, or the disk fails. The file is as it was
/// then.
pub fn repair(path: &Path, names: &[String]) -> std::result::Result<Option<Repaired>, StoreError> {
    let _lock = files::lock(path)?;
    // A header of zeros alone is no reason to give up.
    if files::is_empty(path) {
        return Err(StoreError::Nothing);
    }
    if files::log_has_content(path) && files::says_no_log(path)? {
        files::put_log_aside(path)?;
    }
    if check(path)?.is_empty() {
        return Ok(None);
    }
    let (scratch, new) = (named(path, "repair-source"), named(path, "repaired"));
    files::remove(&scratch)?;
    files::remove(&new)?;
    let repaired = copy_rows(path, &scratch, &new, names);
    files::remove(&scratch)?;
    let (saved, lost) = match repaired {
        Ok(repaired) => repaired,
        Err(error) => {
            let _ = files::remove(&new);
            return Err(error);
        }
    };
    File::open(&new)?.sync_all()?;
    let old = exchange::take_the_place(&new, path, "damaged")?;
    Ok(Some(Repaired { old, saved, lost }))
}

/// `history.WORD.db`.
fn named(path: &Path, word: &str) -> PathBuf {
    let extension = path.extension().unwrap_or_default();
    path.with_extension(word)
        .with_extension(format!("{word}.{}", extension.to_string_lossy()))
}

type Copied = (Vec<(String, u64)>, Findings);

/// Copies every row that can be read into the new file.
fn copy_rows(
    path: &Path,
    scratch: &Path,
    new: &Path,
    names: &[String],
) -> std::result::Result<Copied, StoreError> {
    let (source, version) = open_source(path, scratch)?;
    let mut db = create(new)?;
    schema::migrate_to(&mut db, version)?;
    let mut lost = Findings::default();
    let transaction = db.unchecked_transaction()?;
    let found = Table::all(&source)?;
    let mut unread = BTreeMap::new();
    for mut table in Table::all(&db)? {
        let Some(old) = found.iter().find(|old| old.name == table.name) else {
            lost.add("table", || format!("{} is gone", table.name));
            continue;
        };
        table.keep_columns_of(old);
        let mut copier = Copier::new(&db, &table, &mut lost);
        salvage::read(&source, &table, &mut copier)?;
        unread.append(&mut copier.unread);
    }
    numbers::complete(&db, names, &unread, &mut lost)?;
    transaction.commit()?;
    schema::migrate(&mut db)?;
    numbers::derive(&db)?;
    let mut saved = Vec::new();
    for table in Table::all(&db)? {
        let sql = format!("SELECT count(*) FROM {}", table.name);
        saved.push((table.name, db.query_row(&sql, [], |row| row.get(0))?));
    }
    db.close().map_err(|(_, error)| error)?;
    Ok((saved, lost))
}

/// Creates the new file. It needs no journal: it is on the disk as a whole, or removed.
fn create(new: &Path) -> std::result::Result<Connection, StoreError> {
    private_file::create_new(new)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(new, flags)?;
    db.busy_timeout(BUSY_TIMEOUT)?;
    db.pragma_update(None, "synchronous", "OFF")?;
    db.pragma_update_and_check(None, "journal_mode", "MEMORY", |_| Ok(()))?;
    Ok(db)
}

/// Opens the damaged file, and returns the version of its schema. If its first page is damaged, a
/// copy gets another one: first with a new header, then with the tables of a new file, too. If the
/// texts of its schema are damaged, a copy gets the right ones.
fn open_source(
    path: &Path,
    scratch: &Path,
) -> std::result::Result<(Connection, usize), StoreError> {
    if let Some(opened) = with_right_schema(path, scratch)?.or_else(|| readable(path)) {
        return Ok(opened);
    }
    let first = schema::first_page(&beside(scratch, "-page"))?;
    for length in [files::HEADER, first.len()] {
        copy(path, scratch)?;
        files::replace_first_bytes(scratch, &first, length)?;
        if let Some(opened) = readable(scratch) {
            return Ok(opened);
        }
    }
    Err(StoreError::Nothing)
}

/// Copies a file and its write-ahead log.
fn copy(path: &Path, scratch: &Path) -> io::Result<()> {
    files::remove(scratch)?;
    fs::copy(path, scratch)?;
    let log = beside(path, "-wal");
    if log.exists() {
        fs::copy(log, beside(scratch, "-wal"))?;
    }
    Ok(())
}

/// Opens a copy with the right schema if that of the file is damaged. A table that is not found in
/// it is told as gone.
fn with_right_schema(
    path: &Path,
    scratch: &Path,
) -> std::result::Result<Option<(Connection, usize)>, StoreError> {
    let damaged = read_copy(path)?;
    if schema_check::differences(&damaged)?.is_empty() {
        return Ok(None);
    }
    drop(damaged);
    copy(path, scratch)?;
    schema_check::restore(scratch)?;
    let db = read_copy(scratch)?;
    db.pragma_update(None, "writable_schema", true)?;
    let has_rooms = Table::all(&db).is_ok() && !salvage::rooms(&db).is_empty();
    Ok(has_rooms.then_some((db, schema::VERSION as usize)))
}

/// Opens a file if it has the tables of a history.
fn readable(path: &Path) -> Option<(Connection, usize)> {
    let db = read_copy(path).ok()?;
    // Lets SQLite read what is left of a file that was cut.
    db.pragma_update(None, "writable_schema", true).ok()?;
    let version = schema::guess(&db)?;
    Table::all(&db).ok()?;
    // Tables that are not where the schema says have no rooms in common.
    (!salvage::rooms(&db).is_empty()).then_some((db, version))
}

/// Copies the rows of one table, and puts right what has to be.
struct Copier<'a> {
    db: &'a Connection,
    table: &'a Table,
    insert: String,
    lost: &'a mut Findings,
    /// The time of the row before, for one whose time is damaged.
    at: i64,
    rooms: BTreeMap<i64, String>,
    /// The first event of each room that cannot be read.
    unread: BTreeMap<i64, i64>,
}

impl<'a> Copier<'a> {
    fn new(db: &'a Connection, table: &'a Table, lost: &'a mut Findings) -> Copier<'a> {
        let marks = vec!["?"; table.columns.len()].join(", ");
        // The migration gives a new file an id, and the old id replaces it.
        let or = if table.name == "meta" {
            "REPLACE"
        } else {
            "IGNORE"
        };
        let insert = format!(
            "INSERT OR {or} INTO {}({}) VALUES({marks})",
            table.name,
            table.list()
        );
        Copier {
            rooms: numbers::room_names(db),
            db,
            table,
            insert,
            lost,
            at: 0,
            unread: BTreeMap::new(),
        }
    }

    fn set(&self, cells: &mut [Cell], name: &str, cell: Cell) {
        if let Some(n) = self.table.column(name) {
            cells[n] = cell;
        }
    }

    fn integer(&self, cells: &[Cell], name: &str) -> Option<i64> {
        cells.get(self.table.column(name)?)?.integer()
    }

    fn text<'b>(&self, cells: &'b [Cell], name: &str) -> Option<&'b str> {
        cells.get(self.table.column(name)?)?.text()
    }

    fn place(&self, cells: &[Cell]) -> String {
        let name = &self.table.name;
        match (self.integer(cells, "room"), self.integer(cells, "seq")) {
            (Some(room), Some(seq)) => {
                format!("{name}, {}, seq {seq}", numbers::show(&self.rooms, room))
            }
            _ => {
                let id = self.integer(cells, "id");
                id.map_or(name.clone(), |id| format!("{name}, row {id}"))
            }
        }
    }

    /// Puts values of a wrong type right. Returns whether a text was lost; `None` if the row has no
    /// key.
    fn put_types_right(&mut self, cells: &mut [Cell]) -> Option<bool> {
        let mut text_lost = false;
        for n in 0..cells.len() {
            let column = &self.table.columns[n];
            let is_right = match &cells[n] {
                Cell::Null => !column.not_null,
                Cell::Text(_) => column.is_text && cells[n].text().is_some(),
                Cell::Integer(_) => !column.is_text,
                Cell::Real(_) | Cell::Blob(_) => false,
            };
            if is_right {
                continue;
            }
            let place = self.place(cells);
            self.lost
                .add("value", || format!("{place}: {}", column.name));
            if column.key > 0 && !column.is_text {
                return None;
            }
            text_lost |= column.name == "text";
            cells[n] = match &cells[n] {
                _ if !column.not_null => Cell::Null,
                Cell::Text(bytes) if column.is_text => {
                    Cell::Text(String::from_utf8_lossy(bytes).into_owned().into())
                }
                _ if column.is_text => Cell::Text(b"?".into()),
                _ if column.name == "at" => Cell::Integer(self.at),
                _ => Cell::Integer(0),
            };
        }
        Some(text_lost)
    }

    /// An event that cannot be understood becomes a message without text.
    fn put_event_right(&mut self, cells: &mut [Cell], text_lost: bool) {
        let what = self.integer(cells, "kind").unwrap_or(-1);
        let has_target = self.integer(cells, "target").is_some();
        let rules = self.text(cells, "text").map(serde_json::from_str::<State>);
        let is_right = match what {
            kind::STATE => matches!(rules, Some(Ok(_))),
            kind::EDIT..=kind::REACTION => has_target,
            _ => kind::KNOWN.contains(&what),
        };
        if !is_right {
            let place = self.place(cells);
            self.lost.add("event", || format!("{place}: what it was"));
            self.set(cells, "kind", Cell::Integer(kind::MESSAGE));
            for name in ["text", "target", "reply", "ref"] {
                self.set(cells, name, Cell::Null);
            }
        }
        if !is_right || text_lost {
            self.set(cells, "stale", Cell::Integer(2));
        }
    }

    fn put_room_right(&mut self, cells: &mut [Cell]) {
        if let Some(Err(_)) = self.text(cells, "state").map(serde_json::from_str::<State>) {
            let place = self.place(cells);
            self.lost
                .add("rules", || format!("{place}: its rules; it is open now"));
            self.set(cells, "state", Cell::Null);
        }
    }
}

impl Visitor for Copier<'_> {
    fn row(&mut self, mut cells: Vec<Cell>) -> Result<()> {
        let is_room = self.table.name == "rooms";
        let name = self.text(&cells, "name").is_some();
        let Some(text_lost) = self.put_types_right(&mut cells) else {
            return Ok(());
        };
        if let (true, false, Some(id)) = (is_room, name, self.integer(&cells, "id")) {
            self.set(&mut cells, "name", Cell::Text(numbers::stand_in(id).into()));
        }
        match &*self.table.name {
            "events" => self.put_event_right(&mut cells, text_lost),
            "rooms" => self.put_room_right(&mut cells),
            _ => {}
        }
        self.at = self.integer(&cells, "at").unwrap_or(self.at);
        let mut insert = self.db.prepare_cached(&self.insert)?;
        insert.execute(params_from_iter(cells)).map(drop)
    }

    fn lost(&mut self, room: Option<i64>, keys: (u64, u64)) {
        let first = keys.0 as i64;
        let keys = salvage::keys(keys);
        let table = &self.table.name;
        match room {
            // The number is filled and told in `numbers::complete`.
            Some(room) if table == "events" => {
                let lowest = self.unread.entry(room).or_insert(first);
                *lowest = first.min(*lowest);
            }
            Some(room) => {
                let shown = numbers::show(&self.rooms, room);
                self.lost
                    .add("row", || format!("{table}, {shown}, seq {keys}"));
            }
            None => self
                .lost
                .add("row", || format!("{table}, row {keys}, if there was one")),
        }
    }

    fn broken(&mut self, error: &rusqlite::Error) {
        let table = &self.table.name;
        self.lost
            .add("row", || format!("{table}: some rows ({error})"));
    }
}
