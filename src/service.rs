//! What a service manager such as systemd is told: that the port is open, who is here, and that the hub
//! still answers.
//!
//! Runs on: `service`, a thread that exists only where the manager has named its socket in
//! `NOTIFY_SOCKET` (`Type=notify`). Blocks on: the hub's answer, the manager's socket. `WATCHDOG=1` goes
//! out only after the hub has answered: a manager that has asked for it, with `WATCHDOG_USEC`, starts a
//! server again whose hub hangs.

use crate::chat::hub::{HubQuery, Mailbox, Overview, Report};
use crate::shared::Shared;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TryRecvError, bounded};
use std::cmp::Reverse;
use std::env;
use std::ffi::OsStr;
use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::process;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// How often the status is told to a manager that keeps no watch: nobody looks more often.
const STATUS_INTERVAL: Duration = Duration::from_secs(10);
/// The shortest time between two questions, whatever the manager asks for: the hub has other work.
const LEAST_INTERVAL: Duration = Duration::from_millis(10);
/// Rooms that the status names, those with the most people first: it is one line of a terminal, and a
/// manager reads no more than 4096 bytes at once.
const ROOMS: usize = 5;

/// How often a start that takes long is told.
const START_INTERVAL: Duration = Duration::from_secs(10);
/// A start that takes longer hangs.
const LONGEST_START: Duration = Duration::from_secs(30 * 60);
/// How long a message waits where the manager reads nothing.
const PATIENCE: Duration = Duration::from_secs(1);

/// The connection to the service manager; without one, nothing happens here.
#[derive(Debug)]
pub struct Manager(Option<Connection>);

#[derive(Debug)]
struct Connection {
    socket: Arc<Socket>,
    /// The thread ends when this is dropped.
    _thread: Sender<()>,
}

/// A start that the manager waits for, as long as this is there.
#[derive(Debug)]
pub struct Starting {
    /// The thread ends when this is dropped.
    _thread: Option<Sender<()>>,
}

/// The socket of the manager, as sd_notify(3) describes it.
#[derive(Debug)]
struct Socket {
    ours: UnixDatagram,
    theirs: SocketAddr,
}

impl Socket {
    /// `name` is a path, or begins with `@` where the socket has no file.
    fn at(name: &OsStr) -> io::Result<Socket> {
        let theirs = match name.as_bytes() {
            [b'@', name @ ..] => SocketAddr::from_abstract_name(name)?,
            _ => SocketAddr::from_pathname(name)?,
        };
        let ours = UnixDatagram::unbound()?;
        ours.set_write_timeout(Some(PATIENCE))?;
        Ok(Socket { ours, theirs })
    }

    /// Says this. One datagram is one message, so that nothing of it comes alone.
    fn tell(&self, message: &str) -> io::Result<()> {
        let sent = self.ours.send_to_addr(message.as_bytes(), &self.theirs);
        sent.map(drop)
    }
}

/// How long the manager waits for a sign of life, if it waits for one of this process.
fn watchdog() -> Option<Duration> {
    let number = |name| env::var(name).ok()?.parse::<u64>().ok();
    let is_other = number("WATCHDOG_PID").is_some_and(|pid| pid != u64::from(process::id()));
    let usec = number("WATCHDOG_USEC").filter(|usec| *usec > 0 && !is_other);
    usec.map(Duration::from_micros)
}

/// The socket that the manager has named, if it has.
fn named() -> Option<io::Result<Socket>> {
    let name = env::var_os("NOTIFY_SOCKET").filter(|name| !name.is_empty());
    name.map(|name| Socket::at(&name))
}

impl Manager {
    /// Has the manager wait for a start that may take long: a node of a cluster may have to copy a large history first.
    ///
    /// # Errors
    ///
    /// The thread cannot be started.
    pub fn wait_for_start() -> io::Result<Starting> {
        let Some(Ok(socket)) = named() else {
            return Ok(Starting { _thread: None });
        };
        let (_thread, stopped) = bounded(0);
        let interval = watchdog().map_or(START_INTERVAL, |usec| usec / 2);
        let extended = (START_INTERVAL + interval).as_micros();
        let until = Instant::now() + LONGEST_START;
        let run = move || {
            while Instant::now() < until {
                let told = format!(
                    "WATCHDOG=1\nEXTEND_TIMEOUT_USEC={extended}\nSTATUS=comes into the cluster"
                );
                let _ = socket.tell(&told);
                if stopped.recv_timeout(interval) == Err(RecvTimeoutError::Disconnected) {
                    return;
                }
            }
        };
        thread::Builder::new().name("starting".into()).spawn(run)?;
        Ok(Starting {
            _thread: Some(_thread),
        })
    }

    /// Says that the server is ready, and begins to tell how it is.
    ///
    /// # Errors
    ///
    /// The thread cannot be started: a manager that keeps watch would take this for a hub that hangs.
    pub fn start(shared: &Arc<Shared>) -> io::Result<Manager> {
        let hub = shared.hub.clone();
        Manager::start_asking(move |patience| overview(&hub, patience).as_ref().map(words))
    }

    /// The same for a process without a hub: it lives as long as this thread runs.
    ///
    /// # Errors
    ///
    /// As [`Manager::start`].
    pub fn start_without_hub() -> io::Result<Manager> {
        Manager::start_asking(|_| Some("for the primary of the cluster".to_owned()))
    }

    /// `ask` gives the status, if the server answers within that time.
    fn start_asking(
        ask: impl Fn(Duration) -> Option<String> + Send + 'static,
    ) -> io::Result<Manager> {
        let Some(socket) = named() else {
            return Ok(Manager(None));
        };
        let ready = socket.and_then(|socket| socket.tell("READY=1").map(|()| socket));
        let socket = match ready {
            Ok(socket) => Arc::new(socket),
            Err(error) => {
                log::warn!("the service manager cannot be told that the server is ready: {error}");
                return Ok(Manager(None));
            }
        };
        let watchdog = watchdog();
        let interval = watchdog.map_or(STATUS_INTERVAL, |usec| (usec / 2).max(LEAST_INTERVAL));
        let theirs = Arc::clone(&socket);
        let (_thread, stopped) = bounded(0);
        thread::Builder::new()
            .name("service".into())
            .spawn(move || run(ask, &theirs, (interval, watchdog.is_some()), &stopped))?;
        Ok(Manager(Some(Connection { socket, _thread })))
    }

    /// Says that the server is about to stop.
    pub fn stopping(&self) {
        if let Some(Connection { socket, .. }) = &self.0 {
            // The manager sees the end of the process, too.
            let _ = socket.tell("STOPPING=1\nSTATUS=saying goodbye to everybody");
        }
    }
}

/// The thread. A message that cannot be sent is not tried again: the next one follows.
fn run(
    ask: impl Fn(Duration) -> Option<String>,
    socket: &Socket,
    (interval, is_watched): (Duration, bool),
    stopped: &Receiver<()>,
) {
    loop {
        // The other half of the manager's patience: an answer in the last moment counts.
        let status = ask(interval);
        if stopped.try_recv() == Err(TryRecvError::Disconnected) {
            return;
        }
        let _ = socket.tell(&report(status, is_watched));
        if stopped.recv_timeout(interval) == Err(RecvTimeoutError::Disconnected) {
            return;
        }
    }
}

/// What the manager is told after a question.
fn report(status: Option<String>, is_watched: bool) -> String {
    match status {
        Some(words) if is_watched => format!("WATCHDOG=1\nSTATUS={words}"),
        Some(words) => format!("STATUS={words}"),
        None => "STATUS=the hub does not answer".to_owned(),
    }
}

/// Asks the hub who is here. The question comes before the commands that are queued: a hub that has
/// much to do does not hang, and a class is not sent away because of it.
fn overview(hub: &Mailbox, patience: Duration) -> Option<Overview> {
    hub.ask_first(patience, |answer| {
        Report::Query(HubQuery::Overview { answer })
    })
}

/// The status: `30 here, lobby`, or `30 here, lobby 28, lab 2`.
fn words(overview: &Overview) -> String {
    let mut rooms: Vec<_> = overview.rooms.iter().collect();
    let mut status = format!("{} here", overview.people);
    if let [(name, _)] = rooms[..] {
        return format!("{status}, {name}");
    }
    rooms.sort_by_key(|(_, people)| Reverse(*people));
    for (name, people) in rooms.iter().take(ROOMS) {
        status += &format!(", {name} {people}");
    }
    match rooms.len().saturating_sub(ROOMS) {
        0 => status,
        more => format!("{status}, and {more} more rooms"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::inbox::inbox;

    #[test]
    fn a_hub_that_does_not_answer_is_not_said_to_live() {
        let (hub, _inbox) = inbox();
        let silence = overview(&hub, Duration::from_millis(1));
        assert_eq!(
            report(silence.as_ref().map(words), true),
            "STATUS=the hub does not answer"
        );
    }

    #[test]
    fn the_status_is_one_short_line() {
        let status = |rooms: &[(&str, usize)]| {
            let rooms = rooms.iter().map(|(name, people)| ((*name).into(), *people));
            words(&Overview {
                people: 30,
                rooms: rooms.collect(),
                lessons: Vec::new(),
            })
        };
        assert_eq!(status(&[("lobby", 30)]), "30 here, lobby");
        assert_eq!(
            status(&[("lab", 2), ("lobby", 28)]),
            "30 here, lobby 28, lab 2"
        );
        let many: Vec<_> = ["a", "b", "c", "d", "e", "f", "g"]
            .map(|name| (name, 1))
            .into();
        assert_eq!(
            status(&many),
            "30 here, a 1, b 1, c 1, d 1, e 1, and 2 more rooms"
        );
    }
}
