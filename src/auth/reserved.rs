//! Names that guests cannot have: those of `names.reserved`, those of the hosts, names that look like
//! one of them, and names that dress up as one.
//!
//! A name dresses up as a reserved one
//!
//! 1. if brackets, punctuation or symbols set the reserved name off: `Ms Lin (Teacher)`, `★ Host ★`;
//! 2. if it is the reserved name with forms of address or numbers of any script at its ends:
//!    `The Ms Lin`, `Teacher ٢`, `Mr Host`;
//! 3. and, for `names.reserved` alone, if the reserved name stands where titles do: first (`Host Anna`,
//!    `TeacherLin`), after an article or form of address (`Ann the Host`, `CoHost`), at the end of what
//!    is set off (`Ann (Class Host)`), beside a name of a script without spaces (`王Host`); if a word
//!    for a role that is nobody's family name ([`ROLES`]) stands anywhere (`Lin Teacher`); or if a
//!    reserved name of a script without spaces is part of it (`王老师`).
//!
//! A reserved name that is only part of a word (`Teacherson`), or stands last as a family name does
//! (`Anna Host`), is free. So are the names of people beside a leader's: `Neil` beside `Nell`, and
//! `Anna V` beside `Anna`.
//!
//! Look-alikes are found by `auth/looks.rs`.

use std::collections::HashSet;

use crate::auth::fillers::{LONGEST_GLUED, unglued};
use crate::auth::looks::{Reader, looks, unboxed};
use crate::auth::name_parts::{Run, Segment, has_set_off, is_of_unspaced_script, runs, segments};
use crate::auth::names::key;

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
    /// The most letters of a word that looks like one of them, or is one with an article. What has
    /// more need not be looked at.
    most_letters: usize,
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
        let mut reserved = Reserved {
            are_titles: true,
            ..Reserved::default()
        };
        for name in names.iter().map(AsRef::as_ref) {
            reserved.insert(name);
            let key = key(name);
            reserved.longest = reserved.longest.max(name.split_whitespace().count());
            if ROLES.contains(&&*key) {
                let looks = reserved.looks_of(name);
                reserved.roles.extend(looks);
            }
            if key.chars().count() > 1 && key.chars().all(is_of_unspaced_script) {
                reserved.unspaced.push(key);
            }
        }
        let lengths = reserved.looks.iter().map(|look| look.chars().count());
        reserved.most_letters = lengths.max().unwrap_or(0) + LONGEST_GLUED;
        reserved
    }

    /// Adds a name, such as a host's.
    pub fn insert(&mut self, name: &str) {
        self.looks.extend(self.looks_of(name));
        for (bare, without_front) in segments(name).iter().flat_map(Segment::without_fillers) {
            if without_front {
                self.bare.extend(self.looks_of(&bare));
            }
        }
    }

    fn looks_of(&self, name: &str) -> impl Iterator<Item = String> + use<> {
        let reader = match self.are_titles {
            true => Reader::Hasty,
            false => Reader::Careful,
        };
        looks(name, reader)
    }

    /// Whether `name` is one of these names or could be taken for one.
    pub fn matches(&self, name: &str) -> bool {
        self.looks_of(name).any(|look| self.looks.contains(&look))
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
                    || (without_front && self.looks_of(&part).any(|look| self.bare.contains(&look)))
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
        let is_title = |run: &Run| {
            let letters = run.text.chars().filter(|c| c.is_alphanumeric());
            letters.count() <= self.most_letters
                && self.looks_of(run.text).any(|look| {
                    self.is_role(&look)
                        || run.titled && self.looks.contains(&look)
                        || unglued(&look).any(|rest| self.looks.contains(rest))
                })
        };
        self.unspaced.iter().any(|name| key.contains(&**name))
            || runs(plain, self.longest).iter().any(is_title)
    }
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
}

#[cfg(test)]
#[path = "reserved_cases.rs"]
mod cases;
