//! How names and texts of people are written into files, so that a reader can tell what the server
//! wrote from what a person wrote.
//!
//! Nothing that a person chose begins a line, reorders one, or looks like a mark of the server's:
//!
//! - A line break of any kind in a text becomes a newline, and a transcript indents what follows.
//! - A control character and one that reorders text are written as `\u{202E}`.
//! - A name is in double quotes if it has anything but letters, digits and a few harmless signs.
//! - A text is in double quotes if it begins or ends with a bracket, as `(deleted)` does.

use std::borrow::Cow;
use std::fmt::Write;

use unicode_normalization::char::is_combining_mark;

/// A text of several lines: a line break of any kind is a newline.
pub(super) fn lines(text: &str) -> Cow<'_, str> {
    if !text.contains(|c| c != '\n' && is_strange(c)) {
        return Cow::Borrowed(text);
    }
    let mut lines = String::with_capacity(text.len());
    for c in text.replace("\r\n", "\n").chars() {
        match c {
            '\n' => lines.push('\n'),
            c if is_line_break(c) => lines.push('\n'),
            c => push_visibly(&mut lines, c),
        }
    }
    Cow::Owned(lines)
}

/// A text of one line, such as a name: a line break is written as `\u{A}`.
pub(super) fn one_line(text: &str) -> Cow<'_, str> {
    if !text.contains(is_strange) {
        return Cow::Borrowed(text);
    }
    let mut line = String::with_capacity(text.len());
    text.chars().for_each(|c| push_visibly(&mut line, c));
    Cow::Owned(line)
}

/// A name in a line of a transcript, where brackets, a colon and an asterisk mean something.
pub(super) fn name(name: &str) -> Cow<'_, str> {
    match name {
        "" => Cow::Borrowed("?"), // a person who was forgotten
        name if name.chars().all(is_plain_in_name) => Cow::Borrowed(name),
        name => {
            let escaped = name.replace('\\', "\\\\").replace('"', "\\\"");
            Cow::Owned(format!("\"{}\"", one_line(&escaped)))
        }
    }
}

/// A text in a transcript, its lines after the first indented.
pub(super) fn text(text: &str) -> Cow<'_, str> {
    let text = match lines(text) {
        lines if lines.contains('\n') => Cow::Owned(lines.replace('\n', "\n    ")),
        lines => lines,
    };
    let mut visible = text.chars().filter(|&c| !is_blank(c));
    let (first, last) = (visible.next(), visible.next_back());
    let marked = first.is_some_and(is_bracket) || last.is_some_and(is_bracket);
    // A smiley has one bracket.
    match marked && text.chars().filter(|&c| is_bracket(c)).nth(1).is_some() {
        true => Cow::Owned(format!("\"{text}\"")),
        false => text,
    }
}

/// A JSON object as one line for every program: what some of them take for the end of a line, and
/// what reorders text, is escaped. JSON has such characters in strings only.
pub(super) fn json_line(json: &str) -> Cow<'_, str> {
    if !json.contains(is_strange) {
        return Cow::Borrowed(json);
    }
    let mut line = String::with_capacity(json.len());
    for c in json.chars() {
        match is_strange(c) {
            // Writing to a String cannot fail.
            true => drop(write!(line, "\\u{:04x}", u32::from(c))),
            false => line.push(c),
        }
    }
    Cow::Owned(line)
}

/// Whether a reader does not see a character: white space, or no width.
pub(super) fn is_blank(c: char) -> bool {
    c.is_whitespace()
        || is_strange(c)
        || matches!(c, '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}'..='\u{1160}' | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200F}' | '\u{2060}'..='\u{206F}' | '\u{2800}' | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{E0000}'..='\u{E0FFF}')
}

/// Whether a character is not written as it is: a control character other than the tab, another
/// line break, or one that reorders text.
fn is_strange(c: char) -> bool {
    c != '\t' && c.is_control() || matches!(c, '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Whether some program ends a line here. (Python's `splitlines` knows all of them.)
fn is_line_break(c: char) -> bool {
    matches!(c, '\n'..='\r' | '\u{1C}'..='\u{1E}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn push_visibly(out: &mut String, c: char) {
    match is_strange(c) {
        true => out.extend(c.escape_unicode()),
        false => out.push(c),
    }
}

/// Whether a character of a name means nothing in a transcript, nor looks as if it did.
fn is_plain_in_name(c: char) -> bool {
    match c {
        // Letters to Unicode, colons to readers.
        '\u{2D0}' | '\u{A4FD}' => false,
        ' ' | '-' | '_' | '.' | ',' | '\'' | '’' | '·' | '・' | '&' | '+' | '!' => true,
        '\u{200C}' | '\u{200D}' | '\u{FE0F}' => true,
        '\u{2600}'..='\u{26FF}' | '\u{1F1E6}'..='\u{1F1FF}' | '\u{1F300}'..='\u{1FAFF}' => true,
        c => c.is_alphanumeric() || is_combining_mark(c),
    }
}

/// Whether a character is a bracket, or looks like one.
fn is_bracket(c: char) -> bool {
    matches!(c, '(' | ')' | '[' | ']' | '{' | '}' | '\u{207D}'..='\u{207E}'
        | '\u{208D}'..='\u{208E}' | '\u{2308}'..='\u{230B}' | '\u{2329}'..='\u{232A}'
        | '\u{239B}'..='\u{23AD}' | '\u{2768}'..='\u{2775}' | '\u{27E6}'..='\u{27EF}'
        | '\u{2983}'..='\u{2998}' | '\u{2E22}'..='\u{2E29}' | '\u{3008}'..='\u{301B}'
        | '\u{FD3E}'..='\u{FD3F}' | '\u{FE17}'..='\u{FE18}' | '\u{FE35}'..='\u{FE48}'
        | '\u{FE59}'..='\u{FE5E}' | '（' | '）' | '［' | '］' | '｛' | '｝' | '\u{FF5F}'..='\u{FF63}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_names_and_texts_stay_as_they_are() {
        for plain in [
            "Ann",
            "O'Neil-Смит",
            "小明Tom",
            "प्रिया क़",
            "Cat 🐱",
            "Ann 2",
            "می\u{200C}نا",
        ] {
            assert_eq!(name(plain), plain);
            assert_eq!(one_line(plain), plain);
        }
        for plain in ["hello :)", "x: y [1] z", "say \"hi\"", "tab\there"] {
            assert_eq!(lines(plain), plain);
            assert_eq!(text(plain), plain);
        }
        assert_eq!(name(""), "?");
    }

    #[test]
    fn no_line_break_of_any_kind_begins_a_line_with_a_persons_words() {
        for end in [
            "\n", "\r", "\r\n", "\u{B}", "\u{C}", "\u{1C}", "\u{1D}", "\u{1E}", "\u{85}",
            "\u{2028}", "\u{2029}",
        ] {
            let forged = format!("hi{end}[12:00] Lin: yes");
            assert_eq!(text(&forged), "hi\n    [12:00] Lin: yes", "{end:?}");
            assert_eq!(lines(&forged), "hi\n[12:00] Lin: yes", "{end:?}");
            let shown = name(&forged);
            assert!(
                shown.starts_with("\"hi\\u{") && shown.ends_with("Lin: yes\""),
                "{shown}"
            );
            assert!(!shown.contains(is_line_break), "{shown}");
        }
    }

    #[test]
    fn names_that_look_like_a_line_of_the_transcript_are_in_quotes() {
        for (odd, shown) in [
            ("Ann: yes", "\"Ann: yes\""),
            ("Ann： yes", "\"Ann： yes\""),
            ("Annː yes", "\"Annː yes\""),
            ("[12:00] Lin", "\"[12:00] Lin\""),
            ("* Lin", "\"* Lin\""),
            ("✱ Lin", "\"✱ Lin\""),
            ("Ann (deleted)", "\"Ann (deleted)\""),
            ("Ann\": x", "\"Ann\\\": x\""),
            ("Ann\\\": x", "\"Ann\\\\\\\": x\""),
            ("A\u{202E}nn", "\"A\\u{202e}nn\""),
        ] {
            assert_eq!(name(odd), shown);
        }
    }

    #[test]
    fn texts_that_look_like_a_mark_of_the_server_are_in_quotes() {
        for odd in [
            "(deleted)",
            " (purged)",
            "hello (edited)",
            "hello (edited)\u{200B} ",
            "（deleted）",
            "❨deleted❩",
        ] {
            assert_eq!(text(odd), format!("\"{odd}\""));
        }
        assert_eq!(text("\u{1b}[2J\u{9b}x"), "\\u{1b}[2J\\u{9b}x");
    }

    #[test]
    fn a_json_line_is_one_line_with_the_same_value() {
        let json = "{\"text\":\"a\u{2028}b\u{85}c\u{202E}d\u{7f}é\"}";
        let line = json_line(json);
        assert_eq!(line, r#"{"text":"a\u2028b\u0085c\u202ed\u007fé"}"#);
        let value = |json| serde_json::from_str::<serde_json::Value>(json).expect("JSON");
        assert_eq!(value(&line), value(json));
    }
}
