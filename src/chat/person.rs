//! One person: name and roles, connections, rate limits, mutes, and the refs that they used.
//!
//! Owned by the hub. A person is the `sub` of a token, with any number of connections. Each of them
//! has the role and the rooms of its own token; others see the highest role in the room. The hub
//! remembers a person for a while after the last connection ends (`people.rs`), so that somebody who
//! drops out keeps the name, the rate limits and the refs.

use crate::auth::revoked::DEMO;
use crate::chat::event::PersonInfo;
use crate::chat::gate;
use crate::chat::grant::{Grant, Rank, Reach};
use crate::chat::pace::Pace;
use crate::chat::refs::Refs;
use crate::model::event::Author;
use crate::model::ids::ClientId;
use crate::model::ids::RoomKey;
use crate::model::role::Role;
use crate::model::time::Ticks;
use crate::support::token_bucket::TokenBucket;
use std::sync::Arc;

/// How long a name stays reserved for a person who dropped out: milliseconds.
pub(crate) const KEEP_NAME: u64 = 15 * 60 * 1000;

/// One person.
#[derive(Debug)]
pub(crate) struct Person {
    /// Identity and name, and the highest of their roles. Where they have a lower one,
    /// [`Person::author_in`] is the author of what they say.
    pub author: Arc<Author>,
    /// The name in their token.
    pub(super) asked_name: Box<str>,
    /// Their name in the form in which names are compared.
    pub(super) name_key: Box<str>,
    /// A guest's device, signed into the token.
    pub device: Option<Box<str>>,
    /// Their connections, oldest first.
    pub connections: Vec<ClientId>,
    /// The grant of each connection's token. For a person who is not here, that of the last connection.
    held: Vec<(ClientId, Grant)>,
    /// When a token of theirs that leads was last seen; `None`: long ago, or never.
    pub(super) led: Option<Ticks>,
    /// Their pace, unless they share that of their device.
    pub(super) pace: Pace,
    /// Limits how often they connect.
    pub visits: TokenBucket,
    /// Their mutes: where each holds, and until when.
    pub mutes: Vec<(Reach, Ticks)>,
    /// Those through an anonymous question, which nobody is shown.
    pub unnamed_mutes: Vec<(Reach, Ticks)>,
    /// Rooms where they have been.
    pub been: Vec<RoomKey>,
    /// Refs they used.
    pub refs: Refs,
    /// `from` of their messages, encoded.
    from: Box<str>,
    /// The same two with each lower role that they have in some rooms, the highest first. Mostly
    /// empty: few people have tokens of different roles.
    lower: Vec<(Arc<Author>, Box<str>)>,
    /// When the last connection ended.
    pub(super) left: Ticks,
    /// Their lesson has ended, and they have not come to another one: nobody comes in with their token.
    pub is_gone: bool,
}

impl Person {
    /// A person without a name.
    pub(crate) fn new(
        sub: &str,
        id: String,
        role: Role,
        allowance: TokenBucket,
        now: Ticks,
    ) -> Self {
        Self {
            author: Arc::new(Author {
                sub: sub.into(),
                id: id.into(),
                name: "".into(),
                role,
            }),
            asked_name: "".into(),
            name_key: "".into(),
            device: None,
            connections: Vec::new(),
            held: Vec::new(),
            led: None,
            pace: Pace::new(allowance),
            visits: TokenBucket::new(gate::VISITS, now),
            mutes: Vec::new(),
            unnamed_mutes: Vec::new(),
            been: Vec::new(),
            refs: Refs::default(),
            from: "".into(),
            lower: Vec::new(),
            left: now,
            is_gone: false,
        }
    }

    /// Whether this is a demo identity: it shows the protocol, or the room on a wall, and nobody sits there.
    pub(crate) fn is_demo(&self) -> bool {
        self.author.sub.starts_with(DEMO)
    }

    /// Whether somebody with this token is told how the door is: who leads, and the wall, which shows how to join.
    pub(crate) fn hears_of_door(&self, grant: &Grant) -> bool {
        grant.leads() || self.is_demo() && grant.role == Role::Observer
    }

    /// Whether the person is connected.
    pub(crate) fn is_here(&self) -> bool {
        !self.connections.is_empty()
    }

    /// Whether the person is here, or left so short a time ago that nobody else gets their name.
    pub(crate) fn keeps_name(&self, now: Ticks) -> bool {
        self.is_here() || now.since(self.left) < KEEP_NAME
    }

    /// Whether the person has left, and leads nobody: they may be forgotten after a while.
    pub(crate) fn is_absent(&self) -> bool {
        self.connections.is_empty() && self.led.is_none()
    }

    /// The person as an entry of a list of the people in `room`.
    pub(crate) fn info_in(&self, room: &str) -> PersonInfo<'_> {
        let role = self.role_in(room);
        PersonInfo {
            role: Some(role),
            muted: self.mutes.iter().any(|(reach, _)| reach.covers(room)),
            // Only guests choose their names. Whoever runs the server signed the names of all others.
            unverified: self.device.is_some() && role < Role::Moderator,
            ..self.info()
        }
    }

    /// Id and name.
    pub(crate) fn info(&self) -> PersonInfo<'_> {
        let Author { id, name, .. } = &*self.author;
        PersonInfo::named(id, name)
    }

    /// The person as the author of something, with this role.
    pub(crate) fn signature(&self, role: Role) -> PersonInfo<'_> {
        PersonInfo::signed(&self.author.id, &self.author.name, role)
    }

    /// The highest role that a connection of theirs has in `room`.
    pub(crate) fn role_in(&self, room: &str) -> Role {
        self.author_in(room).0.role
    }

    /// The author of what they say in `room`, and the same encoded as `from`. Others see the highest
    /// role that a connection of theirs has there.
    pub(crate) fn author_in(&self, room: &str) -> (&Arc<Author>, &str) {
        let highest = (&self.author, &*self.from);
        if self.lower.is_empty() {
            return highest;
        }
        let role = self.highest(|grant| grant.reach.covers(room));
        let mut lower = self.lower.iter();
        match lower.find(|(author, _)| Some(author.role) == role) {
            Some((author, from)) => (author, from),
            None if role == Some(self.author.role) => highest,
            None => self
                .lower
                .last()
                .map_or(highest, |(author, from)| (author, from)),
        }
    }

    /// The highest rank that they have in any room of `reach`; the lowest if they are in none of them.
    pub(crate) fn rank_within(&self, reach: &Reach) -> Rank {
        let held = self.held.iter().map(|(_, grant)| grant);
        let there = held.filter(|grant| grant.reach.meets(reach));
        there.map(Grant::rank).max().unwrap_or(Rank::LOWEST)
    }

    /// The highest role that they have in any of these rooms; `None`: they may be in none of them.
    pub(crate) fn role_in_any(&self, rooms: &[&str]) -> Option<Role> {
        self.highest(|grant| rooms.iter().any(|room| grant.reach.covers(room)))
    }

    fn highest(&self, counts: impl Fn(&Grant) -> bool) -> Option<Role> {
        let held = self.held.iter().map(|(_, grant)| grant);
        held.filter(|grant| counts(grant))
            .map(|grant| grant.role)
            .max()
    }

    /// What their connections' tokens grant.
    pub(crate) fn held(&self) -> impl Iterator<Item = (ClientId, &Grant)> {
        self.held.iter().map(|(client, grant)| (*client, grant))
    }

    /// The rooms of their tokens; all rooms if they are not known.
    pub(crate) fn home(&self) -> Reach {
        let held = self.held.iter();
        let rooms: Option<Vec<_>> = held.map(|(_, grant)| grant.reach.rooms()).collect();
        let rooms = rooms.map(|rooms| rooms.concat());
        Reach::named(rooms.filter(|rooms| !rooms.is_empty()))
    }

    /// Whether there is a mute of theirs.
    pub(crate) fn has_mutes(&self) -> bool {
        !self.mutes.is_empty() || !self.unnamed_mutes.is_empty()
    }

    /// When their mute in `room` ends, or that in all rooms.
    pub(crate) fn muted_in(&self, room: Option<&str>) -> Option<Ticks> {
        let holds = |reach: &Reach| match room {
            Some(room) => reach.covers(room),
            None => reach.is_everywhere(),
        };
        let mutes = self.mutes.iter().chain(&self.unnamed_mutes);
        let mutes = mutes.filter(|(reach, _)| holds(reach));
        mutes.map(|&(_, until)| until).max()
    }

    /// One of their connections has a token that grants this. Returns whether others may see another
    /// role now.
    pub(super) fn hold(&mut self, client: ClientId, grant: Grant) -> bool {
        let here = &self.connections;
        self.held
            .retain(|(other, _)| *other != client && here.contains(other));
        self.held.push((client, grant));
        self.roles_changed()
    }

    /// One of their connections has ended. Returns whether others may see another role now.
    pub(super) fn release(&mut self, client: ClientId) -> bool {
        self.connections.retain(|&id| id != client);
        if self.connections.is_empty() {
            return false;
        }
        self.held.retain(|(other, _)| *other != client);
        self.roles_changed()
    }

    fn roles_changed(&mut self) -> bool {
        let before = (self.author.role, self.lower.len());
        let name = self.author.name.clone();
        self.sign_as(&name);
        before != (self.author.role, 0) || !self.lower.is_empty()
    }

    /// Sets the name, and signs with it in each of their roles.
    pub(super) fn sign_as(&mut self, name: &str) {
        let Author { sub, id, role, .. } = &*self.author;
        let (sub, id, known) = (sub.clone(), id.clone(), *role);
        let mut roles: Vec<Role> = self.held.iter().map(|(_, grant)| grant.role).collect();
        roles.sort_unstable_by_key(|&role| std::cmp::Reverse(role));
        roles.dedup();
        let highest = roles.first().copied().unwrap_or(known);
        let sign = |role| {
            let (sub, id, name) = (sub.clone(), id.clone(), name.into());
            let author = Author {
                sub,
                id,
                name,
                role,
            };
            let shown = PersonInfo::signed(&author.id, &author.name, role);
            let from = serde_json::to_string(&shown).unwrap_or_default();
            (Arc::new(author), from.into())
        };
        (self.author, self.from) = sign(highest);
        self.lower = roles.into_iter().skip(1).map(sign).collect();
    }
}

#[cfg(test)]
#[path = "person_tests.rs"]
mod tests;
