//! Words beside a name that do not make another name of it.

use crate::auth::names::key;

/// Words before a name that do not make another name of it: articles, forms of address and claims.
/// Nobody is called so.
pub(super) const ADDRESS: &str = " the our your this is i am im der die \
     mr mrs ms miss mx sir madam dr prof professor herr frau monsieur madame senor senora \
     real official original actual true ";

/// Words after a name that do not make another name of it. Figures are no words.
pub(super) const NUMBERS: &str = " one two three ii iii iv jr sr official original ";

/// Words between a name and a figure: `No. 2`.
pub(super) const BEFORE_FIGURES: &str = " no nr number ";

/// More such words, which are names of people too. They count beside the word for a role alone.
const OF_ROLES: &str = " a an my l das ein eine mein unser el la los las un una le les de het den det en et \
     o os il lo gli as m new only v vi x st nd rd th co vice sub head main chief lead deputy super sys class aka ";

/// Those of these words that are read as such even without a space: `TheTeacher`.
const GLUED: [&str; 17] = [
    "the", "der", "die", "das", "our", "your", "real", "mr", "ms", "mrs", "miss", "this", "co",
    "head", "vice", "super", "sys",
];

/// The most letters of one of them.
pub(super) const LONGEST_GLUED: usize = 5;

/// The rest of a name after each article that may be written together with it, and what is between
/// two letters that are taken for bars: `lTeacherl`. `look` has letters alone.
pub(super) fn unglued(look: &str) -> impl Iterator<Item = &str> {
    let barred = look
        .strip_prefix('i')
        .and_then(|look| look.strip_suffix('i'));
    let articles = GLUED.iter();
    articles
        .filter_map(|article| look.strip_prefix(article))
        .chain(barred)
}

pub(super) fn is_filler(word: &str) -> bool {
    let lists = [ADDRESS, NUMBERS, BEFORE_FIGURES, OF_ROLES];
    is_number(word) || lists.iter().any(|list| is_in(list, word))
}

pub(super) fn is_in(list: &str, word: &str) -> bool {
    list.contains(&format!(" {} ", key(word)))
}

/// Whether a word is a figure, as `2` and `2nd`.
pub(super) fn is_number(word: &str) -> bool {
    let key = key(word);
    let rest = key.trim_start_matches(char::is_numeric);
    rest.is_empty() || rest != key && ["st", "nd", "rd", "th"].contains(&rest)
}

pub(super) fn is_initial(word: &str) -> bool {
    is_single(word) && !is_number(word)
}

/// Whether a word has one letter or digit.
pub(super) fn is_single(word: &str) -> bool {
    word.chars().filter(|c| c.is_alphanumeric()).count() == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_and_initials_are_told_apart() {
        for word in ["2", "2nd", "٢", "#"] {
            assert!(is_number(word), "{word}");
        }
        for word in ["A", "A.", "nd", "x2"] {
            assert!(!is_number(word), "{word}");
        }
        assert!(is_initial("A.") && !is_initial("2") && !is_initial("An"));
    }

    #[test]
    fn an_article_may_be_glued() {
        assert!(unglued("cohost").any(|rest| rest == "host"));
        assert!(unglued("ihosti").any(|rest| rest == "host"));
        assert_eq!(unglued("ghost").count(), 0);
        assert_eq!(GLUED.map(str::len).into_iter().max(), Some(LONGEST_GLUED));
    }
}
