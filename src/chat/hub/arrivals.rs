//! Coming and going: connections, rooms, and who is present.

use super::port::HubPort;
use super::{Arrival, Connected, Entry, Hub};
use crate::auth::reserved::Reserved;
use crate::auth::token::Claims;
use crate::chat::event::{Limits, RoomInfo, ServerInfo, ServerMessage, Who};
use crate::chat::gate::{self, Action, Policy};
use crate::chat::log::Start;
use crate::chat::message::{ErrorCode, RequestError, Since};
use crate::chat::room::{Cursor, Member, Room};
use crate::model::ids::PersonKey;
use crate::model::ids::RoomKey;
use crate::model::json::Json;
use crate::model::role::Role;
use crate::model::text;
use crate::net::client::Client;
use crate::net::outbox::Outbox;
use crate::store::queue::Note;
use crate::support::token_bucket::{RateLimit, RateVerdict, TokenBucket};
use crate::websocket::{close, frame};
use bytes::BytesMut;
use std::sync::{Arc, PoisonError};

/// Most rooms there may be, created ones included.
const MAX_ROOMS: usize = 1000;
/// Room for the 101, `welcome` and `joined` of a room that is not listed.
const GREETING: usize = 1536;

impl Hub {
    /// Takes a connection in: the 101, `welcome`, and the default room, in one delivery. Somebody
    /// who must not be here gets the 101 and then the reason.
    pub(super) fn connect(&mut self, arrival: Arrival) {
        self.flush();
        let Arrival {
            client,
            claims,
            handshake,
            enter_default,
        } = arrival;
        // Before anything changes: who may not be here takes no name from anybody.
        if let Some((code, reason)) = self.not_here(&claims) {
            return self.turn_away(&client, handshake, code, &reason);
        }
        let mut replies = BytesMut::with_capacity(GREETING);
        replies.extend_from_slice(&handshake);
        let id = self.keys.public_id(&claims.sub);
        let limits = &self.config.limits;
        let rate = RateLimit {
            burst: limits.burst as f64,
            per_second: limits.messages_per_second,
        };
        let (person, renamed) =
            self.people
                .arrive(&claims, id, TokenBucket::new(rate, self.now), self.now);
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            self.slots.len() - 1
        });
        self.slot_of.insert(client.id, slot);
        let connection = client.id;
        self.slots[slot] = Some(Connected {
            client,
            person,
            rooms: Vec::new(),
            outbox: Outbox::default(),
            wrote: Vec::new(),
            behind: Vec::new(),
            replies,
            fragment: false,
            flushed: 0,
            pinged: false,
            expires: claims.exp,
            told_of_expiry: false,
            timer: None,
            allowed: claims.rooms.clone(),
        });
        if let Some(person) = self.people.get_mut(person) {
            person.connections.push(connection);
        }
        self.restore_mute(person);
        self.replace_oldest(person);
        self.watch_token(slot);
        self.welcome(slot);
        for person in renamed {
            self.changed(person);
        }
        let room = self.config.rooms.default.clone();
        // A token may be for other rooms: where its holder may be, not where they are at once.
        if enter_default
            && self.is_allowed(slot, &room)
            && let Err(refusal) = self.enter(slot, &room, None, None)
        {
            self.refuse(slot, None, &refusal);
        }
        self.dirty_slots.push(slot);
    }

    /// Somebody connects, or opens a glass. Without a message rate there is no limit here either.
    pub(super) fn visits(&mut self, person: PersonKey) -> RateVerdict {
        let limited = self.config.limits.messages_per_second > 0.0;
        let now = self.now;
        let person = self.people.get_mut(person).filter(|_| limited);
        person.map_or(RateVerdict::Allowed, |p| p.visits.take(1.0, now))
    }

    /// The 101 and the reason, and that is all.
    fn turn_away(&self, client: &Arc<Client>, mut hello: Vec<u8>, code: close::Code, reason: &str) {
        client.set_closing();
        hello.extend(frame::close(code.into(), reason));
        let port = HubPort {
            client,
            orders: &self.orders,
        };
        Outbox::default().close(&port, hello.into(), false);
    }

    /// Whether a guest's token is of a lesson that has ended.
    pub(super) fn is_of_old_lesson(&self, claims: &Claims) -> bool {
        let lesson = self.lesson.read().unwrap_or_else(PoisonError::into_inner);
        lesson.is_over_for(claims.lesson)
    }

    /// Why a holder of a good token may not be here all the same.
    fn not_here(&mut self, claims: &Claims) -> Option<(close::Code, String)> {
        if self.is_of_old_lesson(claims) {
            return Some((close::Code::POLICY, close::OLD_LESSON.into()));
        }
        let device = claims.device.as_deref();
        if let Some(removal) = self.sanctions.removal(&claims.sub, device, self.now) {
            return Some((close::Code::KICKED, removal.close_reason(self.now)));
        }
        let known = self.people.by_sub(&claims.sub);
        known
            .filter(|&person| self.visits(person) != RateVerdict::Allowed)
            .map(|_| {
                let reason = "flooding: too many connections, come back later";
                (close::Code::FLOODING, reason.into())
            })
    }

    /// One person may have so many connections; the oldest makes room for the newest.
    fn replace_oldest(&mut self, person: PersonKey) {
        let most = self.config.limits.connections_per_user;
        let Some(person) = self.people.get(person) else {
            return;
        };
        let too_many = person.connections.len().saturating_sub(most);
        let oldest: Vec<_> = person.connections.iter().take(too_many).copied().collect();
        for id in oldest {
            if let Some(&slot) = self.slot_of.get(&id) {
                let reason = "replaced: you opened the chat in another place";
                self.close(slot, close::Code::REPLACED, reason);
            }
        }
    }

    fn welcome(&mut self, slot: usize) {
        let code = self.class_code();
        let Some(connected) = self.slots[slot].as_mut() else {
            return;
        };
        let Some(person) = self.people.get(connected.person) else {
            return;
        };
        let code = code.filter(|_| person.author.role >= Role::Moderator);
        let rooms = self.rooms.iter().filter(|room| {
            connected
                .allowed
                .as_ref()
                .is_none_or(|allowed| allowed.iter().any(|n| **n == *room.name))
        });
        let limits = &self.config.limits;
        ServerMessage::Welcome {
            you: Who {
                muted: false,
                ..person.who()
            },
            connection: &connected.client.id.to_string(),
            rooms: rooms
                .map(|r| RoomInfo {
                    name: &r.name,
                    count: r.count(),
                })
                .collect(),
            default_room: &self.config.rooms.default,
            whisper: self.config.rooms.whisper,
            limits: Limits {
                text: limits.text,
                lines: text::MAX_LINES,
                message: limits.message,
                messages_per_second: limits.messages_per_second,
                burst: limits.burst,
            },
            server: ServerInfo {
                name: env!("CARGO_PKG_NAME"),
                version: env!("CARGO_PKG_VERSION"),
                time: self.now,
            },
            token_expires: connected.expires * 1000,
            class_code: code.as_deref(),
            join_url: code.as_ref().map(|_| self.join_url.as_str()),
        }
        .put(&mut connected.replies);
    }

    pub(super) fn create_room(&mut self, name: &str) -> RoomKey {
        let key = self.rooms.len();
        self.rooms.push(Room::new(name, self.config.history.memory));
        self.room_of.insert(name.into(), key);
        key
    }

    pub(super) fn policy(&self) -> Policy {
        Policy {
            whisper: self.config.rooms.whisper,
            create: self.config.rooms.create,
        }
    }

    /// Whether the connection's token is good for this room.
    pub(super) fn is_allowed(&self, slot: usize, room: &str) -> bool {
        let connected = self.slots[slot].as_ref();
        connected.is_some_and(|c| match &c.allowed {
            Some(allowed) => allowed.iter().any(|name| name == room),
            None => true,
        })
    }

    /// Finds the room, or creates it for somebody who may.
    fn find_room(&mut self, slot: usize, name: &str) -> Result<RoomKey, RequestError> {
        let connected = self.slots[slot].as_ref();
        if !self.is_allowed(slot, name) {
            let message = "Your token is not for this room.";
            return Err(RequestError::new(ErrorCode::Forbidden, message));
        }
        if let Some(&key) = self.room_of.get(name) {
            return Ok(key);
        }
        let unknown = || RequestError::new(ErrorCode::UnknownRoom, "There is no such room.");
        let person = connected
            .and_then(|c| self.people.get(c.person))
            .ok_or_else(unknown)?;
        if gate::may(
            person.standing(),
            Action::CreateRoom,
            self.policy(),
            None,
            self.now,
        )
        .is_err()
        {
            return Err(unknown());
        }
        text::check_room(name)
            .map_err(|rule| RequestError::new(ErrorCode::BadMessage, rule.to_string()))?;
        if self.rooms.len() >= MAX_ROOMS {
            return Err(RequestError::new(
                ErrorCode::Forbidden,
                "There are as many rooms as there can be.",
            ));
        }
        let key = self.create_room(name);
        let name = Arc::clone(&self.rooms[key].name);
        self.note(|| Note::Room(name));
        Ok(key)
    }

    /// Enters a room: `joined`, then history, then what happens. Joining again starts over, which
    /// is how a page that lost count finds back.
    pub(super) fn enter(
        &mut self,
        slot: usize,
        name: &str,
        since: Option<&Since>,
        reference: Option<&Json>,
    ) -> Result<RoomKey, RequestError> {
        let key = self.find_room(slot, name)?;
        self.flush();
        let Some(connected) = self.slots[slot].as_mut() else {
            return Ok(key);
        };
        let person = connected.person;
        let again = connected.rooms.contains(&key);
        let room = &mut self.rooms[key];
        let history = &self.config.history;
        let (page, limit) = (history.page as u64, history.resume_limit as u64);
        let known = since.and_then(|Since { epoch, seq }| match &self.keeper {
            _ if **epoch == *self.epoch => Some(*seq),
            // Another run of the server: what of it was kept is still what it was.
            Some(keeper) => keeper.epochs.resume_from(epoch, name, *seq),
            None => None,
        });
        let start = room.log.start(known, page, limit, self.keeper.is_some());
        let (Start::Resume { from: cursor } | Start::Fresh { after: cursor }) = start;
        let (at, joined) = (cursor, room.log.head());
        let cursor = Some(Cursor::new(at, joined));
        connected.behind.retain(|(room, _)| *room != key);
        connected.behind.push((key, Vec::new()));
        if again {
            if let Some(member) = room.member(slot) {
                member.cursor = cursor;
            }
        } else {
            connected.rooms.push(key);
            let (connection, at) = (connected.client.id, self.now);
            if let (Some(keeper), Some(p)) = (self.keeper.as_mut(), self.people.get(person)) {
                let (room, by) = (Arc::clone(&room.name), Arc::clone(&p.author));
                keeper.note(Note::Enter {
                    room,
                    connection,
                    by,
                    at,
                });
            }
            if room.enter(Member { slot, cursor }, person) {
                room.changes.entered(person);
                self.presence_due(key);
            }
        }
        let room = &self.rooms[key];
        let list = room.count() <= self.config.presence.list_up_to;
        let people = &self.people;
        let members = room
            .persons()
            .take_while(|_| list)
            .filter_map(|p| Some(people.get(p)?.who()));
        let joined = ServerMessage::Joined {
            reference,
            room: &room.name,
            epoch: &self.epoch,
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
        };
        if let Some(connected) = self.slots[slot].as_mut() {
            joined.put(&mut connected.replies);
        }
        self.rooms[key].changes.shown_to(person);
        self.catch_up(slot);
        Ok(key)
    }

    /// Adds a passing event to a room's batch.
    pub(super) fn broadcast_transient(
        &mut self,
        key: RoomKey,
        frame: &[u8],
    ) -> std::ops::Range<usize> {
        self.mark_dirty(key);
        self.rooms[key].broadcast_transient(frame)
    }

    /// The room has something to send.
    pub(super) fn mark_dirty(&mut self, key: RoomKey) {
        if self.rooms[key].batched() == 0 {
            self.dirty_rooms.push(key);
        }
    }

    /// Whether somebody may get a token: names of those who lead are kept from others, and who was
    /// removed stays out whatever name they think of.
    pub(super) fn may_join(&self, name: &str, device: Option<&str>) -> Entry {
        if let Some(removal) = self.sanctions.removal("", device, self.now) {
            return Entry::Removed {
                until: removal.until,
                reason: removal.close_reason(self.now),
            };
        }
        if Reserved::new(&self.people.leaders()).matches(name) {
            return Entry::NameOfLeader;
        }
        Entry::Open
    }
}
