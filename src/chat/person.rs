//! One person: who is behind the connections, what they may still do, and which refs they used.
//!
//! Owned by the hub. A person is the `sub` of a token, whatever number of connections they have.
//! They are remembered for a while after the last one ends (`people.rs`), so that somebody who
//! drops out keeps the name, the allowance and the refs.

use crate::chat::event::Who;
use crate::chat::gate::{self, Standing};
use crate::chat::message::Fingerprint;
use crate::model::event::Author;
use crate::model::ids::ClientId;
use crate::model::ids::RoomKey;
use crate::model::role::Role;
use crate::model::time::Millis;
use crate::support::id_map::IdMap;
use crate::support::token_bucket::TokenBucket;
use std::sync::Arc;

/// How long a `ref` is remembered.
const KEEP_REF: Millis = 24 * 60 * 60 * 1000;
/// So many of a person's newest refs are remembered at least, and at most twice as many: half an
/// hour of uninterrupted talk at one message a second.
const REFS: usize = 2048;

/// One person.
#[derive(Debug)]
pub struct Person {
    /// Who they are, and as whom they sign; made anew when name or role change.
    pub author: Arc<Author>,
    /// What the token calls them.
    pub(super) asked_name: Box<str>,
    /// Their name as names are compared.
    pub(super) name_key: Box<str>,
    /// A guest's device, signed into the token.
    pub device: Option<Box<str>>,
    /// Their connections, oldest first.
    pub connections: Vec<ClientId>,
    /// What is left of their message rate.
    pub allowance: TokenBucket,
    /// What is left of their connections.
    pub visits: TokenBucket,
    /// Until when they are muted.
    pub muted: Option<Millis>,
    /// When they last spoke in which room, for slow mode.
    pub spoke: Vec<(RoomKey, Millis)>,
    /// Refs they used.
    pub refs: Refs,
    /// `from` of their messages, encoded.
    pub from: Box<str>,
    /// When the last connection ended.
    pub(super) left: Millis,
}

impl Person {
    /// Somebody who has no name yet.
    pub fn new(sub: &str, id: String, role: Role, allowance: TokenBucket, now: Millis) -> Self {
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
            allowance,
            visits: TokenBucket::new(gate::VISITS, now),
            muted: None,
            spoke: Vec::new(),
            refs: Refs::default(),
            from: "".into(),
            left: now,
        }
    }

    /// As lists of people show them.
    pub fn who(&self) -> Who<'_> {
        let (role, muted) = (Some(self.author.role), self.muted.is_some());
        let Author { id, name, .. } = &*self.author;
        Who {
            id,
            name,
            role,
            muted,
        }
    }

    /// As the author of something.
    pub fn signature(&self) -> Who<'_> {
        let role = Some(self.author.role).filter(|&role| role != Role::Member);
        let Author { id, name, .. } = &*self.author;
        Who {
            id,
            name,
            role,
            muted: false,
        }
    }

    /// As the gate sees them.
    pub fn standing(&self) -> Standing {
        Standing {
            role: self.author.role,
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

    /// Gives them another name or role.
    pub fn sign_as(&mut self, name: &str, role: Role) {
        let Author { sub, id, .. } = &*self.author;
        let (sub, id) = (sub.clone(), id.clone());
        self.author = Arc::new(Author {
            sub,
            id,
            name: name.into(),
            role,
        });
        self.from = serde_json::to_string(&self.signature())
            .unwrap_or_default()
            .into();
    }
}

/// What became of a `ref`: an event of a room with its number, or nothing that a room keeps; and
/// when.
pub type RefOutcome = (Option<(RoomKey, u64)>, Millis);

/// Whether a `ref` is new.
#[derive(Debug, PartialEq, Eq)]
pub enum Seen {
    /// Never seen: go on.
    New,
    /// The same request again: acknowledge it as before.
    Again(RefOutcome),
    /// The same ref for something else.
    Reused,
}

/// A person's newest refs, as fingerprints, in two generations: when the younger one is full, the
/// older one is let go as a whole. Nothing is taken out one by one, nor remembered in what order.
#[derive(Debug, Default)]
pub struct Refs {
    young: IdMap<u64, (u64, RefOutcome)>,
    old: IdMap<u64, (u64, RefOutcome)>,
    /// When the newest became an event.
    latest: Millis,
}

impl Refs {
    /// Whether `print` was used before.
    pub fn check(&self, print: Fingerprint, now: Millis) -> Seen {
        let known = self.young.get(&print.reference);
        match known.or_else(|| self.old.get(&print.reference)) {
            None => Seen::New,
            Some((_, (_, at))) if at + KEEP_REF < now => Seen::New,
            Some(&(content, became)) if content == print.content || content == 0 => {
                Seen::Again(became)
            }
            Some(_) => Seen::Reused,
        }
    }

    /// Whether any of them still means something.
    pub fn is_young(&self, now: Millis) -> bool {
        !self.young.is_empty() && self.latest + KEEP_REF >= now
    }

    /// Remembers what `print` became.
    pub fn remember(&mut self, print: Fingerprint, became: RefOutcome) {
        if self.young.len() == REFS {
            std::mem::swap(&mut self.young, &mut self.old);
            self.young.clear();
        }
        // At the start they are remembered room by room, not in the order of time.
        self.latest = self.latest.max(became.1);
        self.young.insert(print.reference, (print.content, became));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ref_means_the_same_thing_for_a_day() {
        let mut refs = Refs::default();
        let print = Fingerprint {
            reference: 1,
            content: 2,
        };
        assert_eq!(refs.check(print, 0), Seen::New);
        let became = (Some((RoomKey::new(3), 9)), 5);
        refs.remember(print, became);
        assert_eq!(refs.check(print, 6), Seen::Again(became));
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
        let others = 10..10 + 2 * REFS as u64;
        let other = |reference| Fingerprint {
            reference,
            content: 0,
        };
        for reference in others.clone() {
            refs.remember(other(reference), (None, 6));
        }
        assert_eq!(refs.check(print, 6), Seen::New, "bounded");
        let newest = others.clone().skip(REFS);
        for reference in newest {
            assert_ne!(refs.check(other(reference), 6), Seen::New, "{reference}");
        }
        let erased = Fingerprint {
            reference: others.end - 1,
            content: 77,
        };
        assert_eq!(refs.check(erased, 6), Seen::Again((None, 6)));
    }
}
