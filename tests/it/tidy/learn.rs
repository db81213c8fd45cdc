//! The chapters of the guide point at files and names of the source that exist.

use std::fs;

use super::source::{root, sources};

/// The text after `start`, up to the next `<`.
fn after<'a>(text: &'a str, start: &str) -> Option<&'a str> {
    text.strip_prefix(start)?.split('<').next()
}

#[test]
fn every_file_and_name_of_the_source_in_a_chapter_exists() {
    let mut pointers = 0;
    let mut wrong = Vec::new();
    for chapter in sources("src/learn", &["html"]) {
        for (at, start) in chapter.text.match_indices("<code class=\"source\">") {
            let file = after(&chapter.text[at..], start).unwrap();
            let rest = &chapter.text[at + start.len() + file.len()..];
            let rest = rest.strip_prefix("</code>").unwrap();
            let Ok(source) = fs::read_to_string(root().join(file)) else {
                wrong.push(format!("{}: no file {file}", chapter.path));
                continue;
            };
            pointers += 1;
            // `file`, `name`, and perhaps more names.
            let separators = [", ", "\u{ff0c}", "\u{3001}", " \u{7684} ", " "];
            let next = separators.iter().find_map(|s| rest.strip_prefix(s));
            if let Some(name) = next.and_then(|rest| after(rest, "<code>"))
                && !source.contains(name)
            {
                wrong.push(format!("{}: no {name} in {file}", chapter.path));
            }
        }
    }
    assert!(pointers > 50, "cannot read the chapters");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
