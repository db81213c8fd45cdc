//! The log: its file, a terminal that is gone, and signals.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::json;

use crate::harness::{Chat, How, Raw, Server, TempDir, binary, http, output};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o777
}

/// A configuration with a log file in `dir`.
fn logging_to(dir: &TempDir, more: &str) -> (std::path::PathBuf, String) {
    let path = dir.path().join("chat.log");
    let config = format!("[log]\nfile = {:?}\n{more}", path.to_str().unwrap());
    (path, config)
}

#[test]
fn the_log_file_is_private_even_if_it_was_not() {
    let dir = TempDir::new();
    let (path, config) = logging_to(&dir, "");
    let mut server = Server::start(&config);
    assert_eq!(mode(&path), 0o600);
    server.stop();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    server.start_again();
    assert_eq!(mode(&path), 0o600);
    assert!(
        server.log().contains("others could read it"),
        "{}",
        server.log()
    );
}

#[test]
fn a_log_file_that_was_moved_is_opened_again() {
    let dir = TempDir::new();
    let (path, config) = logging_to(&dir, "");
    let mut server = Server::start(&config);
    let moved = dir.path().join("chat.log-yesterday");
    fs::rename(&path, &moved).unwrap();
    server.signal("USR1");
    server.logged("the log file was opened again");
    assert_eq!(mode(&path), 0o600);
    server.stop();
    let (old, new) = (
        fs::read_to_string(&moved).unwrap(),
        fs::read_to_string(&path).unwrap(),
    );
    assert!(
        old.contains("listening on") && !old.contains("stopped"),
        "{old}"
    );
    assert!(
        new.contains("stopped") && !new.contains("listening on"),
        "{new}"
    );
}

#[test]
fn without_a_log_file_the_signal_does_nothing() {
    let server = Server::start("");
    server.signal("USR1");
    server.logged("no log file is named");
    assert_eq!(http(server.addr, "GET", "/healthz", "", "").status, 200);
}

#[test]
fn the_log_file_never_takes_more_than_twice_its_bound() {
    let dir = TempDir::new();
    let (path, config) = logging_to(&dir, "level = \"debug\"\nmax_size = \"64 KiB\"\n");
    let mut server = Server::start(&config);
    let long = format!("/{}", "x".repeat(2000));
    for _ in 0..100 {
        assert_eq!(http(server.addr, "GET", &long, "", "").status, 404);
    }
    server.stop();
    let old = dir.path().join("chat.log.1");
    for file in [&path, &old] {
        let size = fs::metadata(file).unwrap().len();
        assert!(size <= 64 * 1024, "{}: {size} bytes", file.display());
        assert_eq!(mode(file), 0o600);
    }
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
    assert!(fs::read_to_string(&path).unwrap().contains("stopped"));
}

#[test]
fn a_log_file_that_takes_nothing_stops_nobody() {
    let dir = TempDir::new();
    let (path, config) = logging_to(&dir, "level = \"debug\"\n");
    std::os::unix::fs::symlink("/dev/full", &path).unwrap();
    let mut server = Server::start(&config);
    let mut ann = Chat::member(&server, "Ann");
    ann.granted(json!({"type": "send", "room": "lobby", "text": "the disk is full"}));
    // Then somebody makes room.
    fs::remove_file(&path).unwrap();
    server.signal("USR1");
    server.logged("the log file was opened again");
    assert!(server.stop().success());
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains("records are missing here"), "{text}");
}

#[test]
fn a_pipe_is_refused_as_a_log_file_instead_of_waited_for() {
    let dir = TempDir::new();
    let (path, config) = logging_to(&dir, "");
    let made = Command::new("mkfifo").arg(&path).status().unwrap();
    assert!(made.success());
    let file = dir.path().join("chat.toml");
    fs::write(&file, config).unwrap();
    let mut command = Command::new(binary());
    command
        .args(["serve", "--listen", "127.0.0.1:0", "--config"])
        .arg(&file);
    command.arg("--data").arg(dir.path().join("data"));
    let ended = output(&mut command);
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(2), "{said}");
    assert!(
        said.contains("chat.log") && said.contains("neither a file nor"),
        "{said}"
    );
}

#[test]
fn a_loop_of_wrong_tokens_is_a_bounded_number_of_records() {
    let server = Server::start("");
    for _ in 0..300 {
        Raw::upgrade(server.addr, "/ws", "").expect_close(1008);
    }
    server.logged("more are only counted");
    let lines = server.log().lines().count();
    assert!(lines < 100, "{lines} lines");
}

#[test]
fn a_closed_terminal_ends_the_server_in_order() {
    let mut server = Server::start("");
    let mut ann = Chat::member(&server, "Ann");
    server.signal("HUP");
    ann.expect_close(1001);
    assert!(server.wait().success());
    assert!(server.log().contains("stopped"));
}

#[test]
fn a_closed_terminal_does_not_end_a_server_under_nohup() {
    let nohup = How {
        nohup: true,
        ..How::default()
    };
    let mut server = Server::start_as(nohup, "");
    let mut ann = Chat::member(&server, "Ann");
    server.signal("HUP");
    for _ in 0..20 {
        ann.granted(json!({"type": "send", "room": "lobby", "text": "still here"}));
    }
    assert!(server.stop().success());
    ann.expect_close(1001);
}

#[test]
fn a_server_whose_terminal_is_gone_serves_on() {
    let dir = TempDir::new();
    let file = dir.path().join("chat.toml");
    fs::write(&file, "[log]\nlevel = \"debug\"\n").unwrap();
    let mut child = Command::new(binary())
        .args(["serve", "--listen", "127.0.0.1:0", "--config"])
        .arg(&file)
        .arg("--data")
        .arg(dir.path().join("data"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let address = lines.find_map(|line| {
        let line = line.unwrap();
        line.split_once("listening on ")
            .map(|(_, rest)| rest.to_owned())
    });
    let addr = address.unwrap().trim().parse().unwrap();
    drop(lines);
    for _ in 0..50 {
        assert_eq!(http(addr, "GET", "/healthz", "", "").status, 200);
    }
    let hangup = format!("kill -HUP {}", child.id());
    Command::new("sh").args(["-c", &hangup]).status().unwrap();
    assert!(child.wait().unwrap().success());
}
