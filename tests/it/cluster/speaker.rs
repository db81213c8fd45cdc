//! A person who goes on whatever ends: connects again, at another node if need be, and repeats what was not
//! acknowledged.

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tungstenite::client::IntoClientRequest;
use tungstenite::{Message, WebSocket};

/// How long all nodes together may be away.
pub const OUTAGE: Duration = Duration::from_secs(30);

pub struct Speaker {
    token: String,
    nodes: Vec<SocketAddr>,
    socket: Option<WebSocket<TcpStream>>,
    /// The number of each message, by `ref`.
    pub acks: BTreeMap<String, u64>,
    /// Every refusal of a message.
    pub refusals: Vec<Value>,
    tried: usize,
}

impl Speaker {
    /// Somebody with this token, at the first of these nodes while that is there.
    pub fn new(token: String, nodes: &[SocketAddr]) -> Speaker {
        Speaker {
            token,
            nodes: nodes.to_vec(),
            socket: None,
            acks: BTreeMap::new(),
            refusals: Vec::new(),
            tried: 0,
        }
    }

    fn connect(&self) -> Option<WebSocket<TcpStream>> {
        let address = self.nodes[self.tried % self.nodes.len()];
        let stream = TcpStream::connect_timeout(&address, Duration::from_secs(2)).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(3))).ok()?;
        let mut request = format!("ws://{address}/ws").into_client_request().ok()?;
        let bearer = format!("Bearer {}", self.token);
        request
            .headers_mut()
            .insert("Authorization", bearer.parse().ok()?);
        tungstenite::client(request, stream)
            .ok()
            .map(|(socket, _)| socket)
    }

    /// Says this until it is acknowledged. Returns its number.
    #[track_caller]
    pub fn say(&mut self, r#ref: &str, text: &str) -> u64 {
        let until = Instant::now() + OUTAGE;
        loop {
            assert!(
                Instant::now() < until,
                "{text:?} was not acknowledged within {OUTAGE:?}"
            );
            if let Some(seq) = self.try_say(r#ref, text) {
                let before = self.acks.insert(r#ref.into(), seq);
                assert!(
                    before.is_none_or(|before| before == seq),
                    "{ref}: {before:?} and {seq}"
                );
                return seq;
            }
        }
    }

    /// One attempt.
    fn try_say(&mut self, r#ref: &str, text: &str) -> Option<u64> {
        if self.socket.is_none() {
            self.socket = self.connect();
            self.tried += usize::from(self.socket.is_none());
        }
        let request = json!({"type": "send", "room": "lobby", "text": text, "ref": r#ref});
        let answer = self.exchange(&request, r#ref);
        match answer {
            Some(answer) if answer["type"] == "ack" => answer["seq"].as_u64(),
            Some(refusal) => {
                self.refusals.push(refusal);
                None
            }
            None => {
                self.socket = None;
                None
            }
        }
    }

    fn exchange(&mut self, request: &Value, r#ref: &str) -> Option<Value> {
        let socket = self.socket.as_mut()?;
        socket.send(Message::text(request.to_string())).ok()?;
        loop {
            let Message::Text(text) = socket.read().ok()? else {
                continue;
            };
            let message: Value = serde_json::from_str(&text).ok()?;
            if message["ref"] == r#ref && (message["type"] == "ack" || message["type"] == "error") {
                return Some(message);
            }
        }
    }
}
