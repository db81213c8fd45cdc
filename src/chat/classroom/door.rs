//! The door: closed, it lets nobody in with the class code. Those who have a token come and go.
//!
//! Pure: what changes is collected as changes of records, which the hub hands to the store. A door is
//! not a lock: a quiet class still takes in those who come late.

use crate::model::event::Author;
use crate::store::record::{Record, RecordChange, RecordKind};
use std::sync::Arc;

/// There is one door, so its record needs no other id.
const ID: &str = "door";

/// The door of the lesson.
#[derive(Debug, Default)]
pub(crate) struct Door {
    closed: bool,
    /// What the store has not been told yet.
    changes: Vec<RecordChange>,
}

impl Door {
    /// Puts it as an earlier run of the server left it. A record is there while the door is closed.
    pub(crate) fn restore<'a>(&mut self, records: impl IntoIterator<Item = &'a Record>) {
        let mut records = records.into_iter();
        self.closed = records.any(|record| record.kind == RecordKind::Door);
    }

    /// Whether people can join with the class code.
    pub(crate) fn is_open(&self) -> bool {
        !self.closed
    }

    /// Opens or closes it. Returns false if it was so already.
    pub(crate) fn set(&mut self, open: bool, by: &Arc<Author>) -> bool {
        if self.is_open() == open {
            return false;
        }
        self.closed = !open;
        self.changes.push(match open {
            true => RecordChange::Drop(RecordKind::Door, ID.into()),
            false => RecordChange::Keep(Box::new(Record {
                kind: RecordKind::Door,
                id: ID.into(),
                by: Arc::clone(by),
                target: None,
                room: None,
                until: None,
                body: "{}".into(),
            })),
        });
        true
    }

    /// The lesson has ended: who closed the door closed it for that class. Returns false if it was open.
    pub(crate) fn end_lesson(&mut self, by: &Arc<Author>) -> bool {
        self.set(true, by)
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
            match change {
                RecordChange::Keep(record) => records.push(*record),
                RecordChange::Drop(kind, id) => {
                    records.retain(|record| (record.kind, &record.id) != (kind, &id));
                }
            }
        }
    }

    #[test]
    fn it_stays_as_it_was_left_over_a_restart_and_opens_with_the_next_lesson() {
        let by = Arc::new(Author::nobody());
        let mut records = Vec::new();
        // What is done, whether it changes something, and whether the door is open then.
        let close: fn(&mut Door, &Arc<Author>) -> bool = |door, by| door.set(false, by);
        let open: fn(&mut Door, &Arc<Author>) -> bool = |door, by| door.set(true, by);
        let end: fn(&mut Door, &Arc<Author>) -> bool = |door, by| door.end_lesson(by);
        for (n, (act, changes, is_open)) in [
            (open, false, true),
            (close, true, false),
            (close, false, false),
            (open, true, true),
            (end, false, true),
            (close, true, false),
            (end, true, true),
        ]
        .into_iter()
        .enumerate()
        {
            // Each step is that of another run of the server.
            let mut door = Door::default();
            door.restore(&records);
            assert_eq!(act(&mut door, &by), changes, "step {n}");
            assert_eq!(door.is_open(), is_open, "step {n}");
            kept(&mut records, door.take_changes());
            assert_eq!(records.len(), usize::from(!is_open), "step {n}");
        }
    }
}
