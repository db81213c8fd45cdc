//! The files of `packaging`.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::harness::{output, tools};

/// A file of the package.
fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("packaging")
        .join(name)
}

/// systemd-analyze, if it is there.
fn analyze() -> Option<Command> {
    let found = tools::on_path(&["systemd-analyze"]);
    let found = tools::need(found, "systemd-analyze", tools::INSTALL)?;
    let mut command = Command::new(found);
    command.arg("--no-pager");
    Some(command)
}

#[test]
fn the_unit_is_closed_as_far_as_a_server_can_be() {
    let Some(mut command) = analyze() else {
        return;
    };
    command.args(["security", "--offline=true", "--threshold=20"]);
    let judged = output(command.arg(file("glassroom.service")));
    let table = String::from_utf8_lossy(&judged.stdout);
    assert!(judged.status.success(), "above 2.0: {judged:?}");
    assert!(table.contains("Overall exposure level"), "{judged:?}");
}

#[test]
fn systemd_knows_every_key_of_the_unit() {
    let Some(mut command) = analyze() else {
        return;
    };
    // It fails, because the program is not installed here.
    let verified = output(command.arg("verify").arg(file("glassroom.service")));
    let said = String::from_utf8_lossy(&verified.stderr);
    let wrong: Vec<&str> = said
        .lines()
        .filter(|line| line.contains("glassroom.service:") && line.contains("gnoring"))
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}
