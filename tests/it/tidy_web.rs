//! The floors of the page: a file imports only from its own folder and from lower floors.
//!
//! The checker is a pure function from texts to problems, so the tests below can show that it finds
//! planted mistakes.

use std::collections::{BTreeMap, BTreeSet};

use crate::tidy::{Source, sources};

/// Every folder of `src/web` and its floor. Folders on the same floor do not import each other.
const FLOORS: [(&str, u8); 10] = [
    ("base", 1),
    ("chat", 2),
    ("glass", 2),
    ("guide", 2),
    ("lab/words", 2),
    ("page/words", 2),
    ("lab", 3),
    ("page", 3),
    ("task", 3),
    ("learn", 4),
];

/// Most folders, nested ones included.
const MAX_FOLDERS: usize = 10;

/// The frame of the guide's chapters, which the server fills in. It counts as a file of `learn`.
const SHELL: &str = "src/learn/shell.html";

/// What the build makes of other files (build.rs), or the beginnings of their paths.
const MADE: [&str; 3] = ["page/all.js", "page/words/all-", "page/words/rest-"];

/// How one file needs another.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    /// `import … from`, `import '…'` or `export … from`.
    Static,
    /// `import('…')`.
    Dynamic,
    /// A link or script of HTML, or an address that a script loads.
    Address,
}

/// The imports of a script, as written. An import that is not a plain text is `None`.
fn imports(text: &str) -> Vec<(Way, Option<String>)> {
    let mut found = Vec::new();
    for word in ["import", "from"] {
        for (at, _) in text.match_indices(word) {
            let before = text[..at].chars().next_back();
            let rest = skip_blanks(&text[at + word.len()..]);
            let starts = match word {
                "import" => before.is_none_or(|c| !c.is_alphanumeric() && !"_$.'\"`".contains(c)),
                _ => before.is_none_or(|c| c.is_whitespace() || "}*".contains(c)),
            };
            if !starts {
                continue;
            }
            let call = rest.strip_prefix('(').filter(|_| word == "import");
            match (call, quoted(skip_blanks(call.unwrap_or(rest)))) {
                // A path that is computed while the page runs cannot be followed.
                (Some(_), path) => {
                    let whole = path.filter(|(_, rest)| skip_blanks(rest).starts_with(')'));
                    found.push((Way::Dynamic, whole.map(|(path, _)| path)));
                }
                (None, Some((path, _))) => found.push((Way::Static, Some(path))),
                (None, None) => {}
            }
        }
    }
    // Sentences in the catalogues may have such words too.
    let sentence = |path: &String| path.contains(' ') && !path.starts_with(['.', '/']);
    found.retain(|(_, path)| !path.as_ref().is_some_and(sentence));
    found
}

/// The text without blanks and comments at its beginning.
fn skip_blanks(text: &str) -> &str {
    let rest = text.trim_start();
    let comment = match rest.get(..2) {
        Some("/*") => rest.split_once("*/"),
        Some("//") => rest.split_once('\n'),
        _ => None,
    };
    comment.map_or(rest, |(_, rest)| skip_blanks(rest))
}

/// The quoted text at the beginning of `rest`, and what follows it. A template with `${` is no such text.
fn quoted(rest: &str) -> Option<(String, &str)> {
    let quote = rest.chars().next().filter(|c| "'\"`".contains(*c))?;
    let (text, rest) = rest[1..].split_once(quote)?;
    (!text.contains("${")).then(|| (text.to_owned(), rest))
}

/// The files whose addresses appear in a text.
fn addresses(text: &str) -> Vec<String> {
    let parts = text.split("/assets/").skip(1);
    parts
        .map(|rest| {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && !"/._-".contains(c));
            rest[..end.unwrap_or(rest.len())].to_owned()
        })
        .collect()
}

/// The path from `src/web` that an import in a file of `folder` means.
fn resolve(folder: &str, import: &str) -> Option<String> {
    if let Some(path) = import.strip_prefix("/assets/") {
        return Some(path.to_owned());
    }
    if !import.starts_with("./") && !import.starts_with("../") {
        return None;
    }
    let mut parts: Vec<&str> = folder.split('/').collect();
    for part in import.split('/') {
        match part {
            "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn floor(path: &str) -> Option<u8> {
    let found = FLOORS.iter().find(|(name, _)| *name == folder(path));
    found.map(|(_, floor)| *floor)
}

/// The files that a file needs. An import that cannot be followed is a problem.
fn needs(path: &str, text: &str, problems: &mut Vec<String>) -> Vec<(Way, String)> {
    let mut found = Vec::new();
    if path.ends_with(".js") {
        for (way, import) in imports(text) {
            let file = import.as_deref().and_then(|i| resolve(folder(path), i));
            match file {
                Some(file) => found.push((way, file)),
                None => problems.push(format!("{path}: cannot follow the import {import:?}")),
            }
        }
    }
    for file in addresses(text) {
        if found.iter().all(|(_, known)| *known != file) {
            found.push((Way::Address, file));
        }
    }
    found
}

/// The files along a circle in `edges`, if there is one.
fn circle(edges: &BTreeMap<String, BTreeSet<String>>) -> Option<Vec<String>> {
    let mut left = edges.clone();
    // A file that needs no other file is in no circle, so it is taken away, again and again. If files are
    // left, each of them leads into a circle.
    loop {
        let leaf = left.iter().find(|(_, needs)| needs.is_empty());
        let Some(leaf) = leaf.map(|(file, _)| file.clone()) else {
            break;
        };
        left.remove(&leaf);
        left.values_mut().for_each(|needs| {
            needs.remove(&leaf);
        });
    }
    let mut way = vec![left.keys().next()?.clone()];
    loop {
        let next = left[way.last()?].iter().next()?.clone();
        if let Some(start) = way.iter().position(|file| *file == next) {
            return Some(way.split_off(start));
        }
        way.push(next);
    }
}

/// All problems with the floors of these files. Paths are from `src/web`.
fn problems(files: &[(&str, &str)]) -> Vec<String> {
    let mut problems = Vec::new();
    let known: BTreeSet<&str> = files.iter().map(|(path, _)| *path).collect();
    let mut edges: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (path, text) in files {
        edges.entry((*path).to_owned()).or_default();
        let Some(own) = floor(path) else {
            problems.push(format!("{path}: no floor for its folder"));
            continue;
        };
        for (way, to) in needs(path, text, &mut problems) {
            if MADE.iter().any(|made| to.starts_with(made)) {
                continue;
            }
            if !known.contains(to.as_str()) {
                problems.push(format!("{path}: there is no {to}"));
                continue;
            }
            if floor(&to).is_some_and(|below| below >= own) && folder(path) != folder(&to) {
                problems.push(format!("{path} -> {to}: not a lower floor"));
            }
            if folder(path) == "page" && folder(&to) == "glass" && way != Way::Dynamic {
                problems.push(format!("{path} -> {to}: only by import()"));
            }
            if way != Way::Address {
                edges.entry((*path).to_owned()).or_default().insert(to);
            }
        }
    }
    edges
        .values_mut()
        .for_each(|needs| needs.retain(|to| known.contains(to.as_str())));
    problems.extend(circle(&edges).map(|way| format!("a circle: {}", way.join(" -> "))));
    problems
}

/// The folders of these files, and the folders that contain those.
fn folders<'a>(paths: impl Iterator<Item = &'a str>) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    for path in paths {
        let mut inner = folder(path);
        while !inner.is_empty() {
            found.insert(inner);
            inner = folder(inner);
        }
    }
    found
}

/// The files of the page, with paths from `src/web`.
fn page() -> Vec<Source> {
    let mut files = sources("src/web", &["js", "css", "html", "svg"]);
    for file in &mut files {
        file.path = file.path["src/web/".len()..].to_owned();
    }
    let mut chapters = sources("src/learn", &["html"]);
    chapters.retain(|file| file.path == SHELL);
    for file in &mut chapters {
        file.path = "learn/shell.html".into();
    }
    files.extend(chapters);
    files
}

#[test]
fn every_file_of_the_page_imports_only_lower_floors_and_there_is_no_circle() {
    let page = page();
    assert!(page.iter().any(|file| file.path == "learn/shell.html"));
    let files: Vec<_> = page
        .iter()
        .map(|file| (file.path.as_str(), file.text.as_str()))
        .collect();
    let problems = problems(&files);
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn every_import_of_the_page_is_seen() {
    // A simpler way to count: lines that begin with a statement, and calls.
    for file in page().iter().filter(|file| file.path.ends_with(".js")) {
        let lines = file.text.lines().map(str::trim_start);
        let statement = |line: &&str| {
            line.starts_with("import ") || (line.starts_with("export ") && line.contains(" from '"))
        };
        let plain = lines.filter(statement).count();
        let calls = file.text.matches("import(").count();
        let seen = imports(&file.text);
        assert_eq!(seen.len(), plain + calls, "{}: {seen:?}", file.path);
    }
}

#[test]
fn the_page_has_few_folders() {
    let page = page();
    let folders = folders(page.iter().map(|file| file.path.as_str()));
    let named: BTreeSet<&str> = FLOORS.iter().map(|(name, _)| *name).collect();
    assert_eq!(folders, named, "the table of floors");
    assert!(folders.len() <= MAX_FOLDERS, "{folders:?}");
}

/// The problems of a new file among a few others on several floors.
fn planted(path: &str, text: &str) -> String {
    let files = [
        ("base/dom.js", "export const make = () => 1;"),
        ("chat/chat.js", "import { make } from '../base/dom.js';"),
        ("glass/glass.js", "import { make } from '../base/dom.js';"),
        ("page/app.js", "import('../glass/glass.js');"),
        (path, text),
    ];
    problems(&files).join("\n")
}

#[test]
fn the_checker_sees_a_planted_upward_import_in_every_form() {
    for text in [
        "import { make } from '../page/app.js';",
        "import {\n  make,\n} from\n  '../page/app.js';",
        "import{make}from\"../page/app.js\";",
        "import '../page/app.js';",
        "import'../page/app.js';",
        "export { make } from '../page/app.js';",
        "export * from '../page/app.js';",
        "export*from'../page/app.js';",
        "const late = () => import('../page/app.js');",
        "await import( `../page/app.js` );",
        "import { make } from /* above */ '../page/app.js';",
        "import( // late\n '../page/app.js' /* above */ )",
        "import app from '/assets/page/app.js';",
        "const address = '/assets/page/app.js';",
    ] {
        let found = planted("base/new.js", text);
        assert_eq!(
            found, "base/new.js -> page/app.js: not a lower floor",
            "{text}"
        );
    }
    assert_eq!(
        planted("base/new.js", "import { make } from './dom.js';"),
        ""
    );
    assert_eq!(
        planted("task/new.html", "<link href=\"/assets/base/dom.js\">"),
        ""
    );
}

#[test]
fn the_checker_sees_the_other_planted_problems() {
    for (path, text, expected) in [
        (
            "chat/new.js",
            "import '../glass/glass.js';",
            "chat/new.js -> glass/glass.js: not a lower floor",
        ),
        (
            "page/new.js",
            "import '../glass/glass.js';",
            "page/new.js -> glass/glass.js: only by import()",
        ),
        (
            "page/new.html",
            "<link href=\"/assets/glass/glass.js\">",
            "page/new.html -> glass/glass.js: only by import()",
        ),
        (
            "page/new.js",
            "import './gone.js';",
            "page/new.js: there is no page/gone.js",
        ),
        (
            "page/new.html",
            "<script src=\"/assets/page/gone.js\">",
            "page/new.html: there is no page/gone.js",
        ),
        ("new.js", "", "new.js: no floor for its folder"),
        (
            "page/more/new.js",
            "",
            "page/more/new.js: no floor for its folder",
        ),
        (
            "page/new.js",
            "import('../' + name);",
            "page/new.js: cannot follow the import None",
        ),
        (
            "page/new.js",
            "import(name);",
            "page/new.js: cannot follow the import None",
        ),
        (
            "page/new.js",
            "import 'left-pad';",
            "page/new.js: cannot follow the import Some(\"left-pad\")",
        ),
    ] {
        assert_eq!(planted(path, text), expected);
    }
}

#[test]
fn the_checker_sees_a_planted_circle() {
    let files = [
        ("page/a.js", "import './b.js';\nimport './leaf.js';"),
        ("page/b.js", "export * from './c.js';"),
        ("page/c.js", "import('./a.js');"),
        ("page/leaf.js", ""),
        ("page/outside.js", "import './a.js';"),
    ];
    let found = problems(&files);
    assert_eq!(found, ["a circle: page/a.js -> page/b.js -> page/c.js"]);
    let own = [("page/a.js", "import './a.js';")];
    assert_eq!(problems(&own), ["a circle: page/a.js"]);
}

#[test]
fn nested_folders_are_counted() {
    let found = folders(["a/b/c/x.js", "a/y.js", "z.js"].into_iter());
    assert_eq!(found.into_iter().collect::<Vec<_>>(), ["a", "a/b", "a/b/c"]);
}
