//! The files of a history: the database, its write-ahead log, and the names of those that are put
//! aside. Nothing that may hold somebody's words is ever deleted here.
//!
//! **Opening and closing the database file drops SQLite's locks on it**, for the whole process
//! (POSIX locks). So a process that has the history open only looks at it with `stat`.

use crate::sqlite::error::StoreError;
use crate::support::lock_file::{self, LockError};
use crate::support::private_file;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

/// The bytes of the header of a database.
pub(super) const HEADER: usize = 100;

/// Where the header says how the file is written.
pub(super) const WRITE_VERSION: usize = 18;

/// The write version of a file that has a write-ahead log. Without one, it is 1.
pub(super) const WITH_LOG: u8 = 2;

/// Most names that are tried for a file that is put aside.
const MAX_ASIDE: u32 = 10_000;

/// Returns the path with something appended to the file's name: `-wal`, `-shm`, `.lock`.
pub(super) fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.file_name().map_or_else(OsString::new, OsString::from);
    name.push(end);
    path.with_file_name(name)
}

/// Returns a name for a file that is put aside, `history.WORD-N.db`, which no file has yet.
pub(super) fn aside(path: &Path, word: &str) -> io::Result<PathBuf> {
    let name = |n: u32| {
        let mut name = path.file_stem().map_or_else(OsString::new, OsString::from);
        name.push(format!(".{word}-{n}"));
        if let Some(extension) = path.extension() {
            name.push(".");
            name.push(extension);
        }
        path.with_file_name(name)
    };
    let free = |path: &PathBuf| !path.exists() && !beside(path, "-wal").exists();
    (1..=MAX_ASIDE)
        .map(name)
        .find(free)
        .ok_or_else(|| io::Error::other(format!("{MAX_ASIDE} files were put aside already")))
}

/// Takes the lock of a history for as long as the returned file is open. It lies beside the file
/// itself and not in the data directory: two servers with a directory each may name one history.
///
/// # Errors
///
/// Another process writes to the history, or the lock cannot be created.
pub(super) fn lock(path: &Path) -> Result<File, StoreError> {
    private_file::create_parent(path)?;
    lock_file::take(&lock_path(path)).map_err(|error| match error {
        LockError::Held(pid) => StoreError::InUse { pid },
        LockError::Io(error) => StoreError::Io(error),
    })
}

/// Whether another process has the history open for writing.
pub(super) fn is_in_use(path: &Path) -> bool {
    lock_file::is_held_by_another(&lock_path(path))
}

/// The lock beside the real file, whatever links lead to it.
fn lock_path(path: &Path) -> PathBuf {
    let real = fs::canonicalize(path).or_else(|_| {
        let directory = fs::canonicalize(private_file::parent(path))?;
        let name = path.file_name().ok_or(ErrorKind::InvalidInput)?;
        Ok::<_, io::Error>(directory.join(name))
    });
    beside(&real.unwrap_or_else(|_| path.to_owned()), ".lock")
}

/// Reads the header of a database that this process has not open. `None`: the file is shorter.
pub(super) fn header(path: &Path) -> io::Result<Option<[u8; HEADER]>> {
    let mut header = [0; HEADER];
    match File::open(path)?.read_exact(&mut header) {
        Ok(()) => Ok(Some(header)),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error),
    }
}

/// Removes a file that this program was writing, with what SQLite keeps beside it.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    for end in ["", "-wal", "-shm", "-journal"] {
        match fs::remove_file(beside(path, end)) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// Writes the first `length` bytes of `first`, the first page of a new history, over those of a copy
/// of a damaged one. The header says that the file has all its pages, and none that are free.
pub(super) fn replace_first_bytes(path: &Path, first: &[u8], length: usize) -> io::Result<()> {
    use std::os::unix::fs::FileExt;
    let file = File::options().write(true).open(path)?;
    let pages = file.metadata()?.len() / first.len().max(1) as u64;
    let mut bytes = first.get(..length).unwrap_or(first).to_vec();
    if let Some(count) = bytes.get_mut(28..32) {
        count.copy_from_slice(&u32::try_from(pages).unwrap_or(u32::MAX).to_be_bytes());
    }
    if let Some(free) = bytes.get_mut(32..40) {
        free.fill(0);
    }
    file.write_all_at(&bytes, 0)
}

/// Whether there is no file at `path`, or nothing in it.
pub(super) fn is_empty(path: &Path) -> bool {
    match fs::metadata(path) {
        Err(error) => error.kind() == ErrorKind::NotFound,
        Ok(found) => found.len() == 0,
    }
}

/// Whether there is no history at `path`: no file, an empty one, or one whose header is all zero
/// bytes, as after a power cut.
pub fn is_blank(path: &Path) -> bool {
    match fs::metadata(path) {
        Err(error) => error.kind() == ErrorKind::NotFound,
        Ok(found) if found.len() == 0 => true,
        Ok(_) => matches!(header(path), Ok(Some(header)) if header == [0; HEADER]),
    }
}

/// Whether something is in the write-ahead log beside the file.
pub(super) fn log_has_content(path: &Path) -> bool {
    fs::metadata(beside(path, "-wal")).is_ok_and(|log| log.len() > 0)
}

/// Whether a write-ahead log lies beside the file. Only the end of the last writer removes it.
pub fn has_log(path: &Path) -> bool {
    beside(path, "-wal").exists()
}

/// Whether the header says that the file has no write-ahead log. A database to which a server ever
/// wrote says that it has one; a backup and a repaired file say that they have none.
pub(super) fn says_no_log(path: &Path) -> io::Result<bool> {
    Ok(header(path)?.is_some_and(|header| header[WRITE_VERSION] == 1))
}

/// Puts the write-ahead log aside, because it belongs to the file that this one has replaced. SQLite
/// would mix it into the database.
pub(super) fn put_log_aside(path: &Path) -> io::Result<()> {
    let log = beside(path, "-wal");
    let new = beside(&aside(path, "replaced")?, "-wal");
    fs::rename(&log, &new)?;
    let _ = fs::remove_file(beside(path, "-shm")); // an index into the log, which is rebuilt
    private_file::sync_directory(private_file::parent(path))?;
    log::warn!(
        "{} was the write-ahead log of another file, which this one has replaced: it is now {}",
        log.display(),
        new.display()
    );
    Ok(())
}

/// Puts a history aside, with its write-ahead log, so that a new one can begin. Returns its new
/// name; `None` if there is nothing to keep.
///
/// # Errors
///
/// A server uses it, or it cannot be renamed.
pub fn put_aside(path: &Path, word: &str) -> Result<Option<PathBuf>, StoreError> {
    let _lock = lock(path)?;
    let size = |path: &Path| fs::metadata(path).map_or(0, |found| found.len());
    let log = beside(path, "-wal");
    if size(path) == 0 && size(&log) == 0 {
        return Ok(None);
    }
    let new = aside(path, word)?;
    // The log first: without it, an interrupted start would mix it into the new history.
    for (old, new) in [(log, beside(&new, "-wal")), (path.to_owned(), new.clone())] {
        match fs::rename(&old, &new) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    let _ = fs::remove_file(beside(path, "-shm"));
    private_file::sync_directory(private_file::parent(path))?;
    Ok(Some(new))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::scratch::Scratch;

    #[test]
    fn files_are_put_aside_under_the_next_free_number_with_their_log() {
        let scratch = Scratch::new();
        let path = scratch.path().join("history.db");
        assert_eq!(put_aside(&path, "old").unwrap(), None);
        for n in 1..3 {
            fs::write(&path, format!("file {n}")).unwrap();
            fs::write(beside(&path, "-wal"), format!("log {n}")).unwrap();
            let new = put_aside(&path, "old").unwrap().unwrap();
            assert_eq!(new, scratch.path().join(format!("history.old-{n}.db")));
            assert_eq!(fs::read(&new).unwrap(), format!("file {n}").as_bytes());
            let log = fs::read(beside(&new, "-wal")).unwrap();
            assert_eq!(log, format!("log {n}").as_bytes());
            assert!(is_blank(&path));
        }
    }

    #[test]
    fn one_file_has_one_lock_whatever_name_leads_to_it() {
        let scratch = Scratch::new();
        let path = scratch.path().join("history.db");
        fs::write(&path, "x").unwrap();
        let link = scratch.path().join("link.db");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        let held = lock(&path).unwrap();
        for name in [&path, &link] {
            assert!(!is_in_use(name), "this process is no other");
            let Err(StoreError::InUse { pid }) = lock(name) else {
                panic!("two locks")
            };
            assert_eq!(pid, Some(std::process::id()));
        }
        drop(held);
        lock(&link).unwrap();
    }

    #[test]
    fn zeros_are_no_history_and_other_bytes_may_be_one() {
        let scratch = Scratch::new();
        let path = scratch.path().join("history.db");
        for (bytes, blank) in [(vec![], true), (vec![0; 8192], true), (vec![1; 50], false)] {
            fs::write(&path, bytes).unwrap();
            assert_eq!(is_blank(&path), blank);
        }
    }
}
