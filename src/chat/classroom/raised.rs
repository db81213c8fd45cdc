//! One hand that is up, and the records that bring it back after a restart.

use crate::model::event::Author;
use crate::model::json::Json;
use crate::model::time::Ticks;
use crate::store::record::{Record, RecordKind};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A hand that is up.
#[derive(Debug, Clone)]
pub(crate) struct Raised {
    /// The event with which it went up.
    pub(crate) seq: u64,
    /// Whose it is.
    pub(crate) by: Arc<Author>,
    /// What they ask.
    pub(crate) question: Option<Json>,
    /// Others do not learn whose it is.
    pub(crate) anonymous: bool,
    /// The others who have the same question.
    pub(crate) seconds: Vec<Arc<Author>>,
    /// When its owner was last seen here.
    pub(crate) seen: Ticks,
}

impl Raised {
    /// How many others have the same question.
    pub(crate) fn votes(&self) -> u16 {
        u16::try_from(self.seconds.len()).unwrap_or(u16::MAX)
    }

    /// Bytes of its question.
    pub(super) fn bytes(&self) -> usize {
        self.question
            .as_ref()
            .map_or(0, |text| text.as_bytes().len())
    }

    /// The record of it.
    pub(super) fn record(&self, room: &Arc<str>) -> Record {
        let text = |json: &Json| serde_json::from_str(json.as_str()).ok();
        let body = Body {
            seq: self.seq,
            question: self.question.as_ref().and_then(text),
            anonymous: self.anonymous,
        };
        Record {
            kind: RecordKind::Hand,
            id: hand_id(room, self.seq),
            by: Arc::clone(&self.by),
            target: None,
            room: Some(Arc::clone(room)),
            until: None,
            body: serde_json::to_string(&body).unwrap_or_default().into(),
        }
    }

    /// The room and the hand of a record; `None` if its body is none of those that
    /// [`Raised::record`] writes.
    pub(super) fn restored(record: Record, now: Ticks) -> Option<(Arc<str>, Raised)> {
        let body: Body = serde_json::from_str(&record.body).ok()?;
        let hand = Raised {
            seq: body.seq,
            by: record.by,
            question: body.question.as_deref().map(Json::quote),
            anonymous: body.anonymous,
            seconds: Vec::new(),
            seen: now,
        };
        Some((record.room?, hand))
    }
}

/// The id of the record of a hand.
pub(super) fn hand_id(room: &str, seq: u64) -> Box<str> {
    format!("{seq} {room}").into()
}

/// The id of the record that `by` has the question of a hand, too.
pub(super) fn second_id(room: &str, seq: u64, by: &Author) -> Box<str> {
    format!("{seq} {} {room}", by.id).into()
}

/// The record that `by` has the question of a hand, too.
pub(super) fn second_record(room: &Arc<str>, seq: u64, by: &Arc<Author>) -> Record {
    Record {
        kind: RecordKind::Second,
        id: second_id(room, seq, by),
        by: Arc::clone(by),
        target: None,
        room: Some(Arc::clone(room)),
        until: None,
        body: seq.to_string().into(),
    }
}

/// What a record of a hand holds beside whose it is, and where.
#[derive(Serialize, Deserialize)]
struct Body {
    seq: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    question: Option<Box<str>>,
    #[serde(default)]
    anonymous: bool,
}
