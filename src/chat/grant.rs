//! What a token gives its holder: a role, and the rooms where it holds.
//!
//! Pure. A grant belongs to the connection that carries the token. A person may have several
//! connections with different tokens, and what one of them may do says nothing about the others.

use crate::auth::token::Claims;
use crate::model::role::Role;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// All rooms, or certain ones by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reach(Option<Arc<[Box<str>]>>);

impl Reach {
    /// All rooms, those that are not there yet included.
    pub(crate) const EVERYWHERE: Reach = Reach(None);

    /// The rooms of a token; `None`: all.
    pub(crate) fn of(rooms: Option<&[String]>) -> Self {
        Self(rooms.map(|rooms| rooms.iter().map(|room| room.as_str().into()).collect()))
    }

    /// These rooms; `None`: all.
    pub(crate) fn named(rooms: Option<Vec<Box<str>>>) -> Self {
        Self(rooms.map(Into::into))
    }

    /// Whether it is all rooms.
    pub(crate) fn is_everywhere(&self) -> bool {
        self.0.is_none()
    }

    /// The rooms, unless it is all.
    pub(crate) fn rooms(&self) -> Option<&[Box<str>]> {
        self.0.as_deref()
    }

    /// Whether this room is among them.
    pub(crate) fn covers(&self, room: &str) -> bool {
        self.rooms()
            .is_none_or(|rooms| rooms.iter().any(|name| **name == *room))
    }

    /// Whether every room of `other` is among them. A token for no room at all is nowhere, so only
    /// all rooms contain it.
    pub(crate) fn contains(&self, other: &Reach) -> bool {
        match (self.rooms(), other.rooms()) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(_), Some(rooms)) => {
                !rooms.is_empty() && rooms.iter().all(|room| self.covers(room))
            }
        }
    }

    /// Whether they have a room in common.
    pub(crate) fn meets(&self, other: &Reach) -> bool {
        match (self.rooms(), other.rooms()) {
            (None, None) => true,
            (Some(rooms), _) => rooms.iter().any(|room| other.covers(room)),
            (None, Some(rooms)) => !rooms.is_empty(),
        }
    }

    /// The rooms that are not among those of `other`; `None` if that is not a list of names, because
    /// certain rooms were to be taken from all.
    pub(crate) fn without(&self, other: &Reach) -> Option<Reach> {
        let rest = |rooms: &[Box<str>]| {
            let rooms = rooms.iter().filter(|room| !other.covers(room));
            Reach(Some(rooms.cloned().collect()))
        };
        match (self.rooms(), other.rooms()) {
            (_, None) => Some(Reach(Some(Arc::new([])))),
            (None, Some(_)) => None,
            (Some(rooms), Some(_)) => Some(rest(rooms)),
        }
    }

    /// Whether there is no room in it.
    pub(crate) fn is_empty(&self) -> bool {
        self.rooms().is_some_and(<[_]>::is_empty)
    }
}

/// The rank of a person in matters of discipline: a higher one may mute and remove a lower one. The
/// role comes first. With the same role, a person who has it in all rooms is above one who has it in
/// certain rooms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Rank {
    role: Role,
    everywhere: bool,
}

impl Rank {
    /// Below everybody who may discipline others.
    pub(crate) const LOWEST: Rank = Rank {
        role: Role::Observer,
        everywhere: false,
    };
}

/// The role of a connection, and where it holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grant {
    /// The role in those rooms.
    pub role: Role,
    /// Those rooms. Elsewhere the holder is nobody.
    pub reach: Reach,
}

impl Grant {
    /// What a verified token grants.
    pub(crate) fn of(claims: &Claims) -> Self {
        Self {
            role: claims.role,
            reach: Reach::of(claims.rooms.as_deref()),
        }
    }

    /// The rank of its holder, in the rooms where it holds.
    pub(crate) fn rank(&self) -> Rank {
        Rank {
            role: self.role,
            everywhere: self.reach.is_everywhere(),
        }
    }

    /// Whether everything that `other` permits is permitted by this, too.
    pub(crate) fn includes(&self, other: &Grant) -> bool {
        self.role >= other.role && self.reach.contains(&other.reach)
    }

    /// Whether its holder leads anywhere.
    pub(crate) fn leads(&self) -> bool {
        self.role >= Role::Moderator
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reach(rooms: &[&str]) -> Reach {
        let rooms: Vec<String> = rooms.iter().map(|&room| room.into()).collect();
        Reach::of(Some(&rooms))
    }

    #[test]
    fn certain_rooms_are_those_and_no_others() {
        let (all, none) = (Reach::EVERYWHERE, reach(&[]));
        let (a, ab, c) = (reach(&["a"]), reach(&["a", "b"]), reach(&["c"]));
        assert!(all.covers("x") && a.covers("a") && !a.covers("b") && !none.covers("a"));
        // self, other, contains, meets
        for (one, other, contains, meets) in [
            (&all, &all, true, true),
            (&all, &a, true, true),
            (&a, &all, false, true),
            (&ab, &a, true, true),
            (&a, &ab, false, true),
            (&a, &c, false, false),
            (&all, &none, true, false),
            (&a, &none, false, false),
            (&none, &all, false, false),
        ] {
            assert_eq!(one.contains(other), contains, "{one:?} {other:?}");
            assert_eq!(one.meets(other), meets, "{one:?} {other:?}");
            assert_eq!(other.meets(one), meets, "{other:?} {one:?}");
        }
    }

    #[test]
    fn the_role_makes_the_rank_and_all_rooms_are_above_certain_ones() {
        let grant = |role, rooms: Option<&[&str]>| Grant {
            role,
            reach: rooms.map_or(Reach::EVERYWHERE, reach),
        };
        let ladder = [
            grant(Role::Member, None),
            grant(Role::Moderator, Some(&["a"])),
            grant(Role::Moderator, None),
            grant(Role::Host, Some(&["a"])),
            grant(Role::Host, None),
        ];
        assert!(ladder.is_sorted_by(|one, next| one.rank() < next.rank()));
        assert_eq!(grant(Role::Host, Some(&["b"])).rank(), ladder[3].rank());
        assert!(Rank::LOWEST < ladder[0].rank());
        assert!(ladder[4].includes(&ladder[3]) && ladder[4].includes(&ladder[4]));
        assert!(!ladder[3].includes(&ladder[4]) && !ladder[3].includes(&ladder[0]));
        assert!(!ladder[2].includes(&ladder[3]));
    }

    #[test]
    fn what_is_left_without_certain_rooms() {
        let (all, ab) = (Reach::EVERYWHERE, reach(&["a", "b"]));
        assert_eq!(ab.without(&reach(&["a"])), Some(reach(&["b"])));
        assert_eq!(ab.without(&all), Some(reach(&[])));
        assert_eq!(all.without(&all), Some(reach(&[])));
        assert_eq!(all.without(&ab), None);
        assert!(reach(&[]).is_empty() && !ab.is_empty() && !all.is_empty());
    }
}
