//! The polls of all rooms: who may still vote, what counts, and what is kept of it.
//!
//! Pure: what changes is collected as changes of records, which the hub hands to the store.
//!
//! In a named poll a later vote replaces the earlier one until the poll is closed. In an anonymous poll the
//! first vote counts: to replace it, one would have to know what it was.

use crate::chat::classroom::poll::{Ballot, BallotBody, Poll, SumsBody, Voter, poll_of};
use crate::model::event::Author;
use crate::model::poll::{Choices, Question};
use crate::store::record::{Record, RecordChange, RecordKind};
use std::sync::Arc;

/// Most open polls of one room. A class answers one or two at a time, and a page shows all of them.
pub(crate) const MAX_OPEN: usize = 4;
/// Most polls of one room that can still be published or looked at, the closed ones included. Above it,
/// of those that are closed, the one that was opened first is dropped; its outcome stays in the log.
pub(crate) const MAX_KEPT: usize = 20;
/// Most ballots in all polls together: 500 polls of a class of 40, in some 4 MB.
pub(crate) const MAX_BALLOTS: usize = 20_000;

/// What a vote came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counted {
    /// It counts.
    Yes,
    /// It was so already.
    Already,
}

/// Why a vote does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotCounted {
    /// There is no such poll.
    Unknown,
    /// The poll is closed.
    Closed,
    /// The poll has fewer choices.
    NoSuchChoice,
    /// One may choose only one.
    OnlyOne,
    /// The poll is anonymous, and the person has voted.
    HasVoted,
    /// There are too many ballots.
    Full,
}

/// All polls that are kept.
#[derive(Debug, Default)]
pub(crate) struct Polls {
    /// Oldest first within each room.
    all: Vec<Poll>,
    /// Ballots in all of them.
    ballots: usize,
    /// What the store has not been told yet.
    changes: Vec<RecordChange>,
}

impl Polls {
    /// Goes on with what an earlier run of the server kept. What belongs to no poll is dropped.
    pub(crate) fn restore(&mut self, records: &[Record]) {
        let of_kind = |kind| records.iter().filter(move |record| record.kind == kind);
        self.all
            .extend(of_kind(RecordKind::Poll).filter_map(Poll::restored));
        self.all.sort_by_key(|poll| poll.seq);
        for record in of_kind(RecordKind::PollSums) {
            let sums = serde_json::from_str(&record.body).ok();
            let poll = self.of_record(record);
            if let (Some(poll), Some(SumsBody { count, votes, .. })) = (poll, sums) {
                poll.count = count;
                poll.votes
                    .iter_mut()
                    .zip(votes)
                    .for_each(|(sum, n)| *sum = n);
            }
        }
        for record in of_kind(RecordKind::Ballot) {
            let body: Option<BallotBody> = serde_json::from_str(&record.body).ok();
            let (Some(body), Some(poll)) = (body, self.of_record(record)) else {
                let id = record.id.clone();
                self.changes
                    .push(RecordChange::Drop(RecordKind::Ballot, id));
                continue;
            };
            let choices = body.choices.and_then(|numbers| Choices::of(&numbers));
            if let Some(choices) = choices {
                poll.add(choices);
                poll.count += 1;
            }
            let (who, device) = (Arc::clone(&record.by), body.device);
            let voter = Voter { who, device };
            poll.ballots.push(Ballot { voter, choices });
            self.ballots += 1;
        }
    }

    fn of_record(&mut self, record: &Record) -> Option<&mut Poll> {
        let (room, seq) = (record.room.as_deref()?, poll_of(record)?);
        self.find_mut(room, seq)
    }

    /// What has changed since the last call, for the store.
    pub(crate) fn take_changes(&mut self) -> Vec<RecordChange> {
        std::mem::take(&mut self.changes)
    }

    /// The poll of this room with this number.
    pub(crate) fn find(&self, room: &str, seq: u64) -> Option<&Poll> {
        self.of_room(room).find(|poll| poll.seq == seq)
    }

    fn find_mut(&mut self, room: &str, seq: u64) -> Option<&mut Poll> {
        let mut all = self.all.iter_mut();
        all.find(|poll| poll.seq == seq && *poll.room == *room)
    }

    /// The polls of a room, oldest first.
    pub(crate) fn of_room(&self, room: &str) -> impl Iterator<Item = &Poll> {
        self.all.iter().filter(move |poll| *poll.room == *room)
    }

    /// The open polls of the rooms that `chosen` picks, oldest first.
    pub(crate) fn open_in(&self, chosen: impl Fn(&str) -> bool) -> Vec<(Arc<str>, u64)> {
        let open = self
            .all
            .iter()
            .filter(|poll| poll.open && chosen(&poll.room));
        open.map(|poll| (Arc::clone(&poll.room), poll.seq))
            .collect()
    }

    /// Whether one more poll may be opened in this room.
    pub(crate) fn may_open(&self, room: &str) -> bool {
        self.of_room(room).filter(|poll| poll.open).count() < MAX_OPEN
    }

    /// A poll was opened: its event has the number `seq`.
    pub(crate) fn open(
        &mut self,
        room: &Arc<str>,
        seq: u64,
        by: Arc<Author>,
        asked: Arc<Question>,
    ) {
        let poll = Poll::new(Arc::clone(room), seq, by, asked);
        self.keep(poll.record());
        if poll.asked.anonymous {
            self.keep(poll.sums_record());
        }
        self.all.push(poll);
        if self.of_room(room).count() > MAX_KEPT {
            let oldest = self.of_room(room).find(|poll| !poll.open);
            let oldest = oldest.map(|poll| poll.seq);
            self.drop_polls(|poll| Some(poll.seq) == oldest && *poll.room == **room);
        }
    }

    /// A person votes.
    pub(crate) fn vote(
        &mut self,
        room: &str,
        seq: u64,
        voter: Voter,
        choices: Choices,
    ) -> Result<Counted, NotCounted> {
        let full = self.ballots >= MAX_BALLOTS;
        let Some(poll) = self.find_mut(room, seq) else {
            return Err(NotCounted::Unknown);
        };
        if !choices.fit(poll.asked.choices.len()) {
            return Err(NotCounted::NoSuchChoice);
        }
        if choices.count() > 1 && !poll.asked.multiple {
            return Err(NotCounted::OnlyOne);
        }
        let mut ballots = poll.ballots.iter();
        let place = ballots.position(|ballot| ballot.voter.who.sub == voter.who.sub);
        let before = place.map(|place| poll.ballots.swap_remove(place));
        // An anonymous poll that is closed has no ballots any more.
        let refused = match &before {
            Some(before) if before.choices == Some(choices) => Some(Ok(Counted::Already)),
            _ if !poll.open => Some(Err(NotCounted::Closed)),
            Some(_) if poll.asked.anonymous => Some(Err(NotCounted::HasVoted)),
            None if full => Some(Err(NotCounted::Full)),
            _ => None,
        };
        if let Some(answer) = refused {
            poll.ballots.extend(before);
            return answer;
        }
        match before.as_ref().and_then(|ballot| ballot.choices) {
            Some(before) => poll.take_away(before),
            None => poll.count += 1,
        }
        poll.add(choices);
        poll.changed = true;
        let choices = Some(choices).filter(|_| !poll.asked.anonymous);
        let ballot = Ballot { voter, choices };
        let (kept, sums) = (poll.ballot_record(&ballot), poll.sums_record());
        let anonymous = poll.asked.anonymous;
        poll.ballots.push(ballot);
        self.ballots += usize::from(before.is_none());
        self.keep(kept);
        if anonymous {
            self.keep(sums);
        }
        Ok(Counted::Yes)
    }

    /// Closes a poll. Who has voted in an anonymous one is not needed any more, and is erased.
    pub(crate) fn close(&mut self, room: &str, seq: u64) {
        let Some(poll) = self.find_mut(room, seq) else {
            return;
        };
        (poll.open, poll.changed) = (false, true);
        let mut erased = Vec::new();
        if poll.asked.anonymous {
            poll.repeated = poll.repeated();
            let ballots: Vec<Ballot> = std::mem::take(&mut poll.ballots);
            erased.extend(ballots.iter().map(|b| poll.ballot_id(&b.voter.who)));
        }
        let record = poll.record();
        self.keep(record);
        self.ballots -= erased.len();
        self.erase(RecordKind::Ballot, erased);
    }

    /// Shows the sums of a poll to everybody.
    pub(crate) fn publish(&mut self, room: &str, seq: u64) {
        if let Some(poll) = self.find_mut(room, seq) {
            (poll.published, poll.changed) = (true, true);
            let record = poll.record();
            self.keep(record);
        }
    }

    /// Who is in the room has changed, and with it who has not answered its open named polls.
    pub(crate) fn people_changed(&mut self, room: &str) {
        for poll in &mut self.all {
            poll.changed |= poll.open && !poll.asked.anonymous && *poll.room == *room;
        }
    }

    /// The numbers of the polls of a room of which something is to be told.
    pub(crate) fn take_changed(&mut self, room: &str) -> Vec<u64> {
        let polls = self.all.iter_mut().filter(|poll| *poll.room == *room);
        let changed = polls.filter_map(|poll| {
            let changed = std::mem::take(&mut poll.changed);
            changed.then_some(poll.seq)
        });
        changed.collect()
    }

    /// Forgets a person: what they asked, and that and for what they voted. In the sums of an anonymous poll
    /// their vote cannot be found.
    pub(crate) fn forget(&mut self, sub: &str) {
        self.drop_polls(|poll| *poll.by.sub == *sub);
        for poll in &mut self.all {
            let theirs = |ballot: &mut Ballot| *ballot.voter.who.sub == *sub;
            let gone: Vec<Ballot> = poll.ballots.extract_if(.., theirs).collect();
            for ballot in gone {
                self.ballots -= 1;
                if let Some(choices) = ballot.choices {
                    poll.take_away(choices);
                    poll.count -= 1;
                }
                poll.changed = true;
            }
        }
    }

    /// The lesson has ended in the rooms that `ends` picks, and its polls with it.
    pub(crate) fn end_lesson(&mut self, ends: impl Fn(&str) -> bool) {
        self.drop_polls(|poll| ends(&poll.room));
    }

    /// The room is gone.
    pub(crate) fn drop_room(&mut self, room: &str) {
        self.drop_polls(|poll| *poll.room == *room);
    }

    fn drop_polls(&mut self, chosen: impl Fn(&Poll) -> bool) {
        let gone: Vec<Poll> = self.all.extract_if(.., |poll| chosen(poll)).collect();
        for poll in gone {
            self.ballots -= poll.ballots.len();
            let ballots = poll.ballots.iter();
            let ballots = ballots.map(|ballot| poll.ballot_id(&ballot.voter.who));
            self.erase(RecordKind::Ballot, ballots.collect());
            self.erase(RecordKind::Poll, vec![poll.id()]);
            if poll.asked.anonymous {
                self.erase(RecordKind::PollSums, vec![poll.id()]);
            }
        }
    }

    fn keep(&mut self, record: Record) {
        self.changes.push(RecordChange::Keep(Box::new(record)));
    }

    fn erase(&mut self, kind: RecordKind, ids: Vec<Box<str>>) {
        let changes = ids.into_iter().map(|id| RecordChange::Drop(kind, id));
        self.changes.extend(changes);
    }
}

#[cfg(test)]
#[path = "polls_tests.rs"]
mod tests;
