//! Attendance: who was here, when, for how long.
//!
//! Stored are visits, one per connection and room. What a teacher wants to know is about persons:
//! when they first came, when they last left, how long they were here in all (two tabs at once
//! count once), and how often they had to connect.

use std::cmp::Ordering;
use std::io::Write;
use std::sync::Arc;

use rusqlite::{Result, params};

use crate::model::event::Author;
use crate::model::time::Millis;
use crate::model::zone::Zone;
use crate::sqlite::archive::Archive;
use crate::sqlite::error::ExportError;
use crate::sqlite::span::Span;
use crate::sqlite::values::integer;
use crate::sqlite::{authors, csv};

/// One person's attendance in one room.
#[derive(Debug, Clone, PartialEq)]
pub struct Attendance {
    /// The room.
    pub room: Arc<str>,
    /// The person, as they appeared last.
    pub who: Arc<Author>,
    /// When they first came.
    pub came: Millis,
    /// When they last left; `None`: they are here.
    pub left: Option<Millis>,
    /// How long they were here, in milliseconds.
    pub present: Millis,
    /// How many connections they had.
    pub connections: u64,
}

/// The attendance of `span`, by room and name; `now` is when those leave who are still here. What
/// lies outside the span is cut off.
///
/// # Errors
///
/// The file cannot be read.
pub fn attendance(archive: &Archive, span: &Span<'_>, now: Millis) -> Result<Vec<Attendance>> {
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
    let mut list: Vec<Attendance> = Vec::new();
    // Of the person at the end of the list: who they were last, and up to when they are counted.
    let (mut last, mut counted) = (0, 0);
    while let Some(row) = rows.next()? {
        let room = row.get_ref(0)?.as_str()?;
        let sub = row.get_ref(1)?.as_str()?;
        let came = row.get::<_, Millis>(3)?.max(from);
        let left = row.get::<_, Option<Millis>>(4)?.filter(|&left| left < to);
        let end = left.unwrap_or(now.min(to)).max(came);
        let here = row.get::<_, Option<Millis>>(4)?.is_none() && now < to;
        let left = (!here).then_some(end);
        let same = list
            .last()
            .is_some_and(|entry| *entry.room == *room && *entry.who.sub == *sub);
        let author: i64 = row.get(2)?;
        if !same || author > last {
            last = author;
            let who = authors::by_id(db, author)?;
            match list.last_mut().filter(|_| same) {
                Some(entry) => entry.who = who,
                None => {
                    counted = came;
                    let room = room.into();
                    list.push(Attendance {
                        room,
                        who,
                        came,
                        left,
                        present: 0,
                        connections: 0,
                    });
                }
            }
        }
        let Some(entry) = list.last_mut() else {
            continue;
        };
        entry.connections += 1;
        // Visits come by their beginning: whatever is behind `counted` is new.
        entry.present += end.saturating_sub(came.max(counted));
        counted = counted.max(end);
        entry.left = entry.left.zip(left).map(|(one, other)| one.max(other));
    }
    list.sort_by(|a, b| match a.room.cmp(&b.room) {
        Ordering::Equal => (&a.who.name, &a.who.id).cmp(&(&b.who.name, &b.who.id)),
        order => order,
    });
    Ok(list)
}

/// Writes `attendance.csv`.
///
/// # Errors
///
/// The file cannot be read, or `out` not written.
pub fn write(
    archive: &Archive,
    span: &Span<'_>,
    zone: Zone,
    now: Millis,
    out: &mut dyn Write,
) -> std::result::Result<(), ExportError> {
    out.write_all(csv::MARK.as_bytes())?;
    let title = format!("times are UTC{zone}");
    csv::line(
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
    for Attendance {
        room,
        who,
        came,
        left,
        present,
        connections,
    } in attendance(archive, span, now)?
    {
        let left = left.map_or_else(
            || "still here".to_owned(),
            |left| zone.show(left).to_string(),
        );
        let tenths = present / 6000;
        let minutes = format!("{}.{}", tenths / 10, tenths % 10);
        let came = zone.show(came).to_string();
        let Author { id, name, role, .. } = &*who;
        let connections = connections.to_string();
        csv::line(
            out,
            &[
                &room,
                name,
                id,
                role.as_str(),
                &came,
                &left,
                &minutes,
                &connections,
                "",
            ],
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::event::samples::author;
    use crate::sqlite::tests::Bench;
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
        bench: &Bench,
        from: Millis,
        to: Millis,
        now: Millis,
    ) -> Vec<(String, Millis, Option<Millis>, Millis, u64)> {
        let span = Span {
            room: Some("lobby"),
            from: Some(from * MINUTE),
            to: Some(to * MINUTE),
        };
        let list = attendance(&bench.archive(), &span, now * MINUTE).expect("a list");
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
        let bench = Bench::new();
        bench.run("e", |writer| {
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
        assert_eq!(rows(&bench, 0, 100, 60), all);
        assert_eq!(
            rows(&bench, 35, 45, 60),
            [
                ("Ann".into(), 40, Some(45), 5, 1),
                ("Bo".into(), 35, Some(45), 10, 1)
            ]
        );
        assert_eq!(rows(&bench, 60, 100, 100), []);
    }

    #[test]
    fn who_is_here_has_not_left_and_a_crash_ends_it_when_the_server_was_last_seen() {
        let bench = Bench::new();
        let (store, _) = bench.open("one"); // at 1000 s
        let (mut writer, _, threads) = store.start(|_| {}).expect("started");
        writer.note(enter("Ann", 1, 10));
        writer.send();
        while writer.waiting() > 0 {
            std::thread::yield_now();
        }
        assert_eq!(rows(&bench, 0, 100, 25), [("Ann".into(), 10, None, 15, 1)]);
        let copy = Bench::new();
        copy.take(&bench);
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
    fn the_file_is_for_a_spreadsheet() {
        let bench = Bench::new();
        bench.run("e", |writer| {
            writer.note(enter("=Ann", 1, 0));
            writer.note(leave(1, 61));
        });
        let mut out = Vec::new();
        let zone = "+01:00".parse().expect("a zone");
        write(&bench.archive(), &Span::default(), zone, 0, &mut out).expect("written");
        let text = String::from_utf8(out).expect("text");
        let row = "\"lobby\",\"'=Ann\",\"id-=Ann\",\"member\",\"1970-01-01 01:00:00\",\"1970-01-01 02:01:00\",\"61.0\",\"1\",\"\"\r\n";
        assert!(text.starts_with("\u{feff}\"room\",\"name\""), "{text}");
        assert!(text.ends_with(row), "{text}");
    }
}
