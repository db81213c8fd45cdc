//! What the build adds to a page of `src/web`: its words, one stylesheet, and links to the modules that it
//! loads at once.

use std::collections::BTreeMap;

/// Leaves out comments, which are for those who read the source.
pub fn without_comments(text: &str) -> String {
    let mut parts = text.split("<!--");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.split_once("-->").map_or("", |(_, rest)| rest);
        out += rest.strip_prefix('\n').unwrap_or(rest);
    }
    out
}

/// The words of a catalogue, which has one in each line.
pub fn words(catalogue: &str) -> BTreeMap<String, String> {
    let entry = |line: &str| {
        let (key, value) = line.trim().strip_prefix('"')?.split_once("\": \"")?;
        let value = value.strip_suffix("\",")?;
        let value = value.replace("\\\"", "\"").replace("\\\\", "\\");
        Some((key.to_owned(), value))
    };
    catalogue.lines().filter_map(entry).collect()
}

fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('>', "&gt;").replace('"', "&quot;")
}

/// Fills in the text of elements that have `data-t` and nothing inside, `aria-label` and `placeholder`. The
/// script does the same again, in the language that the person chose.
pub fn filled(text: &str, words: &BTreeMap<String, String>) -> String {
    let mut out = text.to_owned();
    for (attribute, set) in [
        ("data-t-label", "aria-label"),
        ("data-t-hint", "placeholder"),
    ] {
        for (key, word) in words {
            let named = format!("{attribute}=\"{key}\"");
            out = out.replace(&named, &format!("{named} {set}=\"{}\"", escaped(word)));
        }
    }
    for (key, word) in words {
        let named = format!("data-t=\"{key}\"");
        let mut parts = out.split(&*named);
        let mut next = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (tag, rest) = part.split_once('>').unwrap_or((part, ""));
            next += &format!("{named}{tag}>{}{rest}", escaped(word));
        }
        out = next;
    }
    out
}

/// The addresses of the stylesheets below `/assets/`, and the page with one link in their place.
pub fn one_style(text: &str, address: &str) -> (Vec<String>, String) {
    let start = "  <link rel=\"stylesheet\" href=\"/assets/";
    let (mut sheets, mut out) = (Vec::new(), String::new());
    for line in text.lines() {
        match line
            .strip_prefix(start)
            .and_then(|rest| rest.strip_suffix("\">"))
        {
            Some(sheet) => {
                if sheets.is_empty() {
                    out += &format!("{start}{address}\">\n");
                }
                sheets.push(sheet.to_owned());
            }
            None => out += &format!("{line}\n"),
        }
    }
    (sheets, out)
}

/// Adds links for modules that the browser will need, before the first script that is one.
pub fn preloaded(text: &str, modules: &[String]) -> String {
    let links: String = modules
        .iter()
        .map(|path| format!("  <link rel=\"modulepreload\" href=\"/assets/{path}\">\n"))
        .collect();
    let first = "  <script type=\"module\"";
    text.replacen(first, &format!("{links}{first}"), 1)
}
