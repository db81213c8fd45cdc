//! Lessons that have ended: those who lead read them, and change nothing in them.
//!
//! A lesson is asked for by its number. What is said between two lessons belongs to the next one.

use super::Hub;
use super::command::LessonNow;
use super::context::{Reply, Requester};
use super::persistence::{PendingQuery, unreadable};
use crate::chat::class_info::LessonInfo;
use crate::chat::classroom::door::Door;
use crate::chat::event::ServerMessage;
use crate::chat::gate::Action;
use crate::chat::message::{ErrorCode, RequestError};
use crate::chat::room::Room;
use crate::model::event::EventKind;
use crate::model::ids::RoomKey;
use crate::model::item::MessageState;
use crate::store::query::{EndedLesson, StoreAnswer, StoreQuery};
use std::sync::Arc;

/// Most lessons of a room in one list: more than two years with one a day.
pub(crate) const MAX_LESSONS: usize = 500;

impl Hub {
    /// The ended lesson that a request is about, if the requester may read it. `None` is the present one,
    /// also if its number is given.
    pub(super) fn ended_lesson(
        &self,
        requester: &Requester,
        room: RoomKey,
        lesson: Option<u64>,
    ) -> Result<Option<u64>, RequestError> {
        let Some(number) = lesson else {
            return Ok(None);
        };
        self.may(requester, Action::ReadLesson, None)?;
        let door = self.door_of(room);
        let runs = door.is_some_and(|door| door.lesson_runs() && number == door.lesson());
        Ok(lesson.filter(|_| !runs))
    }

    /// The lesson of each class that runs, or was the last.
    pub(super) fn lessons_now(&self) -> Vec<LessonNow> {
        let classes = self.setup.classes.iter();
        let now = classes
            .zip(&self.classes)
            .map(|((_, class), state)| LessonNow {
                class: class.name.clone(),
                lesson: state.door.lesson(),
                runs: state.door.lesson_runs(),
                began: state.door.began(),
                rooms: class.reach.rooms().map(<[_]>::to_vec),
            });
        now.collect()
    }

    /// The door of the class that a room belongs to.
    fn door_of(&self, room: RoomKey) -> Option<&Door> {
        let class = self.setup.classes.of_room(&self.rooms.get(room).name)?;
        Some(&self.classes[class].door)
    }

    /// Answers `lessons`.
    pub(super) fn list_lessons(
        &mut self,
        requester: &Requester,
        room: &str,
    ) -> Result<Reply, RequestError> {
        let key = self.joined(requester.slot, room)?;
        self.may(requester, Action::ReadLesson, None)?;
        if self.store.is_some() {
            let query = StoreQuery::Lessons {
                room: Arc::clone(&self.rooms.get(key).name),
                limit: MAX_LESSONS,
            };
            self.ask_store(requester, query, |client, requester| {
                PendingQuery::Lessons {
                    client,
                    requester,
                    room: key,
                }
            })?;
            return Ok(Reply::Sent);
        }
        self.flush();
        let mut ended = self.rooms.get(key).lessons();
        ended.reverse();
        ended.truncate(MAX_LESSONS);
        self.send_lessons(requester, key, &ended);
        Ok(Reply::Ack)
    }

    /// The store has read the lessons of a room.
    pub(super) fn lessons_found(
        &mut self,
        requester: &Requester,
        room: RoomKey,
        answer: Option<StoreAnswer>,
    ) -> Result<Reply, RequestError> {
        let key = self.still_in(requester, room)?;
        self.may(requester, Action::ReadLesson, None)?;
        let Some(StoreAnswer::Lessons(ended)) = answer else {
            return Err(unreadable());
        };
        self.send_lessons(requester, key, &ended);
        Ok(Reply::Ack)
    }

    /// Sends the lessons of a room, the newest first: the one that runs, and those that have `ended`.
    fn send_lessons(&mut self, requester: &Requester, key: RoomKey, ended: &[EndedLesson]) {
        let room = self.rooms.get(key);
        let door = self.door_of(key).filter(|door| door.lesson_runs());
        let oldest = room.log.events().next().filter(|_| room.lesson_end == 0);
        let running = door.map(|door| LessonInfo {
            lesson: door.lesson(),
            from_seq: room.lesson_end + 1,
            to_seq: None,
            began: door.began().or(oldest.map(|event| event.at)),
            ended: None,
        });
        let ended = ended.iter().map(|it| LessonInfo {
            lesson: it.lesson,
            from_seq: it.from_seq,
            to_seq: Some(it.to_seq),
            began: it.began,
            ended: Some(it.ended),
        });
        let lessons = ServerMessage::Lessons {
            reference: requester.reference.as_ref(),
            room: &room.name,
            lessons: running.into_iter().chain(ended).collect(),
        };
        self.outgoing.send_event(requester.slot, &lessons);
    }
}

impl Room {
    /// The ended lessons in memory, the oldest first.
    fn lessons(&self) -> Vec<EndedLesson> {
        let oldest = self.log.events().next();
        let (start, at) = oldest.map_or((0, None), |event| (event.seq - 1, Some(event.at)));
        let ends = self.log.events().filter_map(|event| match event.what {
            EventKind::LessonEnd(lesson) => Some((event.seq, event.at, lesson)),
            _ => None,
        });
        let mut lessons = EndedLesson::list(start, ends);
        if let Some(first) = lessons.first_mut() {
            first.began = first.began.or(at);
        }
        lessons
    }

    fn lesson(&self, number: u64) -> Result<EndedLesson, RequestError> {
        let mut lessons = self.lessons().into_iter();
        let lesson = lessons.rfind(|lesson| lesson.lesson == number);
        lesson.ok_or_else(no_such_lesson)
    }

    /// A page of an ended lesson, from memory.
    pub(super) fn page_of(
        &self,
        lesson: u64,
        before: u64,
        limit: usize,
    ) -> Result<(Vec<MessageState>, bool), RequestError> {
        let lesson = self.lesson(lesson)?;
        // One more than wanted tells whether the lesson has older ones.
        let (mut items, _) = self.log.page(before.min(lesson.to_seq), limit + 1);
        items.retain(|item| item.event.seq >= lesson.from_seq);
        let more = items.len() > limit;
        items.drain(..items.len().saturating_sub(limit));
        Ok((items, more))
    }

    /// What a search in memory finds in an ended lesson, and where it goes on.
    #[allow(clippy::type_complexity, reason = "what a search gives")]
    pub(super) fn found_in(
        &self,
        lesson: u64,
        before: Option<u64>,
        search: impl Fn(Option<u64>) -> (Vec<MessageState>, Option<u64>),
    ) -> Result<(Vec<MessageState>, Option<u64>), RequestError> {
        let lesson = self.lesson(lesson)?;
        let before = before.map_or(lesson.to_seq, |before| before.min(lesson.to_seq));
        let (mut found, next) = search(Some(before));
        found.retain(|item| item.event.seq >= lesson.from_seq);
        Ok((found, next.filter(|&next| next > lesson.from_seq)))
    }
}

pub(super) fn no_such_lesson() -> RequestError {
    let message = "There was no lesson of that number in this room, or nothing of it is kept.";
    RequestError::new(ErrorCode::NotFound, message)
}
