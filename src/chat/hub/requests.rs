//! The requests of clients: who makes them, what they cost, which function serves each, and what
//! the requester is told.
//!
//! What becomes an event of a room is in `publish.rs`, what reads older events in `history.rs`.

use super::Hub;
use super::context::{Reply, Requester};
use crate::chat::event::ServerMessage;
use crate::chat::gate::{self, Action, Standing};
use crate::chat::grant::Grant;
use crate::chat::message::{ErrorCode, Request, RequestEnvelope, RequestError};
use crate::chat::person::Person;
use crate::chat::refs::{Acked, Seen};
use crate::model::ids::{ClientId, PersonKey, RoomKey, Slot};
use crate::model::json::Json;
use crate::model::role::Role;
use crate::support::token_bucket::RateVerdict;
use crate::websocket::close;

/// The token is for other rooms.
pub(super) const NOT_FOR_THIS_ROOM: &str = "Your token is not for this room.";

impl Hub {
    /// One request of one client.
    pub(super) fn on_request(&mut self, client: ClientId, envelope: RequestEnvelope) {
        // Looked up for each request: one can end its own connection.
        let Some(slot) = self.outgoing.slot(client) else {
            return;
        };
        let Some(person) = self.outgoing.session(slot).map(|session| session.person) else {
            return;
        };
        let RequestEnvelope {
            reference,
            print,
            cost,
            request,
        } = envelope;
        if !self.charge(slot, person, cost, reference.as_ref()) {
            return;
        }
        let requester = Requester {
            slot,
            person,
            reference,
            print,
        };
        let result = request.and_then(|request| self.serve(&requester, request));
        self.conclude(&requester, result);
    }

    /// Sends the `ack` or the `error`, unless the answer was sent already.
    pub(super) fn conclude(&mut self, requester: &Requester, result: Result<Reply, RequestError>) {
        let reference = requester.reference.as_ref();
        let reply = match result {
            Ok(reply) => reply,
            Err(refusal) => return self.refuse(requester.slot, reference, &refusal),
        };
        if let Reply::Unchanged(key) = reply {
            return self.acknowledge_unchanged(requester, key);
        }
        if let Reply::Waits(key, id) = reply {
            return self.acknowledge_waiting(requester, key, id);
        }
        let Some(reference) = reference else {
            return;
        };
        let (room, at) = match reply {
            Reply::Sent | Reply::Unchanged(_) | Reply::Waits(..) => return,
            Reply::Ack => (None, None),
            Reply::Stored => return self.acknowledge_stored(requester.slot, reference),
            Reply::AckRoom(key) => (Some(&*self.rooms.get(key).name), None),
            Reply::AckAt(at) => (None, Some(at)),
            Reply::Private { at, waits } => {
                let acked = Acked::Private(at, waits);
                return self.acknowledge_when_stored(requester.slot, reference, acked);
            }
        };
        let ack = ServerMessage::Ack {
            reference,
            room,
            at,
        };
        self.outgoing.send_event(requester.slot, &ack);
    }

    fn serve(&mut self, requester: &Requester, request: Request) -> Result<Reply, RequestError> {
        // Before the gate: somebody who was muted meanwhile still learns that the message is there.
        if let Some(reply) = self.earlier_reply(requester)? {
            return Ok(reply);
        }
        match request {
            Request::Send {
                room,
                text,
                reply_to,
            } => self.send(requester, &room, text, reply_to),
            Request::Edit { room, seq, text } => self.edit(requester, &room, seq, text),
            Request::Delete { room, seq, purge } => self.delete(requester, &room, seq, purge),
            Request::React { room, seq, emoji } => self.react(requester, &room, seq, emoji),
            Request::Typing { room } => self.typing(requester, &room),
            Request::Whisper { to, message } => self.whisper(requester, &to, &message),
            Request::Report { room, reported } => self.report(requester, &room, reported),
            Request::Reports => self.list_reports(requester),
            Request::Whispers { with, before } => {
                self.read_whispers(requester, with.as_deref(), before)
            }
            Request::Join { room, since } => {
                let reference = requester.reference.as_ref();
                let key = self.join(requester.slot, &room, since.as_ref(), reference)?;
                Ok(Reply::AckRoom(key))
            }
            Request::Leave { room } => self.leave(requester, &room),
            Request::History {
                room,
                before,
                limit,
                lesson,
            } => self.history(requester, &room, (before, limit), lesson),
            Request::Lessons { room } => self.list_lessons(requester, &room),
            Request::Search {
                room,
                query,
                before,
                limit,
                lesson,
            } => self.search(requester, &room, query, (before, limit), lesson),
            Request::Renew(claims) => self.renew(requester, &claims),
            Request::Hand {
                room,
                up,
                question,
                anonymous,
            } => self.hand(requester, &room, up, question, anonymous),
            Request::Second { room, hand, on } => self.second(requester, &room, hand, on),
            Request::Moderate(action) => self.moderate(requester, action),
            Request::Sanctions => self.list_sanctions(requester),
            Request::Poll { room, asked } => self.open_poll(requester, &room, asked),
            Request::Vote {
                room,
                poll,
                choices,
            } => self.vote(requester, &room, poll, choices),
            Request::Approvals { room, after } => self.list_approvals(requester, &room, after),
        }
    }

    /// The earlier answer, if this request is a retry.
    pub(super) fn earlier_reply(
        &mut self,
        requester: &Requester,
    ) -> Result<Option<Reply>, RequestError> {
        let person = self.people.get(requester.person);
        let asked = (&requester.reference, requester.print, person);
        let (Some(reference), Some(print), Some(person)) = asked else {
            return Ok(None);
        };
        match person.refs.check(print, self.clock) {
            Seen::Again(acked) => {
                self.acknowledge_when_stored(requester.slot, reference, acked);
                Ok(Some(Reply::Sent))
            }
            Seen::Reused => Err(ref_reused()),
            Seen::New => self.earlier_waiting(person, print),
        }
    }

    /// Takes the cost of a request from the person's token bucket. False: refused, and told so.
    pub(super) fn charge(
        &mut self,
        slot: Slot,
        person: PersonKey,
        cost: f64,
        reference: Option<&Json>,
    ) -> bool {
        let Some(pace) = self.people.pace_mut(person) else {
            return false;
        };
        match pace.allowance.take(cost, self.clock) {
            RateVerdict::Allowed => return true,
            RateVerdict::TooFast(wait) => {
                let message =
                    format!("Too many requests. Wait {wait} s, or you will be disconnected.");
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
    pub(super) fn joined(&self, slot: Slot, name: &str) -> Result<RoomKey, RequestError> {
        // A connection is in few rooms: comparing their names is faster than looking one up.
        let session = self.outgoing.session(slot);
        let mut own = session.iter().flat_map(|session| &session.rooms);
        match own.find(|&&key| *self.rooms.get(key).name == *name) {
            Some(&key) => Ok(key),
            None if session.is_some_and(|it| it.only_posts) => self.room_to_post_in(slot, name),
            None if self.rooms.find(name).is_some() => {
                let message = match session.is_some_and(|session| session.may_enter(name)) {
                    true => "Join the room first.",
                    false => NOT_FOR_THIS_ROOM,
                };
                Err(RequestError::new(ErrorCode::NotInRoom, message))
            }
            None => Err(RequestError::unknown_room()),
        }
    }

    /// Asks the gate, with the role that the requester's own token has.
    pub(super) fn may(
        &self,
        requester: &Requester,
        action: Action,
        room: Option<RoomKey>,
    ) -> Result<(), RequestError> {
        let role = self.grant(requester)?.role;
        self.may_as(role, requester, action, room)
    }

    /// Asks the gate for a requester who has this role there.
    pub(super) fn may_as(
        &self,
        role: Role,
        requester: &Requester,
        action: Action,
        room: Option<RoomKey>,
    ) -> Result<(), RequestError> {
        let person = self.people.get(requester.person).ok_or_else(has_left)?;
        let room = room.map(|key| (key, self.rooms.get(key)));
        let name = room.map(|(_, room)| &*room.name);
        let reach = &self.grant(requester)?.reach;
        let standing = Standing {
            role,
            everywhere: reach.is_everywhere(),
            muted: person.muted_in(name),
            over: self.is_over(name, reach),
        };
        let room = room.map(|(key, room)| {
            // Without slow mode it does not matter when they last spoke.
            let spoke = match room.rules.slow {
                0 => None,
                _ => self.people.pace_of(person).spoke_in(key),
            };
            (room.rules, spoke)
        });
        gate::may(standing, action, self.policy(), room, self.clock)
    }

    /// What the requester's own token grants.
    pub(super) fn grant(&self, requester: &Requester) -> Result<&Grant, RequestError> {
        let session = self.outgoing.session(requester.slot);
        Ok(&session.ok_or_else(has_left)?.grant)
    }

    /// Notes that the requester has spoken, for slow mode and for those who lead the room.
    pub(super) fn spoke(&mut self, requester: &Requester, key: RoomKey) {
        self.note_been(requester, key);
        if self.rooms.get(key).rules.slow > 0
            && let Some(pace) = self.people.pace_mut(requester.person)
        {
            pace.speaks_in(key, self.clock);
        }
    }

    /// Tells a client why its request was refused.
    pub(super) fn refuse(&mut self, slot: Slot, reference: Option<&Json>, refusal: &RequestError) {
        let error = ServerMessage::Error {
            reference,
            code: refusal.code.slug(),
            message: &refusal.message,
            retry_after: refusal.retry_after,
            rejection: refusal.rejection.as_deref(),
        };
        self.outgoing.send_event(slot, &error);
    }

    /// Sends a frame to every connection of a person but one.
    pub(super) fn send_to_person(&mut self, key: PersonKey, frame: &[u8], except: Option<Slot>) {
        let Some(person) = self.people.get(key) else {
            return;
        };
        for &client in &person.connections {
            let slot = self.outgoing.slot(client);
            if let Some(slot) = slot.filter(|slot| Some(*slot) != except) {
                self.outgoing.send_frame(slot, frame);
            }
        }
    }

    fn typing(&mut self, requester: &Requester, room: &str) -> Result<Reply, RequestError> {
        let key = self.joined(requester.slot, room)?;
        self.may(requester, Action::Gesture, Some(key))?;
        let Some(person) = self.people.get(requester.person) else {
            return Ok(Reply::Ack);
        };
        let from = person.signature(person.role_in(room));
        let frame = ServerMessage::Typing { room, from }.frame();
        let range = self.rooms.broadcast_transient(key, &frame);
        self.outgoing.note_own_frame(requester.slot, key, range);
        Ok(Reply::Ack)
    }

    /// The rooms where a person is; of somebody who is in none, all where their tokens let them be.
    pub(super) fn rooms_of(&self, person: &Person) -> Vec<&str> {
        let name = |key: &RoomKey| &*self.rooms.get(*key).name;
        let slots = person
            .connections
            .iter()
            .filter_map(|&client| self.outgoing.slot(client));
        let sessions = slots.filter_map(|slot| self.outgoing.session(slot));
        let rooms: Vec<&str> = sessions
            .flat_map(|session| session.rooms.iter().map(name))
            .collect();
        if !rooms.is_empty() {
            return rooms;
        }
        let all = self.rooms.iter().map(|room| &*room.name);
        all.filter(|room| person.role_in_any(&[room]).is_some())
            .collect()
    }
}

pub(super) fn ref_reused() -> RequestError {
    let message = "This `ref` was used for something else; take a new one.";
    RequestError::new(ErrorCode::RefReused, message)
}

pub(super) fn has_left() -> RequestError {
    RequestError::new(ErrorCode::Forbidden, "You have left.")
}
