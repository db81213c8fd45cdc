//! Everything here and in `gate.rs` needs Linux, and nothing else in the server does: epoll, an eventfd, options
//! that an accepted socket inherits, and the limits in `/proc` and `/sys`.

use rustix::event::{EventfdFlags, Timespec, epoll, eventfd};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType, sockopt};
use rustix::process::{Resource, getrlimit, setrlimit};
use std::fs;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering::AcqRel};
use std::time::Duration;

/// The length of the kernel's accept queue. std asks for 128: a class that connects at once would
/// fall to 300 connections per second through SYN retries, against 11,000 with this.
const ACCEPT_QUEUE: i32 = 4096;
/// Half of the kernel's buffer for a client that does not read; autotuning would hide 4 MB there.
const SEND_BUFFER: usize = 128 * 1024;
/// How long a blocking write of an HTTP answer or an echo may take.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);

/// A listening socket. `[::]` accepts IPv4 as well.
pub(crate) fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let family = if address.is_ipv6() {
        AddressFamily::INET6
    } else {
        AddressFamily::INET
    };
    let socket = rustix::net::socket_with(family, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
    if address.is_ipv6() {
        sockopt::set_ipv6_v6only(&socket, false)?;
    }
    // A restart must not wait for the TIME_WAIT of the connections that the last process closed.
    sockopt::set_socket_reuseaddr(&socket, true)?;
    // Linux copies these to every accepted socket, which saves three system calls for each.
    sockopt::set_tcp_nodelay(&socket, true)?;
    sockopt::set_socket_send_buffer_size(&socket, SEND_BUFFER)?;
    sockopt::set_socket_timeout(&socket, sockopt::Timeout::Send, Some(WRITE_TIMEOUT))?;
    rustix::net::bind(&socket, &address)?;
    rustix::net::listen(&socket, ACCEPT_QUEUE)?;
    Ok(TcpListener::from(socket))
}

/// Makes `accept` on this socket return at once: on Linux, shutting a listening socket down does.
pub(crate) fn wake_accept(listener: &TcpListener) {
    let _ = rustix::net::shutdown(listener, rustix::net::Shutdown::Both);
}

/// Whether binding failed because the kernel has no IPv6, or has it switched off.
pub(crate) fn is_without_ipv6(error: &io::Error) -> bool {
    let errno = Errno::from_io_error(error);
    matches!(errno, Some(Errno::AFNOSUPPORT | Errno::ADDRNOTAVAIL))
}

/// Wakes the thread that waits in [`Poller::wait`]. Any thread may call [`WakeEvent::wake`].
#[derive(Debug)]
pub(crate) struct WakeEvent {
    event: OwnedFd,
    /// Already signalled and not yet cleared: hundreds of calls cost one system call.
    pending: AtomicBool,
}

impl WakeEvent {
    /// Signals the event, unless it is signalled already.
    pub(crate) fn wake(&self) {
        if !self.pending.swap(true, AcqRel) {
            let _ = rustix::io::write(&self.event, &1u64.to_ne_bytes());
        }
    }

    /// Clears the event. Call this before looking for work: work that arrives later signals again.
    pub(crate) fn clear(&self) {
        let _ = rustix::io::read(&self.event, &mut [0; 8]);
        // A swap, not a store: a thread that found the event signalled queued its work before, and
        // the swap makes that work visible here.
        self.pending.swap(false, AcqRel);
    }
}

/// The sockets that became writable, by number.
pub(crate) struct Ready(Vec<epoll::Event>);

impl Ready {
    /// Room for as many sockets at a time.
    pub(crate) fn with_capacity(sockets: usize) -> Self {
        Self(Vec::with_capacity(sockets))
    }

    /// The numbers under which the sockets were added.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = u64> {
        self.0.iter().map(|event| event.data.u64())
    }
}

/// Waits until sockets become writable: epoll. Each socket is reported once per [`Poller::arm`].
#[derive(Debug)]
pub(crate) struct Poller {
    epoll: OwnedFd,
}

impl Poller {
    /// A poller, and the event that wakes it, which is reported as `wake_number`.
    pub(crate) fn new(wake_number: u64) -> io::Result<(Self, WakeEvent)> {
        let event = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let data = epoll::EventData::new_u64(wake_number);
        epoll::add(&epoll, &event, data, epoll::EventFlags::IN)?;
        let pending = AtomicBool::new(false);
        Ok((Self { epoll }, WakeEvent { event, pending }))
    }

    /// Adds a socket, not yet armed.
    pub(crate) fn add(&self, socket: impl AsFd, number: u64) -> io::Result<()> {
        let data = epoll::EventData::new_u64(number);
        Ok(epoll::add(
            &self.epoll,
            socket,
            data,
            epoll::EventFlags::ONESHOT,
        )?)
    }

    /// Reports this socket once, as soon as it is writable.
    pub(crate) fn arm(&self, socket: impl AsFd, number: u64) -> io::Result<()> {
        let data = epoll::EventData::new_u64(number);
        let flags = epoll::EventFlags::OUT | epoll::EventFlags::ONESHOT;
        Ok(epoll::modify(&self.epoll, socket, data, flags)?)
    }

    /// Removes a socket. Do this before its last owner drops it: the kernel may give its descriptor
    /// to another connection.
    pub(crate) fn remove(&self, socket: impl AsFd) {
        let _ = epoll::delete(&self.epoll, socket);
    }

    /// Waits until something is ready, or for `timeout`, which is shorter than a second. An
    /// interrupted wait and an expired one alike leave `ready` empty.
    pub(crate) fn wait(&self, ready: &mut Ready, timeout: Option<Duration>) {
        ready.0.clear();
        let timeout = timeout.map(|timeout| Timespec {
            tv_sec: timeout.as_secs() as i64,
            tv_nsec: timeout.subsec_nanos().into(),
        });
        let room = rustix::buffer::spare_capacity(&mut ready.0);
        let _ = epoll::wait(&self.epoll, room, timeout.as_ref());
    }
}

/// A limit of the system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limit {
    /// The upper bound.
    pub(crate) most: usize,
    /// What is limited, and where the limit is set.
    pub(crate) what: &'static str,
}

/// The limits that bound the number of connections, each of which is a descriptor and a thread.
pub(crate) fn limits() -> [Limit; 4] {
    let read = |path: &str| {
        let text = fs::read_to_string(path).ok();
        text.and_then(|text| text.trim().parse::<usize>().ok())
            .unwrap_or(usize::MAX)
    };
    let files = getrlimit(Resource::Nofile).current;
    [
        Limit {
            most: files.map_or(usize::MAX, |files| files as usize),
            what: "open files (ulimit -n)",
        },
        Limit {
            most: read("/proc/sys/kernel/threads-max").min(read("/proc/sys/kernel/pid_max")),
            what: "threads (kernel.threads-max, kernel.pid_max)",
        },
        Limit {
            most: read("/sys/fs/cgroup/pids.max"),
            what: "threads (pids.max of the control group)",
        },
        Limit {
            // std maps a stack, its guard page, a signal stack and its guard page for each thread.
            most: read("/proc/sys/vm/max_map_count") / 4,
            what: "stacks of threads (vm.max_map_count)",
        },
    ]
}

/// Raises the soft limit on descriptors to the hard limit.
pub(crate) fn raise_descriptor_limit() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    let _ = setrlimit(Resource::Nofile, limit);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{Ipv4Addr, TcpStream};

    #[test]
    fn what_is_accepted_has_the_options_of_the_listening_socket() {
        let listener = listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).expect("a port");
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

    #[test]
    fn a_kernel_without_ipv6_is_known_by_its_errors() {
        let error = |errno: Errno| io::Error::from(errno);
        assert!(is_without_ipv6(&error(Errno::AFNOSUPPORT)));
        assert!(is_without_ipv6(&error(Errno::ADDRNOTAVAIL)));
        assert!(!is_without_ipv6(&error(Errno::ADDRINUSE)));
        assert!(!is_without_ipv6(&io::Error::other("no errno")));
    }
}
