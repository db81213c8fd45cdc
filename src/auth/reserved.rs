//! Names that guests cannot have: those of `names.reserved`, those of the hosts, names that look like
//! one of them, and names that dress up as one.
//!
//! A name dresses up as a reserved one
//!
//! 1. if brackets, punctuation or symbols set the reserved name off: `Ms Lin (Teacher)`, `★ Host ★`;
//! 2. if it is the reserved name with articles, forms of address or numbers of any script at its
//!    ends: `The Teacher`, `Teacher ٢`, `Mr Host`;
//! 3. and, for `names.reserved` alone, if the reserved name stands first, as a title (`Host Anna`,
//!    `TeacherLin`), if a word for a role that is nobody's family name ([`ROLES`]) stands anywhere
//!    (`Lin Teacher`), or if a reserved name of a script without spaces is part of it (`王老师`).
//!
//! A reserved name that is only part of a word (`Teacherson`), or stands last as a family name does
//! (`Anna Host`), is free.
//!
//! A look-alike is found with the skeletons of [Unicode Technical Standard 39 §4], which map
//! letters that look the same to one letter. Skeletons are coarse: *Tom* and *Torn* have the same.
//! So they protect a few names only, and are never used to compare guests with each other.
//!
//! [Unicode Technical Standard 39 §4]: https://www.unicode.org/reports/tr39/#Confusable_Detection

use std::collections::HashSet;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_script::{Script, UnicodeScript};
use unicode_security::skeleton;

use crate::auth::name_parts::{Segment, fillers, has_set_off, segments, unglued, words};
use crate::auth::names::{fold, key, letters, nfkc};

/// Small capitals, which no table of Unicode maps to the letters that they look like.
const SMALL_CAPITALS: &str = "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ";
const THEIR_LETTERS: &str = "abcdefghijklmnoprstuvwyz";

/// Other characters that are taken for letters: digits, as in `Te4cher`, and `I`, `l` and `1`,
/// which many fonts draw alike. Each is replaced by the letter at its place in [`TAKEN_FOR`].
const LOOK_ALIKES: &str = "l1|!0345789@$€";
const TAKEN_FOR: &str = "iiiioeastbgase";

/// Words for a role that are nobody's family name, as [`key`]s.
const ROLES: [&str; 6] = [
    "teacher",
    "moderator",
    "admin",
    "administrator",
    "assistant",
    "glassroom",
];

/// Short forms of a reserved word, as [`key`]s. They are names of people too (Mod is a Thai nickname),
/// so they are kept from guests only where they are set off: `mod: Ann`.
const SHORT: [(&str, &str); 2] = [("mod", "moderator"), ("mods", "moderator")];

/// A set of names kept from guests, look-alikes included.
#[derive(Clone, Debug, Default)]
pub struct Reserved {
    looks: HashSet<String>,
    /// The looks of the names without their forms of address: `Lin` of `Ms Lin`.
    bare: HashSet<String>,
    /// Whether the third rule holds: these are words for roles, and not names of people.
    are_titles: bool,
    /// The looks of those among [`ROLES`].
    roles: HashSet<String>,
    /// The keys of those in a script without spaces.
    unspaced: Vec<String>,
    /// The most words in one of them.
    longest: usize,
}

impl Reserved {
    /// The set of `names` of people, such as hosts.
    pub fn new<S: AsRef<str>>(names: &[S]) -> Reserved {
        let mut reserved = Reserved::default();
        for name in names {
            reserved.insert(name.as_ref());
        }
        reserved
    }

    /// The set of `names.reserved`.
    pub fn titles<S: AsRef<str>>(names: &[S]) -> Reserved {
        let mut reserved = Reserved::new(names);
        reserved.are_titles = true;
        for name in names.iter().map(AsRef::as_ref) {
            let key = key(name);
            reserved.longest = reserved.longest.max(words(name, false).len());
            if ROLES.contains(&&*key) {
                reserved.roles.extend(looks(name));
            }
            if key.chars().count() > 1 && key.chars().all(is_of_unspaced_script) {
                reserved.unspaced.push(key);
            }
        }
        reserved
    }

    /// Adds a name, such as a host's.
    pub fn insert(&mut self, name: &str) {
        self.looks.extend(looks(name));
        for (bare, without_front) in segments(name).iter().flat_map(Segment::without_fillers) {
            if without_front {
                self.bare.extend(looks(&bare));
            }
        }
    }

    /// Whether `name` is one of these names or could be taken for one.
    pub fn matches(&self, name: &str) -> bool {
        looks(name).any(|look| self.looks.contains(&look))
    }

    /// Whether `name` is one of these names, could be taken for one, or dresses up as one.
    pub fn kept_from(&self, name: &str) -> bool {
        let plain = unboxed(name);
        self.matches(name)
            || self.is_set_off_in(&plain)
            || (self.are_titles && self.is_title_in(&plain))
    }

    /// Rules 1 and 2.
    fn is_set_off_in(&self, plain: &str) -> bool {
        let set_off = has_set_off(plain);
        segments(plain).iter().any(|segment| {
            let mut parts = segment.without_fillers().into_iter();
            parts.any(|(part, without_front)| {
                self.matches(&part)
                    || (without_front && looks(&part).any(|look| self.bare.contains(&look)))
                    || (set_off && self.has_short(&key(&part)))
            })
        })
    }

    fn has_short(&self, part: &str) -> bool {
        let mut of = SHORT.iter().filter(|(short, _)| *short == part);
        of.any(|(_, long)| self.roles.contains(*long))
    }

    /// Whether a look is that of a role, or of several.
    fn is_role(&self, look: &str) -> bool {
        let plural = look.strip_suffix('s');
        self.roles.contains(look) || plural.is_some_and(|look| self.roles.contains(look))
    }

    /// Rule 3.
    fn is_title_in(&self, plain: &str) -> bool {
        let key = key(plain);
        [true, false].into_iter().any(|signs| {
            let words = words(plain, signs);
            let first = fillers(&words);
            let role = |word: &String| looks(word).any(|look| self.is_role(&look));
            let title = |from: usize, most: usize| {
                let longest = words.len().min(from + most);
                (from + 1..=longest).any(|end| self.matches(&words[from..end].join(" ")))
            };
            words.iter().any(role) || title(0, self.longest) || title(first, self.longest)
        }) || looks(plain).any(|look| unglued(&look).any(|rest| self.looks.contains(rest)))
            || self.unspaced.iter().any(|name| key.contains(&**name))
    }
}

/// Whether a letter is of a script that is written without spaces, or whose titles are written
/// together with the name.
fn is_of_unspaced_script(c: char) -> bool {
    matches!(
        c.script(),
        Script::Han
            | Script::Hiragana
            | Script::Katakana
            | Script::Hangul
            | Script::Thai
            | Script::Lao
            | Script::Khmer
            | Script::Myanmar
    )
}

/// The forms in which a name is compared. There are several, because a disguise may show only
/// before case folding (Cyrillic `Т` looks like `T`, but its small `т` does not look like `t`) or
/// only after it. Numbers of any script at its ends do not make another name: the server itself gives
/// one to the second host of a name. (A digit at the front may also be read as a letter: `7eacher`.)
fn looks(name: &str) -> impl Iterator<Item = String> {
    let number = |c: char| c.is_numeric() || !c.is_alphanumeric();
    // To NFKC, a Roman number is letters.
    let roman = |c: char| matches!(c, '\u{2160}'..='\u{2188}');
    let name = unboxed(name.trim_matches(roman));
    let but = |bare: &str| Some(bare.to_owned()).filter(|bare| !bare.is_empty());
    let until = but(name.trim_end_matches(number));
    let between = but(name.trim_matches(number)).filter(|bare| Some(bare) != until.as_ref());
    let plain = [until.unwrap_or(name)].into_iter().chain(between);
    plain.flat_map(|plain| looks_of(&plain))
}

fn looks_of(plain: &str) -> impl Iterator<Item = String> + use<> {
    let folded = without_small_capitals(&fold(plain));
    let seen: String = skeleton(plain).collect();
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

/// A name in NFKC, and with letters for those that stand in a box, a dark circle or a flag, which NFKC
/// leaves as they are.
fn unboxed(name: &str) -> String {
    let name = nfkc(name);
    if name.is_ascii() {
        return name;
    }
    name.chars().map(unboxed_letter).collect()
}

fn unboxed_letter(c: char) -> char {
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

#[cfg(test)]
#[path = "reserved_cases.rs"]
mod cases;
