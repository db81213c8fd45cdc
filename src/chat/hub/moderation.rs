//! Moderation: what those who lead may do. Locked and slow rooms and pins are here, mutes and removals
//! in `discipline.rs`.
//!
//! A requester acts with the role of their own token, in the rooms of that token and nowhere else.

use super::Hub;
use super::context::{Change, Extent, Reply, Requester};
use super::discipline::Measure;
use crate::chat::classroom::sanction::Kind;
use crate::chat::event::ServerMessage;
use crate::chat::gate::{Action, Rules};
use crate::chat::grant::Grant;
use crate::chat::message::{ErrorCode, Moderation, RequestError};
use crate::chat::pace::LONGEST_SLOW;
use crate::chat::person::Person;
use crate::model::event::{Author, EventKind};
use crate::model::ids::{PersonKey, RoomKey, Slot};
use crate::store::queue::{Audit, Note};
use std::sync::Arc;

impl Hub {
    /// Does what a moderator asks, if they may.
    pub(super) fn moderate(
        &mut self,
        requester: &Requester,
        action: Moderation,
    ) -> Result<Reply, RequestError> {
        let name = action.name();
        match action {
            Moderation::Mute {
                user,
                seconds,
                reason,
            } => self.mute(requester, &user, seconds, reason),
            Moderation::Unmute { user } => self.unmute(requester, &user),
            Moderation::MuteAsker {
                room,
                hand,
                seconds,
                reason,
            } => self.mute_asker(requester, &room, hand, seconds, reason),
            Moderation::UnmuteAsker { room, hand } => self.unmute_asker(requester, &room, hand),
            Moderation::Kick {
                user,
                seconds,
                reason,
            } => self.kick(requester, &user, seconds, reason),
            Moderation::Unkick { user } => self.let_in(requester, &[Kind::Removal], name, &user),
            Moderation::Ban {
                user,
                seconds,
                reason,
            } => self.ban(requester, &user, seconds, reason),
            Moderation::Unban { user } => {
                self.let_in(requester, &[Kind::Ban, Kind::Removal], name, &user)
            }
            Moderation::Lock { room, on } => self.lock(requester, name, &room, on),
            Moderation::Slow { room, seconds } => self.slow(requester, name, &room, seconds),
            Moderation::Approve { room, on } => self.set_approval(requester, name, &room, on),
            Moderation::Publish { room, id } => self.publish_waiting(requester, &room, id),
            Moderation::Reject { room, id, reason } => {
                self.reject_waiting(requester, &room, id, reason.as_deref())
            }
            Moderation::Clear {
                room,
                user,
                from,
                to,
            } => self.clear(requester, &room, Extent { user, from, to }),
            Moderation::UndoClear { room, seq } => self.undo_clear(requester, &room, seq),
            Moderation::Pin { room, seq } => self.pin(requester, &room, seq),
            Moderation::Lower {
                room,
                whose,
                answered,
            } => self.lower(requester, &room, &whose, answered),
            Moderation::LowerHands { room } => self.lower_hands(requester, &room),
            Moderation::RemoveRoom { room } => self.remove_room(requester, name, &room),
            Moderation::ClosePoll { room, poll } => self.close_poll(requester, name, &room, poll),
            Moderation::PublishPoll { room, poll } => {
                self.publish_poll(requester, name, &room, poll)
            }
            Moderation::CloseReport { id } => self.close_report(requester, name, id),
            Moderation::EndLesson { class, seconds } => {
                self.dismiss(requester, class.as_deref(), seconds)
            }
            Moderation::StartLesson { class } => self.start_lesson(requester, class.as_deref()),
            Moderation::KeepLesson { class } => self.keep_lesson(requester, class.as_deref()),
            Moderation::Door { class, open } => self.move_door(requester, class.as_deref(), open),
            Moderation::Admit { class, id } => self.admit(requester, class.as_deref(), id),
        }
    }

    fn lock(
        &mut self,
        requester: &Requester,
        action: &'static str,
        room: &str,
        on: bool,
    ) -> Result<Reply, RequestError> {
        let key = self.moderated_room(requester, room)?;
        let rules = Rules {
            locked: on,
            ..self.rooms.get(key).rules
        };
        self.set_rules(requester, action, key, rules)
    }

    fn slow(
        &mut self,
        requester: &Requester,
        action: &'static str,
        room: &str,
        seconds: u64,
    ) -> Result<Reply, RequestError> {
        let key = self.moderated_room(requester, room)?;
        if seconds > LONGEST_SLOW {
            let message = format!("Slow mode goes up to {LONGEST_SLOW} s.");
            return Err(RequestError::new(ErrorCode::BadMessage, message));
        }
        let rules = Rules {
            slow: seconds,
            slow_since: self.clock,
            ..self.rooms.get(key).rules
        };
        self.set_rules(requester, action, key, rules)
    }

    fn pin(
        &mut self,
        requester: &Requester,
        room: &str,
        seq: Option<u64>,
    ) -> Result<Reply, RequestError> {
        let key = self.moderated_room(requester, room)?;
        if let Some(seq) = seq {
            return self.change(requester, key, seq, Change::Pin);
        }
        if self.rooms.get(key).pin.is_none() {
            return Ok(Reply::Unchanged(key));
        }
        self.publish(requester, key, EventKind::Pin { of: None })?;
        self.rooms.get_mut(key).pin = None;
        self.audit_room("unpin", requester, key);
        Ok(Reply::Sent)
    }

    /// Changes a room's rules, which is an event of the room: a person who joins later reads them in
    /// `joined`.
    pub(super) fn set_rules(
        &mut self,
        requester: &Requester,
        action: &'static str,
        key: RoomKey,
        rules: Rules,
    ) -> Result<Reply, RequestError> {
        let room = self.rooms.get_mut(key);
        let all = |rules: Rules| (rules.locked, rules.slow, rules.approve);
        if all(rules) == all(room.rules) {
            return Ok(Reply::Unchanged(key));
        }
        let before = std::mem::replace(&mut room.rules, rules);
        let state = room.state();
        if let Err(refusal) = self.publish(requester, key, EventKind::State(state)) {
            self.rooms.get_mut(key).rules = before;
            return Err(refusal);
        }
        self.announce_rules(action, requester.person, key);
        self.audit_room(audited(action, rules), requester, key);
        Ok(Reply::Sent)
    }

    /// Notes in the audit log what was done, to a person or in a room.
    pub(super) fn audit(
        &mut self,
        action: &'static str,
        by: &Requester,
        measure: Option<&Measure<'_>>,
        room: Option<RoomKey>,
    ) {
        let Some(by) = self.acting(by) else {
            return;
        };
        let entry = Audit {
            at: self.now,
            by,
            action: action.into(),
            target: measure.map(|measure| Arc::clone(measure.target)),
            room: room.map(|key| Arc::clone(&self.rooms.get(key).name)),
            reason: measure.and_then(|measure| measure.reason).map(Into::into),
            until: measure.and_then(|measure| measure.until),
        };
        self.note(|| Note::Audit(Box::new(entry)));
    }

    /// Notes in the audit log what was done in a room.
    pub(super) fn audit_room(&mut self, action: &'static str, by: &Requester, room: RoomKey) {
        self.audit(action, by, None, Some(room));
    }

    /// The requester, with the role that they act with.
    pub(super) fn acting(&self, requester: &Requester) -> Option<Arc<Author>> {
        let author = &self.people.get(requester.person)?.author;
        let role = self.grant(requester).ok()?.role;
        if author.role == role {
            return Some(Arc::clone(author));
        }
        let author = Author::clone(author);
        Some(Arc::new(Author { role, ..author }))
    }

    /// The room of that name, if the requester is in it and may change its rules.
    pub(super) fn moderated_room(
        &self,
        requester: &Requester,
        room: &str,
    ) -> Result<RoomKey, RequestError> {
        self.may(requester, Action::RuleRoom, None)?;
        self.joined(requester.slot, room)
    }

    /// Sends a frame to every connection of those who lead whose token is among those `chosen`.
    pub(super) fn send_to_leaders(
        &mut self,
        frame: &[u8],
        chosen: impl Fn(PersonKey, &Grant) -> bool,
    ) {
        self.send_where(frame, |key, _, grant| grant.leads() && chosen(key, grant));
    }

    /// Sends a frame to every connection that is `chosen`.
    pub(super) fn send_where(
        &mut self,
        frame: &[u8],
        chosen: impl Fn(PersonKey, &Person, &Grant) -> bool,
    ) {
        let mut clients = Vec::new();
        for (key, person) in self.people.iter() {
            let held = person.held();
            let chosen = held.filter(|(_, grant)| chosen(key, person, grant));
            clients.extend(chosen.map(|(client, _)| client));
        }
        for client in clients {
            if let Some(slot) = self.outgoing.slot(client) {
                self.outgoing.send_frame(slot, frame);
            }
        }
    }

    pub(super) fn announce_rules(&mut self, action: &'static str, by: PersonKey, key: RoomKey) {
        let Some(from) = self.people.get(by) else {
            return;
        };
        let room = self.rooms.get(key);
        let frame = ServerMessage::Moderated {
            action,
            target: None,
            room: Some(&room.name),
            by: from.info(),
            rooms: None,
            reason: None,
            until: None,
            state: Some(room.state()),
        }
        .frame();
        let slots: Vec<Slot> = room.members.iter().map(|member| member.slot).collect();
        for slot in slots {
            self.outgoing.send_frame(slot, &frame);
        }
    }
}

/// The name in the audit log of an action that has made these the rules of a room.
fn audited(action: &'static str, rules: Rules) -> &'static str {
    match action {
        "lock" if !rules.locked => "unlock",
        "slow" if rules.slow == 0 => "slow_off",
        "approve" if !rules.approve => "approve_off",
        _ => action,
    }
}
