//! The gate: who may do what, and where.
//!
//! Pure: values in, a verdict out, and the time is an argument. The hub asks the gate before it does
//! what needs a permission. The page only shows these rules.

use crate::chat::message::{ErrorCode, RequestError};
use crate::model::role::Role;
use crate::model::time::Ticks;
use crate::support::token_bucket::RateLimit;

/// What a request needs permission for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// Send or edit a message in a room.
    Speak,
    /// Show that one is writing, or react. Slow mode does not count it, because it has no words.
    Gesture,
    /// Write a private message to a person of this role.
    Whisper(Role),
    /// Read one's own private messages.
    ReadWhispers,
    /// Tell those who lead of a message or a person.
    Report,
    /// Create a room by joining it.
    CreateRoom,
    /// Mute, unmute or remove a person of this role.
    Discipline(Role),
    /// Lock a room, slow it down, or pin a message above it.
    RuleRoom,
    /// Raise one's hand, or share a question. It has no words, so it is open to the muted and in a
    /// quiet room; a question needs [`Action::Speak`] as well.
    RaiseHand,
    /// Lower the hands of others.
    LowerHands,
    /// Know who asks anonymously.
    KnowAskers,
    /// Read what was told to the teacher, and close it.
    ReadReports,
    /// Open a poll, which has words.
    OpenPoll,
    /// Vote in a poll. It has no words, so it stays open to a quiet class and to the muted.
    Vote,
    /// See what waits for approval in a room, publish it or reject it.
    Approve,
    /// Delete a message of a person of this role.
    DeleteOthers(Role),
    /// Erase a message from the disk.
    Purge,
    /// Remove a room with everything in it.
    RemoveRoom,
    /// End the lesson.
    EndLesson,
    /// Start the next lesson.
    StartLesson,
    /// Close the door to new people, or open it.
    Door,
    /// Read a lesson that has ended.
    ReadLesson,
}

/// The facts that the gate needs about the connection that asks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Standing {
    /// The role of its token.
    pub role: Role,
    /// Whether the token is for all rooms.
    pub everywhere: bool,
    /// When the mute of its person ends there.
    pub muted: Option<Ticks>,
    /// Whether the lesson there has ended, although its end is not on the disk yet.
    pub over: bool,
}

/// A room's rules.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Rules {
    /// Only moderators talk.
    pub locked: bool,
    /// Seconds between two messages of a person; 0: none.
    pub slow: u64,
    /// When slow mode was set. Earlier messages do not count.
    pub slow_since: Ticks,
    /// What members say waits for approval.
    pub approve: bool,
}

/// The server's settings that matter here.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Policy {
    /// PersonInfo may whisper to whom.
    pub whisper: crate::config::Whisper,
    /// PersonInfo may create rooms.
    pub create: crate::config::Create,
}

/// The least role for each action, in one table. What depends on more than the asker's role
/// (rank, mute, lock, slow mode, whom one writes to) is in [`may`].
fn least(action: Action, policy: Policy) -> Option<Role> {
    use crate::config::{Create, Whisper};
    match action {
        Action::Speak
        | Action::Gesture
        | Action::RaiseHand
        | Action::Vote
        | Action::ReadWhispers
        | Action::Report => Some(Role::Member),
        Action::Whisper(to) => match policy.whisper {
            // Their role has no private messages: what a wall shows is for all.
            _ if to == Role::Observer => None,
            Whisper::Off => None,
            Whisper::Hosts if to < Role::Moderator => Some(Role::Moderator),
            Whisper::Hosts | Whisper::All => Some(Role::Member),
        },
        Action::CreateRoom => match policy.create {
            Create::Nobody => None,
            Create::Hosts => Some(Role::Moderator),
            Create::All => Some(Role::Member),
        },
        Action::Discipline(_)
        | Action::RuleRoom
        | Action::DeleteOthers(_)
        | Action::LowerHands
        | Action::OpenPoll
        | Action::Approve
        | Action::Door
        | Action::StartLesson
        | Action::ReadLesson => Some(Role::Moderator),
        Action::Purge
        | Action::RemoveRoom
        | Action::EndLesson
        | Action::KnowAskers
        | Action::ReadReports => Some(Role::Host),
    }
}

/// Whether `who` may do `action`, in a room with `rules` when it happens in one. `spoke`: when
/// they last talked there.
pub(crate) fn may(
    who: Standing,
    action: Action,
    policy: Policy,
    room: Option<(Rules, Option<Ticks>)>,
    now: Ticks,
) -> Result<(), RequestError> {
    rank_allows(who.role, action, policy)?;
    // The next class would begin with the last words of the one that goes.
    if who.over && who.role < Role::Moderator && action != Action::ReadWhispers {
        let message = "The lesson has ended. Come back when the next one has started.";
        return Err(RequestError::new(ErrorCode::NoLesson, message));
    }
    let whole = matches!(
        action,
        Action::EndLesson | Action::StartLesson | Action::Door
    );
    if whole && !who.everywhere {
        let message = "Your token is for certain rooms, but that concerns the whole lesson.";
        return Err(RequestError::new(ErrorCode::Forbidden, message));
    }
    // Creating a room counts as public, because its name is seen by all.
    let public = matches!(
        action,
        Action::Speak | Action::Gesture | Action::OpenPoll | Action::CreateRoom
    );
    let to_a_peer = matches!(action, Action::Whisper(to) if to < Role::Moderator);
    // Members who are muted or locked out may still write to those who keep order. Only a person of
    // higher rank can have muted a moderator.
    if public || to_a_peer {
        mute_allows(who.muted, now)?;
    }
    match room.filter(|_| public && who.role < Role::Moderator) {
        Some((rules, spoke)) => rules_allow(rules, spoke, action, now),
        None => Ok(()),
    }
}

/// Whether what somebody with this role may say in a room with `rules` waits for approval.
pub(crate) fn must_wait(role: Role, rules: Rules) -> bool {
    rules.approve && role < Role::Moderator
}

/// Checks the roles of the person who asks and of the person concerned.
fn rank_allows(role: Role, action: Action, policy: Policy) -> Result<(), RequestError> {
    let forbidden = |message| Err(RequestError::new(ErrorCode::Forbidden, message));
    match action {
        _ if least(action, policy).is_none_or(|least| role < least) => {
            forbidden(why_not(action, role))
        }
        Action::Discipline(target) if target >= role => {
            forbidden("Nobody moderates somebody of equal or higher role.")
        }
        // Messages of equals may be deleted: with a new link a host is another person, and still
        // has to tidy up after the one before.
        Action::DeleteOthers(author) if author > role => {
            forbidden("Nobody deletes what somebody of higher role said.")
        }
        _ => Ok(()),
    }
}

fn mute_allows(muted: Option<Ticks>, now: Ticks) -> Result<(), RequestError> {
    let Some(until) = muted.filter(|&until| until > now) else {
        return Ok(());
    };
    let message = "You are muted: you can read, but not write.";
    let refusal = RequestError::new(ErrorCode::Muted, message);
    Err(match until {
        Ticks::NEVER => refusal,
        until => refusal.after(seconds(until.since(now))),
    })
}

/// Checks the room's lock and its slow mode.
fn rules_allow(
    rules: Rules,
    spoke: Option<Ticks>,
    action: Action,
    now: Ticks,
) -> Result<(), RequestError> {
    if rules.locked {
        let message =
            "The room is quiet: only those who lead it can write until it is opened again.";
        return Err(RequestError::new(ErrorCode::Locked, message));
    }
    let spoke = spoke.filter(|&spoke| spoke >= rules.slow_since);
    let free = spoke.map_or(now, |spoke| spoke.after(rules.slow * 1000));
    if !matches!(action, Action::Speak | Action::Gesture) || free <= now {
        return Ok(());
    }
    let (pause, wait) = (rules.slow, seconds(free.since(now)));
    let message = format!("Slow mode: one message every {pause} s. Wait {wait} s.");
    Err(RequestError::new(ErrorCode::SlowMode, message).after(wait))
}

fn why_not(action: Action, role: Role) -> &'static str {
    match action {
        Action::Speak | Action::Gesture | Action::RaiseHand | Action::Vote | Action::Report => {
            "Your role only reads here."
        }
        Action::ReadWhispers => "Your role has no private messages.",
        Action::Whisper(_) if role == Role::Observer => "Your role only reads here.",
        Action::Whisper(Role::Observer) => "Who only watches gets no private messages.",
        Action::Whisper(_) => {
            "Private messages go to the people who lead this room only, or are off."
        }
        Action::CreateRoom => "There is no such room, and your role may not create one.",
        Action::OpenPoll => "Only moderators and hosts ask the room.",
        Action::Discipline(_)
        | Action::RuleRoom
        | Action::Approve
        | Action::Door
        | Action::StartLesson => "Only moderators and hosts keep order.",
        Action::ReadLesson => "Only moderators and hosts read a lesson that has ended.",
        Action::DeleteOthers(_) => "Only its author, or those who keep order, delete a message.",
        Action::LowerHands => "Only moderators and hosts lower the hands of others.",
        Action::KnowAskers => "Only a host learns who asks anonymously.",
        Action::ReadReports => "Only a host reads what was told to the teacher.",
        Action::Purge => "Only a host erases a message for good.",
        Action::RemoveRoom => "Only a host removes a room.",
        Action::EndLesson => "Only a host ends the lesson.",
    }
}

fn seconds(millis: u64) -> u64 {
    millis.div_ceil(1000).max(1)
}

/// What a Ping costs, in messages. Each one is answered, and a flood of them is not allowed.
pub(crate) const PING_COST: f64 = 0.25;

/// How often a person may connect. A program that is being written reconnects often; one in a loop
/// never stops.
pub(crate) const VISITS: RateLimit = RateLimit {
    burst: 300.0,
    per_second: 20.0,
};

#[cfg(test)]
#[path = "gate_tests.rs"]
mod tests;
