//! The commands of the chapters, run as a reader would run them: on a server of the test instead of
//! `localhost:8080`, and without waiting for a long silence.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::harness::tools::{INSTALL, need, on_path};
use crate::harness::{Server, TempDir, binary, output};

/// The value for the example of RFC 6455 §1.3.
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// What `glassroom wire --json` said.
struct Wire(Vec<Value>);

impl Wire {
    /// The frames from one end, as opcode and payload in hexadecimal.
    fn frames(&self, from: &str) -> Vec<(u64, String)> {
        let frames = self.of("frame").filter(|frame| frame["from"] == from);
        frames
            .map(|frame| {
                let payload = frame["payload"].as_str().unwrap_or_default();
                (frame["opcode"].as_u64().unwrap(), payload.to_owned())
            })
            .collect()
    }

    fn of(&self, kind: &str) -> impl Iterator<Item = &Value> {
        self.0.iter().filter(move |event| event["type"] == kind)
    }

    fn status(&self) -> u64 {
        let handshake = self.of("handshake").next().expect("a handshake");
        handshake["status"].as_u64().expect("a status")
    }

    /// The texts that came from the server.
    fn texts(&self) -> Vec<String> {
        let frames = self.frames("server").into_iter();
        frames
            .filter(|(opcode, _)| *opcode == 1)
            .map(|(_, payload)| text(&payload))
            .collect()
    }

    /// The code and the reason of the server's Close.
    fn close(&self) -> (Option<u64>, String) {
        let frames = self.of("frame").filter(|frame| frame["from"] == "server");
        let mut closes = frames.map(|frame| &frame["control"]);
        let close = closes.find(|control| control["kind"] == "close");
        let close = close.expect("a Close of the server");
        let reason = close["reason"].as_str().unwrap_or_default();
        (close["code"].as_u64(), reason.to_owned())
    }
}

fn text(hex: &str) -> String {
    let digits: Vec<u8> = hex.bytes().filter(|digit| *digit != b' ').collect();
    let byte = |pair: &[u8]| {
        let pair = std::str::from_utf8(pair).unwrap();
        u8::from_str_radix(pair, 16).unwrap()
    };
    let bytes: Vec<u8> = digits.chunks(2).map(byte).collect();
    String::from_utf8(bytes).expect("UTF-8")
}

/// The words of a command as a shell reads them.
fn words(command: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for c in command.replace("\\\n", " ").chars() {
        match quote {
            Some(mark) if c == mark => quote = None,
            None if c == '\'' || c == '"' => quote = Some(c),
            None if c.is_whitespace() => words.push(String::new()),
            _ => words.last_mut().unwrap().push(c),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Runs `glassroom wire` with these words, and types these lines.
#[track_caller]
fn wire(server: &Server, command: &str, typed: &str) -> Wire {
    let mut words = words(&command.replace("localhost:8080", &server.addr.to_string()));
    assert_eq!(words.drain(..2).collect::<Vec<_>>(), ["glassroom", "wire"]);
    let dir = TempDir::new();
    let input = dir.path().join("typed");
    fs::write(&input, format!("{typed}\n")).unwrap();
    let mut shell = Command::new("sh");
    shell.args(["-c", "exec \"$0\" wire --json \"$@\" < \"$TYPED\""]);
    shell.arg(binary()).args(&words).env("TYPED", &input);
    let out = output(&mut shell);
    let lines = String::from_utf8_lossy(&out.stdout).into_owned();
    let event = |line: &str| serde_json::from_str(line).expect(line);
    Wire(lines.lines().map(event).collect())
}

/// The command of a block, and the lines that are typed after it.
fn split(block: &str) -> (&str, &str) {
    block.split_once('\n').unwrap_or((block, ""))
}

/// Runs a command of `curl` for the server of the test; `None` without curl.
fn curl(server: &Server, command: &str) -> Option<String> {
    let curl = need(on_path(&["curl"]), "curl", INSTALL)?;
    let mut words = words(command);
    assert_eq!(words.remove(0), "curl");
    let mut command = Command::new(curl);
    let to = format!("localhost:8080:{}", server.addr);
    command.args(["--connect-to", &to]).args(words);
    Some(String::from_utf8_lossy(&output(&mut command).stdout).into_owned())
}

/// Runs every block of commands and compares what happens with what its chapter says.
pub fn all(blocks: &[(String, String)]) {
    let server = Server::start("");
    for (name, block) in blocks {
        println!("{name}");
        let (command, typed) = split(block);
        match name.as_str() {
            "open" => {
                let wire = wire(&server, command, typed);
                assert_eq!((wire.status(), wire.texts()), (101, vec!["Hello".into()]));
            }
            "poll" => poll(&server, block),
            "curl-handshake" => {
                if let Some(out) = curl(&server, block) {
                    assert!(
                        out.starts_with("HTTP/1.1 101 ") && out.contains(ACCEPT),
                        "{out}"
                    );
                }
            }
            "accept" => accept(block),
            "accept-wire" => accept_wire(&server, block),
            "raw-hello" => {
                let wire = wire(&server, command, typed);
                assert_eq!(
                    (wire.texts(), wire.close().0),
                    (vec!["Hello".into()], Some(1002))
                );
            }
            "unmasked" => unmasked(&wire(&server, command, typed)),
            "fragments" => fragments(&wire(&server, command, typed)),
            "heartbeat" => heartbeat(command, typed),
            "close" => close(&server, command, typed),
            "no-version" => assert_eq!(wire(&server, block, "").status(), 400),
            "foreign-origin" => assert_eq!(wire(&server, block, "").status(), 403),
            "own-origin" => assert_eq!(wire(&server, block, "").status(), 101),
            "tokens" => tokens(&server, block),
            "session" => {
                if let Some(out) = curl(&server, block) {
                    assert!(out.starts_with("HTTP/1.1 401 "), "{out}");
                }
            }
            "compressed" => {
                let wire = wire(&server, command, typed);
                let handshake = wire.of("handshake").next().unwrap();
                assert!(handshake["extensions"].as_array().is_none_or(Vec::is_empty));
                assert_eq!((wire.status(), wire.close().0), (101, Some(1002)));
            }
            // `minimal.rs` runs the example and talks to it.
            "minimal" => assert!(command.starts_with("cargo run --example minimal")),
            other => panic!("nothing runs {other}"),
        }
    }
}

/// Chapter 1: the three numbers that it says `curl` prints.
fn poll(server: &Server, block: &str) {
    if let Some(out) = curl(server, block) {
        // In the source `\n` is for curl to read.
        let numbers: Vec<usize> = out
            .trim()
            .split(" + ")
            .map(|n| n.parse().unwrap())
            .collect();
        let facts = super::facts::measure_poll(server);
        assert_eq!(numbers, facts, "{out}");
    }
}

/// Chapter 3: the computation in a shell.
fn accept(block: &str) {
    if need(on_path(&["openssl"]), "openssl", INSTALL).is_some() {
        let out = output(Command::new("sh").args(["-c", block]));
        assert_eq!(String::from_utf8_lossy(&out.stdout).trim(), ACCEPT);
    }
}

/// Chapter 3: the computation, with another key each time.
fn accept_wire(server: &Server, block: &str) {
    let keys = [(); 2].map(|()| {
        let wire = wire(server, block, ":quit");
        let accept = &wire.of("handshake").next().unwrap()["accept"];
        assert_eq!(accept["equal"], true);
        accept["key"].to_string()
    });
    assert_ne!(keys[0], keys[1]);
    let words = words(&block.replace("localhost:8080", &server.addr.to_string()));
    let out = output(Command::new(binary()).args(&words[1..]));
    assert!(String::from_utf8_lossy(&out.stdout).contains("step by step"));
}

/// Chapter 5: the same text twice under two masks, and then without one.
fn unmasked(wire: &Wire) {
    assert_eq!(wire.texts(), ["Hello", "Hello"]);
    assert_eq!(wire.close().0, Some(1002));
    let sent = wire.of("frame").filter(|frame| frame["from"] == "client");
    let sent: Vec<&Value> = sent.map(|frame| &frame["wire"]).collect();
    assert_ne!(sent[0], sent[1]);
}

/// Chapter 6: two messages in three fragments each, and a continuation of nothing.
fn fragments(wire: &Wire) {
    assert_eq!(wire.texts(), ["中", "Hello"]);
    let sent = wire.frames("client");
    let opcodes: Vec<u64> = sent.iter().map(|(opcode, _)| *opcode).collect();
    assert_eq!(opcodes[..7], [1, 0, 0, 1, 0, 0, 0]);
    assert_eq!(wire.close().0, Some(1002));
}

/// Chapter 7: a Ping of one's own, then the server's, with a short interval and a short wait.
fn heartbeat(command: &str, typed: &str) {
    assert!(typed.ends_with(":wait 25"), "{typed}");
    let server = Server::start("[heartbeat]\ninterval = \"200ms\"");
    let wire = wire(&server, command, &typed.replace(":wait 25", ":wait 1"));
    let control = |opcode: u64| {
        let frames = wire.frames("server");
        let frame = frames.into_iter().find(|(other, _)| *other == opcode);
        text(&frame.expect("a control frame").1)
    };
    assert_eq!(control(10), "are you there");
    assert_eq!(control(9), "still there?");
}

/// Chapter 8: the Close that is written there, and the two that the text proposes.
fn close(server: &Server, command: &str, typed: &str) {
    assert_eq!(typed, ":close 4000 why");
    let code = |typed: &str| wire(server, command, typed).close().0;
    assert_eq!(code(typed), Some(4000));
    assert_eq!(code(":close"), None);
    assert_eq!(code(":close 1006"), Some(1002));
}

/// Chapter 10: a token that is made, used, and forged.
fn tokens(server: &Server, block: &str) {
    let (make, rest) = split(block);
    let (honest, forged) = split(rest);
    let arguments = make.strip_prefix("TOKEN=$(glassroom token ");
    let arguments = arguments.and_then(|rest| rest.strip_suffix(')'));
    let mut command = server.command("token");
    command.args(words(arguments.expect("a command")));
    let token = String::from_utf8_lossy(&output(&mut command).stdout).into_owned();
    let opened = wire(server, &honest.replace("$TOKEN", token.trim()), "");
    assert_eq!(opened.status(), 101);
    assert!(
        opened.texts()[0].contains("\"welcome\""),
        "{:?}",
        opened.texts()
    );
    let refused = wire(server, forged, "");
    let reason = "Unauthorized: forged".to_owned();
    assert_eq!(
        (refused.status(), refused.close()),
        (101, (Some(1008), reason))
    );
}
