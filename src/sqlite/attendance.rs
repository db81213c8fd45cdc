//! Attendance: who was present, when, and for how long.
//!
//! The store keeps visits, one for each connection and room. A teacher wants to know about persons:
//! when they first joined, when they last left, how long they were present (two tabs at once count
//! once), and how many connections they had.

use std::io::Write;
use std::sync::Arc;

use rusqlite::{Connection, Result, Row, params};

use crate::model::event::Author;
use crate::model::time::Millis;
use crate::model::zone::Zone;
use crate::sqlite::archive::Archive;
use crate::sqlite::class_list::{Expected, Line, arrange};
use crate::sqlite::error::ExportError;
use crate::sqlite::span::Span;
use crate::sqlite::values::integer;
use crate::sqlite::{authors, csv, damage, quoting};

/// One person's attendance in one room.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Attendance {
    pub(super) room: Arc<str>,
    /// The person, as they appeared last.
    pub(super) who: Arc<Author>,
    /// When they first joined.
    pub(super) came: Millis,
    /// When they last left; `None` while they are present.
    pub(super) left: Option<Millis>,
    /// How long they were present, in milliseconds.
    pub(super) present: Millis,
    pub(super) connections: u64,
}

/// A visit, cut to the span.
struct Visit {
    room: Arc<str>,
    sub: Box<str>,
    /// The row of the author. A later row of the same person has a higher id.
    author: i64,
    came: Millis,
    /// The end of the visit, or of the span, or now.
    end: Millis,
    /// Whether the person is still present at `end`.
    open: bool,
}

/// Adds visits, sorted by room, person and beginning, to the attendance of persons.
#[derive(Default)]
struct Attendances {
    list: Vec<Attendance>,
    /// The author row of the newest visit of the last person in the list.
    author: i64,
    /// The time up to which the last person's presence is counted.
    counted: Millis,
}

/// Returns the attendance in `span`, by room and name. A person who is still present is counted up
/// to `now`.
pub(super) fn attendance(
    archive: &Archive,
    span: &Span<'_>,
    now: Millis,
) -> Result<Vec<Attendance>> {
    let db = archive.db();
    let _snapshot = db.unchecked_transaction()?;
    let (from, to) = (span.from.unwrap_or(0), span.to.unwrap_or(Millis::MAX));
    let mut visits = db.prepare_cached(
        "SELECT r.name, a.sub, v.author, v.came, v.left
         FROM visits v JOIN rooms r ON r.id = v.room JOIN authors a ON a.id = v.author
         WHERE (?1 IS NULL OR r.name = ?1) AND v.came < ?3 AND (v.left IS NULL OR v.left >= ?2)
         ORDER BY r.name, a.sub, v.came",
    )?;
    let mut rows = visits.query(params![span.room, integer(from), integer(to)])?;
    let mut attendances = Attendances::default();
    while let Some(row) = rows.next()? {
        let visit = Visit::from_row(row, from, to, now);
        if let Some(visit) = damage::or_report(visit, || "visits: a row".into()) {
            attendances.add(db, visit)?;
        }
    }
    let mut list = attendances.list;
    list.sort_by(|a, b| (&a.room, &a.who.name, &a.who.id).cmp(&(&b.room, &b.who.name, &b.who.id)));
    Ok(list)
}

impl Visit {
    fn from_row(row: &Row<'_>, from: Millis, to: Millis, now: Millis) -> Result<Visit> {
        let came = row.get::<_, Millis>(3)?.max(from);
        let left: Option<Millis> = row.get(4)?;
        let end = left.filter(|&left| left < to).unwrap_or(now.min(to));
        Ok(Visit {
            room: row.get_ref(0)?.as_str()?.into(),
            sub: row.get_ref(1)?.as_str()?.into(),
            author: row.get(2)?,
            came,
            end: end.max(came),
            open: left.is_none() && now < to,
        })
    }
}

impl Attendances {
    fn add(&mut self, db: &Connection, visit: Visit) -> Result<()> {
        let same = |entry: &&mut Attendance| entry.room == visit.room && entry.who.sub == visit.sub;
        let left = (!visit.open).then_some(visit.end);
        match self.list.last_mut().filter(same) {
            Some(entry) => {
                if visit.author > self.author {
                    self.author = visit.author;
                    entry.who = authors::by_id(db, visit.author)?;
                }
                // Visits are sorted by their beginning: only the part after `counted` is new.
                let uncounted = visit.end.saturating_sub(visit.came.max(self.counted));
                entry.present += uncounted;
                entry.connections += 1;
                entry.left = entry.left.zip(left).map(|(one, other)| one.max(other));
                self.counted = self.counted.max(visit.end);
            }
            None => {
                self.author = visit.author;
                self.counted = visit.end;
                self.list.push(Attendance {
                    room: visit.room,
                    who: authors::by_id(db, visit.author)?,
                    came: visit.came,
                    left,
                    present: visit.end - visit.came,
                    connections: 1,
                });
            }
        }
        Ok(())
    }
}

/// Writes `attendance.csv`.
///
/// # Errors
///
/// The history cannot be read, or `out` cannot be written.
pub(super) fn write(
    archive: &Archive,
    span: &Span<'_>,
    zone: Zone,
    now: Millis,
    out: &mut dyn Write,
) -> std::result::Result<(), ExportError> {
    out.write_all(csv::BYTE_ORDER_MARK.as_bytes())?;
    let columns = [
        "room",
        "name",
        "id",
        "role",
        "first join",
        "last leave",
        "minutes",
        "connections",
    ];
    let has_list = !span.class_list.is_empty();
    let list = of_lessons(archive, span, now)?;
    let rows = arrange(list, (span.class_list, span.room), |entry| {
        (&entry.room, &entry.who.sub)
    });
    write_row(has_list.then_some("number"), &columns, out)?;
    for row in &rows {
        let (number, cells) = match row {
            Line::Came(number, entry) => (*number, cells(entry, zone)),
            Line::Missed(room, expected) => (expected.number.as_deref(), missed(room, expected)),
        };
        let cells = cells.each_ref().map(|cell| &**cell);
        write_row(has_list.then_some(number.unwrap_or_default()), &cells, out)?;
    }
    Ok(())
}

/// The attendance in the lessons of the span, if it names some: each room has times of its own.
fn of_lessons(archive: &Archive, span: &Span<'_>, now: Millis) -> Result<Vec<Attendance>> {
    if span.lessons.is_empty() {
        return attendance(archive, span, now);
    }
    let rooms = match span.room {
        Some(room) => vec![room.into()],
        None => archive.rooms()?,
    };
    let mut list = Vec::new();
    for room in rooms {
        if let Some(part) = archive.part(&room, span)? {
            list.extend(attendance(archive, &span.within(&room, &part), now)?);
        }
    }
    Ok(list)
}

/// Writes a row. With a class list, the number comes first.
fn write_row(number: Option<&str>, cells: &[&str], out: &mut dyn Write) -> std::io::Result<()> {
    let cells: Vec<&str> = number.into_iter().chain(cells.iter().copied()).collect();
    csv::write_line(out, &cells)
}

fn cells(entry: &Attendance, zone: Zone) -> [String; 8] {
    let Author { id, name, role, .. } = &*entry.who;
    let left = match entry.left {
        Some(left) => zone.show(left).to_string(),
        None => "still here".to_owned(),
    };
    let tenths = entry.present / 6000;
    [
        entry.room.to_string(),
        quoting::one_line(name).to_string(),
        id.to_string(),
        role.to_string(),
        zone.show(entry.came).to_string(),
        left,
        format!("{}.{}", tenths / 10, tenths % 10),
        entry.connections.to_string(),
    ]
}

/// Somebody of the class list who did not come.
fn missed(room: &str, expected: &Expected) -> [String; 8] {
    let Author { id, name, role, .. } = &expected.who;
    [
        room.to_owned(),
        name.to_string(),
        id.to_string(),
        role.to_string(),
        String::new(),
        "absent".to_owned(),
        "0.0".to_owned(),
        "0".to_owned(),
    ]
}

#[cfg(test)]
#[path = "attendance_tests.rs"]
mod tests;
