//! A person in the room: chat.v1 over a [`Raw`] connection.

use std::collections::VecDeque;
use std::net::SocketAddr;

use serde_json::{Value, json};

use super::{Frame, Raw, Server};

/// A connection that has been welcomed.
pub struct Chat {
    pub raw: Raw,
    /// The id that others see.
    pub id: String,
    /// Came before what an `expect` waited for, and is still to be expected.
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

    /// The earliest message of a type. What came before it stays to be expected later.
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
        // An unknown room is answered at once and changes nothing.
        self.send(json!({"type": "leave", "room": "nowhere", "ref": "fence"}));
        loop {
            let message = self.receive("the answer to a fence").expect("TCP ended");
            if message["ref"] == "fence" {
                break;
            }
            self.passed_over.push_back(message);
        }
        let found = self.passed_over.iter().find(|m| m["type"] == kind);
        assert!(found.is_none(), "came after all: {}", found.unwrap());
    }

    #[track_caller]
    pub fn expect_close(&mut self, code: u16) -> String {
        self.raw.expect_close(code)
    }

    /// The next message from the wire; pings are answered, as every client does (§5.5.2).
    #[track_caller]
    fn receive(&mut self, what: &str) -> Option<Value> {
        loop {
            let frame = self.raw.next_frame(what)?;
            match frame.opcode {
                Frame::TEXT => {
                    let message = serde_json::from_slice(&frame.payload);
                    return Some(message.unwrap_or_else(|e| panic!("{e}: {frame:?}")));
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
