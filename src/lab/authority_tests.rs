//! Refusal, lens and lab name one authority for the same request, and each ruling has its words.

use crate::http::head_reader::HeadReader;
use crate::http::origin::origin_allowed;
use crate::http::refusal::Refusal;
use crate::lab::experiments;
use crate::lens::duty_note::Compliance;
use crate::lens::handshake::annotate;
use crate::model::authority::{Authority, Level};
use crate::model::direction::Direction;
use crate::websocket::handshake::Upgrade;
use crate::websocket::handshake_rules::HandshakeRule;
use crate::websocket::rules::Rule;
use crate::websocket::rulings::{decided, of_refusal};
use std::collections::BTreeSet;

const RIGHT: [&str; 6] = [
    "GET /echo HTTP/1.1",
    "Host: a",
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version: 13",
];

/// The right lines with `line` instead of line `at`, or behind them.
fn lines(at: usize, line: &str) -> String {
    let mut lines: Vec<&str> = RIGHT.to_vec();
    match at < lines.len() {
        true => lines[at] = line,
        false => lines.push(line),
    }
    lines.retain(|line| !line.is_empty());
    lines.join("\r\n") + "\r\n\r\n"
}

/// The refusal of these bytes by the code that serves connections.
fn refusal(head: &str) -> Option<Refusal> {
    let checked = |bytes: &[u8]| {
        let head = HeadReader::new().feed(bytes)?;
        let head = head.expect("a whole head");
        Upgrade::check(&head)?;
        origin_allowed(&head, &[])
    };
    checked(head.as_bytes()).err()
}

/// The authorities that the annotator gives for the rules that the client broke.
fn seen(head: &str) -> Vec<&'static Authority> {
    let note = annotate(head.as_bytes(), None);
    let rules = note.rules.into_iter();
    let broken = rules
        .filter(|rule| rule.by == Direction::FromClient && rule.compliance == Compliance::Broken);
    broken
        .map(|rule| rule.authority.expect("who decided"))
        .collect()
}

#[test]
fn refusal_and_lens_say_alike_who_decided() {
    let mut met = BTreeSet::new();
    for (at, line) in [
        (0, "POST /echo HTTP/1.1"),
        (0, "GET /echo HTTP/1.0"),
        (0, "GET  /echo HTTP/1.1"),
        (0, "GET /echo http/1.1"),
        (0, "GET echo HTTP/1.1"),
        (0, "GET /echo HTTP/2.0"),
        (0, "GET /echo#a HTTP/1.1"),
        (1, ""),
        (1, "Host: a, b"),
        (1, "Host : a"),
        (6, "Host: b"),
        (2, ""),
        (3, ""),
        (4, ""),
        (4, "Sec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODxA="),
        (6, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="),
        (5, ""),
        (5, "Sec-WebSocket-Version: 8"),
        (6, "Sec-WebSocket-Version: 13"),
        (6, "Sec-WebSocket-Protocol: a, b, a"),
        (6, "Sec-WebSocket-Protocol: a/b"),
        (6, "Sec-WebSocket-Protocol: "),
        (6, "Sec-WebSocket-Extensions: a; b="),
        (6, " folded"),
        (6, "No colon"),
        (6, "Bad(name: x"),
        (6, "Control: \u{1}"),
        (6, "Bare: \rCR"),
        (6, "Bare: \nLF: x"),
        (6, "Content-Length: 5"),
        (6, "Content-Length: five"),
        (6, "Transfer-Encoding: chunked"),
        (6, "Origin: http://elsewhere.example"),
    ] {
        let head = lines(at, line);
        let refusal = decided(refusal(&head).unwrap_or_else(|| panic!("{line:?} was accepted")));
        let authority = refusal.authority.expect("who decided");
        met.insert(refusal.slug);
        assert_eq!(authority, of_refusal(refusal.slug));
        let seen = seen(&head);
        // The annotator reads leniently, so it may see no broken rule where the server chose to refuse.
        let same = seen.contains(&authority);
        assert!(same || seen.is_empty(), "{line:?}: {seen:?}, {authority:?}");
    }
    // Of the same name in another place, or about a head that cannot be a handshake.
    let other = ["repeated_field", "bad_host"];
    for slug in HandshakeRule::refusals().filter(|slug| !other.contains(slug)) {
        assert!(met.contains(slug), "{slug} was not met");
    }
    assert!(seen(&lines(9, "X: y")).is_empty());
}

#[test]
fn the_page_explains_each_choice_in_both_languages() {
    let words = [
        include_str!("../web/lab/words/en-rulings.js"),
        include_str!("../web/lab/words/zh-rulings.js"),
    ];
    let ready = experiments::all(64 * 1024);
    let ready = ready.iter().filter_map(|ready| ready.authority);
    let refusals = HandshakeRule::refusals().map(of_refusal);
    let rules = Rule::ALL.map(Rule::authority);
    for authority in ready.chain(refusals).chain(rules) {
        let key = format!("\"ruling.{}\":", authority.slug);
        let explained = authority.choice.is_some();
        assert!(explained || authority.level != Level::Choice);
        for words in words {
            assert_eq!(words.contains(&key), explained, "{key}");
        }
    }
}
