//! The boundary between two lessons in the logs of the rooms: what was said before it belongs to the
//! lesson that has ended.
//!
//! A client that joins starts above the boundary, and pages, searches and changes do not reach below it.

use super::Hub;
use crate::chat::classes::ClassKey;
use crate::chat::gate::Rules;
use crate::chat::room::Room;
use crate::model::event::{Author, Event, EventKind, Lesson, State};
use crate::model::ids::{ClientId, RoomKey};
use crate::model::item::MessageState;
use std::sync::Arc;

impl Hub {
    /// Ends the lesson in the logs of the class's rooms in the configuration, so that each of them has all lessons,
    /// and of its other rooms in which something has happened since the last one.
    pub(super) fn end_lesson_in_rooms(&mut self, class: ClassKey, by: &Arc<Author>) {
        self.flush();
        for key in self.rooms.keys() {
            let room = self.rooms.get(key);
            if !self.setup.classes.get(class).reach.covers(&room.name) {
                continue;
            }
            self.end_rules(key, by);
            let room = self.rooms.get(key);
            let door = &self.classes[class].door;
            let listed = &self.setup.config.rooms.list;
            let is_new = room.head() > room.lesson_end;
            if !is_new && !listed.iter().any(|name| **name == *room.name) {
                continue;
            }
            let what = EventKind::LessonEnd(Lesson {
                lesson: door.lesson(),
                began: door.began(),
            });
            let seq = self.publish_at_end(key, by, what);
            let room = self.rooms.get_mut(key);
            (room.lesson_end, room.pin) = (seq, None);
        }
    }

    /// The next class starts with an open room. Before the boundary: it is not told of the rules that were.
    fn end_rules(&mut self, key: RoomKey, by: &Arc<Author>) {
        let room = self.rooms.get_mut(key);
        if room.state() != State::default() {
            room.rules = Rules::default();
            self.publish_at_end(key, by, EventKind::State(State::default()));
        }
    }

    /// Publishes what the end of a lesson brings: an event of the person who ends it, which everybody gets,
    /// their own connection, too. Nothing refuses it, as the end is under way. Returns its number.
    pub(super) fn publish_at_end(
        &mut self,
        key: RoomKey,
        by: &Arc<Author>,
        what: EventKind,
    ) -> u64 {
        let room = self.rooms.get(key);
        let event = Event {
            room: Arc::clone(&room.name),
            seq: room.head() + 1,
            at: self.now,
            by: Arc::clone(by),
            what,
            reference: None,
        };
        let seq = event.seq;
        let job = self.store.as_mut();
        let job = job.map_or(0, |store| store.append(event.clone()));
        self.rooms.publish(key, ClientId::default(), event, "", job);
        seq
    }
}

impl Room {
    /// A page without what was said in earlier lessons.
    pub(super) fn of_this_lesson(
        &self,
        (mut items, more): (Vec<MessageState>, bool),
    ) -> (Vec<MessageState>, bool) {
        let read = items.len();
        items.retain(|item| item.event.seq > self.lesson_end);
        let reached = items.len() < read;
        (items, more && !reached)
    }

    /// What a search has found without what was said in earlier lessons.
    pub(super) fn found_in_this_lesson(
        &self,
        (mut found, before): (Vec<MessageState>, Option<u64>),
    ) -> (Vec<MessageState>, Option<u64>) {
        found.retain(|item| item.event.seq > self.lesson_end);
        (found, before.filter(|&before| before > self.lesson_end + 1))
    }
}
