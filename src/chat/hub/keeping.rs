//! The hub's side of the store: what is handed over, what is owed until it is on the disk, and
//! what was asked.
//!
//! The hub never waits for the disk. An event is broadcast at once; its `ack` is owed until the
//! store reports that it is committed.

use super::Hub;
use super::forgetting::Forgotten;
use super::publish::Change;
use super::requests::Asker;
use crate::chat::event;
use crate::chat::message::{ErrorCode, Parser, RequestError};
use crate::model::event::Event;
use crate::model::ids::ClientId;
use crate::model::ids::RoomKey;
use crate::model::json::Json;
use crate::model::time::Millis;
use crate::store::opened::{Epochs, Opened};
use crate::store::query::{Reader, StoreQuery};
use crate::store::queue::{Note, Unavailable, Writer};
use crate::store::report::Report;
use crossbeam_channel::Sender;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

/// How long the last commit may take when the server stops.
const LAST_COMMIT: Duration = Duration::from_secs(3);

/// An `ack` that waits for the disk.
#[derive(Debug)]
pub(super) struct PendingAck {
    pub client: ClientId,
    pub reference: Json,
    pub room: RoomKey,
    pub seq: u64,
    pub at: Millis,
}

/// What the store was asked, and for whom.
#[derive(Debug)]
pub(super) enum PendingQuery {
    Read {
        client: ClientId,
        asker: Asker,
        room: RoomKey,
        query: Option<Box<str>>,
    },
    Change {
        client: ClientId,
        asker: Asker,
        room: RoomKey,
        change: Change,
    },
    Range {
        client: ClientId,
        room: RoomKey,
        after: u64,
    },
}

impl PendingQuery {
    pub(super) fn client(&self) -> ClientId {
        match self {
            Self::Read { client, .. }
            | Self::Change { client, .. }
            | Self::Range { client, .. } => *client,
        }
    }
}

/// The hub's ends of the store, and what is on its way.
#[derive(Debug)]
pub(super) struct StoreHandle {
    writer: Writer,
    reader: Reader,
    /// How far earlier runs of the server came.
    pub epochs: Epochs,
    owed: VecDeque<(u64, PendingAck)>,
    /// Who waits for somebody to be forgotten on the disk, too.
    promised: VecDeque<(u64, Sender<Forgotten>, Forgotten)>,
    /// The last question that was asked before somebody was forgotten: what is read for it may
    /// have the name.
    forgot: u64,
    asked: HashMap<u64, PendingQuery>,
    ticket: u64,
}

impl StoreHandle {
    /// Whether an event would be kept now.
    pub fn check(&self) -> Result<(), Unavailable> {
        self.writer.check()
    }

    /// Hands an event over, after [`StoreHandle::check`]; its number among the store's jobs.
    pub fn append(&mut self, event: Event) -> u64 {
        self.writer.append(event)
    }

    /// The last job that is on the disk.
    pub fn committed(&self) -> u64 {
        self.writer.committed()
    }

    /// Whether everything that was handed over is on the disk.
    pub fn is_settled(&self) -> bool {
        self.writer.waiting() == 0
    }

    /// Owes an `ack` until everything handed over so far is on the disk.
    pub fn defer_ack(&mut self, due: PendingAck) {
        self.owed.push_back((self.writer.last(), due));
    }

    /// Up to which job the store has committed, if that pays for something that is owed.
    fn due(&self) -> Option<u64> {
        let (first, _) = self.owed.front()?;
        Some(self.writer.committed()).filter(|committed| first <= committed)
    }

    /// Records something that nobody waits for.
    pub fn note(&mut self, note: Note) {
        self.writer.note(note);
    }

    /// Tells `done` when everything handed over so far is on the disk. What was asked before is
    /// not answered.
    pub fn promise(&mut self, answer: Sender<Forgotten>, done: Forgotten) {
        self.forgot = self.ticket;
        self.promised.push_back((self.writer.last(), answer, done));
    }

    fn ask(&mut self, waiting: PendingQuery, query: StoreQuery) -> Result<(), RequestError> {
        self.writer.send(); // or the question would wait for what was never handed over
        self.ticket += 1;
        self.reader
            .ask(self.ticket, self.writer.last(), query)
            .map_err(|_| unreadable())?;
        self.asked.insert(self.ticket, waiting);
        Ok(())
    }
}

impl Hub {
    /// Goes on with what the store has kept: rooms with their newest events, rules and pins, and
    /// the refs of the last day.
    pub fn with_store(
        mut self,
        (writer, reader): (Writer, Reader),
        opened: Opened,
        parser: &Parser,
    ) -> Self {
        for opened in opened.rooms {
            let key = match self.room_of.get(&*opened.name) {
                Some(&key) => key,
                None => self.create_room(&opened.name),
            };
            self.rooms[key].restore(opened);
        }
        for known in opened.refs {
            let print = parser.print_of(&known);
            if let Some(&room) = self.room_of.get(&*known.room) {
                self.people
                    .remember_ref(&known.sub, print, (Some((room, known.seq)), known.at));
            }
        }
        let (owed, asked) = (VecDeque::new(), HashMap::new());
        let promised = VecDeque::new();
        self.keeper = Some(StoreHandle {
            writer,
            reader,
            epochs: opened.epochs,
            owed,
            promised,
            forgot: 0,
            asked,
            ticket: 0,
        });
        self
    }

    /// Records something beside events, if anything is recorded.
    pub(super) fn note(&mut self, note: impl FnOnce() -> Note) {
        if let Some(keeper) = self.keeper.as_mut() {
            keeper.note(note());
        }
    }

    /// What the store no longer keeps is not kept in memory either.
    pub(super) fn forget_before(&mut self, at: Millis) {
        self.rooms
            .iter_mut()
            .for_each(|room| room.log.forget_before(at));
    }

    /// Hands over what this batch brought. Called once per flush.
    pub(super) fn hand_over(&mut self) {
        if let Some(keeper) = self.keeper.as_mut() {
            keeper.writer.send();
        }
    }

    /// What the store reports.
    pub(super) fn on_store_report(&mut self, report: Report) {
        let Some(keeper) = self.keeper.as_mut() else {
            return;
        };
        match report {
            Report::Committed { job: up_to, events } => {
                self.counters.commits.fetch_add(1, Relaxed);
                self.counters.committed.fetch_add(events, Relaxed);
                while keeper.promised.front().is_some_and(|p| p.0 <= up_to)
                    && let Some((_, answer, done)) = keeper.promised.pop_front()
                {
                    let _ = answer.try_send(done);
                }
                self.release_acks(up_to);
            }
            Report::Died => {}       // the server ends
            Report::Failing(_) => {} // `check` says so, and the store logs it
            Report::Answer { ticket, answer } => {
                if let Some(waiting) = keeper.asked.remove(&ticket) {
                    let stale =
                        ticket <= keeper.forgot && matches!(waiting, PendingQuery::Read { .. });
                    let answer = answer.filter(|_| !stale);
                    self.answer_from_store(waiting, answer);
                }
            }
        }
    }

    /// Writes the acks of what is on the disk.
    fn release_acks(&mut self, up_to: u64) {
        let Some(keeper) = self.keeper.as_mut() else {
            return;
        };
        while keeper.owed.front().is_some_and(|(job, _)| *job <= up_to) {
            let Some((_, due)) = keeper.owed.pop_front() else {
                break;
            };
            let Some(&slot) = self.slot_of.get(&due.client) else {
                continue;
            };
            let Some(connected) = self.slots[slot].as_mut() else {
                continue;
            };
            let room = &self.rooms[due.room].quoted;
            let PendingAck {
                reference, seq, at, ..
            } = due;
            event::put_send_ack(&mut connected.replies, &reference, room, seq, at);
            self.dirty_slots.push(slot);
        }
    }

    /// Writes the acks of what has been committed, before the report of it is read.
    pub(super) fn pay_committed(&mut self) {
        if let Some(up_to) = self.keeper.as_ref().and_then(StoreHandle::due) {
            self.release_acks(up_to);
        }
    }

    /// Asks the store on somebody's behalf; `waiting` makes what is kept until the answer comes.
    pub(super) fn ask(
        &mut self,
        asker: &Asker,
        query: StoreQuery,
        waiting: impl FnOnce(ClientId, Asker) -> PendingQuery,
    ) -> Result<(), RequestError> {
        let connected = self.slots[asker.slot].as_ref();
        let (Some(keeper), Some(connected)) = (self.keeper.as_mut(), connected) else {
            return Err(unreadable());
        };
        keeper.ask(waiting(connected.client.id, asker.clone()), query)
    }

    /// False: there is no store, or it takes no questions now.
    pub(super) fn ask_for_range(
        &mut self,
        client: ClientId,
        room: RoomKey,
        after: u64,
        limit: usize,
    ) -> bool {
        let name = Arc::clone(&self.rooms[room].name);
        let query = StoreQuery::Range {
            room: name,
            after,
            limit,
        };
        let waiting = PendingQuery::Range {
            client,
            room,
            after,
        };
        let keeper = self.keeper.as_mut();
        keeper.is_some_and(|keeper| keeper.ask(waiting, query).is_ok())
    }

    /// Before everybody is sent home: what was said gets its `ack`, if the disk lets it.
    pub(super) fn drain_acks(&mut self) {
        let until = Instant::now() + LAST_COMMIT;
        self.flush();
        while self
            .keeper
            .as_ref()
            .is_some_and(|keeper| !keeper.owed.is_empty())
            && Instant::now() < until
        {
            self.inbox.wait_for_report(until);
            while let Some(report) = self.inbox.report() {
                self.on_report(report);
            }
            self.flush();
        }
    }
}

pub(super) fn unreadable() -> RequestError {
    let message = "What was said cannot be read just now. Try again in a moment.";
    RequestError::new(ErrorCode::StorageUnavailable, message).after(1)
}
