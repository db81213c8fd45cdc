//! The smallest full-duplex chat: a listener, a token check, a hub, and for each connection a
//! queue and two threads, a reader and a writer. `cargo run --example minimal`
//!
//! **How does one thread read a synchronous tungstenite socket while another one writes?** Both
//! need `&mut WebSocket`, and a mutex would stay locked while `read` waits. Some answers:
//!
//! - *A read timeout and a loop*: correct, but messages wait, and idle connections wake up.
//! - *Two `WebSocket`s on clones of the stream*: almost correct. The one that reads writes, too
//!   (Pongs, the answer to a Close), sometimes into the middle of the other one's frame.
//! - *This example*: only the reader has a `WebSocket`. Its output goes into the client's queue
//!   ([`Client`]) with the frames from the hub, and the writer sends them. No lock, no polling.
//!
//! The real server needs no writer threads: its hub sends without waiting. It also answers bad
//! requests (`accept_hdr` just closes), checks origins and rates, and stores messages.

use crossbeam_channel::{Receiver, Sender, bounded, select, tick};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, SystemTime};
use tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tungstenite::http::{HeaderMap, HeaderValue, StatusCode};
use tungstenite::protocol::frame::{Frame, coding::Data, coding::OpCode};
use tungstenite::{Bytes, Message, accept_hdr};

/// Frames in one client's queue. A slower client is disconnected: the others must not wait for it.
const QUEUE: usize = 256;
/// The time between Pings, and the silence after which a connection counts as dead.
const PING_INTERVAL: Duration = Duration::from_secs(20);
const TIMEOUT: Duration = Duration::from_secs(60);
const PROTOCOL: &str = "sec-websocket-protocol";
type Outcome = Result<(), Box<dyn std::error::Error>>;

#[derive(Serialize, Deserialize)]
struct Claims {
    sub: String,
    exp: u64,
}

/// What connections send to the hub. The number is the client's.
enum Command {
    Join(u64, Client),
    Broadcast(u64, String),
    Leave(u64),
}

fn main() -> Outcome {
    simplelog::WriteLogger::init(log::LevelFilter::Info, Default::default(), io::stderr())?;
    // jsonwebtoken 11 needs a crypto provider. Without this crate, use its feature `rust_crypto`.
    glassroom::auth::hs256::install();
    let mut secret = [0; 32];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut secret)?;
    let listener = TcpListener::bind(std::env::args().nth(1).unwrap_or("127.0.0.1:8080".into()))?;
    let address = listener.local_addr()?;
    let exp = SystemTime::UNIX_EPOCH.elapsed()?.as_secs() + 8 * 3600; // 8 hours from now
    for name in ["Ada", "Grace"] {
        let sub = name.to_owned();
        let key = EncodingKey::from_secret(&secret);
        let token = jsonwebtoken::encode(&Header::default(), &Claims { sub, exp }, &key)?;
        println!("{name}: websocat -H 'Authorization: Bearer {token}' ws://{address}");
    }
    // Bounded: while the hub is busy, connections wait and stop reading, and TCP slows the senders.
    let (commands, inbox) = bounded(1024);
    thread::spawn(move || hub(inbox));
    // `flatten` skips errors: a client that is gone already, or too many open files.
    for (id, stream) in (0..).zip(listener.incoming().flatten()) {
        let commands = commands.clone();
        thread::spawn(move || {
            if let Err(reason) = serve(id, Arc::new(stream), &commands, &secret) {
                log::info!("connection {id}: {reason}");
            }
            let _ = commands.send(Command::Leave(id));
        });
    }
    Ok(())
}

/// Owns the list of clients, so nothing needs a lock. It never waits for a client.
fn hub(inbox: Receiver<Command>) {
    let mut clients: HashMap<u64, Client> = HashMap::new();
    for command in inbox {
        match command {
            Command::Join(id, client) => drop(clients.insert(id, client)),
            Command::Leave(id) => drop(clients.remove(&id)),
            Command::Broadcast(from, json) => {
                // Encoded once: every queue gets a handle to the same bytes. Servers do not mask.
                let frame = encode(Frame::message(json, OpCode::Data(Data::Text), true));
                clients.retain(|&id, client| {
                    if id == from || client.queue.try_send(frame.clone()).is_ok() {
                        return true;
                    }
                    let _ = client.stream.shutdown(Shutdown::Both); // ends its two threads
                    false
                });
            }
        }
    }
}

fn encode(frame: Frame) -> Bytes {
    let mut bytes = Vec::new();
    let _ = frame.format(&mut bytes); // writing to a Vec cannot fail
    bytes.into()
}

/// The stream for tungstenite: it reads from the socket and writes into the client's queue.
#[derive(Clone)]
struct Client {
    stream: Arc<TcpStream>,
    queue: Sender<Bytes>,
}

impl Read for Client {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        (&*self.stream).read(buffer)
    }
}

impl Write for Client {
    /// Takes the response, a Pong or the answer to a Close as a whole, so no frame is split.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let queued = self.queue.try_send(Bytes::copy_from_slice(bytes));
        queued.map_err(|_| io::ErrorKind::ConnectionAborted)?;
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The only writer of a socket. It ends when the queue is empty and all its senders are gone.
fn write_queue(mut stream: &TcpStream, queue: Receiver<Bytes>) -> io::Result<()> {
    let pings = tick(PING_INTERVAL); // even a client that only listens has to send Pongs
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

/// One connection. It always ends with an error, if only "Connection closed normally".
fn serve(id: u64, stream: Arc<TcpStream>, hub: &Sender<Command>, secret: &[u8]) -> Outcome {
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    let writer = Arc::clone(&stream);
    let (queue, frames) = bounded(QUEUE);
    thread::spawn(move || write_queue(&writer, frames));
    let client = Client { stream, queue };
    let mut name = None;
    #[allow(clippy::result_large_err, reason = "tungstenite fixes this type")]
    let check = |request: &Request, mut response: Response| {
        name = verify(request.headers(), secret);
        if name.is_none() {
            let mut refusal = ErrorResponse::new(None);
            *refusal.status_mut() = StatusCode::UNAUTHORIZED;
            return Err(refusal);
        }
        // A browser fails the connection unless the server selects a subprotocol that it offered.
        if offered(request.headers()).any(|protocol| protocol == "chat.v1") {
            let headers = response.headers_mut();
            headers.insert(PROTOCOL, HeaderValue::from_static("chat.v1"));
        }
        Ok(response)
    };
    let mut socket = accept_hdr(client.clone(), check).map_err(|error| error.to_string())?;
    let from = name.ok_or("no token")?;
    hub.send(Command::Join(id, client))?;
    loop {
        // `read` also answers Pings and a Close, through the queue.
        if let Message::Text(text) = socket.read()? {
            let json = serde_json::json!({"from": from, "text": text.as_str()});
            hub.send(Command::Broadcast(id, json.to_string()))?;
        }
    }
}

fn offered(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let value = headers.get(PROTOCOL).and_then(|value| value.to_str().ok());
    value.unwrap_or_default().split(',').map(str::trim)
}

/// The name in a valid token. A program sends the token as `Authorization: Bearer …`. A browser
/// cannot set headers, so it offers the subprotocols `chat.v1` and `bearer.…`.
fn verify(headers: &HeaderMap, secret: &[u8]) -> Option<String> {
    let header = headers.get("authorization").and_then(|v| v.to_str().ok());
    let by_header = header.and_then(|value| value.strip_prefix("Bearer "));
    let token = by_header.or_else(|| offered(headers).find_map(|p| p.strip_prefix("bearer.")))?;
    let mut rules = Validation::new(Algorithm::HS256); // never the algorithm that the token names
    rules.leeway = 0;
    let claims = jsonwebtoken::decode::<Claims>(token, &DecodingKey::from_secret(secret), &rules);
    Some(claims.ok()?.claims.sub)
}
