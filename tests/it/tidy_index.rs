//! The index of `src/lib.rs`: which section of RFC 6455 is obeyed where, and which test and which
//! experiment shows it.

use std::collections::BTreeSet;
use std::fs;

use crate::tidy::{root, sources};

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

/// What stands between backquotes.
fn quoted(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

/// The sections of RFC 6455 that a line cites.
fn cited(line: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, sign) in line.match_indices('§') {
        let before: Vec<&str> = line[..at].split_whitespace().rev().take(2).collect();
        let other = before.get(1).is_some_and(|word| word.ends_with("RFC")) && before[0] != "6455";
        let number = line[at + sign.len()..].split(|c: char| !c.is_ascii_digit() && c != '.');
        let number = number.into_iter().next().unwrap().trim_end_matches('.');
        if !other && !number.is_empty() {
            found.push(format!("§{number}"));
        }
    }
    found
}

#[test]
fn every_section_cited_has_a_row_in_the_index_and_every_row_a_test() {
    let rows = index();
    let indexed: BTreeSet<String> = rows.iter().flat_map(|row| cited(&row[1])).collect();
    let mut missing = Vec::new();
    for source in sources("src/websocket", &["rs"]) {
        for (n, line) in source.text.lines().enumerate() {
            let unknown = cited(line).into_iter().filter(|s| !indexed.contains(s));
            missing.extend(unknown.map(|s| format!("{}:{}: {s}", source.path, n + 1)));
        }
    }
    assert!(
        missing.is_empty(),
        "not in the index:\n{}",
        missing.join("\n")
    );

    let mut tests = String::new();
    for source in sources("src", &["rs"])
        .into_iter()
        .chain(sources("tests", &["rs"]))
    {
        tests += &source.text;
    }
    for row in rows {
        // Each `name` in the last column is a function; a suite is named in plain words.
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
        let section = format!("\u{a7}{}", ready.section);
        !rows
            .iter()
            .any(|row| cited(&row[1]).contains(&section) && quoted(&row[5]).contains(&ready.slug))
    });
    let astray: Vec<_> = astray.map(|ready| (ready.slug, ready.section)).collect();
    assert!(astray.is_empty(), "not under their sections: {astray:?}");
}
