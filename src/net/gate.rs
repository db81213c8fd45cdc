//! A gate: what the flusher waits for where there is no socket.

use rustix::event::{EventfdFlags, eventfd};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

/// A descriptor that a [`Poller`](crate::net::linux::Poller) finds writable while the gate is open, for a client that has no
/// socket here. It is an eventfd, to which nothing can be written once its counter is full.
#[derive(Debug)]
pub(crate) struct Gate(OwnedFd);

impl Gate {
    /// An open gate.
    pub(crate) fn new() -> io::Result<Gate> {
        Ok(Gate(eventfd(
            0,
            EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK,
        )?))
    }

    /// Closes it. Returns whether it was open.
    pub(crate) fn close(&self) -> bool {
        rustix::io::write(&self.0, &(u64::MAX - 1).to_ne_bytes()).is_ok()
    }

    /// Opens it, if it is closed.
    pub(crate) fn open(&self) {
        let _ = rustix::io::read(&self.0, &mut [0; 8]);
    }
}

impl AsFd for Gate {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::linux::{Poller, Ready};
    use std::time::Duration;

    #[test]
    fn a_gate_is_writable_while_it_is_open() {
        let (poller, _wake) = Poller::new(0).expect("a poller");
        let gate = Gate::new().expect("a gate");
        poller.add(&gate, 7).expect("its descriptor");
        let mut ready = Ready::with_capacity(4);
        let mut is_ready = || {
            poller.arm(&gate, 7).expect("its descriptor");
            poller.wait(&mut ready, Some(Duration::ZERO));
            ready.numbers().any(|number| number == 7)
        };
        assert!(is_ready());
        assert!(gate.close(), "it was open");
        assert!(!gate.close(), "it was closed");
        assert!(!is_ready());
        gate.open();
        assert!(is_ready());
        gate.open();
        assert!(gate.close());
    }
}
