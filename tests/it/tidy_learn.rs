//! A rule of the chapters: the files and names that they mention exist in the source.

use std::fs;

use crate::tidy::{root, sources};

/// The text after `start`, up to the next `<`.
fn behind<'a>(text: &'a str, start: &str) -> Option<&'a str> {
    text.strip_prefix(start)?.split('<').next()
}

#[test]
fn every_pointer_into_the_source_points_at_something() {
    let mut pointers = 0;
    let mut wrong = Vec::new();
    for chapter in sources("src/learn", &["html"]) {
        for (at, start) in chapter.text.match_indices("<code class=\"source\">") {
            let file = behind(&chapter.text[at..], start).unwrap();
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
            if let Some(name) = next.and_then(|rest| behind(rest, "<code>"))
                && !source.contains(name)
            {
                wrong.push(format!("{}: no {name} in {file}", chapter.path));
            }
        }
    }
    assert!(pointers > 50, "cannot read the chapters");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
