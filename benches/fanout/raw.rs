//! The limit: a TCP fan-out with no protocol at all, in a process of its own.
//!
//! It reads every socket that has something, puts all of it into one buffer, and writes that
//! buffer once to every socket, the senders' included: their own copy is their ack. Nothing is
//! parsed, so a chunk is passed on as it came; the generator writes whole frames, and they arrive
//! whole on loopback because they are far smaller than a segment.

use rustix::buffer::spare_capacity;
use rustix::event::{Timespec, epoll};
use std::io::{ErrorKind, Read, Result, Write};
use std::net::{TcpListener, TcpStream};

/// The option that runs the bench's executable as this server.
pub const FLAG: &str = "serve-raw";
/// As the hub's: a batch is at least this many bytes only if more is there.
const BATCH: usize = 64 * 1024;
const LISTENER: u64 = u64::MAX;

struct Peer {
    stream: TcpStream,
    /// What its socket had no room for.
    rest: Vec<u8>,
}

/// Serves until killed; prints its port first.
pub fn serve() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    rustix::net::listen(&listener, 4096)?;
    listener.set_nonblocking(true)?;
    println!("{}", listener.local_addr()?);
    let poll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
    epoll::add(
        &poll,
        &listener,
        epoll::EventData::new_u64(LISTENER),
        epoll::EventFlags::IN,
    )?;
    let mut peers: Vec<Option<Peer>> = Vec::new();
    let mut events = Vec::with_capacity(1024);
    let mut batch = Vec::with_capacity(2 * BATCH);
    let mut chunk = vec![0; BATCH];
    let mut stuck = false;
    loop {
        // A full socket is tried again after a millisecond: rare, and simpler than EPOLLOUT.
        let wait = stuck.then_some(Timespec {
            tv_sec: 0,
            tv_nsec: 1_000_000,
        });
        events.clear();
        match epoll::wait(&poll, spare_capacity(&mut events), wait.as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        for event in &events {
            if event.data.u64() == LISTENER {
                while let Ok((stream, _)) = listener.accept() {
                    stream.set_nonblocking(true)?;
                    stream.set_nodelay(true)?;
                    let data = epoll::EventData::new_u64(peers.len() as u64);
                    epoll::add(&poll, &stream, data, epoll::EventFlags::IN)?;
                    peers.push(Some(Peer {
                        stream,
                        rest: Vec::new(),
                    }));
                }
                continue;
            }
            let slot = &mut peers[event.data.u64() as usize];
            let Some(peer) = slot else { continue };
            match peer.stream.read(&mut chunk) {
                Ok(0) => *slot = None,
                Ok(read) => batch.extend_from_slice(&chunk[..read]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(_) => *slot = None,
            }
        }
        if batch.is_empty() && !stuck {
            continue;
        }
        stuck = false;
        for slot in &mut peers {
            let Some(peer) = slot else { continue };
            match peer.write(&batch) {
                Ok(()) => stuck |= !peer.rest.is_empty(),
                Err(_) => *slot = None,
            }
        }
        batch.clear();
    }
}

impl Peer {
    fn write(&mut self, batch: &[u8]) -> Result<()> {
        if self.rest.is_empty() {
            let taken = taken(self.stream.write(batch))?;
            self.rest.extend_from_slice(&batch[taken..]);
        } else {
            self.rest.extend_from_slice(batch);
            let taken = taken(self.stream.write(&self.rest))?;
            self.rest.drain(..taken);
        }
        Ok(())
    }
}

fn taken(result: Result<usize>) -> Result<usize> {
    match result {
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(0),
        other => other,
    }
}
