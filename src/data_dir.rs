//! The data directory: the secret, the lock, the history, and where the server listens.
//!
//! Used at the start, on the main thread, and by commands that run beside a server.

use crate::auth::secret::SecretError;
use crate::auth::token::Keys;
use crate::config::Config;
use crate::support::private_file;
use std::fs::{File, TryLockError};
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Creates the data directory. Only its owner may read it, because it contains the secret.
pub fn create(path: &Path) -> Result<(), String> {
    private_file::create_directory(path)
        .map_err(|error| format!("the data directory {}: {error}", path.display()))
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
    let path = lock_file(data);
    let opened = private_file::options()
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path);
    let file = opened.map_err(|error| format!("{}: {error}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            let data = data.display();
            Err(format!(
                "another glassroom runs on {data}: stop it, or take another --data"
            ))
        }
        Err(TryLockError::Error(error)) => Err(format!("{}: {error}", path.display())),
    }
}

fn lock_file(data: &Path) -> PathBuf {
    data.join("lock")
}

/// Whether a server runs on this data directory.
pub fn is_running(data: &Path) -> bool {
    File::open(lock_file(data)).is_ok_and(|file| file.try_lock().is_err())
}

/// The path of the history; `None` if nothing is stored.
pub fn history_path(config: &Config) -> Option<PathBuf> {
    let path = config.history.path.as_ref()?;
    Some(config.server.data.join(path))
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
