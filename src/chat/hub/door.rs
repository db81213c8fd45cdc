//! The door: who closes and opens it, and who is told.

use super::Hub;
use super::context::{Reply, Requester};
use crate::chat::event::ServerMessage;
use crate::chat::gate::Action;
use crate::chat::message::{ErrorCode, RequestError};
use crate::model::event::Author;
use crate::store::queue::{Need, Note};
use std::sync::Arc;

/// The name of the action, on the wire and in the audit log.
const DOOR: &str = "door";

impl Hub {
    /// Answers `moderate` with the action `door`.
    pub(super) fn move_door(
        &mut self,
        requester: &Requester,
        open: bool,
    ) -> Result<Reply, RequestError> {
        self.may(requester, Action::Door, None)?;
        if open && !self.door.lesson_runs() {
            let message = "No lesson runs, so the door stays shut: start the next lesson (`start_lesson`), \
                           and it is open.";
            return Err(RequestError::new(ErrorCode::NoLesson, message));
        }
        self.check_records(Need::Leaders)?;
        let Some(by) = self.acting(requester) else {
            return Ok(Reply::Sent); // the connection has ended
        };
        // A retry must not move a door that somebody else has moved since.
        self.remember_done(requester);
        if self.door.set(open, &by) {
            self.keep_door();
            let action = if open { "open_door" } else { "close_door" };
            self.audit(action, requester, None, None);
            self.tell_of_door(&by);
        }
        Ok(Reply::Stored)
    }

    /// Remembers that a request was done, so that a retry changes nothing.
    pub(super) fn remember_done(&mut self, requester: &Requester) {
        if let Some(print) = requester.print {
            let used = (print, self.clock);
            self.people
                .remember(requester.person, used, (None, self.now));
        }
    }

    /// The lesson has ended: the door is shut until the next one starts.
    pub(super) fn end_lesson_at_door(&mut self, by: &Arc<Author>) {
        self.door.end_lesson(by);
        self.keep_door();
    }

    /// Answers `moderate` with the action `start_lesson`. While a lesson runs, nothing is to be done.
    pub(super) fn start_lesson(&mut self, requester: &Requester) -> Result<Reply, RequestError> {
        self.may(requester, Action::StartLesson, None)?;
        self.check_no_ending()?;
        self.check_records(Need::Leaders)?;
        let Some(by) = self.acting(requester) else {
            return Ok(Reply::Sent); // the connection has ended
        };
        // A retry must not start the lesson after that one.
        self.remember_done(requester);
        if self.door.start_lesson(&by, self.now) {
            self.keep_door();
            self.audit("start_lesson", requester, None, None);
            log::info!("lesson {} has started", self.door.lesson());
            self.tell_of_lesson(&by);
        }
        Ok(Reply::Stored)
    }

    /// Hands what has changed to the store.
    fn keep_door(&mut self) {
        for change in self.door.take_changes() {
            self.note(|| Note::Record(change));
        }
    }

    /// Tells everybody who leads how the door is now.
    pub(super) fn tell_of_door(&mut self, by: &Author) {
        let frame = ServerMessage::DoorMoved {
            action: DOOR,
            open: self.door.is_open(),
            lesson_runs: self.door.lesson_runs(),
            by: super::discipline::brief(by),
        }
        .frame();
        self.send_to_leaders(&frame, |_, _| true);
    }
}
