//! Reading the requests about hands.

use crate::chat::message::context::Context;
use crate::chat::message::error::RequestError;
use crate::chat::message::flat::{Flat, Str, bad, missing, number, owned, unsayable};
use crate::chat::message::request::{Moderation, Request, Whose};
use crate::model::json::Json;
use crate::model::text;

/// Longest question, in characters: a few sentences. The whole queue goes to everybody who joins.
pub(crate) const MAX_QUESTION: usize = 500;

pub(super) fn hand(flat: &Flat<'_>, context: &Context<'_>) -> Result<Request, RequestError> {
    let up = flat.up.ok_or_else(|| missing("up"))?;
    let anonymous = flat.anonymous.unwrap_or(false);
    let question = question(&flat.question, context.bounds.text)?;
    if !up && (question.is_some() || flat.anonymous.is_some()) {
        return Err(bad(
            "`question` and `anonymous` are for a hand that goes up.",
        ));
    }
    if anonymous && question.is_none() {
        return Err(bad(
            "`anonymous` is for a question. A hand without one shows whose it is.",
        ));
    }
    Ok(Request::Hand {
        room: owned(&flat.room, "room")?,
        up,
        question,
        anonymous,
    })
}

fn question(field: &Option<Str<'_>>, max_text: usize) -> Result<Option<Json>, RequestError> {
    let Some(question) = field else {
        return Ok(None);
    };
    let longest = MAX_QUESTION.min(max_text);
    text::check(&question.0, longest).map_err(|error| unsayable("`question`: ", error))?;
    Ok(Some(Json::quote(&question.0)))
}

pub(super) fn second(flat: &Flat<'_>, _: &Context<'_>) -> Result<Request, RequestError> {
    Ok(Request::Second {
        on: flat.on.ok_or_else(|| missing("on"))?,
        hand: number(flat.hand, "hand")?,
        room: owned(&flat.room, "room")?,
    })
}

pub(super) fn lower(flat: &Flat<'_>, _: &Context<'_>) -> Result<Moderation, RequestError> {
    let whose = match (&flat.user, flat.hand) {
        (Some(user), None) => Whose::User((&*user.0).into()),
        (None, Some(hand)) => Whose::Hand(hand),
        _ => {
            return Err(bad(
                "Name the hand with `user` or with `hand`, and not with both.",
            ));
        }
    };
    Ok(Moderation::Lower {
        room: owned(&flat.room, "room")?,
        whose,
        answered: flat.answered.unwrap_or(false),
    })
}

/// Whom a mute is for: a person, or whoever asked the question of that room.
pub(super) enum Muted {
    User(Box<str>),
    Asker(Box<str>, u64),
}

pub(super) fn muted(flat: &Flat<'_>) -> Result<Muted, RequestError> {
    match (&flat.room, flat.hand) {
        (None, None) => Ok(Muted::User(owned(&flat.user, "user")?)),
        (_, Some(_)) | (Some(_), _) if flat.user.is_some() => Err(bad(
            "Name the person with `user`, or with `room` and `hand`.",
        )),
        (room, hand) => Ok(Muted::Asker(owned(room, "room")?, number(hand, "hand")?)),
    }
}
