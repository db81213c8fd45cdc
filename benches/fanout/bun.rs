//! Finds Bun, which runs the peer of `fanout`.

use crate::ledger::Fault;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Where npm's package `bun` puts the executable. It has this name on Linux, too.
const IN_PACKAGE: &str = "node_modules/bun/bin/bun.exe";

/// The executable: that of a directory with npm's package, of the variable BUN, or of PATH. `None`
/// if nobody named one and PATH has none.
pub fn find(directory: Option<&Path>) -> Result<Option<PathBuf>, Fault> {
    let in_package = directory.map(|directory| directory.join(IN_PACKAGE));
    let named = in_package.or_else(|| std::env::var_os("BUN").map(PathBuf::from));
    match named {
        Some(bun) if runs(&bun) => Ok(Some(bun)),
        Some(bun) => Err(format!("{} is not Bun, or does not run", bun.display()).into()),
        None => Ok(Some(PathBuf::from("bun")).filter(|bun| runs(bun))),
    }
}

fn runs(bun: &Path) -> bool {
    let mut command = Command::new(bun);
    command.arg("--version").stdout(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
