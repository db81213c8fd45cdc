//! Bounds of the chat.

use crate::limits::limit::{Limit, limit};

pub(super) const READING: &[Limit] = &[
    limit(
        "a message",
        "limits.message",
        "",
        "The connection is closed with 1009.",
    ),
    limit(
        "fragments of a message, beside one for each byte",
        "websocket/guard.rs MAX_EMPTY_FRAGMENTS",
        "fragments",
        "The connection is closed with 1008.",
    ),
    limit(
        "Pongs that nobody asked for",
        "connection.rs PONGS",
        "Pongs",
        "After as many again, the connection is closed with 4429.",
    ),
    limit(
        "requests of one person in the long run",
        "limits.messages_per_second",
        "messages a second; 0: no bound",
        "The request gets `rate_limited` with `retry_after`.",
    ),
    limit(
        "requests of one person at once",
        "limits.burst",
        "messages",
        "The request gets `rate_limited` with `retry_after`. After as many again, the connection is closed with 4429.",
    ),
    limit(
        "a text",
        "limits.text",
        "characters",
        "The request gets `too_long`.",
    ),
    limit(
        "lines of a text",
        "model/text.rs MAX_LINES",
        "lines",
        "The request gets `too_long`.",
    ),
    limit(
        "a `ref`",
        "chat/message/parse.rs MAX_REF",
        "characters",
        "The request gets `too_long`.",
    ),
    limit(
        "a moderator's reason",
        "chat/message/moderation.rs MAX_REASON",
        "characters",
        "The request gets `too_long`.",
    ),
    limit(
        "a text to search for",
        "chat/message/kinds.rs MAX_QUERY",
        "characters",
        "The request gets `too_long`.",
    ),
    limit(
        "messages of a page of history",
        "chat/message/kinds.rs MAX_PAGE",
        "messages",
        "A higher `limit` gets `bad_message`.",
    ),
    limit(
        "messages that a search finds",
        "chat/message/kinds.rs MAX_FOUND",
        "messages",
        "A higher `limit` gets `bad_message`.",
    ),
    limit(
        "the sentence about a mistake",
        "chat/message/flat.rs MAX_ERROR",
        "",
        "Its end is cut off.",
    ),
    limit(
        "requests of a light command to the hub",
        "chat/hub/intake.rs LIGHT_REQUESTS",
        "requests",
        "The command is heavy: the connection is not read until the hub has taken it, and TCP slows the client down.",
    ),
    limit(
        "bytes of a light command to the hub",
        "chat/hub/intake.rs LIGHT_BYTES",
        "",
        "The same.",
    ),
    limit(
        "requests of a heavy command to the hub",
        "chat/hub/intake.rs HEAVY_REQUESTS",
        "requests",
        "The rest of a read is the next command.",
    ),
    limit(
        "bytes of a heavy command to the hub",
        "chat/hub/intake.rs HEAVY_BYTES",
        "",
        "The rest of a read is the next command. Its last message may be as large as `limits.message`.",
    ),
    limit(
        "commands in the inbox",
        "net/inbox.rs DEPTH",
        "commands",
        "Connections are not read until the hub has taken one.",
    ),
    limit(
        "commands that the hub takes before it sends",
        "chat/hub.rs COMMANDS",
        "commands",
        "What they brought is sent first.",
    ),
    limit(
        "time that a thread waits for an answer of the hub",
        "chat/hub/command.rs PATIENCE",
        "",
        "The HTTP request gets 503.",
    ),
];

pub(super) const SENDING: &[Limit] = &[
    limit(
        "what waits for one client",
        "limits.backlog",
        "",
        "The connection is closed with 1013 `too_slow`.",
    ),
    limit(
        "what waits for all clients",
        "limits.backlog_total",
        "",
        "The connections for which the most waits are closed with 1013 `too_slow`, until the rest fits. Those that their clients are closing count, and are hung up.",
    ),
    limit(
        "frames of a room that are sent in one step",
        "chat/hub.rs BATCH",
        "",
        "They are sent.",
    ),
    limit(
        "answers to single clients that are sent in one step",
        "chat/hub.rs REPLIES",
        "",
        "They are sent.",
    ),
    limit(
        "reports that the hub takes before commands",
        "chat/hub.rs REPORTS",
        "reports",
        "The commands come first.",
    ),
    limit(
        "history that a client gets in one step",
        "chat/hub/catch_up.rs CHUNK",
        "",
        "The rest follows when this has been written.",
    ),
    limit(
        "texts of such events that wait in memory for one client",
        "chat/cursor.rs FETCHED",
        "",
        "The rest is read again when these have been written.",
    ),
    limit(
        "events that are read from the store in one step",
        "chat/hub/catch_up.rs RANGE",
        "events",
        "The rest is read when these have been written.",
    ),
    limit(
        "messages of one answer",
        "chat/hub/history.rs PAGE",
        "",
        "The rest is in the next page: `more` is true.",
    ),
    limit(
        "messages in memory that one search looks at",
        "chat/hub/history.rs LOOKED_AT",
        "messages",
        "The answer says where to go on: `before`.",
    ),
    limit(
        "texts in memory that one search looks at",
        "chat/hub/history.rs SEARCHED",
        "",
        "The same.",
    ),
];

pub(super) const CHAT: &[Limit] = &[
    limit(
        "rooms",
        "limits.rooms",
        "rooms",
        "Whoever would create one more gets `forbidden`, and reads that a host can remove one (`remove_room`). A room of a member in which nothing was said goes when nobody is in it.",
    ),
    limit(
        "a room's name",
        "model/text.rs MAX_ROOM",
        "characters",
        "The request gets `bad_message`.",
    ),
    limit(
        "removed rooms in the life of the process",
        "chat/hub/rooms.rs MAX_REMOVED",
        "rooms",
        "Whoever would create one more room gets `forbidden` until the server starts again, and reads that. A room in which nothing was said does not count.",
    ),
    limit(
        "people who are remembered after they left",
        "chat/people.rs MAX_ABSENT",
        "people",
        "Those who left first are forgotten, and their names are free. Nobody who is present, no host and no moderator is forgotten for it.",
    ),
    limit(
        "people by which that may be passed",
        "chat/people.rs ARRIVALS_BETWEEN_CHECKS",
        "people",
        "The bound is looked at.",
    ),
    limit(
        "time that a name stays with a person who left",
        "chat/people.rs KEEP_NAME",
        "ms",
        "Somebody else can have the name.",
    ),
    limit(
        "time that the name of a host or moderator stays",
        "chat/people.rs KEEP_LEADER",
        "ms",
        "Everybody can have the name. A restart forgets it at once: `[names] reserved` keeps a name.",
    ),
    limit(
        "time that a ref is remembered",
        "store/opened.rs REF_LIFETIME",
        "",
        "A request that comes again is a new one.",
    ),
    limit(
        "refs of all people",
        "chat/refs.rs REF_MEMORY",
        "",
        "The people with the most refs lose their oldest before a day has passed. Nobody else loses any.",
    ),
    limit(
        "refs by which that may be passed",
        "chat/refs.rs REFS_BETWEEN_CHECKS",
        "refs",
        "The bound is looked at.",
    ),
    limit(
        "refs of one person that are read at the start",
        "store/opened.rs MAX_REFS",
        "refs",
        "Older ones are forgotten with the restart.",
    ),
    limit(
        "refs of all people that are read at the start",
        "store/opened.rs MAX_ALL_REFS",
        "refs",
        "Older ones are forgotten with the restart.",
    ),
    limit(
        "people of a room who are listed",
        "presence.list_up_to",
        "people",
        "The room only counts them.",
    ),
    limit(
        "events of a room in memory",
        "history.memory",
        "events",
        "The oldest is read from the disk when somebody asks; without a history it is gone.",
    ),
    limit(
        "memory of an event of a room, on average",
        "chat/log.rs EVENT_BYTES",
        "",
        "The room keeps fewer events in memory than `history.memory` says. Those that are not on the disk yet stay.",
    ),
    limit(
        "a mute or a removal",
        "chat/hub/discipline.rs LONGEST",
        "seconds",
        "A longer one gets `bad_message`.",
    ),
    limit(
        "the pause of slow mode",
        "chat/pace.rs LONGEST_SLOW",
        "seconds",
        "A longer one gets `bad_message`.",
    ),
    limit(
        "people whose reactions to one message are kept",
        "chat/hub/change.rs MAX_REACTIONS",
        "people",
        "One more gets `forbidden`.",
    ),
    limit(
        "time before its end at which the holder of a token is told",
        "chat/hub/expiry.rs EXPIRY_NOTICE",
        "ms",
        "The client gets `auth_expiring`.",
    ),
    limit(
        "time between two looks at the end of a token",
        "chat/hub/expiry.rs LOOK_AGAIN",
        "ms",
        "The token is looked at, because the wall clock may have been set.",
    ),
    limit(
        "looks while the age of events in memory is known",
        "chat/ages.rs LOOKS",
        "looks",
        "What is older than `history.keep` goes with the next look, so at most a sixteenth of it too late.",
    ),
];
