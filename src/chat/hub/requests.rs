//! What a client asks, answered: one function per request, each through the gate first.
//!
//! What becomes an event of a room is in `publish.rs`, what reads older ones in `history.rs`.

use super::Hub;
use crate::auth::token::Claims;
use crate::chat::event::ServerMessage;
use crate::chat::gate::{self, Action};
use crate::chat::message::{ErrorCode, Fingerprint, Request, RequestEnvelope, RequestError};
use crate::chat::person::Seen;
use crate::model::ids::PersonKey;
use crate::model::ids::RoomKey;
use crate::model::json::Json;
use crate::model::time::Millis;
use crate::support::token_bucket::RateVerdict;
use crate::websocket::close;
use std::sync::Arc;

/// Who asks, and the `ref` of what they ask.
#[derive(Debug, Clone)]
pub(super) struct Asker {
    /// The connection's place.
    pub slot: usize,
    /// The person.
    pub person: PersonKey,
    /// Echoed in the answer.
    pub reference: Option<Json>,
    /// Recognises a repeated request that must not happen twice.
    pub print: Option<Fingerprint>,
}

/// What a request that succeeded still has to be told.
pub(super) enum Reply {
    /// `ack {ref}`, if a `ref` was given.
    Ack,
    /// `ack {ref, room}`, likewise.
    AckRoom(RoomKey),
    /// `ack {ref, at}`, likewise.
    AckAt(Millis),
    /// The answer is on its way already, or will come.
    Told,
}

impl Hub {
    /// One request of one client.
    pub(super) fn answer(&mut self, slot: usize, asked: RequestEnvelope) {
        let Some(person) = self.slots[slot].as_ref().map(|c| c.person) else {
            return;
        };
        let RequestEnvelope {
            reference,
            print,
            request,
        } = asked;
        if !self.pace(slot, person, gate::cost(&request), reference.as_ref()) {
            return;
        }
        let asker = Asker {
            slot,
            person,
            reference,
            print,
        };
        let result = request.and_then(|request| self.serve(&asker, request));
        self.conclude(&asker, result);
    }

    /// Tells how it went, if that has not been told.
    pub(super) fn conclude(&mut self, asker: &Asker, result: Result<Reply, RequestError>) {
        let Asker {
            slot, reference, ..
        } = asker;
        let answer = match result {
            Ok(answer) => answer,
            Err(refusal) => return self.refuse(*slot, reference.as_ref(), &refusal),
        };
        let Some(reference) = reference else {
            return;
        };
        let (room, at) = match answer {
            Reply::Told => return,
            Reply::Ack => (None, None),
            Reply::AckRoom(key) => (Some(Arc::clone(&self.rooms[key].name)), None),
            Reply::AckAt(at) => (None, Some(at)),
        };
        let room = room.as_deref();
        let ack = ServerMessage::Ack {
            reference,
            room,
            at,
        };
        self.send_event(*slot, &ack);
    }

    fn serve(&mut self, asker: &Asker, request: Request) -> Result<Reply, RequestError> {
        // Before the gate: who was muted meanwhile still learns that the message is there.
        if let Some(answer) = self.was_done(asker)? {
            return Ok(answer);
        }
        match request {
            Request::Send {
                room,
                text,
                reply_to,
            } => self.send(asker, &room, text, reply_to),
            Request::Edit { room, seq, text } => self.edit(asker, &room, seq, text),
            Request::Delete { room, seq, purge } => self.delete(asker, &room, seq, purge),
            Request::React { room, seq, emoji } => self.react(asker, &room, seq, emoji),
            Request::Typing { room } => self.typing(asker, &room),
            Request::Whisper { to, text } => self.whisper(asker, &to, &text),
            Request::Join { room, since } => {
                let key =
                    self.enter(asker.slot, &room, since.as_ref(), asker.reference.as_ref())?;
                Ok(Reply::AckRoom(key))
            }
            Request::Leave { room } => self.leave(asker, &room),
            Request::History {
                room,
                before,
                limit,
            } => self.history(asker, &room, before, limit),
            Request::Search {
                room,
                query,
                before,
                limit,
            } => self.search(asker, &room, query, before, limit),
            Request::Renew(claims) => self.renew(asker, *claims),
            Request::Moderate(action) => self.moderate(asker, action),
            Request::Auth { .. } => Err(RequestError::new(
                ErrorCode::Unauthorized,
                "The token was not verified.",
            )),
        }
    }

    /// What this very request was told when it was done before, if it was: it is told again.
    pub(super) fn was_done(&mut self, asker: &Asker) -> Result<Option<Reply>, RequestError> {
        let (Some(reference), Some(print)) = (&asker.reference, asker.print) else {
            return Ok(None);
        };
        match self
            .people
            .get(asker.person)
            .map(|p| p.refs.check(print, self.now))
        {
            Some(Seen::Again((Some((room, seq)), at))) => {
                self.acknowledge(asker.slot, reference.clone(), room, seq, at);
                Ok(Some(Reply::Told))
            }
            Some(Seen::Again((None, at))) => Ok(Some(Reply::AckAt(at))),
            Some(Seen::Reused) => {
                let message = "This `ref` was used for something else; take a new one.";
                Err(RequestError::new(ErrorCode::RefReused, message))
            }
            Some(Seen::New) | None => Ok(None),
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
        let Some(person) = self.people.get_mut(person) else {
            return false;
        };
        match person.allowance.take(cost, self.now) {
            RateVerdict::Allowed => return true,
            RateVerdict::TooFast(wait) => {
                let message =
                    format!("Too much at once. Wait {wait} s; whoever goes on is disconnected.");
                let refusal = RequestError::new(ErrorCode::RateLimited, message).after(wait);
                self.refuse(slot, reference, &refusal);
            }
            RateVerdict::Flood => {
                self.flush();
                let reason = "flooding: too many messages, come back later";
                self.close(slot, close::Code::FLOODING, reason);
            }
        }
        false
    }

    /// The room of that name, if this connection is in it.
    pub(super) fn joined(&self, slot: usize, name: &str) -> Result<RoomKey, RequestError> {
        // A connection is in few rooms: comparing their names is faster than looking one up.
        let mut own = self.slots[slot].iter().flat_map(|c| &c.rooms);
        match own.find(|&&key| *self.rooms[key].name == *name) {
            Some(&key) => Ok(key),
            None if self.room_of.contains_key(name) => Err(RequestError::new(
                ErrorCode::NotInRoom,
                "Join the room first.",
            )),
            None => Err(RequestError::new(
                ErrorCode::UnknownRoom,
                "There is no such room.",
            )),
        }
    }

    /// Asks the gate.
    pub(super) fn may(
        &self,
        person: PersonKey,
        action: Action,
        room: Option<RoomKey>,
    ) -> Result<(), RequestError> {
        let Some(person) = self.people.get(person) else {
            return Err(RequestError::new(ErrorCode::Forbidden, "Nobody asks."));
        };
        let room = room.map(|key| (self.rooms[key].rules, person.spoke_in(key)));
        gate::may(person.standing(), action, self.policy(), room, self.now)
    }

    fn typing(&mut self, asker: &Asker, room: &str) -> Result<Reply, RequestError> {
        let key = self.joined(asker.slot, room)?;
        self.may(asker.person, Action::Gesture, Some(key))?;
        let Some(author) = self.people.get(asker.person) else {
            return Ok(Reply::Ack);
        };
        let frame = ServerMessage::Typing {
            room,
            from: author.signature(),
        }
        .frame();
        let range = self.broadcast_transient(key, &frame);
        if let Some(connected) = self.slots[asker.slot].as_mut() {
            connected.wrote.push((key, range));
            self.dirty_slots.push(asker.slot);
        }
        Ok(Reply::Ack)
    }

    fn whisper(&mut self, asker: &Asker, to: &str, text: &Json) -> Result<Reply, RequestError> {
        let unknown = || RequestError::new(ErrorCode::UnknownUser, "Nobody here has that id.");
        let target_key = self.people.by_id(to).ok_or_else(unknown)?;
        let target = self.people.get(target_key).ok_or_else(unknown)?;
        let from = self.people.get(asker.person).ok_or_else(unknown)?;
        self.may(asker.person, Action::Whisper(target.author.role), None)?;
        if target.connections.is_empty() {
            let message = format!("{} is not here now; nothing was sent.", target.author.name);
            return Err(RequestError::new(ErrorCode::NotHere, message));
        }
        let (from, to, at) = (from.signature(), target.signature(), self.now);
        let frame = ServerMessage::Whisper { from, to, text, at }.frame();
        self.send_to_person(target_key, &frame, Some(asker.slot));
        if target_key != asker.person {
            self.send_to_person(asker.person, &frame, Some(asker.slot));
        }
        if let (Some(print), Some(person)) = (asker.print, self.people.get_mut(asker.person)) {
            person.refs.remember(print, (None, at));
        }
        Ok(Reply::AckAt(at))
    }

    fn leave(&mut self, asker: &Asker, room: &str) -> Result<Reply, RequestError> {
        let key = self.joined(asker.slot, room)?;
        self.flush();
        self.leave_room(asker.slot, key);
        Ok(Reply::AckRoom(key))
    }

    fn leave_room(&mut self, slot: usize, key: RoomKey) {
        if let Some(connected) = self.slots[slot].as_mut() {
            connected.rooms.retain(|&room| room != key);
            connected.behind.retain(|(room, _)| *room != key);
            let (person, id) = (connected.person, connected.client.id);
            self.left_room(slot, id, person, key);
        }
    }

    /// A connection goes on with a new token of the same person.
    fn renew(&mut self, asker: &Asker, claims: Claims) -> Result<Reply, RequestError> {
        if self.is_of_old_lesson(&claims) {
            let message = "That lesson has ended; join again.";
            return Err(RequestError::new(ErrorCode::Unauthorized, message));
        }
        let holder = self.people.get(asker.person);
        let Some(holder) = holder.filter(|p| *p.author.sub == *claims.sub) else {
            return Err(RequestError::new(
                ErrorCode::Unauthorized,
                "That token is somebody else's.",
            ));
        };
        let promoted = holder.author.role != claims.role;
        self.people.promote(asker.person, claims.role);
        if let Some(connected) = self.slots[asker.slot].as_mut() {
            connected.expires = claims.exp;
            connected.told_of_expiry = false;
            connected.allowed = claims.rooms;
        }
        self.watch_token(asker.slot);
        if promoted {
            self.changed(asker.person);
        }
        let rooms = self.slots[asker.slot].as_ref().map(|c| c.rooms.clone());
        for key in rooms.unwrap_or_default() {
            if !self.is_allowed(asker.slot, &self.rooms[key].name) {
                self.flush();
                self.leave_room(asker.slot, key);
            }
        }
        Ok(Reply::Ack)
    }
}
