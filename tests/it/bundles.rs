//! What joins the modules of the page when it is built (`build/bundles.rs`).

#[path = "../../build/comments.rs"]
mod comments;
#[path = "../../build/bundles.rs"]
mod joining;

use comments::{without_comments, without_indents};
use joining::{Bundle, Scripts, alone, join, order, stub};

fn scripts() -> Scripts {
    let files = [
        (
            "base/dom.js",
            "export const make = (n) => n + 1;\nexport class Box {}\n",
        ),
        ("base/en.js", "export default {\n  \"a\": \"b\",\n};\n"),
        (
            "page/a.js",
            "import { make as made, Box } from '../base/dom.js';\nimport words from '../base/en.js';\nimport './b.js';\nexport async function go() { return import('./late.js'); }\n",
        ),
        (
            "page/b.js",
            "import { make } from '../base/dom.js';\nmake(1);\n",
        ),
        (
            "page/late.js",
            "import { go } from './a.js';\nexport function late() { go(); }\n",
        ),
    ];
    files
        .map(|(path, text)| (path.to_owned(), text.to_owned()))
        .into()
}

fn home(path: &str) -> Option<String> {
    let (folder, name) = path.split_once('/')?;
    (name != "late.js").then(|| format!("{folder}/all.js"))
}

#[test]
fn modules_run_after_what_they_need_and_once() {
    let mut found = Vec::new();
    order(&scripts(), "page/a.js", &mut found).unwrap();
    assert_eq!(
        found,
        ["base/dom.js", "base/en.js", "page/b.js", "page/a.js"]
    );
    order(&scripts(), "page/b.js", &mut found).unwrap();
    assert_eq!(found.len(), 4);
    assert!(order(&scripts(), "page/gone.js", &mut found).is_err());
}

#[test]
fn a_bundle_has_the_lines_of_its_modules_and_takes_the_others_from_theirs() {
    let bundle = Bundle {
        path: "page/all.js".into(),
        modules: vec!["page/b.js".into(), "page/a.js".into()],
    };
    let (text, exports) = join(&scripts(), &bundle, &home).unwrap();
    assert_eq!(
        text,
        "import { $base_dom } from '../base/all.js';
import { $base_en } from '../base/all.js';

// ---- page/b.js
const $page_b = (() => {
const { make } = $base_dom;
make(1);
return {  };
})();

// ---- page/a.js
const $page_a = (() => {
const { make: made, Box } = $base_dom;
const { default: words } = $base_en;

async function go() { return import('./late.js'); }
return { go };
})();
export { $page_b, $page_a };
"
    );
    assert_eq!(exports["page/a.js"], ["go"]);
    let base = Bundle {
        path: "base/all.js".into(),
        modules: vec!["base/dom.js".into(), "base/en.js".into()],
    };
    let (text, exports) = join(&scripts(), &base, &home).unwrap();
    assert!(
        text.contains("class Box {}\nreturn { make, Box };"),
        "{text}"
    );
    assert!(text.contains("const $default = {\n"), "{text}");
    assert_eq!(exports["base/en.js"], ["default: $default"]);
}

#[test]
fn modules_of_a_bundle_can_still_be_imported_by_their_own_names() {
    let names = ["make".to_owned(), "Box".to_owned()];
    assert_eq!(
        stub("base/dom.js", "base/all.js", &names),
        "import { $base_dom } from '../base/all.js';\nexport const { make, Box } = $base_dom;\n"
    );
    let text = stub(
        "base/en.js",
        "base/all.js",
        &["default: $default".to_owned()],
    );
    assert!(
        text.ends_with("export default $base_en.default;\n"),
        "{text}"
    );
    let late = &scripts()["page/late.js"];
    assert_eq!(
        alone("page/late.js", late, &home).unwrap(),
        "const { go } = $page_a;\nexport function late() { go(); }\nimport { $page_a } from '../page/all.js';\n"
    );
}

#[test]
fn a_form_that_cannot_be_joined_exactly_stops_the_build() {
    for line in [
        "export let n = 1;",
        "export { make };",
        "export * from './b.js';",
        "import * as all from '../base/dom.js';",
        "import {",
        "import { x } from './late.js';",
    ] {
        let mut scripts = scripts();
        scripts.insert("page/a.js".into(), format!("{line}\n"));
        let bundle = Bundle {
            path: "page/all.js".into(),
            modules: vec!["page/a.js".into()],
        };
        assert!(join(&scripts, &bundle, &home).is_err(), "{line}");
    }
}

#[test]
fn comments_go_and_lines_stay() {
    let text =
        "// one\ncode(); // kept\n/** two\n    lines */\n  indented('// no');\nconst mark = '`';\n";
    let plain = without_comments("x.js", text).unwrap();
    assert_eq!(
        plain,
        "\ncode(); // kept\n\n\n  indented('// no');\nconst mark = '`';\n"
    );
    assert_eq!(without_indents("  a\n\n\tb\n"), "a\n\nb\n");
    assert!(without_comments("x.js", "const text = `two\n// lines`;\n").is_err());
    assert!(without_comments("x.js", "/* a */ b();\n").is_err());
}
