//! Messages of a room's log that are cleared in one act, and come back when that is undone.
//!
//! The work is one look at each message, whatever else the log holds.

use crate::chat::log::Log;
use crate::model::event::EventKind;
use crate::model::json::Json;

impl Log {
    /// Takes the texts of messages, and of their newest edits, from memory. A client that joins later
    /// gets tombstones. Returns the texts, by the number of the message.
    pub(crate) fn take_texts(&mut self, of: &[u64]) -> Vec<(u64, Json)> {
        let mut texts = Vec::new();
        for &seq in of {
            let edit = self.newest_edit(seq);
            let mut taken = None;
            for seq in [Some(seq), edit].into_iter().flatten() {
                self.rewrite(seq, |what| {
                    let text = what.words_mut().and_then(Option::take);
                    let is_new = text.is_some();
                    taken = taken.take().or(text);
                    is_new
                });
            }
            texts.extend(taken.map(|text| (seq, text)));
        }
        texts
    }

    /// Gives messages their texts back, unless they were deleted meanwhile.
    pub(crate) fn give_back(&mut self, texts: Vec<(u64, Json)>) {
        for (seq, text) in texts {
            if self.changed.get(&seq).is_some_and(|it| it.is_gone()) {
                continue;
            }
            let edit = self.newest_edit(seq);
            for seq in [Some(seq), edit].into_iter().flatten() {
                self.rewrite(seq, |what| match what {
                    EventKind::Message { text: words, .. }
                    | EventKind::Edit {
                        text: words,
                        superseded: false,
                        ..
                    } if words.is_none() => {
                        *words = Some(text.clone());
                        true
                    }
                    EventKind::Hand(hand) if hand.question.is_none() => {
                        hand.question = Some(text.clone());
                        true
                    }
                    _ => false,
                });
            }
        }
    }

    /// Notes that the event `seq` has cleared these messages, or has undone that.
    pub(super) fn note_cleared(&mut self, seq: u64, of: &[u64], cleared: bool) {
        for &of in of {
            let changed = self.changed.entry(of).or_default();
            (changed.newest, changed.cleared) = (seq, cleared);
        }
        if cleared {
            self.take_texts(of);
        }
    }

    /// Notes that what the event `seq` has cleared is back.
    pub(super) fn note_undone(&mut self, seq: u64) {
        self.rewrite(seq, |what| match what {
            EventKind::Clear { undone, .. } => !std::mem::replace(undone, true),
            _ => false,
        });
    }

    /// Whether the message with this number may be of the person with this `sub`: it is, or it is not in
    /// memory any more.
    pub(crate) fn is_by(&self, seq: u64, sub: &str) -> bool {
        let message = self.item(seq);
        message.is_none_or(|message| *message.event.by.sub == *sub)
    }

    fn newest_edit(&self, seq: u64) -> Option<u64> {
        let changed = self.changed.get(&seq)?;
        changed.edit.map(|(edit, _)| edit)
    }
}
