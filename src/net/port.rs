//! A client as its outbox sees it: its socket, and the way to the flusher.

use crate::net::client::Client;
use crate::net::flusher::FlusherHandle;
use crate::net::outbox::{Chunk, Transport};
use bytes::Bytes;
use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

/// A client's socket, and the way to the flusher.
pub(crate) struct Port<'a>(pub &'a Arc<Client>, pub &'a FlusherHandle);

impl Transport for Port<'_> {
    fn try_send(&self, pieces: &[Bytes]) -> io::Result<usize> {
        // The outbox sends directly only when all before is out: a frame begins here.
        self.0.try_send(pieces, true)
    }
    fn hand_over(&self, chunk: Chunk) {
        self.1.write(self.0, chunk);
    }
    fn backlog_bytes(&self) -> &AtomicUsize {
        self.0.backlog_bytes()
    }
    fn finish(&self) {
        self.0.shut_down_write();
        self.1.linger(self.0);
    }
}
