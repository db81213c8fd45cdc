//! Puts a repaired or restored file in the place of a history, which is kept. A crash at any moment
//! leaves either of them in its place.

use crate::sqlite::files::{self, beside};
use crate::support::private_file;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Gives the present file its second name, `history.WORD-N.db`, and then its first name to the new
/// one. Returns the second name.
pub(super) fn take_the_place(new: &Path, path: &Path, word: &str) -> io::Result<PathBuf> {
    let (log, directory) = (beside(path, "-wal"), private_file::parent(path));
    forget_second_name(path, word)?;
    let old = files::aside(path, word)?;
    keep(path, &old)?;
    if fs::metadata(&log).is_ok_and(|log| log.len() > 0) {
        keep(&log, &beside(&old, "-wal"))?;
    }
    private_file::sync_directory(directory)?;
    fs::rename(new, path)?;
    private_file::sync_directory(directory)?;
    // If it ends here, the next start sees that the log belongs to another file.
    for end in ["-wal", "-shm"] {
        match fs::remove_file(beside(path, end)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    private_file::sync_directory(directory)?;
    Ok(old)
}

/// Removes the second name that an interrupted exchange left to the file.
fn forget_second_name(path: &Path, word: &str) -> io::Result<()> {
    let id = |path: &Path| fs::metadata(path).map(|found| (found.dev(), found.ino()));
    let this = id(path)?;
    for entry in fs::read_dir(private_file::parent(path))? {
        let other = entry?.path();
        let is_ours = other.to_string_lossy().contains(&format!(".{word}-"));
        if is_ours && id(&other).ok() == Some(this) {
            fs::remove_file(&other)?;
            let _ = fs::remove_file(beside(&other, "-wal"));
        }
    }
    Ok(())
}

/// Gives a file a second name, or copies it where the file system has no links.
fn keep(file: &Path, name: &Path) -> io::Result<()> {
    if fs::hard_link(file, name).is_ok() {
        return Ok(());
    }
    fs::copy(file, name)?;
    File::open(name)?.sync_all()
}
