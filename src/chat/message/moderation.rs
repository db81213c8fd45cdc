//! The actions of `moderate` in one table: their names, their fields, what they cost, and how they are
//! read.

use crate::chat::message::context::Context;
use crate::chat::message::error::RequestError;
use crate::chat::message::flat::{Flat, bad, missing, number, number_to, owned, unsayable};
use crate::chat::message::hands::{self, Muted};
use crate::chat::message::kind::{Kind, kind};
use crate::chat::message::request::{Moderation, Request};
use crate::model::text;

/// Longest `reason` of a moderator, in characters. A Close frame has room for 123 bytes: there the
/// end of a long one is cut off.
const MAX_REASON: usize = 200;

/// Every `action` of `moderate`.
pub(super) const MODERATION: [Kind<Moderation>; 25] = [
    kind(
        "mute",
        1.0,
        &["action", "user", "room", "hand", "seconds", "reason"],
        |flat, _| {
            let (seconds, reason) = (flat.seconds, reason(flat)?);
            Ok(match hands::muted(flat)? {
                Muted::User(user) => Moderation::Mute {
                    user,
                    seconds,
                    reason,
                },
                Muted::Asker(room, hand) => Moderation::MuteAsker {
                    room,
                    hand,
                    seconds,
                    reason,
                },
            })
        },
    ),
    kind(
        "unmute",
        1.0,
        &["action", "user", "room", "hand"],
        |flat, _| {
            Ok(match hands::muted(flat)? {
                Muted::User(user) => Moderation::Unmute { user },
                Muted::Asker(room, hand) => Moderation::UnmuteAsker { room, hand },
            })
        },
    ),
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
    kind("approve", 2.0, &["action", "room", "on"], |flat, _| {
        Ok(Moderation::Approve {
            on: flat.on.ok_or_else(|| missing("on"))?,
            room: owned(&flat.room, "room")?,
        })
    }),
    kind("publish", 1.0, &["action", "room", "id"], |flat, _| {
        Ok(Moderation::Publish {
            room: owned(&flat.room, "room")?,
            id: number(flat.id, "id")?,
        })
    }),
    kind(
        "reject",
        1.0,
        &["action", "room", "id", "reason"],
        |flat, _| {
            Ok(Moderation::Reject {
                reason: reason(flat)?,
                room: owned(&flat.room, "room")?,
                id: number(flat.id, "id")?,
            })
        },
    ),
    kind(
        "clear",
        3.0,
        &["action", "room", "user", "from", "to"],
        |flat, _| {
            let (user, from, to) = (flat.user.as_ref(), flat.from, number_to(&flat.to)?);
            if user.is_none() && from.is_none() && to.is_none() {
                return Err(bad("`clear` needs `user`, `from` or `to`."));
            }
            Ok(Moderation::Clear {
                room: owned(&flat.room, "room")?,
                user: user.map(|user| user.0.as_ref().into()),
                from: from.unwrap_or(0),
                to: to.unwrap_or(u64::MAX),
            })
        },
    ),
    kind("undo_clear", 2.0, &["action", "room", "seq"], |flat, _| {
        Ok(Moderation::UndoClear {
            room: owned(&flat.room, "room")?,
            seq: flat.seq.given().copied(),
        })
    }),
    kind("pin", 1.0, &["action", "room", "seq"], |flat, _| {
        Ok(Moderation::Pin {
            room: owned(&flat.room, "room")?,
            seq: flat.seq.stated("seq")?.copied(),
        })
    }),
    kind(
        "lower",
        1.0,
        &["action", "room", "user", "hand", "answered"],
        hands::lower,
    ),
    kind("lower_hands", 2.0, &["action", "room"], |flat, _| {
        Ok(Moderation::LowerHands {
            room: owned(&flat.room, "room")?,
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
    kind("close_report", 1.0, &["action", "id"], |flat, _| {
        Ok(Moderation::CloseReport {
            id: number(flat.id, "id")?,
        })
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
    kind("admit", 1.0, &["action", "class", "id"], |flat, _| {
        Ok(Moderation::Admit {
            class: class(flat),
            id: number(flat.id, "id")?,
        })
    }),
    kind("close_poll", 1.0, &["action", "room", "poll"], |flat, _| {
        Ok(Moderation::ClosePoll {
            room: owned(&flat.room, "room")?,
            poll: number(flat.poll, "poll")?,
        })
    }),
    kind(
        "publish_poll",
        1.0,
        &["action", "room", "poll"],
        |flat, _| {
            Ok(Moderation::PublishPoll {
                room: owned(&flat.room, "room")?,
                poll: number(flat.poll, "poll")?,
            })
        },
    ),
];

/// Reads a `moderate`: what it asks for, and what it costs.
pub(super) fn read_moderation(
    flat: &Flat<'_>,
    context: &Context<'_>,
) -> Result<(Request, f64), RequestError> {
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

fn reason(flat: &Flat<'_>) -> Result<Option<Box<str>>, RequestError> {
    let Some(reason) = &flat.reason else {
        return Ok(None);
    };
    text::check(&reason.0, MAX_REASON).map_err(|error| unsayable("`reason`: ", error))?;
    Ok(Some(reason.0.replace('\n', " ").into()))
}
