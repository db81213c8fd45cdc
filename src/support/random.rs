//! Randomness from the operating system, and opaque ids as text.

use std::io;

/// Lower case letters and digits without `0`, `1`, `8`, `9` (RFC 4648 §6): safe in URLs, file
/// names and logs, and readable aloud.
const BASE32: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// `N` unpredictable bytes.
///
/// # Errors
///
/// The operating system gave none; nothing that needs a secret can go on then.
pub fn bytes<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

/// `N` unpredictable bytes as text: 5 bits per character, so 16 characters for 10 bytes.
///
/// # Errors
///
/// As [`bytes()`].
pub fn id<const N: usize>() -> io::Result<String> {
    Ok(base32(&bytes::<N>()?))
}

/// `bytes` in base32 without padding; bits that do not fill a last character are dropped.
pub(crate) fn base32(bytes: &[u8]) -> String {
    let bit = |i: usize| usize::from(bytes[i / 8] >> (7 - i % 8) & 1);
    (0..bytes.len() * 8 / 5)
        .map(|digit| {
            let value = (digit * 5..digit * 5 + 5).fold(0, |value, i| value << 1 | bit(i));
            char::from(BASE32[value])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base32_is_that_of_rfc_4648() {
        assert_eq!(base32(b""), "");
        assert_eq!(base32(b"fooba"), "mzxw6ytb");
        assert_eq!(base32(b"foobar"), "mzxw6ytbo"); // "MZXW6YTBOI" without the padded rest
    }

    #[test]
    fn ids_differ() {
        let (one, other) = (id::<10>().unwrap(), id::<10>().unwrap());
        assert_eq!(one.len(), 16);
        assert_ne!(one, other);
    }
}
