//! What the build leaves out of the files of `src/web`, and what it adds to a page: its words, and one stylesheet.

use std::collections::BTreeMap;

/// A catalogue, by its keys.
pub type Words = BTreeMap<String, String>;

/// The text without blanks around its lines, empty lines, and comments that fill whole lines.
/// (`tests/it/bundles.rs` has the rules that make this safe.)
pub fn lean(text: &str) -> String {
    let (mut end, mut out) = (None, String::new());
    for line in text.lines().map(str::trim) {
        let comments = [("/*", "*/"), ("<!--", "-->"), ("//", "")];
        let begun = comments.iter().find(|(start, _)| line.starts_with(start));
        let comment = end.or(begun.map(|(_, end)| *end));
        if comment.is_none() && !line.is_empty() {
            out += line;
            out.push('\n');
        }
        end = comment.filter(|end| !line.ends_with(end));
    }
    out
}

/// The key and the word of a line of a catalogue.
pub fn word(line: &str) -> Option<(String, String)> {
    let (key, word) = line
        .strip_prefix('"')?
        .strip_suffix("\",")?
        .split_once("\": \"")?;
    let word = word.replace("\\\"", "\"").replace("\\\\", "\\");
    Some((key.to_owned(), word))
}

/// Fills in the text of elements that have `data-t` and nothing inside, `aria-label` and `placeholder`. The
/// script does the same again, in the language that the person chose.
pub fn filled(text: &str, words: &Words) -> String {
    let escaped = |key: &str| {
        let word = words.get(key).map_or("", String::as_str);
        let word = word.replace('&', "&amp;").replace('<', "&lt;");
        word.replace('>', "&gt;").replace('"', "&quot;")
    };
    let mut parts = text.split(" data-t");
    let mut out = parts.next().unwrap_or_default().to_owned();
    // The text comes behind the tag, which may have another such attribute.
    let mut inside = String::new();
    for part in parts {
        let (name, rest) = part.split_once("=\"").unwrap_or((part, ""));
        let (key, rest) = rest.split_once('"').unwrap_or((rest, ""));
        out += &format!(" data-t{name}=\"{key}\"");
        match name {
            "" => inside = escaped(key),
            "-label" => out += &format!(" aria-label=\"{}\"", escaped(key)),
            "-hint" => out += &format!(" placeholder=\"{}\"", escaped(key)),
            _ => {}
        }
        match rest.split_once('>') {
            Some((tag, rest)) => out += &format!("{tag}>{}{rest}", std::mem::take(&mut inside)),
            None => out += rest,
        }
    }
    out
}

/// The stylesheets of a page, and the page with one in their place.
pub fn one_style(text: &str, address: &str) -> (Vec<String>, String) {
    let start = "<link rel=\"stylesheet\" href=\"/assets/";
    let (links, others): (Vec<&str>, Vec<&str>) =
        text.lines().partition(|line| line.starts_with(start));
    let sheet = |line: &&str| {
        line.trim_start_matches(start)
            .trim_end_matches("\">")
            .to_owned()
    };
    let link = format!("{start}{address}\">\n</head>");
    (
        links.iter().map(sheet).collect(),
        others.join("\n").replacen("</head>", &link, 1),
    )
}
