//! The name that each person gets: the one that they ask for, unless somebody else has it or it is kept
//! for somebody else.
//!
//! A part of [`People`], which the hub owns.

use crate::auth::links::Kept;
use crate::auth::names;
use crate::auth::reserved::Reserved;
use crate::chat::people::People;
use crate::chat::person::Person;
use crate::model::ids::PersonKey;
use crate::model::role::Role;
use crate::model::time::Ticks;

/// How long it is remembered that the lower suffixes of a name are taken. Names also become free as
/// time passes.
const TAKEN: u64 = 60 * 1000;

impl People {
    /// Gives a person the name that they ask for, or the next free one with a suffix. A host or
    /// moderator gets the name unchanged. Members who have it, or one that looks like it, get a
    /// suffix, and so do members who ask for it later. So it is with the name of a person who has a
    /// personal link. Returns the members who were renamed.
    pub(crate) fn assign_name(
        &mut self,
        key: PersonKey,
        name: &str,
        role: Role,
        now: Ticks,
    ) -> Vec<PersonKey> {
        let leads = role >= Role::Moderator;
        // Somebody with a token that leads and another one that does not keeps the name that the
        // first one got.
        let same = |p: &Person| *p.asked_name == *name && (p.led.is_some() || !leads);
        let holds = |p: &Person| self.by_name.get(&p.name_key) == Some(&key);
        if self.persons.get(&key).is_some_and(|p| same(p) && holds(p)) {
            return Vec::new();
        }
        let mut displaced = Vec::new();
        if !leads {
            displaced.extend(self.guest_with_the_name_of(key, name));
        } else {
            let alike = Reserved::new(&[name.to_owned()]);
            // A comparison of looks is slow, and a person whose name is free gets a name when they return.
            let below =
                |p: &Person| p.led.is_none() && p.keeps_name(now) && alike.matches(&p.author.name);
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
        self.give(key, name, role, now);
        displaced
    }

    /// Somebody who has the name that is kept for the owner of a personal link, who comes now.
    fn guest_with_the_name_of(&self, owner: PersonKey, name: &str) -> Option<PersonKey> {
        let kept = self.links.kept(name, &self.get(owner)?.author.sub);
        let holder = self.by_name.get(&*names::key(name)).copied();
        let holder = holder.filter(|&holder| kept == Kept::ForThem && holder != owner);
        holder.filter(|&holder| self.get(holder).is_some_and(|p| p.led.is_none()))
    }

    /// Calls a person by `name` if it is free for them, or by the next free name with a number.
    fn give(&mut self, key: PersonKey, name: &str, role: Role, now: Ticks) {
        let leads = role >= Role::Moderator;
        let others = self.leading.iter().filter(|&&leader| leader != key);
        let others: Vec<&PersonKey> = others.filter(|_| !leads).collect();
        let like_a_leader =
            !others.is_empty() && Reserved::new(&self.names_of(others)).matches(name);
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
    }

    /// The name that a person had when they left. If somebody who left later had it, too, it is theirs.
    pub(super) fn had_name(&mut self, key: PersonKey, name: &str) {
        let Some(person) = self.persons.get_mut(&key) else {
            return;
        };
        person.asked_name = name.into();
        person.name_key = names::key(name).into();
        person.sign_as(name);
        let place = self.by_name.entry(person.name_key.clone());
        place.or_insert(key);
    }

    fn is_free(&self, name: &str, asker: PersonKey, role: Role, now: Ticks) -> bool {
        let sub = self.get(asker).map(|person| &*person.author.sub);
        let kept = self.links.kept(name, sub.unwrap_or_default());
        if kept == Kept::ForAnother && role < Role::Moderator {
            return false;
        }
        let holder = self.by_name.get(&*names::key(name));
        let holder = holder.filter(|&&holder| holder != asker);
        holder
            .and_then(|key| self.persons.get(key))
            .is_none_or(|p| {
                // The name of a host or moderator is for hosts and moderators alone.
                let for_them = p.led.is_none() || role >= Role::Moderator;
                !p.keeps_name(now) && for_them
            })
    }

    /// The name with the lowest free suffix. The search begins where the last one ended, so that a
    /// thousand persons with one name do not try a million suffixes.
    fn with_free_suffix(&mut self, name: &str, asker: PersonKey, role: Role, now: Ticks) -> String {
        let key = names::key(name);
        let known = self.taken.get(&key).copied();
        let known = known.filter(|(_, since)| now.since(*since) < TAKEN);
        let (first, since) = known.unwrap_or((2, now));
        // There are fewer persons than numbers, so one number is free.
        let mut names = (first..).map(|n| (n, names::with_suffix(name, n)));
        let found = names.find(|(_, name)| self.is_free(name, asker, role, now));
        let (n, name) = found.unwrap_or_default();
        self.taken.insert(key, (n, since));
        name
    }

    /// Calls a person by `name` with a number.
    pub(crate) fn give_number(&mut self, key: PersonKey, name: &str, now: Ticks) {
        let name = self.with_free_suffix(name, key, Role::Member, now);
        self.rename(key, name);
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
        person.sign_as(&name);
        self.by_name.insert(person.name_key.clone(), key);
    }

    /// Keeps no name any more for those absent people whose tokens are `void`.
    pub(crate) fn free_names(&mut self, void: impl Fn(&Person) -> bool) {
        let absent = self.persons.iter().filter(|(_, p)| p.is_absent());
        for (key, person) in absent.filter(|(_, p)| void(p)) {
            if self.by_name.get(&person.name_key) == Some(key) {
                self.by_name.remove(&person.name_key);
            }
        }
        self.taken.clear();
    }

    /// The names of hosts and moderators, which nobody else may imitate.
    pub(crate) fn leaders(&self) -> Vec<String> {
        self.names_of(&self.leading)
    }

    fn names_of<'a>(&self, keys: impl IntoIterator<Item = &'a PersonKey>) -> Vec<String> {
        let people = keys.into_iter().filter_map(|key| self.persons.get(key));
        people.map(|p| p.author.name.to_string()).collect()
    }
}

#[cfg(test)]
#[path = "naming_tests.rs"]
mod tests;
