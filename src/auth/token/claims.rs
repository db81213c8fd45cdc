//! What a token says: its claims ([RFC 7519 §4]), as they are signed and as they are checked.
//!
//! A signature proves where a token comes from, not that its maker knew our rules: a script may
//! sign a name of a thousand characters. So every claim of every token is checked here.
//!
//! [RFC 7519 §4]: https://www.rfc-editor.org/rfc/rfc7519#section-4

use serde::de::{Error, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::auth::names;
use crate::auth::token::error::TokenError;
use crate::model::role::Role;
use crate::model::text;
use crate::model::time::Millis;

/// The most characters of `sub`, `jti` and `device`: enough for any scheme of ids, short enough for
/// a log.
const MAX_ID: usize = 128;

/// The end of the year 9999, in seconds since 1970.
const FAR_FUTURE: u64 = 253_402_300_799;

/// The most rooms that a token may list.
const MAX_ROOMS: usize = 100;

/// The claims that are read. Others are ignored, as §4 demands.
const CLAIMS: [&str; 13] = [
    "sub", "name", "exp", "role", "rooms", "nbf", "iat", "iat_ms", "whisper", "jti", "device",
    "lesson", "class",
];

/// What a token says about its holder. Times are seconds since 1970.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Claims {
    /// Who this is, the same person in every token (§4.1.2): 1 to 128 characters, shown to
    /// nobody else.
    pub sub: String,
    /// What others call them; passes [`names::check`], but may be a reserved name, because the
    /// signer is trusted.
    pub name: String,
    /// When the token becomes void (§4.1.4).
    pub exp: u64,
    /// What they may do; a member if the token does not say.
    pub role: Role,
    /// The rooms that they may join; `None` means all rooms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rooms: Option<Vec<String>>,
    /// When the token becomes valid (§4.1.5).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nbf: Option<u64>,
    /// When it was issued (§4.1.6); not checked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iat: Option<u64>,
    /// The same in milliseconds since 1970: two persons may use one tablet within a second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iat_ms: Option<u64>,
    /// The number of the newest private message when it was issued, which does not jump as a clock does: the
    /// holder reads those after it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub whisper: Option<u64>,
    /// An id of this token (§4.1.7).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jti: Option<String>,
    /// A guest's device, as [`Keys::device_tag`](crate::auth::token::Keys::device_tag).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// The generation of the lesson that a guest joined. The token is void when that lesson has
    /// ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lesson: Option<u64>,
    /// The name of the class that a guest joined, if the server has several. The token is for the rooms of
    /// that class; its `rooms` are as many of them or fewer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
}

impl Claims {
    /// When the token was issued, in milliseconds since 1970, if it says so.
    pub(crate) fn issued(&self) -> Option<Millis> {
        self.iat_ms
            .or(self.iat.map(|seconds| seconds.saturating_mul(1000)))
    }
}

/// The claims of a token whose signature is good, before they are checked. Each may have any type,
/// so that the error can name the claim.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Unchecked(Map<String, Value>);

impl<'de> Deserialize<'de> for Unchecked {
    /// §4: "a JSON object", in which claims given twice are refused, one of the two ways that §4 leaves.
    /// By hand, because a derived struct needs 2 KiB more of every connection's stack.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Unchecked, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Unchecked;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a JSON object of claims")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Unchecked, A::Error> {
                let mut claims = Map::new();
                while let Some(name) = map.next_key::<String>()? {
                    let value = match CLAIMS.contains(&&*name) {
                        true => map.next_value()?,
                        false => map.next_value().map(|_: IgnoredAny| Value::Null)?,
                    };
                    if claims.insert(name, value).is_some() {
                        return Err(A::Error::custom("a claim is given twice"));
                    }
                }
                Ok(Unchecked(claims))
            }
        }

        deserializer.deserialize_map(Object)
    }
}

impl Unchecked {
    /// Checks every claim, except the times, which the caller compares with its clock.
    #[inline(never)]
    pub(super) fn check(mut self) -> Result<Claims, TokenError> {
        let claims = &mut self.0;
        let sub = required("sub", claims, id)?;
        let name = required("name", claims, |claim, value| {
            let name = text_of(claim, &value)?;
            names::check(name).map_err(|error| bad(claim, format!("a usable name: {error}")))
        })?;
        Ok(Claims {
            sub,
            name,
            exp: required("exp", claims, date)?,
            role: optional("role", claims, role)?.unwrap_or_default(),
            rooms: optional("rooms", claims, rooms)?,
            nbf: optional("nbf", claims, date)?,
            iat: optional("iat", claims, date)?,
            iat_ms: optional("iat_ms", claims, number)?,
            whisper: optional("whisper", claims, number)?,
            jti: optional("jti", claims, id)?,
            device: optional("device", claims, id)?,
            lesson: optional("lesson", claims, number)?,
            class: optional("class", claims, id)?,
        })
    }
}

type Read<T> = fn(&'static str, Value) -> Result<T, TokenError>;

fn bad(claim: &'static str, wanted: impl Into<String>) -> TokenError {
    TokenError::BadClaim(claim, wanted.into())
}

fn required<T>(
    claim: &'static str,
    claims: &mut Map<String, Value>,
    read: Read<T>,
) -> Result<T, TokenError> {
    optional(claim, claims, read)?.ok_or(TokenError::MissingClaim(claim))
}

/// `null` counts as absent: that is how some libraries write an empty field.
fn optional<T>(
    claim: &'static str,
    claims: &mut Map<String, Value>,
    read: Read<T>,
) -> Result<Option<T>, TokenError> {
    debug_assert!(CLAIMS.contains(&claim), "{claim} would be skipped");
    let value = claims.remove(claim).filter(|value| !value.is_null());
    value.map(|value| read(claim, value)).transpose()
}

fn text_of<'a>(claim: &'static str, value: &'a Value) -> Result<&'a str, TokenError> {
    value.as_str().ok_or_else(|| bad(claim, "text"))
}

fn id(claim: &'static str, value: Value) -> Result<String, TokenError> {
    let id = text_of(claim, &value)?;
    let fits = (1..=MAX_ID).contains(&id.chars().count());
    if !fits || id.chars().any(char::is_control) {
        let wanted = format!("1 to {MAX_ID} characters without control characters");
        return Err(bad(claim, wanted));
    }
    Ok(id.to_owned())
}

/// A NumericDate: "non-integer values can be represented" (§2). Rounded up, so that comparing it with
/// whole seconds gives what comparing it with the exact time would.
fn date(claim: &'static str, value: Value) -> Result<u64, TokenError> {
    value
        .as_u64()
        // The cast saturates, so that any number fits. A time before 1970 becomes 0, which is as
        // long past.
        .or_else(|| value.as_f64().map(|seconds| seconds.ceil() as u64))
        // No clock here will show a later time, and in milliseconds it still fits.
        .map(|seconds| seconds.min(FAR_FUTURE))
        .ok_or_else(|| bad(claim, "a number of seconds since 1970"))
}

fn number(claim: &'static str, value: Value) -> Result<u64, TokenError> {
    value.as_u64().ok_or_else(|| bad(claim, "a whole number"))
}

fn role(claim: &'static str, value: Value) -> Result<Role, TokenError> {
    text_of(claim, &value)?
        .parse()
        .map_err(|_| bad(claim, "observer, member, moderator or host"))
}

fn rooms(claim: &'static str, value: Value) -> Result<Vec<String>, TokenError> {
    let wanted = || {
        bad(
            claim,
            format!("a list of at most {MAX_ROOMS} names of rooms"),
        )
    };
    let rooms = value.as_array().filter(|rooms| rooms.len() <= MAX_ROOMS);
    rooms
        .ok_or_else(wanted)?
        .iter()
        .map(|room| match room.as_str() {
            Some(room) if text::check_room(room).is_ok() => Ok(room.to_owned()),
            _ => Err(wanted()),
        })
        .collect()
}
