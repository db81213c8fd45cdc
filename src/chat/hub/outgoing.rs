//! What goes out: the table of connections, and what each of them is still owed.
//!
//! Everything that the hub sends passes through here, and this is the only place where a [`Slot`]
//! is an index. Nothing here waits: what a full socket does not take is the flusher's from then on.
//! A connection that cannot be delivered to is noted, and the hub ends it after the flush.

use super::backlog_total::BacklogTotal;
use super::recipient::Recipient;
use super::session::Session;
use crate::chat::event::ServerMessage;
use crate::model::ids::{ClientId, RoomKey, Slot};
use crate::net::client::Client;
use crate::net::flusher::FlusherHandle;
use crate::net::outbox::{Outbox, Undeliverable};
use crate::net::port::Port;
use crate::support::id_map::IdMap;
use bytes::{Bytes, BytesMut};
use std::ops::Range;
use std::sync::{Arc, atomic::Ordering::Relaxed};

/// A client's buffer of replies above this size is given back after use. Eight acks need some 700 bytes.
const KEEP_REPLIES: usize = 1024;

/// All connections in the chat, and what is on its way to them.
#[derive(Debug)]
pub(super) struct Outgoing {
    connections: Vec<Option<Recipient>>,
    free: Vec<Slot>,
    slots: IdMap<ClientId, Slot>,
    flusher: FlusherHandle,
    /// `limits.backlog`: bytes that may wait for one client.
    backlog: usize,
    total: BacklogTotal,
    /// Connections with replies, or own frames in a batch. One may stand here twice, or have ended.
    unsent: Vec<Slot>,
    /// Bytes of replies since all were sent.
    replied: usize,
    undeliverable: Vec<(Slot, Undeliverable)>,
    /// What is about to be sent to one client. Reused, and empty between two deliveries.
    pieces: Vec<Bytes>,
    /// How many batches have been sent.
    batches: u64,
}

impl Outgoing {
    /// Nobody yet. `backlog`: bytes that may wait for one client; `total`: for all.
    pub(super) fn new(flusher: FlusherHandle, backlog: usize, total: usize) -> Self {
        Self {
            connections: Vec::new(),
            free: Vec::new(),
            slots: IdMap::default(),
            flusher,
            backlog,
            total: BacklogTotal::new(total),
            unsent: Vec::new(),
            replied: 0,
            undeliverable: Vec::new(),
            pieces: Vec::new(),
            batches: 0,
        }
    }

    /// Takes a connection in. `greeting` is the first thing it is sent.
    pub(super) fn add(
        &mut self,
        client: Arc<Client>,
        session: Session,
        greeting: BytesMut,
    ) -> Slot {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.connections.push(None);
            Slot::new(self.connections.len() - 1)
        });
        self.slots.insert(client.id, slot);
        self.connections[slot.index()] = Some(Recipient::new(client, session, greeting));
        self.unsent.push(slot);
        slot
    }

    /// Where a connection is, unless it has ended.
    pub(super) fn slot(&self, client: ClientId) -> Option<Slot> {
        self.slots.get(&client).copied()
    }

    /// All connections.
    pub(super) fn all(&self) -> Vec<Slot> {
        self.slots.values().copied().collect()
    }

    fn get(&self, slot: Slot) -> Option<&Recipient> {
        self.connections.get(slot.index())?.as_ref()
    }

    /// What the hub knows of a connection, unless it has ended.
    pub(super) fn session(&self, slot: Slot) -> Option<&Session> {
        self.get(slot).map(|connection| &*connection.session)
    }

    /// The same, to change.
    pub(super) fn session_mut(&mut self, slot: Slot) -> Option<&mut Session> {
        at(&mut self.connections, slot).map(|connection| &mut *connection.session)
    }

    /// A connection's socket, unless it has ended.
    pub(super) fn client(&self, slot: Slot) -> Option<&Arc<Client>> {
        self.get(slot).map(|connection| &connection.client)
    }

    /// Whether what is sent now would wait in the backlog.
    pub(super) fn is_backlogged(&self, slot: Slot) -> bool {
        self.get(slot).is_some_and(|c| c.outbox.is_backlogged())
    }

    /// Whether the socket is believed to have room.
    pub(super) fn is_direct(&self, slot: Slot) -> bool {
        self.get(slot).is_some_and(|c| c.outbox.is_direct())
    }

    /// Notes that the flusher has written chunks. Returns the slot if the socket has room again.
    pub(super) fn drained(&mut self, client: ClientId, chunks: u64) -> Option<Slot> {
        let slot = self.slot(client)?;
        let direct = at(&mut self.connections, slot)?.outbox.drained(chunks);
        direct.then_some(slot)
    }

    /// Queues something for one client, to be sent after what is in the batch.
    pub(super) fn reply(&mut self, slot: Slot, write: impl FnOnce(&mut BytesMut)) {
        if let Some(connection) = at(&mut self.connections, slot) {
            let before = connection.replies.len();
            write(&mut connection.replies);
            self.replied += connection.replies.len() - before;
            if before == 0 {
                self.unsent.push(slot);
            }
        }
    }

    /// Queues an event for one client.
    pub(super) fn send_event(&mut self, slot: Slot, event: &ServerMessage<'_>) {
        self.reply(slot, |replies| event.put(replies));
    }

    /// Queues a ready frame for one client.
    pub(super) fn send_frame(&mut self, slot: Slot, frame: &[u8]) {
        self.reply(slot, |replies| replies.extend_from_slice(frame));
    }

    /// Notes where in a room's batch a client's own frame is: it gets everything around it.
    pub(super) fn note_own_frame(&mut self, slot: Slot, room: RoomKey, range: Range<usize>) {
        if let Some(connection) = at(&mut self.connections, slot) {
            if connection.own_frames.is_empty() {
                self.unsent.push(slot);
            }
            connection.own_frames.push((room, range));
        }
    }

    /// Sends the next message to the client in fragments, with a Ping between them.
    pub(super) fn fragment_next(&mut self, slot: Slot) {
        if let Some(connection) = at(&mut self.connections, slot) {
            connection.fragment_next = true;
        }
    }

    /// Begins a new batch, which [`Outgoing::send_batch`] then sends to each member.
    pub(super) fn begin_batch(&mut self) {
        self.batches += 1;
    }

    /// Sends a room's batch to one member: the same bytes that everybody gets, without the
    /// member's own frames. With `and_replies`, its replies follow in the same system call.
    pub(super) fn send_batch(
        &mut self,
        slot: Slot,
        room: RoomKey,
        batch: &Bytes,
        and_replies: bool,
    ) {
        let Some(connection) = at(&mut self.connections, slot) else {
            return;
        };
        connection.last_batch = self.batches;
        let plain = connection.own_frames.is_empty() && connection.replies.is_empty();
        let sent = if plain && !connection.fragment_next {
            connection.deliver(&self.flusher, std::slice::from_ref(batch), self.backlog)
        } else {
            connection.slices_around_own(room, batch, &mut self.pieces);
            if and_replies && !connection.replies.is_empty() {
                self.pieces.push(connection.replies.split().freeze());
            }
            connection.deliver_pieces(&self.flusher, &mut self.pieces, self.backlog)
        };
        if connection.outbox.is_backlogged() {
            self.total.queue(batch.len());
        }
        if let Err(why) = sent {
            self.undeliverable.push((slot, why));
        }
    }

    /// How many entries the list of unsent connections has; for [`Outgoing::send_replies_since`].
    pub(super) fn unsent(&self) -> usize {
        self.unsent.len()
    }

    /// Sends the replies that were queued since `mark`, to those who have the batch already.
    pub(super) fn send_replies_since(&mut self, mark: usize) {
        for n in mark..self.unsent.len() {
            let slot = self.unsent[n];
            let batch = self.batches;
            let served = self.get(slot).is_some_and(|c| c.last_batch == batch);
            if served {
                self.send_replies(slot);
            }
        }
    }

    /// Bytes of replies since all were sent.
    pub(super) fn replied(&self) -> usize {
        self.replied
    }

    /// Sends every reply that waits.
    pub(super) fn send_all_replies(&mut self) {
        self.replied = 0;
        while let Some(slot) = self.unsent.pop() {
            self.send_replies(slot);
            if let Some(connection) = at(&mut self.connections, slot) {
                connection.own_frames.clear();
                // `capacity` would tell of what is left after the bytes just sent, not of the buffer.
                if connection.replies.try_reclaim(KEEP_REPLIES + 1) {
                    connection.replies = BytesMut::new();
                }
            }
        }
    }

    fn send_replies(&mut self, slot: Slot) {
        let Some(connection) = at(&mut self.connections, slot) else {
            return;
        };
        if !connection.replies.is_empty() {
            let replies = connection.replies.split().freeze();
            self.pieces.push(replies);
            self.send_pieces(slot);
        }
    }

    /// What [`Outgoing::send_pieces`] will send to a client, to add to, beside its session. The
    /// replies that wait come first, and their buffer is given back.
    pub(super) fn pieces(&mut self, slot: Slot) -> Option<(&mut Session, &mut Vec<Bytes>)> {
        let connection = at(&mut self.connections, slot)?;
        if !connection.replies.is_empty() {
            self.pieces
                .push(std::mem::take(&mut connection.replies).freeze());
        }
        Some((&mut connection.session, &mut self.pieces))
    }

    /// Sends the pieces that were put together for one client, if there are any.
    pub(super) fn send_pieces(&mut self, slot: Slot) {
        let bytes = self.pieces.iter().map(Bytes::len).sum();
        if let Some(connection) = at(&mut self.connections, slot) {
            let sent = connection.deliver_pieces(&self.flusher, &mut self.pieces, self.backlog);
            if connection.outbox.is_backlogged() {
                self.total.queue(bytes);
            }
            if let Err(why) = sent {
                self.undeliverable.push((slot, why));
            }
        }
        self.pieces.clear();
    }

    /// Notes the connections that have to be cut because too much waits for all together.
    pub(super) fn bound_total(&mut self) {
        if self.total.is_due() {
            let connections = self.slots.values().filter_map(|&slot| {
                let client = &self.get(slot)?.client;
                Some((client.backlog_bytes().load(Relaxed), slot))
            });
            let over = self.total.over(connections.collect());
            let over = over.into_iter().map(|slot| (slot, Undeliverable::Overflow));
            self.undeliverable.extend(over);
        }
    }

    /// Takes a connection that could not be delivered to.
    pub(super) fn pop_undeliverable(&mut self) -> Option<(Slot, Undeliverable)> {
        self.undeliverable.pop()
    }

    /// Forgets a connection, after a last Close if there is one to send; `replaces`: what waits for
    /// it and is not begun is dropped. From here on everything for it and from it is discarded.
    pub(super) fn remove(
        &mut self,
        slot: Slot,
        close: Option<Bytes>,
        replaces: bool,
    ) -> Option<(ClientId, Session)> {
        let mut connection = self.connections.get_mut(slot.index())?.take()?;
        self.pieces.clear();
        let id = connection.client.id;
        connection.client.set_closing();
        match close {
            Some(close) => {
                let port = Port(&connection.client, &self.flusher);
                connection.outbox.close(&port, close, replaces);
                self.total.close(&connection.client);
            }
            None => connection.client.hang_up(),
        }
        self.slots.remove(&id);
        // A slot that is still in `unsent` finds nobody, or somebody new with nothing to send.
        self.free.push(slot);
        Some((id, *connection.session))
    }

    /// Sends the last bytes of a connection that never becomes part of the chat.
    pub(super) fn turn_away(&self, client: &Arc<Client>, last: Bytes) {
        client.set_closing();
        Outbox::default().close(&Port(client, &self.flusher), last, false);
    }
}

/// The connection at `slot`, while the other fields of [`Outgoing`] are in use, too.
fn at(connections: &mut [Option<Recipient>], slot: Slot) -> Option<&mut Recipient> {
    connections.get_mut(slot.index())?.as_mut()
}

#[cfg(test)]
#[path = "outgoing_tests.rs"]
mod tests;
