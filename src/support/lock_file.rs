//! A lock between processes: a file that one process at a time holds open. It says in the file who
//! holds it, and the system drops the lock when that process ends, however it ends.

use crate::support::private_file;
use std::fs::{File, TryLockError};
use std::io::{self, Read, Write};
use std::path::Path;
use std::thread;
use std::time::Duration;

/// Why a lock cannot be taken.
#[derive(Debug)]
pub(crate) enum LockError {
    /// Another process holds it, if known the one with this number.
    Held(Option<u32>),
    /// The lock's file cannot be created or written.
    Io(io::Error),
}

/// How often the lock is tried for before another process is said to hold it. A process that only
/// looks whether it is held, holds it itself for some microseconds.
const ATTEMPTS: u32 = 25;

/// The pause between two attempts: together 100 ms, which a start can wait.
const PAUSE: Duration = Duration::from_millis(4);

/// Takes the lock at `path` for as long as the returned file is open.
///
/// # Errors
///
/// Another process holds the lock, or the file cannot be created.
pub(crate) fn take(path: &Path) -> Result<File, LockError> {
    let mut file = private_file::open_lock(path).map_err(LockError::Io)?;
    match try_lock(&file) {
        Ok(()) => {
            // A process that finds it locked can say by whom. The lock holds without the number, too.
            let pid = format!("{}\n", std::process::id());
            let _ = file
                .set_len(0)
                .and_then(|()| file.write_all(pid.as_bytes()));
            Ok(file)
        }
        Err(TryLockError::WouldBlock) => Err(LockError::Held(holder(&mut file))),
        Err(TryLockError::Error(error)) => Err(LockError::Io(error)),
    }
}

fn try_lock(file: &File) -> Result<(), TryLockError> {
    for _ in 1..ATTEMPTS {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => thread::sleep(PAUSE),
            result => return result,
        }
    }
    file.try_lock()
}

/// Whether a process holds the lock at `path`. Those who only look share it.
pub(crate) fn is_held(path: &Path) -> bool {
    File::open(path).is_ok_and(|file| file.try_lock_shared().is_err())
}

/// Whether another process than this one holds the lock at `path`.
pub(crate) fn is_held_by_another(path: &Path) -> bool {
    File::open(path).is_ok_and(|mut file| {
        file.try_lock_shared().is_err() && holder(&mut file) != Some(std::process::id())
    })
}

fn holder(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

/// The words for the process that holds a lock.
pub(crate) fn process(pid: Option<u32>) -> String {
    pid.map_or_else(String::new, |pid| format!(" (process {pid})"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::scratch::Scratch;
    use std::sync::atomic::AtomicBool;
    use std::sync::atomic::Ordering::Relaxed;

    #[test]
    fn one_holds_the_lock_and_the_other_learns_who() {
        let scratch = Scratch::new();
        let path = scratch.path().join("lock");
        assert!(!is_held(&path));
        let first = take(&path).unwrap();
        assert!(is_held(&path));
        match take(&path) {
            Err(LockError::Held(pid)) => assert_eq!(pid, Some(std::process::id())),
            other => panic!("{other:?}"),
        }
        drop(first);
        assert!(!is_held(&path));
        take(&path).unwrap();
    }

    #[test]
    fn whoever_only_looks_does_not_keep_a_server_from_starting() {
        let scratch = Scratch::new();
        let path = scratch.path().join("lock");
        drop(take(&path).unwrap());
        let ended = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                while !ended.load(Relaxed) {
                    is_held(&path);
                }
            });
            let taken = (0..2000).map(|_| take(&path).map(drop));
            let taken: Result<(), LockError> = taken.collect();
            ended.store(true, Relaxed);
            taken.unwrap();
        });
    }
}
