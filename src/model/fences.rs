//! How long a text may be, and how much of it is code: what stands in fences of three backticks.
//!
//! Pure. The page draws the same fences (`src/web/chat/markup.js`): one opens at the beginning of a line, and
//! closes with the first line that ends with three backticks. One that never closes is no fence.

use crate::model::text::{self, MAX_LINES, TextError};

const FENCE: &str = "```";

/// The part of a text that is not code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Prose {
    /// Characters, line ends included.
    pub chars: usize,
    /// Lines.
    pub lines: usize,
}

/// What is left of a text without its code. The lines of the fences count as prose, because they are shown
/// beside the code or cost nothing.
pub(crate) fn prose(text: &str) -> Prose {
    let mut left = Prose { chars: 0, lines: 0 };
    // What was read since a fence opened: prose again, if it never closes.
    let mut inside: Option<Prose> = None;
    for line in text.split_inclusive('\n') {
        let chars = line.chars().count();
        let closes = line.trim_end().ends_with(FENCE);
        match &mut inside {
            Some(_) if closes => {
                // "}```" has code before the fence.
                left.chars += FENCE.len() + 1;
                left.lines += 1;
                inside = None;
            }
            Some(code) => {
                code.chars += chars;
                code.lines += 1;
            }
            None => {
                left.chars += chars;
                left.lines += 1;
                let opens = line.trim_start_matches(' ').starts_with(FENCE);
                if opens && !(closes && line.trim().len() > FENCE.len()) {
                    inside = Some(Prose { chars: 0, lines: 0 });
                }
            }
        }
    }
    if let Some(rest) = inside {
        left.chars += rest.chars;
        left.lines += rest.lines;
    }
    left
}

/// How long the text of a message may be. Code in fences has bounds of its own: a pupil's program is long,
/// and the page scrolls it in a box.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Characters outside fences.
    pub text: usize,
    /// Characters of the whole text, if what is too many for `text` stands in fences.
    pub code: usize,
    /// Lines of the whole text, if what is too many for [`MAX_LINES`] stands in fences.
    pub code_lines: usize,
}

/// Checks the text of a message, which may contain code in fences.
///
/// # Errors
///
/// The first rule that it breaks.
pub(crate) fn check_message(text: &str, bounds: &Bounds) -> Result<(), TextError> {
    use TextError::{TooLong, TooManyLines};
    let error = match text::check(text, bounds.text) {
        Err(error @ (TooLong(_) | TooManyLines(_))) => error,
        other => return other,
    };
    // Only a longer text than usual is read again.
    let prose = prose(text);
    if prose.chars > bounds.text || prose.lines > MAX_LINES {
        return Err(error);
    }
    let lines = bounds.code_lines.max(MAX_LINES);
    text::scan(text.chars(), bounds.code.max(bounds.text), lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn left(text: &str) -> (usize, usize) {
        let Prose { chars, lines } = prose(text);
        (chars, lines)
    }

    #[test]
    fn code_is_what_stands_between_a_line_that_opens_and_one_that_closes() {
        assert_eq!(left("one\ntwo"), (7, 2));
        assert_eq!(left("a\n```c\nint x;\nint y;\n```\nb"), (12, 4));
        assert_eq!(left("```\n你好\n}```"), (8, 2));
        assert_eq!(left("  ```\nx\n```  "), (10, 2));
    }

    #[test]
    fn a_fence_that_never_closes_or_opens_inside_a_line_is_none() {
        assert_eq!(left("```\nx\ny"), (7, 3));
        assert_eq!(left("a ```\nx\n"), (8, 2));
        // A line that opens and closes is one line of code.
        assert_eq!(left("```x```\ny"), (9, 2));
        assert_eq!(left(""), (0, 0));
    }

    #[test]
    fn what_opens_after_a_closed_fence_counts_again() {
        assert_eq!(left("```\na\n```\n```\nb\n```"), (16, 4));
        assert_eq!(left("```\na\n```\n```\nb"), (13, 4));
    }

    #[test]
    fn code_in_fences_has_room_of_its_own_and_prose_has_not() {
        let bounds = Bounds {
            text: 100,
            code: 1000,
            code_lines: 60,
        };
        let told = |text: &str| check_message(text, &bounds);
        let code = |lines: usize| format!("look\n```c\n{}```", "int x;\n".repeat(lines));
        assert_eq!(told(&code(57)), Ok(()));
        assert_eq!(told(&code(58)), Err(TextError::TooManyLines(60)));
        let wide = |chars: usize| format!("```\n{}\n```", "好".repeat(chars));
        assert_eq!(told(&wide(992)), Ok(()));
        assert_eq!(told(&wide(993)), Err(TextError::TooLong(1000)));
        // Without a fence that closes, and beside one, everything is as it was.
        let open = code(57).trim_end_matches('`').to_owned();
        assert_eq!(told(&open), Err(TextError::TooLong(100)));
        let beside = "x".repeat(101) + "\n```\ny\n```";
        assert_eq!(told(&beside), Err(TextError::TooLong(100)));
        let below = code(10) + &"\n".repeat(40) + "x";
        assert_eq!(told(&below), Err(TextError::TooLong(100)));
        // The other rules hold inside, too.
        let hidden = wide(500).replace("好\n", "\u{202E}\n");
        assert!(matches!(told(&hidden), Err(TextError::Bidi(_))));
    }
}
