//! The smallest full-duplex chat: a listener, a thread per connection, a token check, a hub, and a
//! queue with a writer thread per client. `cargo run --example minimal`
//!
//! **How does one thread read a synchronous tungstenite socket while another writes?** `read` and
//! `send` both want `&mut WebSocket`, and `read` would hold a mutex while it waits. People try:
//!
//! - *A read timeout and a loop*: right, but messages wait for it, and idle clients wake up.
//! - *Two `WebSocket`s on two `try_clone`s*: nearly right. The reading one writes too (Pongs, the
//!   answer to a Close), sometimes into the middle of a frame of the other one.
//! - *This one*: only the reading side is a `WebSocket`; what it wants to write goes into the
//!   client's queue ([`Wire`]) beside the ready-made frames of all others, and one thread writes
//!   that queue to the socket. One writer, whole frames, no lock, no polling.
//!
//! The real server sends from its hub without waiting, with no thread per writer. It also answers
//! bad requests (`accept` is silent then), checks origins and rates, tells pages why, and stores.

use crossbeam_channel::{Receiver, Sender, bounded, select, tick};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::convert::Infallible;
use std::error::Error;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, SystemTime};
use tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tungstenite::http::{HeaderMap, HeaderValue, StatusCode};
use tungstenite::protocol::frame::{Frame, coding::Data, coding::OpCode};
use tungstenite::{Bytes, Message, accept_hdr};

/// Frames that may wait for one client. Who is slower is cut off: the others must not wait.
const QUEUE: usize = 256;
/// How often a client gets a Ping, and the silence after which it counts as gone.
const PING: Duration = Duration::from_secs(20);
const GONE: Duration = Duration::from_secs(60);
const PROTOCOL: &str = "sec-websocket-protocol";

#[derive(Serialize, Deserialize)]
struct Claims {
    sub: String,
    exp: u64,
}

/// What connections ask of the hub. The first number is the client's.
enum Command {
    Enter(u64, Arc<TcpStream>, Sender<Bytes>),
    Say(u64, String),
    Leave(u64),
}

fn main() -> Result<(), Box<dyn Error>> {
    simplelog::WriteLogger::init(log::LevelFilter::Info, Default::default(), io::stderr())?;
    // jsonwebtoken 11 leaves cryptography to a provider. Its own bring RSA or C code, so this
    // project has a small one for HS256; elsewhere turn on its feature `rust_crypto` instead.
    glassroom::auth::hs256::install();
    let mut secret = [0; 32];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut secret)?;
    let listener = TcpListener::bind(std::env::args().nth(1).unwrap_or("127.0.0.1:8080".into()))?;
    let at = listener.local_addr()?;
    let exp = SystemTime::UNIX_EPOCH.elapsed()?.as_secs() + 8 * 3600;
    for name in ["Ada", "Grace"] {
        let (sub, key) = (name.to_owned(), EncodingKey::from_secret(&secret));
        let token = jsonwebtoken::encode(&Header::default(), &Claims { sub, exp }, &key)?;
        println!("{name}: websocat -H 'Authorization: Bearer {token}' ws://{at}");
    }
    // Bounded: when the hub is busy, connections wait, stop reading, and TCP slows the senders.
    let (commands, inbox) = bounded(1024);
    thread::spawn(move || hub(inbox));
    // `flatten`: an error of one client, or too many open files, is no reason to stop.
    for (id, stream) in (0..).zip(listener.incoming().flatten()) {
        let commands = commands.clone();
        thread::spawn(move || {
            let Err(end) = serve(id, Arc::new(stream), &commands, &secret);
            log::info!("connection {id}: {end}");
            let _ = commands.send(Command::Leave(id));
        });
    }
    Ok(())
}

/// The hub owns the list of clients, so that nothing is locked; it never waits for a client.
fn hub(inbox: Receiver<Command>) {
    let mut clients: HashMap<u64, (Arc<TcpStream>, Sender<Bytes>)> = HashMap::new();
    for command in inbox {
        match command {
            Command::Enter(id, stream, queue) => drop(clients.insert(id, (stream, queue))),
            Command::Leave(id) => drop(clients.remove(&id)),
            Command::Say(from, json) => {
                // Encoded once: every queue gets a handle to the same bytes. Servers do not mask.
                let frame = encode(Frame::message(json, OpCode::Data(Data::Text), true));
                clients.retain(|&id, (stream, queue)| {
                    let kept = id == from || queue.try_send(frame.clone()).is_ok();
                    if !kept {
                        let _ = stream.shutdown(Shutdown::Both); // wakes its two threads
                    }
                    kept
                });
            }
        }
    }
}

fn encode(frame: Frame) -> Bytes {
    let mut bytes = Vec::new();
    let _ = frame.format(&mut bytes); // a Vec takes all
    bytes.into()
}

/// The stream that tungstenite gets: reads come from the socket, writes go into the queue.
struct Wire(Arc<TcpStream>, Sender<Bytes>);

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        (&*self.0).read(buffer)
    }
}

impl Write for Wire {
    /// The 101, Pongs, the answer to a Close: never half of one, because all of it is taken.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let queued = self.1.try_send(Bytes::copy_from_slice(bytes));
        queued.map_err(|_| io::ErrorKind::ConnectionAborted)?;
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The only writer of a socket. Ends when the queue is empty and nobody can fill it any more.
fn write_queue(mut stream: &TcpStream, queue: Receiver<Bytes>) -> io::Result<()> {
    let pings = tick(PING); // however much is written: who only listens must answer something
    loop {
        select! {
            recv(pings) -> _ => stream.write_all(&encode(Frame::ping("")))?,
            recv(queue) -> frame => match frame {
                Ok(bytes) => stream.write_all(&bytes)?,
                Err(_) => return stream.shutdown(Shutdown::Write),
            },
        }
    }
}

/// Every connection ends with an error, even if only "Connection closed normally".
type End = Result<Infallible, Box<dyn Error>>;

/// One connection: handshake and token, then messages.
fn serve(id: u64, stream: Arc<TcpStream>, hub: &Sender<Command>, secret: &[u8]) -> End {
    stream.set_read_timeout(Some(GONE))?;
    stream.set_write_timeout(Some(GONE))?;
    let (queue, queued) = bounded(QUEUE);
    let writer = Arc::clone(&stream);
    thread::spawn(move || write_queue(&writer, queued));
    let mut who = None;
    #[allow(clippy::result_large_err, reason = "tungstenite fixes this type")]
    let check = |request: &Request, mut response: Response| {
        who = verify(request.headers(), secret);
        if who.is_none() {
            let mut refusal = ErrorResponse::new(None);
            *refusal.status_mut() = StatusCode::UNAUTHORIZED;
            return Err(refusal);
        }
        // A browser fails the connection unless one of the subprotocols it offered comes back.
        if offered(request.headers()).any(|protocol| protocol == "chat.v1") {
            let fields = response.headers_mut();
            fields.insert(PROTOCOL, HeaderValue::from_static("chat.v1"));
        }
        Ok(response)
    };
    let wire = Wire(Arc::clone(&stream), queue.clone());
    let mut socket = accept_hdr(wire, check).map_err(|error| error.to_string())?;
    let from = who.ok_or("no token")?;
    hub.send(Command::Enter(id, stream, queue))?;
    loop {
        // Pings and Closes are answered inside read(), through the queue.
        if let Message::Text(text) = socket.read()? {
            let told = serde_json::json!({"from": from, "text": text.as_str()});
            hub.send(Command::Say(id, told.to_string()))?;
        }
    }
}

fn offered(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let value = headers.get(PROTOCOL).and_then(|value| value.to_str().ok());
    value.unwrap_or_default().split(',').map(str::trim)
}

/// Who a token belongs to: from `Authorization: Bearer …` (programs), or from a subprotocol
/// `bearer.…` beside `chat.v1` (browsers cannot set headers). The algorithm is ours to choose.
fn verify(headers: &HeaderMap, secret: &[u8]) -> Option<String> {
    let header = headers.get("authorization").and_then(|v| v.to_str().ok());
    let by_header = header.and_then(|value| value.strip_prefix("Bearer "));
    let token = by_header.or_else(|| offered(headers).find_map(|p| p.strip_prefix("bearer.")))?;
    let mut rules = Validation::new(Algorithm::HS256);
    rules.leeway = 0;
    let token = jsonwebtoken::decode::<Claims>(token, &DecodingKey::from_secret(secret), &rules);
    Some(token.ok()?.claims.sub)
}
