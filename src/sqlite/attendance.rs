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
    let title = format!("times are UTC{zone}");
    csv::write_line(
        out,
        &[
            "room",
            "name",
            "id",
            "role",
            "first join",
            "last leave",
            "minutes",
            "connections",
            &title,
        ],
    )?;
    for entry in attendance(archive, span, now)? {
        write_entry(&entry, zone, out)?;
    }
    Ok(())
}

fn write_entry(entry: &Attendance, zone: Zone, out: &mut dyn Write) -> std::io::Result<()> {
    let Author { id, name, role, .. } = &*entry.who;
    let left = match entry.left {
        Some(left) => zone.show(left).to_string(),
        None => "still here".to_owned(),
    };
    let tenths = entry.present / 6000;
    csv::write_line(
        out,
        &[
            &entry.room,
            &quoting::one_line(name),
            id,
            role.as_str(),
            &zone.show(entry.came).to_string(),
            &left,
            &format!("{}.{}", tenths / 10, tenths % 10),
            &entry.connections.to_string(),
            "",
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::event::samples::author;
    use crate::sqlite::tests::TempHistory;
    use crate::store::queue::Note;

    const MINUTE: Millis = 60_000;

    fn enter(name: &str, connection: u64, minute: Millis) -> Note {
        Note::Enter {
            room: "lobby".into(),
            connection,
            by: author(name),
            at: minute * MINUTE,
        }
    }

    fn leave(connection: u64, minute: Millis) -> Note {
        Note::Leave {
            room: "lobby".into(),
            connection,
            at: minute * MINUTE,
        }
    }

    fn rows(
        history: &TempHistory,
        from: Millis,
        to: Millis,
        now: Millis,
    ) -> Vec<(String, Millis, Option<Millis>, Millis, u64)> {
        let span = Span {
            room: Some("lobby"),
            from: Some(from * MINUTE),
            to: Some(to * MINUTE),
        };
        let list = attendance(&history.archive(), &span, now * MINUTE).expect("a list");
        let row = |a: Attendance| {
            let left = a.left.map(|left| left / MINUTE);
            (
                a.who.name.to_string(),
                a.came / MINUTE,
                left,
                a.present / MINUTE,
                a.connections,
            )
        };
        list.into_iter().map(row).collect()
    }

    #[test]
    fn connections_become_the_attendance_of_a_person() {
        let history = TempHistory::new();
        history.run("e", |writer| {
            for note in [
                enter("Bo", 1, 10),
                enter("Ann", 2, 12),
                enter("Ann", 3, 15), // a second tab
                leave(2, 20),
                leave(3, 30),
                enter("Ann", 4, 40),
                leave(4, 50),
                leave(1, 55),
            ] {
                writer.note(note);
            }
        });
        let all = [
            ("Ann".into(), 12, Some(50), 28, 3),
            ("Bo".into(), 10, Some(55), 45, 1),
        ];
        assert_eq!(rows(&history, 0, 100, 60), all);
        assert_eq!(
            rows(&history, 35, 45, 60),
            [
                ("Ann".into(), 40, Some(45), 5, 1),
                ("Bo".into(), 35, Some(45), 10, 1)
            ]
        );
        assert_eq!(rows(&history, 60, 100, 100), []);
    }

    #[test]
    fn a_person_who_is_present_has_not_left_and_a_crash_ends_the_visit_at_the_last_commit() {
        let history = TempHistory::new();
        let (store, _) = history.open("one"); // at 1000 s
        let (mut writer, _, threads) = store.start(|_| {}).expect("started");
        writer.note(enter("Ann", 1, 10));
        writer.send();
        while writer.waiting() > 0 {
            std::thread::yield_now();
        }
        assert_eq!(
            rows(&history, 0, 100, 25),
            [("Ann".into(), 10, None, 15, 1)]
        );
        let copy = TempHistory::new();
        copy.copy_from(&history);
        drop(writer);
        assert!(threads.join());
        copy.run("two", |_| {});
        let [(_, came, left, ..)] = &rows(&copy, 0, Millis::MAX / MINUTE, 25)[..] else {
            panic!("one row")
        };
        assert_eq!(*came, 10);
        assert!(
            left.is_some_and(|left| left > 25),
            "when the group was committed, by the real clock"
        );
    }

    #[test]
    fn the_file_suits_a_spreadsheet() {
        let history = TempHistory::new();
        history.run("e", |writer| {
            writer.note(enter("=Ann", 1, 0));
            writer.note(leave(1, 61));
        });
        let mut out = Vec::new();
        let zone = "+01:00".parse().expect("a zone");
        write(&history.archive(), &Span::default(), zone, 0, &mut out).expect("written");
        let text = String::from_utf8(out).expect("text");
        let row = "\"lobby\",\"'=Ann\",\"id-=Ann\",\"member\",\"1970-01-01 01:00:00\",\"1970-01-01 02:01:00\",\"61.0\",\"1\",\"\"\r\n";
        assert!(text.starts_with("\u{feff}\"room\",\"name\""), "{text}");
        assert!(text.ends_with(row), "{text}");
    }
}
