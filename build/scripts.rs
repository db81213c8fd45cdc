//! Joins the modules that a page loads together into one file, so that a browser asks once.
//!
//! There each module is a function that runs once and puts what it exports into `$m`, under its path, after those
//! that it imports from. The modules of the page keep to a few forms of `import` and `export`, in a line of their
//! own; any other form is an error of the build.

use std::collections::BTreeMap;

/// The files of the pages, by their paths below `src/web`.
pub type Files = BTreeMap<String, String>;

/// The path below `src/web` of what a file imports.
fn resolve(file: &str, import: &str) -> String {
    let mut parts: Vec<&str> = file.split('/').collect();
    parts.pop();
    for part in import.split('/').filter(|part| *part != ".") {
        match part {
            ".." => drop(parts.pop()),
            name => parts.push(name),
        }
    }
    parts.join("/")
}

/// The names of an import, as in the source, and the path below `src/web`.
fn import<'a>(file: &str, line: &'a str) -> Option<(&'a str, String)> {
    let rest = line.strip_prefix("import ")?.strip_suffix("';")?;
    let (names, path) = rest.split_once('\'')?;
    Some((names.trim_end_matches("from ").trim(), resolve(file, path)))
}

/// Adds the modules that run when `entry` is loaded, in their order: itself at the end. (No modules import
/// each other in a circle, `tests/it/tidy_web.rs`.)
pub fn order(files: &Files, entry: &str, found: &mut Vec<String>) -> Result<(), String> {
    if found.iter().any(|known| known == entry) {
        return Ok(());
    }
    let text = files.get(entry).ok_or(format!("there is no {entry}"))?;
    for (_, path) in text.lines().filter_map(|line| import(entry, line)) {
        order(files, &path, found)?;
    }
    found.push(entry.to_owned());
    Ok(())
}

/// A line that takes the names of an import from `$m`.
fn taken(names: &str, from: &str) -> Option<String> {
    let list = names
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'));
    let pattern = match list {
        Some(list) => list.replace(" as ", ": "),
        None if names.is_empty() => return Some(String::new()),
        None if names.chars().all(char::is_alphanumeric) => format!(" default: {names} "),
        None => return None,
    };
    Some(format!("const {{{pattern}}} = $m['{from}'];"))
}

/// What a line exports, and the line without `export`.
fn exported(line: &str) -> Option<(&str, String)> {
    let rest = line.strip_prefix("export ")?;
    if let Some(value) = rest.strip_prefix("default ") {
        return Some(("default: $default", format!("const $default = {value}")));
    }
    let kinds = ["const ", "class ", "function ", "async function "];
    let after = kinds.iter().find_map(|kind| rest.strip_prefix(kind))?;
    let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_')?;
    (end > 0).then(|| (&after[..end], rest.to_owned()))
}

/// A line in which `import('…')` names the whole path. What it loads later is added to `entries`.
fn later(path: &str, line: &str, entries: &mut Vec<String>) -> String {
    let mut parts = line.split("import('");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (import, rest) = part.split_once('\'').unwrap_or((part, ""));
        entries.push(resolve(path, import));
        out += &format!("import('/assets/{}'{rest}", resolve(path, import));
    }
    out
}

/// A module as a function, and the names that it exports. What it loads later is added to `entries`.
fn function(path: &str, text: &str, entries: &mut Vec<String>) -> Result<(String, String), String> {
    let (mut out, mut names) = (String::new(), Vec::new());
    for line in text.lines() {
        let wrong = || format!("{path}: no form that can be joined: {line}");
        if line.contains("import.meta") {
            return Err(wrong());
        }
        if line.starts_with("import ") {
            let (names, from) = import(path, line).ok_or_else(wrong)?;
            out += &taken(names, &from).ok_or_else(wrong)?;
        } else if line.starts_with("export ") {
            let (name, line) = exported(line).ok_or_else(wrong)?;
            names.push(name);
            out += &later(path, &line, entries);
        } else {
            out += &later(path, line, entries);
        }
        out.push('\n');
    }
    let names = names.join(", ");
    let text =
        format!("$m['{path}'] = $m['{path}'] || (() => {{\n{out}return {{ {names} }};\n}})();\n");
    Ok((text, names))
}

/// One file of these modules. It exports what the last one does, if that has its path.
pub fn join(
    files: &Files,
    file: &str,
    modules: &[String],
    entries: &mut Vec<String>,
) -> Result<String, String> {
    let mut out = "globalThis.$m = globalThis.$m || {};\n".to_owned();
    for path in modules {
        let (text, names) = function(path, &files[path], entries)?;
        out += &text;
        if path == file {
            out += &format!("export const {{ {names} }} = $m['{path}'];\n");
        }
    }
    Ok(out)
}
