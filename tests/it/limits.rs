//! `docs/limits.md` says what the table of bounds, the constants and `chat.toml` say, and no bound is
//! missing in the table.
//!
//! To write the document again: `GLASSROOM_WRITE_DOCS=1 cargo test --test it limits`.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use glassroom::limits::{LIMITS, Limit};

/// Keys with a number, a size or a time that bound nothing that others make grow, with the reason.
const NO_BOUNDS: &[(&str, &str)] = &[
    ("history.gather", "a pace"),
    ("history.edit_window", "a right, not a bound on growth"),
    ("presence.tick", "a pace"),
    ("cluster.replicas", "how many copies a message has"),
];

/// Constants called `MAX_…` that bound nothing that others make grow, with the reason.
const NO_GROWTH: &[(&str, &str)] = &[
    ("addresses.rs MAX_SHOWN", "of the server's own addresses"),
    ("auth/secret.rs MAX_LEN", "of the operator's file"),
    ("auth/names.rs MAX_BASES", "a rule of names"),
    ("chat/refs.rs MAX_ALL_REFS", "what fits into REF_MEMORY"),
    ("config/kinds.rs MAX", "of the operator's file"),
    ("config/sections.rs MAX_HISTORY", "of the operator's file"),
    ("fuzz/", "of a test"),
    ("model/characters.rs MAX_TAGS", "a rule of names"),
    ("model/zone.rs MAX_OFFSET", "a rule of time zones"),
    ("sqlite/wal.rs MAX_PAGE", "a rule of SQLite"),
    ("echo.rs MAX_SILENT_INTERVALS", "a part of the heartbeat"),
    ("http/head_reader.rs MAX_EMPTY_LINES", "a rule of HTTP"),
    (
        "http/head_reader.rs MAX_REQUEST_LINE",
        "the target and its frame",
    ),
    ("net/client.rs MAX_SLICES", "of one system call"),
    ("websocket/frame.rs MAX_CONTROL", "a rule of RFC 6455"),
    ("websocket/frame.rs MAX_REASON", "a rule of RFC 6455"),
    ("websocket/frame_header.rs MAX_HEADER", "a rule of RFC 6455"),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A constant as it stands in the source: its type and its value.
type Constants = BTreeMap<String, (String, String)>;

fn files(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            found.push(path);
        }
    }
}

/// Every constant of the product that has a number, by file and name.
fn constants() -> Constants {
    let src = root().join("src");
    let mut paths = Vec::new();
    files(&src, &mut paths);
    let mut constants = Constants::new();
    for path in paths {
        let name = path.strip_prefix(&src).unwrap().to_str().unwrap();
        let text = fs::read_to_string(&path).unwrap();
        let product = text.split("#[cfg(test)]\nmod ").next().unwrap();
        if name.contains("tests") || name.ends_with("_model.rs") {
            continue;
        }
        for declaration in product.split("const ").skip(1) {
            let Some((head, rest)) = declaration.split_once(" = ") else {
                continue;
            };
            let (Some((constant, kind)), Some(end)) = (head.split_once(": "), rest.find(";\n"))
            else {
                continue;
            };
            let numeric = [
                "usize",
                "u64",
                "u32",
                "u16",
                "u8",
                "i64",
                "i32",
                "f64",
                "Millis",
                "Duration",
                "RateLimit",
                "Pace",
                "Bounds",
            ];
            if numeric.contains(&kind)
                && constant
                    .chars()
                    .all(|c| c.is_ascii_uppercase() || c == '_' || c.is_ascii_digit())
            {
                let key = format!("{name} {constant}");
                constants.insert(key, (kind.to_owned(), rest[..end].to_owned()));
            }
        }
    }
    constants
}

/// The value of a simple expression; `None`: it is not simple.
fn value(expression: &str, file: &str, constants: &Constants) -> Option<f64> {
    let text = expression.trim();
    let inside = |open: &str| text.strip_prefix(open)?.strip_suffix(')');
    for (open, factor) in [
        ("Duration::from_secs(", 1000.0),
        ("Duration::from_millis(", 1.0),
        ("Duration::from_micros(", 0.001),
    ] {
        if let Some(inner) = inside(open).filter(|inner| !inner.contains(')')) {
            return Some(value(inner, file, constants)? * factor);
        }
    }
    if let Some((inner, after)) = text.strip_prefix('(').and_then(|rest| rest.split_once(')')) {
        let inner = value(inner, file, constants)?;
        return value(&format!("{inner}{after}"), file, constants);
    }
    for (sign, apply) in [
        (" << ", (|a, b| a * 2_f64.powf(b)) as fn(f64, f64) -> f64),
        (" + ", |a, b| a + b),
        (" * ", |a, b| a * b),
        (" / ", |a, b| a / b),
    ] {
        if let Some((left, right)) = text.rsplit_once(sign) {
            let (left, right) = (value(left, file, constants), value(right, file, constants));
            return Some(apply(left?, right?));
        }
    }
    if let Ok(number) = text.replace('_', "").parse() {
        return Some(number);
    }
    let here = constants.get(&format!("{file} {text}"));
    let there = || {
        // `marks::MOST` is in `model/marks.rs`.
        let end = match text.rsplit_once("::") {
            Some((module, name)) => format!("{module}.rs {name}"),
            None => format!(" {text}"),
        };
        let mut named = constants.iter().filter(|(key, _)| key.ends_with(&end));
        named.next().map(|(_, found)| found)
    };
    let (_, expression) = here.or_else(there)?;
    value(expression, file, constants)
}

fn counted(number: f64) -> String {
    let digits = format!("{number}");
    let Ok(whole) = digits.parse::<u64>() else {
        return digits;
    };
    let digits = whole.to_string();
    let groups = digits.as_bytes().rchunks(3).rev();
    let groups: Vec<&str> = groups
        .map(|group| std::str::from_utf8(group).unwrap())
        .collect();
    groups.join(",")
}

fn size(bytes: f64) -> String {
    let units = [(1024.0 * 1024.0, "MiB"), (1024.0, "KiB")];
    let unit = units
        .iter()
        .find(|(unit, _)| bytes >= *unit && bytes % unit == 0.0);
    let (unit, name) = unit.copied().unwrap_or((1.0, "bytes"));
    format!("{} {name}", counted(bytes / unit))
}

fn time(millis: f64) -> String {
    let units = [(3_600_000.0, "h"), (60_000.0, "min"), (1000.0, "s")];
    let unit = units
        .iter()
        .find(|(unit, _)| millis >= *unit && millis % unit == 0.0);
    let (unit, name) = unit.copied().unwrap_or((1.0, "ms"));
    format!("{} {name}", counted(millis / unit))
}

/// So many at once, and so many a second.
fn paced(burst: f64, rate: f64, unit: &str) -> String {
    let rate = match rate >= 1.0 {
        true => format!("{} a second", counted(rate)),
        false => format!("{} a minute", counted((rate * 60.0).round())),
    };
    format!("{} {unit} at once, then {rate}", counted(burst))
}

/// The value of a row's constant or key, as the document shows it.
fn shown(limit: &Limit, constants: &Constants, keys: &HashMap<String, String>) -> String {
    let with_unit = |number: String| match limit.unit {
        "" => number,
        unit => format!("{number} {unit}"),
    };
    let at = limit.at;
    if let Some(default) = keys.get(at) {
        return with_unit(default.trim_matches('"').to_owned());
    }
    let Some((kind, expression)) = constants.get(at) else {
        panic!("{:?}: there is no key and no constant {at}", limit.what);
    };
    let file = at.split(' ').next().unwrap();
    let field = |name: &str| {
        let (_, rest) = expression.split_once(&format!("{name}: ")).unwrap();
        value(rest.split(",\n").next().unwrap(), file, constants).unwrap()
    };
    match kind.as_str() {
        "RateLimit" => return paced(field("burst"), field("per_second"), limit.unit),
        "Pace" => return paced(field("free"), 1000.0 / field("interval"), limit.unit),
        "Bounds" => {
            let events = with_unit(counted(field("events")));
            return format!("{events}, {}", time(field("time")));
        }
        _ => {}
    }
    let number = value(expression, file, constants);
    let number = number.unwrap_or_else(|| panic!("{at}: cannot compute {expression}"));
    match (kind.as_str(), limit.unit) {
        ("Duration" | "Millis", _) => time(number),
        (_, "ms") => time(number),
        (_, "") => size(number),
        _ => with_unit(counted(number)),
    }
}

/// Every key of `chat.toml` with its default, which another test compares with the code.
fn keys() -> HashMap<String, String> {
    let text = fs::read_to_string(root().join("chat.toml")).unwrap();
    let mut keys = HashMap::new();
    let mut section = "";
    for line in text.lines() {
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']');
        } else if let Some((key, value)) = line.split_once(" = ")
            && !line.starts_with('#')
        {
            keys.insert(format!("{section}.{key}"), value.to_owned());
        }
    }
    keys
}

fn document() -> String {
    let (constants, keys) = (constants(), keys());
    let mut text = "# Limits\n\n\
        Everything that somebody else can make grow has a bound. This page is made from the table in \
        `src/limits/`, and the\nvalues come from the constants and from `chat.toml` themselves (`GLASSROOM_WRITE_DOCS=1 \
        cargo test --test it limits` writes\nit again). A name with a point, such as `limits.backlog`, is a key of \
        `chat.toml`, and its value is the default. The others\nare constants in the source, named by their file below `src`.\n"
        .to_owned();
    for group in LIMITS {
        text += &format!(
            "\n## {}\n\n| bound | set by | value | when it is reached |\n|---|---|---|---|\n",
            group.title
        );
        for limit in group.limits {
            let value = shown(limit, &constants, &keys);
            text += &format!(
                "| {} | `{}` | {value} | {} |\n",
                limit.what, limit.at, limit.reached
            );
        }
    }
    text
}

/// Whether an exception is for this key or constant, or for its folder.
fn is_named(name: &str, exception: &str) -> bool {
    name == exception || exception.ends_with('/') && name.starts_with(exception)
}

#[test]
fn the_document_says_what_the_code_says() {
    let path = root().join("docs/limits.md");
    let wanted = document();
    if std::env::var_os("GLASSROOM_WRITE_DOCS").is_some() {
        fs::write(&path, &wanted).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == wanted,
        "docs/limits.md is out of date: GLASSROOM_WRITE_DOCS=1 cargo test --test it limits"
    );
}

#[test]
fn every_key_and_every_constant_that_bounds_something_is_in_the_table() {
    let rows: Vec<&str> = LIMITS
        .iter()
        .flat_map(|group| group.limits)
        .map(|limit| limit.at)
        .collect();
    let is_known = |name: &str, others: &[(&str, &str)]| {
        rows.contains(&name) || others.iter().any(|(other, _)| is_named(name, other))
    };
    let mut missing = Vec::new();
    for (key, value) in keys() {
        let value = value.trim_matches('"');
        let has_number = value.starts_with(|c: char| c.is_ascii_digit());
        let time_zone_or_address = value.contains(':');
        if has_number && !time_zone_or_address && !is_known(&key, NO_BOUNDS) {
            missing.push(key);
        }
    }
    for constant in constants().keys() {
        let name = constant.split(' ').next_back().unwrap();
        if name.starts_with("MAX") && !is_known(constant, NO_GROWTH) {
            missing.push(constant.clone());
        }
    }
    missing.sort();
    assert!(
        missing.is_empty(),
        "not in src/limits/, nor in the lists of tests/it/limits.rs:\n{}",
        missing.join("\n")
    );
    let mut twice = rows.clone();
    twice.sort_unstable();
    twice.dedup();
    assert_eq!(twice.len(), rows.len(), "a bound has two rows");
    let constants = constants();
    for (name, why) in NO_GROWTH {
        assert!(
            constants.keys().any(|constant| is_named(constant, name)),
            "{name} ({why}) does not exist"
        );
    }
}

#[test]
fn values_are_computed_from_the_source() {
    let constants = constants();
    let compute = |text| value(text, "net/inbox.rs", &constants);
    assert_eq!(compute("64 * 1024"), Some(65536.0));
    assert_eq!(compute("16 << 20"), Some(16.0 * 1048576.0));
    assert_eq!(compute("24 * 60 * 60 * 1000"), Some(86_400_000.0));
    assert_eq!(compute("Duration::from_secs(60)"), Some(60_000.0));
    assert_eq!(compute("DEPTH"), Some(8192.0));
    assert_eq!(compute("(1 + marks::MOST) * 2"), Some(14.0));
    assert_eq!(compute("something(else)"), None);
    assert_eq!(
        (size(65536.0), time(900_000.0), counted(65536.0)),
        ("64 KiB".into(), "15 min".into(), "65,536".into())
    );
}
