//! The links themselves: which secret is whose, and which names are kept. Pure.

use std::collections::HashMap;

use crate::auth::constant_time::equal;
use crate::auth::links::entry::{Entry, id_and_hash};
use crate::auth::names;
use crate::auth::token::Claims;

/// Most links: the pupils of a large school. All of them are in memory, and written at each change.
pub(super) const MAX_LINKS: usize = 5000;

/// What became of a link that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The person had no link, and has this one now.
    New,
    /// The person has this link now, and the one from before is void.
    Renewed,
    /// The person has a link already and keeps it; this one is void.
    Kept,
}

impl Outcome {
    /// The word for programs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Outcome::New => "new",
            Outcome::Renewed => "renewed",
            Outcome::Kept => "kept",
        }
    }
}

/// All links, in the order of the class list, and what is looked up in them.
#[derive(Clone, Debug, Default)]
pub(super) struct List {
    entries: Vec<Entry>,
    /// Id → place in `entries`.
    by_id: HashMap<String, usize>,
    /// `sub` → place in `entries`.
    by_sub: HashMap<String, usize>,
    /// Name, in the form in which names are compared → place in `entries`.
    by_name: HashMap<String, usize>,
}

impl List {
    pub(super) fn new(entries: Vec<Entry>) -> List {
        let places = || entries.iter().enumerate();
        List {
            by_id: places().map(|(at, e)| (e.id.clone(), at)).collect(),
            by_sub: places().map(|(at, e)| (e.sub.clone(), at)).collect(),
            by_name: places().map(|(at, e)| (names::key(&e.name), at)).collect(),
            entries,
        }
    }

    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The link with this secret.
    pub(super) fn with_secret(&self, secret: &str) -> Option<&Entry> {
        let (id, hash) = id_and_hash(secret)?;
        let entry = self.by_id.get(id).and_then(|&at| self.entries.get(at))?;
        equal(&entry.hash, &hash).then_some(entry)
    }

    /// Whether a token of a person with a link came from one that is void now.
    pub(super) fn voids(&self, claims: &Claims) -> bool {
        let link = self.of(&claims.sub).map(|entry| &*entry.id);
        link.is_none() || link != claims.jti.as_deref()
    }

    /// Whose name it is, as a `sub`, if it is kept for somebody. Names that only look alike are not
    /// kept: a class has a *Tom* and may have a *Torn*.
    pub(super) fn owner(&self, name: &str) -> Option<&str> {
        if self.entries.is_empty() {
            return None;
        }
        self.called(name).map(|entry| &*entry.sub)
    }

    fn of(&self, sub: &str) -> Option<&Entry> {
        self.by_sub.get(sub).and_then(|&at| self.entries.get(at))
    }

    /// The links with these, whose names differ. Somebody who has a link keeps the `sub`, and the link
    /// too unless `renew` is set; number and rooms are the new ones. Whoever is wanted comes last, in
    /// the order of `wanted`, because that is the newest class list.
    pub(super) fn with(&self, wanted: Vec<Entry>, renew: bool) -> (Vec<Entry>, Vec<Outcome>) {
        let mut others: Vec<Option<Entry>> = self.entries.iter().cloned().map(Some).collect();
        let (mut newest, mut outcomes) = (Vec::new(), Vec::new());
        for entry in wanted {
            let known = self.by_name.get(&names::key(&entry.name));
            let known = known.and_then(|&at| others.get_mut(at)?.take());
            let (entry, outcome) = match known {
                None => (entry, Outcome::New),
                Some(known) if renew => {
                    let sub = known.sub;
                    (Entry { sub, ..entry }, Outcome::Renewed)
                }
                Some(known) => {
                    let Entry {
                        sub, id, hash, at, ..
                    } = known;
                    let kept = Entry {
                        sub,
                        id,
                        hash,
                        at,
                        ..entry
                    };
                    (kept, Outcome::Kept)
                }
            };
            newest.push(entry);
            outcomes.push(outcome);
        }
        let entries = others.into_iter().flatten().chain(newest);
        (entries.collect(), outcomes)
    }

    /// The link of the person of this name.
    pub(super) fn called(&self, name: &str) -> Option<&Entry> {
        let at = self.by_name.get(&names::key(name));
        at.and_then(|&at| self.entries.get(at))
    }

    /// The links without that of this person.
    pub(super) fn without(&self, sub: &str) -> Vec<Entry> {
        let others = self.entries.iter().filter(|entry| entry.sub != sub);
        others.cloned().collect()
    }
}
