//! The text of RFC 6455, section by section, and whether a quotation stands in it word for word.
//!
//! The RFC is not part of this repository. The environment variable `RFC6455` names the file
//! `rfc6455.txt`; without it the tests say on one line that nothing was compared.
//! The tests of the library include this file, too.

#![allow(
    dead_code,
    reason = "the library and the integration tests each use a part"
)]

use std::collections::HashMap;
use std::io::Write;
use std::sync::LazyLock;

/// Marks where a quotation was cut.
const CUT: char = '…';

/// The sections by their numbers, such as `4.2.1`: the text of each without its subsections, on one
/// line.
static SECTIONS: LazyLock<Option<HashMap<String, String>>> = LazyLock::new(|| {
    let Some(path) = std::env::var_os("RFC6455") else {
        // Not captured, unlike `eprintln!`: a test that compares nothing must not look like one
        // that does.
        let line = "LEFT OUT, the text of RFC 6455 is missing: no quotation was compared with it; \
                    RFC6455=/path/to/rfc6455.txt names it\n";
        let _ = std::io::stderr().write_all(line.as_bytes());
        return None;
    };
    let text = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("RFC6455={}: {error}", path.display()));
    let sections = split(&text);
    assert!(sections.len() > 60, "{} is not RFC 6455", path.display());
    Some(sections)
});

/// Splits the text of an RFC into its sections.
fn split(text: &str) -> HashMap<String, String> {
    let mut sections: HashMap<String, String> = HashMap::new();
    let mut section = String::new();
    for line in text.lines().map(|line| line.trim_start_matches('\u{c}')) {
        // What is at the foot and at the head of each page.
        if line.starts_with("Fette & Melnikov ") || line.starts_with("RFC 6455   ") {
            continue;
        }
        if let Some(number) = heading(line) {
            section = number.to_owned();
        }
        let text = sections.entry(section.clone()).or_default();
        join(text, line.trim());
    }
    sections
}

/// The number at the beginning of the heading of a section. Everything else is indented.
fn heading(line: &str) -> Option<&str> {
    let (number, title) = line.split_once(".  ")?;
    let numeric = number.split('.').all(|part| part.parse::<u8>().is_ok());
    (numeric && !title.is_empty()).then_some(number)
}

/// Adds a line. A word that was broken at its hyphen becomes whole again.
fn join(text: &mut String, line: &str) {
    if line.is_empty() {
        return;
    }
    if !text.is_empty() && !text.ends_with('-') {
        text.push(' ');
    }
    let words: Vec<&str> = line.split_whitespace().collect();
    text.push_str(&words.join(" "));
}

/// Why a quotation does not stand in that section, or `None` if it does, or if there is nothing to
/// compare it with.
pub(crate) fn fault(section: &str, quotation: &str) -> Option<String> {
    SECTIONS
        .as_ref()
        .and_then(|sections| fault_in(sections, section, quotation))
}

fn fault_in(sections: &HashMap<String, String>, section: &str, quotation: &str) -> Option<String> {
    let Some(text) = sections.get(section) else {
        return Some(format!("there is no §{section}: {quotation:?}"));
    };
    let mut rest = text.as_str();
    // Some write `[…]`, so that it differs from a … of the text.
    for part in quotation.replace("[…]", "…").split(CUT) {
        let words: Vec<&str> = part.split_whitespace().collect();
        let part = words.join(" ").replace('’', "'");
        let Some(at) = rest.find(&part) else {
            let places = sections.iter().filter(|(_, text)| text.contains(&part));
            let mut places: Vec<_> = places.map(|(number, _)| number.as_str()).collect();
            places.sort_unstable();
            return Some(match places.is_empty() {
                true => format!("not in the RFC, cited as §{section}: {part:?}"),
                false => format!("not in §{section}, but in {places:?}: {part:?}"),
            });
        };
        rest = &rest[at + part.len()..];
    }
    None
}

/// The sections in which these words stand, whatever their case.
pub(crate) fn places(words: &str) -> Vec<String> {
    let words = words.replace('’', "'").to_ascii_lowercase();
    let sections = SECTIONS.iter().flatten();
    let holding = sections.filter(|(_, text)| text.to_ascii_lowercase().contains(&words));
    holding.map(|(number, _)| number.clone()).collect()
}

/// Fails if a sentence of a table does not stand in its section. `RFC 9112 §3.2` is another RFC.
#[track_caller]
pub(crate) fn assert_literal(section: &str, quotation: &str) {
    if section.starts_with("RFC ") {
        return;
    }
    if let Some(fault) = fault(section, quotation) {
        panic!("{fault}");
    }
}

#[test]
fn a_quotation_is_found_across_lines_and_pages_and_only_word_for_word() {
    let text = "1.  One\n\n   A server MUST close the con-\n   nection, and\n\n\nFette & Melnikov    [Page 1]\n\u{c}\n\
                RFC 6455     The WebSocket Protocol\n\n   wait.\n\n1.1.  Two\n\n   It MAY\n   go on.\n";
    let sections = split(text);
    let fault = |section: &str, quotation: &str| fault_in(&sections, section, quotation);
    for (section, right) in [
        ("1", "A server MUST close the con-nection, and wait."),
        ("1", "A server … wait."),
        ("1", "… MUST close …"),
        ("1", "A server MUST […] wait."),
        ("1.1", "It MAY go on."),
    ] {
        assert_eq!(fault(section, right), None);
    }
    for (section, wrong) in [
        ("1", "A server must close"),
        ("1", "a server MUST close"),
        ("1", "A server MUST … A server"),
        ("1", "A server MUST wait."),
        ("1", "It MAY go on."),
        ("1.1", "It MAY … wait."),
        ("2", "A server"),
    ] {
        assert!(fault(section, wrong).is_some(), "{wrong}");
    }
}
