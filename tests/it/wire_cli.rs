//! `glassroom wire`: what it shows, what it sends, how it ends. Tested against our server and
//! against tiny servers that break rules.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};

use serde_json::Value;

use crate::harness::{Frame, PATIENCE, Server, binary};

mod endings;
mod late_pings;
mod order;
mod pcapng;

/// The output of the command, and its exit code.
struct Outcome {
    out: String,
    err: String,
    code: Option<i32>,
}

impl Outcome {
    /// The output of `--json`, of one type.
    #[track_caller]
    fn json(&self, kind: &str) -> Vec<Value> {
        let parse = |line: &str| serde_json::from_str::<Value>(line).expect(line);
        let all = self.out.lines().map(parse);
        all.filter(|event| event["type"] == kind).collect()
    }

    /// The frames of one side, as `(opcode, payload)`.
    #[track_caller]
    fn frames(&self, from: &str) -> Vec<(u64, String)> {
        let frames = self.json("frame").into_iter().filter(|f| f["from"] == from);
        let pair = |f: Value| (f["opcode"].as_u64().unwrap(), f["payload"].to_string());
        frames.map(pair).collect()
    }
}

/// Runs `glassroom wire` with `typed` as its input, which then ends.
#[track_caller]
fn wire(args: &[&str], typed: &str) -> Outcome {
    wire_bytes(args, typed.as_bytes())
}

/// The same, with an input that need not be text.
#[track_caller]
fn wire_bytes(args: &[&str], typed: &[u8]) -> Outcome {
    let mut child = Command::new(binary())
        .arg("wire")
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut input = child.stdin.take().unwrap();
    // The command may end before it has read all of its input.
    let _ = input.write_all(typed);
    drop(input);
    let id = child.id();
    let (done, ended) = mpsc::channel();
    thread::spawn(move || done.send(child.wait_with_output()));
    let Ok(output) = ended.recv_timeout(PATIENCE) else {
        let _ = Command::new("kill").arg(id.to_string()).status();
        panic!("still running after {PATIENCE:?}: wire {args:?}");
    };
    let output = output.unwrap();
    Outcome {
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
        code: output.status.code(),
    }
}

/// The key and the accept value of RFC 6455 §1.3, for servers that do not compute one.
const KEY: &str = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
const SWITCHING: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

/// A server for one connection: it reads the head, and `then` does the rest.
fn server<T: Send + 'static>(
    then: impl FnOnce(TcpStream) -> T + Send + 'static,
) -> (String, JoinHandle<T>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ws://{}/", listener.local_addr().unwrap());
    let serve = move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let (mut head, mut byte) = (Vec::new(), [0]);
        while !head.ends_with(b"\r\n\r\n") {
            stream.read_exact(&mut byte).unwrap();
            head.push(byte[0]);
        }
        then(stream)
    };
    (url, thread::spawn(serve))
}

#[test]
fn a_conversation_is_shown_bit_by_bit_and_ends_cleanly() {
    let server = Server::start("");
    let outcome = wire(
        &[&server.url("ws", "/echo")],
        "Hello\n:ping are you there\n",
    );
    assert_eq!(outcome.code, Some(0), "{}", outcome.err);
    for part in [
        "GET /echo HTTP/1.1",
        "HTTP/1.1 101 Switching Protocols",
        "258EAFA5-E914-47DA-95CA-C5AB0DC85B11",
        "equal: the server has read the key",
        "|F|R|R|R|opcode |M| Payload len |          Masking-key          |",
        // The echo: FIN, text, no mask, five bytes, and "He".
        "   0 |1|0|0|0|0 0 0 1|0|0 0 0 0 1 0 1|0 1 0 0 1 0 0 0 0 1 1 0 0 1 0 1|  81 05 48 65",
        "payload      48 65 6c 6c 6f                                   Hello",
        "answers the Ping after",
        "closed cleanly (§7.1.4): the first Close came from client, TCP was ended first by server",
    ] {
        assert!(outcome.out.contains(part), "{part:?} in {}", outcome.out);
    }
    // Not a terminal: no colours.
    assert!(!outcome.out.contains('\x1b') && !outcome.out.contains('✗'));
}

#[test]
fn every_command_is_sent_as_documented_and_reported_in_json() {
    let server = Server::start("");
    let url = server.url("ws", "/echo");
    let typed = ":fragment 3 caf\u{e9}\n:binary 00 ff\n:text :x\n:raw 8a800000 0000\n:nonsense\n:close 4000 why\n";
    let outcome = wire(&["--json", &url], typed);
    assert_eq!(outcome.code, Some(0), "{}", outcome.err);
    let hex = |payload: &str| format!("\"{payload}\"");
    assert_eq!(
        outcome.frames("client"),
        [
            (1, hex("63")),
            (0, hex("6166")),
            (0, hex("c3a9")),
            (2, hex("00ff")),
            (1, hex("3a78")),
            (10, hex("")),
            (8, hex("0fa0776879")),
        ]
    );
    let echoed = [(1, hex("636166c3a9")), (2, hex("00ff")), (1, hex("3a78"))];
    assert_eq!(outcome.frames("server")[..3], echoed);
    let frames = outcome.json("frame");
    let fragments = &frames[2]["message"];
    assert_eq!(
        (&fragments["text"], &fragments["fragments"]),
        (&"caf\u{e9}".into(), &3.into())
    );
    assert!(
        frames
            .iter()
            .all(|frame| frame["faults"] == serde_json::json!([]))
    );
    assert!(
        outcome.json("note")[0]["text"]
            .as_str()
            .unwrap()
            .contains(":help")
    );
    assert_eq!(outcome.json("ping")[0]["rung"], "unsolicited");
    let end = &outcome.json("end")[0];
    assert_eq!(
        (&end["clean"], &end["server_sees"]),
        (&true.into(), &4000.into())
    );
}

#[test]
fn a_token_is_accepted_and_never_shown() {
    let server = Server::start("");
    let token = server.token("ada", "member");
    let (url, signature) = (server.url("ws", "/ws"), token.rsplit('.').next().unwrap());
    let header = format!("Sec-WebSocket-Protocol: chat.v1, bearer.{token}");
    for way in [
        &["--token", &token, "--protocol", "chat.v1"][..],
        &["--header", &header],
    ] {
        for json in [&[][..], &["--json"]] {
            let outcome = wire(&[way, json, &[&url]].concat(), ":wait 0.3\n");
            assert_eq!(outcome.code, Some(0), "{} {}", outcome.out, outcome.err);
            assert!(outcome.out.contains("welcome") && outcome.out.contains("HS256"));
            assert!(!outcome.out.contains(signature), "{}", outcome.out);
        }
    }
}

#[test]
fn a_refused_handshake_is_explained_and_exits_with_1() {
    let server = Server::start("");
    let url = server.url("ws", "/echo");
    let outcome = wire(
        &["--json", "--header", "Sec-WebSocket-Version: 8", &url],
        "",
    );
    assert_eq!(outcome.code, Some(1));
    assert!(outcome.err.contains("426"), "{}", outcome.err);
    let note = &outcome.json("handshake")[0];
    assert_eq!(
        (&note["status"], &note["established"]),
        (&426.into(), &false.into())
    );
    let rules = note["rules"].as_array().unwrap().iter();
    let broken: Vec<_> = rules.filter(|rule| rule["verdict"] == "broken").collect();
    assert_eq!((broken.len(), &broken[0]["found"]), (1, &"8".into()));
    let body = outcome.json("body")[0]["text"].to_string();
    assert!(body.contains("unsupported_version"), "{body}");
    let outcome = wire(&["--origin", "http://evil.example", &url], "");
    assert_eq!(outcome.code, Some(1));
    assert!(outcome.err.contains("403") && outcome.out.contains("a page of another site"));
}

#[test]
fn a_wrong_accept_key_fails_the_connection() {
    let (url, _) = server(|mut stream| {
        let _ = stream.write_all(SWITCHING);
        let _ = stream.read(&mut [0; 10]);
    });
    let outcome = wire(&[&url], "never sent\n");
    assert_eq!(outcome.code, Some(1));
    assert!(outcome.out.contains("not equal") && !outcome.out.contains("frame 1"));
}

#[test]
fn wrong_arguments_exit_with_2() {
    for args in [
        &["wss://localhost/"][..],
        &["http://localhost/"],
        &["ws://localhost/#x"],
        &["ws://localhost/", "--header", "no colon"],
        &[],
    ] {
        let outcome = wire(args, "");
        assert_eq!(outcome.code, Some(2), "{args:?}: {}", outcome.err);
        assert!(outcome.out.is_empty() && !outcome.err.is_empty());
    }
    assert!(wire(&["wss://a/"], "").err.contains("TLS"));
}

#[test]
fn a_ping_is_answered_with_the_same_bytes_and_a_mask() {
    let (url, server) = server(|mut stream| {
        let ping = Frame::new(Frame::PING, "x".repeat(100)).unmasked().encode();
        stream.write_all(&[SWITCHING, &ping].concat()).unwrap();
        let mut pong = [0; 2 + 4 + 100];
        stream.read_exact(&mut pong).unwrap();
        stream
            .write_all(&Frame::close(1001, "bye").unmasked().encode())
            .unwrap();
        let mut close = [0; 2 + 4 + 2];
        stream.read_exact(&mut close).unwrap();
        (pong, close)
    });
    let outcome = wire(&["--header", KEY, &url], ":wait 9\n");
    assert_eq!(outcome.code, Some(0), "{}", outcome.err);
    let (pong, close) = server.join().unwrap();
    assert_eq!(pong[..2], [0x8A, 0x80 | 100]);
    assert!((0..100).all(|i| pong[6 + i] ^ pong[2 + i % 4] == b'x'));
    // The answer echoes the code (§5.5.1).
    assert_eq!(close[..2], [0x88, 0x82]);
    assert_eq!(
        [close[6] ^ close[2], close[7] ^ close[3]],
        1001_u16.to_be_bytes()
    );
}

#[test]
fn a_server_that_breaks_a_rule_is_told_which() {
    let (url, server) = server(|mut stream| {
        stream
            .write_all(&[SWITCHING, &Frame::text("masked").encode()].concat())
            .unwrap();
        let mut close = [0; 8];
        stream.read_exact(&mut close).unwrap();
        [close[6] ^ close[2], close[7] ^ close[3]]
    });
    let outcome = wire(&["--header", KEY, &url], ":wait 9\n");
    assert_eq!(server.join().unwrap(), 1002_u16.to_be_bytes());
    assert_eq!(outcome.code, Some(1));
    assert!(
        outcome.err.contains("masked (RFC 6455 §5.1)"),
        "{}",
        outcome.err
    );
    let rule = "✗ masked: \"A server MUST NOT mask any frames that it sends to the client.";
    assert!(outcome.out.contains(rule), "{}", outcome.out);
}

#[test]
fn a_server_that_hangs_up_without_a_close_is_1006_and_exit_1() {
    let (url, _) = server(|mut stream| stream.write_all(SWITCHING));
    let outcome = wire(&["--header", KEY, "--json", &url], ":wait 9\n");
    assert_eq!(outcome.code, Some(1));
    assert!(outcome.err.contains("1006"), "{}", outcome.err);
    let end = &outcome.json("end")[0];
    assert_eq!(
        (&end["client_sees"], &end["tcp"]),
        (&1006.into(), &"server".into())
    );
}

#[test]
fn a_server_that_never_answers_the_close_is_left_after_five_seconds() {
    let (url, server) = server(|mut stream| {
        stream.write_all(SWITCHING).unwrap();
        // Reads on, says nothing.
        std::io::copy(&mut stream, &mut std::io::sink()).unwrap()
    });
    let outcome = wire(&["--header", KEY, &url], "");
    assert_eq!(outcome.code, Some(1));
    assert!(outcome.err.contains("did not answer the Close within 5 s"));
    assert!(outcome.out.contains("No answer to the Close within 5 s"));
    assert_eq!(server.join().unwrap(), 8); // the Close alone
}
