//! The limit of the machine: a TCP fan-out without a protocol, in a process of its own.
//!
//! It reads every ready socket, collects the bytes in one batch, and writes that batch once to
//! every socket. The senders get it too: their own copy is their ack. Nothing is parsed, so chunks
//! are passed on as they came. The generator writes whole frames, and they arrive whole on
//! loopback, because they are far smaller than a segment.

use rustix::buffer::spare_capacity;
use rustix::event::{Timespec, epoll};
use std::io::{ErrorKind, Read, Result, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::OwnedFd;

/// The option that runs the bench's executable as this server.
pub const FLAG: &str = "serve-raw";
/// Bytes of one read, as in the hub's batches.
const CHUNK: usize = 64 * 1024;
const EVENTS: usize = 1024;
/// As long as the backlog of Glassroom's listener: all clients connect at once.
const LISTEN_BACKLOG: i32 = 4096;
/// The listener's number among the events. Peers are numbered from 0.
const LISTENER: u64 = u64::MAX;
/// A full socket is tried again after this time. It is rare, and simpler than `EPOLLOUT`.
const RETRY: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 1_000_000,
};

/// One connection.
struct Peer {
    stream: TcpStream,
    /// Bytes that its socket did not accept yet.
    unsent: Vec<u8>,
}

/// All connections; `None` where one has ended.
struct FanOut {
    poll: OwnedFd,
    listener: TcpListener,
    peers: Vec<Option<Peer>>,
    batch: Vec<u8>,
    chunk: Vec<u8>,
}

/// Serves until the process is killed. It prints its address first.
pub fn serve() -> Result<()> {
    let mut server = FanOut::listen()?;
    println!("{}", server.listener.local_addr()?);
    let mut events = Vec::with_capacity(EVENTS);
    let mut full = false;
    loop {
        let timeout = full.then_some(RETRY);
        events.clear();
        match epoll::wait(&server.poll, spare_capacity(&mut events), timeout.as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        for event in &events {
            match event.data.u64() {
                LISTENER => server.accept()?,
                peer => server.read(peer as usize),
            }
        }
        if full || !server.batch.is_empty() {
            full = server.write_batch();
        }
    }
}

impl FanOut {
    fn listen() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        rustix::net::listen(&listener, LISTEN_BACKLOG)?;
        listener.set_nonblocking(true)?;
        let poll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let data = epoll::EventData::new_u64(LISTENER);
        epoll::add(&poll, &listener, data, epoll::EventFlags::IN)?;
        Ok(Self {
            poll,
            listener,
            peers: Vec::new(),
            batch: Vec::with_capacity(2 * CHUNK),
            chunk: vec![0; CHUNK],
        })
    }

    fn accept(&mut self) -> Result<()> {
        while let Ok((stream, _)) = self.listener.accept() {
            stream.set_nonblocking(true)?;
            stream.set_nodelay(true)?;
            let data = epoll::EventData::new_u64(self.peers.len() as u64);
            epoll::add(&self.poll, &stream, data, epoll::EventFlags::IN)?;
            let unsent = Vec::new();
            self.peers.push(Some(Peer { stream, unsent }));
        }
        Ok(())
    }

    /// Adds one read of a peer to the batch.
    fn read(&mut self, index: usize) {
        let slot = &mut self.peers[index];
        let Some(peer) = slot else { return };
        match peer.stream.read(&mut self.chunk) {
            Ok(0) => *slot = None,
            Ok(read) => self.batch.extend_from_slice(&self.chunk[..read]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(_) => *slot = None,
        }
    }

    /// Writes the batch to every peer; true if a socket is full.
    fn write_batch(&mut self) -> bool {
        let mut full = false;
        for slot in &mut self.peers {
            let Some(peer) = slot else { continue };
            match peer.write(&self.batch) {
                Ok(()) => full |= !peer.unsent.is_empty(),
                Err(_) => *slot = None,
            }
        }
        self.batch.clear();
        full
    }
}

impl Peer {
    fn write(&mut self, batch: &[u8]) -> Result<()> {
        if self.unsent.is_empty() {
            let written = write(&mut self.stream, batch)?;
            self.unsent.extend_from_slice(&batch[written..]);
        } else {
            self.unsent.extend_from_slice(batch);
            let written = write(&mut self.stream, &self.unsent)?;
            self.unsent.drain(..written);
        }
        Ok(())
    }
}

/// How many bytes a socket accepted: none if it is full.
fn write(stream: &mut TcpStream, bytes: &[u8]) -> Result<usize> {
    match stream.write(bytes) {
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(0),
        result => result,
    }
}
