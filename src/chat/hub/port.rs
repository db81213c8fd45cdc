//! The hub's side of a client: its socket, and the way to the flusher.

use crate::net::client::Client;
use crate::net::flusher::FlusherHandle;
use crate::net::outbox::{Item, Port};
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

impl Port for HubPort<'_> {
    fn try_send(&self, pieces: &[Bytes]) -> io::Result<usize> {
        // The outbox sends directly only when all before is out: here a frame begins.
        self.client.try_send(pieces, true)
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
