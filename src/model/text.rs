//! The rules for the text of a message and for the name of a room.
//!
//! Pure, and called for every message: ordinary text takes one pass and no allocation. A text is
//! never altered: one that breaks a rule is refused, and the refusal names the character, its place
//! and what to do. Invisible characters that languages and emoji need are allowed, and so are those
//! that do no harm. (The page drops them before it sends a text.)

use std::fmt;
use std::str::Chars;

use unicode_normalization::char::is_combining_mark;
use unicode_normalization::is_nfc;

use crate::model::characters::{FLAG, Named, flag_tags, is_blank, is_noncharacter, is_tag};
use crate::model::marks;

/// The most lines in a message, so that one message does not push all others off the screen.
pub(crate) const MAX_LINES: usize = 40;

/// The most characters in a room's name.
pub(crate) const MAX_ROOM: usize = 32;

/// A character and its place, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Found(pub(crate) char, pub(crate) usize);

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at position {}", Named(self.0), self.1)
    }
}

/// Why a text is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TextError {
    /// Nothing, or nothing but white space.
    Empty,
    /// Nothing that readers see. The first character that they do not see.
    Invisible(Found),
    /// More than this many characters.
    TooLong(usize),
    /// More than this many lines.
    TooManyLines(usize),
    /// A control character other than newline and tab.
    Control(Found),
    /// A bidirectional override, embedding or isolate: it makes text read other than it is.
    Bidi(Found),
    /// A character that hides text or has no meaning: a tag outside a flag, an annotation, a
    /// deprecated format character, a noncharacter.
    Hidden(Found),
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            TextError::Empty => f.write_str("the text is empty"),
            TextError::Invisible(found) => write!(
                f,
                "the text is empty: there are only characters that nobody sees, such as {found}. \
                 Write something visible"
            ),
            TextError::TooLong(max) => write!(f, "the text is longer than {max} characters"),
            TextError::TooManyLines(max) => write!(f, "the text has more than {max} lines"),
            TextError::Control(found) => write!(
                f,
                "the text contains the control character {found}: only newline (U+000A) and tab may \
                 be used. {}",
                match found.0 {
                    '\r' => "End lines with a newline alone",
                    '\u{B}' | '\u{C}' | '\u{85}' => "Put a newline in its place",
                    _ => "Delete it",
                }
            ),
            TextError::Bidi(found) => write!(
                f,
                "the text contains {found}: it changes the direction of what follows, so that others \
                 would read something else. Delete it"
            ),
            TextError::Hidden(found) => write!(
                f,
                "the text contains {found}: nobody would see it, and it can hide other text. Delete it"
            ),
        }
    }
}

impl std::error::Error for TextError {}

/// Checks a text without code: 1 to `max_chars` characters, at most [`MAX_LINES`] lines, and
/// something visible.
///
/// # Errors
///
/// The first rule that it breaks.
pub(crate) fn check(text: &str, max_chars: usize) -> Result<(), TextError> {
    if is_plain(text, max_chars) {
        return Ok(());
    }
    scan(text.chars(), max_chars, MAX_LINES)
}

/// Whether `text` is ASCII and breaks no rule. The loop has no branches, so that the compiler can
/// check many bytes at once. If this says no, [`scan`] finds the rule.
fn is_plain(text: &str, max_chars: usize) -> bool {
    const VISIBLE: u8 = 1;
    const NEWLINE: u8 = 2;
    const STRANGE: u8 = 4;
    let seen = text.bytes().fold(0, |seen, byte| {
        let newline = byte == b'\n';
        let control = (byte < b' ') & !newline & (byte != b'\t');
        seen | (u8::from(byte > b' ') * VISIBLE)
            | (u8::from(newline) * NEWLINE)
            | (u8::from(control | (byte >= 0x7F)) * STRANGE)
    });
    let lines = || text.bytes().filter(|byte| *byte == b'\n').count() + 1;
    text.len() <= max_chars
        && seen & !NEWLINE == VISIBLE
        && (seen & NEWLINE == 0 || lines() <= MAX_LINES)
}

/// The rule that a text breaks, character by character.
pub(super) fn scan(
    mut chars: Chars<'_>,
    max_chars: usize,
    max_lines: usize,
) -> Result<(), TextError> {
    let mut count = 0;
    let mut lines = 1;
    let mut visible = false;
    let mut unseen = None;
    while let Some(c) = chars.next() {
        count += 1;
        if count > max_chars {
            return Err(TextError::TooLong(max_chars));
        }
        let found = Found(c, count);
        match c {
            // U+2028 and U+2029 break lines too.
            '\n' | '\u{2028}' | '\u{2029}' => lines += 1,
            '\t' => {}
            '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => {
                return Err(TextError::Bidi(found));
            }
            FLAG => {
                visible = true;
                let tags = flag_tags(chars.clone());
                count += tags;
                chars.by_ref().take(tags).for_each(drop);
            }
            _ if c.is_control() => return Err(TextError::Control(found)),
            _ if hides_text(c) => return Err(TextError::Hidden(found)),
            _ if is_blank(c) => unseen = unseen.or(Some(found)),
            _ => visible |= !c.is_whitespace(),
        }
    }
    if count > max_chars {
        return Err(TextError::TooLong(max_chars));
    }
    if !visible {
        return Err(unseen.map_or(TextError::Empty, TextError::Invisible));
    }
    if lines > max_lines {
        return Err(TextError::TooManyLines(max_lines));
    }
    Ok(())
}

/// Whether a character has no place in a text, because it is invisible and can hide other text, or
/// has no meaning. Tags are allowed after a flag, which [`scan`] knows.
fn hides_text(c: char) -> bool {
    is_tag(c)
        || is_noncharacter(c)
        || matches!(c, '\u{206A}'..='\u{206F}' | '\u{FFF9}'..='\u{FFFB}')
}

/// No room can have this name. The sentence says which names are allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RoomNameError;

impl fmt::Display for RoomNameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the name of a room is 1 to {MAX_ROOM} letters and digits of any script with their marks \
             (in NFC), `-` and `_`"
        )
    }
}

impl std::error::Error for RoomNameError {}

/// Whether a room may be called `name`: 1 to [`MAX_ROOM`] letters and digits of any script with their
/// marks, `-` and `_`; so it needs no quoting in file names and commands. It must be in NFC, so that
/// no two rooms have names that look the same.
///
/// # Errors
///
/// It may not.
pub(crate) fn check_room(name: &str) -> Result<(), RoomNameError> {
    let allowed = |c: char| {
        let mark = is_combining_mark(c) && !is_blank(c);
        c.is_alphanumeric() || c == '-' || c == '_' || mark
    };
    if (1..=MAX_ROOM).contains(&name.chars().count())
        && name.chars().all(allowed)
        && is_nfc(name)
        && marks::are_in_place(name)
    {
        Ok(())
    } else {
        Err(RoomNameError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_invisible_characters_is_empty() {
        for text in [
            "\u{200B}",
            "\u{3164}",
            "\u{2800}\u{AD}",
            "\u{FEFF} \u{FE0F}",
            "\u{FFFC}",
        ] {
            let first = text.chars().next().unwrap();
            let found = Found(first, 1);
            assert_eq!(
                check(text, 10),
                Err(TextError::Invisible(found)),
                "{text:?}"
            );
        }
        assert_eq!(check("👩\u{200D}🏫", 10), Ok(()));
    }

    #[test]
    fn texts_are_judged_by_length_lines_and_characters() {
        use TextError::{Empty, TooLong, TooManyLines};
        let control = |c, at| Err(TextError::Control(Found(c, at)));
        let bidi = |c| Err(TextError::Bidi(Found(c, 2)));
        let lines = |n| vec!["x"; n].join("\n");
        let table: [(String, Result<(), TextError>); 22] = [
            ("a".into(), Ok(())),
            ("tab\tand\nnewline".into(), Ok(())),
            ("你好，世界 👩‍👩‍👧 שלום".into(), Ok(())),
            ("a".repeat(100), Ok(())),
            ("好".repeat(100), Ok(())),
            ("a".repeat(101), Err(TooLong(100))),
            ("好".repeat(101), Err(TooLong(100))),
            (String::new(), Err(Empty)),
            (" \n\t ".into(), Err(Empty)),
            ("\u{3000}\u{A0}".into(), Err(Empty)),
            (lines(MAX_LINES), Ok(())),
            (lines(MAX_LINES + 1), Err(TooManyLines(MAX_LINES))),
            ("\u{2028}".repeat(40) + "x", Err(TooManyLines(MAX_LINES))),
            ("a\0b".into(), control('\0', 2)),
            ("a\r\n".into(), control('\r', 2)),
            ("\x1b[31mred".into(), control('\x1b', 1)),
            ("a\x7f".into(), control('\x7f', 2)),
            ("好\u{9b}31m".into(), control('\u{9b}', 2)),
            ("a\u{202A}b".into(), bidi('\u{202A}')),
            ("a\u{202E}b".into(), bidi('\u{202E}')),
            ("a\u{2066}b".into(), bidi('\u{2066}')),
            ("a\u{2069}b".into(), bidi('\u{2069}')),
        ];
        for (text, expected) in table {
            assert_eq!(check(&text, 100), expected, "{text:?}");
        }
    }

    #[test]
    fn invisible_characters_that_languages_and_emoji_need_are_allowed() {
        for text in [
            "👩\u{200D}👩\u{200D}👧",
            "می\u{200C}خواهم",
            "ශ්\u{200D}රී ලංකා",
            "❤\u{FE0F}",
            "1\u{FE0F}\u{20E3}",
            "🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}",
            "葛\u{E0100}城",
            "ᠪᠠ\u{180B}",
            "ภาษา\u{200B}ไทย",
            "soft\u{AD}hyphen",
            "\u{FEFF}from a file",
            "\u{200F}שלום\u{200E}",
            "a\u{A0}b\u{202F}c\u{2009}d",
            "one\u{2028}two\u{2029}three",
            "apple \u{F8FF}",
            "new emoji \u{1FAFF}",
        ] {
            assert_eq!(check(text, 100), Ok(()), "{text:?}");
        }
    }

    #[test]
    fn characters_that_hide_text_are_refused_by_name() {
        let england = "🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}";
        for (text, c, at) in [
            ("a\u{E0061}", '\u{E0061}', 2),
            ("🏴\u{E0061}", '\u{E0061}', 2),
            ("🏴\u{E0061}\u{E0061}\u{E0061}", '\u{E0061}', 2),
            (&(england.to_owned() + "\u{E0061}"), '\u{E0061}', 8),
            ("a\u{206A}", '\u{206A}', 2),
            ("a\u{FFF9}b", '\u{FFF9}', 2),
            ("a\u{FFFF}", '\u{FFFF}', 2),
            ("a\u{FDD0}", '\u{FDD0}', 2),
        ] {
            let error = TextError::Hidden(Found(c, at));
            assert_eq!(check(text, 100), Err(error), "{text:?}");
        }
        assert_eq!(check(england, 7), Ok(()));
        assert_eq!(check(england, 6), Err(TextError::TooLong(6)));
    }

    #[test]
    fn a_refusal_says_which_character_where_and_what_to_do() {
        let told = |text: &str| check(text, 100).unwrap_err().to_string();
        assert!(
            told("sixteen letters \u{202E}x")
                .contains("U+202E RIGHT-TO-LEFT OVERRIDE at position 17")
        );
        assert!(told("a\r\nb").contains("U+000D CARRIAGE RETURN at position 2"));
        assert!(told("a\r\nb").ends_with("End lines with a newline alone"));
        assert!(told("a\u{B}b").contains("VERTICAL TAB"));
        assert!(told("a\u{B}b").ends_with("Put a newline in its place"));
        assert!(told("a\0").contains("U+0000 NULL at position 2"));
        assert!(told("\u{200B}").contains("U+200B ZERO WIDTH SPACE at position 1"));
    }

    #[test]
    fn rooms_are_named_with_letters_digits_dash_and_underscore() {
        for good in [
            "lobby",
            "Room-2_b",
            "数学",
            "класс",
            "हिन्दी",
            "မြန်မာ",
            &"x".repeat(MAX_ROOM),
        ] {
            assert_eq!(check_room(good), Ok(()), "{good:?}");
        }
        for bad in [
            "",
            "a b",
            "a/b",
            "a.b",
            "#a",
            "a\n",
            "\u{301}a",
            "e\u{301}",
            "a\u{335}\u{335}\u{335}",
            "a\u{FE0F}",
            "a\u{200B}",
            &"x".repeat(MAX_ROOM + 1),
        ] {
            assert_eq!(check_room(bad), Err(RoomNameError), "{bad:?}");
        }
    }
}
