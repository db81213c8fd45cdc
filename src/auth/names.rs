//! Which names are allowed, and when two names are the same.
//!
//! A name is shown beside every message, so it must be one that people can see, read and tell from
//! others: no hidden characters, no letters of one alphabet posing as another's. Names in every
//! language are welcome, with the marks and joiners that their script needs; this follows RFC 8264 and
//! its rules for contexts (`auth/invisible.rs`), and adds emoji. The names that guests cannot have are
//! in [`crate::auth::reserved`].

use std::fmt;

use caseless::Caseless;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_script::{Script, UnicodeScript};
use unicode_segmentation::UnicodeSegmentation;

use crate::auth::invisible;
use crate::model::characters::Named;
use crate::model::marks;

/// The most graphemes (what a reader counts as characters) in a name.
pub const MAX_GRAPHEMES: usize = 24;

/// The most characters of a name that are not marks. A grapheme may have several: the two letters of
/// a Devanagari conjunct, the people of a family emoji. Some have no end (Hangul without syllables).
const MAX_BASES: usize = 3 * MAX_GRAPHEMES;

/// The most characters of a name, marks too: each grapheme a letter with all the marks that any
/// script puts on one.
const MAX_CHARS: usize = (1 + marks::MOST) * MAX_GRAPHEMES;

/// The most bytes of a name that is looked at: [`MAX_CHARS`] of four bytes.
const MAX_BYTES: usize = 4 * MAX_CHARS;

/// Why a name is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameError {
    /// Nothing, or only white space.
    Empty,
    /// More than [`MAX_GRAPHEMES`] graphemes.
    TooLong,
    /// Neither a letter nor a digit in it.
    NoLetter,
    /// A control, format, bidirectional or invisible character that its place does not need, or one
    /// without a meaning.
    Hidden(char),
    /// More combining marks on a letter than its script uses, or a mark of another script or on none.
    TooManyMarks,
    /// Letters of two alphabets in one word.
    MixedAlphabets,
}

impl NameError {
    /// The stable word for programs and for the page's catalogues.
    pub const fn slug(&self) -> &'static str {
        match self {
            NameError::Empty => "name_empty",
            NameError::TooLong => "name_too_long",
            NameError::NoLetter => "name_no_letter",
            NameError::Hidden(_) => "name_hidden_character",
            NameError::TooManyMarks => "name_too_many_marks",
            NameError::MixedAlphabets => "name_mixed_alphabets",
        }
    }

    /// The hidden character, as `U+200B ZERO WIDTH SPACE`.
    pub fn character(&self) -> Option<String> {
        match self {
            NameError::Hidden(c) => Some(Named(*c).to_string()),
            _ => None,
        }
    }
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NameError::Empty => f.write_str("the name is empty"),
            NameError::TooLong => {
                write!(f, "the name is longer than {MAX_GRAPHEMES} characters")
            }
            NameError::NoLetter => f.write_str("the name has neither a letter nor a digit"),
            NameError::Hidden(c) => write!(
                f,
                "the name contains {}, which others would not see; delete it, or type the name by hand",
                Named(*c)
            ),
            NameError::TooManyMarks => f.write_str(
                "the name has more marks on a letter than its script uses, or a mark that no letter \
                 before it takes",
            ),
            NameError::MixedAlphabets => {
                f.write_str("the name mixes letters of two alphabets in a word")
            }
        }
    }
}

impl std::error::Error for NameError {}

/// The name as it will be shown: trimmed, each inner white space one space, in NFC.
///
/// # Errors
///
/// The first rule that it breaks.
pub fn check(name: &str) -> Result<String, NameError> {
    let name = name.trim();
    if name.len() > MAX_BYTES {
        return Err(NameError::TooLong);
    }
    let name = invisible::needed(name).map_err(NameError::Hidden)?;
    let words: Vec<&str> = name.split_whitespace().collect();
    let name: String = words.join(" ").nfc().collect();
    if name.is_empty() {
        return Err(NameError::Empty);
    }
    if !marks::are_in_place(&name) {
        return Err(NameError::TooManyMarks);
    }
    let graphemes = name.graphemes(true).count();
    let bases = name.chars().filter(|c| !is_combining_mark(*c)).count();
    if graphemes > MAX_GRAPHEMES || bases > MAX_BASES || name.chars().count() > MAX_CHARS {
        return Err(NameError::TooLong);
    }
    if key(&name).is_empty() {
        return Err(NameError::NoLetter);
    }
    if mixes_alphabets(&name) {
        return Err(NameError::MixedAlphabets);
    }
    Ok(name)
}

/// The form in which names are compared: letters and digits alone, after NFKC and case folding.
/// `"ＡＮＮ-marie!"` and `"Annmarie"` have one key. Joiners and variation selectors are left out too, so
/// that names which look the same are the same. Empty if the name has neither letter nor digit.
pub fn key(name: &str) -> String {
    letters(&fold(&nfkc(name)))
}

/// `name` with a number, such as `"Ann 2"`, for a person whose name is taken. Shortened so that it
/// is still a valid name.
pub fn with_suffix(name: &str, n: u32) -> String {
    let suffix = format!(" {n}");
    let room = MAX_GRAPHEMES - suffix.len(); // at most 11 digits and signs
    let kept: String = name.graphemes(true).take(room).collect();
    kept.trim_end().to_owned() + &suffix
}

pub(super) fn nfkc(text: &str) -> String {
    if text.is_ascii() {
        // ASCII is its own NFKC. A connect calls this six times, so it is worth a test.
        return text.to_owned();
    }
    text.nfkc().collect()
}

/// The text without differences of case, of width and of composition, by which two are told apart that
/// people choose between.
pub(crate) fn fold_case(text: &str) -> String {
    fold(&nfkc(text))
}

/// Folds case, and applies NFKC again, because folding can undo it (Unicode 3.13, D146).
pub(super) fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.chars().default_case_fold().nfkc().collect()
}

/// The letters and digits of a text. Marks that NFC could not join to a letter are left out. Vowel
/// signs stay: they are letters to those who write them.
pub(super) fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// Whether a word mixes alphabets such as Latin and Cyrillic, which is the usual disguise. Chinese,
/// Japanese and Korean letters may be mixed with any others: they are written in several scripts at
/// once, with Latin letters in between (`小明Tom`), and look like no other letters.
fn mixes_alphabets(name: &str) -> bool {
    // To Unicode, 𝐓 belongs to every script until NFKC makes it a T.
    let plain = nfkc(name);
    plain
        .split(|c: char| !c.is_alphanumeric() && !is_combining_mark(c))
        .any(|word| {
            let mut alphabets = word.chars().map(|c| c.script()).filter(|script| {
                !matches!(
                    script,
                    Script::Common
                        | Script::Inherited
                        | Script::Han
                        | Script::Hiragana
                        | Script::Katakana
                        | Script::Hangul
                        | Script::Bopomofo
                )
            });
            let first = alphabets.next();
            alphabets.any(|script| Some(script) != first)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_every_language_are_welcome_and_tidied() {
        for (name, shown) in [
            ("Ann", "Ann"),
            ("  Ann \u{3000} Marie\u{A0}B ", "Ann Marie B"),
            ("O'Neil-Смит", "O'Neil-Смит"),
            ("Jose\u{301}", "José"),
            ("Nguyễn Thị Ánh", "Nguyễn Thị Ánh"),
            ("小明Tom", "小明Tom"),
            ("ゆうキ山", "ゆうキ山"),
            ("김철수", "김철수"),
            ("Ольга", "Ольга"),
            ("Ann Ольга", "Ann Ольга"),
            ("محمد", "محمد"),
            ("प्रिया", "प्रिया"),
            ("ที่รัก", "ที่รัก"),
            ("7", "7"),
            ("Cat 🐱", "Cat 🐱"),
            ("x̱̂", "x̱̂"),
        ] {
            assert_eq!(check(name).as_deref(), Ok(shown), "{name:?}");
        }
    }

    #[test]
    fn names_that_nobody_could_read_are_refused() {
        use NameError::{Empty, Hidden, MixedAlphabets, NoLetter, TooLong, TooManyMarks};
        let long = "x".repeat(25);
        let zalgo = format!("Z{}", "\u{335}".repeat(3));
        let jamo = "\u{1100}".repeat(80);
        for (name, error) in [
            ("", Empty),
            (" \u{3000} ", Empty),
            (&long, TooLong),
            (&"家".repeat(25), TooLong),
            (&"x".repeat(100_000), TooLong),
            (&jamo, TooLong),
            ("!?", NoLetter),
            ("🐱", NoLetter),
            ("A\nB", Hidden('\n')),
            ("A\0", Hidden('\0')),
            ("A\u{85}B", Hidden('\u{85}')),
            ("Ann\u{200B}", Hidden('\u{200B}')),
            ("Ann\u{200D}", Hidden('\u{200D}')),
            ("Ann\u{202E}nnA", Hidden('\u{202E}')),
            ("Ann\u{2066}", Hidden('\u{2066}')),
            ("A\u{2028}B", Hidden('\u{2028}')),
            ("Ann\u{AD}", Hidden('\u{AD}')),
            ("Ann\u{2800}", Hidden('\u{2800}')),
            ("\u{3164}", Hidden('\u{3164}')),
            ("Ann\u{FE0F}", Hidden('\u{FE0F}')),
            ("Ann\u{E0041}", Hidden('\u{E0041}')),
            ("Ann\u{F8FF}", Hidden('\u{F8FF}')),
            ("Ann\u{1FFFF}", Hidden('\u{1FFFF}')),
            (&zalgo, TooManyMarks),
            ("\u{301}Ann", TooManyMarks),
            ("Ann \u{301}b", TooManyMarks),
            ("Аnn", MixedAlphabets),     // Cyrillic А
            ("Tοm", MixedAlphabets),     // Greek ο
            ("小明Тom", MixedAlphabets), // Cyrillic Т
            ("𝐓еacher", MixedAlphabets), // mathematical T, Cyrillic е
        ] {
            assert_eq!(check(name), Err(error), "{name:?}");
        }
    }

    #[test]
    fn the_limit_is_24_graphemes_with_the_marks_of_their_script() {
        let most = "e\u{332}\u{302}".repeat(MAX_GRAPHEMES);
        let burmese = "လျှို့".repeat(MAX_GRAPHEMES);
        assert!(check(&burmese).is_ok());
        assert_eq!(check(&(burmese + "က")), Err(NameError::TooLong));
        assert!(check(&most).is_ok());
        assert_eq!(check(&(most + "e")), Err(NameError::TooLong));
    }

    #[test]
    fn a_checked_name_stays_as_it_is() {
        for name in ["  Ann \u{3000} B", "Jose\u{301}", "ＡＮＮ", "x̱̂"] {
            let once = check(name).unwrap();
            assert_eq!(check(&once), Ok(once.clone()));
        }
    }

    #[test]
    fn names_are_the_same_without_case_width_and_punctuation() {
        for (one, other) in [
            ("Ann", "ANN"),
            ("Ann", "ａｎｎ"),
            ("Ann", "a.n-n!"),
            ("Ann Marie", "annmarie"),
            ("Straße", "STRASSE"),
            ("José", "JOSE\u{301}"),
            ("Ann", "Ⓐⓝⓝ"),
            ("Ann", "Ann 🐱"),
            ("x2", "x²"),
        ] {
            assert_eq!(key(one), key(other), "{one:?} {other:?}");
        }
        for (one, other) in [
            ("Tom", "Torn"),
            ("Ann", "Ann 2"),
            ("को", "की"),
            ("José", "Jose"),
        ] {
            assert_ne!(key(one), key(other), "{one:?} {other:?}");
        }
        assert_eq!(key("!?"), "");
    }

    #[test]
    fn a_suffix_keeps_a_name_a_name() {
        assert_eq!(with_suffix("Ann", 2), "Ann 2");
        let long = "家".repeat(MAX_GRAPHEMES);
        assert_eq!(with_suffix(&long, 10), "家".repeat(21) + " 10");
        assert_eq!(
            with_suffix(&("x".repeat(21) + " yz"), 2),
            "x".repeat(21) + " 2"
        );
        assert!(check(&with_suffix(&long, u32::MAX)).is_ok());
    }
}

#[cfg(test)]
#[path = "names_cases.rs"]
mod cases;
