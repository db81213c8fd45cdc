//! Questions with raised hands in a transcript: who asked what, how many had the same question, and whether
//! it was answered. A hand without a question has no line.

use rusqlite::{OptionalExtension, Result, params};

use crate::model::event::Event;
use crate::model::hand::Hand;
use crate::sqlite::polls::AskedEvents;
use crate::sqlite::quoting;
use crate::sqlite::room_snapshot::RoomSnapshot;
use crate::sqlite::values::kind;
use crate::store::record::RecordKind;

/// The name of whoever asked anonymously.
pub(super) const ANONYMOUS: &str = "anonymous";

impl AskedEvents<'_> {
    /// The hand that went up with `event`, with what came of it: from the event with which it went down, or,
    /// while it is up, from the records of those who have the same question.
    pub(super) fn outcome_of(&self, event: &Event, hand: &Hand) -> Result<Hand> {
        let room = RoomSnapshot::open(self.archive.db(), &event.room)?;
        let sql = "SELECT reply FROM events
                   WHERE room = ?1 AND seq > ?2 AND kind = ?3 AND target = ?2 ORDER BY seq LIMIT 1";
        let mut down = room.statement(sql)?;
        let down: Option<u64> = down
            .query_row(params![room.id, event.seq, kind::HAND], |row| row.get(0))
            .optional()?;
        let (votes, answered) = match down.map(Hand::unpacked) {
            Some(down) => (down.votes, down.answered),
            None => {
                let sql =
                    "SELECT count(*) FROM records WHERE kind = ?1 AND room = ?2 AND body = ?3";
                let mut seconds = room.statement(sql)?;
                let second = RecordKind::Second.as_str();
                let count = params![second, room.id, event.seq.to_string()];
                (seconds.query_row(count, |row| row.get(0))?, false)
            }
        };
        Ok(Hand {
            votes,
            answered,
            ..hand.clone()
        })
    }
}

/// The question, how many others had it, and whether it was answered, in one line.
pub(super) fn question_words(hand: &Hand) -> String {
    let question = hand.question.as_ref();
    let question = question.and_then(|json| serde_json::from_str::<String>(json.as_str()).ok());
    let mut words = quoting::one_line(&question.unwrap_or_default()).into_owned();
    match hand.votes {
        0 => {}
        1 => words += " / 1 other had the same question",
        votes => words += &format!(" / {votes} others had the same question"),
    }
    words += match hand.answered {
        true => " / answered",
        false => " / not answered",
    };
    words
}

#[cfg(test)]
#[path = "questions_tests.rs"]
mod tests;
