//! Events, and messages in their final state, as JSON.
//!
//! They become JSON only here, so that an event looks the same live, on resume and years later.
//! (For speed, a live `message` is put together by hand in `chat::event`; a test compares the two.)

use std::sync::Arc;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::model::event::{Author, Event, EventKind, State};
use crate::model::item::MessageState;
use crate::model::json::Json;
use crate::model::role::Role;
use crate::model::time::Millis;

impl Event {
    /// The event as the JSON object that everybody in the room gets.
    pub fn json(&self) -> Vec<u8> {
        let kind = match &self.what {
            EventKind::Message { .. } => "message",
            EventKind::Edit { .. } => "edited",
            EventKind::Delete { .. } => "deleted",
            EventKind::React { .. } => "reaction",
            EventKind::Pin { .. } => "pinned",
            EventKind::State(_) => "state",
            EventKind::LessonEnd(_) => "lesson_ended",
        };
        let mut shape = Shape::new(kind, self);
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
                shape.of = Some(Some(*of));
                shape.text = text.as_ref();
                shape.superseded = *superseded;
            }
            EventKind::Delete { of, purge } => {
                shape.of = Some(Some(*of));
                shape.purged = *purge;
            }
            EventKind::React { of, emoji } => {
                shape.of = Some(Some(*of));
                shape.emoji = Some(emoji.as_deref());
            }
            EventKind::Pin { of } => shape.of = Some(*of),
            EventKind::State(state) => shape.state = Some(*state),
            EventKind::LessonEnd(ended) => shape.lesson = Some(ended.lesson),
        }
        if matches!(
            self.what,
            EventKind::Delete { .. }
                | EventKind::Pin { .. }
                | EventKind::State(_)
                | EventKind::LessonEnd(_)
        ) {
            shape.by = shape.from.take();
        }
        shape.json()
    }
}

impl MessageState {
    /// The message as the JSON object in a page of history.
    pub fn json(&self) -> Vec<u8> {
        let EventKind::Message { reply_to, .. } = self.event.what else {
            return Vec::new();
        };
        let mut shape = Shape::new("message", &self.event);
        shape.text = self.text.as_ref();
        shape.deleted = self.deleted();
        shape.purged = self.purged && self.deleted();
        shape.reply_to = reply_to;
        shape.edited = self.edited.filter(|_| !self.deleted());
        shape.reactions = Reactions(&self.reactions);
        shape.pinned = self.pinned;
        shape.json()
    }
}

/// Every field that an event or a message can have, in the order of the wire.
#[derive(Serialize)]
struct Shape<'a> {
    r#type: &'static str,
    room: &'a str,
    seq: u64,
    /// `Some(None)` is `null`.
    #[serde(skip_serializing_if = "Option::is_none")]
    of: Option<Option<u64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<AuthorJson<'a>>,
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
    /// A later edit replaced this one.
    #[serde(skip_serializing_if = "is_false")]
    superseded: bool,
    #[serde(skip_serializing_if = "is_false")]
    deleted: bool,
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
            from: Some(AuthorJson { id, name, role }),
            text: None,
            emoji: None,
            state: None,
            reply_to: None,
            lesson: None,
            by: None,
            at: event.at,
            edited: None,
            superseded: false,
            deleted: false,
            purged: false,
            reactions: Reactions(&[]),
            pinned: false,
        }
    }

    fn json(&self) -> Vec<u8> {
        // Strings, numbers and maps with string keys: nothing here can fail to be JSON.
        serde_json::to_vec(self).unwrap_or_default()
    }
}

#[derive(Serialize)]
struct AuthorJson<'a> {
    id: &'a str,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<Role>,
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
                state,
                "state",
                r#""state":{"locked":true,"slow":5,"approve":false},"by":LIN,"at":7000"#,
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
