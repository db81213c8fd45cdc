//! What the store finds at the start of the server: rooms, refs, and how far earlier runs came.

use crate::model::event::{Event, State};
use crate::model::json::Json;
use crate::model::time::Millis;
use std::collections::HashMap;
use std::sync::Arc;

/// What the hub starts with.
#[derive(Debug)]
pub struct Opened {
    /// Every room there ever was, by name.
    pub rooms: Vec<OpenedRoom>,
    /// How far each run before this one came.
    pub epochs: Epochs,
    /// The refs of the last day.
    pub refs: Vec<KnownRef>,
}

/// A room as it was left.
#[derive(Debug, PartialEq)]
pub struct OpenedRoom {
    /// Its name.
    pub name: Arc<str>,
    /// The last number that was given and kept.
    pub head: u64,
    /// Its rules.
    pub state: State,
    /// Its pinned message.
    pub pin: Option<u64>,
    /// The newest events without a gap up to `head`, as many as are there and wanted. What was
    /// deleted has no text.
    pub newest: Vec<Event>,
}

/// What a ref was used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefRequest {
    /// A message.
    Message,
    /// An edit.
    Edit {
        /// Of which message.
        of: u64,
    },
    /// A reaction; its emoji is the text.
    React {
        /// To which message.
        of: u64,
    },
    /// A deletion.
    Delete {
        /// Of which message.
        of: u64,
        /// Whether it was erased.
        purge: bool,
    },
}

/// A ref that was used, and for what.
#[derive(Debug, PartialEq)]
pub struct KnownRef {
    /// By whom.
    pub sub: Arc<str>,
    /// The ref.
    pub reference: Box<str>,
    /// Where.
    pub room: Arc<str>,
    /// The event it became.
    pub seq: u64,
    /// When.
    pub at: Millis,
    /// For what.
    pub what: RefRequest,
    /// The text as it was sent; `None`: erased.
    pub text: Option<Json>,
    /// The message that was answered.
    pub reply_to: Option<u64>,
}

/// How far each earlier run of the server came in each room.
#[derive(Debug, Default)]
pub struct Epochs {
    pub(crate) known: HashMap<Box<str>, i64>,
    /// Per room: run and last committed number, ascending.
    pub(crate) marks: HashMap<Box<str>, Vec<(i64, u64)>>,
}

impl Epochs {
    /// Up to where somebody who saw `seq` in an earlier run saw what is still true: what came
    /// after was not committed before that run ended, and its numbers mean something else now.
    /// `None`: there was no such run.
    pub fn resume_from(&self, epoch: &str, room: &str, seq: u64) -> Option<u64> {
        let run = *self.known.get(epoch)?;
        let marks = self.marks.get(room).map_or(&[][..], Vec::as_slice);
        // A run that said nothing in the room left it where the one before did.
        let last = marks.iter().rev().find(|(epoch, _)| *epoch <= run);
        Some(seq.min(last.map_or(0, |&(_, last)| last)))
    }
}
