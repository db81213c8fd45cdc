//! Bounds of personal links and of one-time links.

use crate::limits::limit::{Limit, limit};

pub(super) const LINKS: &[Limit] = &[
    limit(
        "personal links",
        "auth/links/list.rs MAX_LINKS",
        "links",
        "`glassroom link` makes no more before some are taken away.",
    ),
    limit(
        "the file of the personal links",
        "auth/links/file.rs MAX_BYTES",
        "bytes",
        "The server does not start: it is not that file.",
    ),
    limit(
        "a class list",
        "auth/links/roster.rs MAX_BYTES",
        "bytes",
        "`glassroom link` says so and makes no link.",
    ),
    limit(
        "pupils of a class list",
        "auth/links/roster.rs MAX_PUPILS",
        "pupils",
        "`glassroom link` says so and makes no link.",
    ),
    limit(
        "the number of a pupil",
        "auth/links/entry.rs MAX_NUMBER",
        "characters",
        "`glassroom link` says so and makes no link.",
    ),
    limit(
        "mistakes of a class list that are told at once",
        "control/links.rs MAX_MISTAKES",
        "mistakes",
        "The rest is counted.",
    ),
    limit(
        "a body of `/api/links`",
        "site/links_admin.rs MAX_BODY",
        "bytes",
        "The client gets 413. Only `glassroom link` sends one.",
    ),
    limit(
        "a one-time link with a name and rooms",
        "control/links.rs MAX_TICKET",
        "characters",
        "`glassroom link` asks for fewer rooms.",
    ),
];
