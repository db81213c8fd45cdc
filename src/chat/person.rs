//! One person: name and role, connections, rate limits, mute, and the refs that they used.
//!
//! Owned by the hub. A person is the `sub` of a token, with any number of connections. The hub
//! remembers a person for a while after the last connection ends (`people.rs`), so that somebody who
//! drops out keeps the name, the rate limits and the refs.

use crate::chat::event::PersonInfo;
use crate::chat::gate::{self, Standing};
use crate::chat::message::Fingerprint;
use crate::model::event::Author;
use crate::model::ids::ClientId;
use crate::model::ids::RoomKey;
use crate::model::role::Role;
use crate::model::time::Millis;
use crate::store::opened::{MAX_REFS, REF_LIFETIME};
use crate::support::id_map::IdMap;
use crate::support::token_bucket::TokenBucket;
use std::sync::Arc;

/// Refs in one generation. At least this many of a person's newest refs are remembered, and at most
/// twice as many: half an hour of messages at one a second.
const GENERATION: usize = MAX_REFS / 2;

/// One person.
#[derive(Debug)]
pub(crate) struct Person {
    /// Identity, name and role, as messages carry them. Replaced when the name or the role changes.
    pub author: Arc<Author>,
    /// The name in their token.
    pub(super) asked_name: Box<str>,
    /// Their name in the form in which names are compared.
    pub(super) name_key: Box<str>,
    /// A guest's device, signed into the token.
    pub device: Option<Box<str>>,
    /// Their connections, oldest first.
    pub connections: Vec<ClientId>,
    /// Limits their requests.
    pub allowance: TokenBucket,
    /// Limits how often they connect.
    pub visits: TokenBucket,
    /// When their mute ends.
    pub muted: Option<Millis>,
    /// When they last spoke in each room, for slow mode.
    pub spoke: Vec<(RoomKey, Millis)>,
    /// Refs they used.
    pub refs: Refs,
    /// `from` of their messages, encoded.
    pub from: Box<str>,
    /// When the last connection ended.
    pub(super) left: Millis,
}

impl Person {
    /// A person without a name.
    pub(crate) fn new(
        sub: &str,
        id: String,
        role: Role,
        allowance: TokenBucket,
        now: Millis,
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
            allowance,
            visits: TokenBucket::new(gate::VISITS, now),
            muted: None,
            spoke: Vec::new(),
            refs: Refs::default(),
            from: "".into(),
            left: now,
        }
    }

    /// The person as an entry of a list of people.
    pub(crate) fn info(&self) -> PersonInfo<'_> {
        let (role, muted) = (Some(self.author.role), self.muted.is_some());
        let Author { id, name, .. } = &*self.author;
        PersonInfo {
            id,
            name,
            role,
            muted,
        }
    }

    /// The person as the author of a message.
    pub(crate) fn signature(&self) -> PersonInfo<'_> {
        let role = Some(self.author.role).filter(|&role| role != Role::Member);
        let Author { id, name, .. } = &*self.author;
        PersonInfo {
            id,
            name,
            role,
            muted: false,
        }
    }

    /// What the gate needs to know of the person.
    pub(crate) fn standing(&self) -> Standing {
        Standing {
            role: self.author.role,
            muted: self.muted,
        }
    }

    /// When they last spoke in `room`.
    pub(crate) fn spoke_in(&self, room: RoomKey) -> Option<Millis> {
        self.spoke
            .iter()
            .find(|(key, _)| *key == room)
            .map(|&(_, at)| at)
    }

    /// Notes when they spoke in `room`.
    pub(crate) fn speaks_in(&mut self, room: RoomKey, at: Millis) {
        match self.spoke.iter_mut().find(|(key, _)| *key == room) {
            Some(entry) => entry.1 = at,
            None => self.spoke.push((room, at)),
        }
    }

    /// Sets the name and the role.
    pub(crate) fn sign_as(&mut self, name: &str, role: Role) {
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

/// What a request with a `ref` came to: the event of a room, if it became one, and the time.
pub(crate) type RefOutcome = (Option<(RoomKey, u64)>, Millis);

/// Whether a `ref` is new.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// It is new: serve the request.
    New,
    /// The request is a retry: acknowledge it as before.
    Again(RefOutcome),
    /// The ref was used for another request.
    Reused,
}

/// A person's newest refs, as fingerprints, in two generations. When the younger one is full, the
/// older one is dropped as a whole, so that the order of single refs need not be kept.
#[derive(Debug, Default)]
pub(crate) struct Refs {
    young: IdMap<u64, (u64, RefOutcome)>,
    old: IdMap<u64, (u64, RefOutcome)>,
    /// The time of the newest.
    latest: Millis,
}

impl Refs {
    /// Whether `print` was used before.
    pub(crate) fn check(&self, print: Fingerprint, now: Millis) -> Seen {
        let known = self.young.get(&print.reference);
        match known.or_else(|| self.old.get(&print.reference)) {
            None => Seen::New,
            Some((_, (_, at))) if at + REF_LIFETIME < now => Seen::New,
            Some(&(content, became)) if content == print.content || content == 0 => {
                Seen::Again(became)
            }
            Some(_) => Seen::Reused,
        }
    }

    /// Whether any of them is still valid.
    pub(crate) fn is_young(&self, now: Millis) -> bool {
        !self.young.is_empty() && self.latest + REF_LIFETIME >= now
    }

    /// Remembers the outcome of the request with this fingerprint.
    pub(crate) fn remember(&mut self, print: Fingerprint, became: RefOutcome) {
        if self.young.len() == GENERATION {
            std::mem::swap(&mut self.young, &mut self.old);
            self.young.clear();
        }
        // At the start of the server, refs come room by room, not in the order of time.
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
        assert_eq!(refs.check(print, REF_LIFETIME + 6), Seen::New);
        let others = 10..10 + 2 * GENERATION as u64;
        let other = |reference| Fingerprint {
            reference,
            content: 0,
        };
        for reference in others.clone() {
            refs.remember(other(reference), (None, 6));
        }
        assert_eq!(refs.check(print, 6), Seen::New, "bounded");
        let newest = others.clone().skip(GENERATION);
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
