//! Polls: who opens, closes and publishes them, who votes, and who is told of the sums.
//!
//! A poll is an event of its room, and so is what came of it. The sums up to now are no events: they are
//! sent with the room's `presence`, at most once a tick, to those who lead there, and to everybody once
//! they are published. No vote is ever written to the log or to the audit log.

use super::Hub;
use super::context::{Reply, Requester};
use crate::chat::classroom::poll::{Ballot, Poll, Voter};
use crate::chat::classroom::polls::{Counted, MAX_BALLOTS, MAX_OPEN, NotCounted, Polls};
use crate::chat::event::ServerMessage;
use crate::chat::gate::Action;
use crate::chat::message::{ErrorCode, Fingerprint, RequestError};
use crate::chat::person::Person;
use crate::chat::poll_info::{PollInfo, TallyOfLeaders, VoteInfo, VoterInfo};
use crate::model::event::{Author, EventKind};
use crate::model::ids::{RoomKey, Slot};
use crate::model::poll::{Choices, Question};
use crate::model::role::Role;
use crate::store::queue::{Need, Note};
use bytes::Bytes;
use std::sync::Arc;

impl Hub {
    /// Asks the room a question, if the requester may.
    pub(super) fn open_poll(
        &mut self,
        requester: &Requester,
        room: &str,
        asked: Question,
    ) -> Result<Reply, RequestError> {
        let key = self.joined(requester.slot, room)?;
        self.may(requester, Action::OpenPoll, Some(key))?;
        if !self.polls.may_open(room) {
            let message = format!("{MAX_OPEN} polls are open in this room. Close one first.");
            return Err(RequestError::new(ErrorCode::Forbidden, message));
        }
        let by = self
            .acting(requester)
            .ok_or_else(super::requests::has_left)?;
        let asked = Arc::new(asked);
        let seq = self.rooms.get(key).head() + 1;
        self.publish(requester, key, EventKind::Poll(Some(Arc::clone(&asked))))?;
        let name = Arc::clone(&self.rooms.get(key).name);
        self.polls.open(&name, seq, by, asked);
        self.keep_polls();
        self.audit_room("poll", requester, key);
        self.polls.people_changed(&name);
        self.presence_due(key);
        Ok(Reply::Sent)
    }

    /// Counts a vote, if the requester may vote.
    pub(super) fn vote(
        &mut self,
        requester: &Requester,
        room: &str,
        poll: u64,
        choices: Choices,
    ) -> Result<Reply, RequestError> {
        let key = self.joined(requester.slot, room)?;
        self.may(requester, Action::Vote, Some(key))?;
        self.check_records(Need::Everybody)?;
        let person = self.people.get(requester.person);
        let person = person.ok_or_else(super::requests::has_left)?;
        let voter = Voter {
            who: Arc::clone(&person.author),
            device: person.device.clone(),
        };
        let counted = self.polls.vote(room, poll, voter, choices);
        let counted = counted.map_err(not_counted)?;
        let anonymous = self.polls.find(room, poll);
        let anonymous = anonymous.is_some_and(|poll| poll.asked.anonymous);
        if counted == Counted::Yes {
            self.keep_polls();
            self.presence_due(key);
            let choices = (!anonymous).then(|| choices.numbers().collect());
            let voted = ServerMessage::Voted(VoteInfo {
                room,
                poll,
                choices,
            });
            self.send_to_person(requester.person, &voted.frame(), Some(requester.slot));
        }
        // A retry is recognised. What was chosen in an anonymous poll is not remembered for that.
        let print = requester.print.map(|print| match anonymous {
            true => Fingerprint {
                content: 0,
                ..print
            },
            false => print,
        });
        let requester = Requester {
            print,
            ..requester.clone()
        };
        self.acknowledge_unchanged(&requester, key);
        Ok(Reply::Sent)
    }

    /// Ends the voting. What came of it becomes an event.
    pub(super) fn close_poll(
        &mut self,
        requester: &Requester,
        action: &'static str,
        room: &str,
        poll: u64,
    ) -> Result<Reply, RequestError> {
        let (key, name) = self.led_poll(requester, room, poll)?;
        match self.polls.find(room, poll) {
            Some(found) if found.open => {}
            _ => return Ok(Reply::Unchanged(key)),
        }
        self.publish_outcome(requester, key, poll, true)?;
        self.polls.close(&name, poll);
        self.keep_polls();
        self.audit_room(action, requester, key);
        self.presence_due(key);
        Ok(Reply::Sent)
    }

    /// Shows the sums to everybody: of an open poll from now on, of a closed one as they are.
    pub(super) fn publish_poll(
        &mut self,
        requester: &Requester,
        action: &'static str,
        room: &str,
        poll: u64,
    ) -> Result<Reply, RequestError> {
        let (key, name) = self.led_poll(requester, room, poll)?;
        match self.polls.find(room, poll) {
            Some(found) if !found.published => {}
            _ => return Ok(Reply::Unchanged(key)),
        }
        self.publish_outcome(requester, key, poll, false)?;
        self.polls.publish(&name, poll);
        self.keep_polls();
        self.audit_room(action, requester, key);
        self.presence_due(key);
        Ok(Reply::Sent)
    }

    /// The room of a poll that the requester may close and publish.
    fn led_poll(
        &self,
        requester: &Requester,
        room: &str,
        poll: u64,
    ) -> Result<(RoomKey, Arc<str>), RequestError> {
        self.may(requester, Action::RuleRoom, None)?;
        let key = self.joined(requester.slot, room)?;
        if self.polls.find(room, poll).is_none() {
            return Err(not_counted(NotCounted::Unknown));
        }
        Ok((key, Arc::clone(&self.rooms.get(key).name)))
    }

    fn publish_outcome(
        &mut self,
        requester: &Requester,
        key: RoomKey,
        of: u64,
        closing: bool,
    ) -> Result<(), RequestError> {
        let what = self.outcome_of(&self.rooms.get(key).name, of, closing);
        self.publish(requester, key, what)
    }

    /// The event that closes a poll, or publishes its sums, now.
    fn outcome_of(&self, room: &str, of: u64, closing: bool) -> EventKind {
        let outcome = self.polls.find(room, of).map(|poll| {
            let mut outcome = poll.outcome();
            outcome.closed |= closing;
            outcome.published |= !closing;
            Arc::new(outcome)
        });
        EventKind::PollOutcome {
            of,
            closing,
            outcome,
        }
    }

    /// The lesson ends in the rooms that `ends` picks: closes the polls that are open there, so that the
    /// log of the lesson has what came of them, and drops all.
    pub(super) fn end_polls(&mut self, by: &Arc<Author>, ends: impl Fn(&str) -> bool) {
        for (room, seq) in self.polls.open_in(&ends) {
            let Some(key) = self.rooms.find(&room) else {
                continue;
            };
            let what = self.outcome_of(&room, seq, true);
            self.publish_at_end(key, by, what);
            self.polls.close(&room, seq);
            self.flush();
            // The last sums: nothing can be published any more.
            self.send_tallies(key, false);
        }
        self.polls.end_lesson(ends);
        self.keep_polls();
    }

    /// Hands what has changed to the store.
    pub(super) fn keep_polls(&mut self) {
        for change in self.polls.take_changes() {
            self.note(|| Note::Record(change));
        }
    }

    /// Tells those concerned of the sums that have changed in a room. `people`: so has who is there.
    pub(super) fn send_tallies(&mut self, key: RoomKey, people: bool) {
        let name = Arc::clone(&self.rooms.get(key).name);
        if people {
            self.polls.people_changed(&name);
        }
        for seq in self.polls.take_changed(&name) {
            let members = self.rooms.get(key).members.iter();
            let slots: Vec<Slot> = members.map(|member| member.slot).collect();
            self.send_tally(key, seq, &slots);
        }
    }

    /// Tells somebody who joins of the sums of the polls that `joined` has named.
    pub(super) fn show_polls(&mut self, slot: Slot, key: RoomKey) {
        let leads = self.leads(slot);
        let all = self.polls.of_room(&self.rooms.get(key).name);
        let told: Vec<u64> = all.filter(waiting(leads)).map(|poll| poll.seq).collect();
        for seq in told {
            self.send_tally(key, seq, &[slot]);
        }
    }

    /// Whether those on this connection lead in the rooms of their token.
    pub(super) fn leads(&self, slot: Slot) -> bool {
        let session = self.outgoing.session(slot);
        session.is_some_and(|session| session.grant.leads())
    }

    /// Sends the sums of a poll to those of these connections that may see them.
    fn send_tally(&mut self, key: RoomKey, seq: u64, slots: &[Slot]) {
        let Some(poll) = self.polls.find(&self.rooms.get(key).name, seq) else {
            return;
        };
        let (leading, others): (Vec<Slot>, Vec<Slot>) =
            slots.iter().partition(|slot| self.leads(**slot));
        let mut frames: Vec<(Bytes, Vec<Slot>)> = Vec::new();
        if !leading.is_empty() {
            let of_leaders = Some(self.tally_of_leaders(key, poll));
            frames.push((tally(poll, of_leaders).frame(), leading));
        }
        if poll.published && !others.is_empty() {
            frames.push((tally(poll, None).frame(), others));
        }
        for (frame, slots) in frames {
            for slot in slots {
                self.outgoing.send_frame(slot, &frame);
            }
        }
    }

    /// What those who lead see beside the sums. In a room too large to be listed, they see numbers alone.
    fn tally_of_leaders<'a>(&'a self, key: RoomKey, poll: &'a Poll) -> TallyOfLeaders<'a> {
        let groups = poll.same_device();
        let repeated = poll.repeated();
        let room = self.rooms.get(key);
        let most = self.setup.config.presence.list_up_to;
        if poll.asked.anonymous || room.count() > most || poll.ballots().len() > most {
            return TallyOfLeaders {
                repeated,
                ..TallyOfLeaders::default()
            };
        }
        let voters = poll.ballots().iter().map(voter).collect();
        let present = room.persons().filter_map(|key| self.people.get(key));
        let missing = present.filter(|person| {
            let member = person.role_in(&room.name) == Role::Member;
            member && poll.ballot_of(&person.author.sub).is_none()
        });
        let missing = missing.map(|person| brief(&person.author)).collect();
        let shared = groups.iter().map(|group| {
            let people = group.iter().map(|ballot| brief(&ballot.voter.who));
            people.collect()
        });
        TallyOfLeaders {
            voters: Some(voters),
            missing: poll.open.then_some(missing),
            repeated,
            same_device: shared.collect(),
        }
    }
}

/// The polls that somebody who joins has something to do with: the open ones, and for those who lead also
/// the closed ones that they can still publish. The log tells of the others.
fn waiting(leads: bool) -> impl Fn(&&Poll) -> bool {
    move |poll| poll.open || (leads && !poll.published)
}

/// These polls of a room, for `joined` of this person.
pub(super) fn waiting_polls<'a>(
    polls: &'a Polls,
    person: Option<&Person>,
    room: &str,
    leads: bool,
) -> Vec<PollInfo<'a>> {
    let shown = polls.of_room(room).filter(waiting(leads)).map(|poll| {
        let ballot = person.and_then(|person| poll.ballot_of(&person.author.sub));
        let choices = ballot.and_then(|ballot| ballot.choices);
        PollInfo {
            seq: poll.seq,
            asked: &poll.asked,
            closed: !poll.open,
            published: poll.published,
            voted: ballot.is_some(),
            chosen: choices.map(|choices| choices.numbers().collect()),
        }
    });
    shown.collect()
}

fn tally<'a>(poll: &'a Poll, of_leaders: Option<TallyOfLeaders<'a>>) -> ServerMessage<'a> {
    ServerMessage::Tally {
        room: &poll.room,
        poll: poll.seq,
        votes: poll.shown(),
        count: poll.count(),
        closed: !poll.open,
        published: poll.published,
        of_leaders,
    }
}

fn voter(ballot: &Ballot) -> VoterInfo<'_> {
    let choices = ballot.choices;
    VoterInfo {
        choices: choices.map(|choices| choices.numbers().collect()),
        ..brief(&ballot.voter.who)
    }
}

fn brief(who: &Author) -> VoterInfo<'_> {
    VoterInfo {
        id: &who.id,
        name: &who.name,
        choices: None,
    }
}

fn not_counted(why: NotCounted) -> RequestError {
    let (code, message) = match why {
        NotCounted::Unknown => (
            ErrorCode::NotFound,
            "There is no such poll, or not any more.",
        ),
        NotCounted::Closed => (ErrorCode::PollClosed, "This poll is closed."),
        NotCounted::NoSuchChoice => (ErrorCode::BadMessage, "This poll has fewer `choices`."),
        NotCounted::OnlyOne => (ErrorCode::BadMessage, "In this poll one makes one choice."),
        NotCounted::HasVoted => (
            ErrorCode::AlreadyVoted,
            "You have voted. In an anonymous poll the first vote counts, because nothing tells what it was.",
        ),
        NotCounted::Full => {
            let message =
                format!("{MAX_BALLOTS} votes are kept, and no more. Polls have to end first.");
            return RequestError::new(ErrorCode::Forbidden, message);
        }
    };
    RequestError::new(code, message)
}
