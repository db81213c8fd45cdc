//! Just enough of Rust's grammar to read our own source: comments and literals are blanked, the
//! rest is cut into tokens, and the items of tests can be found.

use std::ops::Range;

/// A word, a `::`, or one other character.
#[derive(Clone, Copy, Debug)]
pub struct Token<'a> {
    pub text: &'a str,
    /// Offset of its first byte.
    pub at: usize,
}

impl Token<'_> {
    pub fn is_word(&self) -> bool {
        self.text.starts_with(is_word)
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// `text` with spaces for comments and for what is inside literals. All offsets and lines stay.
pub fn blank(text: &str) -> String {
    let mut out = text.as_bytes().to_vec();
    let mut at = 0;
    while at < text.len() {
        let after_word = text[..at].ends_with(is_word);
        let length = hidden(&text[at..], after_word);
        blank_bytes(&mut out, at..at + length);
        let next = text[at + length..].chars().next();
        at += length + next.map_or(0, char::len_utf8);
    }
    String::from_utf8(out).unwrap()
}

/// Puts spaces over a range, but keeps its lines.
pub fn blank_bytes(bytes: &mut [u8], range: Range<usize>) {
    for byte in &mut bytes[range] {
        if *byte != b'\n' {
            *byte = b' ';
        }
    }
}

/// Length of the comment or literal at the start of `rest`; 0 if there is none.
fn hidden(rest: &str, after_word: bool) -> usize {
    if rest.starts_with("//") {
        return rest.find('\n').unwrap_or(rest.len());
    }
    if rest.starts_with("/*") {
        return block_comment(rest);
    }
    if rest.starts_with('"') {
        return string(rest);
    }
    if rest.starts_with('\'') {
        return character(rest);
    }
    let prefix = ["br", "cr", "r"].iter().find(|p| rest.starts_with(**p));
    match prefix {
        Some(prefix) if !after_word => raw_string(rest, prefix.len()),
        _ => 0,
    }
}

/// Block comments nest.
fn block_comment(rest: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < rest.len() {
        if rest[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
        } else {
            at += rest[at..].chars().next().map_or(1, char::len_utf8);
        }
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

fn string(rest: &str) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// A character between quotes, but no lifetime.
fn character(rest: &str) -> usize {
    let mut chars = rest.char_indices().skip(1);
    let Some((_, first)) = chars.next() else {
        return 0;
    };
    if first == '\\' {
        // The escaped character may be a quote itself.
        let end = chars.skip(1).find(|(_, c)| *c == '\'');
        return end.map_or(0, |(at, _)| at + 1);
    }
    match chars.next() {
        Some((at, '\'')) => at + 1,
        _ => 0,
    }
}

fn raw_string(rest: &str, prefix: usize) -> usize {
    let hashes = rest[prefix..].chars().take_while(|c| *c == '#').count();
    let start = prefix + hashes;
    if !rest[start..].starts_with('"') {
        return 0;
    }
    let end = format!("\"{}", "#".repeat(hashes));
    let length = rest[start + 1..].find(&end);
    length.map_or(rest.len(), |length| start + 1 + length + end.len())
}

/// Cuts blanked source into tokens.
pub fn tokens(blanked: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(c) = blanked[at..].chars().next() {
        let rest = &blanked[at..];
        let length = if is_word(c) {
            rest.find(|c| !is_word(c)).unwrap_or(rest.len())
        } else if rest.starts_with("::") {
            2
        } else {
            c.len_utf8()
        };
        if !c.is_whitespace() {
            let text = &rest[..length];
            found.push(Token { text, at });
        }
        at += length;
    }
    found
}

/// Index of the token that closes the bracket at `open`.
pub fn closing(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0;
    for (n, token) in tokens.iter().enumerate().skip(open) {
        match token.text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return n;
        }
    }
    tokens.len() - 1
}

/// An item that stands under `#[cfg(test)]`.
pub struct TestItem {
    /// Its bytes, attributes included.
    pub bytes: Range<usize>,
    /// The offset of its `path` attribute's value, if it has one.
    pub path: Option<usize>,
    /// Its name, if it is a module in another file.
    pub module: Option<String>,
}

/// Every item of tests, outermost only.
pub fn test_items(tokens: &[Token]) -> Vec<TestItem> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if !is_test_attribute(&tokens[at..]) {
            at += 1;
            continue;
        }
        let start = at;
        let mut path = None;
        while tokens.get(at).is_some_and(|t| t.text == "#") {
            if tokens[at + 2].text == "path" {
                // `# [ path = " `: the value starts at the blanked literal, which is no token.
                path = Some(tokens[at + 3].at + 1);
            }
            at = closing(tokens, at + 1) + 1;
        }
        let end = item_end(tokens, at);
        found.push(TestItem {
            bytes: tokens[start].at..tokens[end].at + tokens[end].text.len(),
            path,
            module: module_elsewhere(&tokens[at..=end]),
        });
        at = end + 1;
    }
    found
}

fn is_test_attribute(tokens: &[Token]) -> bool {
    let starts = |words: &[&str]| {
        tokens.len() > words.len() && words.iter().zip(tokens).all(|(word, t)| *word == t.text)
    };
    starts(&["#", "[", "cfg", "(", "test", ")"])
        || starts(&["#", "[", "cfg", "(", "all", "(", "test"])
}

/// `mod name;` with or without a visibility.
fn module_elsewhere(item: &[Token]) -> Option<String> {
    let [.., keyword, name, end] = item else {
        return None;
    };
    (keyword.text == "mod" && end.text == ";").then(|| name.text.to_owned())
}

/// Index of the last token of the item that starts at `at`.
fn item_end(tokens: &[Token], at: usize) -> usize {
    let kind = kind(&tokens[at..]);
    let mut n = at;
    while n < tokens.len() {
        match tokens[n].text {
            ";" => return n,
            "," if kind == Kind::Part => return n,
            "(" | "[" => n = closing(tokens, n),
            "{" => {
                n = closing(tokens, n);
                if kind != Kind::Value {
                    return n;
                }
            }
            // The end of what the part belongs to.
            ")" | "]" | "}" => return n - 1,
            _ => {}
        }
        n += 1;
    }
    tokens.len() - 1
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Ends with a semicolon, whatever braces it has.
    Value,
    /// Ends with its braces, or with a semicolon if it has none.
    Body,
    /// A field, a variant, an argument or a statement.
    Part,
}

fn kind(item: &[Token]) -> Kind {
    let visibility = ["pub", "crate", "super", "self", "in"];
    let mut words = item.iter().filter(|t| t.is_word()).map(|t| t.text);
    let keyword = words.find(|word| !visibility.contains(word)).unwrap_or("");
    match (keyword, words.next().unwrap_or("")) {
        ("const", "fn") => Kind::Body,
        ("use" | "const" | "static" | "type" | "let", _) => Kind::Value,
        ("fn" | "mod" | "impl" | "enum" | "struct" | "trait" | "union" | "macro_rules", _) => {
            Kind::Body
        }
        _ => Kind::Part,
    }
}
