//! One connection as the hub sees it: its socket, its session, and what it is still owed.

use super::session::Session;
use crate::chat::event::is_message_or_its_ack;
use crate::model::ids::RoomKey;
use crate::net::client::Client;
use crate::net::flusher::FlusherHandle;
use crate::net::outbox::{Outbox, Undeliverable};
use crate::net::port::Port;
use crate::websocket::frame;
use bytes::{Bytes, BytesMut};
use std::ops::Range;
use std::sync::Arc;

/// One connection in the chat.
#[derive(Debug)]
pub(super) struct Recipient {
    pub(super) client: Arc<Client>,
    /// In a box, because a batch needs only the rest: that of a thousand members is in the caches.
    pub(super) session: Box<Session>,
    pub(super) outbox: Outbox,
    /// Its own frames in batches that have not been sent: it gets the slices around them.
    pub(super) own_frames: Vec<(RoomKey, Range<usize>)>,
    /// What is for it alone, sent after the batch.
    pub(super) replies: BytesMut,
    /// The next message to it, or the next ack of a message, is sent in fragments.
    pub(super) fragment_next: bool,
    /// The number of the last batch that it got.
    pub(super) last_batch: u64,
}

impl Recipient {
    /// A connection that has just been accepted. `greeting` is the first thing it is sent.
    pub(super) fn new(client: Arc<Client>, session: Session, greeting: BytesMut) -> Self {
        Self {
            client,
            session: Box::new(session),
            outbox: Outbox::default(),
            own_frames: Vec::new(),
            replies: greeting,
            fragment_next: false,
            last_batch: 0,
        }
    }

    /// Hands `pieces` to the socket, or to what waits for it up to `backlog` bytes.
    pub(super) fn deliver(
        &mut self,
        flusher: &FlusherHandle,
        pieces: &[Bytes],
        backlog: usize,
    ) -> Result<(), Undeliverable> {
        let port = Port(&self.client, flusher);
        self.outbox.deliver(&port, pieces, backlog)
    }

    /// Delivers `pieces`, if there are any, and empties them.
    pub(super) fn deliver_pieces(
        &mut self,
        flusher: &FlusherHandle,
        pieces: &mut Vec<Bytes>,
        backlog: usize,
    ) -> Result<(), Undeliverable> {
        if self.fragment_next {
            self.fragment_next = !frame::fragment(pieces, is_message_or_its_ack);
        }
        let sent = match &pieces[..] {
            [] => Ok(()),
            pieces => self.deliver(flusher, pieces, backlog),
        };
        pieces.clear();
        sent
    }

    /// Adds the parts of a room's batch that are not this client's own to `pieces`.
    pub(super) fn slices_around_own(&self, room: RoomKey, batch: &Bytes, pieces: &mut Vec<Bytes>) {
        let mut start = 0;
        for (_, own) in self.own_frames.iter().filter(|(other, _)| *other == room) {
            if own.start > start {
                pieces.push(batch.slice(start..own.start));
            }
            start = own.end;
        }
        if start < batch.len() {
            pieces.push(batch.slice(start..));
        }
    }
}
