//! Which names are allowed, and when two names are the same.
//!
//! A name is shown beside every message, so it must be one that people can see, read and tell from
//! others: no hidden characters, no letters of one alphabet posing as another's. Names in every
//! language are welcome. The names that guests cannot have are in [`crate::auth::reserved`].

use std::fmt;

use caseless::Caseless;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_script::{Script, UnicodeScript};
use unicode_segmentation::UnicodeSegmentation;

/// The most graphemes (what a reader counts as characters) in a name.
pub const MAX_GRAPHEMES: usize = 24;

/// The most bytes of a name that is looked at. Twenty-four graphemes, each of a letter and two
/// marks, have at most 288.
const MAX_BYTES: usize = 512;

/// The most combining marks on one letter. Vietnamese and Thai need two; "Zalgo" text has dozens.
const MAX_MARKS: usize = 2;

/// Why a name is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameError {
    /// Nothing, or only white space.
    Empty,
    /// More than [`MAX_GRAPHEMES`] graphemes.
    TooLong,
    /// Neither a letter nor a digit in it.
    NoLetter,
    /// A control, format, bidirectional or invisible character, or one without a meaning.
    Hidden(char),
    /// More than two combining marks on one letter, or a mark on none.
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
                "the name contains U+{:04X}, which others would not see",
                u32::from(*c)
            ),
            NameError::TooManyMarks => write!(
                f,
                "the name has more than {MAX_MARKS} marks on a letter, or a mark on none"
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
    if let Some(hidden) = name.chars().find(|&c| is_hidden(c)) {
        return Err(NameError::Hidden(hidden));
    }
    let words: Vec<&str> = name.split_whitespace().collect();
    let name: String = words.join(" ").nfc().collect();
    if name.is_empty() {
        return Err(NameError::Empty);
    }
    if has_stacked_marks(&name) {
        return Err(NameError::TooManyMarks);
    }
    // Graphemes are what people count; but some have no end (Hangul without syllables), so
    // characters are limited too.
    let graphemes = name.graphemes(true).count();
    if graphemes > MAX_GRAPHEMES || name.chars().count() > MAX_GRAPHEMES * (1 + MAX_MARKS) {
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
/// `"ＡＮＮ-marie!"` and `"Annmarie"` have one key. Empty if the name has neither.
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

fn has_stacked_marks(name: &str) -> bool {
    // Begins full, so that a mark needs a letter before it.
    let mut marks = MAX_MARKS;
    name.chars().any(|c| {
        marks = match c {
            ' ' => MAX_MARKS,
            _ if is_combining_mark(c) => marks + 1,
            _ => 0,
        };
        marks > MAX_MARKS
    })
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

/// Whether readers do not see a character, or it changes how others are shown: Unicode's categories
/// Control, Format and Private Use, line separators, default-ignorable characters and
/// noncharacters, the blank Braille cell and the replacement characters.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || u32::from(c) & 0xFFFE == 0xFFFE
        || matches!(c,
            '\u{AD}' | '\u{34F}' | '\u{600}'..='\u{605}' | '\u{61C}' | '\u{6DD}' | '\u{70F}'
            | '\u{890}'..='\u{891}' | '\u{8E2}' | '\u{115F}'..='\u{1160}'
            | '\u{17B4}'..='\u{17B5}' | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}'
            | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{2800}' | '\u{3164}'
            | '\u{E000}'..='\u{F8FF}' | '\u{FDD0}'..='\u{FDEF}' | '\u{FE00}'..='\u{FE0F}'
            | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFD}' | '\u{110BD}' | '\u{110CD}'
            | '\u{13430}'..='\u{1343F}' | '\u{16FE4}' | '\u{1BCA0}'..='\u{1BCA3}'
            | '\u{1D159}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{10FFFF}')
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
    fn the_limits_are_24_graphemes_and_two_marks() {
        let most = "e\u{332}\u{302}".repeat(MAX_GRAPHEMES);
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
