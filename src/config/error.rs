//! What is wrong with a configuration file: where, which key, and what to write instead.

use std::fmt;

/// Every problem of a configuration file, in the order of its lines. Shown one per line:
///
/// ```text
/// chat.toml:7: limits.max_conections: unknown key (did you mean connections?)
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    file: String,
    problems: Vec<Problem>,
}

/// A line, counted from 1 (0 means the whole file), and what is wrong there. The text begins with
/// the key, if there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    pub line: usize,
    pub what: String,
}

impl ConfigError {
    pub(super) fn new(file: &str, mut problems: Vec<Problem>) -> ConfigError {
        problems.sort_by_key(|problem| problem.line);
        let file = file.to_owned();
        ConfigError { file, problems }
    }

    pub(super) fn unreadable(file: &str, error: &std::io::Error) -> ConfigError {
        let what = format!("cannot read the configuration: {error}");
        ConfigError::new(file, vec![Problem { line: 0, what }])
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, Problem { line, what }) in self.problems.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            match line {
                0 => write!(f, "{}: {what}", self.file)?,
                _ => write!(f, "{}:{line}: {what}", self.file)?,
            }
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}

/// The name that was probably meant by `typed`, if one is near enough.
pub(super) fn nearest<'a>(typed: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    names
        .filter_map(|name| Some((difference(typed, name)?, name)))
        .min_by_key(|(difference, _)| *difference)
        .map(|(_, name)| name)
}

/// The distance from `typed` to `name` in edits. A word of one may be compared with a word of the
/// other, so that `max_conections` is near `connections`; comparing only a word of a name adds two.
/// `None` if they are too far apart: more than one edit, and one more for every four letters.
fn difference(typed: &str, name: &str) -> Option<usize> {
    parts(typed)
        .flat_map(|one| parts(name).map(move |other| (one, other)))
        .map(|((a, extra), (b, more))| (edits(a, b), b.len(), extra + more))
        .filter(|(edits, len, _)| *edits <= 1 + len / 4)
        .map(|(edits, _, extra)| edits + extra)
        .min()
}

/// A name and its words, each with the edits that comparing it adds. Short words (`per`, `max`) are
/// left out, because they say too little.
fn parts(name: &str) -> impl Iterator<Item = (&str, usize)> {
    let words = name.split('_').filter(|word| word.len() >= 5);
    std::iter::once((name, 0)).chain(words.map(|word| (word, 2)))
}

/// The number of letters inserted, removed or replaced (Levenshtein distance).
fn edits(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.chars().count()).collect();
    for (i, a) in one.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in other.chars().enumerate() {
            let replaced = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[other.chars().count()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_found_across_slips_and_words() {
        let names = [
            "connections",
            "connections_per_user",
            "text",
            "message",
            "handshake_timeout",
        ];
        for (typed, meant) in [
            ("conections", Some("connections")),
            ("max_conections", Some("connections")),
            ("connections_per_users", Some("connections_per_user")),
            ("mesage", Some("message")),
            ("max_message", Some("message")),
            ("timeout", Some("handshake_timeout")),
            ("texts", Some("text")),
            ("colour", None),
            ("", None),
        ] {
            assert_eq!(nearest(typed, names.into_iter()), meant, "{typed:?}");
        }
    }

    #[test]
    fn edits_are_counted_in_letters() {
        for (one, other, count) in [
            ("", "", 0),
            ("", "abc", 3),
            ("kitten", "sitting", 3),
            ("键", "键值", 1),
        ] {
            assert_eq!(edits(one, other), count);
            assert_eq!(edits(other, one), count);
        }
    }
}
