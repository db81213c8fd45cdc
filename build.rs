//! Makes the files of the pages as they are served: without comments, those that are always loaded together
//! joined, and, in the full build, compressed once, here, instead of for each request on a small machine.
//!
//! `OUT_DIR/assets.rs` lists them, and names the build in their paths: a browser keeps them for good.

#[path = "build/html.rs"]
mod html;
#[path = "build/scripts.rs"]
mod scripts;

use std::error::Error;
use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use html::Words;
use scripts::Files;

/// What the chat's page and the wall load first, and what they start with.
const FIRST: &str = "page/all.js";
const START: &str = "page/start.js";
/// What the first file has the modules for. It is none of them: it would run on the wall, too.
const APP: &str = "page/app.js";
/// The languages, and their tags in HTML.
const LANGUAGES: [(&str, &str); 2] = [("en", "en"), ("zh", "zh-Hans")];
/// The words of features that come with `page/rest.js`.
const REST: [&str; 5] = [
    "approvals.js",
    "hands.js",
    "later.js",
    "polls.js",
    "private.js",
];
/// Files of the chat's page with more bytes than this are worth a slow compression.
#[cfg(feature = "full")]
const LARGE: usize = 12_000;
/// What only the full build serves.
const TEACHING: [&str; 5] = ["glass/", "guide/", "lab/", "learn/", "task/"];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-changed=src/web");
    let mut files = Files::new();
    read(Path::new("src/web"), "", &mut files)?;
    let full = cfg!(feature = "full");
    files.retain(|path, _| full || !TEACHING.iter().any(|folder| path.starts_with(folder)));
    join(&mut files)?;
    let words = LANGUAGES.map(|(code, _)| take_words(code, &mut files));
    let pages = files.keys().filter(|path| path.ends_with(".html"));
    for path in pages.cloned().collect::<Vec<_>>() {
        page(&path, &words, &mut files)?;
    }
    written(&files)
}

/// Reads the files of a folder and of those in it, without what is only for those who read the source.
fn read(folder: &Path, name: &str, files: &mut Files) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{name}{}", entry.file_name().display());
        if entry.path().is_dir() {
            read(&entry.path(), &format!("{name}/"), files)?;
        } else {
            let text = fs::read_to_string(entry.path())?;
            files.insert(name, html::lean(&text));
        }
    }
    Ok(())
}

/// Joins what the chat's page and the wall need at once, and each part that they load later with what it needs
/// besides. The other pages load the modules one by one, as they are.
fn join(files: &mut Files) -> Result<(), String> {
    let (mut first, mut joined, mut entries) = (Vec::new(), Files::new(), vec![START.to_owned()]);
    scripts::order(files, APP, &mut first)?;
    first.pop();
    joined.insert(
        FIRST.to_owned(),
        scripts::join(files, FIRST, &first, &mut entries)?,
    );
    while let Some(entry) = entries.pop() {
        // Some are not part of the minimal build, and the words are made later.
        if files.contains_key(&entry) && !joined.contains_key(&entry) {
            let mut modules = first.clone();
            scripts::order(files, &entry, &mut modules)?;
            let text = scripts::join(files, &entry, &modules[first.len()..], &mut entries)?;
            joined.insert(entry, text);
        }
    }
    files.extend(joined);
    Ok(())
}

/// Joins the words of the chat's page in a language: those that it needs at once, which are returned, and the rest.
fn take_words(code: &str, files: &mut Files) -> Words {
    let (base, part) = (format!("base/{code}.js"), format!("page/words/{code}-"));
    let (mut all, mut rest) = (String::new(), String::new());
    for (path, text) in files.iter() {
        let list = match path.strip_prefix(&part) {
            Some(name) if REST.contains(&name) => &mut rest,
            None if *path != base => continue,
            _ => &mut all,
        };
        let words = text.lines().filter(|line| line.starts_with('"'));
        *list += &words.map(|line| format!("{line}\n")).collect::<String>();
    }
    let words = all.lines().filter_map(html::word).collect();
    files.retain(|path, _| !path.starts_with(&part));
    for (name, list) in [("all", all), ("rest", rest)] {
        let path = format!("page/words/{name}-{code}.js");
        files.insert(path, format!("export default {{\n{list}}};\n"));
    }
    words
}

/// Gives a page one stylesheet, and the chat's page its words, in each language.
fn page(path: &str, words: &[Words], files: &mut Files) -> Result<(), String> {
    let text = files.remove(path).unwrap_or_default();
    let style = path.replace(".html", ".all.css");
    let (sheets, text) = html::one_style(&text, &style);
    let mut css = String::new();
    for sheet in &sheets {
        css += files.get(sheet).ok_or(format!("there is no {sheet}"))?;
    }
    files.insert(style, css);
    if !path.ends_with("/index.html") {
        files.insert(path.to_owned(), text);
        return Ok(());
    }
    for ((code, tag), words) in LANGUAGES.iter().zip(words) {
        let tag = format!("lang=\"{tag}\"");
        let text = html::filled(&text, words).replacen("lang=\"en\"", &tag, 1);
        files.insert(format!("{path}.{code}"), text);
    }
    Ok(())
}

/// Writes the files and their list.
fn written(files: &Files) -> Result<(), Box<dyn Error>> {
    let mut hasher = DefaultHasher::new();
    for (path, text) in files {
        hasher.write(path.as_bytes());
        hasher.write(text.as_bytes());
    }
    let hash = format!("{:016x}", hasher.finish());
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("OUT_DIR is missing")?);
    let mut list = format!(
        "pub(super) const BUILD: &str = \"{hash}\";\npub(super) static FILES: &[(&str, &[u8])] = &[\n"
    );
    for (number, (path, text)) in files.iter().enumerate() {
        let text = text.replace("/assets/", &format!("/assets/{hash}/"));
        let file = out.join(format!("asset-{number}"));
        fs::write(&file, stored(path, text.as_bytes())?)?;
        list += &format!("({path:?}, include_bytes!({file:?})),\n");
    }
    fs::write(out.join("assets.rs"), list + "];\n")?;
    Ok(())
}

#[cfg(feature = "full")]
fn stored(path: &str, text: &[u8]) -> io::Result<Vec<u8>> {
    use flate2::{Compression, write::GzEncoder};
    if path.starts_with("page/") && text.len() > LARGE {
        let mut packed = Vec::new();
        zopfli::compress(
            zopfli::Options::default(),
            zopfli::Format::Gzip,
            text,
            &mut packed,
        )?;
        return Ok(packed);
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    io::Write::write_all(&mut encoder, text)?;
    encoder.finish()
}

/// The minimal build has nothing that compresses.
#[cfg(not(feature = "full"))]
fn stored(_: &str, text: &[u8]) -> io::Result<Vec<u8>> {
    Ok(text.to_vec())
}
