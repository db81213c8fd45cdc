//! The persons who are here or left a moment ago: found by key, `sub`, public id and name. The name that
//! each of them gets is decided in `naming.rs`.
//!
//! Owned by the hub.

use crate::auth::links::Links;
use crate::auth::token::Claims;
use crate::chat::grant::{Grant, Reach};
use crate::chat::pace::{self, Pace};
use crate::chat::person::Person;
use crate::chat::refs::{Acked, NewRefs, Refs, Used};
use crate::model::event::Author;
use crate::model::ids::{ClientId, PersonKey, RoomKey};
use crate::model::role::Role;
use crate::model::time::Ticks;
use crate::store::opened::{KNOWN_FOR, MAX_VISITORS, Visitor};
use crate::support::id_map::IdMap;
use crate::support::token_bucket::TokenBucket;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// How long the name of a host or moderator stays reserved after their last connection as such.
const KEEP_LEADER: u64 = 24 * 60 * 60 * 1000;

/// Most persons who are remembered after their last connection, besides hosts and moderators. Above
/// it, those who left first are forgotten before their time.
pub(crate) const MAX_ABSENT: usize = MAX_VISITORS;
/// The bound is checked after this many new persons, and may be passed by as many.
const ARRIVALS_BETWEEN_CHECKS: usize = 256;

/// The persons who are here or left a moment ago.
#[derive(Debug, Default)]
pub(crate) struct People {
    pub(super) persons: IdMap<PersonKey, Person>,
    by_sub: HashMap<Box<str>, PersonKey>,
    by_id: HashMap<Box<str>, PersonKey>,
    pub(super) by_name: HashMap<Box<str>, PersonKey>,
    /// Those of whom a token that leads was seen lately.
    pub(super) leading: BTreeSet<PersonKey>,
    /// Refs of persons who are not here, from before the start or from before they were swept.
    absent: HashMap<Box<str>, Refs>,
    /// New persons since the number of absent ones was last checked.
    arrivals: usize,
    new_refs: NewRefs,
    last: PersonKey,
    /// For each name that several persons asked for: the number below which all suffixes are taken,
    /// and when that was found. Cleared whenever a person gives up a name.
    pub(super) taken: HashMap<String, (u32, Ticks)>,
    /// The names that are kept for those with personal links.
    pub(super) links: Arc<Links>,
    /// When people spoke in rooms with slow mode before the start of the server, until they come back.
    spoke: HashMap<Box<str>, Vec<(RoomKey, Ticks)>>,
    /// The pace that all guests of one device share.
    devices: HashMap<Box<str>, Pace>,
}

impl People {
    /// Nobody yet.
    pub(crate) fn new(links: Arc<Links>) -> People {
        People {
            links,
            ..People::default()
        }
    }

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

    /// A person's pace, or that of their device.
    pub(crate) fn pace_of<'a>(&'a self, person: &'a Person) -> &'a Pace {
        let shared = person.device.as_ref().and_then(|tag| self.devices.get(tag));
        shared.unwrap_or(&person.pace)
    }

    /// The same, to change.
    pub(crate) fn pace_mut(&mut self, key: PersonKey) -> Option<&mut Pace> {
        let person = self.persons.get_mut(&key)?;
        let device = person.device.as_ref();
        match device.and_then(|tag| self.devices.get_mut(tag)) {
            Some(shared) => Some(shared),
            None => Some(&mut person.pace),
        }
    }

    /// Finds or creates the person of a token. Returns the person, and everybody present whose name is
    /// now another.
    pub(crate) fn arrive(
        &mut self,
        claims: &Claims,
        id: String,
        allowance: TokenBucket,
        now: Ticks,
    ) -> (PersonKey, Vec<PersonKey>) {
        let key = match self.by_sub.get(&*claims.sub) {
            Some(&key) => key,
            None => {
                self.bound_absent(now);
                self.add(Person::new(&claims.sub, id, claims.role, allowance, now))
            }
        };
        let present = self.persons.get(&key);
        let before = present
            .filter(|p| !p.connections.is_empty())
            .map(|p| Arc::clone(&p.author));
        let mut renamed = self.assign_name(key, &claims.name, claims.role, now);
        self.note_role(key, claims.role, now);
        if let Some(person) = self.persons.get_mut(&key) {
            person.device = claims.device.as_deref().map(Into::into);
            person.is_gone = false;
            if let Some(tag) = &person.device
                && !self.devices.contains_key(tag)
            {
                self.devices.insert(tag.clone(), person.pace.clone());
            }
            if before.is_some_and(|before| before.name != person.author.name) {
                renamed.push(key);
            }
        }
        let spoke = self.spoke.remove(&*claims.sub).unwrap_or_default();
        if let Some(pace) = self.pace_mut(key) {
            for (room, at) in spoke {
                pace.speaks_in(room, at);
            }
        }
        (key, renamed)
    }

    /// Somebody was here before the start of the server, in the rooms `been`, and left at that moment. The
    /// store does not know what their token granted. A member is taken to have had the rooms where they were;
    /// a host or moderator, all rooms.
    pub(crate) fn visited_before(
        &mut self,
        visitor: Visitor,
        been: Vec<RoomKey>,
        allowance: TokenBucket,
        left: Ticks,
    ) {
        let Author {
            sub,
            id,
            name,
            role,
        } = visitor.who;
        if self.by_sub.contains_key(&sub) {
            return;
        }
        let mut person = Person::new(&sub, id.into(), role, allowance, left);
        let leads = role >= Role::Moderator;
        let reach = Reach::named((!leads).then_some(visitor.rooms));
        person.hold(ClientId::default(), Grant { role, reach });
        person.device = visitor.device;
        person.been = been;
        let key = self.add(person);
        self.note_role(key, role, left);
        self.had_name(key, &name);
    }

    /// Adds a person who was not known, with the refs that they used before.
    fn add(&mut self, mut person: Person) -> PersonKey {
        self.last = self.last.next();
        let Author { sub, id, .. } = &*person.author;
        self.by_sub.insert(sub.clone(), self.last);
        self.by_id.insert(id.clone(), self.last);
        person.refs = self.absent.remove(sub).unwrap_or_default();
        self.persons.insert(self.last, person);
        self.last
    }

    /// A person spoke in a room with slow mode before the start of the server.
    pub(crate) fn spoke_before(&mut self, sub: &str, room: RoomKey, at: Ticks) {
        self.spoke.entry(sub.into()).or_default().push((room, at));
    }

    /// A new person arrives. Once in a while, forgets those who left first if too many are absent.
    fn bound_absent(&mut self, now: Ticks) {
        self.arrivals += 1;
        if self.arrivals < ARRIVALS_BETWEEN_CHECKS {
            return;
        }
        self.arrivals = 0;
        let absent = self.persons.values().filter(|p| p.is_absent());
        let mut left: Vec<Ticks> = absent.map(|p| p.left).collect();
        if let Some(surplus) = left.len().checked_sub(MAX_ABSENT + 1) {
            let (_, last, _) = left.select_nth_unstable(surplus);
            let last = *last;
            self.drop_absent(|p| p.left <= last);
            self.sweep_devices(now);
        }
    }

    /// Notes what the token of one of a person's connections grants. Returns whether others may see
    /// another role of the person now.
    pub(crate) fn hold(
        &mut self,
        key: PersonKey,
        client: ClientId,
        grant: Grant,
        now: Ticks,
    ) -> bool {
        self.note_role(key, grant.role, now);
        let person = self.persons.get_mut(&key);
        person.is_some_and(|person| person.hold(client, grant))
    }

    /// Notes that a token with this role was seen.
    fn note_role(&mut self, key: PersonKey, role: Role, now: Ticks) {
        if role >= Role::Moderator
            && let Some(person) = self.persons.get_mut(&key)
        {
            person.led = Some(now);
            self.leading.insert(key);
        }
    }

    /// Remembers a ref that a person used at that moment.
    pub(crate) fn remember(&mut self, key: PersonKey, used: Used, became: Acked) {
        if let Some(person) = self.persons.get_mut(&key) {
            person.refs.remember(used, became, &mut self.new_refs);
            self.bound_refs();
        }
    }

    /// Remembers a ref that was used before the start of the server, as if it were used at the start.
    pub(crate) fn remember_old(&mut self, sub: &str, used: Used, became: Acked) {
        let refs = self.absent.entry(sub.into()).or_default();
        refs.remember(used, became, &mut self.new_refs);
        self.bound_refs();
    }

    fn bound_refs(&mut self) {
        let persons = self.persons.values_mut().map(|person| &mut person.refs);
        self.new_refs.bound(persons.chain(self.absent.values_mut()));
    }

    /// Notes that one of a person's connections has ended. Returns whether others may see another role
    /// of the person now.
    pub(crate) fn depart(&mut self, key: PersonKey, client: ClientId, now: Ticks) -> bool {
        let Some(person) = self.persons.get_mut(&key) else {
            return false;
        };
        person.left = now;
        if person
            .held()
            .any(|(id, grant)| id == client && grant.leads())
        {
            person.led = Some(now);
        }
        person.release(client)
    }

    /// Forgets the person with this `sub` and their refs. Their connections have ended already.
    pub(crate) fn forget(&mut self, sub: &str) {
        self.absent.remove(sub);
        self.spoke.remove(sub);
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
    pub(crate) fn sweep(&mut self, now: Ticks) {
        self.taken.clear();
        self.absent.retain(|_, refs| refs.sweep(now));
        self.spoke
            .retain(|_, spoke| spoke.iter().any(|&(_, at)| pace::is_recent(at, now)));
        for (key, p) in &mut self.persons {
            p.refs.sweep(now);
            let leads = p
                .held()
                .any(|(id, grant)| p.connections.contains(&id) && grant.leads());
            if !leads && p.led.is_some_and(|at| now.since(at) >= KEEP_LEADER) {
                p.led = None;
                self.leading.remove(key);
            }
        }
        self.drop_absent(|p| now.since(p.left) >= KNOWN_FOR);
        self.sweep_devices(now);
    }

    /// Forgets those absent persons, except for their refs.
    fn drop_absent(&mut self, gone: impl Fn(&Person) -> bool) {
        let (by_sub, by_id, by_name) = (&mut self.by_sub, &mut self.by_id, &mut self.by_name);
        let absent = &mut self.absent;
        self.persons.retain(|key, p| {
            if !p.is_absent() || !gone(p) {
                return true;
            }
            if p.refs.len() > 0 {
                absent.insert(p.author.sub.clone(), std::mem::take(&mut p.refs));
            }
            by_sub.remove(&p.author.sub);
            by_id.remove(&p.author.id);
            if by_name.get(&p.name_key) == Some(key) {
                by_name.remove(&p.name_key);
            }
            false
        });
    }

    /// Forgets the pace of devices that nobody uses and whose pace is that of a new one.
    fn sweep_devices(&mut self, now: Ticks) {
        let used = self.persons.values().filter_map(|p| p.device.clone());
        let used: HashSet<_> = used.collect();
        self.devices
            .retain(|tag, pace| used.contains(tag) || pace.matters(now));
    }
}

#[cfg(test)]
#[path = "people_tests.rs"]
mod tests;
