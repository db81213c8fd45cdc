//! What the hub does when the store reports: acks that were deferred, and answers to questions.

use super::Hub;
use super::context::Requester;
use super::persistence::{PendingAck, PendingQuery, StoreHandle, unreadable};
use crate::chat::classroom::door::Door;
use crate::chat::classroom::sanction::Kind;
use crate::chat::classroom::slow;
use crate::chat::event::{self, ServerMessage};
use crate::chat::message::{ErrorCode, Parser, RequestError};
use crate::chat::person::Person;
use crate::chat::refs::{Acked, UNCHANGED};
use crate::model::event::EventKind;
use crate::model::ids::{ClientId, PersonKey, RoomKey, Slot};
use crate::model::json::Json;
use crate::model::role::Role;
use crate::model::time::{Millis, Ticks, unix_millis};
use crate::store::opened::{Opened, Visitor};
use crate::store::query::{StoreQuery, StoreReader};
use crate::store::queue::{Need, Note, StoreWriter, Unavailable};
use crate::store::record::RecordKind;
use crate::store::report::StoreReport;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

/// How long the last commit may take when the server stops.
const LAST_COMMIT: Duration = Duration::from_secs(3);

impl Hub {
    /// Goes on with what the store has kept: rooms with their newest events, rules and pins, the refs
    /// of the last day, and those who were here lately.
    pub(crate) fn with_store(
        mut self,
        (writer, reader): (StoreWriter, StoreReader),
        opened: Opened,
        parser: &Parser,
    ) -> Self {
        let (mut refs, now, wall) = (opened.refs, Ticks::now(), unix_millis());
        self.clock = now;
        for opened in opened.rooms {
            let key = self.rooms.create(&opened.name);
            for (sub, ago) in slow::spoke_ago(&opened, wall) {
                self.people.spoke_before(sub, key, now.before(ago));
            }
            self.rooms.get_mut(key).restore(opened);
        }
        // They come room by room, and the oldest have to go first.
        refs.sort_by_key(|known| known.at);
        for known in refs {
            let print = parser.print_of(&known);
            if let Some(room) = self.rooms.find(&known.room) {
                let outcome = Acked::Event(room, known.seq, known.at);
                self.people.remember_old(&known.sub, (print, now), outcome);
            }
        }
        for class in &mut self.classes {
            class.door.restore(&opened.records);
        }
        self.restore_visitors(opened.visitors, now);
        self.hands.restore(&opened.records, now);
        self.polls.restore(&opened.records);
        let mut records = opened.records;
        let waiting = records.extract_if(.., |record| record.kind == RecordKind::Waiting);
        self.approvals.restore(waiting, parser, now);
        self.reports.restore(&records, now);
        self.sanctions.restore(records);
        let mutes = self.sanctions.of(Kind::Mute, now);
        let ends: Vec<Ticks> = mutes.map(|mute| mute.until).collect();
        ends.into_iter().for_each(|end| self.watch_mute(end));
        self.whispers.restore(opened.last_whisper);
        self.store = Some(StoreHandle::new(writer, reader, opened.epochs));
        self.keep_polls();
        self
    }

    /// Puts back who was here lately, before the start. The doors are back already.
    fn restore_visitors(&mut self, visitors: Vec<Visitor>, now: Ticks) {
        let wall = unix_millis();
        for visitor in visitors {
            let gone = self.left_with_lesson(&visitor);
            let gone = gone.then(|| visitor.who.sub.clone());
            let rooms = visitor.rooms.iter();
            let been = rooms.filter_map(|room| self.rooms.find(room)).collect();
            let left = now.before(wall.saturating_sub(visitor.left));
            let full = self.full_allowance();
            self.people.visited_before(visitor, been, full, left);
            let gone = gone.and_then(|sub| self.people.by_sub(&sub));
            if let Some(person) = gone.and_then(|key| self.people.get_mut(key)) {
                person.is_gone = true;
            }
        }
    }

    /// Whether a guest was here in lessons that have ended: their token is void.
    fn left_with_lesson(&self, visitor: &Visitor) -> bool {
        let is_over = |room: &str| {
            let class = self.setup.classes.of_room(room);
            let door = class.map(|class| &self.classes[class].door);
            let began = |door: &Door| door.began().is_some_and(|began| visitor.left < began);
            door.is_some_and(|door| !door.lesson_runs() || began(door))
        };
        visitor.device.is_some() && visitor.rooms.iter().all(|room| is_over(room))
    }

    /// Refuses an event while the disk fails or the history is full. Asked before the event has a
    /// number: what has one must be kept.
    pub(super) fn check_store(
        &self,
        person: PersonKey,
        what: &EventKind,
    ) -> Result<(), RequestError> {
        let Some(store) = &self.store else {
            return Ok(());
        };
        store
            .check()
            .map_err(|Unavailable { retry_after }| not_stored(retry_after))?;
        if store.has_room(Need::Everybody) {
            return Ok(()); // who asks matters only in a history that is nearly full
        }
        let leads = |person: &Person| person.author.role >= Role::Moderator;
        let need = match what {
            EventKind::Delete { purge: true, .. } => Need::Erasing,
            _ if self.people.get(person).is_some_and(leads) => Need::Leaders,
            _ => Need::Everybody,
        };
        match store.has_room(need) {
            true => Ok(()),
            false => Err(history_is_full()),
        }
    }

    /// Refuses something that is to be kept beside the rooms' logs, while the disk fails or the history
    /// is full.
    pub(super) fn check_records(&self, need: Need) -> Result<(), RequestError> {
        let Some(store) = &self.store else {
            return Ok(());
        };
        let check = store.check();
        check.map_err(|Unavailable { retry_after }| not_stored(retry_after))?;
        match store.has_room(need) {
            true => Ok(()),
            false => Err(history_is_full()),
        }
    }

    /// Keeps something that is not an event of a room, if anything is kept.
    pub(super) fn note(&mut self, note: impl FnOnce() -> Note) {
        if let Some(store) = self.store.as_mut() {
            store.note(note());
        }
    }

    /// What the store reports.
    pub(super) fn on_store_report(&mut self, report: StoreReport) {
        let Some(store) = self.store.as_mut() else {
            return;
        };
        match report {
            StoreReport::Committed { job, events } => {
                let counters = &self.setup.counters;
                counters.commits.fetch_add(1, Relaxed);
                counters.committed.fetch_add(events, Relaxed);
                store.send_confirmations(job);
                self.release_acks(job);
                self.conclude_lessons(job);
            }
            StoreReport::Died => {} // the server ends
            // `StoreHandle::check` says so, and the store logs it.
            StoreReport::Failing(failing) => {
                self.setup.counters.store_failing.store(failing, Relaxed);
                if failing {
                    self.tell_that_the_end_waits();
                }
            }
            StoreReport::Erased { room, last } => self.forget_erased(&room, last),
            StoreReport::Answer { query_id, answer } => {
                if let Some((pending, stale)) = store.take_query(query_id) {
                    self.on_store_answer(pending, answer.filter(|_| !stale));
                }
            }
        }
    }

    /// Acknowledges an event: at once, or when everything that was handed to the store up to now is
    /// on the disk. If too many acks wait already, the client has to ask again.
    pub(super) fn acknowledge(
        &mut self,
        slot: Slot,
        reference: &Json,
        (room, seq): (RoomKey, u64),
        at: Millis,
    ) {
        self.acknowledge_when_stored(slot, reference, Acked::Event(room, seq, at));
    }

    /// Acknowledges something that is kept and is not an event of a room, in the same way.
    pub(super) fn acknowledge_stored(&mut self, slot: Slot, reference: &Json) {
        self.acknowledge_when_stored(slot, reference, Acked::Record);
    }

    pub(super) fn acknowledge_when_stored(&mut self, slot: Slot, reference: &Json, of: Acked) {
        let Some(store) = self.store.as_mut().filter(|store| !store.is_settled()) else {
            return self.send_ack(slot, reference, of);
        };
        let Some(client) = self.outgoing.client(slot).map(|client| client.id) else {
            return;
        };
        match store.may_defer_ack() {
            true => store.defer_ack(PendingAck {
                client,
                reference: reference.clone(),
                of,
            }),
            false => self.refuse(slot, Some(reference), &not_stored(1)),
        }
    }

    /// Acknowledges a request that changed nothing. What it asked for may not be on the disk yet, so
    /// the `ack` waits like any other.
    pub(super) fn acknowledge_unchanged(&mut self, requester: &Requester, key: RoomKey) {
        self.acknowledge_and_remember(requester, Acked::Event(key, UNCHANGED, self.now));
    }

    /// Acknowledges a request that was done, and a retry of it in the same way.
    pub(super) fn acknowledge_and_remember(&mut self, requester: &Requester, acked: Acked) {
        self.remember(requester, acked);
        if let Some(reference) = &requester.reference {
            self.acknowledge_when_stored(requester.slot, reference, acked);
        }
    }

    /// Remembers that a request was done and what its `ack` says, so that a retry changes nothing.
    pub(super) fn remember(&mut self, requester: &Requester, acked: Acked) {
        if let Some(print) = requester.print {
            let used = (print, self.clock);
            self.people.remember(requester.person, used, acked);
        }
    }

    fn send_ack(&mut self, slot: Slot, reference: &Json, of: Acked) {
        let (room, seq, at) = match of {
            Acked::Event(room, seq, at) => (room, seq, at),
            Acked::Waiting(room, id) => return self.ack_waiting(slot, reference, room, id),
            Acked::AndMore(room, seq, at) => {
                return self.ack_and_more(slot, reference, (room, seq), at);
            }
            Acked::Private(at, kept) => {
                let ack = ServerMessage::PrivateAck {
                    reference,
                    at,
                    kept,
                };
                return self.outgoing.send_event(slot, &ack);
            }
            Acked::Record => {
                let ack = ServerMessage::Ack {
                    reference,
                    room: None,
                    at: None,
                };
                return self.outgoing.send_event(slot, &ack);
            }
        };
        let room = self.rooms.get(room);
        if seq == UNCHANGED {
            let unchanged = ServerMessage::Ack {
                reference,
                room: Some(&room.name),
                at: Some(at),
            };
            return self.outgoing.send_event(slot, &unchanged);
        }
        self.outgoing.reply(slot, |replies| {
            event::put_send_ack(replies, reference, &room.quoted, seq, at);
        });
    }

    /// Sends the acks of everything up to the job `committed`.
    fn release_acks(&mut self, committed: u64) {
        while let Some(store) = self.store.as_mut()
            && let Some(ack) = store.pop_ack(committed)
        {
            if let Some(slot) = self.outgoing.slot(ack.client) {
                self.send_ack(slot, &ack.reference, ack.of);
            }
        }
    }

    /// Sends the acks of what has been committed, before the report of it is read.
    pub(super) fn release_committed_acks(&mut self) {
        if let Some(store) = &self.store
            && store.has_pending_acks()
        {
            self.release_acks(store.committed());
        }
    }

    /// Before the connections are closed: what was said gets its `ack`, if the disk permits.
    pub(super) fn drain_acks(&mut self) {
        let until = Instant::now() + LAST_COMMIT;
        self.flush();
        while self
            .store
            .as_ref()
            .is_some_and(StoreHandle::has_pending_acks)
            && Instant::now() < until
        {
            self.inbox.wait_for_report(until);
            while let Some(report) = self.inbox.report() {
                self.on_report(report);
            }
            self.flush();
        }
    }

    /// Asks the store on behalf of a request; `pending` makes what is kept until the answer comes.
    pub(super) fn ask_store(
        &mut self,
        requester: &Requester,
        query: StoreQuery,
        pending: impl FnOnce(ClientId, Requester) -> PendingQuery,
    ) -> Result<(), RequestError> {
        let client = self.outgoing.client(requester.slot).map(|client| client.id);
        let (Some(store), Some(client)) = (self.store.as_mut(), client) else {
            return Err(unreadable());
        };
        let pending = pending(client, requester.clone());
        store.ask(requester.person, pending, query)
    }

    /// A connection has ended: what it asked the store for is not read any more.
    pub(super) fn forget_reads(&mut self, person: PersonKey, client: ClientId) {
        if let Some(store) = self.store.as_mut() {
            store.forget_reads(person, client);
        }
    }
}

/// The history has reached its largest size. Waiting does not mend that.
fn history_is_full() -> RequestError {
    let message = "The history of this server is full (history.max_size). Nothing more can be stored \
                   until a host erases something or raises the limit.";
    RequestError::new(ErrorCode::StorageUnavailable, message)
}

/// What was handed over is not on the disk yet, or cannot get there.
fn not_stored(retry_after: u64) -> RequestError {
    let message = "Messages cannot be stored just now. Try again in a moment.";
    RequestError::new(ErrorCode::StorageUnavailable, message).after(retry_after)
}
