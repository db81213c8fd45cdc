//! Characters that people do not see: which they are, what they are called, and which sequences need
//! them.
//!
//! Pure. The rules for texts ([`crate::model::text`]) and names ([`crate::auth::names`]) say which of
//! them are refused.

use std::fmt;

/// A character as errors name it: `U+202E RIGHT-TO-LEFT OVERRIDE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Named(pub(crate) char);

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let n = u32::from(self.0);
        write!(f, "U+{n:04X}")?;
        if let Some((_, name)) = NAMES.iter().find(|(code, _)| *code == n) {
            return write!(f, " {name}");
        }
        match n {
            0xFE00..=0xFE0F => write!(f, " VARIATION SELECTOR-{}", n - 0xFE00 + 1),
            0xE0100..=0xE01EF => write!(f, " VARIATION SELECTOR-{}", n - 0xE0100 + 17),
            0xE0000..=0xE007F => f.write_str(" TAG CHARACTER"),
            _ if is_noncharacter(self.0) => f.write_str(" NONCHARACTER"),
            _ if is_private(self.0) => f.write_str(" PRIVATE USE CHARACTER"),
            _ if self.0.is_control() => f.write_str(" CONTROL CHARACTER"),
            _ => Ok(()),
        }
    }
}

/// The names of invisible characters, those of Unicode's data files. The names of control characters
/// are those of its name aliases.
const NAMES: [(u32, &str); 62] = [
    (0x0000, "NULL"),
    (0x0007, "BELL"),
    (0x0008, "BACKSPACE"),
    (0x0009, "TAB"),
    (0x000A, "LINE FEED"),
    (0x000B, "LINE TABULATION (VERTICAL TAB)"),
    (0x000C, "FORM FEED"),
    (0x000D, "CARRIAGE RETURN"),
    (0x001B, "ESCAPE"),
    (0x007F, "DELETE"),
    (0x0085, "NEXT LINE"),
    (0x00AD, "SOFT HYPHEN"),
    (0x034F, "COMBINING GRAPHEME JOINER"),
    (0x061C, "ARABIC LETTER MARK"),
    (0x115F, "HANGUL CHOSEONG FILLER"),
    (0x1160, "HANGUL JUNGSEONG FILLER"),
    (0x17B4, "KHMER VOWEL INHERENT AQ"),
    (0x17B5, "KHMER VOWEL INHERENT AA"),
    (0x180B, "MONGOLIAN FREE VARIATION SELECTOR ONE"),
    (0x180C, "MONGOLIAN FREE VARIATION SELECTOR TWO"),
    (0x180D, "MONGOLIAN FREE VARIATION SELECTOR THREE"),
    (0x180E, "MONGOLIAN VOWEL SEPARATOR"),
    (0x180F, "MONGOLIAN FREE VARIATION SELECTOR FOUR"),
    (0x200B, "ZERO WIDTH SPACE"),
    (0x200C, "ZERO WIDTH NON-JOINER"),
    (0x200D, "ZERO WIDTH JOINER"),
    (0x200E, "LEFT-TO-RIGHT MARK"),
    (0x200F, "RIGHT-TO-LEFT MARK"),
    (0x2028, "LINE SEPARATOR"),
    (0x2029, "PARAGRAPH SEPARATOR"),
    (0x202A, "LEFT-TO-RIGHT EMBEDDING"),
    (0x202B, "RIGHT-TO-LEFT EMBEDDING"),
    (0x202C, "POP DIRECTIONAL FORMATTING"),
    (0x202D, "LEFT-TO-RIGHT OVERRIDE"),
    (0x202E, "RIGHT-TO-LEFT OVERRIDE"),
    (0x2060, "WORD JOINER"),
    (0x2061, "FUNCTION APPLICATION"),
    (0x2062, "INVISIBLE TIMES"),
    (0x2063, "INVISIBLE SEPARATOR"),
    (0x2064, "INVISIBLE PLUS"),
    (0x2066, "LEFT-TO-RIGHT ISOLATE"),
    (0x2067, "RIGHT-TO-LEFT ISOLATE"),
    (0x2068, "FIRST STRONG ISOLATE"),
    (0x2069, "POP DIRECTIONAL ISOLATE"),
    (0x206A, "INHIBIT SYMMETRIC SWAPPING"),
    (0x206B, "ACTIVATE SYMMETRIC SWAPPING"),
    (0x206C, "INHIBIT ARABIC FORM SHAPING"),
    (0x206D, "ACTIVATE ARABIC FORM SHAPING"),
    (0x206E, "NATIONAL DIGIT SHAPES"),
    (0x206F, "NOMINAL DIGIT SHAPES"),
    (0x2800, "BRAILLE PATTERN BLANK"),
    (0x3164, "HANGUL FILLER"),
    (0xFEFF, "ZERO WIDTH NO-BREAK SPACE (BYTE ORDER MARK)"),
    (0xFFA0, "HALFWIDTH HANGUL FILLER"),
    (0xFFF9, "INTERLINEAR ANNOTATION ANCHOR"),
    (0xFFFA, "INTERLINEAR ANNOTATION SEPARATOR"),
    (0xFFFB, "INTERLINEAR ANNOTATION TERMINATOR"),
    (0xFFFC, "OBJECT REPLACEMENT CHARACTER"),
    (0xFFFD, "REPLACEMENT CHARACTER"),
    (0xE0001, "LANGUAGE TAG"),
    (0xE0020, "TAG SPACE"),
    (0xE007F, "CANCEL TAG"),
];

/// Whether readers see nothing of a character, although Unicode does not count it as white space.
/// Controls are not among them.
pub(crate) fn is_blank(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2060}'..='\u{2065}' | '\u{2800}'
        | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFFC}'
        | '\u{E0000}'..='\u{E0FFF}')
}

/// Whether Unicode keeps a code for programs' own use, so that no text may contain it.
pub(crate) fn is_noncharacter(c: char) -> bool {
    u32::from(c) & 0xFFFE == 0xFFFE || matches!(c, '\u{FDD0}'..='\u{FDEF}')
}

/// Whether a character has no meaning of its own, but one that two parties agree on.
pub(crate) fn is_private(c: char) -> bool {
    matches!(c, '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..='\u{10FFFF}')
}

/// Whether a character is an invisible copy of an ASCII character. Only flags need them.
pub(crate) fn is_tag(c: char) -> bool {
    matches!(c, '\u{E0000}'..='\u{E007F}')
}

/// Whether a character chooses how the one before it is drawn.
pub(crate) fn is_variation_selector(c: char) -> bool {
    matches!(c, '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}')
}

/// Whether a character is a picture: an emoji, or a symbol that may be drawn as one.
pub(crate) fn is_picture(c: char) -> bool {
    matches!(c, '©' | '®' | '\u{203C}' | '\u{2049}' | '\u{2122}' | '\u{2139}'
        | '\u{2190}'..='\u{21FF}' | '\u{2300}'..='\u{23FF}' | '\u{24C2}' | '\u{25A0}'..='\u{27BF}'
        | '\u{2900}'..='\u{297F}' | '\u{2B00}'..='\u{2BFF}' | '\u{3030}' | '\u{303D}' | '\u{3297}'
        | '\u{3299}' | '\u{1F000}'..='\u{1FAFF}')
}

/// The black flag, which tags after it make the flag of a region, such as Scotland.
pub(crate) const FLAG: char = '\u{1F3F4}';

/// The most tags between the black flag and the end of its sequence. Codes of regions have three to
/// six letters and digits.
pub(crate) const MAX_TAGS: usize = 6;

/// How many characters of `after`, which follow a black flag, belong to it: small letters and digits
/// as tags, and the tag that ends them. 0 if that is not what follows.
pub(crate) fn flag_tags(after: impl Iterator<Item = char>) -> usize {
    let code = |c: &char| matches!(c, '\u{E0030}'..='\u{E0039}' | '\u{E0061}'..='\u{E007A}');
    let mut after = after.peekable();
    let mut count = 0;
    while count <= MAX_TAGS && after.next_if(code).is_some() {
        count += 1;
    }
    let ends = after.next() == Some('\u{E007F}');
    if ends && (3..=MAX_TAGS).contains(&count) {
        count + 1
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_is_named_by_its_code_and_name() {
        for (c, name) in [
            ('\u{202E}', "U+202E RIGHT-TO-LEFT OVERRIDE"),
            ('\0', "U+0000 NULL"),
            ('\u{2}', "U+0002 CONTROL CHARACTER"),
            ('\u{FE0F}', "U+FE0F VARIATION SELECTOR-16"),
            ('\u{E0100}', "U+E0100 VARIATION SELECTOR-17"),
            ('\u{E0041}', "U+E0041 TAG CHARACTER"),
            ('\u{FFFF}', "U+FFFF NONCHARACTER"),
            ('\u{F8FF}', "U+F8FF PRIVATE USE CHARACTER"),
            ('a', "U+0061"),
        ] {
            assert_eq!(Named(c).to_string(), name);
        }
    }

    #[test]
    fn the_table_of_names_is_in_order_and_without_gaps_in_what_is_blank() {
        assert!(NAMES.is_sorted_by(|(one, _), (other, _)| one < other));
        for c in ('\0'..='\u{FFFF}').filter(|&c| is_blank(c) && c != '\u{2065}') {
            assert!(Named(c).to_string().contains(' '), "{:04X}", u32::from(c));
        }
    }

    #[test]
    fn the_tags_of_a_flag_are_counted() {
        let tags = |text: &str| flag_tags(text.chars());
        assert_eq!(
            tags("\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}!"),
            6
        );
        assert_eq!(tags("\u{E0075}\u{E0073}\u{E0074}\u{E0078}\u{E007F}"), 5);
        for not in [
            "",
            "\u{E007F}",
            "\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}",
            "\u{E0067}\u{E0062}\u{E0065}x\u{E007F}",
            "\u{E0041}\u{E0042}\u{E0043}\u{E007F}",
            "\u{E0061}\u{E0061}\u{E0061}\u{E0061}\u{E0061}\u{E0061}\u{E0061}\u{E007F}",
        ] {
            assert_eq!(tags(not), 0, "{not:?}");
        }
    }
}
