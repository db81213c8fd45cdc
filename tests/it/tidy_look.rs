//! The look of the pages, as a test: colours and fonts are defined once, in `src/web/base/style.css`.

use crate::tidy::sources;

/// The only style that may name colours and fonts.
const TOKENS: &str = "src/web/base/style.css";

/// Lines elsewhere that may: what the colour of an avatar is says nothing, and each is the same in the dark.
const EXCEPTIONS: [(&str, &str); 2] = [
    ("src/web/page/avatar.css", ".avatar {"),
    ("src/web/page/avatar.css", ".colour-"),
];

/// Words of a style that name a colour or a font instead of a variable.
const NAMES: [&str; 9] = [
    "rgb(",
    "rgba(",
    "hsl(",
    "hsla(",
    "system-ui",
    "monospace",
    "sans-serif",
    "ui-mono",
    "serif;",
];

/// Whether a declaration has a colour in hexadecimal. What is before the brace is a selector with ids.
fn has_hex(line: &str) -> bool {
    let inside = line.rsplit_once('{').map_or(line, |(_, inside)| inside);
    let value = inside.split_once(':').map_or("", |(_, value)| value);
    value.split('#').skip(1).any(|rest| {
        let digits = rest.chars().take_while(char::is_ascii_hexdigit).count();
        let next = rest[digits..].chars().next();
        [3, 4, 6, 8].contains(&digits) && next.is_none_or(|c| !c.is_alphanumeric())
    })
}

fn names_a_font(line: &str) -> bool {
    let families = line.split("font-family:").skip(1);
    families
        .map(|rest| rest.trim_start())
        .any(|family| !family.starts_with("var(") && !family.starts_with("inherit"))
}

/// The lines of a style that name colours or fonts themselves.
fn named(text: &str) -> Vec<&str> {
    text.lines()
        .filter(|line| {
            has_hex(line) || names_a_font(line) || NAMES.iter().any(|name| line.contains(name))
        })
        .collect()
}

#[test]
fn colours_and_fonts_are_defined_once() {
    let styles = sources("src/web", &["css"]);
    assert!(styles.len() > 8);
    let mut problems = Vec::new();
    for style in styles.iter().filter(|style| style.path != TOKENS) {
        for line in named(&style.text) {
            let allowed = EXCEPTIONS
                .iter()
                .any(|(path, start)| style.path == *path && line.trim_start().starts_with(start));
            if !allowed {
                problems.push(format!("{}: {line}", style.path));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn the_checker_sees_planted_colours_and_fonts() {
    let wrong = [
        "a { color: #123; }",
        "a { background: #a1b2c3d4 }",
        "a { box-shadow: 0 0 1px rgba(0, 0, 0, .5); }",
        "a { font: 14px/20px Georgia, serif; }",
        "a { font-family: Georgia; }",
        "a { font: 1rem ui-monospace; }",
    ];
    for line in wrong {
        assert_eq!(named(line), [line]);
    }
    let right =
        "#abc .x { color: var(--ink); font-family: var(--mono); }\n#add { font: var(--t14); }";
    assert!(named(right).is_empty());
}

/// The colours of a block that begins with `start`.
fn block(text: &str, start: &str) -> Vec<String> {
    let rest = text.split_once(start).unwrap().1;
    let inside = rest.split_once('}').unwrap().0;
    inside
        .lines()
        .map(|line| line.trim().to_owned())
        .filter(|line| line.starts_with("--") || line.starts_with("color-scheme"))
        .collect()
}

#[test]
fn without_a_script_the_dark_colours_are_the_same() {
    let styles = sources("src/web/base", &["css"]);
    let style = styles.iter().find(|style| style.path == TOKENS).unwrap();
    let chosen = block(&style.text, "html[data-theme=dark] {");
    assert!(chosen.len() > 20);
    assert_eq!(chosen, block(&style.text, "html[data-theme=\"\"] {"));
}

#[test]
fn every_page_has_the_same_header() {
    let mut pages = sources("src/web", &["html"]);
    // From the wall nothing leads on: it stands on a projector.
    pages.retain(|page| !page.path.ends_with("wall.html"));
    pages.extend(
        sources("src/learn", &["html"])
            .into_iter()
            .filter(|page| page.path.ends_with("shell.html")),
    );
    assert_eq!(pages.len(), 4);
    for page in pages {
        for part in [
            "/assets/base/header.css",
            "class=\"icon mark\" aria-hidden=\"true\"><use href=\"/assets/base/icons.svg#mark\"/></svg>",
            "class=\"pages\"",
            "href=\"/lab\"",
            "href=\"/task\"",
            "aria-current=",
        ] {
            assert!(page.text.contains(part), "{}: {part}", page.path);
        }
    }
}
