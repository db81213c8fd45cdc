//! Lessons that have ended: where each begins and ends in the log of a room.
//!
//! The end of a lesson is an event of each room of its class. So the lessons of a room follow from these
//! events, and so does what a lesson has: the events between two of them.

use rusqlite::{OptionalExtension, Result, params};

use crate::model::time::Millis;
use crate::sqlite::archive::Archive;
use crate::sqlite::damage;
use crate::sqlite::room_snapshot::{RoomSnapshot, lesson};
use crate::sqlite::span::{Part, Span, WhichLesson};
use crate::sqlite::values::kind;
use crate::store::query::{EndedLesson, Found, Page};

impl Archive {
    /// Returns the lessons that have ended in `room`, the oldest first. Of the oldest, the beginning may
    /// have been erased.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn lessons(&self, room: &str) -> Result<Vec<EndedLesson>> {
        let snapshot = RoomSnapshot::open(self.db(), room)?;
        let sql = "SELECT seq, at, text FROM events WHERE room = ?1 AND kind = ?2 ORDER BY seq";
        let mut found = snapshot.statement(sql)?;
        let mut rows = found.query(params![snapshot.id, kind::LESSON_END])?;
        let mut ends = Vec::new();
        while let Some(row) = rows.next()? {
            let end = || {
                Ok((
                    row.get(0)?,
                    row.get(1)?,
                    lesson(row.get_ref(2)?.as_str_or_null()?),
                ))
            };
            ends.extend(damage::or_report(end(), || {
                format!("events, room {room:?}: a lesson")
            }));
        }
        if ends.is_empty() {
            return Ok(Vec::new());
        }
        let first = snapshot.ends()?.map_or(1, |(first, _)| first);
        let mut lessons = EndedLesson::list(first.saturating_sub(1), ends);
        if let Some(oldest) = lessons.first_mut().filter(|oldest| oldest.began.is_none()) {
            // Somebody was there before anything happened. (An aggregate leaves out what is NULL.)
            let sql = "SELECT min(at) FROM (
                           SELECT at FROM events WHERE room = ?1 AND seq = ?2
                           UNION ALL SELECT min(came) FROM visits WHERE room = ?1)";
            let mut found = snapshot.statement(sql)?;
            let at = found.query_row(params![snapshot.id, first], |row| row.get(0));
            oldest.began = damage::or_report(at, || format!("room {room:?}: a time")).flatten();
        }
        Ok(lessons)
    }

    /// Returns the newest of them, at most `limit`, the newest first.
    pub(super) fn newest_lessons(&self, room: &str, limit: usize) -> Result<Vec<EndedLesson>> {
        let mut lessons = self.lessons(room)?;
        lessons.reverse();
        lessons.truncate(limit);
        Ok(lessons)
    }

    /// Returns the lesson of this number in `room`. If a class has begun to count again, it is the newest.
    fn lesson(&self, room: &str, number: u64) -> Result<Option<EndedLesson>> {
        let lessons = self.lessons(room)?;
        Ok(lessons.into_iter().rfind(|it| it.lesson == number))
    }

    /// Returns whether a lesson of this number has ended in one of these rooms; `None`: in any room.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn has_lesson(&self, rooms: Option<&[Box<str>]>, number: u64) -> Result<bool> {
        for room in self.rooms()? {
            let concerns = rooms.is_none_or(|rooms| rooms.iter().any(|name| **name == *room));
            if concerns && self.lesson(&room, number)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Returns a page of an ended lesson, as [`Archive::page`] does; `None`: there is no such lesson.
    pub(super) fn page_of_lesson(
        &self,
        room: &str,
        number: u64,
        before: u64,
        limit: usize,
    ) -> Result<Option<Page>> {
        let Some(lesson) = self.lesson(room, number)? else {
            return Ok(None);
        };
        // One more than wanted tells whether the lesson has older ones.
        let Page { mut items, .. } = self.page(room, before.min(lesson.to_seq), limit + 1)?;
        items.retain(|item| item.event.seq >= lesson.from_seq);
        let more = items.len() > limit;
        items.drain(..items.len().saturating_sub(limit));
        Ok(Some(Page { items, more }))
    }

    /// Searches an ended lesson, as [`Archive::search`] does; `None`: there is no such lesson.
    pub(super) fn search_in_lesson(
        &self,
        room: &str,
        number: u64,
        query: &str,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Option<Found>> {
        let Some(lesson) = self.lesson(room, number)? else {
            return Ok(None);
        };
        let before = before.map_or(lesson.to_seq, |before| before.min(lesson.to_seq));
        let Found { mut items, before } = self.search(room, query, Some(before), limit)?;
        items.retain(|item| item.event.seq >= lesson.from_seq);
        let before = before.filter(|&before| before > lesson.from_seq);
        Ok(Some(Found { items, before }))
    }

    /// Returns what `span` has of `room`; `None`: nothing.
    pub(super) fn part(&self, room: &str, span: &Span<'_>) -> Result<Option<Part>> {
        match span.lesson_of(room) {
            None => Ok(None),
            Some(WhichLesson::All) => Ok(Some(Part::WHOLE)),
            Some(WhichLesson::Ended(number)) => self.part_of_ended(room, number),
            Some(WhichLesson::Running(began)) => self.part_of_running(room, began).map(Some),
        }
    }

    fn part_of_ended(&self, room: &str, number: u64) -> Result<Option<Part>> {
        let lesson = self.lesson(room, number)?;
        Ok(lesson.map(|lesson| Part {
            after: lesson.from_seq - 1,
            up_to: lesson.to_seq,
            from: lesson.began,
            to: Some(lesson.ended),
        }))
    }

    fn part_of_running(&self, room: &str, began: Option<Millis>) -> Result<Part> {
        let sql = "SELECT r.lesson, e.at FROM rooms r
                   LEFT JOIN events e ON e.room = r.id AND e.seq = r.lesson
                   WHERE r.name = ?1 AND r.lesson IS NOT NULL";
        let end = self.db().query_row(sql, [room], |row| {
            Ok((row.get(0)?, row.get(1).unwrap_or_default()))
        });
        let (after, ended) = end.optional()?.unwrap_or((0, None));
        Ok(Part {
            after,
            up_to: u64::MAX,
            from: began.or(ended),
            to: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::event::samples::*;
    use crate::model::event::{EventKind, Lesson};
    use crate::sqlite::tests::TempHistory;
    use crate::store::queue::Note;

    fn history() -> TempHistory {
        let end = |lesson, began| EventKind::LessonEnd(Lesson { lesson, began });
        TempHistory::with(&[
            event(1, "Ann", said("one")),
            event(2, "Ann", said("two")),
            event(3, "Lin", end(1, None)),
            event(4, "Bo", said("three")),
            event(5, "Lin", end(2, Some(3500))),
            event(6, "Lin", end(3, None)),
            event(7, "Cy", said("four")),
        ])
    }

    #[test]
    fn lessons_follow_each_other_without_a_gap() {
        let lessons = history().archive().lessons("lobby").expect("lessons");
        let listed = |it: &EndedLesson| (it.lesson, it.from_seq, it.to_seq, it.began, it.ended);
        assert_eq!(
            lessons.iter().map(listed).collect::<Vec<_>>(),
            [
                (1, 1, 3, Some(1000), 3000),
                (2, 4, 5, Some(3500), 5000),
                (3, 6, 6, Some(5000), 6000)
            ]
        );
        assert_eq!(history().archive().lessons("nowhere").expect("none"), []);
    }

    #[test]
    fn the_first_lesson_begins_with_whoever_came_before_anything_happened() {
        let history = TempHistory::new();
        history.run("e", |writer| {
            writer.note(Note::Enter {
                room: "lobby".into(),
                connection: 1,
                by: author("Ann"),
                device: None,
                at: 500,
            });
            writer.append(event(1, "Lin", said("one")));
            let end = Lesson {
                lesson: 1,
                began: None,
            };
            writer.append(event(2, "Lin", EventKind::LessonEnd(end)));
        });
        let lessons = history.archive().lessons("lobby").expect("lessons");
        let times: Vec<_> = lessons.iter().map(|it| (it.began, it.ended)).collect();
        assert_eq!(times, [(Some(500), 2000)]);
    }

    #[test]
    fn a_page_and_a_search_stay_within_their_lesson() {
        let history = history();
        let archive = history.archive();
        let page = |lesson, before, limit| {
            let page = archive.page_of_lesson("lobby", lesson, before, limit);
            page.expect("a page").map(|Page { items, more }| {
                let seqs: Vec<u64> = items.iter().map(|item| item.event.seq).collect();
                (seqs, more)
            })
        };
        assert_eq!(page(1, 99, 9), Some((vec![1, 2], false)));
        assert_eq!(page(1, 99, 1), Some((vec![2], true)));
        assert_eq!(page(1, 2, 9), Some((vec![1], false)));
        assert_eq!(page(2, 99, 1), Some((vec![4], false)));
        assert_eq!(page(2, 99, 9), Some((vec![4], false)));
        assert_eq!(page(3, 99, 9), Some((vec![], false)));
        assert_eq!(page(4, 99, 9), None);
        let search = |lesson, query| {
            let found = archive.search_in_lesson("lobby", lesson, query, None, 9);
            found.expect("a search").map(|found| found.items.len())
        };
        assert_eq!(search(1, "t"), Some(1));
        assert_eq!(search(2, "t"), Some(1));
        assert_eq!(search(2, "four"), Some(0));
        assert_eq!(search(4, "four"), None);
    }
}
