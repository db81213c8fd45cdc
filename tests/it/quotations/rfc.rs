//! The texts of RFCs, section by section, and whether a quotation stands in one word for word.
//!
//! No RFC is part of this repository. The environment variable `RFC6455` names the file
//! `rfc6455.txt`, and `RFC_TEXTS` a folder with others, such as `rfc9110.txt`. What is missing the
//! tests say on one line each. Every test that compares a quotation does it here: the tests of the
//! library include this file, too.

#![allow(
    dead_code,
    reason = "the library and the integration tests each use a part"
)]

use std::collections::HashMap;
use std::io::Write;
use std::path::PathBuf;
use std::sync::{LazyLock, Mutex};

/// The RFC that is meant where only a section is named.
const OWN: &str = "6455";

/// Marks where a quotation was cut.
const CUT: char = '…';

/// The sections by their numbers, such as `4.2.1`: the text of each without its subsections, on one
/// line.
type Sections = HashMap<String, String>;

/// The texts that were asked for, by the numbers of the RFCs; none where there is no file.
static TEXTS: LazyLock<Mutex<HashMap<String, Option<&'static Sections>>>> =
    LazyLock::new(Mutex::default);

/// The sections of an RFC, or `None` if its text is not there.
fn sections(rfc: &str) -> Option<&'static Sections> {
    let mut texts = TEXTS.lock().unwrap_or_else(|poison| poison.into_inner());
    *texts.entry(rfc.to_owned()).or_insert_with(|| load(rfc))
}

/// The folder that `RFC_TEXTS` names.
static FOLDER: LazyLock<Option<PathBuf>> = LazyLock::new(|| {
    let folder = std::env::var_os("RFC_TEXTS");
    if folder.is_none() {
        left_out(
            "no quotation of another RFC than 6455 was compared; RFC_TEXTS=/path names the folder \
             of rfc9110.txt and others",
        );
    }
    folder.map(PathBuf::from)
});

/// Not captured, unlike `eprintln!`: a test that compares nothing must not look like one that does.
fn left_out(what: &str) {
    let _ = std::io::stderr().write_all(format!("LEFT OUT: {what}\n").as_bytes());
}

/// The file of an RFC, if it is named and there.
fn file(rfc: &str) -> Option<PathBuf> {
    if rfc == OWN {
        let file = std::env::var_os("RFC6455").map(PathBuf::from);
        if file.is_none() {
            left_out(
                "no quotation of RFC 6455 was compared; RFC6455=/path/to/rfc6455.txt names its text",
            );
        }
        return file;
    }
    let file = FOLDER.as_ref()?.join(format!("rfc{rfc}.txt"));
    if !file.exists() {
        left_out(&format!(
            "no quotation of RFC {rfc} was compared; there is no {}",
            file.display()
        ));
        return None;
    }
    Some(file)
}

fn load(rfc: &str) -> Option<&'static Sections> {
    let path = file(rfc)?;
    // Some of the old texts are not UTF-8, in the names of their authors.
    let text = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let text = String::from_utf8_lossy(&text);
    let title = text.lines().take(20).any(|line| {
        line.strip_prefix("Request for Comments: ")
            .is_some_and(|rest| rest.split_whitespace().next() == Some(rfc))
    });
    assert!(title, "{} is not RFC {rfc}", path.display());
    let sections = split(&text);
    assert!(sections.len() > 5, "{} has no sections", path.display());
    Some(Box::leak(Box::new(sections)))
}

/// Splits the text of an RFC into its sections.
fn split(text: &str) -> Sections {
    let mut sections = Sections::new();
    let mut section = String::new();
    for line in text.lines().map(|line| line.trim_start_matches('\u{c}')) {
        // What is at the foot and at the head of each page.
        if line.ends_with(']') && line.contains("   [Page ") || is_head_of_page(line) {
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

/// `RFC 6455     The WebSocket Protocol     December 2011`.
fn is_head_of_page(line: &str) -> bool {
    let number = line
        .strip_prefix("RFC ")
        .and_then(|rest| rest.split_once("   "));
    number.is_some_and(|(number, _)| number.parse::<u16>().is_ok())
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
pub(crate) fn fault(rfc: &str, section: &str, quotation: &str) -> Option<String> {
    let fault = fault_in(sections(rfc)?, section, quotation)?;
    Some(format!("RFC {rfc}: {fault}"))
}

fn fault_in(sections: &Sections, section: &str, quotation: &str) -> Option<String> {
    let Some(text) = sections.get(section) else {
        return Some(format!("there is no §{section}: {quotation:?}"));
    };
    let mut rest = text.as_str();
    // Some write `[…]`, so that it differs from a … of the text.
    for part in quotation.replace("[…]", "…").split(CUT) {
        let words: Vec<&str> = part.split_whitespace().collect();
        let part = words.join(" ").replace('’', "'");
        let Some(at) = find_whole_words(rest, &part) else {
            let places = sections
                .iter()
                .filter(|(_, text)| find_whole_words(text, &part).is_some());
            let mut places: Vec<_> = places.map(|(number, _)| number.as_str()).collect();
            places.sort_unstable();
            return Some(match places.is_empty() {
                true => format!("not in the text, cited as §{section}: {part:?}"),
                false => format!("not in §{section}, but in {places:?}: {part:?}"),
            });
        };
        rest = &rest[at + part.len()..];
    }
    None
}

/// Where these words stand, if neither the first nor the last is a part of a longer word.
fn find_whole_words(text: &str, words: &str) -> Option<usize> {
    let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let whole = |at: &usize| {
        let end = at + words.len();
        let before = is_word(text[..*at].chars().next_back()) && is_word(words.chars().next());
        let after = is_word(words.chars().next_back()) && is_word(text[end..].chars().next());
        !before && !after
    };
    let mut places = text.match_indices(words).map(|(at, _)| at);
    places.find(whole)
}

/// The sections of RFC 6455 in which these words stand, whatever their case.
pub(crate) fn places(words: &str) -> Vec<String> {
    let words = words.replace('’', "'").to_ascii_lowercase();
    let sections = sections(OWN).into_iter().flatten();
    let holding = sections.filter(|(_, text)| text.to_ascii_lowercase().contains(&words));
    holding.map(|(number, _)| number.clone()).collect()
}

/// Fails if a sentence does not stand in its source: a section of RFC 6455, such as `4.2.1`, or of
/// a named RFC, such as `RFC 9112 §3.2`.
#[track_caller]
pub(crate) fn assert_literal(source: &str, quotation: &str) {
    let named = source.strip_prefix("RFC ").map(|rest| {
        let named = rest.split_once(" §");
        named.unwrap_or_else(|| panic!("{source:?} names no section: {quotation:?}"))
    });
    let (rfc, section) = named.unwrap_or((OWN, source));
    if let Some(fault) = fault(rfc, section, quotation) {
        panic!("{fault}");
    }
}

#[test]
fn a_quotation_is_found_across_lines_and_pages_and_only_word_for_word() {
    let text = "1.  One\n\n   A server MUST close the con-\n   nection, and\n\n\nFette & Melnikov   Standards Track   [Page 1]\n\u{c}\n\
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
        // A part of a word is another word: "MUST" of "MUST NOT" is told apart by its dots.
        ("1", "server MUST clos"),
        ("1", "erver MUST close"),
    ] {
        assert!(fault(section, wrong).is_some(), "{wrong}");
    }
}
