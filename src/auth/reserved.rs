//! Names that guests cannot have: those of `names.reserved`, those of the hosts, and names that
//! look like one of them.
//!
//! A look-alike is found with the skeletons of [Unicode Technical Standard 39 §4], which map
//! letters that look the same to one letter. Skeletons are coarse: *Tom* and *Torn* have the same.
//! So they protect a few names only, and are never used to compare guests with each other.
//!
//! [Unicode Technical Standard 39 §4]: https://www.unicode.org/reports/tr39/#Confusable_Detection

use std::collections::HashSet;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_security::skeleton;

use crate::auth::names::{fold, letters, nfkc};

/// Small capitals, which no table of Unicode maps to the letters that they look like.
const SMALL_CAPITALS: &str = "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ";
const THEIR_LETTERS: &str = "abcdefghijklmnoprstuvwyz";

/// Other characters that are taken for letters: digits, as in `Te4cher`, and `I`, `l` and `1`,
/// which many fonts draw alike. Each is replaced by the letter at its place in [`TAKEN_FOR`].
const LOOK_ALIKES: &str = "l1|!0345789";
const TAKEN_FOR: &str = "iiiioeastbg";

/// A set of names kept from guests, look-alikes included.
#[derive(Clone, Debug, Default)]
pub struct Reserved {
    looks: HashSet<String>,
}

impl Reserved {
    /// The set of `names`.
    pub fn new<S: AsRef<str>>(names: &[S]) -> Reserved {
        let mut reserved = Reserved::default();
        for name in names {
            reserved.insert(name.as_ref());
        }
        reserved
    }

    /// Adds a name, such as a host's.
    pub fn insert(&mut self, name: &str) {
        self.looks.extend(looks(name));
    }

    /// Whether `name` is one of these names or could be taken for one.
    pub fn matches(&self, name: &str) -> bool {
        looks(name).any(|look| self.looks.contains(&look))
    }
}

/// The forms in which a name is compared. There are several, because a disguise may show only
/// before case folding (Cyrillic `Т` looks like `T`, but its small `т` does not look like `t`) or
/// only after it. A number at the end does not make another name: the server itself gives one to
/// the second host of a name.
fn looks(name: &str) -> impl Iterator<Item = String> {
    let name: String = nfkc(name).chars().map(unboxed).collect();
    let number = |c: char| c.is_ascii_digit() || c.is_whitespace();
    let plain = match name.trim_end_matches(number) {
        "" => name,
        bare => bare.to_owned(),
    };
    let folded = without_small_capitals(&fold(&plain));
    let seen: String = skeleton(&plain).collect();
    let seen_folded: String = skeleton(&folded).collect();
    let folded_seen = without_small_capitals(&fold(&seen));
    let looks = [
        without_marks(&folded),
        read_hastily(&without_marks(&folded_seen)),
        folded,
        seen,
        without_small_capitals(&seen_folded),
        seen_folded,
        folded_seen,
    ];
    looks
        .into_iter()
        .map(|look| letters(&look))
        // A name of marks alone has an empty form, which would match every other such name.
        .filter(|look| !look.is_empty())
}

/// The letter that a character shows in a box, a dark circle or a flag, which NFKC does not map to
/// it. Any other character stays as it is.
fn unboxed(c: char) -> char {
    let from = |first: u32| u32::from(c).checked_sub(first).filter(|n| *n < 26);
    let letter = [0x1F130, 0x1F150, 0x1F170, 0x1F1E6]
        .into_iter()
        .find_map(from);
    letter.map_or(c, |n| char::from(b'a' + n as u8))
}

/// `text` without the marks on its letters.
fn without_marks(text: &str) -> String {
    text.nfd().filter(|c| !is_combining_mark(*c)).collect()
}

/// `text` as a hasty reader reads it.
fn read_hastily(text: &str) -> String {
    swapped(text, LOOK_ALIKES, TAKEN_FOR)
        .replace("rn", "m")
        .replace("ci", "d")
        .replace("vv", "w")
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
    fn disguises_are_seen_through() {
        let reserved = Reserved::new(&["Teacher", "Host", "Admin", "老师", "主持人"]);
        for disguise in [
            "Teacher",
            "TEACHER",
            " tea-cher! ",
            "Ｔｅａｃｈｅｒ",
            "𝐓𝐞𝐚𝐜𝐡𝐞𝐫",
            "𝕿𝖊𝖆𝖈𝖍𝖊𝖗",
            "Ⓣⓔⓐⓒⓗⓔⓡ",
            "Тeacher", // Cyrillic Т
            "Teаcher", // Cyrillic а
            "TEАCHER", // Cyrillic А
            "ТEACHER", // Cyrillic Т among capitals
            "ТЕАСНЕR", // Cyrillic but the R
            "Τeacher", // Greek Τ
            "Téâcher",
            "T\u{332}eacher",
            "ᴛeacher",
            "ᴛᴇᴀᴄʜᴇʀ",
            "Hοst", // Greek ο
            "Нost", // Cyrillic Н
            "HOST",
            "H0st",
            "Adrnin",
            "ａｄｍｉｎ",
            "Аdmin",
            "老 师",
            "主持人。",
            "ADMlN", // a small L among capitals
            "AdmlN",
            "Adm1n",
            "Teach3r",
            "Te4cher",
            "7eacher",
            "ho5t",
            "🅗ost",
            "🄷ost",
            "🇭ost",
            "T\u{364}eacher",
            "Teacher 2",
            "Host2",
        ] {
            assert!(reserved.matches(disguise), "{disguise:?}");
        }
    }

    #[test]
    fn other_names_are_free() {
        let reserved = Reserved::new(&["Teacher", "Host", "Admin", "老师", ""]);
        for name in [
            "Tess",
            "Ann",
            "Ghost",
            "Teach",
            "Tina 2",
            "2",
            "Hostess",
            "老王",
            "Ольга",
            "",
            "!",
            "\u{301}",
        ] {
            assert!(!reserved.matches(name), "{name:?}");
        }
    }

    #[test]
    fn the_names_of_hosts_are_added_as_they_come() {
        let mut reserved = Reserved::default();
        assert!(!reserved.matches("Mr. Brown"));
        reserved.insert("Mr. Brown");
        assert!(reserved.matches("MR BROWN"));
        assert!(reserved.matches("Mr. Вrown")); // Cyrillic В
    }

    #[test]
    fn each_small_capital_has_its_letter() {
        assert_eq!(SMALL_CAPITALS.chars().count(), THEIR_LETTERS.len());
        assert_eq!(LOOK_ALIKES.chars().count(), TAKEN_FOR.len());
        assert_eq!(without_small_capitals("ʜɪᴢ"), "hiz");
    }
}
