//! The persons who are here or left a moment ago: found by key, `sub`, public id and name. Decides
//! the name that each of them gets.
//!
//! Owned by the hub.

use crate::auth::names;
use crate::auth::reserved::Reserved;
use crate::auth::token::Claims;
use crate::chat::message::Fingerprint;
use crate::chat::person::{Person, RefOutcome, Refs};
use crate::model::ids::ClientId;
use crate::model::ids::PersonKey;
use crate::model::role::Role;
use crate::model::time::Millis;
use crate::support::id_map::IdMap;
use crate::support::token_bucket::TokenBucket;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// How long a name stays reserved for a person who dropped out.
const KEEP_NAME: Millis = 15 * 60 * 1000;
/// How long the name of a host or moderator stays reserved after their last connection.
const KEEP_LEADER: Millis = 24 * 60 * 60 * 1000;

/// How long it is remembered that the lower suffixes of a name are taken. Names also become free as
/// time passes.
const TAKEN: Millis = 60 * 1000;

/// The persons who are here or left a moment ago.
#[derive(Debug, Default)]
pub(crate) struct People {
    persons: IdMap<PersonKey, Person>,
    by_sub: HashMap<Box<str>, PersonKey>,
    by_id: HashMap<Box<str>, PersonKey>,
    by_name: HashMap<Box<str>, PersonKey>,
    /// Hosts and moderators.
    leading: BTreeSet<PersonKey>,
    /// Refs of persons who are not here, from before the start or from before they were swept.
    absent: HashMap<Box<str>, Refs>,
    last: PersonKey,
    /// For each name that several persons asked for: the number below which all suffixes are taken,
    /// and when that was found. Cleared whenever a person gives up a name.
    taken: HashMap<String, (u32, Millis)>,
}

impl People {
    /// The person with this key.
    pub(crate) fn get(&self, key: PersonKey) -> Option<&Person> {
        self.persons.get(&key)
    }

    /// The person with this key, to change.
    pub(crate) fn get_mut(&mut self, key: PersonKey) -> Option<&mut Person> {
        self.persons.get_mut(&key)
    }

    /// The person of this `sub`.
    pub(crate) fn by_sub(&self, sub: &str) -> Option<PersonKey> {
        self.by_sub.get(sub).copied()
    }

    /// The person with this public id.
    pub(crate) fn by_id(&self, id: &str) -> Option<PersonKey> {
        self.by_id.get(id).copied()
    }

    /// Everybody.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (PersonKey, &Person)> {
        self.persons.iter().map(|(key, person)| (*key, person))
    }

    /// Everybody, to change.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (PersonKey, &mut Person)> {
        self.persons.iter_mut().map(|(key, person)| (*key, person))
    }

    /// Finds or creates the person of a token. Returns the person, and everybody present whose name or
    /// role is now another.
    pub(crate) fn arrive(
        &mut self,
        claims: &Claims,
        id: String,
        allowance: TokenBucket,
        now: Millis,
    ) -> (PersonKey, Vec<PersonKey>) {
        let key = match self.by_sub.get(&*claims.sub) {
            Some(&key) => key,
            None => {
                self.last = self.last.next();
                self.by_sub.insert(claims.sub.as_str().into(), self.last);
                self.by_id.insert(id.as_str().into(), self.last);
                let mut person = Person::new(&claims.sub, id, claims.role, allowance, now);
                person.refs = self.absent.remove(&*claims.sub).unwrap_or_default();
                self.persons.insert(self.last, person);
                self.last
            }
        };
        let present = self.persons.get(&key);
        let before = present
            .filter(|p| !p.connections.is_empty())
            .map(|p| Arc::clone(&p.author));
        let mut renamed = self.assign_name(key, &claims.name, claims.role, now);
        self.promote(key, claims.role);
        if let Some(person) = self.persons.get_mut(&key) {
            person.device = claims.device.as_deref().map(Into::into);
            let now = &person.author;
            if before.is_some_and(|b| b.name != now.name || b.role != now.role) {
                renamed.push(key);
            }
        }
        (key, renamed)
    }

    /// Gives a person another role.
    pub(crate) fn promote(&mut self, key: PersonKey, role: Role) {
        if let Some(person) = self.persons.get_mut(&key) {
            let name = person.author.name.clone();
            person.sign_as(&name, role);
        }
        if role >= Role::Moderator {
            self.leading.insert(key);
        } else {
            self.leading.remove(&key);
        }
    }

    /// Gives a person the name that they ask for, or the next free one with a suffix. A host or
    /// moderator gets the name unchanged. Members who have it, or one that looks like it, get a
    /// suffix, and so do members who ask for it later. Returns the members who were renamed.
    fn assign_name(
        &mut self,
        key: PersonKey,
        name: &str,
        role: Role,
        now: Millis,
    ) -> Vec<PersonKey> {
        let same = |p: &Person| *p.asked_name == *name && p.author.role == role;
        let holds = |p: &Person| self.by_name.get(&p.name_key) == Some(&key);
        if self.persons.get(&key).is_some_and(|p| same(p) && holds(p)) {
            return Vec::new();
        }
        let mut displaced = Vec::new();
        if role >= Role::Moderator {
            let alike = Reserved::new(&[name.to_owned()]);
            let below =
                |p: &Person| p.author.role < Role::Moderator && alike.matches(&p.author.name);
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
                .map(|p| p.author.name.to_string())
                .unwrap_or_default();
            let name = self.with_free_suffix(&old, other, Role::Member, now);
            self.rename(other, name);
        }
        let like_a_leader = role < Role::Moderator
            && !self.leading.is_empty()
            && Reserved::new(&self.leaders()).matches(name);
        let free = !like_a_leader && self.is_free(name, key, role, now);
        let given = if free {
            name.to_owned()
        } else {
            self.with_free_suffix(name, key, role, now)
        };
        self.rename(key, given);
        if let Some(person) = self.persons.get_mut(&key) {
            person.asked_name = name.into();
        }
        displaced
    }

    fn is_free(&self, name: &str, asker: PersonKey, role: Role, now: Millis) -> bool {
        let holder = self.by_name.get(&*names::key(name));
        let holder = holder.filter(|&&holder| holder != asker);
        holder
            .and_then(|key| self.persons.get(key))
            .is_none_or(|p| {
                // The name of a host or moderator is for hosts and moderators alone.
                let for_them = p.author.role < Role::Moderator || role >= Role::Moderator;
                p.connections.is_empty() && p.left + KEEP_NAME <= now && for_them
            })
    }

    /// The name with the lowest free suffix. The search begins where the last one ended, so that a
    /// thousand persons with one name do not try a million suffixes.
    fn with_free_suffix(
        &mut self,
        name: &str,
        asker: PersonKey,
        role: Role,
        now: Millis,
    ) -> String {
        let key = names::key(name);
        let known = self.taken.get(&key).copied();
        let known = known.filter(|(_, since)| now < since + TAKEN);
        let (first, since) = known.unwrap_or((2, now));
        // There are fewer persons than numbers, so one number is free.
        let mut names = (first..).map(|n| (n, names::with_suffix(name, n)));
        let found = names.find(|(_, name)| self.is_free(name, asker, role, now));
        let (n, name) = found.unwrap_or_default();
        self.taken.insert(key, (n, since));
        name
    }

    fn rename(&mut self, key: PersonKey, name: String) {
        let Some(person) = self.persons.get_mut(&key) else {
            return;
        };
        if self.by_name.get(&person.name_key) == Some(&key) {
            self.by_name.remove(&person.name_key);
            self.taken.clear();
        }
        person.name_key = names::key(&name).into();
        let role = person.author.role;
        person.sign_as(&name, role);
        self.by_name.insert(person.name_key.clone(), key);
    }

    /// The names of hosts and moderators, which nobody else may imitate.
    pub(crate) fn leaders(&self) -> Vec<String> {
        let leaders = self.leading.iter().filter_map(|key| self.persons.get(key));
        leaders.map(|p| p.author.name.to_string()).collect()
    }

    /// Remembers a ref that was used before the start of the server.
    pub(crate) fn remember_ref(&mut self, sub: &str, print: Fingerprint, became: RefOutcome) {
        self.absent
            .entry(sub.into())
            .or_default()
            .remember(print, became);
    }

    /// Notes that one of a person's connections has ended.
    pub(crate) fn depart(&mut self, key: PersonKey, client: ClientId, now: Millis) {
        if let Some(person) = self.persons.get_mut(&key) {
            person.connections.retain(|&id| id != client);
            person.left = now;
        }
    }

    /// Forgets the person with this `sub` and their refs. Their connections have ended already.
    pub(crate) fn forget(&mut self, sub: &str) {
        self.absent.remove(sub);
        let Some(key) = self.by_sub.remove(sub) else {
            return;
        };
        self.taken.clear();
        self.leading.remove(&key);
        if let Some(person) = self.persons.remove(&key) {
            self.by_id.remove(&person.author.id);
            if self.by_name.get(&person.name_key) == Some(&key) {
                self.by_name.remove(&person.name_key);
            }
        }
    }

    /// Forgets the persons who left long ago, except for their refs. Hosts and moderators keep their
    /// names for a day.
    pub(crate) fn sweep(&mut self, now: Millis) {
        let (by_sub, by_id, by_name) = (&mut self.by_sub, &mut self.by_id, &mut self.by_name);
        let leading = &mut self.leading;
        self.taken.clear();
        let absent = &mut self.absent;
        absent.retain(|_, refs| refs.is_young(now));
        self.persons.retain(|key, p| {
            let leads = p.author.role >= Role::Moderator;
            let keep = if leads { KEEP_LEADER } else { KEEP_NAME };
            let gone = p.connections.is_empty() && p.left + keep <= now;
            if gone {
                absent.insert(p.author.sub.clone(), std::mem::take(&mut p.refs));
                leading.remove(key);
                by_sub.remove(&p.author.sub);
                by_id.remove(&p.author.id);
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
        let full = TokenBucket::new(crate::chat::gate::VISITS, now);
        let (key, _) = people.arrive(&claims(sub, name, role), format!("id-{sub}"), full, now);
        people
            .get(key)
            .map(|person| person.author.name.to_string())
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
    fn many_of_one_name_get_the_numbers_in_order_and_one_given_up_is_given_again() {
        let mut people = People::default();
        for n in 1..=500 {
            let name = arrive(&mut people, &format!("s{n}"), "Ann", Role::Member, 0);
            let expected = if n == 1 {
                "Ann".into()
            } else {
                format!("Ann {n}")
            };
            assert_eq!(name, expected);
        }
        people.forget("s7");
        assert_eq!(arrive(&mut people, "x", "Ann", Role::Member, 0), "Ann 7");
        assert_eq!(arrive(&mut people, "y", "Ann", Role::Member, 0), "Ann 501");
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
        assert_eq!(
            arrive(&mut people, "l", "Ms Lín", Role::Member, 1),
            "Ms Lín 2",
            "a look-alike whose token is older than the host's presence"
        );
        let guest = people.by_id("id-g").and_then(|key| people.get(key));
        assert_eq!(guest.map(|p| &*p.author.name), Some("Ms Lin 2"));
        assert_eq!(people.leaders(), ["Ms Lin"]);
        // The next day's link is another person, who finds the name free; a guest does not.
        assert_eq!(
            arrive(&mut people, "y", "Ms Lin", Role::Member, KEEP_NAME),
            "Ms Lin 2"
        );
        assert_eq!(
            arrive(&mut people, "z", "Ms Lin", Role::Host, KEEP_NAME),
            "Ms Lin"
        );
    }
}
