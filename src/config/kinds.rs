//! The kinds of values in `chat.toml`: how each is read, checked and written.
//!
//! A kind reads a TOML value. If the value is wrong, the kind tells the operator what it found and
//! what it wants, with an example.

use std::fmt::Display;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use toml::de::DeValue;

use crate::config::listen::parse_listen;
use crate::config::units::{format_duration, format_size, parse_duration, parse_size};

/// How a value of one key is read and written.
pub(super) trait Kind {
    /// The type of the field.
    type Value;
    /// The value, or what is wrong with it.
    fn read(&self, found: &DeValue<'_>) -> Result<Self::Value, String>;
    /// The value as TOML, such that [`Kind::read`] gives it back.
    fn write(&self, value: &Self::Value) -> String;
}

/// `true` or `false`.
pub(super) struct Flag;

/// A whole number within bounds.
pub(super) struct Count(pub RangeInclusive<usize>);

/// A number, not negative, with or without a fraction.
pub(super) struct Rate;

/// A size in bytes within bounds.
pub(super) struct Size(pub RangeInclusive<usize>);

/// A duration within bounds.
pub(super) struct Span(pub RangeInclusive<Duration>);

/// A path that must not be empty.
pub(super) struct FilePath;

/// An address to listen on.
pub(super) struct Listen;

/// A text with this number of characters, none of them a control character.
pub(super) struct Text(pub RangeInclusive<usize>);

/// A text that a function checks and may normalise. The example is shown if the value is not text.
pub(super) struct Checked<T> {
    pub example: &'static str,
    pub read: fn(&str) -> Result<T, String>,
    pub write: fn(&T) -> String,
}

/// One of a few words.
pub(super) struct Word<T: 'static>(pub &'static [(&'static str, T)]);

/// A value of another kind, or none, which is written `""`.
pub(super) struct Optional<K>(pub K);

/// A list of values of another kind, and the most that it may have.
pub(super) struct List<K>(pub K, pub usize);

impl Kind for Flag {
    type Value = bool;

    fn read(&self, found: &DeValue<'_>) -> Result<bool, String> {
        found
            .as_bool()
            .ok_or_else(|| mismatch(found, "true or false"))
    }

    fn write(&self, value: &bool) -> String {
        value.to_string()
    }
}

impl Kind for Count {
    type Value = usize;

    fn read(&self, found: &DeValue<'_>) -> Result<usize, String> {
        let number = integer(found).ok_or_else(|| mismatch(found, "a whole number such as 100"))?;
        usize::try_from(number)
            .ok()
            .filter(|number| self.0.contains(number))
            .ok_or_else(|| out_of_range(number, self.0.start(), self.0.end()))
    }

    fn write(&self, value: &usize) -> String {
        value.to_string()
    }
}

impl Kind for Rate {
    type Value = f64;

    fn read(&self, found: &DeValue<'_>) -> Result<f64, String> {
        /// No connection can be read that fast, so that a higher rate is a mistake.
        const MAX: f64 = 1e6;
        let number = match found {
            DeValue::Float(float) => float.as_str().parse().ok(),
            _ => integer(found).map(|number| number as f64),
        };
        let number = number.ok_or_else(|| mismatch(found, "a number such as 5 or 0.5"))?;
        // NaN is in no range.
        match (0.0..=MAX).contains(&number) {
            true => Ok(number),
            false => Err(out_of_range(number, 0, MAX)),
        }
    }

    fn write(&self, value: &f64) -> String {
        format!("{value:?}") // with a point, which makes it a float in TOML
    }
}

impl Kind for Size {
    type Value = usize;

    fn read(&self, found: &DeValue<'_>) -> Result<usize, String> {
        let text = text(found, r#"a size such as "64 KiB""#)?;
        let size = parse_size(text)?;
        match self.0.contains(&size) {
            true => Ok(size),
            false => Err(out_of_range(
                text,
                format_size(*self.0.start()),
                format_size(*self.0.end()),
            )),
        }
    }

    fn write(&self, value: &usize) -> String {
        quote(&format_size(*value))
    }
}

impl Kind for Span {
    type Value = Duration;

    fn read(&self, found: &DeValue<'_>) -> Result<Duration, String> {
        let text = text(found, r#"a duration such as "10s""#)?;
        let duration = parse_duration(text)?;
        match self.0.contains(&duration) {
            true => Ok(duration),
            false => Err(out_of_range(
                text,
                format_duration(*self.0.start()),
                format_duration(*self.0.end()),
            )),
        }
    }

    fn write(&self, value: &Duration) -> String {
        quote(&format_duration(*value))
    }
}

impl Kind for FilePath {
    type Value = PathBuf;

    fn read(&self, found: &DeValue<'_>) -> Result<PathBuf, String> {
        match text(found, r#"a path such as "./data""#)? {
            "" => Err("a path must not be empty".to_owned()),
            path if path.contains('\0') => Err("a path cannot contain U+0000".to_owned()),
            path => Ok(PathBuf::from(path)),
        }
    }

    fn write(&self, value: &PathBuf) -> String {
        quote(&value.to_string_lossy())
    }
}

impl Kind for Listen {
    type Value = SocketAddr;

    fn read(&self, found: &DeValue<'_>) -> Result<SocketAddr, String> {
        if let Some(port) = integer(found) {
            return parse_listen(&port.to_string());
        }
        parse_listen(text(
            found,
            r#"a port such as 8080, or an address such as "127.0.0.1:8080""#,
        )?)
    }

    fn write(&self, value: &SocketAddr) -> String {
        quote(&value.to_string())
    }
}

impl Kind for Text {
    type Value = String;

    fn read(&self, found: &DeValue<'_>) -> Result<String, String> {
        let text = text(found, r#"text such as "Room 12""#)?;
        if !self.0.contains(&text.chars().count()) {
            let (min, max) = (self.0.start(), self.0.end());
            return Err(format!("{text:?} is not {min} to {max} characters long"));
        }
        match text.chars().find(|c| c.is_control()) {
            Some(c) => Err(format!("contains the control character {c:?}")),
            None => Ok(text.to_owned()),
        }
    }

    fn write(&self, value: &String) -> String {
        quote(value)
    }
}

impl<T> Kind for Checked<T> {
    type Value = T;

    fn read(&self, found: &DeValue<'_>) -> Result<T, String> {
        (self.read)(text(found, &format!("text such as {:?}", self.example))?)
    }

    fn write(&self, value: &T) -> String {
        quote(&(self.write)(value))
    }
}

impl<T: Copy + PartialEq> Kind for Word<T> {
    type Value = T;

    fn read(&self, found: &DeValue<'_>) -> Result<T, String> {
        let words: Vec<String> = self.0.iter().map(|(word, _)| format!("{word:?}")).collect();
        let wanted = words.join(" or ");
        let text = text(found, &wanted)?;
        let value = self.0.iter().find(|(word, _)| *word == text);
        value
            .map(|(_, value)| *value)
            .ok_or_else(|| format!("{text:?} is not {wanted}"))
    }

    fn write(&self, value: &T) -> String {
        let word = self.0.iter().find(|(_, other)| other == value);
        quote(word.map_or("", |(word, _)| word))
    }
}

impl<K: Kind> Kind for Optional<K> {
    type Value = Option<K::Value>;

    fn read(&self, found: &DeValue<'_>) -> Result<Self::Value, String> {
        match found.as_str() {
            Some("") => Ok(None),
            _ => self.0.read(found).map(Some),
        }
    }

    fn write(&self, value: &Self::Value) -> String {
        match value {
            Some(value) => self.0.write(value),
            None => quote(""),
        }
    }
}

impl<K: Kind> Kind for List<K> {
    type Value = Vec<K::Value>;

    fn read(&self, found: &DeValue<'_>) -> Result<Self::Value, String> {
        let items = found
            .as_array()
            .ok_or_else(|| mismatch(found, r#"a list such as ["one", "two"]"#))?;
        if items.len() > self.1 {
            return Err(format!(
                "has {} values; at most {} are allowed",
                items.len(),
                self.1
            ));
        }
        items
            .iter()
            .map(|item| self.0.read(item.get_ref()))
            .collect()
    }

    fn write(&self, value: &Self::Value) -> String {
        let items: Vec<String> = value.iter().map(|item| self.0.write(item)).collect();
        format!("[{}]", items.join(", "))
    }
}

fn text<'a>(found: &'a DeValue<'_>, wanted: &str) -> Result<&'a str, String> {
    found.as_str().ok_or_else(|| mismatch(found, wanted))
}

fn integer(found: &DeValue<'_>) -> Option<i64> {
    let integer = found.as_integer()?;
    i64::from_str_radix(integer.as_str(), integer.radix()).ok()
}

fn mismatch(found: &DeValue<'_>, wanted: &str) -> String {
    let found = match found {
        DeValue::String(text) => format!("the text {text:?}"),
        DeValue::Integer(number) => format!("the number {number}"),
        DeValue::Float(number) => format!("the number {number}"),
        DeValue::Boolean(flag) => flag.to_string(),
        DeValue::Datetime(_) => "a date or time".to_owned(),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a section".to_owned(),
    };
    format!("found {found}, wanted {wanted}")
}

fn out_of_range(found: impl Display, min: impl Display, max: impl Display) -> String {
    format!("{found} is out of range; from {min} to {max}")
}

/// `text` as a basic string of TOML.
pub(super) fn quote(text: &str) -> String {
    let mut quoted = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => quoted.push_str(&format!("\\U{:08X}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
