//! How many combining marks a letter may carry: as many as its script needs, and only marks of that
//! script.
//!
//! A syllable of Burmese or Tibetan is one letter with up to six marks, and each of them is needed to
//! read it. On a Latin letter, more than two are "Zalgo" text, which covers the lines around it.

use unicode_normalization::char::is_combining_mark;
use unicode_script::{Script, ScriptExtension, UnicodeScript};

use crate::model::characters::is_variation_selector;

/// The most marks on a letter of any script.
pub(crate) const MOST: usize = 6;

/// The most marks on a letter of this script.
const fn most(script: Script) -> usize {
    match script {
        // Medials, vowels, a tone and a killer, each its own mark: လျှို့ has five.
        Script::Myanmar | Script::Tibetan | Script::Tai_Tham => MOST,
        // Vowels below and above, a tone, and a mark that silences the letter.
        Script::Thai | Script::Lao => 3,
        // Vietnamese has two, and NFC joins most of them to the letter.
        Script::Common
        | Script::Inherited
        | Script::Unknown
        | Script::Latin
        | Script::Greek
        | Script::Cyrillic
        | Script::Armenian
        | Script::Georgian
        | Script::Han
        | Script::Hangul
        | Script::Hiragana
        | Script::Katakana
        | Script::Bopomofo => 2,
        // Devanagari and its kin: nukta, virama, vowel, nasal. Arabic: hamza, shadda, vowel, and a
        // small alef. Hebrew: dagesh, the dot of shin, vowel, accent. Khmer, and many more.
        _ => 4,
    }
}

/// Whether every mark of `text`, which is in NFC, stands on a letter or sign that it belongs to, and
/// none carries more than its script uses. Joiners and variation selectors do not count.
pub(crate) fn are_in_place(text: &str) -> bool {
    if text.is_ascii() {
        return true;
    }
    let mut base = None;
    let mut marks = 0;
    text.chars().all(|c| {
        if matches!(c, '\u{200C}' | '\u{200D}') || is_variation_selector(c) {
            return true;
        }
        if is_combining_mark(c) {
            marks += 1;
            return base.is_some_and(|base| belongs(c, base) && marks <= most(script_of(base)));
        }
        base = Some(c).filter(|c| !c.is_whitespace());
        marks = 0;
        true
    })
}

/// The script of a letter. One that several scripts use has the first of them.
fn script_of(base: char) -> Script {
    let of_one = base.script();
    if of_one == Script::Common {
        return base.script_extension().iter().next().unwrap_or(of_one);
    }
    of_one
}

/// Whether a mark may stand on a letter: it is of the same script, or for letters of every script.
fn belongs(mark: char, base: char) -> bool {
    let general = matches!(mark, '\u{300}'..='\u{36F}' | '\u{1AB0}'..='\u{1AFF}'
        | '\u{1DC0}'..='\u{1DFF}' | '\u{20D0}'..='\u{20FF}' | '\u{FE20}'..='\u{FE2F}');
    let of: ScriptExtension = mark.script_extension();
    general
        || of.is_common()
        || of.is_inherited()
        || !of.intersection(base.script_extension()).is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_that_a_script_needs_are_in_place() {
        for text in [
            "လျှို့ဝှက်",
            "ကြောင့်",
            "རྒྱུད་",
            "ཧཱུྃ",
            "फ़ैज़ाँ",
            "ज़्मीं",
            "ស្ត្រី",
            "ที่รัก",
            "น้ำ",
            "مُحَمَّدٌ",
            "ـَّ",
            "שָׁלוֹם",
            "x̱̂",
            "ệ",
            "1\u{FE0F}\u{20E3}",
            "❤\u{FE0F}",
            "র\u{200D}\u{9CD}যা",
        ] {
            assert!(are_in_place(text), "{text}");
        }
    }

    #[test]
    fn stacks_of_marks_and_marks_of_another_script_are_not() {
        for text in [
            "\u{301}a",
            "a \u{301}b",
            "Z\u{335}\u{335}\u{335}",
            "a\u{5B0}",
            "a\u{64B}",
            "a\u{93E}",
            "ก\u{E48}\u{E48}\u{E48}\u{E48}",
            "م\u{64E}\u{64E}\u{64E}\u{64E}\u{64E}",
            "क\u{5B0}",
            "က\u{103B}\u{103B}\u{103B}\u{103B}\u{103B}\u{103B}\u{103B}",
            "1\u{20E3}\u{20E3}\u{20E3}",
        ] {
            assert!(!are_in_place(text), "{text}");
        }
    }
}
