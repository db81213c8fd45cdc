//! The door of a class, and its lesson: whether people come in with the class code, and why not.
//!
//! Pure: what changes is collected as changes of records, which the hub hands to the store. A door is
//! not a lock: a quiet class still takes in those who come late. It is shut for one of two reasons, and
//! they are not the same: somebody who leads has closed it, or no lesson runs. Those who have a token
//! that is valid come and go in both cases.

use crate::model::event::Author;
use crate::model::time::Millis;
use crate::store::record::{Record, RecordChange, RecordKind};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The record of a door begins with this; the name of the class follows, if it has one.
const ID: &str = "door";

/// How the door is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Open,
    /// Somebody who leads has closed it.
    Closed,
    /// The lesson has ended, and the next has not been started.
    NoLesson,
}

/// What the record of a door keeps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Body {
    state: State,
    lesson: u64,
    began: Option<Millis>,
    /// Earlier versions did not keep it.
    #[serde(default)]
    whispers: u64,
}

/// The door of a class.
#[derive(Debug)]
pub(crate) struct Door {
    /// Among the records.
    id: Box<str>,
    now: Body,
    /// What the store has not been told yet.
    changes: Vec<RecordChange>,
}

impl Door {
    /// The door of a class in its first lesson. The class that has no name is the only one.
    pub(crate) fn new(class: &str) -> Door {
        let id = if class.is_empty() {
            ID.into()
        } else {
            format!("{ID} {class}").into()
        };
        let now = Body {
            state: State::Open,
            lesson: 1,
            began: None,
            whispers: 0,
        };
        Door {
            id,
            now,
            changes: Vec::new(),
        }
    }

    /// Puts it as an earlier run of the server left it.
    pub(crate) fn restore<'a>(&mut self, records: impl IntoIterator<Item = &'a Record>) {
        let mut records = records.into_iter();
        let kept = records.find(|it| it.kind == RecordKind::Door && it.id == self.id);
        let body = kept.map(|record| serde_json::from_str(&record.body));
        match body {
            Some(Ok(body)) => self.now = body,
            // Earlier versions wrote no body, and only while somebody had closed it.
            Some(Err(_)) => self.now.state = State::Closed,
            None => {}
        }
    }

    /// Whether people can join with the class code.
    pub(crate) fn is_open(&self) -> bool {
        self.now.state == State::Open
    }

    /// Whether a lesson runs.
    pub(crate) fn lesson_runs(&self) -> bool {
        self.now.state != State::NoLesson
    }

    /// The number of the lesson that runs, or of the last one. The first is 1.
    pub(crate) fn lesson(&self) -> u64 {
        self.now.lesson
    }

    /// When that lesson was started. The first one has run since the first start of the server.
    pub(crate) fn began(&self) -> Option<Millis> {
        self.now.began
    }

    /// The number of the newest private message when a lesson ended last: those up to it belong to lessons that
    /// are over.
    pub(crate) fn whispers(&self) -> u64 {
        self.now.whispers
    }

    /// Opens or closes it while a lesson runs. Returns false if it was so already.
    pub(crate) fn set(&mut self, open: bool, by: &Arc<Author>) -> bool {
        let state = if open { State::Open } else { State::Closed };
        if !self.lesson_runs() || self.now.state == state {
            return false;
        }
        self.now.state = state;
        self.keep(by);
        true
    }

    /// The lesson has ended, and `whispers` is the number of the newest private message: the door is shut until
    /// the next one starts.
    pub(crate) fn end_lesson(&mut self, by: &Arc<Author>, whispers: u64) {
        self.now.state = State::NoLesson;
        self.now.whispers = whispers;
        self.keep(by);
    }

    /// The next lesson starts, and the door is open. Returns false if one runs already.
    pub(crate) fn start_lesson(&mut self, by: &Arc<Author>, at: Millis) -> bool {
        if self.lesson_runs() {
            return false;
        }
        self.now = Body {
            state: State::Open,
            lesson: self.now.lesson + 1,
            began: Some(at),
            whispers: self.now.whispers,
        };
        self.keep(by);
        true
    }

    fn keep(&mut self, by: &Arc<Author>) {
        self.changes.push(RecordChange::Keep(Box::new(Record {
            kind: RecordKind::Door,
            id: self.id.clone(),
            by: Arc::clone(by),
            target: None,
            room: None,
            until: None,
            body: serde_json::to_string(&self.now).unwrap_or_default().into(),
        })));
    }

    /// What has changed since the last call, for the store.
    pub(crate) fn take_changes(&mut self) -> Vec<RecordChange> {
        std::mem::take(&mut self.changes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The records after these changes.
    fn kept(records: &mut Vec<Record>, changes: Vec<RecordChange>) {
        for change in changes {
            if let RecordChange::Keep(record) = change {
                records.retain(|old| old.id != record.id);
                records.push(*record);
            }
        }
    }

    #[test]
    fn it_stays_as_it_was_left_over_a_restart_and_only_the_next_lesson_opens_it_after_the_end() {
        let by = Arc::new(Author::nobody());
        let mut records = Vec::new();
        // What is done, whether it changes something, how the door is then, and the lesson.
        let close: fn(&mut Door, &Arc<Author>) -> bool = |door, by| door.set(false, by);
        let open: fn(&mut Door, &Arc<Author>) -> bool = |door, by| door.set(true, by);
        let start: fn(&mut Door, &Arc<Author>) -> bool = |door, by| door.start_lesson(by, 7);
        let end: fn(&mut Door, &Arc<Author>) -> bool = |door, by| {
            door.end_lesson(by, 9);
            true
        };
        for (n, (act, changes, state, lesson)) in [
            (open, false, State::Open, 1),
            (start, false, State::Open, 1),
            (close, true, State::Closed, 1),
            (close, false, State::Closed, 1),
            (open, true, State::Open, 1),
            (close, true, State::Closed, 1),
            (end, true, State::NoLesson, 1),
            (open, false, State::NoLesson, 1),
            (close, false, State::NoLesson, 1),
            (start, true, State::Open, 2),
            (end, true, State::NoLesson, 2),
            (start, true, State::Open, 3),
        ]
        .into_iter()
        .enumerate()
        {
            // Each step is that of another run of the server.
            let (mut door, mut other) = (Door::new("a"), Door::new("b"));
            door.restore(&records);
            other.restore(&records);
            assert_eq!(act(&mut door, &by), changes, "step {n}");
            assert_eq!((door.now.state, door.lesson()), (state, lesson), "step {n}");
            assert_eq!(door.began(), (lesson > 1).then_some(7), "step {n}");
            assert_eq!(door.whispers(), if n < 6 { 0 } else { 9 }, "step {n}");
            assert!(other.is_open(), "step {n}: the door of another class");
            kept(&mut records, door.take_changes());
        }
    }

    #[test]
    fn a_door_that_an_earlier_version_closed_is_closed() {
        let by = Arc::new(Author::nobody());
        let mut door = Door::new("");
        door.set(false, &by);
        let mut records = Vec::new();
        kept(&mut records, door.take_changes());
        records[0].body = "{}".into();
        let mut door = Door::new("");
        door.restore(&records);
        assert!(!door.is_open() && door.lesson_runs());
    }
}
