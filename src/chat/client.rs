//! What the threads share about one chat connection: its socket, and a handful of atomics.
//!
//! The connection's own thread reads from the socket, the hub and the flusher write to it. Nothing
//! here is locked. The socket closes when the last of them lets go.

use crate::chat::flusher::Orders;
use crate::chat::outbox::{Item, Port};
use bytes::Bytes;
use rustix::net::{SendAncillaryBuffer, SendFlags};
use std::io::{self, IoSlice};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

/// A connection's number, never used twice while the process lives.
pub type ClientId = u64;

/// `MSG_DONTWAIT`: the descriptor stays blocking for its reader, this send alone does not wait.
/// `MSG_NOSIGNAL`: a peer that is gone is an error, not a SIGPIPE.
const FLAGS: SendFlags = SendFlags::DONTWAIT.union(SendFlags::NOSIGNAL);

/// One chat connection as the hub, the flusher and its reader see it.
#[derive(Debug)]
pub struct Client {
    /// Its number.
    pub id: ClientId,
    /// Read by its own thread; written by the hub and the flusher only (a thread that has once
    /// called `send` keeps some 35 KiB of kernel memory for life).
    pub stream: TcpStream,
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
            waiting: AtomicUsize::new(0),
            closing: AtomicBool::new(false),
        }
    }

    /// One non-blocking send of `pieces` in order.
    pub fn try_send(&self, pieces: &[Bytes]) -> io::Result<usize> {
        match pieces {
            [one] => Ok(rustix::net::send(&self.stream, one, FLAGS)?),
            many => {
                let slices: Vec<IoSlice<'_>> = many.iter().map(|b| IoSlice::new(b)).collect();
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
        // An error means that the peer was faster; there is nothing left to end.
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    /// Ends the connection at once: its reader wakes up and lets go.
    pub fn hang_up(&self) {
        let _ = self.stream.shutdown(Shutdown::Both);
    }

    /// Ends the connection with a reset: what waits in the kernel is thrown away.
    pub fn reset(&self) {
        let _ =
            rustix::net::sockopt::set_socket_linger(&self.stream, Some(std::time::Duration::ZERO));
        self.hang_up();
    }
}

/// The hub's side of a client: its socket, and the way to the flusher.
pub struct HubPort<'a> {
    /// The client.
    pub client: &'a Arc<Client>,
    /// The flusher's inbox.
    pub orders: &'a Orders,
}

impl Port for HubPort<'_> {
    fn try_send(&self, pieces: &[Bytes]) -> io::Result<usize> {
        self.client.try_send(pieces)
    }
    fn hand_over(&self, item: Item) {
        self.orders.write(self.client, item);
    }
    fn waiting(&self) -> &AtomicUsize {
        self.client.waiting()
    }
    fn finish(&self) {
        self.client.shut_down_write();
        self.orders.linger(self.client);
    }
}
