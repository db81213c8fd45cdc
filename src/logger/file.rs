//! The log file: private, bounded, and moved away by others without harm.
//!
//! Used by: the thread `log` that writes it. It is created with mode 0600, and one that others may
//! read is closed to them. When it has reached `log.max_size`, it becomes `FILE.1`, in place of an
//! older one, and a new one begins: together at most twice that size. A record that cannot be
//! written, because the disk is full, is counted and lost; the chat never waits for it.

use crate::support::private_file;
use std::fs::{self, File, Metadata, Permissions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// A file of the log.
#[derive(Debug)]
pub(super) struct LogFile {
    /// As configured, for [`LogFile::reopen`].
    path: PathBuf,
    /// Where it is, if `path` is a link. This is what moves when it is full.
    place: PathBuf,
    /// `None` after a failure to open it again.
    file: Option<File>,
    size: u64,
    /// Whether it grows, unlike a terminal or `/dev/null`.
    grows: bool,
    /// Largest size in bytes.
    max_size: u64,
    /// Records that could not be written since the last that could.
    failed: u64,
}

impl LogFile {
    /// Opens the file, or creates it. Returns a warning if others could read it.
    ///
    /// # Errors
    ///
    /// It cannot be opened, or is neither a file nor a device such as `/dev/stderr`: to open a pipe
    /// could wait for ever.
    pub(super) fn open(path: &Path, max_size: u64) -> io::Result<(LogFile, Option<String>)> {
        let (file, warning) = open_private(path)?;
        let log = LogFile {
            path: path.to_owned(),
            place: fs::canonicalize(path)?,
            size: file.metadata()?.len(),
            grows: file.metadata()?.is_file(),
            file: Some(file),
            max_size,
            failed: 0,
        };
        Ok((log, warning))
    }

    /// Opens the file at the same path again, which may be another one now. If that fails, the open
    /// one stays in use.
    pub(super) fn reopen(&mut self) -> io::Result<Option<String>> {
        let (log, warning) = LogFile::open(&self.path, self.max_size)?;
        let failed = self.failed;
        *self = LogFile { failed, ..log };
        Ok(warning)
    }

    /// Begins a new file if this one has no room for `bytes` more.
    fn make_room(&mut self, bytes: u64) -> io::Result<()> {
        if self.file.is_some() && !self.grows {
            return Ok(());
        }
        if self.file.is_some() && self.size + bytes <= self.max_size {
            return Ok(());
        }
        if let Some(file) = &self.file {
            // Somebody may have emptied it.
            self.size = file.metadata()?.len();
            if self.size == 0 || self.size + bytes <= self.max_size {
                return Ok(());
            }
            if let Err(error) = fs::rename(&self.place, old(&self.place))
                && error.kind() != ErrorKind::NotFound
            {
                // The bound holds all the same, even where the directory is not ours.
                file.set_len(0)?;
                self.size = 0;
                let note =
                    format!("(the log was full, could not be moved, and begins anew: {error})\n");
                return self.append(note.as_bytes());
            }
        }
        self.file = None;
        self.reopen().map(drop)
    }

    fn append(&mut self, record: &[u8]) -> io::Result<()> {
        self.make_room(record.len() as u64)?;
        let file = self.file.as_mut().ok_or(ErrorKind::NotFound)?;
        let written = file.write_all(record);
        // After an error, some of it may be there.
        self.size += record.len() as u64;
        written
    }
}

impl Write for LogFile {
    /// Takes a whole record and never fails: what cannot be written is counted.
    fn write(&mut self, record: &[u8]) -> io::Result<usize> {
        if self.failed > 0 {
            let failed = self.failed;
            let note =
                format!("\n({failed} records are missing here: they could not be written)\n");
            if self.append(note.as_bytes()).is_ok() {
                self.failed -= failed;
            }
        }
        if self.failed > 0 || self.append(record).is_err() {
            self.failed += 1;
        }
        Ok(record.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The name of a full file: `FILE.1`.
fn old(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".1");
    name.into()
}

/// Whether this can be opened and written without waiting for somebody who reads.
fn is_writable_kind(found: &Metadata) -> bool {
    found.is_file() || found.file_type().is_char_device()
}

/// Opens a file to append to it, and closes it to others.
fn open_private(path: &Path) -> io::Result<(File, Option<String>)> {
    let irregular = || {
        let message = "it is neither a file nor a terminal; name a file, which may be new";
        Err(io::Error::new(ErrorKind::InvalidInput, message))
    };
    // Before it is opened, because to open a pipe waits for its reader.
    match fs::metadata(path) {
        Ok(found) if !is_writable_kind(&found) => return irregular(),
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let file = private_file::options()
        .append(true)
        .create(true)
        .open(path)?;
    let found = file.metadata()?;
    if !is_writable_kind(&found) {
        return irregular();
    }
    let mode = found.mode() & 0o777;
    if mode & 0o077 == 0 || !found.is_file() {
        return Ok((file, None));
    }
    let warning = match file.set_permissions(Permissions::from_mode(0o600)) {
        Ok(()) => format!("others could read it (mode {mode:03o}); now only its owner can (600)"),
        Err(error) => format!("others can read it (mode {mode:03o}): {error}; set its mode to 600"),
    };
    Ok((file, Some(warning)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::scratch::Scratch;
    use std::os::unix::fs::symlink;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o777
    }

    /// A record, in one piece.
    fn say(log: &mut LogFile, text: &str) {
        log.write_all(format!("{text}\n").as_bytes()).unwrap();
    }

    #[test]
    fn a_full_file_moves_away_and_both_together_stay_bounded() {
        let scratch = Scratch::new();
        let path = scratch.path().join("chat.log");
        let (mut log, warning) = LogFile::open(&path, 1000).unwrap();
        assert_eq!(warning, None);
        for n in 0..500 {
            say(&mut log, &format!("record {n:04}"));
            let size = |path: &Path| fs::metadata(path).map_or(0, |found| found.len());
            assert!(size(&path) <= 1000 && size(&old(&path)) <= 1000);
        }
        assert_eq!((mode(&path), mode(&old(&path))), (0o600, 0o600));
        let both = fs::read_to_string(old(&path)).unwrap() + &fs::read_to_string(&path).unwrap();
        assert!(both.ends_with("record 0499\n"));
        let first: usize = both.lines().next().unwrap()[7..].parse().unwrap();
        assert_eq!(
            both.lines().count(),
            500 - first,
            "one is missing between them"
        );
        // A record that is larger than a file has a file of its own.
        log.write_all(&[b'x'; 3000]).unwrap();
        log.write_all(b"after\n").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "after\n");
    }

    #[test]
    fn what_others_could_read_is_closed_to_them() {
        let scratch = Scratch::new();
        let path = scratch.path().join("chat.log");
        fs::write(&path, "before\n").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        let (mut log, warning) = LogFile::open(&path, 1000).unwrap();
        assert!(warning.unwrap().contains("644"));
        say(&mut log, "after");
        assert_eq!(fs::read_to_string(&path).unwrap(), "before\nafter\n");
        assert_eq!(mode(&path), 0o600);
    }

    #[test]
    fn it_is_opened_again_where_it_was_and_through_links() {
        let scratch = Scratch::new();
        let (real, link) = (scratch.path().join("real"), scratch.path().join("link"));
        symlink(&real, &link).unwrap();
        let (mut log, _) = LogFile::open(&link, 100).unwrap();
        say(&mut log, "one");
        fs::rename(&real, scratch.path().join("moved")).unwrap();
        say(&mut log, "two");
        assert_eq!(log.reopen().unwrap(), None);
        say(&mut log, "three");
        let read = |name| fs::read_to_string(scratch.path().join(name)).unwrap();
        assert_eq!((&*read("moved"), &*read("real")), ("one\ntwo\n", "three\n"));
        // The file moves when it is full, and the link stays.
        log.write_all(&[b'x'; 99]).unwrap();
        assert_eq!(read("real.1"), "three\n");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    }

    #[test]
    fn what_is_no_regular_file_is_refused() {
        let scratch = Scratch::new();
        let socket = scratch.path().join("socket");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        let link = scratch.path().join("link");
        symlink(&socket, &link).unwrap();
        for path in [&socket, &link, &scratch.path().to_owned()] {
            assert!(LogFile::open(path, 1000).is_err(), "{}", path.display());
        }
    }

    #[test]
    fn what_could_not_be_written_is_counted_and_the_next_file_says_it() {
        let scratch = Scratch::new();
        let path = scratch.path().join("chat.log");
        symlink("/dev/full", &path).unwrap();
        let (mut log, warning) = LogFile::open(&path, 1000).unwrap();
        assert_eq!(warning, None);
        for _ in 0..3 {
            say(&mut log, "lost");
        }
        fs::remove_file(&path).unwrap();
        log.reopen().unwrap();
        say(&mut log, "kept");
        let text = fs::read_to_string(&path).unwrap();
        let note = "\n(3 records are missing here: they could not be written)\n";
        assert_eq!(text, format!("{note}kept\n"));
    }
}
