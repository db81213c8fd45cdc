//! EventKind becomes an event of a room: numbered, encoded once, remembered, kept, acknowledged.

use super::Hub;
use super::keeping::{PendingAck, PendingQuery};
use super::requests::{Asker, Reply};
use crate::chat::event;
use crate::chat::gate::Action;
use crate::chat::message::{ErrorCode, RequestError};
use crate::model::event::{Event, EventKind};
use crate::model::ids::RoomKey;
use crate::model::item::MessageState;
use crate::model::json::Json;
use crate::model::time::Millis;
use crate::store::query::StoreQuery;
use crate::store::queue::Unavailable;
use std::sync::Arc;

/// A change to a message that has yet to be found.
#[derive(Debug)]
pub(super) enum Change {
    Edit(Json),
    Delete { purge: bool },
    React(Option<Box<str>>),
    Pin,
}

impl Hub {
    pub(super) fn send(
        &mut self,
        asker: &Asker,
        room: &str,
        text: Json,
        reply_to: Option<u64>,
    ) -> Result<Reply, RequestError> {
        let key = self.joined(asker.slot, room)?;
        self.may(asker.person, Action::Speak, Some(key))?;
        if reply_to.is_some_and(|seq| seq == 0 || seq > self.rooms[key].head()) {
            return Err(RequestError::new(
                ErrorCode::NotFound,
                "There is no message to reply to.",
            ));
        }
        self.publish(
            asker,
            key,
            EventKind::Message {
                text: Some(text),
                reply_to,
            },
        )?;
        if self.rooms[key].rules.slow > 0
            && let Some(person) = self.people.get_mut(asker.person)
        {
            person.speaks_in(key, self.now);
        }
        Ok(Reply::Told)
    }

    pub(super) fn edit(
        &mut self,
        asker: &Asker,
        room: &str,
        seq: u64,
        text: Json,
    ) -> Result<Reply, RequestError> {
        let key = self.joined(asker.slot, room)?;
        self.may(asker.person, Action::Speak, Some(key))?;
        self.change(asker, key, seq, Change::Edit(text))
    }

    pub(super) fn delete(
        &mut self,
        asker: &Asker,
        room: &str,
        seq: u64,
        purge: bool,
    ) -> Result<Reply, RequestError> {
        let key = self.joined(asker.slot, room)?;
        if purge {
            self.may(asker.person, Action::Purge, Some(key))?;
        }
        self.change(asker, key, seq, Change::Delete { purge })
    }

    pub(super) fn react(
        &mut self,
        asker: &Asker,
        room: &str,
        seq: u64,
        emoji: Option<Box<str>>,
    ) -> Result<Reply, RequestError> {
        let key = self.joined(asker.slot, room)?;
        self.may(asker.person, Action::Gesture, Some(key))?;
        self.change(asker, key, seq, Change::React(emoji))
    }

    /// Finds the message, in memory or in the store, and changes it.
    pub(super) fn change(
        &mut self,
        asker: &Asker,
        key: RoomKey,
        seq: u64,
        change: Change,
    ) -> Result<Reply, RequestError> {
        if self.rooms[key].is_pending(seq) {
            self.flush();
        }
        let room = &self.rooms[key];
        if seq == 0 || seq > room.head() || room.log.holds(seq) || self.keeper.is_none() {
            return self.apply(asker, key, room.log.item(seq), change);
        }
        let room = Arc::clone(&room.name);
        self.ask(asker, StoreQuery::Message { room, seq }, |client, asker| {
            PendingQuery::Change {
                client,
                asker,
                room: key,
                change,
            }
        })?;
        Ok(Reply::Told)
    }

    /// Changes the message that was found, if the asker may.
    pub(super) fn apply(
        &mut self,
        asker: &Asker,
        key: RoomKey,
        item: Option<MessageState>,
        change: Change,
    ) -> Result<Reply, RequestError> {
        let gone = || {
            RequestError::new(
                ErrorCode::NotFound,
                "There is no such message, or not any more.",
            )
        };
        let item = item.ok_or_else(gone)?;
        let (of, own) = (item.event.seq, self.is_of(asker, &item));
        // A purge may come after a delete: it erases what hosts could still read.
        if item.deleted() && !matches!(change, Change::Delete { purge: true }) {
            return Err(gone());
        }
        let late =
            item.event.at + self.config.history.edit_window.as_millis() as Millis <= self.now;
        let what = match change {
            Change::Edit(_) if !own => {
                return Err(RequestError::new(
                    ErrorCode::Forbidden,
                    "Only its author edits a message.",
                ));
            }
            Change::Edit(_) if late => return Err(too_late()),
            Change::Edit(text) => EventKind::Edit {
                of,
                text: Some(text),
            },
            Change::Delete { purge } => {
                if !(own && !late && !purge) {
                    let role = item.event.by.role;
                    self.may(asker.person, Action::DeleteOthers(role), None)
                        .map_err(|refusal| if own { too_late() } else { refusal })?;
                }
                EventKind::Delete { of, purge }
            }
            Change::React(emoji) => EventKind::React { of, emoji },
            Change::Pin => EventKind::Pin { of: Some(of) },
        };
        let erased = matches!(what, EventKind::Delete { .. });
        let pin = match what {
            EventKind::Pin { of } => Some(of),
            _ => None,
        };
        self.publish(asker, key, what)?;
        if let Some(pin) = pin {
            self.rooms[key].pin = pin;
            self.audit_room("pin", asker.person, key);
        }
        if erased && !own {
            self.audit_room("delete", asker.person, key);
        }
        if erased {
            let room = &mut self.rooms[key];
            room.log.erase(of);
            room.pin = room.pin.filter(|&pin| pin != of);
        }
        Ok(Reply::Told)
    }

    fn is_of(&self, asker: &Asker, item: &MessageState) -> bool {
        let person = self.people.get(asker.person);
        person.is_some_and(|p| p.author.sub == item.event.by.sub)
    }

    /// Gives an event its number, puts it into the batch, remembers and keeps it, and sees to it
    /// that it is acknowledged.
    pub(super) fn publish(
        &mut self,
        asker: &Asker,
        key: RoomKey,
        what: EventKind,
    ) -> Result<(), RequestError> {
        // RequestEnvelope before there is a number: what has a number must be kept.
        if let Some(Err(Unavailable { retry_after })) = self.keeper.as_ref().map(|k| k.check()) {
            let message = "EventKind is said cannot be kept just now. Try again in a moment.";
            return Err(
                RequestError::new(ErrorCode::StorageUnavailable, message).after(retry_after)
            );
        }
        // Somebody who was found dead or too slow on the way here: nothing happens any more.
        let gone = || RequestError::new(ErrorCode::NotInRoom, "You have left.");
        if self.slots[asker.slot].is_none() {
            return Err(gone());
        }
        self.mark_dirty(key);
        let connected = self.slots[asker.slot].as_mut().ok_or_else(gone)?;
        let person = self.people.get_mut(asker.person).ok_or_else(gone)?;
        let room = &mut self.rooms[key];
        let (seq, at) = (room.head() + 1, self.now);
        let reference = asker.reference.as_ref();
        let event = Event {
            room: Arc::clone(&room.name),
            seq,
            at,
            by: Arc::clone(&person.author),
            what,
            reference: match (&self.keeper, reference) {
                (Some(_), Some(reference)) => Some(reference.as_str().into()),
                _ => None,
            },
        };
        let job = match self.keeper.as_mut() {
            Some(keeper) => keeper.append(event.clone()),
            None => 0,
        };
        let range = room.publish(connected.client.id, event, &person.from, job);
        let others = room.members.len().saturating_sub(1);
        let tap = &connected.client.tap;
        tap.fan_out(&room.name, seq, others, range.len());
        let behind = connected.behind.iter_mut().find(|(room, _)| *room == key);
        if let Some((_, said)) = behind {
            said.push(seq);
        }
        connected.wrote.push((key, range));
        self.dirty_slots.push(asker.slot);
        if let Some(print) = asker.print {
            person.refs.remember(print, (Some((key, seq)), at));
        }
        if let Some(reference) = reference {
            self.acknowledge(asker.slot, reference.clone(), key, seq, at);
        }
        Ok(())
    }

    /// Acknowledges an event: at once, or when all that was handed to the store up to now is on
    /// the disk.
    pub(super) fn acknowledge(
        &mut self,
        slot: usize,
        reference: Json,
        room: RoomKey,
        seq: u64,
        at: Millis,
    ) {
        let Some(connected) = self.slots[slot].as_mut() else {
            return;
        };
        match self.keeper.as_mut().filter(|keeper| !keeper.is_settled()) {
            Some(keeper) => {
                let client = connected.client.id;
                keeper.defer_ack(PendingAck {
                    client,
                    reference,
                    room,
                    seq,
                    at,
                });
            }
            None => {
                let quoted = &self.rooms[room].quoted;
                event::put_send_ack(&mut connected.replies, &reference, quoted, seq, at);
                self.dirty_slots.push(slot);
            }
        }
    }
}

fn too_late() -> RequestError {
    RequestError::new(
        ErrorCode::TooLate,
        "It was said too long ago to be changed by its author.",
    )
}
