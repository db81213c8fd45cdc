//! The guide: its chapters in two languages, compiled in. Each chapter is one page that is
//! readable without a script: a fragment of HTML in `src/learn`, within `src/learn/shell.html`.
//!
//! The first request for any page composes them all. They never change after that.
//! Obeys RFC 9110 §12.5.5 (Vary).

use std::borrow::Cow;
use std::fmt::Write;
use std::sync::LazyLock;

use crate::http::head::Head;
use crate::site::asset::{Asset, compressed};
use crate::site::encoding::prefers_chinese;
use crate::site::files::{ASSETS, BUILD};

/// Lists the chapters by the names of their files, in both languages.
macro_rules! chapters {
    ($($name:literal)*) => {
        const ENGLISH: &[&str] = &[$(include_str!(concat!("../learn/en/", $name, ".html"))),*];
        const CHINESE: &[&str] = &[$(include_str!(concat!("../learn/zh/", $name, ".html"))),*];
    };
}

chapters! {
    "01-polling"
    "02-handshake"
    "03-accept-key"
    "04-frames"
    "05-masking"
    "06-fragmentation"
    "07-ping-pong"
    "08-closing"
    "09-origin"
    "10-tokens"
    "11-subprotocols"
    "12-this-server"
    "13-backpressure"
    "14-resume"
    "15-large-messages"
    "16-compression"
    "17-clients"
    "18-tls"
    "19-permissions"
    "20-many-processes"
    "21-beside-websocket"
    "22-webrtc"
}

const SHELL: &str = include_str!("../learn/shell.html");

/// The guide in one language, with the words around its chapters.
struct Edition {
    /// The language in the path.
    code: &'static str,
    /// The language tag (RFC 5646).
    tag: &'static str,
    name: &'static str,
    chapters: &'static [&'static str],
    /// The text above the list of chapters on the first page.
    cover: &'static str,
    skip: &'static str,
    nav: &'static str,
    chat: &'static str,
    learn: &'static str,
    lab: &'static str,
    task: &'static str,
    contents: &'static str,
    previous: &'static str,
    next: &'static str,
    /// The text in the place of an experiment until the script has loaded.
    experiment: &'static str,
}

static EDITIONS: [Edition; 2] = [
    Edition {
        code: "en",
        tag: "en",
        name: "English",
        chapters: ENGLISH,
        cover: include_str!("../learn/en/cover.html"),
        skip: "To the text",
        nav: "Pages",
        chat: "Chat",
        learn: "Learn",
        lab: "Lab",
        task: "Tasks",
        contents: "Chapters",
        previous: "Previous",
        next: "Next",
        experiment: "It is also in the lab:",
    },
    Edition {
        code: "zh",
        tag: "zh-Hans",
        name: "简体中文",
        chapters: CHINESE,
        cover: include_str!("../learn/zh/cover.html"),
        skip: "跳到正文",
        nav: "页面",
        chat: "聊天",
        learn: "教程",
        lab: "实验台",
        task: "练习",
        contents: "目录",
        previous: "上一章",
        next: "下一章",
        experiment: "实验台里也有这个实验：",
    },
];

static PAGES: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    let mut pages = Vec::new();
    for (edition, other) in [(&EDITIONS[0], &EDITIONS[1]), (&EDITIONS[1], &EDITIONS[0])] {
        let vary = "Accept-Encoding, Accept-Language";
        pages.push(asset("/learn".into(), vary, &cover(edition, other)));
        let vary = "Accept-Encoding";
        pages.push(asset(edition.path(0), vary, &cover(edition, other)));
        let chapters = 1..=edition.chapters.len();
        pages.extend(chapters.map(|n| asset(edition.path(n), vary, &chapter(edition, other, n))));
    }
    pages
});

fn asset(path: String, vary: &'static str, html: &str) -> Asset {
    let build = format!("{ASSETS}{BUILD}/");
    let html = html.replace(ASSETS, &build);
    Asset::page(path, vary, Cow::Owned(compressed(&html)))
}

/// Returns the page of the guide that is served under the path of a request.
pub(super) fn page(head: &Head) -> Option<&'static Asset> {
    if !head.path.starts_with("/learn") {
        return None;
    }
    let mut pages = PAGES.iter().filter(|asset| asset.path() == head.path);
    let first = pages.next();
    // `/learn` has two pages, in the order of the editions.
    pages.next().filter(|_| prefers_chinese(head)).or(first)
}

impl Edition {
    /// Returns the path of a chapter; 0 is the cover.
    fn path(&self, chapter: usize) -> String {
        match chapter {
            0 => format!("/learn/{}", self.code),
            n => format!("/learn/{}/{n}", self.code),
        }
    }

    /// Returns the numbers and titles of the chapters.
    fn titles(&self) -> impl Iterator<Item = (usize, String)> {
        (1..).zip(self.chapters.iter().map(|text| title(text)))
    }
}

/// Returns the text of the first `<h1>`, without the tags in it.
fn title(fragment: &str) -> String {
    let rest = fragment.split_once("<h1>").map_or("", |(_, rest)| rest);
    let inside = rest.split_once("</h1>").map_or("", |(inside, _)| inside);
    let text = inside.split('<').enumerate();
    text.map(|(n, part)| match part.split_once('>') {
        Some((_, text)) if n > 0 => text,
        _ => part,
    })
    .collect()
}

fn cover(edition: &Edition, other: &Edition) -> String {
    let list = list(edition, 0);
    let content = format!("{}\n{list}", edition.cover);
    compose(edition, other, 0, &content, "")
}

fn chapter(edition: &Edition, other: &Edition, number: usize) -> String {
    let fragment = edition.chapters[number - 1];
    let mut content = experiments(fragment, edition);
    content += "<nav class=\"turn\">";
    for (at, word, rel) in [
        (number - 1, edition.previous, "prev"),
        (number + 1, edition.next, "next"),
    ] {
        if let Some((_, title)) = edition.titles().find(|(n, _)| *n == at) {
            let path = edition.path(at);
            let _ = write!(
                content,
                "<a href=\"{path}\" rel=\"{rel}\"><small>{word}</small> {title}</a>"
            );
        }
    }
    content += "</nav>";
    let contents = format!(
        "<nav class=\"contents\" aria-labelledby=\"contents\"><h2 id=\"contents\">{}</h2>\n{}</nav>",
        edition.contents,
        list(edition, number)
    );
    compose(edition, other, number, &content, &contents)
}

/// Returns the chapters as a list of links, in which the current one is marked.
fn list(edition: &Edition, current: usize) -> String {
    let mut list = String::from("<ol class=\"chapters\">\n");
    for (n, title) in edition.titles() {
        let path = edition.path(n);
        let mark = match n == current {
            true => " aria-current=\"page\"",
            false => "",
        };
        let _ = writeln!(
            list,
            "<li><a href=\"{path}\"{mark}><span>{title}</span></a></li>"
        );
    }
    list + "</ol>\n"
}

/// Adds a link to the lab to the place of each experiment. The script replaces it.
fn experiments(fragment: &str, edition: &Edition) -> String {
    let mut parts = fragment.split("data-experiment=\"");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (slug, rest) = part.split_once('"').unwrap_or((part, ""));
        let words = edition.experiment;
        let link = format!("<a href=\"/lab#{slug}\">/lab#{slug}</a>");
        let rest = rest.replacen("</div>", &format!("<p>{words} {link}</p></div>"), 1);
        let _ = write!(text, "data-experiment=\"{slug}\"{rest}");
    }
    text
}

fn compose(
    edition: &Edition,
    other: &Edition,
    number: usize,
    content: &str,
    contents: &str,
) -> String {
    let title = title(content);
    let words = [
        ("{{tag}}", edition.tag),
        ("{{code}}", edition.code),
        ("{{title}}", &title),
        ("{{skip}}", edition.skip),
        ("{{nav}}", edition.nav),
        ("{{chat}}", edition.chat),
        ("{{learn}}", edition.learn),
        ("{{lab}}", edition.lab),
        ("{{task}}", edition.task),
        ("{{other}}", other.name),
        ("{{other.tag}}", other.tag),
        ("{{other.path}}", &other.path(number)),
        // These come last, because their text may contain something like a placeholder.
        ("{{contents}}", contents),
        ("{{content}}", content),
    ];
    let shell = SHELL.to_owned();
    words
        .iter()
        .fold(shell, |page, (name, word)| page.replace(name, word))
}

#[cfg(test)]
#[path = "learn_tests.rs"]
mod tests;
