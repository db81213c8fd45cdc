//! The hub: one thread that owns every room, person, permission, number and outbox.
//!
//! Runs on: `hub`. Blocks on: its inbox, never on anything else. Everything that happens in the
//! chat is a [`Command`] from a connection's thread or a [`Report`] from the flusher; the hub takes
//! them one after the other, so that nothing here is locked and the order of things is the order
//! in the inbox.
//!
//! **The way of a message**: [`Hub::take`] finds who asks; `requests.rs` asks the gate, gives the
//! next number and encodes JSON and frame once into the room's batch. When the inbox is empty or
//! [`BATCH`] bytes have come together, [`Hub::flush`] freezes the batch and sends the *same bytes*
//! to every member: under load one system call carries many messages. Whoever wrote into the batch
//! gets, in one `sendmsg`, the slices around the own frames together with the acks. A join or a
//! leave flushes first, an ack does not.

mod arrivals;
mod order;
mod requests;

use crate::auth::class_code::Lesson;
use crate::auth::token::{Claims, Keys};
use crate::chat::client::{Client, ClientId, HubPort};
use crate::chat::event::Event;
use crate::chat::flusher::Orders;
use crate::chat::gate::Millis;
use crate::chat::inbox::{self, Inbox};
use crate::chat::message::{Asked, Json, Refusal};
use crate::chat::outbox::{Outbox, Undeliverable};
use crate::chat::person::{People, PersonKey};
use crate::chat::room::{Room, RoomKey};
use crate::config::Config;
use crate::websocket::close::Code;
use crate::websocket::frame;
use bytes::{Bytes, BytesMut};
use crossbeam_channel::Sender;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::ops::Range;
use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Bytes of frames that go out in one step. Smaller batches cost 35 to 55 % more CPU under deep
/// load (measured with 16 KiB); larger ones only add to the last member's wait.
const BATCH: usize = 64 * 1024;
/// Bytes of history that a client who catches up gets in one step.
const CHUNK: usize = 64 * 1024;
/// How often persons and sanctions that no longer matter are forgotten.
const SWEEP: Duration = Duration::from_secs(60);
/// How long before its end a token's holder is told.
const EXPIRY_NOTICE: u64 = 60;
/// A client's buffer of replies above this size is given back after use.
const KEEP_REPLIES: usize = 512;

/// The way to the hub.
pub type Mailbox = inbox::Mailbox<Command, Report>;

/// What connections' threads ask of the hub.
#[derive(Debug)]
#[allow(missing_docs, reason = "each variant says what its fields are")]
pub enum Command {
    /// A connection with a verified token.
    Connect(Box<Arrival>),
    /// One message of a client.
    Request(ClientId, Asked),
    /// Several messages that one read brought.
    Requests(ClientId, Vec<Asked>),
    /// The client sent a Ping with this payload.
    Ping(ClientId, Bytes),
    /// The client has been silent for so many heartbeat intervals.
    Silent(ClientId, u32),
    /// The connection ends: send this Close, if there is one to send.
    End(ClientId, Option<Bytes>),
    /// May somebody with this name and device join? The answer must not be waited for by the hub.
    MayJoin {
        name: String,
        device: Option<String>,
        answer: Sender<Entry>,
    },
    /// Send everybody home; say so when done.
    Shutdown(Sender<()>),
}

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

/// A connection that wants to be part of the chat.
#[derive(Debug)]
pub struct Arrival {
    /// The socket.
    pub client: Arc<Client>,
    /// The verified token.
    pub claims: Claims,
    /// The 101 response: it is the first thing the hub sends, so that no other thread ever sends.
    pub handshake: Vec<u8>,
    /// Whether to enter the default room at once.
    pub enter_default: bool,
}

/// Whether a person may get a token.
#[derive(Debug, PartialEq, Eq)]
pub enum Entry {
    /// Welcome.
    Open,
    /// The name belongs to somebody who leads.
    NameOfLeader,
    /// Removed until then, for the reason given.
    Removed {
        /// Milliseconds since 1970.
        until: Millis,
        /// As the Close said it.
        reason: String,
    },
}

/// What the hub knows of one connection.
#[derive(Debug)]
struct Connected {
    client: Arc<Client>,
    person: PersonKey,
    rooms: Vec<RoomKey>,
    outbox: Outbox,
    /// Its own frames in the batches that have not gone out.
    wrote: Vec<(RoomKey, Range<usize>)>,
    /// What is for it alone, sent behind the batch.
    replies: BytesMut,
    /// A Ping is on its way and nothing has come back.
    pinged: bool,
    /// When its token ends, in seconds since 1970.
    expires: u64,
    told_of_expiry: bool,
    /// Rooms the token allows; `None`: all.
    allowed: Option<Vec<String>>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Timer {
    Presence(RoomKey),
    Token(ClientId),
    Sweep,
}

/// The hub; [`Hub::run`] is the thread.
pub struct Hub {
    config: Arc<Config>,
    keys: Arc<Keys>,
    lesson: Arc<RwLock<Lesson>>,
    inbox: Inbox<Command, Report>,
    orders: Orders,
    /// New at every start: numbers of an earlier one mean something else.
    epoch: Box<str>,
    /// The time of this batch, in milliseconds since 1970.
    now: Millis,
    slots: Vec<Option<Connected>>,
    free: Vec<usize>,
    slot_of: HashMap<ClientId, usize>,
    rooms: Vec<Room>,
    room_of: HashMap<Box<str>, RoomKey>,
    people: People,
    sanctions: order::Sanctions,
    timers: BinaryHeap<Reverse<(Instant, Timer)>>,
    /// Rooms with a batch, and clients with replies or frames in one.
    dirty_rooms: Vec<RoomKey>,
    dirty_slots: Vec<usize>,
    /// Clients that could not be delivered to, ended after the flush that found out.
    undeliverable: Vec<(usize, Undeliverable)>,
    /// Reused between deliveries.
    pieces: Vec<Bytes>,
}

impl Hub {
    /// A hub with the rooms of `config`.
    pub fn new(
        config: Arc<Config>,
        keys: Arc<Keys>,
        lesson: Arc<RwLock<Lesson>>,
        inbox: Inbox<Command, Report>,
        orders: Orders,
        epoch: String,
    ) -> Self {
        let mut hub = Self {
            inbox,
            orders,
            keys,
            lesson,
            epoch: epoch.into(),
            now: 0,
            slots: Vec::new(),
            free: Vec::new(),
            slot_of: HashMap::new(),
            rooms: Vec::new(),
            room_of: HashMap::new(),
            people: People::default(),
            sanctions: order::Sanctions::default(),
            timers: BinaryHeap::new(),
            dirty_rooms: Vec::new(),
            dirty_slots: Vec::new(),
            undeliverable: Vec::new(),
            pieces: Vec::new(),
            config,
        };
        for name in hub.config.rooms.list.clone() {
            hub.create_room(&name);
        }
        hub.timers
            .push(Reverse((Instant::now() + SWEEP, Timer::Sweep)));
        hub
    }

    /// The thread's loop; ends with [`Command::Shutdown`].
    pub fn run(mut self) {
        loop {
            self.inbox
                .wait(self.timers.peek().map(|Reverse((at, _))| *at));
            self.now = unix_millis();
            while let Some(report) = self.inbox.report() {
                self.heed(report);
            }
            while self.batched() < BATCH {
                match self.inbox.command() {
                    Some(Command::Shutdown(done)) => {
                        self.go_home();
                        let _ = done.send(());
                        return;
                    }
                    Some(command) => self.take(command),
                    None => break,
                }
            }
            self.flush();
            self.ring_timers();
        }
    }

    /// One command.
    fn take(&mut self, command: Command) {
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
                    self.part(slot, close, false);
                }
            }
            Command::MayJoin {
                name,
                device,
                answer,
            } => {
                let _ = answer.try_send(self.may_join(&name, device.as_deref()));
            }
            Command::Shutdown(_) => {} // taken by `run`
        }
    }

    fn heed(&mut self, report: Report) {
        let (Report::Drained { client, .. } | Report::Lost { client }) = report;
        let Some(&slot) = self.slot_of.get(&client) else {
            return;
        };
        match report {
            Report::Lost { .. } => self.part(slot, None, false),
            Report::Drained { taken, .. } => {
                let direct = self.slots[slot]
                    .as_mut()
                    .is_some_and(|c| c.outbox.drained(taken));
                if direct {
                    self.catch_up(slot);
                }
            }
        }
    }

    // ---- out ----

    fn batched(&self) -> usize {
        self.dirty_rooms
            .iter()
            .map(|&room| self.rooms[room].batched())
            .sum()
    }

    /// Sends every batch and every reply that waits.
    fn flush(&mut self) {
        // Replies follow everything that was sent before them. With one room they ride in the
        // same system call; with several they wait until the last room has gone out.
        let together = self.dirty_rooms.len() == 1;
        while let Some(room) = self.dirty_rooms.pop() {
            self.flush_room(room, together);
        }
        while let Some(slot) = self.dirty_slots.pop() {
            let Some(connected) = self.slots[slot].as_mut() else {
                continue;
            };
            connected.wrote.clear();
            if !connected.replies.is_empty() {
                self.pieces.push(connected.replies.split().freeze());
                self.deliver(slot);
            }
            let Some(connected) = self.slots[slot].as_mut() else {
                continue;
            };
            if connected.replies.capacity() > KEEP_REPLIES {
                connected.replies = BytesMut::new();
            }
        }
        while let Some((slot, why)) = self.undeliverable.pop() {
            match why {
                Undeliverable::Gone => self.part(slot, None, false),
                Undeliverable::Overflow => self.close(
                    slot,
                    Code::TRY_AGAIN_LATER,
                    "too_slow: you read too slowly, come back",
                ),
            }
        }
    }

    fn flush_room(&mut self, key: RoomKey, with_replies: bool) {
        let room = &mut self.rooms[key];
        let batch = room.take_batch();
        let bound = self.config.limits.backlog;
        for member in &room.members {
            if member.cursor.is_some() {
                continue; // it will read this in the log
            }
            let Some(connected) = self.slots[member.slot].as_mut() else {
                continue;
            };
            let port = HubPort {
                client: &connected.client,
                orders: &self.orders,
            };
            let sent = if connected.wrote.is_empty() && connected.replies.is_empty() {
                connected
                    .outbox
                    .deliver(&port, std::slice::from_ref(&batch), bound)
            } else {
                let mut start = 0;
                for (_, own) in connected.wrote.iter().filter(|(room, _)| *room == key) {
                    if own.start > start {
                        self.pieces.push(batch.slice(start..own.start));
                    }
                    start = own.end;
                }
                if start < batch.len() {
                    self.pieces.push(batch.slice(start..));
                }
                if with_replies && !connected.replies.is_empty() {
                    self.pieces.push(connected.replies.split().freeze());
                }
                let sent = match &self.pieces[..] {
                    [] => Ok(()),
                    pieces => connected.outbox.deliver(&port, pieces, bound),
                };
                self.pieces.clear();
                sent
            };
            if let Err(why) = sent {
                self.undeliverable.push((member.slot, why));
            }
        }
    }

    /// Sends `self.pieces` to one client.
    fn deliver(&mut self, slot: usize) {
        if let Some(connected) = self.slots[slot].as_mut() {
            let port = HubPort {
                client: &connected.client,
                orders: &self.orders,
            };
            let bound = self.config.limits.backlog;
            if let Err(why) = connected.outbox.deliver(&port, &self.pieces, bound) {
                self.undeliverable.push((slot, why));
            }
        }
        self.pieces.clear();
    }

    /// Sends what waits for one client alone, and the next part of every log it is behind in.
    /// Called with all batches flushed, so that a log's end is the room's head.
    fn catch_up(&mut self, slot: usize) {
        let Some(connected) = self.slots[slot].as_mut() else {
            return;
        };
        let id = connected.client.id;
        if !connected.replies.is_empty() {
            self.pieces.push(connected.replies.split().freeze());
        }
        for key in connected.rooms.clone() {
            loop {
                let room = &mut self.rooms[key];
                let Some(member) = room.members.iter_mut().find(|m| m.slot == slot) else {
                    break;
                };
                let Some(cursor) = member.cursor else { break };
                let Some(entries) = room.log.after(cursor) else {
                    self.close(
                        slot,
                        Code::TRY_AGAIN_LATER,
                        "too_slow: history moved on, come back",
                    );
                    self.pieces.clear();
                    return;
                };
                let mut size = 0;
                for entry in entries {
                    member.cursor = Some(entry.seq);
                    // Its own events it knows by their acks.
                    if entry.origin != id {
                        size += entry.frame.len();
                        self.pieces.push(entry.frame.clone());
                    }
                    if size >= CHUNK {
                        break;
                    }
                }
                if member.cursor == Some(room.log.head()) {
                    member.cursor = None;
                }
                if !self.pieces.is_empty() {
                    self.deliver(slot);
                }
                let full = |c: &Connected| c.outbox.is_backlogged();
                if self.slots[slot].as_ref().is_none_or(full) {
                    return; // the flusher's report brings us back
                }
            }
        }
        if !self.pieces.is_empty() {
            self.deliver(slot);
        }
    }

    /// Queues `event` for one client, behind what is in the batch.
    fn tell(&mut self, slot: usize, event: &Event<'_>) {
        if let Some(connected) = self.slots[slot].as_mut() {
            event.put(&mut connected.replies);
            self.dirty_slots.push(slot);
        }
    }

    /// Queues a ready frame for one client.
    fn pass(&mut self, slot: usize, frame: &[u8]) {
        if let Some(connected) = self.slots[slot].as_mut() {
            connected.replies.extend_from_slice(frame);
            self.dirty_slots.push(slot);
        }
    }

    fn refuse(&mut self, slot: usize, reference: Option<&Json>, refusal: &Refusal) {
        let Refusal {
            code,
            message,
            retry_after,
        } = refusal;
        let (code, retry_after) = (code.slug(), *retry_after);
        self.tell(
            slot,
            &Event::Error {
                reference,
                code,
                message,
                retry_after,
            },
        );
    }

    /// Tells every connection of a person.
    fn tell_person(&mut self, person: PersonKey, frame: &[u8], except: Option<usize>) {
        let Some(person) = self.people.get(person) else {
            return;
        };
        let slots: Vec<usize> = person
            .connections
            .iter()
            .filter_map(|id| self.slot_of.get(id).copied())
            .collect();
        for slot in slots.into_iter().filter(|slot| Some(*slot) != except) {
            self.pass(slot, frame);
        }
    }

    // ---- the end of a connection ----

    /// Ends a connection with a Close of our own; what waits for it and is not begun is dropped.
    fn close(&mut self, slot: usize, code: Code, reason: &str) {
        self.part(slot, Some(frame::close(code.into(), reason)), true);
    }

    /// Forgets a connection, after a last Close if there is one to send. From here on everything
    /// for it and from it is discarded.
    fn part(&mut self, slot: usize, close: Option<Bytes>, replaces: bool) {
        let Some(mut connected) = self.slots[slot].take() else {
            return;
        };
        let id = connected.client.id;
        connected.client.set_closing();
        if let Some(close) = close {
            let port = HubPort {
                client: &connected.client,
                orders: &self.orders,
            };
            connected.outbox.close(&port, close, replaces);
        } else {
            connected.client.hang_up();
        }
        self.slot_of.remove(&id);
        for room in connected.rooms {
            self.left_room(slot, connected.person, room);
        }
        self.people.depart(connected.person, id, self.now);
        // A number that waits in `dirty_slots` finds nobody, or somebody new with nothing to send.
        self.free.push(slot);
    }

    /// Everybody is told that the server goes away.
    fn go_home(&mut self) {
        self.flush();
        for slot in 0..self.slots.len() {
            self.close(
                slot,
                Code::GOING_AWAY,
                "going_away: the server is shutting down, come back",
            );
        }
    }

    // ---- heartbeat and timers ----

    fn pong(&mut self, client: ClientId, payload: &[u8]) {
        let Some(&slot) = self.slot_of.get(&client) else {
            return;
        };
        let Some(person) = self.slots[slot].as_ref().map(|c| c.person) else {
            return;
        };
        if self.pace(slot, person, crate::chat::gate::PING_COST, None) {
            self.pass(slot, &frame::pong(payload));
        }
    }

    /// A client was silent: ask once, and end it when there is still nothing. One that is
    /// backlogged is not asked, the Ping would only wait; the flusher ends it if it stalls.
    fn silent(&mut self, client: ClientId, intervals: u32) {
        let Some(&slot) = self.slot_of.get(&client) else {
            return;
        };
        let now = self.now;
        let Some(connected) = self.slots[slot].as_mut() else {
            return;
        };
        if connected.outbox.is_backlogged() {
            return;
        }
        if intervals > 1 && connected.pinged {
            self.close(
                slot,
                Code::SILENT,
                "silent: nothing was heard from you, come back",
            );
        } else {
            connected.pinged = true;
            self.pass(slot, &frame::ping(&now.to_be_bytes()));
        }
    }

    fn ring_timers(&mut self) {
        let now = Instant::now();
        while self
            .timers
            .peek()
            .is_some_and(|Reverse((at, _))| *at <= now)
        {
            match self.timers.pop() {
                Some(Reverse((_, Timer::Presence(room)))) => self.tell_presence(room),
                Some(Reverse((_, Timer::Token(client)))) => self.check_token(client),
                Some(Reverse((_, Timer::Sweep))) => {
                    self.people.sweep(self.now);
                    self.sanctions.sweep(self.now);
                    self.timers.push(Reverse((now + SWEEP, Timer::Sweep)));
                }
                None => {}
            }
        }
        self.flush();
    }

    fn check_token(&mut self, client: ClientId) {
        let Some(&slot) = self.slot_of.get(&client) else {
            return;
        };
        let now = self.now;
        let Some(connected) = self.slots[slot].as_mut() else {
            return;
        };
        let left = (connected.expires * 1000).saturating_sub(now);
        if left == 0 {
            self.close(slot, Code::POLICY, "Unauthorized: expired");
        } else if left <= EXPIRY_NOTICE * 1000 && !connected.told_of_expiry {
            connected.told_of_expiry = true;
            self.watch_token(slot);
            self.tell(
                slot,
                &Event::AuthExpiring {
                    seconds: left.div_ceil(1000),
                },
            );
        } else {
            self.watch_token(slot);
        }
    }

    /// Sets the timer for the next thing that the token's end demands.
    fn watch_token(&mut self, slot: usize) {
        let Some(connected) = self.slots[slot].as_ref() else {
            return;
        };
        let left = (connected.expires * 1000).saturating_sub(self.now);
        let notice = EXPIRY_NOTICE * 1000;
        let wait = if connected.told_of_expiry || left <= notice {
            left
        } else {
            left - notice
        };
        // The wall clock can be set meanwhile: look at it at least once an hour.
        let wait = Duration::from_millis(wait.min(3_600_000));
        self.timers.push(Reverse((
            Instant::now() + wait,
            Timer::Token(connected.client.id),
        )));
    }
}

/// Milliseconds since 1970.
pub fn unix_millis() -> Millis {
    // A clock before 1970 is a host without a battery: 0 is as wrong as what it says.
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |d| d.as_millis() as u64)
}
