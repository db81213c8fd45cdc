//! The list itself: entries, and which tokens they match. Pure.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::auth::token::Keys;
use crate::model::role::Role;
use crate::model::time::Millis;

/// How the `sub` of a demo identity begins. The id of the host who made it follows, so that it is
/// void with that host's own token.
pub(crate) const DEMO: &str = "demo-";

/// Most entries: far more than the people who leave a school, and small enough to be read at once.
pub(super) const MAX_ENTRIES: usize = 10_000;

/// Characters of a public id.
const ID: usize = 10;

/// Most characters of a `sub`.
const MAX_SUB: usize = 128;

/// A person whose tokens are void.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The `sub` of their tokens.
    pub sub: String,
    /// The id that others saw, under the secret of that time.
    pub id: String,
    /// Their name; empty if it is unknown, or was forgotten.
    pub name: String,
    /// Their role, if it is known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub role: Option<Role>,
    /// When they were revoked.
    pub at: Millis,
}

/// The outcome of a request to take a revocation back.
#[derive(Debug, PartialEq, Eq)]
pub enum Undone {
    /// The tokens of these people are accepted again: of one, unless everybody of a name was meant.
    Done(Vec<Entry>),
    /// Nobody of that name, id or `sub` is on the list.
    Nobody,
    /// Several people on the list have that name: their ids.
    Several(Vec<String>),
}

/// All entries, oldest first, and what they match.
#[derive(Debug, Clone, Default)]
pub(super) struct List {
    entries: Vec<Entry>,
    /// Every `sub` and every id, under the present secret.
    matches: HashSet<Box<str>>,
}

impl List {
    /// The list of these entries. Ids are made anew, because they depend on the secret.
    pub(super) fn new(entries: Vec<Entry>, keys: &Keys) -> List {
        let matches = entries.iter().flat_map(|entry| {
            let current = keys.public_id(&entry.sub);
            [
                entry.sub.as_str().into(),
                entry.id.as_str().into(),
                current.into(),
            ]
        });
        List {
            matches: matches.collect(),
            entries,
        }
    }

    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Whether tokens with this `sub` are void; `id` is asked for only if the list is not empty.
    pub(super) fn covers(&self, sub: &str, id: impl FnOnce() -> String) -> bool {
        if self.matches.is_empty() {
            return false;
        }
        let maker = sub.strip_prefix(DEMO).and_then(|rest| rest.get(..ID));
        self.matches.contains(sub)
            || self.matches.contains(&*id())
            || maker.is_some_and(|maker| self.matches.contains(maker))
    }

    /// The entries with this one, which replaces an entry of the same person.
    pub(super) fn with(&self, entry: Entry) -> Vec<Entry> {
        let others = self.entries.iter().filter(|known| known.sub != entry.sub);
        others.cloned().chain([entry.clone()]).collect()
    }

    /// The entry that `who` means, by `sub` or id, or else by name; with `all`, all of that name.
    pub(super) fn find(&self, who: &str, all: bool) -> Undone {
        let exact = |entry: &&Entry| entry.sub == who || entry.id == who;
        let mut found: Vec<&Entry> = self.entries.iter().filter(exact).collect();
        if found.is_empty() {
            found = self
                .entries
                .iter()
                .filter(|entry| entry.name == who)
                .collect();
        }
        match found[..] {
            [] => Undone::Nobody,
            [entry] => Undone::Done(vec![entry.clone()]),
            _ if all => Undone::Done(found.into_iter().cloned().collect()),
            _ => Undone::Several(found.iter().map(|entry| entry.id.clone()).collect()),
        }
    }

    /// The entries without these.
    pub(super) fn without(&self, gone: &[Entry]) -> Vec<Entry> {
        let others = self.entries.iter().filter(|entry| !gone.contains(entry));
        others.cloned().collect()
    }
}

/// Whether a text that nobody has as a name may be meant as a public id.
pub(crate) fn is_maybe_id(text: &str) -> bool {
    text.len() == ID
        && text
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'2'..=b'7'))
}

/// Whether a text that nobody has as a name may be meant as a `sub`: small letters, digits and
/// punctuation, as in `person-4f…` or `lin@school.example`. A text that looks like a name is
/// probably a mistyped one, and revoking it would revoke nobody.
pub(crate) fn is_maybe_sub(text: &str) -> bool {
    let is_name = text.bytes().all(|byte| byte.is_ascii_alphabetic())
        && text.starts_with(|first: char| first.is_ascii_uppercase());
    (1..=MAX_SUB).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic()) && !is_name
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(secret: u8) -> Keys {
        Keys::new(vec![secret; 64], None)
    }

    pub(in crate::auth::revoked) fn entry(sub: &str, name: &str, keys: &Keys) -> Entry {
        Entry {
            sub: sub.into(),
            id: keys.public_id(sub),
            name: name.into(),
            role: Some(Role::Host),
            at: 7,
        }
    }

    #[test]
    fn a_person_is_matched_by_sub_and_by_id_and_so_are_their_demo_identities() {
        let keys = keys(b'k');
        let list = List::new(vec![entry("lin", "Ms Lin", &keys)], &keys);
        let covers = |sub: &str| list.covers(sub, || keys.public_id(sub));
        let demo = |host: &str| format!("{DEMO}{}-abcdefgh", keys.public_id(host));
        assert!(covers("lin") && covers(&demo("lin")));
        assert!(!covers("bo") && !covers(&demo("bo")) && !covers("demo-") && !covers(""));
        let by_id = Entry {
            sub: keys.public_id("bo"),
            ..entry("bo", "", &keys)
        };
        let list = List::new(vec![by_id], &keys);
        assert!(
            list.covers("bo", || keys.public_id("bo")),
            "only the id was known"
        );
        let none = List::default();
        assert!(!none.covers("lin", || panic!("no id is made for an empty list")));
    }

    #[test]
    fn another_secret_changes_ids_and_lets_nobody_in() {
        let list = List::new(vec![entry("lin", "Ms Lin", &keys(b'k'))], &keys(b'n'));
        assert!(list.covers("lin", || keys(b'n').public_id("lin")));
        let demo = format!("{DEMO}{}-abcdefgh", keys(b'n').public_id("lin"));
        assert!(list.covers(&demo, || keys(b'n').public_id(&demo)));
    }

    #[test]
    fn an_entry_is_found_by_sub_id_or_name() {
        let keys = keys(b'k');
        let (lin, bo) = (entry("lin", "Sam", &keys), entry("bo", "Sam", &keys));
        let list = List::new(vec![lin.clone(), bo.clone()], &keys);
        assert_eq!(list.find("lin", false), Undone::Done(vec![lin.clone()]));
        assert_eq!(list.find(&lin.id, true), Undone::Done(vec![lin.clone()]));
        assert_eq!(
            list.find("Sam", false),
            Undone::Several(vec![lin.id.clone(), bo.id.clone()])
        );
        assert_eq!(list.find("Ann", true), Undone::Nobody);
        assert_eq!(
            list.find("Sam", true),
            Undone::Done(vec![lin.clone(), bo.clone()])
        );
        let list = List::new(list.without(&[lin]), &keys);
        assert_eq!(list.find("Sam", false), Undone::Done(vec![bo.clone()]));
        let again = Entry {
            at: 9,
            ..bo.clone()
        };
        assert_eq!(list.with(again.clone()), [again], "one entry for a person");
    }

    #[test]
    fn a_mistyped_name_is_no_sub() {
        for sub in [
            "person-4f2a",
            "lin",
            "lin@school.example",
            "test:Lin",
            "Lin2",
            "7",
        ] {
            assert!(is_maybe_sub(sub), "{sub}");
        }
        for name in [
            "",
            "Linn",
            "Ms Lin",
            "林老师",
            "ann marie",
            &"x".repeat(129),
        ] {
            assert!(!is_maybe_sub(name), "{name}");
        }
        assert!(
            is_maybe_id("abcdef2345") && !is_maybe_id("abcdef234") && !is_maybe_id("abcdef2341")
        );
    }
}
