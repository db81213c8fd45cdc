//! Bounds of `glassroom wire`: what a server can make its client keep, send or wait for.

use crate::limits::limit::{Limit, limit};

pub(super) const WIRE: &[Limit] = &[
    limit(
        "time for a TCP connection, and for the response to the handshake",
        "terminal_client/dial.rs TIMEOUT",
        "",
        "`wire` says so, and ends with 1.",
    ),
    limit(
        "the head of a response",
        "terminal_client/dial.rs MAX_RESPONSE",
        "",
        "`wire` says so, and ends with 1.",
    ),
    limit(
        "responses before the final one (1xx)",
        "terminal_client/dial.rs MAX_INTERIM",
        "responses",
        "`wire` says so, and ends with 1.",
    ),
    limit(
        "time for the body of a refusal",
        "terminal_client/dial.rs BODY_TIMEOUT",
        "",
        "What has come is shown.",
    ),
    limit(
        "bytes of that body",
        "terminal_client/dial.rs MAX_BODY",
        "",
        "The rest is not read.",
    ),
    limit(
        "answers to Pings that wait to be sent",
        "terminal_client/duties.rs MAX_ANSWERS",
        "answers",
        "The oldest Pings go unanswered, which §5.5.3 allows.",
    ),
    limit(
        "time for the server to take bytes",
        "terminal_client/session.rs WRITE_TIMEOUT",
        "",
        "A line says how much was not sent.",
    ),
    limit(
        "time for the server's Close, and for the end of TCP after it",
        "terminal_client/session.rs CLOSE_TIMEOUT",
        "",
        "`wire` ends TCP. Without a Close of the server it ends with 1.",
    ),
    limit(
        "bytes of a message that are shown",
        "terminal_client/session.rs MESSAGE",
        "",
        "The rest is counted and not shown.",
    ),
    limit(
        "fragments of what is typed",
        "terminal_client/typed.rs MAX_FRAGMENTS",
        "fragments",
        "The line is refused with a sentence.",
    ),
    limit(
        "a wait that is typed (`:wait`)",
        "terminal_client/typed.rs MAX_WAIT",
        "seconds",
        "The line is refused with a sentence.",
    ),
    limit(
        "times the patience (`--timeout`) that an exam may take",
        "terminal_client/exam/run.rs MAX_WAITS",
        "times",
        "The remaining questions are skipped, and their verdicts say so.",
    ),
    limit(
        "times the patience for one message in an exam",
        "terminal_client/exam/connection.rs MESSAGE_WAITS",
        "times",
        "The verdict says what came instead.",
    ),
    limit(
        "the head of a response in an exam",
        "terminal_client/exam/connection.rs MAX_HEAD",
        "",
        "It counts as no complete HTTP response.",
    ),
    limit(
        "the payload of a frame in an exam",
        "terminal_client/exam/connection.rs MAX_PAYLOAD",
        "",
        "The frame is not waited for; the verdict says what its header claims.",
    ),
    limit(
        "frames that are read for one answer in an exam",
        "terminal_client/exam/connection.rs MAX_FRAMES",
        "frames",
        "They count as no answer.",
    ),
    limit(
        "fragments that are read for one message in an exam",
        "terminal_client/exam/judge.rs MAX_FRAGMENTS",
        "fragments",
        "They count as no answer.",
    ),
];
