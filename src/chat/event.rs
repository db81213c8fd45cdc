//! What the server tells clients in `chat.v1`, as JSON.
//!
//! Most events are a serde enum, `type` first. The two that the fan-out is made of, `message` and
//! the `ack` of a `send`, are put together from parts that were encoded before, because they are
//! made once per message while a thousand clients wait.

use crate::chat::class_info::{ClassInfo, LessonInfo};
use crate::chat::classroom::lobby::Caller;
pub(crate) use crate::chat::event_parts::{
    Limits, PendingInfo, RoomInfo, SanctionInfo, ServerInfo, is_message_or_its_ack,
};
use crate::chat::hand_info::{HandInfo, Owner, Votes};
use crate::chat::message::Rejection;
pub(crate) use crate::chat::person_info::PersonInfo;
use crate::chat::poll_info::{PollInfo, TallyOfLeaders, VoteInfo};
use crate::chat::private::WhisperInfo;
use crate::chat::report_info::ReportInfo;
use crate::model::event::State;
use crate::model::item::MessageState;
use crate::model::json::Json;
use crate::model::time::Millis;
use crate::websocket::frame;
use bytes::{Bytes, BytesMut};
use serde::Serialize;

/// Every message of the server but `message` and the `ack` of an event.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[allow(
    missing_docs,
    reason = "the fields are those of the protocol reference in docs/chat.v1.md"
)]
pub(crate) enum ServerMessage<'a> {
    /// The first message of a connection.
    Welcome {
        you: PersonInfo<'a>,
        connection: &'a str,
        rooms: Vec<RoomInfo<'a>>,
        default_room: &'a str,
        whisper: crate::config::Whisper,
        limits: Limits,
        server: ServerInfo,
        token_expires: Millis,
        /// The token is for certain rooms.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        limited: bool,
        /// The class code, for hosts and moderators of all rooms.
        #[serde(skip_serializing_if = "Option::is_none")]
        class_code: Option<&'a str>,
        /// The address of this server, for them, too.
        #[serde(skip_serializing_if = "Option::is_none")]
        join_url: Option<&'a str>,
        /// Whether people can join with the class code, for all who lead.
        #[serde(skip_serializing_if = "Option::is_none")]
        door_open: Option<bool>,
        /// Whether a lesson runs, for them, too.
        #[serde(skip_serializing_if = "Option::is_none")]
        lesson_runs: Option<bool>,
        /// The classes that the holder leads in part at least, if the server has several.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        classes: Vec<ClassInfo<'a>>,
    },
    /// The lesson has ended, or the next has started, which this code is for. For those who lead the whole
    /// class.
    Lesson {
        /// Which, if the server has several classes; likewise below.
        #[serde(skip_serializing_if = "Option::is_none")]
        class: Option<&'a str>,
        runs: bool,
        /// The number of the lesson that runs, or of the one that has ended.
        lesson: u64,
        by: PersonInfo<'a>,
        #[serde(skip_serializing_if = "Option::is_none")]
        class_code: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        join_url: Option<&'a str>,
    },
    /// The lesson ends in so many seconds, unless somebody who leads stops it.
    LessonEnding {
        #[serde(skip_serializing_if = "Option::is_none")]
        class: Option<&'a str>,
        #[serde(rename = "in")]
        seconds: u64,
        by: PersonInfo<'a>,
    },
    /// Somebody who leads has stopped the end of the lesson.
    LessonKept {
        #[serde(skip_serializing_if = "Option::is_none")]
        class: Option<&'a str>,
        by: PersonInfo<'a>,
    },
    /// Rooms in which the connection is not, of those with other people or new messages.
    Rooms { rooms: Vec<RoomInfo<'a>> },
    /// The answer to `join`; history follows.
    Joined {
        #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
        reference: Option<&'a Json>,
        room: &'a str,
        epoch: &'a str,
        seq: u64,
        recovered: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        from: Option<u64>,
        state: State,
        #[serde(skip_serializing_if = "Option::is_none")]
        pin: Option<u64>,
        count: usize,
        members: Vec<PersonInfo<'a>>,
        hands: Vec<HandInfo<'a>>,
        /// The polls that are open.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        polls: Vec<PollInfo<'a>>,
        /// What waits for approval: for those who lead all, for others their own.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        pending: Vec<PendingInfo<'a>>,
        /// More waits than fits.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        pending_more: bool,
    },
    /// How many have each open question, too.
    Hands { room: &'a str, votes: Votes },
    /// Whose an anonymous question is. For those who may know, and for that person.
    Asker {
        room: &'a str,
        hand: u64,
        user: Owner<'a>,
    },
    /// The sums of a poll up to now.
    Tally {
        room: &'a str,
        poll: u64,
        /// None while an anonymous poll has too few.
        votes: &'a [u32],
        count: u32,
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        closed: bool,
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        published: bool,
        /// The rest is for those who lead.
        #[serde(flatten)]
        of_leaders: Option<TallyOfLeaders<'a>>,
    },
    /// This person has voted on another connection.
    Voted(VoteInfo<'a>),
    /// PersonInfo came and went in the last tick.
    Presence {
        room: &'a str,
        joined: Vec<PersonInfo<'a>>,
        left: Vec<PersonInfo<'a>>,
        count: usize,
    },
    /// A private message.
    Whisper(WhisperInfo<'a>),
    /// Private messages with one side, the oldest first; or, without `with`, the newest with each side,
    /// the newest first.
    Whispers {
        #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
        reference: Option<&'a Json>,
        #[serde(skip_serializing_if = "Option::is_none")]
        with: Option<&'a str>,
        messages: Vec<WhisperInfo<'a>>,
        more: bool,
    },
    /// A person is writing.
    Typing { room: &'a str, from: PersonInfo<'a> },
    /// A page of older events.
    History {
        #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
        reference: Option<&'a Json>,
        room: &'a str,
        messages: Vec<&'a MessageState>,
        more: bool,
    },
    /// The messages that a search found, newest first. `before`: where the next search begins.
    Found {
        #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
        reference: Option<&'a Json>,
        room: &'a str,
        query: &'a str,
        messages: Vec<&'a MessageState>,
        #[serde(skip_serializing_if = "Option::is_none")]
        before: Option<u64>,
    },
    /// The lessons of a room, the newest first.
    Lessons {
        #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
        reference: Option<&'a Json>,
        room: &'a str,
        lessons: Vec<LessonInfo>,
    },
    /// A moderator or host has acted.
    Moderated {
        action: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        target: Option<PersonInfo<'a>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        room: Option<&'a str>,
        /// Where it holds, unless it is everywhere.
        #[serde(skip_serializing_if = "Option::is_none")]
        rooms: Option<&'a [Box<str>]>,
        by: PersonInfo<'a>,
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        until: Option<Millis>,
        #[serde(skip_serializing_if = "Option::is_none")]
        state: Option<State>,
    },
    /// Somebody came in with the name of a person who was muted or removed, and is muted. For moderators
    /// and hosts.
    Suspected {
        user: PersonInfo<'a>,
        was: PersonInfo<'a>,
        /// What binds the other person.
        action: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        rooms: Option<&'a [Box<str>]>,
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        until: Option<Millis>,
        /// More have come, of whom `user` is the newest: how many they are.
        #[serde(skip_serializing_if = "Option::is_none")]
        count: Option<usize>,
    },
    /// Somebody was muted through an anonymous question, or may talk again. Only those who may know,
    /// and the person, get `target`.
    #[serde(rename = "moderated")]
    ModeratedAsker {
        action: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        target: Option<PersonInfo<'a>>,
        room: &'a str,
        hand: u64,
        by: PersonInfo<'a>,
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        until: Option<Millis>,
    },
    /// The door was closed or opened. For moderators and hosts.
    #[serde(rename = "moderated")]
    DoorMoved {
        #[serde(skip_serializing_if = "Option::is_none")]
        class: Option<&'a str>,
        action: &'static str,
        open: bool,
        /// Whether it is open or closed in a lesson, or shut because none runs.
        lesson_runs: bool,
        by: PersonInfo<'a>,
    },
    /// Who waits at the closed door, the first one first. For those who lead the class.
    Lobby {
        #[serde(skip_serializing_if = "Option::is_none")]
        class: Option<&'a str>,
        waiting: &'a [Caller],
    },
    /// Somebody told those who lead of a message or a person.
    Reported(ReportInfo<'a>),
    /// The open reports, the newest first.
    Reports {
        #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
        reference: Option<&'a Json>,
        reports: Vec<ReportInfo<'a>>,
        /// There are more than fit.
        more: bool,
    },
    /// Somebody has looked at a report.
    ReportClosed {
        id: u64,
        room: &'a str,
        by: PersonInfo<'a>,
    },
    /// Who is muted or removed, the newest first.
    Sanctions {
        #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
        reference: Option<&'a Json>,
        mutes: Vec<SanctionInfo<'a>>,
        kicks: Vec<SanctionInfo<'a>>,
        bans: Vec<SanctionInfo<'a>>,
        /// There are more than fit.
        more: bool,
    },
    /// A request succeeded.
    Ack {
        #[serde(rename = "ref")]
        reference: &'a Json,
        #[serde(skip_serializing_if = "Option::is_none")]
        room: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        at: Option<Millis>,
    },
    /// A private message was sent. `kept`: nobody of the other side is here, and it waits for them.
    #[serde(rename = "ack")]
    PrivateAck {
        #[serde(rename = "ref")]
        reference: &'a Json,
        at: Millis,
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        kept: bool,
    },
    /// The token expires soon.
    AuthExpiring {
        #[serde(rename = "in")]
        seconds: u64,
    },
    /// A request was refused.
    Error {
        #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
        reference: Option<&'a Json>,
        code: &'static str,
        message: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        retry_after: Option<u64>,
        #[serde(flatten, skip_serializing_if = "Option::is_none")]
        rejection: Option<&'a Rejection>,
    },
}

impl ServerMessage<'_> {
    /// Appends it to `buffer` as a text frame.
    pub(crate) fn put(&self, buffer: &mut BytesMut) {
        frame::put_text(buffer, &[&self.json()]);
    }

    /// As a text frame of its own.
    pub(crate) fn frame(&self) -> Bytes {
        frame::text(&self.json())
    }

    fn json(&self) -> Vec<u8> {
        // Maps with string keys, numbers and strings: nothing here can fail to be JSON.
        serde_json::to_vec(self).unwrap_or_default()
    }
}

/// A message to a room. `head` is [`message_head`] of the room, `from` a serialised [`PersonInfo`].
pub(crate) fn put_message(
    buffer: &mut BytesMut,
    (head, seq): (&str, u64),
    from: &str,
    text: &Json,
    reply_to: Option<u64>,
    at: Millis,
) {
    let [mut digits, mut clock, mut target] = [itoa::Buffer::new(); 3];
    let reply = reply_to.map_or(["", ""], |seq| [",\"reply_to\":", target.format(seq)]);
    let parts = [
        head.as_bytes(),
        digits.format(seq).as_bytes(),
        b",\"from\":",
        from.as_bytes(),
        b",\"text\":",
        text.as_bytes(),
        reply[0].as_bytes(),
        reply[1].as_bytes(),
        b",\"at\":",
        clock.format(at).as_bytes(),
        b"}",
    ];
    frame::put_text(buffer, &parts);
}

/// The beginning of every message of a room.
pub(crate) fn message_head(room: &str) -> Box<str> {
    format!(
        "{{\"type\":\"message\",\"room\":{},\"seq\":",
        Json::quote(room).as_str()
    )
    .into()
}

/// The `ack` of an event. `room` is JSON already.
pub(crate) fn put_send_ack(
    buffer: &mut BytesMut,
    reference: &Json,
    room: &Json,
    seq: u64,
    at: Millis,
) {
    let [mut digits, mut clock] = [itoa::Buffer::new(); 2];
    let parts = [
        b"{\"type\":\"ack\",\"ref\":",
        reference.as_bytes(),
        b",\"room\":",
        room.as_bytes(),
        b",\"seq\":",
        digits.format(seq).as_bytes(),
        b",\"at\":",
        clock.format(at).as_bytes(),
        b"}",
    ];
    frame::put_text(buffer, &parts);
}

#[cfg(test)]
#[path = "event_tests.rs"]
mod tests;
