//! Our source: files, the code of the product without its tests, and searches in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use super::tokens::{blank, blank_bytes, test_items, tokens};

/// A file of ours: its path from the root, and its text.
pub struct Source {
    pub path: String,
    pub text: String,
}

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

/// The lines that are not comments, with their numbers.
pub fn code(source: &Source) -> impl Iterator<Item = (usize, &str)> {
    let numbered = source.text.lines().enumerate();
    numbered
        .map(|(n, line)| (n + 1, line))
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
}

/// Every line of code in `sources` that has one of `words`, where `allowed` does not hold.
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

/// What the library and the program are built from: Rust without its tests.
pub fn product() -> &'static [Source] {
    static PRODUCT: LazyLock<Vec<Source>> =
        LazyLock::new(|| without_tests(sources("src", &["rs"])));
    &PRODUCT
}

/// The same, also without comments and literals.
pub fn product_code() -> &'static [Source] {
    static CODE: LazyLock<Vec<Source>> = LazyLock::new(|| {
        let blanked = |source: &Source| Source {
            path: source.path.clone(),
            text: blank(&source.text),
        };
        product().iter().map(blanked).collect()
    });
    &CODE
}

/// Puts spaces over every item under `#[cfg(test)]`, so that lines stay where they are, and leaves
/// out the files and folders of such modules.
pub fn without_tests(mut all: Vec<Source>) -> Vec<Source> {
    let mut tests = Vec::new();
    for source in &mut all {
        let mut kept = source.text.clone().into_bytes();
        for item in test_items(&tokens(&blank(&source.text))) {
            blank_bytes(&mut kept, item.bytes);
            if let Some(name) = item.module {
                let value = item.path.map(|at| &source.text[at..]);
                let file = value.and_then(|value| value.split('"').nth(1));
                tests.push(module_file(&source.path, &name, file));
            }
        }
        source.text = String::from_utf8(kept).unwrap();
    }
    let is_test = |path: &str| {
        let below = |t: &String| path.starts_with(&t.replace(".rs", "/"));
        tests.iter().any(|t| t == path || below(t))
    };
    all.retain(|source| !is_test(&source.path));
    all
}

/// The file of the module `name`, which the file `parent` declares.
fn module_file(parent: &str, name: &str, attribute: Option<&str>) -> String {
    let folder = parent.rsplit_once('/').map_or("", |(folder, _)| folder);
    match (attribute, parent) {
        (Some(file), _) => format!("{folder}/{file}"),
        (None, "src/lib.rs" | "src/main.rs") => format!("{folder}/{name}.rs"),
        (None, _) => format!("{}/{name}.rs", parent.trim_end_matches(".rs")),
    }
}
