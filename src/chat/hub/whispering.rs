//! Private messages: who may write to whom, where they are kept, and how they are read.
//!
//! One of which a side leads is kept, beside the rooms' logs, and belongs to a room: those whose token
//! is not for that room neither get nor read it. Between others, a private message goes to those who
//! are here, and nothing keeps it. Observers and demo connections get none: what they see may be shown
//! to a class.

use super::Hub;
use super::context::{Reply, Requester};
use super::requests::has_left;
use crate::chat::event::ServerMessage;
use crate::chat::gate::Action;
use crate::chat::grant::Grant;
use crate::chat::message::{ErrorCode, HOSTS, Private, RequestError};
use crate::chat::person::Person;
use crate::chat::private::{self, WhisperInfo};
use crate::chat::refs::Acked;
use crate::model::ids::{PersonKey, RoomKey, Slot};
use crate::model::role::Role;
use crate::store::queue::{Need, Note};
use crate::store::whisper::{Conversation, Whisper};
use std::sync::Arc;

impl Hub {
    /// Serves `whisper`.
    pub(super) fn whisper(
        &mut self,
        requester: &Requester,
        to: &str,
        message: &Private,
    ) -> Result<Reply, RequestError> {
        let from = self.people.get(requester.person).ok_or_else(has_left)?;
        if from.is_demo() {
            return Err(forbidden("A demo connection has no private messages."));
        }
        if to == HOSTS {
            return self.ask_hosts(requester, message);
        }
        let target = self
            .people
            .by_id(to)
            .ok_or_else(RequestError::unknown_user)?;
        self.whisper_to(requester, target, message)
    }

    /// A person writes to one other person.
    fn whisper_to(
        &mut self,
        requester: &Requester,
        target_key: PersonKey,
        message: &Private,
    ) -> Result<Reply, RequestError> {
        let from = self.people.get(requester.person).ok_or_else(has_left)?;
        // A guest whose lesson has ended may never come back, and the message would reach nobody.
        let target = self
            .people
            .get(target_key)
            .filter(|person| !person.is_gone)
            .ok_or_else(RequestError::unknown_user)?;
        // A person who leads rooms that the other one is not in has no authority over the other one.
        let (here, there) = (self.rooms_of(from), self.rooms_of(target));
        let regard =
            |person: &Person, rooms: &[&str]| person.role_in_any(rooms).unwrap_or_default();
        let (shown_from, shown_to) = (regard(from, &there), regard(target, &here));
        let grant = self.grant(requester)?;
        let leads = there.iter().any(|room| grant.reach.covers(room));
        let role = if leads {
            grant.role
        } else {
            grant.role.min(Role::Member)
        };
        self.may_as(role, requester, Action::Whisper(shown_to), None)?;
        let listens = |(_, grant): (_, &Grant)| grant.role > Role::Observer;
        if target.is_demo() || !target.held().any(listens) {
            return Err(forbidden("Who only watches gets no private messages."));
        }
        let room = message.room.as_deref();
        let room = room.map(|room| self.joined(requester.slot, room));
        let kept = self.room_between(requester, room.transpose()?, target, &there)?;
        let teaches = kept.is_some() && grant.role == Role::Host;
        if message.shared && !(teaches && target_key != requester.person) {
            return Err(forbidden("Only a host answers for all who teach."));
        }
        if let Some(room) = kept {
            return self.keep_whisper(requester, room, Some(target_key), message);
        }
        if target.connections.is_empty() {
            let message = format!("{} is not here now; nothing was sent.", target.author.name);
            return Err(RequestError::new(ErrorCode::NotHere, message));
        }
        let (from, to) = (from.signature(shown_from), target.signature(shown_to));
        let info = WhisperInfo::passing(from, to, &message.text, self.now);
        let frame = ServerMessage::Whisper(info).frame();
        self.pass_on(requester, target_key, &frame)
    }

    /// Gives a private message that nothing keeps to the connections of both persons.
    fn pass_on(
        &mut self,
        requester: &Requester,
        target_key: PersonKey,
        frame: &[u8],
    ) -> Result<Reply, RequestError> {
        self.deliver(target_key, frame, requester.slot, None);
        if target_key != requester.person {
            self.deliver(requester.person, frame, requester.slot, None);
        }
        self.conclude_private(requester, false);
        Ok(Reply::AckAt(self.now))
    }

    /// A person asks those who teach in a room.
    fn ask_hosts(
        &mut self,
        requester: &Requester,
        message: &Private,
    ) -> Result<Reply, RequestError> {
        self.may(requester, Action::Whisper(Role::Host), None)?;
        if message.shared {
            return Err(forbidden("`shared` is for an answer to one person."));
        }
        let room = match &message.room {
            Some(room) => self.joined(requester.slot, room)?,
            None => {
                let session = self.outgoing.session(requester.slot);
                let first = session.and_then(|session| session.rooms.first().copied());
                let join = "Join a room first: those who teach there are asked.";
                first.ok_or_else(|| RequestError::new(ErrorCode::NotInRoom, join))?
            }
        };
        self.keep_whisper(requester, room, None, message)
    }

    /// The room to which a message between the two belongs, if one of them leads there: the one that
    /// was asked for, or else the first where the sender is, or the other one.
    fn room_between(
        &self,
        requester: &Requester,
        asked: Option<RoomKey>,
        target: &Person,
        there: &[&str],
    ) -> Result<Option<RoomKey>, RequestError> {
        let grant = self.grant(requester)?;
        let leads = |key: &RoomKey| {
            let name = &*self.rooms.get(*key).name;
            let reached = target.role_in_any(&[name]);
            let led = grant.leads() || reached.is_some_and(|role| role >= Role::Moderator);
            grant.reach.covers(name) && reached.is_some() && led
        };
        if asked.is_some() {
            return Ok(asked.filter(leads));
        }
        let session = self.outgoing.session(requester.slot);
        let own = session.iter().flat_map(|session| &session.rooms).copied();
        let others = there.iter().filter_map(|name| self.rooms.find(name));
        let is_there = |key: &RoomKey| there.contains(&&*self.rooms.get(*key).name);
        let both = own.clone().filter(is_there);
        Ok(both.chain(own).chain(others).find(leads))
    }

    /// Keeps a private message, and gives it to those of the other side who are here. `to`: the person,
    /// or everybody who teaches in the room.
    fn keep_whisper(
        &mut self,
        requester: &Requester,
        room: RoomKey,
        to: Option<PersonKey>,
        message: &Private,
    ) -> Result<Reply, RequestError> {
        // Not before is it known in which room it is said.
        self.may(requester, Action::Whisper(Role::Host), Some(room))?;
        let need = match self.grant(requester)?.leads() {
            true => Need::Leaders,
            false => Need::Everybody,
        };
        self.check_records(need)?;
        let name = Arc::clone(&self.rooms.get(room).name);
        let from = self.acting(requester).ok_or_else(has_left)?;
        let target = to.and_then(|key| self.people.get(key));
        let target = target.map(|person| Arc::clone(person.author_in(&name).0));
        let conversation = match &target {
            None => Conversation::with_hosts(&from.sub),
            Some(target) if message.shared => Conversation::with_hosts(&target.sub),
            Some(target) => Conversation::between(&from.sub, &target.sub),
        };
        let at = self.now;
        let whisper = Whisper {
            id: self.whispers.number(),
            room: Arc::clone(&name),
            conversation,
            from,
            to: target,
            text: message.text.clone(),
            at,
        };
        let frame = ServerMessage::Whisper(private::info(&whisper)).frame();
        match self.store.is_some() {
            true => self.note(|| Note::Whisper(Box::new(whisper))),
            false => self.whispers.keep(whisper),
        }
        let teachers = to.is_none() || message.shared;
        let reached = self.deliver_kept(requester, &name, (to, teachers), &frame);
        Ok(self.conclude_private(requester, reached == 0))
    }

    /// Sends a private message that is kept to both sides. Returns to how many connections of the other
    /// side.
    fn deliver_kept(
        &mut self,
        requester: &Requester,
        room: &str,
        (to, teachers): (Option<PersonKey>, bool),
        frame: &[u8],
    ) -> usize {
        let mut reached = 0;
        if let Some(to) = to {
            reached += self.deliver(to, frame, requester.slot, Some(room));
        }
        if to != Some(requester.person) {
            self.deliver(requester.person, frame, requester.slot, Some(room));
        }
        if teachers {
            reached += self.deliver_to_hosts(frame, (requester.person, to), room);
        }
        reached
    }

    /// Acknowledges something private, and a retry of it in the same way. `waits`: nobody of the other
    /// side is here.
    pub(super) fn conclude_private(&mut self, requester: &Requester, waits: bool) -> Reply {
        let at = self.now;
        self.remember(requester, Acked::Private(at, waits));
        Reply::Private { at, waits }
    }

    /// Sends a private message to the connections of a person, but not to `except`, nor to those that
    /// only watch or are for other rooms. Returns to how many.
    fn deliver(&mut self, key: PersonKey, frame: &[u8], except: Slot, room: Option<&str>) -> usize {
        let Some(person) = self.people.get(key) else {
            return 0;
        };
        let gets = |slot: &Slot| {
            let session = self.outgoing.session(*slot);
            session.is_some_and(|session| {
                let grant = &session.grant;
                let here = room.is_none_or(|room| grant.reach.covers(room));
                *slot != except && here && grant.role > Role::Observer
            })
        };
        let connections = person.connections.iter();
        let slots = connections.filter_map(|&client| self.outgoing.slot(client));
        let slots: Vec<Slot> = slots.filter(gets).collect();
        for &slot in &slots {
            self.outgoing.send_frame(slot, frame);
        }
        slots.len()
    }

    /// Sends a private message to everybody who teaches in the room, but to neither of its two persons:
    /// they have it. Returns to how many connections.
    fn deliver_to_hosts(
        &mut self,
        frame: &[u8],
        (from, to): (PersonKey, Option<PersonKey>),
        room: &str,
    ) -> usize {
        let mut slots = Vec::new();
        for (key, person) in self.people.iter() {
            if key == from || Some(key) == to || person.is_demo() {
                continue;
            }
            let held = person.held();
            let teach = held.filter(|(_, g)| g.role == Role::Host && g.reach.covers(room));
            slots.extend(teach.filter_map(|(client, _)| self.outgoing.slot(client)));
        }
        for &slot in &slots {
            self.outgoing.send_frame(slot, frame);
        }
        slots.len()
    }
}

pub(super) fn forbidden(message: &'static str) -> RequestError {
    RequestError::new(ErrorCode::Forbidden, message)
}
