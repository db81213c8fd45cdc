//! The door: who closes and opens it, and who is told.

use super::Hub;
use super::context::{Reply, Requester};
use crate::chat::event::ServerMessage;
use crate::chat::gate::Action;
use crate::chat::message::RequestError;
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
        self.check_records(Need::Leaders)?;
        let Some(by) = self.acting(requester) else {
            return Ok(Reply::Sent); // the connection has ended
        };
        if let Some(print) = requester.print {
            // A retry must not move a door that somebody else has moved since.
            let used = (print, self.clock);
            self.people
                .remember(requester.person, used, (None, self.now));
        }
        if self.door.set(open, &by) {
            self.keep_door();
            let action = if open { "open_door" } else { "close_door" };
            self.audit(action, requester, None, None);
            self.tell_of_door(&by);
        }
        Ok(Reply::Stored)
    }

    /// The lesson has ended, and with it the reason to close the door.
    pub(super) fn end_lesson_at_door(&mut self, by: &Arc<Author>) {
        if self.door.end_lesson(by) {
            self.keep_door();
            self.tell_of_door(by);
        }
    }

    /// Hands what has changed to the store.
    fn keep_door(&mut self) {
        for change in self.door.take_changes() {
            self.note(|| Note::Record(change));
        }
    }

    /// Tells everybody who leads how the door is now.
    fn tell_of_door(&mut self, by: &Author) {
        let frame = ServerMessage::DoorMoved {
            action: DOOR,
            open: self.door.is_open(),
            by: super::discipline::brief(by),
        }
        .frame();
        self.send_to_leaders(&frame, |_, _| true);
    }
}
