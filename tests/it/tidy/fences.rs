//! Fences: what is allowed in some places of the source only.

use std::fs;

use super::source::{Source, code, forbid, product, product_code, root, sources};
use super::tokens::tokens;

/// Where printing and exiting is allowed: `main` and the commands of the terminal.
const TERMINAL: [&str; 2] = ["src/main", "src/terminal_client"];

/// Libraries that only some places may name.
const LIBRARIES: [(&str, &[&str]); 4] = [
    (
        "tungstenite",
        &[
            "src/net",
            "src/websocket",
            "src/lens",
            "src/terminal_client",
        ],
    ),
    ("rusqlite", &["src/sqlite"]),
    ("jsonwebtoken", &["src/auth"]),
    ("clap", &TERMINAL),
];

/// Where the code may depend on a Cargo feature. Everywhere else it is the same in both builds.
const FEATURES: [&str; 6] = [
    "src/lib.rs",
    "src/main.rs",
    "src/app.rs",
    "src/site",
    "src/connection.rs",
    "src/net.rs",
];

/// Whether a path is one of these files, or in one of these folders with its root file.
fn is_in(path: &str, places: &[&str]) -> bool {
    let inside = |place: &&str| {
        let rest = path.strip_prefix(*place);
        rest.is_some_and(|rest| ["", ".rs"].contains(&rest) || rest.starts_with('/'))
    };
    places.iter().any(inside)
}

#[test]
fn each_library_is_named_only_inside_its_fence() {
    let mut outside = Vec::new();
    for (library, places) in LIBRARIES {
        let mut inside = 0;
        for source in product_code() {
            let named = tokens(&source.text)
                .iter()
                .filter(|t| t.text == library)
                .count();
            match is_in(&source.path, places) {
                true => inside += named,
                false if named > 0 => outside.push(format!("{library} in {}", source.path)),
                false => {}
            }
        }
        assert!(inside > 0, "{library} is not used");
    }
    assert!(outside.is_empty(), "\n{}", outside.join("\n"));
}

/// The lines where the code depends on a Cargo feature.
fn lines_with_features(source: &Source) -> Vec<usize> {
    let all = tokens(&source.text);
    let depends = all.windows(3).filter(|three| {
        ["(", ","].contains(&three[0].text) && three[1].text == "feature" && three[2].text == "="
    });
    depends
        .map(|three| source.text[..three[1].at].matches('\n').count() + 1)
        .collect()
}

#[test]
fn only_a_few_files_depend_on_a_cargo_feature() {
    let mut found = Vec::new();
    for source in product_code().iter().filter(|s| !is_in(&s.path, &FEATURES)) {
        let lines = lines_with_features(source).into_iter();
        found.extend(lines.map(|line| format!("{}:{line}", source.path)));
    }
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn each_form_of_a_dependence_on_a_feature_is_found() {
    for text in [
        "#[cfg(feature = \"full\")]",
        "#[cfg(not(feature = \"full\"))]",
        "#[cfg(all(unix, feature = \"full\"))]",
        "#[cfg_attr(feature = \"full\", path = \"tap.rs\")]",
        "fn f() -> bool { cfg!(feature = \"full\") }",
    ] {
        let path = "src/planted.rs".to_owned();
        let text = super::tokens::blank(text);
        assert_eq!(lines_with_features(&Source { path, text }), [1]);
    }
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
    forbid(product_code(), &words, |path| is_in(path, &TERMINAL));
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
    forbid(product_code(), &words, |_| false);
}

#[test]
fn no_code_is_unsafe_or_asynchronous() {
    let words = ["unsafe {", "unsafe fn", "async fn", "async move", ".await"];
    forbid(product_code(), &words, |_| false);
    let library = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    assert!(library.contains("#![forbid(unsafe_code)]"));
}

/// A citation of the RFC in the chat would mean that logic has leaked out of `websocket/`.
#[test]
fn the_chat_cites_no_section_of_the_rfc() {
    let mut found = Vec::new();
    for source in product().iter().filter(|s| s.path.starts_with("src/chat/")) {
        // Comments and all.
        let numbered = source.text.lines().enumerate();
        let citing = numbered.filter(|(_, l)| l.contains("RFC 6455") || l.contains('§'));
        found.extend(citing.map(|(n, l)| format!("{}:{}: {}", source.path, n + 1, l.trim())));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn tests_do_not_sleep() {
    let sleeps = ["thread", "sleep("].join("::");
    for source in sources("tests", &["rs"]) {
        for (n, line) in code(&source) {
            assert!(!line.contains(&sleeps), "{}:{n}: {line}", source.path);
        }
    }
}
