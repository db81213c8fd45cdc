//! The listening socket: accepts connections and hands each of them on.
//!
//! Runs on: `listener`. Blocks on: `accept`. Never dies of an accept error: when descriptors or
//! memory run out it waits a moment and goes on, and the open connections are not affected.

use crate::net::linux;
use crate::support::log_throttle::LogThrottle;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

/// How long to wait when the system has run out of descriptors or memory.
const BACK_OFF: Duration = Duration::from_millis(10);

/// Binds `address`. `[::]` accepts IPv4 as well, and becomes `0.0.0.0` on a system without IPv6.
pub(crate) fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    linux::listen(address).or_else(|error| {
        let any_ipv6 = address.is_ipv6() && address.ip().is_unspecified();
        if any_ipv6 && linux::is_without_ipv6(&error) {
            return linux::listen((Ipv4Addr::UNSPECIFIED, address.port()).into());
        }
        Err(error)
    })
}

/// The thread's loop: gives every connection to `accepted`. It ends when `stopping` is true after
/// an accept; [`wake`] makes `accept` return for that.
pub(crate) fn run(
    listener: &TcpListener,
    stopping: impl Fn() -> bool,
    accepted: impl Fn(TcpStream, SocketAddr),
) {
    let mut failing = LogThrottle::default();
    loop {
        let incoming = listener.accept();
        if stopping() {
            return;
        }
        match incoming {
            Ok((stream, peer)) => accepted(stream, peer),
            // The peer left before we accepted it: there is nothing to do.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            Err(error) => {
                // EMFILE, ENFILE, ENOBUFS, ENOMEM; whatever else it may be, spinning helps nobody.
                if let Some(times) = failing.again(Instant::now()) {
                    log::warn!("accept: {error}; going on ({times} such since the last line)");
                }
                thread::sleep(BACK_OFF);
            }
        }
    }
}

/// Makes a blocked `accept` return, so that [`run`] sees that the server stops.
pub(crate) fn wake(listener: &TcpListener) {
    linux::wake_accept(listener);
}
