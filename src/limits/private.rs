//! Bounds of private help and of reports.

use crate::limits::limit::{Limit, limit};

pub(super) const PRIVATE: &[Limit] = &[
    limit(
        "private messages in memory when nothing is stored",
        "chat/classroom/whispers.rs MAX_WHISPERS",
        "messages",
        "The oldest is forgotten.",
    ),
    limit(
        "bytes of their texts in memory",
        "chat/classroom/whispers.rs MAX_WHISPER_BYTES",
        "",
        "The oldest are forgotten.",
    ),
    limit(
        "notes in memory about who has opened which conversation",
        "chat/classroom/whispers.rs MAX_READS",
        "notes",
        "A conversation that is opened then still counts as unread.",
    ),
    limit(
        "private messages in one answer, and conversations in one list",
        "chat/hub/whisper_reading.rs PAGE",
        "messages",
        "`more` is true; `before` goes on.",
    ),
    limit(
        "bytes of an answer with private messages",
        "chat/hub/whisper_reading.rs PAGE_BYTES",
        "",
        "The same.",
    ),
    limit(
        "open reports",
        "chat/classroom/reports.rs MAX_REPORTS",
        "reports",
        "One more gets `forbidden`: some have to be closed first.",
    ),
    limit(
        "open reports of one person",
        "chat/classroom/reports.rs MAX_REPORTS_OF_ONE",
        "reports",
        "One more gets `forbidden`.",
    ),
    limit(
        "a list of reports",
        "chat/hub/reporting.rs REPORT_LIST",
        "",
        "The list ends there: `more` is true.",
    ),
    limit(
        "the note to a report",
        "chat/message/kinds.rs MAX_NOTE",
        "characters",
        "A longer one gets `too_long`.",
    ),
];
