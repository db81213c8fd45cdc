//! Joining and leaving a room, and speaking in one without joining it (`POST /api/send`).

use super::Hub;
use super::context::{Reply, Requester};
use super::polls::waiting_polls;
use super::requests::{NOT_FOR_THIS_ROOM, has_left};
use crate::chat::cursor::Cursor;
use crate::chat::event::ServerMessage;
use crate::chat::gate::{self, Action, Policy, Standing};
use crate::chat::log::Start;
use crate::chat::message::{ErrorCode, RequestError, Since};
use crate::chat::room::Member;
use crate::model::ids::{RoomKey, Slot};
use crate::model::json::Json;
use crate::model::role::Role;
use crate::model::text;
use crate::store::queue::Note;
use std::sync::Arc;

impl Hub {
    /// Joins a room: `joined`, then history, then what happens. Joining again starts over, which is
    /// how a page that lost count finds its way back.
    pub(super) fn join(
        &mut self,
        slot: Slot,
        name: &str,
        since: Option<&Since>,
        reference: Option<&Json>,
    ) -> Result<RoomKey, RequestError> {
        let key = self.find_or_create_room(slot, name)?;
        self.flush();
        let start = self.start_of(key, since);
        let (Start::Resume { from: at } | Start::Fresh { after: at }) = start;
        self.check_start(slot, key, at)?;
        let Some(session) = self.outgoing.session_mut(slot) else {
            return Ok(key);
        };
        let person = session.person;
        let again = session.rooms.contains(&key);
        session.join(key);
        let room = self.rooms.get_mut(key);
        let cursor = Some(Box::new(Cursor::new(at, room.log.head())));
        if !again {
            self.enter_room(key, Member { slot, cursor });
        } else if let Some(member) = room.member(slot) {
            member.cursor = cursor;
        }
        self.send_joined(slot, key, start, reference);
        self.show_polls(slot, key);
        self.rooms.get_mut(key).changes.shown_to(person);
        self.catch_up(slot);
        Ok(key)
    }

    /// The room of that name, created for a person who may.
    fn find_or_create_room(&mut self, slot: Slot, name: &str) -> Result<RoomKey, RequestError> {
        let Some(session) = self.outgoing.session(slot) else {
            return Err(RequestError::unknown_room());
        };
        if !session.may_enter(name) {
            return Err(RequestError::new(ErrorCode::Forbidden, NOT_FOR_THIS_ROOM));
        }
        let person = self.people.get(session.person);
        let person = person.ok_or_else(RequestError::unknown_room)?;
        self.check_removal(person, name)?;
        self.check_lesson(session.grant.leads(), name)?;
        if let Some(key) = self.rooms.find(name) {
            return Ok(key);
        }
        let standing = Standing {
            role: session.grant.role,
            everywhere: session.grant.reach.is_everywhere(),
            muted: person.muted_in(Some(name)),
            over: self.is_over(Some(name), &session.grant.reach),
        };
        if gate::may(
            standing,
            Action::CreateRoom,
            self.policy(),
            None,
            self.clock,
        )
        .is_err()
        {
            return Err(RequestError::unknown_room());
        }
        text::check_room(name)
            .map_err(|rule| RequestError::new(ErrorCode::BadMessage, rule.to_string()))?;
        if self.rooms.is_full() {
            return Err(self.no_more_rooms());
        }
        let stays = standing.role >= Role::Moderator;
        let key = self.rooms.create(name);
        let room = self.rooms.get_mut(key);
        room.fleeting = !stays;
        if stays {
            let name = Arc::clone(&room.name);
            self.note(|| Note::Room(name));
        }
        Ok(key)
    }

    fn no_more_rooms(&self) -> RequestError {
        let most = self.setup.config.limits.rooms;
        let message = match self.rooms.is_used_up() {
            true => {
                "So many rooms were removed that no more can be created before the server starts \
                     again. Ask whoever runs it to restart it."
                    .to_owned()
            }
            false => format!(
                "There are {most} rooms, and no more are allowed here (limits.rooms in chat.toml). \
                 A host can remove one that nobody needs."
            ),
        };
        RequestError::new(ErrorCode::Forbidden, message)
    }

    /// What the gate has to know of the configuration.
    pub(super) fn policy(&self) -> Policy {
        let rooms = &self.setup.config.rooms;
        Policy {
            whisper: rooms.whisper,
            create: rooms.create,
        }
    }

    /// Where in a room's log a client that knows `since` starts to read.
    fn start_of(&self, key: RoomKey, since: Option<&Since>) -> Start {
        let room = self.rooms.get(key);
        let history = &self.setup.config.history;
        let known = since.and_then(|Since { epoch, seq }| match &self.store {
            _ if **epoch == *self.setup.epoch => Some(*seq),
            // Another run of the server: the store knows how far that run got.
            Some(store) => store.epochs.resume_from(epoch, &room.name, *seq),
            None => None,
        });
        let (page, limit) = (history.page as u64, history.resume_limit as u64);
        let known = known.filter(|&seq| seq >= room.lesson_end);
        match room.log.start(known, page, limit, self.store.is_some()) {
            Start::Fresh { after } => Start::Fresh {
                after: after.max(room.lesson_end),
            },
            resume => resume,
        }
    }

    /// A connection that was not in the room is in it now.
    fn enter_room(&mut self, key: RoomKey, member: Member) {
        let client = self.outgoing.client(member.slot).map(|client| client.id);
        let session = self.outgoing.session(member.slot);
        let (Some(connection), Some(person)) = (client, session.map(|session| session.person))
        else {
            return;
        };
        let room = self.rooms.get_mut(key);
        room.members.push(member);
        let Some(entering) = self.people.get_mut(person) else {
            return;
        };
        if !entering.been.contains(&key) {
            entering.been.push(key);
        }
        if entering.is_demo() {
            return;
        }
        if let Some(store) = self.store.as_mut() {
            store.note(Note::Enter {
                room: Arc::clone(&room.name),
                connection: connection.get(),
                by: Arc::clone(entering.author_in(&room.name).0),
                device: entering.device.clone(),
                at: self.now,
            });
        }
        if room.enter(person, self.now) {
            room.changes.entered(person);
            self.presence_due(key);
        }
    }

    fn send_joined(&mut self, slot: Slot, key: RoomKey, start: Start, reference: Option<&Json>) {
        let session = self.outgoing.session(slot);
        let person = session.and_then(|session| self.people.get(session.person));
        let room = self.rooms.get(key);
        let listed = room.count() <= self.setup.config.presence.list_up_to;
        let (pending, pending_more) = self.pending_after(slot, &room.name, 0);
        let members = room.persons().take_while(|_| listed);
        let members = members.filter_map(|person| self.listed(room, person));
        let joined = ServerMessage::Joined {
            reference,
            room: &room.name,
            epoch: &self.setup.epoch,
            seq: room.log.head(),
            recovered: matches!(start, Start::Resume { .. }),
            from: match start {
                Start::Resume { from } => Some(from),
                Start::Fresh { .. } => None,
            },
            state: room.state(),
            pin: room.pin,
            count: room.count(),
            members: members.collect(),
            hands: self.queue_for(slot, &room.name),
            polls: waiting_polls(&self.polls, person, &room.name, self.leads(slot)),
            pending,
            pending_more,
        };
        let joined = joined.frame();
        self.outgoing.send_frame(slot, &joined);
    }

    pub(super) fn leave(
        &mut self,
        requester: &Requester,
        room: &str,
    ) -> Result<Reply, RequestError> {
        let key = self.joined(requester.slot, room)?;
        self.flush();
        self.leave_room(requester.slot, key);
        Ok(Reply::AckRoom(key))
    }

    /// Takes a connection out of a room that it is in.
    pub(super) fn leave_room(&mut self, slot: Slot, key: RoomKey) {
        let client = self.outgoing.client(slot).map(|client| client.id);
        if let (Some(client), Some(session)) = (client, self.outgoing.session_mut(slot)) {
            session.leave(key);
            let person = session.person;
            self.left_room(slot, client, person, key);
        }
    }

    /// The room of that name, for somebody who posts in it without being there, if they might join it.
    pub(super) fn room_to_post_in(&self, slot: Slot, name: &str) -> Result<RoomKey, RequestError> {
        let session = self.outgoing.session(slot).ok_or_else(has_left)?;
        if !session.may_enter(name) {
            return Err(RequestError::new(ErrorCode::Forbidden, NOT_FOR_THIS_ROOM));
        }
        let key = self.rooms.find(name);
        let key = key.ok_or_else(RequestError::unknown_room)?;
        let person = self.people.get(session.person).ok_or_else(has_left)?;
        self.check_removal(person, name)?;
        self.check_lesson(session.grant.leads(), name)?;
        Ok(key)
    }

    /// Notes that somebody who posts in a room without joining it has been there, so that those who lead the
    /// room can mute and remove them.
    pub(super) fn note_been(&mut self, requester: &Requester, key: RoomKey) {
        let session = self.outgoing.session(requester.slot);
        if session.is_some_and(|session| session.only_posts)
            && let Some(person) = self.people.get_mut(requester.person)
            && !person.been.contains(&key)
        {
            person.been.push(key);
        }
    }
}
