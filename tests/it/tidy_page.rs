//! The rules of the page, as tests: two languages, no markup from the network, no Internet.

use std::collections::BTreeSet;
use std::fs;

use crate::tidy::{code, forbid, root, sources};

/// The keys of a catalogue, one a line.
fn keys(catalogue: &str) -> Vec<String> {
    let path = root().join("src/web").join(catalogue);
    let text = fs::read_to_string(path).unwrap();
    let key = |line: &str| {
        Some(
            line.trim()
                .strip_prefix('"')?
                .split_once("\":")?
                .0
                .to_owned(),
        )
    };
    text.lines().filter_map(key).collect()
}

/// The catalogues of a language. Those of the lab's groups have the group behind the language.
fn catalogues(code: &str) -> Vec<String> {
    let (whole, last, between) = (
        format!("{code}.js"),
        format!("-{code}.js"),
        format!("-{code}-"),
    );
    let files = sources("src/web", &["js"]).into_iter();
    let names = files.map(|source| source.path["src/web/".len()..].to_owned());
    names
        .filter(|name| *name == whole || name.ends_with(&last) || name.contains(&between))
        .collect()
}

#[test]
fn the_page_says_the_same_things_in_both_languages() {
    let mut distinct = BTreeSet::new();
    let (english, chinese) = (catalogues("en"), catalogues("zh"));
    assert!(english.len() > 5 && english.len() == chinese.len());
    for name in english {
        let other = match name.as_str() {
            "en.js" => "zh.js".to_owned(),
            name => name.replace("-en", "-zh"),
        };
        let (english, chinese) = (keys(&name), keys(&other));
        assert!(english.len() > 5, "cannot read {name}");
        assert_eq!(english, chinese);
        for key in english {
            assert!(distinct.insert(key.clone()), "{key} twice");
        }
    }
}

#[test]
fn every_experiment_has_its_words_and_every_word_an_experiment() {
    let mut said: BTreeSet<String> = catalogues("en")
        .iter()
        .flat_map(|name| keys(name))
        .collect();
    said.retain(|key| key.starts_with("x."));
    let path = root().join("src/web/lab-right.js");
    let right = fs::read_to_string(path).unwrap();
    let right: BTreeSet<&str> = right.split(['\'', ' ']).collect();
    for experiment in glassroom::lab::experiments::all(1 << 16) {
        let slug = experiment.slug;
        for part in ["title", "ask", "answer", "a", "b", "c"] {
            assert!(said.remove(&format!("x.{slug}.{part}")), "x.{slug}.{part}");
        }
        assert!(right.contains(slug), "{slug}: which choice is right?");
    }
    assert!(said.is_empty(), "no such experiment: {said:?}");
}

#[test]
fn the_page_never_turns_text_into_markup_or_code() {
    let scripts = sources("src/web", &["js"]);
    let words = [
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "createContextualFragment",
        "DOMParser",
        "srcdoc",
        "eval(",
        "new Function",
        "setAttribute('style'",
        "setAttribute('on",
        "javascript:",
    ];
    forbid(&scripts, &words, |_| false);
}

/// `Content-Security-Policy: default-src 'self'` would stop it anyway, and with it the page.
#[test]
fn no_markup_has_scripts_or_styles_inside() {
    let mut pages = sources("src/web", &["html", "svg"]);
    pages.extend(sources("src/learn", &["html"]));
    for source in pages {
        // Comments may say what they like.
        let mut markup = String::new();
        for (n, part) in source.text.split("<!--").enumerate() {
            let shown = if n == 0 {
                part
            } else {
                part.split_once("-->").unwrap().1
            };
            markup += shown;
        }
        for tag in markup.split('<').skip(1) {
            let (tag, content) = tag.split_once('>').unwrap_or((tag, ""));
            let path = &source.path;
            assert!(!tag.starts_with("style"), "{path}: <{tag}>");
            assert!(!tag.contains(" style="), "{path}: <{tag}>");
            // What is quoted is a value, and may say "on".
            let names: String = tag.split('"').step_by(2).collect();
            assert!(!names.contains(" on"), "{path}: <{tag}>");
            if tag.starts_with("script") {
                assert!(tag.contains(" src=\"/"), "{path}: <{tag}>");
                assert_eq!(content.trim(), "", "{path}: <{tag}>");
            }
            let elsewhere = ["href=\"http", "src=\"http", "src=\"//", "href=\"//"];
            let outside = elsewhere.iter().any(|word| tag.contains(word));
            assert!(!outside, "{path} needs the Internet: <{tag}>");
        }
    }
    for source in sources("src/web", &["css", "js"]) {
        for (n, line) in code(&source) {
            let outside = line.contains("@import") || line.contains("url(http");
            assert!(!outside, "{}:{n} needs the Internet: {line}", source.path);
        }
    }
}
