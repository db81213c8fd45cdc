//! Where a connection's bytes can be seen: its thread shows what it read, the hub and the flusher
//! what they sent.
//!
//! While nobody looks, the tap costs each of them one relaxed load of one byte. While somebody
//! does, what is seen goes into a channel as slices that share the sender's buffers; what waits
//! there is bounded in bytes, and a watcher that falls behind loses the view, never the chat.
//!
//! A view begins in mid-stream, so each direction is shown from its next frame on: the reader and
//! the hub say where one begins.

use crate::lens::head::without_signatures;
use crate::model::direction::Direction;
use bytes::Bytes;
use crossbeam_channel::{Receiver, Sender, unbounded};
use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Request head and 101 are kept if they are no longer than this together.
const MAX_OPENING: usize = 2048;
/// Bytes that may wait for the watcher, counted by [`weight`].
const MAX_WAITING: usize = 4 * 1024 * 1024;
/// What each piece counts for beside its bytes: its place in the channel, and its buffer. Who sends
/// byte by byte fills more memory than the wire.
const EACH: usize = 128;

/// Something that happened on the watched connection.
#[derive(Debug)]
#[allow(missing_docs, reason = "each variant says what its fields are")]
pub enum Seen {
    /// Bytes that one end sent.
    Bytes {
        from: Direction,
        bytes: Bytes,
        at: Instant,
    },
    /// A message of its was encoded once, and goes to so many other connections.
    FanOut {
        room: Arc<str>,
        seq: u64,
        members: usize,
        bytes: usize,
        at: Instant,
    },
    /// One end has ended TCP.
    Ended {
        by: Direction,
        reset: bool,
        at: Instant,
    },
    /// The connection is over.
    Gone,
    /// Somebody else watches now.
    Replaced,
    /// More happened than could be shown.
    Overrun,
    /// From the watcher's own page: a frame that it is owed.
    Owed(Bytes),
    /// The watcher's own page has gone, or is owed this Close.
    Leave(Option<Bytes>),
}

/// The way to a watcher.
#[derive(Clone, Debug)]
pub struct Line {
    sender: Sender<Seen>,
    waiting: Arc<AtomicUsize>,
}

/// The watcher's end.
#[derive(Debug)]
pub struct View {
    /// What was seen, in order.
    pub seen: Receiver<Seen>,
    /// What waits in it weighs this much.
    pub waiting: Arc<AtomicUsize>,
}

#[derive(Debug, Default)]
struct Inner {
    /// Request head and 101, one behind the other, signatures of tokens blanked.
    opening: Vec<u8>,
    line: Option<Line>,
    /// A frame of this direction has begun since somebody watches.
    aligned: [bool; 2],
}

/// A connection's tap.
#[derive(Debug, Default)]
pub struct Tap {
    watched: AtomicBool,
    inner: Mutex<Inner>,
}

/// What these bytes count for while they wait for the watcher.
pub fn weight(bytes: &Bytes) -> usize {
    bytes.len() + EACH
}

impl Line {
    /// Tells the watcher; false if it has gone.
    pub fn tell(&self, seen: Seen) -> bool {
        self.sender.send(seen).is_ok()
    }

    /// Owes the page a frame; false if the watcher has gone, or the page asks on and on and reads
    /// nothing.
    pub fn owe(&self, frame: Bytes) -> bool {
        let weight = weight(&frame);
        let before = self.waiting.fetch_add(weight, Relaxed);
        before + weight <= MAX_WAITING && self.tell(Seen::Owed(frame))
    }
}

impl Inner {
    /// Whether this direction is shown by now.
    fn is_shown(&mut self, from: Direction, aligned: bool) -> bool {
        let known = &mut self.aligned[from as usize];
        *known |= aligned;
        *known
    }

    fn show(&mut self, from: Direction, at: Instant, parts: impl IntoIterator<Item = Bytes>) {
        for bytes in parts.into_iter().filter(|bytes| !bytes.is_empty()) {
            let waiting = self.line.as_ref().map(|line| &line.waiting);
            let weight = weight(&bytes);
            let before = waiting.map_or(0, |waiting| waiting.fetch_add(weight, Relaxed));
            if before + weight > MAX_WAITING {
                self.tell(Seen::Overrun);
                self.line = None;
                return;
            }
            self.tell(Seen::Bytes { from, bytes, at });
        }
    }

    /// Tells the watcher, if there is one and it has not gone.
    fn tell(&mut self, seen: Seen) {
        self.line = self.line.take().filter(|line| line.tell(seen));
    }
}

impl Tap {
    /// Notes that an event of the owner went to `members` others.
    pub fn fan_out(&self, room: Arc<str>, seq: u64, members: usize, bytes: usize) {
        self.note(Seen::FanOut {
            room,
            seq,
            members,
            bytes,
            at: Instant::now(),
        });
    }

    /// Whether somebody looks.
    #[inline]
    pub fn is_watched(&self) -> bool {
        self.watched.load(Relaxed)
    }

    /// Remembers a part of the opening handshake.
    pub fn keep_opening(&self, part: &[u8]) {
        let mut inner = self.lock();
        if inner.opening.len() + part.len() <= MAX_OPENING {
            inner.opening.extend(without_signatures(part));
            inner.opening.shrink_to_fit();
        }
    }

    /// Request head and 101 as far as they were kept.
    pub fn opening(&self) -> Vec<u8> {
        self.lock().opening.clone()
    }

    /// Begins a view; whoever watched before is told so.
    pub fn open(&self) -> (Line, View) {
        let (sender, seen) = unbounded();
        let waiting = Arc::<AtomicUsize>::default();
        let line = Line {
            sender,
            waiting: Arc::clone(&waiting),
        };
        let mut inner = self.lock();
        inner.aligned = [false; 2];
        if let Some(before) = inner.line.replace(line.clone()) {
            before.tell(Seen::Replaced);
        }
        self.watched.store(true, Relaxed);
        (line, View { seen, waiting })
    }

    /// Bytes that came from the client. `aligned`: a frame begins with them.
    pub fn read(&self, bytes: &[u8], aligned: bool) {
        let mut inner = self.lock();
        if inner.is_shown(Direction::FromClient, aligned) {
            inner.show(
                Direction::FromClient,
                Instant::now(),
                [Bytes::copy_from_slice(bytes)],
            );
        }
        self.look_again(&inner);
    }

    /// Sends `pieces` and shows as much of them as the socket took. `aligned`: a frame begins with
    /// them. The answer to them is not shown before they are: it is read behind the same lock.
    pub fn sending(
        &self,
        pieces: &[Bytes],
        aligned: bool,
        send: impl FnOnce() -> io::Result<usize>,
    ) -> io::Result<usize> {
        let mut inner = self.lock();
        let (at, taken) = (Instant::now(), send()?);
        if inner.is_shown(Direction::FromServer, aligned) {
            let mut left = taken;
            let parts = pieces.iter().map(|piece| {
                let part = piece.slice(..left.min(piece.len()));
                left -= part.len();
                part
            });
            inner.show(Direction::FromServer, at, parts);
        }
        self.look_again(&inner);
        Ok(taken)
    }

    /// Something else has happened.
    pub fn note(&self, seen: Seen) {
        let mut inner = self.lock();
        inner.tell(seen);
        self.look_again(&inner);
    }

    /// One end has ended TCP.
    pub fn ended(&self, by: Direction, reset: bool) {
        if self.is_watched() {
            self.note(Seen::Ended {
                by,
                reset,
                at: Instant::now(),
            });
        }
    }

    /// Nobody watches any more, perhaps.
    fn look_again(&self, inner: &Inner) {
        self.watched.store(inner.line.is_some(), Relaxed);
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Held for moments, and right after every statement.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        self.note(Seen::Gone);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(view: &View) -> Vec<u8> {
        let seen = view.seen.try_iter().filter_map(|seen| match seen {
            Seen::Bytes { bytes, .. } => Some(bytes),
            _ => None,
        });
        seen.collect::<Vec<_>>().concat()
    }

    #[test]
    fn a_view_begins_with_a_whole_frame() {
        let tap = Tap::default();
        tap.read(b"before anybody looks", true);
        let (_line, view) = tap.open();
        tap.read(b"rest of a frame", false);
        tap.read(b"whole ", true);
        tap.read(b"and its rest", false);
        assert_eq!(bytes(&view), b"whole and its rest");
    }

    #[test]
    fn only_what_the_socket_took_was_sent() {
        let tap = Tap::default();
        let (_line, view) = tap.open();
        let pieces = [Bytes::from_static(b"one"), Bytes::from_static(b"two")];
        assert_eq!(tap.sending(&pieces, true, || Ok(4)).ok(), Some(4));
        let full = || Err(io::ErrorKind::WouldBlock.into());
        assert!(tap.sending(&pieces, true, full).is_err());
        assert_eq!(bytes(&view), b"onet");
    }

    #[test]
    fn a_watcher_that_falls_behind_or_leaves_loses_the_view() {
        let tap = Tap::default();
        let (_line, view) = tap.open();
        let large = vec![0; MAX_WAITING - EACH];
        tap.read(&large, true);
        assert!(tap.is_watched());
        tap.read(b"x", false);
        assert!(!tap.is_watched());
        assert!(matches!(view.seen.try_iter().last(), Some(Seen::Overrun)));

        let (_, view) = tap.open();
        drop(view);
        tap.read(b"x", true);
        assert!(!tap.is_watched());
    }

    #[test]
    fn single_bytes_and_what_is_owed_are_bounded_too() {
        let tap = Tap::default();
        let (line, _view) = tap.open();
        let pieces = (0..).take_while(|_| {
            tap.read(b"x", true);
            tap.is_watched()
        });
        assert_eq!(pieces.count(), MAX_WAITING / (EACH + 1));
        assert!(!line.owe(Bytes::from_static(b"pong")));

        let (line, view) = tap.open();
        let owed = (0..).take_while(|_| line.owe(Bytes::from_static(b"pong")));
        assert_eq!(owed.count(), MAX_WAITING / (EACH + 4));
        drop(view);
        let (line, view) = tap.open();
        drop(view);
        assert!(!line.owe(Bytes::new()));
    }

    #[test]
    fn the_last_to_come_watches_and_the_end_is_told() {
        let tap = Tap::default();
        let (_, first) = tap.open();
        let (_, second) = tap.open();
        assert!(matches!(first.seen.try_recv(), Ok(Seen::Replaced)));
        drop(tap);
        assert!(matches!(second.seen.try_recv(), Ok(Seen::Gone)));
    }

    #[test]
    fn an_opening_that_is_too_long_is_not_kept_in_part() {
        let tap = Tap::default();
        tap.keep_opening(&[b'a'; MAX_OPENING + 1]);
        assert!(tap.opening().is_empty());
        tap.keep_opening(b"GET / HTTP/1.1\r\n\r\n");
        assert_eq!(tap.opening(), b"GET / HTTP/1.1\r\n\r\n");
    }
}
