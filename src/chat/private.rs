//! A private message in what the server tells clients.

use crate::chat::message::HOSTS;
use crate::chat::person_info::PersonInfo;
use crate::model::event::Author;
use crate::model::json::Json;
use crate::model::role::Role;
use crate::model::time::Millis;
use crate::store::whisper::{ReadWhisper, Whisper};
use serde::Serialize;

/// A private message.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct WhisperInfo<'a> {
    /// In a list of conversations: the other side.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub with: Option<PersonInfo<'a>>,
    /// In such a list: how many of the other side were not opened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unread: Option<u64>,
    /// Its number, if it is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<u64>,
    /// The room that it belongs to, if it is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room: Option<&'a str>,
    /// Who wrote it.
    pub from: PersonInfo<'a>,
    /// To whom.
    pub to: PersonInfo<'a>,
    /// It is between a person and all who teach there.
    #[serde(skip_serializing_if = "is_false")]
    pub shared: bool,
    /// In an answer: its lesson has ended.
    #[serde(skip_serializing_if = "is_false")]
    pub ended: bool,
    /// What.
    pub text: &'a Json,
    /// When.
    pub at: Millis,
}

impl<'a> WhisperInfo<'a> {
    /// One that is not kept.
    pub(crate) fn passing(
        from: PersonInfo<'a>,
        to: PersonInfo<'a>,
        text: &'a Json,
        at: Millis,
    ) -> Self {
        Self {
            with: None,
            unread: None,
            id: None,
            room: None,
            from,
            to,
            shared: false,
            ended: false,
            text,
            at,
        }
    }
}

/// Everybody who teaches in a room, in the place of a person.
const TEACHERS: PersonInfo<'_> = PersonInfo {
    role: Some(Role::Host),
    ..PersonInfo::named(HOSTS, HOSTS)
};

fn signed(author: &Author) -> PersonInfo<'_> {
    PersonInfo::signed(&author.id, &author.name, author.role)
}

/// A private message that is kept, as it is sent.
pub(crate) fn info(whisper: &Whisper) -> WhisperInfo<'_> {
    let to = whisper.to.as_ref();
    WhisperInfo {
        id: Some(whisper.id),
        room: Some(&whisper.room),
        shared: whisper.conversation.other.is_none(),
        ..WhisperInfo::passing(
            signed(&whisper.from),
            to.map_or(TEACHERS, |to| signed(to)),
            &whisper.text,
            whisper.at,
        )
    }
}

/// One of an answer, whose lesson has `ended` or goes on. In a list, it says with whom.
pub(crate) fn entry<'a>(item: &'a ReadWhisper, reader: &str, ended: bool) -> WhisperInfo<'a> {
    let whisper = &item.whisper;
    let (from, to) = (&whisper.from, whisper.to.as_ref());
    let side = whisper.conversation.counterpart(reader);
    let with = match to {
        _ if side.is_empty() => TEACHERS,
        _ if *from.sub == *side => signed(from),
        to => to.map_or(TEACHERS, |to| signed(to)),
    };
    WhisperInfo {
        with: item.unread.map(|_| with),
        unread: item.unread,
        ended,
        ..info(whisper)
    }
}

fn is_false(value: &bool) -> bool {
    !value
}
