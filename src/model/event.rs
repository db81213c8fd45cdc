//! What the store keeps: the durable events of rooms, and who caused them.
//!
//! An event is a numbered fact: its number, time, author and kind never change. Its text does: a
//! message carries its newest text, and an edit that a later one replaced has none, because nobody
//! who comes later may read words that were edited away. What later events make of a message is
//! its [`MessageState`](crate::model::item::MessageState).

use crate::model::time::Millis;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::model::hand::Hand;
use crate::model::json::Json;
use crate::model::poll::{Outcome, Question};
use crate::model::role::Role;

/// A person as they appeared when they did something.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Author {
    /// The `sub` of their token; never shown to anybody.
    pub sub: Box<str>,
    /// The id that others see instead.
    pub id: Box<str>,
    /// Their name at that time.
    pub name: Box<str>,
    /// Their role at that time.
    pub role: Role,
}

impl Author {
    /// The author of events whose person was forgotten, or whose name is no longer kept.
    pub fn nobody() -> Author {
        Author {
            sub: "".into(),
            id: "".into(),
            name: "".into(),
            role: Role::Member,
        }
    }
}

/// One durable event of a room.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// The room's name.
    pub room: Arc<str>,
    /// Its number in the room: from 1, without gaps.
    pub seq: u64,
    /// When it happened.
    pub at: Millis,
    /// Who caused it.
    pub by: Arc<Author>,
    /// What happened.
    pub what: EventKind,
    /// The id that the client gave it.
    pub reference: Option<Json>,
}

impl Event {
    /// Whether this is a message whose text was erased because its author was forgotten.
    pub fn is_purged(&self) -> bool {
        let gone = matches!(&self.what, EventKind::Message { text: None, .. });
        gone && self.by.sub.is_empty()
    }
}

/// What happened. A text or emoji that is `None` was erased, or its author forgotten.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum EventKind {
    /// A message was sent.
    Message {
        /// The text.
        text: Option<Json>,
        /// The message it answers.
        reply_to: Option<u64>,
    },
    /// The author edited a message, which also clears its reactions.
    Edit {
        /// The message.
        of: u64,
        /// Its new text.
        text: Option<Json>,
        /// Whether a later edit replaced this one, which then has no text.
        superseded: bool,
    },
    /// A message was deleted, by its author or by a moderator.
    Delete {
        /// The message.
        of: u64,
        /// Whether its text is erased from the disk, too.
        purge: bool,
    },
    /// A person reacted to a message. This replaces their earlier reaction.
    React {
        /// The message.
        of: u64,
        /// The reaction; `None` removes it.
        emoji: Option<Box<str>>,
    },
    /// A message was pinned in place of the earlier one.
    Pin {
        /// The message; `None` removes the pin.
        of: Option<u64>,
    },
    /// The rules of the room changed.
    State(State),
    /// The lesson has ended: what was said before belongs to it, and nobody reads below this event
    /// except those who lead and ask for that lesson.
    LessonEnd(Lesson),
    /// A hand went up or down. In a box, so that a message needs no more memory.
    Hand(Box<Hand>),
    /// A poll was opened. `None`: the person who asked was forgotten.
    Poll(Option<Arc<Question>>),
    /// A poll was closed, or its sums were published.
    PollOutcome {
        /// The poll.
        of: u64,
        /// Whether it was closed by this.
        closing: bool,
        /// What came of it; `None`: the person who asked was forgotten.
        outcome: Option<Arc<Outcome>>,
    },
    /// Messages were deleted in one act, by somebody who leads.
    Clear {
        /// The messages, in ascending order.
        of: Arc<[u64]>,
        /// Whether that was undone since; then it changes nothing.
        undone: bool,
    },
    /// That was undone: the messages are as they were.
    Restore {
        /// The messages, in ascending order.
        of: Arc<[u64]>,
        /// The event that had cleared them.
        cleared: u64,
    },
}

/// A lesson that has ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Lesson {
    /// Its number in its class, from 1.
    pub lesson: u64,
    /// When it was started, if that is known: the first one runs from the start of the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub began: Option<Millis>,
}

/// A room's rules.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// Only moderators may send.
    pub locked: bool,
    /// Seconds between two messages of a person.
    pub slow: u64,
    /// Messages wait for approval.
    pub approve: bool,
}

impl EventKind {
    /// The messages that it changes together.
    pub fn targets(&self) -> &[u64] {
        match self {
            EventKind::Clear { of, .. } | EventKind::Restore { of, .. } => of,
            _ => &[],
        }
    }

    /// Whether it changes the event with this number.
    pub fn touches(&self, seq: u64) -> bool {
        self.target() == Some(seq) || self.targets().contains(&seq)
    }

    /// The event that this one changes, if it changes one alone.
    pub fn target(&self) -> Option<u64> {
        match *self {
            EventKind::Message { .. }
            | EventKind::State(_)
            | EventKind::LessonEnd(_)
            | EventKind::Poll(_)
            | EventKind::Clear { .. }
            | EventKind::Restore { .. } => None,
            EventKind::Hand(ref hand) => hand.of,
            EventKind::Edit { of, .. }
            | EventKind::Delete { of, .. }
            | EventKind::React { of, .. }
            | EventKind::PollOutcome { of, .. } => Some(of),
            EventKind::Pin { of } => of,
        }
    }

    /// The words that can be deleted.
    pub(crate) fn words_mut(&mut self) -> Option<&mut Option<Json>> {
        match self {
            EventKind::Message { text, .. } | EventKind::Edit { text, .. } => Some(text),
            EventKind::Hand(hand) => Some(&mut hand.question),
            _ => None,
        }
    }

    /// Erases the words and the choice of the person who caused it.
    pub(crate) fn erase_words(&mut self) {
        match self {
            EventKind::Message { text, .. } | EventKind::Edit { text, .. } => *text = None,
            EventKind::React { emoji, .. } => *emoji = None,
            EventKind::Poll(asked) => *asked = None,
            EventKind::Hand(hand) => hand.question = None,
            EventKind::Delete { .. }
            | EventKind::Pin { .. }
            | EventKind::State(_)
            | EventKind::LessonEnd(_)
            | EventKind::Clear { .. }
            | EventKind::Restore { .. }
            | EventKind::PollOutcome { .. } => {}
        }
    }

    /// Erases what the person with this id asked, if this is what came of it. Returns whether it was.
    pub(crate) fn erase_asked_by(&mut self, id: &str) -> bool {
        match self {
            EventKind::PollOutcome { outcome, .. } => {
                outcome.take_if(|o| *o.asked_by == *id).is_some()
            }
            _ => false,
        }
    }

    /// The approximate number of bytes of text in it.
    pub fn size(&self) -> usize {
        match self {
            EventKind::Message { text, .. } | EventKind::Edit { text, .. } => {
                text.as_ref().map_or(0, |text| text.as_bytes().len())
            }
            EventKind::Hand(hand) => hand.question.as_ref().map_or(0, |q| q.as_bytes().len()),
            EventKind::Poll(Some(asked)) => asked.size(),
            EventKind::PollOutcome {
                outcome: Some(outcome),
                ..
            } => outcome.asked.size(),
            _ => size_of_val(self.targets()),
        }
    }
}

#[cfg(test)]
pub(crate) mod samples {
    use super::*;

    /// A person with this name; `sub` and `id` follow from it.
    pub(crate) fn author(name: &str) -> Arc<Author> {
        let (sub, id) = (format!("sub-{name}"), format!("id-{name}"));
        let role = if name == "Lin" {
            Role::Host
        } else {
            Role::Member
        };
        Arc::new(Author {
            sub: sub.into(),
            id: id.into(),
            name: name.into(),
            role,
        })
    }

    /// An event of the lobby at 1000 times its number.
    pub(crate) fn event(seq: u64, name: &str, what: EventKind) -> Event {
        let by = author(name);
        Event {
            room: "lobby".into(),
            seq,
            at: seq * 1000,
            by,
            what,
            reference: None,
        }
    }

    /// A message.
    pub(crate) fn said(text: &str) -> EventKind {
        EventKind::Message {
            text: Some(Json::quote(text)),
            reply_to: None,
        }
    }

    /// An edit.
    pub(crate) fn edit(of: u64, text: &str) -> EventKind {
        EventKind::Edit {
            of,
            text: Some(Json::quote(text)),
            superseded: false,
        }
    }

    /// An edit that a later one replaced.
    pub(crate) fn superseded(of: u64) -> EventKind {
        EventKind::Edit {
            of,
            text: None,
            superseded: true,
        }
    }

    /// A reaction; an empty one takes it back.
    pub(crate) fn react(of: u64, emoji: &str) -> EventKind {
        EventKind::React {
            of,
            emoji: Some(emoji).filter(|e| !e.is_empty()).map(Into::into),
        }
    }
}
