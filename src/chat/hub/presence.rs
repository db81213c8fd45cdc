//! Who is present: persons, not connections, told once per tick.

use super::{Hub, Timer};
use crate::chat::event::{ServerMessage, Who};
use crate::model::ids::ClientId;
use crate::model::ids::PersonKey;
use crate::model::ids::RoomKey;
use crate::store::queue::Note;
use std::sync::Arc;
use std::time::Instant;

/// Ticks between two `presence` of a room too large to be listed: where there is only a number to
/// tell, it may be a second old, and each telling is a delivery to hundreds or thousands.
const COUNTED_TICKS: u32 = 5;

impl Hub {
    /// The connection is no longer in the room.
    pub(super) fn left_room(
        &mut self,
        slot: usize,
        connection: ClientId,
        person: PersonKey,
        key: RoomKey,
    ) {
        let (room, at) = (Arc::clone(&self.rooms[key].name), self.now);
        self.note(|| Note::Leave {
            room,
            connection,
            at,
        });
        let room = &mut self.rooms[key];
        if !room.leave(slot, person) {
            return;
        }
        if let Some(p) = self.people.get(person) {
            room.changes.left(person, &p.author.id, &p.author.name);
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
    pub(super) fn presence_due(&mut self, key: RoomKey) {
        let (room, presence) = (&mut self.rooms[key], &self.config.presence);
        if !std::mem::replace(&mut room.changes.due, true) {
            let listed = room.count() <= presence.list_up_to;
            let ticks = if listed { 1 } else { COUNTED_TICKS };
            let at = Instant::now() + presence.tick * ticks;
            self.timers.insert((at, Timer::Presence(key)));
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
        let presence = ServerMessage::Presence {
            room: &room.name,
            joined,
            left,
            count,
        }
        .frame();
        let _ = self.broadcast_transient(key, &presence);
        // Those who are catching up read the log, and presence is not in it.
        let behind = self.rooms[key]
            .members
            .iter()
            .filter(|m| m.cursor.is_some());
        let behind: Vec<usize> = behind.map(|m| m.slot).collect();
        behind
            .into_iter()
            .for_each(|slot| self.send_frame(slot, &presence));
    }
}
