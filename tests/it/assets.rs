//! The files of the pages over the wire: compressed for those who take it, kept for good, never mixed up.

use std::io::Read;

use crate::harness::{Raw, Response, Server, http};

/// The body as text, decompressed if the answer says that it is compressed.
#[track_caller]
fn text(response: &Response) -> String {
    match response.header("content-encoding") {
        None => String::from_utf8(response.body.clone()).unwrap(),
        Some(encoding) => {
            assert_eq!(encoding, "gzip");
            let mut text = String::new();
            let mut decoder = flate2::read::GzDecoder::new(&*response.body);
            decoder.read_to_string(&mut text).unwrap();
            text
        }
    }
}

/// The paths of a page and of the first script in it.
fn paths(server: &Server) -> [String; 2] {
    let page = text(&http(server.addr, "GET", "/", "", ""));
    let script = page.split("src=\"").nth(1).unwrap();
    ["/".into(), script.split('"').next().unwrap().to_owned()]
}

#[test]
fn each_client_gets_the_form_that_it_takes() {
    let server = Server::start("");
    for path in paths(&server) {
        let get = |lines: &str| http(server.addr, "GET", &path, lines, "");
        let plain = text(&get(""));
        for (lines, gzip) in [
            ("", false),
            ("Accept-Encoding:\r\n", false),
            ("Accept-Encoding: identity\r\n", false),
            ("Accept-Encoding: gzip;q=0\r\n", false),
            ("Accept-Encoding: gzip;q=0, *\r\n", false),
            ("Accept-Encoding: br\r\n", false),
            ("Accept-Encoding: *\r\n", true),
            ("Accept-Encoding: gzip, deflate, br\r\n", true),
            ("Accept-Encoding: br;q=1.0, gzip;q=0.1\r\n", true),
        ] {
            let response = get(lines);
            assert_eq!(response.status, 200, "{path} {lines}");
            let encoded = response.header("content-encoding").is_some();
            assert_eq!(encoded, gzip, "{path} {lines}");
            assert!(response.header("vary").unwrap().contains("Accept-Encoding"));
            assert_eq!(text(&response), plain, "{path} {lines}");
        }
    }
}

#[test]
fn head_says_what_get_would_without_the_body() {
    let server = Server::start("");
    for path in paths(&server) {
        for lines in ["", "Accept-Encoding: gzip\r\n"] {
            let get = http(server.addr, "GET", &path, lines, "");
            let mut raw = Raw::connect(server.addr);
            let address = server.addr;
            raw.send(
                format!(
                    "HEAD {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{lines}\r\n"
                )
                .as_bytes(),
            );
            let head = raw.read_head();
            assert_eq!(head.status, 200, "{path}");
            assert_eq!(raw.read_rest(), (Vec::new(), false), "{path}");
            for name in [
                "content-length",
                "content-encoding",
                "etag",
                "vary",
                "cache-control",
            ] {
                assert_eq!(head.header(name), get.header(name), "{path} {name}");
            }
        }
    }
}

#[test]
fn a_page_is_asked_for_again_and_a_file_is_kept_unless_its_path_is_of_another_build() {
    let server = Server::start("");
    let [page, file] = paths(&server);
    let lines = "Accept-Encoding: gzip\r\n";
    let first = http(server.addr, "GET", &page, lines, "");
    assert_eq!(first.header("cache-control"), Some("no-cache"));
    let tag = first.header("etag").unwrap();
    let known = format!("{lines}If-None-Match: {tag}\r\n");
    let again = http(server.addr, "GET", &page, &known, "");
    assert_eq!((again.status, again.body.len()), (304, 0));
    assert_eq!(again.header("etag"), Some(tag));

    let current = http(server.addr, "GET", &file, lines, "");
    let caching = current.header("cache-control");
    assert_eq!(caching, Some("public, max-age=31536000, immutable"));
    let name = file.rsplit_once("/page/").unwrap().1;
    let old = format!("/assets/0123456789abcdef/page/{name}");
    let old = http(server.addr, "GET", &old, lines, "");
    assert_eq!(
        (old.status, old.header("cache-control")),
        (200, Some("no-store"))
    );
    assert_eq!(old.body, current.body);
    let gone = "/assets/0123456789abcdef/page/gone.js";
    let gone = http(server.addr, "GET", gone, lines, "");
    assert_eq!(
        (gone.status, gone.header("cache-control")),
        (404, Some("no-store"))
    );
}
