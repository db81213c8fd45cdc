//! The state that the hub starts with: rooms, refs, and how far earlier runs of the server came.

use crate::model::event::{Author, Event, State};
use crate::model::json::Json;
use crate::model::time::Millis;
use crate::store::record::Record;
use std::collections::HashMap;
use std::sync::Arc;

/// How long a ref is remembered, in milliseconds: a retry within a day is recognised.
pub(crate) const REF_LIFETIME: Millis = 24 * 60 * 60 * 1000;
/// Most refs of one person that are loaded at the start, the newest in each room.
pub(crate) const MAX_REFS: usize = 8192;
/// Most refs of all persons that are loaded at the start.
pub(crate) const MAX_ALL_REFS: usize = 128 * 1024;

/// How long a person is known after they left, so that those who lead can still do something about them:
/// milliseconds.
pub(crate) const KNOWN_FOR: Millis = 7 * 24 * 60 * 60 * 1000;
/// Most people of earlier runs who are known at the start: those who left last.
pub(crate) const MAX_VISITORS: usize = 4096;

/// The state that the hub starts with.
#[derive(Debug)]
pub struct Opened {
    /// Every room that ever existed, by name.
    pub rooms: Vec<OpenedRoom>,
    /// How far each earlier run of the server came.
    pub epochs: Epochs,
    /// The refs of the last day.
    pub refs: Vec<KnownRef>,
    /// What the rules of a class kept, the oldest first.
    pub records: Vec<Record>,
    /// The number of the newest private message.
    pub last_whisper: u64,
    /// Those who were here lately, the one who left last first.
    pub visitors: Vec<Visitor>,
}

/// Somebody who was here in an earlier run.
#[derive(Debug, PartialEq)]
pub struct Visitor {
    /// The person, as they appeared last.
    pub who: Author,
    /// The device of a guest.
    pub device: Option<Box<str>>,
    /// The rooms where they were.
    pub rooms: Vec<Box<str>>,
    /// When they left.
    pub left: Millis,
}

/// A room at the end of the previous run.
#[derive(Debug, PartialEq)]
pub struct OpenedRoom {
    /// The room's name.
    pub name: Arc<str>,
    /// The number of the last event that was committed.
    pub head: u64,
    /// The room's rules.
    pub state: State,
    /// The pinned message.
    pub pin: Option<u64>,
    /// The event with which the last lesson ended; 0: none has.
    pub lesson_end: u64,
    /// The newest events, without a gap up to `head`, at most as many as the hub wants. Deleted
    /// messages have no text.
    pub newest: Vec<Event>,
}

/// The kind of request that a ref was used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefRequest {
    /// A message.
    Message,
    /// An edit.
    Edit {
        /// The edited message.
        of: u64,
    },
    /// A reaction; its emoji is the text.
    React {
        /// The message with the reaction.
        of: u64,
    },
    /// A deletion.
    Delete {
        /// The deleted message.
        of: u64,
        /// Whether the text was purged.
        purge: bool,
    },
    /// A hand that its owner raised or lowered; its question is the text.
    Hand {
        /// Whether it was raised.
        up: bool,
        /// Whether it was to be anonymous.
        anonymous: bool,
    },
    /// A poll; what was asked is the text, as JSON.
    Poll,
}

/// A ref that was used, with the request it was used for. The hub recognises a retry by it.
#[derive(Debug, PartialEq)]
pub struct KnownRef {
    /// The `sub` of the person who used it.
    pub sub: Arc<str>,
    /// The ref.
    pub reference: Box<str>,
    /// The room of the event.
    pub room: Arc<str>,
    /// The number of the event.
    pub seq: u64,
    /// The time of the event.
    pub at: Millis,
    /// The kind of request.
    pub what: RefRequest,
    /// The text as it was sent; `None` if it was purged or edited away.
    pub text: Option<Json>,
    /// The message that this one replied to.
    pub reply_to: Option<u64>,
}

/// How far each earlier run of the server came in each room.
#[derive(Debug, Default)]
pub struct Epochs {
    /// The store's row id of each earlier run, by epoch.
    pub(crate) known: HashMap<Box<str>, i64>,
    /// The row ids of runs with the number of the last event that each committed, in ascending
    /// order, by room.
    pub(crate) marks: HashMap<Box<str>, Vec<(i64, u64)>>,
}

impl Epochs {
    /// Returns the last event that is still valid for a client that saw `seq` in an earlier run;
    /// `None` if there was no such run.
    ///
    /// Events that the earlier run had not committed when it ended are lost, and their numbers were
    /// given to other events since.
    pub(crate) fn resume_from(&self, epoch: &str, room: &str, seq: u64) -> Option<u64> {
        let run = *self.known.get(epoch)?;
        let marks = self.marks.get(room).map_or(&[][..], Vec::as_slice);
        // A run without events in this room left it where the run before did.
        let last = marks.iter().rev().find(|(epoch, _)| *epoch <= run);
        Some(seq.min(last.map_or(0, |&(_, last)| last)))
    }
}
