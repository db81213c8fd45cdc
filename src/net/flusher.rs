//! One thread for all clients whose socket is full, and for all deadlines of closing.
//!
//! Runs on: `flusher`. Blocks on: epoll. Owns: the [`Backlog`] of every client that has one, and
//! the list of clients that linger after their Close. Never touches any other client.
//!
//! A client comes here when its socket did not take all that the hub sent, and leaves when its
//! backlog is drained. A Close that the hub or this thread has written puts it on the linger list,
//! so that the peer can read what is on its way and answer (RFC 6455 §7.1.1). Every wait here ends
//! after [`CLOSE_WITHIN`], [`LINGER`] or the stall timeout.

use crate::model::ids::ClientId;
use crate::net::client::{Client, LINGER};
use crate::net::linux::{Poller, Ready, WakeEvent};
use crate::net::outbox::{Backlog, Chunk, Drain};
use crossbeam_channel::{Receiver, Sender, unbounded};
use std::collections::{HashMap, VecDeque};
use std::io;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

/// How long the socket may take to accept a Close that replaced the rest of the backlog. After that
/// the connection is reset.
pub(crate) const CLOSE_WITHIN: Duration = Duration::from_secs(2);
/// How precisely deadlines are kept. The thread wakes up this often only while there are any.
const TICK: Duration = Duration::from_millis(100);
/// The wake-up event's number among those of the sockets; clients are numbered from 1.
const WAKE: u64 = 0;
/// Sockets that one wait reports at most.
const READY: usize = 256;

/// What the flusher reports to the hub.
#[derive(Debug)]
pub enum Report {
    /// A backlog is empty.
    Drained {
        /// Whose backlog.
        client: ClientId,
        /// How many chunks were written since this backlog began.
        chunks: u64,
    },
    /// The socket is dead or was reset.
    Lost {
        /// Whose socket.
        client: ClientId,
    },
}

enum FlusherCommand {
    Write(Arc<Client>, Chunk),
    Linger(Arc<Client>),
}

/// Sends commands to the flusher.
#[derive(Debug)]
pub(crate) struct FlusherHandle {
    commands: Sender<FlusherCommand>,
    wake_event: Arc<WakeEvent>,
}

impl FlusherHandle {
    /// Queues `chunk` until the socket has room.
    pub(crate) fn write(&self, client: &Arc<Client>, chunk: Chunk) {
        self.send(FlusherCommand::Write(Arc::clone(client), chunk));
    }

    /// Hangs up after [`LINGER`], unless the peer does before. The Close has been written.
    pub(crate) fn linger(&self, client: &Arc<Client>) {
        self.send(FlusherCommand::Linger(Arc::clone(client)));
    }

    fn send(&self, command: FlusherCommand) {
        let _ = self.commands.send(command);
        self.wake_event.wake();
    }
}

/// A client with a backlog.
struct Backlogged {
    client: Arc<Client>,
    backlog: Backlog,
    /// When the socket last took a byte.
    last_progress: Instant,
    /// When a queued Close must have been written.
    close_deadline: Option<Instant>,
}

/// The flusher's state; [`Flusher::run`] is the thread.
pub(crate) struct Flusher {
    commands: Receiver<FlusherCommand>,
    wake_event: Arc<WakeEvent>,
    poller: Poller,
    report: Box<dyn Fn(Report) + Send>,
    backlogged: HashMap<ClientId, Backlogged>,
    /// By deadline. Weak, so that the socket of a peer that hangs up first is freed at once.
    lingering: VecDeque<(Instant, Weak<Client>)>,
    /// A client with a backlog is reset when its socket takes no byte for this long.
    stall_timeout: Duration,
}

impl Flusher {
    /// The flusher and its handle. `report` is called on the flusher's thread.
    pub(crate) fn new(
        report: impl Fn(Report) + Send + 'static,
        stall_timeout: Duration,
    ) -> io::Result<(FlusherHandle, Self)> {
        let (sender, commands) = unbounded();
        let (poller, wake_event) = Poller::new(WAKE)?;
        let wake_event = Arc::new(wake_event);
        let handle = FlusherHandle {
            commands: sender,
            wake_event: Arc::clone(&wake_event),
        };
        let flusher = Self {
            commands,
            wake_event,
            poller,
            report: Box::new(report),
            backlogged: HashMap::new(),
            lingering: VecDeque::new(),
            stall_timeout,
        };
        Ok((handle, flusher))
    }

    /// The thread's loop. It returns when the hub has gone and the last backlog is written. (If it
    /// is idle when the hub goes, it sleeps until the process ends.)
    pub(crate) fn run(mut self) {
        let mut ready = Ready::with_capacity(READY);
        loop {
            let hub_gone = self.run_commands();
            self.check_deadlines(Instant::now());
            let idle = self.backlogged.is_empty() && self.lingering.is_empty();
            if hub_gone && idle {
                return;
            }
            self.poller.wait(&mut ready, (!idle).then_some(TICK));
            for number in ready.numbers() {
                match number {
                    WAKE => self.wake_event.clear(),
                    client => self.write(ClientId::new(client)),
                }
            }
        }
    }

    /// True when the hub, and with it the last sender, has gone.
    fn run_commands(&mut self) -> bool {
        loop {
            match self.commands.try_recv() {
                Ok(FlusherCommand::Linger(client)) => self.linger(&client),
                Ok(FlusherCommand::Write(client, chunk)) => self.queue(client, chunk),
                Err(error) => return error.is_disconnected(),
            }
        }
    }

    fn queue(&mut self, client: Arc<Client>, chunk: Chunk) {
        let id = client.id;
        let backlogged = self.backlogged.entry(id).or_insert_with(|| {
            // `write` below tries the socket first, and then arms it.
            if let Err(error) = self.poller.add(client.outlet(), id.get()) {
                log::warn!("connection {id}: cannot wait for its socket: {error}");
            }
            Backlogged {
                client,
                backlog: Backlog::default(),
                last_progress: Instant::now(),
                close_deadline: None,
            }
        });
        // A backlog that stays in front of the Close may take as long as the peer may linger.
        let close_within = match chunk {
            Chunk::Close {
                replaces: false, ..
            } => LINGER,
            _ => CLOSE_WITHIN,
        };
        let backlog_bytes = backlogged.client.backlog_bytes();
        backlogged.backlog.push(chunk, backlog_bytes);
        if backlogged.backlog.is_closing() && backlogged.close_deadline.is_none() {
            backlogged.close_deadline = Some(Instant::now() + close_within);
        }
        self.write(id);
    }

    fn write(&mut self, id: ClientId) {
        let Some(backlogged) = self.backlogged.get_mut(&id) else {
            return;
        };
        let client = &backlogged.client;
        let send = |pieces: &[_]| client.try_send(pieces, false);
        match backlogged.backlog.drain(client.backlog_bytes(), send) {
            Drain::Blocked { progress } => {
                if progress {
                    backlogged.last_progress = Instant::now();
                }
                if self.poller.arm(client.outlet(), id.get()).is_err() {
                    self.reset(id);
                }
            }
            Drain::Drained { chunks } => {
                self.remove(id);
                (self.report)(Report::Drained { client: id, chunks });
            }
            Drain::Closed => {
                if let Some(client) = self.remove(id) {
                    client.shut_down_write();
                    self.linger(&client);
                }
            }
            Drain::Gone => self.reset(id),
        }
    }

    fn linger(&mut self, client: &Arc<Client>) {
        self.lingering
            .push_back((Instant::now() + LINGER, Arc::downgrade(client)));
    }

    fn check_deadlines(&mut self, now: Instant) {
        while let Some((until, client)) = self.lingering.front()
            && *until <= now
        {
            if let Some(client) = client.upgrade() {
                client.hang_up();
            }
            self.lingering.pop_front();
        }
        let is_late = |b: &Backlogged| {
            let close_is_late = b.close_deadline.is_some_and(|deadline| deadline <= now);
            close_is_late || b.last_progress + self.stall_timeout <= now
        };
        let late = self.backlogged.iter().filter(|(_, b)| is_late(b));
        let late: Vec<ClientId> = late.map(|(id, _)| *id).collect();
        late.into_iter().for_each(|id| self.reset(id));
    }

    /// Resets a connection that has died, stalled, or not taken its Close in time.
    fn reset(&mut self, id: ClientId) {
        if let Some(client) = self.remove(id) {
            log::info!("connection {id}: reset: it is dead, or its socket took no more bytes");
            client.reset();
            (self.report)(Report::Lost { client: id });
        }
    }

    fn remove(&mut self, id: ClientId) -> Option<Arc<Client>> {
        let backlogged = self.backlogged.remove(&id)?;
        self.poller.remove(backlogged.client.outlet());
        Some(backlogged.client)
    }
}
