//! The hub: one thread that owns every room, person, permission, number and outbox.
//!
//! Runs on: `hub`. Blocks on: its inbox, never on anything else; under saturation it waits there for
//! at most `PAUSE` to let a batch grow. Everything that happens in the chat is a [`Command`] from a
//! connection's thread or a [`Report`] from the flusher or the store; the hub takes them one after
//! the other, so that nothing here is locked and the order of things is the order in the inbox.
//!
//! **The way of a message**: `Hub::take` finds who asks; `requests.rs` asks the gate; `publish.rs`
//! gives the next number and encodes JSON and frame once into the room's batch. When the inbox is
//! empty or `BATCH` bytes have come together, `Hub::flush` freezes the batch and sends the *same
//! bytes* to every member: under load one system call carries many messages. Whoever wrote into the
//! batch gets, in one `sendmsg`, the slices around the own frames together with the acks. Whatever
//! reads a log, or changes who is in a room, flushes first; an ack does not.

mod arrivals;
mod aside;
mod command;
mod connected;
mod delivery;
mod forgetting;
mod history;
mod keeping;
mod moderation;
mod port;
mod presence;
mod publish;
mod requests;
mod sanctions;
mod telling;
mod timers;
mod watching;

use crate::model::time::unix_millis;
pub use aside::{Entry, HubQuery, LensAction, Watched};
pub use command::{Arrival, Command, PATIENCE, Report};
use connected::Connected;
pub use forgetting::{Forget, Forgotten};
pub use watching::DEMO;

use crate::auth::class_code::Lesson;
use crate::auth::token::Keys;
use crate::chat::people::People;
use crate::chat::room::Room;
use crate::config::Config;
use crate::model::ids::ClientId;
use crate::model::ids::RoomKey;
use crate::model::time::Millis;
use crate::net::flusher::{self, FlusherHandle};
use crate::net::inbox;
use crate::net::inbox::Inbox;
use crate::net::outbox::Undeliverable;
use crate::support::counters::Counters;
use crate::support::id_map::IdMap;
use bytes::Bytes;
use crossbeam_channel::Sender;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

/// Bytes of frames that go out in one step. Smaller batches cost 35 to 55 % more CPU under deep
/// load (measured with 16 KiB); larger ones only add to the last member's wait.
const BATCH: usize = 64 * 1024;
/// Commands that are taken before what they brought is sent.
const COMMANDS: usize = 4096;
/// Reports that are taken before the commands.
const REPORTS: usize = 64;
/// A batch of so many bytes means that people talk faster than it can be sent one by one.
const BUSY: usize = 2048;
/// Longest wait for the answers to a large batch, when the first of them are there. Sending those
/// few at once would cost as many system calls as sending all of them.
const PAUSE: Duration = Duration::from_micros(200);
/// How often persons and sanctions that no longer matter are forgotten.
const SWEEP: Duration = Duration::from_secs(60);

/// The way to the hub.
pub type Mailbox = inbox::InboxHandle<Command, Report>;

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Timer {
    Presence(RoomKey),
    Token(ClientId),
    Sweep,
}

/// What the hub is given at the start.
#[derive(Debug)]
pub struct Setup {
    /// `chat.toml`.
    pub config: Arc<Config>,
    /// Makes the ids that others see.
    pub keys: Arc<Keys>,
    /// The class code and the generation of guest tokens; the hub begins the next one.
    pub lesson: Arc<RwLock<Lesson>>,
    /// Raised once per batch.
    pub counters: Arc<Counters>,
    /// New at every start: numbers of an earlier one mean something else.
    pub epoch: String,
    /// Where others find this server.
    pub join_url: String,
}

/// The hub; [`Hub::run`] is the thread.
pub struct Hub {
    config: Arc<Config>,
    keys: Arc<Keys>,
    lesson: Arc<RwLock<Lesson>>,
    counters: Arc<Counters>,
    inbox: Inbox<Command, Report>,
    orders: FlusherHandle,
    epoch: String,
    join_url: String,
    /// The time of this batch, in milliseconds since 1970.
    now: Millis,
    slots: Vec<Option<Connected>>,
    free: Vec<usize>,
    slot_of: IdMap<ClientId, usize>,
    rooms: Vec<Room>,
    room_of: HashMap<Box<str>, RoomKey>,
    people: People,
    sanctions: sanctions::Sanctions,
    /// The way to the store; `None`: nothing is kept.
    keeper: Option<keeping::StoreHandle>,
    timers: BTreeSet<(Instant, Timer)>,
    /// Rooms with a batch, and clients with replies or frames in one.
    dirty_rooms: Vec<RoomKey>,
    dirty_slots: Vec<usize>,
    /// Clients that could not be delivered to, ended after the flush that found out.
    undeliverable: Vec<(usize, Undeliverable)>,
    /// What is about to be sent to one client. Reused, and empty between functions: whoever fills it
    /// calls `deliver`.
    pieces: Vec<Bytes>,
    /// How many rooms' batches have gone out.
    flushes: u64,
}

impl Hub {
    /// A hub with the rooms of the configuration.
    pub fn new(setup: Setup, inbox: Inbox<Command, Report>, orders: FlusherHandle) -> Self {
        let mut hub = Self {
            config: setup.config,
            keys: setup.keys,
            lesson: setup.lesson,
            counters: setup.counters,
            epoch: setup.epoch,
            join_url: setup.join_url,
            inbox,
            orders,
            now: 0,
            slots: Vec::new(),
            free: Vec::new(),
            slot_of: IdMap::default(),
            rooms: Vec::new(),
            room_of: HashMap::new(),
            people: People::default(),
            sanctions: sanctions::Sanctions::default(),
            keeper: None,
            timers: BTreeSet::new(),
            dirty_rooms: Vec::new(),
            dirty_slots: Vec::new(),
            undeliverable: Vec::new(),
            pieces: Vec::new(),
            flushes: 0,
        };
        for name in hub.config.rooms.list.clone() {
            hub.create_room(&name);
        }
        hub.timers.insert((Instant::now() + SWEEP, Timer::Sweep));
        hub
    }

    /// The thread's loop; ends with [`Command::Shutdown`].
    pub fn run(mut self) {
        // How many commands the last batch came from, if that was a large one.
        let mut last = 0;
        loop {
            let deadline = self.timers.first().map(|(at, _)| *at);
            self.inbox.wait(1, deadline);
            let mut commands = 0;
            let mut ended = self.gather(&mut commands);
            // Who talked in a large batch answers it; a quarter may be late.
            let missing = (last * 3 / 4_usize).saturating_sub(commands);
            if ended.is_none() && missing > 0 && (1..BATCH).contains(&self.batched()) {
                self.inbox.wait(missing, Some(Instant::now() + PAUSE));
                ended = self.gather(&mut commands);
            }
            if let Some(done) = ended {
                self.close_all();
                let _ = done.send(());
                return;
            }
            last = if self.batched() < BUSY { 0 } else { commands };
            self.flush();
            self.ring_timers();
        }
    }

    /// Takes everything that is there, up to a full batch, and counts the commands. Returns who
    /// waits for the end.
    fn gather(&mut self, commands: &mut usize) -> Option<Sender<()>> {
        self.now = unix_millis();
        // A report can bring a chunk of history to somebody, which brings the next report: bounded,
        // or many who catch up would keep everybody waiting.
        for _ in 0..REPORTS {
            let Some(report) = self.inbox.report() else {
                break;
            };
            self.on_report(report);
        }
        // Answers to one client alone are in no room's batch: commands are counted, too.
        for _ in 0..COMMANDS {
            if self.batched() >= BATCH {
                break;
            }
            let Some(command) = self.inbox.command() else {
                break;
            };
            *commands += 1;
            match command {
                Command::Shutdown(done) => return Some(done),
                command => self.on_command(command),
            }
        }
        None
    }

    /// One command.
    fn on_command(&mut self, command: Command) {
        match command {
            Command::Request(client, asked) => {
                if let Some(&slot) = self.slot_of.get(&client) {
                    self.answer(slot, asked);
                }
            }
            Command::Requests(client, many) => {
                for asked in many {
                    // Looked up each time: a request can end its own connection.
                    let Some(&slot) = self.slot_of.get(&client) else {
                        break;
                    };
                    self.answer(slot, asked);
                }
            }
            Command::Connect(arrival) => self.connect(*arrival),
            Command::Ping(client, payload) => self.pong(client, &payload),
            Command::Silent(client, intervals) => self.silent(client, intervals),
            Command::End(client, close) => {
                if let Some(&slot) = self.slot_of.get(&client) {
                    self.flush();
                    self.disconnect(slot, close, false);
                }
            }
            Command::HubQuery(aside) => self.on_query(aside),
            Command::Shutdown(_) => {} // taken by `gather`
        }
    }

    fn on_report(&mut self, report: Report) {
        match report {
            Report::Flusher(report) => self.on_flusher_report(report),
            Report::Store(report) => self.on_store_report(report),
        }
    }

    fn on_flusher_report(&mut self, report: flusher::Report) {
        match report {
            flusher::Report::Drained { client, chunks } => {
                // A log's end is the room's head only when no batch is pending.
                self.flush();
                let Some(&slot) = self.slot_of.get(&client) else {
                    return;
                };
                let connected = self.slots[slot].as_mut();
                if connected.is_some_and(|c| c.outbox.drained(chunks)) {
                    self.catch_up(slot);
                }
            }
            flusher::Report::Lost { client } => {
                if let Some(&slot) = self.slot_of.get(&client) {
                    self.disconnect(slot, None, false);
                }
            }
        }
    }
}
