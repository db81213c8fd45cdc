//! Files and directories that only their owner may read: the secret, the class code, the history.
//!
//! Used at the start of the server, and when a lesson ends. Blocks on the disk, so it is never
//! called by the hub or the flusher.

use rustix::fs::OFlags;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, fchown};
use std::path::Path;

/// Creates a directory with mode 0700, and those above it that are missing.
pub(crate) fn create_directory(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Creates the directory that `file` is in, as [`create_directory`] does.
pub(crate) fn create_parent(file: &Path) -> io::Result<()> {
    create_directory(parent(file))
}

/// Options that create a file with mode 0600. The caller adds what to open it for.
pub(crate) fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

/// Creates a file that does not exist yet, for its owner alone, as [`give_to_owner`] does.
///
/// # Errors
///
/// It exists, or cannot be created.
pub(crate) fn create_new(path: &Path) -> io::Result<File> {
    let file = options()
        .read(true)
        .write(true)
        .create_new(true)
        .open(path)?;
    // A system may not let root do that. The file is of use all the same.
    let _ = give_to_owner(&file, path);
    Ok(file)
}

/// Opens a file to read and write, and creates it as [`create_new`] does if there is none.
///
/// # Errors
///
/// It cannot be opened or created.
pub(crate) fn open_or_create(path: &Path) -> io::Result<File> {
    open(path, &mut options())
}

/// The same for a lock, which is written to: one that is a link to another file is refused.
///
/// # Errors
///
/// It is a link, or cannot be opened or created.
pub(crate) fn open_lock(path: &Path) -> io::Result<File> {
    open(path, options().custom_flags(OFlags::NOFOLLOW.bits() as i32))
}

fn open(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    match create_new(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            // With `create`, because the name may be a link to a file that does not exist yet.
            options
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .open(path)
        }
        created => created,
    }
}

/// Gives a file that root has just created to the owner of the directory: a server that runs as that user
/// could not read it otherwise. The file is new, so it is no link to another one.
fn give_to_owner(created: &File, path: &Path) -> io::Result<()> {
    if !rustix::process::geteuid().is_root() {
        return Ok(());
    }
    let (directory, file) = (fs::metadata(parent(path))?, created.metadata()?);
    let owner = (directory.uid(), directory.gid());
    match owner == (file.uid(), file.gid()) {
        true => Ok(()),
        false => fchown(created, Some(owner.0), Some(owner.1)),
    }
}

/// Replaces the file at `path` by one with these bytes. A reader, and the next start after a crash
/// or a power cut, finds the old file or the new one, and never half of one.
///
/// # Errors
///
/// The new file cannot be written; the old one is still there.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let new = path.with_extension("new");
    // One that was left from an interrupted write, or was put here as a link, is not written to.
    match fs::remove_file(&new) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = create_new(&new)?;
    file.write_all(bytes)?;
    // If the rename reached the disk before the bytes, a power cut could leave an empty file.
    file.sync_all()?;
    fs::rename(&new, path)?;
    sync_directory(parent(path))
}

/// Makes a rename in a directory last. Some file systems cannot do that for a directory; a rename
/// there lasts as well as it can.
pub(crate) fn sync_directory(path: &Path) -> io::Result<()> {
    match File::open(path)?.sync_all() {
        Err(error)
            if !matches!(
                error.kind(),
                ErrorKind::InvalidInput | ErrorKind::Unsupported
            ) =>
        {
            Err(error)
        }
        _ => Ok(()),
    }
}

/// The directory of a file; the current one for a mere name.
pub(crate) fn parent(file: &Path) -> &Path {
    match file.parent() {
        Some(directory) if !directory.as_os_str().is_empty() => directory,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::scratch::Scratch;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_lock_that_is_a_link_is_refused_and_a_link_to_a_new_history_is_followed() {
        let scratch = Scratch::new();
        let [link, other] = ["lock", "other"].map(|name| scratch.path().join(name));
        std::os::unix::fs::symlink(&other, &link).unwrap();
        assert!(open_lock(&link).is_err() && !other.exists());
        open_or_create(&link).unwrap();
        assert!(other.exists());
        assert!(open_lock(&link).is_err());
    }

    #[test]
    fn what_root_creates_belongs_to_the_owner_of_the_directory() {
        if !rustix::process::geteuid().is_root() {
            return; // Nobody else can give files away.
        }
        let scratch = Scratch::new();
        std::os::unix::fs::chown(scratch.path(), Some(65534), Some(65534)).unwrap();
        let path = scratch.path().join("secret");
        replace(&path, b"x").unwrap();
        let lock = scratch.path().join("lock");
        drop(open_lock(&lock).unwrap());
        drop(open_lock(&lock).unwrap());
        for path in [path, lock] {
            let found = fs::metadata(path).unwrap();
            assert_eq!((found.uid(), found.gid()), (65534, 65534));
        }
    }

    #[test]
    fn a_file_is_replaced_as_a_whole_and_is_private() {
        let scratch = Scratch::new();
        let path = scratch.path().join("inner/lesson");
        assert!(replace(&path, b"no directory").is_err());
        create_parent(&path).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(parent(&path)), 0o700);
        for text in ["one, which is long", "two"] {
            replace(&path, text.as_bytes()).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
            assert_eq!(mode(&path), 0o600);
            assert_eq!(fs::read_dir(parent(&path)).unwrap().count(), 1);
        }
    }

    #[test]
    fn a_mere_name_is_a_file_in_the_current_directory() {
        for (file, directory) in [("lesson", "."), ("a/b", "a"), ("/a", "/")] {
            assert_eq!(parent(Path::new(file)), Path::new(directory));
        }
        create_parent(Path::new("lesson")).unwrap();
    }
}
