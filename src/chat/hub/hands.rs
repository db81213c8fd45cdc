//! Hands and questions: who may raise and lower them, who is told, and who learns whose they are.
//!
//! Everybody in the room gets the same event. That of an anonymous question names nobody; those who
//! may know, and the other connections of the person who asks, get a message of their own beside it.

use super::Hub;
use super::context::{Reply, Requester};
use super::requests::has_left;
use crate::chat::classroom::raised::Raised;
use crate::chat::classroom::sanction::Sanction;
use crate::chat::event::ServerMessage;
use crate::chat::gate::Action;
use crate::chat::hand_info::{HandInfo, Owner, Votes};
use crate::chat::message::{ErrorCode, RequestError, Whose};
use crate::chat::person::KEEP_NAME;
use crate::chat::refs::Acked;
use crate::model::event::{Author, Event, EventKind};
use crate::model::hand::Hand;
use crate::model::ids::{ClientId, RoomKey, Slot};
use crate::model::json::Json;
use crate::store::queue::{Need, Note};
use std::sync::Arc;

impl Hub {
    /// Raises or lowers the requester's own hand.
    pub(super) fn hand(
        &mut self,
        requester: &Requester,
        room: &str,
        up: bool,
        question: Option<Json>,
        anonymous: bool,
    ) -> Result<Reply, RequestError> {
        let key = self.joined(requester.slot, room)?;
        self.may(requester, Action::RaiseHand, Some(key))?;
        let person = self.people.get(requester.person).ok_or_else(has_left)?;
        let by = Arc::clone(person.author_in(room).0);
        if !up {
            let seq = self.hands.by_sub(room, &by.sub).map(|hand| hand.seq);
            return self.lower_asked(requester, key, seq, false);
        }
        let place = self
            .hands
            .place(room, &by.sub, question.as_ref(), anonymous);
        let Some(position) = place? else {
            return Ok(Reply::Unchanged(key));
        };
        let hand = Hand {
            up,
            position,
            question,
            anonymous,
            ..Hand::default()
        };
        self.raise(requester, key, &by, hand)
    }

    /// A question is shown at once, so nobody whose words wait for approval asks one.
    fn check_approved(&self, requester: &Requester, key: RoomKey) -> Result<(), RequestError> {
        if self.must_wait(requester, key) {
            let message = "What you write here waits until somebody who leads publishes it, and a question with a hand does not wait. Raise your hand without one, or send the question as a message.";
            return Err(RequestError::new(ErrorCode::AwaitingApproval, message));
        }
        Ok(())
    }

    /// Raises a hand at the place that it has.
    fn raise(
        &mut self,
        requester: &Requester,
        key: RoomKey,
        by: &Arc<Author>,
        hand: Hand,
    ) -> Result<Reply, RequestError> {
        let (question, anonymous) = (hand.question.clone(), hand.anonymous);
        let asks = question.is_some();
        if asks {
            self.may(requester, Action::Speak, Some(key))?;
            self.check_approved(requester, key)?;
        }
        let seq = self.publish_hand(Some(requester), key, by, hand)?;
        let raised = Raised {
            seq,
            by: Arc::clone(by),
            question,
            anonymous,
            seconds: Vec::new(),
            seen: self.clock,
        };
        let room = Arc::clone(&self.rooms.get(key).name);
        self.hands.raise(&room, raised);
        if asks {
            self.spoke(requester, key);
        }
        if anonymous {
            self.tell_who_asks(requester, key, seq, by);
        }
        Ok(self.conclude_hand(requester, key, seq))
    }

    /// The requester has the question of a hand, too, or no longer.
    pub(super) fn second(
        &mut self,
        requester: &Requester,
        room: &str,
        hand: u64,
        on: bool,
    ) -> Result<Reply, RequestError> {
        let key = self.joined(requester.slot, room)?;
        self.may(requester, Action::RaiseHand, Some(key))?;
        self.check_records(Need::Everybody)?;
        let person = self.people.get(requester.person).ok_or_else(has_left)?;
        let by = Arc::clone(person.author_in(room).0);
        let room = Arc::clone(&self.rooms.get(key).name);
        if self.hands.second(&room, hand, &by, on)? {
            self.keep_hands();
            self.rooms.get_mut(key).changes.votes = true;
            self.presence_due(key);
        }
        Ok(Reply::Stored)
    }

    /// Lowers somebody's hand, if the requester may.
    pub(super) fn lower(
        &mut self,
        requester: &Requester,
        room: &str,
        whose: &Whose,
        answered: bool,
    ) -> Result<Reply, RequestError> {
        self.may(requester, Action::LowerHands, None)?;
        let key = self.joined(requester.slot, room)?;
        let knows = self.may(requester, Action::KnowAskers, Some(key)).is_ok();
        let found = self.hands.find(room, whose, knows).map(|hand| hand.seq);
        if found.is_none() {
            self.check_named(key, whose)?;
        }
        let reply = self.lower_asked(requester, key, found, answered)?;
        if found.is_some() {
            self.audit_room("lower", requester, key);
        }
        Ok(reply)
    }

    /// Checks that what names a hand that is not up could be one that was.
    fn check_named(&self, key: RoomKey, whose: &Whose) -> Result<(), RequestError> {
        match whose {
            Whose::User(id) if self.people.by_id(id).is_none() => Err(RequestError::unknown_user()),
            Whose::Hand(seq) if *seq == 0 || *seq > self.rooms.get(key).head() => {
                let message = "There is no such hand.";
                Err(RequestError::new(ErrorCode::NotFound, message))
            }
            Whose::User(_) | Whose::Hand(_) => Ok(()),
        }
    }

    /// Lowers all hands of a room, if the requester may.
    pub(super) fn lower_hands(
        &mut self,
        requester: &Requester,
        room: &str,
    ) -> Result<Reply, RequestError> {
        self.may(requester, Action::LowerHands, None)?;
        let key = self.joined(requester.slot, room)?;
        let up: Vec<u64> = self.hands.of(room).iter().map(|hand| hand.seq).collect();
        let mut last = None;
        // From the end of the queue, so that each has the place that it is said to have.
        for seq in up.into_iter().rev() {
            last = Some(self.take_down(Some(requester), key, seq, false)?);
        }
        let Some(last) = last.flatten() else {
            return Ok(Reply::Unchanged(key));
        };
        let reply = self.conclude_hand(requester, key, last);
        self.audit_room("lower_hands", requester, key);
        Ok(reply)
    }

    /// Lowers a hand because the requester asked for it; without `seq` it is not up.
    fn lower_asked(
        &mut self,
        requester: &Requester,
        key: RoomKey,
        seq: Option<u64>,
        answered: bool,
    ) -> Result<Reply, RequestError> {
        let Some(seq) = seq else {
            return Ok(Reply::Unchanged(key));
        };
        Ok(match self.take_down(Some(requester), key, seq, answered)? {
            Some(event) => self.conclude_hand(requester, key, event),
            None => Reply::Unchanged(key),
        })
    }

    /// Takes a hand down. Returns the number of that event.
    pub(super) fn take_down(
        &mut self,
        requester: Option<&Requester>,
        key: RoomKey,
        seq: u64,
        answered: bool,
    ) -> Result<Option<u64>, RequestError> {
        let room = Arc::clone(&self.rooms.get(key).name);
        let Some((by, hand)) = self.hands.lowered(&room, seq, answered) else {
            return Ok(None);
        };
        let event = self.publish_hand(requester, key, &by, hand)?;
        self.hands.lower(&room, seq);
        self.keep_hands();
        Ok(Some(event))
    }

    /// Takes down these hands, because of what happened to their owners.
    fn take_down_all(&mut self, chosen: Vec<(Arc<str>, u64)>) {
        for (room, seq) in chosen.into_iter().rev() {
            // While the disk fails they stay up; a later look takes them down.
            if let Some(key) = self.rooms.find(&room) {
                let _ = self.take_down(None, key, seq, false);
            }
        }
    }

    /// Takes down the hands of the rooms that `ends` picks, in which the lesson ends. A disk that fails keeps
    /// none of them up: the next class would have it.
    pub(super) fn end_hands(&mut self, ends: impl Fn(&str) -> bool) {
        for (room, seq) in self.hands.chosen(|room, _| ends(room)).into_iter().rev() {
            let lowered = self.hands.lowered(&room, seq, false);
            if let (Some(key), Some((by, hand))) = (self.rooms.find(&room), lowered) {
                self.publish_at_end(key, &by, EventKind::Hand(Box::new(hand)));
            }
            self.hands.lower(&room, seq);
        }
        self.keep_hands();
    }

    /// Takes down the hands of those whom a removal keeps out.
    pub(super) fn take_down_of(&mut self, removal: &Sanction) {
        let device = |hand: &Raised| {
            let person = self.people.by_sub(&hand.by.sub);
            self.people.get(person?)?.device.clone()
        };
        let bound = |room: &str, hand: &Raised| {
            // An anonymous hand that went down with somebody would tell whose it was.
            !hand.anonymous
                && removal.reach.covers(room)
                && removal.binds(&hand.by.sub, device(hand).as_deref())
        };
        self.take_down_all(self.hands.chosen(bound));
    }

    /// Takes down the hands of those who have been gone for as long as a name is kept.
    pub(super) fn sweep_hands(&mut self) {
        let (people, now) = (&self.people, self.clock);
        self.hands.look(now, |sub| {
            let person = people.by_sub(sub).and_then(|key| people.get(key));
            person.is_some_and(|person| !person.connections.is_empty())
        });
        let gone = |_: &str, hand: &Raised| now.since(hand.seen) >= KEEP_NAME;
        self.take_down_all(self.hands.chosen(gone));
    }

    /// Hands what has changed to the store.
    pub(super) fn keep_hands(&mut self) {
        for change in self.hands.take_changes() {
            self.note(|| Note::Record(change));
        }
    }

    /// Gives the event of a hand its number. It is that of the hand's owner, whoever lowers it; the
    /// connection that caused it does not get it.
    fn publish_hand(
        &mut self,
        requester: Option<&Requester>,
        key: RoomKey,
        by: &Arc<Author>,
        hand: Hand,
    ) -> Result<u64, RequestError> {
        let what = EventKind::Hand(Box::new(hand));
        match requester {
            Some(requester) => self.check_store(requester.person, &what)?,
            None => self.check_records(Need::Erasing)?,
        }
        let own = |requester: &&Requester| {
            let person = self.people.get(requester.person);
            person.is_some_and(|person| person.author.sub == by.sub)
        };
        let reference = requester.filter(own).and_then(|it| it.reference.as_ref());
        let room = self.rooms.get(key);
        let (seq, others) = (room.head() + 1, room.members.len().saturating_sub(1));
        let event = Event {
            room: Arc::clone(&room.name),
            seq,
            at: self.now,
            by: Arc::clone(by),
            what,
            reference: reference.filter(|_| self.store.is_some()).cloned(),
        };
        let client = requester.and_then(|it| self.outgoing.client(it.slot));
        let job = match self.store.as_mut() {
            Some(store) => store.append(event.clone()),
            None => 0,
        };
        let origin = client
            .as_ref()
            .map_or(ClientId::default(), |client| client.id);
        let range = self.rooms.publish(key, origin, event, "", job);
        if let (Some(client), Some(requester)) = (client, requester) {
            let name = &self.rooms.get(key).name;
            client.tap.fan_out(name, seq, others, range.len());
            if let Some(session) = self.outgoing.session_mut(requester.slot) {
                session.said(key, seq);
            }
            self.outgoing.note_own_frame(requester.slot, key, range);
        }
        Ok(seq)
    }

    /// Acknowledges what became the event `seq`, when it and its records are on the disk.
    fn conclude_hand(&mut self, requester: &Requester, key: RoomKey, seq: u64) -> Reply {
        self.keep_hands();
        self.acknowledge_and_remember(requester, Acked::Event(key, seq, self.now));
        Reply::Sent
    }

    /// Tells those who may know, and the requester's other connections, whose the anonymous question
    /// is that was asked with the event `seq`.
    fn tell_who_asks(&mut self, requester: &Requester, key: RoomKey, seq: u64, by: &Author) {
        let room = self.rooms.get(key);
        let members = room.members.iter().map(|member| member.slot);
        let told = members.filter(|&slot| {
            let session = self.outgoing.session(slot);
            let own = session.is_some_and(|session| session.person == requester.person);
            slot != requester.slot && (own || self.knows_askers(slot))
        });
        let told: Vec<Slot> = told.collect();
        let frame = ServerMessage::Asker {
            room: &room.name,
            hand: seq,
            user: Owner::of(by),
        }
        .frame();
        for slot in told {
            self.outgoing.send_frame(slot, &frame);
        }
    }

    /// The queue of a room as this connection sees it.
    pub(super) fn queue_for(&self, slot: Slot, room: &str) -> Vec<HandInfo<'_>> {
        let person = self.outgoing.session(slot).map(|session| session.person);
        let person = person.and_then(|key| self.people.get(key));
        let me = |author: &Author| person.is_some_and(|person| person.author.sub == author.sub);
        let knows = self.knows_askers(slot);
        let queue = self.hands.of(room).iter().zip(1..);
        let shown = queue.map(|(hand, position)| HandInfo {
            seq: hand.seq,
            user: (knows || !hand.anonymous || me(&hand.by)).then(|| Owner::of(&hand.by)),
            position,
            question: hand.question.as_ref(),
            anonymous: hand.anonymous,
            votes: hand.votes(),
            mine: me(&hand.by),
            seconded: hand.seconds.iter().any(|by| me(by)),
        });
        shown.collect()
    }

    /// Sends how many have each open question of a room, if that has changed since the last tick.
    pub(super) fn send_votes(&mut self, key: RoomKey) {
        let room = self.rooms.get(key);
        let asked = self.hands.of(&room.name).iter();
        let asked = asked.filter(|hand| hand.question.is_some());
        let votes = Votes(asked.map(|hand| (hand.seq, hand.votes())).collect());
        let room = &room.name;
        let frame = ServerMessage::Hands { room, votes }.frame();
        self.send_transient(key, &frame);
    }
}
