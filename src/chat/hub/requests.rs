//! What a client asks, answered: one function per request, each through the gate first.

use super::Hub;
use crate::auth::token::Claims;
use crate::chat::event::{self, Event};
use crate::chat::gate::{self, Action, Pace};
use crate::chat::message::{Asked, Code, Fingerprint, Json, MAX_PAGE, Refusal, Request};
use crate::chat::person::{PersonKey, Seen};
use crate::chat::room::RoomKey;
use crate::websocket::{close, frame};
use serde_json::value::RawValue;

/// What a request that succeeded still has to be told.
enum Answer {
    /// `ack {ref}`, if a `ref` was given.
    Ack,
    /// `ack {ref, room}`, likewise.
    AckRoom(RoomKey),
    /// The answer is on its way already.
    Told,
}

impl Hub {
    /// One request of one client.
    pub(super) fn answer(&mut self, slot: usize, asked: Asked) {
        let Some(person) = self.slots[slot].as_ref().map(|c| c.person) else {
            return;
        };
        let Asked { reference, request } = asked;
        let reference = reference.as_ref();
        if !self.pace(slot, person, gate::cost(&request), reference) {
            return;
        }
        let result = request.and_then(|request| match request {
            Request::Send {
                room,
                text,
                reply_to,
                fingerprint,
            } => self.send(
                slot,
                person,
                &room,
                &text,
                reply_to,
                reference.zip(fingerprint),
            ),
            Request::Typing { room } => self.typing(slot, person, &room),
            Request::Whisper { to, text } => self.whisper(slot, person, &to, &text, reference),
            Request::Join { room, since } => {
                self.enter(slot, &room, since.as_ref(), reference)?;
                self.room_of
                    .get(&room)
                    .map_or(Ok(Answer::Ack), |&key| Ok(Answer::AckRoom(key)))
            }
            Request::Leave { room } => self.leave(slot, person, &room),
            Request::History {
                room,
                before,
                limit,
            } => self.history(slot, &room, before, limit, reference),
            Request::Renew(claims) => self.renew(slot, person, *claims),
            Request::Moderate(action) => self.moderate(person, action).map(|()| Answer::Ack),
            Request::Auth { .. } => Err(Refusal::new(
                Code::Unauthorized,
                "The token was not verified.",
            )),
        });
        let Some(ack) = reference else {
            return result
                .err()
                .iter()
                .for_each(|refusal| self.refuse(slot, None, refusal));
        };
        match result {
            Ok(Answer::Told) => {}
            Ok(Answer::Ack) => self.tell(
                slot,
                &Event::Ack {
                    reference: ack,
                    room: None,
                    at: None,
                },
            ),
            Ok(Answer::AckRoom(key)) => {
                let room = self.rooms[key].name.clone();
                self.tell(
                    slot,
                    &Event::Ack {
                        reference: ack,
                        room: Some(&room),
                        at: None,
                    },
                );
            }
            Err(refusal) => self.refuse(slot, reference, &refusal),
        }
    }

    /// Takes the cost from the person's allowance. False: refused, and told so.
    pub(super) fn pace(
        &mut self,
        slot: usize,
        person: PersonKey,
        cost: f64,
        reference: Option<&Json>,
    ) -> bool {
        let limits = &self.config.limits;
        let (rate, burst) = (limits.messages_per_second, limits.burst as f64);
        let Some(person) = self.people.get_mut(person) else {
            return false;
        };
        match person.allowance.take(cost, rate, burst, self.now) {
            Pace::Fine => return true,
            Pace::TooFast(wait) => {
                let message =
                    format!("Too much at once. Wait {wait} s; whoever goes on is disconnected.");
                self.refuse(
                    slot,
                    reference,
                    &Refusal::new(Code::RateLimited, message).after(wait),
                );
            }
            Pace::Flood => {
                self.flush();
                self.close(
                    slot,
                    close::Code::FLOODING,
                    "flooding: too many messages, come back later",
                );
            }
        }
        false
    }

    /// The room of that name, if this connection is in it.
    fn joined(&self, slot: usize, name: &str) -> Result<RoomKey, Refusal> {
        let key = self.room_of.get(name).copied();
        let key = key.ok_or_else(|| Refusal::new(Code::UnknownRoom, "There is no such room."))?;
        match self.slots[slot]
            .as_ref()
            .is_some_and(|c| c.rooms.contains(&key))
        {
            true => Ok(key),
            false => Err(Refusal::new(Code::NotInRoom, "Join the room first.")),
        }
    }

    /// Asks the gate about something in a room.
    fn may(&self, person: PersonKey, action: Action, room: Option<RoomKey>) -> Result<(), Refusal> {
        let Some(person) = self.people.get(person) else {
            return Ok(());
        };
        let room = room.map(|key| (self.rooms[key].rules, person.spoke_in(key)));
        gate::may(person.standing(), action, self.policy(), room, self.now)
    }

    fn send(
        &mut self,
        slot: usize,
        person: PersonKey,
        room: &str,
        text: &Json,
        reply_to: Option<u64>,
        reference: Option<(&Json, Fingerprint)>,
    ) -> Result<Answer, Refusal> {
        let key = self.joined(slot, room)?;
        // Before the gate: who was muted meanwhile still learns that the message is there.
        if let Some((reference, print)) = reference
            && let Some(seen) = self
                .people
                .get(person)
                .map(|p| p.refs.check(print, self.now))
        {
            match seen {
                Seen::New => {}
                Seen::Again { seq, at } => {
                    self.ack_send(slot, reference, key, seq, at);
                    return Ok(Answer::Told);
                }
                Seen::Reused => {
                    let message = "This `ref` was used for something else; take a new one.";
                    return Err(Refusal::new(Code::RefReused, message));
                }
            }
        }
        self.may(person, Action::Speak, Some(key))?;
        if reply_to.is_some_and(|seq| seq == 0 || seq > self.rooms[key].log.head()) {
            return Err(Refusal::new(
                Code::NotFound,
                "There is no message to reply to.",
            ));
        }
        self.mark_dirty(key);
        let now = self.now;
        let Some(connected) = self.slots[slot].as_mut() else {
            return Ok(Answer::Told);
        };
        let Some(person) = self.people.get_mut(person) else {
            return Ok(Answer::Told);
        };
        let id = connected.client.id;
        let (seq, range) = self.rooms[key].say(id, &person.from, text, reply_to, now);
        connected.wrote.push((key, range));
        self.dirty_slots.push(slot);
        if self.rooms[key].rules.slow > 0 {
            person.speaks_in(key, now);
        }
        if let Some((reference, print)) = reference {
            person.refs.remember(print, seq, now);
            self.ack_send(slot, reference, key, seq, now);
        }
        Ok(Answer::Told)
    }

    fn ack_send(&mut self, slot: usize, reference: &Json, key: RoomKey, seq: u64, at: u64) {
        if let Some(connected) = self.slots[slot].as_mut() {
            let room = &self.rooms[key].quoted;
            event::put_send_ack(&mut connected.replies, reference, room, seq, at);
            self.dirty_slots.push(slot);
        }
    }

    fn typing(&mut self, slot: usize, person: PersonKey, room: &str) -> Result<Answer, Refusal> {
        let key = self.joined(slot, room)?;
        self.may(person, Action::Type, Some(key))?;
        let Some(author) = self.people.get(person) else {
            return Ok(Answer::Ack);
        };
        let frame = Event::Typing {
            room,
            from: author.author(),
        }
        .frame();
        let range = self.mention(key, &frame);
        if let Some(connected) = self.slots[slot].as_mut() {
            connected.wrote.push((key, range));
            self.dirty_slots.push(slot);
        }
        Ok(Answer::Ack)
    }

    fn whisper(
        &mut self,
        slot: usize,
        person: PersonKey,
        to: &str,
        text: &Json,
        reference: Option<&Json>,
    ) -> Result<Answer, Refusal> {
        let unknown = || Refusal::new(Code::UnknownUser, "Nobody here has that id.");
        let target_key = self.people.by_id(to).ok_or_else(unknown)?;
        let (Some(from), Some(target)) = (self.people.get(person), self.people.get(target_key))
        else {
            return Err(unknown());
        };
        self.may(person, Action::Whisper(target.role), None)?;
        if target.connections.is_empty() {
            let message = format!("{} is not here now; nothing was sent.", target.name);
            return Err(Refusal::new(Code::NotHere, message));
        }
        let (from, to) = (from.author(), target.author());
        let frame = Event::Whisper {
            from,
            to,
            text,
            at: self.now,
        }
        .frame();
        self.tell_person(target_key, &frame, Some(slot));
        if target_key != person {
            self.tell_person(person, &frame, Some(slot));
        }
        if let Some(reference) = reference {
            self.tell(
                slot,
                &Event::Ack {
                    reference,
                    room: None,
                    at: Some(self.now),
                },
            );
        }
        Ok(Answer::Told)
    }

    fn leave(&mut self, slot: usize, person: PersonKey, room: &str) -> Result<Answer, Refusal> {
        let key = self.joined(slot, room)?;
        self.flush();
        if let Some(connected) = self.slots[slot].as_mut() {
            connected.rooms.retain(|&room| room != key);
            self.left_room(slot, person, key);
        }
        Ok(Answer::AckRoom(key))
    }

    fn history(
        &mut self,
        slot: usize,
        room: &str,
        before: Option<u64>,
        limit: Option<u32>,
        reference: Option<&Json>,
    ) -> Result<Answer, Refusal> {
        let key = self.joined(slot, room)?;
        self.flush();
        let log = &self.rooms[key].log;
        let before = before.unwrap_or(log.head() + 1);
        let (entries, more) = log.before(before, limit.unwrap_or(MAX_PAGE) as usize);
        // What was sent once is quoted as it is.
        let quoted = |frame| serde_json::from_slice::<&RawValue>(frame::payload(frame)).ok();
        let messages: Vec<&RawValue> = entries.filter_map(|e| quoted(&e.frame)).collect();
        let page = Event::History {
            reference,
            room,
            messages,
            more,
        }
        .frame();
        self.pass(slot, &page);
        Ok(Answer::Ack)
    }

    /// A connection goes on with a new token of the same person.
    fn renew(&mut self, slot: usize, person: PersonKey, claims: Claims) -> Result<Answer, Refusal> {
        let other = || Refusal::new(Code::Unauthorized, "That token is somebody else's.");
        let holder = self
            .people
            .get_mut(person)
            .filter(|p| *p.sub == *claims.sub);
        let holder = holder.ok_or_else(other)?;
        let promoted = holder.role != claims.role;
        holder.promote(claims.role);
        if let Some(connected) = self.slots[slot].as_mut() {
            connected.expires = claims.exp;
            connected.told_of_expiry = false;
            connected.allowed = claims.rooms;
            let forbidden = connected.allowed.iter().flat_map(|allowed| {
                let name = |key: RoomKey| &*self.rooms[key].name;
                let rooms = connected.rooms.iter().copied();
                rooms.filter(move |&key| !allowed.iter().any(|a| **a == *name(key)))
            });
            for key in forbidden.collect::<Vec<_>>() {
                let room = self.rooms[key].name.clone();
                self.leave(slot, person, &room)?;
            }
        }
        self.watch_token(slot);
        if promoted {
            self.changed(person);
        }
        Ok(Answer::Ack)
    }
}
