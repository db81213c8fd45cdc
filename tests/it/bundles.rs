//! What joins the modules of the page when it is built (`build/scripts.rs`), and what makes it lean (`build/html.rs`).

#[path = "../../build/html.rs"]
mod html;
#[path = "../../build/scripts.rs"]
mod scripts;

use html::{Words, filled, lean, one_style, word};
use scripts::{Files, join, order};

use crate::tidy::sources;

fn files() -> Files {
    let files = [
        (
            "base/dom.js",
            "export const make = (n) => n + 1;\nexport class Box {}\n",
        ),
        ("base/en.js", "export default {\n\"a\": \"b\",\n};\n"),
        (
            "page/a.js",
            "import { make as made, Box } from '../base/dom.js';\nimport words from '../base/en.js';\n\
             import './b.js';\nexport async function go() { return import('./late.js'); }\n",
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

#[test]
fn modules_run_after_what_they_need_and_once() {
    let mut found = Vec::new();
    order(&files(), "page/a.js", &mut found).unwrap();
    let all = ["base/dom.js", "base/en.js", "page/b.js", "page/a.js"];
    assert_eq!(found, all);
    order(&files(), "page/b.js", &mut found).unwrap();
    assert_eq!(found, all);
    assert!(order(&files(), "page/gone.js", &mut found).is_err());
}

#[test]
fn a_module_in_a_file_of_several_takes_what_it_imports_from_the_others() {
    let (modules, mut later) = (["page/b.js".into(), "page/a.js".into()], Vec::new());
    let text = join(&files(), "page/a.js", &modules, &mut later).unwrap();
    assert_eq!(
        text,
        "globalThis.$m = globalThis.$m || {};
$m['page/b.js'] = $m['page/b.js'] || (() => {
const { make } = $m['base/dom.js'];
make(1);
return {  };
})();
$m['page/a.js'] = $m['page/a.js'] || (() => {
const { make: made, Box } = $m['base/dom.js'];
const { default: words } = $m['base/en.js'];

async function go() { return import('/assets/page/late.js'); }
return { go };
})();
export const { go } = $m['page/a.js'];
"
    );
    assert_eq!(later, ["page/late.js"]);
    let modules = ["base/dom.js".into(), "base/en.js".into()];
    let text = join(&files(), "page/all.js", &modules, &mut later).unwrap();
    assert!(text.contains("class Box {}\nreturn { make, Box };"));
    assert!(text.contains("const $default = {\n\"a\""));
    assert!(text.contains("return { default: $default };"));
}

#[test]
fn a_form_that_cannot_be_joined_exactly_stops_the_build() {
    for line in [
        "export let n = 1;",
        "export { make };",
        "export * from './b.js';",
        "import * as all from '../base/dom.js';",
        "import {",
        "const here = import.meta.url;",
    ] {
        let mut files = files();
        files.insert("page/a.js".into(), format!("{line}\n"));
        let joined = join(&files, "page/a.js", &["page/a.js".into()], &mut Vec::new());
        assert!(joined.is_err(), "{line}");
    }
}

#[test]
fn comments_and_blanks_go() {
    let text = "// one\ncode(); // kept\n/** two\n    lines */\n\n  indented('// no');\n<!-- a\n b -->\n<p>\n";
    assert_eq!(lean(text), "code(); // kept\nindented('// no');\n<p>\n");
}

#[test]
fn the_files_of_the_pages_have_no_form_that_a_lean_file_would_lose() {
    for source in sources("src/web", &["js", "css", "html"]) {
        let mut end = None;
        for line in source.text.lines().map(str::trim) {
            let comments = [("/*", "*/"), ("<!--", "-->"), ("//", "")];
            let begun = comments.iter().find(|(start, _)| line.starts_with(start));
            let comment: Option<&str> = end.or(begun.map(|(_, end)| *end));
            // Marks in quotes and patterns are no templates.
            let last = line.rsplit_once('`').map_or("", |(before, _)| before);
            let begins =
                last.is_empty() || last.ends_with([' ', '(', '=', ',', ':', '[', '?', '+', '{']);
            let open = comment.is_none() && line.matches('`').count() % 2 == 1 && begins;
            let code = comment.is_some_and(|end| line.contains(end) && !line.ends_with(end));
            assert!(
                !open,
                "{}: a template of several lines: {line}",
                source.path
            );
            assert!(!code, "{}: code after a comment: {line}", source.path);
            end = comment.filter(|end| !line.ends_with(end));
        }
    }
}

#[test]
fn a_page_gets_its_words_and_one_stylesheet() {
    let words: Words = [r#""a": "<\"A\">","#, r#""b": "B","#]
        .iter()
        .filter_map(|line| word(line))
        .collect();
    let page = "<p data-t=\"a\" data-t-label=\"b\"></p><input data-t-hint=\"b\">";
    assert_eq!(
        filled(page, &words),
        "<p data-t=\"a\" data-t-label=\"b\" aria-label=\"B\">&lt;&quot;A&quot;&gt;</p>\
         <input data-t-hint=\"b\" placeholder=\"B\">"
    );
    let link = |name| format!("<link rel=\"stylesheet\" href=\"/assets/{name}\">\n");
    let page = format!("<head>\n{}{}</head>", link("a.css"), link("b.css"));
    let (sheets, text) = one_style(&page, "all.css");
    assert_eq!(sheets, ["a.css", "b.css"]);
    assert_eq!(text, format!("<head>\n{}</head>", link("all.css")));
}
