//! The people in a room: persons, each with one or more connections. Demo identities are not among them.
//!
//! A part of [`Room`], which the hub owns.

use crate::chat::room::Room;
use crate::model::ids::{PersonKey, Slot};
use crate::model::time::Millis;

impl Room {
    /// How many persons are in it.
    pub(crate) fn count(&self) -> usize {
        self.persons.len()
    }

    /// When a person came.
    pub(crate) fn since(&self, person: PersonKey) -> Option<Millis> {
        self.persons.get(&person).map(|&(_, since)| since)
    }

    /// Whether there is something to tell to those who are not in it; it counts as told then.
    pub(crate) fn has_news(&mut self) -> bool {
        let now = (self.count(), self.said);
        std::mem::replace(&mut self.told, now) != now
    }

    /// The persons in it.
    pub(crate) fn persons(&self) -> impl Iterator<Item = PersonKey> {
        self.persons.keys().copied()
    }

    /// Whether `person` is in it with any connection.
    pub(crate) fn has(&self, person: PersonKey) -> bool {
        self.persons.contains_key(&person)
    }

    /// Counts a connection of a person. Returns whether it is the first.
    pub(crate) fn enter(&mut self, person: PersonKey, now: Millis) -> bool {
        let (connections, _) = self.persons.entry(person).or_insert((0, now));
        *connections += 1;
        *connections == 1
    }

    /// Removes a connection. Returns whether it was the last of a person who counts.
    pub(crate) fn leave(&mut self, slot: Slot, person: PersonKey) -> bool {
        self.members.retain(|member| member.slot != slot);
        let Some((connections, _)) = self.persons.get_mut(&person) else {
            return false;
        };
        *connections -= 1;
        let last = *connections == 0;
        if last {
            self.persons.remove(&person);
        }
        last
    }
}
