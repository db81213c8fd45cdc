//! A message passes no lock on its way from one socket to the others while nobody watches.
//!
//! What these tests cannot see: locks inside of libraries, such as the channels'.

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
    "src/chat/hub.rs",
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

/// The functions of a file that take its lock: those that say `.lock()` themselves.
fn locking_functions(source: &Source) -> Vec<String> {
    let tokens = tokens(&source.text);
    let mut found = Vec::new();
    for (n, pair) in tokens.windows(2).enumerate() {
        if pair[0].text != "fn" {
            continue;
        }
        let Some(open) = (n..tokens.len()).find(|n| tokens[*n].text == "{") else {
            continue;
        };
        let body = &tokens[open..closing(&tokens, open)];
        if calls(body, "lock").next().is_some() {
            found.push(pair[1].text.to_owned());
        }
    }
    found
}

/// The indices of `.name(` in `tokens`.
fn calls<'a>(tokens: &'a [Token], name: &'a str) -> impl Iterator<Item = usize> + 'a {
    let call = move |three: &[Token]| {
        three[0].text == "." && three[1].text == name && three[2].text == "("
    };
    let all = tokens.windows(3).enumerate();
    all.filter(move |(_, three)| call(three)).map(|(n, _)| n)
}

/// Lines of `source` that call `tap.name(` outside of a block that begins with
/// `if ….tap.is_watched() {`.
fn unguarded(source: &Source, name: &str) -> Vec<usize> {
    let tokens = tokens(&source.text);
    let guards = calls(&tokens, "is_watched").filter(|n| tokens[n - 1].text == "tap");
    let blocks: Vec<_> = guards
        .filter_map(|n| {
            // After `.is_watched()`: a block, or `=>` and an arm of a match.
            let next = n + 4;
            match tokens[next].text {
                "{" => Some(next..closing(&tokens, next)),
                "=" if tokens[next + 1].text == ">" => Some(next..next + arm(&tokens[next..])),
                _ => None,
            }
        })
        .collect();
    calls(&tokens, name)
        .filter(|n| *n > 0 && tokens[n - 1].text == "tap")
        .filter(|n| !blocks.iter().any(|block| block.contains(n)))
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
fn calls_that_take_the_taps_lock_stand_under_a_check_for_a_watcher() {
    let code = product_code();
    let tap = code.iter().find(|s| s.path == "src/net/tap.rs").unwrap();
    let locking = locking_functions(tap);
    for name in ["read", "sending", "note"] {
        assert!(
            locking.iter().any(|n| n == name),
            "{name} is not in {locking:?}"
        );
    }
    let mut found = Vec::new();
    for source in code.iter().filter(|s| is_on_the_way(&s.path)) {
        for name in &locking {
            let lines = unguarded(source, name).into_iter();
            found.extend(lines.map(|line| format!("{}:{line}: tap.{name}()", source.path)));
        }
    }
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn a_call_of_the_tap_outside_of_its_check_is_found() {
    let planted = |text: &str| {
        let path = "src/planted.rs".to_owned();
        let text = text.to_owned();
        unguarded(&Source { path, text }, "note")
    };
    let guarded = "if client.tap.is_watched() {\n    client.tap.note(x);\n}\n";
    assert_eq!(planted(guarded), [0; 0]);
    assert_eq!(planted(&format!("{guarded}client\n.tap\n.note(y);")), [6]);
    let arm = "match x {\n    0 if self.tap.is_watched() => self.tap.note(1),\n    1 => self.tap.note(2),\n}";
    assert_eq!(planted(arm), [3]);
    assert_eq!(
        planted("if !client.tap.is_watched() && x {}\nclient.tap.note(x);"),
        [2]
    );
}
