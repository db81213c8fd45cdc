//! The hub's side of a client: its socket, and the way to the flusher.

use crate::net::client::Client;
use crate::net::flusher::FlusherHandle;
use crate::net::outbox::{Chunk, Transport};
use bytes::Bytes;
use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

/// The hub's side of a client: its socket, and the way to the flusher.
pub struct HubPort<'a> {
    /// The client.
    pub client: &'a Arc<Client>,
    /// The flusher's inbox.
    pub orders: &'a FlusherHandle,
}

impl Transport for HubPort<'_> {
    fn try_send(&self, pieces: &[Bytes]) -> io::Result<usize> {
        // The outbox sends directly only when all before is out: here a frame begins.
        self.client.try_send(pieces, true)
    }
    fn hand_over(&self, chunk: Chunk) {
        self.orders.write(self.client, chunk);
    }
    fn backlog_bytes(&self) -> &AtomicUsize {
        self.client.backlog_bytes()
    }
    fn finish(&self) {
        self.client.shut_down_write();
        self.orders.linger(self.client);
    }
}
