//! The rules of this repository, as tests.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A file of ours: its path from the root, and its text.
pub struct Source {
    pub path: String,
    pub text: String,
}

/// Longest file: what a reader can still hold in mind.
const MAX_LINES: usize = 400;

/// The core is for one sitting. Every line counts, and rustfmt gives one in six of them to closing
/// brackets.
const MAX_CORE: usize = 2050;

/// The core, and nothing else that somebody reads first.
const CORE: [&str; 9] = [
    "src/listener.rs",
    "src/connection.rs",
    "src/http/head_reader.rs",
    "src/websocket/handshake.rs",
    "src/websocket/reader.rs",
    "src/chat/hub.rs",
    "src/chat/hub/delivery.rs",
    "src/chat/outbox.rs",
    "src/chat/flusher.rs",
];

/// Where printing and exiting is allowed: `main` and the commands of the terminal.
const TERMINAL: [&str; 2] = ["src/main.rs", "src/wire"];

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All files below `folder` with one of these extensions.
pub fn sources(folder: &str, extensions: &[&str]) -> Vec<Source> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            let extension = path.extension().and_then(|e| e.to_str());
            if path.is_dir() {
                folders.push(path);
            } else if extension.is_some_and(|e| extensions.contains(&e)) {
                let text = fs::read_to_string(&path).unwrap();
                let path = path.strip_prefix(root()).unwrap();
                let path = path.to_str().unwrap().replace('\\', "/");
                found.push(Source { path, text });
            }
        }
    }
    assert!(!found.is_empty(), "nothing in {folder}");
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// What the server is built from: Rust without its test modules.
fn product() -> Vec<Source> {
    let mut all = sources("src", &["rs"]);
    let mut tests = BTreeSet::new();
    for source in &mut all {
        let text = std::mem::take(&mut source.text);
        let lines: Vec<&str> = text.lines().collect();
        for (n, line) in lines.iter().enumerate() {
            if line.trim() == "#[cfg(test)]" {
                // Behind it come other attributes, and then the item.
                let item = lines[n + 1..].iter().find(|l| !l.starts_with("#["));
                let name = item.and_then(|l| l.strip_prefix("mod "));
                let Some(name) = name else { continue };
                if name.ends_with('{') {
                    // An inline module is the last thing in its file.
                    break;
                }
                let named = lines[n + 1].strip_prefix("#[path = \"");
                let file = named.map_or(name, |path| path.trim_end_matches("\"]"));
                let stem = file.trim_end_matches(';').trim_end_matches(".rs");
                let folder = source.path.trim_end_matches(".rs").to_owned();
                let parent = folder.rsplit_once('/').unwrap().0;
                tests.extend([format!("{folder}/{stem}.rs"), format!("{parent}/{stem}.rs")]);
            }
            source.text += line;
            source.text.push('\n');
        }
        if let Some(rest) = source.text.strip_suffix("#[cfg(test)]\n") {
            source.text = rest.to_owned();
        }
    }
    // `tests.rs` may have a folder of its own.
    let below = |path: &str| {
        tests
            .iter()
            .any(|t| path.starts_with(&t.replace(".rs", "/")))
    };
    all.retain(|source| !tests.contains(&source.path) && !below(&source.path));
    all
}

/// The lines that are not comments, with their numbers.
pub fn code(source: &Source) -> impl Iterator<Item = (usize, &str)> {
    let numbered = source.text.lines().enumerate();
    numbered
        .map(|(n, line)| (n + 1, line))
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
}

/// Every line of code in `sources` that has one of `words` where `allowed` does not hold.
#[track_caller]
pub fn forbid(sources: &[Source], words: &[&str], allowed: impl Fn(&str) -> bool) {
    let mut found = Vec::new();
    for source in sources.iter().filter(|source| !allowed(&source.path)) {
        for (n, line) in code(source) {
            if words.iter().any(|word| line.contains(word)) {
                found.push(format!("{}:{n}: {}", source.path, line.trim()));
            }
        }
    }
    assert!(found.is_empty(), "{words:?} in\n{}", found.join("\n"));
}

#[test]
fn each_library_stays_behind_its_fence() {
    let product = product();
    let fences: [(&str, &[&str]); 4] = [
        ("tungstenite::", &["src/websocket/", "src/lens/"]),
        ("jsonwebtoken::", &["src/auth/"]),
        ("rusqlite::", &["src/sqlite/", "src/sqlite.rs"]),
        ("clap::", &TERMINAL),
    ];
    for (library, folders) in fences {
        let inside = |path: &str| folders.iter().any(|folder| path.starts_with(folder));
        forbid(&product, &[library], inside);
    }
}

#[test]
fn imports_point_one_way() {
    let product = product();
    // Who must not know whom.
    let table: [(&str, &[&str]); 6] = [
        (
            "src/http/head",
            &["crate::chat", "crate::auth", "crate::server"],
        ),
        ("src/websocket/frame", &["crate::"]),
        (
            "src/chat/message",
            &["crate::websocket", "crate::http", "crate::connection"],
        ),
        (
            "src/chat/hub",
            &["crate::connection", "crate::http", "crate::listener"],
        ),
        (
            "src/chat/gate",
            &["crate::websocket", "crate::http", "std::net", "std::time"],
        ),
        (
            "src/auth",
            &[
                "crate::websocket",
                "crate::http",
                "crate::connection",
                "std::net::Tcp",
            ],
        ),
    ];
    for (from, to) in table {
        forbid(&product, to, |path| !path.starts_with(from));
    }
}

#[test]
fn the_chat_has_one_owner_and_no_lock() {
    forbid(&product(), &["Mutex"], |path| {
        !path.starts_with("src/chat/")
    });
}

#[test]
fn only_the_terminal_prints_and_exits() {
    let words = [
        "print!(",
        "println!(",
        "dbg!(",
        "process::exit",
        "process::abort",
    ];
    forbid(&product(), &words, |path| {
        TERMINAL.iter().any(|place| path.starts_with(place))
    });
}

#[test]
fn nothing_in_the_server_panics_on_purpose() {
    let words = [
        ".unwrap()",
        ".expect(",
        ".unwrap_err()",
        "panic!(",
        "unreachable!(",
        "todo!(",
        "unimplemented!(",
    ];
    forbid(&product(), &words, |_| false);
}

#[test]
fn no_code_is_unsafe_and_no_task_is_asynchronous() {
    let words = ["unsafe {", "unsafe fn", "async fn", "async move", ".await"];
    forbid(&product(), &words, |_| false);
    let library = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    assert!(library.contains("#![forbid(unsafe_code)]"));
}

/// A citation of the RFC in the hub or the messages means that logic leaked out of
/// `websocket/`.
#[test]
fn what_is_said_in_the_chat_knows_no_frames() {
    let places = [
        "hub", "room", "message", "log", "gate", "text", "people", "person",
    ];
    let mut found = Vec::new();
    for source in product() {
        let Some(file) = source.path.strip_prefix("src/chat/") else {
            continue;
        };
        if places.iter().any(|place| file.starts_with(place)) {
            // Comments and all.
            let lines = source
                .text
                .lines()
                .filter(|l| l.contains("RFC 6455") || l.contains('§'));
            found.extend(lines.map(|line| format!("{}: {}", source.path, line.trim())));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn no_file_is_longer_than_a_reader_can_hold_in_mind() {
    let mut all = sources("src", &["rs", "js", "css"]);
    all.extend(sources("tests", &["rs"]));
    let length = |source: &Source| source.text.lines().count();
    // Tables of cases are no reading matter.
    let table = |path: &str| path.ends_with("_cases.rs") || path.ends_with("/tests.rs");
    all.retain(|source| length(source) > MAX_LINES && !table(&source.path));
    let long: Vec<String> = all
        .iter()
        .map(|s| format!("{}: {} lines", s.path, length(s)))
        .collect();
    assert!(
        long.is_empty(),
        "over {MAX_LINES} lines:\n{}",
        long.join("\n")
    );
}

#[test]
fn the_core_can_be_read_in_one_sitting() {
    let product = product();
    let in_core = |path: &str| CORE.contains(&path);
    let core: Vec<&Source> = product.iter().filter(|s| in_core(&s.path)).collect();
    assert_eq!(core.len(), CORE.len(), "a file of the core is gone");
    let mut all = 0;
    for source in core {
        let lines = source.text.lines().count();
        println!("{lines:5} {}", source.path);
        all += lines;
    }
    println!("{all:5} in all, of {MAX_CORE}");
    assert!(all <= MAX_CORE, "the core has grown to {all} lines");
}

#[test]
fn no_runtime_hides_among_the_dependencies() {
    let lock = fs::read_to_string(root().join("Cargo.lock")).unwrap();
    let names: BTreeSet<&str> = lock
        .lines()
        .filter_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'))
        .collect();
    assert!(names.contains("tungstenite"), "cannot read Cargo.lock");
    for runtime in [
        "tokio",
        "async-std",
        "smol",
        "mio",
        "polling",
        "futures-executor",
        "async-executor",
        "actix-rt",
        "glommio",
        "monoio",
        "hyper",
        "openssl",
        "openssl-sys",
    ] {
        assert!(!names.contains(runtime), "{runtime} in Cargo.lock");
    }
}

#[test]
fn every_dependency_says_what_it_is_for() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let lines: Vec<&str> = manifest.lines().collect();
    let mut section = "";
    for (n, line) in lines.iter().enumerate() {
        if line.starts_with('[') {
            section = line;
        }
        if section.ends_with("dependencies]") && line.contains(" = ") {
            // One comment may be for a few that belong together.
            let mut above = lines[..n].iter().rev();
            let reason = above.find(|l| l.is_empty() || l.starts_with(['#', '[']));
            assert!(
                reason.is_some_and(|l| l.starts_with('#')),
                "no reason for {line}"
            );
        }
    }
}

#[test]
fn tests_have_deadlines_and_do_not_sleep() {
    let sleeps = ["thread", "sleep("].join("::");
    for source in sources("tests", &["rs"]) {
        for (n, line) in code(&source) {
            assert!(!line.contains(&sleeps), "{}:{n}: {line}", source.path);
        }
    }
}
