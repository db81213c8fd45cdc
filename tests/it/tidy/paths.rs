//! Which file names which: every path in the source, in whatever form it is written.

use std::collections::{BTreeMap, BTreeSet};

use super::source::Source;
use super::tokens::{Token, tokens};

/// A file names something in another file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Arrow {
    /// Paths below `src`.
    pub from: String,
    pub to: String,
    pub line: usize,
    /// The path from the crate's root, `crate::…`.
    pub names: String,
}

/// Files by their module paths: `["net", "outbox"]` is `net/outbox.rs`.
type Files = BTreeMap<Vec<String>, String>;

/// All arrows between files of the crate, from its code without tests, comments and literals.
pub fn arrows(code: &[Source]) -> Vec<Arrow> {
    let files: Files = code
        .iter()
        .map(|source| (module_of(&source.path), below_src(&source.path)))
        .collect();
    let mut found = BTreeSet::new();
    for source in code {
        let from = below_src(&source.path);
        for path in Reader::new(source).paths(&files) {
            let to = file_of(&path.segments, &files);
            if to != from {
                found.insert(Arrow {
                    from: from.clone(),
                    to,
                    line: source.text[..path.at].matches('\n').count() + 1,
                    names: format!("crate::{}", path.segments.join("::")),
                });
            }
        }
    }
    found.into_iter().collect()
}

/// Groups of files that import each other in a circle.
pub fn circles(arrows: &[Arrow]) -> Vec<Vec<&str>> {
    let mut next: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for arrow in arrows {
        next.entry(&arrow.from).or_default().insert(&arrow.to);
    }
    let reached: BTreeMap<&str, BTreeSet<&str>> = next
        .keys()
        .map(|start| (*start, reachable(start, &next)))
        .collect();
    let returns = |from: &str, to: &str| reached.get(from).is_some_and(|r| r.contains(to));
    let mut found = Vec::new();
    for (start, files) in &reached {
        let members = files.iter().copied().filter(|file| returns(file, start));
        let members: Vec<&str> = members.collect();
        // Every member finds the same circle; the first one reports it.
        if members.first() == Some(start) {
            found.push(members);
        }
    }
    found
}

fn reachable<'a>(start: &str, next: &BTreeMap<&str, BTreeSet<&'a str>>) -> BTreeSet<&'a str> {
    let mut seen = BTreeSet::new();
    let mut open = vec![start];
    while let Some(file) = open.pop() {
        for to in next.get(file).into_iter().flatten() {
            if seen.insert(*to) {
                open.push(to);
            }
        }
    }
    seen
}

fn below_src(path: &str) -> String {
    path.trim_start_matches("src/").to_owned()
}

/// The root of the program's paths. No path of the library can name it.
const PROGRAM: &str = "<main>";

/// `src/net/outbox.rs` is `["net", "outbox"]`, and `src/lib.rs` is the root.
fn module_of(path: &str) -> Vec<String> {
    let inner = below_src(path);
    let inner = inner.trim_end_matches(".rs");
    if inner == "lib" {
        return Vec::new();
    }
    let mut segments: Vec<String> = inner.split('/').map(str::to_owned).collect();
    if segments[0] == "main" {
        PROGRAM.clone_into(&mut segments[0]);
    }
    segments
}

/// The file that the longest prefix of a path names.
fn file_of(segments: &[String], files: &Files) -> String {
    let mut file = files.get(&[][..]).cloned().unwrap_or("lib.rs".to_owned());
    for length in 1..=segments.len() {
        match files.get(&segments[..length]) {
            Some(longer) => file.clone_from(longer),
            None => break,
        }
    }
    file
}

/// A path from the crate's root, and the offset of its first token.
struct Path {
    segments: Vec<String>,
    at: usize,
}

/// A path as it is written.
struct Written {
    segments: Vec<String>,
    at: usize,
    /// The module that it stands in.
    module: Vec<String>,
}

/// Reads the paths of one file.
struct Reader<'a> {
    tokens: Vec<Token<'a>>,
    /// Where in `tokens`.
    at: usize,
    /// Module of the file, then inline modules around the current token.
    module: Vec<String>,
    /// Closing braces of inline modules: the brackets that were open when they began.
    inline: Vec<usize>,
    open: usize,
    written: Vec<Written>,
    /// Names that a `use` brings into the file: path, and the module that imports it.
    imported: BTreeMap<String, (Vec<String>, Vec<String>)>,
}

impl<'a> Reader<'a> {
    fn new(source: &'a Source) -> Self {
        Self {
            tokens: tokens(&source.text),
            at: 0,
            module: module_of(&source.path),
            inline: Vec::new(),
            open: 0,
            written: Vec::new(),
            imported: BTreeMap::new(),
        }
    }

    fn text(&self, n: usize) -> &'a str {
        self.tokens.get(n).map_or("", |token| token.text)
    }

    /// The paths that lead into this crate.
    fn paths(mut self, files: &Files) -> Vec<Path> {
        while self.at < self.tokens.len() {
            self.step();
        }
        let resolved = self.written.iter().filter_map(|written| {
            let segments = self.resolve(&written.segments, &written.module, files, 0)?;
            let at = written.at;
            Some(Path { segments, at })
        });
        resolved.collect()
    }

    fn step(&mut self) {
        let token = self.tokens[self.at];
        match token.text {
            "{" => self.open += 1,
            "}" => {
                self.open = self.open.saturating_sub(1);
                if self.inline.last() == Some(&self.open) {
                    self.inline.pop();
                    self.module.pop();
                }
            }
            "mod" if self.text(self.at + 2) == "{" => {
                self.module.push(self.text(self.at + 1).to_owned());
                self.inline.push(self.open);
                self.at += 1;
            }
            // Not `use<'a>`, which says what an `impl Trait` captures.
            "use" if self.text(self.at + 1) != "<" => {
                self.at += 1;
                self.use_tree(&[]);
                return;
            }
            _ if token.is_word() && self.text(self.at + 1) == "::" => {
                self.inline_path();
                return;
            }
            _ => {}
        }
        self.at += 1;
    }

    /// One tree of a `use`, up to the comma, brace or semicolon that ends it.
    fn use_tree(&mut self, prefix: &[String]) {
        let at = self.tokens[self.at].at;
        let mut segments = prefix.to_vec();
        let mut name = None;
        while self.at < self.tokens.len() {
            match self.text(self.at) {
                "::" => {}
                "{" => {
                    self.use_group(&segments);
                    return;
                }
                "as" => {
                    self.at += 1;
                    name = Some(self.text(self.at).to_owned());
                }
                "," | "}" | ";" => break,
                "*" => name = Some("*".to_owned()),
                // `{self}` names the prefix itself.
                "self" if !segments.is_empty() => {}
                word => segments.push(word.to_owned()),
            }
            self.at += 1;
        }
        let name = name.or(segments.last().cloned());
        if let Some(name) = name
            && !["_", "*", "self", "super"].contains(&name.as_str())
        {
            let import = (segments.clone(), self.module.clone());
            self.imported.insert(name, import);
        }
        self.push(segments, at);
    }

    /// `{…}` in a `use`, brackets included.
    fn use_group(&mut self, prefix: &[String]) {
        while !["}", ";", ""].contains(&self.text(self.at)) {
            // Past the opening brace or a comma.
            self.at += 1;
            if self.text(self.at) != "}" {
                self.use_tree(prefix);
            }
        }
        self.at += 1;
    }

    /// A path in an expression, a type or a pattern.
    fn inline_path(&mut self) {
        let start = self.at;
        let mut segments = vec![self.text(start).to_owned()];
        while self.text(self.at + 1) == "::"
            && self.tokens.get(self.at + 2).is_some_and(Token::is_word)
        {
            self.at += 2;
            segments.push(self.text(self.at).to_owned());
        }
        self.at += 1;
        if self.text(self.at) == "::" {
            // `::<T>`: what stands between the angles is read on its own.
            self.at += 1;
        }
        let before = |n: usize| start.checked_sub(n).map_or("", |n| self.text(n));
        let visibility = before(1) == "in" && before(2) == "(" && before(3) == "pub";
        if !visibility {
            self.push(segments, self.tokens[start].at);
        }
    }

    fn push(&mut self, segments: Vec<String>, at: usize) {
        let module = self.module.clone();
        self.written.push(Written {
            segments,
            at,
            module,
        });
    }

    /// The path from the crate's root. None if it leads to another crate, or to a name of the file.
    fn resolve(
        &self,
        path: &[String],
        module: &[String],
        files: &Files,
        depth: usize,
    ) -> Option<Vec<String>> {
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            "crate" if module.first().is_some_and(|root| root == PROGRAM) => {
                return Some([&module[..1], rest].concat());
            }
            "crate" | "glassroom" => return Some(rest.to_vec()),
            "self" | "super" => return Some(relative(path, module)),
            _ => {}
        }
        let child = [module, &path[..1]].concat();
        if files.contains_key(&child) {
            return Some([module, path].concat());
        }
        // An import may begin with another import; a name may also import itself from elsewhere.
        let (import, module) = self.imported.get(first)?;
        if depth > 8 || import.first() == Some(first) {
            return None;
        }
        self.resolve(&[import, rest].concat(), module, files, depth + 1)
    }
}

/// The path from the crate's root of one that begins with `self` or `super`.
fn relative(path: &[String], mut module: &[String]) -> Vec<String> {
    let is_step = |word: &&String| ["self", "super"].contains(&word.as_str());
    let steps = path.iter().take_while(is_step);
    for step in steps.clone() {
        if step == "super" {
            module = module.split_last().map_or(&[], |(_, parent)| parent);
        }
    }
    [module, &path[steps.count()..]].concat()
}
