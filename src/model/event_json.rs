//! Events, and messages in their final state, as JSON.
//!
//! They become JSON only here, so that an event looks the same live, on resume and years later.
//! (For speed, a live `message` is put together by hand in `chat::event`; a test compares the two.)

use std::sync::Arc;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::model::event::{Author, Event, EventKind, State};
use crate::model::hand::Hand;
use crate::model::item::MessageState;
use crate::model::json::Json;
use crate::model::poll_json;
use crate::model::role::Role;
use crate::model::time::Millis;

impl Event {
    /// The event as the JSON object that everybody in the room gets.
    pub fn json(&self) -> Vec<u8> {
        let mut shape = Shape::new(self.what.name(), self);
        match &self.what {
            EventKind::Message { text, reply_to } => {
                shape.text = text.as_ref();
                shape.deleted = text.is_none();
                shape.purged = self.is_purged();
                shape.reply_to = *reply_to;
            }
            EventKind::Edit {
                of,
                text,
                superseded,
            } => {
                shape.of = Some(Of::One(*of));
                shape.text = text.as_ref();
                shape.superseded = *superseded;
            }
            EventKind::Delete { of, purge } => {
                shape.of = Some(Of::One(*of));
                shape.purged = *purge;
            }
            EventKind::React { of, emoji } => {
                shape.of = Some(Of::One(*of));
                shape.emoji = Some(emoji.as_deref());
            }
            EventKind::Pin { of } => shape.of = Some(of.map_or(Of::Nothing, Of::One)),
            EventKind::State(state) => shape.state = Some(*state),
            EventKind::Hand(hand) => shape.show(hand),
            EventKind::Poll(_) | EventKind::PollOutcome { .. } => {
                return poll_json::json(self, false);
            }
            EventKind::Clear { of, undone } => {
                shape.of = Some(Of::All(of));
                shape.undone = *undone;
            }
            EventKind::Restore { of, cleared } => {
                shape.of = Some(Of::All(of));
                shape.act = Some(*cleared);
            }
            EventKind::LessonEnd(ended) => shape.lesson = Some(ended.lesson),
        }
        if !matches!(
            self.what,
            EventKind::Message { .. } | EventKind::Edit { .. } | EventKind::React { .. }
        ) {
            shape.by = shape.from.take();
        }
        shape.json()
    }
}

impl EventKind {
    /// Its `type` on the wire.
    fn name(&self) -> &'static str {
        match self {
            EventKind::Message { .. } => "message",
            EventKind::Edit { .. } => "edited",
            EventKind::Delete { .. } => "deleted",
            EventKind::React { .. } => "reaction",
            EventKind::Pin { .. } => "pinned",
            EventKind::State(_) => "state",
            EventKind::LessonEnd(_) => "lesson_ended",
            EventKind::Hand(_) => "hand",
            EventKind::Poll(_) => "poll",
            EventKind::PollOutcome { closing: true, .. } => "poll_closed",
            EventKind::PollOutcome { closing: false, .. } => "poll_published",
            EventKind::Clear { .. } => "cleared",
            EventKind::Restore { .. } => "restored",
        }
    }
}

impl MessageState {
    /// The message as the JSON object in a page of history.
    pub fn json(&self) -> Vec<u8> {
        self.shape().map_or_else(Vec::new, |shape| shape.json())
    }

    fn shape(&self) -> Option<Shape<'_>> {
        let EventKind::Message { reply_to, .. } = self.event.what else {
            return None;
        };
        let mut shape = Shape::new("message", &self.event);
        shape.text = self.text.as_ref();
        shape.deleted = self.deleted();
        shape.purged = self.purged && self.deleted();
        shape.cleared = self.cleared && self.deleted() && !self.purged;
        shape.reply_to = reply_to;
        shape.edited = self.edited.filter(|_| !self.deleted());
        shape.reactions = Reactions(&self.reactions);
        shape.pinned = self.pinned;
        Some(shape)
    }
}

impl Serialize for MessageState {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.shape().serialize(serializer)
    }
}

/// Every field that an event or a message can have, in the order of the wire.
#[derive(Serialize)]
struct Shape<'a> {
    r#type: &'static str,
    room: &'a str,
    seq: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    of: Option<Of<'a>>,
    /// The event whose effect is undone.
    #[serde(rename = "cleared", skip_serializing_if = "Option::is_none")]
    act: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<AuthorJson<'a>>,
    /// Whose hand it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<AuthorJson<'a>>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    hand: Option<HandJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    emoji: Option<Option<&'a str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<State>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply_to: Option<u64>,
    /// The number of the lesson that has ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    lesson: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<AuthorJson<'a>>,
    at: Millis,
    #[serde(skip_serializing_if = "Option::is_none")]
    edited: Option<Millis>,
    /// A later event undid this one.
    #[serde(skip_serializing_if = "is_false")]
    undone: bool,
    /// A later edit replaced this one.
    #[serde(skip_serializing_if = "is_false")]
    superseded: bool,
    #[serde(skip_serializing_if = "is_false")]
    deleted: bool,
    /// Deleted, because it was cleared with others.
    #[serde(skip_serializing_if = "is_false")]
    cleared: bool,
    /// Deleted, and the text is stored nowhere.
    #[serde(skip_serializing_if = "is_false")]
    purged: bool,
    #[serde(skip_serializing_if = "Reactions::is_empty")]
    reactions: Reactions<'a>,
    #[serde(skip_serializing_if = "is_false")]
    pinned: bool,
}

impl<'a> Shape<'a> {
    fn new(kind: &'static str, event: &'a Event) -> Shape<'a> {
        let Author { id, name, role, .. } = &*event.by;
        let role = Some(*role).filter(|&role| role != Role::Member);
        Shape {
            r#type: kind,
            room: &event.room,
            seq: event.seq,
            of: None,
            act: None,
            from: Some(AuthorJson { id, name, role }),
            user: None,
            hand: None,
            text: None,
            emoji: None,
            state: None,
            reply_to: None,
            lesson: None,
            by: None,
            at: event.at,
            edited: None,
            undone: false,
            superseded: false,
            deleted: false,
            cleared: false,
            purged: false,
            reactions: Reactions(&[]),
            pinned: false,
        }
    }

    /// Shows a hand, and whose it is unless others must not learn it.
    fn show(&mut self, hand: &'a Hand) {
        let owner = self.from.take();
        self.user = owner.filter(|_| !hand.anonymous);
        self.of = hand.of.map(Of::One);
        self.hand = Some(HandJson {
            up: hand.up,
            position: hand.position,
            question: hand.question.as_ref(),
            anonymous: hand.anonymous,
            answered: hand.answered,
            votes: Some(hand.votes).filter(|&votes| votes > 0),
        });
    }

    fn json(&self) -> Vec<u8> {
        // Strings, numbers and maps with string keys: nothing here can fail to be JSON.
        serde_json::to_vec(self).unwrap_or_default()
    }
}

/// What an event changes.
#[derive(Serialize)]
#[serde(untagged)]
enum Of<'a> {
    /// `null`.
    Nothing,
    One(u64),
    All(&'a [u64]),
}

#[derive(Serialize)]
struct AuthorJson<'a> {
    id: &'a str,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<Role>,
}

/// What an event says of a hand.
#[derive(Serialize)]
struct HandJson<'a> {
    up: bool,
    position: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    question: Option<&'a Json>,
    #[serde(skip_serializing_if = "is_false")]
    anonymous: bool,
    #[serde(skip_serializing_if = "is_false")]
    answered: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    votes: Option<u16>,
}

struct Reactions<'a>(&'a [(Box<str>, Vec<Arc<Author>>)]);

impl Reactions<'_> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Reactions<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (emoji, people) in self.0 {
            let ids: Vec<&str> = people.iter().map(|person| &*person.id).collect();
            map.serialize_entry(emoji, &ids)?;
        }
        map.end()
    }
}

fn is_false(value: &bool) -> bool {
    !value
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::event::samples::*;

    #[test]
    fn every_kind_of_event_has_its_json() {
        let message = |text: Option<&str>, reply_to| EventKind::Message {
            text: text.map(Json::quote),
            reply_to,
        };
        let delete = |purge| EventKind::Delete { of: 2, purge };
        let state = EventKind::State(State {
            locked: true,
            slow: 5,
            approve: false,
        });
        let hand = |up: bool, anonymous| {
            EventKind::Hand(Box::new(Hand {
                up,
                of: Some(3).filter(|_| !up),
                position: 2,
                question: up.then(|| Json::quote("why?")),
                anonymous,
                answered: !up,
                votes: if up { 0 } else { 9 },
            }))
        };
        // LIN stands for who did it.
        for (what, kind, rest) in [
            (
                message(Some("a\"b"), Some(3)),
                "message",
                r#""from":LIN,"text":"a\"b","reply_to":3,"at":7000"#,
            ),
            (
                message(None, None),
                "message",
                r#""from":LIN,"at":7000,"deleted":true"#,
            ),
            (
                edit(2, "x"),
                "edited",
                r#""of":2,"from":LIN,"text":"x","at":7000"#,
            ),
            (
                superseded(2),
                "edited",
                r#""of":2,"from":LIN,"at":7000,"superseded":true"#,
            ),
            (
                delete(true),
                "deleted",
                r#""of":2,"by":LIN,"at":7000,"purged":true"#,
            ),
            (delete(false), "deleted", r#""of":2,"by":LIN,"at":7000"#),
            (
                react(2, "👍"),
                "reaction",
                r#""of":2,"from":LIN,"emoji":"👍","at":7000"#,
            ),
            (
                react(2, ""),
                "reaction",
                r#""of":2,"from":LIN,"emoji":null,"at":7000"#,
            ),
            (
                EventKind::Pin { of: None },
                "pinned",
                r#""of":null,"by":LIN,"at":7000"#,
            ),
            (
                EventKind::Clear {
                    of: [2, 5].into(),
                    undone: true,
                },
                "cleared",
                r#""of":[2,5],"by":LIN,"at":7000,"undone":true"#,
            ),
            (
                EventKind::Restore {
                    of: [2, 5].into(),
                    cleared: 6,
                },
                "restored",
                r#""of":[2,5],"cleared":6,"by":LIN,"at":7000"#,
            ),
            (
                state,
                "state",
                r#""state":{"locked":true,"slow":5,"approve":false},"by":LIN,"at":7000"#,
            ),
            (
                hand(true, false),
                "hand",
                r#""user":LIN,"up":true,"position":2,"question":"why?","at":7000"#,
            ),
            (
                hand(true, true),
                "hand",
                r#""up":true,"position":2,"question":"why?","anonymous":true,"at":7000"#,
            ),
            (
                hand(false, false),
                "hand",
                r#""of":3,"user":LIN,"up":false,"position":2,"answered":true,"votes":9,"at":7000"#,
            ),
        ] {
            let lin = r#"{"id":"id-Lin","name":"Lin","role":"host"}"#;
            let rest = rest.replace("LIN", lin);
            let expected = format!(r#"{{"type":"{kind}","room":"lobby","seq":7,{rest}}}"#);
            let json = event(7, "Lin", what).json();
            assert_eq!(String::from_utf8_lossy(&json), expected);
        }
    }
}
