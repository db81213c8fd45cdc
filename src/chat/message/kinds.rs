//! Every request of `chat.v1` in one table: its name, its fields, what it costs, and how it is read.

use crate::chat::message::context::Context;
use crate::chat::message::error::RequestError;
use crate::chat::message::flat::{
    Flat, bad, number, owned, page, person_to, required, text, unsayable,
};
use crate::chat::message::hands;
use crate::chat::message::kind::{Kind, kind};
use crate::chat::message::moderation::read_moderation;
use crate::chat::message::polls;
use crate::chat::message::request::{Private, Reported, Request};
use crate::model::json::Json;
use crate::model::text;

/// Everybody who teaches in a room, where a message names a person by id.
pub(crate) const HOSTS: &str = "hosts";
/// Most messages of one `history` page.
pub(crate) const MAX_PAGE: u32 = 100;
/// Most messages that one `search` finds.
pub(crate) const MAX_FOUND: u32 = 50;
/// The emoji that one may react with: few, so that nobody says with emoji what a mute keeps them
/// from saying.
pub(super) const REACTIONS: [&str; 6] = ["👍", "❤️", "😂", "🎉", "🤔", "👀"];
/// Longest `note` to a report, in characters: a few sentences.
const MAX_NOTE: usize = 500;
/// A text with code counts as one message for each so many characters, or for each `limits.text`.
const PART: usize = 4000;
/// Longest text to search for, in characters.
const MAX_QUERY: usize = 100;

/// Every `type` but `moderate`.
pub(super) const REQUESTS: [Kind<Request>; 21] = [
    kind(
        "send",
        1.0,
        &["room", "text", "reply_to"],
        |flat, context| {
            Ok(Request::Send {
                room: required(&flat.room, "room")?.into(),
                text: text(&flat.text, context.bounds)?,
                reply_to: flat.reply_to,
            })
        },
    ),
    kind("typing", 0.25, &["room"], |flat, _| {
        Ok(Request::Typing {
            room: owned(&flat.room, "room")?,
        })
    }),
    kind(
        "whisper",
        1.0,
        &["to", "room", "text", "shared"],
        |flat, context| {
            Ok(Request::Whisper {
                to: person_to(&flat.to)?,
                message: Private {
                    room: flat.room.as_ref().map(|room| (*room.0).into()),
                    text: text(&flat.text, context.bounds)?,
                    shared: flat.shared.unwrap_or(false),
                },
            })
        },
    ),
    kind("whispers", 3.0, &["with", "before"], |flat, _| {
        Ok(Request::Whispers {
            with: flat.with.as_ref().map(|with| (*with.0).into()),
            before: flat.before,
        })
    }),
    kind("react", 0.5, &["room", "seq", "emoji"], |flat, _| {
        Ok(Request::React {
            room: owned(&flat.room, "room")?,
            seq: number(flat.seq.given().copied(), "seq")?,
            emoji: flat
                .emoji
                .stated("emoji")?
                .map(|emoji| reaction(&emoji.0))
                .transpose()?,
        })
    }),
    kind("edit", 1.0, &["room", "seq", "text"], |flat, context| {
        Ok(Request::Edit {
            room: owned(&flat.room, "room")?,
            seq: number(flat.seq.given().copied(), "seq")?,
            text: text(&flat.text, context.bounds)?,
        })
    }),
    kind("delete", 1.0, &["room", "seq", "purge"], |flat, _| {
        Ok(Request::Delete {
            room: owned(&flat.room, "room")?,
            seq: number(flat.seq.given().copied(), "seq")?,
            purge: flat.purge.unwrap_or(false),
        })
    }),
    kind("join", 2.0, &["room", "since"], |flat, _| {
        Ok(Request::Join {
            room: owned(&flat.room, "room")?,
            since: flat.since.clone(),
        })
    }),
    kind("leave", 1.0, &["room"], |flat, _| {
        Ok(Request::Leave {
            room: owned(&flat.room, "room")?,
        })
    }),
    kind(
        "history",
        3.0,
        &["room", "before", "limit", "lesson"],
        |flat, _| {
            let room = owned(&flat.room, "room")?;
            page(flat.limit, MAX_PAGE)?;
            Ok(Request::History {
                room,
                before: flat.before,
                limit: flat.limit,
                lesson: flat.lesson,
            })
        },
    ),
    kind("lessons", 3.0, &["room"], |flat, _| {
        Ok(Request::Lessons {
            room: owned(&flat.room, "room")?,
        })
    }),
    kind(
        "search",
        10.0,
        &["room", "query", "before", "limit", "lesson"],
        |flat, _| {
            let room = owned(&flat.room, "room")?;
            let query = required(&flat.query, "query")?;
            text::check(query, MAX_QUERY).map_err(|error| unsayable("`query`: ", error))?;
            page(flat.limit, MAX_FOUND)?;
            Ok(Request::Search {
                room,
                query: query.into(),
                before: flat.before,
                limit: flat.limit,
                lesson: flat.lesson,
            })
        },
    ),
    kind("auth", 2.0, &["token"], |flat, context| {
        let token = required(&flat.token, "token")?;
        Ok(Request::Renew(Box::new((context.verify)(token)?)))
    }),
    kind(
        "hand",
        1.0,
        &["room", "up", "question", "anonymous"],
        hands::hand,
    ),
    kind("second", 0.5, &["room", "hand", "on"], hands::second),
    kind(
        "report",
        3.0,
        &["room", "seq", "user", "note"],
        |flat, _| report(flat),
    ),
    kind("reports", 3.0, &[], |_, _| Ok(Request::Reports)),
    kind("sanctions", 3.0, &[], |_, _| Ok(Request::Sanctions)),
    kind("approvals", 3.0, &["room", "after"], |flat, _| {
        Ok(Request::Approvals {
            room: owned(&flat.room, "room")?,
            after: flat.after,
        })
    }),
    kind(
        "poll",
        2.0,
        &["room", "question", "choices", "multiple", "anonymous"],
        |flat, _| {
            Ok(Request::Poll {
                room: owned(&flat.room, "room")?,
                asked: polls::question(flat)?,
            })
        },
    ),
    kind("vote", 0.5, &["room", "poll", "choices"], |flat, _| {
        Ok(Request::Vote {
            room: owned(&flat.room, "room")?,
            poll: number(flat.poll, "poll")?,
            choices: polls::chosen(flat)?,
        })
    }),
];

/// Makes the request of its fields, and says what it costs.
pub(super) fn read(flat: &Flat<'_>, context: &Context<'_>) -> Result<(Request, f64), RequestError> {
    let name = required(&flat.kind, "type")?;
    if name == "moderate" {
        return read_moderation(flat, context);
    }
    let Some(kind) = REQUESTS.iter().find(|kind| *kind.name == *name) else {
        return Err(match name {
            "" => bad("`type` is empty."),
            other => bad(format!("There is no message of type {other:?} in chat.v1.")),
        });
    };
    flat.only(kind.name, kind.fields)?;
    let request = (kind.read)(flat, context)?;
    Ok((request, kind.cost * parts(flat, context)))
}

/// As how many messages a long text counts: code has room for several, and costs as much.
fn parts(flat: &Flat<'_>, context: &Context<'_>) -> f64 {
    let most = context.bounds.text.max(PART);
    match &flat.text {
        Some(text) if text.0.len() > most => text.0.chars().count().div_ceil(most) as f64,
        _ => 1.0,
    }
}

fn report(flat: &Flat<'_>) -> Result<Request, RequestError> {
    if flat.seq.given().is_none() && flat.user.is_none() {
        return Err(bad("`seq` or `user` says what is reported."));
    }
    let note = flat.note.as_ref().map(|note| {
        text::check(&note.0, MAX_NOTE).map_err(|error| unsayable("`note`: ", error))?;
        Ok(Json::quote(&note.0))
    });
    Ok(Request::Report {
        room: owned(&flat.room, "room")?,
        reported: Reported {
            seq: flat.seq.given().copied(),
            user: flat.user.as_ref().map(|user| (*user.0).into()),
            note: note.transpose()?,
        },
    })
}

fn reaction(emoji: &str) -> Result<Box<str>, RequestError> {
    if !REACTIONS.contains(&emoji) {
        let known = REACTIONS.join(" ");
        return Err(bad(format!("`emoji` is null or one of {known}.")));
    }
    Ok(emoji.into())
}
