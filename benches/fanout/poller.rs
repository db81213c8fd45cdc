//! Waits for many sockets: epoll with a timeout finer than a millisecond.

use crate::ledger::Fault;
use rustix::buffer::spare_capacity;
use rustix::event::{PollFd, PollFlags, Timespec, epoll};
use rustix::io::Errno;
use std::net::TcpStream;
use std::os::fd::OwnedFd;
use std::time::Duration;

/// Events of one wait.
const EVENTS: usize = 1024;
/// The resolution of the timeout of `epoll_wait`.
const EPOLL_TICK: Duration = Duration::from_millis(1);
/// Shorter waits are timed by `poll`.
const SHORT_WAIT: Duration = Duration::from_millis(5);

/// Sockets, each with a number of the caller's.
pub struct Poller {
    epoll: OwnedFd,
    events: Vec<epoll::Event>,
}

/// A socket that is ready.
#[derive(Debug, Clone, Copy)]
pub struct Ready {
    /// Its number.
    pub index: usize,
    /// Whether it accepts bytes again.
    pub writable: bool,
}

impl Poller {
    /// A poller without sockets.
    pub fn new() -> Result<Self, Fault> {
        Ok(Self {
            epoll: epoll::create(epoll::CreateFlags::CLOEXEC).map_err(fault)?,
            events: Vec::with_capacity(EVENTS),
        })
    }

    /// Adds a socket, which is ready when it is readable.
    pub fn add(&self, stream: &TcpStream, index: usize) -> Result<(), Fault> {
        let data = epoll::EventData::new_u64(index as u64);
        epoll::add(&self.epoll, stream, data, epoll::EventFlags::IN).map_err(fault)
    }

    /// Forgets a socket.
    pub fn remove(&self, stream: &TcpStream) -> Result<(), Fault> {
        epoll::delete(&self.epoll, stream).map_err(fault)
    }

    /// Changes whether a socket is ready when it is writable, too.
    pub fn set_writable(
        &self,
        stream: &TcpStream,
        index: usize,
        writable: bool,
    ) -> Result<(), Fault> {
        let mut flags = epoll::EventFlags::IN;
        flags.set(epoll::EventFlags::OUT, writable);
        let data = epoll::EventData::new_u64(index as u64);
        epoll::modify(&self.epoll, stream, data, flags).map_err(fault)
    }

    /// Waits at most this long, and returns how many sockets are ready.
    pub fn wait(&mut self, time: Duration) -> Result<usize, Fault> {
        self.events.clear();
        // `epoll_wait` counts milliseconds, which is too coarse for a rate; `poll` is finer.
        if time < SHORT_WAIT && !time.is_zero() {
            let mut ready = [PollFd::new(&self.epoll, PollFlags::IN)];
            match rustix::event::poll(&mut ready, Some(&timespec(time))) {
                Ok(0) | Err(Errno::INTR) => return Ok(0),
                Ok(_) => {}
                Err(error) => return Err(fault(error)),
            }
        }
        // `epoll_wait` rounds up, so it gets a millisecond less. The next call waits for the rest
        // by `poll`.
        let timeout = timespec(time.saturating_sub(EPOLL_TICK));
        let events = spare_capacity(&mut self.events);
        match epoll::wait(&self.epoll, events, Some(&timeout)) {
            Ok(_) | Err(Errno::INTR) => Ok(self.events.len()),
            Err(error) => Err(fault(error)),
        }
    }

    /// One of the sockets that the last wait found ready.
    pub fn ready(&self, n: usize) -> Ready {
        let epoll::Event { data, flags } = self.events[n];
        Ready {
            index: data.u64() as usize,
            writable: flags.contains(epoll::EventFlags::OUT),
        }
    }
}

fn timespec(duration: Duration) -> Timespec {
    Timespec {
        tv_sec: duration.as_secs() as i64,
        tv_nsec: duration.subsec_nanos().into(),
    }
}

fn fault(error: Errno) -> Fault {
    format!("epoll: {error}").into()
}
