//! A message passes no lock on its way from one socket to the others while nobody watches.
//!
//! What these tests cannot see: locks inside of libraries, such as the channels'.

use std::collections::BTreeSet;
use std::ops::Range;

use super::source::{Source, forbid, product_code};
use super::tokens::{Token, closing, tokens};

/// What makes, names or takes a lock.
const LOCKS: [&str; 4] = ["Mutex", "RwLock", "Condvar", ".lock()"];

/// Files of `net/` that a message passes.
const WAY: [&str; 5] = [
    "src/net/reader.rs",
    "src/net/inbox.rs",
    "src/net/outbox.rs",
    "src/net/flusher.rs",
    "src/net/client.rs",
];

/// Locks on the way of a message: file, lock, reason.
const EXCEPTIONS: [(&str, &str, &str); 1] = [(
    "src/chat/classes.rs",
    "RwLock",
    "the lesson: written when it ends; the hub reads it when somebody arrives",
)];

/// The way of a message through the house.
fn is_on_the_way(path: &str) -> bool {
    path == "src/chat.rs" || path.starts_with("src/chat/") || WAY.contains(&path)
}

#[test]
fn files_on_the_way_of_a_message_use_only_the_listed_locks() {
    let code = product_code();
    for path in WAY {
        assert!(code.iter().any(|s| s.path == path), "{path} does not exist");
    }
    for lock in LOCKS {
        let excepted = |path: &str| EXCEPTIONS.iter().any(|e| (e.0, e.1) == (path, lock));
        forbid(code, &[lock], |path| !is_on_the_way(path) || excepted(path));
    }
    for (path, lock, _) in EXCEPTIONS {
        let file = code.iter().find(|source| source.path == path);
        let used = file.is_some_and(|file| file.text.contains(lock));
        assert!(used, "an exception that nobody needs: {lock} in {path}");
    }
}

/// The indices of `.name(` in `tokens`.
fn calls<'a>(tokens: &'a [Token], name: &'a str) -> impl Iterator<Item = usize> + 'a {
    let call = move |three: &[Token]| {
        three[0].text == "." && three[1].text == name && three[2].text == "("
    };
    let all = tokens.windows(3).enumerate();
    all.filter(move |(_, three)| call(three)).map(|(n, _)| n)
}

/// The indices of `.name(` after `tap`.
fn tap_calls<'a>(tokens: &'a [Token], name: &'a str) -> impl Iterator<Item = usize> + 'a {
    calls(tokens, name).filter(|n| *n > 0 && tokens[n - 1].text == "tap")
}

/// The ranges of `tokens` that run only while somebody watches: blocks and arms of a match after
/// `.is_watched()`, and everything after `if !….is_watched() { return …; }`.
fn watched(tokens: &[Token]) -> Vec<Range<usize>> {
    let range = |n: usize| {
        // `.is_watched()` is four tokens.
        let next = n + 4;
        let mut condition = tokens[..n].iter().rev().take_while(|t| t.text != "if");
        let is_negated = condition.any(|t| t.text == "!");
        match tokens.get(next)?.text {
            "{" if is_negated && tokens[next + 1].text == "return" => {
                Some(closing(tokens, next)..tokens.len())
            }
            "{" if !is_negated => Some(next..closing(tokens, next)),
            "=" if tokens[next + 1].text == ">" => Some(next..next + arm(&tokens[next..])),
            _ => None,
        }
    };
    calls(tokens, "is_watched").filter_map(range).collect()
}

/// The functions of the tap's file that take its lock without a check of their own whether
/// somebody watches.
fn locking_functions(tap: &Source) -> BTreeSet<String> {
    let tokens = tokens(&tap.text);
    let mut bodies = Vec::new();
    for (n, pair) in tokens.windows(2).enumerate() {
        let open = (n..tokens.len()).find(|n| tokens[*n].text == "{");
        if let Some(open) = open.filter(|_| pair[0].text == "fn" && pair[1].is_word()) {
            bodies.push((pair[1].text, &tokens[open..closing(&tokens, open)]));
        }
    }
    let mut found = BTreeSet::from(["lock".to_owned()]);
    loop {
        let before = found.len();
        for (name, body) in &bodies {
            let watched = watched(body);
            let is_checked = |n: usize| watched.iter().any(|range| range.contains(&n));
            let locks = |taken: &String| calls(body, taken).any(|n| !is_checked(n));
            if found.iter().any(locks) {
                found.insert((*name).to_owned());
            }
        }
        if found.len() == before {
            return found;
        }
    }
}

/// Lines of `source` that call `tap.name(` without a check whether somebody watches.
fn unchecked(source: &Source, name: &str) -> Vec<usize> {
    let tokens = tokens(&source.text);
    let watched = watched(&tokens);
    tap_calls(&tokens, name)
        .filter(|n| !watched.iter().any(|range| range.contains(n)))
        .map(|n| source.text[..tokens[n].at].matches('\n').count() + 1)
        .collect()
}

/// Length of an arm without braces.
fn arm(tokens: &[Token]) -> usize {
    let mut n = 0;
    while n < tokens.len() {
        match tokens[n].text {
            "(" | "[" | "{" => n = closing(tokens, n),
            "," | "}" => return n,
            _ => {}
        }
        n += 1;
    }
    n
}

#[test]
fn the_tap_takes_its_lock_on_the_way_of_a_message_only_while_somebody_watches() {
    let code = product_code();
    let tap = code.iter().find(|s| s.path == "src/net/tap.rs").unwrap();
    let locking = locking_functions(tap);
    assert!(locking.len() > 2, "cannot read the tap: {locking:?}");
    let mut calls = 0;
    let mut found = Vec::new();
    for source in code.iter().filter(|s| is_on_the_way(&s.path)) {
        let all = tokens(&source.text);
        calls += all.iter().filter(|token| token.text == "tap").count();
        for name in &locking {
            let lines = unchecked(source, name).into_iter();
            found.extend(lines.map(|line| format!("{}:{line}: tap.{name}()", source.path)));
        }
    }
    assert!(calls > 5, "cannot find the calls of the tap");
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

fn planted(text: &str) -> Source {
    let path = "src/planted.rs".to_owned();
    let text = text.to_owned();
    Source { path, text }
}

#[test]
fn a_call_of_the_tap_without_a_check_is_found() {
    let lines = |text: &str| unchecked(&planted(text), "note");
    let checked = "if client.tap.is_watched() {\n    client.tap.note(x);\n}\n";
    assert_eq!(lines(checked), [0; 0]);
    assert_eq!(lines(&format!("{checked}client\n.tap\n.note(y);")), [6]);
    let arms = "match x {\n    0 if self.tap.is_watched() => self.tap.note(1),\n    \
                1 => self.tap.note(2),\n}";
    assert_eq!(lines(arms), [3]);
    let negated = "if !client.tap.is_watched() {\n    client.tap.note(x);\n}";
    assert_eq!(lines(negated), [2]);
}

#[test]
fn functions_of_the_tap_that_lock_without_a_check_are_found() {
    let tap = "
        fn lock(&self) -> Guard { self.inner.lock() }
        fn direct(&self) { let inner = self.lock(); }
        fn indirect(&self) { self.direct() }
        fn checked(&self) { if self.is_watched() { self.direct() } }
        fn too_late(&self) { self.direct(); if self.is_watched() { self.direct() } }
        fn returns(&self) { if !self.is_watched() { return; } self.direct() }
        fn goes_on(&self) { if !self.is_watched() { f(); } self.direct() }
        fn never(&self) {}
    ";
    let found = locking_functions(&planted(tap));
    let expected = ["direct", "goes_on", "indirect", "lock", "too_late"];
    assert!(found.iter().eq(&expected), "{found:?}");
}
