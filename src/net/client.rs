//! What the threads share about one connection: its socket, and a handful of atomics.
//!
//! In the chat the connection's own thread reads from the socket, the hub and the flusher write to
//! it. Nothing here is locked on the way of a message, but the [`Tap`] of a connection whose owner is
//! looking. The socket closes when the last of them lets go.

use crate::model::direction::Direction;
use crate::model::ids::ClientId;
use crate::net::tap::Tap;
use bytes::Bytes;
use rustix::net::{SendAncillaryBuffer, SendFlags};
use std::io::{self, IoSlice, Read};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// How long a peer may take to hang up after our last byte.
pub const LINGER: Duration = Duration::from_secs(5);

/// `MSG_DONTWAIT`: the descriptor stays blocking for its reader, this send alone does not wait.
/// `MSG_NOSIGNAL`: a peer that is gone is an error, not a SIGPIPE.
const FLAGS: SendFlags = SendFlags::DONTWAIT.union(SendFlags::NOSIGNAL);

/// Slices that one `sendmsg` takes (`IOV_MAX`): with more it would fail. What is over is not sent,
/// as if the socket had been full.
const MOST_SLICES: usize = 1024;

/// One connection as the hub, the flusher and its reader see it.
#[derive(Debug)]
pub struct Client {
    /// Its number.
    pub id: ClientId,
    /// Read by its own thread. Once it is in the chat it is written by the hub and the flusher only
    /// (a thread that has once called `send` keeps some 35 KiB of kernel memory for life).
    pub stream: TcpStream,
    /// Where its owner may look at the bytes.
    pub tap: Tap,
    /// Bytes that wait with the flusher: raised by the hub, lowered by the flusher.
    waiting: AtomicUsize,
    /// A Close was sent or queued: the reader only discards from now on.
    closing: AtomicBool,
}

impl Client {
    /// A client that nobody knows yet.
    pub fn new(id: ClientId, stream: TcpStream) -> Self {
        Self {
            id,
            stream,
            tap: Tap::default(),
            waiting: AtomicUsize::new(0),
            closing: AtomicBool::new(false),
        }
    }

    /// One non-blocking send of `pieces` in order. `aligned`: a frame begins with them.
    pub fn try_send(&self, pieces: &[Bytes], aligned: bool) -> io::Result<usize> {
        self.tap.sending(pieces, aligned, || self.send(pieces))
    }

    #[inline]
    fn send(&self, pieces: &[Bytes]) -> io::Result<usize> {
        match pieces {
            [one] => Ok(rustix::net::send(&self.stream, one, FLAGS)?),
            many => {
                let many = many.iter().take(MOST_SLICES);
                let slices: Vec<IoSlice<'_>> = many.map(|b| IoSlice::new(b)).collect();
                let mut nothing = SendAncillaryBuffer::default();
                Ok(rustix::net::sendmsg(
                    &self.stream,
                    &slices,
                    &mut nothing,
                    FLAGS,
                )?)
            }
        }
    }

    /// Bytes that wait with the flusher.
    pub fn waiting(&self) -> &AtomicUsize {
        &self.waiting
    }

    /// The hub is done with this client.
    pub fn set_closing(&self) {
        self.closing.store(true, Relaxed);
    }

    /// Whether the hub is done with this client.
    pub fn is_closing(&self) -> bool {
        self.closing.load(Relaxed)
    }

    /// Nothing more will be written; the peer sees the end of our side.
    pub fn shut_down_write(&self) {
        self.shut_down(Shutdown::Write);
    }

    /// Reads and forgets for at most `time`, or until the peer hangs up.
    pub fn discard(&self, time: Duration) {
        let until = Instant::now() + time;
        let mut rubbish = [0; 4096];
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || self.stream.set_read_timeout(Some(left)).is_err() {
                return;
            }
            match (&self.stream).read(&mut rubbish) {
                Ok(0) => return self.tap.tcp_ended(Direction::FromClient, false),
                Ok(read) => self.tap.received(&rubbish[..read], false),
                Err(error) => match error.kind() {
                    io::ErrorKind::Interrupted => {}
                    io::ErrorKind::ConnectionReset => {
                        return self.tap.tcp_ended(Direction::FromClient, true);
                    }
                    _ => return,
                },
            }
        }
    }

    /// Ends the connection at once: its reader wakes up and lets go.
    pub fn hang_up(&self) {
        self.shut_down(Shutdown::Both);
    }

    fn shut_down(&self, how: Shutdown) {
        // Before it happens: the peer's answer must not be shown first.
        self.tap.tcp_ended(Direction::FromServer, false);
        // An error means that the peer was faster; there is nothing left to end.
        let _ = self.stream.shutdown(how);
    }

    /// Ends the connection with a reset: what waits in the kernel is thrown away.
    pub fn reset(&self) {
        let _ = rustix::net::sockopt::set_socket_linger(&self.stream, Some(Duration::ZERO));
        self.tap.tcp_ended(Direction::FromServer, true);
        self.hang_up();
    }
}

/// Half-closes and reads what still comes until the peer hangs up, at most [`LINGER`].
///
/// Dropping a socket with unread bytes sends RST, and an RST can overtake the bytes that were
/// sent before it: the peer would never see the Close, or the status, that explains all.
pub fn hang_up(client: &Client) {
    client.shut_down_write();
    client.discard(LINGER);
}
