//! The small files of a data directory that travel in a backup: the secret, the class codes, the personal links
//! and the list of revoked people. Without them a restored history would be without its people.
//!
//! They are rows of a table that a backup alone has. A restored history loses it again, and nothing of the
//! bytes stays in the file.

use crate::sqlite::error::StoreError;
use crate::sqlite::files;
use crate::support::private_file;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rusqlite::{Connection, OptionalExtension, params};
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// A file of the data directory: its name, and its bytes.
pub(crate) type Companion = (String, Vec<u8>);

/// The list of revoked people. One that is there is never replaced.
pub(crate) const REVOKED: &str = "revoked";

const CREATE: &str = "DROP TABLE IF EXISTS backup_files;
     CREATE TABLE backup_files (name TEXT PRIMARY KEY, base64 TEXT NOT NULL) STRICT, WITHOUT ROWID";

/// Puts the files into a copy of a history.
pub(super) fn put(copy: &Path, companions: &[Companion]) -> Result<(), StoreError> {
    let mut db = open(copy)?;
    let batch = db.transaction()?;
    batch.execute_batch(CREATE)?;
    for (name, content) in companions {
        // As text, because no column of a history has anything but numbers and text.
        let row = params![name, BASE64_STANDARD.encode(content)];
        batch.execute("INSERT INTO backup_files VALUES (?1, ?2)", row)?;
    }
    batch.commit()?;
    db.close().map_err(|(_, error)| error.into())
}

/// Takes the files out of a copy. None, if it was made without.
pub(super) fn take(copy: &Path) -> Result<Vec<Companion>, StoreError> {
    let db = open(copy)?;
    let is_there = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'backup_files'";
    if db.query_row(is_there, [], |_| Ok(())).optional()?.is_none() {
        return Ok(Vec::new());
    }
    let taken = {
        let mut rows = db.prepare("SELECT name, base64 FROM backup_files")?;
        let rows = rows.query_map([], |row| {
            let text: String = row.get(1)?;
            // One that somebody changed by hand is left out.
            Ok((row.get(0)?, BASE64_STANDARD.decode(text).ok()))
        })?;
        let rows = rows.collect::<Result<Vec<(String, Option<Vec<u8>>)>, _>>()?;
        let rows = rows.into_iter();
        rows.filter_map(|(name, content)| Some((name, content?)))
            .collect()
    };
    drop_from(&db)?;
    db.close().map_err(|(_, error)| error)?;
    Ok(taken)
}

/// Drops the files from an open history, which overwrites what is dropped.
pub(super) fn drop_from(db: &Connection) -> rusqlite::Result<()> {
    db.execute_batch("DROP TABLE IF EXISTS backup_files")
}

fn open(copy: &Path) -> Result<Connection, StoreError> {
    let db = Connection::open(copy)?;
    // SQLite overwrites what is dropped, and a journal in memory leaves no second copy on the disk.
    db.pragma_update(None, "secure_delete", true)?;
    db.pragma_update_and_check(None, "journal_mode", "MEMORY", |_| Ok(()))?;
    Ok(db)
}

/// The outcome for each file of a backup.
#[derive(Debug, Default)]
pub(crate) struct PutBack {
    /// Those that were missing.
    pub missing: Vec<String>,
    /// Those that took the place of others, which are kept under these names.
    pub replaced: Vec<(String, PathBuf)>,
    /// Those that were left out, because the directory has others.
    pub others: Vec<String>,
}

/// Puts the files back where they are missing, and with `everything` also where there are others, which are kept.
///
/// # Errors
///
/// A file cannot be read or written.
pub(crate) fn put_back(
    companions: &[Companion],
    data: &Path,
    everything: bool,
) -> io::Result<PutBack> {
    let mut done = PutBack::default();
    // A name is never a path: a backup is a file that somebody may have changed.
    let names = companions.iter().filter(|(name, _)| is_companion(name));
    for (name, content) in names {
        let path = data.join(name);
        match fs::read(&path) {
            Ok(present) if present == *content => continue,
            // Nobody who was revoked since is let in again.
            Ok(_) if !everything || name == REVOKED => {
                done.others.push(name.clone());
                continue;
            }
            Ok(_) => {
                let kept = files::aside(&path, "replaced")?;
                // Not every file system has links.
                fs::hard_link(&path, &kept).or_else(|_| fs::copy(&path, &kept).map(drop))?;
                done.replaced.push((name.clone(), kept));
            }
            Err(error) if error.kind() == ErrorKind::NotFound => done.missing.push(name.clone()),
            Err(error) => return Err(error),
        }
        private_file::replace(&path, content)?;
    }
    Ok(done)
}

/// The files of this data directory that travel. Those that the configuration has elsewhere do not.
///
/// # Errors
///
/// One of them cannot be read.
pub(crate) fn of(data: &Path) -> io::Result<Vec<Companion>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(data)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        if is_companion(&name) && entry.file_type()?.is_file() {
            found.push((name, fs::read(entry.path())?));
        }
    }
    found.sort();
    Ok(found)
}

/// Whether a file is one of those that travel.
pub(crate) fn is_companion(name: &str) -> bool {
    let plain = !name.contains(['/', '.', '\\']);
    plain
        && (matches!(name, "secret" | "links" | REVOKED | "lesson") || name.starts_with("lesson-"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::backup::backup;
    use crate::sqlite::restore::look_at;
    use crate::sqlite::tests::TempHistory;
    use crate::support::scratch::Scratch;

    #[test]
    fn what_is_taken_out_leaves_no_byte_behind() {
        let history = TempHistory::with(&[]);
        let copy = history.path.with_file_name("monday.db");
        let secret = b"nobody-may-ever-read-this-secret".repeat(40);
        let written = BASE64_STANDARD.encode(&secret);
        let companions = vec![("secret".to_owned(), secret)];
        backup(&history.path, &copy, || Ok(companions.clone())).unwrap();
        look_at(&copy).unwrap();
        let has_it = |copy: &Path| {
            let bytes = fs::read(copy).unwrap();
            bytes
                .windows(40)
                .any(|part| part == &written.as_bytes()[..40])
        };
        assert!(has_it(&copy));
        assert_eq!(take(&copy).unwrap(), companions);
        assert!(!has_it(&copy));
        look_at(&copy).unwrap();
        assert_eq!(take(&copy).unwrap(), []);
    }

    #[test]
    fn what_is_there_stays_unless_everything_is_wanted_and_is_kept_then() {
        let scratch = Scratch::new();
        let data = scratch.path();
        fs::write(data.join("secret"), "new").unwrap();
        let companion = |name: &str, content: &str| (name.to_owned(), content.as_bytes().to_vec());
        let companions = [
            companion("secret", "old"),
            companion("links", "Ann"),
            companion("../lesson-a", "out of the directory"),
            companion("history.db", "no companion"),
        ];
        let done = put_back(&companions, data, false).unwrap();
        assert_eq!(
            (done.missing, done.others),
            (vec!["links".into()], vec!["secret".into()])
        );
        assert_eq!(fs::read(data.join("secret")).unwrap(), b"new");
        let done = put_back(&companions, data, true).unwrap();
        assert_eq!(
            done.replaced,
            [("secret".into(), data.join("secret.replaced-1"))]
        );
        assert_eq!(fs::read(data.join("secret")).unwrap(), b"old");
        assert_eq!(fs::read(data.join("secret.replaced-1")).unwrap(), b"new");
        assert_eq!(
            of(data).unwrap(),
            [companion("links", "Ann"), companion("secret", "old")]
        );
        // Nobody who was revoked is let in again.
        fs::write(data.join(REVOKED), "Eve").unwrap();
        let done = put_back(&[companion(REVOKED, "")], data, true).unwrap();
        assert_eq!(
            (done.replaced.len(), done.others),
            (0, vec![REVOKED.into()])
        );
        assert_eq!(fs::read(data.join(REVOKED)).unwrap(), b"Eve");
        assert!(!data.join("../lesson-a").exists() && !data.join("history.db").exists());
    }
}
