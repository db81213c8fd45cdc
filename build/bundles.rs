//! Joins modules that are always loaded together into one file, so that a browser asks once.
//!
//! Each module becomes a function that returns what it exports, in the order in which a browser would run
//! them. Their lines stay as they are in the sources, below a line with the name of the file. The modules
//! of the page keep to a few forms of `import` and `export`; any other form is an error of the build.

use std::collections::BTreeMap;

/// The scripts of the page, by their paths below `src/web`, without comments.
pub type Scripts = BTreeMap<String, String>;

/// The modules of one file, in the order in which they run.
pub struct Bundle {
    /// The path that it is served under.
    pub path: String,
    pub modules: Vec<String>,
}

/// The path below `src/web` of what a file imports.
pub fn resolve(file: &str, import: &str) -> String {
    let mut parts: Vec<&str> = file.split('/').collect();
    parts.pop();
    for part in import.split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            name => parts.push(name),
        }
    }
    parts.join("/")
}

/// The name of a module in a bundle.
fn name(path: &str) -> String {
    let plain = path.trim_end_matches(".js").replace(['/', '-'], "_");
    format!("${plain}")
}

/// An import of one line: the names, as in the source, and the path below `src/web`.
pub fn import<'a>(file: &str, line: &'a str) -> Option<(&'a str, String)> {
    let rest = line.strip_prefix("import ")?;
    let (names, path) = rest.rsplit_once('\'')?.0.rsplit_once('\'')?;
    let names = names.trim().trim_end_matches("from").trim();
    Some((names, resolve(file, path)))
}

/// The modules that `entry` needs at once, each after what it needs, and itself at the end.
pub fn order(scripts: &Scripts, entry: &str, done: &mut Vec<String>) -> Result<(), String> {
    if done.iter().any(|known| known == entry) {
        return Ok(());
    }
    let text = scripts
        .get(entry)
        .ok_or_else(|| format!("there is no {entry}"))?;
    for (_, path) in text.lines().filter_map(|line| import(entry, line)) {
        order(scripts, &path, done)?;
    }
    done.push(entry.to_owned());
    Ok(())
}

/// The names of an import as a pattern that takes them out of a module's object.
fn pattern(names: &str) -> Option<String> {
    if let Some(list) = names
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'))
    {
        return Some(format!("{{{}}}", list.replace(" as ", ": ")));
    }
    let plain = names.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    plain.then(|| format!("{{ default: {names} }}"))
}

/// What the line exports, and the line without `export`.
fn export(line: &str) -> Option<(&str, String)> {
    let rest = line.strip_prefix("export ")?;
    if let Some(value) = rest.strip_prefix("default ") {
        return Some(("default: $default", format!("const $default = {value}")));
    }
    let named = ["const ", "class ", "function ", "async function "];
    let after = named.iter().find_map(|word| rest.strip_prefix(word))?;
    let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let name = &after[..end.unwrap_or(after.len())];
    (!name.is_empty()).then(|| (name, rest.to_owned()))
}

/// The text of a module, and what it exports. `home` finds the bundle of another module: then the import is
/// from there, or, in the bundle itself (`own`), a name of it. Imports from bundles are added to `outside`.
fn body(
    path: &str,
    text: &str,
    own: &str,
    home: &dyn Fn(&str) -> Option<String>,
    outside: &mut Vec<(String, String)>,
) -> Result<(String, Vec<String>), String> {
    let (mut out, mut exports) = (String::new(), Vec::new());
    for line in text.lines() {
        let wrong = || format!("{path}: no form that a bundle takes: {line}");
        if line.starts_with("import ") {
            let (names, from) = import(path, line).ok_or_else(wrong)?;
            match home(&from) {
                Some(bundle) => {
                    if bundle != own {
                        outside.push((bundle, name(&from)));
                    }
                    if !names.is_empty() {
                        let pattern = pattern(names).ok_or_else(wrong)?;
                        out += &format!("const {pattern} = {};", name(&from));
                    }
                }
                None if own.is_empty() => out += line,
                None => return Err(format!("{path}: {from} is in no bundle")),
            }
        } else if line.starts_with("export ") && !own.is_empty() {
            let (name, line) = export(line).ok_or_else(wrong)?;
            exports.push(name.to_owned());
            out += &line;
        } else {
            out += line;
        }
        out.push('\n');
    }
    Ok((out, exports))
}

/// Lines that import modules from their bundles, seen from `file`.
fn imports(file: &str, mut outside: Vec<(String, String)>) -> String {
    outside.sort();
    outside.dedup();
    let up = "../".repeat(file.matches('/').count());
    let line =
        |(bundle, name): &(String, String)| format!("import {{ {name} }} from '{up}{bundle}';\n");
    outside.iter().map(line).collect()
}

/// The text of a bundle, and the exports of each of its modules. It exports the object of every module.
pub fn join(
    scripts: &Scripts,
    bundle: &Bundle,
    home: &dyn Fn(&str) -> Option<String>,
) -> Result<(String, BTreeMap<String, Vec<String>>), String> {
    let (mut outside, mut text, mut all) = (Vec::new(), String::new(), BTreeMap::new());
    for path in &bundle.modules {
        let source = scripts
            .get(path)
            .ok_or_else(|| format!("there is no {path}"))?;
        let (body, exports) = body(path, source, &bundle.path, home, &mut outside)?;
        let object = exports.join(", ");
        text += &format!(
            "\n// ---- {path}\nconst {} = (() => {{\n{body}return {{ {object} }};\n}})();\n",
            name(path)
        );
        all.insert(path.clone(), exports);
    }
    let names: Vec<_> = bundle.modules.iter().map(|path| name(path)).collect();
    let text = format!(
        "{}{text}export {{ {} }};\n",
        imports(&bundle.path, outside),
        names.join(", ")
    );
    Ok((text, all))
}

/// What stands for a module that is in a bundle, for those that import it by its own name.
pub fn stub(path: &str, bundle: &str, exports: &[String]) -> String {
    let (default, named): (Vec<_>, Vec<_>) = exports
        .iter()
        .partition(|name| name.starts_with("default:"));
    let named: Vec<&str> = named.iter().map(|name| name.as_str()).collect();
    let mut text = imports(path, vec![(bundle.to_owned(), name(path))]);
    text += &format!(
        "export const {{ {} }} = {};\n",
        named.join(", "),
        name(path)
    );
    if !default.is_empty() {
        text += &format!("export default {}.default;\n", name(path));
    }
    text
}

/// A module that is in no bundle: its imports of others that are come from there at once. They stand at its end,
/// so that its lines keep their numbers.
pub fn alone(
    path: &str,
    text: &str,
    home: &dyn Fn(&str) -> Option<String>,
) -> Result<String, String> {
    let mut outside = Vec::new();
    let (text, _) = body(path, text, "", home, &mut outside)?;
    Ok(text + &imports(path, outside))
}
