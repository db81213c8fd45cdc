//! The Chinese texts have the punctuation and the spaces of Chinese, and say what the English says:
//! the same places for facts, the same sections, the same quotations. The rules are in CONTRIBUTING.md.

use std::collections::BTreeMap;

use crate::tidy::{Source, root, sources};

/// Catalogue entries that stay in Latin letters, because they are names.
const NAMES: [&str; 17] = [
    "glass.messages.piece",
    "glass.opcode.8",
    "glass.opcode.9",
    "glass.opcode.10",
    "language.other",
    "language.other.tag",
    "live.resume.from",
    "live.resume.recovered",
    "live.resume.since",
    "live.secure.context",
    "live.secure.uuid",
    "live.secure.worker",
    "opcode.8",
    "opcode.9",
    "opcode.10",
    "x.empty-fragments.c",
    "x.origin-null.title",
];

fn is_han(c: char) -> bool {
    ('\u{3400}'..='\u{9fff}').contains(&c)
}

/// Punctuation of Chinese, which brings its own space. The dash and the ellipsis are not in it,
/// because they stand in Latin text as well.
fn is_full_width(c: char) -> bool {
    "，。：；、！？（）“”".contains(c)
}

/// The entries of a catalogue, which has one in each line, by their keys.
fn entries(catalogue: &Source) -> BTreeMap<String, String> {
    let entry = |line: &str| {
        let (key, value) = line.strip_prefix("  \"")?.split_once("\": \"")?;
        Some((key.to_owned(), value.strip_suffix("\",")?.to_owned()))
    };
    catalogue.text.lines().filter_map(entry).collect()
}

fn file_name(source: &Source) -> &str {
    source.path.rsplit('/').next().unwrap()
}

/// Each Chinese catalogue with the English one beside it.
fn catalogues() -> Vec<(Source, Source)> {
    let all = sources("src/web", &["js"]);
    let is_chinese = |source: &&Source| {
        let name = file_name(source);
        name == "zh.js" || name.starts_with("zh-")
    };
    let paths: Vec<String> = all
        .iter()
        .filter(is_chinese)
        .map(|s| s.path.clone())
        .collect();
    let mut files: BTreeMap<String, Source> =
        all.into_iter().map(|s| (s.path.clone(), s)).collect();
    let mut pairs = Vec::new();
    for path in paths {
        let english = path.replace("/zh", "/en");
        let chinese = files.remove(&path).unwrap();
        let english = files.remove(&english).expect("an English catalogue");
        pairs.push((chinese, english));
    }
    assert!(pairs.len() > 10, "cannot find the catalogues");
    pairs
}

/// Each Chinese chapter with the English one.
fn chapters() -> Vec<(Source, Source)> {
    let chinese = sources("src/learn/zh", &["html"]);
    let mut english = sources("src/learn/en", &["html"]);
    assert!(chinese.len() > 20 && chinese.len() == english.len());
    let pair = |chinese: Source| {
        let at = english
            .iter()
            .position(|e| file_name(e) == file_name(&chinese));
        let english = english.swap_remove(at.expect("an English chapter"));
        (chinese, english)
    };
    chinese.into_iter().map(pair).collect()
}

/// What is between each `start` and the `end` after it.
fn between<'a>(text: &'a str, start: &str, end: &str) -> Vec<&'a str> {
    let parts = text.split(start).skip(1);
    parts
        .filter_map(|part| Some(part.split_once(end)?.0))
        .collect()
}

/// The text with `with` for everything from `start` to the `end` after it.
fn replaced(text: &str, start: &str, end: &str, with: &str) -> String {
    let mut parts = text.split(start);
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        kept.push_str(with);
        kept.push_str(part.split_once(end).map_or("", |(_, rest)| rest));
    }
    kept
}

/// The prose of a chapter, a block in a line: without programs, and with a letter for each quotation of the RFC.
fn prose(chapter: &str) -> Vec<String> {
    let mut text = replaced(chapter, "<pre", "</pre>", "\n");
    let titles = between(&text, "title=\"", "\"").join("\n");
    text = replaced(&text, "<q lang=\"en\">", "</q>", "“Q”");
    for block in [
        "td", "th", "p", "h1", "h2", "h3", "li", "summary", "caption",
    ] {
        text = text.replace(&format!("</{block}>"), "\n");
    }
    let text = replaced(&text, "<", ">", "");
    let text = text
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&");
    let lines = text.lines().chain(titles.lines());
    lines.map(str::to_owned).collect()
}

/// Every Chinese text, with the place where it is.
fn texts() -> Vec<(String, String)> {
    let mut texts = Vec::new();
    for (chapter, _) in chapters() {
        let lines = prose(&chapter.text).into_iter();
        texts.extend(lines.map(|line| (chapter.path.clone(), line)));
    }
    for (catalogue, _) in catalogues() {
        let entries = entries(&catalogue).into_iter();
        texts.extend(entries.map(|(key, value)| (format!("{}: {key}", catalogue.path), value)));
    }
    texts
}

/// What is wrong between two neighbours in a text, with spaces in between or not.
fn fault_between(left: char, spaces: usize, right: char) -> Option<&'static str> {
    let (han_left, han_right) = (is_han(left), is_han(right));
    let latin = |c: char| c.is_ascii_alphanumeric();
    if spaces > 0 && han_left && han_right {
        return Some("a space between two Han characters");
    }
    // “(5) …” and the ellipsis of a cut quotation are Latin punctuation, which needs its space.
    if spaces > 0 && (is_full_width(left) || is_full_width(right) && latin(left)) {
        return Some("a space beside a full-width mark");
    }
    if spaces > 0 && is_full_width(right) && han_left {
        return Some("a space beside a full-width mark");
    }
    if spaces == 0 && (han_left && latin(right) || latin(left) && han_right) {
        return Some("no space between Han and Latin characters");
    }
    None
}

/// What is wrong with the punctuation and the spaces of a text.
fn faults(text: &str) -> Vec<&'static str> {
    let mut faults = Vec::new();
    let characters: Vec<char> = text.trim().chars().collect();
    let inked: Vec<usize> = (0..characters.len())
        .filter(|i| characters[*i] != ' ')
        .collect();
    for pair in inked.windows(2) {
        let (left, right) = (characters[pair[0]], characters[pair[1]]);
        faults.extend(fault_between(left, pair[1] - pair[0] - 1, right));
    }
    for three in inked.windows(3) {
        let [left, mark, right] = [0, 1, 2].map(|i| characters[three[i]]);
        if ",.;:!?()".contains(mark) && is_han(left) && is_han(right) {
            faults.push("a half-width mark between Han characters");
        }
    }
    let han = characters.iter().any(|c| is_han(*c));
    if han && characters.iter().any(|c| "「」『』‘’".contains(*c)) {
        faults.push("quotation marks other than “ ”");
    }
    faults
}

#[test]
fn the_faults_of_punctuation_are_found() {
    for (text, fault) in [
        ("发送 “Hello”", "a space beside a full-width mark"),
        ("“Hello” 来了", "a space beside a full-width mark"),
        ("关闭码 1000， 原因", "a space beside a full-width mark"),
        ("发送Close", "no space between Han and Latin characters"),
        ("40秒", "no space between Han and Latin characters"),
        ("正在 发送", "a space between two Han characters"),
        ("发送,接收", "a half-width mark between Han characters"),
        ("结果: 成功", "a half-width mark between Han characters"),
        ("发送「帧」", "quotation marks other than “ ”"),
    ] {
        assert!(faults(text).contains(&fault), "{text}: {:?}", faults(text));
    }
    for text in [
        "发送“Hello”。",
        "以 1000 关闭（§7.4.1）。",
        "{name}的连接 {id}",
        "(1) 接受；(5) “都写完了”",
    ] {
        assert!(faults(text).is_empty(), "{text}: {:?}", faults(text));
    }
}

#[test]
fn the_chinese_texts_have_the_punctuation_and_the_spaces_of_chinese() {
    let mut wrong = Vec::new();
    for (place, text) in texts() {
        let found = faults(&text).into_iter();
        wrong.extend(found.map(|fault| format!("{place}: {fault}: {text}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Whether a quotation in Chinese stands beside a section as if the RFC had these words.
fn poses_as_literal(text: &str) -> bool {
    let mut before = String::new();
    let mut rest = text;
    while let Some((ahead, quoted)) = rest.split_once('“') {
        before.push_str(ahead);
        let Some((words, after)) = quoted.split_once('”') else {
            return false;
        };
        let clause = before
            .rsplit(['。', '；', '？', '！'])
            .next()
            .unwrap_or_default();
        let introduced =
            clause.contains('§') && clause.ends_with(['：', '说', '定', '写', '是', '为']);
        let has_han = words.chars().filter(|c| is_han(*c)).count() >= 4;
        if has_han && (introduced || after.starts_with("（§")) {
            return true;
        }
        before.push_str(words);
        rest = after;
    }
    false
}

#[test]
fn no_translation_stands_in_quotation_marks_as_if_it_were_the_rfc() {
    assert!(poses_as_literal("§5.2：“最高位必须是 0”。"));
    assert!(poses_as_literal("1009“太大，无法处理”（§7.4.1）"));
    assert!(!poses_as_literal("§4.2.1 说“websocket”不区分大小写。"));
    assert!(!poses_as_literal(
        "意思是“没有关闭码”，而不是错误（§7.1.5）。"
    ));
    let posing: Vec<String> = texts()
        .into_iter()
        .filter(|(_, text)| poses_as_literal(text))
        .map(|(place, text)| format!("{place}: {text}"))
        .collect();
    assert!(posing.is_empty(), "{}", posing.join("\n"));
}

/// The `{places}` of a text, each once, in order of the alphabet.
fn places(text: &str) -> Vec<&str> {
    let mut places = between(text, "{", "}");
    places.sort_unstable();
    places.dedup();
    places
}

/// The sections that a text names.
fn sections(text: &str) -> Vec<&str> {
    let named = text.split('§').skip(1).map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.');
        rest[..end.unwrap_or(rest.len())].trim_end_matches('.')
    });
    let mut sections: Vec<&str> = named.collect();
    sections.sort_unstable();
    sections
}

/// Whether there is an English word outside the places. A name such as FIN or KiB is none.
fn has_a_word(text: &str) -> bool {
    let text = replaced(text, "{", "}", "");
    let words = text.split(|c: char| !c.is_ascii_alphabetic());
    let small = |word: &str| word.chars().filter(char::is_ascii_lowercase).count();
    words.into_iter().any(|word| small(word) > 1)
}

#[test]
fn each_entry_is_translated_and_has_the_places_and_the_sections_of_the_english_one() {
    let mut wrong = Vec::new();
    let mut seen = Vec::new();
    for (chinese, english) in catalogues() {
        let english = entries(&english);
        for (key, value) in entries(&chinese) {
            let Some(other) = english.get(&key) else {
                wrong.push(format!("{key}: no English entry"));
                continue;
            };
            if places(&value) != places(other) {
                wrong.push(format!("{key}: other places: {value}"));
            }
            if sections(&value) != sections(other) {
                wrong.push(format!("{key}: other sections: {value}"));
            }
            let is_english = value == *other && has_a_word(&value);
            if NAMES.contains(&key.as_str()) {
                seen.push(key);
            } else if is_english {
                wrong.push(format!("{key}: not translated: {value}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    seen.sort_unstable();
    assert_eq!(seen.len(), NAMES.len(), "a name that is no entry: {seen:?}");
}

fn without_line_breaks(texts: &[&str]) -> Vec<String> {
    let one_line = |text: &&str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    texts.iter().map(one_line).collect()
}

#[test]
fn each_chapter_has_the_sections_quotations_and_blocks_of_the_english_one() {
    for (chinese, english) in chapters() {
        let path = &chinese.path;
        assert_eq!(sections(&chinese.text), sections(&english.text), "{path}");
        let quoted = between(&chinese.text, "<q lang=\"en\">", "</q>");
        let original = between(&english.text, "<q>", "</q>");
        assert_eq!(
            without_line_breaks(&quoted),
            without_line_breaks(&original),
            "{path}"
        );
        for block in ["<section", "<h2>", "<p", "<li>", "<tr>", "<details", "<pre"] {
            let count = |text: &str| text.matches(block).count();
            assert_eq!(
                count(&chinese.text),
                count(&english.text),
                "{path}: {block}"
            );
        }
    }
}

/// The remarks of the server about a head, `{}` for every value in them. The page translates them.
fn remarks() -> Vec<String> {
    let duties = std::fs::read_to_string(root().join("src/lens/duties.rs")).unwrap();
    let code = duties
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    let literals = code.flat_map(|line| {
        let inside = line.split('"').enumerate();
        inside
            .filter(|(n, _)| n % 2 == 1)
            .map(|(_, literal)| literal)
    });
    let is_remark = |literal: &&str| {
        let spoken = literal.contains(' ') && has_a_word(literal);
        spoken || ["missing", "once"].contains(literal)
    };
    let remarks = literals.filter(is_remark);
    remarks
        .map(|remark| replaced(remark, "{", "}", "{}"))
        .collect()
}

#[test]
fn the_page_knows_every_remark_of_the_server_about_a_head() {
    let words: Vec<String> = catalogues()
        .into_iter()
        .filter(|(_, english)| english.path == "src/web/base/en.js")
        .flat_map(|(_, english)| entries(&english))
        .filter(|(key, _)| key.starts_with("head."))
        .map(|(_, value)| replaced(&value, "{", "}", "{}"))
        .collect();
    let page = std::fs::read_to_string(root().join("src/web/base/found.js")).unwrap();
    let page = page
        .replace("(\\d+)", "{}")
        .replace("(.+)", "{}")
        .replace('\\', "");
    let remarks = remarks();
    assert!(remarks.len() > 10, "cannot read the remarks: {remarks:?}");
    for remark in remarks {
        let is_in = |text: &String| text.contains(&remark);
        assert!(
            words.iter().any(is_in),
            "no words for the remark {remark:?}"
        );
        assert!(page.contains(&remark), "found.js does not know {remark:?}");
    }
}
