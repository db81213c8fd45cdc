//! Reading `chat.v1` from JSON.
//!
//! One flat struct is parsed and then turned into a [`Request`]: serde's tagged enums would buffer
//! whatever comes before a late `type`, and deep nesting would eat the thread's small stack.

use crate::auth::token::Claims;
use crate::chat::message::context::Context;
use crate::chat::message::error::{ErrorCode, RequestError};
use crate::chat::message::flat::{Flat, OnlyRef, bad};
use crate::chat::message::kinds;
use crate::chat::message::request::{Fingerprint, Moderation, Request, RequestEnvelope};
use crate::model::fences::Bounds;
use crate::model::json::Json;
use crate::store::opened::{KnownRef, RefRequest};
use crate::support::id_map::NumberHasher;
use std::hash::{BuildHasher, BuildHasherDefault, Hash, RandomState};

/// Longest `ref`, in characters.
const MAX_REF: usize = 64;

/// Reads messages; one for the whole server.
#[derive(Debug, Clone)]
pub struct Parser {
    /// How long a text may be.
    pub bounds: Bounds,
    /// Random once per process, so that nobody can make two refs collide.
    pub keys: RandomState,
}

impl Parser {
    /// Reads one message; `verify` is for the token of `auth`. The `ref` is found even when something
    /// else is wrong.
    pub fn parse(
        &self,
        json: &str,
        verify: &dyn Fn(&str) -> Result<Claims, RequestError>,
    ) -> RequestEnvelope {
        let mut flat = Flat::default();
        if let Err(refusal) = read_flat(json, &mut flat) {
            return RequestEnvelope::refused(reference_of(json), refusal);
        }
        let reference = flat.reference.as_ref().map(|field| checked_ref(&field.0));
        let reference = match reference.transpose() {
            Ok(reference) => reference.map(Json::quote),
            Err(refusal) => return RequestEnvelope::refused(None, refusal),
        };
        let bounds = &self.bounds;
        match kinds::read(&flat, &Context { bounds, verify }) {
            Ok((request, cost)) => RequestEnvelope {
                print: reference.as_ref().and_then(|r| self.print(r, &request)),
                reference,
                cost,
                request: Ok(request),
            },
            Err(refusal) => RequestEnvelope::refused(reference, refusal),
        }
    }

    /// Two requests of one person with the same prints are the same request.
    fn print(&self, reference: &Json, request: &Request) -> Option<Fingerprint> {
        let content = match request {
            Request::Send {
                room,
                text,
                reply_to,
            } => said(room, text, *reply_to),
            Request::Edit { room, seq, text } => edited(room, *seq, text),
            Request::Delete { room, seq, purge } => deleted(room, *seq, *purge),
            Request::React { room, seq, emoji } => reacted(room, *seq, emoji.as_deref()),
            Request::Poll { room, asked } => {
                let asked = serde_json::to_string(asked).unwrap_or_default();
                poll(room, &Json::quote(&asked))
            }
            // The hub forgets the content where the poll is anonymous.
            Request::Vote {
                room,
                poll,
                choices,
            } => content((room, poll, "vote", choices)),
            Request::Moderate(Moderation::Door { class, open }) => content(("door", class, open)),
            // A retry must not end or start the lesson after that one.
            Request::Moderate(Moderation::EndLesson { class, seconds }) => {
                content(("end_lesson", class, seconds))
            }
            Request::Moderate(Moderation::StartLesson { class }) => {
                content(("start_lesson", class))
            }
            // Served again, it would clear what was said since, or what was left.
            Request::Moderate(Moderation::Clear {
                room,
                user,
                from,
                to,
            }) => content((room, "clear", user, from, to)),
            Request::Hand {
                room,
                up,
                question,
                anonymous,
            } => raised(room, *up, question.as_ref(), *anonymous),
            Request::Moderate(Moderation::Lower {
                room,
                whose,
                answered,
            }) => content((room, "lower", whose, answered)),
            Request::Moderate(Moderation::LowerHands { room }) => content((room, "lower_hands")),
            Request::Whisper { to, message } => content((to, "whisper", message)),
            Request::Report { room, reported } => content((room, "report", reported)),
            // Served again, a retry of these changes nothing.
            Request::Join { .. }
            | Request::Leave { .. }
            | Request::Typing { .. }
            | Request::History { .. }
            | Request::Lessons { .. }
            | Request::Search { .. }
            | Request::Renew(_)
            | Request::Moderate(_)
            | Request::Second { .. }
            | Request::Sanctions
            | Request::Approvals { .. }
            | Request::Reports
            | Request::Whispers { .. } => return None,
        };
        Some(Fingerprint {
            reference: self.keys.hash_one(reference.as_bytes()),
            content,
        })
    }

    /// The print of a request that the store remembers.
    pub fn print_of(&self, known: &KnownRef) -> Fingerprint {
        let (room, text) = (&*known.room, known.text.as_ref());
        let content = match known.what {
            RefRequest::Message => text.map_or(0, |text| said(room, text, known.reply_to)),
            RefRequest::Edit { of } => text.map_or(0, |text| edited(room, of, text)),
            RefRequest::Delete { of, purge } => deleted(room, of, purge),
            RefRequest::Hand { up, anonymous } => raised(room, up, text, anonymous),
            RefRequest::Poll => text.map_or(0, |asked| poll(room, asked)),
            RefRequest::React { of } => {
                let emoji = text.and_then(|t| serde_json::from_str::<String>(t.as_str()).ok());
                reacted(room, of, emoji.as_deref())
            }
        };
        Fingerprint {
            reference: self.keys.hash_one(known.reference.as_bytes()),
            content,
        }
    }
}

/// The print of the content of a request, which is never 0. The hasher needs no key: the print is compared only
/// with prints of the same person, so a person who finds two requests with one print confuses nobody else.
fn content(of: impl Hash) -> u64 {
    let hasher = BuildHasherDefault::<NumberHasher>::default();
    hasher.hash_one(of).max(1)
}

fn said(room: &str, text: &Json, reply_to: Option<u64>) -> u64 {
    content((room, text, reply_to))
}

fn edited(room: &str, of: u64, text: &Json) -> u64 {
    content((room, of, "edit", text))
}

fn deleted(room: &str, of: u64, purge: bool) -> u64 {
    content((room, of, "delete", purge))
}

fn reacted(room: &str, of: u64, emoji: Option<&str>) -> u64 {
    content((room, of, "react", emoji))
}

fn raised(room: &str, up: bool, question: Option<&Json>, anonymous: bool) -> u64 {
    content((room, "hand", up, question, anonymous))
}

fn poll(room: &str, asked: &Json) -> u64 {
    content((room, "poll", asked))
}

fn read_flat<'a>(json: &'a str, flat: &mut Flat<'a>) -> Result<(), RequestError> {
    let bad = |error: serde_json::Error| {
        let error = error.to_string();
        // What a program writes that cut an emoji in two.
        let half = error.contains("surrogate") || error.contains("unexpected end of hex escape");
        let what_to_do = if half {
            " An escape from U+D800 to U+DFFF is half of a character: write both halves, or U+FFFD."
        } else {
            ""
        };
        bad(format!(
            "This is not a chat.v1 message: {error}.{what_to_do}"
        ))
    };
    flat.read(object(json)?).map_err(bad)
}

/// The `ref` of a message with which something else is wrong.
fn reference_of(json: &str) -> Option<Json> {
    let OnlyRef { reference } = serde_json::from_str(object(json).ok()?).ok()?;
    let reference = reference?;
    checked_ref(&reference.0).ok().map(Json::quote)
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

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;
