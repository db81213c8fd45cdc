//! The small files of a data directory that every node needs: class codes, personal links, the list of revoked people.

use crate::sqlite::companions::{self, Companion};
use crate::support::private_file;
use std::path::Path;

/// The files that the other nodes need, too. The secret is not among them: each node has it before it comes in.
pub(super) fn of(data: &Path) -> Result<Vec<Companion>, String> {
    let files = companions::of(data).map_err(|error| format!("{}: {error}", data.display()))?;
    Ok(files
        .into_iter()
        .filter(|(name, _)| is_shared(name))
        .collect())
}

/// Writes files that came from the primary.
pub(super) fn write(files: &[Companion], data: &Path) -> Result<(), String> {
    for (name, content) in files.iter().filter(|(name, _)| is_shared(name)) {
        let written = private_file::replace(&data.join(name), content);
        written.map_err(|error| format!("{name}: {error}"))?;
    }
    Ok(())
}

/// The secret is not shared: each node has it before it comes in.
fn is_shared(name: &str) -> bool {
    companions::is_companion(name) && name != "secret"
}

/// The prefix of the file names of copies of the history that are not complete yet.
pub(super) const COPY: &str = "copy-";

/// Removes the incomplete copies that a killed process has left in the data directory.
pub(super) fn remove_copies(data: &Path) {
    let found = std::fs::read_dir(data).into_iter().flatten().flatten();
    let copies = found.filter(|file| file.file_name().to_string_lossy().starts_with(COPY));
    for copy in copies {
        let _ = std::fs::remove_file(copy.path());
    }
}
