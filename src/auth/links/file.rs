//! The links as a file: JSON, one link on each line.
//!
//! A file that cannot be read is an error and never an empty list: links would stop working in the
//! middle of a term, and names would no longer be kept.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::auth::links::entry::Entry;
use crate::auth::links::list::MAX_LINKS;
use crate::support::private_file;

/// The name of the file in the data directory.
pub(super) const FILE: &str = "links";

/// Most bytes of the file, which is read as a whole: more than [`MAX_LINKS`] of usual length.
const MAX_BYTES: u64 = 16 << 20;

/// The personal links cannot be used or changed: which file, and why.
#[derive(Debug)]
pub struct LinksError {
    path: PathBuf,
    problem: Problem,
}

#[derive(Debug)]
enum Problem {
    Io(io::Error),
    Damaged,
    Full,
}

impl LinksError {
    pub(super) fn full(path: &Path) -> LinksError {
        LinksError {
            path: path.to_owned(),
            problem: Problem::Full,
        }
    }

    /// Whether there are as many links as there may be.
    pub fn is_full(&self) -> bool {
        matches!(self.problem, Problem::Full)
    }
}

impl fmt::Display for LinksError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the personal links {}: ", self.path.display())?;
        match &self.problem {
            Problem::Io(error) => write!(f, "{error}"),
            Problem::Damaged => f.write_str(
                "the file is damaged: put back a copy of it, or move it away, which ends every \
                 personal link, and make new ones",
            ),
            Problem::Full => write!(
                f,
                "there would be more than {MAX_LINKS}: take some away with `glassroom link --revoke \
                 NAME`"
            ),
        }
    }
}

impl std::error::Error for LinksError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.problem {
            Problem::Io(error) => Some(error),
            Problem::Damaged | Problem::Full => None,
        }
    }
}

/// Reads the links of the file at `path`; none if there is no file.
pub(super) fn read(path: &Path) -> Result<Vec<Entry>, LinksError> {
    let failed = |problem| LinksError {
        path: path.to_owned(),
        problem,
    };
    match fs::metadata(path) {
        Ok(file) if file.len() > MAX_BYTES => return Err(failed(Problem::Damaged)),
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(Problem::Io(error))),
    }
    let bytes = fs::read(path).map_err(|error| failed(Problem::Io(error)))?;
    let entries = serde_json::Deserializer::from_slice(&bytes).into_iter();
    let entries: Result<Vec<Entry>, _> = entries.collect();
    let entries = entries.map_err(|_| failed(Problem::Damaged))?;
    match entries.len() <= MAX_LINKS {
        true => Ok(entries),
        false => Err(failed(Problem::Damaged)),
    }
}

/// Replaces the file at `path` by one with these links.
pub(super) fn write(path: &Path, entries: &[Entry]) -> Result<(), LinksError> {
    let write = || {
        let mut lines = Vec::new();
        for entry in entries {
            serde_json::to_writer(&mut lines, entry)?;
            lines.push(b'\n');
        }
        private_file::replace(path, &lines)
    };
    write().map_err(|error| LinksError {
        path: path.to_owned(),
        problem: Problem::Io(error),
    })
}
