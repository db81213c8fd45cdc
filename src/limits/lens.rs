//! Bounds of the annotator, which follows connections of other people in the server's memory.

use crate::limits::limit::{Limit, limit};

pub(super) const LENS: &[Limit] = &[
    limit(
        "bytes of each payload that the note of a frame keeps",
        "lens/note.rs PREVIEW",
        "",
        "The rest is counted and not shown.",
    ),
    limit(
        "fragments of a message that are listed",
        "lens/note.rs PARTS",
        "fragments",
        "More are only counted.",
    ),
    limit(
        "Pings without an answer that are remembered",
        "lens/ladders.rs MAX_PINGS",
        "Pings",
        "The oldest is forgotten: a late answer counts as a Pong that nobody asked for.",
    ),
    limit(
        "bytes of a head of HTTP that are read",
        "lens/head.rs MAX_HEAD",
        "",
        "The rest is not judged, and the note says that it was cut.",
    ),
    limit(
        "lines of a head of HTTP that are read",
        "lens/head.rs MAX_LINES",
        "lines",
        "The rest is not judged, and the note says that it was cut.",
    ),
    limit(
        "bytes of a head of HTTP that are shown",
        "lens/head.rs MAX_SHOWN",
        "",
        "The note says that it was cut.",
    ),
    limit(
        "a value of a field that is quoted",
        "lens/duty_note.rs MAX_QUOTED",
        "characters",
        "It is cut, and says so.",
    ),
    limit(
        "a token that is decoded for its owner",
        "lens/token.rs MAX_TOKEN",
        "",
        "It is not decoded.",
    ),
];
