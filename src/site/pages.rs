//! The files of the pages, compiled in. The server opens no file to answer a request: a path that
//! is not in the table, byte for byte, is not found here.

use std::borrow::Cow;
use std::sync::LazyLock;

use crate::http::head::Head;
use crate::site::asset::{Asset, content_type};

/// The files of `src/web`, each once.
macro_rules! table {
    ($($file:literal)*) => {
        static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| vec![$(
            file($file, include_bytes!(concat!("../web/", $file)))
        ),*]);
    };
}

table! {
    "index.html"
    "app.js"
    "archive.js"
    "changes.js"
    "chat.js"
    "composer.js"
    "dialog.js"
    "display.js"
    "downloads.js"
    "en.js"
    "entry.js"
    "exchange.css"
    "favicon.svg"
    "glass-acts.js"
    "glass-chart.js"
    "glass-demo.js"
    "glass-en.js"
    "glass-film.js"
    "glass-frame.js"
    "glass-frames.js"
    "glass-handshake.js"
    "glass-ladders.js"
    "glass-ledger.js"
    "glass-lens.js"
    "glass-mask.js"
    "glass-messages.js"
    "glass-parts.js"
    "glass-ruler.js"
    "glass-size.js"
    "glass-views.css"
    "glass-zh.js"
    "glass.css"
    "glass.js"
    "guide-en.js"
    "guide-zh.js"
    "guide.css"
    "guide.js"
    "i18n.js"
    "join.js"
    "lab-api.js"
    "lab-builder.js"
    "lab-card.js"
    "lab-draft.js"
    "lab-en-closing.js"
    "lab-en-frames.js"
    "lab-en-handshake.js"
    "lab-en-messages.js"
    "lab-en.js"
    "lab-exchange.js"
    "lab-fields.js"
    "lab-frame.js"
    "lab-handshake.js"
    "lab-hex.js"
    "lab-parts.js"
    "lab-preview.js"
    "lab-result.js"
    "lab-rfc.js"
    "lab-right.js"
    "lab-ruler.js"
    "lab-words.js"
    "lab-zh-closing.js"
    "lab-zh-frames.js"
    "lab-zh-handshake.js"
    "lab-zh-messages.js"
    "lab-zh.js"
    "lab.css"
    "lab.html"
    "lab.js"
    "learn.js"
    "log.css"
    "log.js"
    "menu.js"
    "message.js"
    "order.js"
    "outbox.js"
    "people.js"
    "pin.js"
    "reactions.js"
    "removal.js"
    "room.js"
    "roomlist.js"
    "search.js"
    "session.js"
    "socket.js"
    "status.js"
    "style.css"
    "task-en.js"
    "task-zh.js"
    "task.css"
    "task.html"
    "task.js"
    "zh.js"
}

/// Returns the file that is served under the path of a request.
pub(super) fn page(head: &Head) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.path() == head.path)
}

fn file(name: &'static str, bytes: &'static [u8]) -> Asset {
    Asset::new(
        served_at(name),
        content_type(name),
        None,
        Cow::Borrowed(bytes),
    )
}

/// Returns the path of a file: a page's own name, or `/assets/` and the name of any other file.
fn served_at(file: &str) -> String {
    match file.strip_suffix(".html") {
        Some("index") => "/".into(),
        Some(name) => format!("/{name}"),
        None => format!("/assets/{file}"),
    }
}

#[cfg(test)]
mod tests {
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
    fn every_file_of_the_folder_is_in_the_table_once() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/web");
        let entries = std::fs::read_dir(folder).unwrap();
        let files: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        let served: Vec<_> = files.iter().map(|file| served_at(file)).collect();
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
        assert!(
            policy.starts_with(
                "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data:;"
            )
        );
        assert!(!policy.contains("unsafe") && !policy.contains("  "));
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
            "/assets/",
            "/assets",
            "/assets/index.html",
            "//",
            "/.",
            "/assets/../assets/app.js",
            "/assets/%61pp.js",
            "/assets//app.js",
            "/assets/APP.JS",
            "/assets/app.js/",
            "/assets/app.js%00",
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
}
