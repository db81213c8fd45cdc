//! Private messages that are kept: those of which one side leads, and how they are read.
//!
//! They are beside the rooms' logs: no page of a room, no search and no transcript has them.

use crate::model::event::Author;
use crate::model::json::Json;
use crate::model::time::Millis;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Between whom a private message was said, by `sub`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversation {
    /// One of the two; the only one if the other side is everybody who teaches there.
    pub one: Box<str>,
    /// The other one; `None`: everybody who teaches there.
    pub other: Option<Box<str>>,
}

impl Conversation {
    /// That of two persons, the same whoever of them writes.
    pub(crate) fn between(one: &str, other: &str) -> Self {
        let (one, other) = if one <= other {
            (one, other)
        } else {
            (other, one)
        };
        Self {
            one: one.into(),
            other: Some(other.into()),
        }
    }

    /// That of a person with those who teach there.
    pub(crate) fn with_hosts(person: &str) -> Self {
        Self {
            one: person.into(),
            other: None,
        }
    }

    /// The side that the person with this `sub` talks to; empty: those who teach there.
    pub(crate) fn counterpart(&self, reader: &str) -> &str {
        match &self.other {
            other if *self.one == *reader => other.as_deref().unwrap_or_default(),
            _ => &self.one,
        }
    }

    /// Whether the person with this `sub` is one of the two.
    pub(crate) fn is_of(&self, sub: &str) -> bool {
        *self.one == *sub || self.other.as_deref() == Some(sub)
    }
}

/// A private message that is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Whisper {
    /// Its number among all of them, rising.
    pub id: u64,
    /// The room that it belongs to: who leads other rooms does not read it.
    pub room: Arc<str>,
    /// Between whom.
    pub conversation: Conversation,
    /// Who wrote it.
    pub from: Arc<Author>,
    /// To whom; `None`: to those who teach there.
    pub to: Option<Arc<Author>>,
    /// What.
    pub text: Json,
    /// When.
    pub at: Millis,
}

/// The other side of a conversation, as a reader names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum With {
    /// Those who teach.
    Hosts,
    /// The person with this public id.
    Person(Box<str>),
}

/// Who reads, and what of it they may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WhisperReader {
    /// Their `sub`.
    pub sub: Box<str>,
    /// The rooms of their token; `None`: all.
    pub rooms: Option<Vec<Box<str>>>,
    /// Whether they read what is said to those who teach there.
    pub teaches: bool,
    /// They read nothing of before: a tablet is used by one person after the other.
    pub since: Since,
}

/// From where on somebody reads private messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Since {
    /// After the message with this number. Numbers rise even when somebody sets the clock back.
    Number(u64),
    /// From this moment on: the token does not have the number.
    Moment(Millis),
}

impl Since {
    /// All of them.
    pub(crate) const EVER: Since = Since::Number(0);

    /// The number after which, and the moment from which on.
    pub(crate) fn bounds(self) -> (u64, Millis) {
        match self {
            Since::Number(number) => (number, 0),
            Since::Moment(moment) => (0, moment),
        }
    }
}

impl WhisperReader {
    /// Whether they may read it.
    pub(crate) fn may_read(&self, whisper: &Whisper) -> bool {
        let (after, moment) = self.since.bounds();
        let is_new = whisper.id > after && whisper.at >= moment;
        let own = whisper.conversation.is_of(&self.sub) && is_new;
        let rooms = self.rooms.as_ref();
        let here = rooms.is_none_or(|rooms| rooms.iter().any(|room| **room == *whisper.room));
        here && (own || self.teaches && whisper.conversation.other.is_none())
    }
}

/// A question for private messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WhisperQuery {
    /// Who asks.
    pub reader: WhisperReader,
    /// Those with one side; `None`: the newest with each side.
    pub with: Option<With>,
    /// Only those before this number.
    pub before: u64,
    /// At most so many.
    pub limit: usize,
}

/// A private message in an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadWhisper {
    /// The message.
    pub whisper: Whisper,
    /// In a list of conversations: how many of the other side the reader has not opened.
    pub unread: Option<u64>,
}

/// The answer: of one conversation the oldest first, of the list the newest first.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WhisperPage {
    /// The messages.
    pub items: Vec<ReadWhisper>,
    /// Whether there are older ones.
    pub more: bool,
}
