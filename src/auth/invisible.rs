//! Which invisible characters a name needs: joiners where a script joins letters, the parts of an
//! emoji, variants of a character. Everywhere else they are a disguise.
//!
//! The rules for joiners are those of [RFC 5892 appendix A.1 and A.2], to which RFC 8264 §9 (names)
//! refers, with the additions that real names need; each says which.
//!
//! [RFC 5892 appendix A.1 and A.2]: https://www.rfc-editor.org/rfc/rfc5892#appendix-A

use unicode_joining_type::{JoiningType, get_joining_type};
use unicode_normalization::char::canonical_combining_class;
use unicode_script::{Script, UnicodeScript};

use crate::model::characters::{
    FLAG, flag_tags, is_noncharacter, is_picture, is_private, is_tag, is_variation_selector,
};

const ZWNJ: char = '\u{200C}';
const ZWJ: char = '\u{200D}';
/// Asks for a picture in colours instead of a sign of the font.
const AS_EMOJI: char = '\u{FE0F}';
/// The box around a digit, as on a telephone.
const KEYCAP: char = '\u{20E3}';
/// Canonical combining class of the marks that take a consonant its vowel, or join it to the next.
const VIRAMA: u8 = 9;

/// `name` without the joiners that change nothing where they stand.
///
/// # Errors
///
/// An invisible character that has no reason to be there.
pub(super) fn needed(name: &str) -> Result<String, char> {
    if name.is_ascii() {
        // Every connect checks a name, and most names are ASCII.
        let control = name.chars().find(char::is_ascii_control);
        return control.map_or_else(|| Ok(name.to_owned()), Err);
    }
    let chars: Vec<char> = name.chars().collect();
    let mut kept = String::with_capacity(name.len());
    let mut tags = 0;
    for (at, &c) in chars.iter().enumerate() {
        let (before, after) = (&chars[..at], &chars[at + 1..]);
        if tags > 0 {
            tags -= 1;
        } else if c == FLAG {
            tags = flag_tags(after.iter().copied());
        } else if c == ZWNJ && !separates(before, after) && between_arabic_letters(before, after) {
            // After a letter that joins nothing, people type it out of habit: `محمد‌رضا`.
            continue;
        } else if !is_allowed(c, before, after) {
            return Err(c);
        }
        kept.push(c);
    }
    Ok(kept)
}

fn is_allowed(c: char, before: &[char], after: &[char]) -> bool {
    match c {
        ZWNJ => follows_virama(before) || separates(before, after),
        ZWJ => {
            follows_virama(before)
                || precedes_virama(before, after)
                || joins_pictures(before, after)
        }
        // Mongolian letters have forms that are chosen, and an ending that is set off.
        '\u{180B}'..='\u{180F}' => is_of(before.last(), Script::Mongolian),
        c if is_variation_selector(c) => varies(c, before, after),
        c => !is_hidden(c),
    }
}

/// RFC 5892 A.1 and A.2: "If Canonical_Combining_Class(Before(cp)) .eq. Virama Then True".
fn follows_virama(before: &[char]) -> bool {
    before
        .last()
        .is_some_and(|&c| canonical_combining_class(c) == VIRAMA)
}

/// RFC 5892 A.1: "If RegExpMatch((Joining_Type:{L,D})(Joining_Type:T)*\u200C(Joining_Type:T)*
/// (Joining_Type:{R,D})) Then True".
fn separates(before: &[char], after: &[char]) -> bool {
    use JoiningType::{DualJoining, LeftJoining, RightJoining, Transparent};
    // The crate calls every format character transparent, the joiner itself too.
    let opaque = |c: &&char| **c == ZWNJ || get_joining_type(**c) != Transparent;
    let kind = |c: Option<&char>| c.map(|c| get_joining_type(*c));
    let joins_on = kind(before.iter().rev().find(opaque));
    let joins_back = kind(after.iter().find(opaque));
    matches!(joins_on, Some(LeftJoining | DualJoining))
        && matches!(joins_back, Some(RightJoining | DualJoining))
}

fn between_arabic_letters(before: &[char], after: &[char]) -> bool {
    let letter =
        |c: Option<&char>| c.is_some_and(|c| c.is_alphabetic()) && is_of(c, Script::Arabic);
    letter(before.last()) && letter(after.first())
}

/// Bengali and Kannada write the same two letters in two ways: `র‍্য` keeps the first whole. (Not in
/// RFC 5892, which has no rule for it; Unicode's core specification, 12.2, has.)
fn precedes_virama(before: &[char], after: &[char]) -> bool {
    let &[.., ra @ ('\u{9B0}' | '\u{CB0}')] = before else {
        return false;
    };
    let &[virama, next, ..] = after else {
        return false;
    };
    canonical_combining_class(virama) == VIRAMA && next.script() == ra.script()
}

/// An emoji of several: a family, a profession. (Not in RFC 5892, which allows no emoji.)
fn joins_pictures(before: &[char], after: &[char]) -> bool {
    let picture = before.iter().rev().find(|&&c| c != AS_EMOJI);
    picture.is_some_and(|&c| is_picture(c)) && after.first().is_some_and(|&c| is_picture(c))
}

/// Whether a variation selector has something to vary: a picture, the digit of a keycap, a Chinese
/// character (Japanese family names need it), or a letter of Khamti.
fn varies(c: char, before: &[char], after: &[char]) -> bool {
    let Some(&base) = before.last() else {
        return false;
    };
    match c {
        '\u{FE0E}' | AS_EMOJI => {
            let key = matches!(base, '0'..='9' | '#' | '*') && after.first() == Some(&KEYCAP);
            key || is_picture(base)
        }
        '\u{FE00}' if base.script() == Script::Myanmar => true,
        '\u{FE00}'..='\u{FE02}' | '\u{E0100}'..='\u{E01EF}' => base.script() == Script::Han,
        _ => false,
    }
}

fn is_of(c: Option<&char>, script: Script) -> bool {
    c.is_some_and(|c| c.script() == script)
}

/// Whether readers do not see a character, or it changes how others are shown: Unicode's categories
/// Control, Format, Private Use and Unassigned, line separators, default-ignorable characters, the
/// blank Braille cell and the replacement characters. Pictures may be newer than our tables.
fn is_hidden(c: char) -> bool {
    let unknown = c.script() == Script::Unknown && !is_picture(c);
    unknown
        || c.is_control()
        || is_tag(c)
        || is_private(c)
        || is_noncharacter(c)
        || matches!(c,
            '\u{AD}' | '\u{34F}' | '\u{600}'..='\u{605}' | '\u{61C}' | '\u{6DD}' | '\u{70F}'
            | '\u{890}'..='\u{891}' | '\u{8E2}' | '\u{115F}'..='\u{1160}'
            | '\u{17B4}'..='\u{17B5}' | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}'
            | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{2800}' | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFD}'
            | '\u{110BD}' | '\u{110CD}' | '\u{13430}'..='\u{1343F}' | '\u{16FE4}'
            | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D159}' | '\u{1D173}'..='\u{1D17A}'
            | '\u{E0000}'..='\u{E0FFF}')
}
