//! The hub's way out: batches to rooms, replies to one, and the end of a connection.
//!
//! Nothing here waits: a socket that is full is the flusher's from then on.

use super::port::HubPort;
use super::{Connected, Hub, Timer};
use crate::model::ids::RoomKey;
use crate::net::outbox::Undeliverable;
use crate::websocket::close::{self, Code};
use crate::websocket::frame;
use bytes::{Bytes, BytesMut};
use std::sync::atomic::Ordering::Relaxed;

/// A client's buffer of replies above this size is given back after use.
const KEEP_REPLIES: usize = 512;

/// Members from which on a flush takes milliseconds. Below, an `ack` waits for the next one, and
/// goes out with that in the same system call.
const LARGE: usize = 256;
/// Members between two looks at what has been committed meanwhile: some 50 µs.
const LOOK: usize = 16;

impl Hub {
    pub(super) fn batched(&self) -> usize {
        self.dirty_rooms
            .iter()
            .map(|&room| self.rooms[room].batched())
            .sum()
    }

    /// Sends every batch and every reply that waits.
    pub(super) fn flush(&mut self) {
        self.hand_over();
        // Replies follow everything that was sent before them. With one room they ride in the
        // same system call; with several they wait until the last room has gone out.
        let together = self.dirty_rooms.len() == 1;
        while let Some(room) = self.dirty_rooms.pop() {
            self.flush_room(room, together);
        }
        while let Some(slot) = self.dirty_slots.pop() {
            let Some(connected) = self.slots[slot].as_mut() else {
                continue;
            };
            connected.wrote.clear();
            if !connected.replies.is_empty() {
                self.pieces.push(connected.replies.split().freeze());
                self.deliver(slot);
            }
            let Some(connected) = self.slots[slot].as_mut() else {
                continue;
            };
            // `capacity` would tell of what is left behind the bytes just sent, not of the buffer.
            if connected.replies.try_reclaim(KEEP_REPLIES + 1) {
                connected.replies = BytesMut::new();
            }
        }
        while let Some((slot, why)) = self.undeliverable.pop() {
            match why {
                Undeliverable::Gone => self.disconnect(slot, None, false),
                Undeliverable::Overflow => {
                    self.counters.too_slow.fetch_add(1, Relaxed);
                    let reason = "too_slow: you read too slowly, come back";
                    self.close(slot, Code::TRY_AGAIN_LATER, reason);
                }
            }
        }
    }

    pub(super) fn flush_room(&mut self, key: RoomKey, with_replies: bool) {
        let room = &mut self.rooms[key];
        let events = room.pending();
        let batch = room.take_batch();
        let bound = self.config.limits.backlog;
        let members = room.members.len() as u64;
        self.counters.messages.fetch_add(events, Relaxed);
        self.counters
            .deliveries
            .fetch_add(events * members, Relaxed);
        self.counters
            .bytes
            .fetch_add(batch.len() as u64 * members, Relaxed);
        self.flushes += 1;
        let size = room.members.len();
        // Each batch begins with somebody else: nobody is always the last to hear.
        let first = room.next_first();
        let look = if size < LARGE { size } else { LOOK };
        for n in 0..size {
            if with_replies && n.is_multiple_of(look) {
                self.pay_on_the_way();
            }
            let room = &self.rooms[key];
            let turn = (first + n) % size;
            let Some(member) = room.members.get(turn) else {
                break;
            };
            if member.cursor.is_some() {
                continue; // it will read this in the log
            }
            let Some(connected) = self.slots[member.slot].as_mut() else {
                continue;
            };
            connected.flushed = self.flushes;
            let port = HubPort {
                client: &connected.client,
                orders: &self.orders,
            };
            let plain = connected.wrote.is_empty() && connected.replies.is_empty();
            let sent = if plain && !connected.fragment {
                connected
                    .outbox
                    .deliver(&port, std::slice::from_ref(&batch), bound)
            } else {
                let mut start = 0;
                for (_, own) in connected.wrote.iter().filter(|(room, _)| *room == key) {
                    if own.start > start {
                        self.pieces.push(batch.slice(start..own.start));
                    }
                    start = own.end;
                }
                if start < batch.len() {
                    self.pieces.push(batch.slice(start..));
                }
                if with_replies && !connected.replies.is_empty() {
                    self.pieces.push(connected.replies.split().freeze());
                }
                if connected.fragment {
                    connected.fragment = !frame::fragment(&mut self.pieces);
                }
                let sent = match &self.pieces[..] {
                    [] => Ok(()),
                    pieces => connected.outbox.deliver(&port, pieces, bound),
                };
                self.pieces.clear();
                sent
            };
            if let Err(why) = sent {
                self.undeliverable.push((member.slot, why));
            }
        }
        let committed = self.keeper.as_ref().map_or(0, |keeper| keeper.committed());
        self.rooms[key].remember(&batch, committed);
    }

    /// What the disk has got while a batch is on its way is acknowledged at once: whoever waits for
    /// the batch gets the `ack` with it, whoever has it already gets the `ack` alone. Senders that
    /// wait for their acks then have the next batch ready when this one is out.
    fn pay_on_the_way(&mut self) {
        let before = self.dirty_slots.len();
        self.pay_committed();
        for n in before..self.dirty_slots.len() {
            let slot = self.dirty_slots[n];
            let served = |c: &&mut Connected| c.flushed == self.flushes && !c.replies.is_empty();
            if let Some(connected) = self.slots[slot].as_mut().filter(served) {
                self.pieces.push(connected.replies.split().freeze());
                self.deliver(slot);
            }
        }
    }

    /// Sends `self.pieces` to one client.
    pub(super) fn deliver(&mut self, slot: usize) {
        if let Some(connected) = self.slots[slot].as_mut() {
            let port = HubPort {
                client: &connected.client,
                orders: &self.orders,
            };
            let bound = self.config.limits.backlog;
            if connected.fragment {
                connected.fragment = !frame::fragment(&mut self.pieces);
            }
            if let Err(why) = connected.outbox.deliver(&port, &self.pieces, bound) {
                self.undeliverable.push((slot, why));
            }
        }
        self.pieces.clear();
    }

    /// Ends a connection with a Close of our own; what waits for it and is not begun is dropped.
    pub(super) fn close(&mut self, slot: usize, code: Code, reason: &str) {
        self.disconnect(slot, Some(frame::close(code.into(), reason)), true);
    }

    /// Forgets a connection, after a last Close if there is one to send. From here on everything
    /// for it and from it is discarded.
    pub(super) fn disconnect(&mut self, slot: usize, close: Option<Bytes>, replaces: bool) {
        let Some(mut connected) = self.slots[slot].take() else {
            return;
        };
        let id = connected.client.id;
        connected.client.set_closing();
        if let Some(close) = close {
            let port = HubPort {
                client: &connected.client,
                orders: &self.orders,
            };
            connected.outbox.close(&port, close, replaces);
        } else {
            connected.client.hang_up();
        }
        self.slot_of.remove(&id);
        if let Some(at) = connected.timer {
            self.timers.remove(&(at, Timer::Token(id)));
        }
        for room in connected.rooms {
            self.left_room(slot, id, connected.person, room);
        }
        self.people.depart(connected.person, id, self.now);
        // A number that waits in `dirty_slots` finds nobody, or somebody new with nothing to send.
        self.free.push(slot);
    }

    /// Everybody is told that the server goes away.
    pub(super) fn close_all(&mut self) {
        self.drain_acks();
        let close = close::going_away();
        for slot in 0..self.slots.len() {
            // Behind what waits: the last acks are in there.
            self.disconnect(slot, Some(close.clone()), false);
        }
    }
}
