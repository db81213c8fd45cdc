//! The data directory: the secret, the lock, the history, and where the server listens.

use crate::auth::secret::SecretError;
use crate::auth::token::Keys;
use crate::config::Config;
use crate::support::private_file;
use std::fs::{File, TryLockError};
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Creates the data directory, for the owner alone: the secret is in there.
pub fn create(path: &Path) -> Result<(), String> {
    private_file::create_directory(path)
        .map_err(|error| format!("the data directory {}: {error}", path.display()))
}

/// The file that says where the server of a data directory listens, for `glassroom link`.
pub fn address_file(data: &Path) -> PathBuf {
    data.join("address")
}

/// Writes the address down for `glassroom link`.
pub fn note_address(data: &Path, address: SocketAddr) -> io::Result<()> {
    private_file::replace(&address_file(data), address.to_string().as_bytes())
}

/// One server per data directory: two would give the same numbers twice.
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

/// Where the history is, if any is kept.
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
