//! The hub: one thread that owns every room, person, permission, sequence number and outbox.
//!
//! Runs on: `hub`. Blocks on: its inbox, never on anything else; under saturation it waits there for
//! at most [`PAUSE`] to let a batch grow. Everything that happens in the chat is a [`Command`] from a
//! connection's thread or a [`Report`] from the flusher or the store. The hub takes them one after
//! the other, so that nothing here is locked, and things happen in the order of the inbox.
//!
//! **The way of a message.** `requests.rs` finds the sender; `publish.rs` asks the gate, assigns
//! the next number and encodes JSON and frame once into the room's batch. When the inbox is empty,
//! or [`BATCH`] bytes have come together, [`Hub::flush`] freezes the batch and sends the same bytes
//! to every member: under load one system call carries many messages. A client that wrote into the
//! batch gets, in one `sendmsg`, the slices around its own frames together with its acks. Whatever
//! reads a log, or changes who is in a room, flushes first; an ack does not.
//!
//! Three types own the state that everything here works on: `Rooms`, `Outgoing` (the connections)
//! and `Timers`. The other files each add one part of the hub's work.

mod approval;
mod approval_list;
mod asker_mutes;
mod backlog_total;
mod bound;
mod boundary;
mod catch_up;
mod change;
mod classes;
mod clearing;
mod command;
mod connect;
mod context;
mod countdown;
mod delivery;
mod discipline;
mod door;
mod expiry;
mod forgetting;
mod hands;
mod heartbeat;
mod history;
mod intake;
mod join;
mod lesson;
mod links;
mod lobby;
mod moderation;
mod observing;
mod outgoing;
mod past_lessons;
mod persistence;
mod polls;
mod presence;
mod publish;
mod queries;
mod read_queue;
mod recipient;
mod reminders;
mod removing;
mod renewing;
mod reporting;
mod requests;
mod revoking;
mod room_news;
mod rooms;
mod sanction_list;
mod session;
mod store_reports;
mod suspects;
mod timers;
mod whisper_reading;
mod whispering;

pub(crate) use command::{
    Applicant, Arrival, Command, DEMO, Entry, Forget, Forgotten, HubQuery, LensAction, LessonNow,
    Mailbox, Overview, PATIENCE, Report, Watched,
};
pub(crate) use intake::Intake;

use crate::auth::links::Links;
use crate::auth::revoked::Revocations;
use crate::auth::token::Keys;
use crate::chat::classes::Classes;
use crate::chat::classroom::approvals::Approvals;
use crate::chat::classroom::clearings::Clearings;
use crate::chat::classroom::hands::Hands;
use crate::chat::classroom::polls::Polls;
use crate::chat::classroom::reports::Reports;
use crate::chat::classroom::sanctions::Sanctions;
use crate::chat::classroom::whispers::Whispers;
use crate::chat::people::People;
use crate::config::Config;
use crate::model::time::{Millis, Ticks, unix_millis};
use crate::net::flusher::{self, FlusherHandle};
use crate::net::inbox::Inbox;
use crate::net::trunk::Trunks;
use crate::support::counters::Counters;
use crossbeam_channel::Sender;
use outgoing::Outgoing;
use persistence::StoreHandle;
use rooms::Rooms;
use std::sync::Arc;
use std::time::{Duration, Instant};
use timers::{SWEEP, Timer, Timers};

/// Bytes of frames that are sent in one step. Smaller batches cost 35 to 55 % more CPU under deep
/// load (measured with 16 KiB); larger ones only add to the last member's wait.
const BATCH: usize = 64 * 1024;
/// Commands that are taken before what they brought is sent.
const COMMANDS: usize = 4096;
/// Bytes of replies that are gathered before they are sent: a flood of requests that are refused is
/// in no room's batch, and would fill the memory with its answers.
pub(crate) const REPLIES: usize = 1024 * 1024;
/// Reports that are taken before the commands.
const REPORTS: usize = 64;
/// A batch of this many bytes means that people talk faster than it can be sent one by one.
const BUSY: usize = 2048;
/// Longest wait for the answers to a large batch, when the first of them are there. Sending those
/// few at once would cost as many system calls as sending all of them.
const PAUSE: Duration = Duration::from_micros(200);

/// What the hub is given at the start.
#[derive(Debug)]
pub(crate) struct Setup {
    /// `chat.toml`.
    pub config: Arc<Config>,
    /// Makes the ids that others see.
    pub keys: Arc<Keys>,
    /// Whose tokens are void: looked up when somebody arrives or renews.
    pub revoked: Arc<Revocations>,
    /// Whose names are kept, and which tokens of links are void.
    pub links: Arc<Links>,
    /// The classes, with their codes; the hub begins their next lessons.
    pub classes: Arc<Classes>,
    /// Raised once per batch.
    pub counters: Arc<Counters>,
    /// The ways to clients of other nodes: what the hub has sent on them leaves when it says so.
    pub trunks: Arc<Trunks>,
    /// New at every start: numbers of an earlier run mean something else.
    pub epoch: String,
    /// Where others find this server.
    pub join_url: String,
    /// For helper threads.
    pub mailbox: Mailbox,
}

/// The hub; [`Hub::run`] is the thread.
pub(crate) struct Hub {
    setup: Setup,
    inbox: Inbox<Command, Report>,
    /// The time of this batch, in milliseconds since 1970: for what is shown and stored.
    now: Millis,
    /// The same moment on the clock that never jumps: for what lasts.
    clock: Ticks,
    rooms: Rooms,
    people: People,
    outgoing: Outgoing,
    sanctions: Sanctions,
    hands: Hands,
    polls: Polls,
    approvals: Approvals,
    clearings: Clearings,
    whispers: Whispers,
    reports: Reports,
    classes: Vec<context::ClassState>,
    /// `None`: nothing is kept.
    store: Option<StoreHandle>,
    timers: Timers,
}

impl Hub {
    /// A hub with the rooms of the configuration.
    pub(crate) fn new(setup: Setup, inbox: Inbox<Command, Report>, flusher: FlusherHandle) -> Self {
        let config = &setup.config;
        let mut timers = Timers::default();
        timers.set(Instant::now() + SWEEP, Timer::Sweep);
        Self {
            rooms: Rooms::new(
                &config.rooms.list,
                config.limits.rooms,
                config.history.memory,
            ),
            people: People::new(Arc::clone(&setup.links)),
            outgoing: Outgoing::new(flusher, config.limits.backlog, config.limits.backlog_total),
            classes: context::ClassState::of_all(&setup.classes),
            setup,
            inbox,
            now: 0,
            clock: Ticks::default(),
            sanctions: Sanctions::default(),
            hands: Hands::default(),
            polls: Polls::default(),
            approvals: Approvals::default(),
            clearings: Clearings::default(),
            whispers: Whispers::of_a_run(),
            reports: Reports::default(),
            store: None,
            timers,
        }
    }

    /// The thread's loop; ends with [`Command::Shutdown`].
    pub(crate) fn run(mut self) {
        // How many commands the last batch came from, if that was a large one.
        let mut last = 0;
        loop {
            self.setup.trunks.depart();
            let began = self.inbox.wait(1, self.timers.next());
            let mut commands = 0;
            let mut ended = self.gather(&mut commands);
            // Clients in a closed loop reply to a large batch; wait for three quarters of them.
            let missing = (last * 3 / 4_usize).saturating_sub(commands);
            if ended.is_none() && missing > 0 && (1..BATCH).contains(&self.rooms.batched()) {
                self.inbox.wait(missing, Some(Instant::now() + PAUSE));
                ended = self.gather(&mut commands);
            }
            if let Some(done) = ended {
                self.close_all();
                let _ = done.send(());
                return;
            }
            last = commands * usize::from(self.rooms.batched() >= BUSY);
            self.flush_observed(began);
            self.run_timers();
        }
    }

    /// Takes everything that is there, up to a full batch, and counts the commands. Returns the
    /// channel of [`Command::Shutdown`], if that came.
    fn gather(&mut self, commands: &mut usize) -> Option<Sender<()>> {
        (self.now, self.clock) = (unix_millis(), Ticks::now());
        // A report can bring a chunk of history to a client, which brings the next report: without
        // a bound, many who catch up would keep everybody waiting.
        for _ in 0..REPORTS {
            let Some(report) = self.inbox.report() else {
                break;
            };
            self.on_report(report);
        }
        // Answers to one client alone are in no room's batch: commands are counted, too.
        for _ in 0..COMMANDS {
            if self.rooms.batched() >= BATCH || self.outgoing.replied() >= REPLIES {
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

    fn on_command(&mut self, command: Command) {
        match command {
            Command::Request(client, envelope) => self.on_request(client, envelope),
            Command::Requests(client, envelopes, taken) => {
                drop(taken); // the connection may read on
                for envelope in envelopes {
                    self.on_request(client, envelope);
                }
            }
            Command::Connect(arrival) => self.connect(*arrival),
            Command::Ping(client, payload) => self.pong(client, &payload),
            Command::Silent(client, intervals) => self.silent(client, intervals),
            Command::End(client, close) => {
                if let Some(slot) = self.outgoing.slot(client) {
                    self.flush();
                    self.disconnect(slot, close, false);
                }
            }
            Command::Query(query) => self.on_query(query),
            Command::Shutdown(_) => {} // taken by `gather`
        }
    }

    fn on_report(&mut self, report: Report) {
        match report {
            Report::Flusher(flusher::Report::Drained { client, chunks }) => {
                // A log's end is the room's head only when no batch is pending.
                self.flush();
                if let Some(slot) = self.outgoing.drained(client, chunks) {
                    self.catch_up(slot);
                }
            }
            Report::Flusher(flusher::Report::Lost { client }) => {
                if let Some(slot) = self.outgoing.slot(client) {
                    self.disconnect(slot, None, false);
                }
            }
            Report::Store(report) => self.on_store_report(report),
            Report::Lesson(class, saved) => self.on_lesson_saved(class, saved),
            Report::Query(query) => self.on_query(query),
        }
    }

    fn run_timers(&mut self) {
        let now = Instant::now();
        while let Some(timer) = self.timers.pop_due(now) {
            match timer {
                Timer::Presence(room) => self.send_presence(room),
                Timer::Token(client) => self.check_token(client),
                Timer::LessonEnd => self.end_countdowns(),
                Timer::Suspects => self.tell_of_more_suspects(),
                Timer::Mutes => self.end_mutes(),
                Timer::Rooms => self.send_rooms(),
                Timer::Sweep => self.sweep(),
            }
        }
        self.flush();
    }
}
