//! What a student's client does, step by step, and what it receives.

use serde_json::{Value, json};
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::time::Instant;

use crate::harness::{Frame, PATIENCE, Raw, Server, http};

/// A correct answer to a `Sec-WebSocket-Key`, by the test's own means.
pub fn accept(key: &str) -> String {
    tungstenite::handshake::derive_accept_key(key.as_bytes())
}

pub fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {token}\r\n")
}

/// Opens a task with this key; whether the accept key was right.
#[track_caller]
pub fn knock(server: &Server, task: u8, token: &str, key: &str) -> (Raw, bool) {
    let mut raw = Raw::connect(server.addr);
    // The examiner of a release build waits as long for a step as other tests do for an answer.
    raw.patience = 2 * PATIENCE;
    let head = format!(
        "GET /task/{task} HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n{}\r\n",
        server.addr,
        bearer(token)
    );
    raw.send(head.as_bytes());
    let response = raw.read_response();
    assert_eq!(response.status, 101, "{}", response.text());
    let right = response.header("Sec-WebSocket-Accept") == Some(&accept(key));
    (raw, right)
}

/// A masking key that was not used before.
pub fn fresh_key() -> [u8; 4] {
    let number = RandomState::new().hash_one(());
    (number as u32 | 1).to_be_bytes()
}

/// A frame with a fresh masking key.
pub fn fresh(frame: Frame) -> Frame {
    let mask = Some(fresh_key());
    Frame { mask, ..frame }
}

/// A `Sec-WebSocket-Key` that was not used before.
pub fn nonce() -> String {
    let symbols = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let random = RandomState::new();
    let symbol = |n: u8| symbols[random.hash_one(n) as usize % 64] as char;
    let mut key: String = (0..21).map(symbol).collect();
    key.push_str("A==");
    key
}

/// Two different keys.
pub const KEYS: [&str; 2] = ["dGhlIHNhbXBsZSBub25jZQ==", "AAAAAAAAAAAAAAAAAAAAAA=="];

/// Opens a task, up to the examiner's first message.
#[track_caller]
pub fn begin(server: &Server, task: u8, name: &str) -> Raw {
    let token = server.token(name, "member");
    let (mut raw, right) = knock(server, task, &token, &nonce());
    assert!(right, "the accept value of task {task}");
    let opening = raw.read_json();
    assert_eq!(
        (&opening["type"], &opening["task"]),
        (&json!("task"), &json!(task))
    );
    raw
}

/// What the examiner says at the end.
#[derive(Debug)]
pub struct Verdict {
    pub passed: bool,
    pub section: String,
    pub what: String,
    pub receipt: Option<String>,
    pub code: u16,
    /// The message itself.
    pub said: Value,
}

impl Verdict {
    /// Which rules its notes are about.
    pub fn notes(&self) -> Vec<&str> {
        let notes = self.said["notes"].as_array();
        let notes = notes.into_iter().flatten();
        notes.map(|note| note["rule"].as_str().unwrap()).collect()
    }
}

/// Reads on; `react` answers every frame before the verdict.
#[track_caller]
pub fn play(raw: &mut Raw, mut react: impl FnMut(&mut Raw, &Frame)) -> Verdict {
    loop {
        let frame = raw.read_frame();
        let said: Value = serde_json::from_slice(&frame.payload).unwrap_or_default();
        if frame.opcode != Frame::TEXT || !frame.fin || said["type"] != "verdict" {
            react(raw, &frame);
            continue;
        }
        let last = raw.read_frame();
        assert_eq!(last.opcode, Frame::CLOSE, "a Close follows a verdict");
        assert!(last.payload.len() <= 125);
        let code = u16::from_be_bytes([last.payload[0], last.payload[1]]);
        let reason = String::from_utf8(last.payload[2..].to_vec()).expect("UTF-8");
        let section = said["section"].as_str().unwrap().to_owned();
        let expected = match said["passed"].as_bool().unwrap() {
            true => "passed".to_owned(),
            false => format!("failed: §{section} "),
        };
        assert!(reason.starts_with(&expected), "{reason}");
        return Verdict {
            passed: said["passed"] == true,
            section,
            what: said["what"].as_str().unwrap().to_owned(),
            receipt: said["receipt"].as_str().map(str::to_owned),
            code,
            said,
        };
    }
}

/// What the examiner asks for in this frame.
pub fn asked(frame: &Frame) -> Option<Value> {
    let said: Value = serde_json::from_slice(&frame.payload).ok()?;
    (frame.opcode == Frame::TEXT && said["type"] == "do").then_some(said)
}

/// A client without a fault, in tasks 2 to 5.
pub fn honest() -> impl FnMut(&mut Raw, &Frame) {
    let (mut echo, mut parts) = (0, Vec::new());
    move |raw, frame| {
        let mut send = |opcode, payload: &[u8]| {
            raw.send_frame(&fresh(Frame::new(opcode, payload)));
        };
        match (asked(frame), frame.opcode) {
            (Some(what), _) if what["do"] == "say" => {
                send(Frame::TEXT, what["text"].as_str().unwrap().as_bytes());
            }
            (Some(what), _) => echo = what["count"].as_u64().unwrap_or(0),
            (None, Frame::PING) => send(Frame::PONG, &frame.payload),
            (None, Frame::TEXT | Frame::CONTINUATION) => {
                parts.extend_from_slice(&frame.payload);
                if frame.fin && echo > 0 {
                    send(Frame::TEXT, &parts);
                    echo -= 1;
                }
                if frame.fin {
                    parts.clear();
                }
            }
            _ => {}
        }
    }
}

/// The first part of task 6, up to the server's Close. Returns the code of that Close.
#[track_caller]
pub fn until_closed(raw: &mut Raw) -> u16 {
    assert_eq!(asked(&raw.read_frame()).unwrap()["do"], "wait");
    let close = raw.read_frame();
    assert_eq!(close.opcode, Frame::CLOSE);
    let code = u16::from_be_bytes([close.payload[0], close.payload[1]]);
    assert!((4000..5000).contains(&code), "{code}");
    code
}

/// What `GET /api/tasks` says of one task.
#[track_caller]
pub fn listed(server: &Server, name: &str, task: usize) -> Value {
    let token = server.token(name, "member");
    let response = http(server.addr, "GET", "/api/tasks", &bearer(&token), "");
    assert_eq!(response.status, 200, "{}", response.text());
    response.json()["tasks"][task - 1].clone()
}

/// The rows of `tasks.csv`, as soon as there are `count` of them.
#[track_caller]
pub fn rows(server: &Server, count: usize) -> Vec<String> {
    let until = Instant::now() + PATIENCE;
    let host = bearer(&server.token("Ms Lin", "host"));
    loop {
        let response = http(server.addr, "GET", "/api/tasks.csv", &host, "");
        assert_eq!(response.status, 200, "{}", response.text());
        let text = response.text();
        assert!(text.starts_with("\u{feff}\"name\",\"id\",\"task\",\"passed at\",\"attempts\""));
        let rows: Vec<String> = text.lines().skip(1).map(str::to_owned).collect();
        if rows.len() == count {
            return rows;
        }
        assert!(Instant::now() < until, "there are not {count} rows: {text}");
    }
}

/// Both parts of task 6, up to the verdict.
#[track_caller]
pub fn close_both_ways(server: &Server, name: &str) -> Verdict {
    let mut raw = begin(server, 6, name);
    let code = until_closed(&mut raw);
    raw.send_frame(&fresh(Frame::close(code, "")));
    raw.expect_eof();
    play(&mut begin(server, 6, name), |raw, frame| {
        if let Some(what) = asked(frame) {
            let reason = what["reason"].as_str().unwrap();
            raw.send_frame(&fresh(Frame::close(1000, reason)));
        }
    })
}
