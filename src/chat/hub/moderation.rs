//! Moderation: mutes, removals, locked and slow rooms, pins.

use super::Hub;
use super::context::{Change, Reply, Requester};
use super::sanctions::{Bound, Removal, bounds};
use crate::chat::event::{PersonInfo, ServerMessage};
use crate::chat::gate::{Action, Rules};
use crate::chat::message::{ErrorCode, Moderation, RequestError};
use crate::model::event::EventKind;
use crate::model::ids::{PersonKey, RoomKey, Slot};
use crate::model::role::Role;
use crate::model::time::Millis;
use crate::store::queue::{Audit, Note};
use crate::websocket::close;
use std::sync::Arc;

/// How long a person who was removed stays out, unless said otherwise: seconds.
const KICK_FOR: u64 = 600;
/// Longest pause of slow mode: seconds.
const LONGEST_SLOW: u64 = 3600;
/// Longest mute or removal that can be asked for: a week. Longer ones are for the configuration.
const LONGEST: u64 = 7 * 24 * 3600;

/// What was done to a person: for the audit log, and for those who are told.
struct Measure<'a> {
    action: &'static str,
    target: PersonKey,
    reason: Option<&'a str>,
    until: Option<Millis>,
}

impl Hub {
    /// Does what a moderator asks, if they may.
    pub(super) fn moderate(
        &mut self,
        requester: &Requester,
        action: Moderation,
    ) -> Result<Reply, RequestError> {
        let (name, by) = (action.name(), requester.person);
        match action {
            Moderation::Mute {
                user,
                seconds,
                reason,
            } => self.mute(by, &user, seconds, reason.as_deref()),
            Moderation::Unmute { user } => self.unmute(by, &user),
            Moderation::Kick {
                user,
                seconds,
                reason,
            } => self.kick(by, &user, seconds, reason),
            Moderation::Lock { room, on } => {
                let key = self.moderated_room(requester, &room)?;
                let rules = Rules {
                    locked: on,
                    ..self.rooms.get(key).rules
                };
                self.set_rules(requester, name, key, rules)
            }
            Moderation::Slow { room, seconds } => {
                let key = self.moderated_room(requester, &room)?;
                if seconds > LONGEST_SLOW {
                    let message = format!("Slow mode goes up to {LONGEST_SLOW} s.");
                    return Err(RequestError::new(ErrorCode::BadMessage, message));
                }
                let rules = Rules {
                    slow: seconds,
                    slow_since: self.now,
                    ..self.rooms.get(key).rules
                };
                self.set_rules(requester, name, key, rules)
            }
            Moderation::Pin { room, seq } => self.pin(requester, &room, seq),
            Moderation::EndLesson => {
                self.may(by, Action::EndLesson, None)?;
                self.audit(name, by, None, None);
                self.end_lesson();
                Ok(Reply::Ack)
            }
        }
    }

    fn mute(
        &mut self,
        by: PersonKey,
        user: &str,
        seconds: Option<u64>,
        reason: Option<&str>,
    ) -> Result<Reply, RequestError> {
        let target = self.target(by, user)?;
        let until = match seconds {
            Some(seconds) => Some(self.now + limited(seconds)? * 1000),
            None => None,
        };
        for bound in self.bounds_of(target) {
            let until = until.unwrap_or(Millis::MAX);
            self.sanctions.mutes.insert(bound, until);
        }
        self.refresh_mutes();
        let measure = Measure {
            action: "mute",
            target,
            reason,
            until,
        };
        self.announce(by, &measure);
        Ok(Reply::Ack)
    }

    fn unmute(&mut self, by: PersonKey, user: &str) -> Result<Reply, RequestError> {
        let target = self.target(by, user)?;
        for bound in self.bounds_of(target) {
            self.sanctions.mutes.remove(&bound);
        }
        self.refresh_mutes();
        let measure = Measure {
            action: "unmute",
            target,
            reason: None,
            until: None,
        };
        self.announce(by, &measure);
        Ok(Reply::Ack)
    }

    fn kick(
        &mut self,
        by: PersonKey,
        user: &str,
        seconds: Option<u64>,
        reason: Option<Box<str>>,
    ) -> Result<Reply, RequestError> {
        let target = self.target(by, user)?;
        let until = self.now + limited(seconds.unwrap_or(KICK_FOR))? * 1000;
        let measure = Measure {
            action: "kick",
            target,
            reason: reason.as_deref(),
            until: Some(until),
        };
        self.announce(by, &measure);
        let removal = Removal { until, reason };
        for bound in self.bounds_of(target) {
            self.sanctions.remove(bound, removal.clone());
        }
        self.flush();
        self.disconnect_person(target, &removal.close_reason(self.now));
        Ok(Reply::Ack)
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
        self.audit_room("unpin", requester.person, key);
        Ok(Reply::Sent)
    }

    /// Changes a room's rules, which is an event of the room: a person who joins later reads them in
    /// `joined`.
    fn set_rules(
        &mut self,
        requester: &Requester,
        action: &'static str,
        key: RoomKey,
        rules: Rules,
    ) -> Result<Reply, RequestError> {
        let room = self.rooms.get_mut(key);
        if (rules.locked, rules.slow) == (room.rules.locked, room.rules.slow) {
            return Ok(Reply::Unchanged(key));
        }
        let before = std::mem::replace(&mut room.rules, rules);
        let state = room.state();
        if let Err(refusal) = self.publish(requester, key, EventKind::State(state)) {
            self.rooms.get_mut(key).rules = before;
            return Err(refusal);
        }
        self.announce_rules(action, requester.person, key);
        self.audit_room(action, requester.person, key);
        Ok(Reply::Sent)
    }

    /// Notes in the audit log what was done, to a person or in a room.
    fn audit(
        &mut self,
        action: &'static str,
        by: PersonKey,
        measure: Option<&Measure<'_>>,
        room: Option<RoomKey>,
    ) {
        let author = |key| Some(Arc::clone(&self.people.get(key)?.author));
        let Some(by) = author(by) else {
            return;
        };
        let entry = Audit {
            at: self.now,
            by,
            action: action.into(),
            target: measure.and_then(|measure| author(measure.target)),
            room: room.map(|key| Arc::clone(&self.rooms.get(key).name)),
            reason: measure.and_then(|measure| measure.reason).map(Into::into),
            until: measure.and_then(|measure| measure.until),
        };
        self.note(|| Note::Audit(Box::new(entry)));
    }

    /// Notes in the audit log what was done in a room.
    pub(super) fn audit_room(&mut self, action: &'static str, by: PersonKey, room: RoomKey) {
        self.audit(action, by, None, Some(room));
    }

    /// The person with that id, if `by` may discipline them.
    fn target(&self, by: PersonKey, user: &str) -> Result<PersonKey, RequestError> {
        // A person who may discipline nobody must not learn who exists.
        self.may(by, Action::Discipline(Role::Observer), None)?;
        let unknown = || RequestError::new(ErrorCode::UnknownUser, "Nobody here has that id.");
        let target = self.people.by_id(user).ok_or_else(unknown)?;
        let person = self.people.get(target).ok_or_else(unknown)?;
        self.may(by, Action::Discipline(person.author.role), None)?;
        Ok(target)
    }

    /// The room of that name, if the requester is in it and may change its rules.
    fn moderated_room(&self, requester: &Requester, room: &str) -> Result<RoomKey, RequestError> {
        self.may(requester.person, Action::RuleRoom, None)?;
        self.joined(requester.slot, room)
    }

    fn bounds_of(&self, person: PersonKey) -> Vec<Bound> {
        let person = self.people.get(person);
        person
            .map(|person| bounds(&person.author.sub, person.device.as_deref()).collect())
            .unwrap_or_default()
    }

    /// Sets everybody's mute from the sanctions, and shows what changed.
    pub(super) fn refresh_mutes(&mut self) {
        let mut changed = Vec::new();
        for (key, person) in self.people.iter_mut() {
            let until = self
                .sanctions
                .mute(&person.author.sub, person.device.as_deref(), self.now);
            if person.muted != until {
                person.muted = until;
                changed.push(key);
            }
        }
        changed.into_iter().for_each(|person| self.changed(person));
    }

    /// Mutes a person who came back and is still muted.
    pub(super) fn restore_mute(&mut self, person: PersonKey) {
        if let Some(person) = self.people.get_mut(person) {
            person.muted =
                self.sanctions
                    .mute(&person.author.sub, person.device.as_deref(), self.now);
        }
    }

    /// Ends every connection of a person, and of everybody on the same device.
    fn disconnect_person(&mut self, target: PersonKey, reason: &str) {
        let device = self.people.get(target).and_then(|p| p.device.clone());
        let mut connections = Vec::new();
        for (key, person) in self.people.iter() {
            let same_device = device.is_some() && device == person.device;
            if key == target || same_device {
                connections.extend_from_slice(&person.connections);
            }
        }
        for client in connections {
            if let Some(slot) = self.outgoing.slot(client) {
                self.close(slot, close::Code::KICKED, reason);
            }
        }
    }

    /// Tells the person concerned and everybody who leads.
    fn announce(&mut self, by: PersonKey, measure: &Measure<'_>) {
        self.audit(measure.action, by, Some(measure), None);
        let target = measure.target;
        let (Some(from), Some(to)) = (self.people.get(by), self.people.get(target)) else {
            return;
        };
        let frame = ServerMessage::Moderated {
            action: measure.action,
            target: Some(brief(to.info())),
            room: None,
            by: brief(from.info()),
            reason: measure.reason,
            until: measure.until,
            state: None,
        }
        .frame();
        self.send_to_person(target, &frame, None);
        self.send_to_leaders(&frame, Some(target));
    }

    /// Sends a frame to everybody who leads, but one.
    pub(super) fn send_to_leaders(&mut self, frame: &[u8], except: Option<PersonKey>) {
        let leads = |role: Role| role >= Role::Moderator;
        let people = self.people.iter();
        let leaders = people.filter(|(key, p)| leads(p.author.role) && Some(*key) != except);
        let leaders: Vec<PersonKey> = leaders.map(|(key, _)| key).collect();
        for person in leaders {
            self.send_to_person(person, frame, None);
        }
    }

    fn announce_rules(&mut self, action: &'static str, by: PersonKey, key: RoomKey) {
        let Some(from) = self.people.get(by) else {
            return;
        };
        let room = self.rooms.get(key);
        let frame = ServerMessage::Moderated {
            action,
            target: None,
            room: Some(&room.name),
            by: brief(from.info()),
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

fn limited(seconds: u64) -> Result<u64, RequestError> {
    if seconds == 0 || seconds > LONGEST {
        return Err(RequestError::new(
            ErrorCode::BadMessage,
            format!("`seconds` goes from 1 to {LONGEST}."),
        ));
    }
    Ok(seconds)
}

fn brief(who: PersonInfo<'_>) -> PersonInfo<'_> {
    PersonInfo {
        role: None,
        muted: false,
        ..who
    }
}
