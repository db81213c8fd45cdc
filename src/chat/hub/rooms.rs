//! The hub's rooms: by key and by name, and which of them have something to send.
//!
//! A [`RoomKey`] from here is good for the life of the process, and this is the only place where one
//! is used as an index. A room that was removed keeps its key and its name, for acks that are still
//! due, but nobody finds it any more. Only a room in which nothing ever happened gives its key to
//! another room.

use crate::chat::room::Room;
use crate::model::event::Event;
use crate::model::ids::{ClientId, RoomKey};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

/// Rooms with events that may be removed in the life of the process, because their keys are not used
/// again. It takes a host to remove one.
const MAX_REMOVED: usize = 10_000;

/// All rooms.
#[derive(Debug)]
pub(super) struct Rooms {
    rooms: Vec<Room>,
    by_name: HashMap<Box<str>, RoomKey>,
    /// Rooms whose batch is not empty, each once.
    unsent: Vec<RoomKey>,
    /// A timer is set for what those who are not in a room are told of it.
    pub(super) due: bool,
    /// Keys of rooms in which nothing ever happened.
    free: Vec<RoomKey>,
    /// `limits.rooms`.
    most: usize,
    /// Events that each room keeps in memory.
    memory: usize,
}

impl Rooms {
    /// The rooms with these names. There may be `most`, each of which keeps `memory` events in memory.
    pub(super) fn new(names: &[String], most: usize, memory: usize) -> Self {
        let mut rooms = Self {
            rooms: Vec::new(),
            by_name: HashMap::new(),
            unsent: Vec::new(),
            due: false,
            free: Vec::new(),
            most,
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
        let mut room = Room::new(name, self.memory);
        // The numbers of a room go on if it is created again: clients may hold some of them.
        let namesakes = self.rooms.iter().filter(|room| *room.name == *name);
        let head = namesakes.map(|room| room.log.head()).max();
        room.log.restore(head.unwrap_or(0), Vec::new());
        let key = self.free.pop();
        let key = key.unwrap_or_else(|| RoomKey::new(self.rooms.len()));
        match self.rooms.get_mut(key.index()) {
            Some(free) => *free = room,
            None => self.rooms.push(room),
        }
        self.by_name.insert(name.into(), key);
        key
    }

    /// Removes a room that has no members and nothing to send.
    pub(super) fn remove(&mut self, key: RoomKey) {
        let room = &mut self.rooms[key.index()];
        let mut removed = Room::removed(&room.name);
        removed.log.restore(room.log.head(), Vec::new());
        *room = removed;
        let (head, name) = (room.log.head(), Arc::clone(&room.name));
        self.by_name.remove(&*name);
        if head == 0 {
            self.free.push(key);
        }
    }

    /// Whether no more rooms may be created.
    pub(super) fn is_full(&self) -> bool {
        self.by_name.len() >= self.most || self.is_used_up()
    }

    /// Whether no more rooms can be created because very many were removed, even if few are left.
    pub(super) fn is_used_up(&self) -> bool {
        self.free.is_empty() && self.rooms.len() >= self.most + MAX_REMOVED
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
        self.by_name.values().map(|&key| self.get(key))
    }

    /// All rooms, to change.
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Room> {
        let by_name = &self.by_name;
        let rooms = self.rooms.iter_mut().enumerate();
        rooms.filter_map(|(n, room)| {
            let key = by_name.get(&*room.name)?;
            (key.index() == n).then_some(room)
        })
    }

    /// The keys of all rooms.
    pub(super) fn keys(&self) -> impl Iterator<Item = RoomKey> + use<> {
        let mut keys: Vec<RoomKey> = self.by_name.values().copied().collect();
        keys.sort_unstable();
        keys.into_iter()
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
        let mut rooms = Rooms::new(&["lobby".into(), "lab".into()], 100, 10);
        let lobby = rooms.find("lobby").expect("the first room");
        assert_eq!(rooms.create("lobby"), lobby);
        assert_eq!(&*rooms.get(lobby).name, "lobby");
        assert_eq!(rooms.find("attic"), None);
        let attic = rooms.create("attic");
        assert_eq!(rooms.find("attic"), Some(attic));
        assert_eq!(rooms.keys().count(), 3);
        assert!(!rooms.is_full());
        for n in 3..100 {
            rooms.create(&n.to_string());
        }
        assert!(rooms.is_full());
    }

    #[test]
    fn a_removed_room_is_not_found_and_its_numbers_go_on() {
        let mut rooms = Rooms::new(&["lobby".into()], 3, 10);
        let used = rooms.create("used");
        rooms.get_mut(used).log.restore(7, Vec::new());
        let unused = rooms.create("unused");
        assert!(rooms.is_full());
        rooms.remove(used);
        rooms.remove(unused);
        assert!(!rooms.is_full());
        assert_eq!((rooms.find("used"), rooms.keys().count()), (None, 1));
        assert_eq!(rooms.iter().count(), 1);
        assert_eq!(&*rooms.get(used).name, "used", "for acks that are due");
        let again = rooms.create("used");
        assert_eq!(again, unused, "the key of a room without events");
        assert_eq!(rooms.get(again).log.head(), 7);
        assert_eq!(rooms.iter_mut().count(), 2);
    }

    #[test]
    fn after_very_many_removals_only_rooms_without_events_have_keys_left() {
        let mut rooms = Rooms::new(&["lobby".into()], 3, 1);
        let remove = |rooms: &mut Rooms, head| {
            let key = rooms.create("brief");
            rooms.get_mut(key).log.restore(head, Vec::new());
            rooms.remove(key);
        };
        for head in 1..MAX_REMOVED as u64 + 2 {
            remove(&mut rooms, head);
            assert!(!rooms.is_full());
        }
        rooms.create("the last but one");
        assert!(rooms.is_full() && rooms.is_used_up());
        let key = rooms.find("the last but one").expect("a room");
        rooms.remove(key);
        assert!(!rooms.is_full(), "nothing was said in it");
    }

    #[test]
    fn a_room_with_something_to_send_is_taken_once() {
        let mut rooms = Rooms::new(&["a".into(), "b".into()], 10, 10);
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
