//! Removing a room: by a host, or because nobody needs it.

use super::Hub;
use super::context::{Reply, Requester};
use crate::chat::gate::Action;
use crate::chat::message::{ErrorCode, RequestError};
use crate::model::event::EventKind;
use crate::model::ids::{RoomKey, Slot};
use crate::store::queue::Note;
use std::sync::Arc;

impl Hub {
    /// Removes a room with everything that was said in it, if the requester may. Its members are told
    /// and put out of it.
    pub(super) fn remove_room(
        &mut self,
        requester: &Requester,
        action: &'static str,
        name: &str,
    ) -> Result<Reply, RequestError> {
        self.may(requester, Action::RemoveRoom, None)?;
        if !self.grant(requester)?.reach.covers(name) {
            let message = "Your token is not for this room.";
            return Err(RequestError::new(ErrorCode::Forbidden, message));
        }
        let key = self
            .rooms
            .find(name)
            .ok_or_else(RequestError::unknown_room)?;
        if self.setup.config.rooms.list.iter().any(|room| room == name) {
            let message =
                "The configuration lists this room (rooms.list in chat.toml), so it stays.";
            return Err(RequestError::new(ErrorCode::Forbidden, message));
        }
        let erases = EventKind::Delete { of: 0, purge: true };
        self.check_store(requester.person, &erases)?;
        self.flush();
        self.announce_rules(action, requester.person, key);
        self.audit_room(action, requester, key);
        self.flush();
        let members = self.rooms.get(key).members.iter();
        let slots: Vec<Slot> = members.map(|member| member.slot).collect();
        for slot in slots {
            self.leave_room(slot, key);
        }
        self.drop_room(key);
        Ok(Reply::Ack)
    }

    /// Drops a room that nobody is in, from memory and from the disk.
    pub(super) fn drop_room(&mut self, key: RoomKey) {
        let room = self.rooms.get(key);
        if self.rooms.find(&room.name) != Some(key) {
            return; // the last member who left it has done so already
        }
        let name = Arc::clone(&room.name);
        self.rooms.remove(key);
        self.hands.forget_up_to(&name, u64::MAX);
        self.keep_hands();
        self.polls.drop_room(&name);
        self.keep_polls();
        self.drop_waiting("room_removed", |said| said.room == name);
        self.whispers.remove_rooms(|room| *room == *name);
        self.reports.remove_rooms(|room| *room == *name);
        self.keep_reports();
        self.note(|| Note::RemoveRoom(name));
    }
}
