//! The hub's way out: batches to rooms, replies to clients, and the end of a connection.

use super::Hub;
use crate::model::ids::{RoomKey, Slot};
use crate::net::outbox::Undeliverable;
use crate::websocket::close::{self, Code};
use crate::websocket::frame;
use bytes::Bytes;
use std::sync::atomic::Ordering::Relaxed;

/// Rooms with at least this many members take milliseconds to flush: acks of what was committed
/// meanwhile are released on the way. In smaller rooms that is done once, at the beginning.
const LARGE: usize = 256;
/// Members between two looks at what has been committed meanwhile: some 50 µs.
const LOOK: usize = 16;

impl Hub {
    /// Sends every batch and every reply that waits.
    pub(super) fn flush(&mut self) {
        if let Some(store) = self.store.as_mut() {
            store.send();
        }
        // Replies follow everything that was sent before them. With one room they ride in the
        // same system call; with several they wait until the last room has been sent.
        let together = self.rooms.unsent() == 1;
        while let Some(room) = self.rooms.pop_unsent() {
            self.flush_room(room, together);
        }
        self.outgoing.send_all_replies();
        self.outgoing.bound_total();
        while let Some((slot, why)) = self.outgoing.pop_undeliverable() {
            match why {
                Undeliverable::Gone => self.disconnect(slot, None, false),
                Undeliverable::Overflow => {
                    self.setup.counters.too_slow.fetch_add(1, Relaxed);
                    self.close(slot, Code::TRY_AGAIN_LATER, close::TOO_SLOW);
                }
            }
        }
    }

    fn flush_room(&mut self, key: RoomKey, with_replies: bool) {
        let room = self.rooms.get_mut(key);
        let events = room.pending();
        let batch = room.take_batch();
        let size = room.members.len();
        // Each batch begins with another member: nobody is always the last to hear.
        let first = room.next_first();
        self.count_deliveries(events, size as u64, batch.len() as u64);
        self.outgoing.begin_batch();
        let look = if size < LARGE { size } else { LOOK };
        for n in 0..size {
            if with_replies && n.is_multiple_of(look) {
                self.release_acks_on_the_way();
            }
            let members = &self.rooms.get(key).members;
            let Some(member) = members.get((first + n) % size) else {
                break;
            };
            // A member that catches up will read this in the log.
            if member.cursor.is_none() {
                self.outgoing
                    .send_batch(member.slot, key, &batch, with_replies);
            }
        }
        let committed = self.store.as_ref().map_or(0, |store| store.committed());
        self.rooms.get_mut(key).remember(&batch, committed);
    }

    fn count_deliveries(&self, events: u64, members: u64, bytes: u64) {
        let counters = &self.setup.counters;
        counters.messages.fetch_add(events, Relaxed);
        counters.deliveries.fetch_add(events * members, Relaxed);
        counters.bytes.fetch_add(bytes * members, Relaxed);
    }

    /// What was committed while a batch is on its way is acknowledged at once: a client that waits
    /// for the batch gets the `ack` with it, a client that has it already gets the `ack` alone.
    /// Senders that wait for their acks then have the next batch ready when this one is out.
    fn release_acks_on_the_way(&mut self) {
        let mark = self.outgoing.unsent();
        self.release_committed_acks();
        self.outgoing.send_replies_since(mark);
    }

    /// Ends a connection with a Close of our own; what waits for it and is not begun is dropped.
    pub(super) fn close(&mut self, slot: Slot, code: Code, reason: &str) {
        self.disconnect(slot, Some(frame::close(code.into(), reason)), true);
    }

    /// Forgets a connection, after a last Close if there is one to send; `replaces`: what waits for
    /// it and is not begun is dropped.
    pub(super) fn disconnect(&mut self, slot: Slot, close: Option<Bytes>, replaces: bool) {
        let Some((client, session)) = self.outgoing.remove(slot, close, replaces) else {
            return;
        };
        self.timers.cancel_token(client);
        self.forget_reads(session.person, client);
        for room in session.rooms {
            self.left_room(slot, client, session.person, room);
        }
        self.departed(session.person, client);
    }

    /// Tells everybody that the server is shutting down, after the last acks.
    pub(super) fn close_all(&mut self) {
        self.drain_acks();
        for slot in self.outgoing.all() {
            self.disconnect(slot, Some(close::going_away()), false);
        }
    }
}
