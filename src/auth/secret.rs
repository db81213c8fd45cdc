//! The file that holds the signing secret: created at the first start, and read at every later one.
//!
//! One line of 64 hex digits, mode 0600, created with `O_EXCL`, so that when two processes start at
//! once, one creates it and the other reads it. The HMAC key is the file's bytes without the
//! newline at the end: any tool that knows HS256 can mint tokens from it, and a file written by
//! hand may hold any text of at least [`MIN_LEN`] bytes.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::support::{private_file, random};

/// The fewest bytes of a secret. RFC 7518 §3.2: "A key of the same size as the hash output (for
/// instance, 256 bits for "HS256") or larger MUST be used".
pub(crate) const MIN_LEN: usize = 32;

/// The most bytes of a secret. It is one line; a larger file is probably another file.
const MAX_LEN: u64 = 4096;

/// Why there is no secret: the file, and what to do about it. The server does not start.
#[derive(Debug)]
pub struct SecretError {
    path: PathBuf,
    problem: Problem,
}

#[derive(Debug)]
enum Problem {
    Io(&'static str, io::Error),
    TooShort(usize),
    TooLong,
}

impl std::fmt::Display for SecretError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "secret file {}: ", self.path.display())?;
        match &self.problem {
            Problem::Io(doing, error) => write!(f, "cannot {doing}: {error}"),
            Problem::TooShort(len) => write!(
                f,
                "holds {len} bytes, fewer than the {MIN_LEN} that HS256 needs; \
                 remove the file to have a new one made (tokens signed before become invalid)"
            ),
            Problem::TooLong => write!(f, "longer than {MAX_LEN} bytes: is this the right file?"),
        }
    }
}

impl std::error::Error for SecretError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.problem {
            Problem::Io(_, error) => Some(error),
            Problem::TooShort(_) | Problem::TooLong => None,
        }
    }
}

/// How the notice of a new secret begins. It is a matter of course at the first start of a server.
pub(crate) const CREATED: &str = "created a new secret in";

/// Reads the secret at `path`, or creates it, with its directory, if there is no such file. Adds to
/// `notices` what the operator should know, one sentence each.
///
/// # Errors
///
/// The file cannot be read or created, or holds no usable secret.
pub(crate) fn read_or_create(
    path: &Path,
    notices: &mut Vec<String>,
) -> Result<Vec<u8>, SecretError> {
    let failed = |doing, error| SecretError {
        path: path.to_owned(),
        problem: Problem::Io(doing, error),
    };
    private_file::create_parent(path).map_err(|error| failed("create its directory", error))?;
    match private_file::create_new(path) {
        Ok(file) => {
            write_new(file).map_err(|error| {
                // Half a secret would be refused at the next start.
                let _ = fs::remove_file(path);
                failed("write", error)
            })?;
            notices.push(format!("{CREATED} {}", path.display()));
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        // A read-only directory is fine as long as the secret is there.
        Err(error) if !path.exists() => return Err(failed("create", error)),
        Err(_) => {}
    }
    read(path, notices)
}

/// Reads the secret at `path`, which must exist.
///
/// # Errors
///
/// As [`read_or_create`].
pub(crate) fn read(path: &Path, notices: &mut Vec<String>) -> Result<Vec<u8>, SecretError> {
    let refuse = |problem| SecretError {
        path: path.to_owned(),
        problem,
    };
    let unreadable = |error| refuse(Problem::Io("read", error));
    let file = File::open(path).map_err(unreadable)?;
    let mode = file.metadata().map_err(unreadable)?.permissions().mode();
    if mode & 0o077 != 0 {
        // This is no error, because some file systems (FAT on a stick, a bind mount) have no modes
        // to set.
        notices.push(format!(
            "{path} can be read by other users (mode {mode:03o}), who can then make themselves \
             hosts: chmod 600 {path}",
            path = path.display(),
            mode = mode & 0o777,
        ));
    }
    let mut secret = Vec::new();
    file.take(MAX_LEN + 1)
        .read_to_end(&mut secret)
        .map_err(unreadable)?;
    if secret.len() as u64 > MAX_LEN {
        return Err(refuse(Problem::TooLong));
    }
    if secret.ends_with(b"\n") {
        secret.pop();
        if secret.ends_with(b"\r") {
            secret.pop();
        }
    }
    match secret.len() {
        len @ 0..MIN_LEN => Err(refuse(Problem::TooShort(len))),
        _ => Ok(secret),
    }
}

fn write_new(mut file: File) -> io::Result<()> {
    let hex: String = random::bytes::<32>()?
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    // A single write, so that a process that reads at the same time finds nothing or the whole
    // line.
    file.write_all(format!("{hex}\n").as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::scratch::Scratch;

    #[test]
    fn the_first_start_creates_a_private_line_of_64_hex_digits() {
        let scratch = Scratch::new();
        let path = scratch.path().join("data/secret");
        let mut notices = Vec::new();
        let key = read_or_create(&path, &mut notices).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text.len(), 65);
        assert_eq!(text.trim_end().as_bytes(), key);
        assert!(key.iter().all(u8::is_ascii_hexdigit));
        assert_eq!(notices.len(), 1, "{notices:?}");
        let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(path.as_path()), 0o600);
        assert_eq!(mode(path.parent().unwrap()), 0o700);

        assert_eq!(read_or_create(&path, &mut notices).unwrap(), key);
        assert_eq!(notices.len(), 1, "{notices:?}");
    }

    #[test]
    fn the_key_is_the_file_without_its_last_newline() {
        let scratch = Scratch::new();
        let path = scratch.path().join("secret");
        let text = " spaces and inner\nnewlines belong to it ";
        for end in ["", "\n", "\r\n"] {
            fs::write(&path, format!("{text}{end}")).unwrap();
            assert_eq!(read(&path, &mut Vec::new()).unwrap(), text.as_bytes());
        }
    }

    #[test]
    fn a_short_empty_huge_or_missing_secret_is_refused_with_a_sentence() {
        let scratch = Scratch::new();
        let path = scratch.path().join("secret");
        for (content, words) in [
            (String::new(), "holds 0 bytes"),
            ("\n".to_owned(), "holds 0 bytes"),
            ("s".repeat(MIN_LEN - 1), "holds 31 bytes"),
            ("s".repeat(5000), "longer than 4096 bytes"),
        ] {
            fs::write(&path, content).unwrap();
            let error = read_or_create(&path, &mut Vec::new()).unwrap_err();
            let sentence = error.to_string();
            assert!(sentence.contains(words), "{sentence}");
            assert!(sentence.contains("/secret: "), "{sentence}");
        }
        fs::remove_file(&path).unwrap();
        assert!(read(&path, &mut Vec::new()).is_err());
    }

    #[test]
    fn a_secret_that_others_can_read_is_pointed_out() {
        let scratch = Scratch::new();
        let path = scratch.path().join("secret");
        read_or_create(&path, &mut Vec::new()).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let mut notices = Vec::new();
        read(&path, &mut notices).unwrap();
        assert!(notices[0].contains("(mode 640)"), "{notices:?}");
    }
}
