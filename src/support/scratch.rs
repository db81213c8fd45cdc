//! A directory of its own for each test that touches the disk.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::random;

/// A new empty directory, removed with everything in it when dropped.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    #[track_caller]
    pub(crate) fn new() -> Scratch {
        let name = format!("glassroom-{}", random::id::<10>().unwrap());
        let path = std::env::temp_dir().join(name);
        fs::create_dir(&path).unwrap();
        Scratch(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
