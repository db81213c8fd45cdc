//! The floors of the house: a file may name its own folder and lower floors, nothing else.

use super::paths::{Arrow, arrows, circles};
use super::source::{Source, product_code, without_tests};
use super::tokens::blank;

/// From bottom to top. A name is a folder of `src` with its root file, or a single file.
/// Folders that share a floor do not know each other.
const FLOORS: [&[&str]; 24] = [
    &["model"],
    &[
        "support",
        "addresses",
        "banner",
        "qr_svg",
        "limits",
        "signals",
    ],
    &["http"],
    &["websocket"],
    &["lens"],
    &["net", "auth"],
    &["config"],
    &["store"],
    &["sqlite", "data_dir", "logger"],
    &["history", "history_none"],
    &["cluster"],
    &["chat"],
    &["shared"],
    &["audit"],
    &["authenticate", "metrics", "service"],
    &["echo", "glass", "lab", "tasks", "broken"],
    &["app"],
    &["site", "fuzz"],
    &["connection"],
    &["server"],
    &["terminal_client", "control"],
    &["upkeep"],
    &["main"],
    // Declares the modules. Nobody may reach an item through it.
    &["lib"],
];

/// The name in the table of a path below `src`.
fn room(path: &str) -> &str {
    let first = path.split('/').next().unwrap();
    first.trim_end_matches(".rs")
}

fn floor(path: &str) -> Option<usize> {
    FLOORS.iter().position(|rooms| rooms.contains(&room(path)))
}

/// What is wrong with an arrow.
fn fault(arrow: &Arrow) -> Option<String> {
    let Arrow {
        from,
        to,
        line,
        names,
    } = arrow;
    let (Some(lower), Some(upper)) = (floor(to), floor(from)) else {
        return None; // reported once for the file
    };
    let direction = match lower.cmp(&upper) {
        _ if room(from) == room(to) => return None,
        std::cmp::Ordering::Less => return None,
        std::cmp::Ordering::Equal => "sideways",
        std::cmp::Ordering::Greater => "upwards",
    };
    Some(format!(
        "{direction}: src/{from}:{line} names {names} in src/{to}"
    ))
}

/// Everything that is wrong with the imports of `code`, which has no tests, comments or literals.
fn faults(code: &[Source]) -> Vec<String> {
    let paths = code.iter().map(|source| &source.path["src/".len()..]);
    let homeless = paths.filter(|path| floor(path).is_none());
    let mut found: Vec<String> = homeless
        .map(|path| format!("no floor: src/{path}"))
        .collect();
    let arrows = arrows(code);
    found.extend(arrows.iter().filter_map(fault));
    for circle in circles(&arrows) {
        found.push(format!("circle: {}", circle.join(", ")));
        let inside = |path: &String| circle.contains(&path.as_str());
        let mut links: Vec<&Arrow> = arrows.iter().collect();
        links.retain(|arrow| inside(&arrow.from) && inside(&arrow.to));
        // One of a pair of files is enough to find the others.
        links.dedup_by(|a, b| (&a.from, &a.to) == (&b.from, &b.to));
        found.extend(
            links
                .iter()
                .map(|a| format!("    src/{}:{} names {}", a.from, a.line, a.names)),
        );
    }
    found
}

#[test]
fn every_import_points_to_a_lower_floor_and_no_files_import_each_other_in_a_circle() {
    let code = product_code();
    assert!(arrows(code).len() > 300, "cannot read the imports");
    let faults = faults(code);
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn every_name_in_the_table_of_floors_exists() {
    let code = product_code();
    for name in FLOORS.iter().copied().flatten() {
        let exists = code.iter().any(|s| room(&s.path["src/".len()..]) == *name);
        assert!(exists, "src/{name} has a floor but does not exist");
    }
}

/// The faults of a source tree that is planted here.
fn planted(files: &[(&str, &str)]) -> Vec<String> {
    let source = |(path, text): &(&str, &str)| Source {
        path: format!("src/{path}"),
        text: (*text).to_owned(),
    };
    let mut code = without_tests(files.iter().map(source).collect());
    for source in &mut code {
        source.text = blank(&source.text);
    }
    faults(&code)
}

/// A tree with `text` in `http/head.rs`, which stands between lower and upper floors.
fn in_the_middle(text: &str) -> Vec<String> {
    planted(&[
        ("lib.rs", "pub mod http;\npub mod model;\npub mod site;\n"),
        ("http.rs", "pub mod head;\npub mod origin;\n"),
        ("http/head.rs", text),
        ("http/origin.rs", "pub struct Origin;\n"),
        ("model.rs", "pub mod json;\n"),
        ("model/json.rs", "pub struct Json;\n"),
        ("site.rs", "pub mod pages;\npub struct Site;\n"),
        ("site/pages.rs", "pub struct Page;\n"),
    ])
}

#[test]
fn an_arrow_upwards_is_found_in_every_form_of_path() {
    for text in [
        "use crate::site::pages::Page;",
        "use crate::{model::json::Json, site::{self, pages::{Page}}};",
        "use crate::{\n    model::json,\n    site,\n};",
        "use crate::site as s;\nfn f() { s::pages::page() }",
        "pub use crate::site::pages::Page;",
        "pub(crate) use crate::site::*;",
        "use super::super::site::pages::Page;",
        "use self::super::super::site::Site;",
        "fn f() { crate::site::pages::page() }",
        "fn f(page: &super::super::site::pages::Page) {}",
        "fn f() -> Vec<crate::site::pages::Page> { Vec::new() }",
        "fn f() { g::<crate::site::Site>() }",
        "fn f() { <crate::site::Site as Default>::default() }",
        "mod inner {\n    use super::super::super::site::Site;\n}",
        "fn f() { println!(\"{}\", crate::site::TITLE) }",
        "use glassroom::site::Site;",
        "#[cfg(test)]\nuse crate::model::json::Json;\nuse crate::site::Site;",
        "#[cfg(test)]\nmod tests {\n    fn f() {}\n}\nuse crate::site::Site;",
        "const QUOTE: char = '\"';\nuse crate::site::Site;\nconst OTHER: char = '\"';",
        "const SLASHES: &str = \"//\"; use crate::site::Site;",
    ] {
        let faults = in_the_middle(text);
        let is_found = faults
            .iter()
            .any(|f| f.starts_with("upwards: src/http/head.rs:") && f.contains("crate::site"));
        assert!(is_found, "not found in {text:?}: {faults:?}");
    }
}

#[test]
fn allowed_paths_and_text_that_is_not_code_are_no_fault() {
    for text in [
        "use crate::model::json::Json;",
        "use super::origin::Origin;\nuse super::super::model::json;",
        "use crate::http::origin::Origin;\nfn f() { origin::check() }",
        "use std::{io, site};\nuse site::pages;",
        "use serde::site::Site;",
        "// use crate::site::Site;\n/* crate::site::Site /* nested */ crate::site */",
        "/// See [`crate::site::Site`].\nfn f() {}",
        "const TEXT: &str = \"crate::site::Site\";",
        "const TEXT: &str = r#\"crate::site::\"Site\"\"#;",
        "pub(in crate::http) fn f() {}",
        "#[cfg(test)]\nmod tests {\n    use crate::site::Site;\n}",
        "#[cfg(test)]\npub(crate) mod samples {\n    use crate::site::Site;\n}\nfn f() {}",
        "#[cfg(test)]\nuse crate::site::{Site, pages};",
        "#[cfg(test)]\nfn f<'a, T>(a: &'a T, b: char) { crate::site::f('\\'') }",
        "struct A {\n    #[cfg(test)]\n    site: crate::site::Site,\n    b: u8,\n}",
    ] {
        assert_eq!(in_the_middle(text), [""; 0], "in {text:?}");
    }
}

#[test]
fn the_files_of_test_modules_do_not_count() {
    let upwards = "use crate::site::Site;";
    let head = "#[cfg(test)]\n#[path = \"head_tests.rs\"]\nmod tests;\n#[cfg(test)]\nmod more;\n";
    let tree = planted(&[
        ("lib.rs", ""),
        ("http.rs", ""),
        ("http/head.rs", head),
        ("http/head_tests.rs", upwards),
        ("http/head/more.rs", upwards),
        ("http/head/more/table.rs", upwards),
        ("site.rs", "pub struct Site;"),
    ]);
    assert_eq!(tree, [""; 0]);
}

#[test]
fn a_path_through_a_child_or_the_crates_root_is_found() {
    let faults = planted(&[
        ("lib.rs", "pub use site::Site;"),
        ("http.rs", "mod head;\nfn f() { head::f() }"),
        ("http/head.rs", "fn f() { crate::Site::new() }"),
        ("site.rs", "pub struct Site;"),
    ]);
    assert_eq!(
        faults,
        ["upwards: src/http/head.rs:1 names crate::Site::new in src/lib.rs"]
    );
}

#[test]
fn main_may_name_every_floor_but_nobody_names_main() {
    let faults = planted(&[
        ("lib.rs", ""),
        (
            "main.rs",
            "use glassroom::site::Site;\nfn main() { glassroom::model::f() }\nstruct Failure;\n\
             fn f() { Failure::new() }\nmod a {\n    use crate::Failure;\n}\n\
             mod b {\n    use super::Failure;\n}",
        ),
        ("model.rs", "fn f() { crate::main::g() }"),
        ("site.rs", "pub struct Site;"),
    ]);
    // Not in the library: `crate::main` is an unknown name in its root.
    assert_eq!(
        faults,
        ["upwards: src/model.rs:1 names crate::main::g in src/lib.rs"]
    );
}

#[test]
fn an_arrow_between_folders_of_one_floor_is_found() {
    let faults = planted(&[
        ("lib.rs", ""),
        ("lab.rs", "use crate::tasks::desk;"),
        ("tasks.rs", "pub mod desk;"),
        ("tasks/desk.rs", ""),
    ]);
    assert_eq!(
        faults,
        ["sideways: src/lab.rs:1 names crate::tasks::desk in src/tasks/desk.rs"]
    );
}

#[test]
fn circles_of_two_and_of_three_files_are_found() {
    let faults = planted(&[
        ("lib.rs", "mod chat;\nmod net;"),
        ("chat.rs", "pub mod room;\npub use room::Room;"),
        ("chat/room.rs", "use super::Other;"),
        ("net.rs", "pub mod a;\npub mod b;\npub mod c;\npub mod d;"),
        ("net/a.rs", "fn f() {\n    crate::net::b::g()\n}"),
        ("net/b.rs", "use super::c;"),
        ("net/c.rs", "use crate::net::{a::f, d};"),
        ("net/d.rs", ""),
    ]);
    assert_eq!(
        faults,
        [
            "circle: chat.rs, chat/room.rs",
            "    src/chat.rs:2 names crate::chat::room::Room",
            "    src/chat/room.rs:1 names crate::chat::Other",
            "circle: net/a.rs, net/b.rs, net/c.rs",
            "    src/net/a.rs:2 names crate::net::b::g",
            "    src/net/b.rs:1 names crate::net::c",
            "    src/net/c.rs:1 names crate::net::a::f",
        ]
    );
}

#[test]
fn a_file_without_a_floor_is_found() {
    let faults = planted(&[
        ("lib.rs", "mod attic;"),
        ("attic.rs", "mod box_of_things;\nuse crate::model::json;"),
        ("attic/box_of_things.rs", ""),
        ("model.rs", ""),
    ]);
    assert_eq!(
        faults,
        [
            "no floor: src/attic.rs",
            "no floor: src/attic/box_of_things.rs"
        ]
    );
}
