//! Percent-encoding in the query of a request (RFC 3986 §2.1).

/// Decodes it, and `+` as a space, as forms send it. An error says what is wrong.
pub(super) fn percent_decode(text: &str) -> Result<String, &'static str> {
    let bad = || "After a percent sign come two hex digits, and the decoded text is UTF-8.";
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let mut digit = || {
            rest.next()
                .and_then(|d| char::from(d).to_digit(16))
                .ok_or_else(bad)
        };
        bytes.push(match byte {
            b'%' => (digit()? * 16 + digit()?) as u8,
            b'+' => b' ',
            other => other,
        });
    }
    String::from_utf8(bytes).map_err(|_| bad())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_decoding_accepts_room_names_of_all_alphabets() {
        let cases = [
            ("lobby", Some("lobby")),
            ("%E8%AF%BE+1", Some("课 1")),
            ("%", None),
            ("%zz", None),
            ("%FF", None),
        ];
        for (text, name) in cases {
            assert_eq!(percent_decode(text).ok().as_deref(), name, "{text}");
        }
    }
}
