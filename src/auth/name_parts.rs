//! The parts of a name, as readers see them: what brackets and symbols set off, and words.

use std::ops::Range;

use unicode_normalization::char::is_combining_mark;
use unicode_script::{Script, UnicodeScript};

use crate::auth::fillers::{
    ADDRESS, BEFORE_FIGURES, NUMBERS, is_filler, is_in, is_initial, is_number, is_single,
};
use crate::model::characters::is_variation_selector;

/// A part of a name that brackets, punctuation or symbols set off, as its words.
pub(super) struct Segment(Vec<String>);

impl Segment {
    /// The words without one form of address or number after another at the ends, each as a text; the
    /// whole segment first. The flag says whether one is missing at the front.
    pub(super) fn without_fillers(&self) -> Vec<(String, bool)> {
        let words = &self.0;
        let is = |list, word: &str| is_number(word) || is_in(list, word);
        let front = words.iter().take_while(|word| is(ADDRESS, word)).count();
        let back = words.iter().rev().take_while(|word| is(NUMBERS, word));
        let (all, mut last) = (words.len(), words.len() - back.count());
        if (1..all).contains(&last) && is_in(BEFORE_FIGURES, &words[last - 1]) {
            last -= 1;
        }
        // Not every pair: a name of fillers alone has hundreds of them.
        let from_each = (0..=front).flat_map(|from| [(from, all), (from, last)]);
        let to_each = (last..all).flat_map(|end| [(0, end), (front, end)]);
        from_each
            .chain(to_each)
            // A letter directly before a name is an initial: `I. Ravi`, but `I am Ravi`.
            .filter(|(from, _)| *from == 0 || !is_initial(&words[from - 1]))
            .filter(|(from, end)| from < end)
            .map(|(from, end)| (words[from..end].join(" "), from > 0))
            .collect()
    }
}

/// The segments of a name in NFKC. Letters in brackets of their own are one segment: `⒣⒪⒮⒯`.
pub(super) fn segments(name: &str) -> Vec<Segment> {
    let mut segments: Vec<Segment> = Vec::new();
    let mut spelled = false;
    for part in split(name, sets_off) {
        let words: Vec<String> = name[part].split_whitespace().map(str::to_owned).collect();
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
    split(name, sets_off).len() > 1
}

/// A part of a name that may be a word.
pub(super) struct Run<'a> {
    pub(super) text: &'a str,
    /// Whether it stands where titles do: first, after an article or form of address, or at the end
    /// of what is set off.
    pub(super) titled: bool,
}

/// All that may be a word in a name in NFKC: pieces that follow each other, of `most` words. So
/// `Teacher` is found in `TeacherLin`, `tEaChEr Lin`, `Tea-cher Lin`, `Teacher1Lin` and `王Teacher`.
pub(super) fn runs(name: &str, most: usize) -> Vec<Run<'_>> {
    let pieces = pieces(name);
    let filler = |piece: &Piece| is_filler(&name[piece.at.clone()]);
    let initial = |piece: &Piece| is_initial(&name[piece.at.clone()]);
    let mut runs = Vec::new();
    for (from, first) in pieces.iter().enumerate() {
        let before = || pieces[..from].iter().rev();
        let before = || before().take_while(|piece| piece.segment == first.segment);
        let addressed = before()
            .take_while(|piece| filler(piece))
            .any(|piece| !initial(piece));
        let leads = addressed || before().all(filler);
        let within = pieces[from..].iter();
        let within = within.take_while(|last| last.word < first.word + most);
        for (last, next) in within.zip(from + 1..) {
            let next = pieces.get(next).map(|next| next.segment);
            let ends = last.segment > 0 && next != Some(last.segment);
            runs.push(Run {
                text: &name[first.at.start..last.at.end],
                titled: leads || ends,
            });
        }
    }
    runs
}

/// A piece of a word, without signs and turns inside.
struct Piece {
    at: Range<usize>,
    /// Which word it is of. Letters that stand alone are one word: `T e a c h e r`.
    word: usize,
    /// Which segment it is of. Unlike those of [`segments`], they also end where a script that is
    /// written without spaces begins or ends: `王 Host`.
    segment: usize,
}

fn pieces(name: &str) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let (mut word, mut spelled) = (0, false);
    for token in split(name, |_, c, _| c.is_whitespace()) {
        let single = is_single(&name[token.clone()]);
        word += usize::from(!(single && spelled));
        spelled = single;
        for at in split_at_turns(name, token) {
            let last = pieces.last();
            let segment = last.map_or(0, |last| {
                let apart = sets_off_in(name, last.at.end..at.start)
                    || is_unspaced(&name[last.at.clone()]) != is_unspaced(&name[at.clone()]);
                last.segment + usize::from(apart)
            });
            pieces.push(Piece { at, word, segment });
        }
    }
    pieces
}

/// Where the pieces of `text` are between the characters for which `ends(before, c, after)` says yes.
fn split(text: &str, ends: impl Fn(&str, char, &str) -> bool) -> Vec<Range<usize>> {
    let (mut pieces, mut start) = (Vec::new(), 0);
    for (at, c) in text.char_indices() {
        let end = at + c.len_utf8();
        if ends(&text[..at], c, &text[end..]) {
            pieces.push(start..at);
            start = end;
        }
    }
    pieces.push(start..text.len());
    pieces
}

/// Where the pieces of a token are that have no sign and no turn inside: a capital after a small
/// letter, the end of capitals, a digit beside a letter, another kind of script.
fn split_at_turns(name: &str, token: Range<usize>) -> Vec<Range<usize>> {
    let mut pieces: Vec<Range<usize>> = Vec::new();
    let (mut last, mut last_but_one) = (None, None);
    for (at, c) in name[token.clone()].char_indices() {
        let at = token.start + at;
        let end = at + c.len_utf8();
        if c.is_alphanumeric() {
            let next = name[end..token.end].chars().next();
            match pieces.last_mut() {
                Some(piece) if last.is_some_and(|last| !turns(last_but_one, last, c, next)) => {
                    piece.end = end;
                }
                _ => pieces.push(at..end),
            }
            (last_but_one, last) = (last, Some(c));
        } else if !is_of_word(c) {
            (last_but_one, last) = (None, None);
        } else if let Some(piece) = pieces.last_mut().filter(|_| last.is_some()) {
            piece.end = end;
        }
    }
    pieces
}

fn turns(last_but_one: Option<char>, last: char, c: char, next: Option<char>) -> bool {
    let capitals = last.is_uppercase() && last_but_one.is_some_and(char::is_uppercase);
    let capital = c.is_uppercase() && (last.is_lowercase() || next.is_some_and(char::is_lowercase));
    capital
        || (capitals && c.is_lowercase())
        || last.is_numeric() != c.is_numeric()
        || is_of_unspaced_script(last) != is_of_unspaced_script(c)
}

/// Whether a letter is of a script that is written without spaces, or whose titles are written
/// together with the name.
pub(super) fn is_of_unspaced_script(c: char) -> bool {
    // The long vowel of Japanese belongs to two scripts, so Unicode gives it none.
    c == 'ー'
        || matches!(
            c.script(),
            Script::Han
                | Script::Bopomofo
                | Script::Hiragana
                | Script::Katakana
                | Script::Hangul
                | Script::Thai
                | Script::Lao
                | Script::Khmer
                | Script::Myanmar
        )
}

fn is_unspaced(text: &str) -> bool {
    text.chars().any(is_of_unspaced_script)
}

fn is_of_word(c: char) -> bool {
    let joiner = matches!(c, '\u{200C}' | '\u{200D}') || is_variation_selector(c);
    c.is_alphanumeric() || is_combining_mark(c) || joiner
}

/// Whether a character of a name sets off what follows from what stands before. A hyphen, an
/// apostrophe or a stop inside of a word does not, nor do the stop of an abbreviation and the dot
/// between the words of some scripts.
fn sets_off(before: &str, c: char, after: &str) -> bool {
    if is_of_word(c) || c.is_whitespace() {
        return false;
    }
    let (last, next) = (before.chars().next_back(), after.chars().next());
    let inside = last.is_some_and(is_of_word) && next.is_some_and(is_of_word);
    match c {
        '-' | '\'' | '\u{2BC}' | '\u{2010}' | '\u{2011}' | '\u{2018}' | '\u{2019}' => !inside,
        '.' => {
            let word = before.rsplit(|c| !is_of_word(c)).next().unwrap_or_default();
            let abbreviated = !word.is_empty() && (is_single(word) || is_filler(word));
            !(inside || abbreviated)
        }
        '·' | '・' => !(inside && next.is_some_and(is_of_unspaced_script)),
        '\u{F0B}' => false,
        _ => true,
    }
}

fn sets_off_in(name: &str, mut within: Range<usize>) -> bool {
    within.any(|at| {
        let rest = name.get(at..).unwrap_or_default();
        let c = rest.chars().next();
        c.is_some_and(|c| sets_off(&name[..at], c, &rest[c.len_utf8()..]))
    })
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
            ("Ann · Lin", "Ann|Lin"),
            ("Ann. Lin", "Ann|Lin"),
            ("Ann... Lin", "Ann|Lin"),
            ("Dr. J. R. Lin", "Dr. J. R. Lin"),
            ("བསྟན་འཛིན་", "བསྟན་འཛིན་"),
        ] {
            assert_eq!(told(name), expected);
        }
    }

    #[test]
    fn a_name_has_pieces() {
        for (name, expected) in [
            ("T e a c h e r Ann", "T|e|a|c|h|e|r|Ann"),
            ("TeacherLin", "Teacher|Lin"),
            ("tEaCHERLin", "t|Ea|CHER|L|in"),
            ("TEACHERlin", "TEACHE|R|lin"),
            ("Te@cher", "Te|cher"),
            ("l'admin", "l|admin"),
            ("McDonald", "Mc|Donald"),
            ("TEACHER", "TEACHER"),
            ("Teacher1Lin", "Teacher|1|Lin"),
            ("王Teacher", "王|Teacher"),
            ("プリヤー", "プリヤー"),
            ("e\u{332}A 👩\u{200D}🚀", "e\u{332}|A"),
        ] {
            let pieces = pieces(name);
            let texts: Vec<_> = pieces.iter().map(|piece| &name[piece.at.clone()]).collect();
            assert_eq!(texts.join("|"), expected);
        }
    }

    #[test]
    fn titles_stand_first_after_an_article_or_at_the_end_of_what_is_set_off() {
        for (name, expected) in [
            ("Anna Host", "Anna"),
            ("Mr Host Ann", "Mr|Host"),
            ("Ann the Host", "Ann|Host"),
            ("Anna A. Host", "Anna"),
            ("Ann (Class Host)", "Ann|Class|Host"),
            ("Anna Host (5b)", "Anna|5|5b|b"),
            ("王 Host", "王|Host"),
        ] {
            let found = runs(name, 1);
            let titled: Vec<_> = found
                .iter()
                .filter(|run| run.titled)
                .map(|run| run.text)
                .collect();
            assert_eq!(titled.join("|"), expected, "{name}");
        }
        let texts: Vec<_> = runs("Head Teacher Lin", 2)
            .iter()
            .map(|run| run.text)
            .collect();
        assert!(texts.contains(&"Head Teacher") && !texts.contains(&"Head Teacher Lin"));
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
