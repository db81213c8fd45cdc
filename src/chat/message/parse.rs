//! Reading `chat.v1` from JSON.
//!
//! One flat struct is parsed and then sorted into [`Request`]: serde's tagged enums would buffer
//! whatever comes before a late `type`, and deep nesting would eat the thread's small stack.

use super::flat::{Flat, OnlyRef, Str};
use super::{
    ErrorCode, Fingerprint, MAX_FOUND, MAX_PAGE, Moderation, REACTIONS, Request, RequestEnvelope,
    RequestError,
};
use crate::model::json::Json;
use crate::model::text;
use crate::store::opened::{KnownRef, RefRequest as Known};
use std::borrow::Cow;
use std::hash::{BuildHasher, RandomState};

/// Longest `ref`, in characters.
const MAX_REF: usize = 64;
/// Longest `reason` of a moderator, in characters. A Close frame has room for 123 bytes: there the
/// end of a long one is cut off.
const MAX_REASON: usize = 200;
/// Longest text to search for, in characters.
const MAX_QUERY: usize = 100;

/// Reads messages; one for the whole server.
#[derive(Debug, Clone)]
pub struct Parser {
    /// Longest text in characters.
    pub max_text: usize,
    /// Random once per process, so that nobody can make two refs collide.
    pub keys: RandomState,
}

impl Parser {
    /// Reads one message. The `ref` is found even when something else is wrong.
    pub fn parse(&self, json: &str) -> RequestEnvelope {
        let flat: Flat<'_> = match object(json).and_then(|json| {
            serde_json::from_str(json)
                .map_err(|e| bad(format!("This is not a chat.v1 message: {e}.")))
        }) {
            Ok(flat) => flat,
            Err(refusal) => {
                let found = object(json).ok().and_then(|j| serde_json::from_str(j).ok());
                let reference = found.and_then(|OnlyRef { reference }| reference);
                let reference = reference.filter(|r| checked_ref(&r.0).is_ok());
                let reference = reference.map(|r| Json::quote(&r.0));
                return RequestEnvelope {
                    reference,
                    print: None,
                    request: Err(refusal),
                };
            }
        };
        let reference = match flat
            .reference
            .as_ref()
            .map(|r| checked_ref(&r.0))
            .transpose()
        {
            Ok(reference) => reference.map(Json::quote),
            Err(refusal) => {
                return RequestEnvelope {
                    reference: None,
                    print: None,
                    request: Err(refusal),
                };
            }
        };
        let request = self.sort(flat);
        let print = match (&reference, &request) {
            (Some(reference), Ok(request)) => self.print(reference, request),
            _ => None,
        };
        RequestEnvelope {
            reference,
            print,
            request,
        }
    }

    fn sort(&self, mut flat: Flat<'_>) -> Result<Request, RequestError> {
        let kind = std::mem::take(&mut flat.kind);
        match &*kind {
            "join" => {
                flat.only(&kind, &["room", "since"])?;
                Ok(Request::Join {
                    room: owned(flat.room, "room")?,
                    since: flat.since,
                })
            }
            "leave" => {
                flat.only(&kind, &["room"])?;
                Ok(Request::Leave {
                    room: owned(flat.room, "room")?,
                })
            }
            "send" => {
                flat.only(&kind, &["room", "text", "reply_to"])?;
                let room = required(flat.room, "room")?;
                let text = self.text(flat.text)?;
                let (room, text) = (room.into(), Json::quote(&text));
                Ok(Request::Send {
                    room,
                    text,
                    reply_to: flat.reply_to,
                })
            }
            "whisper" => {
                flat.only(&kind, &["to", "text"])?;
                let to = owned(flat.to, "to")?;
                Ok(Request::Whisper {
                    to,
                    text: Json::quote(&self.text(flat.text)?),
                })
            }
            "typing" => {
                flat.only(&kind, &["room"])?;
                Ok(Request::Typing {
                    room: owned(flat.room, "room")?,
                })
            }
            "edit" => {
                flat.only(&kind, &["room", "seq", "text"])?;
                let (room, seq) = (owned(flat.room, "room")?, number(flat.seq, "seq")?);
                let text = Json::quote(&self.text(flat.text)?);
                Ok(Request::Edit { room, seq, text })
            }
            "delete" => {
                flat.only(&kind, &["room", "seq", "purge"])?;
                let (room, seq) = (owned(flat.room, "room")?, number(flat.seq, "seq")?);
                let purge = flat.purge.unwrap_or(false);
                Ok(Request::Delete { room, seq, purge })
            }
            "react" => {
                flat.only(&kind, &["room", "seq", "emoji"])?;
                let (room, seq) = (owned(flat.room, "room")?, number(flat.seq, "seq")?);
                let emoji = flat.emoji.map(|emoji| emoji.0);
                match emoji.as_deref() {
                    Some(emoji) if !REACTIONS.contains(&emoji) => {
                        let known = REACTIONS.join(" ");
                        Err(bad(format!("`emoji` is null or one of {known}.")))
                    }
                    emoji => {
                        let emoji = emoji.map(Into::into);
                        Ok(Request::React { room, seq, emoji })
                    }
                }
            }
            "search" => {
                flat.only(&kind, &["room", "query", "before", "limit"])?;
                let (room, query) = (owned(flat.room, "room")?, required(flat.query, "query")?);
                text::check(&query, MAX_QUERY).map_err(|error| unsayable("`query`: ", error))?;
                page(flat.limit, MAX_FOUND)?;
                let (query, before, limit) = (query.into(), flat.before, flat.limit);
                Ok(Request::Search {
                    room,
                    query,
                    before,
                    limit,
                })
            }
            "history" => {
                flat.only(&kind, &["room", "before", "limit"])?;
                let room = owned(flat.room, "room")?;
                page(flat.limit, MAX_PAGE)?;
                Ok(Request::History {
                    room,
                    before: flat.before,
                    limit: flat.limit,
                })
            }
            "auth" => {
                flat.only(&kind, &["token"])?;
                Ok(Request::Auth {
                    token: owned(flat.token, "token")?,
                })
            }
            "moderate" => moderation(flat).map(Request::Moderate),
            "" => Err(bad("`type` is empty.")),
            other => Err(bad(format!(
                "There is no message of type {other:?} in chat.v1."
            ))),
        }
    }

    fn text<'a>(&self, text: Option<Str<'a>>) -> Result<Cow<'a, str>, RequestError> {
        let text = required(text, "text")?;
        text::check(&text, self.max_text).map_err(|error| unsayable("", error))?;
        Ok(text)
    }

    /// Two requests of one person with the same prints are the same request.
    fn print(&self, reference: &Json, request: &Request) -> Option<Fingerprint> {
        let content = match request {
            Request::Send {
                room,
                text,
                reply_to,
            } => self.said(room, text, *reply_to),
            Request::Edit { room, seq, text } => self.edited(room, *seq, text),
            Request::Delete { room, seq, purge } => self.deleted(room, *seq, *purge),
            Request::React { room, seq, emoji } => self.reacted(room, *seq, emoji.as_deref()),
            Request::Whisper { to, text } => self.keys.hash_one((to, "whisper", text)).max(1),
            _ => return None,
        };
        Some(Fingerprint {
            reference: self.keys.hash_one(reference.as_str()),
            content,
        })
    }

    fn said(&self, room: &str, text: &Json, reply_to: Option<u64>) -> u64 {
        self.keys.hash_one((room, text, reply_to)).max(1)
    }

    fn edited(&self, room: &str, of: u64, text: &Json) -> u64 {
        self.keys.hash_one((room, of, "edit", text)).max(1)
    }

    fn deleted(&self, room: &str, of: u64, purge: bool) -> u64 {
        self.keys.hash_one((room, of, "delete", purge)).max(1)
    }

    fn reacted(&self, room: &str, of: u64, emoji: Option<&str>) -> u64 {
        self.keys.hash_one((room, of, "react", emoji)).max(1)
    }

    /// The print of a request that the store remembers.
    pub fn print_of(&self, known: &KnownRef) -> Fingerprint {
        let (room, text) = (&*known.room, known.text.as_ref());
        let content = match known.what {
            Known::Message => text.map_or(0, |text| self.said(room, text, known.reply_to)),
            Known::Edit { of } => text.map_or(0, |text| self.edited(room, of, text)),
            Known::Delete { of, purge } => self.deleted(room, of, purge),
            Known::React { of } => {
                let emoji = text.and_then(|t| serde_json::from_str::<String>(t.as_str()).ok());
                self.reacted(room, of, emoji.as_deref())
            }
        };
        Fingerprint {
            reference: self.keys.hash_one(&*known.reference),
            content,
        }
    }
}

fn moderation(flat: Flat<'_>) -> Result<Moderation, RequestError> {
    let action = required(
        flat.action.as_ref().map(|a| Str(Cow::Borrowed(&*a.0))),
        "action",
    )?;
    let fields: &[&str] = match &*action {
        "mute" | "kick" => &["action", "user", "seconds", "reason"],
        "unmute" => &["action", "user"],
        "lock" => &["action", "room", "on"],
        "slow" => &["action", "room", "seconds"],
        "pin" => &["action", "room", "seq"],
        "end_lesson" => &["action"],
        other => return Err(bad(format!("There is no moderation action {other:?}."))),
    };
    flat.only("moderate", fields)?;
    let reason = match &flat.reason {
        Some(reason) => {
            text::check(&reason.0, MAX_REASON).map_err(|error| unsayable("`reason`: ", error))?;
            Some(reason.0.replace('\n', " ").into())
        }
        None => None,
    };
    Ok(match &*action {
        "mute" => Moderation::Mute {
            user: owned(flat.user, "user")?,
            seconds: flat.seconds,
            reason,
        },
        "kick" => Moderation::Kick {
            user: owned(flat.user, "user")?,
            seconds: flat.seconds,
            reason,
        },
        "unmute" => Moderation::Unmute {
            user: owned(flat.user, "user")?,
        },
        "lock" => {
            let on = flat.on.ok_or_else(|| missing("on"))?;
            Moderation::Lock {
                room: owned(flat.room, "room")?,
                on,
            }
        }
        "pin" => Moderation::Pin {
            room: owned(flat.room, "room")?,
            seq: flat.seq,
        },
        "slow" => {
            let seconds = flat.seconds.ok_or_else(|| missing("seconds"))?;
            Moderation::Slow {
                room: owned(flat.room, "room")?,
                seconds,
            }
        }
        _ => Moderation::EndLesson,
    })
}

/// Why a text cannot be said, as a refusal; `what` it is, if not the message's own text.
fn unsayable(what: &str, error: text::TextError) -> RequestError {
    use text::TextError::{TooLong, TooManyLines};
    let long = matches!(error, TooLong(_) | TooManyLines);
    let code = if long {
        ErrorCode::TooLong
    } else {
        ErrorCode::BadMessage
    };
    RequestError::new(code, format!("{what}{error}."))
}

/// Structs accept JSON arrays too; chat.v1 does not.
fn object(json: &str) -> Result<&str, RequestError> {
    let json = json.trim_ascii();
    if json.starts_with('{') {
        Ok(json)
    } else {
        Err(bad("A chat.v1 message is one JSON object."))
    }
}

fn checked_ref(reference: &str) -> Result<&str, RequestError> {
    match reference.chars().count() {
        0 => Err(bad("`ref` is empty; leave it out if you need none.")),
        n if n > MAX_REF => Err(RequestError::new(
            ErrorCode::TooLong,
            format!("`ref` has {n} characters; {MAX_REF} are allowed."),
        )),
        _ => Ok(reference),
    }
}

fn required<'a>(field: Option<Str<'a>>, name: &'static str) -> Result<Cow<'a, str>, RequestError> {
    field.map(|field| field.0).ok_or_else(|| missing(name))
}

fn owned(field: Option<Str<'_>>, name: &'static str) -> Result<Box<str>, RequestError> {
    required(field, name).map(Into::into)
}

fn number(field: Option<u64>, name: &'static str) -> Result<u64, RequestError> {
    field.ok_or_else(|| missing(name))
}

fn page(limit: Option<u32>, most: u32) -> Result<(), RequestError> {
    match limit {
        Some(limit) if limit == 0 || limit > most => {
            Err(bad(format!("`limit` goes from 1 to {most}.")))
        }
        _ => Ok(()),
    }
}

fn missing(name: &'static str) -> RequestError {
    bad(format!("`{name}` is missing."))
}

pub(super) fn bad(message: impl Into<Cow<'static, str>>) -> RequestError {
    RequestError::new(ErrorCode::BadMessage, message)
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;
