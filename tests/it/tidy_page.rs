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

#[test]
fn the_page_says_the_same_things_in_both_languages() {
    // Those of the protocol view are added to the others when it is opened, and so on.
    let mut all = Vec::new();
    for prefix in ["", "glass-", "task-"] {
        let [english, chinese] = ["en", "zh"].map(|code| keys(&format!("{prefix}{code}.js")));
        assert!(english.len() > 50, "cannot read {prefix}en.js");
        assert_eq!(english, chinese);
        all.extend(english);
    }
    let distinct: BTreeSet<&String> = all.iter().collect();
    assert_eq!(distinct.len(), all.len(), "a key twice");
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
    for source in sources("src/web", &["html", "svg"]) {
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
            assert!(!tag.contains(" on"), "{path}: <{tag}>");
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
