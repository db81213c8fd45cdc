//! What this server does, measured.

use std::collections::BTreeMap;
use std::io::Read;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;

use super::constants::{constants, silence};
use crate::harness::{Frame, PATIENCE, Raw, Server, now};

/// The key of the example in RFC 6455 §1.3.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

/// The key of the example in RFC 6455 §4.1.
const OTHER_KEY: &str = "AQIDBAUGBwgJCgsMDQ4PEC==";

/// What a chapter has to say.
#[derive(Debug)]
pub enum Fact {
    /// This, whatever the white space.
    Is(String),
    /// One of these words, in the language of the chapter.
    Either(&'static [&'static str]),
    /// All of these.
    Holds(Vec<String>),
}

impl Fact {
    pub fn is(&self, text: &str) -> bool {
        let words: Vec<&str> = text.split_whitespace().collect();
        let text = words.join(" ");
        match self {
            Fact::Is(fact) => text == *fact,
            Fact::Either(words) => words.contains(&text.as_str()),
            Fact::Holds(parts) => parts.iter().all(|part| text.contains(part)),
        }
    }
}

pub(super) type Facts = BTreeMap<&'static str, Fact>;

/// Measures everything that a chapter claims, on a server with the settings of the chapters.
pub fn measure() -> Facts {
    let mut facts = Facts::new();
    let server = Server::start("");
    traffic(&mut facts, &server);
    statuses(&mut facts, &server);
    origins(&mut facts, &server);
    accept(&mut facts, &server);
    headers(&mut facts, &server);
    closes(&mut facts, &server);
    fragments(&mut facts, &server);
    tokens(&mut facts, &server);
    heartbeat(&mut facts);
    constants(&mut facts, &server);
    silence(&mut facts);
    facts
}

pub(super) fn say(facts: &mut Facts, name: &'static str, fact: impl ToString) {
    let before = facts.insert(name, Fact::Is(fact.to_string()));
    assert!(before.is_none(), "{name} is measured twice");
}

/// A number with commas between the thousands.
pub(super) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

pub(super) fn number(facts: &Facts, name: &str) -> usize {
    let Fact::Is(text) = &facts[name] else {
        panic!("{name} is no number");
    };
    text.replace(',', "").parse().expect(name)
}

fn hex(bytes: &[u8]) -> String {
    let bytes: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    bytes.join(" ")
}

/// The bytes of an answer in HTTP up to the empty line, and those after it.
fn exchange(server: &Server, request: &str) -> (usize, usize) {
    let mut raw = Raw::connect(server.addr);
    raw.send(request.as_bytes());
    let (answer, _) = raw.read_rest();
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n");
    let head = end.expect("an answer") + 4;
    (head, answer.len() - head)
}

/// The request of chapter 1.
const POLL: &str =
    "GET /api/room HTTP/1.1\r\nHost: localhost:8080\r\nUser-Agent: curl\r\nAccept: */*\r\n\r\n";

/// The bytes of a poll: its request, the head and the body of its answer.
pub fn measure_poll(server: &Server) -> Vec<usize> {
    let (head, body) = exchange(server, POLL);
    vec![POLL.len(), head, body]
}

/// The bytes of one poll and of one handshake, each as the command of chapter 1 sends it.
fn traffic(facts: &mut Facts, server: &Server) {
    let poll = measure_poll(server);
    let (request, head, body) = (poll[0], poll[1], poll[2]);
    say(facts, "poll-request", request);
    say(facts, "poll-head", head);
    say(facts, "poll", request + head);
    say(facts, "poll-line", format!("{request} + {head} + {body}"));
    let request = handshake("/echo", &[]);
    let mut raw = Raw::connect(server.addr);
    raw.send(request.as_bytes());
    raw.finish();
    let (answer, _) = raw.read_rest();
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n");
    say(facts, "open-request", request.len());
    say(facts, "open-answer", end.expect("an answer") + 4);
    let open = number(facts, "open-request") + number(facts, "open-answer");
    say(facts, "open", open);
}

/// A handshake as `glassroom wire` sends it to `localhost:8080`, with other lines in place of those
/// of the same name. A line without a value is left out.
fn handshake(path: &str, instead: &[&str]) -> String {
    let key = format!("Sec-WebSocket-Key: {KEY}");
    let lines = [
        "Host: localhost:8080",
        "Upgrade: websocket",
        "Connection: Upgrade",
        &key,
        "Sec-WebSocket-Version: 13",
    ];
    let name = |line: &str| line.split(':').next().unwrap().to_owned();
    let kept = lines
        .iter()
        .filter(|line| !instead.iter().any(|other| name(other) == name(line)));
    let more = instead.iter().filter(|line| !line.ends_with(':'));
    let lines: Vec<&str> = kept.chain(more).copied().collect();
    format!("GET {path} HTTP/1.1\r\n{}\r\n\r\n", lines.join("\r\n"))
}

fn status(server: &Server, request: &str) -> u16 {
    let mut raw = Raw::connect(server.addr);
    raw.send(request.as_bytes());
    raw.read_response().status
}

fn statuses(facts: &mut Facts, server: &Server) {
    let right = handshake("/echo", &[]);
    let post = right.replacen("GET", "POST", 1);
    say(facts, "status-method", status(server, &post));
    let old = right.replacen("HTTP/1.1", "HTTP/1.0", 1);
    say(facts, "status-http-1-0", status(server, &old));
    for (name, line) in [
        ("status-host", "Host:"),
        ("status-upgrade", "Upgrade:"),
        ("status-connection", "Connection:"),
        ("status-key", "Sec-WebSocket-Key:"),
        ("status-no-version", "Sec-WebSocket-Version:"),
        ("status-version", "Sec-WebSocket-Version: 8"),
        ("status-origin", "Origin: http://cats.example"),
    ] {
        say(facts, name, status(server, &handshake("/echo", &[line])));
    }
    let mut raw = Raw::connect(server.addr);
    raw.send(handshake("/echo", &["Sec-WebSocket-Version: 8"]).as_bytes());
    let answer = raw.read_response();
    let versions = answer.header("Sec-WebSocket-Version").unwrap_or("none");
    say(
        facts,
        "versions",
        format!("Sec-WebSocket-Version: {versions}"),
    );
}

fn origins(facts: &mut Facts, server: &Server) {
    for (name, origin) in [
        ("origin-own", "Origin: http://192.168.1.20:8080"),
        ("origin-foreign", "Origin: http://cats.example"),
        ("origin-port", "Origin: http://192.168.1.20:8081"),
        ("origin-null", "Origin: null"),
        ("origin-none", "Origin:"),
    ] {
        let request = handshake("/echo", &["Host: 192.168.1.20:8080", origin]);
        let verdict = match status(server, &request) {
            101 => Fact::Either(&["accepted", "放行"]),
            other => Fact::Is(other.to_string()),
        };
        facts.insert(name, verdict);
    }
}

fn accept(facts: &mut Facts, server: &Server) {
    let accept = |key: &str| {
        let mut raw = Raw::connect(server.addr);
        let line = format!("Sec-WebSocket-Key: {key}");
        raw.send(handshake("/echo", &[&line]).as_bytes());
        let answer = raw.read_response();
        answer.header("Sec-WebSocket-Accept").map(str::to_owned)
    };
    let value = accept(KEY).expect("an accepted key");
    say(facts, "sha1", hex(&BASE64_STANDARD.decode(&value).unwrap()));
    say(facts, "accept", value);
    let opens = accept(OTHER_KEY).is_some();
    say(
        facts,
        "key-ending-in-c",
        if opens { OTHER_KEY } else { "refused" },
    );
}

/// The first bytes of the frame in which a text of this size comes back.
fn echoed_header(server: &Server, size: usize, header: usize) -> String {
    let mut raw = Raw::upgrade(server.addr, "/echo", "");
    raw.send_text(&"x".repeat(size));
    let mut bytes = vec![0; header];
    let mut stream = raw.stream();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.read_exact(&mut bytes).expect("the echo");
    hex(&bytes)
}

fn headers(facts: &mut Facts, server: &Server) {
    say(facts, "header-126", echoed_header(server, 126, 4));
    say(facts, "header-65536", echoed_header(server, 65_536, 10));
}

/// The code with which the server closes after these frames.
#[track_caller]
fn close_after(server: &Server, frames: &[Frame]) -> u16 {
    let mut raw = Raw::upgrade(server.addr, "/echo", "");
    for frame in frames {
        raw.send_frame(frame);
    }
    loop {
        let frame = raw.read_frame();
        if frame.opcode == Frame::CLOSE {
            return u16::from_be_bytes([frame.payload[0], frame.payload[1]]);
        }
    }
}

fn closes(facts: &mut Facts, server: &Server) {
    let hello = || Frame::text("Hello");
    // A text of 65,536 bytes came back above; the next length is refused by its header.
    let too_big = close_after(server, &[hello().claiming(65_537)]);
    say(facts, "max-message", grouped(65_536));
    say(facts, "too-big", too_big);
    for (name, frames) in [
        ("not-minimal", vec![hello().length_bytes(2)]),
        ("unmasked", vec![hello().unmasked()]),
        ("rsv1", vec![hello().rsv(4)]),
        ("interleaved", vec![hello().not_final(), hello()]),
        (
            "nothing-to-continue",
            vec![Frame::new(Frame::CONTINUATION, "")],
        ),
    ] {
        say(facts, name, close_after(server, &frames));
    }
    let longest = (1..=125).rev().find(|bytes| {
        let reason = "x".repeat(*bytes);
        close_after(server, &[Frame::close(1000, &reason)]) == 1000
    });
    say(facts, "reason-bytes", longest.expect("a reason"));
    let close = Frame::close(1000, "").encode();
    let mut raw = Raw::upgrade(server.addr, "/echo", "");
    raw.send(&close);
    let (answer, _) = raw.read_rest();
    let frames = vec![hex(&close), hex(&answer)];
    facts.insert("close-frames", Fact::Holds(frames));
}

/// How many empty fragments are too many.
fn fragments(facts: &mut Facts, server: &Server) {
    let mut raw = Raw::upgrade(server.addr, "/echo", "");
    let mut sent = 0;
    let code = loop {
        let opcode = match sent {
            0 => Frame::TEXT,
            _ => Frame::CONTINUATION,
        };
        raw.send_frame(&Frame::new(opcode, "").not_final());
        raw.send_frame(&Frame::new(Frame::PING, "?"));
        let answer = raw.read_frame();
        match answer.opcode {
            Frame::PONG => sent += 1,
            _ => break u16::from_be_bytes([answer.payload[0], answer.payload[1]]),
        }
    };
    say(facts, "empty-fragments", grouped(sent));
    say(facts, "too-many-fragments", code);
}

fn tokens(facts: &mut Facts, server: &Server) {
    let good = server.token("Ann", "member");
    let both = [
        format!("Authorization: Bearer {good}"),
        format!("Sec-WebSocket-Protocol: chat.v1, bearer.{good}"),
    ];
    let both: Vec<&str> = both.iter().map(String::as_str).collect();
    say(
        facts,
        "two-tokens",
        status(server, &handshake("/ws", &both)),
    );
    let expired = server.token_with("Ann", "member", json!({"exp": now() - 3600}));
    let authorization = format!("Authorization: Bearer {expired}");
    let mut raw = Raw::connect(server.addr);
    raw.send(handshake("/ws", &[&authorization]).as_bytes());
    raw.finish();
    let (answer, _) = raw.read_rest();
    let head = String::from_utf8_lossy(&answer);
    let line = head.lines().next().unwrap().to_owned();
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n");
    let frame = &answer[end.unwrap() + 4..];
    let reason = String::from_utf8_lossy(&frame[4..]).into_owned();
    let parts = vec![line, hex(&frame[..4]), format!("\"{reason}\"")];
    facts.insert("expired", Fact::Holds(parts));
    // One more letter makes another signature.
    let forged = format!("Authorization: Bearer {good}A\r\n");
    let mut raw = Raw::upgrade(server.addr, "/ws", &forged);
    say(facts, "forged", raw.expect_close(1008));
}

/// Ping, Pong and the end of a silent client, on a server with a short interval.
fn heartbeat(facts: &mut Facts) {
    let server = Server::start("[heartbeat]\ninterval = \"200ms\"");
    let mut echo = Raw::upgrade(server.addr, "/echo", "");
    let ping = echo.read_frame();
    assert_eq!(ping.opcode, Frame::PING);
    say(facts, "echo-ping", String::from_utf8_lossy(&ping.payload));
    let authorization = format!(
        "Authorization: Bearer {}\r\n",
        server.token("Ann", "member")
    );
    let mut raw = Raw::upgrade(server.addr, "/ws", &authorization);
    let ping = loop {
        let frame = raw.read_frame();
        if frame.opcode == Frame::PING {
            break frame;
        }
    };
    let pong = Frame::new(Frame::PONG, ping.payload.clone());
    say(facts, "ping-payload", ping.payload.len());
    say(facts, "ping", ping.unmasked().encode().len());
    say(facts, "pong", pong.encode().len());
    let code = loop {
        let frame = raw.read_frame();
        if frame.opcode == Frame::CLOSE {
            break u16::from_be_bytes([frame.payload[0], frame.payload[1]]);
        }
    };
    say(facts, "silent", code);
}
