//! A wall clock that a test can move while the server runs, with a small library that is preloaded
//! into the server. It needs the C compiler that SQLite needs, too.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::tools;

/// The file in the server's folder that says by how many seconds the clock is wrong.
pub(super) const FILE: &str = "clock";

/// The library, compiled once per run; `None`: there is no C compiler.
pub fn movable() -> Option<&'static Path> {
    static LIBRARY: OnceLock<Option<PathBuf>> = OnceLock::new();
    let library = LIBRARY.get_or_init(|| {
        let compiler = tools::on_path(&["cc", "gcc", "clang"])?;
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/wall_clock.c");
        let name = format!("wall-clock-{}.so", std::process::id());
        let library = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let mut compile = Command::new(compiler);
        compile
            .args(["-shared", "-fPIC", "-O1", "-o"])
            .arg(&library)
            .arg(source);
        let done = compile.status().expect("the compiler starts");
        assert!(done.success(), "the library for the clock is not compiled");
        Some(library)
    });
    tools::need(library.as_deref(), "a C compiler", "install gcc or clang")
}
