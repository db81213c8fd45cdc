//! A real Redis or Valkey for one test, in a folder of its own.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::harness::TempDir;
use crate::harness::tools::{INSTALL, need, on_path};

/// How long an engine may take to start.
const START: Duration = Duration::from_secs(20);

/// An engine that keeps everything that it has confirmed.
pub struct Redis {
    child: Child,
    pub port: u16,
    dir: TempDir,
    more: Vec<String>,
}

/// The program. Debian's `redis-tools` has it under another name only.
fn program() -> Option<PathBuf> {
    on_path(&["valkey-server", "redis-server", "redis-check-rdb"])
}

impl Redis {
    /// Starts one. `None`: there is none on this machine, which is said on one line.
    pub fn start(more: &[&str]) -> Option<Redis> {
        need(program(), "redis-server", INSTALL)?;
        let dir = TempDir::new();
        let more: Vec<String> = more.iter().map(|&it| it.to_owned()).collect();
        for _ in 0..5 {
            // Another process may take the port before the engine does.
            let port = TcpListener::bind("127.0.0.1:0")
                .unwrap()
                .local_addr()
                .unwrap()
                .port();
            let mut child = spawn(dir.path(), port, &more);
            if wait(port, &mut child) {
                return Some(Redis {
                    child,
                    port,
                    dir,
                    more,
                });
            }
            let _ = child.kill();
            let _ = child.wait();
        }
        panic!(
            "no engine starts: {}",
            fs::read_to_string(dir.path().join("log")).unwrap_or_default()
        );
    }

    /// `[cluster]` for the node of this name.
    pub fn node(&self, name: &str) -> String {
        let unpaced = crate::harness::UNPACED;
        let port = self.port;
        format!("{unpaced}[cluster]\nurl = \"redis://127.0.0.1:{port}/0\"\nnode = \"{name}\"\n")
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Starts it again on its files, at its port.
    #[track_caller]
    pub fn start_again(&mut self) {
        let until = Instant::now() + START;
        loop {
            self.child = spawn(self.dir.path(), self.port, &self.more);
            if wait(self.port, &mut self.child) {
                return;
            }
            assert!(Instant::now() < until, "the engine does not start again");
        }
    }

    /// Stops it without ending it, or lets it go on.
    pub fn freeze(&self, frozen: bool) {
        let signal = if frozen { "STOP" } else { "CONT" };
        let kill = format!("kill -{signal} {}", self.child.id());
        assert!(
            Command::new("sh")
                .args(["-c", &kill])
                .status()
                .unwrap()
                .success()
        );
    }

    /// The folder of its file.
    pub fn file(&self) -> PathBuf {
        let dir = self.dir.path().join("appendonlydir");
        let files = fs::read_dir(dir).expect("the engine's files").flatten();
        let mut files: Vec<PathBuf> = files.map(|file| file.path()).collect();
        files.retain(|file| file.to_string_lossy().ends_with(".incr.aof"));
        files.sort();
        files.pop().expect("the engine's file")
    }

    /// Everything in its files.
    pub fn bytes(&self) -> Vec<u8> {
        let dir = self.dir.path().join("appendonlydir");
        let files = fs::read_dir(dir).expect("the engine's files").flatten();
        files
            .flat_map(|file| fs::read(file.path()).unwrap_or_default())
            .collect()
    }

    /// The answer to a command, as it comes over the wire.
    #[track_caller]
    pub fn ask(&self, command: &str) -> String {
        ask(self.port, command).unwrap_or_else(|| panic!("no answer to {command}"))
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.kill();
    }
}

fn spawn(dir: &Path, port: u16, more: &[String]) -> Child {
    let log = fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(dir.join("log"))
        .unwrap();
    Command::new(program().expect("found before"))
        .arg0("redis-server")
        .args([
            "--port",
            &port.to_string(),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--dir",
        ])
        .arg(dir)
        .args([
            "--appendonly",
            "yes",
            "--appendfsync",
            "always",
            "--aof-load-truncated",
            "yes",
        ])
        .args(more)
        .stdin(Stdio::null())
        .stdout(log)
        .spawn()
        .expect("the engine starts")
}

fn wait(port: u16, child: &mut Child) -> bool {
    let until = Instant::now() + START;
    while Instant::now() < until {
        if ask(port, "PING").is_some_and(|said| said.contains("PONG") || said.contains("NOAUTH")) {
            return true;
        }
        if child.try_wait().is_ok_and(|ended| ended.is_some()) {
            return false;
        }
        std::thread::yield_now();
    }
    false
}

/// One inline command (a line of words) and the first part of its answer.
fn ask(port: u16, command: &str) -> Option<String> {
    let stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    (&stream)
        .write_all(format!("{command}\r\n").as_bytes())
        .ok()?;
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    if let Some(length) = line.strip_prefix('$') {
        let length: usize = length.trim().parse().ok()?;
        let mut text = vec![0; length];
        reader.read_exact(&mut text).ok()?;
        return String::from_utf8(text).ok();
    }
    Some(line.trim_end().to_owned())
}
