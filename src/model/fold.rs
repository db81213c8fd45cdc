//! Texts in the form in which a search compares them: what people read as the same is the same.
//!
//! Composed and decomposed letters, full width and half width, capitals, `ß` and `ss`, ligatures
//! and the Turkish dots on `i` make no difference, and what nobody sees (a soft hyphen, a joiner, a
//! variation selector) is left out. Marks that readers do see stay: `e` is not `é`.

use caseless::Caseless;
use unicode_normalization::UnicodeNormalization;

/// Puts the form of `text` that a search compares into `folded`, in place of what it holds.
pub(crate) fn fold_into(text: &str, folded: &mut String) {
    folded.clear();
    if text.is_ascii() {
        folded.push_str(text);
        folded.make_ascii_lowercase();
    } else if !fold_simple(text, folded) {
        folded.clear();
        fold_any(text, folded);
    }
}

/// What is searched for.
#[derive(Debug)]
pub(crate) struct Needle {
    folded: String,
    /// The folded text that is being looked at; kept because thousands are.
    text: String,
}

impl Needle {
    /// A search for `query`.
    pub(crate) fn new(query: &str) -> Needle {
        let mut folded = String::new();
        fold_into(query, &mut folded);
        Needle {
            folded,
            text: String::new(),
        }
    }

    /// Whether nothing visible is searched for, which is found nowhere.
    pub(crate) fn is_empty(&self) -> bool {
        self.folded.is_empty()
    }

    /// Whether `text` contains it.
    pub(crate) fn is_in(&mut self, text: &str) -> bool {
        if text.is_ascii() && !self.folded.is_ascii() {
            return false;
        }
        fold_into(text, &mut self.text);
        self.text.contains(&self.folded)
    }
}

/// Folds a text whose characters neither combine with others nor need a table, which most texts
/// are. False: it has others.
fn fold_simple(text: &str, folded: &mut String) -> bool {
    for c in text.chars() {
        let folds_to = match c {
            '\0'..='\x7F' => c.to_ascii_lowercase(),
            // Latin, Greek and Cyrillic letters that are composed already.
            'À'..='Ö' | 'Ø'..='Þ' | 'А'..='Я' => char::from_u32(c as u32 + 0x20).unwrap_or(c),
            'à'..='ö' | 'ø'..='ÿ' | 'а'..='я' | 'ё' => c,
            'Ё' => 'ё',
            'ß' => {
                folded.push_str("ss");
                continue;
            }
            '\u{2013}'..='\u{2014}' | '\u{2018}'..='\u{2019}' | '\u{201C}'..='\u{201D}' => c,
            '\u{3000}' => ' ',
            '\u{3001}'..='\u{3011}' | '\u{3041}'..='\u{3096}' | '\u{30A1}'..='\u{30FC}' => c,
            '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7A3}' => c,
            // Full width: the punctuation of Chinese texts, above all.
            '\u{FF01}'..='\u{FF5E}' => {
                let narrow = char::from_u32(c as u32 - 0xFEE0).unwrap_or(c);
                narrow.to_ascii_lowercase()
            }
            '\u{1F300}'..='\u{1F64F}' | '\u{1F900}'..='\u{1F9FF}' => c,
            _ => return false,
        };
        folded.push(folds_to);
    }
    true
}

/// Folds any text: Unicode 3.13, D146, without what is invisible.
fn fold_any(text: &str, folded: &mut String) {
    let visible = text.chars().filter(|&c| !is_invisible(c));
    let mut last = '\0';
    let cased = visible.nfkd().default_case_fold().filter_map(|c| {
        // `İ` folds to an i with a dot above, and `ı` is the letter that `I` is in Turkish.
        let c = if c == 'ı' { 'i' } else { c };
        let dot = c == '\u{307}' && last == 'i';
        last = if dot { last } else { c };
        (!dot).then_some(c)
    });
    folded.extend(cased.nfkc());
}

/// Whether readers do not see a character: Unicode's `Default_Ignorable_Code_Point`.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}'..='\u{1160}'
        | '\u{17B4}'..='\u{17B5}' | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}'
        | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}'
        | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFF8}'
        | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fold(text: &str) -> String {
        let mut folded = String::from("left over");
        fold_into(text, &mut folded);
        folded
    }

    #[test]
    fn what_people_read_as_the_same_is_found() {
        for (text, query) in [
            ("Good MORNING", "morning"),
            ("ПРИВЕТ, Ёлка", "привет, ёлка"),
            ("Café", "CAFE\u{301}"),
            ("Cafe\u{301}", "café"),
            ("Việt Nam", "Vie\u{302}\u{323}t"),
            ("Straße", "STRASSE"),
            ("STRASSE", "straße"),
            ("GROẞ", "groß"),
            ("ＨＥＬＬＯ，１２３", "hello,123"),
            ("hello", "ｈｅｌｌｏ"),
            ("ｶﾞﾗｽ", "ガラス"),
            ("ガラス", "ｶﾞﾗｽ"),
            ("ハ\u{309A}ン", "パン"),
            ("ﾊﾟﾝ", "パン"),
            ("oﬃce", "OFFICE"),
            ("oﬀer", "ff"),
            ("ΟΔΥΣΣΕΥΣ", "οδυσσευς"),
            ("Οδυσσεύς", "ΟΔΥΣΣΕΎΣ"),
            ("İSTANBUL", "istanbul"),
            ("İstanbul", "ISTANBUL"),
            ("istanbul", "İSTANBUL"),
            ("ısparta", "ISPARTA"),
            ("Isparta", "ısparta"),
            ("co\u{AD}operate", "cooperate"),
            ("می\u{200C}خواهم", "میخواهم"),
            ("❤\u{FE0F}", "❤"),
            ("❤", "❤\u{FE0F}"),
            ("한국어", "\u{1112}\u{1161}\u{11AB}국어"),
            ("x² + Ω", "X2 + \u{2126}"),
            ("我们今天学习物理", "学习"),
            ("ＡＢＣ課", "abc課"),
            ("a\u{A0}b", "a b"),
            ("ℌello", "hello"),
            ("ſtop", "STOP"),
            ("ǆ", "Ǆ"),
            ("ᾳ", "ΑΙ"),
        ] {
            assert!(Needle::new(query).is_in(text), "{query:?} in {text:?}");
        }
    }

    #[test]
    fn what_people_read_as_different_is_not_found() {
        for (text, query) in [
            ("Cafe", "café"),
            ("カラス", "ガラス"),
            ("ｶﾗｽ", "ガラス"),
            ("hello", "hallo"),
            ("物理", "化学"),
            ("hello", "物"),
            ("がらす", "ガラス"),
        ] {
            assert!(!Needle::new(query).is_in(text), "{query:?} in {text:?}");
        }
        assert!(Needle::new("\u{200B}\u{FE0F}").is_empty());
    }

    /// Every character that has a mapping or might have one, and some of the others.
    fn characters() -> impl Iterator<Item = char> {
        ('\0'..='\u{1FFFF}')
            .filter(|&c| !matches!(c, '\u{3400}'..='\u{D7A3}') || (c as u32).is_multiple_of(97))
    }

    #[test]
    fn the_short_way_folds_every_character_as_the_long_way_does() {
        let mut simple = 0;
        for c in characters() {
            for text in [format!("a{c}i"), format!("가{c}か")] {
                let (mut short, mut long) = (String::new(), String::new());
                if fold_simple(&text, &mut short) {
                    simple += 1;
                    fold_any(&text, &mut long);
                    assert_eq!(short, long, "{text:?}");
                }
            }
        }
        assert!(simple > 2000, "the short way is taken");
    }

    #[test]
    fn folding_again_changes_nothing() {
        for c in characters() {
            let once = fold(&format!("a{c}i"));
            assert_eq!(fold(&once), once, "{c:?}");
        }
    }
}
