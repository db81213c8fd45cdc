//! Tests of the catalogues: each text has both languages, with the same places.

use super::*;
use crate::tasks::{texts_control, texts_frames, texts_handshake, texts_messages};
use std::collections::BTreeSet;

fn all() -> impl Iterator<Item = (&'static str, Text)> {
    let catalogues = [
        texts_frames::ALL,
        texts_messages::ALL,
        texts_control::ALL,
        texts_handshake::ALL,
    ];
    catalogues.into_iter().flatten().copied()
}

/// The names of the places of a template.
fn places(template: &str) -> BTreeSet<&str> {
    let parts = template.split('{').skip(1);
    parts
        .map(|part| part.split_once('}').expect("a closed place").0)
        .collect()
}

fn is_chinese_character(c: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&c)
}

#[test]
fn each_text_has_both_languages_with_the_same_values() {
    assert!(all().count() > 90, "the catalogues are not read");
    for (name, text) in all() {
        assert_eq!(places(text.en), places(text.zh), "{name}");
        assert!(
            !text.en.contains(is_chinese_character),
            "{name}: {}",
            text.en
        );
        // Punctuation and values alone are no sentence.
        let is_sentence = text.en.chars().filter(char::is_ascii_lowercase).count() > 12;
        let is_chinese = text.zh.contains(is_chinese_character);
        assert!(is_chinese || !is_sentence, "{name}: {}", text.zh);
        let halves = [",", "; ", "? ", "! "];
        let half = halves.iter().find(|half| {
            let mut parts = text.zh.split(**half);
            let before = parts.next().unwrap_or_default();
            parts.next().is_some() && before.ends_with(is_chinese_character)
        });
        assert_eq!(half, None, "{name} has half-width punctuation: {}", text.zh);
    }
}

#[test]
fn no_text_is_there_twice() {
    let mut known = BTreeSet::new();
    for (name, text) in all() {
        assert!(known.insert(text.en), "{name} is there twice: {}", text.en);
    }
}

#[test]
fn values_fill_their_places_and_are_no_places_themselves() {
    let text = Text {
        en: "I read {what}, {n} times.",
        zh: "读到 {n} 次 {what}。",
    };
    let words = text.with(&[("what", &"{n}"), ("n", &3_u64)]);
    assert_eq!(words.of(Language::En), "I read {n}, 3 times.");
    assert_eq!(words.of(Language::Zh), "读到 3 次 {n}。");
    let both = words.then(Text {
        en: "Yes.",
        zh: "是。",
    });
    assert_eq!(both.of(Language::En), "I read {n}, 3 times. Yes.");
    assert_eq!(both.of(Language::Zh), "读到 3 次 {n}。是。");
}

#[test]
fn the_language_is_the_one_asked_for_or_preferred() {
    let head = |query: &str, accepts: &str| {
        let text = format!("GET /{query} HTTP/1.1\r\nHost: a\r\n{accepts}\r\n");
        Head::parse(text.as_bytes()).unwrap().unwrap().0
    };
    let chinese = "Accept-Language: zh-CN,zh;q=0.9,en;q=0.8\r\n";
    let english = "Accept-Language: en-GB, zh;q=0.5\r\n";
    for (query, accepts, program, reader) in [
        ("", "", Language::En, Language::En),
        ("?lang=zh", "", Language::Zh, Language::Zh),
        ("?a=b&lang=zh-CN", english, Language::Zh, Language::Zh),
        ("?lang=en", chinese, Language::En, Language::En),
        ("", chinese, Language::En, Language::Zh),
        ("", english, Language::En, Language::En),
        (
            "",
            "Accept-Language: fr, zh;q=0.1\r\n",
            Language::En,
            Language::Zh,
        ),
    ] {
        let head = head(query, accepts);
        assert_eq!(Language::of_program(&head), program, "{query} {accepts}");
        assert_eq!(Language::of_reader(&head), reader, "{query} {accepts}");
    }
}

#[test]
fn bytes_that_are_no_text_are_quoted_as_bytes() {
    assert_eq!(quoted_bytes("课\u{fffd}\n".as_bytes()), "\"课\u{fffd}\\n\"");
    assert_eq!(quoted_bytes(b"a\xe8\xafb"), "\"a\\xe8\\xafb\"");
}
