//! What those who lead look up in the middle of a lesson: who came and who is missing, and what was done to
//! whom. The files for download ([`crate::sqlite::export`]) say the same of longer times.

use rusqlite::{Result, Row, params};
use serde::Serialize;

use crate::model::event::Author;
use crate::model::role::Role;
use crate::model::time::Millis;
use crate::sqlite::archive::Archive;
use crate::sqlite::attendance::{Attendance, attendance};
use crate::sqlite::damage;
use crate::sqlite::span::Span;
use crate::sqlite::values::integer;

/// Longest lesson that nobody ended: milliseconds. Where lessons are never ended, the list is of one day.
const LONGEST_LESSON: Millis = 24 * 3600 * 1000;

/// Milliseconds within which those whom the end of a lesson disconnects are gone: they are not in the next.
const LEAVING: Millis = 5000;

/// People in one list of the attendance, for each room: more than a lesson takes (`join.people`).
const MAX_PEOPLE: usize = 1000;

/// Entries of the audit log in one answer: some screens of them.
const MAX_ENTRIES: usize = 100;

/// A person, as others see them.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct User {
    id: Box<str>,
    name: Box<str>,
    role: Role,
}

impl User {
    fn of(author: &Author) -> User {
        User {
            id: author.id.clone(),
            name: author.name.clone(),
            role: author.role,
        }
    }
}

/// Somebody who was here in a lesson.
#[derive(Debug, PartialEq, Serialize)]
struct Present {
    room: Box<str>,
    user: User,
    came: Millis,
    /// `None` while they are here.
    left: Option<Millis>,
    /// Seconds for which they were here.
    seconds: u64,
    connections: u64,
}

/// Somebody who was here in the lesson before, and has not come to this one.
#[derive(Debug, PartialEq, Serialize)]
struct Absent {
    user: User,
    /// When they were here last.
    left: Option<Millis>,
}

/// Who came to a lesson.
#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct Register {
    /// From when on.
    from: Millis,
    people: Vec<Present>,
    absent: Vec<Absent>,
    /// There are more than are listed.
    more: bool,
}

/// One entry of the audit log.
#[derive(Debug, PartialEq, Serialize)]
struct Entry {
    id: i64,
    at: Millis,
    action: Box<str>,
    by: Party,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<Party>,
    #[serde(skip_serializing_if = "Option::is_none")]
    room: Option<Box<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Box<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Millis>,
}

/// Somebody in the audit log.
#[derive(Debug, PartialEq, Serialize)]
struct Party {
    id: Box<str>,
    name: Box<str>,
}

/// A page of the audit log, the newest entry first.
#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct AuditPage {
    entries: Vec<Entry>,
    /// There are older ones.
    more: bool,
}

/// A lesson of a class, as the audit log knows it.
struct Lesson {
    /// When the lesson before it ended, or 0.
    ended: Millis,
    /// When the lesson before that ended, or 0.
    before: Millis,
    /// When it was started; where nobody did, when the one before it ended.
    began: Millis,
}

/// Who came to the lessons that go on in these classes, and who is missing there. `led` says to which class a
/// room belongs, if its register may be seen. With `from`, who has been here since then, and nobody is missing.
pub(crate) fn register(
    archive: &Archive,
    from: Option<Millis>,
    now: Millis,
    classes: &[(usize, &str)],
    led: impl Fn(&str) -> Option<usize>,
) -> Result<Register> {
    let (mut list, mut absent) = (Vec::new(), Vec::new());
    let mut starts = Vec::new();
    for &(class, name) in classes {
        let of_class = |room: &str| led(room) == Some(class);
        let lesson = lesson(archive, name)?;
        let longest = now.saturating_sub(LONGEST_LESSON);
        let start = from.unwrap_or(lesson.began.max(longest));
        // Whoever stays over the end of a lesson has been here since it, give or take these seconds.
        let first = from.unwrap_or(start.max(lesson.ended + LEAVING));
        let mut came = attendance(archive, &since(first), now)?;
        came.retain(|entry| of_class(&entry.room));
        let is_of_a_day = from.is_none() && start == lesson.began;
        if is_of_a_day {
            let before = lesson
                .before
                .max(lesson.ended.saturating_sub(LONGEST_LESSON));
            absent.append(&mut absentees(
                archive,
                (before, lesson.ended),
                &came,
                &of_class,
            )?);
        }
        // Nobody said when a lesson began that is older: it did when the first one came.
        let earliest = came.iter().map(|entry| entry.came).min();
        starts.push(match from.is_some() || is_of_a_day {
            true => start,
            false => earliest.unwrap_or(start),
        });
        list.append(&mut came);
    }
    absent.truncate(MAX_PEOPLE);
    let from = starts.into_iter().min().unwrap_or(now);
    Ok(listed(from, list, absent))
}

/// The register of those who are in these lists.
fn listed(from: Millis, mut list: Vec<Attendance>, absent: Vec<Absent>) -> Register {
    let more = list.len() > MAX_PEOPLE;
    list.truncate(MAX_PEOPLE);
    let people = list.iter().map(|entry| Present {
        room: (&*entry.room).into(),
        user: User::of(&entry.who),
        came: entry.came,
        left: entry.left,
        seconds: entry.present / 1000,
        connections: entry.connections,
    });
    Register {
        from,
        people: people.collect(),
        absent,
        more,
    }
}

fn since(from: Millis) -> Span<'static> {
    Span {
        from: Some(from),
        ..Span::default()
    }
}

/// The lesson that goes on in a class, or is the last one. The audit log has the name of a class in the place of
/// a reason, and none for the only class of a server.
fn lesson(archive: &Archive, class: &str) -> Result<Lesson> {
    let times = |action: &str| {
        let sql = "SELECT at FROM audit WHERE action = ?1 AND coalesce(reason, '') = ?2
                   ORDER BY id DESC LIMIT 2";
        let mut times = archive.db().prepare_cached(sql)?;
        let rows = times.query_map(params![action, class], |row| row.get(0))?;
        rows.collect::<Result<Vec<Millis>>>()
    };
    let mut ends = times("end_lesson")?.into_iter();
    let ended = ends.next().unwrap_or(0);
    let started = times("start_lesson")?.into_iter().next();
    Ok(Lesson {
        ended,
        before: ends.next().unwrap_or(0),
        began: started.map_or(ended, |started| started.max(ended)),
    })
}

/// The members who were here between two times, and are not in `list`: neither they nor their names.
fn absentees(
    archive: &Archive,
    (from, to): (Millis, Millis),
    list: &[Attendance],
    led: &impl Fn(&str) -> bool,
) -> Result<Vec<Absent>> {
    let span = Span {
        to: Some(to),
        ..since(from)
    };
    let mut absent: Vec<Absent> = Vec::new();
    for entry in attendance(archive, &span, to)? {
        let same = |user: &Author| user.id == entry.who.id || user.name == entry.who.name;
        let came = list.iter().any(|other| same(&other.who));
        if came || entry.who.role != Role::Member || !led(&entry.room) {
            continue;
        }
        let id = &entry.who.id;
        if let Some(other) = absent.iter_mut().find(|other| other.user.id == *id) {
            other.left = other.left.max(entry.left);
        } else if absent.len() < MAX_PEOPLE {
            absent.push(Absent {
                user: User::of(&entry.who),
                left: entry.left,
            });
        }
    }
    absent.sort_by(|a, b| a.user.name.cmp(&b.user.name));
    Ok(absent)
}

/// Entries of the audit log for somebody who leads certain rooms.
#[derive(Debug)]
pub(crate) struct AuditScope<'a> {
    /// What was done in these rooms.
    pub(crate) rooms: &'a [String],
    /// What was done to these classes as a whole.
    pub(crate) classes: Vec<&'a str>,
    /// What the person with this `sub` did.
    pub(crate) sub: &'a str,
}

/// Whether an entry is in an [`AuditScope`]. What is done to a class has its name in the place of a reason.
const IN_SCOPE: &str = "?3 IS NULL OR b.sub = ?5 OR r.name IN (SELECT value FROM json_each(?3))
    OR l.action IN ('end_lesson', 'start_lesson', 'open_door', 'close_door')
        AND l.reason IN (SELECT value FROM json_each(?4))";

/// The newest entries of the audit log before the one with the number `before`; without a scope, of all.
pub(crate) fn audit_page(
    archive: &Archive,
    before: Option<i64>,
    scope: Option<&AuditScope<'_>>,
) -> Result<AuditPage> {
    let mut page = archive.db().prepare_cached(&format!(
        "SELECT l.id, l.at, l.action, b.name, b.shown, t.name, t.shown, r.name, l.reason, l.until, l.target
         FROM audit l LEFT JOIN authors b ON b.id = l.author
         LEFT JOIN authors t ON t.id = l.target LEFT JOIN rooms r ON r.id = l.room
         WHERE l.id < ?1 AND ({IN_SCOPE}) ORDER BY l.id DESC LIMIT ?2",
    ))?;
    let rooms = scope.map(|scope| serde_json::json!(scope.rooms).to_string());
    let classes = scope.map(|scope| serde_json::json!(scope.classes).to_string());
    let sub = scope.map(|scope| scope.sub);
    let one_more = integer(MAX_ENTRIES as u64 + 1);
    let before = before.unwrap_or(i64::MAX);
    let mut rows = page.query(params![before, one_more, rooms, classes, sub])?;
    let (mut entries, mut read) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        read += 1;
        if read > MAX_ENTRIES {
            break;
        }
        entries.extend(damage::or_report(entry(row), || "audit: a row".into()));
    }
    Ok(AuditPage {
        entries,
        more: read > MAX_ENTRIES,
    })
}

fn entry(row: &Row<'_>) -> Result<Entry> {
    let party = |name, id| {
        Ok::<_, rusqlite::Error>(Party {
            id: damage::lossy(row, id)?,
            name: damage::lossy(row, name)?,
        })
    };
    let text = |column| damage::lossy(row, column).map(|text| (!text.is_empty()).then_some(text));
    let target: Option<i64> = row.get(10)?;
    Ok(Entry {
        id: row.get(0)?,
        at: row.get(1)?,
        action: damage::lossy(row, 2)?,
        by: party(3, 4)?,
        target: target.map(|_| party(5, 6)).transpose()?,
        room: text(7)?,
        reason: text(8)?,
        until: row.get(9)?,
    })
}

#[cfg(test)]
#[path = "register_tests.rs"]
mod tests;
