//! Clearing: all messages of a person in a room, or a part of its log, are deleted in one act, which
//! those who lead can undo for a minute.

use super::Hub;
use super::context::{Extent, Reply, Requester};
use super::persistence::{PendingQuery, unreadable};
use crate::chat::classroom::clearings::{Act, MAX_CLEARED, UNDO, Undo};
use crate::chat::gate::Action;
use crate::chat::message::{ErrorCode, RequestError};
use crate::chat::refs::Acked;
use crate::model::event::EventKind;
use crate::model::ids::{RoomKey, Slot};
use crate::model::item::MessageState;
use crate::model::json::Json;
use crate::model::role::Role;
use crate::model::time::Millis;
use crate::store::query::{StoreAnswer, StoreQuery};
use crate::websocket::frame;
use serde::Serialize;
use std::sync::Arc;

/// `ack` of an act that leaves some for the next one.
#[derive(Serialize)]
struct MoreAck<'a> {
    r#type: &'static str,
    r#ref: &'a Json,
    room: &'a str,
    seq: u64,
    at: Millis,
    more: bool,
}

impl Hub {
    /// Finds what is to be cleared, in memory or in the store.
    pub(super) fn clear(
        &mut self,
        requester: &Requester,
        room: &str,
        extent: Extent,
    ) -> Result<Reply, RequestError> {
        let key = self.tidied_room(requester, room)?;
        if extent.from > extent.to {
            let message = "`from` is after `to`.";
            return Err(RequestError::new(ErrorCode::BadMessage, message));
        }
        let extent = self.above_the_boundary(key, extent)?;
        self.check_author(requester, key, &extent)?;
        self.flush();
        let room = self.rooms.get(key);
        if self.store.is_none() {
            let theirs = |item: &MessageState| {
                let user = extent.user.as_deref();
                // With what a person said in their name, it would be known whose a question is.
                user.is_none_or(|id| *item.event.by.id == *id && !item.is_anonymous())
            };
            let within = room.log.events().map(|event| event.seq);
            let within = within.filter(|seq| (extent.from..=extent.to).contains(seq));
            let items = within.filter_map(|seq| room.log.item(seq)).filter(theirs);
            let mut items: Vec<MessageState> = items.collect();
            items.reverse();
            return self.clear_found(requester, key, &extent, items);
        }
        let role = self.grant(requester)?.role;
        let query = StoreQuery::Undeleted {
            room: Arc::clone(&room.name),
            by: extent.user.clone(),
            from: extent.from,
            to: extent.to,
            spared: Some(Role::Host).filter(|host| *host > role),
            limit: MAX_CLEARED + 1,
        };
        self.ask_store(requester, query, |client, requester| PendingQuery::Clear {
            client,
            requester,
            room: key,
            extent,
        })?;
        Ok(Reply::Sent)
    }

    /// The part of the extent that belongs to the lesson that runs: nobody changes anything in an ended one.
    fn above_the_boundary(&self, key: RoomKey, extent: Extent) -> Result<Extent, RequestError> {
        let first = self.rooms.get(key).lesson_end + 1;
        if extent.to < first {
            let message = "That belongs to a lesson that has ended.";
            return Err(RequestError::new(ErrorCode::NotFound, message));
        }
        let from = extent.from.max(first);
        Ok(Extent { from, ..extent })
    }

    /// What the store has found is cleared.
    pub(super) fn on_clearable(
        &mut self,
        requester: &Requester,
        room: RoomKey,
        extent: &Extent,
        answer: Option<StoreAnswer>,
    ) -> Result<Reply, RequestError> {
        let key = self.still_in(requester, room)?;
        // A retry may have come while the store was reading.
        if let Some(reply) = self.earlier_reply(requester)? {
            return Ok(reply);
        }
        let Some(StoreAnswer::Found(found)) = answer else {
            return Err(unreadable());
        };
        self.flush();
        let log = &self.rooms.get(key).log;
        let items = found.items.into_iter();
        let items = items.map(|item| log.bring_up_to_date(item)).collect();
        self.clear_found(requester, key, extent, items)
    }

    /// Clears those of these messages, the newest first, that the requester may delete.
    fn clear_found(
        &mut self,
        requester: &Requester,
        key: RoomKey,
        extent: &Extent,
        mut items: Vec<MessageState>,
    ) -> Result<Reply, RequestError> {
        // Asked again: much may have changed while the store was reading.
        self.check_author(requester, key, extent)?;
        let may = |role| self.may(requester, Action::DeleteOthers(role), Some(key));
        may(Role::Observer)?;
        items.retain(|item| !item.deleted());
        let refusal = items.iter().find_map(|item| may(item.role()).err());
        items.retain(|item| may(item.role()).is_ok());
        let more = items.len() > MAX_CLEARED;
        items.truncate(MAX_CLEARED);
        if items.is_empty() {
            return self.nothing_to_clear(key, extent, refusal);
        }
        let mut of: Vec<u64> = items.iter().map(|item| item.event.seq).collect();
        of.sort_unstable();
        for question in items.iter().filter(|item| item.is_question()) {
            self.take_down(None, key, question.event.seq, false)?;
        }
        let of: Arc<[u64]> = of.into();
        let what = EventKind::Clear {
            of: Arc::clone(&of),
            undone: false,
        };
        let (seq, at) = self.publish_by(requester, key, what)?;
        let room = self.rooms.get_mut(key);
        room.pin = room.pin.filter(|pin| !of.contains(pin));
        let texts = room.log.take_texts(&of);
        self.clearings.note(Act {
            room: key,
            seq,
            of,
            texts,
            until: self.clock.after(UNDO),
            undone: false,
        });
        self.audit_room("clear", requester, key);
        self.flush();
        let of = match more {
            true => Acked::AndMore(key, seq, at),
            false => Acked::Event(key, seq, at),
        };
        self.acknowledge_and_remember(requester, of);
        Ok(Reply::Sent)
    }

    /// The answer where nothing is cleared; `refusal`: there is something that the requester may not.
    fn nothing_to_clear(
        &self,
        key: RoomKey,
        extent: &Extent,
        refusal: Option<RequestError>,
    ) -> Result<Reply, RequestError> {
        let user = extent.user.as_deref();
        match refusal {
            Some(refusal) => Err(refusal),
            None if user.is_some_and(|id| self.people.by_id(id).is_none()) => {
                let message = "Nobody with that id is here, or has said anything in this room.";
                Err(RequestError::new(ErrorCode::UnknownUser, message))
            }
            None => Ok(Reply::Unchanged(key)),
        }
    }

    /// Brings back what the act with the number `seq`, or the newest one in the room, has cleared.
    pub(super) fn undo_clear(
        &mut self,
        requester: &Requester,
        room: &str,
        seq: Option<u64>,
    ) -> Result<Reply, RequestError> {
        let key = self.tidied_room(requester, room)?;
        let boundary = self.rooms.get(key).lesson_end;
        let (cleared, of) = match self.clearings.undo(key, seq, self.clock) {
            Undo::Now(seq, of) if seq > boundary => (seq, of),
            Undo::Done => return Ok(Reply::Unchanged(key)),
            Undo::Late => {
                let seconds = UNDO / 1000;
                let message = format!("What was cleared can be brought back for {seconds} s.");
                return Err(RequestError::new(ErrorCode::TooLate, message));
            }
            Undo::Unknown | Undo::Now(..) => {
                let message = "Nothing was cleared here that can be brought back.";
                return Err(RequestError::new(ErrorCode::NotFound, message));
            }
        };
        self.flush();
        let (seq, at) = self.publish_by(requester, key, EventKind::Restore { of, cleared })?;
        self.audit_room("undo_clear", requester, key);
        // The log then knows that they are back.
        self.flush();
        let texts = self.clearings.undone(key, cleared);
        self.rooms.get_mut(key).log.give_back(texts);
        if let Some(reference) = &requester.reference {
            self.acknowledge(requester.slot, reference, (key, seq), at);
        }
        Ok(Reply::Sent)
    }

    /// Publishes what the requester does to the messages of others. Whoever does it gets the event, too,
    /// because the `ack` does not say which messages it is about.
    fn publish_by(
        &mut self,
        requester: &Requester,
        key: RoomKey,
        what: EventKind,
    ) -> Result<(u64, Millis), RequestError> {
        let by = self.acting(requester);
        let by = by.ok_or_else(super::requests::has_left)?;
        self.publish_for(requester, key, (&by, None), what)
    }

    /// The room of that name, if the requester is in it and may delete what others said there.
    fn tidied_room(&self, requester: &Requester, room: &str) -> Result<RoomKey, RequestError> {
        self.may(requester, Action::DeleteOthers(Role::Observer), None)?;
        self.joined(requester.slot, room)
    }

    /// Refuses to clear what a person of higher role said, if that person is known.
    fn check_author(
        &self,
        requester: &Requester,
        key: RoomKey,
        extent: &Extent,
    ) -> Result<(), RequestError> {
        let user = extent.user.as_deref().and_then(|id| self.people.by_id(id));
        let Some(user) = user.and_then(|user| self.people.get(user)) else {
            return Ok(());
        };
        let role = user.role_in(&self.rooms.get(key).name);
        self.may(requester, Action::DeleteOthers(role), Some(key))
    }

    /// Tells a client that its act is on the disk, and that it may go on.
    pub(super) fn ack_and_more(
        &mut self,
        slot: Slot,
        reference: &Json,
        (room, seq): (RoomKey, u64),
        at: Millis,
    ) {
        let ack = MoreAck {
            r#type: "ack",
            r#ref: reference,
            room: &self.rooms.get(room).name,
            seq,
            at,
            more: true,
        };
        let json = serde_json::to_vec(&ack).unwrap_or_default();
        self.outgoing.send_frame(slot, &frame::text(&json));
    }
}
