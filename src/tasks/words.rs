//! What the examiner says, in both languages: texts with places for what was read.
//!
//! The catalogues are `texts_frames`, `texts_messages`, `texts_control` and `texts_handshake`, each
//! with English and 简体中文 side by side. A program in a terminal reads English unless it asks for
//! the other with `?lang=zh`. Quotations of the RFC stay as they are.

use crate::http::head::Head;
use std::borrow::Cow;

/// A language of the examiner.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Language {
    /// English.
    #[default]
    En,
    /// 简体中文.
    Zh,
}

impl Language {
    /// The language that the query of a request asks for, such as `lang=zh`.
    pub(super) fn asked(query: &str) -> Option<Language> {
        let mut pairs = query.split('&');
        match pairs.find_map(|pair| pair.strip_prefix("lang="))? {
            tag if is_chinese(tag) => Some(Language::Zh),
            _ => Some(Language::En),
        }
    }

    /// The language of a program that is examined: English unless it asks for the other.
    pub(super) fn of_program(head: &Head) -> Language {
        Language::asked(&head.query).unwrap_or_default()
    }

    /// The language of somebody who reads a list: as asked, or as their browser prefers (RFC 9110
    /// §12.5.4).
    pub(super) fn of_reader(head: &Head) -> Language {
        Language::asked(&head.query).unwrap_or_else(|| preferred(head))
    }
}

/// Whether a language tag means Chinese.
fn is_chinese(tag: &str) -> bool {
    let language = tag.trim().split('-').next().unwrap_or_default();
    language.eq_ignore_ascii_case("zh")
}

/// The language with the larger weight, or the first of equal ones.
fn preferred(head: &Head) -> Language {
    let mut best = (Language::En, 0.0);
    for range in head.list("accept-language") {
        let (tag, parameters) = range.split_once(';').unwrap_or((range, ""));
        let weight = parameters.trim().strip_prefix("q=");
        let weight: f32 = weight.map_or(1.0, |text| text.trim().parse().unwrap_or(0.0));
        let is_english = tag.trim().to_ascii_lowercase().starts_with("en");
        let language = match is_chinese(tag) {
            true => Language::Zh,
            false => Language::En,
        };
        if (is_english || language == Language::Zh) && weight > best.1 {
            best = (language, weight);
        }
    }
    best.0
}

/// A text in both languages, with places such as `{frame}` for values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Text {
    /// English.
    pub(super) en: &'static str,
    /// 简体中文.
    pub(super) zh: &'static str,
}

/// Declares texts: `NAME: "English", "简体中文";`.
macro_rules! texts {
    ($( $name:ident: $en:expr, $zh:expr; )*) => {
        $(
            #[allow(missing_docs, reason = "the text says what it is")]
            pub(in crate::tasks) const $name: Text = Text { en: $en, zh: $zh };
        )*
        /// Every text of this catalogue, with its name.
        #[cfg(test)]
        pub(in crate::tasks) const ALL: &[(&str, Text)] = &[$( (stringify!($name), $name), )*];
    };
}
pub(super) use texts;

impl Text {
    /// The text in a language.
    pub(super) const fn of(self, language: Language) -> &'static str {
        match language {
            Language::En => self.en,
            Language::Zh => self.zh,
        }
    }

    /// The text with these values in its places.
    pub(super) fn with(self, values: &[(&str, &dyn Say)]) -> Words {
        Words {
            en: fill(self.en, values, Language::En),
            zh: fill(self.zh, values, Language::Zh),
        }
    }
}

/// Puts values into the places of a template. A value is the client's text: its braces are no places.
fn fill(template: &str, values: &[(&str, &dyn Say)], language: Language) -> String {
    let mut filled = String::with_capacity(template.len() * 2);
    let mut rest = template;
    while let Some((before, behind)) = rest.split_once('{') {
        let (name, after) = behind.split_once('}').unwrap_or((behind, ""));
        let value = values.iter().find(|(known, _)| *known == name);
        debug_assert!(value.is_some(), "no value for {name:?} in {template:?}");
        filled.push_str(before);
        if let Some((_, value)) = value {
            filled.push_str(&value.say(language));
        }
        rest = after;
    }
    filled + rest
}

/// What is said, in both languages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Words {
    en: String,
    zh: String,
}

impl Words {
    /// In a language.
    pub(super) fn of(&self, language: Language) -> &str {
        match language {
            Language::En => &self.en,
            Language::Zh => &self.zh,
        }
    }

    /// The same in both languages, such as a quotation.
    pub(super) fn same(text: &str) -> Words {
        Words {
            en: text.to_owned(),
            zh: text.to_owned(),
        }
    }

    /// These words, and others behind them. Chinese has no space between sentences, but one behind a
    /// quotation in English.
    pub(super) fn then(self, more: impl Into<Words>) -> Words {
        let more = more.into();
        let is_nothing = self.en.is_empty() || more.en.is_empty();
        let space = if is_nothing { "" } else { " " };
        let is_english = self.zh.ends_with(|c: char| c.is_ascii() || c == '…');
        Words {
            en: self.en + space + &more.en,
            zh: self.zh + if is_english { space } else { "" } + &more.zh,
        }
    }

    /// Cuts both off after this number of characters.
    pub(super) fn truncate(&mut self, characters: usize) {
        for text in [&mut self.en, &mut self.zh] {
            if let Some((end, _)) = text.char_indices().nth(characters) {
                text.truncate(end);
            }
        }
    }
}

impl From<Text> for Words {
    fn from(text: Text) -> Words {
        text.with(&[])
    }
}

/// A value for a place of a text.
pub(super) trait Say {
    /// The value in a language.
    fn say(&self, language: Language) -> Cow<'_, str>;
}

impl Say for Words {
    fn say(&self, language: Language) -> Cow<'_, str> {
        self.of(language).into()
    }
}

impl Say for Text {
    fn say(&self, language: Language) -> Cow<'_, str> {
        Text::of(*self, language).into()
    }
}

impl Say for String {
    fn say(&self, _: Language) -> Cow<'_, str> {
        self.as_str().into()
    }
}

impl Say for &str {
    fn say(&self, _: Language) -> Cow<'_, str> {
        (*self).into()
    }
}

/// A number is the same in both languages.
macro_rules! say_numbers {
    ($($number:ty),*) => {
        $(
            impl Say for $number {
                fn say(&self, _: Language) -> Cow<'_, str> {
                    self.to_string().into()
                }
            }
        )*
    };
}
say_numbers!(u8, u16, u64, usize);

/// A text of the client as a quotation. At most 100 characters are shown.
pub(super) fn quoted(text: &str) -> String {
    format!("{:?}", text.chars().take(100).collect::<String>())
}

/// Bytes that should be text, as a quotation; bytes that are no UTF-8 are shown as bytes.
pub(super) fn quoted_bytes(bytes: &[u8]) -> String {
    let chunks = bytes.utf8_chunks().flat_map(|chunk| {
        let text = chunk.valid().escape_debug().map(|c| c.to_string());
        let bytes = chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}"));
        text.chain(bytes)
    });
    format!("\"{}\"", chunks.take(100).collect::<String>())
}

#[cfg(test)]
#[path = "words_tests.rs"]
mod tests;
