//! Text that is JSON already.

use smol_str::SmolStr;
use std::borrow::Cow;
use std::fmt;

/// An empty string.
const EMPTY: &str = "\"\"";

/// A string that is valid JSON already, quotes included. Made once, on the sender's own thread, so
/// that the hub only copies it; cheap to clone, and without an allocation if it is short.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Json(SmolStr);

impl Json {
    /// Quotes and escapes `text`.
    pub fn quote(text: &str) -> Self {
        // Most texts have nothing to escape: no quote, backslash or control character. The fold
        // looks at many bytes at once, because it never ends early.
        let escaped = |byte| (byte < 0x20) | (byte == b'"') | (byte == b'\\');
        if !text.bytes().fold(false, |any, byte| any | escaped(byte)) {
            return Self(between_quotes(text));
        }
        // Writing a string as JSON cannot fail. If it did, an empty string would still be valid
        // JSON.
        Self(serde_json::to_string(text).map_or(SmolStr::new_static(EMPTY), Into::into))
    }

    /// The JSON.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

/// Puts quotes around `text`. A short one is put together on the stack, which saves an allocation
/// for each message.
fn between_quotes(text: &str) -> SmolStr {
    let mut short = [b'"'; 256];
    let end = text.len() + 2;
    if end <= short.len() {
        short[1..end - 1].copy_from_slice(text.as_bytes());
        if let Ok(quoted) = std::str::from_utf8(&short[..end]) {
            return quoted.into();
        }
    }
    ["\"", text, "\""].concat().into()
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl serde::Serialize for Json {
    /// As the text that it stands for, which becomes the same JSON again. serde_json could pass JSON on as it
    /// is (`raw_value`), but then an object with a certain key, which anybody may send, would be parsed
    /// beyond the limit of nesting.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let json = self.as_str();
        // Borrowed unless something is escaped.
        let text = serde_json::from_str::<&str>(json).map(Cow::Borrowed);
        let text = text.or_else(|_| serde_json::from_str(json).map(Cow::Owned));
        text.map_err(serde::ser::Error::custom)?
            .serialize(serializer)
    }
}

impl<'de> serde::Deserialize<'de> for Json {
    /// From the text that it stands for.
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        Ok(Self::quote(&text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_all_lengths_and_bytes_are_quoted_as_serde_json_does() {
        let ends = [
            "", "x", "\"", "\\", "\n", "\0", "\u{7f}", "é", "好", "\u{2028}",
        ];
        for length in 0..300 {
            for end in ends {
                let text = "a".repeat(length) + end;
                let expected = serde_json::to_string(&text).unwrap();
                let json = Json::quote(&text);
                assert_eq!(json.as_str(), expected, "{length} {end:?}");
                assert_eq!(serde_json::to_string(&json).unwrap(), expected);
            }
        }
    }
}
