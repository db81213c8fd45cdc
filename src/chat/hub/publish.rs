//! What becomes an event of a room: numbered, encoded once, handed to the store, acknowledged.

use super::Hub;
use super::context::{Change, Reply, Requester};
use crate::chat::gate::Action;
use crate::chat::message::{ErrorCode, RequestError};
use crate::chat::refs::Acked;
use crate::model::event::{Event, EventKind};
use crate::model::ids::RoomKey;
use crate::model::json::Json;
use std::sync::Arc;

impl Hub {
    pub(super) fn send(
        &mut self,
        requester: &Requester,
        room: &str,
        text: Json,
        reply_to: Option<u64>,
    ) -> Result<Reply, RequestError> {
        let key = self.joined(requester.slot, room)?;
        self.may(requester, Action::Speak, Some(key))?;
        let room = self.rooms.get(key);
        if reply_to.is_some_and(|seq| seq <= room.lesson_end || seq > room.head()) {
            let message = "There is no message to reply to.";
            return Err(RequestError::new(ErrorCode::NotFound, message));
        }
        if self.must_wait(requester, key) {
            return self.let_wait(requester, key, text, (reply_to, None));
        }
        let text = Some(text);
        self.publish(requester, key, EventKind::Message { text, reply_to })?;
        self.spoke(requester, key);
        Ok(Reply::Sent)
    }

    pub(super) fn edit(
        &mut self,
        requester: &Requester,
        room: &str,
        seq: u64,
        text: Json,
    ) -> Result<Reply, RequestError> {
        let key = self.joined(requester.slot, room)?;
        self.may(requester, Action::Speak, Some(key))?;
        self.change(requester, key, seq, Change::Edit(text))
    }

    pub(super) fn delete(
        &mut self,
        requester: &Requester,
        room: &str,
        seq: u64,
        purge: bool,
    ) -> Result<Reply, RequestError> {
        let key = self.joined(requester.slot, room)?;
        if purge {
            self.may(requester, Action::Purge, Some(key))?;
        }
        self.change(requester, key, seq, Change::Delete { purge })
    }

    pub(super) fn react(
        &mut self,
        requester: &Requester,
        room: &str,
        seq: u64,
        emoji: Option<Box<str>>,
    ) -> Result<Reply, RequestError> {
        let key = self.joined(requester.slot, room)?;
        self.may(requester, Action::Gesture, Some(key))?;
        self.change(requester, key, seq, Change::React(emoji))
    }

    /// Gives an event its number, puts it into the room's batch, hands it to the store, and sees to
    /// its `ack`.
    pub(super) fn publish(
        &mut self,
        requester: &Requester,
        key: RoomKey,
        what: EventKind,
    ) -> Result<(), RequestError> {
        self.check_store(requester.person, &what)?;
        // A flush on the way here may have disconnected the sender.
        let gone = || RequestError::new(ErrorCode::NotInRoom, "You have left.");
        let client = self.outgoing.client(requester.slot).ok_or_else(gone)?;
        let person = self.people.get_mut(requester.person).ok_or_else(gone)?;
        let room = self.rooms.get(key);
        let (author, from) = person.author_in(&room.name);
        let (seq, at) = (room.head() + 1, self.now);
        let others = room.members.len().saturating_sub(1);
        let reference = requester.reference.as_ref();
        let event = Event {
            room: Arc::clone(&room.name),
            seq,
            at,
            by: Arc::clone(author),
            what,
            reference: reference.filter(|_| self.store.is_some()).cloned(),
        };
        let job = match self.store.as_mut() {
            Some(store) => store.append(event.clone()),
            None => 0,
        };
        let range = self.rooms.publish(key, client.id, event, from, job);
        let name = &self.rooms.get(key).name;
        client.tap.fan_out(name, seq, others, range.len());
        if let Some(session) = self.outgoing.session_mut(requester.slot) {
            session.said(key, seq);
        }
        self.outgoing.note_own_frame(requester.slot, key, range);
        self.acknowledge_and_remember(requester, Acked::Event(key, seq, at));
        self.rooms_due();
        Ok(())
    }
}
