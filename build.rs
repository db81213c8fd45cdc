//! Makes the files of the pages as they are served: without comments, those that are always loaded together
//! joined, and compressed once, here, instead of for each request on a small machine.
//!
//! `OUT_DIR/assets.rs` lists them, and names the build in their paths: a browser keeps them for good.

#[path = "build/bundles.rs"]
mod bundles;
#[path = "build/comments.rs"]
mod comments;
#[path = "build/html.rs"]
mod html;

use std::collections::BTreeMap;
use std::error::Error;
use std::hash::{DefaultHasher, Hasher};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

use bundles::{Bundle, Scripts};
use flate2::Compression;
use flate2::write::GzEncoder;

/// Folders of which the modules that the chat's page loads at once become one file each.
const JOINED: [&str; 3] = ["base", "chat", "page"];
/// The chat's page starts with the first, which loads the second.
const STARTS: [&str; 2] = ["page/start.js", "page/app.js"];
/// The languages, and their tags in HTML.
const LANGUAGES: [(&str, &str); 2] = [("en", "en"), ("zh", "zh-Hans")];
/// What only the full build serves.
const TEACHING: [&str; 5] = ["glass/", "guide/", "lab/", "learn/", "task/"];

/// What is served, by its path below `/assets/`, or by the name of a page and its language.
type Files = BTreeMap<String, Vec<u8>>;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-changed=src/web");
    let full = env::var_os("CARGO_FEATURE_FULL").is_some();
    let mut sources = Files::new();
    read(Path::new("src/web"), &mut sources)?;
    sources.retain(|path, _| full || !TEACHING.iter().any(|start| path.starts_with(start)));
    let mut hasher = DefaultHasher::new();
    for text in [
        include_str!("build.rs"),
        include_str!("build/bundles.rs"),
        include_str!("build/comments.rs"),
        include_str!("build/html.rs"),
    ] {
        hasher.write(text.as_bytes());
    }
    for (path, bytes) in &sources {
        hasher.write(path.as_bytes());
        hasher.write(bytes);
    }
    let hash = format!("{:016x}", hasher.finish());
    let files = made(&sources)?;
    Ok(written(&files, &hash)?)
}

/// Reads a folder and those in it.
fn read(folder: &Path, found: &mut Files) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            read(&path, found)?;
        } else {
            let name = path
                .strip_prefix("src/web")?
                .to_str()
                .ok_or("a name that is no UTF-8")?;
            found.insert(name.replace('\\', "/"), fs::read(&path)?);
        }
    }
    Ok(())
}

/// All files as they are served, but for the hash in addresses.
fn made(sources: &Files) -> Result<Files, Box<dyn Error>> {
    let mut files = sources.clone();
    files.retain(|path, _| !path.ends_with(".js"));
    let mut texts = BTreeMap::new();
    for (path, bytes) in sources {
        let text = std::str::from_utf8(bytes)?;
        match path.rsplit('.').next() {
            Some("js" | "css") => {
                drop(texts.insert(path.clone(), comments::without_comments(path, text)?))
            }
            Some("html") => drop(texts.insert(path.clone(), html::without_comments(text))),
            _ => {}
        }
    }
    let scripts: Scripts = texts
        .iter()
        .filter(|(path, _)| path.ends_with(".js"))
        .map(own)
        .collect();
    let joined = joined(&scripts)?;
    for (path, text) in texts
        .iter()
        .filter(|(path, _)| path.ends_with(".css"))
        .chain(&joined)
    {
        files.insert(path.clone(), comments::without_indents(text).into_bytes());
    }
    for (path, text) in texts.iter().filter(|(path, _)| path.ends_with(".html")) {
        files.remove(path);
        page(path, text, &texts, &joined, &mut files)?;
    }
    Ok(files)
}

fn own<K: Clone, V: Clone>((key, value): (&K, &V)) -> (K, V) {
    (key.clone(), value.clone())
}

/// The scripts with their bundles, and what stands for the modules in these.
fn joined(scripts: &Scripts) -> Result<Scripts, Box<dyn Error>> {
    let mut needed = Vec::new();
    bundles::order(scripts, STARTS[1], &mut needed)?;
    let folder = |path: &str| {
        path.rsplit_once('/')
            .map_or("", |(folder, _)| folder)
            .to_owned()
    };
    let home = |path: &str| {
        let inside = needed.iter().any(|known| known == path);
        (inside && JOINED.contains(&&*folder(path))).then(|| format!("{}/all.js", folder(path)))
    };
    let mut made = Scripts::new();
    for (path, text) in scripts {
        if home(path).is_none() {
            made.insert(path.clone(), bundles::alone(path, text, &home)?);
        }
    }
    for each in JOINED {
        let path = format!("{each}/all.js");
        let modules = needed
            .iter()
            .filter(|module| folder(module) == each)
            .cloned()
            .collect();
        let bundle = Bundle {
            path: path.clone(),
            modules,
        };
        let (text, exports) = bundles::join(scripts, &bundle, &home)?;
        made.insert(path.clone(), text);
        for (module, exports) in exports {
            made.insert(module.clone(), bundles::stub(&module, &path, &exports));
        }
    }
    // The words of a language are one file for themselves.
    for (code, _) in LANGUAGES {
        let path = format!("page/words/all-{code}.js");
        let mut modules = Vec::new();
        bundles::order(scripts, &path, &mut modules)?;
        let bundle = Bundle {
            path: path.clone(),
            modules,
        };
        let (text, _) = bundles::join(scripts, &bundle, &|_| Some(path.clone()))?;
        let last = format!("export default $page_words_all_{code}.default;\n");
        made.insert(path, text + &last);
        // Nobody asks for their parts.
        let part = format!("page/words/{code}-");
        made.retain(|path, _| !path.starts_with(&part));
    }
    Ok(made)
}

/// A page with one stylesheet; the chat's in each language, and with links to its modules.
fn page(
    path: &str,
    text: &str,
    texts: &Scripts,
    joined: &Scripts,
    files: &mut Files,
) -> Result<(), Box<dyn Error>> {
    let name = path.trim_end_matches(".html");
    let style = format!("{name}.all.css");
    let (sheets, text) = html::one_style(text, &style);
    let mut css = String::new();
    for sheet in &sheets {
        css += texts
            .get(sheet)
            .ok_or_else(|| format!("{path}: there is no {sheet}"))?;
    }
    files.insert(style, css.into_bytes());
    if !name.ends_with("/index") {
        files.insert(path.to_owned(), text.into_bytes());
        return Ok(());
    }
    let mut modules = Vec::new();
    for start in STARTS {
        bundles::order(joined, start, &mut modules)?;
    }
    for (code, tag) in LANGUAGES {
        let mut words = BTreeMap::new();
        for (catalogue, text) in texts {
            let part = catalogue.strip_prefix("page/words/").unwrap_or_default();
            if part.starts_with(&format!("{code}-")) || *catalogue == format!("base/{code}.js") {
                words.extend(html::words(text));
            }
        }
        let text = html::filled(&text, &words).replacen(
            "<html lang=\"en\"",
            &format!("<html lang=\"{tag}\""),
            1,
        );
        files.insert(
            format!("{path}.{code}"),
            html::preloaded(&text, &modules).into_bytes(),
        );
    }
    Ok(())
}

/// Writes the compressed files and their list.
fn written(files: &Files, hash: &str) -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("OUT_DIR is missing")?);
    let mut list = format!(
        "pub(super) const BUILD: &str = \"{hash}\";\npub(super) static FILES: &[(&str, &[u8])] = &[\n"
    );
    for (number, (path, bytes)) in files.iter().enumerate() {
        let text = std::str::from_utf8(bytes)?.replace("/assets/", &format!("/assets/{hash}/"));
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(text.as_bytes())?;
        let file = out.join(format!("{number}.gz"));
        fs::write(&file, encoder.finish()?)?;
        list += &format!("({path:?}, include_bytes!({file:?})),\n");
    }
    fs::write(out.join("assets.rs"), list + "];\n")?;
    Ok(())
}
