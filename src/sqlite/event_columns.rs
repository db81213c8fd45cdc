//! Turns an event into the columns of its row in `events`.

use crate::model::event::EventKind;
use crate::model::json::Json;
use crate::sqlite::values::kind;
use std::borrow::Cow;

/// Messages that one statement writes while people talk faster than the disk commits. That takes a third off the
/// time of each (measured with 16).
pub(super) const ROWS: usize = 16;

/// The columns of an event that has just happened.
pub(super) const COLUMNS: [&str; 10] = [
    "room", "seq", "kind", "at", "author", "target", "reply", "ref", "text", "prior",
];

/// Returns the statement that inserts this many events. An error rolls the transaction back, as the caller would.
/// SQLite keeps a journal for a statement that can be undone alone, and from 64 KiB on that journal is a temporary
/// file outside the data directory.
pub(super) fn insert_sql(rows: usize) -> Box<str> {
    let row = format!("({})", ["?"; COLUMNS.len()].join(", "));
    let (columns, rows) = (COLUMNS.join(", "), vec![row; rows].join(", "));
    format!("INSERT OR ROLLBACK INTO events({columns}) VALUES {rows}").into()
}

/// The columns of `events` that depend on the kind of event.
pub(super) struct EventColumns<'a> {
    pub kind: i64,
    pub text: Option<Cow<'a, str>>,
    /// The message that is answered; of a hand, [`Hand::packed`](crate::model::hand::Hand::packed).
    pub reply: Option<u64>,
}

impl<'a> EventColumns<'a> {
    pub(super) fn of(event: &'a EventKind) -> EventColumns<'a> {
        let mut reply = None;
        let (kind, text) = match event {
            EventKind::Message { text, reply_to } => {
                reply = *reply_to;
                (kind::MESSAGE, text.as_ref().map(unquote))
            }
            EventKind::Edit { text, .. } => (kind::EDIT, text.as_ref().map(unquote)),
            EventKind::Delete { purge: false, .. } => (kind::DELETE, None),
            EventKind::Delete { purge: true, .. } => (kind::PURGE, None),
            EventKind::React { emoji, .. } => (kind::REACTION, emoji.as_deref().map(Cow::from)),
            EventKind::Pin { .. } => (kind::PIN, None),
            EventKind::State(rules) => {
                let json = serde_json::to_string(rules).unwrap_or_default();
                (kind::STATE, Some(Cow::from(json)))
            }
            // The text is the question alone, so that it is erased like every text.
            EventKind::Hand(hand) => {
                reply = Some(hand.packed());
                (kind::HAND, hand.question.as_ref().map(unquote))
            }
            EventKind::Poll(asked) => (kind::POLL, asked.as_deref().map(json)),
            EventKind::PollOutcome {
                closing, outcome, ..
            } => {
                let kind = match closing {
                    true => kind::POLL_CLOSED,
                    false => kind::POLL_PUBLISHED,
                };
                (kind, outcome.as_deref().map(json))
            }
            EventKind::Clear { of, .. } => (kind::CLEAR, Some(list(of))),
            EventKind::Restore { of, cleared } => {
                reply = Some(*cleared);
                (kind::RESTORE, Some(list(of)))
            }
            EventKind::LessonEnd(ended) => {
                let json = serde_json::to_string(ended).unwrap_or_default();
                (kind::LESSON_END, Some(Cow::from(json)))
            }
        };
        EventColumns { kind, text, reply }
    }
}

/// What a poll consists of, as JSON.
fn json<'a>(value: &impl serde::Serialize) -> Cow<'a, str> {
    // Strings, numbers and truth values: nothing here can fail to be JSON.
    serde_json::to_string(value).unwrap_or_default().into()
}

fn list(of: &[u64]) -> Cow<'_, str> {
    serde_json::to_string(of).unwrap_or_default().into()
}

/// Returns the text of a JSON string. A text without escapes is borrowed from between the quotes.
fn unquote(json: &Json) -> Cow<'_, str> {
    let quoted = json.as_str();
    match quoted.get(1..quoted.len() - 1) {
        Some(text) if !text.contains('\\') => text.into(),
        _ => serde_json::from_str::<String>(quoted)
            .unwrap_or_default()
            .into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoting_and_unquoting_leave_a_text_as_it_was() {
        for text in [
            "",
            "plain",
            "line\nline\ttab",
            "\"quoted\" \\",
            "你好 👍",
            "\u{1}",
        ] {
            assert_eq!(unquote(&Json::quote(text)), text);
        }
    }
}
