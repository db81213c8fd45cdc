use super::*;

fn ask(path: &str, lines: &str) -> Option<&'static Asset> {
    let text = format!("GET {path} HTTP/1.1\r\nHost: a\r\n{lines}\r\n");
    let (head, _) = Head::parse(text.as_bytes()).unwrap().unwrap();
    page(&head)
}

fn text(asset: &'static Asset) -> String {
    let (head, _) = Head::parse(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        .unwrap()
        .unwrap();
    let response = asset.response(&head).unwrap();
    String::from_utf8(response.body.into_owned()).unwrap()
}

/// The values of an attribute, in their order.
fn values<'a>(fragment: &'a str, attribute: &str) -> Vec<&'a str> {
    let start = format!("{attribute}=\"");
    let parts = fragment.split(&start).skip(1);
    parts.map(|part| part.split_once('"').unwrap().0).collect()
}

#[test]
fn the_chapters_have_the_same_shape_in_both_languages() {
    assert!(ENGLISH.len() > 12 && ENGLISH.len() == CHINESE.len());
    for (n, (english, chinese)) in ENGLISH.iter().zip(CHINESE).enumerate() {
        let n = n + 1;
        for text in [english, chinese] {
            assert!(
                text.trim_start().starts_with("<h1>"),
                "{n} begins with <h1>"
            );
            assert_eq!(text.matches("<h1>").count(), 1, "one title in {n}");
            assert!(!title(text).is_empty(), "{n}");
            let folded = text.contains("<details class=\"answer\">") && text.contains("<summary>");
            assert!(folded, "{n} has no folded answer");
            let tried = ["data-experiment", "data-live"].map(|kind| values(text, kind).len());
            assert_ne!(tried, [0, 0], "{n} tries nothing");
            for tag in [
                "section", "details", "pre", "table", "ul", "ol", "div", "code", "p",
            ] {
                let open = text.matches(&format!("<{tag}>")).count()
                    + text.matches(&format!("<{tag} ")).count();
                let closed = text.matches(&format!("</{tag}>")).count();
                assert_eq!(open, closed, "<{tag}> in chapter {n}: {}", title(text));
            }
        }
        for tag in ["<h2", "<section", "<pre", "<table", "<details"] {
            let (a, b) = (english.matches(tag).count(), chinese.matches(tag).count());
            assert_eq!(a, b, "{tag} in chapter {n}");
        }
        for kind in ["data-experiment", "data-live"] {
            assert_eq!(values(english, kind), values(chinese, kind), "chapter {n}");
        }
    }
}

#[test]
fn every_live_piece_of_a_chapter_has_its_words_and_its_code() {
    let words = include_str!("../web/learn/en.js");
    let pieces = include_str!("../web/learn/live.js");
    let pieces = pieces.split_once("const PIECES = {").unwrap().1;
    let pieces = pieces.split_once('}').unwrap().0;
    let known: Vec<&str> = pieces.split([',', ' ', '\n']).collect();
    for text in ENGLISH.iter().chain(CHINESE) {
        for name in values(text, "data-live") {
            assert!(known.contains(&name), "{}: {name}", title(text));
            assert!(words.contains(&format!("\"live.{name}.title\"")), "{name}");
        }
    }
}

#[test]
fn every_experiment_of_a_chapter_is_one() {
    let all = crate::lab::experiments::all(1 << 16);
    for text in ENGLISH.iter().chain(CHINESE) {
        for slug in values(text, "data-experiment") {
            let known = all.iter().any(|experiment| experiment.slug == slug);
            assert!(known, "{}: {slug}", title(text));
        }
    }
}

/// The chapters whose rule a broken server breaks.
const BROKEN: [usize; 9] = [2, 3, 4, 5, 6, 7, 8, 11, 16];

#[test]
fn every_link_to_a_broken_server_names_one_that_breaks_a_rule() {
    let broken: Vec<&str> = crate::broken::wrong_ones().collect();
    for (n, (english, chinese)) in (1..).zip(ENGLISH.iter().zip(CHINESE)) {
        let [named, same] = [english, chinese].map(|text| -> Vec<&str> {
            let links = values(text, "href").into_iter();
            links
                .filter_map(|to| to.strip_prefix("/lab#meet/"))
                .collect()
        });
        assert_eq!(named, same, "chapter {n}");
        assert_eq!(!named.is_empty(), BROKEN.contains(&n), "chapter {n}");
        for name in named {
            assert!(broken.contains(&name), "chapter {n}: {name}");
        }
    }
}

#[test]
fn every_source_that_a_chapter_names_is_there() {
    for text in ENGLISH.iter().chain(CHINESE) {
        for part in text.split("<code class=\"source\">").skip(1) {
            let named = part.split_once("</code>").unwrap().0;
            // A path, perhaps with what to look for in it.
            let path = named.split([' ', ':', '#']).next().unwrap();
            let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
            assert!(file.exists(), "{}: {named}", title(text));
        }
    }
}

#[test]
fn every_chapter_is_a_whole_page_with_links_to_its_neighbours_and_the_other_language() {
    for (edition, other) in [("en", "zh"), ("zh", "en")] {
        for n in 1..=ENGLISH.len() {
            let page = text(ask(&format!("/learn/{edition}/{n}"), "").unwrap());
            assert!(page.starts_with("<!DOCTYPE html>") && !page.contains("{{"));
            assert!(page.contains(&format!("data-language=\"{edition}\"")));
            assert!(page.contains(&format!("href=\"/learn/{other}/{n}\"")));
            assert_eq!(page.contains("rel=\"prev\""), n > 1, "{n}");
            assert_eq!(page.contains("rel=\"next\""), n < ENGLISH.len(), "{n}");
            assert_eq!(page.matches("aria-current=\"page\"").count(), 1, "{n}");
            for slug in values(&page, "data-experiment") {
                assert!(page.contains(&format!("href=\"/lab#{slug}\"")), "{slug}");
            }
        }
    }
    let after = format!("/learn/en/{}", ENGLISH.len() + 1);
    for path in [
        after.as_str(),
        "/learn/",
        "/learn/en/",
        "/learn/en/0",
        "/learn/en/01",
        "/learn/fr",
        "/learned",
        "/learn/en/1/",
        "/learn/en/shell.html",
        "/learn/../learn",
    ] {
        assert!(ask(path, "").is_none(), "{path}");
    }
}

#[test]
fn the_guide_opens_in_the_language_that_is_preferred() {
    for (accept, language) in [
        ("", "en"),
        ("en-GB,en;q=0.9", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("zh;q=0.3, en;q=0.8", "en"),
        ("EN;q=0.4, ZH-hans;q=0.5", "zh"),
        ("fr, zh;q=0.1", "zh"),
        ("fr", "en"),
        ("*", "en"),
        ("en, zh", "en"),
        ("zh;q=0", "en"),
        ("zh;q=nonsense", "en"),
        ("zhx", "en"),
    ] {
        let line = match accept {
            "" => String::new(),
            accept => format!("Accept-Language: {accept}\r\n"),
        };
        let asset = ask("/learn", &line).unwrap();
        assert!(
            text(asset).contains(&format!("data-language=\"{language}\"")),
            "{accept}"
        );
        let (head, _) = Head::parse(b"GET /learn HTTP/1.1\r\nHost: a\r\n\r\n")
            .unwrap()
            .unwrap();
        let response = asset.response(&head).unwrap();
        assert!(
            response
                .headers
                .iter()
                .any(|(name, value)| *name == "Vary" && value == "Accept-Encoding, Accept-Language")
        );
    }
}

#[test]
fn a_title_is_the_text_of_the_first_heading() {
    assert_eq!(
        title("<h1>Why <code>GET</code>?</h1><h1>b</h1>"),
        "Why GET?"
    );
    assert_eq!(title("<p>no heading</p>"), "");
}
