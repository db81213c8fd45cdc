//! What a client may ask in `chat.v1`, as values.

use crate::auth::token::Claims;
use crate::chat::message::error::RequestError;
use crate::model::json::Json;
use crate::model::poll::{Choices, Question};
use smol_str::SmolStr;

/// A position in a room's log, as a client remembers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Since {
    /// Which run of the server numbered it.
    pub epoch: Box<str>,
    /// The last event the client has.
    pub seq: u64,
}

/// What a client asks, with its own id for it.
#[derive(Debug)]
pub struct RequestEnvelope {
    /// `ref`, as JSON, to be echoed in the answer.
    pub reference: Option<Json>,
    /// Recognises the request when it comes again; of those that become events.
    pub print: Option<Fingerprint>,
    /// What it costs, in messages.
    pub cost: f64,
    /// The request, or what is wrong with it.
    pub request: Result<Request, RequestError>,
}

/// What a message costs that cannot be read, in messages.
const COST_OF_A_MISTAKE: f64 = 1.0;

impl RequestEnvelope {
    /// A message with which something is wrong.
    pub fn refused(reference: Option<Json>, refusal: RequestError) -> Self {
        Self {
            reference,
            print: None,
            cost: COST_OF_A_MISTAKE,
            request: Err(refusal),
        }
    }
}

/// Two fingerprints that recognise a repeated `ref` without keeping its text: which ref, and
/// with which content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint {
    /// Of the `ref`.
    pub reference: u64,
    /// Of everything else; 0: erased, equal to any.
    pub content: u64,
}

/// What a client may ask.
#[derive(Debug)]
#[allow(
    missing_docs,
    reason = "the fields are those of the protocol reference in docs/chat.v1.md"
)]
pub enum Request {
    /// Enter a room, possibly from where one left off.
    Join {
        room: Box<str>,
        since: Option<Since>,
    },
    /// Leave a room.
    Leave { room: Box<str> },
    /// Say something in a room.
    Send {
        room: SmolStr,
        text: Json,
        reply_to: Option<u64>,
    },
    /// Say something to one person.
    Whisper { to: Box<str>, message: Private },
    /// What was said in private with one side, or with each the newest.
    Whispers {
        with: Option<Box<str>>,
        before: Option<u64>,
    },
    /// "I am writing."
    Typing { room: Box<str> },
    /// Put one's own message in other words.
    Edit {
        room: Box<str>,
        seq: u64,
        text: Json,
    },
    /// Take a message back; `purge`: erase it from the disk, too.
    Delete {
        room: Box<str>,
        seq: u64,
        purge: bool,
    },
    /// React to a message, or take the reaction back.
    React {
        room: Box<str>,
        seq: u64,
        emoji: Option<Box<str>>,
    },
    /// Messages that contain a text.
    Search {
        room: Box<str>,
        query: Box<str>,
        before: Option<u64>,
        limit: Option<u32>,
        lesson: Option<u64>,
    },
    /// Older messages of a room.
    History {
        room: Box<str>,
        before: Option<u64>,
        limit: Option<u32>,
        lesson: Option<u64>,
    },
    /// The lessons of a room.
    Lessons { room: Box<str> },
    /// `auth`: go on with a new token, which was verified when the request was read.
    Renew(Box<Claims>),
    /// Raise one's hand, with a question or without, or lower it.
    Hand {
        room: Box<str>,
        up: bool,
        question: Option<Json>,
        anonymous: bool,
    },
    /// "I have that question, too."
    Second { room: Box<str>, hand: u64, on: bool },
    /// Tell those who lead of a message or a person.
    Report { room: Box<str>, reported: Reported },
    /// What they were told.
    Reports,
    /// Keep order.
    Moderate(Moderation),
    /// Who is muted or removed.
    Sanctions,
    /// Ask the room a question with choices.
    Poll { room: Box<str>, asked: Question },
    /// Choose in a poll.
    Vote {
        room: Box<str>,
        poll: u64,
        choices: Choices,
    },
    /// What waits for approval after the number `after`.
    Approvals { room: Box<str>, after: Option<u64> },
}

/// Whose hand is meant.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Whose {
    /// That of the person with this id.
    User(Box<str>),
    /// The one that went up with this event, whoever it belongs to.
    Hand(u64),
}

/// A private message that somebody wants to write.
#[derive(Debug, Hash)]
pub struct Private {
    /// The room that it is to belong to.
    pub room: Option<Box<str>>,
    /// What.
    pub text: Json,
    /// A host answers for all who teach there.
    pub shared: bool,
}

/// What is reported besides the room: a message, a person, or both.
#[derive(Debug, Hash)]
pub struct Reported {
    /// The message.
    pub seq: Option<u64>,
    /// The public id of the person.
    pub user: Option<Box<str>>,
    /// What the reporter adds.
    pub note: Option<Json>,
}

/// `moderate`: what moderators and hosts may do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(
    missing_docs,
    reason = "the fields are those of the protocol reference in docs/chat.v1.md"
)]
pub enum Moderation {
    /// May read on but not talk; without `seconds` until unmuted.
    Mute {
        user: Box<str>,
        seconds: Option<u64>,
        reason: Option<Box<str>>,
    },
    /// May talk again.
    Unmute { user: Box<str> },
    /// May not talk, whoever asked this anonymous question.
    MuteAsker {
        room: Box<str>,
        hand: u64,
        seconds: Option<u64>,
        reason: Option<Box<str>>,
    },
    /// May talk again.
    UnmuteAsker { room: Box<str>, hand: u64 },
    /// Out, and not back before the time is over.
    Kick {
        user: Box<str>,
        seconds: Option<u64>,
        reason: Option<Box<str>>,
    },
    /// A person who was removed may come back at once.
    Unkick { user: Box<str> },
    /// Out, and not back before somebody who leads decides so, or the time is over.
    Ban {
        user: Box<str>,
        seconds: Option<u64>,
        reason: Option<Box<str>>,
    },
    /// A person who was banned may come back at once.
    Unban { user: Box<str> },
    /// Only moderators talk.
    Lock { room: Box<str>, on: bool },
    /// Seconds between two messages of a person; 0 ends it.
    Slow { room: Box<str>, seconds: u64 },
    /// What members say waits until it is published.
    Approve { room: Box<str>, on: bool },
    /// What waits with this number is published.
    Publish { room: Box<str>, id: u64 },
    /// What waits with this number is dropped.
    Reject {
        room: Box<str>,
        id: u64,
        reason: Option<Box<str>>,
    },
    /// All messages of a person, or of a part of the log, are deleted.
    Clear {
        room: Box<str>,
        user: Option<Box<str>>,
        from: u64,
        to: u64,
    },
    /// What was cleared comes back; without `seq` the newest.
    UndoClear { room: Box<str>, seq: Option<u64> },
    /// Pin a message above the room, or none.
    Pin { room: Box<str>, seq: Option<u64> },
    /// Somebody's hand goes down; `answered`: because it was answered.
    Lower {
        room: Box<str>,
        whose: Whose,
        answered: bool,
    },
    /// All hands of a room go down.
    LowerHands { room: Box<str> },
    /// The room goes away, with everything in it.
    RemoveRoom { room: Box<str> },
    /// The poll takes no more votes.
    ClosePoll { room: Box<str>, poll: u64 },
    /// Everybody sees the sums of the poll.
    PublishPoll { room: Box<str>, poll: u64 },
    /// Somebody has looked at a report.
    CloseReport { id: u64 },
    /// Everybody goes home; guest tokens and class code of this lesson end.
    EndLesson {
        class: Option<Box<str>>,
        seconds: Option<u64>,
    },
    /// The next lesson starts.
    StartLesson { class: Option<Box<str>> },
    /// Stops the countdown to the end of the lesson.
    KeepLesson { class: Option<Box<str>> },
    /// People may join with the class code, or not.
    Door { class: Option<Box<str>>, open: bool },
    /// Somebody who waits at the closed door may come in.
    Admit { class: Option<Box<str>>, id: u64 },
}

impl Moderation {
    /// Its name on the wire.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Mute { .. } | Self::MuteAsker { .. } => "mute",
            Self::Unmute { .. } | Self::UnmuteAsker { .. } => "unmute",
            Self::Kick { .. } => "kick",
            Self::Unkick { .. } => "unkick",
            Self::Ban { .. } => "ban",
            Self::Unban { .. } => "unban",
            Self::Lock { .. } => "lock",
            Self::Slow { .. } => "slow",
            Self::Approve { .. } => "approve",
            Self::Publish { .. } => "publish",
            Self::Reject { .. } => "reject",
            Self::Clear { .. } => "clear",
            Self::UndoClear { .. } => "undo_clear",
            Self::Pin { .. } => "pin",
            Self::Lower { .. } => "lower",
            Self::LowerHands { .. } => "lower_hands",
            Self::RemoveRoom { .. } => "remove_room",
            Self::EndLesson { .. } => "end_lesson",
            Self::StartLesson { .. } => "start_lesson",
            Self::KeepLesson { .. } => "keep_lesson",
            Self::Door { .. } => "door",
            Self::Admit { .. } => "admit",
            Self::ClosePoll { .. } => "close_poll",
            Self::PublishPoll { .. } => "publish_poll",
            Self::CloseReport { .. } => "close_report",
        }
    }
}
