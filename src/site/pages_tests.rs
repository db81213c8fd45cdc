//! Tests of the pages: what is served, with which headers, and what is not.

use super::*;
use crate::http::refusal::Refusal;
use crate::http::response::Response;

fn answer(method: &str, path: &str, lines: &str) -> Option<Result<Response, Refusal>> {
    let text = format!("{method} {path} HTTP/1.1\r\nHost: a\r\n{lines}\r\n");
    let (head, _) = Head::parse(text.as_bytes()).unwrap().unwrap();
    page(&head).map(|asset| asset.response(&head))
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    let line = response.headers.iter().find(|(n, _)| *n == name);
    line.map(|(_, value)| value.as_ref()).unwrap_or_default()
}

#[test]
#[cfg(feature = "full")]
fn every_file_below_the_folder_is_in_the_table_once() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/src/web");
    let mut folders = vec![std::path::PathBuf::from(root)];
    let mut served = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => {
                    let file = path.strip_prefix(root).unwrap().to_str().unwrap();
                    served.push(served_at(&file.replace('\\', "/")));
                }
            }
        }
    }
    let listed: Vec<_> = ASSETS.iter().map(|asset| asset.path().to_owned()).collect();
    for path in served.iter().chain(&listed) {
        let count = |paths: &[String]| paths.iter().filter(|p| *p == path).count();
        let (files, lines) = (count(&served), count(&listed));
        assert_eq!(
            (files, lines),
            (1, 1),
            "{path}: files and lines in the table"
        );
    }
    for asset in ASSETS.iter() {
        let known = asset.content_type() != "application/octet-stream";
        let path = asset.path();
        assert!(known, "{path}: its type is missing in content_type");
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
        "/assets/lab.html",
        "/assets/lab/lab.html",
        "/lab/lab.html",
        "/assets/",
        "/assets",
        "/assets/page/index.html",
        "//",
        "/.",
        "/assets/page/../page/app.js",
        "/assets/page/%61pp.js",
        "/assets/page//app.js",
        "/assets/page/APP.JS",
        "/assets/page/app.js/",
        "/assets/page/app.js%00",
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
