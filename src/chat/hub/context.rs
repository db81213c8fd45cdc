//! What the parts of the hub hand to each other while they serve one request.

use crate::auth::class_code::Lesson;
use crate::chat::classes::Classes;
use crate::chat::classroom::door::Door;
use crate::chat::classroom::lobby::Lobby;
use crate::chat::message::Fingerprint;
use crate::model::event::Author;
use crate::model::ids::{ClientId, PersonKey, RoomKey, Slot};
use crate::model::json::Json;
use crate::model::time::Millis;
use crate::store::queue::Audit;
use std::sync::Arc;
use std::time::Instant;

/// PersonInfo makes a request, and its `ref`.
#[derive(Debug, Clone)]
pub(super) struct Requester {
    /// The connection.
    pub slot: Slot,
    /// The person.
    pub person: PersonKey,
    /// Echoed in the answer.
    pub reference: Option<Json>,
    /// Recognises a retry of a request that must not happen twice.
    pub print: Option<Fingerprint>,
}

/// A client that waits for the end of the lesson, and its request.
pub(super) type Waiting = (ClientId, Requester);

/// What a request that succeeded is still owed.
pub(super) enum Reply {
    /// `ack {ref}`, if there was a `ref`.
    Ack,
    /// `ack {ref}`, likewise, when everything that was handed to the store is on the disk.
    Stored,
    /// `ack {ref, room}`, likewise.
    AckRoom(RoomKey),
    /// `ack {ref, at}`, likewise.
    AckAt(Millis),
    /// `ack {ref, at, kept}`, likewise, when everything that was handed to the store is on the disk;
    /// `waits`: it is for somebody who is not here.
    Private { at: Millis, waits: bool },
    /// `ack {ref, room, at}`, likewise: everything was so already, and no event came of it. A retry
    /// is answered in the same way.
    Unchanged(RoomKey),
    /// `ack {ref, room, pending}`, when everything that was handed to the store is on the disk: it waits
    /// for approval with this number.
    Waits(RoomKey, u64),
    /// Nothing: the answer was sent, or will be.
    Sent,
}

/// A change to a message that has yet to be found.
#[derive(Debug)]
pub(super) enum Change {
    /// Its author words it differently.
    Edit(Json),
    /// It is deleted; `purge`: erased from the disk, too.
    Delete { purge: bool },
    /// Somebody reacts to it; `None` takes the reaction back.
    React(Option<Box<str>>),
    /// It is pinned above the room.
    Pin,
    /// An edit of it, which waits with this number, is published.
    Publish(u64),
}

/// What is to be cleared.
#[derive(Debug, Clone)]
pub(super) struct Extent {
    /// Messages of this person alone.
    pub user: Option<Box<str>>,
    /// The first event.
    pub from: u64,
    /// The last one.
    pub to: u64,
}

/// A lesson whose end is not on the disk yet.
#[derive(Debug)]
pub(super) struct Ending {
    /// What comes after it.
    pub next: Lesson,
    /// For the audit log.
    pub entry: Audit,
    /// Who waits for the ack.
    pub requesters: Vec<Waiting>,
    /// The store's job that notes the end, once the next lesson is stored.
    pub job: Option<u64>,
}

/// A lesson that is about to end.
#[derive(Debug)]
pub(super) struct Countdown {
    /// When.
    pub until: Instant,
    /// Who ends it.
    pub by: Arc<Author>,
    /// Who waits for the ack.
    pub waiting: Vec<Waiting>,
}

impl Countdown {
    /// The seconds until the end, of which the last counts as a whole one, and who ends the lesson.
    pub(super) fn left(&self) -> (u64, &Author) {
        let left = self.until.saturating_duration_since(Instant::now());
        (left.as_millis().div_ceil(1000) as u64, &self.by)
    }
}

/// What the hub keeps of a class.
#[derive(Debug)]
pub(super) struct ClassState {
    pub door: Door,
    /// Who waits at the closed door.
    pub lobby: Lobby,
    pub countdown: Option<Countdown>,
    pub ending: Option<Ending>,
}

impl ClassState {
    /// Whether the lesson has ended, although the end is not on the disk yet. It has from the boundary on,
    /// until the connections of those who do not lead are closed.
    pub(super) fn has_ended(&self) -> bool {
        let ending = self.ending.as_ref();
        ending.is_some_and(|ending| ending.job.is_some())
    }

    /// The state of each class at the start.
    pub(super) fn of_all(classes: &Classes) -> Vec<ClassState> {
        let state = |name: &str| ClassState {
            door: Door::new(name),
            lobby: Lobby::default(),
            countdown: None,
            ending: None,
        };
        let classes = classes.iter();
        classes.map(|(_, class)| state(&class.name)).collect()
    }
}
