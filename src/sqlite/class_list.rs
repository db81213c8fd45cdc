//! The class list in the attendance: its order, its numbers, and who did not come.
//!
//! The list is that of the personal links. Who came with the class code comes after it.

use crate::auth::links::Entry;
use crate::auth::token::Keys;
use crate::model::event::Author;
use crate::model::role::Role;
use std::collections::HashMap;

/// A person of the class list.
#[derive(Debug, Clone, PartialEq)]
pub struct Expected {
    /// The number in the list.
    pub number: Option<String>,
    /// Who it is.
    pub who: Author,
    /// The rooms where the person may be; `None` means all.
    pub rooms: Option<Vec<String>>,
    /// Where the person is missed.
    pub room: String,
}

impl Expected {
    /// The class list of these links. Who may enter all rooms is expected in `default_room`.
    pub fn list(links: Vec<Entry>, keys: &Keys, default_room: &str) -> Vec<Expected> {
        let expected = |link: Entry| Expected {
            number: link.number,
            who: Author {
                id: keys.public_id(&link.sub).into(),
                sub: link.sub.into(),
                name: link.name.into(),
                role: Role::Member,
            },
            room: match &link.rooms {
                Some(rooms) if !rooms.is_empty() => rooms.iter().take(1).cloned().collect(),
                _ => default_room.to_owned(),
            },
            rooms: link.rooms,
        };
        links.into_iter().map(expected).collect()
    }

    /// Where the person is missed, among all rooms or in this one, where they might have been.
    fn missed_in<'a>(&'a self, room: Option<&'a str>) -> Option<&'a str> {
        let may_be = |room: &str| {
            let rooms = self.rooms.as_ref();
            rooms.is_none_or(|rooms| rooms.iter().any(|theirs| theirs == room))
        };
        match room {
            None => Some(&self.room),
            Some(room) => may_be(room).then_some(room),
        }
    }
}

/// A line of the attendance.
pub(super) enum Line<'a, T> {
    /// Somebody came, who has this number in the class list.
    Came(Option<&'a str>, T),
    /// Somebody did not come to this room.
    Missed(&'a str, &'a Expected),
}

/// Puts those who came, by room and name, into the order of the class list within each room, and adds
/// those who did not come at all: to any room, or to the one in question. `of` says the room and the `sub`
/// of one who came.
pub(super) fn arrange<'a, T>(
    came: Vec<T>,
    (class_list, room): (&'a [Expected], Option<&'a str>),
    of: impl Fn(&T) -> (&str, &str),
) -> Vec<Line<'a, T>> {
    let places = class_list.iter().enumerate();
    let places: HashMap<&str, usize> = places.map(|(at, e)| (&*e.who.sub, at)).collect();
    let mut here = vec![false; places.len()];
    let mut rows = Vec::new();
    for person in came {
        let (theirs, sub) = of(&person);
        let (theirs, place) = (theirs.to_owned(), places.get(sub).copied());
        if let Some(here) = place.and_then(|at| here.get_mut(at)) {
            *here = true;
        }
        let expected = place.and_then(|at| class_list.get(at));
        let number = expected.and_then(|expected| expected.number.as_deref());
        rows.push((
            theirs,
            place.unwrap_or(usize::MAX),
            Line::Came(number, person),
        ));
    }
    for (place, expected) in class_list.iter().enumerate() {
        let missed = !here.get(place).is_some_and(|here| *here);
        if let Some(room) = expected.missed_in(room).filter(|_| missed) {
            rows.push((room.to_owned(), place, Line::Missed(room, expected)));
        }
    }
    // Stable: the others stay in the order of their names.
    rows.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
    rows.into_iter().map(|(_, _, row)| row).collect()
}
