//! Persons: who is behind the connections, what they are called, and what they were told.
//!
//! Owned by the hub. A person is the `sub` of a token, whatever number of connections they have.
//! They are remembered for a while after the last one ends, so that somebody who drops out keeps
//! the name, the allowance and the refs.

use crate::auth::names;
use crate::auth::reserved::Reserved;
use crate::auth::token::Claims;
use crate::chat::client::ClientId;
use crate::chat::event::Who;
use crate::chat::gate::{Allowance, Millis, Standing};
use crate::chat::message::Fingerprint;
use crate::chat::role::Role;
use crate::chat::room::RoomKey;
use std::collections::{HashMap, VecDeque};

/// A person's number; never used twice.
pub type PersonKey = u64;

/// How long a name stays with somebody who dropped out.
const KEEP_NAME: Millis = 15 * 60 * 1000;
/// How long a `ref` is remembered.
const KEEP_REF: Millis = 24 * 60 * 60 * 1000;
/// Most refs remembered of one person: an hour of uninterrupted talk at one message a second.
const MAX_REFS: usize = 4096;

/// One person.
#[derive(Debug)]
pub struct Person {
    /// The `sub` of the token.
    pub sub: Box<str>,
    /// What others see instead.
    pub id: Box<str>,
    /// As displayed.
    pub name: Box<str>,
    /// What the token calls them.
    asked_name: Box<str>,
    name_key: Box<str>,
    /// Their rank.
    pub role: Role,
    /// A guest's device, signed into the token.
    pub device: Option<Box<str>>,
    /// Their connections, oldest first.
    pub connections: Vec<ClientId>,
    /// What is left of their message rate.
    pub allowance: Allowance,
    /// Until when they are muted.
    pub muted: Option<Millis>,
    /// When they last spoke in which room, for slow mode.
    pub spoke: Vec<(RoomKey, Millis)>,
    /// Refs they used.
    pub refs: Refs,
    /// `from` of their messages, encoded.
    pub from: Box<str>,
    left: Millis,
}

impl Person {
    /// As lists of people show them.
    pub fn who(&self) -> Who<'_> {
        Who {
            id: &self.id,
            name: &self.name,
            role: Some(self.role),
            muted: self.muted.is_some(),
        }
    }

    /// As the author of something.
    pub fn author(&self) -> Who<'_> {
        let role = Some(self.role).filter(|&role| role != Role::Member);
        Who {
            id: &self.id,
            name: &self.name,
            role,
            muted: false,
        }
    }

    /// As the gate sees them.
    pub fn standing(&self) -> Standing {
        Standing {
            role: self.role,
            muted: self.muted,
        }
    }

    /// When they last spoke in `room`.
    pub fn spoke_in(&self, room: RoomKey) -> Option<Millis> {
        self.spoke
            .iter()
            .find(|(key, _)| *key == room)
            .map(|&(_, at)| at)
    }

    /// Notes that they spoke.
    pub fn speaks_in(&mut self, room: RoomKey, at: Millis) {
        match self.spoke.iter_mut().find(|(key, _)| *key == room) {
            Some(entry) => entry.1 = at,
            None => self.spoke.push((room, at)),
        }
    }

    /// Gives them another role.
    pub fn promote(&mut self, role: Role) {
        self.role = role;
        self.encode_from();
    }

    fn encode_from(&mut self) {
        self.from = serde_json::to_string(&self.author())
            .unwrap_or_default()
            .into();
    }
}

/// What became of a `ref`.
#[derive(Debug, PartialEq, Eq)]
pub enum Seen {
    /// Never seen: go on.
    New,
    /// The same request again: acknowledge it as before.
    Again {
        /// The event it became.
        seq: u64,
        /// When.
        at: Millis,
    },
    /// The same ref for something else.
    Reused,
}

/// A person's newest refs, as fingerprints.
#[derive(Debug, Default)]
pub struct Refs {
    known: HashMap<u64, (u64, u64, Millis)>,
    order: VecDeque<u64>,
}

impl Refs {
    /// Whether `print` was used before.
    pub fn check(&self, print: Fingerprint, now: Millis) -> Seen {
        match self.known.get(&print.reference) {
            Some((_, _, at)) if at + KEEP_REF < now => Seen::New,
            Some(&(content, seq, at)) if content == print.content => Seen::Again { seq, at },
            Some(_) => Seen::Reused,
            None => Seen::New,
        }
    }

    /// Remembers that `print` became event `seq`.
    pub fn remember(&mut self, print: Fingerprint, seq: u64, at: Millis) {
        if self.order.len() == MAX_REFS
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        if self
            .known
            .insert(print.reference, (print.content, seq, at))
            .is_none()
        {
            self.order.push_back(print.reference);
        }
    }
}

/// Everybody who is here or was a moment ago.
#[derive(Debug, Default)]
pub struct People {
    persons: HashMap<PersonKey, Person>,
    by_sub: HashMap<Box<str>, PersonKey>,
    by_id: HashMap<Box<str>, PersonKey>,
    by_name: HashMap<Box<str>, PersonKey>,
    last: PersonKey,
}

impl People {
    /// The person with this key.
    pub fn get(&self, key: PersonKey) -> Option<&Person> {
        self.persons.get(&key)
    }

    /// The person with this key, to change.
    pub fn get_mut(&mut self, key: PersonKey) -> Option<&mut Person> {
        self.persons.get_mut(&key)
    }

    /// The person with this public id.
    pub fn by_id(&self, id: &str) -> Option<PersonKey> {
        self.by_id.get(id).copied()
    }

    /// Everybody.
    pub fn iter(&self) -> impl Iterator<Item = (PersonKey, &Person)> {
        self.persons.iter().map(|(key, person)| (*key, person))
    }

    /// Everybody, to change.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (PersonKey, &mut Person)> {
        self.persons.iter_mut().map(|(key, person)| (*key, person))
    }

    /// Finds or makes the person of a token. Returns them, and those who had to give up a name.
    pub fn arrive(
        &mut self,
        claims: &Claims,
        id: String,
        allowance: Allowance,
        now: Millis,
    ) -> (PersonKey, Vec<PersonKey>) {
        let key = match self.by_sub.get(&*claims.sub) {
            Some(&key) => key,
            None => {
                self.last += 1;
                self.by_sub.insert(claims.sub.as_str().into(), self.last);
                self.by_id.insert(id.as_str().into(), self.last);
                self.persons.insert(
                    self.last,
                    Person {
                        sub: claims.sub.as_str().into(),
                        id: id.into(),
                        name: "".into(),
                        asked_name: "".into(),
                        name_key: "".into(),
                        role: claims.role,
                        device: None,
                        connections: Vec::new(),
                        allowance,
                        muted: None,
                        spoke: Vec::new(),
                        refs: Refs::default(),
                        from: "".into(),
                        left: now,
                    },
                );
                self.last
            }
        };
        let displaced = self.call(key, &claims.name, claims.role, now);
        if let Some(person) = self.persons.get_mut(&key) {
            person.device = claims.device.as_deref().map(Into::into);
            person.promote(claims.role);
        }
        (key, displaced)
    }

    /// Gives `key` the name they ask for, or the next free one like it. Who leads a room gets
    /// theirs as it is, and whoever below had it (or one that looks like it) gets a suffix.
    fn call(&mut self, key: PersonKey, name: &str, role: Role, now: Millis) -> Vec<PersonKey> {
        if self
            .persons
            .get(&key)
            .is_some_and(|p| *p.asked_name == *name && p.role == role)
        {
            return Vec::new();
        }
        let mut displaced = Vec::new();
        if role >= Role::Moderator {
            let alike = Reserved::new(&[name.to_owned()]);
            let below = |p: &Person| p.role < Role::Moderator && alike.matches(&p.name);
            let others = self
                .persons
                .iter()
                .filter(|(other, p)| **other != key && below(p));
            displaced.extend(others.map(|(other, _)| *other));
        }
        for &other in &displaced {
            let old = self
                .persons
                .get(&other)
                .map(|p| p.name.to_string())
                .unwrap_or_default();
            let name = self.numbered(&old, other, now);
            self.rename(other, name);
        }
        let free = self.is_free(name, key, now);
        let given = if free {
            name.to_owned()
        } else {
            self.numbered(name, key, now)
        };
        self.rename(key, given);
        if let Some(person) = self.persons.get_mut(&key) {
            person.asked_name = name.into();
        }
        displaced
    }

    fn is_free(&self, name: &str, asker: PersonKey, now: Millis) -> bool {
        let holder = self
            .by_name
            .get(&*names::key(name))
            .filter(|&&holder| holder != asker);
        holder
            .and_then(|holder| self.persons.get(holder))
            .is_none_or(|p| {
                p.connections.is_empty() && p.left + KEEP_NAME <= now && p.role < Role::Moderator
            })
    }

    fn numbered(&self, name: &str, asker: PersonKey, now: Millis) -> String {
        // There are fewer persons than numbers, so that one of them is free.
        let mut names = (2..).map(|n| names::with_suffix(name, n));
        names
            .find(|name| self.is_free(name, asker, now))
            .unwrap_or_default()
    }

    fn rename(&mut self, key: PersonKey, name: String) {
        let Some(person) = self.persons.get_mut(&key) else {
            return;
        };
        if self.by_name.get(&person.name_key) == Some(&key) {
            self.by_name.remove(&person.name_key);
        }
        person.name_key = names::key(&name).into();
        person.name = name.into();
        person.encode_from();
        self.by_name.insert(person.name_key.clone(), key);
    }

    /// The names of those who lead: nobody else may look like them.
    pub fn leaders(&self) -> Vec<String> {
        let leads = |p: &&Person| p.role >= Role::Moderator;
        self.persons
            .values()
            .filter(leads)
            .map(|p| p.name.to_string())
            .collect()
    }

    /// A connection of theirs ended.
    pub fn depart(&mut self, key: PersonKey, client: ClientId, now: Millis) {
        if let Some(person) = self.persons.get_mut(&key) {
            person.connections.retain(|&id| id != client);
            person.left = now;
        }
    }

    /// Forgets who left long ago. Those who lead are kept: their names stay theirs.
    pub fn sweep(&mut self, now: Millis) {
        let (by_sub, by_id, by_name) = (&mut self.by_sub, &mut self.by_id, &mut self.by_name);
        self.persons.retain(|key, p| {
            let gone = p.connections.is_empty() && p.left + KEEP_NAME <= now;
            let gone = gone && p.role < Role::Moderator;
            if gone {
                by_sub.remove(&p.sub);
                by_id.remove(&p.id);
                if by_name.get(&p.name_key) == Some(key) {
                    by_name.remove(&p.name_key);
                }
            }
            !gone
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(sub: &str, name: &str, role: Role) -> Claims {
        Claims {
            sub: sub.into(),
            name: name.into(),
            role,
            ..Claims::default()
        }
    }

    fn arrive(people: &mut People, sub: &str, name: &str, role: Role, now: Millis) -> String {
        let full = Allowance::new(1.0, now);
        let (key, _) = people.arrive(&claims(sub, name, role), format!("id-{sub}"), full, now);
        people
            .get(key)
            .map(|person| person.name.to_string())
            .unwrap_or_default()
    }

    #[test]
    fn a_name_in_use_gets_a_suffix_and_one_given_up_is_free_after_a_while() {
        let mut people = People::default();
        assert_eq!(arrive(&mut people, "a", "Ann", Role::Member, 0), "Ann");
        assert_eq!(arrive(&mut people, "b", "ann", Role::Member, 0), "ann 2");
        assert_eq!(
            arrive(&mut people, "a", "Ann", Role::Member, 1),
            "Ann",
            "the same person"
        );
        assert_eq!(
            arrive(&mut people, "c", "Ann", Role::Member, KEEP_NAME),
            "Ann"
        );
    }

    #[test]
    fn whoever_squats_on_a_hosts_name_gives_it_up() {
        let mut people = People::default();
        assert_eq!(
            arrive(&mut people, "g", "Ms Lin", Role::Member, 0),
            "Ms Lin"
        );
        assert_eq!(arrive(&mut people, "h", "Ms Lin", Role::Host, 0), "Ms Lin");
        assert_eq!(
            arrive(&mut people, "x", "Ms Lin", Role::Member, 1),
            "Ms Lin 3"
        );
        let guest = people.by_id("id-g").and_then(|key| people.get(key));
        assert_eq!(guest.map(|p| &*p.name), Some("Ms Lin 2"));
        assert_eq!(people.leaders(), ["Ms Lin"]);
    }

    #[test]
    fn a_ref_means_the_same_thing_for_a_day() {
        let mut refs = Refs::default();
        let print = Fingerprint {
            reference: 1,
            content: 2,
        };
        assert_eq!(refs.check(print, 0), Seen::New);
        refs.remember(print, 9, 5);
        assert_eq!(refs.check(print, 6), Seen::Again { seq: 9, at: 5 });
        assert_eq!(
            refs.check(
                Fingerprint {
                    content: 3,
                    ..print
                },
                6
            ),
            Seen::Reused
        );
        assert_eq!(refs.check(print, KEEP_REF + 6), Seen::New);
        for reference in 10..10 + MAX_REFS as u64 {
            refs.remember(
                Fingerprint {
                    reference,
                    content: 0,
                },
                1,
                6,
            );
        }
        assert_eq!(refs.check(print, 6), Seen::New, "bounded");
    }
}
