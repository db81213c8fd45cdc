//! Where the bytes of a connection can be watched: its thread reports what it read, the hub and the
//! flusher report what they sent. A build without the feature `full` has `tap_none.rs` instead.
//!
//! While nobody watches, each report costs one relaxed load of one byte. While somebody watches,
//! reports go into a channel as slices that share the sender's buffers. The channel is bounded in
//! bytes: a watcher that reads too slowly loses the view, and the chat never waits for it.
//!
//! Order and time come from one place: an event gets its time and its place in the channel under one
//! lock, and what is sent is reported before the peer's answer to it can be read.
//!
//! A view begins in the middle of a stream, so each direction is shown from its next frame on: the
//! reader and the hub say where a frame begins.

use crate::http::forwarded;
use crate::lens::head::keep_without_signatures;
use crate::model::direction::Direction;
use bytes::Bytes;
use crossbeam_channel::{Receiver, Sender, unbounded};
use std::io;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, fence};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Request head and 101 are recorded if they are no longer than this together.
const MAX_OPENING: usize = 2048;
/// Bytes that the channel to the watcher may hold, counted by [`weight`].
const MAX_QUEUED: usize = 4 * 1024 * 1024;
/// What each slice counts for in addition to its bytes: its slot in the channel, and its buffer. A
/// peer that sends byte by byte fills more memory than the wire.
const OVERHEAD: usize = 128;

/// What the watcher of a connection receives.
#[derive(Debug)]
#[allow(missing_docs, reason = "each variant says what its fields are")]
pub(crate) enum TapEvent {
    /// Bytes that one end sent. `call`: a system call begins with them, which returned or took so many
    /// bytes in all; the pieces after them without a `call` belong to the same one.
    Bytes {
        from: Direction,
        bytes: Bytes,
        at: Instant,
        call: Option<usize>,
    },
    /// A message of this connection was encoded once and goes to `members` other connections.
    FanOut {
        room: Arc<str>,
        seq: u64,
        members: usize,
        bytes: usize,
        at: Instant,
    },
    /// One end ended TCP.
    TcpEnded {
        by: Direction,
        reset: bool,
        at: Instant,
    },
    /// The watcher asked for the time, at its place in the order of events.
    Tick(Instant),
    /// The connection is over.
    ConnectionOver(Instant),
    /// Another view was opened on this connection.
    Replaced,
    /// The connection may do more now than the view was opened for.
    Outgrown,
    /// The channel was full: the view is over.
    Overrun,
    /// A frame for the watcher's own page, from the thread that reads that page.
    Reply(Bytes),
    /// The watcher's own page has left, or is to get this Close.
    PageLeft(Option<Bytes>),
}

/// The sending end of a view.
#[derive(Clone, Debug)]
pub(crate) struct TapSender {
    events: Sender<TapEvent>,
    queued: Arc<AtomicUsize>,
}

/// The watcher's end of a view.
#[derive(Debug)]
pub(crate) struct TapReceiver {
    /// What happened, in order.
    pub(crate) events: Receiver<TapEvent>,
    /// The weight of what the channel holds. The watcher subtracts what it has received.
    pub(crate) queued: Arc<AtomicUsize>,
}

#[derive(Debug, Default)]
struct Inner {
    /// Request head and 101, one after the other, without the signatures of tokens.
    opening: Vec<u8>,
    watcher: Option<TapSender>,
    /// By direction: a frame has begun since the view was opened.
    aligned: [bool; 2],
}

/// A connection's tap.
#[derive(Debug, Default)]
pub(crate) struct Tap {
    watched: AtomicBool,
    /// How often the connection has got a token for more.
    growth: AtomicU64,
    inner: Mutex<Inner>,
}

/// What these bytes count for while the channel holds them.
pub(crate) fn weight(bytes: &Bytes) -> usize {
    bytes.len() + OVERHEAD
}

impl TapSender {
    /// Sends an event; false if the watcher has gone.
    pub(crate) fn send(&self, event: TapEvent) -> bool {
        self.events.send(event).is_ok()
    }

    /// Sends the page a frame; false if the watcher has gone, or if the page keeps asking and does
    /// not read.
    pub(crate) fn reply(&self, frame: Bytes) -> bool {
        let weight = weight(&frame);
        let before = self.queued.fetch_add(weight, Relaxed);
        before + weight <= MAX_QUEUED && self.send(TapEvent::Reply(frame))
    }
}

impl Inner {
    /// Whether this direction is shown yet.
    fn is_shown(&mut self, from: Direction, aligned: bool) -> bool {
        let known = &mut self.aligned[from as usize];
        *known |= aligned;
        *known
    }

    /// Shows what one system call carried: `total` bytes, in these parts.
    fn show(
        &mut self,
        from: Direction,
        at: Instant,
        total: usize,
        parts: impl IntoIterator<Item = Bytes>,
    ) {
        let mut call = Some(total);
        for bytes in parts.into_iter().filter(|bytes| !bytes.is_empty()) {
            let queued = self.watcher.as_ref().map(|watcher| &watcher.queued);
            let weight = weight(&bytes);
            let before = queued.map_or(0, |queued| queued.fetch_add(weight, Relaxed));
            if before + weight > MAX_QUEUED {
                self.send(TapEvent::Overrun);
                self.watcher = None;
                return;
            }
            let call = call.take();
            self.send(TapEvent::Bytes {
                from,
                bytes,
                at,
                call,
            });
        }
    }

    /// Sends an event, and lets go of a watcher that has gone.
    fn send(&mut self, event: TapEvent) {
        self.watcher = self.watcher.take().filter(|watcher| watcher.send(event));
    }
}

impl Tap {
    /// Whether somebody watches.
    #[inline]
    pub(crate) fn is_watched(&self) -> bool {
        self.watched.load(Relaxed)
    }

    /// Records a part of the opening handshake, for a view that is opened later.
    pub(crate) fn record_opening(&self, part: &[u8]) {
        let part = forwarded::as_sent(part);
        let mut inner = self.lock();
        if inner.opening.len() + part.len() <= MAX_OPENING {
            keep_without_signatures(&part, &mut inner.opening);
        }
    }

    /// Request head and 101 as far as they were recorded.
    pub(crate) fn opening(&self) -> Vec<u8> {
        self.lock().opening.clone()
    }

    /// How often the connection has got a token for more, for [`Tap::open`].
    pub(crate) fn growth(&self) -> u64 {
        self.growth.load(Relaxed)
    }

    /// The connection goes on with a token for more: a view ends with [`TapEvent::Outgrown`], and one
    /// that is about to be opened is not.
    pub(crate) fn outgrow(&self) {
        self.growth.fetch_add(1, Relaxed);
        // Pairs with the fence in `open`: either this thread sees the view, or that one sees that the
        // connection has grown.
        fence(SeqCst);
        if !self.is_watched() {
            return;
        }
        let mut inner = self.lock();
        inner.send(TapEvent::Outgrown);
        inner.watcher = None;
        self.update_watched(&inner);
    }

    /// Opens a view; an earlier one ends with [`TapEvent::Replaced`]. The view was permitted when the
    /// connection had this `growth`. `None`: it has grown since.
    pub(crate) fn open(&self, growth: u64) -> Option<(TapSender, TapReceiver)> {
        let (sender, events) = unbounded();
        let queued = Arc::<AtomicUsize>::default();
        let watcher = TapSender {
            events: sender,
            queued: Arc::clone(&queued),
        };
        let mut inner = self.lock();
        if self.growth() != growth {
            return None;
        }
        inner.aligned = [false; 2];
        if let Some(before) = inner.watcher.replace(watcher.clone()) {
            before.send(TapEvent::Replaced);
        }
        self.watched.store(true, Relaxed);
        fence(SeqCst);
        if self.growth() != growth {
            inner.watcher = None;
            self.update_watched(&inner);
            return None;
        }
        Some((watcher, TapReceiver { events, queued }))
    }

    /// Reports bytes from the client. `aligned`: they begin with a frame.
    #[inline]
    pub(crate) fn received(&self, bytes: &[u8], aligned: bool) {
        if self.is_watched() {
            self.show_received(bytes, aligned);
        }
    }

    fn show_received(&self, bytes: &[u8], aligned: bool) {
        let mut inner = self.lock();
        if inner.is_shown(Direction::FromClient, aligned) {
            inner.show(
                Direction::FromClient,
                Instant::now(),
                bytes.len(),
                [Bytes::copy_from_slice(bytes)],
            );
        }
        self.update_watched(&inner);
    }

    /// Calls `send` for `pieces` and reports as much of them as the socket took. `aligned`: they
    /// begin with a frame.
    #[inline]
    pub(crate) fn sending(
        &self,
        pieces: &[Bytes],
        aligned: bool,
        send: impl FnOnce() -> io::Result<usize>,
    ) -> io::Result<usize> {
        if !self.is_watched() {
            return send();
        }
        // The peer's answer is reported after this: its reader needs the same lock.
        let mut inner = self.lock();
        let at = Instant::now();
        let taken = send()?;
        if inner.is_shown(Direction::FromServer, aligned) {
            let mut left = taken;
            let parts = pieces.iter().map(|piece| {
                let part = piece.slice(..left.min(piece.len()));
                left -= part.len();
                part
            });
            inner.show(Direction::FromServer, at, taken, parts);
        }
        self.update_watched(&inner);
        Ok(taken)
    }

    /// Reports that a message of this connection was encoded as `bytes` bytes, for `members`
    /// others.
    #[inline]
    pub(crate) fn fan_out(&self, room: &Arc<str>, seq: u64, members: usize, bytes: usize) {
        if self.is_watched() {
            self.report(|at| TapEvent::FanOut {
                room: Arc::clone(room),
                seq,
                members,
                bytes,
                at,
            });
        }
    }

    /// Reports that one end ended TCP.
    pub(crate) fn tcp_ended(&self, by: Direction, reset: bool) {
        if self.is_watched() {
            self.report(|at| TapEvent::TcpEnded { by, reset, at });
        }
    }

    /// Puts [`TapEvent::Tick`] into the watcher's channel, below everything that has happened.
    pub(crate) fn tick(&self) {
        self.report(TapEvent::Tick);
    }

    /// Sends an event with its time, which is read under the lock: the order of the channel is the
    /// order of the times, whichever thread reports first.
    fn report(&self, event: impl FnOnce(Instant) -> TapEvent) {
        let mut inner = self.lock();
        inner.send(event(Instant::now()));
        self.update_watched(&inner);
    }

    /// Notes whether the watcher is still there.
    fn update_watched(&self, inner: &Inner) {
        self.watched.store(inner.watcher.is_some(), Relaxed);
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // The state is consistent after every statement, so a panic elsewhere does no harm.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        self.report(TapEvent::ConnectionOver);
    }
}

#[cfg(test)]
#[path = "tap_tests.rs"]
mod tests;
