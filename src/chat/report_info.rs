//! A report in what the server tells hosts.

use crate::chat::classroom::reports::{Report, Words};
use crate::chat::person_info::PersonInfo;
use crate::model::event::Author;
use crate::model::json::Json;
use crate::model::time::Millis;
use serde::Serialize;

/// A report.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct ReportInfo<'a> {
    /// Its number.
    id: u64,
    /// The room where it happened.
    room: &'a str,
    /// The message.
    #[serde(skip_serializing_if = "Option::is_none")]
    seq: Option<u64>,
    /// The person reported.
    user: PersonInfo<'a>,
    /// It is an anonymous question.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    anonymous: bool,
    /// Who reported.
    by: PersonInfo<'a>,
    /// The message's text when it was reported.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a Json>,
    /// The message was deleted by then, or was erased since.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    deleted: bool,
    /// What the person who reported says about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'a Json>,
    /// When.
    at: Millis,
}

impl<'a> ReportInfo<'a> {
    /// A report as it is sent.
    pub(crate) fn of(report: &'a Report) -> Self {
        let person = |author: &'a Author| PersonInfo::named(&author.id, &author.name);
        let (text, deleted) = match &report.words {
            Words::None => (None, false),
            Words::Text(text) => (Some(text), false),
            Words::Deleted => (None, true),
        };
        Self {
            id: report.number,
            room: &report.room,
            seq: report.seq,
            user: person(&report.target),
            anonymous: report.anonymous,
            by: person(&report.by),
            text,
            deleted,
            note: report.note.as_ref(),
            at: report.at,
        }
    }
}
