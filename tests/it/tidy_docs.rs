//! The documents, held to the source: links, figures, slugs and paths.

use std::collections::BTreeSet;
use std::fs;

use crate::tidy::{Source, root, sources};

/// The documents at the root and in `docs`.
fn documents() -> Vec<Source> {
    let mut all = sources("docs", &["md"]);
    for name in [
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "SECURITY.md",
        "fuzz/README.md",
    ] {
        let text = fs::read_to_string(root().join(name)).unwrap();
        let path = name.to_owned();
        all.push(Source { path, text });
    }
    all
}

fn document(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

/// The anchor that a heading gets.
fn anchor(heading: &str) -> String {
    let heading = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = heading
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// Lines outside of code blocks.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let blocks = text.split("```").step_by(2);
    blocks.flat_map(str::lines)
}

#[test]
fn every_link_in_the_documents_leads_somewhere() {
    let mut links = 0;
    let mut broken = Vec::new();
    for document in documents() {
        let folder = root().join(&document.path);
        let folder = folder.parent().unwrap();
        for line in prose(&document.text) {
            for target in line
                .split("](")
                .skip(1)
                .filter_map(|rest| rest.split(')').next())
            {
                if target.starts_with("http") {
                    continue;
                }
                links += 1;
                let (file, heading) = target.split_once('#').unwrap_or((target, ""));
                let text = match file {
                    "" => Some(document.text.clone()),
                    _ => fs::read(folder.join(file))
                        .ok()
                        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
                };
                let found = text.is_some_and(|text| {
                    heading.is_empty()
                        || prose(&text).any(|l| l.starts_with('#') && anchor(l) == heading)
                });
                if !found {
                    broken.push(format!("{}: {target}", document.path));
                }
            }
        }
    }
    assert!(links > 30, "cannot read the documents");
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// The path at the beginning of a piece of code, if it is one of this repository's.
fn path_in(code: &str) -> Option<&str> {
    let path = code.split([' ', ',']).next()?;
    let folders = ["src/", "tests/", "docs/", "benches/", "examples/", ".ci/"];
    let ours = folders.iter().any(|folder| path.starts_with(folder));
    (ours && !path.contains(['*', '<', 'N', '{'])).then_some(path)
}

#[test]
fn every_path_in_the_documents_is_there() {
    let mut missing = Vec::new();
    for document in documents() {
        for line in prose(&document.text) {
            let paths = line.split('`').skip(1).step_by(2).filter_map(path_in);
            let gone = paths.filter(|path| !root().join(path).exists());
            missing.extend(gone.map(|path| format!("{}: {path}", document.path)));
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

/// The cells of each row of a table in HTML.
fn rows(chapter: &str) -> Vec<Vec<String>> {
    let table = chapter.split("<tbody>").last().unwrap();
    let table = table.split("</tbody>").next().unwrap();
    let rows = table.lines().filter(|line| line.starts_with("<tr>"));
    rows.map(|row| {
        let cells = row
            .split(['<', '>'])
            .step_by(2)
            .filter(|cell| !cell.is_empty());
        cells.map(str::to_owned).collect()
    })
    .collect()
}

#[test]
fn the_figures_of_the_guide_are_those_of_the_document() {
    let chapter = document("src/learn/en/12-this-server.html");
    let figures = document("docs/figures.md");
    let load = |text: &str| match text {
        "as fast as it goes" => "saturated".to_owned(),
        paced => paced.replace(" messages a second", " messages/s"),
    };
    let rows = rows(&chapter);
    assert_eq!(rows.len(), 4, "{rows:?}");
    for row in rows {
        let [clients, loaded, rate, half, most, raw] = &row[..] else {
            panic!("{row:?}");
        };
        let [rate, raw] = [rate, raw].map(|text| text.replace(" million", " M"));
        let line = figures.lines().find(|line| {
            let start = format!("| {clients} | {} | {rate} | ", load(loaded));
            line.starts_with(&start) && line.contains(&format!(" | {half} | {most} | {raw}, "))
        });
        assert!(line.is_some(), "not in docs/figures.md: {row:?}");
    }
}

/// The slugs that stand right behind one of `starts`, but for the tests of a file.
fn slugs(sources: &[Source], starts: &[&str]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for source in sources {
        let text = source.text.split("#[cfg(test)]").next().unwrap();
        for start in starts {
            for rest in text.split(start).skip(1) {
                let rest = rest.trim_start_matches(|c: char| {
                    c.is_ascii_digit() || c == ',' || c.is_whitespace()
                });
                let slug = rest
                    .strip_prefix('"')
                    .and_then(|rest| rest.split('"').next());
                let is_slug =
                    |slug: &&str| slug.chars().all(|c| c.is_ascii_lowercase() || c == '_');
                found.extend(slug.filter(is_slug).map(str::to_owned));
            }
        }
    }
    found
}

#[test]
fn every_slug_on_the_wire_is_documented() {
    let mut product = sources("src", &["rs"]);
    product.retain(|source| !source.path.ends_with("tests.rs"));
    let refusals = [
        "Refusal::new(",
        "bad_request(",
        "too_many(",
        "unavailable(",
        "upgrade_required(",
        "refuse(",
    ];
    let mut all = slugs(&product, &refusals);
    assert!(
        all.contains("wrong_code") && all.contains("no_key"),
        "{all:?}"
    );
    product.retain(|source| source.path.starts_with("src/chat/message/"));
    let codes = slugs(&product, &["=> "]);
    assert!(
        codes.contains("slow_mode") && codes.contains("kick"),
        "{codes:?}"
    );
    all.extend(codes);
    let text: String = sources("docs", &["md"])
        .into_iter()
        .map(|document| document.text)
        .collect();
    all.retain(|slug| !text.contains(&format!("`{slug}`")));
    assert!(all.is_empty(), "in no document: {all:?}");
}

#[test]
fn the_page_on_security_states_the_paces_of_guessing_that_the_limits_have() {
    let security = include_str!("../../SECURITY.md");
    let security = security.split_whitespace().collect::<Vec<_>>().join(" ");
    let limits = include_str!("../../docs/limits.md");
    for (constant, value, stated) in [
        (
            "FROM_ADDRESS",
            "10 codes at once, then 10 a minute",
            "after ten from one address, and then ten a minute",
        ),
        (
            "UNSEEN_FROM_ADDRESS",
            "10,000 codes at once, then 10 a second",
            "10,000 wrong codes from one address, and then ten a second",
        ),
        (
            "UNSEEN_FROM_ALL",
            "30,000 codes at once, then 50 a second",
            "30,000, then 50 a second",
        ),
    ] {
        let row = format!("`auth/class_code/attempts.rs {constant}` | {value} |");
        assert!(
            limits.contains(&row),
            "{constant} is another one: change SECURITY.md, too"
        );
        assert!(
            security.contains(stated),
            "SECURITY.md does not say: {stated}"
        );
    }
}
