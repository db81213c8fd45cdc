//! The parts of a name, as readers see them: what brackets and symbols set off, and words.

use unicode_normalization::char::is_combining_mark;

use crate::auth::names::key;
use crate::model::characters::is_variation_selector;

/// Words before or after a name that do not make another name of it: articles, forms of address,
/// claims and numbers.
const FILLERS: &str = " a an the my our your this i am \
     der die das ein eine mein unser el la los las un una le les de het den det en et o os il lo gli \
     mr mrs ms miss mx sir madam dr prof professor herr frau monsieur madame senor senora \
     real official original actual true new only \
     no nr number one two three 1st 2nd 3rd ii iii iv v vi x ";

/// Articles and forms of address that are read as such even without a space: `TheTeacher`.
const GLUED: [&str; 12] = [
    "the", "der", "die", "das", "our", "your", "real", "mr", "ms", "mrs", "miss", "this",
];

/// Signs that are read as letters between letters: `Te@cher`.
const SIGNS: &str = "@$€!|";

/// A part of a name that brackets, punctuation or symbols set off, as its words.
pub(super) struct Segment(Vec<String>);

impl Segment {
    /// The words without one filler after another at its ends, each as a text; the whole segment
    /// first. The flag says whether a filler is missing at the front.
    pub(super) fn without_fillers(&self) -> Vec<(String, bool)> {
        let words = &self.0;
        let filler = |word: &&String| is_filler(word);
        let front = words.iter().take_while(filler).count();
        let back = words.iter().rev().take_while(filler).count();
        let (all, last) = (words.len(), words.len() - back);
        // Not every pair: a name of fillers alone has hundreds of them.
        let from_each = (0..=front).flat_map(|from| [(from, all), (from, last)]);
        let to_each = (last..all).flat_map(|end| [(0, end), (front, end)]);
        from_each
            .chain(to_each)
            .filter(|(from, end)| from < end)
            .map(|(from, end)| (words[from..end].join(" "), from > 0))
            .collect()
    }
}

/// The segments of a name in NFKC. A hyphen or an apostrophe inside a word sets nothing off, nor do
/// the stop of an abbreviation and the dot between the words of some scripts. Letters in brackets of
/// their own are one segment: `⒣⒪⒮⒯`.
pub(super) fn segments(name: &str) -> Vec<Segment> {
    let ends = |before, c, after| sets_off(c) && !(is_inner(c) && joined(before, after));
    let mut segments: Vec<Segment> = Vec::new();
    let mut spelled = false;
    for part in split(name, ends) {
        let words: Vec<String> = part.split_whitespace().map(str::to_owned).collect();
        let letter = match &words[..] {
            [] => continue,
            [word] => is_single(word),
            _ => false,
        };
        let open = segments.last_mut().filter(|_| letter && spelled);
        match open.and_then(|segment| segment.0.last_mut()) {
            Some(last) => last.push_str(&words[0]),
            None => segments.push(Segment(words)),
        }
        spelled = letter;
    }
    segments
}

/// Whether anything in the name is set off.
pub(super) fn has_set_off(name: &str) -> bool {
    name.chars().any(|c| sets_off(c) && !is_inner(c))
}

/// The words of a name in NFKC, and of `TeacherLin` both. Letters that stand alone are one word:
/// `T e a c h e r`. The flag says whether signs such as `@` are letters.
pub(super) fn words(name: &str, signs: bool) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut spelled = false;
    let ends_word = |before: Option<char>, c: char, after: Option<char>| {
        let sign = signs && SIGNS.contains(c) && joined(before, after);
        !(is_of_word(c) || sign)
    };
    for part in split(name, ends_word) {
        for word in without_humps(part) {
            let single = is_single(word);
            match words.last_mut().filter(|_| single && spelled) {
                Some(last) => last.push_str(word),
                None => words.push(word.to_owned()),
            }
            spelled = single;
        }
    }
    words.retain(|word| !key(word).is_empty());
    words
}

/// How many words at the front are fillers.
pub(super) fn fillers(words: &[String]) -> usize {
    words.iter().take_while(|word| is_filler(word)).count()
}

/// The rest of a name after each article that may be written together with it. `look` has letters
/// alone.
pub(super) fn unglued(look: &str) -> impl Iterator<Item = &str> {
    GLUED
        .iter()
        .filter_map(|article| look.strip_prefix(article))
}

fn is_filler(word: &str) -> bool {
    let word = key(word);
    word.chars().all(char::is_numeric) || FILLERS.contains(&format!(" {word} "))
}

/// The pieces of `text` between the characters for which `ends(before, c, after)` says yes.
fn split(text: &str, ends: impl Fn(Option<char>, char, Option<char>) -> bool) -> Vec<&str> {
    let (mut pieces, mut start, mut before) = (Vec::new(), 0, None);
    for (at, c) in text.char_indices() {
        let rest = &text[at + c.len_utf8()..];
        if ends(before, c, rest.chars().next()) {
            pieces.push(&text[start..at]);
            start = text.len() - rest.len();
        }
        before = Some(c);
    }
    pieces.push(&text[start..]);
    pieces
}

/// The pieces of a word that begin with a capital after a small letter.
fn without_humps(word: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut start, mut small) = (0, false);
    for (at, c) in word.char_indices() {
        if small && c.is_uppercase() {
            pieces.push(&word[start..at]);
            start = at;
        }
        small = c.is_lowercase();
    }
    pieces.push(&word[start..]);
    pieces
}

fn is_single(word: &str) -> bool {
    word.chars().filter(|c| c.is_alphanumeric()).count() == 1
}

fn is_of_word(c: char) -> bool {
    let joiner = matches!(c, '\u{200C}' | '\u{200D}') || is_variation_selector(c);
    c.is_alphanumeric() || is_combining_mark(c) || joiner
}

fn sets_off(c: char) -> bool {
    !is_of_word(c) && !c.is_whitespace() && !matches!(c, '.' | '·' | '・' | '\u{F0B}')
}

/// Whether a sign stands inside of words: hyphens and apostrophes.
fn is_inner(c: char) -> bool {
    matches!(
        c,
        '-' | '\'' | '\u{2BC}' | '\u{2010}' | '\u{2011}' | '\u{2018}' | '\u{2019}'
    )
}

fn joined(before: Option<char>, after: Option<char>) -> bool {
    before.is_some_and(is_of_word) && after.is_some_and(is_of_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_segments() {
        let told = |name| {
            let parts = segments(name);
            let parts: Vec<_> = parts.iter().map(|s| s.0.join(" ")).collect();
            parts.join("|")
        };
        for (name, expected) in [
            ("Ms Lin (The Teacher)", "Ms Lin|The Teacher"),
            ("★ Host ★", "Host"),
            ("mod: Ann", "mod|Ann"),
            ("Mary-Ann O'Neil Jr.", "Mary-Ann O'Neil Jr."),
            ("Ann - Lin", "Ann|Lin"),
            ("Ann_Lin", "Ann|Lin"),
            ("玛丽·居里", "玛丽·居里"),
        ] {
            assert_eq!(told(name), expected);
        }
    }

    #[test]
    fn a_name_has_words() {
        for (name, signs, expected) in [
            ("T e a c h e r Ann", true, "Teacher|Ann"),
            ("TeacherLin", true, "Teacher|Lin"),
            ("Te@cher", true, "Te@cher"),
            ("admin|Ann", false, "admin|Ann"),
            ("l'admin", true, "l|admin"),
            ("McDonald", true, "Mc|Donald"),
            ("TEACHER", true, "TEACHER"),
        ] {
            assert_eq!(words(name, signs).join("|"), expected);
        }
    }

    #[test]
    fn fillers_are_left_out_one_after_another() {
        let segments = segments("The real Teacher 2");
        let found = segments[0].without_fillers();
        let found: Vec<_> = found.iter().map(|(text, _)| text.as_str()).collect();
        assert!(found.contains(&"Teacher") && found.contains(&"real Teacher 2"));
        assert_eq!(found[0], "The real Teacher 2");
    }
}
