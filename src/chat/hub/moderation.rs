//! Keeping order: mutes, removals, quiet rooms, and the end of a lesson.

use super::Hub;
use super::publish::Change;
use super::requests::{Asker, Reply};
use super::sanctions::{Bound, Removal, bounds};
use crate::auth::class_code::Lesson;
use crate::chat::event::{ServerMessage, Who};
use crate::chat::gate::{Action, Rules};
use crate::chat::message::{ErrorCode, Moderation, RequestError};
use crate::config::Keep;
use crate::model::event::EventKind;
use crate::model::ids::PersonKey;
use crate::model::ids::RoomKey;
use crate::model::role::Role;
use crate::model::time::Millis;
use crate::store::queue::{Audit, Note};
use crate::websocket::close;
use std::sync::{Arc, PoisonError};

/// How long somebody who was removed stays out, unless said otherwise: seconds.
const KICK_FOR: u64 = 600;
/// Longest pause of slow mode: seconds.
const LONGEST_SLOW: u64 = 3600;
/// Longest mute or removal that can be asked for: a week. Longer ones are for the configuration.
const LONGEST: u64 = 7 * 24 * 3600;

impl Hub {
    /// Does what a moderator asks, if they may.
    pub(super) fn moderate(
        &mut self,
        asker: &Asker,
        action: Moderation,
    ) -> Result<Reply, RequestError> {
        let (name, by) = (action.name(), asker.person);
        match action {
            Moderation::Mute {
                user,
                seconds,
                reason,
            } => {
                let target = self.discipline(by, &user)?;
                let until = match seconds {
                    Some(seconds) => self.now + limited(seconds)? * 1000,
                    None => Millis::MAX,
                };
                for bound in self.bounds_of(target) {
                    self.sanctions.mutes.insert(bound, until);
                }
                self.refresh_mutes();
                self.announce(name, by, target, reason.as_deref(), seconds.map(|_| until));
            }
            Moderation::Unmute { user } => {
                let target = self.discipline(by, &user)?;
                for bound in self.bounds_of(target) {
                    self.sanctions.mutes.remove(&bound);
                }
                self.refresh_mutes();
                self.announce(name, by, target, None, None);
            }
            Moderation::Kick {
                user,
                seconds,
                reason,
            } => {
                let target = self.discipline(by, &user)?;
                let until = self.now + limited(seconds.unwrap_or(KICK_FOR))? * 1000;
                let removal = Removal {
                    until,
                    reason: reason.clone(),
                };
                for bound in self.bounds_of(target) {
                    self.sanctions.remove(bound, removal.clone());
                }
                self.announce(name, by, target, reason.as_deref(), Some(until));
                self.flush();
                self.remove_now(target, &removal.close_reason(self.now));
            }
            Moderation::Lock { room, on } => {
                let key = self.rule_room(asker, &room)?;
                let rules = Rules {
                    locked: on,
                    ..self.rooms[key].rules
                };
                return self.set_rules(asker, name, key, rules);
            }
            Moderation::Slow { room, seconds } => {
                let key = self.rule_room(asker, &room)?;
                if seconds > LONGEST_SLOW {
                    let message = format!("Slow mode goes up to {LONGEST_SLOW} s.");
                    return Err(RequestError::new(ErrorCode::BadMessage, message));
                }
                let (slow, slow_since) = (seconds, self.now);
                let rules = Rules {
                    slow,
                    slow_since,
                    ..self.rooms[key].rules
                };
                return self.set_rules(asker, name, key, rules);
            }
            Moderation::Pin { room, seq } => {
                let key = self.rule_room(asker, &room)?;
                let Some(seq) = seq else {
                    self.publish(asker, key, EventKind::Pin { of: None })?;
                    self.rooms[key].pin = None;
                    self.audit_room("unpin", by, key);
                    return Ok(Reply::Told);
                };
                return self.change(asker, key, seq, Change::Pin);
            }
            Moderation::EndLesson => {
                self.may(by, Action::EndLesson, None)?;
                self.audit(name, by, None, None, None, None);
                self.end_lesson();
            }
        }
        Ok(Reply::Ack)
    }

    /// A room's rules are an event of it: who comes later reads them in `joined`.
    fn set_rules(
        &mut self,
        asker: &Asker,
        action: &'static str,
        key: RoomKey,
        rules: Rules,
    ) -> Result<Reply, RequestError> {
        let before = std::mem::replace(&mut self.rooms[key].rules, rules);
        let state = self.rooms[key].state();
        if let Err(refusal) = self.publish(asker, key, EventKind::State(state)) {
            self.rooms[key].rules = before;
            return Err(refusal);
        }
        self.announce_rules(action, asker.person, key);
        self.audit_room(action, asker.person, key);
        Ok(Reply::Told)
    }

    /// Notes in the audit log what was done.
    fn audit(
        &mut self,
        action: &'static str,
        by: PersonKey,
        target: Option<PersonKey>,
        room: Option<RoomKey>,
        reason: Option<&str>,
        until: Option<Millis>,
    ) {
        let author = |key| self.people.get(key).map(|p| Arc::clone(&p.author));
        let (Some(by), target) = (author(by), target.and_then(author)) else {
            return;
        };
        let (at, action, reason) = (self.now, action.into(), reason.map(Into::into));
        let room = room.map(|key| Arc::clone(&self.rooms[key].name));
        let entry = Audit {
            at,
            by,
            action,
            target,
            room,
            reason,
            until,
        };
        self.note(|| Note::Audit(Box::new(entry)));
    }

    /// Notes in the audit log what was done in a room.
    pub(super) fn audit_room(&mut self, action: &'static str, by: PersonKey, room: RoomKey) {
        self.audit(action, by, None, Some(room), None, None);
    }

    /// The person with that id, if `by` may discipline them.
    fn discipline(&self, by: PersonKey, user: &str) -> Result<PersonKey, RequestError> {
        // Who may discipline nobody must not learn who exists.
        self.may(by, Action::Discipline(Role::Observer), None)?;
        let target = self.people.by_id(user);
        let target = target.and_then(|key| Some((key, self.people.get(key)?.author.role)));
        let (target, role) = target
            .ok_or_else(|| RequestError::new(ErrorCode::UnknownUser, "Nobody here has that id."))?;
        self.may(by, Action::Discipline(role), None)?;
        Ok(target)
    }

    /// The room of that name, if the asker is in it and may rule it.
    fn rule_room(&self, asker: &Asker, room: &str) -> Result<RoomKey, RequestError> {
        self.may(asker.person, Action::RuleRoom, None)?;
        self.joined(asker.slot, room)
    }

    fn bounds_of(&self, person: PersonKey) -> Vec<Bound> {
        let person = self.people.get(person);
        person
            .map(|p| bounds(&p.author.sub, p.device.as_deref()).collect())
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

    /// Somebody who came back is still muted.
    pub(super) fn restore_mute(&mut self, person: PersonKey) {
        if let Some(person) = self.people.get_mut(person) {
            person.muted =
                self.sanctions
                    .mute(&person.author.sub, person.device.as_deref(), self.now);
        }
    }

    /// Ends every connection of a person, and of everybody on the same device.
    fn remove_now(&mut self, target: PersonKey, reason: &str) {
        let device = self.people.get(target).and_then(|p| p.device.clone());
        let same = |key: PersonKey, other: &Option<Box<str>>| {
            key == target || (device.is_some() && device == *other)
        };
        let all = self.people.iter().filter(|(key, p)| same(*key, &p.device));
        let all: Vec<_> = all
            .flat_map(|(_, p)| p.connections.iter().copied())
            .collect();
        for id in all {
            if let Some(&slot) = self.slot_of.get(&id) {
                self.close(slot, close::Code::KICKED, reason);
            }
        }
    }

    /// Tells the person concerned and everybody who leads.
    fn announce(
        &mut self,
        action: &'static str,
        by: PersonKey,
        target: PersonKey,
        reason: Option<&str>,
        until: Option<Millis>,
    ) {
        self.audit(action, by, Some(target), None, reason, until);
        let (Some(from), Some(to)) = (self.people.get(by), self.people.get(target)) else {
            return;
        };
        let (by, target_who) = (brief(from.who()), Some(brief(to.who())));
        let event = ServerMessage::Moderated {
            action,
            target: target_who,
            room: None,
            by,
            reason,
            until,
            state: None,
        };
        let frame = event.frame();
        self.send_to_person(target, &frame, None);
        self.tell_leaders(&frame, Some(target));
    }

    fn tell_leaders(&mut self, frame: &[u8], except: Option<PersonKey>) {
        let leaders = self.people.iter();
        let leaders =
            leaders.filter(|(key, p)| p.author.role >= Role::Moderator && Some(*key) != except);
        let leaders: Vec<PersonKey> = leaders.map(|(key, _)| key).collect();
        leaders
            .into_iter()
            .for_each(|person| self.send_to_person(person, frame, None));
    }

    fn announce_rules(&mut self, action: &'static str, by: PersonKey, key: usize) {
        let Some(from) = self.people.get(by) else {
            return;
        };
        let room = &self.rooms[key];
        let event = ServerMessage::Moderated {
            action,
            target: None,
            room: Some(&room.name),
            by: brief(from.who()),
            reason: None,
            until: None,
            state: Some(room.state()),
        };
        let frame = event.frame();
        let slots: Vec<usize> = room.members.iter().map(|member| member.slot).collect();
        slots
            .into_iter()
            .for_each(|slot| self.send_frame(slot, &frame));
    }

    /// The lesson is over: a new class code, guest tokens void, everybody below moderator out.
    fn end_lesson(&mut self) {
        self.flush();
        self.note(|| Note::EndLesson);
        if self.config.history.keep == Keep::Lesson {
            self.forget_before(Millis::MAX);
            self.rooms.iter_mut().for_each(|room| room.pin = None);
        }
        if let Err(error) = self.next_lesson() {
            log::error!("the next lesson is not stored: {error}");
        }
        if let Some(class_code) = &self.class_code() {
            let join_url = &self.join_url;
            let event = ServerMessage::Lesson {
                class_code,
                join_url,
            };
            self.tell_leaders(&event.frame(), None);
        }
        let guests = self
            .people
            .iter()
            .filter(|(_, p)| p.author.role < Role::Moderator);
        let guests: Vec<_> = guests
            .flat_map(|(_, p)| p.connections.iter().copied())
            .collect();
        for id in guests {
            if let Some(&slot) = self.slot_of.get(&id) {
                self.close(
                    slot,
                    close::Code::LESSON_ENDED,
                    "lesson_ended: thank you, goodbye",
                );
            }
        }
    }
}

impl Hub {
    /// EventKind guests type, if there are guests.
    pub(super) fn class_code(&self) -> Option<String> {
        let lesson = self.lesson.read().unwrap_or_else(PoisonError::into_inner);
        self.config.join.enabled.then(|| lesson.code.to_string())
    }

    fn next_lesson(&mut self) -> Result<(), Box<dyn std::error::Error>> {
        let mut lesson = self.lesson.write().unwrap_or_else(PoisonError::into_inner);
        *lesson = lesson.following()?;
        drop(lesson);
        let lesson = Arc::clone(&self.lesson);
        // A file is written, and the hub waits for nothing.
        let save = move || match Lesson::save_current(&lesson) {
            Ok(()) => log::info!("the lesson has ended; hosts see the new class code"),
            Err(error) => log::error!("after a restart the old class code is back: {error}"),
        };
        std::thread::Builder::new()
            .name("lesson".into())
            .spawn(save)?;
        Ok(())
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

fn brief(who: Who<'_>) -> Who<'_> {
    Who {
        role: None,
        muted: false,
        ..who
    }
}
