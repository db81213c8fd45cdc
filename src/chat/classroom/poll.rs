//! One poll, and the records that bring it back after a restart.
//!
//! In an anonymous poll, who has voted and what was chosen are two things that cannot be joined: a ballot
//! says only that its person has voted, the sums are a record of their own, and nothing holds an order
//! or a time that both share.

use crate::model::event::Author;
use crate::model::poll::{Choices, Outcome, Question};
use crate::store::record::{Record, RecordKind};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Votes from which on the sums of an open anonymous poll are shown. With fewer of them, the next vote
/// would tell too much.
pub(crate) const SHOWN_FROM: u32 = 5;

/// A person who votes.
#[derive(Debug, Clone)]
pub(crate) struct Voter {
    /// Who it is.
    pub(crate) who: Arc<Author>,
    /// For guests, their device.
    pub(crate) device: Option<Box<str>>,
}

/// A person has voted.
#[derive(Debug)]
pub(crate) struct Ballot {
    /// Who it is.
    pub(crate) voter: Voter,
    /// For what, in a named poll.
    pub(crate) choices: Option<Choices>,
}

/// A poll.
#[derive(Debug)]
pub(crate) struct Poll {
    /// The room in which it was asked.
    pub(crate) room: Arc<str>,
    /// The number of its event.
    pub(crate) seq: u64,
    /// The person who asked.
    pub(crate) by: Arc<Author>,
    /// What is asked.
    pub(crate) asked: Arc<Question>,
    /// Whether it takes votes.
    pub(crate) open: bool,
    /// Whether everybody sees the sums.
    pub(crate) published: bool,
    /// How many persons have voted.
    pub(super) count: u32,
    /// How many chose each of the choices.
    pub(super) votes: Vec<u32>,
    /// Votes beside the first one from each device, once the ballots are gone.
    pub(super) repeated: usize,
    /// Who has voted.
    pub(super) ballots: Vec<Ballot>,
    /// Whether those who see the sums have to be told of something.
    pub(super) changed: bool,
}

impl Poll {
    /// An open poll without votes.
    pub(super) fn new(room: Arc<str>, seq: u64, by: Arc<Author>, asked: Arc<Question>) -> Poll {
        Poll {
            room,
            seq,
            by,
            votes: vec![0; asked.choices.len()],
            asked,
            open: true,
            published: false,
            count: 0,
            repeated: 0,
            ballots: Vec::new(),
            changed: false,
        }
    }

    /// How many persons have voted.
    pub(crate) fn count(&self) -> u32 {
        self.count
    }

    /// How many chose each of the choices; none while an open anonymous poll has too few votes.
    pub(crate) fn shown(&self) -> &[u32] {
        match self.asked.anonymous && self.open && self.count < SHOWN_FROM {
            true => &[],
            false => &self.votes,
        }
    }

    /// Who has voted.
    pub(crate) fn ballots(&self) -> &[Ballot] {
        &self.ballots
    }

    /// What the person with this `sub` did here.
    pub(crate) fn ballot_of(&self, sub: &str) -> Option<&Ballot> {
        let mut ballots = self.ballots.iter();
        ballots.find(|ballot| *ballot.voter.who.sub == *sub)
    }

    /// The ballots of each device from which more than one person has voted.
    pub(crate) fn same_device(&self) -> Vec<Vec<&Ballot>> {
        let mut devices: Vec<Vec<&Ballot>> = Vec::new();
        let mut with_device: Vec<&Ballot> = self.ballots.iter().collect();
        with_device.retain(|ballot| ballot.voter.device.is_some());
        // A stable sort, and by the device alone: otherwise the oldest first.
        with_device.sort_by(|a, b| a.voter.device.cmp(&b.voter.device));
        for ballot in with_device {
            match devices.last_mut() {
                Some(group) if group[0].voter.device == ballot.voter.device => group.push(ballot),
                _ => devices.push(vec![ballot]),
            }
        }
        devices.retain(|group| group.len() > 1);
        devices
    }

    /// How many votes there are beside the first one from each device.
    pub(crate) fn repeated(&self) -> usize {
        let groups = self.same_device();
        let more: usize = groups.iter().map(|group| group.len() - 1).sum();
        self.repeated + more
    }

    /// What came of it up to now, for its event.
    pub(crate) fn outcome(&self) -> Outcome {
        Outcome {
            asked_by: self.by.id.clone(),
            asked: Question::clone(&self.asked),
            closed: !self.open,
            published: self.published,
            count: self.count,
            votes: self.votes.clone(),
        }
    }

    pub(super) fn add(&mut self, choices: Choices) {
        for number in choices.numbers() {
            if let Some(sum) = self.votes.get_mut(number) {
                *sum = sum.saturating_add(1);
            }
        }
    }

    pub(super) fn take_away(&mut self, choices: Choices) {
        for number in choices.numbers() {
            if let Some(sum) = self.votes.get_mut(number) {
                *sum = sum.saturating_sub(1);
            }
        }
    }

    /// The id of its records, but for those of its ballots.
    pub(super) fn id(&self) -> Box<str> {
        format!("{} {}", self.seq, self.room).into()
    }

    /// The id of the record of this person's ballot. Ids are in the order of what others see of a person,
    /// not in that of the votes.
    pub(super) fn ballot_id(&self, who: &Author) -> Box<str> {
        format!("{} {} {}", self.seq, who.id, self.room).into()
    }

    /// The record of what is asked.
    pub(super) fn record(&self) -> Record {
        let body = PollBody {
            poll: self.seq,
            asked: Question::clone(&self.asked),
            open: self.open,
            published: self.published,
            repeated: self.repeated,
        };
        self.own_record(RecordKind::Poll, self.id(), &self.by, &body)
    }

    /// The record of the sums of an anonymous poll.
    pub(super) fn sums_record(&self) -> Record {
        let body = SumsBody {
            poll: self.seq,
            count: self.count,
            votes: self.votes.clone(),
        };
        self.own_record(RecordKind::PollSums, self.id(), &self.by, &body)
    }

    /// The record of a ballot.
    pub(super) fn ballot_record(&self, ballot: &Ballot) -> Record {
        let Voter { who, device } = &ballot.voter;
        let numbers = |choices: Choices| choices.numbers().map(|number| number as u64).collect();
        let body = BallotBody {
            poll: self.seq,
            choices: ballot.choices.map(numbers),
            device: device.clone(),
        };
        self.own_record(RecordKind::Ballot, self.ballot_id(who), who, &body)
    }

    fn own_record(
        &self,
        kind: RecordKind,
        id: Box<str>,
        by: &Arc<Author>,
        body: &impl Serialize,
    ) -> Record {
        Record {
            kind,
            id,
            by: Arc::clone(by),
            target: None,
            room: Some(Arc::clone(&self.room)),
            until: None,
            body: serde_json::to_string(body).unwrap_or_default().into(),
        }
    }

    /// The poll of a record.
    pub(super) fn restored(record: &Record) -> Option<Poll> {
        let body: PollBody = serde_json::from_str(&record.body).ok()?;
        let (room, by) = (Arc::clone(record.room.as_ref()?), Arc::clone(&record.by));
        let mut poll = Poll::new(room, body.poll, by, Arc::new(body.asked));
        (poll.open, poll.published) = (body.open, body.published);
        poll.repeated = body.repeated;
        Some(poll)
    }
}

/// The number of the poll that a record of sums or of a ballot belongs to.
pub(super) fn poll_of(record: &Record) -> Option<u64> {
    #[derive(Deserialize)]
    struct Of {
        poll: u64,
    }
    let of: Of = serde_json::from_str(&record.body).ok()?;
    Some(of.poll)
}

#[derive(Serialize, Deserialize)]
struct PollBody {
    poll: u64,
    asked: Question,
    open: bool,
    published: bool,
    #[serde(default)]
    repeated: usize,
}

/// What a record of sums holds.
#[derive(Serialize, Deserialize)]
pub(super) struct SumsBody {
    poll: u64,
    pub(super) count: u32,
    pub(super) votes: Vec<u32>,
}

/// What a record of a ballot holds.
#[derive(Serialize, Deserialize)]
pub(super) struct BallotBody {
    poll: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) choices: Option<Vec<u64>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) device: Option<Box<str>>,
}
