//! Names that guests cannot have: those of `names.reserved`, those of the hosts, and whatever
//! looks like one of them.
//!
//! A look-alike is found with the skeletons of [Unicode Technical Standard 39 §4], which map
//! letters that look the same to one letter. They are blunt (*Tom* and *Torn* are one to them),
//! so they guard a few names only and are never used between guests.
//!
//! [Unicode Technical Standard 39 §4]: https://www.unicode.org/reports/tr39/#Confusable_Detection

use std::collections::HashSet;

use unicode_security::skeleton;

use super::names::{fold, letters, nfkc};

/// Small capitals, which no Unicode table relates to the letters that they draw.
const SMALL_CAPITALS: &str = "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ";
const THEIR_LETTERS: &str = "abcdefghijklmnoprstuvwyz";

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
/// (Cyrillic `Т` looks like `T`, but its small `т` does not look like `t`) or only after it.
fn looks(name: &str) -> impl Iterator<Item = String> {
    let plain = nfkc(name);
    let folded = small(&fold(&plain));
    let skeletons = [
        skeleton(&plain).collect::<String>(),
        skeleton(&folded).collect(),
        small(&fold(&skeleton(&plain).collect::<String>())),
        small(&skeleton(&folded).collect::<String>()),
    ];
    std::iter::once(folded)
        .chain(skeletons)
        .map(|look| letters(&look))
        // A name of marks alone looks like nothing, not like every other such name.
        .filter(|look| !look.is_empty())
}

/// `text` with plain letters for small capitals.
fn small(text: &str) -> String {
    text.chars()
        .map(|c| {
            let at = SMALL_CAPITALS.chars().position(|small| small == c);
            at.and_then(|at| THEIR_LETTERS.chars().nth(at)).unwrap_or(c)
        })
        .collect()
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
        assert_eq!(small("ʜɪᴢ"), "hiz");
    }
}
