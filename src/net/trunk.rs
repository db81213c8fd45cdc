//! A trunk: one connection to another node of a cluster, on which goes what this server sends to the clients of that node.
//!
//! A client of another node has a connection of its own between the nodes, on which its bytes come in. What the hub sends to it goes
//! on the trunk instead, where it is a number, its *channel*: so a room's batch travels once, with the numbers of its readers, and the other
//! node makes the system calls. The hub, the flusher and the connection's thread do not know of it: [`Client`](crate::net::client::Client)
//! alone asks its [`Away`].
//!
//! A trunk takes everything at once. Whether a client reads too slowly is judged by the node that has its socket, by the same rules.

pub(crate) mod load;

use crate::support::random;
use bytes::Bytes;
use load::{End, Load};
use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

/// What waits for a trunk.
#[derive(Debug, Default)]
struct Waiting {
    load: Load,
    /// The thread that writes is asleep.
    sleeps: bool,
    is_over: bool,
}

/// The way to another node.
#[derive(Debug)]
pub(crate) struct Trunk {
    /// Its name, which only nodes learn.
    pub(crate) name: String,
    waiting: Mutex<Waiting>,
    arrived: Condvar,
}

impl Trunk {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something to what waits, unless the trunk is over, and wakes the thread that writes.
    fn add(&self, what: impl FnOnce(&mut Load)) -> io::Result<()> {
        let mut waiting = self.lock();
        if waiting.is_over {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        what(&mut waiting.load);
        waiting.is_over = waiting.load.is_too_large();
        if std::mem::take(&mut waiting.sleeps) {
            self.arrived.notify_one();
        }
        Ok(())
    }

    /// Swaps what waits for `empty`. Waits for it at most `time`.
    ///
    /// # Errors
    ///
    /// The other node takes nothing, and too much waits for it.
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
        Ok(())
    }
}

/// The trunks to all nodes.
#[derive(Debug, Default)]
pub(crate) struct Trunks {
    open: Mutex<HashMap<String, Arc<Trunk>>>,
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
        });
        self.lock().insert(trunk.name.clone(), Arc::clone(&trunk));
        Ok(trunk)
    }

    /// A trunk is over: whatever is sent to its clients fails.
    pub(crate) fn close(&self, trunk: &Trunk) {
        self.lock().remove(&trunk.name);
        let mut waiting = trunk.lock();
        waiting.is_over = true;
        waiting.load.clear();
    }

    /// How many trunks there are, and how many bytes were written to those that there have been.
    pub(crate) fn numbers(&self) -> (usize, u64) {
        (self.lock().len(), self.bytes.load(Relaxed))
    }

    /// From now on, what is sent to `client` goes to the channel that its node has named, if that is on a trunk that is open.
    pub(crate) fn send_away(&self, client: &Away, place: Option<(&str, u32)>) {
        let Some((name, channel)) = place else {
            return;
        };
        if let Some(trunk) = self.lock().get(name) {
            let _ = client.0.set(Box::new((Arc::clone(trunk), channel)));
        }
    }

    /// Notes what was written.
    pub(crate) fn note_written(&self, bytes: usize) {
        self.bytes.fetch_add(bytes as u64, Relaxed);
    }
}

/// Where the peer of a client is, if it is at another node.
#[derive(Debug, Default)]
pub(crate) struct Away(OnceLock<Box<(Arc<Trunk>, u32)>>);

impl Away {
    /// Sends `pieces` on the trunk. `None`: the peer is not away.
    #[inline]
    pub(crate) fn send(&self, pieces: &[Bytes]) -> Option<io::Result<usize>> {
        let (trunk, channel) = &**self.0.get()?;
        let sent = trunk.add(|load| load.deliver(*channel, pieces));
        Some(sent.map(|()| pieces.iter().map(Bytes::len).sum()))
    }

    /// Half-closes at the other node, after what was sent. False: the peer is not away.
    pub(crate) fn finish(&self) -> bool {
        self.end(End::Finished);
        self.0.get().is_some()
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
        if let Some(away) = self.0.get() {
            // If the trunk is over, so is the connection.
            let _ = away.0.add(|load| load.end(away.1, how));
        }
    }
}
