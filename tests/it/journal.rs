//! The log where standard error is the journal of systemd. A file stands in for it: `JOURNAL_STREAM` names
//! its device and inode.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use crate::harness::{PATIENCE, TempDir, binary, http};

/// Kills the process when the test is over.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts a server whose standard error is `log`; `stream` is its `JOURNAL_STREAM`.
fn logging_to(dir: &Path, log: &File, stream: &str) -> Running {
    let config = dir.join("chat.toml");
    fs::write(&config, "[log]\nlevel = \"debug\"\n").unwrap();
    let child = Command::new(binary())
        .args(["serve", "--quiet", "--listen", "127.0.0.1:0", "--config"])
        .arg(&config)
        .arg("--data")
        .arg(dir.join("data"))
        .env("JOURNAL_STREAM", stream)
        .stdin(Stdio::null())
        .stderr(log.try_clone().unwrap())
        .spawn();
    Running(child.unwrap())
}

/// The log, as soon as it has these words.
#[track_caller]
fn log_with(path: &Path, words: &str) -> String {
    let until = Instant::now() + PATIENCE;
    loop {
        let text = fs::read_to_string(path).unwrap();
        if text.contains(words) && text.ends_with('\n') {
            return text;
        }
        assert!(Instant::now() < until, "no {words:?} in {text}");
        std::thread::yield_now();
    }
}

#[test]
fn the_journal_gets_priorities_and_no_times() {
    let dir = TempDir::new();
    let path = dir.path().join("journal");
    let file = File::create(&path).unwrap();
    let found = file.metadata().unwrap();
    let stream = format!("{}:{}", found.dev(), found.ino());
    let _running = logging_to(dir.path(), &file, &stream);
    let text = log_with(&path, "listening on ");
    let line = text.lines().find(|line| line.contains("listening on "));
    let (_, addr) = line.unwrap().split_once("<6>listening on ").unwrap();
    let addr: SocketAddr = addr.parse().unwrap();
    assert_eq!(http(addr, "GET", "/nowhere", "", "").status, 404);
    let text = log_with(&path, "<7>");
    for line in text.lines() {
        let is_marked = ["<3>", "<4>", "<6>", "<7>"]
            .iter()
            .any(|p| line.starts_with(p));
        assert!(is_marked && !line.contains("[INFO]"), "{line}");
    }
}

#[test]
fn what_is_not_the_journal_gets_times() {
    let dir = TempDir::new();
    let path = dir.path().join("log");
    let file = File::create(&path).unwrap();
    // A service that is started by another one has the variable of that.
    let _running = logging_to(dir.path(), &file, "1:1");
    let text = log_with(&path, "listening on ");
    assert!(text.contains("Z [INFO] listening on "), "{text}");
}
