//! Bounds of hands and questions.

use crate::limits::limit::{Limit, limit};

pub(super) const HANDS: &[Limit] = &[
    limit(
        "hands that are up in one room",
        "chat/classroom/hands.rs MAX_HANDS",
        "hands",
        "One more gets `forbidden`: some have to go down first.",
    ),
    limit(
        "a question",
        "chat/message/hands.rs MAX_QUESTION",
        "characters",
        "A longer one gets `too_long`; so does one over `limits.text`.",
    ),
    limit(
        "all open questions of one room",
        "chat/classroom/hands.rs MAX_QUESTIONS",
        "bytes",
        "One more gets `forbidden`; a plain hand goes up.",
    ),
    limit(
        "people who are counted as having one question, too",
        "chat/classroom/hands.rs MAX_VOTES",
        "people",
        "One more gets `forbidden`.",
    ),
];
