//! The links of a running server, or of a command that runs without one: shared by all threads,
//! changed rarely.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError, RwLock};

use crate::auth::links::entry::{Entry, PREFIX};
use crate::auth::links::file::{self, FILE, LinksError};
use crate::auth::links::list::{List, MAX_LINKS, Outcome};
use crate::auth::token::Claims;

/// For whom a name is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// For nobody.
    Free,
    /// For the person who asks.
    ForThem,
    /// For somebody else.
    ForAnother,
}

/// The personal links. Reading takes a lock for a lookup: when a token is verified, when somebody gets a
/// name, and never for a message. Changing writes the file, and is never done by the hub.
#[derive(Debug, Default)]
pub struct Links {
    path: PathBuf,
    list: RwLock<List>,
    /// Held while the file is written, so that changes take turns.
    changing: Mutex<()>,
}

impl Links {
    /// Reads the links in `data_dir`. There are none before the first was made.
    ///
    /// # Errors
    ///
    /// The file is damaged or cannot be read.
    pub fn open(data_dir: &Path) -> Result<Links, LinksError> {
        let path = data_dir.join(FILE);
        let list = List::new(file::read(&path)?);
        Ok(Links {
            path,
            list: RwLock::new(list),
            changing: Mutex::new(()),
        })
    }

    /// All links, in the order of the class list.
    pub fn entries(&self) -> Vec<Entry> {
        self.list(|list| list.entries().to_vec())
    }

    /// The link with this secret.
    pub fn with_secret(&self, secret: &str) -> Option<Entry> {
        self.list(|list| list.with_secret(secret).cloned())
    }

    /// Whether a token came from a link that is void now.
    // Not inlined, so that its stack is free again while a connection reads messages.
    #[inline(never)]
    pub fn voids(&self, claims: &Claims) -> bool {
        claims.sub.starts_with(PREFIX) && self.list(|list| list.voids(claims))
    }

    /// Whether `name` is kept for somebody, and whether that is the person with this `sub`.
    pub fn kept(&self, name: &str, sub: &str) -> Kept {
        self.list(|list| match list.owner(name) {
            None => Kept::Free,
            Some(owner) if owner == sub => Kept::ForThem,
            Some(_) => Kept::ForAnother,
        })
    }

    /// Adds links, whose names must differ. Returns what became of each, with the person's `sub`. Who has
    /// a link already keeps it, unless `renew` is set.
    ///
    /// # Errors
    ///
    /// There would be too many, or they cannot be written; nothing has changed then.
    pub fn add(
        &self,
        wanted: Vec<Entry>,
        renew: bool,
    ) -> Result<Vec<(Outcome, String)>, LinksError> {
        let _turn = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let (entries, outcomes) = self.list(|list| list.with(wanted, renew));
        if entries.len() > MAX_LINKS {
            return Err(LinksError::full(&self.path));
        }
        file::write(&self.path, &entries)?;
        let newest = entries.len() - outcomes.len();
        let subs = entries.iter().skip(newest).map(|entry| entry.sub.clone());
        let made = outcomes.into_iter().zip(subs).collect();
        self.replace(entries);
        Ok(made)
    }

    /// Takes away the link of the person of this name, and returns it; `None`: there is none.
    ///
    /// # Errors
    ///
    /// The links cannot be written; nothing has changed then.
    pub fn revoke(&self, name: &str) -> Result<Option<Entry>, LinksError> {
        self.remove(|list| list.called(name).cloned())
    }

    /// Takes away the link of the person with this `sub`, who is to be forgotten.
    ///
    /// # Errors
    ///
    /// The links cannot be written; nothing has changed then.
    pub fn forget(&self, sub: &str) -> Result<(), LinksError> {
        let of_them = |list: &List| list.entries().iter().find(|e| e.sub == sub).cloned();
        self.remove(of_them).map(drop)
    }

    fn remove(
        &self,
        find: impl FnOnce(&List) -> Option<Entry>,
    ) -> Result<Option<Entry>, LinksError> {
        let _turn = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(gone) = self.list(find) else {
            return Ok(None);
        };
        let entries = self.list(|list| list.without(&gone.sub));
        file::write(&self.path, &entries)?;
        self.replace(entries);
        Ok(Some(gone))
    }

    fn list<T>(&self, read: impl FnOnce(&List) -> T) -> T {
        read(&self.list.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn replace(&self, entries: Vec<Entry>) {
        let list = List::new(entries);
        *self.list.write().unwrap_or_else(PoisonError::into_inner) = list;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::links::entry::LinkSecret;
    use crate::support::scratch::Scratch;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    fn add(links: &Links, name: &str, renew: bool) -> (LinkSecret, Outcome, String) {
        let secret = LinkSecret::random().unwrap();
        let entry = secret.entry(name.into(), 1).unwrap();
        let made = links.add(vec![entry], renew).unwrap();
        let (outcome, sub) = made.into_iter().next().unwrap();
        (secret, outcome, sub)
    }

    fn claims(entry: &Entry) -> Claims {
        Claims {
            sub: entry.sub.clone(),
            jti: Some(entry.id.clone()),
            ..Claims::default()
        }
    }

    #[test]
    fn a_link_holds_over_restarts_until_it_is_revoked_and_its_secret_is_not_kept() {
        let scratch = Scratch::new();
        let links = Links::open(scratch.path()).unwrap();
        let (secret, outcome, _) = add(&links, "Anna Berg", false);
        assert_eq!(outcome, Outcome::New);
        let entry = links.with_secret(secret.as_str()).unwrap();
        assert_eq!(entry.name, "Anna Berg");
        let file = scratch.path().join(FILE);
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.contains(&entry.hash));
        assert!(!text.contains(&secret.as_str()[16..]), "{text}");
        let mode = fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);

        let again = Links::open(scratch.path()).unwrap();
        assert_eq!(again.with_secret(secret.as_str()), Some(entry.clone()));
        assert!(!again.voids(&claims(&entry)));
        assert_eq!(again.revoke("nobody").unwrap(), None);
        assert_eq!(again.revoke("anna-BERG").unwrap(), Some(entry.clone()));
        assert_eq!(again.with_secret(secret.as_str()), None);
        assert!(again.voids(&claims(&entry)));
        let last = Links::open(scratch.path()).unwrap();
        assert_eq!(last.entries(), []);
    }

    #[test]
    fn no_other_secret_opens_a_link() {
        let scratch = Scratch::new();
        let links = Links::open(scratch.path()).unwrap();
        let (secret, _, _) = add(&links, "Anna", false);
        let (other, _, _) = add(&links, "Bo", false);
        let text = secret.as_str();
        assert_eq!(text.len(), 42);
        let mut wrong = vec![
            String::new(),
            "x".repeat(10_000),
            "é".repeat(21),
            text[..41].to_owned(),
            format!("{text}a"),
            text.to_uppercase(),
            format!("{}{}", &text[..16], &other.as_str()[16..]),
        ];
        for at in 0..text.len() {
            let mut changed = text.as_bytes().to_vec();
            changed[at] = if changed[at] == b'a' { b'b' } else { b'a' };
            wrong.push(String::from_utf8(changed).unwrap());
        }
        for wrong in wrong {
            assert_eq!(links.with_secret(&wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_new_link_for_somebody_keeps_the_sub_and_voids_the_one_before() {
        let scratch = Scratch::new();
        let links = Links::open(scratch.path()).unwrap();
        let (first, _, sub) = add(&links, "Anna", false);
        let before = links.with_secret(first.as_str()).unwrap();
        let (unused, outcome, _) = add(&links, "ANNA", false);
        assert_eq!(outcome, Outcome::Kept);
        assert!(links.with_secret(unused.as_str()).is_none());
        assert_eq!(links.with_secret(first.as_str()).unwrap().sub, sub);
        let (second, outcome, same) = add(&links, "Anna", true);
        assert_eq!((outcome, &same), (Outcome::Renewed, &sub));
        assert!(links.with_secret(first.as_str()).is_none());
        assert!(links.voids(&claims(&before)), "a token of the old link");
        let now = links.with_secret(second.as_str()).unwrap();
        assert!(!links.voids(&claims(&now)));
        assert_eq!(links.entries().len(), 1);
    }

    #[test]
    fn names_are_kept_for_those_who_have_them() {
        let scratch = Scratch::new();
        let links = Links::open(scratch.path()).unwrap();
        assert_eq!(links.kept("Anna", "guest-1"), Kept::Free);
        let (_, _, anna) = add(&links, "Anna", false);
        let (_, _, bo) = add(&links, "Bo", false);
        for name in ["Anna", "ANNA", "a.n.n.a"] {
            assert_eq!(links.kept(name, "guest-1"), Kept::ForAnother, "{name}");
            assert_eq!(links.kept(name, &bo), Kept::ForAnother, "{name}");
            assert_eq!(links.kept(name, &anna), Kept::ForThem, "{name}");
        }
        for name in ["Annabel", "Anna 2", "!"] {
            assert_eq!(links.kept(name, "guest-1"), Kept::Free, "{name}");
        }
        // A token of the operator's own scheme is none of a link.
        assert!(!links.voids(&Claims {
            sub: "lin".into(),
            ..Claims::default()
        }));
    }

    #[test]
    fn the_newest_class_list_gives_the_order_and_too_many_are_refused_as_a_whole() {
        let scratch = Scratch::new();
        let links = Links::open(scratch.path()).unwrap();
        let entry = |name: &str| {
            let secret = LinkSecret::random().unwrap();
            secret.entry(name.into(), 1).unwrap()
        };
        let named = |names: &[&str]| names.iter().map(|name| entry(name)).collect::<Vec<_>>();
        links.add(named(&["Bo", "Anna", "Cy"]), false).unwrap();
        links.add(named(&["Anna", "Bo", "Di"]), false).unwrap();
        let names = || {
            let entries = links.entries().into_iter();
            entries.map(|entry| entry.name).collect::<Vec<_>>()
        };
        assert_eq!(names(), ["Cy", "Anna", "Bo", "Di"]);
        let many = (0..MAX_LINKS).map(|n| entry(&format!("Pupil {n}")));
        assert!(links.add(many.collect(), false).unwrap_err().is_full());
        assert_eq!(names(), ["Cy", "Anna", "Bo", "Di"]);
        fs::write(scratch.path().join(FILE), "{\"sub\":1}").unwrap();
        let error = Links::open(scratch.path()).unwrap_err().to_string();
        assert!(error.contains("damaged"), "{error}");
    }
}
