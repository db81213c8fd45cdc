//! The list of a running server, or of a command that runs without one: shared by all threads,
//! changed rarely.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};

use crate::auth::revoked::file::{self, FILE, RevokedError};
use crate::auth::revoked::list::{Entry, List, MAX_ENTRIES, Undone};
use crate::auth::token::Keys;

/// The revoked people. Reading takes a lock for a lookup; it happens when a token is verified, and
/// never for a message. Changing writes the file, and is never done by the hub.
#[derive(Debug)]
pub struct Revocations {
    path: PathBuf,
    list: RwLock<List>,
    /// Held while the file is written, so that changes take turns.
    /// Whether the file has everybody who is refused.
    changing: Mutex<bool>,
}

impl Revocations {
    /// Reads the list in `data_dir`. There is none before the first revocation.
    ///
    /// # Errors
    ///
    /// The file is damaged or cannot be read.
    pub fn open(data_dir: &Path, keys: &Keys) -> Result<Revocations, RevokedError> {
        let path = data_dir.join(FILE);
        let list = List::new(file::read(&path)?, keys);
        Ok(Revocations {
            path,
            list: RwLock::new(list),
            changing: Mutex::new(true),
        })
    }

    /// Whether tokens with this `sub` are void.
    // Not inlined, so that its stack is free again while a connection reads messages.
    #[inline(never)]
    pub fn covers(&self, sub: &str, keys: &Keys) -> bool {
        self.list(|list| list.covers(sub, || keys.public_id(sub)))
    }

    /// Everybody on the list, oldest entry first.
    pub fn entries(&self) -> Vec<Entry> {
        self.list(|list| list.entries().to_vec())
    }

    /// Adds a person. Returns whether they were on the list already.
    ///
    /// # Errors
    ///
    /// The list is full, or cannot be written. If it cannot be written, the person's tokens are
    /// refused all the same, until the server stops.
    pub fn revoke(&self, entry: Entry, keys: &Keys) -> Result<bool, RevokedError> {
        let mut is_on_disk = self.turn();
        let known = self.list(|list| list.covers(&entry.sub, || entry.id.clone()));
        let entries = match (known, *is_on_disk) {
            (true, true) => return Ok(true),
            // It could not be written, and can be now, perhaps.
            (true, false) => self.entries(),
            (false, _) => self.list(|list| list.with(entry)),
        };
        if entries.len() > MAX_ENTRIES {
            return Err(RevokedError::full(&self.path));
        }
        let written = file::write(&self.path, &entries);
        *is_on_disk = written.is_ok();
        self.replace(entries, keys);
        written.map(|()| false)
    }

    /// Takes a person off the list, by `sub`, id or name; with `all`, everybody of that name.
    ///
    /// # Errors
    ///
    /// The list cannot be written; it is unchanged then.
    pub fn undo(&self, who: &str, all: bool, keys: &Keys) -> Result<Undone, RevokedError> {
        let mut is_on_disk = self.turn();
        let found = self.list(|list| list.find(who, all));
        if let Undone::Done(gone) = &found {
            let entries = self.list(|list| list.without(gone));
            file::write(&self.path, &entries)?;
            *is_on_disk = true;
            self.replace(entries, keys);
        }
        Ok(found)
    }

    /// Drops the name of a person who is to be forgotten. They stay revoked: being forgotten must
    /// not let them in again.
    ///
    /// # Errors
    ///
    /// The list cannot be written.
    pub fn forget_name(&self, sub: &str, keys: &Keys) -> Result<(), RevokedError> {
        let mut is_on_disk = self.turn();
        let mut entries = self.entries();
        let named = |entry: &&mut Entry| entry.sub == sub && !entry.name.is_empty();
        let Some(entry) = entries.iter_mut().find(named) else {
            return Ok(());
        };
        entry.name.clear();
        file::write(&self.path, &entries)?;
        *is_on_disk = true;
        self.replace(entries, keys);
        Ok(())
    }

    fn list<T>(&self, read: impl FnOnce(&List) -> T) -> T {
        read(&self.list.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn replace(&self, entries: Vec<Entry>, keys: &Keys) {
        let list = List::new(entries, keys);
        *self.list.write().unwrap_or_else(PoisonError::into_inner) = list;
    }

    fn turn(&self) -> MutexGuard<'_, bool> {
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::scratch::Scratch;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    fn entry(sub: &str, keys: &Keys) -> Entry {
        Entry {
            sub: sub.into(),
            id: keys.public_id(sub),
            name: "Ms Lin".into(),
            role: None,
            at: 1,
        }
    }

    #[test]
    fn a_revocation_survives_a_restart_and_can_be_taken_back() {
        let (scratch, keys) = (Scratch::new(), Keys::new(vec![b'k'; 64], None));
        let open = || Revocations::open(scratch.path(), &keys).unwrap();
        let first = open();
        assert!(!first.covers("lin", &keys));
        assert!(!first.revoke(entry("lin", &keys), &keys).unwrap());
        assert!(first.covers("lin", &keys) && open().covers("lin", &keys));
        assert!(first.revoke(entry("lin", &keys), &keys).unwrap(), "already");
        let mode = fs::metadata(scratch.path().join(FILE))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);

        first.forget_name("lin", &keys).unwrap();
        assert_eq!(
            (open().entries().len(), &*open().entries()[0].name),
            (1, "")
        );
        assert!(open().covers("lin", &keys), "forgotten, and still revoked");
        assert_eq!(open().undo("Ms Lin", false, &keys).unwrap(), Undone::Nobody);
        assert!(matches!(
            first.undo("lin", false, &keys),
            Ok(Undone::Done(_))
        ));
        assert!(!first.covers("lin", &keys) && !open().covers("lin", &keys));
    }

    #[test]
    fn a_list_that_cannot_be_written_refuses_the_person_until_the_end() {
        let (scratch, keys) = (Scratch::new(), Keys::new(vec![b'k'; 64], None));
        let list = Revocations::open(&scratch.path().join("missing"), &keys).unwrap();
        assert!(list.revoke(entry("lin", &keys), &keys).is_err());
        assert!(list.covers("lin", &keys));
        assert!(list.undo("lin", false, &keys).is_err());
        assert!(list.covers("lin", &keys), "taking back must be on the disk");
        assert!(list.revoke(entry("lin", &keys), &keys).is_err(), "still");
        // Asked again when the disk has recovered, it is written.
        std::fs::create_dir(scratch.path().join("missing")).unwrap();
        assert!(!list.revoke(entry("lin", &keys), &keys).unwrap());
        assert!(list.revoke(entry("lin", &keys), &keys).unwrap());
        let again = Revocations::open(&scratch.path().join("missing"), &keys).unwrap();
        assert!(again.covers("lin", &keys));
    }
}
