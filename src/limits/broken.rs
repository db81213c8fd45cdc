//! Bounds of the broken endpoints.

use crate::limits::limit::{Limit, limit};

pub(super) const BROKEN: &[Limit] = &[
    limit(
        "bytes that a broken endpoint reads",
        "broken/exchange.rs MAX_BYTES",
        "",
        "The exchange ends, and the report says `cut`.",
    ),
    limit(
        "what the report of a broken endpoint shows",
        "broken/exchange.rs MAX_OBSERVATIONS",
        "observations",
        "The rest is left out, and the report says `cut`.",
    ),
    limit(
        "wait of a broken endpoint for a reaction",
        "broken/exchange.rs REACTION",
        "",
        "It asks with a Ping, waits as long again, and closes.",
    ),
    limit(
        "wait of a broken endpoint for the client's Close, and for the end of TCP after it",
        "broken/exchange.rs PATIENCE",
        "",
        "It ends TCP.",
    ),
    limit(
        "wait of a broken endpoint for the answer to its Close",
        "broken/exchange.rs CLOSING",
        "",
        "It ends TCP, and after the same time the connection.",
    ),
    limit(
        "reports of broken endpoints",
        "broken/reports.rs MAX_REPORTS",
        "reports",
        "The oldest is forgotten.",
    ),
    limit(
        "bytes of all reports of broken endpoints",
        "broken/reports.rs MAX_BYTES",
        "",
        "The oldest is forgotten.",
    ),
    limit(
        "one report of a broken endpoint",
        "broken/endpoint.rs MAX_REPORT",
        "",
        "It is not kept; a line in the log says so.",
    ),
    limit(
        "age of a report of a broken endpoint",
        "broken/reports.rs KEEP",
        "",
        "It is forgotten.",
    ),
    limit(
        "the id of a report",
        "broken/reports.rs MAX_ID",
        "characters",
        "The handshake gets 400 `bad_report`.",
    ),
];
