//! The files of `packaging`.

use std::fs;
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

/// The names between quotation marks that begin with one of these.
fn quoted<'a>(text: &'a str, begin: &str) -> Vec<&'a str> {
    let quoted = text.split('"').skip(1).step_by(2);
    quoted.filter(|name| name.starts_with(begin)).collect()
}

/// Whether there is such a file; a name with a `*` is that of several.
fn is_there(root: &Path, asset: &str) -> bool {
    let Some((before, after)) = asset.split_once('*') else {
        return root.join(asset).is_file();
    };
    let (folder, begin) = before.rsplit_once('/').unwrap();
    let mut entries = fs::read_dir(root.join(folder)).unwrap();
    entries.any(|entry| {
        let name = entry.unwrap().file_name().into_string().unwrap();
        name.starts_with(begin) && name.ends_with(after)
    })
}

#[test]
fn the_debian_package_has_what_the_unit_names_and_every_file_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap();
    let (_, deb) = manifest.split_once("[package.metadata.deb]").unwrap();
    let deb = deb.split("\n[").next().unwrap();
    let unit = fs::read_to_string(file("glassroom.service")).unwrap();
    assert!(unit.contains("ExecStart=/usr/bin/glassroom serve"));
    assert!(deb.contains("[\"target/release/glassroom\", \"usr/bin/\", \"755\"]"));
    assert!(unit.contains("--config /etc/glassroom/chat.toml"));
    assert_eq!(
        quoted(deb, "/etc/"),
        ["/etc/glassroom/chat.toml"],
        "the files that an update leaves alone"
    );
    let (_, assets) = deb.split_once("assets = [").unwrap();
    let assets = assets.lines().filter_map(|line| line.split('"').nth(1));
    let missing: Vec<&str> = assets
        .filter(|asset| !asset.starts_with("target/") && !is_there(root, asset))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
    // Without the mark, cargo-deb adds nothing that starts the service.
    for script in ["postinst", "postrm"] {
        let text = fs::read_to_string(file("debian").join(script)).unwrap();
        assert!(text.contains("\n#DEBHELPER#\n"), "{script}");
    }
}

#[cfg(feature = "full")]
#[test]
fn the_licences_are_those_of_what_is_in_the_program() {
    let python = tools::need(tools::on_path(&["python3"]), "Python", tools::INSTALL);
    let Some(python) = python else {
        return;
    };
    let mut command = Command::new(python);
    command
        .arg(file("licences.py"))
        .arg("x86_64-unknown-linux-gnu");
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    let printed = output(command.env("CARGO_NET_OFFLINE", "true"));
    assert!(printed.status.success(), "{printed:?}");
    let text = String::from_utf8_lossy(&printed.stdout);
    for there in ["glassroom", "tungstenite", "libsqlite3-sys", "clap"] {
        assert!(text.contains(&format!("\n{there} ")), "{there}");
    }
    assert!(text.contains("LICENSE-LUCIDE"));
    // Tests and benches are in no program.
    for elsewhere in ["hdrhistogram", "clap_mangen"] {
        assert!(!text.contains(&format!("\n{elsewhere} ")), "{elsewhere}");
    }
}
