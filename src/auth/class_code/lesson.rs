//! The current lesson: its code, its generation, and the start of the server that it belongs to.
//!
//! Kept in the file `lesson` in the data directory, so that the code on the board is still right
//! after a restart. The file is replaced as a whole: a reader (`glassroom link`) and the next start
//! after a crash find the old lesson or the new one.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::auth::class_code::code::ClassCode;
use crate::support::{base32, private_file, random};

/// The name of the file in the data directory.
const FILE: &str = "lesson";

/// The current lesson.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lesson {
    /// What guests type.
    pub code: ClassCode,
    /// The number in every guest's token. A token with another number belongs to a lesson that has
    /// ended. The first number is random, so that old tokens stay void if the file is lost.
    pub generation: u64,
    /// A random text, new at each start of the server. Host tickets are bound to it.
    pub boot: String,
    /// Whether the operator chose the code, which then outlives the lesson.
    fixed: bool,
    path: PathBuf,
}

/// The lesson as JSON, one object on one line.
#[derive(Serialize, Deserialize)]
struct Record {
    code: String,
    generation: u64,
    boot: String,
    fixed: bool,
}

/// The lesson's file cannot be used: which, and why.
#[derive(Debug)]
pub struct LessonError {
    path: PathBuf,
    problem: Problem,
}

#[derive(Debug)]
enum Problem {
    Io(io::Error),
    NotALesson,
}

impl fmt::Display for LessonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match &self.problem {
            Problem::Io(error) => write!(f, "the lesson's file {path}: {error}"),
            Problem::NotALesson => write!(
                f,
                "the lesson's file {path} holds no lesson; remove it to begin a new one"
            ),
        }
    }
}

impl std::error::Error for LessonError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.problem {
            Problem::Io(error) => Some(error),
            Problem::NotALesson => None,
        }
    }
}

impl Lesson {
    /// Whether a token of this generation was issued in an earlier lesson, which has ended. Tokens
    /// without a generation belong to no lesson.
    pub fn is_over_for(&self, generation: Option<u64>) -> bool {
        generation.is_some_and(|theirs| theirs != self.generation)
    }

    /// Whether the operator chose a code that is easily guessed.
    pub fn has_short_code(&self) -> bool {
        self.fixed && self.code.is_short()
    }

    /// Continues the lesson in `data_dir`, or begins the first one, at the start of the server.
    /// `fixed_code` is `join.code` of the configuration; text that cannot be a code counts as none.
    ///
    /// # Errors
    ///
    /// The file is damaged, cannot be read or cannot be written.
    pub fn open(data_dir: &Path, fixed_code: Option<&str>) -> Result<Lesson, LessonError> {
        Lesson::open_file(data_dir.join(FILE), fixed_code)
    }

    /// Continues the lesson of one of several classes, likewise.
    ///
    /// # Errors
    ///
    /// As for [`Lesson::open`].
    pub fn open_of_class(
        data_dir: &Path,
        class: &str,
        fixed_code: Option<&str>,
    ) -> Result<Lesson, LessonError> {
        // A name may have any letters, and as a hash it is short enough for every file system.
        let name = base32::encode(&Sha256::digest(class)[..10]);
        Lesson::open_file(data_dir.join(format!("{FILE}-{name}")), fixed_code)
    }

    fn open_file(path: PathBuf, fixed_code: Option<&str>) -> Result<Lesson, LessonError> {
        let failed = failed(&path);
        let fixed = fixed_code.and_then(|code| ClassCode::fixed(code).ok());
        let before = read(&path)?;
        let generation = match &before {
            Some(record) => record.generation,
            // 32 bits, because every JSON reader can hold such a number.
            None => u32::from_le_bytes(random::bytes().map_err(&failed)?).into(),
        };
        let is_fixed = fixed.is_some();
        // A code that was fixed is not kept: the operator has removed it from the configuration.
        let kept = before
            .filter(|record| !record.fixed)
            .and_then(|record| ClassCode::fixed(&record.code).ok());
        let code = match fixed.or(kept) {
            Some(code) => code,
            None => ClassCode::random().map_err(&failed)?,
        };
        let lesson = Lesson {
            code,
            generation,
            boot: random::id::<10>().map_err(&failed)?,
            fixed: is_fixed,
            path: path.clone(),
        };
        lesson.save()?;
        Ok(lesson)
    }

    /// Reads the lesson of the server that runs on `data_dir`, for another process. `None` if no
    /// server has run there.
    ///
    /// # Errors
    ///
    /// The file is damaged or cannot be read.
    pub fn peek(data_dir: &Path) -> Result<Option<Lesson>, LessonError> {
        let path = data_dir.join(FILE);
        let Some(record) = read(&path)? else {
            return Ok(None);
        };
        match ClassCode::fixed(&record.code) {
            Ok(code) => Ok(Some(Lesson {
                code,
                generation: record.generation,
                boot: record.boot,
                fixed: record.fixed,
                path,
            })),
            Err(_) => Err(not_a_lesson(&path)),
        }
    }

    /// The lesson after this one: a new generation, and a new code unless it is fixed. It is not
    /// stored, so that the caller can use it at once and leave writing to another thread.
    ///
    /// # Errors
    ///
    /// The operating system has no randomness.
    pub fn following(&self) -> Result<Lesson, LessonError> {
        let mut next = self.clone();
        next.generation += 1;
        if !self.fixed {
            next.code = ClassCode::random().map_err(failed(&self.path))?;
        }
        Ok(next)
    }

    /// Stores the lesson.
    ///
    /// # Errors
    ///
    /// It cannot be written. What was stored before is then still there.
    pub fn save(&self) -> Result<(), LessonError> {
        let record = Record {
            code: self.code.to_string(),
            generation: self.generation,
            boot: self.boot.clone(),
            fixed: self.fixed,
        };
        let write = || {
            let mut json = serde_json::to_vec(&record)?;
            json.push(b'\n');
            private_file::replace(&self.path, &json)
        };
        write().map_err(failed(&self.path))
    }
}

fn read(path: &Path) -> Result<Option<Record>, LessonError> {
    match fs::read(path) {
        Ok(json) => match serde_json::from_slice(&json) {
            Ok(record) => Ok(Some(record)),
            Err(_) => Err(not_a_lesson(path)),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(path)(error)),
    }
}

fn failed(path: &Path) -> impl Fn(io::Error) -> LessonError {
    move |error| LessonError {
        path: path.to_owned(),
        problem: Problem::Io(error),
    }
}

fn not_a_lesson(path: &Path) -> LessonError {
    LessonError {
        path: path.to_owned(),
        problem: Problem::NotALesson,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::support::scratch::Scratch;

    #[test]
    fn a_lesson_survives_a_restart_but_its_boot_does_not() {
        let scratch = Scratch::new();
        assert_eq!(Lesson::peek(scratch.path()).unwrap(), None);
        let first = Lesson::open(scratch.path(), None).unwrap();
        let mode = fs::metadata(scratch.path().join(FILE))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(Lesson::peek(scratch.path()).unwrap().as_ref(), Some(&first));

        let again = Lesson::open(scratch.path(), None).unwrap();
        assert_eq!(again.code, first.code);
        assert_eq!(again.generation, first.generation);
        assert_ne!(again.boot, first.boot);
    }

    #[test]
    fn the_next_lesson_has_another_generation_and_code() {
        let scratch = Scratch::new();
        let mut lesson = Lesson::open(scratch.path(), None).unwrap();
        let before = lesson.clone();
        lesson = lesson.following().unwrap();
        lesson.save().unwrap();
        assert_eq!(lesson.generation, before.generation + 1);
        assert_ne!(lesson.code, before.code);
        assert_eq!(lesson.boot, before.boot);
        assert_eq!(Lesson::peek(scratch.path()).unwrap(), Some(lesson));
    }

    #[test]
    fn a_fixed_code_stays_until_it_is_taken_back() {
        let scratch = Scratch::new();
        let random = Lesson::open(scratch.path(), None).unwrap();
        let mut fixed = Lesson::open(scratch.path(), Some("physics")).unwrap();
        assert_eq!(fixed.code.as_str(), "PHYSICS");
        assert_eq!(fixed.generation, random.generation);
        fixed = fixed.following().unwrap();
        fixed.save().unwrap();
        assert_eq!(fixed.code.as_str(), "PHYSICS");
        assert_eq!(fixed.generation, random.generation + 1);
        let random = Lesson::open(scratch.path(), None).unwrap();
        assert_ne!(random.code.as_str(), "PHYSICS");
        assert_eq!(random.generation, fixed.generation);
    }

    #[test]
    fn a_damaged_file_is_an_error_and_so_is_one_that_cannot_be_written() {
        let scratch = Scratch::new();
        let lesson = Lesson::open(scratch.path(), None).unwrap();
        let path = scratch.path().join(FILE);
        for damage in ["", "{}", "K7QX3M", "{\"code\":\"A2C8V5\"}"] {
            fs::write(&path, damage).unwrap();
            let error = Lesson::open(scratch.path(), None).unwrap_err().to_string();
            assert!(error.contains("remove it"), "{error}");
            assert!(Lesson::peek(scratch.path()).is_err());
        }
        fs::remove_dir_all(scratch.path()).unwrap();
        assert!(lesson.following().unwrap().save().is_err());
    }
}
