//! `examples/minimal.rs`: it has at most 200 lines, uses only the given crates, and works.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;

use crate::harness::{Frame, PATIENCE, Raw};

const SOURCE: &str = include_str!("../../examples/minimal.rs");

#[test]
fn it_has_at_most_200_lines_and_needs_only_the_given_crates() {
    assert!(SOURCE.lines().count() <= 200, "{}", SOURCE.lines().count());
    // std, the seven, and modules and types of std.
    let known = [
        "std",
        "crossbeam_channel",
        "jsonwebtoken",
        "log",
        "serde",
        "serde_json",
        "simplelog",
        "tungstenite",
        "io",
        "thread",
        "str",
    ];
    let code = SOURCE
        .lines()
        .filter(|line| !line.trim_start().starts_with(['/', '#']));
    for line in code {
        for (at, _) in line.match_indices("::") {
            let before = &line[..at];
            let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let path = before.trim_end_matches(is_name);
            let root = &before[path.len()..];
            let is_root =
                !path.ends_with("::") && root.starts_with(|c: char| c.is_ascii_lowercase());
            let hs256 = line[path.len()..].starts_with("glassroom::auth::hs256::");
            // Inside braces of a `use`: part of a path that began before.
            let nested = line.trim_start().starts_with("use ") && path.contains('{');
            assert!(
                !is_root || nested || known.contains(&root) || hs256,
                "{line}"
            );
        }
    }
}

/// Where cargo puts it: beside the binary. `cargo test --test it` alone does not build it.
fn built() -> PathBuf {
    let dir = Path::new(env!("CARGO_BIN_EXE_glassroom")).parent().unwrap();
    let example = dir.join("examples/minimal");
    if !example.exists() {
        let profile = dir.file_name().unwrap() == "release";
        let built = Command::new(env!("CARGO"))
            .args(["build", "--offline", "--example", "minimal"])
            .args(profile.then_some("--release"))
            .arg("--target-dir")
            .arg(dir.parent().unwrap())
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .status();
        assert!(built.unwrap().success(), "cargo build --example minimal");
    }
    example
}

/// The example, running, and its two tokens.
struct Minimal {
    child: Child,
    addr: SocketAddr,
    tokens: Vec<String>,
}

impl Minimal {
    #[track_caller]
    fn start() -> Minimal {
        let mut child = Command::new(built())
            .arg("127.0.0.1:0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the example starts");
        let out = BufReader::new(child.stdout.take().unwrap());
        let (said, lines) = mpsc::channel();
        std::thread::spawn(move || {
            let mut lines = out.lines().map_while(Result::ok);
            lines.try_for_each(|line| said.send(line))
        });
        // Ada: websocat -H 'Authorization: Bearer TOKEN' ws://ADDRESS
        let line = || lines.recv_timeout(PATIENCE).expect("a line with a token");
        let (ada, grace) = (line(), line());
        let token = |line: &str| {
            let (_, behind) = line.split_once("Bearer ").expect("a token");
            behind.split('\'').next().unwrap().to_owned()
        };
        Minimal {
            child,
            addr: ada
                .rsplit("ws://")
                .next()
                .unwrap()
                .parse()
                .expect("an address"),
            tokens: vec![token(&ada), token(&grace)],
        }
    }

    #[track_caller]
    fn enter(&self, who: usize) -> Raw {
        let token = &self.tokens[who];
        let mut raw = Raw::upgrade(
            self.addr,
            "/",
            &format!("Authorization: Bearer {token}\r\n"),
        );
        // An answer proves that the hub has processed `Enter`.
        raw.send_frame(&Frame::new(Frame::PING, "in?"));
        assert_eq!(raw.read_frame(), Frame::new(Frame::PONG, "in?").unmasked());
        raw
    }
}

impl Drop for Minimal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn two_people_chat_and_leave_with_a_close() {
    let server = Minimal::start();
    let (mut ada, mut grace) = (server.enter(0), server.enter(1));
    // Both write before either reads: full duplex.
    for n in 0..50 {
        ada.send_text(&format!("a{n}"));
        grace.send_text(&format!("g{n} \u{8bfe}"));
    }
    for n in 0..50 {
        let (told, heard) = (grace.read_json(), ada.read_json());
        assert_eq!(
            (&told["from"], &told["text"]),
            (&"Ada".into(), &format!("a{n}").into())
        );
        let text = format!("g{n} \u{8bfe}").into();
        assert_eq!((&heard["from"], &heard["text"]), (&"Grace".into(), &text));
    }
    ada.send_frame(&Frame::close(1000, "bye"));
    ada.expect_close(1000);
    ada.expect_eof();
    // The other client is not disturbed.
    grace.send_frame(&Frame::new(Frame::PING, "still here"));
    assert_eq!(
        grace.read_frame(),
        Frame::new(Frame::PONG, "still here").unmasked()
    );
}

#[test]
fn a_browser_gets_in_with_a_token_in_the_subprotocol_and_nobody_without_one() {
    let server = Minimal::start();
    let token = &server.tokens[0];
    let upgrade = |field: &str| {
        let mut raw = Raw::connect(server.addr);
        raw.send(
            format!(
                "GET / HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                 Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
                 {field}\r\n",
                server.addr
            )
            .as_bytes(),
        );
        raw.read_head()
    };
    let browser = upgrade(&format!(
        "Sec-WebSocket-Protocol: chat.v1, bearer.{token}\r\n"
    ));
    assert_eq!(browser.status, 101);
    assert_eq!(browser.header("Sec-WebSocket-Protocol"), Some("chat.v1"));
    let last = if token.ends_with('A') { 'Q' } else { 'A' };
    let forged = format!(
        "Authorization: Bearer {}{last}\r\n",
        &token[..token.len() - 1]
    );
    for field in ["", "Authorization: Bearer x\r\n", &forged] {
        assert_eq!(upgrade(field).status, 401, "{field}");
    }
}
