//! The list as a file: one JSON object for each person on a line, and a last line with their number
//! and a checksum.
//!
//! A list that cannot be trusted is an error and never an empty list, which would let everybody in
//! again. The checksum is there for that: a flipped bit in a `sub` would leave a line that is
//! perfectly good JSON and matches nobody.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::auth::hs256;
use crate::auth::revoked::list::{Entry, MAX_ENTRIES};
use crate::support::{base32, private_file};

/// The name of the file in the data directory.
pub(super) const FILE: &str = "revoked";

/// Most bytes of the file, which is read as a whole: more than [`MAX_ENTRIES`] of the longest.
const MAX_BYTES: u64 = 16 << 20;

/// The list of revoked people cannot be used: which file, and why.
#[derive(Debug)]
pub struct RevokedError {
    path: PathBuf,
    problem: Problem,
}

#[derive(Debug)]
enum Problem {
    Io(io::Error),
    Damaged,
    Full,
}

impl RevokedError {
    pub(super) fn full(path: &Path) -> RevokedError {
        RevokedError {
            path: path.to_owned(),
            problem: Problem::Full,
        }
    }
}

impl fmt::Display for RevokedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the list of revoked people {}: ", self.path.display())?;
        match &self.problem {
            Problem::Io(error) => write!(f, "{error}"),
            Problem::Damaged => f.write_str(
                "it is damaged, and whoever it names would be let in again: put back a copy of \
                 it, or move it away and revoke those people anew",
            ),
            Problem::Full => write!(
                f,
                "it has {MAX_ENTRIES} people already: take some back with --undo, or change the \
                 secret, which ends every token"
            ),
        }
    }
}

impl std::error::Error for RevokedError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.problem {
            Problem::Io(error) => Some(error),
            Problem::Damaged | Problem::Full => None,
        }
    }
}

/// The last line.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct End {
    people: usize,
    checksum: String,
}

/// Reads the entries of the file at `path`; none if there is no file.
pub(super) fn read(path: &Path) -> Result<Vec<Entry>, RevokedError> {
    let failed = |problem| RevokedError {
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
    decode(&bytes).ok_or_else(|| failed(Problem::Damaged))
}

/// Replaces the file at `path` by one with these entries.
pub(super) fn write(path: &Path, entries: &[Entry]) -> Result<(), RevokedError> {
    let write = || private_file::replace(path, &encode(entries)?);
    write().map_err(|error| RevokedError {
        path: path.to_owned(),
        problem: Problem::Io(error),
    })
}

fn encode(entries: &[Entry]) -> io::Result<Vec<u8>> {
    let mut lines = Vec::new();
    for entry in entries {
        serde_json::to_writer(&mut lines, entry)?;
        lines.push(b'\n');
    }
    let end = End {
        people: entries.len(),
        checksum: checksum(&lines),
    };
    serde_json::to_writer(&mut lines, &end)?;
    lines.push(b'\n');
    Ok(lines)
}

/// The entries, unless anything is wrong with the bytes.
fn decode(bytes: &[u8]) -> Option<Vec<Entry>> {
    let complete = bytes.strip_suffix(b"\n")?;
    let end = complete.iter().rposition(|byte| *byte == b'\n');
    let (lines, end) = complete.split_at(end.map_or(0, |at| at + 1));
    let end: End = serde_json::from_slice(end).ok()?;
    if end.checksum != checksum(lines) {
        return None;
    }
    let entries: Vec<Entry> = serde_json::Deserializer::from_slice(lines)
        .into_iter()
        .collect::<Result<_, _>>()
        .ok()?;
    (entries.len() == end.people).then_some(entries)
}

/// Guards against accidents, not against forgers: who can write the file can read the secret, too.
fn checksum(lines: &[u8]) -> String {
    let mut sum = base32::encode(&hs256::mac(b"revoked", lines));
    sum.truncate(16);
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::role::Role;
    use crate::support::scratch::Scratch;

    fn entries() -> Vec<Entry> {
        let entry = |sub: &str, name: &str, role| Entry {
            sub: sub.into(),
            id: "abcdefghij".into(),
            name: name.into(),
            role,
            at: 1_800_000_000_000,
        };
        vec![
            entry("lin", "Ms \"Lin\"\n林", Some(Role::Host)),
            entry("bo\u{2028}", "", None),
        ]
    }

    #[test]
    fn what_was_written_is_read_and_no_file_is_an_empty_list() {
        let scratch = Scratch::new();
        let path = scratch.path().join(FILE);
        assert_eq!(read(&path).unwrap(), []);
        for entries in [entries(), Vec::new()] {
            write(&path, &entries).unwrap();
            assert_eq!(read(&path).unwrap(), entries);
        }
    }

    #[test]
    fn every_flipped_bit_and_every_lost_byte_is_damage() {
        let good = encode(&entries()).unwrap();
        assert_eq!(decode(&good), Some(entries()));
        for at in 0..good.len() {
            for bit in 0..8 {
                let mut bad = good.clone();
                bad[at] ^= 1 << bit;
                assert_eq!(decode(&bad), None, "bit {bit} of byte {at}");
            }
            assert_eq!(decode(&good[..at]), None, "{at} bytes are left");
        }
        let twice = [&good[..], &good[..]].concat();
        assert_eq!(decode(&twice), None);
    }

    #[test]
    fn a_damaged_file_is_an_error_with_a_remedy() {
        let scratch = Scratch::new();
        let path = scratch.path().join(FILE);
        for damage in ["", "\n", "{}\n", "lin\n", "[]"] {
            fs::write(&path, damage).unwrap();
            let error = read(&path).unwrap_err().to_string();
            assert!(
                error.contains("damaged") && error.contains("/revoked"),
                "{error}"
            );
        }
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert!(read(&path).is_err(), "a folder is not an empty list");
    }
}
