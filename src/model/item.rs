//! A message in its final state, as a page of history, a search and a transcript show it.
//!
//! Pure. The store reads it as state; in memory it begins with the message, which has its newest
//! text, and takes what later events changed (`chat::log`).

use std::sync::Arc;

use crate::model::event::{Author, Event, EventKind};
use crate::model::json::Json;
use crate::model::role::Role;
use crate::model::time::Millis;

/// A message in its final state.
#[derive(Debug, Clone, PartialEq)]
pub struct MessageState {
    /// The message: who said it, where and when.
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
    /// Whether it was cleared with others, and neither brought back nor deleted since.
    pub cleared: bool,
}

impl MessageState {
    /// A message as it was sent; `None` for an event of another kind.
    pub fn new(event: Event) -> Option<MessageState> {
        let EventKind::Message { text, .. } = &event.what else {
            return None;
        };
        let (text, purged) = (text.clone(), event.is_purged());
        Some(MessageState::unchanged(event, text, purged))
    }

    /// The same of a question with a raised hand as well, whose words can be deleted, too. A hand without a
    /// question has no text.
    pub fn said(event: Event) -> Option<MessageState> {
        let text = match &event.what {
            EventKind::Hand(hand) if hand.up => hand.question.clone(),
            _ => return MessageState::new(event),
        };
        Some(MessageState::unchanged(event, text, false))
    }

    /// What nothing has changed since it was said, but perhaps a purge.
    fn unchanged(event: Event, text: Option<Json>, purged: bool) -> MessageState {
        MessageState {
            event,
            text,
            edited: None,
            reactions: Vec::new(),
            pinned: false,
            purged,
            cleared: false,
        }
    }

    /// Whether this is a question with a raised hand.
    pub fn is_question(&self) -> bool {
        matches!(self.event.what, EventKind::Hand(_))
    }

    /// Whether others must not learn whose words these are.
    pub fn is_anonymous(&self) -> bool {
        matches!(&self.event.what, EventKind::Hand(hand) if hand.anonymous)
    }

    /// The role that decides who may delete this. Behind an anonymous question may be anybody, so that
    /// a refusal would tell who asked.
    pub fn role(&self) -> Role {
        match self.is_anonymous() {
            true => Role::Member,
            false => self.event.by.role,
        }
    }

    /// Its author has given it another text. A deleted message stays deleted.
    pub fn edit(&mut self, text: Option<Json>, at: Millis) {
        if self.text.is_some() {
            self.text = text;
            self.edited = Some(at);
            self.reactions.clear();
        }
    }

    /// It was deleted; `purge`: its text is stored nowhere.
    pub fn delete(&mut self, purge: bool) {
        self.purged |= purge;
        self.cleared = false;
        self.text = None;
        self.reactions.clear();
    }

    /// It was cleared with others.
    pub fn clear(&mut self) {
        self.delete(false);
        self.cleared = true;
    }

    /// A person has reacted to it, in place of an earlier reaction; `None` takes that back.
    pub fn react(&mut self, by: &Arc<Author>, emoji: Option<&str>) {
        for (_, people) in &mut self.reactions {
            people.retain(|person| person.id != by.id);
        }
        if let Some(emoji) = emoji.filter(|_| self.text.is_some()) {
            let by = Arc::clone(by);
            let mut known = self.reactions.iter_mut();
            match known.find(|(known, _)| **known == *emoji) {
                Some((_, people)) => people.push(by),
                None => self.reactions.push((emoji.into(), vec![by])),
            }
        }
        self.reactions.retain(|(_, people)| !people.is_empty());
    }

    /// The reaction of the person with this id.
    pub fn reaction_of(&self, id: &str) -> Option<&str> {
        let theirs = |person: &Arc<Author>| *person.id == *id;
        let mut reactions = self.reactions.iter();
        let found = reactions.find(|(_, people)| people.iter().any(theirs));
        found.map(|(emoji, _)| &**emoji)
    }

    /// How many persons have reacted to it.
    pub fn reaction_count(&self) -> usize {
        self.reactions.iter().map(|(_, people)| people.len()).sum()
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
    fn a_message_comes_to_its_final_state() {
        let mut item = MessageState::new(event(1, "Ann", said("one"))).expect("a message");
        let (bo, cy) = (author("Bo"), author("Cy"));
        item.react(&bo, Some("👍"));
        item.react(&bo, Some("❤"));
        item.react(&cy, Some("❤"));
        let shown = |item: &MessageState| String::from_utf8(item.json()).expect("text");
        assert!(
            shown(&item)
                .ends_with(r#""text":"one","at":1000,"reactions":{"❤":["id-Bo","id-Cy"]}}"#)
        );
        assert_eq!(
            (item.reaction_of("id-Bo"), item.reaction_count()),
            (Some("❤"), 2)
        );
        item.edit(Some(Json::quote("two")), 5000);
        assert!(
            shown(&item).ends_with(r#""text":"two","at":1000,"edited":5000}"#),
            "reactions gone"
        );
        item.react(&bo, Some("👍"));
        item.react(&bo, None);
        assert_eq!(
            (item.reaction_of("id-Bo"), item.reaction_count()),
            (None, 0)
        );
        item.pinned = true;
        assert!(shown(&item).ends_with(r#""edited":5000,"pinned":true}"#));
        item.clear();
        assert!(
            shown(&item).ends_with(r#""at":1000,"deleted":true,"cleared":true,"pinned":true}"#)
        );
        item.delete(false);
        item.react(&bo, Some("👍"));
        item.edit(Some(Json::quote("back")), 6000);
        assert!(shown(&item).ends_with(r#""name":"Ann"},"at":1000,"deleted":true,"pinned":true}"#));
        item.delete(true);
        assert!(shown(&item).ends_with(r#""deleted":true,"purged":true,"pinned":true}"#));
    }
}
