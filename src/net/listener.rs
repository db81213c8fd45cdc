//! The listening socket: accepts, and gives each connection a thread of its own.
//!
//! Runs on: `listener`. Blocks on: `accept`. Never dies of an accept error: with no descriptor or
//! memory left it waits a moment and goes on, and the connections that live are not touched.

use crate::support::log_throttle::LogThrottle;
use rustix::net::{AddressFamily, SocketFlags, SocketType, sockopt};
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

/// Connections that the kernel holds for us. std asks for 128: a class that connects at once
/// would fall to 300 per second through SYN retries, against 11,000 with this.
const BACKLOG: i32 = 4096;
/// How long to wait when the system has nothing left to give.
const BACK_OFF: Duration = Duration::from_millis(10);
/// Half of the kernel's buffer for a client that does not read; autotuning would hide 4 MB there.
const SEND_BUFFER: usize = 128 * 1024;
/// How long a blocking write, of an HTTP answer or an echo, may take.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);

/// Binds `address`. `[::]` takes IPv4 as well, and becomes `0.0.0.0` where there is no IPv6.
pub fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let (SocketAddr::V6(_), true) = (address, address.ip().is_unspecified()) else {
        return listen(address);
    };
    listen(address).or_else(|error| match error.raw_os_error() {
        // EAFNOSUPPORT, EADDRNOTAVAIL: a kernel without IPv6, or with it switched off.
        Some(97 | 99) => listen(SocketAddr::from((Ipv4Addr::UNSPECIFIED, address.port()))),
        _ => Err(error),
    })
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let family = if address.is_ipv6() {
        AddressFamily::INET6
    } else {
        AddressFamily::INET
    };
    let socket = rustix::net::socket_with(family, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
    if address.is_ipv6() {
        sockopt::set_ipv6_v6only(&socket, false)?;
    }
    // A restart must not wait for the TIME_WAIT of the connections that the last one closed.
    sockopt::set_socket_reuseaddr(&socket, true)?;
    // Linux hands these down to the sockets that are accepted here: three system calls less for
    // each of them.
    sockopt::set_tcp_nodelay(&socket, true)?;
    sockopt::set_socket_send_buffer_size(&socket, SEND_BUFFER)?;
    sockopt::set_socket_timeout(&socket, sockopt::Timeout::Send, Some(WRITE_TIMEOUT))?;
    rustix::net::bind(&socket, &address)?;
    rustix::net::listen(&socket, BACKLOG)?;
    Ok(TcpListener::from(socket))
}

/// The thread's loop: gives every connection to `accepted`; ends when `stopping` after an accept,
/// which shutting the socket down brings about.
pub fn run(
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
            // The peer was gone before we looked: nothing to do about it.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_accepted_has_the_options_of_the_listening_socket() {
        let listener = bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).expect("a port");
        let address = listener.local_addr().expect("an address");
        let _client = TcpStream::connect(address).expect("a connection");
        let (stream, _) = listener.accept().expect("a client");
        assert!(stream.nodelay().expect("an option"));
        let timeout = stream.write_timeout().expect("an option");
        assert_eq!(timeout, Some(WRITE_TIMEOUT));
        let ours = sockopt::socket_send_buffer_size(&listener).expect("an option");
        let theirs = sockopt::socket_send_buffer_size(&stream).expect("an option");
        assert_eq!(ours, theirs);
    }
}
