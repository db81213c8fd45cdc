//! The files of the pages, compiled in as `build.rs` makes them. The server opens no file to answer a
//! request: a path that is not in the table, byte for byte, is not found here.
//!
//! The paths of scripts, styles and pictures name the build. Under the name of another build the same file
//! is served, but not kept: a page that was open during an upgrade may still load a part of itself.

use std::borrow::Cow;
use std::sync::LazyLock;

use crate::http::head::Head;
use crate::site::asset::{Asset, content_type};
use crate::site::encoding::prefers_chinese;
use crate::site::files::{ASSETS, FILES, is_name_of_build};

/// The pages, by their paths; a page in two languages twice, first in English.
static PAGES: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    let pages = FILES.iter().filter_map(|(file, bytes)| {
        let path = served_at(file)?;
        let vary = match file.ends_with(".html") {
            true => "Accept-Encoding",
            false => "Accept-Encoding, Accept-Language",
        };
        Some(Asset::page(path, vary, Cow::Borrowed(*bytes)))
    });
    pages.collect()
});

/// The other files, by their paths below the folder of the build. The table is in this order.
static OTHERS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    let others = FILES.iter().filter(|(file, _)| served_at(file).is_none());
    let asset = |(file, bytes): &(&'static str, &'static [u8])| {
        Asset::file((*file).into(), content_type(file), Cow::Borrowed(bytes))
    };
    others.map(asset).collect()
});

/// Returns the page or file that is served under the path of a request.
pub(super) fn page(head: &Head) -> Option<&'static Asset> {
    let Some(path) = head.path.strip_prefix(ASSETS) else {
        let mut pages = PAGES.iter().filter(|page| page.path() == head.path);
        let first = pages.next();
        return pages.next().filter(|_| prefers_chinese(head)).or(first);
    };
    let (hash, file) = path.split_once('/')?;
    if !is_name_of_build(hash) {
        return None;
    }
    let at = OTHERS.binary_search_by(|asset| asset.path().cmp(file));
    at.ok().and_then(|at| OTHERS.get(at))
}

/// Returns the path of a page: its own name without its folder and language.
fn served_at(file: &str) -> Option<String> {
    let name = file.rsplit('/').next().unwrap_or_default();
    match name.split_once(".html")?.0 {
        "index" => Some("/".into()),
        page => Some(format!("/{page}")),
    }
}

#[cfg(test)]
#[path = "pages_tests.rs"]
mod tests;
