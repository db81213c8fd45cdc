//! One client's way out, as two halves that never share a lock.
//!
//! [`Outbox`] is the hub's half: it tries the socket first, and only what the socket does not take
//! goes to the flusher. [`Backlog`] is the flusher's half: it writes the rest when the socket has
//! room again. Between them travel [`Item`]s (hub to flusher) and counts of items taken (flusher
//! to hub); the bytes still waiting are counted in one atomic that both change.
//!
//! The rule that keeps frames in order: **the hub sends directly again only when every item it
//! ever handed over has been reported as taken.** "My queue is empty just now" would not do: an
//! item may be on its way while the report travels, and a direct send would overtake it. The test
//! at the foot walks every interleaving, and finds that fault when it is planted.
//!
//! Both halves are pure but for the [`Port`], so that the test can be the socket.

use bytes::Bytes;
use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// What the hub's half needs of the world.
pub trait Port {
    /// One non-blocking send of `pieces` in order: how many bytes the socket took.
    fn try_send(&self, pieces: &[Bytes]) -> io::Result<usize>;
    /// Gives `item` to the flusher; never waits.
    fn hand_over(&self, item: Item);
    /// Bytes of this client that wait with the flusher.
    fn waiting(&self) -> &AtomicUsize;
    /// The last byte is written: half-close, so that the peer sees the end (RFC 6455 §7.1.1).
    fn finish(&self);
}

/// What travels from the hub to the flusher for one client.
#[derive(Debug)]
#[allow(missing_docs, reason = "each variant says what its fields are")]
pub enum Item {
    /// Bytes to write. `begun`: their first part is on the wire already.
    Bytes { bytes: Bytes, begun: bool },
    /// The last bytes ever. `replaces`: what is queued and not begun is dropped for it.
    Close {
        frame: Bytes,
        begun: bool,
        replaces: bool,
    },
}

/// Why a delivery failed; the hub ends the client for either.
#[derive(Debug, PartialEq, Eq)]
pub enum Undeliverable {
    /// More would wait than the client's bound allows.
    Overflow,
    /// The socket is dead.
    Gone,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// The socket is believed to have room.
    #[default]
    Direct,
    Backlogged,
    /// Over its bound: nothing but the Close may follow, or there would be a gap before it.
    Overflowed,
    Closed,
}

/// The hub's half.
#[derive(Debug, Default)]
pub struct Outbox {
    mode: Mode,
    /// Items handed over and not yet reported as taken.
    outstanding: u64,
}

impl Outbox {
    /// Whether what is sent now would wait behind something.
    pub fn is_backlogged(&self) -> bool {
        self.mode == Mode::Backlogged
    }

    /// Whether the socket is believed to have room.
    pub fn is_direct(&self) -> bool {
        self.mode == Mode::Direct
    }

    /// Sends `pieces` in order, directly or behind what waits already. `bound`: bytes that may wait.
    pub fn deliver(
        &mut self,
        port: &impl Port,
        pieces: &[Bytes],
        bound: usize,
    ) -> Result<(), Undeliverable> {
        let taken = match self.mode {
            Mode::Closed | Mode::Overflowed => return Ok(()),
            Mode::Backlogged => 0,
            Mode::Direct => match port.try_send(pieces) {
                Ok(taken) => taken,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => 0,
                Err(_) => {
                    self.mode = Mode::Closed;
                    return Err(Undeliverable::Gone);
                }
            },
        };
        let total: usize = pieces.iter().map(Bytes::len).sum();
        if taken == total {
            return Ok(());
        }
        // A delivery that finds nothing waiting may be as large as it is: history comes in chunks
        // that a small bound must not cut. So what overflows is never in the middle of a frame: its
        // beginning could only have been sent if nothing had waited.
        let waiting = port.waiting().load(Relaxed);
        if waiting > 0 && waiting + (total - taken) > bound {
            self.mode = Mode::Overflowed;
            return Err(Undeliverable::Overflow);
        }
        self.mode = Mode::Backlogged;
        let mut skip = taken;
        for piece in pieces {
            if skip >= piece.len() {
                skip -= piece.len();
                continue;
            }
            let begun = skip > 0;
            let bytes = piece.slice(std::mem::take(&mut skip)..);
            self.hand_over(port, Item::Bytes { bytes, begun });
        }
        Ok(())
    }

    /// Sends a Close as the last item there will ever be. With `replaces`, what waits and is not
    /// begun is dropped for it; the deadline for the rest is the flusher's.
    pub fn close(&mut self, port: &impl Port, frame: Bytes, replaces: bool) {
        let mode = std::mem::replace(&mut self.mode, Mode::Closed);
        let taken = match mode {
            Mode::Closed => return,
            Mode::Backlogged | Mode::Overflowed => 0,
            Mode::Direct => match port.try_send(std::slice::from_ref(&frame)) {
                Ok(taken) if taken == frame.len() => return port.finish(),
                Ok(taken) => taken,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => 0,
                Err(_) => return port.finish(),
            },
        };
        let frame = frame.slice(taken..);
        self.hand_over(
            port,
            Item::Close {
                frame,
                begun: taken > 0,
                replaces,
            },
        );
    }

    /// The flusher reports that it ran empty after `taken` items. True: direct again.
    pub fn drained(&mut self, taken: u64) -> bool {
        self.outstanding -= taken.min(self.outstanding);
        let direct = self.mode == Mode::Backlogged && self.outstanding == 0;
        if direct {
            self.mode = Mode::Direct;
        }
        direct
    }

    fn hand_over(&mut self, port: &impl Port, item: Item) {
        let (Item::Bytes { bytes, .. } | Item::Close { frame: bytes, .. }) = &item;
        port.waiting().fetch_add(bytes.len(), Relaxed);
        self.outstanding += 1;
        port.hand_over(item);
    }
}

/// What became of one attempt to write a backlog.
#[derive(Debug, PartialEq, Eq)]
pub enum Progress {
    /// The socket is full; `moved`: some bytes went out first.
    Blocked {
        /// Whether any did.
        moved: bool,
    },
    /// All written. The hub is told how many items that were; this backlog is over.
    Drained {
        /// Since this backlog began.
        taken: u64,
    },
    /// The Close is written: half-close and linger.
    Closed,
    /// The socket is dead.
    Gone,
}

/// The flusher's half: one client's bytes that the socket had no room for. Made with the first
/// item, gone when drained, so that it costs nothing while all is well.
#[derive(Debug, Default)]
pub struct Backlog {
    queue: VecDeque<Bytes>,
    /// A part of the front is on the wire: it cannot be dropped any more.
    begun: bool,
    /// The back of the queue is a Close.
    closing: bool,
    taken: u64,
}

impl Backlog {
    /// Most buffers of one `sendmsg`; beyond some dozens the kernel gains nothing.
    const AT_ONCE: usize = 64;

    /// Whether a Close waits in it: from then on the client's time is limited.
    pub fn is_closing(&self) -> bool {
        self.closing
    }

    /// Queues `item`.
    pub fn push(&mut self, item: Item, waiting: &AtomicUsize) {
        let empty = self.queue.is_empty();
        match item {
            Item::Bytes { bytes, begun } => {
                self.begun |= empty && begun;
                self.queue.push_back(bytes);
            }
            Item::Close {
                frame,
                begun,
                replaces,
            } => {
                if replaces {
                    let kept = usize::from(self.begun && !empty);
                    let dropped: usize = self.queue.drain(kept..).map(|bytes| bytes.len()).sum();
                    waiting.fetch_sub(dropped, Relaxed);
                }
                self.begun |= empty && begun;
                self.closing = true;
                self.queue.push_back(frame);
            }
        }
    }

    /// Writes until the queue is empty or the socket is full.
    pub fn drain(
        &mut self,
        waiting: &AtomicUsize,
        mut try_send: impl FnMut(&[Bytes]) -> io::Result<usize>,
    ) -> Progress {
        let mut moved = false;
        while !self.queue.is_empty() {
            let pieces = &self.queue.make_contiguous()[..];
            match try_send(&pieces[..pieces.len().min(Self::AT_ONCE)]) {
                Ok(sent) => {
                    moved |= sent > 0;
                    waiting.fetch_sub(sent, Relaxed);
                    self.consume(sent);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    return Progress::Blocked { moved };
                }
                Err(_) => return Progress::Gone,
            }
        }
        if self.closing {
            Progress::Closed
        } else {
            Progress::Drained { taken: self.taken }
        }
    }

    fn consume(&mut self, mut sent: usize) {
        while let Some(front) = self.queue.front_mut() {
            if sent < front.len() {
                if sent > 0 {
                    *front = front.slice(sent..);
                    self.begun = true;
                }
                return;
            }
            sent -= front.len();
            self.queue.pop_front();
            self.begun = false;
            self.taken += 1;
        }
    }
}

#[cfg(test)]
#[path = "outbox_model.rs"]
mod model;
