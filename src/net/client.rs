//! What the threads share about one connection: its socket, and a handful of atomics.
//!
//! In the chat, the connection's own thread reads from the socket, and the hub and the flusher
//! write to it. A message takes no lock here, except in the [`Tap`] of a connection that is being
//! watched. The socket closes when the last of the threads drops its handle.

use crate::model::direction::Direction;
use crate::model::ids::ClientId;
use crate::net::tap::Tap;
use crate::net::trunk::Away;
use bytes::Bytes;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::net::{SendAncillaryBuffer, SendFlags};
use std::io::{self, IoSlice, Read};
use std::net::{Shutdown, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::time::{Duration, Instant};

/// How long a peer may take to hang up after our last byte.
pub(crate) const LINGER: Duration = Duration::from_secs(5);

/// Bytes that are still read from a peer after our last byte: what it had on its way when we
/// answered. From one that sends more nothing is read, so that TCP holds it back.
const DRAIN_BYTES: usize = 256 * 1024;

/// `MSG_DONTWAIT`: the descriptor stays blocking for its reader, this send alone does not wait.
/// `MSG_NOSIGNAL`: a peer that is gone is an error, not a SIGPIPE.
const FLAGS: SendFlags = SendFlags::DONTWAIT.union(SendFlags::NOSIGNAL);

/// Slices that one `sendmsg` takes (`IOV_MAX`); it fails with more. The rest is not sent, as if the
/// socket had been full.
const MAX_SLICES: usize = 1024;

/// One connection, as the hub, the flusher and its own thread share it.
#[derive(Debug)]
pub struct Client {
    /// Its number.
    pub(crate) id: ClientId,
    /// Read by its own thread. In the chat only the hub and the flusher write to it: a thread that
    /// has called `send` once keeps some 35 KiB of kernel memory for life.
    pub(crate) stream: TcpStream,
    /// Where the bytes can be watched.
    pub(crate) tap: Tap,
    /// Where the peer is, if another node of the cluster has its socket.
    pub(crate) away: Away,
    /// Bytes that the flusher still has to write: raised by the hub, lowered by the flusher.
    backlog_bytes: AtomicUsize,
    /// A Close was sent or queued: the reader only discards from now on.
    closing: AtomicBool,
    /// This server has ended its reading side too: a read finds the end, whatever the peer does.
    hung_up: AtomicBool,
}

impl Client {
    /// A client that has just connected.
    pub(crate) fn new(id: ClientId, stream: TcpStream) -> Self {
        Self {
            id,
            stream,
            tap: Tap::default(),
            away: Away::default(),
            backlog_bytes: AtomicUsize::new(0),
            closing: AtomicBool::new(false),
            hung_up: AtomicBool::new(false),
        }
    }

    /// One non-blocking send of `pieces` in order. `aligned`: a frame begins with them.
    pub(crate) fn try_send(&self, pieces: &[Bytes], aligned: bool) -> io::Result<usize> {
        self.tap.sending(pieces, aligned, || self.send(pieces))
    }

    #[inline]
    fn send(&self, pieces: &[Bytes]) -> io::Result<usize> {
        if let Some(sent) = self.away.send(pieces) {
            return sent;
        }
        match pieces {
            [one] => Ok(rustix::net::send(&self.stream, one, FLAGS)?),
            many => {
                let many = many.iter().take(MAX_SLICES);
                let slices: Vec<IoSlice<'_>> = many.map(|b| IoSlice::new(b)).collect();
                let mut nothing = SendAncillaryBuffer::default();
                Ok(rustix::net::sendmsg(
                    &self.stream,
                    &slices,
                    &mut nothing,
                    FLAGS,
                )?)
            }
        }
    }

    /// What is writable when more can be sent.
    pub(crate) fn outlet(&self) -> BorrowedFd<'_> {
        self.away.gate().unwrap_or_else(|| self.stream.as_fd())
    }

    /// How many bytes the flusher still has to write.
    pub(crate) fn backlog_bytes(&self) -> &AtomicUsize {
        &self.backlog_bytes
    }

    /// A Close was sent or queued: its reader only discards from now on.
    pub(crate) fn set_closing(&self) {
        self.closing.store(true, Relaxed);
    }

    /// Whether a Close was sent or queued.
    pub(crate) fn is_closing(&self) -> bool {
        self.closing.load(Relaxed)
    }

    /// Half-closes the connection: the peer reads the end of our side.
    pub(crate) fn shut_down_write(&self) {
        match self.away.finish() {
            true => self.tap.tcp_ended(Direction::FromServer, false),
            false => self.shut_down(Shutdown::Write),
        }
    }

    /// Reads and discards until the peer hangs up, for at most `time`, and at most [`DRAIN_BYTES`].
    pub(crate) fn discard(&self, time: Duration) {
        let until = Instant::now() + time;
        let mut buffer = [0; 4096];
        let mut drained = 0;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || self.stream.set_read_timeout(Some(left)).is_err() {
                return;
            }
            if drained >= DRAIN_BYTES {
                // The socket stays open, because a reset could overtake what the peer has to read.
                return self.wait_for_end(left);
            }
            match (&self.stream).read(&mut buffer) {
                Ok(0) => return self.note_end_of_stream(),
                Ok(read) => {
                    drained += read;
                    self.tap.received(&buffer[..read], false);
                }
                Err(error) => match error.kind() {
                    io::ErrorKind::Interrupted => {}
                    io::ErrorKind::ConnectionReset => {
                        return self.tap.tcp_ended(Direction::FromClient, true);
                    }
                    _ => return,
                },
            }
        }
    }

    /// Waits without reading until the connection has ended on one side or the other, at most `time`.
    fn wait_for_end(&self, time: Duration) {
        let timeout = Timespec {
            tv_sec: time.as_secs() as i64,
            tv_nsec: time.subsec_nanos().into(),
        };
        // A signal ends the wait early, which does no harm: the connection was over anyway.
        let _ = poll(
            &mut [PollFd::new(&self.stream, PollFlags::RDHUP)],
            Some(&timeout),
        );
    }

    /// A read has found the end of the stream: the peer has ended its side, unless this server has
    /// ended both.
    pub(crate) fn note_end_of_stream(&self) {
        if !self.hung_up.load(Acquire) {
            self.tap.tcp_ended(Direction::FromClient, false);
        }
    }

    /// Ends the connection at once, which wakes its reader.
    pub(crate) fn hang_up(&self) {
        self.hung_up.store(true, Release);
        self.away.hang_up();
        self.shut_down(Shutdown::Both);
    }

    fn shut_down(&self, how: Shutdown) {
        // Reported before it happens, so that the view shows the peer's reaction after it.
        self.tap.tcp_ended(Direction::FromServer, false);
        // An error means that the peer has ended the connection first.
        let _ = self.stream.shutdown(how);
    }

    /// Ends the connection with a reset: the kernel discards what it has not sent yet.
    pub(crate) fn reset(&self) {
        self.away.reset();
        let _ = rustix::net::sockopt::set_socket_linger(&self.stream, Some(Duration::ZERO));
        self.tap.tcp_ended(Direction::FromServer, true);
        self.hang_up();
    }
}

/// Half-closes, and then reads and discards until the peer hangs up, for at most [`LINGER`] and
/// [`DRAIN_BYTES`].
///
/// Dropping a socket with unread bytes sends RST, and an RST can overtake the bytes that were sent
/// before it: the peer would never see the Close or the status that explains the end.
pub(crate) fn hang_up(client: &Client) {
    client.shut_down_write();
    client.discard(LINGER);
}
