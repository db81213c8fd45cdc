//! Presence: persons, not connections, sent once per tick.

use super::Hub;
use super::timers::Timer;
use crate::chat::event::{PersonInfo, ServerMessage};
use crate::chat::person::Person;
use crate::chat::room::Room;
use crate::model::ids::{ClientId, PersonKey, RoomKey, Slot};
use crate::store::queue::Note;
use std::sync::Arc;
use std::time::Instant;

/// Ticks between two `presence` of a room too large to be listed: where only a number is sent, it
/// may be a second old, and each sending is a delivery to hundreds or thousands.
const COUNTED_TICKS: u32 = 5;

impl Hub {
    /// A connection is no longer in a room.
    pub(super) fn left_room(
        &mut self,
        slot: Slot,
        connection: ClientId,
        person: PersonKey,
        key: RoomKey,
    ) {
        let demo = self.people.get(person).is_some_and(Person::is_demo);
        if let Some(store) = self.store.as_mut().filter(|_| !demo) {
            store.note(Note::Leave {
                room: Arc::clone(&self.rooms.get(key).name),
                connection: connection.get(),
                at: self.now,
            });
        }
        let room = self.rooms.get_mut(key);
        let gone = room.leave(slot, person);
        if let Some(p) = self.people.get(person).filter(|_| gone) {
            room.changes.left(person, &p.author.id, &p.author.name);
        }
        if room.fleeting && room.members.is_empty() && room.log.head() == 0 {
            self.drop_room(key);
        } else if gone {
            self.presence_due(key);
        }
    }

    /// One of a person's connections has ended: without it, others may see a lower role.
    pub(super) fn departed(&mut self, person: PersonKey, connection: ClientId) {
        if self.people.depart(person, connection, self.clock) {
            self.changed(person);
        }
    }

    /// A person's name, role or mute changed: the rooms that they are in hear of it.
    pub(super) fn changed(&mut self, person: PersonKey) {
        for key in self.rooms.keys() {
            let room = self.rooms.get_mut(key);
            if room.has(person) {
                room.changes.changed(person);
                self.presence_due(key);
            }
        }
    }

    /// Sets the timer of a room's `presence`, unless it is set. With one `presence` per tick, n
    /// people who join at once cost n deliveries each, not n².
    pub(super) fn presence_due(&mut self, key: RoomKey) {
        self.rooms_due();
        let (room, presence) = (self.rooms.get_mut(key), &self.setup.config.presence);
        if !std::mem::replace(&mut room.changes.due, true) {
            let listed = room.count() <= presence.list_up_to;
            let ticks = if listed { 1 } else { COUNTED_TICKS };
            let at = Instant::now() + presence.tick * ticks;
            self.timers.set(at, Timer::Presence(key));
        }
    }

    /// A person in the list of those who are in a room.
    pub(super) fn listed<'a>(&'a self, room: &Room, person: PersonKey) -> Option<PersonInfo<'a>> {
        let info = self.people.get(person)?.info_in(&room.name);
        let since = room.since(person);
        Some(PersonInfo { since, ..info })
    }

    /// Sends a room's `presence`.
    pub(super) fn send_presence(&mut self, key: RoomKey) {
        let room = self.rooms.get_mut(key);
        let changes = std::mem::take(&mut room.changes);
        if changes.votes {
            self.send_votes(key);
        }
        let people = !changes.joined.is_empty() || !changes.left.is_empty();
        self.send_tallies(key, people);
        let room = self.rooms.get(key);
        if changes.joined.is_empty() && changes.left.is_empty() {
            return;
        }
        let count = room.count();
        let list = count <= self.setup.config.presence.list_up_to;
        let joined = changes.joined.iter().filter(|_| list);
        let joined = joined.filter_map(|(person, _)| self.listed(room, *person));
        let left = changes.left.iter().filter(|_| list);
        let left = left.map(|(_, id, name)| PersonInfo::named(id, name));
        let presence = ServerMessage::Presence {
            room: &room.name,
            joined: joined.collect(),
            left: left.collect(),
            count,
        }
        .frame();
        self.send_transient(key, &presence);
    }

    /// Sends a frame that no log keeps to everybody in a room.
    pub(super) fn send_transient(&mut self, key: RoomKey, frame: &[u8]) {
        // Members that catch up read the log, and this is not in it.
        let members = self.rooms.get(key).members.iter();
        let members = members.filter(|member| member.cursor.is_some());
        let catching_up: Vec<Slot> = members.map(|member| member.slot).collect();
        self.rooms.broadcast_transient(key, frame);
        for slot in catching_up {
            self.outgoing.send_frame(slot, frame);
        }
    }
}
