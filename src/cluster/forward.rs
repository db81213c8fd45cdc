//! A connection that a follower accepts is passed on to the primary, byte for byte. So everything that the primary can do, it
//! can do here.
//!
//! Runs on: `conn-N` and `back-N`, for the two directions. Blocks on: reading a socket, and writing to the other.
//! Only the request head is read, to add a field to it: the address of the client, with a proof that a node says so, and for a
//! connection of the chat its place on the trunk, on which the primary sends (`seats.rs`).

use crate::auth::token::Keys;
use crate::cluster::peer;
use crate::cluster::seats::{Seats, Taken};
use crate::cluster::state::State;
use crate::http::forwarded::{self, FromNode};
use crate::http::head::Head;
use crate::http::refusal::Refusal;
use crate::http::response::Response;
use crate::model::ids::ClientId;
use crate::net::client::{Client, LINGER};
use crate::net::exchange;
use bytes::Bytes;
use crossbeam_channel::{RecvTimeoutError, bounded};
use rustix::net::sockopt;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{IpAddr, Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;
use std::time::{Duration, Instant};

/// How long the primary may take to accept a connection.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long what was sent to the primary may stay unconfirmed by TCP.
const GONE: Duration = Duration::from_secs(10);
/// How long a client may take no bytes.
const STALL: Duration = Duration::from_secs(60);
/// Bytes that are passed on at once.
const PIECE: usize = 16 * 1024;
/// The stack of a thread that passes bytes on.
const STACK: usize = 96 * 1024;

/// The state that all forwarded connections of a follower share.
pub(super) struct Forwarding {
    pub state: Arc<State>,
    pub keys: Arc<Keys>,
    pub seats: Arc<Seats>,
    /// How long a client may take for its request.
    pub timeout: Duration,
    /// Most connections at once.
    pub most: usize,
}

/// Gives a connection that was just accepted a thread of its own.
pub(super) fn accept(stream: TcpStream, peer: SocketAddr, id: u64, forwarding: &Arc<Forwarding>) {
    let client = Arc::new(Client::new(ClientId::new(id), stream));
    if forwarding.state.forwarded.load(Relaxed) >= forwarding.most {
        // By one send that does not wait: this thread accepts everybody else.
        let answer = Response::from(Refusal::full(5)).to_bytes(false);
        let _ = client.try_send(&[Bytes::from(answer)], false);
        return client.shut_down_write();
    }
    let theirs = Arc::clone(forwarding);
    let thread = thread::Builder::new()
        .name(format!("conn-{id}"))
        .stack_size(STACK);
    let place = Place::take(&forwarding.state);
    let spawned = thread.spawn(move || {
        let _place = place;
        serve(&client, peer.ip().to_canonical(), &theirs);
    });
    if let Err(error) = spawned {
        log::warn!("connection {id}: no thread for it: {error}");
    }
}

/// One of the connections that a node passes on.
struct Place(Arc<State>);

impl Place {
    fn take(state: &Arc<State>) -> Place {
        state.forwarded.fetch_add(1, Relaxed);
        Place(Arc::clone(state))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.forwarded.fetch_sub(1, Relaxed);
    }
}

fn refuse(client: &Client, refusal: Refusal) {
    let answer = Response::from(refusal).to_bytes(false);
    exchange::write_and_hang_up(client, &answer);
}

fn serve(client: &Arc<Client>, from: IpAddr, forwarding: &Forwarding) {
    let deadline = Instant::now() + forwarding.timeout;
    let (head, reader) = match exchange::receive_head(client, deadline, forwarding.timeout) {
        Ok(Some((head, _))) if forwarded::is_from_node(&head) => {
            let message = "Glassroom-Client is what the nodes of a cluster say to each other.";
            return refuse(client, Refusal::bad_request("repeated_field", message));
        }
        Ok(Some(read)) => read,
        Ok(None) => return,
        Err(refusal) => return refuse(client, refusal),
    };
    let seat = is_chat(&head).then(|| forwarding.seats.take(client));
    let seat = seat.flatten();
    let place = seat.as_ref().map(|seat| (&*seat.trunk, seat.channel));
    let mut request = reader.raw().to_vec();
    let end = forwarded::second_line(&request);
    let says = FromNode {
        client: from,
        place,
    };
    let field = forwarded::node_field(&says, |text| forwarding.keys.node_tag(text));
    request.splice(end..end, field.into_bytes());
    request.extend(reader.into_rest());
    match connect(&forwarding.state.primary().1) {
        Ok(primary) => pass_on(client, Arc::new(primary), &request, seat.as_ref()),
        Err(error) => {
            if error.kind() == ErrorKind::ConnectionRefused {
                forwarding.state.refused.fetch_add(1, Relaxed);
            }
            log::info!(
                "connection {}: the primary is not there: {error}",
                client.id
            );
            refuse(client, Refusal::busy());
        }
    }
}

/// Whether the hub will write to a connection. A 100 (Continue) would have to come before that, on the connection itself.
fn is_chat(head: &Head) -> bool {
    head.path == "/ws" && head.get("expect").is_none()
}

fn connect(address: &str) -> io::Result<TcpStream> {
    let stream = peer::connect(address, PATIENCE)?;
    // A primary whose machine or network is gone does not keep anybody waiting for minutes.
    sockopt::set_tcp_user_timeout(&stream, GONE.as_millis() as u32)?;
    Ok(stream)
}

/// `seat`: where what the hub sends to the client arrives.
fn pass_on(client: &Arc<Client>, primary: Arc<TcpStream>, request: &[u8], seat: Option<&Taken>) {
    let _ = client.stream.set_nodelay(true);
    let _ = client.stream.set_write_timeout(Some(STALL));
    let is_ready = client.stream.set_read_timeout(None).is_ok();
    let over = seat.map(Taken::watch);
    if !is_ready || (&*primary).write_all(request).is_err() {
        return;
    }
    let (ours, theirs) = (Arc::clone(client), Arc::clone(&primary));
    let back = thread::Builder::new()
        .name(format!("back-{}", client.id))
        .stack_size(STACK);
    let (done, ended) = bounded::<()>(0);
    let back = back.spawn(move || {
        let answered = pump(&theirs, &ours.stream) > 0;
        // The last bytes of the hub may still be on their way on the trunk, which then ends the connection.
        if let Some(over) = over.filter(|_| !answered)
            && over.recv_timeout(LINGER) == Err(RecvTimeoutError::Disconnected)
        {
            return;
        }
        let _ = ours.stream.shutdown(Shutdown::Write);
        // The primary has ended: the client gets a moment to end, too.
        let _ = ended.recv_timeout(LINGER);
        let _ = ours.stream.shutdown(Shutdown::Both);
    });
    match back {
        Ok(back) => {
            pump(&client.stream, &primary);
            let _ = primary.shutdown(Shutdown::Write);
            drop(done);
            let _ = back.join();
        }
        Err(error) => {
            log::warn!("connection {}: no thread for it: {error}", client.id);
            refuse(client, Refusal::busy());
        }
    }
}

/// Passes bytes on until one side ends, and returns how many. A broken connection ends both; an end is for the caller to pass on.
fn pump(mut from: &TcpStream, mut to: &TcpStream) -> u64 {
    let mut piece = vec![0; PIECE];
    let mut passed = 0;
    let ended = loop {
        match from.read(&mut piece) {
            Ok(0) => break Ok(()),
            Ok(read) => {
                passed += read as u64;
                if let Err(error) = to.write_all(&piece[..read]) {
                    break Err(error);
                }
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => break Err(error),
        }
    };
    if ended.is_err() {
        let _ = to.shutdown(Shutdown::Both);
        let _ = from.shutdown(Shutdown::Both);
    }
    passed
}
