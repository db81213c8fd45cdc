//! One thread for all clients whose socket is full, and for all deadlines of closing.
//!
//! Runs on: `flusher`. Blocks on: epoll. Owns: the [`Backlog`] of every client that has one, and
//! the list of those that linger after their Close. Never touches a client that is neither.
//!
//! A client comes here when the hub could not write all at once, and leaves when its backlog is
//! drained; a Close written by the hub or by this thread puts it on the linger list, so that the
//! peer can read what is on its way and answer (RFC 6455 §7.1.1). Every wait here has an end:
//! [`CLOSE_WITHIN`], [`LINGER`] and the stall limit.

use crate::model::ids::ClientId;
use crate::net::client::Client;
use crate::net::client::LINGER;
use crate::net::linux::{Poller, Ready, WakeEvent};
use crate::net::outbox::{Backlog, Item, Progress};
use crossbeam_channel::{Receiver, Sender, unbounded};
use std::collections::{HashMap, VecDeque};
use std::io;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

/// A Close for which everything else was thrown away, and which the socket does not take within this
/// time: the connection is reset.
pub const CLOSE_WITHIN: Duration = Duration::from_secs(2);
/// How precisely deadlines are kept. Only while there are any does the thread wake up for them.
const TICK: Duration = Duration::from_millis(100);
/// The number of the wake-up event among those of the sockets; clients are numbered from 1.
const WAKE: u64 = 0;
/// Sockets that one wait reports.
const READY: usize = 256;

/// What the flusher tells the hub.
#[derive(Debug)]
pub enum Report {
    /// A backlog ran empty after so many items.
    Drained {
        /// Whose.
        client: ClientId,
        /// How many items of this backlog were written.
        taken: u64,
    },
    /// The socket is dead or was cut.
    Lost {
        /// Whose.
        client: ClientId,
    },
}

enum FlusherCommand {
    Write(Arc<Client>, Item),
    Linger(Arc<Client>),
}

/// The way to the flusher.
#[derive(Debug)]
pub struct FlusherHandle {
    sender: Sender<FlusherCommand>,
    wake_event: Arc<WakeEvent>,
}

impl FlusherHandle {
    /// Write `item` when there is room.
    pub fn write(&self, client: &Arc<Client>, item: Item) {
        self.order(FlusherCommand::Write(Arc::clone(client), item));
    }

    /// The Close is written: hang up after [`LINGER`], unless the peer does.
    pub fn linger(&self, client: &Arc<Client>) {
        self.order(FlusherCommand::Linger(Arc::clone(client)));
    }

    fn order(&self, order: FlusherCommand) {
        let _ = self.sender.send(order);
        self.wake_event.wake();
    }
}

struct Waiting {
    client: Arc<Client>,
    backlog: Backlog,
    /// When the socket last took a byte.
    moved: Instant,
    /// When a queued Close has to be out.
    close_by: Option<Instant>,
}

/// The flusher's state; [`Flusher::run`] is the thread.
pub struct Flusher {
    orders: Receiver<FlusherCommand>,
    wake_event: Arc<WakeEvent>,
    poller: Poller,
    report: Box<dyn Fn(Report) + Send>,
    waiting: HashMap<ClientId, Waiting>,
    /// Weak, so that a peer who hangs up first frees its socket first.
    lingering: VecDeque<(Instant, Weak<Client>)>,
    /// A backlogged socket that accepts no byte for so long is cut.
    stall: Duration,
}

impl Flusher {
    /// Makes the flusher and the way to it. `report` is called on its thread. `stall`: how long a
    /// full socket may accept nothing.
    pub fn new(
        report: impl Fn(Report) + Send + 'static,
        stall: Duration,
    ) -> io::Result<(FlusherHandle, Self)> {
        let (sender, orders) = unbounded();
        let (poller, wake_event) = Poller::new(WAKE)?;
        let wake_event = Arc::new(wake_event);
        let flusher = Self {
            orders,
            wake_event: Arc::clone(&wake_event),
            poller,
            report: Box::new(report),
            waiting: HashMap::new(),
            lingering: VecDeque::new(),
            stall,
        };
        Ok((FlusherHandle { sender, wake_event }, flusher))
    }

    /// The thread's loop; ends when the hub has gone and the last backlog is written. (With nothing
    /// to write it sleeps, and ends with the process.)
    pub fn run(mut self) {
        let mut ready = Ready::with_capacity(READY);
        loop {
            let ended = self.take_orders();
            self.keep_deadlines(Instant::now());
            let idle = self.waiting.is_empty() && self.lingering.is_empty();
            if ended && idle {
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

    /// True when nobody can send orders any more.
    fn take_orders(&mut self) -> bool {
        loop {
            match self.orders.try_recv() {
                Ok(FlusherCommand::Linger(client)) => self.linger(&client),
                Ok(FlusherCommand::Write(client, item)) => self.accept(client, item),
                Err(error) => return error.is_disconnected(),
            }
        }
    }

    fn accept(&mut self, client: Arc<Client>, item: Item) {
        let id = client.id;
        let waiting = self.waiting.entry(id).or_insert_with(|| {
            // Armed by `write` below, which tries the socket first.
            if let Err(error) = self.poller.add(&client.stream, id.get()) {
                log::warn!("connection {id}: cannot be watched: {error}");
            }
            let (backlog, moved) = (Backlog::default(), Instant::now());
            Waiting {
                client,
                backlog,
                moved,
                close_by: None,
            }
        });
        // What waits and is not thrown away for the Close may take as long as the peer may linger.
        let within = match item {
            Item::Close {
                replaces: false, ..
            } => LINGER,
            _ => CLOSE_WITHIN,
        };
        waiting.backlog.push(item, waiting.client.waiting());
        if waiting.backlog.is_closing() && waiting.close_by.is_none() {
            waiting.close_by = Some(Instant::now() + within);
        }
        self.write(id);
    }

    fn write(&mut self, id: ClientId) {
        let Some(waiting) = self.waiting.get_mut(&id) else {
            return;
        };
        let client = &waiting.client;
        match waiting
            .backlog
            .drain(client.waiting(), |pieces| client.try_send(pieces, false))
        {
            Progress::Blocked { moved } => {
                if moved {
                    waiting.moved = Instant::now();
                }
                if self.poller.arm(&client.stream, id.get()).is_err() {
                    self.cut(id);
                }
            }
            Progress::Drained { taken } => {
                self.forget(id);
                (self.report)(Report::Drained { client: id, taken });
            }
            Progress::Closed => {
                if let Some(client) = self.forget(id) {
                    client.shut_down_write();
                    self.linger(&client);
                }
            }
            Progress::Gone => self.cut(id),
        }
    }

    fn linger(&mut self, client: &Arc<Client>) {
        self.lingering
            .push_back((Instant::now() + LINGER, Arc::downgrade(client)));
    }

    fn keep_deadlines(&mut self, now: Instant) {
        while self
            .lingering
            .front()
            .is_some_and(|(until, _)| *until <= now)
        {
            if let Some(client) = self
                .lingering
                .pop_front()
                .and_then(|(_, weak)| weak.upgrade())
            {
                client.hang_up();
            }
        }
        let stall = self.stall;
        let late = |w: &Waiting| w.close_by.is_some_and(|by| by <= now) || w.moved + stall <= now;
        let late: Vec<ClientId> = self
            .waiting
            .iter()
            .filter(|(_, w)| late(w))
            .map(|(id, _)| *id)
            .collect();
        late.into_iter().for_each(|id| self.cut(id));
    }

    /// Gives a client up: it has died, stalled, or not taken its Close in time.
    fn cut(&mut self, id: ClientId) {
        if let Some(client) = self.forget(id) {
            log::info!("connection {id}: reset: it has died, or took no more bytes");
            client.reset();
            (self.report)(Report::Lost { client: id });
        }
    }

    fn forget(&mut self, id: ClientId) -> Option<Arc<Client>> {
        let waiting = self.waiting.remove(&id)?;
        self.poller.remove(&waiting.client.stream);
        Some(waiting.client)
    }
}
