//! Every quotation of an RFC in our texts is literal, is in the section that it names, and is
//! marked with … where it was cut. How quotations are written is in CONTRIBUTING.md.
//!
//! [`rfc`] has the texts of the RFCs, [`passage`] finds the quotations. The sentences of the rules are
//! in tables, and the tests beside the tables compare them.

mod passage;
mod rfc;

use std::fs;

use crate::tidy::{Source, code, product, root, sources};
use passage::{Marks, Passage, chapter, comments, paragraphs, strings};

/// The words that RFC 2119 writes in capitals. In a text of ours they only stand in quotations.
const KEYWORDS: [&str; 7] = [
    "MUST",
    "SHALL",
    "SHOULD",
    "MAY",
    "REQUIRED",
    "RECOMMENDED",
    "OPTIONAL",
];

/// Texts that say of an outcome which of these words it has: a verdict, or the description of one. Their
/// quotations are compared like all others.
const LEVELS: [&str; 8] = [
    "src/web/task/en.js",
    "src/web/task/zh.js",
    "src/broken/",
    "src/terminal_client/exam",
    "src/web/lab/words/en-meet.js",
    "src/web/lab/words/zh-meet.js",
    "docs/lab.md",
    "CHANGELOG.md",
];

fn speaks_of_levels(place: &str) -> bool {
    LEVELS.iter().any(|path| place.starts_with(path))
}

/// A quotation of fewer words is a term, such as "Payload data", unless it is in `<q>`.
const FEWEST_WORDS: usize = 3;

/// From this many words on, a copy of the RFC is not there by chance.
const NOT_BY_CHANCE: usize = 6;

fn has_keyword(text: &str) -> bool {
    let words = text.split(|c: char| !c.is_alphanumeric());
    words.into_iter().any(|word| KEYWORDS.contains(&word))
}

/// What is wrong with the quotations of a passage.
fn faults(passage: &Passage, marks: Marks, found: &mut usize) -> Vec<String> {
    let mut faults = Vec::new();
    for quotation in passage.quotations(marks) {
        let words = quotation.words;
        let count = words.split_whitespace().count();
        let is_copy = || count >= NOT_BY_CHANCE && !rfc::places(words).is_empty();
        let is_marked = match marks {
            Marks::Tags => true,
            Marks::Curly => quotation.adjacent && count >= FEWEST_WORDS,
            Marks::CurlyOrStraight => quotation.source.is_some() && count >= FEWEST_WORDS,
        };
        if !(is_marked || has_keyword(words) || is_copy()) {
            continue;
        }
        match &quotation.source {
            Some((rfc, section)) => {
                *found += 1;
                faults.extend(rfc::fault(rfc, section, words));
            }
            None => faults.push(format!("names no section: {words:?}")),
        }
    }
    if has_keyword(&passage.unquoted(marks)) && !speaks_of_levels(&passage.place) {
        faults.push(format!(
            "has a keyword in capitals outside a quotation: {}",
            passage.text
        ));
    }
    let place = |fault| format!("{}: {fault}", passage.place);
    faults.into_iter().map(place).collect()
}

/// Judges the passages of some files, of which at least `fewest` quotations must be found.
#[track_caller]
fn judge(files: &[Source], read: impl Fn(&str, &str) -> Vec<Passage>, marks: Marks, fewest: usize) {
    let mut found = 0;
    let mut wrong = Vec::new();
    for file in files {
        for passage in read(&file.path, &file.text) {
            wrong.extend(faults(&passage, marks, &mut found));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(found >= fewest, "only {found} quotations were found");
}

#[test]
fn the_guide_quotes_word_for_word() {
    judge(&sources("src/learn", &["html"]), chapter, Marks::Tags, 40);
}

#[test]
fn the_catalogues_quote_word_for_word() {
    judge(&sources("src/web", &["js"]), strings, Marks::Curly, 20);
}

#[test]
fn comments_quote_word_for_word() {
    for folder in ["src", "tests", "examples", "benches"] {
        let fewest = if folder == "src" { 30 } else { 0 };
        let files = sources(folder, &["rs"]);
        // These tests are about the words themselves.
        let others = |file: &Source| !file.path.starts_with("tests/it/quotations");
        let files: Vec<Source> = files.into_iter().filter(others).collect();
        judge(&files, comments, Marks::CurlyOrStraight, fewest);
    }
    judge(
        &sources("src/web", &["js"]),
        comments,
        Marks::CurlyOrStraight,
        0,
    );
}

#[test]
fn the_documents_quote_word_for_word() {
    let mut files = sources("docs", &["md"]);
    for entry in fs::read_dir(root()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "md") {
            let text = fs::read_to_string(&path).unwrap();
            let path = path.file_name().unwrap().to_str().unwrap().to_owned();
            files.push(Source { path, text });
        }
    }
    judge(&files, paragraphs, Marks::CurlyOrStraight, 0);
}

/// More Chinese characters between quotation marks are a sentence and not a term.
const LONGEST_TERM: usize = 9;

#[test]
fn no_translation_stands_in_quotation_marks_beside_a_section() {
    let mut wrong = Vec::new();
    for file in sources("src/web", &["js"]) {
        for passage in strings(&file.path, &file.text) {
            for quotation in passage.quotations(Marks::Curly) {
                let chinese = |c: &char| ('\u{4e00}'..='\u{9fff}').contains(c);
                let characters = quotation.words.chars().filter(chinese).count();
                if characters > LONGEST_TERM && quotation.source.is_some() {
                    wrong.push(format!("{}: {}", passage.place, quotation.words));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The tables of the rules, whose sentences the tests beside them compare.
const TABLES: [&str; 7] = [
    "src/websocket/rules.rs",
    "src/websocket/handshake_rules.rs",
    "src/websocket/rulings.rs",
    "src/websocket/violations.rs",
    "src/lab/experiments/authorities.rs",
    "src/tasks/laws.rs",
    // The keywords themselves.
    "src/model/authority.rs",
];

#[test]
fn what_the_program_says_quotes_the_rfc_from_the_tables_alone() {
    for source in product() {
        if TABLES.contains(&source.path.as_str()) || speaks_of_levels(&source.path) {
            continue;
        }
        for (n, line) in code(source) {
            assert!(
                !(line.contains('"') && has_keyword(line)),
                "{}:{n}: take the sentence from a table: {line}",
                source.path
            );
        }
    }
}
