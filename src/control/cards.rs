//! A page to print, with a card for each pupil: name, number, room, QR code and link.
//!
//! It is one file without scripts, to be opened from the disk. It holds secrets, so only its owner may
//! read it.

use crate::control::links::PersonalLink;
use crate::qr_svg;
use crate::support::private_file;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

const STYLE: &str = "
/* It is printed, so it is light whatever the system prefers. */
html { color-scheme: light; }
body { font: 16px/1.4 system-ui, sans-serif; margin: 1.5rem; color: #000; background: #fff; }
h1 { font-size: 1.2rem; }
ul { list-style: none; margin: 0; padding: 0; display: flex; flex-wrap: wrap; }
li { box-sizing: border-box; width: 50%; min-width: 18rem; max-width: 100%; padding: 1rem; border: 1px dashed #888;
  display: flex; break-inside: avoid; page-break-inside: avoid; }
svg { width: 9rem; height: 9rem; flex: none; margin-right: 1rem; }
li > div { min-width: 0; }
h2 { font-size: 1.2rem; margin: 0 0 .25rem; overflow-wrap: anywhere; }
p { margin: 0 0 .35rem; font-size: .8rem; }
.link { overflow-wrap: anywhere; font-family: ui-monospace, monospace; font-size: .75rem; }
@page { margin: 12mm; }
@media print { body { margin: 0; } h1 { display: none; } }
";

/// What each card says beside the name.
const SAYS: [(&str, &str); 2] = [
    (
        "en",
        "Scan the code, or type the address. This link is yours alone: it lets you in under your name.",
    ),
    (
        "zh-CN",
        "扫描二维码，或者输入网址。这个链接只属于你：用它会以你的名字进入课堂。",
    ),
];

/// Opens the file of the page, before links are made whose secrets could not be shown again.
///
/// # Errors
///
/// It cannot be written.
pub fn open(path: &Path) -> io::Result<File> {
    // What is there stays until there is something to write.
    private_file::options()
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
}

/// Writes the page.
///
/// # Errors
///
/// It cannot be written.
pub fn write(file: &mut File, title: &str, links: &[PersonalLink]) -> io::Result<()> {
    file.set_len(0)?;
    file.write_all(page(title, links).as_bytes())?;
    file.sync_all()
}

fn page(title: &str, links: &[PersonalLink]) -> String {
    let cards: String = links.iter().map(card).collect();
    let title = escaped(title);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
         content=\"width=device-width\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n<h1>{title}</h1>\n<ul>\n{cards}</ul>\n</html>\n"
    )
}

fn card(link: &PersonalLink) -> String {
    let url = link.urls.first().map(String::as_str).unwrap_or_default();
    let code = qr_svg::svg(url).unwrap_or_default();
    let about = [link.number.as_deref(), link.room.as_deref()];
    let about: Vec<String> = about.into_iter().flatten().map(escaped).collect();
    let about = match about.is_empty() {
        true => String::new(),
        false => format!("<p>{}</p>", about.join(" · ")),
    };
    let says = SAYS.map(|(language, says)| format!("<p lang=\"{language}\">{says}</p>"));
    let (name, url, says) = (escaped(&link.name), escaped(url), says.concat());
    format!(
        "<li>{code}<div><h2><bdi>{name}</bdi></h2>{about}{says}<p class=\"link\">{url}</p></div></li>\n"
    )
}

fn escaped(text: &str) -> String {
    let escape = |c| match c {
        '&' => "&amp;".to_owned(),
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        '"' => "&quot;".to_owned(),
        '\'' => "&#39;".to_owned(),
        c => String::from(c),
    };
    text.chars().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::scratch::Scratch;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn the_page_has_a_card_with_a_code_for_each_pupil_and_only_its_owner_reads_it() {
        let link = |name: &str| PersonalLink {
            number: Some("7".into()),
            name: name.into(),
            room: None,
            urls: vec!["http://192.168.1.7:8080/#link=abc".into()],
        };
        let scratch = Scratch::new();
        let path = scratch.path().join("cards.html");
        let mut file = open(&path).unwrap();
        write(&mut file, "Physics <5b>", &[link("王小明"), link("A&B")]).unwrap();
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text.matches("<svg").count(), 2);
        assert_eq!(text.matches("<li>").count(), 2);
        for part in [
            "<bdi>王小明</bdi>",
            "A&amp;B",
            "Physics &lt;5b&gt;",
            "#link=abc",
            "<p>7</p>",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(!text.contains("<script"));
    }
}
