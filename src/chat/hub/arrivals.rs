//! Coming and going: connections, rooms, and who is present.

use super::{Arrival, Connected, Entry, Hub, Timer};
use crate::auth::reserved::Reserved;
use crate::chat::event::{Event, Limits, RoomInfo, ServerInfo, Who};
use crate::chat::gate::{self, Action, Allowance, Policy};
use crate::chat::log::Start;
use crate::chat::message::{Code, Json, Refusal, Since};
use crate::chat::outbox::Outbox;
use crate::chat::person::PersonKey;
use crate::chat::role::Role;
use crate::chat::room::{Cursor, Member, Room, RoomKey};
use crate::chat::text;
use crate::websocket::close;
use bytes::BytesMut;
use std::cmp::Reverse;
use std::time::Instant;

/// Most rooms there may be, created ones included.
const MAX_ROOMS: usize = 1000;

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
        let id = self.keys.public_id(&claims.sub);
        let burst = self.config.limits.burst as f64;
        let (person, displaced) =
            self.people
                .arrive(&claims, id, Allowance::new(burst, self.now), self.now);
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
            replies: BytesMut::from(&handshake[..]),
            pinged: false,
            expires: claims.exp,
            told_of_expiry: false,
            allowed: claims.rooms.clone(),
        });
        if let Some(person) = self.people.get_mut(person) {
            person.connections.push(connection);
        }
        if let Some((code, reason)) = self.not_here(&claims) {
            self.dirty_slots.push(slot);
            self.flush();
            return self.close(slot, code, &reason);
        }
        self.restore_mute(person);
        self.replace_oldest(person);
        self.watch_token(slot);
        self.welcome(slot);
        for person in displaced {
            self.changed(person);
        }
        if enter_default {
            let room = self.config.rooms.default.clone();
            if let Err(refusal) = self.enter(slot, &room, None, None) {
                self.refuse(slot, None, &refusal);
            }
        }
        self.dirty_slots.push(slot);
    }

    /// Why a holder of a good token may not be here all the same.
    fn not_here(&self, claims: &crate::auth::token::Claims) -> Option<(close::Code, String)> {
        let generation = self.lesson.read().map_or(0, |lesson| lesson.generation);
        if claims.lesson.is_some_and(|lesson| lesson != generation) {
            return Some((
                close::Code::POLICY,
                "Unauthorized: old_lesson: that lesson has ended".into(),
            ));
        }
        let removal = self
            .sanctions
            .removal(&claims.sub, claims.device.as_deref(), self.now)?;
        Some((close::Code::KICKED, removal.close_reason(self.now)))
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
        let code = code.filter(|_| person.role >= Role::Moderator);
        let rooms = self.rooms.iter().filter(|room| {
            connected
                .allowed
                .as_ref()
                .is_none_or(|allowed| allowed.iter().any(|n| **n == *room.name))
        });
        let limits = &self.config.limits;
        Event::Welcome {
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

    /// Finds the room, or creates it for somebody who may.
    fn find_room(&mut self, slot: usize, name: &str) -> Result<RoomKey, Refusal> {
        let connected = self.slots[slot].as_ref();
        if let Some(allowed) = connected.and_then(|c| c.allowed.as_ref())
            && !allowed.iter().any(|room| **room == *name)
        {
            return Err(Refusal::new(
                Code::Forbidden,
                "Your token is not for this room.",
            ));
        }
        if let Some(&key) = self.room_of.get(name) {
            return Ok(key);
        }
        let unknown = || Refusal::new(Code::UnknownRoom, "There is no such room.");
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
        text::check_room(name).map_err(|rule| Refusal::new(Code::BadMessage, rule.to_string()))?;
        if self.rooms.len() >= MAX_ROOMS {
            return Err(Refusal::new(
                Code::Forbidden,
                "There are as many rooms as there can be.",
            ));
        }
        Ok(self.create_room(name))
    }

    /// Enters a room: `joined`, then history, then what happens. Joining again starts over, which
    /// is how a page that lost count finds back.
    pub(super) fn enter(
        &mut self,
        slot: usize,
        name: &str,
        since: Option<&Since>,
        reference: Option<&Json>,
    ) -> Result<(), Refusal> {
        let key = self.find_room(slot, name)?;
        self.flush();
        let Some(connected) = self.slots[slot].as_mut() else {
            return Ok(());
        };
        let person = connected.person;
        let again = connected.rooms.contains(&key);
        let room = &mut self.rooms[key];
        let history = &self.config.history;
        let (page, limit) = (history.page as u64, history.resume_limit as u64);
        let start = room.log.start(since, &self.epoch, page, limit);
        let (Start::Resume { from: cursor } | Start::Fresh { after: cursor }) = start;
        let (at, joined) = (cursor, room.log.head());
        let cursor = Some(Cursor { at, joined });
        if again {
            if let Some(member) = room.member(slot) {
                member.cursor = cursor;
            }
        } else {
            connected.rooms.push(key);
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
            .filter(|_| list)
            .filter_map(|p| Some(people.get(p)?.who()));
        let joined = Event::Joined {
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
            count: room.count(),
            members: members.collect(),
        };
        if let Some(connected) = self.slots[slot].as_mut() {
            joined.put(&mut connected.replies);
        }
        self.catch_up(slot);
        Ok(())
    }

    /// The connection is no longer in the room.
    pub(super) fn left_room(&mut self, slot: usize, person: PersonKey, key: RoomKey) {
        let room = &mut self.rooms[key];
        if !room.leave(slot, person) {
            return;
        }
        if let Some(p) = self.people.get(person) {
            room.changes.left(person, &p.id, &p.name);
        }
        self.presence_due(key);
    }

    /// Somebody's name, role or mute changed: the rooms they are in hear of it.
    pub(super) fn changed(&mut self, person: PersonKey) {
        for key in 0..self.rooms.len() {
            if self.rooms[key].has(person) {
                self.rooms[key].changes.changed(person);
                self.presence_due(key);
            }
        }
    }

    /// One `presence` per tick: n people who come at once cost n deliveries each, not n².
    fn presence_due(&mut self, key: RoomKey) {
        let changes = &self.rooms[key].changes;
        if changes.joined.len() + changes.left.len() == 1 {
            let at = Instant::now() + self.config.presence.tick;
            self.timers.push(Reverse((at, Timer::Presence(key))));
        }
    }

    pub(super) fn tell_presence(&mut self, key: RoomKey) {
        let room = &mut self.rooms[key];
        let changes = std::mem::take(&mut room.changes);
        if changes.joined.is_empty() && changes.left.is_empty() {
            return;
        }
        let count = room.count();
        let list = count <= self.config.presence.list_up_to;
        let joined = changes.joined.iter().filter(|_| list);
        let joined = joined.filter_map(|(p, _)| Some(self.people.get(*p)?.who()));
        let left = changes.left.iter().filter(|_| list);
        let left = left.map(|(_, id, name)| Who {
            id,
            name,
            role: None,
            muted: false,
        });
        let (joined, left) = (joined.collect(), left.collect());
        let presence = Event::Presence {
            room: &room.name,
            joined,
            left,
            count,
        }
        .frame();
        let _ = self.mention(key, &presence);
        // Those who are catching up read the log, and presence is not in it.
        let behind = self.rooms[key]
            .members
            .iter()
            .filter(|m| m.cursor.is_some());
        let behind: Vec<usize> = behind.map(|m| m.slot).collect();
        behind
            .into_iter()
            .for_each(|slot| self.pass(slot, &presence));
    }

    /// Adds a passing event to a room's batch.
    pub(super) fn mention(&mut self, key: RoomKey, frame: &[u8]) -> std::ops::Range<usize> {
        self.mark_dirty(key);
        self.rooms[key].mention(frame)
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
