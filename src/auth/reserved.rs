//! Names that guests cannot have: those of `names.reserved`, those of the hosts, and whatever
//! looks like one of them.
//!
//! A look-alike is found with the skeletons of [Unicode Technical Standard 39 §4], which map
//! letters that look the same to one letter. They are blunt (*Tom* and *Torn* are one to them),
//! so they guard a few names only and are never used between guests.
//!
//! [Unicode Technical Standard 39 §4]: https://www.unicode.org/reports/tr39/#Confusable_Detection

use std::collections::HashSet;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_security::skeleton;

use crate::auth::names::{fold, letters, nfkc};

/// Small capitals, which no Unicode table relates to the letters that they draw.
const SMALL_CAPITALS: &str = "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ";
const THEIR_LETTERS: &str = "abcdefghijklmnoprstuvwyz";

/// What else passes for a letter: digits of the playground, and `I`, `l` and `1`, which many fonts
/// draw alike. The letters stand for all that are taken for one another.
const ALSO_DRAW: &str = "l1|!0345789";
const WHAT_THEY_DRAW: &str = "iiiioeastbg";

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

    /// Keeps one name more, such as a host's.
    pub fn insert(&mut self, name: &str) {
        self.looks.extend(looks(name));
    }

    /// Whether `name` is one of these names or could be taken for one.
    pub fn matches(&self, name: &str) -> bool {
        looks(name).any(|look| self.looks.contains(&look))
    }
}

/// The ways in which a name can look. Several, because a disguise may only show before folding
/// (Cyrillic `Т` looks like `T`, but its small `т` does not look like `t`) or only after it. A number
/// behind a name makes it no other name: the server itself tells two hosts of one name apart so.
fn looks(name: &str) -> impl Iterator<Item = String> {
    let name: String = nfkc(name).chars().map(boxed).collect();
    let number = |c: char| c.is_ascii_digit() || c.is_whitespace();
    let plain = match name.trim_end_matches(number) {
        "" => name,
        bare => bare.to_owned(),
    };
    let folded = small(&fold(&plain));
    let (seen, seen_folded) = (skeleton(&plain), skeleton(&folded));
    let (seen, seen_folded) = (seen.collect::<String>(), seen_folded.collect::<String>());
    let folded_seen = small(&fold(&seen));
    let looks = [
        unmarked(&folded),
        drawn(&unmarked(&folded_seen)),
        folded,
        seen,
        small(&seen_folded),
        seen_folded,
        folded_seen,
    ];
    looks
        .into_iter()
        .map(|look| letters(&look))
        // A name of marks alone looks like nothing, not like every other such name.
        .filter(|look| !look.is_empty())
}

/// The letter in a box, a dark circle or a flag, none of which NFKC maps to it.
fn boxed(c: char) -> char {
    let from = |first: u32| u32::from(c).checked_sub(first).filter(|n| *n < 26);
    let letter = [0x1F130, 0x1F150, 0x1F170, 0x1F1E6]
        .into_iter()
        .find_map(from);
    letter.map_or(c, |n| char::from(b'a' + n as u8))
}

/// `text` without the marks on its letters.
fn unmarked(text: &str) -> String {
    text.nfd().filter(|c| !is_combining_mark(*c)).collect()
}

/// `text` as whoever reads quickly reads it.
fn drawn(text: &str) -> String {
    swapped(text, ALSO_DRAW, WHAT_THEY_DRAW)
        .replace("rn", "m")
        .replace("ci", "d")
        .replace("vv", "w")
}

/// `text` with plain letters for small capitals.
fn small(text: &str) -> String {
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
        assert_eq!(ALSO_DRAW.chars().count(), WHAT_THEY_DRAW.len());
        assert_eq!(small("ʜɪᴢ"), "hiz");
    }
}
