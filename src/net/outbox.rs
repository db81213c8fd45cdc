//! The queue of one client, as two halves that never share a lock.
//!
//! [`Outbox`] is the hub's half: it tries the socket first, and only what the socket does not take
//! goes to the flusher. [`Backlog`] is the flusher's half: it writes the rest when the socket has
//! room again. [`Chunk`]s travel from the hub to the flusher, and counts of written chunks travel
//! back; both halves change one atomic that counts the bytes of the backlog.
//!
//! The rule that keeps frames in order: **the hub sends directly again only when every chunk it
//! ever handed over has been reported as written.** "The flusher's queue is empty just now" would
//! not do: a chunk may be on its way to it while that report travels, and a direct send would
//! overtake the chunk. The test at the foot walks every interleaving, and finds that fault when it
//! is planted.
//!
//! Both halves are pure except for the [`Transport`], so that the test can play the socket.

use bytes::Bytes;
use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// The client's socket and flusher, as the hub's half uses them.
pub(crate) trait Transport {
    /// One non-blocking send of `pieces` in order: how many bytes the socket took.
    fn try_send(&self, pieces: &[Bytes]) -> io::Result<usize>;
    /// Gives `chunk` to the flusher; never waits.
    fn hand_over(&self, chunk: Chunk);
    /// How many bytes of this client the flusher still has to write.
    fn backlog_bytes(&self) -> &AtomicUsize;
    /// The last byte is written: half-close, so that the peer sees the end (RFC 6455 §7.1.1).
    fn finish(&self);
}

/// What the hub hands over to the flusher for one client.
#[derive(Debug)]
#[allow(missing_docs, reason = "each variant says what its fields are")]
pub(crate) enum Chunk {
    /// Bytes to write. `begun`: the bytes before them in the same piece are on the wire already.
    Bytes { bytes: Bytes, begun: bool },
    /// The last bytes ever. `replaces`: drop what is queued and not begun.
    Close {
        frame: Bytes,
        begun: bool,
        replaces: bool,
    },
}

/// Why a delivery failed; in both cases the hub disconnects the client.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Undeliverable {
    /// The backlog would exceed the client's bound.
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
    /// Over its bound: only the Close may follow, since anything else would hide a gap.
    Overflowed,
    Closed,
}

/// The hub's half.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    mode: Mode,
    /// Chunks handed over and not yet reported as written.
    outstanding: u64,
}

impl Outbox {
    /// Whether a delivery would have to queue.
    pub(crate) fn is_backlogged(&self) -> bool {
        self.mode == Mode::Backlogged
    }

    /// Whether the socket is believed to have room.
    pub(crate) fn is_direct(&self) -> bool {
        self.mode == Mode::Direct
    }

    /// Sends `pieces` in order, directly or after the backlog, which may have `bound` bytes.
    pub(crate) fn deliver(
        &mut self,
        transport: &impl Transport,
        pieces: &[Bytes],
        bound: usize,
    ) -> Result<(), Undeliverable> {
        let taken = match self.mode {
            Mode::Closed | Mode::Overflowed => return Ok(()),
            Mode::Backlogged => 0,
            Mode::Direct => match transport.try_send(pieces) {
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
        // A delivery without a backlog before it may have any size: history comes in large pieces
        // that a small bound must not cut. So a delivery that overflows is never in the middle of a
        // frame: the frame's beginning could only have been sent without a backlog.
        let backlog = transport.backlog_bytes().load(Relaxed);
        if backlog > 0 && backlog + (total - taken) > bound {
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
            self.hand_over(transport, Chunk::Bytes { bytes, begun });
        }
        Ok(())
    }

    /// Sends a Close, after which nothing is sent. With `replaces`, the part of the backlog that is
    /// not begun is dropped; the flusher sets a deadline for the rest.
    pub(crate) fn close(&mut self, transport: &impl Transport, frame: Bytes, replaces: bool) {
        let mode = std::mem::replace(&mut self.mode, Mode::Closed);
        let taken = match mode {
            Mode::Closed => return,
            Mode::Backlogged | Mode::Overflowed => 0,
            Mode::Direct => match transport.try_send(std::slice::from_ref(&frame)) {
                Ok(taken) if taken == frame.len() => return transport.finish(),
                Ok(taken) => taken,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => 0,
                Err(_) => return transport.finish(),
            },
        };
        let frame = frame.slice(taken..);
        self.hand_over(
            transport,
            Chunk::Close {
                frame,
                begun: taken > 0,
                replaces,
            },
        );
    }

    /// The flusher reports an empty backlog after writing `chunks`. True: direct again.
    pub(crate) fn drained(&mut self, chunks: u64) -> bool {
        self.outstanding -= chunks.min(self.outstanding);
        let direct = self.mode == Mode::Backlogged && self.outstanding == 0;
        if direct {
            self.mode = Mode::Direct;
        }
        direct
    }

    fn hand_over(&mut self, transport: &impl Transport, chunk: Chunk) {
        let (Chunk::Bytes { bytes, .. } | Chunk::Close { frame: bytes, .. }) = &chunk;
        transport.backlog_bytes().fetch_add(bytes.len(), Relaxed);
        self.outstanding += 1;
        transport.hand_over(chunk);
    }
}

/// The outcome of one attempt to write a backlog.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Drain {
    /// The socket is full.
    Blocked {
        /// Whether it took some bytes first.
        progress: bool,
    },
    /// All is written, and this backlog is over.
    Drained {
        /// How many chunks were written since it began.
        chunks: u64,
    },
    /// The Close is written: half-close and linger.
    Closed,
    /// The socket is dead.
    Gone,
}

/// The flusher's half: the bytes of one client for which the socket had no room. It is made for the
/// first chunk and dropped when drained, so a client that keeps up has none.
#[derive(Debug, Default)]
pub(crate) struct Backlog {
    queue: VecDeque<Bytes>,
    /// A part of the front is on the wire: it cannot be dropped any more.
    begun: bool,
    /// The back of the queue is a Close.
    closing: bool,
    /// Chunks written since this backlog began.
    written: u64,
}

impl Backlog {
    /// Buffers of one `sendmsg`, at most; beyond some dozens the kernel gains nothing.
    const AT_ONCE: usize = 64;

    /// Whether a Close is queued: from then on the client's time is limited.
    pub(crate) fn is_closing(&self) -> bool {
        self.closing
    }

    /// Queues `chunk`. `backlog_bytes` has counted it already.
    pub(crate) fn push(&mut self, chunk: Chunk, backlog_bytes: &AtomicUsize) {
        let empty = self.queue.is_empty();
        match chunk {
            Chunk::Bytes { bytes, begun } => {
                self.begun |= empty && begun;
                self.queue.push_back(bytes);
            }
            Chunk::Close {
                frame,
                begun,
                replaces,
            } => {
                if replaces {
                    let kept = usize::from(self.begun && !empty);
                    let dropped: usize = self.queue.drain(kept..).map(|bytes| bytes.len()).sum();
                    backlog_bytes.fetch_sub(dropped, Relaxed);
                }
                self.begun |= empty && begun;
                self.closing = true;
                self.queue.push_back(frame);
            }
        }
    }

    /// Writes until the queue is empty or the socket is full.
    pub(crate) fn drain(
        &mut self,
        backlog_bytes: &AtomicUsize,
        mut try_send: impl FnMut(&[Bytes]) -> io::Result<usize>,
    ) -> Drain {
        let mut progress = false;
        while !self.queue.is_empty() {
            let pieces = &self.queue.make_contiguous()[..];
            match try_send(&pieces[..pieces.len().min(Self::AT_ONCE)]) {
                Ok(sent) => {
                    progress |= sent > 0;
                    backlog_bytes.fetch_sub(sent, Relaxed);
                    self.consume(sent);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    return Drain::Blocked { progress };
                }
                Err(_) => return Drain::Gone,
            }
        }
        if self.closing {
            Drain::Closed
        } else {
            Drain::Drained {
                chunks: self.written,
            }
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
            self.written += 1;
        }
    }
}

#[cfg(test)]
#[path = "outbox_model.rs"]
mod model;
