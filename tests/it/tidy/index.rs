//! The index of `src/lib.rs`: which section of RFC 6455 is obeyed where, and which test and which
//! experiment shows it.

use std::collections::BTreeSet;
use std::fs;

use super::source::{root, sources};

/// The rows of the index in `src/lib.rs`: nothing, sections, rule, where, tests, experiments.
fn index() -> Vec<Vec<String>> {
    let library = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let rows = library
        .lines()
        .map(|line| line.split('|').map(str::to_owned).collect());
    let whole = |row: &Vec<String>| row.len() == 7 && !cited(&row[1]).is_empty();
    let rows: Vec<_> = rows.filter(whole).collect();
    assert!(rows.len() > 10, "cannot read the index");
    rows
}

/// The words between backquotes.
fn quoted(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

/// The sections that a text cites, each with the number of its RFC if that stands before it.
fn citations(text: &str) -> Vec<(Option<String>, String)> {
    let mut rfc = None;
    let mut found = Vec::new();
    // "RFC 6455 §5.5, §7.1.1" are two sections of one RFC.
    for (n, part) in text.split('§').enumerate() {
        let number = |text: &str, point: bool| {
            let end = text.find(|c: char| !(c.is_ascii_digit() || point && c == '.'));
            text[..end.unwrap_or(text.len())]
                .trim_end_matches('.')
                .to_owned()
        };
        let section = number(part, true);
        if n > 0 && !section.is_empty() {
            found.push((rfc.clone(), section));
        }
        if let Some((_, last)) = part.rsplit_once("RFC ") {
            rfc = Some(number(last, false));
        }
    }
    found
}

/// The sections of RFC 6455 in a row of the index.
fn cited(cell: &str) -> BTreeSet<String> {
    citations(cell)
        .into_iter()
        .map(|(_, section)| section)
        .collect()
}

/// The RFC that a file means where it cites a section without a number: its module's
/// documentation says RFC 6455, or it is the one that the file names first.
fn own_rfc(text: &str) -> String {
    let doc: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("//!"))
        .collect();
    let first = citations(text).into_iter().find_map(|(rfc, _)| rfc);
    match first {
        Some(first) if !doc.concat().contains("RFC 6455") => first,
        _ => "6455".to_owned(),
    }
}

/// The sections of RFC 6455 that a file cites, with their lines. The number of an RFC holds to the
/// end of its line and of the comment it stands in.
fn cited_in(text: &str) -> Vec<(usize, String)> {
    let own = own_rfc(text);
    let is_comment = |line: &str| line.trim_start().starts_with("//");
    let mut found = Vec::new();
    let mut rfc = None;
    let mut was_comment = false;
    for (n, line) in text.lines().enumerate() {
        if !(was_comment && is_comment(line)) {
            rfc = None;
        }
        was_comment = is_comment(line);
        for (named, section) in citations(line) {
            rfc = named.or(rfc);
            if rfc.as_ref().unwrap_or(&own) == "6455" {
                found.push((n + 1, section));
            }
        }
    }
    found
}

#[test]
fn a_section_belongs_to_the_rfc_that_is_named_before_it() {
    let sections = |text: &str| -> Vec<String> {
        cited_in(text)
            .into_iter()
            .map(|(_, section)| section)
            .collect()
    };
    assert_eq!(sections("// RFC 6455 §5.5, §7.1.1."), ["5.5", "7.1.1"]);
    assert_eq!(
        sections("// RFC 9112 §6.3; RFC 6455 §4.2.1 step 2"),
        ["4.2.1"]
    );
    assert_eq!(
        sections("//! Obeys RFC 6455 §5.\n\n/// As §5.2 says."),
        ["5", "5.2"]
    );
    assert_eq!(
        sections("//! Obeys RFC 7519 §4.\n\n/// As §4.1.2 says."),
        [""; 0]
    );
    assert_eq!(
        sections("//! RFC 6455 §5\n\n// RFC 9110 §7.8: this\n// and §7.9\nf();\n// §7"),
        ["5", "7"]
    );
    assert_eq!(sections("/// The key of §5.7."), ["5.7"]);
}

#[test]
fn every_section_cited_has_a_row_in_the_index() {
    let rows = index();
    let indexed: BTreeSet<String> = rows.iter().flat_map(|row| cited(&row[1])).collect();
    let mut missing = Vec::new();
    let mut count = 0;
    for source in sources("src", &["rs"]) {
        for (line, section) in cited_in(&source.text) {
            count += 1;
            if !indexed.contains(&section) {
                missing.push(format!("{}:{line}: §{section}", source.path));
            }
        }
    }
    assert!(count > 100, "cannot read the citations");
    assert!(
        missing.is_empty(),
        "not in the index:\n{}",
        missing.join("\n")
    );
}

#[test]
fn every_row_of_the_index_names_a_test() {
    let mut tests = String::new();
    for source in sources("src", &["rs"])
        .into_iter()
        .chain(sources("tests", &["rs"]))
    {
        tests += &source.text;
    }
    for row in index() {
        // Each `name` in the fourth column is a function; a suite is named in plain words.
        let named = quoted(&row[4]);
        assert!(
            !named.is_empty() || row[4].contains("suite"),
            "no proof: {row:?}"
        );
        for name in named {
            assert!(tests.contains(&format!("fn {name}()")), "{name} is no test");
        }
    }
}

#[cfg(feature = "full")]
#[test]
fn every_experiment_stands_in_the_index_under_its_section() {
    let all = glassroom::lab::experiments::all(64 * 1024);
    let rows = index();
    let named: BTreeSet<&str> = rows.iter().flat_map(|row| quoted(&row[5])).collect();
    let there: BTreeSet<&str> = all.iter().map(|ready| ready.slug).collect();
    let unknown: Vec<_> = named.difference(&there).collect();
    assert!(
        unknown.is_empty(),
        "in the index, and nowhere else: {unknown:?}"
    );
    let astray = all.iter().filter(|ready| {
        // `RFC 9112 §3.2` is in the row that cites it so.
        let number = ready.section.rsplit('§').next().unwrap();
        !rows.iter().any(|row| {
            let is_cited = row[1].contains(ready.section) && cited(&row[1]).contains(number);
            is_cited && quoted(&row[5]).contains(&ready.slug)
        })
    });
    let astray: Vec<_> = astray.map(|ready| (ready.slug, ready.section)).collect();
    assert!(astray.is_empty(), "not under their sections: {astray:?}");
}
