//! The chapters of the guide say what this server does: numbers, statuses, close codes, bytes, and
//! commands to try. Each is marked in the HTML, and here it is measured on a running server.
//!
//! - `data-claim="NAME"` is on the element that holds a claim. [`facts`] measures each.
//! - `data-run="NAME"` is on a `<pre>` with commands. [`runs`] types them as a reader would.
//!
//! A mark without a measurement fails, and so does a measurement without a mark, a command without a
//! mark, and a claim in one language alone.

mod constants;
mod facts;
mod marks;
mod runs;

use std::collections::BTreeSet;

use crate::tidy::sources;
use marks::{Mark, marks};

/// The chapters whose every command is marked: the first twelve.
fn chapters(language: &str) -> Vec<(String, String)> {
    let folder = format!("src/learn/{language}");
    let all = sources(&folder, &["html"]).into_iter();
    let name = |path: &str| path.rsplit('/').next().unwrap().to_owned();
    let first = |name: &str| name.starts_with('0') || ("10".."13").contains(&&name[..2]);
    all.map(|source| (name(&source.path), source.text))
        .filter(|(name, _)| first(name))
        .collect()
}

fn all(language: &str, attribute: &str) -> Vec<(String, Mark)> {
    let chapters = chapters(language);
    assert_eq!(chapters.len(), 12);
    let mut found = Vec::new();
    for (name, text) in chapters {
        found.extend(
            marks(&text, attribute)
                .into_iter()
                .map(|mark| (name.clone(), mark)),
        );
    }
    found
}

#[test]
fn every_claim_is_what_the_server_does() {
    let facts = facts::measure();
    let mut wrong = Vec::new();
    for language in ["en", "zh"] {
        let mut claimed = BTreeSet::new();
        for (chapter, mark) in all(language, "data-claim") {
            let Some(fact) = facts.get(mark.name.as_str()) else {
                wrong.push(format!(
                    "{language}/{chapter}: nothing measures {}",
                    mark.name
                ));
                continue;
            };
            if !fact.is(&mark.text) {
                wrong.push(format!(
                    "{language}/{chapter}: {} is {:?}, and the chapter says {:?}",
                    mark.name, fact, mark.text
                ));
            }
            claimed.insert(mark.name);
        }
        let measured = facts.keys().filter(|name| !claimed.contains(**name));
        wrong.extend(measured.map(|name| format!("{language}: no chapter claims {name}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_command_does_what_its_chapter_says() {
    let mut texts = Vec::new();
    for language in ["en", "zh"] {
        let commands = all(language, "data-run").into_iter();
        let commands: Vec<_> = commands.map(|(_, mark)| (mark.name, mark.text)).collect();
        texts.push(commands);
    }
    let names = |commands: &[(String, String)]| -> Vec<String> {
        commands.iter().map(|(name, _)| name.clone()).collect()
    };
    assert_eq!(names(&texts[0]), names(&texts[1]), "en and zh");
    // A placeholder in a command is in the language of the chapter.
    for (english, chinese) in texts[0].iter().zip(&texts[1]) {
        let ascii = |text: &str| -> String { text.chars().filter(char::is_ascii).collect() };
        let program = |text: &str| ascii(text).split("--token '").next().unwrap().to_owned();
        assert_eq!(program(&english.1), program(&chinese.1), "{}", english.0);
    }
    runs::all(&texts[0]);
}

#[test]
fn no_command_of_a_chapter_is_left_out() {
    let programs = ["glassroom ", "curl ", "printf ", "cargo ", "TOKEN="];
    for language in ["en", "zh"] {
        for (name, text) in chapters(language) {
            for block in text.split("<pre").skip(1) {
                let (attributes, rest) = block.split_once('>').unwrap();
                let command = rest.trim_start_matches("<code>");
                let is_command = programs.iter().any(|program| command.starts_with(program));
                let is_marked = attributes.contains("data-run=");
                let line = command.lines().next().unwrap();
                assert_eq!(is_command, is_marked, "{language}/{name}: {line}");
            }
        }
    }
}
