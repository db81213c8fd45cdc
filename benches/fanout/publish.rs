//! Puts the results of `fanout` into the documents.

use std::fs;
use std::io::{Error, ErrorKind, Result};
use std::path::Path;

/// The document, which has the markers.
const DOCUMENT: &str = "figures.md";
/// The chart beside it.
const CHART: &str = "figures.svg";
/// What stands between these two lines is replaced.
const BEGIN: &str = "<!-- begin: written by the bench -->\n";
/// See [`BEGIN`].
const END: &str = "<!-- end: written by the bench -->\n";

/// Writes the chart, with its description for those who do not see it, and the tables.
pub fn write(directory: &Path, tables: &str, (svg, alt): (String, String)) -> Result<()> {
    let path = directory.join(DOCUMENT);
    let old = fs::read_to_string(&path)?;
    let between = format!("\n![{alt}]({CHART})\n\n{tables}\n");
    let new = replaced(&old, &between)
        .ok_or_else(|| Error::new(ErrorKind::InvalidData, "figures.md has no markers"))?;
    fs::write(directory.join(CHART), svg)?;
    fs::write(path, new)
}

/// The document with another text between its markers; `None` if it has none.
fn replaced(document: &str, between: &str) -> Option<String> {
    let (before, rest) = document.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}{between}{END}{after}"))
}
