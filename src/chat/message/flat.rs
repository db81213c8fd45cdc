//! A message as it stands in JSON: every field of every type, in one flat struct.

use crate::chat::message::choice::Choice;
use crate::chat::message::error::{ErrorCode, RequestError};
use crate::chat::message::request::Since;
use crate::model::fences::{self, Bounds};
use crate::model::json::Json;
use crate::model::text;
use serde::de::{Error, MapAccess, Visitor, value::MapAccessDeserializer};
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

/// Declares [`Flat`], and what goes through all of its fields.
macro_rules! flat {
    ($($name:literal $field:ident: $type:ty,)*) => {
        /// Every field of every message. Which ones belong to which type is checked afterwards.
        #[derive(Default)]
        pub(super) struct Flat<'a> {
            $(pub(super) $field: $type,)*
        }

        impl<'a> Flat<'a> {
            /// Reads the value of one field.
            fn put<A: MapAccess<'a>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
                match name {
                    $($name => match self.$field.is_some() {
                        true => Err(A::Error::duplicate_field($name)),
                        false => map.next_value().map(|value| self.$field = value),
                    },)*
                    _ => Err(A::Error::unknown_field(name, &[$($name,)*])),
                }
            }

            /// The first field that is there and of which `is_foreign` says so.
            fn find_foreign(&self, is_foreign: impl Fn(&str) -> bool) -> Option<&'static str> {
                $(if self.$field.is_some() && is_foreign($name) {
                    return Some($name);
                })*
                None
            }
        }
    };
}

flat! {
    "type" kind: Option<Str<'a>>,
    "ref" reference: Option<Str<'a>>,
    "room" room: Option<Str<'a>>,
    "text" text: Option<Str<'a>>,
    "to" to: Option<To<'a>>,
    "token" token: Option<Str<'a>>,
    "action" action: Option<Str<'a>>,
    "class" class: Option<Str<'a>>,
    "user" user: Option<Str<'a>>,
    "reason" reason: Option<Str<'a>>,
    "since" since: Option<Since>,
    "before" before: Option<u64>,
    "limit" limit: Option<u32>,
    "lesson" lesson: Option<u64>,
    "reply_to" reply_to: Option<u64>,
    "seq" seq: Nullable<u64>,
    "emoji" emoji: Nullable<Str<'a>>,
    "query" query: Option<Str<'a>>,
    "purge" purge: Option<bool>,
    "seconds" seconds: Option<u64>,
    "on" on: Option<bool>,
    "open" open: Option<bool>,
    "up" up: Option<bool>,
    "question" question: Option<Str<'a>>,
    "anonymous" anonymous: Option<bool>,
    "hand" hand: Option<u64>,
    "answered" answered: Option<bool>,
    "choices" choices: Option<Vec<Choice<'a>>>,
    "multiple" multiple: Option<bool>,
    "poll" poll: Option<u64>,
    "id" id: Option<u64>,
    "after" after: Option<u64>,
    "from" from: Option<u64>,
    "with" with: Option<Str<'a>>,
    "shared" shared: Option<bool>,
    "note" note: Option<Str<'a>>,
}

/// Read where it stays: a value that a derived `Deserialize` returns would be copied several times, which
/// takes longer than to read it.
impl<'de> Visitor<'de> for &mut Flat<'de> {
    type Value = ();
    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(Str(name)) = map.next_key()? {
            self.put(&name, &mut map)?;
        }
        Ok(())
    }
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

impl<'a> Flat<'a> {
    /// Reads a message, of which nothing has been read yet.
    pub(super) fn read(&mut self, json: &'a str) -> serde_json::Result<()> {
        let mut json = serde_json::Deserializer::from_str(json);
        json.deserialize_map(self)?;
        json.end()
    }

    /// Refuses fields that another type of message has. A typo must not pass for an omission.
    pub(super) fn only(&self, kind: &str, allowed: &[&str]) -> Result<(), RequestError> {
        let is_foreign = |name: &str| !matches!(name, "type" | "ref") && !allowed.contains(&name);
        match self.find_foreign(is_foreign) {
            Some(name) => Err(bad(format!("`{name}` does not belong in `{kind}`."))),
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
