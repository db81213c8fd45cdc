//! The two things that `choices` may hold.

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;

/// One of the `choices`: words in `poll`, the number of a choice in `vote`.
pub(super) enum Choice<'a> {
    Words(Cow<'a, str>),
    Number(u64),
}

impl<'de: 'a, 'a> Deserialize<'de> for Choice<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Choice<'a>, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Choice<'de>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("the words of a choice, or its number from 0")
            }
            fn visit_borrowed_str<E: Error>(self, words: &'de str) -> Result<Choice<'de>, E> {
                Ok(Choice::Words(Cow::Borrowed(words)))
            }
            fn visit_str<E: Error>(self, words: &str) -> Result<Choice<'de>, E> {
                Ok(Choice::Words(Cow::Owned(words.to_owned())))
            }
            fn visit_u64<E: Error>(self, number: u64) -> Result<Choice<'de>, E> {
                Ok(Choice::Number(number))
            }
        }
        deserializer.deserialize_any(Either)
    }
}
