//! Puts results into the documents.

use std::fs;
use std::io::{Error, ErrorKind, Result};
use std::path::Path;

/// The chart of `fanout`, beside its document.
const CHART: &str = "figures.svg";
/// What stands between these two lines is replaced.
const MARKERS: [&str; 2] = [
    "<!-- begin: written by the bench -->\n",
    "<!-- end: written by the bench -->\n",
];
/// The same for the tables of `cluster`, which stand in a document that has others.
const OF_CLUSTER: [&str; 2] = [
    "<!-- begin: written by the bench of clusters -->\n",
    "<!-- end: written by the bench of clusters -->\n",
];

/// Writes the chart of `fanout`, with its description for those who do not see it, and the tables.
pub fn figures(directory: &Path, tables: &str, (svg, alt): (String, String)) -> Result<()> {
    let between = format!("\n![{alt}]({CHART})\n\n{tables}\n");
    put(directory, "figures.md", MARKERS, &between)?;
    fs::write(directory.join(CHART), svg)
}

/// Writes the tables of `scaling`.
pub fn scaling(directory: &Path, tables: &str) -> Result<()> {
    put(directory, "scaling.md", MARKERS, &format!("\n{tables}\n"))
}

/// Writes the table of `cluster`.
pub fn cluster(directory: &Path, table: &str) -> Result<()> {
    put(directory, "scaling.md", OF_CLUSTER, &format!("\n{table}\n"))
}

/// Replaces what stands between the markers of a document.
fn put(directory: &Path, document: &str, markers: [&str; 2], between: &str) -> Result<()> {
    let path = directory.join(document);
    let old = fs::read_to_string(&path)?;
    let missing = || Error::new(ErrorKind::InvalidData, format!("{document} has no markers"));
    fs::write(path, replaced(&old, markers, between).ok_or_else(missing)?)
}

/// The document with another text between its markers; `None` if it has none.
fn replaced(document: &str, [begin, end]: [&str; 2], between: &str) -> Option<String> {
    let (before, rest) = document.split_once(begin)?;
    let (_, after) = rest.split_once(end)?;
    Some(format!("{before}{begin}{between}{end}{after}"))
}
