//! How long files, functions and the core may be.

use super::source::{Source, product, product_code, sources};
use super::tokens::{Token, closing, tokens};

/// Longest file: what a reader can still hold in mind.
const MAX_LINES: usize = 400;

/// Longest function: what fits on a screen.
const MAX_FUNCTION: usize = 50;

/// Functions that may be longer: file, name, reason.
const LONG_FUNCTIONS: [(&str, &str, &str); 9] = [
    ("src/chat/hub/queries.rs", "on_query", "one arm per query"),
    ("src/sqlite/reader.rs", "answer", "one arm per query"),
    (
        "src/chat/hub/history.rs",
        "on_store_answer",
        "one arm per query",
    ),
    (
        "src/chat/hub/moderation.rs",
        "moderate",
        "one arm per action",
    ),
    ("src/chat/hub/requests.rs", "serve", "one arm per request"),
    ("src/chat/message/parse.rs", "print", "one arm per request"),
    (
        "src/sqlite/room_snapshot.rs",
        "event_kind",
        "one arm per kind of event",
    ),
    (
        "src/websocket/rules.rs",
        "sentence",
        "one sentence per rule",
    ),
    (
        "src/websocket/rules.rs",
        "close_code_sentence",
        "one sentence per close code",
    ),
];

/// The core: the files that carry a connection from its first byte to everybody's sockets.
const CORE: [&str; 15] = [
    "src/net/listener.rs",
    "src/connection.rs",
    "src/http/head_reader.rs",
    "src/websocket/handshake.rs",
    "src/net/reader.rs",
    "src/chat/hub.rs",
    "src/chat/hub/delivery.rs",
    "src/chat/hub/outgoing.rs",
    "src/chat/hub/recipient.rs",
    "src/chat/hub/publish.rs",
    "src/chat/hub/rooms.rs",
    "src/chat/hub/timers.rs",
    "src/chat/gate.rs",
    "src/net/outbox.rs",
    "src/net/flusher.rs",
];

/// Lines of the core, which is for one afternoon: every line counts, comments too, and rustfmt gives
/// one in six of them to closing brackets. Whoever raises it says what is worth the lines: the last
/// 52 bound what a stranger can make grow, give each connection the rights of its own token, and let
/// the end of a lesson wait for the disk. Nine more are the route of the broken endpoints, which take
/// the request as it was sent, and three note a refused handshake for the person who sent it. A hundred
/// are the classroom: its actions at the gate, one arm per request, and what the hub owns of it. Fifteen
/// more refuse what a class says after the end of its lesson, show at once that a mute is over, and say
/// who reads what the teacher was told. Thirteen let a page hear of rooms where its person is not.
const MAX_CORE: usize = 2992;

fn length(source: &Source) -> usize {
    source.text.lines().count()
}

#[test]
fn no_file_is_longer_than_400_lines() {
    let mut all = sources("src", &["rs", "js", "css"]);
    all.extend(sources("tests", &["rs"]));
    // Nobody reads a table of cases from top to bottom.
    let is_table = |path: &str| path.ends_with("_cases.rs") || path.ends_with("/tests.rs");
    all.retain(|source| length(source) > MAX_LINES && !is_table(&source.path));
    let long: Vec<String> = all
        .iter()
        .map(|source| format!("{}: {} lines", source.path, length(source)))
        .collect();
    assert!(
        long.is_empty(),
        "over {MAX_LINES} lines:\n{}",
        long.join("\n")
    );
}

/// A function and its lines, from `fn` to the closing brace.
struct Function {
    name: String,
    line: usize,
    lines: usize,
}

/// The functions with a body in code without comments and literals.
fn functions(code: &str) -> Vec<Function> {
    let tokens = tokens(code);
    let line = |token: &Token| code[..token.at].matches('\n').count() + 1;
    let mut found = Vec::new();
    for (n, pair) in tokens.windows(2).enumerate() {
        // `fn(u8)` is a type.
        if pair[0].text == "fn"
            && pair[1].is_word()
            && let Some(open) = body(&tokens, n)
        {
            let first = line(&pair[0]);
            let last = line(&tokens[closing(&tokens, open)]);
            found.push(Function {
                name: pair[1].text.to_owned(),
                line: first,
                lines: last - first + 1,
            });
        }
    }
    found
}

/// The opening brace of the body of the function at `n`. None if a trait only declares it.
fn body(tokens: &[Token], mut n: usize) -> Option<usize> {
    loop {
        match tokens.get(n)?.text {
            "{" => return Some(n),
            ";" => return None,
            "(" | "[" => n = closing(tokens, n),
            _ => {}
        }
        n += 1;
    }
}

#[test]
fn no_function_is_longer_than_50_lines() {
    let mut unused = LONG_FUNCTIONS.to_vec();
    let mut long = Vec::new();
    let mut count = 0;
    for source in product_code() {
        for function in functions(&source.text) {
            count += 1;
            if function.lines <= MAX_FUNCTION {
                continue;
            }
            let Function { name, line, lines } = function;
            let before = unused.len();
            unused.retain(|(path, allowed, _)| (*path, *allowed) != (&source.path, &name));
            if unused.len() == before {
                long.push(format!("{}:{line}: {name}, {lines} lines", source.path));
            }
        }
    }
    assert!(count > 500, "cannot read the functions");
    let unused = unused.iter();
    long.extend(unused.map(|(path, name, _)| format!("{path}: {name} needs no exception")));
    assert!(
        long.is_empty(),
        "over {MAX_FUNCTION} lines:\n{}",
        long.join("\n")
    );
}

#[test]
fn the_length_of_a_function_counts_from_its_first_line_to_its_closing_brace() {
    let text = "trait A {\n    fn a(&self) -> [u8; 3];\n    fn b(f: fn(u8) -> u8) -> u8\n    \
                where\n        Self: Sized,\n    {\n        if true {\n        }\n    }\n}\n\
                fn c() {}\n";
    let found: Vec<_> = functions(text)
        .into_iter()
        .map(|f| (f.name, f.line, f.lines))
        .collect();
    assert_eq!(found, [("b".to_owned(), 3, 7), ("c".to_owned(), 11, 1)]);
}

#[test]
fn the_core_can_be_read_in_one_afternoon() {
    let product = product();
    let mut sum = 0;
    for path in CORE {
        let file = product.iter().find(|source| source.path == path);
        let file = file.unwrap_or_else(|| panic!("{path} of the core does not exist"));
        // Inline tests are blank lines at the end of the file.
        let lines = file.text.trim_end().lines().count();
        println!("{lines:5} {path}");
        sum += lines;
    }
    println!("{sum:5} in all, of {MAX_CORE}");
    assert!(sum <= MAX_CORE, "the core has grown to {sum} lines");
}
