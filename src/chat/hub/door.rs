//! The door: who closes and opens it, and who is told.

use super::Hub;
use super::context::{Reply, Requester};
use crate::chat::classes::ClassKey;
use crate::chat::event::ServerMessage;
use crate::chat::gate::Action;
use crate::chat::message::{ErrorCode, RequestError};
use crate::chat::refs::Acked;
use crate::model::event::Author;
use crate::store::queue::{Audit, Need, Note};
use std::sync::Arc;

/// The name of the action, on the wire and in the audit log.
const DOOR: &str = "door";

impl Hub {
    /// Answers `moderate` with the action `door`.
    pub(super) fn move_door(
        &mut self,
        requester: &Requester,
        class: Option<&str>,
        open: bool,
    ) -> Result<Reply, RequestError> {
        let class = self.class_for(requester, Action::Door, class)?;
        if open && !self.classes[class].door.lesson_runs() {
            let message = "No lesson runs, so the door stays shut: start the next lesson (`start_lesson`), \
                           and it is open.";
            return Err(RequestError::new(ErrorCode::NoLesson, message));
        }
        self.check_records(Need::Leaders)?;
        let Some(by) = self.acting(requester) else {
            return Ok(Reply::Sent); // the connection has ended
        };
        // A retry must not move a door that somebody else has moved since.
        self.remember(requester, Acked::Record);
        if self.classes[class].door.set(open, &by) {
            self.keep_door(class);
            let action = if open { "open_door" } else { "close_door" };
            self.audit_class(action, &by, None, class);
            self.tell_of_door(class, &by);
            self.clear_lobby(class);
        }
        Ok(Reply::Stored)
    }

    /// The lesson has ended: the door is shut until the next one starts.
    pub(super) fn end_lesson_at_door(&mut self, class: ClassKey, by: &Arc<Author>) {
        let newest = self.whispers.last();
        self.classes[class].door.end_lesson(by, newest);
        self.keep_door(class);
        self.clear_lobby(class);
    }

    /// Answers `moderate` with the action `start_lesson`. While a lesson runs, nothing is to be done.
    pub(super) fn start_lesson(
        &mut self,
        requester: &Requester,
        class: Option<&str>,
    ) -> Result<Reply, RequestError> {
        let class = self.class_for(requester, Action::StartLesson, class)?;
        self.check_no_ending(class)?;
        self.check_records(Need::Leaders)?;
        let Some(by) = self.acting(requester) else {
            return Ok(Reply::Sent); // the connection has ended
        };
        // A retry must not start the lesson after that one.
        self.remember(requester, Acked::Record);
        if self.classes[class].door.start_lesson(&by, self.now) {
            self.keep_door(class);
            self.audit_class("start_lesson", &by, None, class);
            let name = self.class_name(class).unwrap_or("the class");
            log::info!(
                "lesson {} has started in {name}",
                self.classes[class].door.lesson()
            );
            self.tell_of_lesson(class, &by);
        }
        Ok(Reply::Stored)
    }

    /// Hands what has changed to the store.
    fn keep_door(&mut self, class: ClassKey) {
        for change in self.classes[class].door.take_changes() {
            self.note(|| Note::Record(change));
        }
    }

    /// Notes in the audit log what was done to a class. Its name is in the place of a reason.
    pub(super) fn audit_class(
        &mut self,
        action: &'static str,
        by: &Arc<Author>,
        target: Option<Arc<Author>>,
        class: ClassKey,
    ) {
        let entry = Audit {
            at: self.now,
            by: Arc::clone(by),
            action: action.into(),
            target,
            room: None,
            reason: self.class_name(class).map(Into::into),
            until: None,
        };
        self.note(|| Note::Audit(Box::new(entry)));
    }

    /// Tells everybody who leads in a class, and its walls, how its door is now.
    pub(super) fn tell_of_door(&mut self, class: ClassKey, by: &Author) {
        let door = &self.classes[class].door;
        let frame = ServerMessage::DoorMoved {
            class: self.class_name(class),
            action: DOOR,
            open: door.is_open(),
            lesson_runs: door.lesson_runs(),
            by: super::discipline::brief(by),
        }
        .frame();
        let classes = Arc::clone(&self.setup.classes);
        self.send_where(&frame, |_, person, grant| {
            person.hears_of_door(grant) && classes.get(class).concerns(grant)
        });
    }
}
