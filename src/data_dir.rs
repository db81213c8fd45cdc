//! The data directory: the secret, the lock, the history, and where the server listens.
//!
//! Used at the start, on the main thread, and by commands that run beside a server.

use crate::auth::secret::SecretError;
use crate::auth::token::Keys;
use crate::config::Config;
use crate::support::lock_file::{self, LockError};
use crate::support::private_file;
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Creates the data directory. Only its owner may read it, because it contains the secret.
pub fn create(path: &Path) -> Result<(), String> {
    private_file::create_directory(path).map_err(|error| {
        let path = path.display();
        match error.kind() {
            io::ErrorKind::AlreadyExists => format!("{path} is a file, not a data directory"),
            _ => format!("the data directory {path}: {error}"),
        }
    })
}

/// Returns the data directory. It has to exist, and the user of the command has to be allowed to read it.
///
/// # Errors
///
/// It is not, with what to do.
pub(crate) fn existing(config: &Config) -> Result<&Path, String> {
    let data = &config.server.data;
    let shown = data.display();
    match fs::read_dir(data) {
        Ok(_) => Ok(data),
        Err(error) => Err(match error.kind() {
            io::ErrorKind::NotFound => format!(
                "the data directory {shown} does not exist: name the server's directory with --data"
            ),
            io::ErrorKind::NotADirectory => format!("{shown} is a file, not a data directory"),
            io::ErrorKind::PermissionDenied => format!(
                "you may not look into the data directory {shown}: run the command as root, or as the user \
                 of the server, for example `sudo -u glassroom glassroom …`"
            ),
            _ => format!("the data directory {shown}: {error}"),
        }),
    }
}

/// The file that says where the server of a data directory listens, for `glassroom link`.
pub fn address_file(data: &Path) -> PathBuf {
    data.join("address")
}

/// Stores the address at which the server listens, for `glassroom link`.
pub fn note_address(data: &Path, address: SocketAddr) -> io::Result<()> {
    private_file::replace(&address_file(data), address.to_string().as_bytes())
}

/// Locks the data directory for as long as the file is open. Two servers on one directory would
/// give the same numbers to different events.
///
/// # Errors
///
/// Another server runs on it, or the lock cannot be created.
pub fn lock(data: &Path) -> Result<File, String> {
    let path = lock_path(data);
    lock_file::take(&path).map_err(|error| match error {
        LockError::Held(pid) => {
            let (data, process) = (data.display(), lock_file::process(pid));
            format!("another glassroom{process} runs on {data}: stop it, or take another --data")
        }
        LockError::Io(error) => format!("{}: {error}", path.display()),
    })
}

fn lock_path(data: &Path) -> PathBuf {
    data.join("lock")
}

/// Whether a server runs on this data directory.
pub fn is_running(data: &Path) -> bool {
    lock_file::is_held(&lock_path(data))
}

/// What a data directory remembers of its history, so that a history that is gone is not taken for
/// one that never was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KnownHistory {
    /// The id that the history was given when it was created.
    pub id: String,
    /// `history.path`, as the configuration has it. A directory that is moved keeps its history.
    pub path: PathBuf,
    /// Whether a server writes to it. True after a crash.
    pub open: bool,
    /// The epoch of the last run, which the file has without its write-ahead log.
    #[serde(default)]
    pub epoch: Option<Box<str>>,
}

impl KnownHistory {
    /// What the data directory remembers of the history that the configuration names. A record that
    /// cannot be read counts as none: the history itself is what matters.
    pub(crate) fn read(config: &Config) -> Option<KnownHistory> {
        let json = fs::read(Self::file(config)).ok()?;
        let known: Option<KnownHistory> = serde_json::from_slice(&json).ok();
        known.filter(|known| Some(&known.path) == config.history.path.as_ref())
    }

    /// Remembers a history.
    ///
    /// # Errors
    ///
    /// The record cannot be written.
    pub(crate) fn write(&self, config: &Config) -> io::Result<()> {
        let mut json = serde_json::to_vec(self)?;
        json.push(b'\n');
        private_file::replace(&Self::file(config), &json)
    }

    /// Forgets the history: a new one is wanted.
    ///
    /// # Errors
    ///
    /// The record cannot be removed.
    pub(crate) fn remove(config: &Config) -> io::Result<()> {
        match fs::remove_file(Self::file(config)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn file(config: &Config) -> PathBuf {
        config.server.data.join("history.known")
    }
}

/// The path of the history; `None` if nothing is stored.
pub fn history_path(config: &Config) -> Option<PathBuf> {
    let path = config.history.path.as_ref()?;
    Some(config.server.data.join(path))
}

/// A backup of the history that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MadeBackup {
    /// When, in milliseconds since 1970.
    pub at: u64,
    /// The file that was written.
    pub file: PathBuf,
}

impl MadeBackup {
    /// The last one, if one was ever made and noted.
    pub(crate) fn last(data: &Path) -> Option<MadeBackup> {
        let text = fs::read(MadeBackup::note(data)).ok()?;
        serde_json::from_slice(&text).ok()
    }

    /// Notes that it was made, for `glassroom status`.
    pub(crate) fn write(&self, data: &Path) -> io::Result<()> {
        private_file::replace(&MadeBackup::note(data), &serde_json::to_vec(self)?)
    }

    fn note(data: &Path) -> PathBuf {
        data.join("backup.made")
    }
}

/// The keys that tokens are signed and verified with; a secret is created where there is none.
///
/// # Errors
///
/// A file of a secret cannot be read or created, or holds no secret.
pub fn load_keys(config: &Config) -> Result<(Keys, Vec<String>), SecretError> {
    let default = config.server.data.join("secret");
    let current = config.auth.secret_file.as_deref().unwrap_or(&default);
    Keys::load_or_create(current, config.auth.previous_secret_file.as_deref())
}
