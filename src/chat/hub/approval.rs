//! Approve first: what members say waits, and those who lead publish it or reject it.
//!
//! What waits is no event and has no `seq`: its author and those who lead the room see it, nobody else.
//! When it is published it becomes an event of its author, with the number and the time of then.

use super::Hub;
use super::context::{Change, Reply, Requester};
use crate::chat::approval_message::{ApprovalMessage, pending_info};
use crate::chat::classroom::approvals::{
    BYTES_IN_A_ROOM, BYTES_OF_A_PERSON, Earlier, Full, MAX_IN_A_ROOM, MAX_OF_A_PERSON, Outcome,
};
use crate::chat::classroom::waiting::{Said, Waiting};
use crate::chat::gate::{self, Action, Rules};
use crate::chat::message::{ErrorCode, Fingerprint, Rejection, RequestError};
use crate::chat::person::Person;
use crate::chat::refs::Acked;
use crate::model::event::{Author, Event, EventKind};
use crate::model::ids::{ClientId, RoomKey, Slot};
use crate::model::item::MessageState;
use crate::model::json::Json;
use crate::model::time::Millis;
use crate::store::queue::{Need, Note};
use std::sync::Arc;

impl Hub {
    /// Switches the rule on or off. What waits already stays until somebody decides.
    pub(super) fn set_approval(
        &mut self,
        requester: &Requester,
        action: &'static str,
        room: &str,
        on: bool,
    ) -> Result<Reply, RequestError> {
        let key = self.moderated_room(requester, room)?;
        let rules = Rules {
            approve: on,
            ..self.rooms.get(key).rules
        };
        self.set_rules(requester, action, key, rules)
    }

    /// Whether what the requester says in a room waits for approval.
    pub(super) fn must_wait(&self, requester: &Requester, key: RoomKey) -> bool {
        let rules = self.rooms.get(key).rules;
        let grant = self.grant(requester);
        grant.is_ok_and(|grant| gate::must_wait(grant.role, rules))
    }

    /// Lets a message wait, or an edit `of` another, and tells those who lead.
    pub(super) fn let_wait(
        &mut self,
        requester: &Requester,
        key: RoomKey,
        text: Json,
        (reply_to, of): (Option<u64>, Option<u64>),
    ) -> Result<Reply, RequestError> {
        self.check_records(Need::Everybody)?;
        let person = self.people.get(requester.person);
        let person = person.ok_or_else(super::requests::has_left)?;
        let room = &self.rooms.get(key).name;
        let said = Said {
            room: Arc::clone(room),
            by: Arc::clone(person.author_in(room).0),
            device: person.device.clone(),
            text,
            reply_to,
            of,
            reference: requester.reference.clone(),
            print: requester.print,
        };
        let waiting = self.approvals.wait(said, self.now, self.clock);
        let waiting = waiting.map_err(refusal)?;
        let id = waiting.id;
        let frame = ApprovalMessage::Pending {
            room: &waiting.said.room,
            message: pending_info(waiting),
        }
        .frame();
        let name = Arc::clone(&waiting.said.room);
        self.keep_approvals();
        self.spoke(requester, key);
        self.send_to_person(requester.person, &frame, Some(requester.slot));
        self.send_to_leaders(&frame, |person, grant| {
            person != requester.person && grant.reach.covers(&name)
        });
        Ok(Reply::Waits(key, id))
    }

    /// The answer to a request that this person made before and that did not become an event at once.
    pub(super) fn earlier_waiting(
        &self,
        person: &Person,
        print: Fingerprint,
    ) -> Result<Option<Reply>, RequestError> {
        match self.approvals.earlier(&person.author.sub, print) {
            None => Ok(None),
            Some(Earlier::Waits(room, id)) => {
                let key = self.rooms.find(&room);
                Ok(key.map(|key| Reply::Waits(key, id)))
            }
            Some(Earlier::Rejected(rejection)) => {
                let message = "Those who lead this room have not published this message.";
                Err(RequestError {
                    rejection: Some(Box::new(rejection)),
                    ..RequestError::new(ErrorCode::Rejected, message)
                })
            }
            Some(Earlier::Reused) => Err(super::requests::ref_reused()),
        }
    }

    /// Publishes what waits with this number. Done before, it is acknowledged as before.
    pub(super) fn publish_waiting(
        &mut self,
        requester: &Requester,
        room: &str,
        id: u64,
    ) -> Result<Reply, RequestError> {
        let key = self.led_room(requester, room)?;
        let Some(waiting) = self.approvals.get(room, id) else {
            return match self.approvals.outcome(room, id) {
                Some(Outcome::Published(seq, at)) => {
                    if let Some(reference) = &requester.reference {
                        self.acknowledge(requester.slot, reference, (key, seq), at);
                    }
                    Ok(Reply::Sent)
                }
                Some(Outcome::Rejected(_)) | None => Err(not_waiting()),
            };
        };
        if let Some(of) = waiting.said.of {
            return self.change(requester, key, of, Change::Publish(id));
        }
        let what = EventKind::Message {
            text: Some(waiting.said.text.clone()),
            reply_to: waiting.said.reply_to,
        };
        self.publish_as(requester, key, id, what)
    }

    /// Publishes an edit that waits, of the message that was found.
    pub(super) fn publish_edit(
        &mut self,
        requester: &Requester,
        key: RoomKey,
        message: Option<MessageState>,
        id: u64,
    ) -> Result<Reply, RequestError> {
        self.may(requester, Action::Approve, Some(key))?;
        let room = &self.rooms.get(key).name;
        // Another request may have decided while the store was reading.
        let waiting = self.approvals.get(room, id).ok_or_else(not_waiting)?;
        let text = Some(waiting.said.text.clone());
        let Some(message) = message.filter(|message| !message.deleted()) else {
            self.drop_waiting_with("deleted", |waiting| waiting.id == id);
            let message = "The message that this edits was deleted.";
            return Err(RequestError::new(ErrorCode::NotFound, message));
        };
        let what = EventKind::Edit {
            of: message.event.seq,
            text,
            superseded: false,
        };
        self.publish_as(requester, key, id, what)
    }

    /// Makes what waits an event of its author, and tells those concerned.
    fn publish_as(
        &mut self,
        requester: &Requester,
        key: RoomKey,
        id: u64,
        what: EventKind,
    ) -> Result<Reply, RequestError> {
        let room = &self.rooms.get(key).name;
        let waiting = self.approvals.get(room, id).ok_or_else(not_waiting)?;
        let (name, said) = (Arc::clone(room), waiting.said.clone());
        let by = (&said.by, said.reference.clone());
        let (seq, at) = self.publish_for(requester, key, by, what)?;
        // In the same batch as the event, so that no crash publishes it twice.
        self.approvals.decide(id, Outcome::Published(seq, at));
        self.keep_approvals();
        if let Some(print) = said.print {
            let (used, became) = ((print, self.clock), Acked::Event(key, seq, at));
            match self.people.by_sub(&said.by.sub) {
                Some(person) => self.people.remember(person, used, became),
                None => self.people.remember_old(&said.by.sub, used, became),
            }
        }
        self.audit_room("publish", requester, key);
        self.flush();
        if let Some(by) = self.acting(requester) {
            let frame = ApprovalMessage::Published {
                room: &name,
                id,
                seq,
                at,
                by: super::discipline::brief(&by),
            }
            .frame();
            self.tell_of(&said, &frame);
        }
        if let Some(reference) = &requester.reference {
            self.acknowledge(requester.slot, reference, (key, seq), at);
        }
        Ok(Reply::Sent)
    }

    /// Publishes an event that is nobody's own: everybody gets it, the requester and its author, too.
    pub(super) fn publish_for(
        &mut self,
        requester: &Requester,
        key: RoomKey,
        (by, reference): (&Arc<Author>, Option<Json>),
        what: EventKind,
    ) -> Result<(u64, Millis), RequestError> {
        self.check_store(requester.person, &what)?;
        let room = self.rooms.get(key);
        let (seq, at) = (room.head() + 1, self.now);
        let event = Event {
            room: Arc::clone(&room.name),
            seq,
            at,
            by: Arc::clone(by),
            what,
            reference: reference.filter(|_| self.store.is_some()),
        };
        let job = match self.store.as_mut() {
            Some(store) => store.append(event.clone()),
            None => 0,
        };
        let from = serde_json::to_string(&super::discipline::brief(by)).unwrap_or_default();
        let nobody = ClientId::default();
        self.rooms.publish(key, nobody, event, &from, job);
        Ok((seq, at))
    }

    /// Drops what waits with this number, and tells its author.
    pub(super) fn reject_waiting(
        &mut self,
        requester: &Requester,
        room: &str,
        id: u64,
        reason: Option<&str>,
    ) -> Result<Reply, RequestError> {
        let key = self.led_room(requester, room)?;
        if self.approvals.get(room, id).is_none() {
            return match self.approvals.outcome(room, id) {
                Some(Outcome::Rejected(_)) => Ok(Reply::Stored),
                Some(Outcome::Published(..)) | None => Err(not_waiting()),
            };
        }
        self.check_records(Need::Erasing)?;
        let rejection = Rejection {
            reason: reason.map(Into::into),
            why: None,
        };
        let decided = self.approvals.decide(id, Outcome::Rejected(rejection));
        let Waiting { said, .. } = decided.ok_or_else(not_waiting)?;
        self.keep_approvals();
        self.audit_room("reject", requester, key);
        let by = self.acting(requester);
        let frame = ApprovalMessage::Rejected {
            room,
            id,
            by: by.as_ref().map(|by| super::discipline::brief(by)),
            reason,
            why: None,
        }
        .frame();
        self.tell_of(&said, &frame);
        Ok(Reply::Stored)
    }

    /// Hands what has changed to the store.
    pub(super) fn keep_approvals(&mut self) {
        for change in self.approvals.take_changes() {
            self.note(|| Note::Record(change));
        }
    }

    /// The room of that name, if the requester is in it and may decide what is published there.
    fn led_room(&self, requester: &Requester, room: &str) -> Result<RoomKey, RequestError> {
        self.may(requester, Action::Approve, None)?;
        self.joined(requester.slot, room)
    }

    /// Tells a client that its message waits.
    pub(super) fn ack_waiting(&mut self, slot: Slot, reference: &Json, room: RoomKey, id: u64) {
        let ack = ApprovalMessage::Ack {
            reference,
            room: &self.rooms.get(room).name,
            pending: id,
        }
        .frame();
        self.outgoing.send_frame(slot, &ack);
    }

    /// Tells it when that is on the disk.
    pub(super) fn acknowledge_waiting(&mut self, requester: &Requester, room: RoomKey, id: u64) {
        if let Some(reference) = &requester.reference {
            self.acknowledge_when_stored(requester.slot, reference, Acked::Waiting(room, id));
        }
    }
}

fn not_waiting() -> RequestError {
    let message = "No message waits with this number: somebody may have decided about it already.";
    RequestError::new(ErrorCode::NotFound, message)
}

fn refusal(full: Full) -> RequestError {
    let message = match full {
        Full::Person => format!(
            "{MAX_OF_A_PERSON} of your messages, or {} KiB of them, wait for approval in this room. \
             Write again when some of them are published or rejected.",
            BYTES_OF_A_PERSON / 1024
        ),
        Full::Room => format!(
            "{MAX_IN_A_ROOM} messages, or {} KiB of them, wait for approval in this room. Write again \
             when some of them are published or rejected.",
            BYTES_IN_A_ROOM / 1024
        ),
    };
    RequestError::new(ErrorCode::AwaitingApproval, message)
}
