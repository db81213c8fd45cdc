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

/// Who came to the lesson that goes on, and who is missing, in the rooms that `led` accepts. With `from`,
/// who has been here since then, and nobody is missing.
pub(crate) fn register(
    archive: &Archive,
    from: Option<Millis>,
    now: Millis,
    led: impl Fn(&str) -> bool,
) -> Result<Register> {
    let mut ends = lesson_ends(archive)?.into_iter();
    let began = ends.next().unwrap_or(0);
    let start = from.unwrap_or(began.max(now.saturating_sub(LONGEST_LESSON)));
    // Whoever stays over the end of a lesson has been here since it, give or take these seconds.
    let first = from.unwrap_or(start + LEAVING);
    let mut list = attendance(archive, &since(first), now)?;
    list.retain(|entry| led(&entry.room));
    let absent = match from {
        None if start == began => {
            let before = ends
                .next()
                .unwrap_or(0)
                .max(began.saturating_sub(LONGEST_LESSON));
            absentees(archive, (before, began), &list, &led)?
        }
        _ => Vec::new(),
    };
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
    Ok(Register {
        from: start,
        people: people.collect(),
        absent,
        more,
    })
}

fn since(from: Millis) -> Span<'static> {
    Span {
        from: Some(from),
        ..Span::default()
    }
}

/// When the last two lessons ended, the newest first.
fn lesson_ends(archive: &Archive) -> Result<Vec<Millis>> {
    let sql = "SELECT at FROM audit WHERE action = 'end_lesson' ORDER BY id DESC LIMIT 2";
    let mut ends = archive.db().prepare_cached(sql)?;
    let rows = ends.query_map([], |row| row.get(0))?;
    rows.collect()
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

/// The newest entries of the audit log before the one with the number `before`.
pub(crate) fn audit_page(archive: &Archive, before: Option<i64>) -> Result<AuditPage> {
    let mut page = archive.db().prepare_cached(
        "SELECT l.id, l.at, l.action, b.name, b.shown, t.name, t.shown, r.name, l.reason, l.until, l.target
         FROM audit l LEFT JOIN authors b ON b.id = l.author
         LEFT JOIN authors t ON t.id = l.target LEFT JOIN rooms r ON r.id = l.room
         WHERE l.id < ?1 ORDER BY l.id DESC LIMIT ?2",
    )?;
    let one_more = integer(MAX_ENTRIES as u64 + 1);
    let mut rows = page.query(params![before.unwrap_or(i64::MAX), one_more])?;
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
mod tests {
    use super::*;
    use crate::model::event::samples::author;
    use crate::sqlite::tests::TempHistory;
    use crate::store::queue::{Audit, Note};

    fn enter(name: &str, connection: u64, at: Millis) -> Note {
        Note::Enter {
            room: "lobby".into(),
            connection,
            by: author(name),
            at,
        }
    }

    fn leave(connection: u64, at: Millis) -> Note {
        Note::Leave {
            room: "lobby".into(),
            connection,
            at,
        }
    }

    fn audited(action: &str, at: Millis) -> Note {
        Note::Audit(Box::new(Audit {
            at,
            by: author("Lin"),
            action: action.into(),
            target: (action == "mute").then(|| author("Bo")),
            room: None,
            reason: (action == "mute").then(|| "noise".into()),
            until: None,
        }))
    }

    #[test]
    fn a_register_is_of_one_lesson_and_names_those_who_came_only_to_the_last() {
        let history = TempHistory::new();
        history.run("e", |writer| {
            for note in [
                audited("end_lesson", 10_000),
                enter("Ann", 1, 20_000),
                enter("Bo", 2, 20_000),
                audited("end_lesson", 60_000),
                // The end of the lesson disconnects them, moments later.
                leave(1, 60_040),
                leave(2, 60_050),
                enter("Bo", 3, 90_000),
                enter("Cy", 4, 91_000),
                leave(4, 95_000),
            ] {
                writer.note(note);
            }
        });
        let archive = history.archive();
        let of = |from| register(&archive, from, 100_000, |_| true).expect("a register");
        let names = |register: &Register| -> Vec<_> {
            let people = register.people.iter();
            people
                .map(|it| (it.user.name.to_string(), it.came))
                .collect()
        };
        let lesson = of(None);
        assert_eq!(lesson.from, 60_000);
        assert_eq!(
            names(&lesson),
            [("Bo".into(), 90_000), ("Cy".into(), 91_000)]
        );
        let absent: Vec<_> = lesson.absent.iter().map(|it| &*it.user.name).collect();
        assert_eq!(absent, ["Ann"]);
        // All since a time, whatever the lesson.
        let all = of(Some(0));
        assert_eq!(all.people.len(), 3);
        assert_eq!(all.absent, []);
        // Whoever leads another room sees nobody of this one.
        let other = register(&archive, None, 100_000, |room| room == "lab").expect("a register");
        assert_eq!((other.people.len(), other.absent.len()), (0, 0));
    }

    #[test]
    fn a_lesson_that_nobody_ended_is_a_day_at_most() {
        let history = TempHistory::new();
        history.run("e", |writer| {
            writer.note(enter("Ann", 1, 1000));
            writer.note(leave(1, 2000));
        });
        let now = LONGEST_LESSON + 60_000;
        let lesson = register(&history.archive(), None, now, |_| true).expect("a register");
        assert_eq!((lesson.from, lesson.people.len()), (60_000, 0));
    }

    #[test]
    fn the_audit_log_is_read_in_pages_the_newest_first() {
        let history = TempHistory::new();
        let all = MAX_ENTRIES as u64 + 20;
        history.run("e", |writer| {
            for n in 0..all {
                writer.note(audited(if n + 1 == all { "mute" } else { "slow" }, n));
            }
        });
        let archive = history.archive();
        let first = audit_page(&archive, None).expect("a page");
        assert_eq!((first.entries.len(), first.more), (MAX_ENTRIES, true));
        let newest = &first.entries[0];
        let target = newest.target.as_ref().expect("a target");
        assert_eq!((&*newest.action, &*target.name), ("mute", "Bo"));
        assert_eq!(newest.reason.as_deref(), Some("noise"));
        assert_eq!(
            (&first.entries[1].target, &first.entries[1].reason),
            (&None, &None)
        );
        let last = first.entries.last().map(|entry| entry.id);
        let second = audit_page(&archive, last).expect("a page");
        assert_eq!((second.entries.len(), second.more), (20, false));
        assert_eq!(second.entries.last().map(|entry| entry.at), Some(0));
    }
}
