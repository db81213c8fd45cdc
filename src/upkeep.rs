//! Commands that look after the history: copy it, look for damage, repair it, begin a new one.
//!
//! They work on the file itself. `backup` and `check` do so also while a server runs.

use crate::auth::links::Links;
use crate::config::Config;
use crate::control::ControlError;
use crate::data_dir::{self, KnownHistory, MadeBackup, history_path, load_keys};
use crate::history;
use crate::model::time::unix_millis;
use crate::sqlite::class_list::Expected;
use crate::sqlite::companions::{self, PutBack};
use crate::sqlite::error::StoreError;
use crate::sqlite::repair::Repaired;
use crate::sqlite::restore::{self, RestoreError, Restored};
use crate::sqlite::{backup, check, repair};
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

/// Puts the history aside, so that the server that starts now begins a new one.
///
/// # Errors
///
/// Another server uses it, or it cannot be renamed.
pub fn begin_new_history(config: &Config) -> Result<(), String> {
    if let Some(old) = history::put_aside(config)? {
        log::warn!(
            "a new history begins as --new-history demands; the old one is {}",
            old.display()
        );
    }
    Ok(())
}

/// Copies the history to `file`. Returns what to print.
///
/// # Errors
///
/// Nothing is stored, `file` exists and `force` is false, or reading or writing fails.
pub fn backup(config: &Config, file: &Path, force: bool) -> Result<Vec<String>, ControlError> {
    let path = existing(config)?;
    check_target(file, &path, force).map_err(ControlError::Usage)?;
    let shown = file.display();
    let data = &config.server.data;
    let copied = backup::backup(&path, file, || companions::of(data));
    let (sound, companions) =
        copied.map_err(|error| format!("cannot copy {} to {shown}: {error}", path.display()))?;
    let made = MadeBackup {
        at: unix_millis(),
        file: fs::canonicalize(file).unwrap_or_else(|_| file.to_owned()),
    };
    let noted = made.write(data);
    let size = fs::metadata(file).map_or(0, |found| found.len());
    let names: Vec<&str> = companions.iter().map(|(name, _)| &**name).collect();
    let with = match names.is_empty() {
        true => String::new(),
        false => format!(", with {}", names.join(", ")),
    };
    let mut lines = vec![format!(
        "{shown}: a copy of {}{with}, {size} bytes",
        path.display()
    )];
    if let Err(error) = noted {
        let data = data.display();
        lines.push(format!(
            "`glassroom status` will not know of it: {data}/backup.made: {error}"
        ));
    }
    if !sound {
        lines.push(
            "the history is damaged, and so is its copy: `glassroom check --data DIR` names what, \
             `glassroom repair --data DIR` saves the rest"
                .into(),
        );
    }
    Ok(lines)
}

/// Whether a backup of `path` may be written to `file`.
fn check_target(file: &Path, path: &Path, force: bool) -> Result<(), String> {
    let shown = file.display();
    let real = |path: &Path| fs::canonicalize(path).ok();
    if real(file).is_some_and(|file| Some(file) == real(path)) {
        let message = format!("{shown} is the history itself: name another file");
        return Err(message);
    }
    if file.is_dir() {
        let message = format!("{shown} is a directory: name a file in it");
        return Err(message);
    }
    if fs::symlink_metadata(file).is_ok() && !force {
        let message = format!("{shown} exists already: name another file, or add --force");
        return Err(message);
    }
    if fs::metadata(file).is_ok() && !may_be_replaced(file, path) {
        let message = format!("{shown} is no earlier backup, so it stays: name another file");
        return Err(message);
    }
    Ok(())
}

/// Whether a backup may take the place of `file`, which exists: it is an earlier backup, or an empty
/// file elsewhere than beside the history. So nobody overwrites the secret or a write-ahead log.
fn may_be_replaced(file: &Path, history: &Path) -> bool {
    let mut start = Vec::new();
    let is_read = fs::metadata(file).is_ok_and(|found| found.is_file())
        && File::open(file).is_ok_and(|file| file.take(16).read_to_end(&mut start).is_ok());
    let folder = |path: &Path| fs::canonicalize(path).ok()?.parent().map(Path::to_path_buf);
    let is_empty = start.is_empty() && folder(file) != folder(history);
    is_read && (is_empty || start == b"SQLite format 3\0")
}

/// What `check` prints, and the sentence of its failure if there is damage.
#[derive(Debug)]
pub struct CheckReport {
    /// A line for each finding.
    pub lines: Vec<String>,
    /// What was found, and what to do. `None`: nothing.
    pub damage: Option<String>,
}

/// Looks for damage in the history, and changes nothing.
///
/// # Errors
///
/// The data directory does not exist, or the history cannot be opened.
pub fn check(config: &Config) -> Result<CheckReport, ControlError> {
    let data = data_dir::existing(config)?;
    let report = |lines, damage| Ok(CheckReport { lines, damage });
    let Some(path) = history_path(config) else {
        return report(
            vec!["nothing is stored: history.path is empty".into()],
            None,
        );
    };
    let shown = path.display();
    if !path.exists() && KnownHistory::read(config).is_none() {
        return report(vec![format!("{shown}: there is no history yet")], None);
    }
    let findings = check::check(&path).map_err(|error| format!("{shown}: {error}"))?;
    if findings.is_empty() {
        return report(vec![format!("{shown}: no damage")], None);
    }
    let damage = format!(
        "{shown} is damaged: {} found. The server leaves out what it cannot read. With the server \
         stopped, `glassroom repair --data {}` writes a new history from the rest; or \
         `glassroom restore` puts a backup in its place",
        findings.count(),
        data.display()
    );
    report(findings.lines(), Some(damage))
}

/// Writes a new history from what can be read in the damaged one, which is kept. Returns what to
/// print.
///
/// # Errors
///
/// A server uses the history, nothing can be read in it, or the disk fails.
pub fn repair(config: &Config) -> Result<Vec<String>, ControlError> {
    let path = existing(config)?;
    let shown = path.display();
    let repaired = repair::repair(&path, &config.rooms.list);
    let repaired = repaired.map_err(|error| {
        let advice = match error {
            StoreError::InUse { .. } => "",
            _ => {
                ". The file was left as it is: put a backup in its place with `glassroom restore`, \
                 or start with --new-history"
            }
        };
        format!("{shown} cannot be repaired: {error}{advice}")
    })?;
    let Some(Repaired { old, saved, lost }) = repaired else {
        return Ok(vec![format!("{shown}: no damage, nothing to repair")]);
    };
    let saved: Vec<String> = saved
        .iter()
        .map(|(table, rows)| format!("{rows} {table}"))
        .collect();
    let mut lines = vec![
        format!(
            "{shown}: repaired; the damaged file is kept as {}",
            old.display()
        ),
        format!("saved: {}", saved.join(", ")),
    ];
    match lost.is_empty() {
        true => lines.push("missing: nothing".into()),
        false => lines.extend(lost.lines().iter().map(|line| format!("missing: {line}"))),
    }
    Ok(lines)
}

/// Puts a backup in the place of the history, which is kept under another name. Returns what to
/// print.
///
/// # Errors
///
/// A server uses the history, `file` is no sound history, or the disk fails.
pub fn restore(
    config: &Config,
    file: &Path,
    everything: bool,
) -> Result<Vec<String>, ControlError> {
    let data = &config.server.data;
    let path = history_path(config)
        .ok_or("nothing is stored: history.path is empty, so a backup has no place")?;
    let shown = file.display();
    if data_dir::is_running(data) {
        data_dir::lock(data)?; // its error says which process
    }
    let real = |path: &Path| fs::canonicalize(path).ok();
    if real(file).is_some_and(|file| Some(file) == real(&path)) {
        return Err(format!("{shown} is the history itself: name a backup").into());
    }
    fs::metadata(file).map_err(|error| format!("{shown}: {error}"))?;
    let refused = |error| not_restored(file, &path, &error);
    restore::look_at(file).map_err(refused)?;
    data_dir::create(data)?;
    let _lock = data_dir::lock(data)?;
    let Restored { old, companions } = restore::restore(file, &path).map_err(refused)?;
    // What the directory remembers is of the history that was there.
    if let Err(error) = KnownHistory::remove(config) {
        log::warn!(
            "history.known stays, and the next start will say that the history is another one: {error}"
        );
    }
    let path = path.display();
    let mut lines = vec![format!("{path}: restored from {shown}")];
    lines.extend(old.map(|old| format!("the history from before is kept as {}", old.display())));
    let put_back = companions::put_back(&companions, data, everything)
        .map_err(|error| format!("the history is restored, but {}: {error}", data.display()))?;
    lines.extend(say_put_back(&put_back, data));
    lines.push(format!(
        "next: people who were forgotten and messages that were erased after this backup was made are \
         back. Run `glassroom forget PERSON --data {}` again for these people, and start the server",
        data.display()
    ));
    Ok(lines)
}

/// What became of the secret and its kin.
fn say_put_back(done: &PutBack, data: &Path) -> Vec<String> {
    let mut lines = Vec::new();
    let shown = data.display();
    if !done.missing.is_empty() {
        lines.push(format!(
            "put back into {shown}: {}",
            done.missing.join(", ")
        ));
    }
    let replaced = done.replaced.iter();
    lines.extend(replaced.map(|(name, kept)| {
        format!(
            "put back: {name}; the one from before is kept as {}",
            kept.display()
        )
    }));
    let (revoked, others): (Vec<&str>, Vec<&str>) = done
        .others
        .iter()
        .map(|name| &**name)
        .partition(|name| *name == companions::REVOKED);
    if !revoked.is_empty() {
        lines.push(
            "left as it is: revoked. The list in the backup is another one, and nobody who was revoked since is \
             let in again"
                .into(),
        );
    }
    if !others.is_empty() {
        lines.push(format!(
            "left as they are in {shown}: {}. The backup has others. If this directory is new, and the people of \
             the backup are to come back with their tokens, links and class code, restore it again with --everything",
            others.join(", ")
        ));
    }
    lines
}

/// The sentence for a backup that was not restored.
fn not_restored(file: &Path, path: &Path, error: &RestoreError) -> String {
    let (file, path) = (file.display(), path.display());
    match error {
        RestoreError::Unreadable(error) => {
            format!("{file} is no history that can be restored: {error}. Nothing was changed")
        }
        RestoreError::Damaged(findings) => format!(
            "{file} is damaged: {} found. Nothing was changed. Take an older backup; or copy this one to \
             {path} with the server stopped, and run `glassroom repair`, which saves what can be read",
            findings.count()
        ),
        RestoreError::Store(error) => {
            format!("{path}: {error}. The history is as it was")
        }
    }
}

/// The file of the history that the configuration names.
///
/// # Errors
///
/// Nothing is stored.
pub fn existing(config: &Config) -> Result<PathBuf, String> {
    data_dir::existing(config)?;
    let path = history_path(config).filter(|path| path.exists());
    path.ok_or_else(|| "nothing is stored here (see [history] path and --data)".into())
}
/// The class list of the personal links, for the attendance.
///
/// # Errors
///
/// The links or the secret cannot be read.
pub fn class_list(config: &Config) -> Result<Vec<Expected>, Box<dyn std::error::Error>> {
    let links = Links::open(&config.server.data)?.entries();
    let (keys, _) = load_keys(config)?;
    Ok(Expected::list(links, &keys, &config.rooms.default))
}
