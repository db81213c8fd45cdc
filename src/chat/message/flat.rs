//! A message as it stands in JSON: every field of every type, in one flat struct.

use crate::chat::message::choice::Choice;
use crate::chat::message::error::{ErrorCode, RequestError};
use crate::chat::message::request::Since;
use crate::model::fences::{self, Bounds};
use crate::model::json::Json;
use crate::model::text;
use serde::de::{MapAccess, Visitor, value::MapAccessDeserializer};
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;

/// Longest sentence about a mistake: bytes. Nobody gets back at full length what they sent.
pub(crate) const MAX_ERROR: usize = 300;

/// A borrowed string where JSON has no escapes, an owned one where it has.
#[derive(Deserialize)]
pub(super) struct Str<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

/// `to`: a person in `whisper`, an event in `clear`.
pub(super) enum To<'a> {
    /// The id of a person.
    Person(Cow<'a, str>),
    /// The number of an event.
    Seq(u64),
}

/// A field for which `null` means something else than leaving it out.
#[derive(Default)]
pub(super) enum Nullable<T> {
    #[default]
    Missing,
    Null,
    Given(T),
}

impl<T> Nullable<T> {
    fn is_some(&self) -> bool {
        self.given().is_some()
    }

    /// The value, for requests in which `null` is no value.
    pub(super) fn given(&self) -> Option<&T> {
        match self {
            Self::Given(value) => Some(value),
            Self::Missing | Self::Null => None,
        }
    }

    /// The value or `null`, for requests in which both mean something.
    pub(super) fn stated(&self, name: &'static str) -> Result<Option<&T>, RequestError> {
        match self {
            Self::Missing => {
                let or_null = format!("`{name}` is missing; it may be `null`.");
                Err(bad(or_null))
            }
            Self::Null | Self::Given(_) => Ok(self.given()),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Nullable<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Nullable<T>, D::Error> {
        let value = Option::deserialize(deserializer)?;
        Ok(value.map_or(Self::Null, Self::Given))
    }
}

/// By hand, because serde's untagged enums would buffer whatever comes.
impl<'de: 'a, 'a> Deserialize<'de> for To<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<To<'a>, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = To<'de>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a string in `whisper`, or a number in `clear`")
            }
            fn visit_u64<E>(self, seq: u64) -> Result<To<'de>, E> {
                Ok(To::Seq(seq))
            }
            fn visit_borrowed_str<E>(self, id: &'de str) -> Result<To<'de>, E> {
                Ok(To::Person(id.into()))
            }
            fn visit_str<E>(self, id: &str) -> Result<To<'de>, E> {
                Ok(To::Person(id.to_owned().into()))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

/// Every field of every message. Which ones belong to which type is checked afterwards.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Flat<'a> {
    #[serde(borrow, rename = "type")]
    pub(super) kind: Cow<'a, str>,
    #[serde(borrow, rename = "ref")]
    pub(super) reference: Option<Str<'a>>,
    #[serde(borrow)]
    pub(super) room: Option<Str<'a>>,
    #[serde(borrow)]
    pub(super) text: Option<Str<'a>>,
    #[serde(borrow)]
    pub(super) to: Option<To<'a>>,
    #[serde(borrow)]
    pub(super) token: Option<Str<'a>>,
    #[serde(borrow)]
    pub(super) action: Option<Str<'a>>,
    #[serde(borrow)]
    pub(super) class: Option<Str<'a>>,
    #[serde(borrow)]
    pub(super) user: Option<Str<'a>>,
    #[serde(borrow)]
    pub(super) reason: Option<Str<'a>>,
    pub(super) since: Option<Since>,
    pub(super) before: Option<u64>,
    pub(super) limit: Option<u32>,
    pub(super) lesson: Option<u64>,
    pub(super) reply_to: Option<u64>,
    #[serde(default)]
    pub(super) seq: Nullable<u64>,
    #[serde(borrow, default)]
    pub(super) emoji: Nullable<Str<'a>>,
    #[serde(borrow)]
    pub(super) query: Option<Str<'a>>,
    pub(super) purge: Option<bool>,
    pub(super) seconds: Option<u64>,
    pub(super) on: Option<bool>,
    pub(super) open: Option<bool>,
    pub(super) up: Option<bool>,
    #[serde(borrow)]
    pub(super) question: Option<Str<'a>>,
    pub(super) anonymous: Option<bool>,
    pub(super) hand: Option<u64>,
    pub(super) answered: Option<bool>,
    #[serde(borrow)]
    pub(super) choices: Option<Vec<Choice<'a>>>,
    pub(super) multiple: Option<bool>,
    pub(super) poll: Option<u64>,
    pub(super) id: Option<u64>,
    pub(super) after: Option<u64>,
    pub(super) from: Option<u64>,
    #[serde(borrow)]
    pub(super) with: Option<Str<'a>>,
    pub(super) shared: Option<bool>,
    #[serde(borrow)]
    pub(super) note: Option<Str<'a>>,
}

/// A derived struct takes an array too, field by field; `since` is an object.
impl<'de> Deserialize<'de> for Since {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Since, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Fields {
            epoch: Box<str>,
            seq: u64,
        }
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Since;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object with `epoch` and `seq`")
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Since, A::Error> {
                let Fields { epoch, seq } = Fields::deserialize(MapAccessDeserializer::new(map))?;
                Ok(Since { epoch, seq })
            }
        }
        deserializer.deserialize_map(Object)
    }
}

#[derive(Deserialize)]
pub(super) struct OnlyRef<'a> {
    #[serde(borrow, rename = "ref")]
    pub(super) reference: Option<Str<'a>>,
}

/// The names of all fields but `type` and `ref`, and whether each is there. Without `..`: a new field
/// has to be listed.
macro_rules! given_of {
    ($flat:expr, $($field:ident,)*) => {{
        let Flat { kind: _, reference: _, $($field,)* } = $flat;
        [$((stringify!($field), $field.is_some()),)*]
    }};
}

impl Flat<'_> {
    /// Refuses fields that another type of message has. A typo must not pass for an omission.
    pub(super) fn only(&self, kind: &str, allowed: &[&str]) -> Result<(), RequestError> {
        let given = given_of!(
            self, room, text, to, token, action, user, reason, since, before, limit, reply_to, seq,
            emoji, query, purge, seconds, on, open, up, question, anonymous, hand, answered,
            choices, multiple, poll, id, after, from, with, shared, note, class, lesson,
        );
        match given
            .iter()
            .find(|(name, given)| *given && !allowed.contains(name))
        {
            Some((name, _)) => Err(bad(format!("`{name}` does not belong in `{kind}`."))),
            None => Ok(()),
        }
    }
}

/// A text that may be said.
pub(super) fn text(field: &Option<Str<'_>>, bounds: &Bounds) -> Result<Json, RequestError> {
    let text = required(field, "text")?;
    fences::check_message(text, bounds).map_err(|error| unsayable("", error))?;
    Ok(Json::quote(text))
}

/// Why a text cannot be said, as a refusal; `what` it is, if not the message's own text.
pub(super) fn unsayable(what: &str, error: text::TextError) -> RequestError {
    use text::TextError::{TooLong, TooManyLines};
    let long = matches!(error, TooLong(_) | TooManyLines(_));
    let code = if long {
        ErrorCode::TooLong
    } else {
        ErrorCode::BadMessage
    };
    RequestError::new(code, format!("{what}{error}."))
}

pub(super) fn required<'a>(
    field: &'a Option<Str<'_>>,
    name: &'static str,
) -> Result<&'a str, RequestError> {
    let field = field.as_ref().ok_or_else(|| missing(name))?;
    Ok(&field.0)
}

pub(super) fn owned(field: &Option<Str<'_>>, name: &'static str) -> Result<Box<str>, RequestError> {
    required(field, name).map(Into::into)
}

/// The person in `to`.
pub(super) fn person_to(to: &Option<To<'_>>) -> Result<Box<str>, RequestError> {
    match to {
        Some(To::Person(id)) => Ok(id.as_ref().into()),
        Some(To::Seq(_)) => Err(bad("`to` is the id of a person.")),
        None => Err(missing("to")),
    }
}

/// The event in `to`, if there is one.
pub(super) fn number_to(to: &Option<To<'_>>) -> Result<Option<u64>, RequestError> {
    match to {
        Some(To::Seq(seq)) => Ok(Some(*seq)),
        Some(To::Person(_)) => Err(bad("`to` is the number of an event.")),
        None => Ok(None),
    }
}

pub(super) fn number(field: Option<u64>, name: &'static str) -> Result<u64, RequestError> {
    field.ok_or_else(|| missing(name))
}

pub(super) fn page(limit: Option<u32>, most: u32) -> Result<(), RequestError> {
    match limit {
        Some(limit) if limit == 0 || limit > most => {
            Err(bad(format!("`limit` goes from 1 to {most}.")))
        }
        _ => Ok(()),
    }
}

pub(super) fn missing(name: &'static str) -> RequestError {
    bad(format!("`{name}` is missing."))
}

/// A mistake in a message. What the sentence quotes of the message may be long: its end is cut off.
pub(super) fn bad(message: impl Into<Cow<'static, str>>) -> RequestError {
    let mut message = message.into();
    if message.len() > MAX_ERROR {
        let end = (0..=MAX_ERROR).rfind(|&end| message.is_char_boundary(end));
        message = Cow::Owned(format!("{}…", &message[..end.unwrap_or(0)]));
    }
    RequestError::new(ErrorCode::BadMessage, message)
}
