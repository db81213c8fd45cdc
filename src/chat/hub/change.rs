//! Changes to a message: it is found, in memory or in the store, and then edited, deleted, reacted
//! to or pinned.

use super::Hub;
use super::context::{Change, Reply, Requester};
use super::persistence::PendingQuery;
use crate::chat::gate::Action;
use crate::chat::message::{ErrorCode, RequestError};
use crate::model::event::{Event, EventKind};
use crate::model::ids::RoomKey;
use crate::model::item::MessageState;
use crate::model::time::Millis;
use crate::store::query::StoreQuery;
use std::sync::Arc;

/// Most people whose reactions to one message are kept: many classes. A page of history shows them
/// all, so without a bound a few messages could fill it.
const MAX_REACTIONS: usize = 500;

impl Hub {
    /// Finds the message, in memory or in the store, and changes it.
    pub(super) fn change(
        &mut self,
        requester: &Requester,
        key: RoomKey,
        seq: u64,
        change: Change,
    ) -> Result<Reply, RequestError> {
        if self.rooms.get(key).is_pending(seq) {
            self.flush();
        }
        let room = self.rooms.get(key);
        if seq <= room.lesson_end {
            return self.apply(requester, key, None, change);
        }
        if seq > room.head() || room.log.holds(seq) || self.store.is_none() {
            let found = room.log.item(seq);
            return self.apply(requester, key, found, change);
        }
        let room = Arc::clone(&room.name);
        self.ask_store(
            requester,
            StoreQuery::Message { room, seq },
            |client, requester| PendingQuery::Change {
                client,
                requester,
                room: key,
                change,
            },
        )?;
        Ok(Reply::Sent)
    }

    /// Changes the message that was found, if the requester may.
    pub(super) fn apply(
        &mut self,
        requester: &Requester,
        key: RoomKey,
        message: Option<MessageState>,
        change: Change,
    ) -> Result<Reply, RequestError> {
        if let Change::Publish(id) = change {
            return self.publish_edit(requester, key, message, id);
        }
        let message = message.ok_or_else(gone)?;
        let deletes = matches!(change, Change::Delete { .. });
        if !deletes && (message.deleted() || message.is_question()) {
            return Err(gone());
        }
        let of = message.event.seq;
        // Everybody is told who deletes. Of an anonymous question that must not be its author.
        let own = self.is_author(requester, &message) && !message.is_anonymous();
        self.may_change(requester, key, &message, own, &change)?;
        if self.is_so_already(requester, key, &message, &change) {
            return Ok(Reply::Unchanged(key));
        }
        if let Change::Edit(text) = &change
            && self.must_wait(requester, key)
        {
            return self.let_wait(requester, key, text.clone(), (None, Some(of)));
        }
        let Some((what, action)) = becomes(change, of, own) else {
            return Err(gone());
        };
        if message.is_question() {
            // Without its words nobody can answer it.
            self.take_down(None, key, of, false)?;
        }
        self.publish_change(requester, (key, of), what)?;
        if let Some(action) = action {
            self.audit_room(action, requester, key);
        }
        Ok(Reply::Sent)
    }

    /// Publishes the change of the message `of`, and does what follows from it.
    fn publish_change(
        &mut self,
        requester: &Requester,
        (key, of): (RoomKey, u64),
        what: EventKind,
    ) -> Result<(), RequestError> {
        let (pins, speaks) = (
            matches!(what, EventKind::Pin { .. }),
            matches!(what, EventKind::Edit { .. }),
        );
        let purges = match what {
            EventKind::Delete { purge, .. } => Some(purge),
            _ => None,
        };
        self.publish(requester, key, what)?;
        if speaks {
            self.spoke(requester, key);
        }
        if pins {
            self.rooms.get_mut(key).pin = Some(of);
        }
        if let Some(purges) = purges {
            self.erase_from_memory(key, of, purges);
        }
        Ok(())
    }

    /// Takes the words of a message that was deleted from memory, and its pin away.
    fn erase_from_memory(&mut self, key: RoomKey, of: u64, purges: bool) {
        if purges {
            self.purge_reports(key, of);
        }
        // The words of an edit that waits are words of the message, too.
        let name = Arc::clone(&self.rooms.get(key).name);
        self.drop_waiting("deleted", |said| said.of == Some(of) && said.room == name);
        let room = self.rooms.get_mut(key);
        room.log.erase(of);
        room.pin = room.pin.filter(|&pin| pin != of);
        self.clearings
            .drop_texts(|room, seq| (room, seq) == (key, of));
    }

    /// Whether the change would change nothing. It is acknowledged then, but it is no event: nobody
    /// is told, and nothing is kept.
    fn is_so_already(
        &self,
        requester: &Requester,
        key: RoomKey,
        message: &MessageState,
        change: &Change,
    ) -> bool {
        match change {
            Change::Edit(text) => message.text.as_ref() == Some(text),
            // A purge may follow a delete: it erases what is still on the disk.
            // A cleared message that is then deleted stays away when the others are brought back.
            Change::Delete { purge } => {
                message.deleted() && !message.cleared && (message.purged || !purge)
            }
            Change::React(emoji) => self
                .people
                .get(requester.person)
                .is_some_and(|person| message.reaction_of(&person.author.id) == emoji.as_deref()),
            Change::Pin => self.rooms.get(key).pin == Some(message.event.seq),
            Change::Publish(_) => false,
        }
    }

    /// Checks whether a message may be changed like this. `own`: the requester is its author.
    fn may_change(
        &self,
        requester: &Requester,
        key: RoomKey,
        message: &MessageState,
        own: bool,
        change: &Change,
    ) -> Result<(), RequestError> {
        let late = self.is_late(key, message);
        let too_late = || {
            let message = "The time for its author to change this message is over.";
            RequestError::new(ErrorCode::TooLate, message)
        };
        let full = || {
            let message = format!(
                "This message has {MAX_REACTIONS} reactions and takes no more. You can react to \
                 another one."
            );
            RequestError::new(ErrorCode::Forbidden, message)
        };
        match change {
            Change::React(Some(_)) if self.is_full_for(requester, message) => Err(full()),
            Change::Edit(_) if !own => {
                let message = "Only its author edits a message.";
                Err(RequestError::new(ErrorCode::Forbidden, message))
            }
            Change::Edit(_) if late => Err(too_late()),
            Change::Delete { purge } if !own || late || *purge => {
                let role = message.role();
                self.may(requester, Action::DeleteOthers(role), Some(key))
                    .map_err(|refusal| if own { too_late() } else { refusal })
            }
            // Asked again: much may have changed while the store was reading.
            Change::Edit(_) => self.may(requester, Action::Speak, Some(key)),
            Change::React(_) => self.may(requester, Action::Gesture, Some(key)),
            Change::Pin => self.may(requester, Action::RuleRoom, Some(key)),
            Change::Publish(_) => self.may(requester, Action::Approve, Some(key)),
            Change::Delete { .. } => Ok(()),
        }
    }

    /// Whether the time is over in which its author may change the message. A wall clock that is set
    /// changes nothing for messages in memory. Of others only the time by that clock is known; one that
    /// is far in the future says nothing of their age, and they count as old.
    fn is_late(&self, key: RoomKey, message: &MessageState) -> bool {
        let window = self.setup.config.history.edit_window.as_millis() as Millis;
        let Event { seq, at, .. } = message.event;
        let age = match self.rooms.get(key).log.since(seq) {
            Some(since) => self.clock.since(since),
            None => self.now.abs_diff(at),
        };
        age >= window
    }

    /// Whether the message has so many reactions that the requester's would be one too many.
    fn is_full_for(&self, requester: &Requester, message: &MessageState) -> bool {
        let person = self.people.get(requester.person);
        let reacted = |id: &str| message.reaction_of(id).is_some();
        message.reaction_count() >= MAX_REACTIONS
            && !person.is_some_and(|person| reacted(&person.author.id))
    }

    fn is_author(&self, requester: &Requester, message: &MessageState) -> bool {
        let person = self.people.get(requester.person);
        person.is_some_and(|person| person.author.sub == message.event.by.sub)
    }
}

fn gone() -> RequestError {
    let message = "There is no such message, or it was deleted.";
    RequestError::new(ErrorCode::NotFound, message)
}

/// The event that a change of the message `of` becomes, and what the audit log calls it, if it is for
/// that. `own`: its author changes it. `None`: it is published in another way, for another person.
fn becomes(change: Change, of: u64, own: bool) -> Option<(EventKind, Option<&'static str>)> {
    Some(match change {
        Change::Edit(text) => {
            let (text, superseded) = (Some(text), false);
            let edit = EventKind::Edit {
                of,
                text,
                superseded,
            };
            (edit, None)
        }
        Change::Delete { purge } => (
            EventKind::Delete { of, purge },
            match purge {
                true => Some("purge"),
                false => Some("delete").filter(|_| !own),
            },
        ),
        Change::React(emoji) => (EventKind::React { of, emoji }, None),
        Change::Pin => (EventKind::Pin { of: Some(of) }, Some("pin")),
        Change::Publish(_) => return None,
    })
}
