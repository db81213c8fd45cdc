//! The changes to one message that are in memory.
//!
//! Owned by a room's log. It makes the cost of a change, and of looking at a message, independent
//! of how often the message was changed before: a new edit finds the one that it replaces here, and
//! a message that was read from the store takes what the store had not seen yet from here.

use std::sync::Arc;

use crate::model::event::Author;
use crate::model::item::MessageState;
use crate::model::json::Json;
use crate::model::time::Millis;

/// The changes to a message, as far as their events are in memory.
#[derive(Debug, Default)]
pub(crate) struct Changed {
    /// The newest of the events: when it leaves memory, this goes too.
    pub newest: u64,
    /// The number and the time of the newest edit.
    pub edit: Option<(u64, Millis)>,
    /// Whether it was deleted.
    pub deleted: bool,
    /// Whether it was cleared with others, and that was not undone.
    pub cleared: bool,
    /// Whether it was purged.
    purged: bool,
    /// The last reaction of each person since the newest edit; `None`: it was taken back.
    reactions: Vec<(Arc<Author>, Option<Box<str>>)>,
}

impl Changed {
    /// Notes an edit. Returns the number of the one that it replaces, if that is known here.
    pub(crate) fn note_edit(&mut self, seq: u64, at: Millis) -> Option<u64> {
        self.reactions.clear();
        self.edit.replace((seq, at)).map(|(before, _)| before)
    }

    /// Notes a deletion.
    pub(crate) fn note_delete(&mut self, purge: bool) {
        self.reactions.clear();
        self.deleted = true;
        self.purged |= purge;
    }

    /// Whether its text is not shown.
    pub(crate) fn is_gone(&self) -> bool {
        self.deleted || self.cleared
    }

    /// Notes a reaction in place of the person's last one.
    pub(crate) fn note_reaction(&mut self, by: &Arc<Author>, emoji: Option<&str>) {
        self.reactions.retain(|(person, _)| person.id != by.id);
        let emoji = emoji.map(Into::into);
        self.reactions.push((Arc::clone(by), emoji));
    }

    /// Drops the reactions of the person with this `sub`.
    pub(crate) fn forget(&mut self, sub: &str) {
        self.reactions.retain(|(person, _)| *person.sub != *sub);
    }

    /// Applies the changes to the message, which may include some or all of them already. `edited`:
    /// the text of the newest edit, if that is in memory.
    pub(crate) fn apply_to(&self, item: &mut MessageState, edited: Option<&Option<Json>>) {
        if let (Some((_, at)), Some(text)) = (self.edit, edited) {
            item.edit(text.clone(), at);
        }
        for (by, emoji) in &self.reactions {
            item.react(by, emoji.as_deref());
        }
        if self.deleted {
            item.delete(self.purged);
        } else if self.cleared {
            item.clear();
        }
    }
}
