//! The rules for the text of a message and for the name of a room.
//!
//! Pure, and called for every message: ordinary text takes one pass and no allocation. A text is
//! never altered: one that breaks a rule is refused.

use std::fmt;
use std::str::Chars;

/// The most lines in a message, so that one message does not push all others off the screen.
pub(crate) const MAX_LINES: usize = 40;

/// The most characters in a room's name.
pub(crate) const MAX_ROOM: usize = 32;

/// Why a text is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TextError {
    /// Nothing, or nothing but white space.
    Empty,
    /// More than this many characters.
    TooLong(usize),
    /// More than [`MAX_LINES`] lines.
    TooManyLines,
    /// A control character other than newline and tab.
    Control(char),
    /// A bidirectional override, embedding or isolate: it makes text read other than it is.
    Bidi(char),
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            TextError::Empty => f.write_str("the text is empty"),
            TextError::TooLong(max) => write!(f, "the text is longer than {max} characters"),
            TextError::TooManyLines => write!(f, "the text has more than {MAX_LINES} lines"),
            TextError::Control(c) => write!(
                f,
                "the text contains the control character U+{:04X}; only newline and tab may be used",
                u32::from(c)
            ),
            TextError::Bidi(c) => write!(
                f,
                "the text contains U+{:04X}, which changes the direction of what follows",
                u32::from(c)
            ),
        }
    }
}

impl std::error::Error for TextError {}

/// Checks the text of a message: 1 to `max_chars` characters, at most [`MAX_LINES`] lines, and
/// something visible.
///
/// # Errors
///
/// The first rule that it breaks.
pub(crate) fn check(text: &str, max_chars: usize) -> Result<(), TextError> {
    if text.is_ascii() && is_plain(text, max_chars) {
        return Ok(());
    }
    scan(text.chars(), max_chars)
}

/// Whether `text`, which is ASCII, breaks no rule. The loops have no branches, so that the compiler
/// can check many bytes at once. If this says no, [`scan`] finds the rule.
fn is_plain(text: &str, max_chars: usize) -> bool {
    let bytes = text.as_bytes();
    let newlines = bytes.iter().filter(|byte| **byte == b'\n').count();
    let (visible, strange) = bytes
        .iter()
        .fold((false, false), |(visible, strange), &byte| {
            let control = (byte < b' ') & (byte != b'\n') & (byte != b'\t');
            (visible | (byte > b' '), strange | control | (byte == 0x7F))
        });
    bytes.len() <= max_chars && newlines < MAX_LINES && visible && !strange
}

fn scan(chars: Chars<'_>, max_chars: usize) -> Result<(), TextError> {
    let mut count = 0;
    let mut lines = 1;
    let mut visible = false;
    for c in chars {
        count += 1;
        if count > max_chars {
            return Err(TextError::TooLong(max_chars));
        }
        match c {
            // U+2028 and U+2029 break lines too.
            '\n' | '\u{2028}' | '\u{2029}' => lines += 1,
            '\t' => {}
            '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => return Err(TextError::Bidi(c)),
            _ if c.is_control() => return Err(TextError::Control(c)),
            _ => visible |= !c.is_whitespace() && !is_blank(c),
        }
    }
    if !visible {
        return Err(TextError::Empty);
    }
    if lines > MAX_LINES {
        return Err(TextError::TooManyLines);
    }
    Ok(())
}

/// Whether a character is invisible although Unicode does not count it as white space.
fn is_blank(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{34F}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
        | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2060}'..='\u{2065}' | '\u{2800}'
        | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}'
        | '\u{E0000}'..='\u{E0FFF}')
}

/// No room can have this name. The sentence says which names are allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RoomNameError;

impl fmt::Display for RoomNameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the name of a room is 1 to {MAX_ROOM} letters and digits of any script, `-` and `_`"
        )
    }
}

impl std::error::Error for RoomNameError {}

/// Whether a room may be called `name`: 1 to [`MAX_ROOM`] letters and digits of any script, `-`
/// and `_`; so it needs no quoting in URLs, file names and commands.
///
/// # Errors
///
/// It may not.
pub(crate) fn check_room(name: &str) -> Result<(), RoomNameError> {
    let allowed = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    if (1..=MAX_ROOM).contains(&name.chars().count()) && name.chars().all(allowed) {
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
            "\u{FEFF} \u{E0041}",
        ] {
            assert_eq!(check(text, 10), Err(TextError::Empty), "{text:?}");
        }
        assert_eq!(check("👩\u{200D}🏫", 10), Ok(()));
    }

    #[test]
    fn texts_are_judged_by_length_lines_and_characters() {
        use TextError::{Bidi, Control, Empty, TooLong, TooManyLines};
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
            (lines(MAX_LINES + 1), Err(TooManyLines)),
            ("\u{2028}".repeat(40) + "x", Err(TooManyLines)),
            ("a\0b".into(), Err(Control('\0'))),
            ("a\r\n".into(), Err(Control('\r'))),
            ("\x1b[31mred".into(), Err(Control('\x1b'))),
            ("a\x7f".into(), Err(Control('\x7f'))),
            ("好\u{9b}31m".into(), Err(Control('\u{9b}'))),
            ("a\u{202A}b".into(), Err(Bidi('\u{202A}'))),
            ("a\u{202E}b".into(), Err(Bidi('\u{202E}'))),
            ("a\u{2066}b".into(), Err(Bidi('\u{2066}'))),
            ("a\u{2069}b".into(), Err(Bidi('\u{2069}'))),
        ];
        for (text, expected) in table {
            assert_eq!(check(&text, 100), expected, "{text:?}");
        }
    }

    #[test]
    fn rooms_are_named_with_letters_digits_dash_and_underscore() {
        for good in ["lobby", "Room-2_b", "数学", "класс", &"x".repeat(MAX_ROOM)] {
            assert_eq!(check_room(good), Ok(()), "{good:?}");
        }
        for bad in [
            "",
            "a b",
            "a/b",
            "a.b",
            "#a",
            "a\n",
            &"x".repeat(MAX_ROOM + 1),
        ] {
            assert_eq!(check_room(bad), Err(RoomNameError), "{bad:?}");
        }
    }
}
