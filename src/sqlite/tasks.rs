//! The course's tasks: which person passed which task, when, and after how many attempts.
//!
//! A person who appeared under several names is one person here, under the last of them.

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
use crate::sqlite::{authors, csv, damage, quoting};

/// One person's result in one task.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TaskResult {
    /// The person, as they appeared last.
    pub who: Arc<Author>,
    /// The number of the task.
    pub task: u8,
    /// The time of the first pass; `None` before it.
    pub passed: Option<Millis>,
    /// The number of exams up to the first pass.
    pub attempts: u64,
}

/// Returns the results of the person with this `sub`, or of everybody, by name and number of the
/// task.
///
/// # Errors
///
/// The file cannot be read.
pub(crate) fn task_results(
    archive: &Archive,
    sub: Option<&str>,
    span: &Span<'_>,
) -> Result<Vec<TaskResult>> {
    let db = archive.db();
    let _snapshot = db.unchecked_transaction()?;
    let (from, to) = (span.from.unwrap_or(0), span.to.unwrap_or(Millis::MAX));
    let mut rows = db.prepare_cached(
        "SELECT max(t.author), t.task, min(t.passed), sum(t.attempts)
         FROM tasks t JOIN authors a ON a.id = t.author
         WHERE (?1 IS NULL OR a.sub = ?1) AND t.last >= ?2 AND t.last < ?3
         GROUP BY a.sub, t.task",
    )?;
    let rows = rows.query_map(params![sub, integer(from), integer(to)], |row| {
        Ok(TaskResult {
            who: authors::by_id(db, row.get(0)?)?,
            task: row.get(1)?,
            passed: row.get(2)?,
            attempts: row.get(3)?,
        })
    })?;
    let mut list: Vec<TaskResult> = rows
        .filter_map(|row| damage::or_report(row, || "tasks: a row".into()))
        .collect();
    list.sort_by(|a, b| (&a.who.name, &a.who.id, a.task).cmp(&(&b.who.name, &b.who.id, b.task)));
    Ok(list)
}

/// Writes `tasks.csv`.
///
/// # Errors
///
/// The history cannot be read, or `out` cannot be written.
pub(super) fn write(
    archive: &Archive,
    span: &Span<'_>,
    zone: Zone,
    out: &mut dyn Write,
) -> std::result::Result<(), ExportError> {
    out.write_all(csv::BYTE_ORDER_MARK.as_bytes())?;
    csv::write_line(out, &["name", "id", "task", "passed at", "attempts"])?;
    for task in task_results(archive, None, span)? {
        let passed = task.passed.map(|at| zone.show(at).to_string());
        let (number, attempts) = (task.task.to_string(), task.attempts.to_string());
        let Author { id, name, .. } = &*task.who;
        let passed = passed.unwrap_or_default();
        let name = quoting::one_line(name);
        csv::write_line(out, &[&name, id, &number, &passed, &attempts])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::event::samples::author;
    use crate::sqlite::around::Around;
    use crate::sqlite::erase;
    use crate::sqlite::tests::TempHistory;
    use crate::store::queue::Note;

    fn exam(name: &str, task: u8, passed: bool, at: Millis) -> Note {
        Note::Exam {
            by: author(name),
            task,
            passed,
            at,
        }
    }

    #[test]
    fn the_first_pass_counts_and_the_attempts_up_to_it() {
        let history = TempHistory::new();
        history.run("e", |writer| {
            for note in [
                exam("=Bo", 1, false, 500),
                exam("Ann", 2, false, 1000),
                exam("Ann", 2, true, 2000),
                exam("Ann", 2, false, 3000),
                exam("Ann", 2, true, 4000),
                exam("Ann", 1, true, 5000),
            ] {
                writer.note(note);
            }
        });
        let archive = history.archive();
        let of = |sub| {
            let list = task_results(&archive, sub, &Span::default()).expect("a list");
            let row = |t: TaskResult| (t.who.name.to_string(), t.task, t.passed, t.attempts);
            list.into_iter().map(row).collect::<Vec<_>>()
        };
        let ann = [
            ("Ann".to_owned(), 1, Some(5000), 1),
            ("Ann".to_owned(), 2, Some(2000), 2),
        ];
        assert_eq!(of(Some("sub-Ann")), ann);
        assert_eq!(of(None).len(), 3);
        assert_eq!(of(Some("nobody")), []);

        let mut out = Vec::new();
        write(&archive, &Span::default(), Zone::default(), &mut out).expect("written");
        let text = String::from_utf8(out).expect("text");
        let rows: Vec<&str> = text.lines().skip(1).collect();
        let expected = [
            r#""'=Bo","id-=Bo","1","","1""#,
            r#""Ann","id-Ann","1","1970-01-01 00:00:05+00:00","1""#,
            r#""Ann","id-Ann","2","1970-01-01 00:00:02+00:00","2""#,
        ];
        assert_eq!(rows, expected);
    }

    #[test]
    fn tasks_are_kept_as_long_as_attendance_is() {
        let history = TempHistory::new();
        history.run("e", |writer| {
            writer.note(exam("Ann", 1, true, 1000));
            writer.note(exam("Ann", 2, true, 2000));
        });
        let db = crate::sqlite::connect::connect(&history.path).expect("opened");
        db.execute("UPDATE tasks SET kept = last", [])
            .expect("aged");
        let cutoff = erase::Cutoff {
            written: 1500,
            stamped: 1500,
        };
        Around::transaction(&db, |db| erase::erase_before(db, cutoff, 1500)).expect("erased");
        let left = || {
            let list = task_results(&history.archive(), None, &Span::default()).expect("a list");
            list.iter().map(|task| task.task).collect::<Vec<u8>>()
        };
        assert_eq!(left(), [2]);
        Around::transaction(&db, erase::erase_all).expect("erased");
        assert!(left().is_empty());
    }
}
