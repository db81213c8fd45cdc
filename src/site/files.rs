//! What `build.rs` has made of the files of the pages, and the name of the build in their paths.

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// Where all files are that are no pages.
pub(super) const ASSETS: &str = "/assets/";

/// Returns whether a path names this build.
pub(super) fn is_current(path: &str) -> bool {
    let rest = path.strip_prefix(ASSETS);
    rest.is_some_and(|rest| rest.split_once('/').is_some_and(|(hash, _)| hash == BUILD))
}

/// Returns whether this may be the name of a build, of this or of another one.
pub(super) fn is_name_of_build(hash: &str) -> bool {
    let digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    hash.len() == BUILD.len() && hash.bytes().all(digit)
}
