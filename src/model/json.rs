//! Text that is JSON already.

use serde_json::value::RawValue;
use std::sync::Arc;

/// A string that is valid JSON already, quotes included. Made once, on the sender's own thread, so
/// that the hub only copies it; cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Json(Arc<str>);

impl Json {
    /// Quotes and escapes `text`.
    pub fn quote(text: &str) -> Self {
        // Most texts have nothing to escape: no quote, backslash or control character.
        if text
            .bytes()
            .all(|byte| byte >= 0x20 && byte != b'"' && byte != b'\\')
        {
            return Self(["\"", text, "\""].concat().into());
        }
        // Writing a string as JSON cannot fail. If it did, an empty string would still be valid
        // JSON.
        Self(
            serde_json::to_string(text)
                .unwrap_or_else(|_| "\"\"".into())
                .into(),
        )
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

impl serde::Serialize for Json {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Already escaped, so it is passed on as it is.
        RawValue::from_string(self.0.to_string())
            .map_err(serde::ser::Error::custom)?
            .serialize(serializer)
    }
}
