//! A message in its final state, as a page of history, a search and a transcript show it.
//!
//! Pure: it begins with the message and takes every later event that targets it, in order. The
//! events may come from memory or from the file.

use std::sync::Arc;

use crate::model::event::{Author, Event, EventKind};
use crate::model::json::Json;
use crate::model::time::Millis;

/// A message in its final state.
#[derive(Debug, Clone, PartialEq)]
pub struct MessageState {
    /// The message as it was said.
    pub event: Event,
    /// Its current text; `None` if it was deleted.
    pub text: Option<Json>,
    /// When it was last edited.
    pub edited: Option<Millis>,
    /// The reactions to it, in the order in which each was first seen.
    pub reactions: Vec<(Box<str>, Vec<Arc<Author>>)>,
    /// Whether it is pinned in its room.
    pub pinned: bool,
    /// Whether its text is stored nowhere, not even for hosts: it was purged, or its author was
    /// forgotten.
    pub purged: bool,
}

impl MessageState {
    /// A message as it was sent; `None` for an event of another kind.
    pub fn new(event: Event) -> Option<MessageState> {
        let EventKind::Message { text, .. } = &event.what else {
            return None;
        };
        let (text, purged) = (text.clone(), event.is_purged());
        Some(MessageState {
            event,
            text,
            edited: None,
            reactions: Vec::new(),
            pinned: false,
            purged,
        })
    }

    /// Applies a later event that targets this message.
    pub fn fold(&mut self, change: &Event) {
        match &change.what {
            // A deleted message stays deleted.
            EventKind::Edit { .. } if self.text.is_none() => {}
            EventKind::Edit { text, .. } => {
                self.text = text.clone();
                self.edited = Some(change.at);
                self.reactions.clear();
            }
            EventKind::Delete { purge, .. } => {
                self.purged |= purge;
                self.text = None;
                self.reactions.clear();
            }
            EventKind::React { emoji, .. } => {
                for (_, people) in &mut self.reactions {
                    people.retain(|person| person.id != change.by.id);
                }
                if let Some(emoji) = emoji.as_ref().filter(|_| self.text.is_some()) {
                    let by = Arc::clone(&change.by);
                    match self.reactions.iter_mut().find(|(known, _)| known == emoji) {
                        Some((_, people)) => people.push(by),
                        None => self.reactions.push((emoji.clone(), vec![by])),
                    }
                }
                self.reactions.retain(|(_, people)| !people.is_empty());
            }
            EventKind::Message { .. } | EventKind::Pin { .. } | EventKind::State(_) => {}
        }
    }

    /// Whether it was deleted.
    pub fn deleted(&self) -> bool {
        self.text.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::event::samples::*;

    #[test]
    fn a_message_folds_into_its_final_state() {
        let mut item = MessageState::new(event(1, "Ann", said("one"))).expect("a message");
        item.fold(&event(2, "Bo", react(1, "👍")));
        item.fold(&event(3, "Bo", react(1, "❤")));
        item.fold(&event(4, "Cy", react(1, "❤")));
        let shown = |item: &MessageState| String::from_utf8(item.json()).expect("text");
        assert!(
            shown(&item)
                .ends_with(r#""text":"one","at":1000,"reactions":{"❤":["id-Bo","id-Cy"]}}"#)
        );
        item.fold(&event(5, "Ann", edit(1, "two")));
        assert!(
            shown(&item).ends_with(r#""text":"two","at":1000,"edited":5000}"#),
            "reactions gone"
        );
        item.fold(&event(6, "Bo", react(1, "👍")));
        item.fold(&event(7, "Bo", react(1, "")));
        item.pinned = true;
        assert!(shown(&item).ends_with(r#""edited":5000,"pinned":true}"#));
        item.fold(&event(
            8,
            "Lin",
            EventKind::Delete {
                of: 1,
                purge: false,
            },
        ));
        item.fold(&event(9, "Bo", react(1, "👍")));
        assert!(shown(&item).ends_with(r#""name":"Ann"},"at":1000,"deleted":true,"pinned":true}"#));
        item.fold(&event(10, "Lin", EventKind::Delete { of: 1, purge: true }));
        assert!(shown(&item).ends_with(r#""deleted":true,"purged":true,"pinned":true}"#));
    }
}
