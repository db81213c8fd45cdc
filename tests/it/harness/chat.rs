//! A person in the room: chat.v1 over a [`Raw`] connection.
//!
//! Whatever the server sends to it has to be in the published schema, and so does every request of its own
//! that is granted.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use serde_json::{Value, json};

use super::{Frame, Raw, Server, schema};

/// A connection that has been welcomed.
pub struct Chat {
    pub raw: Raw,
    /// The id that others see.
    pub id: String,
    /// Messages that came before the one an `expect` waited for. They can still be expected.
    passed_over: VecDeque<Value>,
}

impl Chat {
    /// With a token in `Authorization`, on `/ws`: into the default room, whose `joined`
    /// is still to be expected.
    #[track_caller]
    pub fn connect(addr: SocketAddr, token: &str) -> Chat {
        Chat::connect_to(addr, "/ws", token)
    }

    /// The same on another path (`/ws?join=`).
    #[track_caller]
    pub fn connect_to(addr: SocketAddr, path: &str, token: &str) -> Chat {
        let headers =
            format!("Authorization: Bearer {token}\r\nSec-WebSocket-Protocol: chat.v1\r\n");
        let raw = Raw::upgrade(addr, path, &headers);
        let mut chat = Chat {
            raw,
            id: String::new(),
            passed_over: VecDeque::new(),
        };
        let welcome = chat.next();
        assert_eq!(welcome["type"], "welcome", "the first message: {welcome}");
        chat.id = welcome["you"]["id"]
            .as_str()
            .expect("welcome.you.id")
            .to_owned();
        chat.passed_over.push_front(welcome);
        chat
    }

    /// A member called `name` in the default room.
    #[track_caller]
    pub fn member(server: &Server, name: &str) -> Chat {
        Chat::person(server, name, "member")
    }

    /// Welcomed, but in no room yet.
    #[track_caller]
    pub fn outside(server: &Server, name: &str, role: &str) -> Chat {
        Chat::connect_to(server.addr, "/ws?join=", &server.token(name, role))
    }

    /// Anybody in the default room.
    #[track_caller]
    pub fn person(server: &Server, name: &str, role: &str) -> Chat {
        let mut chat = Chat::connect(server.addr, &server.token(name, role));
        chat.expect("joined");
        chat
    }

    #[track_caller]
    pub fn send(&mut self, message: Value) {
        self.raw.send_json(&message);
    }

    #[track_caller]
    pub fn say(&mut self, room: &str, text: &str, r#ref: &str) {
        self.send(json!({"type": "send", "room": room, "text": text, "ref": r#ref}));
    }

    /// Asks, with a `ref` if the request has none, and gives the `ack` or the `error`.
    #[track_caller]
    pub fn ask(&mut self, mut request: Value) -> Value {
        if request.get("ref").is_none() {
            // Unique among all connections of a person, as refs have to be.
            static ASKED: AtomicU64 = AtomicU64::new(0);
            let n = ASKED.fetch_add(1, Ordering::Relaxed);
            request["ref"] = json!(format!("asked-{n}"));
        }
        self.send(request.clone());
        loop {
            let Some(message) = self.receive("an answer") else {
                panic!("TCP ended before the answer to {request}")
            };
            let answer = message["type"] == "ack" || message["type"] == "error";
            if answer && message["ref"] == request["ref"] {
                if message["type"] == "ack"
                    && let Err(error) = schema::chat_v1().check_client(&request)
                {
                    panic!("granted, but not in docs/chat.v1.schema.json: {request}\n{error}");
                }
                return message;
            }
            self.passed_over.push_back(message);
        }
    }

    /// Asks for something that is granted; gives the `ack`.
    #[track_caller]
    pub fn granted(&mut self, request: Value) -> Value {
        let answer = self.ask(request.clone());
        assert_eq!(answer["type"], "ack", "to {request} came {answer}");
        answer
    }

    /// The messages of a room that a search finds, newest first. One search looks for some 25 ms, and
    /// the next goes on where it ended.
    #[track_caller]
    pub fn search(&mut self, room: &str, query: &str) -> Vec<Value> {
        let mut request = json!({"type": "search", "room": room, "query": query, "limit": 50});
        let mut messages = Vec::new();
        loop {
            self.granted(request.clone());
            let mut found = self.expect("found");
            messages.extend(found["messages"].as_array().unwrap().iter().cloned());
            match found["before"].take() {
                Value::Null => return messages,
                before => request["before"] = before,
            }
        }
    }

    /// Asks for something that is refused with `code`; gives the `error`.
    #[track_caller]
    pub fn refused(&mut self, request: Value, code: &str) -> Value {
        let answer = self.ask(request.clone());
        let told = (answer["type"].as_str(), answer["code"].as_str());
        assert_eq!(
            told,
            (Some("error"), Some(code)),
            "to {request} came {answer}"
        );
        let sentence = answer["message"].as_str().unwrap_or_default();
        assert!(!sentence.is_empty(), "no sentence for a person: {answer}");
        answer
    }

    /// The earliest message of a type. Messages before it can be expected later.
    #[track_caller]
    pub fn expect(&mut self, kind: &str) -> Value {
        if let Some(at) = self.passed_over.iter().position(|m| m["type"] == kind) {
            return self.passed_over.remove(at).unwrap();
        }
        loop {
            let Some(message) = self.receive(kind) else {
                panic!(
                    "TCP ended before {kind:?}; before that came {:?}",
                    self.passed_over
                )
            };
            if message["type"] == kind {
                return message;
            }
            self.passed_over.push_back(message);
        }
    }

    /// The next message, whatever it is.
    #[track_caller]
    pub fn next(&mut self) -> Value {
        let early = self.passed_over.pop_front();
        early
            .or_else(|| self.receive("a message"))
            .expect("TCP ended where a message was awaited")
    }

    /// Nothing of this type has come, and none comes before the answer to a request:
    /// the answer follows everything that was sent to this client before it.
    #[track_caller]
    pub fn expect_no(&mut self, kind: &str) {
        let found = self.so_far(kind);
        assert!(found.is_empty(), "came after all: {found:?}");
    }

    /// Everything of a type that has come or is on its way.
    #[track_caller]
    pub fn so_far(&mut self, kind: &str) -> Vec<Value> {
        // An unknown room is answered at once and changes nothing.
        self.ask(json!({"type": "leave", "room": "nowhere"}));
        let all = std::mem::take(&mut self.passed_over).into_iter();
        let (found, rest) = all.partition(|message| message["type"] == kind);
        self.passed_over = rest;
        VecDeque::into(found)
    }

    /// Whether somebody has left a room of this connection since the last call.
    #[cfg(feature = "full")]
    #[track_caller]
    pub fn somebody_left(&mut self) -> bool {
        let events = self.so_far("presence");
        let left = events.iter().filter_map(|event| event["left"].as_array());
        left.flatten().count() > 0
    }

    /// Everything that has come or is on its way.
    #[track_caller]
    pub fn all_so_far(&mut self) -> Vec<Value> {
        self.ask(json!({"type": "leave", "room": "nowhere"}));
        std::mem::take(&mut self.passed_over).into()
    }

    #[track_caller]
    pub fn expect_close(&mut self, code: u16) -> String {
        self.raw.expect_close(code)
    }

    /// The next message from the wire; pings are answered, as every client does (§5.5.2). They are no
    /// reason to wait longer: a server with a short heartbeat sends them for ever.
    #[track_caller]
    fn receive(&mut self, what: &str) -> Option<Value> {
        let start = Instant::now();
        loop {
            let patience = self.raw.patience;
            assert!(start.elapsed() < patience, "no {what} within {patience:?}");
            let frame = self.raw.next_frame(what)?;
            match frame.opcode {
                Frame::TEXT => {
                    let message = serde_json::from_slice(&frame.payload);
                    let message: Value = message.unwrap_or_else(|e| panic!("{e}: {frame:?}"));
                    if let Err(error) = schema::chat_v1().check_server(&message) {
                        panic!("not in docs/chat.v1.schema.json: {message}\n{error}");
                    }
                    return Some(message);
                }
                Frame::PING => self.raw.send_frame(&Frame::new(Frame::PONG, frame.payload)),
                Frame::PONG => {}
                Frame::CLOSE => {
                    let (code, reason) = frame.payload.split_at(frame.payload.len().min(2));
                    let code = code.iter().fold(0u16, |n, &b| n << 8 | u16::from(b));
                    let reason = String::from_utf8_lossy(reason);
                    panic!("Close {code} {reason:?} where {what} was awaited");
                }
                _ => panic!("neither text nor control: {frame:?}"),
            }
        }
    }
}
