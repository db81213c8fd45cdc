//! Base32 ([RFC 4648] §6) in lower case and without padding: the text form of ids and MACs.
//!
//! Lower case letters and digits without `0`, `1`, `8` and `9` are safe in URLs, file names and
//! logs, and can be read aloud.
//!
//! [RFC 4648]: https://www.rfc-editor.org/rfc/rfc4648

use data_encoding::{BASE32_NOPAD, BASE32_NOPAD_NOCASE};

/// `bytes` as text: 5 bits per character, the last one filled up with zeros.
pub(crate) fn encode(bytes: &[u8]) -> String {
    BASE32_NOPAD.encode(bytes).to_ascii_lowercase()
}

/// The bytes of a text in either case, or `None` if it is not base32.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    BASE32_NOPAD_NOCASE.decode(text.as_bytes()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base32_is_that_of_rfc_4648() {
        for (bytes, text) in [
            (&b""[..], ""),
            (b"fooba", "mzxw6ytb"),
            (b"foobar", "mzxw6ytboi"),
        ] {
            assert_eq!(encode(bytes), text);
            assert_eq!(decode(text).as_deref(), Some(bytes));
        }
        assert_eq!(decode("mzxw6yt1"), None);
    }
}
