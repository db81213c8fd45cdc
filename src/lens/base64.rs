//! Base64 ([RFC 4648] §4 and §5), small and strict: for the key of the handshake, and for looking
//! into a token.
//!
//! [RFC 4648]: https://www.rfc-editor.org/rfc/rfc4648

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// With padding, as in `Sec-WebSocket-Key`.
pub fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let at = |i: usize| chunk.get(i).copied().map_or(0, u32::from);
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for digit in 0..4 {
            text.push(match digit <= chunk.len() {
                true => char::from(STANDARD[(bits >> (18 - 6 * digit) & 0x3F) as usize]),
                false => '=',
            });
        }
    }
    text
}

/// The bytes of a text with padding (§4), or nothing if it is not one.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let unpadded = text.trim_end_matches('=');
    let padding = text.len() - unpadded.len();
    let right = text.len().is_multiple_of(4) && padding <= 2;
    // Spare bits that are not zero are forgiven (§3.5): the RFC's own key in a note of RFC 6455
    // §4.1 has some.
    let (bytes, _) =
        right.then(|| symbols(unpadded, |byte| STANDARD.iter().position(|&s| s == byte)))??;
    Some(bytes)
}

/// The bytes of a text of the URL-safe alphabet without padding (§5), as tokens have it.
pub fn decode_url(text: &str) -> Option<Vec<u8>> {
    let (bytes, spare) = symbols(text, |byte| match byte {
        b'-' => Some(62),
        b'_' => Some(63),
        b'+' | b'/' => None,
        _ => STANDARD.iter().position(|&s| s == byte),
    })?;
    (spare == 0).then_some(bytes)
}

/// The bytes, and the bits that were left over.
fn symbols(text: &str, value: impl Fn(u8) -> Option<usize>) -> Option<(Vec<u8>, u32)> {
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    let (mut bits, mut count) = (0_u32, 0);
    for byte in text.bytes() {
        bits = bits << 6 | u32::try_from(value(byte)?).ok()?;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count & 0xFF) as u8);
            bits &= (1 << count) - 1;
        }
    }
    // One symbol alone holds no byte.
    (count < 6).then_some((bytes, bits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_test_vectors_of_rfc_4648_section_10() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(encode(bytes.as_bytes()), text);
            assert_eq!(decode(text).as_deref(), Some(bytes.as_bytes()));
            let url = text.trim_end_matches('=');
            assert_eq!(decode_url(url).as_deref(), Some(bytes.as_bytes()));
        }
        for wrong in ["Z", "Zg", "Zg=", "Z===", "=Zg=", "Zm 9", "Zm9v\n", "é==="] {
            assert_eq!(decode(wrong), None, "{wrong}");
        }
        assert_eq!(
            decode("AQIDBAUGBwgJCgsMDQ4PEC==").map(|key| key.len()),
            Some(16)
        );
        assert_eq!(decode_url("Zh"), None);
        assert_eq!(decode_url("-_8").as_deref(), Some(&[0xFB, 0xFF][..]));
        assert_eq!(decode_url("+/8"), None);
    }
}
