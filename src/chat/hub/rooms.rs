//! The hub's rooms: by key and by name, and which of them have something to send.
//!
//! A room, once created, stays for the life of the process: a [`RoomKey`] from here is always good,
//! and this is the only place where one is used as an index.

use crate::chat::room::Room;
use crate::model::event::Event;
use crate::model::ids::{ClientId, RoomKey};
use std::collections::HashMap;
use std::ops::Range;

/// Most rooms there may be, created ones included.
const MAX_ROOMS: usize = 1000;

/// All rooms.
#[derive(Debug)]
pub(super) struct Rooms {
    rooms: Vec<Room>,
    by_name: HashMap<Box<str>, RoomKey>,
    /// Rooms whose batch is not empty, each once.
    unsent: Vec<RoomKey>,
    /// Events that each room keeps in memory.
    memory: usize,
}

impl Rooms {
    /// The rooms with these names, each of which keeps `memory` events in memory.
    pub(super) fn new(names: &[String], memory: usize) -> Self {
        let mut rooms = Self {
            rooms: Vec::new(),
            by_name: HashMap::new(),
            unsent: Vec::new(),
            memory,
        };
        for name in names {
            rooms.create(name);
        }
        rooms
    }

    /// The room with this name, created if there is none.
    pub(super) fn create(&mut self, name: &str) -> RoomKey {
        if let Some(key) = self.find(name) {
            return key;
        }
        let key = RoomKey::new(self.rooms.len());
        self.rooms.push(Room::new(name, self.memory));
        self.by_name.insert(name.into(), key);
        key
    }

    /// Whether no more rooms may be created.
    pub(super) fn is_full(&self) -> bool {
        self.rooms.len() >= MAX_ROOMS
    }

    /// The room with this name.
    pub(super) fn find(&self, name: &str) -> Option<RoomKey> {
        self.by_name.get(name).copied()
    }

    /// The room.
    pub(super) fn get(&self, key: RoomKey) -> &Room {
        &self.rooms[key.index()]
    }

    /// The room, to change.
    pub(super) fn get_mut(&mut self, key: RoomKey) -> &mut Room {
        &mut self.rooms[key.index()]
    }

    /// All rooms.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Room> {
        self.rooms.iter()
    }

    /// All rooms, to change.
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Room> {
        self.rooms.iter_mut()
    }

    /// The keys of all rooms.
    pub(super) fn keys(&self) -> impl Iterator<Item = RoomKey> + use<> {
        (0..self.rooms.len()).map(RoomKey::new)
    }

    /// Encodes an event into a room's batch: where in it it is. See [`Room::publish`].
    pub(super) fn publish(
        &mut self,
        key: RoomKey,
        origin: ClientId,
        event: Event,
        from: &str,
        job: u64,
    ) -> Range<usize> {
        self.mark_unsent(key);
        self.get_mut(key).publish(origin, event, from, job)
    }

    /// Adds a frame that no log keeps to a room's batch: where in it it is.
    pub(super) fn broadcast_transient(&mut self, key: RoomKey, frame: &[u8]) -> Range<usize> {
        self.mark_unsent(key);
        self.get_mut(key).broadcast_transient(frame)
    }

    fn mark_unsent(&mut self, key: RoomKey) {
        if self.get(key).batched() == 0 {
            self.unsent.push(key);
        }
    }

    /// Bytes in all batches.
    pub(super) fn batched(&self) -> usize {
        self.unsent.iter().map(|&key| self.get(key).batched()).sum()
    }

    /// How many rooms have something to send.
    pub(super) fn unsent(&self) -> usize {
        self.unsent.len()
    }

    /// Takes a room whose batch has to be sent now.
    pub(super) fn pop_unsent(&mut self) -> Option<RoomKey> {
        self.unsent.pop()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_is_found_by_its_name_and_created_once() {
        let mut rooms = Rooms::new(&["lobby".into(), "lab".into()], 10);
        let lobby = rooms.find("lobby").expect("the first room");
        assert_eq!(rooms.create("lobby"), lobby);
        assert_eq!(&*rooms.get(lobby).name, "lobby");
        assert_eq!(rooms.find("attic"), None);
        let attic = rooms.create("attic");
        assert_eq!(rooms.find("attic"), Some(attic));
        assert_eq!(rooms.keys().count(), 3);
        assert!(!rooms.is_full());
        for n in 0..MAX_ROOMS {
            rooms.create(&n.to_string());
        }
        assert!(rooms.is_full());
    }

    #[test]
    fn a_room_with_something_to_send_is_taken_once() {
        let mut rooms = Rooms::new(&["a".into(), "b".into()], 10);
        let (a, b) = (RoomKey::new(0), RoomKey::new(1));
        assert_eq!(rooms.broadcast_transient(a, b"one"), 0..3);
        assert_eq!(rooms.broadcast_transient(a, b"two"), 3..6);
        assert_eq!(rooms.broadcast_transient(b, b"!"), 0..1);
        assert_eq!((rooms.unsent(), rooms.batched()), (2, 7));
        let mut taken = Vec::new();
        while let Some(key) = rooms.pop_unsent() {
            let batch = rooms.get_mut(key).take_batch();
            taken.push((key, batch.len()));
        }
        taken.sort();
        assert_eq!(taken, [(a, 6), (b, 1)]);
        assert_eq!((rooms.unsent(), rooms.batched()), (0, 0));
    }
}
