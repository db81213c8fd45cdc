//! Records: what the rules of a class keep beside the rooms' logs, so that a restart changes nothing.
//!
//! A record has a kind and an id, and a newer one with the same two replaces it. Its body is JSON that
//! only the rule which wrote it reads. Names are not in the body: a record refers to persons, so that
//! forgetting a person reaches it.

use crate::model::event::Author;
use crate::model::time::{Millis, Ticks, unix_millis};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::sync::Arc;

/// Which rule a record belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum RecordKind {
    /// A person may not talk.
    Mute,
    /// A person may not come in for a while.
    Removal,
    /// A person may not come in until somebody who leads decides otherwise.
    Ban,
    /// Nobody comes in with the class code.
    Door,
    /// A person's hand is up.
    Hand,
    /// A person has the same question as another one.
    Second,
    /// A poll: what is asked, and whether it is open.
    Poll,
    /// The sums of an anonymous poll.
    PollSums,
    /// A person has voted; in a named poll, for what.
    Ballot,
    /// A message waits for approval.
    Waiting,
    /// Somebody told those who lead of a message or a person.
    Report,
}

impl RecordKind {
    /// All kinds.
    pub const ALL: [RecordKind; 11] = [
        RecordKind::Mute,
        RecordKind::Removal,
        RecordKind::Ban,
        RecordKind::Door,
        RecordKind::Hand,
        RecordKind::Second,
        RecordKind::Poll,
        RecordKind::PollSums,
        RecordKind::Ballot,
        RecordKind::Waiting,
        RecordKind::Report,
    ];

    /// The kind as it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            RecordKind::Mute => "mute",
            RecordKind::Removal => "removal",
            RecordKind::Ban => "ban",
            RecordKind::Door => "door",
            RecordKind::Hand => "hand",
            RecordKind::Second => "second",
            RecordKind::Poll => "poll",
            RecordKind::PollSums => "poll_sums",
            RecordKind::Ballot => "ballot",
            RecordKind::Waiting => "waiting",
            RecordKind::Report => "report",
        }
    }

    /// The kind with this stored form.
    pub fn of(stored: &str) -> Option<RecordKind> {
        let mut all = RecordKind::ALL.into_iter();
        all.find(|kind| kind.as_str() == stored)
    }

    /// Whether a record holds words or choices of the person who caused it. Such a record is erased
    /// with its author, with the person whom it is about, and when it is older than `history.keep`.
    /// Others bind somebody, and stay until
    /// they are over.
    pub fn belongs_to_its_author(self) -> bool {
        match self {
            RecordKind::Mute | RecordKind::Removal | RecordKind::Ban | RecordKind::Door => false,
            RecordKind::Hand
            | RecordKind::Second
            | RecordKind::Poll
            | RecordKind::PollSums
            | RecordKind::Ballot
            | RecordKind::Waiting
            | RecordKind::Report => true,
        }
    }

    /// Whether an earlier version of a record must not be found in the write-ahead log, either. Two
    /// versions of the sums of an anonymous poll, beside who voted between them, would tell what that
    /// person chose.
    pub fn leaves_no_trace(self) -> bool {
        self == RecordKind::PollSums
    }
}

/// One record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Which rule it belongs to.
    pub kind: RecordKind,
    /// Its id among those of its kind.
    pub id: Box<str>,
    /// The person who caused it.
    pub by: Arc<Author>,
    /// The person it is about.
    pub target: Option<Arc<Author>>,
    /// The room it belongs to. It is erased with the room.
    pub room: Option<Arc<str>>,
    /// When it is over; `None`: not by itself. Time while the machine is off does not count.
    #[serde(with = "moment")]
    pub until: Option<Ticks>,
    /// Everything else, as JSON.
    pub body: Box<str>,
}

/// A change of the records.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum RecordChange {
    /// Keep this one, in place of an earlier one with its kind and id.
    Keep(Box<Record>),
    /// Erase the one with this kind and id.
    Drop(RecordKind, Box<str>),
}

/// A moment of the clock that never jumps, as another machine can read it: by the wall clock.
mod moment {
    use super::*;

    pub(super) fn serialize<S: Serializer>(
        until: &Option<Ticks>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let left = until.map(|until| until.since(Ticks::now()));
        let until: Option<Millis> = left.map(|left| unix_millis().saturating_add(left));
        until.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Ticks>, D::Error> {
        let until = Option::<Millis>::deserialize(deserializer)?;
        let left = until.map(|until| until.saturating_sub(unix_millis()));
        Ok(left.map(|left| Ticks::now().after(left)))
    }
}
