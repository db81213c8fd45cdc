//! The part of the history that an export covers.

use crate::model::time::Millis;
use crate::sqlite::class_list::Expected;

/// The part of the history that an export covers.
#[derive(Debug, Clone, Copy, Default)]
pub struct Span<'a> {
    /// The room; `None` means all rooms, one after the other.
    pub room: Option<&'a str>,
    /// The first moment that belongs to it.
    pub from: Option<Millis>,
    /// The first moment after it.
    pub to: Option<Millis>,
    /// Who should have been there, in the order of the class list; for the attendance.
    pub class_list: &'a [Expected],
    /// Which lesson of which rooms; the first entry with a room counts, and a room that is in none is left
    /// out. Empty: everything.
    pub lessons: &'a [LessonOfRooms],
}

/// One lesson of the rooms of a class.
#[derive(Debug, Clone)]
pub struct LessonOfRooms {
    /// The rooms; `None`: all.
    pub rooms: Option<Vec<Box<str>>>,
    /// The lesson.
    pub lesson: WhichLesson,
}

/// A lesson.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhichLesson {
    /// All of them.
    All,
    /// The one that ended with this number.
    Ended(u64),
    /// The one that runs, and when it was started, if that is known.
    Running(Option<Millis>),
}

/// What a lesson has of a room: events by their numbers, and who was there by the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    /// The event before the first one.
    pub after: u64,
    /// The last event.
    pub up_to: u64,
    pub from: Option<Millis>,
    pub to: Option<Millis>,
}

impl Part {
    /// The whole room.
    pub(super) const WHOLE: Part = Part {
        after: 0,
        up_to: u64::MAX,
        from: None,
        to: None,
    };
}

impl<'a> Span<'a> {
    pub(super) fn contains(&self, at: Millis) -> bool {
        self.from.is_none_or(|from| from <= at) && self.to.is_none_or(|to| at < to)
    }

    /// The lesson that is wanted of `room`; `None`: the room is left out.
    pub(super) fn lesson_of(&self, room: &str) -> Option<WhichLesson> {
        if self.lessons.is_empty() {
            return Some(WhichLesson::All);
        }
        let has = |it: &&LessonOfRooms| {
            let rooms = it.rooms.as_ref();
            rooms.is_none_or(|rooms| rooms.iter().any(|name| **name == *room))
        };
        self.lessons.iter().find(has).map(|it| it.lesson)
    }

    /// The time of it that belongs to `part`, in `room`.
    pub(super) fn within(&self, room: &'a str, part: &Part) -> Span<'a> {
        let later = |one: Option<Millis>, other: Option<Millis>| one.max(other);
        let earlier = |one: Option<Millis>, other: Option<Millis>| match (one, other) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        Span {
            room: Some(room),
            from: later(self.from, part.from),
            to: earlier(self.to, part.to),
            lessons: &[],
            class_list: self.class_list,
        }
    }
}
