//! How a name looks: the forms in which it is compared with the names that are kept from guests.
//!
//! A look-alike is found with the skeletons of [Unicode Technical Standard 39 §4], which map
//! letters that look the same to one letter. Skeletons are coarse: *Tom* and *Torn* have the same.
//! So they protect a few names only, and are never used to compare guests with each other.
//!
//! [Unicode Technical Standard 39 §4]: https://www.unicode.org/reports/tr39/#Confusable_Detection

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_script::{Script, UnicodeScript};
use unicode_security::skeleton;

use crate::auth::name_parts::is_of_unspaced_script;
use crate::auth::names::{fold, letters, nfkc};

/// Small capitals, which no table of Unicode maps to the letters that they look like.
const SMALL_CAPITALS: &str = "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ";
const THEIR_LETTERS: &str = "abcdefghijklmnoprstuvwyz";

/// Digits and signs that are taken for letters, as in `Te4cher`. Each is replaced by the letter at its
/// place in [`TAKEN_FOR`].
const LOOK_ALIKES: &str = "0345789@$€";
const TAKEN_FOR: &str = "oeastbgase";

/// Digits and signs that are taken for `i` or for `l`.
const UPRIGHT: [char; 3] = ['1', '|', '!'];

/// Letters that are taken for bars and dashes, except beside a letter of their own scripts.
const STROKES: &str = "丨丶丿ノ一ー\u{1173}\u{1175}ǀǁǃ";

/// The form in which the name of a newcomer is compared with that of somebody who was removed: the key, with
/// Latin letters for those of other alphabets that look like them. It is finer than [`looks`]: Latin letters
/// stay as they are, so that *Tom* and *Torn*, or *Ian* and *Lan*, are two people.
pub(crate) fn look(name: &str) -> String {
    let seen = |c: char| match c.is_ascii() {
        true => c.to_string(),
        false => skeleton_of(c.encode_utf8(&mut [0; 4])),
    };
    let see = |text: &str| without_small_capitals(&text.chars().map(seen).collect::<String>());
    // A capital may look like another than its small letter does.
    letters(&fold(&see(&fold(&see(&unboxed(name))))))
}

/// The same for a name that somebody asks for, as it is and without a number at its end.
pub(crate) fn looks_of_asked(name: &str) -> Vec<String> {
    let bare = name.trim_end_matches(|c: char| c.is_numeric() || !c.is_alphanumeric());
    let mut all = vec![look(name), look(bare)];
    all.retain(|look| !look.is_empty());
    all.dedup();
    all
}

/// How closely a reader looks at a name.
#[derive(Clone, Copy, Debug)]
pub(super) enum Reader {
    /// Tells small letters from each other: *Neil* and *Nell* are two people.
    Careful,
    /// Takes `i` and `l`, and `ci` and `d`, for the same, because nobody is called `Admln`.
    Hasty,
}

/// The forms in which a name is compared. There are several, because a disguise may show only
/// before case folding (Cyrillic `Т` looks like `T`, but its small `т` does not look like `t`) or
/// only after it. Numbers of any script at its ends do not make another name: the server itself gives
/// one to the second host of a name. (A digit may also be read as a letter there: `7eacher`, `Nel1`.)
pub(super) fn looks(name: &str, reader: Reader) -> impl Iterator<Item = String> + use<> {
    let number = |c: char| c.is_numeric() || !c.is_alphanumeric();
    // To NFKC, a Roman number is letters.
    let roman = |c: char| matches!(c, '\u{2160}'..='\u{2188}');
    let name = unboxed(name.trim_matches(roman));
    let mut plain = vec![
        name.trim_end_matches(number),
        name.trim_matches(number),
        &name,
    ];
    plain.dedup();
    plain.retain(|plain| !plain.is_empty());
    let looks: Vec<String> = plain
        .into_iter()
        .flat_map(|plain| looks_of(plain, reader))
        .collect();
    looks.into_iter()
}

fn looks_of(plain: &str, reader: Reader) -> impl Iterator<Item = String> + use<> {
    let folded = without_small_capitals(&fold(plain));
    let seen_folded = skeleton_of(&folded);
    let mut looks = vec![without_marks(&folded), folded];
    looks.extend([without_small_capitals(&seen_folded), seen_folded]);
    // A skeleton has `l` for `1` and `I`.
    let mut readings = vec![plain.to_owned()];
    if plain.contains(UPRIGHT) {
        readings.push(plain.replace(UPRIGHT, "i"));
    }
    for reading in readings {
        let seen = skeleton_of(&reading);
        let mut cases = vec![with_capitals(&seen)];
        // In `NEIL` the `I` is a capital among others, and not an `l`.
        if reading.contains(char::is_lowercase) && cases[0] != seen {
            cases.push(seen.clone());
        }
        looks.push(seen);
        for case in cases {
            let folded = without_small_capitals(&fold(&case));
            looks.push(read_quickly(&without_marks(&folded), reader));
            looks.push(folded);
        }
    }
    looks
        .into_iter()
        .map(|look| letters(&look))
        // A name of marks alone has an empty form, which would match every other such name.
        .filter(|look| !look.is_empty())
}

/// A name in NFKC, with letters for those that stand in a box, a dark circle or a flag, which NFKC
/// leaves as they are, and with bars for letters that look like bars where they stand.
pub(super) fn unboxed(name: &str) -> String {
    let name = nfkc(name);
    if name.is_ascii() {
        return name;
    }
    let is_stroke = |c: char| STROKES.contains(c);
    let own = |c: Option<char>| c.is_some_and(|c| is_of_unspaced_script(c) && !is_stroke(c));
    let mut plain = String::with_capacity(name.len());
    let (mut before, mut rest) = (None, name.chars());
    while let Some(c) = rest.next() {
        let bar = is_stroke(c) && !own(before) && !own(rest.clone().next());
        plain.push(if bar { '|' } else { unboxed_letter(c) });
        before = Some(c);
    }
    plain
}

fn unboxed_letter(c: char) -> char {
    let from = |first: u32| u32::from(c).checked_sub(first).filter(|n| *n < 26);
    let letter = [0x1F130, 0x1F150, 0x1F170, 0x1F1E6]
        .into_iter()
        .find_map(from);
    letter.map_or(c, |n| char::from(b'a' + n as u8))
}

/// The skeleton of `text`. Letters that it would make signs of stay: without its yod, שירה would be שרה.
fn skeleton_of(text: &str) -> String {
    if text.is_ascii() {
        return skeleton(text).collect();
    }
    let seen = |c: char| {
        let seen: String = skeleton(c.encode_utf8(&mut [0; 4])).collect();
        let lost = c.is_alphabetic() && has_own_script(c) && letters(&seen).is_empty();
        if lost { c.to_string() } else { seen }
    };
    text.chars().map(seen).collect()
}

/// `text` without the marks on its letters. The vowel signs of Hindi and other languages stay: they are
/// letters to those who write them, and राम is not रीमा. (The points of Hebrew may be left out.)
fn without_marks(text: &str) -> String {
    let is_vowel = |c: char| c.is_alphabetic() && has_own_script(c) && c.script() != Script::Hebrew;
    let drops = |c: &char| is_combining_mark(*c) && !is_vowel(*c);
    text.nfd().filter(|c| !drops(c)).collect()
}

/// Whether a character is of one script, and that is not Latin, whose signs imitate so much.
fn has_own_script(c: char) -> bool {
    !matches!(
        c.script(),
        Script::Common | Script::Inherited | Script::Latin
    )
}

/// `seen` with `I` for each `l` among capitals: before one, or after two.
fn with_capitals(seen: &str) -> String {
    let chars: Vec<char> = seen.chars().collect();
    let is_capital = |at: Option<usize>| {
        let c = at.and_then(|at| chars.get(at));
        c.is_some_and(|c| c.is_uppercase())
    };
    let among = |at: usize| {
        let before = is_capital(at.checked_sub(1)) && is_capital(at.checked_sub(2));
        before || is_capital(Some(at + 1))
    };
    let read = |(at, c): (usize, &char)| if *c == 'l' && among(at) { 'I' } else { *c };
    chars.iter().enumerate().map(read).collect()
}

/// `text` as somebody reads it who does not look twice.
fn read_quickly(text: &str, reader: Reader) -> String {
    let read = swapped(text, LOOK_ALIKES, TAKEN_FOR)
        .replace("rn", "m")
        .replace("vv", "w");
    match reader {
        Reader::Careful => read,
        Reader::Hasty => swapped(&read, "l1|!", "iiii").replace("ci", "d"),
    }
}

/// `text` with plain letters for small capitals.
fn without_small_capitals(text: &str) -> String {
    swapped(text, SMALL_CAPITALS, THEIR_LETTERS)
}

/// `text` with each character of `these` replaced by the one of `those` in the same place.
fn swapped(text: &str, these: &str, those: &str) -> String {
    let swap = |c: char| {
        let at = these.chars().position(|this| this == c);
        at.and_then(|at| those.chars().nth(at)).unwrap_or(c)
    };
    text.chars().map(swap).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_small_capital_has_its_letter() {
        assert_eq!(SMALL_CAPITALS.chars().count(), THEIR_LETTERS.len());
        assert_eq!(LOOK_ALIKES.chars().count(), TAKEN_FOR.len());
        assert_eq!(without_small_capitals("ʜɪᴢ"), "hiz");
    }

    #[test]
    fn a_name_that_looks_like_another_is_the_same_but_for_latin_letters() {
        for (one, other) in [
            ("Bo", "Во"),
            ("Bo", "ВО"),
            ("Ann", "аnn"),
            ("Maria", "Мaria"),
        ] {
            assert_eq!(look(one), look(other), "{one} {other}");
        }
        for (one, other) in [
            ("Tom", "Torn"),
            ("Ian", "Lan"),
            ("Neil", "Nell"),
            ("王一", "王"),
        ] {
            assert_ne!(look(one), look(other), "{one} {other}");
        }
        assert_eq!(looks_of_asked("Bo 2"), ["bo2", "bo"]);
        assert_eq!(looks_of_asked("7"), ["7"]);
    }

    #[test]
    fn a_letter_that_looks_like_a_bar_is_one_except_beside_its_own() {
        for (name, plain) in [
            ("丨Ann丨", "|Ann|"),
            ("Annー", "Ann|"),
            ("ㅣAnn一", "|Ann|"),
            ("一", "|"),
            ("王一", "王一"),
            ("ノア", "ノア"),
            ("タロー Ann", "タロー Ann"),
        ] {
            assert_eq!(unboxed(name), plain);
        }
    }
}
