//! From TOML to values and back: lines, unknown keys, and the collecting of problems.
//!
//! Written by hand and not derived with serde, which stops at the first wrong value: an operator
//! should see every problem of a file at once, each with its line and the nearest right name.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::config::error::{ConfigError, Problem, nearest};
use crate::config::kinds::{Kind, quote};

/// The list of tables, apart from the sections.
const LIST: &str = "classes";

/// A parsed document, and the problems found in it so far.
pub(super) struct Reader<'a> {
    file: &'a str,
    text: &'a str,
    document: DeTable<'a>,
    problems: Vec<Problem>,
}

impl<'a> Reader<'a> {
    /// Parses `text`. Errors in the syntax are reported alone, because what follows one may mean
    /// anything.
    pub(super) fn new(file: &'a str, text: &'a str) -> Result<Reader<'a>, ConfigError> {
        let (document, errors) = DeTable::parse_recoverable(text);
        if errors.is_empty() {
            return Ok(Reader {
                file,
                text,
                document: document.into_inner(),
                problems: Vec::new(),
            });
        }
        let problems = errors.iter().map(|error| Problem {
            line: error.span().map_or(0, |span| line(text, span.start)),
            what: error.message().replace('\n', "; "),
        });
        Err(ConfigError::new(file, problems.collect()))
    }

    /// Reports every section and key that is not among `known`.
    pub(super) fn refuse_unknown(&mut self, known: &[(&str, &[&str])]) {
        let mut problems = Vec::new();
        for (section, value) in &self.document {
            let at = section.span().start;
            let section: &str = section.get_ref();
            if section == LIST && value.get_ref().as_array().is_some() {
                continue; // its tables are read one by one
            }
            let keys = known.iter().find(|(name, _)| *name == section);
            let table = value.get_ref().as_table();
            match (keys, table) {
                (Some((_, keys)), Some(table)) => problems.extend(
                    table
                        .keys()
                        .filter(|key| !keys.contains(&key.get_ref().as_ref()))
                        .map(|key| (key.span().start, unknown_key(section, key.get_ref(), known))),
                ),
                (Some(_), None) => problems.push((
                    at,
                    format!("{section}: is a section; write [{section}] and its keys below it"),
                )),
                (None, Some(_)) => problems.push((at, unknown_section(section, known))),
                (None, None) => problems.push((at, unknown_key("", section, known))),
            }
        }
        self.problems
            .extend(problems.into_iter().map(|(at, what)| Problem {
                line: line(self.text, at),
                what,
            }));
    }

    /// Reads `section.key` into `field`, if the document has it and it is valid.
    pub(super) fn read<K: Kind>(
        &mut self,
        section: &str,
        key: &str,
        kind: &K,
        field: &mut K::Value,
    ) {
        let read = self
            .value(section, key)
            .map(|value| kind.read(value.get_ref()));
        match read {
            Some(Ok(value)) => *field = value,
            Some(Err(what)) => self.refuse(section, key, what),
            None => {}
        }
    }

    /// How many tables the list `[[list]]` has.
    pub(super) fn tables(&self, list: &str) -> usize {
        let tables = self
            .document
            .get(list)
            .map(|list| list.get_ref().as_array());
        tables.flatten().map_or(0, |tables| tables.len())
    }

    /// Reads `key` of the table `n` of a list into `field`, if the table has it and it is valid.
    pub(super) fn read_in_table<K: Kind>(
        &mut self,
        list: &str,
        n: usize,
        key: &str,
        kind: &K,
        field: &mut K::Value,
    ) {
        let value = self.table(list, n).and_then(|table| table.get(key));
        match value.map(|value| kind.read(value.get_ref())) {
            Some(Ok(value)) => *field = value,
            Some(Err(what)) => self.refuse_table(list, n, key, what),
            None => {}
        }
    }

    /// Reports every key of the table `n` of a list that is not among `known`.
    pub(super) fn refuse_unknown_in_table(&mut self, list: &str, n: usize, known: &[&'static str]) {
        let Some(table) = self.table(list, n) else {
            let what = format!("is a list of tables; write [[{list}]] and the keys below it");
            return self.refuse_table(list, n, known[0], what);
        };
        let keys = table.keys().map(|key| key.get_ref().to_string());
        let unknown: Vec<String> = keys.filter(|key| !known.contains(&&**key)).collect();
        for key in unknown {
            let hint = match nearest(&key, known.iter().copied()) {
                Some(name) => format!("did you mean {name}?"),
                None => format!("[[{list}]] has {}", known.join(", ")),
            };
            self.refuse_table(list, n, &one_line(&key), format!("unknown key ({hint})"));
        }
    }

    /// Reports a problem with `key` of the table `n` of a list.
    pub(super) fn refuse_table(&mut self, list: &str, n: usize, key: &str, what: String) {
        let tables = self
            .document
            .get(list)
            .and_then(|list| list.get_ref().as_array());
        let table = tables.and_then(|tables| tables.get(n));
        let value = table.and_then(|table| table.get_ref().as_table()?.get(key));
        let at = value.or(table).map(Spanned::span);
        self.push(at, list, key, what);
    }

    fn table(&self, list: &str, n: usize) -> Option<&DeTable<'a>> {
        let tables = self.document.get(list)?.get_ref().as_array()?;
        tables.get(n)?.get_ref().as_table()
    }

    /// Whether the document has `section.key`.
    pub(super) fn has(&self, section: &str, key: &str) -> bool {
        self.value(section, key).is_some()
    }

    /// Whether `section.key` was reported, so that its field still has the default.
    pub(super) fn refused(&self, section: &str, key: &str) -> bool {
        let begin = format!("{section}.{key}: ");
        self.problems.iter().any(|p| p.what.starts_with(&begin))
    }

    /// Reports a problem with `section.key`.
    pub(super) fn refuse(&mut self, section: &str, key: &str, what: String) {
        let value = self.value(section, key);
        self.push(value.map(Spanned::span), section, key, what);
    }

    /// Reports a problem with one value of the list `section.key`, counted from 0.
    pub(super) fn refuse_item(&mut self, section: &str, key: &str, item: usize, what: String) {
        let list = self.value(section, key);
        let items = list.and_then(|list| list.get_ref().as_array());
        let at = items.and_then(|items| items.get(item)).or(list);
        self.push(at.map(Spanned::span), section, key, what);
    }

    fn push(&mut self, at: Option<Range<usize>>, section: &str, key: &str, what: String) {
        self.problems.push(Problem {
            line: at.map_or(0, |at| line(self.text, at.start)),
            what: format!("{section}.{key}: {what}"),
        });
    }

    /// The problems, if there are any.
    pub(super) fn finish(self) -> Result<(), ConfigError> {
        match self.problems.is_empty() {
            true => Ok(()),
            false => Err(ConfigError::new(self.file, self.problems)),
        }
    }

    fn value(&self, section: &str, key: &str) -> Option<&Spanned<DeValue<'a>>> {
        let section = self.document.get(section)?.get_ref();
        section.as_table()?.get(key)
    }
}

/// The line, from 1, of the byte at `at`.
fn line(text: &str, at: usize) -> usize {
    let before = text.as_bytes().iter().take(at);
    1 + before.filter(|byte| **byte == b'\n').count()
}

fn unknown_section(section: &str, known: &[(&str, &[&str])]) -> String {
    let sections = known.iter().map(|(name, _)| *name);
    let hint = match nearest(section, sections.clone()) {
        Some(name) => format!("did you mean [{name}]?"),
        None => format!(
            "the sections are {}",
            sections.collect::<Vec<_>>().join(", ")
        ),
    };
    format!("{}: unknown section ({hint})", one_line(section))
}

/// The sentence about an unknown key. `section` is empty for a key above the first section.
fn unknown_key(section: &str, key: &str, known: &[(&str, &[&str])]) -> String {
    let here = known.iter().find(|(name, _)| *name == section);
    let keys = here.map_or(&[][..], |(_, keys)| keys);
    // The same key in another section is a better guess than a similar key in this one.
    let elsewhere = known.iter().find(|(_, keys)| keys.contains(&key));
    let hint = match (elsewhere, nearest(key, keys.iter().copied())) {
        (Some((section, _)), _) => format!("did you mean {key} in [{section}]?"),
        (None, Some(name)) => format!("did you mean {name}?"),
        (None, None) if keys.is_empty() => "a key belongs in a section such as [server]".to_owned(),
        (None, None) => format!("[{section}] has {}", keys.join(", ")),
    };
    let dot = if section.is_empty() { "" } else { "." };
    format!("{section}{dot}{}: unknown key ({hint})", one_line(key))
}

/// The key on one line. A quoted key of TOML may contain anything, line breaks included.
fn one_line(key: &str) -> String {
    match key.chars().any(char::is_control) {
        true => quote(key),
        false => key.to_owned(),
    }
}

/// A `chat.toml` being written.
#[derive(Default)]
pub(super) struct Writer {
    text: String,
}

impl Writer {
    /// Begins a section.
    pub(super) fn section(&mut self, name: &str) {
        let gap = if self.text.is_empty() { "" } else { "\n" };
        self.text += &format!("{gap}[{name}]\n");
    }

    /// Begins a table of a list.
    pub(super) fn table(&mut self, name: &str) {
        self.text += &format!("\n[[{name}]]\n");
    }

    /// Adds a key. The value must be TOML.
    pub(super) fn key(&mut self, key: &str, value: String) {
        self.text += &format!("{key} = {value}\n");
    }

    /// The whole text.
    pub(super) fn finish(self) -> String {
        self.text
    }
}
