//! What a room's next `presence` has to announce.

use crate::model::ids::PersonKey;

/// PersonInfo came, went or changed since the last `presence`.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    /// A presence timer is pending.
    pub due: bool,
    /// Persons to announce. True: the person entered, and nobody has been shown them yet.
    pub joined: Vec<(PersonKey, bool)>,
    /// Persons who left, with id and name, because they may be forgotten before the `presence`.
    pub left: Vec<(PersonKey, Box<str>, Box<str>)>,
    /// The votes for a question have changed, and are sent in the same tick.
    pub votes: bool,
}

impl Changes {
    /// A person entered. If they left in the same tick, nobody has been told of that.
    pub(crate) fn entered(&mut self, person: PersonKey) {
        let before = self.left.len();
        self.left.retain(|(left, ..)| *left != person);
        self.joined.push((person, before == self.left.len()));
    }

    /// A person who entered was shown the members. If a new member leaves in the same tick, that has
    /// to be announced now. The person themselves has been shown to nobody.
    pub(crate) fn shown_to(&mut self, person: PersonKey) {
        for (shown, new) in &mut self.joined {
            *new &= *shown == person;
        }
    }

    /// A name, a role or a mute changed.
    pub(crate) fn changed(&mut self, person: PersonKey) {
        if !self.joined.iter().any(|(joined, _)| *joined == person) {
            self.joined.push((person, false));
        }
    }

    /// Drops the announcement that the person with this id left, because the person was forgotten.
    pub(crate) fn forget(&mut self, id: &str) {
        self.left.retain(|(_, left, _)| **left != *id);
    }

    /// A person left. If they entered in the same tick, neither is announced.
    pub(crate) fn left(&mut self, person: PersonKey, id: &str, name: &str) {
        let new = self.joined.contains(&(person, true));
        self.joined.retain(|(joined, _)| *joined != person);
        if !new {
            self.left.push((person, id.into(), name.into()));
        }
    }
}
