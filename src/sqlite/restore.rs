//! Puts a backup in the place of a history.
//!
//! **The present history is kept**, with its write-ahead log. The copy of the backup is complete and on
//! the disk before it takes the name of the history, and the present one has its second name before
//! that. A crash at any moment leaves either of them in its place.

use crate::sqlite::backup::bring;
use crate::sqlite::check::check;
use crate::sqlite::companions::{self, Companion};
use crate::sqlite::error::StoreError;
use crate::sqlite::files::{self, beside};
use crate::sqlite::{exchange, findings::Findings};
use crate::support::private_file;
use std::fs;
use std::path::{Path, PathBuf};

/// Why a backup is not restored. Nothing was changed then.
#[derive(Debug)]
pub enum RestoreError {
    /// The backup is no history, or one that cannot be opened.
    Unreadable(StoreError),
    /// The backup is a history, and it is damaged.
    Damaged(Findings),
    /// The history cannot be replaced: a server uses it, or the disk fails.
    Store(StoreError),
}

impl<E: Into<StoreError>> From<E> for RestoreError {
    fn from(error: E) -> Self {
        Self::Store(error.into())
    }
}

/// Whether `file` is a history without damage.
///
/// # Errors
///
/// It is not, for the reason given.
pub fn look_at(file: &Path) -> Result<(), RestoreError> {
    let findings = check(file).map_err(RestoreError::Unreadable)?;
    match findings.is_empty() {
        true => Ok(()),
        false => Err(RestoreError::Damaged(findings)),
    }
}

/// A backup took the place of a history.
#[derive(Debug)]
pub(crate) struct Restored {
    /// The new name of the history that was there; `None` if there was none.
    pub old: Option<PathBuf>,
    /// The files that came with the backup.
    pub companions: Vec<Companion>,
}

/// Puts a copy of `file` in the place of the history at `path`.
///
/// # Errors
///
/// A server uses the history, or the disk fails. The history is as it was then.
pub(crate) fn restore(file: &Path, path: &Path) -> Result<Restored, RestoreError> {
    // Where a link leads to the history, its log lies beside the real file.
    let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let _lock = files::lock(path)?;
    let new = beside(path, ".restored");
    files::remove(&new)?;
    bring(file, &new)?;
    let taken = companions::take(&new);
    let companions = taken.inspect_err(|_| drop(files::remove(&new)))?;
    // The file was readable a moment ago. What counts is what lies beside the history now.
    look_at(&new).inspect_err(|_| drop(files::remove(&new)))?;
    if files::is_empty(path) {
        if files::has_log(path) {
            files::put_log_aside(path)?;
        }
        fs::rename(&new, path)?;
        private_file::sync_directory(private_file::parent(path))?;
        return Ok(Restored {
            old: None,
            companions,
        });
    }
    let old = exchange::take_the_place(&new, path, "replaced")?;
    Ok(Restored {
        old: Some(old),
        companions,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::backup::backup;
    use crate::sqlite::tests::TempHistory;

    #[test]
    fn what_an_interrupted_exchange_left_does_no_harm() {
        let history = TempHistory::with(&[]);
        let path = &history.path;
        let copy = path.with_file_name("monday.db");
        backup(path, &copy, || Ok(Vec::new())).unwrap();
        // It ended after the second name was given, and before the first one was.
        let second = path.with_file_name("history.replaced-1.db");
        fs::hard_link(path, &second).unwrap();
        fs::write(beside(path, ".restored"), "half of a copy").unwrap();
        let restored = restore(&copy, path).unwrap();
        assert_eq!(restored.old, Some(second.clone()));
        assert!(!beside(path, ".restored").exists());
        look_at(path).unwrap();
        look_at(&second).unwrap();
        assert!(!path.with_file_name("history.replaced-2.db").exists());
    }

    #[test]
    fn a_log_without_its_history_is_kept_and_not_mixed_in() {
        let history = TempHistory::with(&[]);
        let path = &history.path;
        let copy = path.with_file_name("monday.db");
        backup(path, &copy, || Ok(Vec::new())).unwrap();
        files::remove(path).unwrap();
        fs::write(beside(path, "-wal"), "somebody's words").unwrap();
        assert_eq!(restore(&copy, path).unwrap().old, None);
        let log = path.with_file_name("history.replaced-1.db-wal");
        assert_eq!(fs::read(log).unwrap(), b"somebody's words");
        assert!(!files::has_log(path));
        look_at(path).unwrap();
    }
}
