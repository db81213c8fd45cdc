//! The Chinese texts use one word for each term. The table is in CONTRIBUTING.md.

use std::fs;

use crate::tidy::{Source, root, sources};

/// The table of terms: for each the word that is used, and those that are not.
fn terms() -> Vec<(String, Vec<String>)> {
    let contributing = fs::read_to_string(root().join("CONTRIBUTING.md")).unwrap();
    let (_, table) = contributing
        .split_once("| term | 用 | 不用 |")
        .expect("the table of terms");
    let rows = table
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with('|'));
    let row = |row: &str| {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let avoided = cells[3].split('、').filter(|word| !word.is_empty());
        (cells[2].to_owned(), avoided.map(str::to_owned).collect())
    };
    rows.map(row).collect()
}

fn chinese_texts() -> Vec<Source> {
    let mut texts = sources("src/learn/zh", &["html"]);
    let pages = sources("src/web", &["js"]).into_iter();
    texts.extend(pages.filter(|source| {
        let name = source.path.rsplit('/').next().unwrap();
        name.starts_with("zh")
    }));
    // The examiner's catalogues have both languages.
    let verdicts = sources("src/tasks", &["rs"]).into_iter();
    texts.extend(verdicts.filter(|source| source.path.contains("/texts_")));
    texts
}

#[test]
fn each_term_has_one_word_in_chinese() {
    let terms = terms();
    assert!(terms.len() >= 20, "cannot read the table of terms");
    let texts = chinese_texts();
    let mut wrong = Vec::new();
    for (used, avoided) in &terms {
        for word in used.split('、') {
            if !texts.iter().any(|source| source.text.contains(word)) {
                wrong.push(format!("no text uses {word}"));
            }
        }
        for source in &texts {
            for (n, line) in source.text.lines().enumerate() {
                let found = avoided.iter().filter(|word| line.contains(word.as_str()));
                wrong.extend(
                    found.map(|found| format!("{}:{}: {found}: write {used}", source.path, n + 1)),
                );
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
