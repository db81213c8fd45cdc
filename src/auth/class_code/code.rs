//! A class code as text: how it is made, and how what people type is compared with it.

use std::fmt;
use std::io;

use unicode_normalization::UnicodeNormalization;

use crate::auth::constant_time::equal;
use crate::support::random;

/// The symbols of random codes: digits and capitals without those that look like others on a
/// projector, which are `0 O`, `1 I L`, `Z` (2), `S` (5), `B` (8) and `U` (V).
const ALPHABET: &[u8; 27] = b"23456789ACDEFGHJKMNPQRTVWXY";

/// Symbols of a random code: 27⁶ are 387 million.
const LEN: usize = 6;

/// The fewest codes of one length among which a code is hard to guess (see
/// [`Attempts`](crate::auth::class_code::Attempts)): six letters and digits, or eight digits.
const SAFE: u64 = 100_000_000;

/// The most characters of an input that are read. A fixed code has at most 32, and people add
/// spaces.
const MAX_INPUT: usize = 64;

/// A class code, in the spelling that is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassCode(String);

/// This text cannot be a fixed class code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadCode;

impl fmt::Display for BadCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a class code is 4 to 32 letters (A to Z) and digits")
    }
}

impl std::error::Error for BadCode {}

impl ClassCode {
    /// A new code that nobody can predict.
    ///
    /// # Errors
    ///
    /// The operating system has no randomness.
    pub fn random() -> io::Result<ClassCode> {
        // Bytes that would favour the first symbols are thrown away.
        const FAIR: u8 = (256 / ALPHABET.len() * ALPHABET.len()) as u8;
        let mut code = String::with_capacity(LEN);
        while code.len() < LEN {
            for byte in random::bytes::<LEN>()? {
                if byte < FAIR && code.len() < LEN {
                    code.push(char::from(ALPHABET[usize::from(byte) % ALPHABET.len()]));
                }
            }
        }
        Ok(ClassCode(code))
    }

    /// A code that a person chose: any 4 to 32 letters and digits, look-alikes included.
    ///
    /// # Errors
    ///
    /// It is shorter, longer, or has other characters.
    pub fn fixed(text: &str) -> Result<ClassCode, BadCode> {
        let code = normalise(text);
        let fits =
            (4..=32).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_alphanumeric());
        if fits {
            Ok(ClassCode(code))
        } else {
            Err(BadCode)
        }
    }

    /// Whether `input` is this code as people type it: in any case and width, with or without
    /// spaces and hyphens, and with look-alikes in place of the right symbols. Takes the same time
    /// wherever the first wrong symbol is.
    pub fn matches(&self, input: &str) -> bool {
        equal(&plain(&self.0), &plain(&normalise(input)))
    }

    /// Whether so few codes look like this one that a program could try them all. Asked of codes that
    /// a person chose: a random one may happen to be all digits, which no guesser knows.
    pub fn is_short(&self) -> bool {
        let plain = plain(&self.0);
        let symbols = match plain.bytes().all(|symbol| symbol.is_ascii_digit()) {
            true => 10_u64,
            // Letters and digits that do not look alike.
            false => 29,
        };
        symbols.saturating_pow(plain.len() as u32) < SAFE
    }

    /// The code as text, such as `K7QX3M`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ClassCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// `input` in capitals of ordinary width, without spaces and hyphens. An input method for
/// Chinese types `ＡＢＣ　１２３` where a student means `ABC 123`.
fn normalise(input: &str) -> String {
    input
        .chars()
        .take(MAX_INPUT)
        .nfkc()
        .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}'))
        .map(|c| c.to_ascii_uppercase())
        .collect()
}

/// `code` with one symbol for those that look alike. No two symbols of [`ALPHABET`] become one.
fn plain(code: &str) -> String {
    code.chars()
        .map(|c| match c {
            'O' => '0',
            'I' | 'L' => '1',
            'Z' => '2',
            'S' => '5',
            'B' => '8',
            'U' => 'V',
            c => c,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_codes_are_six_symbols_of_the_alphabet_and_differ() {
        let mut seen = std::collections::HashSet::new();
        for _ in 0..200 {
            let code = ClassCode::random().unwrap();
            assert_eq!(code.as_str().len(), LEN);
            assert!(
                code.as_str().bytes().all(|b| ALPHABET.contains(&b)),
                "{code}"
            );
            assert_eq!(ClassCode::fixed(code.as_str()), Ok(code.clone()));
            seen.insert(code.0);
        }
        assert!(seen.len() > 190, "{} of 200", seen.len());
    }

    #[test]
    fn the_alphabet_has_no_look_alikes() {
        let alphabet = std::str::from_utf8(ALPHABET).unwrap();
        let distinct: std::collections::HashSet<char> = plain(alphabet).chars().collect();
        assert_eq!(distinct.len(), ALPHABET.len());
        assert_eq!(plain(alphabet), alphabet);
    }

    #[test]
    fn a_code_is_known_however_it_is_typed() {
        let code = ClassCode::fixed("A2C-8V5").unwrap();
        assert_eq!(code.as_str(), "A2C8V5");
        for typed in [
            "A2C8V5",
            "a2c8v5",
            " a2c 8v5\n",
            "A-2-C-8-V-5",
            "a2c–8v5",
            "Ａ２Ｃ８Ｖ５",
            "ａ２ｃ　８ｖ５",
            "AZCBUS",
        ] {
            assert!(code.matches(typed), "{typed:?}");
        }
        for typed in [
            "",
            "A2C8V",
            "A2C8V55",
            "A2C8V6",
            "B2C8V5",
            "A2C8V5!",
            &"A".repeat(100_000),
        ] {
            assert!(!code.matches(typed), "{typed:?}");
        }
    }

    #[test]
    fn a_code_is_short_if_a_program_could_try_all_of_that_length() {
        for short in ["abcd", "K7QX3", "1234567", "OIL0", "SOSO555"] {
            assert!(ClassCode::fixed(short).unwrap().is_short(), "{short}");
        }
        for long in ["K7QX3M", "physics", "12345678", "GHKM23"] {
            assert!(!ClassCode::fixed(long).unwrap().is_short(), "{long}");
        }
    }

    #[test]
    fn a_fixed_code_is_4_to_32_letters_and_digits() {
        for good in ["PHYSICS", "abcd", "10OL", &"X".repeat(32)] {
            assert!(ClassCode::fixed(good).is_ok(), "{good:?}");
        }
        for bad in [
            "",
            "abc",
            "a b-c",
            "ABC!D",
            "物理物理",
            "É1234",
            &"X".repeat(33),
            &"X".repeat(99),
        ] {
            assert_eq!(ClassCode::fixed(bad), Err(BadCode), "{bad:?}");
        }
    }
}
