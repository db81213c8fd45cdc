//! The rules for dependencies: no async runtime, and a reason for each.

use std::collections::BTreeSet;
use std::fs;

use super::source::root;

#[test]
fn no_dependency_brings_an_async_runtime() {
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
        let is_entry = line.contains(" = ") && !line.starts_with('#');
        if section.ends_with("dependencies]") && is_entry {
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
