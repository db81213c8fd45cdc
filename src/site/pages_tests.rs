//! Tests of the pages: what is served, with which headers, and what is not.

use super::*;
use crate::http::refusal::Refusal;
use crate::http::response::Response;
use crate::site::files::{BUILD, is_current};

fn answer(method: &str, path: &str, lines: &str) -> Option<Result<Response, Refusal>> {
    let text = format!("{method} {path} HTTP/1.1\r\nHost: a\r\n{lines}\r\n");
    let (head, _) = Head::parse(text.as_bytes()).unwrap().unwrap();
    page(&head).map(|asset| asset.response(&head))
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    let line = response.headers.iter().find(|(n, _)| *n == name);
    line.map(|(_, value)| value.as_ref()).unwrap_or_default()
}

/// The body of a request for it without any field, as text.
fn text(path: &str) -> String {
    let response = answer("GET", path, "").unwrap().unwrap();
    assert_eq!(response.status, 200, "{path}");
    String::from_utf8(response.body.into_owned()).unwrap()
}

/// A path of this build.
fn asset(file: &str) -> String {
    format!("{ASSETS}{BUILD}/{file}")
}

#[test]
#[cfg(feature = "full")]
fn every_file_below_the_folder_is_served() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/src/web");
    let mut folders = vec![std::path::PathBuf::from(root)];
    let mut served = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let file = path.strip_prefix(root).unwrap().to_str().unwrap();
            // The words of the chat's page are in one file for each language.
            let parts = ["page/words/en-", "page/words/zh-"];
            let part = parts.iter().any(|start| file.starts_with(start));
            let path = served_at(file).unwrap_or_else(|| asset(file));
            assert_ne!(answer("GET", &path, "").is_some(), part, "{path}");
            served += 1;
        }
    }
    assert!(served > 100);
    for asset in OTHERS.iter() {
        let known = asset.content_type() != "application/octet-stream";
        let path = asset.path();
        assert!(known, "{path}: its type is missing in content_type");
    }
}

#[test]
fn every_address_in_a_page_or_style_is_served_by_this_build() {
    let mut addresses = 0;
    for (file, _) in FILES {
        let path = served_at(file).unwrap_or_else(|| asset(file));
        let text = text(&path);
        for part in text.split(ASSETS).skip(1) {
            let end = part.find(|c: char| !c.is_ascii_alphanumeric() && !"/._-".contains(c));
            let address = format!("{ASSETS}{}", &part[..end.unwrap_or(part.len())]);
            assert!(is_current(&address), "{path}: {address}");
            // The page of the minimal build has the name of the protocol view, and never loads it.
            let never = cfg!(not(feature = "full")) && address.contains("/glass/");
            let found = never || answer("GET", &address, "").is_some();
            assert!(found, "{path}: {address}");
            addresses += 1;
        }
    }
    assert!(addresses > 8);
}

#[test]
fn a_file_is_kept_for_good_under_this_build_and_never_under_another() {
    let current = answer("GET", &asset("page/start.js"), "").unwrap().unwrap();
    let caching = header(&current, "Cache-Control");
    assert_eq!(caching, "public, max-age=31536000, immutable");
    let other = "/assets/0123456789abcdef/page/start.js";
    let other = answer("GET", other, "").unwrap().unwrap();
    assert_eq!(header(&other, "Cache-Control"), "no-store");
    // A page that was open during an upgrade gets the part that it asks for.
    assert_eq!(other.body, current.body);
    let gone = "/assets/0123456789abcdef/page/gone.js";
    assert!(answer("GET", gone, "").is_none());
}

#[test]
#[cfg(feature = "full")]
fn the_compressed_form_is_for_those_who_take_it_and_has_its_own_tag() {
    use std::io::Read;
    for path in ["/", &asset("page/start.js")] {
        let plain = answer("GET", path, "").unwrap().unwrap();
        let lines = "Accept-Encoding: br, gzip\r\n";
        let small = answer("GET", path, lines).unwrap().unwrap();
        assert_eq!(header(&plain, "Content-Encoding"), "");
        assert_eq!(header(&small, "Content-Encoding"), "gzip");
        assert!(small.body.len() < plain.body.len());
        let mut bytes = Vec::new();
        let mut decoder = flate2::read::GzDecoder::new(&*small.body);
        decoder.read_to_end(&mut bytes).unwrap();
        assert_eq!(bytes, *plain.body);
        for response in [&plain, &small] {
            assert!(header(response, "Vary").starts_with("Accept-Encoding"));
        }
        if path == "/" {
            let tags = [header(&plain, "ETag"), header(&small, "ETag")];
            assert_ne!(tags[0], tags[1]);
            // The tag of one form says nothing about the other.
            let lines = format!("{lines}If-None-Match: {}\r\n", tags[0]);
            assert_eq!(answer("GET", path, &lines).unwrap().unwrap().status, 200);
            let lines = format!("Accept-Encoding: gzip\r\nIf-None-Match: {}\r\n", tags[1]);
            let known = answer("GET", path, &lines).unwrap().unwrap();
            assert_eq!(
                (known.status, header(&known, "Content-Encoding")),
                (304, "")
            );
            assert_eq!(header(&known, "Vary"), header(&small, "Vary"));
        }
    }
}

#[test]
fn the_form_is_in_the_language_of_the_reader() {
    for (wanted, tag, words) in [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-Hans", ">你的名字</label>"),
        ("en-GB", "en", ">Your name</label>"),
        ("fr", "en", ">Your name</label>"),
    ] {
        let lines = format!("Accept-Language: {wanted}\r\n");
        let response = answer("GET", "/", &lines).unwrap().unwrap();
        assert_eq!(
            header(&response, "Vary"),
            "Accept-Encoding, Accept-Language"
        );
        let page = String::from_utf8(response.body.into_owned()).unwrap();
        assert!(page.contains(&format!("<html lang=\"{tag}\"")), "{wanted}");
        assert!(page.contains(words), "{wanted}");
        assert!(!page.contains("<!--") && page.contains("/page/all.js\""));
    }
}

#[test]
fn a_page_has_its_security_headers() {
    let response = answer("GET", "/?any=query", "").unwrap().unwrap();
    assert_eq!(response.status, 200);
    assert_eq!(
        header(&response, "Content-Type"),
        "text/html; charset=utf-8"
    );
    assert_eq!(header(&response, "Cache-Control"), "no-cache");
    assert_eq!(header(&response, "Referrer-Policy"), "no-referrer");
    let policy = header(&response, "Content-Security-Policy");
    assert!(policy.starts_with("default-src 'self'; connect-src 'self' ws://a wss://a; img-src"));
    assert!(!policy.contains("unsafe") && !policy.contains("  "));
}

#[test]
fn a_page_may_connect_to_its_own_host_only() {
    for (host, sources) in [
        (
            "192.168.1.20:8080",
            " ws://192.168.1.20:8080 wss://192.168.1.20:8080",
        ),
        ("Chat.Local", " ws://chat.local wss://chat.local"),
        // No source can name these; browsers of today count them as 'self'.
        ("[::1]:8080", ""),
        ("raspberry_pi", ""),
    ] {
        let text = format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n");
        let (head, _) = Head::parse(text.as_bytes()).unwrap().unwrap();
        let response = page(&head).unwrap().response(&head).unwrap();
        let policy = header(&response, "Content-Security-Policy");
        let connect = policy
            .split("; ")
            .find(|part| part.starts_with("connect-src"));
        assert_eq!(
            connect,
            Some(&*format!("connect-src 'self'{sources}")),
            "{host}"
        );
    }
}

#[test]
fn an_asset_that_the_client_has_is_not_sent_again() {
    let etag = header(&answer("GET", "/", "").unwrap().unwrap(), "ETag").to_owned();
    for tags in [
        etag.clone(),
        format!("W/{etag}"),
        format!("\"x\", {etag}"),
        "*".into(),
    ] {
        let lines = format!("If-None-Match: {tags}\r\n");
        let response = answer("GET", "/", &lines).unwrap().unwrap();
        assert_eq!((response.status, response.body.len()), (304, 0), "{tags}");
        assert_eq!(header(&response, "ETag"), etag);
    }
    let other = answer("GET", "/", "If-None-Match: \"x\"\r\n")
        .unwrap()
        .unwrap();
    assert_eq!(other.status, 200);
}

#[test]
fn only_get_and_head_are_answered() {
    assert_eq!(answer("HEAD", "/", "").unwrap().unwrap().status, 200);
    let refusal = answer("POST", "/", "").unwrap().unwrap_err();
    assert_eq!(refusal.status, 405);
    assert_eq!(refusal.headers, [("Allow", Cow::Borrowed("GET, HEAD"))]);
}

#[test]
fn no_other_path_is_served() {
    for path in [
        "/index.html",
        "/lab.html",
        "/lab/",
        "/assets/0123456789abcdef/lab.html",
        "/assets/0123456789abcdef/lab/lab.html",
        "/lab/lab.html",
        "/assets/",
        "/assets/page/start.js",
        "/assets/0123456789abcde/page/start.js",
        "/assets/0123456789abcdeF/page/start.js",
        "/assets/0123456789abcdef",
        "/assets/0123456789abcdef/",
        "/assets",
        "/assets/0123456789abcdef/page/index.html",
        "/assets/0123456789abcdef/page/index.html.en",
        "//",
        "/.",
        "/assets/0123456789abcdef/page/../page/app.js",
        "/assets/0123456789abcdef/page/%61pp.js",
        "/assets/0123456789abcdef/page//app.js",
        "/assets/0123456789abcdef/page/APP.JS",
        "/assets/0123456789abcdef/page/app.js/",
        "/assets/0123456789abcdef/page/app.js%00",
        "/assets/..%2f..%2fCargo.toml",
        "/..\\..\\secret",
        "/../../etc/passwd",
        "//etc/passwd",
        "/etc/passwd",
        "/secret",
        "/chat.toml",
    ] {
        assert!(answer("GET", path, "").is_none(), "{path}");
    }
}
