//! A trunk: one connection to another node of a cluster, on which goes what this server sends to the clients of that node.
//!
//! A client of another node has a connection of its own between the nodes, on which its bytes come in. What the hub sends to it goes
//! on the trunk instead, where it has a number, its *channel*: so a room's batch travels once, with the numbers of its readers, and the other
//! node makes the system calls. The hub, the flusher and the connection's thread do not know of it: [`Client`](crate::net::client::Client)
//! alone asks its [`Away`].
//!
//! A channel is like a socket with a buffer of [`WINDOW`] bytes. When that is full, because the client takes them slowly, the channel
//! takes no more; what is left waits with the flusher of this server, and counts for its limits, as with a socket that is full. The other node
//! says how much each client has taken.

pub(crate) mod load;

use crate::net::gate::Gate;
use crate::support::id_map::IdMap;
use crate::support::random;
use bytes::Bytes;
use load::{End, Load};
use std::collections::HashMap;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::atomic::{
    AtomicBool, AtomicU64, AtomicUsize,
    Ordering::{Acquire, Relaxed, Release},
};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

/// A client that has not taken so many bytes is sent no more.
pub(crate) const WINDOW: usize = 128 * 1024;
/// No client is sent more while so many bytes wait for the trunk.
const LADEN: usize = 4 * 1024 * 1024;

/// One client of another node.
#[derive(Debug)]
struct Channel {
    number: u32,
    /// Bytes that it was sent, and has not taken. Changed with the trunk locked.
    outstanding: AtomicUsize,
    /// It was hung up: nothing can be sent.
    is_over: AtomicBool,
    /// Closed while it is sent no more; made when that happens first.
    gate: OnceLock<Gate>,
}

impl Channel {
    /// How many bytes it may be sent.
    fn room(&self) -> usize {
        WINDOW.saturating_sub(self.outstanding.load(Relaxed))
    }

    fn is_full(&self) -> bool {
        self.room() == 0
    }

    /// Closes its gate. Returns whether it was open.
    fn close_gate(&self) -> io::Result<bool> {
        if self.gate.get().is_none() {
            let _ = self.gate.set(Gate::new()?);
        }
        Ok(self.gate.get().is_some_and(Gate::close))
    }

    fn open_gate(&self) {
        if let Some(gate) = self.gate.get() {
            gate.open();
        }
    }
}

/// What waits for a trunk.
#[derive(Debug, Default)]
struct Waiting {
    load: Load,
    /// The thread that writes is asleep.
    sleeps: bool,
    is_over: bool,
    channels: IdMap<u64, Arc<Channel>>,
    /// Those that are sent no more until what waits has left.
    held: Vec<Arc<Channel>>,
}

/// The way to another node.
#[derive(Debug)]
pub(crate) struct Trunk {
    /// Its name, which only nodes learn.
    pub(crate) name: String,
    waiting: Mutex<Waiting>,
    arrived: Condvar,
    /// Something waits for one of the trunks.
    laden: Arc<AtomicBool>,
}

impl Trunk {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes `pieces` for a client, or the first of their bytes, as a socket does that does not block. They leave with
    /// [`Trunk::depart`].
    fn send(&self, channel: &Arc<Channel>, pieces: &[Bytes]) -> io::Result<usize> {
        let mut waiting = self.lock();
        if waiting.is_over || channel.is_over.load(Relaxed) {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let room = channel.room();
        if room == 0 || waiting.load.len() >= LADEN {
            if channel.close_gate()? && room > 0 {
                waiting.held.push(Arc::clone(channel));
            }
            self.wake(&mut waiting);
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let bytes: usize = pieces.iter().map(Bytes::len).sum();
        let taken = bytes.min(room);
        match taken < bytes {
            true => {
                channel.close_gate()?;
                waiting.load.deliver(channel.number, &first(pieces, taken));
            }
            false => waiting.load.deliver(channel.number, pieces),
        }
        channel.outstanding.fetch_add(taken, Relaxed);
        self.laden.store(true, Release);
        if channel.gate.get().is_some() {
            // One that was full is sent to by the flusher, which does not go through everybody.
            self.wake(&mut waiting);
        }
        Ok(taken)
    }

    /// Ends a channel, after what was sent on it. This leaves at once: not only the hub ends connections.
    fn end(&self, channel: &Channel, how: End) {
        let mut waiting = self.lock();
        if how != End::Finished {
            // The flusher tries again, and finds that the client is gone.
            channel.is_over.store(true, Relaxed);
            channel.open_gate();
        }
        if !waiting.is_over {
            waiting.load.end(channel.number, how);
            waiting.channels.remove(&channel.number.into());
            self.wake(&mut waiting);
        }
    }

    /// Whether nothing waits, and nobody is left for whom something could come.
    pub(crate) fn is_done(&self) -> bool {
        let waiting = self.lock();
        waiting.load.is_empty() && waiting.channels.is_empty()
    }

    fn wake(&self, waiting: &mut Waiting) {
        if std::mem::take(&mut waiting.sleeps) {
            self.arrived.notify_one();
        }
    }

    /// Wakes the thread that writes, if something waits for it.
    fn depart(&self) {
        let mut waiting = self.lock();
        if !waiting.load.is_empty() {
            self.wake(&mut waiting);
        }
    }

    /// A client has taken so many bytes more.
    pub(crate) fn taken(&self, channel: u32, bytes: usize) {
        let waiting = self.lock();
        if let Some(channel) = waiting.channels.get(&channel.into()) {
            let left = channel.outstanding.load(Relaxed).saturating_sub(bytes);
            channel.outstanding.store(left, Relaxed);
            if !channel.is_full() {
                channel.open_gate();
            }
        }
    }

    /// Swaps what waits for `empty`, which is empty again if nothing does. Waits for it at most `time`.
    ///
    /// # Errors
    ///
    /// The trunk is over.
    pub(crate) fn take(&self, empty: &mut Load, time: Duration) -> io::Result<()> {
        let mut waiting = self.lock();
        if waiting.load.is_empty() && !waiting.is_over {
            waiting.sleeps = true;
            let waited = self.arrived.wait_timeout(waiting, time);
            waiting = waited.unwrap_or_else(PoisonError::into_inner).0;
            waiting.sleeps = false;
        }
        if waiting.is_over {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        std::mem::swap(&mut waiting.load, empty);
        for channel in waiting.held.drain(..) {
            if !channel.is_full() {
                channel.open_gate();
            }
        }
        Ok(())
    }

    /// The trunk is over: whatever is sent to its clients fails.
    fn end_all(&self) {
        let mut waiting = self.lock();
        waiting.is_over = true;
        waiting.load.clear();
        waiting.held.clear();
        // The flusher tries again, and finds that they are gone.
        let channels = waiting.channels.drain();
        channels.for_each(|(_, channel)| channel.open_gate());
        self.wake(&mut waiting);
    }
}

/// The first so many bytes of `pieces`.
fn first(pieces: &[Bytes], bytes: usize) -> Vec<Bytes> {
    let mut left = bytes;
    let mut first = Vec::new();
    for piece in pieces {
        let taken = piece.len().min(left);
        first.push(piece.slice(..taken));
        left -= taken;
    }
    first
}

/// The trunks to all nodes.
#[derive(Debug, Default)]
pub(crate) struct Trunks {
    open: Mutex<HashMap<String, Arc<Trunk>>>,
    laden: Arc<AtomicBool>,
    /// The hub has ended: nothing more comes than what waits here or with the flusher.
    finished: AtomicBool,
    /// What was written to all of them: bytes.
    bytes: AtomicU64,
}

impl Trunks {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<Trunk>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new trunk.
    ///
    /// # Errors
    ///
    /// The operating system has no randomness for its name.
    pub(crate) fn open(&self) -> io::Result<Arc<Trunk>> {
        let trunk = Arc::new(Trunk {
            name: random::id::<10>()?,
            waiting: Mutex::default(),
            arrived: Condvar::new(),
            laden: Arc::clone(&self.laden),
        });
        self.lock().insert(trunk.name.clone(), Arc::clone(&trunk));
        Ok(trunk)
    }

    /// A trunk is over.
    pub(crate) fn close(&self, trunk: &Trunk) {
        self.lock().remove(&trunk.name);
        trunk.end_all();
    }

    /// From now on, what is sent to `client` goes to the channel that its node has named, if that is on a trunk that is open.
    pub(crate) fn send_away(&self, client: &Away, place: Option<(&str, u32)>) {
        let Some((name, number)) = place else {
            return;
        };
        let Some(trunk) = self.lock().get(name).map(Arc::clone) else {
            return;
        };
        let channel = Arc::new(Channel {
            number,
            outstanding: AtomicUsize::new(0),
            is_over: AtomicBool::new(false),
            gate: OnceLock::new(),
        });
        let mut waiting = trunk.lock();
        if !waiting.is_over {
            waiting.channels.insert(number.into(), Arc::clone(&channel));
        }
        drop(waiting);
        let _ = client.place.set(Box::new((trunk, channel)));
    }

    /// What the hub has sent away leaves now, for each node at once: a batch that left while the hub goes through its readers would
    /// leave several times.
    #[inline]
    pub(crate) fn depart(&self) {
        if self.laden.load(Relaxed) && self.laden.swap(false, Acquire) {
            self.lock().values().for_each(|trunk| trunk.depart());
        }
    }

    /// The hub has ended, and has said so to everybody.
    pub(crate) fn finish(&self) {
        self.finished.store(true, Release);
        self.lock()
            .values()
            .for_each(|trunk| trunk.wake(&mut trunk.lock()));
    }

    /// Whether nothing more comes than what waits here or with the flusher.
    pub(crate) fn is_finished(&self) -> bool {
        self.finished.load(Acquire)
    }

    /// How many trunks there are, and how many bytes were written to those that there have been.
    pub(crate) fn numbers(&self) -> (usize, u64) {
        (self.lock().len(), self.bytes.load(Relaxed))
    }

    /// Notes what was written.
    pub(crate) fn note_written(&self, bytes: usize) {
        self.bytes.fetch_add(bytes as u64, Relaxed);
    }
}

/// Where the peer of a client is, if it is at another node.
#[derive(Debug, Default)]
pub(crate) struct Away {
    place: OnceLock<Box<(Arc<Trunk>, Arc<Channel>)>>,
    is_trunk: AtomicBool,
}

impl Away {
    /// Notes that the peer is a node, and the connection its trunk.
    pub(crate) fn note_trunk(&self) {
        self.is_trunk.store(true, Relaxed);
    }

    /// Whether the connection is a trunk.
    pub(crate) fn is_trunk(&self) -> bool {
        self.is_trunk.load(Relaxed)
    }

    /// Sends `pieces` on the trunk. `None`: the peer is not away.
    #[inline]
    pub(crate) fn send(&self, pieces: &[Bytes]) -> Option<io::Result<usize>> {
        let (trunk, channel) = &**self.place.get()?;
        Some(trunk.send(channel, pieces))
    }

    /// What is writable when more can be sent, after nothing could. `None`: the peer is not away.
    pub(crate) fn gate(&self) -> Option<BorrowedFd<'_>> {
        let (_, channel) = &**self.place.get()?;
        channel.gate.get().map(Gate::as_fd)
    }

    /// Half-closes at the other node, after what was sent. False: the peer is not away.
    pub(crate) fn finish(&self) -> bool {
        self.end(End::Finished);
        self.place.get().is_some()
    }

    /// Hangs up at the other node.
    pub(crate) fn hang_up(&self) {
        self.end(End::HungUp);
    }

    /// Resets at the other node.
    pub(crate) fn reset(&self) {
        self.end(End::Reset);
    }

    fn end(&self, how: End) {
        if let Some(away) = self.place.get() {
            away.0.end(&away.1, how);
        }
    }
}

#[cfg(test)]
#[path = "trunk/trunk_tests.rs"]
mod tests;
