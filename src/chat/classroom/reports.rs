//! What people told those who lead: a message or a person that somebody has to look at.
//!
//! Pure: the time is an argument, and what changes is collected as changes of records, which the hub
//! hands to the store. A report keeps the words as they stood when it was made, so that an edit or a
//! deletion does not take them away; only erasing for good does.

use crate::chat::grant::Reach;
use crate::model::event::Author;
use crate::model::json::Json;
use crate::model::time::{Millis, Ticks};
use crate::store::record::{Record, RecordChange, RecordKind};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Most reports that are open at once. A class has a few in a lesson; those who lead close them.
pub(crate) const MAX_REPORTS: usize = 500;
/// Most open reports of one person, so that nobody fills the list for the others.
pub(crate) const MAX_REPORTS_OF_ONE: usize = 20;

/// The words of a message when it was reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Words {
    /// A person was reported, not a message.
    None,
    /// The text at that moment.
    Text(Json),
    /// It was deleted, or erased since.
    Deleted,
}

/// One report.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Report {
    /// Its number.
    pub number: u64,
    /// The room where it happened.
    pub room: Arc<str>,
    /// The message.
    pub seq: Option<u64>,
    /// The person reported: the author of the message.
    pub target: Arc<Author>,
    /// It is a question whose author is known to those alone who may know who asks.
    pub anonymous: bool,
    /// Who reported.
    pub by: Arc<Author>,
    /// The message's words.
    pub words: Words,
    /// What the person who reported says about it.
    pub note: Option<Json>,
    /// When.
    pub at: Millis,
}

/// What a record has beside persons and room.
#[derive(Debug, Serialize, Deserialize)]
struct Body {
    #[serde(skip_serializing_if = "Option::is_none")]
    seq: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    anonymous: bool,
    at: Millis,
}

fn plain(json: &Json) -> String {
    serde_json::from_str(json.as_str()).unwrap_or_default()
}

impl Report {
    fn record(&self) -> Record {
        let text = match &self.words {
            Words::Text(text) => Some(plain(text)),
            Words::None | Words::Deleted => None,
        };
        let body = Body {
            seq: self.seq,
            text,
            note: self.note.as_ref().map(plain),
            anonymous: self.anonymous,
            at: self.at,
        };
        Record {
            kind: RecordKind::Report,
            id: self.number.to_string().into(),
            by: Arc::clone(&self.by),
            target: Some(Arc::clone(&self.target)),
            room: Some(Arc::clone(&self.room)),
            until: None,
            body: serde_json::to_string(&body).unwrap_or_default().into(),
        }
    }

    fn restored(record: Record) -> Option<Self> {
        if record.kind != RecordKind::Report {
            return None;
        }
        let body: Body = serde_json::from_str(&record.body).ok()?;
        let words = match (body.seq, body.text) {
            (None, _) => Words::None,
            (Some(_), Some(text)) => Words::Text(Json::quote(&text)),
            (Some(_), None) => Words::Deleted,
        };
        Some(Self {
            number: record.id.parse().ok()?,
            room: record.room?,
            seq: body.seq,
            target: record.target?,
            anonymous: body.anonymous,
            by: record.by,
            words,
            note: body.note.as_deref().map(Json::quote),
            at: body.at,
        })
    }

    /// Whether a host of the rooms of `reach` gets it: anybody but the person concerned.
    pub(crate) fn is_for(&self, sub: &str, reach: &Reach) -> bool {
        reach.covers(&self.room) && *self.target.sub != *sub
    }

    /// Whether the same person has reported the same thing.
    fn is_again(&self, new: &Report) -> bool {
        let people = self.by.sub == new.by.sub && self.target.sub == new.target.sub;
        people && self.room == new.room && self.seq == new.seq
    }
}

/// What became of a report.
#[derive(Debug, PartialEq)]
pub(crate) enum Made {
    /// It is open, with this number.
    New(u64),
    /// The same person's report of the same thing is open already.
    Again,
    /// The person has too many that are open.
    FullOfOne,
    /// There are too many.
    Full,
}

/// All open reports.
#[derive(Debug, Default)]
pub(crate) struct Reports {
    /// With the moment since which each is known in this run.
    open: Vec<(Report, Ticks)>,
    last: u64,
    changes: Vec<RecordChange>,
}

impl Reports {
    /// Opens again what an earlier run of the server kept.
    pub(crate) fn restore(&mut self, records: &[Record], now: Ticks) {
        let records = records.iter().cloned();
        let mut restored: Vec<Report> = records.filter_map(Report::restored).collect();
        restored.sort_by_key(|report| report.number);
        let restored = restored.into_iter().take(MAX_REPORTS);
        self.open.extend(restored.map(|report| (report, now)));
        self.last = self.open.last().map_or(0, |(report, _)| report.number);
    }

    /// What has changed since the last call, for the store.
    pub(crate) fn take_changes(&mut self) -> Vec<RecordChange> {
        std::mem::take(&mut self.changes)
    }

    /// Opens a report.
    pub(crate) fn open(&mut self, mut new: Report, now: Ticks) -> Made {
        let open = || self.open.iter().map(|(report, _)| report);
        if open().any(|report| report.is_again(&new)) {
            return Made::Again;
        }
        if open().filter(|it| it.by.sub == new.by.sub).count() >= MAX_REPORTS_OF_ONE {
            return Made::FullOfOne;
        }
        if self.open.len() >= MAX_REPORTS {
            return Made::Full;
        }
        self.last += 1;
        new.number = self.last;
        self.changes
            .push(RecordChange::Keep(Box::new(new.record())));
        self.open.push((new, now));
        Made::New(self.last)
    }

    /// The open report with this number.
    pub(crate) fn get(&self, number: u64) -> Option<&Report> {
        self.newest().find(|report| report.number == number)
    }

    /// Those that are open, the newest first.
    pub(crate) fn newest(&self) -> impl Iterator<Item = &Report> {
        self.open.iter().rev().map(|(report, _)| report)
    }

    /// Closes a report.
    pub(crate) fn close(&mut self, number: u64) {
        self.retain(|report| report.number != number);
    }

    fn retain(&mut self, stays: impl Fn(&Report) -> bool) {
        for (gone, _) in self.open.extract_if(.., |(report, _)| !stays(report)) {
            let id = gone.number.to_string().into();
            self.changes
                .push(RecordChange::Drop(RecordKind::Report, id));
        }
    }

    /// A message was erased for good: its words here, too.
    pub(crate) fn purge(&mut self, room: &str, seq: u64) {
        for (report, _) in &mut self.open {
            let same = *report.room == *room && report.seq == Some(seq);
            if same && matches!(report.words, Words::Text(_)) {
                report.words = Words::Deleted;
                self.changes
                    .push(RecordChange::Keep(Box::new(report.record())));
            }
        }
    }

    /// Forgets what a person reported, and what was reported of them.
    pub(crate) fn forget(&mut self, sub: &str) {
        self.retain(|report| *report.by.sub != *sub && *report.target.sub != *sub);
    }

    /// Forgets what belongs to these rooms.
    pub(crate) fn remove_rooms(&mut self, these: impl Fn(&str) -> bool) {
        self.retain(|report| !these(&report.room));
    }

    /// Forgets what is known for longer than this many milliseconds.
    pub(crate) fn sweep(&mut self, kept: u64, now: Ticks) {
        let old = self.open.iter();
        let old = old.filter(|(_, since)| now.since(*since) > kept);
        let old: Vec<u64> = old.map(|(report, _)| report.number).collect();
        self.retain(|report| !old.contains(&report.number));
    }
}

#[cfg(test)]
#[path = "reports_tests.rs"]
mod tests;
