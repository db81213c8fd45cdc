//! Bounds of what keeps order in a class: sanctions, polls, approval and clearing.

use crate::limits::limit::{Limit, limit};

pub(super) const CLASSROOM: &[Limit] = &[
    limit(
        "mutes and removals in force",
        "chat/classroom/sanctions.rs MAX_SANCTIONS",
        "mutes and removals",
        "One more gets `forbidden`: some have to end first.",
    ),
    limit(
        "people who are muted because of their name",
        "chat/classroom/suspicion.rs MAX_SUSPECTS",
        "people",
        "One who is not here makes room, and is muted again on coming back. If all are here, the connection of one more is closed with 4429.",
    ),
    limit(
        "people whom one mute or removal remembers as others of that name",
        "chat/classroom/suspicion.rs MAX_NAMESAKES",
        "people",
        "The oldest is forgotten: those who lead may be told of them once more.",
    ),
    limit(
        "open polls of a room",
        "chat/classroom/polls.rs MAX_OPEN",
        "polls",
        "One more gets `forbidden`: one has to be closed first.",
    ),
    limit(
        "polls of a room that can still be published",
        "chat/classroom/polls.rs MAX_KEPT",
        "polls",
        "The one that was opened first, of those that are closed, can no longer be published; its result stays in the log.",
    ),
    limit(
        "votes in all polls that are kept",
        "chat/classroom/polls.rs MAX_BALLOTS",
        "votes",
        "One more gets `forbidden`.",
    ),
    limit(
        "choices of a poll",
        "model/poll.rs MAX_CHOICES",
        "choices",
        "The request gets `bad_message`.",
    ),
    limit(
        "a question of a poll",
        "chat/message/polls.rs MAX_QUESTION",
        "characters",
        "The request gets `too_long`.",
    ),
    limit(
        "a choice of a poll",
        "chat/message/polls.rs MAX_CHOICE",
        "characters",
        "The request gets `too_long`.",
    ),
    limit(
        "a list of mutes and removals",
        "chat/hub/sanction_list.rs LIST",
        "",
        "The list ends there: `more` is true.",
    ),
    limit(
        "messages of one person, or one device, that wait for approval in a room",
        "chat/classroom/approvals.rs MAX_OF_A_PERSON",
        "messages",
        "One more gets `awaiting_approval`.",
    ),
    limit(
        "texts of one person, or one device, that wait for approval in a room",
        "chat/classroom/approvals.rs BYTES_OF_A_PERSON",
        "KiB",
        "One more gets `awaiting_approval`. A single text may be longer.",
    ),
    limit(
        "messages that wait for approval in a room",
        "chat/classroom/approvals.rs MAX_IN_A_ROOM",
        "messages",
        "One more gets `awaiting_approval`.",
    ),
    limit(
        "texts that wait for approval in a room",
        "chat/classroom/approvals.rs BYTES_IN_A_ROOM",
        "",
        "One more gets `awaiting_approval`.",
    ),
    limit(
        "decisions about messages that waited, which are remembered",
        "chat/classroom/approvals.rs MAX_DECIDED",
        "decisions",
        "The oldest are forgotten: asked for again, they get `not_found`, and what was rejected may wait again.",
    ),
    limit(
        "a list of messages that wait for approval",
        "chat/hub/approval_list.rs LIST",
        "",
        "The list ends there: `more` is true.",
    ),
    limit(
        "messages that one act clears",
        "chat/classroom/clearings.rs MAX_CLEARED",
        "messages",
        "The newest are cleared, and the `ack` says `more`.",
    ),
    limit(
        "time in which what was cleared can be brought back",
        "chat/classroom/clearings.rs UNDO",
        "ms",
        "`undo_clear` gets `too_late`.",
    ),
    limit(
        "acts of clearing that can be undone at once",
        "chat/classroom/clearings.rs MAX_ACTS",
        "acts",
        "The oldest cannot be undone any more.",
    ),
];
