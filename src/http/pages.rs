//! The page's files, compiled in. Nothing is ever opened: a path is one of
//! those in the table, byte for byte, or it is not found.
//!
//! Obeys RFC 9110 §8.8.3 (ETag), §13.1.2 (If-None-Match) and §15.4.5 (304).

use std::borrow::Cow;
use std::hash::{DefaultHasher, Hasher};
use std::sync::LazyLock;

use crate::http::head::Head;
use crate::http::refusal::Refusal;
use crate::http::response::Response;

/// The files of `src/web`, each once: pages under their names, the rest under `/assets/`.
macro_rules! table {
    ($($file:literal)*) => {
        static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| vec![$(
            Asset::new(
                match $file {
                    "index.html" => "/",
                    "task.html" => "/task",
                    _ => concat!("/assets/", $file),
                },
                include_bytes!(concat!("../web/", $file)),
            )
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
    "i18n.js"
    "join.js"
    "log.css"
    "log.js"
    "menu.js"
    "message.js"
    "order.js"
    "outbox.js"
    "people.js"
    "pin.js"
    "reactions.js"
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

/// What the page may do: load from here, talk to here, nothing inline. `ws:` is named
/// because older Safari does not count it as `'self'`; `data:` is for the QR code.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; connect-src 'self' ws: wss:; \
     img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A file of the page.
#[derive(Debug)]
pub struct Asset {
    path: &'static str,
    content_type: &'static str,
    bytes: &'static [u8],
    /// Quoted, strong: it changes whenever a byte does.
    etag: String,
}

/// The file served under exactly this path.
pub fn page(path: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.path == path)
}

impl Asset {
    fn new(path: &'static str, bytes: &'static [u8]) -> Asset {
        // Any hash will do that tells two builds apart.
        let mut hasher = DefaultHasher::new();
        hasher.write(bytes);
        Asset {
            path,
            content_type: content_type(path),
            bytes,
            etag: format!("\"{:016x}\"", hasher.finish()),
        }
    }

    /// The answer to a GET or HEAD: the file, or 304 if the client has it.
    pub fn response(&self, head: &Head) -> Result<Response, Refusal> {
        if !matches!(head.method.as_str(), "GET" | "HEAD") {
            return Err(Refusal::method_not_allowed("GET, HEAD"));
        }
        // RFC 9110 §13.1.2: "A recipient MUST use the weak comparison function
        // when comparing entity tags for If-None-Match".
        let known = |tag: &str| tag == "*" || tag.trim_start_matches("W/") == self.etag;
        let fresh = head.list("if-none-match").any(known);
        Ok(Response {
            status: if fresh { 304 } else { 200 },
            headers: vec![
                ("Content-Type", Cow::Borrowed(self.content_type)),
                ("ETag", Cow::Owned(self.etag.clone())),
                // Keep it, but ask each time: after an upgrade nobody runs the old page.
                ("Cache-Control", Cow::Borrowed("no-cache")),
                (
                    "Content-Security-Policy",
                    Cow::Borrowed(CONTENT_SECURITY_POLICY),
                ),
                ("Referrer-Policy", Cow::Borrowed("no-referrer")),
            ],
            body: Cow::Borrowed(if fresh { &[] } else { self.bytes }),
        })
    }
}

/// By the path's end; `nosniff` makes browsers believe it.
fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("/" | "/task") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(method: &str, path: &str, lines: &str) -> Option<Result<Response, Refusal>> {
        let text = format!("{method} {path} HTTP/1.1\r\nHost: a\r\n{lines}\r\n");
        let (head, _) = Head::parse(text.as_bytes()).unwrap().unwrap();
        page(&head.path).map(|asset| asset.response(&head))
    }

    fn header<'a>(response: &'a Response, name: &str) -> &'a str {
        let line = response.headers.iter().find(|(n, _)| *n == name);
        line.map(|(_, value)| value.as_ref()).unwrap_or_default()
    }

    #[test]
    fn every_file_of_the_folder_is_in_the_table_once() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/web");
        let entries = std::fs::read_dir(folder).unwrap();
        let mut files: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        files.sort();
        let name = |asset: &Asset| asset.path.replace("/assets/", "");
        let mut listed: Vec<_> = ASSETS.iter().map(name).collect();
        listed.retain(|name| !["/", "/task"].contains(&name.as_str()));
        listed.extend(["index.html".into(), "task.html".into()]);
        listed.sort();
        assert_eq!(
            files, listed,
            "src/web on the left, the table in pages.rs on the right"
        );
        for asset in ASSETS.iter() {
            let known = asset.content_type != "application/octet-stream";
            assert!(known, "{}: its type is missing in content_type", asset.path);
        }
    }

    #[test]
    fn a_page_comes_with_its_guards() {
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
    fn what_the_client_has_is_not_sent_again() {
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
    fn no_other_path_reads_anything() {
        for path in [
            "/index.html",
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
