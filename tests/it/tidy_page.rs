//! The rules of the page, as tests: two languages, no markup from the network, no Internet.

use std::collections::BTreeSet;
use std::fs;

use crate::tidy::{code, forbid, root, sources};

/// The keys of a catalogue, which has one in each line.
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

/// How many lines of a catalogue are neither its frame nor a comment: each has to be a key.
fn entries(catalogue: &str) -> usize {
    let path = root().join("src/web").join(catalogue);
    let text = fs::read_to_string(path).unwrap();
    let lines = text.lines().map(str::trim);
    let frame = ["export default {", "};", ""];
    lines
        .filter(|line| !frame.contains(line) && !line.starts_with("//"))
        .count()
}

/// The catalogues of a language, by their paths below `src/web`: `en.js`, or `en-` and a part.
fn catalogues(code: &str) -> Vec<String> {
    let (whole, part) = (format!("{code}.js"), format!("{code}-"));
    let files = sources("src/web", &["js"]).into_iter();
    let paths = files.map(|source| source.path["src/web/".len()..].to_owned());
    paths
        .filter(|path| {
            let name = path.rsplit('/').next().unwrap();
            name == whole || name.starts_with(&part)
        })
        .collect()
}

#[test]
fn the_page_says_the_same_things_in_both_languages() {
    let mut distinct = BTreeSet::new();
    let (english, chinese) = (catalogues("en"), catalogues("zh"));
    assert!(english.len() > 5 && english.len() == chinese.len());
    for name in english {
        let other = name.replace("/en", "/zh");
        let (english, chinese) = (keys(&name), keys(&other));
        assert_eq!(english.len(), entries(&name), "cannot read {name}");
        assert!(!english.is_empty(), "cannot read {name}");
        assert_eq!(english, chinese);
        for key in english {
            assert!(distinct.insert(key.clone()), "{key} twice");
        }
    }
}

/// The quoted texts after each `start` in `text`, with only `between` in front of the quote.
fn quoted<'a>(text: &'a str, start: &str, between: fn(char) -> bool) -> Vec<&'a str> {
    let found = text.split(start).skip(1).filter_map(|rest| {
        let slug = rest.trim_start_matches(between).strip_prefix('"')?;
        slug.split('"').next()
    });
    found.collect()
}

/// Refusals of requests that no page sends. Only people who write requests by hand see them.
const FOR_PROGRAMS: [&str; 30] = [
    "bad_authorization",
    "bad_content_length",
    "bad_host",
    "bad_query",
    "bad_request_line",
    "bad_target",
    "bad_version",
    "body_too_large",
    "command_line",
    "command_line_only",
    "fragment",
    "head_too_large",
    "http_version",
    "hub_silent",
    "length_required",
    "method_not_allowed",
    "no_host",
    "no_proxy",
    "origin_not_allowed",
    "repeated_field",
    "several",
    "short_body",
    "store_silent",
    "target_too_long",
    "too_many_fields",
    "too_many_links",
    "two_hosts",
    "two_lengths",
    "two_tokens",
    "unknown_expectation",
];

/// Where tokens are refused, and where requests of the chat are.
const AUTHENTICATE: &str = "src/authenticate.rs";
const CHAT_ERRORS: &str = "src/chat/message/error.rs";

#[test]
fn every_refusal_that_a_page_can_meet_has_its_sentence() {
    let said: BTreeSet<String> = catalogues("en")
        .iter()
        .flat_map(|name| keys(name))
        .collect();
    let mut slugs = BTreeSet::new();
    for source in sources("src", &["rs"]) {
        let path = source.path.as_str();
        let folders = ["src/http/", "src/site/"];
        let http = folders.iter().any(|folder| path.starts_with(folder));
        let others = [AUTHENTICATE, CHAT_ERRORS, "src/connection.rs"];
        if !(http && !path.ends_with("_tests.rs") || others.contains(&path)) {
            continue;
        }
        let text = source.text.split("#[cfg(test)]").next().unwrap();
        for start in ["new(", "bad_request(", "too_many(", "unavailable("] {
            let start = format!("Refusal::{start}");
            let status = |c: char| c.is_ascii_digit() || c == ',' || c.is_whitespace();
            slugs.extend(quoted(text, &start, status).into_iter().map(str::to_owned));
        }
        let arms = match path {
            AUTHENTICATE => text,
            CHAT_ERRORS => {
                let code = text.split_once("impl ErrorCode {").unwrap().1;
                code.split("\n}\n").next().unwrap()
            }
            _ => "",
        };
        slugs.extend(
            quoted(arms, "=> ", |_| false)
                .into_iter()
                .map(str::to_owned),
        );
    }
    for slug in ["wrong_code", "token_expired", "rate_limited", "full"] {
        assert!(slugs.contains(slug), "{slug} is not found: {slugs:?}");
    }
    slugs.retain(|slug| !FOR_PROGRAMS.contains(&slug.as_str()));
    slugs.retain(|slug| !said.contains(&format!("error.{slug}")));
    assert!(slugs.is_empty(), "no sentence for: {slugs:?}");
}

#[test]
fn every_rule_for_names_has_its_sentence() {
    use glassroom::auth::names::NameError::*;
    let rules = [
        Empty,
        TooLong,
        NoLetter,
        Hidden('\u{200B}'),
        TooManyMarks,
        MixedAlphabets,
    ];
    let rules: BTreeSet<String> = rules
        .iter()
        .map(|rule| format!("error.bad_name.{}", rule.slug()))
        .collect();
    let mut said: BTreeSet<String> = keys("base/en.js").into_iter().collect();
    said.retain(|key| key.starts_with("error.bad_name."));
    assert_eq!(said, rules);
}

#[test]
fn every_experiment_has_its_words_and_every_word_an_experiment() {
    let mut said: BTreeSet<String> = catalogues("en")
        .iter()
        .flat_map(|name| keys(name))
        .collect();
    said.retain(|key| key.starts_with("x."));
    let path = root().join("src/web/lab/right.js");
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

/// `Content-Security-Policy: default-src 'self'` would block it, and the page would not work.
#[test]
fn no_markup_has_scripts_or_styles_inside() {
    let mut pages = sources("src/web", &["html", "svg"]);
    pages.extend(sources("src/learn", &["html"]));
    for source in pages {
        // Comments are not checked.
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
            // A quoted value may contain "on".
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

/// Actions of `moderate` that leave no entry of this name in the audit log: the door has one for each way it
/// moves, and a countdown that was stopped has ended nothing.
const NOT_NOTED: &[&str] = &["door", "keep_lesson"];

/// Actions whose entries always have a target.
const OF_PERSONS: &[&str] = &[
    "kick",
    "unkick",
    "ban",
    "unban",
    "suspect",
    "revoke",
    "unrevoke",
    "revoke_link",
    "admit",
];

/// Actions that the server notes under a name that it picks from a few.
const PICKED: &[&str] = &[
    "open_door",
    "close_door",
    "delete",
    "purge",
    "host_login",
    "moderator_login",
    "too_many_names",
    "too_many_joins",
    "lesson_full",
];

#[test]
fn every_action_that_the_server_notes_has_its_sentence() {
    let mut actions = BTreeSet::new();
    let mut picked: BTreeSet<&str> = BTreeSet::new();
    for source in sources("src", &["rs"]) {
        let text = source.text.split("#[cfg(test)]").next().unwrap();
        if source.path.contains("test") {
            continue;
        }
        let starts: &[&str] = match source.path.as_str() {
            "src/chat/message/moderation.rs" => &["kind("],
            _ => &[
                "audit(",
                "audit_room(",
                "audit_class(",
                "at_the_door(",
                "personal_links(",
                "revocation(",
                "noted(",
            ],
        };
        for start in starts {
            actions.extend(
                quoted(text, start, char::is_whitespace)
                    .into_iter()
                    .map(str::to_owned),
            );
        }
        // Entries that are put together where they arise.
        for entry in ["Audit {", "Entered {"] {
            for entry in text.split(entry).skip(1) {
                let fields = entry.split('}').next().unwrap();
                actions.extend(
                    quoted(fields, "action: ", |_| false)
                        .into_iter()
                        .map(str::to_owned),
                );
            }
        }
        let named = |action: &&str| text.contains(&format!("\"{action}\""));
        picked.extend(PICKED.iter().copied().filter(named));
    }
    for action in [
        "mute",
        "end_lesson",
        "suspect",
        "host_link",
        "wrong_code",
        "revoke_link",
        "undo_clear",
    ] {
        assert!(
            actions.contains(action),
            "{action} is not found: {actions:?}"
        );
    }
    assert_eq!(
        picked.len(),
        PICKED.len(),
        "only these are noted: {picked:?}"
    );
    actions.extend(PICKED.iter().map(|&action| action.to_owned()));
    actions.retain(|action| !NOT_NOTED.contains(&action.as_str()));
    for language in ["en", "zh"] {
        let said: BTreeSet<String> = catalogues(language)
            .iter()
            .flat_map(|name| keys(name))
            .collect();
        // What is done to a person only always names somebody.
        let has = |action: &str| {
            let end = if OF_PERSONS.contains(&action) {
                ".who"
            } else {
                ""
            };
            said.contains(&format!("audit.{action}{end}"))
        };
        let missing: Vec<_> = actions.iter().filter(|action| !has(action)).collect();
        assert!(
            missing.is_empty(),
            "{language}: no sentence for: {missing:?}"
        );
    }
}
