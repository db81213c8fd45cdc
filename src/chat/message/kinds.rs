//! Every request of `chat.v1` in one table: its name, its fields, what it costs, and how it is read.

use crate::auth::token::Claims;
use crate::chat::message::error::RequestError;
use crate::chat::message::flat::{
    Flat, bad, missing, number, owned, page, required, text, unsayable,
};
use crate::chat::message::request::{Moderation, Request};
use crate::model::text;

/// Most messages of one `history` page.
pub(crate) const MAX_PAGE: u32 = 100;
/// Most messages that one `search` finds.
pub(crate) const MAX_FOUND: u32 = 50;
/// The emoji that one may react with: few, so that nobody says with emoji what a mute keeps them
/// from saying.
const REACTIONS: [&str; 6] = ["👍", "❤️", "😂", "🎉", "🤔", "👀"];
/// Longest `reason` of a moderator, in characters. A Close frame has room for 123 bytes: there the
/// end of a long one is cut off.
const MAX_REASON: usize = 200;
/// Longest text to search for, in characters.
const MAX_QUERY: usize = 100;

/// What reading a request needs to know.
pub(super) struct Context<'a> {
    /// Longest text, in characters.
    pub max_text: usize,
    /// Verifies the token of `auth`.
    pub verify: &'a dyn Fn(&str) -> Result<Claims, RequestError>,
}

type Read<T> = fn(&Flat<'_>, &Context<'_>) -> Result<T, RequestError>;

/// One kind of request.
pub(super) struct Kind<T: 'static> {
    /// Its `type`, or `action` in `moderate`.
    pub name: &'static str,
    /// The fields that it may have, apart from `type` and `ref`.
    pub fields: &'static [&'static str],
    /// What it costs, in messages: more for what makes the server or the others work more.
    pub cost: f64,
    /// Makes the request of its fields.
    read: Read<T>,
}

const fn kind<T>(
    name: &'static str,
    cost: f64,
    fields: &'static [&'static str],
    read: Read<T>,
) -> Kind<T> {
    Kind {
        name,
        fields,
        cost,
        read,
    }
}

/// Every `type` but `moderate`.
const REQUESTS: [Kind<Request>; 13] = [
    kind(
        "send",
        1.0,
        &["room", "text", "reply_to"],
        |flat, context| {
            Ok(Request::Send {
                room: owned(&flat.room, "room")?,
                text: text(&flat.text, context.max_text)?,
                reply_to: flat.reply_to,
            })
        },
    ),
    kind("typing", 0.25, &["room"], |flat, _| {
        Ok(Request::Typing {
            room: owned(&flat.room, "room")?,
        })
    }),
    kind("whisper", 1.0, &["to", "text"], |flat, context| {
        Ok(Request::Whisper {
            to: owned(&flat.to, "to")?,
            text: text(&flat.text, context.max_text)?,
        })
    }),
    kind("react", 0.5, &["room", "seq", "emoji"], |flat, _| {
        Ok(Request::React {
            room: owned(&flat.room, "room")?,
            seq: number(flat.seq, "seq")?,
            emoji: flat
                .emoji
                .as_ref()
                .map(|emoji| reaction(&emoji.0))
                .transpose()?,
        })
    }),
    kind("edit", 1.0, &["room", "seq", "text"], |flat, context| {
        Ok(Request::Edit {
            room: owned(&flat.room, "room")?,
            seq: number(flat.seq, "seq")?,
            text: text(&flat.text, context.max_text)?,
        })
    }),
    kind("delete", 1.0, &["room", "seq", "purge"], |flat, _| {
        Ok(Request::Delete {
            room: owned(&flat.room, "room")?,
            seq: number(flat.seq, "seq")?,
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
    kind("sanctions", 3.0, &[], |_, _| Ok(Request::Sanctions)),
];

/// Every `action` of `moderate`.
const MODERATION: [Kind<Moderation>; 14] = [
    kind(
        "mute",
        1.0,
        &["action", "user", "seconds", "reason"],
        |flat, _| {
            Ok(Moderation::Mute {
                reason: reason(flat)?,
                user: owned(&flat.user, "user")?,
                seconds: flat.seconds,
            })
        },
    ),
    kind("unmute", 1.0, &["action", "user"], |flat, _| {
        Ok(Moderation::Unmute {
            user: owned(&flat.user, "user")?,
        })
    }),
    kind(
        "kick",
        1.0,
        &["action", "user", "seconds", "reason"],
        |flat, _| {
            Ok(Moderation::Kick {
                reason: reason(flat)?,
                user: owned(&flat.user, "user")?,
                seconds: flat.seconds,
            })
        },
    ),
    kind("unkick", 1.0, &["action", "user"], |flat, _| {
        let user = owned(&flat.user, "user")?;
        Ok(Moderation::Unkick { user })
    }),
    kind(
        "ban",
        1.0,
        &["action", "user", "seconds", "reason"],
        |flat, _| {
            Ok(Moderation::Ban {
                reason: reason(flat)?,
                user: owned(&flat.user, "user")?,
                seconds: flat.seconds,
            })
        },
    ),
    kind("unban", 1.0, &["action", "user"], |flat, _| {
        let user = owned(&flat.user, "user")?;
        Ok(Moderation::Unban { user })
    }),
    kind("lock", 2.0, &["action", "room", "on"], |flat, _| {
        Ok(Moderation::Lock {
            on: flat.on.ok_or_else(|| missing("on"))?,
            room: owned(&flat.room, "room")?,
        })
    }),
    kind("slow", 2.0, &["action", "room", "seconds"], |flat, _| {
        Ok(Moderation::Slow {
            seconds: flat.seconds.ok_or_else(|| missing("seconds"))?,
            room: owned(&flat.room, "room")?,
        })
    }),
    kind("pin", 1.0, &["action", "room", "seq"], |flat, _| {
        Ok(Moderation::Pin {
            room: owned(&flat.room, "room")?,
            seq: flat.seq,
        })
    }),
    kind("remove_room", 2.0, &["action", "room"], |flat, _| {
        Ok(Moderation::RemoveRoom {
            room: owned(&flat.room, "room")?,
        })
    }),
    kind(
        "end_lesson",
        1.0,
        &["action", "class", "seconds"],
        |flat, _| {
            Ok(Moderation::EndLesson {
                class: class(flat),
                seconds: flat.seconds,
            })
        },
    ),
    kind("start_lesson", 1.0, &["action", "class"], |flat, _| {
        Ok(Moderation::StartLesson { class: class(flat) })
    }),
    kind("keep_lesson", 1.0, &["action", "class"], |flat, _| {
        Ok(Moderation::KeepLesson { class: class(flat) })
    }),
    kind("door", 1.0, &["action", "class", "open"], |flat, _| {
        Ok(Moderation::Door {
            class: class(flat),
            open: flat.open.ok_or_else(|| missing("open"))?,
        })
    }),
];

/// Makes the request of its fields, and says what it costs.
pub(super) fn read(flat: &Flat<'_>, context: &Context<'_>) -> Result<(Request, f64), RequestError> {
    if flat.kind == "moderate" {
        return read_moderation(flat, context);
    }
    let Some(kind) = REQUESTS.iter().find(|kind| *kind.name == *flat.kind) else {
        return Err(match &*flat.kind {
            "" => bad("`type` is empty."),
            other => bad(format!("There is no message of type {other:?} in chat.v1.")),
        });
    };
    flat.only(kind.name, kind.fields)?;
    Ok(((kind.read)(flat, context)?, kind.cost))
}

fn read_moderation(flat: &Flat<'_>, context: &Context<'_>) -> Result<(Request, f64), RequestError> {
    let Some(action) = &flat.action else {
        return Err(missing("action"));
    };
    let Some(kind) = MODERATION.iter().find(|kind| *kind.name == *action.0) else {
        let action = &action.0;
        return Err(bad(format!("There is no moderation action {action:?}.")));
    };
    flat.only("moderate", kind.fields)?;
    let moderation = (kind.read)(flat, context)?;
    Ok((Request::Moderate(moderation), kind.cost))
}

fn class(flat: &Flat<'_>) -> Option<Box<str>> {
    flat.class.as_ref().map(|class| (*class.0).into())
}

fn reaction(emoji: &str) -> Result<Box<str>, RequestError> {
    if !REACTIONS.contains(&emoji) {
        let known = REACTIONS.join(" ");
        return Err(bad(format!("`emoji` is null or one of {known}.")));
    }
    Ok(emoji.into())
}

fn reason(flat: &Flat<'_>) -> Result<Option<Box<str>>, RequestError> {
    let Some(reason) = &flat.reason else {
        return Ok(None);
    };
    text::check(&reason.0, MAX_REASON).map_err(|error| unsayable("`reason`: ", error))?;
    Ok(Some(reason.0.replace('\n', " ").into()))
}
