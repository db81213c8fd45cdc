//! Bounds of the teaching features and of the log.

use crate::limits::limit::{Limit, limit};

pub(super) const TEACHING: &[Limit] = &[
    limit(
        "refused handshakes of the chat that are kept for those who made them",
        "net/refused.rs MAX_KEPT",
        "handshakes",
        "The oldest is forgotten.",
    ),
    limit(
        "refused handshakes with one token that are kept",
        "net/refused.rs MAX_OF_ONE",
        "handshakes",
        "The oldest of them is forgotten.",
    ),
    limit(
        "bytes of the answer to a refused handshake that are kept",
        "net/refused.rs MAX_ANSWER",
        "bytes",
        "The rest is not shown.",
    ),
    limit(
        "a message to `/echo`",
        "lab.max_message",
        "",
        "The connection is closed with 1009.",
    ),
    limit(
        "what all connections to `/echo` cost in a second",
        "lab.echo_rate",
        "a second; 0 B: no bound",
        "The server waits before it reads on, and TCP slows the client down.",
    ),
    limit(
        "what a connection to `/echo` costs whatever the others do",
        "echo.rs OWN_SHARE",
        "",
        "The common pace applies.",
    ),
    limit(
        "seconds of the common pace at once",
        "echo.rs BURST",
        "seconds",
        "The same.",
    ),
    limit(
        "pace of those with a token",
        "echo.rs WITH_TOKEN",
        "times the common pace",
        "The same.",
    ),
    limit(
        "experiments of one person in a minute",
        "lab.runs_per_minute",
        "experiments",
        "One more gets 429 with `Retry-After`.",
    ),
    limit(
        "experiments at once",
        "lab/limits.rs AT_ONCE",
        "experiments",
        "One more gets 503 with `Retry-After`.",
    ),
    limit(
        "experiments of one person at once",
        "lab/limits.rs OF_ONE_PERSON",
        "experiments",
        "One more gets 503 with `Retry-After`.",
    ),
    limit(
        "people whose experiments are counted",
        "lab/limits.rs MAX_PEOPLE",
        "people",
        "The one whose last run is the longest ago is forgotten.",
    ),
    limit(
        "bytes of an experiment",
        "lab/plan.rs MAX_BYTES",
        "",
        "The request gets 400.",
    ),
    limit(
        "steps of an experiment",
        "lab/program.rs MAX_STEPS",
        "steps",
        "The request gets 400.",
    ),
    limit(
        "a pause in an experiment",
        "lab/program.rs MAX_PAUSE",
        "ms",
        "The request gets 400.",
    ),
    limit(
        "time of an experiment",
        "lab/run.rs TIME",
        "",
        "It ends, and what was seen is reported.",
    ),
    limit(
        "what an experiment reports",
        "lab/run.rs MAX_OBSERVATIONS",
        "observations",
        "The rest is left out.",
    ),
    limit(
        "a body that an experiment reports",
        "lab/run.rs MAX_BODY",
        "",
        "The rest is left out.",
    ),
    limit(
        "faults that an experiment reports",
        "lab/outcome.rs MAX_FAULTS",
        "faults",
        "The rest is left out.",
    ),
    limit(
        "what waits for a protocol view",
        "net/tap.rs MAX_QUEUED",
        "",
        "The view ends with 1013 `too_slow`.",
    ),
    limit(
        "an opening handshake that a view can show",
        "net/tap.rs MAX_OPENING",
        "",
        "The rest is left out.",
    ),
    limit(
        "a message to a protocol view's connection",
        "glass.rs MAX_MESSAGE",
        "",
        "The view is closed with 1009.",
    ),
    limit(
        "what waits for a protocol view's page",
        "glass/watcher.rs MAX_LAG",
        "",
        "Frames are counted and not shown, until the page has caught up.",
    ),
    limit(
        "what people do to their own connection",
        "glass/actions.rs RATE",
        "actions",
        "One more is refused with a sentence.",
    ),
    limit(
        "people whose tasks are counted",
        "tasks/students.rs MAX_STUDENTS",
        "people",
        "The one who was seen least recently is forgotten. What was passed stays on the disk.",
    ),
    limit(
        "attempts at tasks of one person",
        "tasks/students.rs RATE",
        "attempts",
        "One more gets 429.",
    ),
    limit(
        "open attempts of one person",
        "tasks/students.rs MAX_OPEN",
        "attempts",
        "One more gets 429.",
    ),
    limit(
        "bytes that a task reads",
        "tasks/exam.rs MAX_BYTES",
        "",
        "The attempt fails.",
    ),
    limit(
        "a message in a task",
        "tasks/exam.rs MAX_MESSAGE",
        "",
        "The attempt fails.",
    ),
    limit(
        "a verdict",
        "tasks/attempt.rs MAX_VERDICT",
        "characters",
        "Its end is cut off.",
    ),
    limit(
        "a receipt that is checked",
        "auth/receipt.rs MAX_LEN",
        "",
        "The receipt is not valid.",
    ),
];

pub(super) const LOG: &[Limit] = &[
    limit(
        "records that wait to be written",
        "logger.rs QUEUE",
        "records",
        "What finds the queue full is lost, and counted in the log.",
    ),
    limit(
        "the log file",
        "log.max_size",
        "",
        "The file becomes `FILE.1`, in place of an older one, and a new one begins.",
    ),
    limit(
        "records of one place in the source in a minute",
        "logger/throttle.rs PER_MINUTE",
        "records",
        "Further ones are counted; the log says how many.",
    ),
    limit(
        "time between two warnings that say the same",
        "support/log_throttle.rs PAUSE",
        "",
        "They are counted; the next says how often.",
    ),
    limit(
        "kinds of refusals that the audit counts",
        "support/tallies.rs MAX_KINDS",
        "kinds",
        "The oldest is forgotten, and would be noted anew.",
    ),
];
