//! Finds quotations in our own texts, and the section of the RFC that each names.
//!
//! A quotation stands between marks: `<q>…</q>` in the guide, “…” in catalogues, "…" or “…” in
//! comments and documents. Its section is the one in parentheses right after it, else the last one
//! before it in the same passage, else the first one after it. A passage is a comment, a paragraph,
//! a row of a table, or a string.

/// In place of the tags `<q>` and `</q>`.
const OPEN: char = '\u{1}';
const CLOSE: char = '\u{2}';

/// A piece of text in which quotations and their sections stand together.
pub struct Passage {
    /// The file and the line where it begins.
    pub place: String,
    /// The text on one line.
    pub text: String,
    /// The RFC that a section belongs to if none is named before it.
    pub rfc: String,
}

/// A quotation, with the RFC and the section that it names.
pub struct Quotation<'a> {
    pub words: &'a str,
    pub source: Option<(String, String)>,
    /// Whether the section stands right before or right after it.
    pub adjacent: bool,
}

/// What marks a quotation in a kind of file.
#[derive(Clone, Copy)]
pub enum Marks {
    /// `<q>` and `</q>`.
    Tags,
    /// “…”.
    Curly,
    /// “…”, or "…" with no quotation mark inside.
    CurlyOrStraight,
}

impl Passage {
    pub fn quotations(&self, marks: Marks) -> Vec<Quotation<'_>> {
        let citations = self.citations();
        let quotation = |(from, to): (usize, usize)| {
            let (source, adjacent) = self.source(&citations, from, to);
            Quotation {
                words: &self.text[from..to],
                source,
                adjacent,
            }
        };
        spans(&self.text, marks)
            .into_iter()
            .map(quotation)
            .collect()
    }

    /// The text without its quotations.
    pub fn unquoted(&self, marks: Marks) -> String {
        let mut rest = String::new();
        let mut at = 0;
        for (from, to) in spans(&self.text, marks) {
            rest += &self.text[at..from];
            at = to;
        }
        rest + &self.text[at..]
    }

    fn citations(&self) -> Vec<Citation> {
        let mut rfc = self.rfc.clone();
        let mut found = Vec::new();
        let mut begin = 0;
        for (at, sign) in self.text.match_indices('§') {
            let between = &self.text[begin..at];
            begin = at + sign.len();
            // Not "the RFC (§2)": a number follows.
            let named = between.split("RFC ").skip(1).filter_map(|after| {
                let number = after.split(|c: char| !c.is_ascii_digit()).next()?;
                (!number.is_empty()).then_some(number)
            });
            if let Some(number) = named.last() {
                rfc = number.to_owned();
            }
            let number = &self.text[begin..];
            let end = number.find(|c: char| !c.is_ascii_digit() && c != '.');
            let number = number[..end.unwrap_or(number.len())].trim_end_matches('.');
            if !number.is_empty() {
                found.push(Citation {
                    at,
                    end: begin + number.len(),
                    rfc: rfc.clone(),
                    section: number.to_owned(),
                });
            }
        }
        found
    }

    /// The RFC and the section of a quotation, and whether they stand right beside it.
    fn source(
        &self,
        citations: &[Citation],
        from: usize,
        to: usize,
    ) -> (Option<(String, String)>, bool) {
        let follows = |at: usize| {
            let between = self.text[to..at].replace("RFC 6455", "");
            let marks = |c: char| c.is_whitespace() || "\u{2}\"”.,;(（".contains(c);
            between.contains(['(', '（']) && between.chars().all(marks)
        };
        let precedes = |end: usize| {
            let marks = |c: char| c.is_whitespace() || "\u{1}\"“:：,，".contains(c);
            self.text[end..from].chars().all(marks)
        };
        let after = citations.iter().find(|cited| cited.at > to);
        let before = citations.iter().rev().find(|cited| cited.at < from);
        let right_after = after.filter(|cited| follows(cited.at));
        let right_before = before.filter(|cited| precedes(cited.end));
        let found = right_after.or(before).or(after);
        let source = found.map(|cited| (cited.rfc.clone(), cited.section.clone()));
        (source, right_after.or(right_before).is_some())
    }
}

/// A section that is cited.
struct Citation {
    /// Where the sign § stands, and where the number ends.
    at: usize,
    end: usize,
    rfc: String,
    section: String,
}

/// Where quotations begin and end, without their marks.
fn spans(text: &str, marks: Marks) -> Vec<(usize, usize)> {
    let mut spans = match marks {
        Marks::Tags => between(text, OPEN, CLOSE),
        Marks::Curly | Marks::CurlyOrStraight => between(text, '“', '”'),
    };
    if matches!(marks, Marks::CurlyOrStraight) {
        let curly = spans.clone();
        let outside = |at: usize| !curly.iter().any(|(from, to)| (*from..*to).contains(&at));
        let marks = text.match_indices('"').map(|(at, _)| at);
        let marks: Vec<usize> = marks.filter(|at| outside(*at)).collect();
        let pairs = marks.chunks_exact(2);
        spans.extend(pairs.map(|pair| (pair[0] + 1, pair[1])));
        spans.sort_unstable();
    }
    spans
}

fn between(text: &str, open: char, close: char) -> Vec<(usize, usize)> {
    let mut spans = Vec::new();
    let mut from = 0;
    while let Some(at) = text[from..].find(open) {
        let begin = from + at + open.len_utf8();
        let Some(length) = text[begin..].find(close) else {
            break;
        };
        spans.push((begin, begin + length));
        from = begin + length;
    }
    spans
}

/// The comments of a program in Rust or JavaScript: lines with `//` that follow one another.
pub fn comments(path: &str, text: &str) -> Vec<Passage> {
    let comment = |line: &str| {
        let line = line.trim_start().strip_prefix("//")?;
        Some(line.trim_start_matches(['/', '!']).to_owned())
    };
    blocks(path, text, |line| comment(line))
}

/// The paragraphs of a document in Markdown, without what stands between backquotes.
pub fn paragraphs(path: &str, text: &str) -> Vec<Passage> {
    let text = without(&text.replace("```", "`"), "`", "`");
    blocks(path, &text, |line| {
        (!line.trim().is_empty()).then(|| line.to_owned())
    })
}

/// The strings of a catalogue, one a line.
pub fn strings(path: &str, text: &str) -> Vec<Passage> {
    let mut passages = Vec::new();
    for (n, line) in text.lines().enumerate() {
        let entry = line
            .trim()
            .strip_prefix('"')
            .and_then(|line| line.split_once("\": \""));
        if let Some((_, string)) = entry {
            passages.push(passage(path, n + 1, string.to_owned(), "6455".into()));
        }
    }
    passages
}

/// The paragraphs, items and rows of a chapter of the guide, without tags and program text.
pub fn chapter(path: &str, text: &str) -> Vec<Passage> {
    let text = without(&without(text, "<pre", "</pre>"), "<code", "</code>");
    let ends = [
        "</p>",
        "</li>",
        "</tr>",
        "</summary>",
        "</h1>",
        "</h2>",
        "</h3>",
    ];
    let mut passages = Vec::new();
    let mut rest = text.as_str();
    let mut line = 1;
    while !rest.is_empty() {
        let next = ends
            .iter()
            .filter_map(|end| Some(rest.find(end)? + end.len()));
        let (block, after) = rest.split_at(next.min().unwrap_or(rest.len()));
        let begin = line + block.len() - block.trim_start().len();
        passages.push(passage(path, begin.min(line), plain(block), "6455".into()));
        line += block.matches('\n').count();
        rest = after;
    }
    passages
}

/// The text of a piece of HTML, with marks in place of `<q>`.
fn plain(html: &str) -> String {
    let mut text = String::new();
    for (n, part) in html.split('<').enumerate() {
        let (tag, after) = part.split_once('>').unwrap_or(("", part));
        if n == 0 {
            text += part;
            continue;
        }
        match tag.split_whitespace().next() {
            Some("q") => text.push(OPEN),
            Some("/q") => text.push(CLOSE),
            _ => {}
        }
        text += after;
    }
    let text = text.replace("&lt;", "<").replace("&gt;", ">");
    text.replace("&amp;", "&")
}

/// The text without everything from each `begin` to the next `end`, but with its line breaks.
fn without(text: &str, begin: &str, end: &str) -> String {
    let mut left = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(begin) {
        let (inside, after) = after.split_once(end).unwrap_or((after, ""));
        left += before;
        left.extend(inside.chars().filter(|c| *c == '\n'));
        rest = after;
    }
    left + rest
}

/// Lines that follow one another and of which `read` returns something.
fn blocks(path: &str, text: &str, read: impl Fn(&str) -> Option<String>) -> Vec<Passage> {
    let own = own_rfc(text);
    let mut passages: Vec<Passage> = Vec::new();
    let mut open = false;
    for (n, line) in text.lines().enumerate() {
        let line = read(line);
        match (line, open) {
            (None, _) => open = false,
            (Some(line), false) => {
                passages.push(passage(path, n + 1, line, own.clone()));
                open = true;
            }
            (Some(line), true) => {
                let text = &mut passages.last_mut().unwrap().text;
                *text += " ";
                *text += line.trim();
            }
        }
    }
    passages
}

/// RFC 6455 where the file begins with it, else the RFC that the file names first.
fn own_rfc(text: &str) -> String {
    let head: String = text.lines().take_while(|l| l.starts_with("//!")).collect();
    let first = text
        .split("RFC ")
        .skip(1)
        .find(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let digits = |rest: &str| rest.chars().take_while(char::is_ascii_digit).collect();
    match first {
        Some(first) if !head.contains("RFC 6455") => digits(first),
        _ => "6455".to_owned(),
    }
}

fn passage(path: &str, line: usize, text: String, rfc: String) -> Passage {
    let words: Vec<&str> = text.split_whitespace().collect();
    Passage {
        place: format!("{path}:{line}"),
        text: words.join(" "),
        rfc,
    }
}

#[test]
fn a_quotation_names_the_section_that_a_reader_would_look_up() {
    let source = |text: &str, marks| -> Vec<Option<(String, String)>> {
        let passage = passage("x", 1, text.into(), "6455".into());
        let quotations = passage.quotations(marks);
        quotations
            .into_iter()
            .map(|quotation| quotation.source)
            .collect()
    };
    let of = |rfc: &str, section: &str| Some((rfc.to_owned(), section.to_owned()));
    use Marks::{Curly, CurlyOrStraight};
    assert_eq!(
        source("§5.2: “one” (§5.4) “two”", Curly),
        [of("6455", "5.4"), of("6455", "5.4")]
    );
    assert_eq!(
        source("§5.2: “one”, and so on (§5.4)", Curly),
        [of("6455", "5.2")]
    );
    assert_eq!(
        source("“one” and “two” (§5.4).", Curly),
        [of("6455", "5.4"), of("6455", "5.4")]
    );
    assert_eq!(
        source("RFC 9110 §7.8: \"one\"", CurlyOrStraight),
        [of("9110", "7.8")]
    );
    assert_eq!(source("“a \"b\" c” \"d\" §1", CurlyOrStraight).len(), 2);
    assert_eq!(
        source("“one” (RFC 6455, §1.1) as in §2", Curly),
        [of("6455", "1.1")]
    );
    assert_eq!(
        source("An RFC 2119 word of the RFC (§2): “one”", Curly),
        [of("2119", "2")]
    );
    assert_eq!(source("“one”", Curly), [None]);
    let chapter = chapter("x", "<p>a <q lang=\"en\">b</q></p>\n<li>c (§1.1)</li>");
    let quotation = &chapter[0].quotations(Marks::Tags)[0];
    assert_eq!((quotation.words, &quotation.source), ("b", &None));
}
