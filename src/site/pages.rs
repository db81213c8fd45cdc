//! The files of the pages, compiled in. The server opens no file to answer a request: a path that
//! is not in the table, byte for byte, is not found here.

use std::borrow::Cow;
use std::sync::LazyLock;

use crate::http::head::Head;
use crate::site::asset::{Asset, content_type};

/// Files of `src/web`, each once.
macro_rules! table {
    ($($file:literal)*) => {
        vec![$(file($file, include_bytes!(concat!("../web/", $file)))),*]
    };
}

/// All files that this build serves.
static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    let mut assets = chat_pages();
    assets.extend(desk());
    assets.extend(teaching_pages());
    assets
});

/// The page of the chat.
fn chat_pages() -> Vec<Asset> {
    table! {
        "base/clean.js"
        "base/dom.js"
        "base/en.js"
        "base/favicon.svg"
        "base/features.js"
        "base/found.js"
        "base/i18n.js"
        "base/session.js"
        "base/socket.js"
        "base/style.css"
        "base/time.js"
        "base/zh.js"
        "chat/archive.js"
        "chat/changes.js"
        "chat/chat.js"
        "chat/entry.js"
        "chat/moderation.js"
        "chat/observer.js"
        "chat/outbox.js"
        "chat/removal.js"
        "chat/room.js"
        "page/app.js"
        "page/composer.js"
        "page/dialog.js"
        "page/display.js"
        "page/downloads.js"
        "page/index.html"
        "page/join.js"
        "page/keys.js"
        "page/log.css"
        "page/log.js"
        "page/menu.js"
        "page/message.js"
        "page/page.css"
        "page/people.js"
        "page/person.js"
        "page/pin.js"
        "page/protocol-view.js"
        "page/reactions.js"
        "page/roomlist.js"
        "page/search.js"
        "page/sentences.js"
        "page/status.js"
        "page/updates.js"
    }
}

/// The desk: what runs a class, a model, a view and words for each feature.
fn desk() -> Vec<Asset> {
    table! {
        "chat/approvals.js"
        "chat/class.js"
        "chat/feature.js"
        "chat/hands.js"
        "chat/polls.js"
        "chat/private.js"
        "page/approvals.js"
        "page/cards.js"
        "page/class.js"
        "page/desk.css"
        "page/desk.js"
        "page/hand-form.js"
        "page/hands.js"
        "page/polls.js"
        "page/private.js"
        "page/words/en-approvals.js"
        "page/words/en-class.js"
        "page/words/en-hands.js"
        "page/words/en-polls.js"
        "page/words/en-private.js"
        "page/words/words.js"
        "page/words/zh-approvals.js"
        "page/words/zh-class.js"
        "page/words/zh-hands.js"
        "page/words/zh-polls.js"
        "page/words/zh-private.js"
    }
}

/// The protocol view, the guide, the lab and the tasks.
#[cfg(feature = "full")]
fn teaching_pages() -> Vec<Asset> {
    table! {
        "glass/acts.js"
        "glass/answer.js"
        "glass/attempts.js"
        "glass/bits.css"
        "glass/byteline.js"
        "glass/calls.js"
        "glass/capture.js"
        "glass/chart.js"
        "glass/demo.js"
        "glass/en-bits.js"
        "glass/en-capture.js"
        "glass/en.js"
        "glass/fields.js"
        "glass/frame.js"
        "glass/frames.js"
        "glass/glass.css"
        "glass/glass.js"
        "glass/handshake.js"
        "glass/ladders.js"
        "glass/ledger.js"
        "glass/lens.js"
        "glass/link.js"
        "glass/mask.js"
        "glass/messages.js"
        "glass/parts.js"
        "glass/pcapng.js"
        "glass/recording.js"
        "glass/ruler.js"
        "glass/saving.js"
        "glass/size.js"
        "glass/typed.js"
        "glass/views.css"
        "glass/words.js"
        "glass/zh-bits.js"
        "glass/zh-capture.js"
        "glass/zh.js"
        "guide/en.js"
        "guide/guide.css"
        "guide/guide.js"
        "guide/zh.js"
        "lab/api.js"
        "lab/authority.js"
        "lab/builder.js"
        "lab/card.js"
        "lab/draft.js"
        "lab/exchange.css"
        "lab/exchange.js"
        "lab/fields.js"
        "lab/frame.js"
        "lab/handshake.js"
        "lab/hex.js"
        "lab/lab.css"
        "lab/lab.html"
        "lab/lab.js"
        "lab/meet-run.js"
        "lab/meet.css"
        "lab/meet.js"
        "lab/parts.js"
        "lab/preview.js"
        "lab/result.js"
        "lab/rfc.js"
        "lab/right.js"
        "lab/ruler.js"
        "lab/words/en-closing.js"
        "lab/words/en-frames.js"
        "lab/words/en-handshake.js"
        "lab/words/en-meet.js"
        "lab/words/en-messages.js"
        "lab/words/en-rulings.js"
        "lab/words/en.js"
        "lab/words/words.js"
        "lab/words/zh-closing.js"
        "lab/words/zh-frames.js"
        "lab/words/zh-handshake.js"
        "lab/words/zh-meet.js"
        "lab/words/zh-messages.js"
        "lab/words/zh-rulings.js"
        "lab/words/zh.js"
        "learn/backpressure.js"
        "learn/compression.js"
        "learn/en.js"
        "learn/large.js"
        "learn/learn.css"
        "learn/learn.js"
        "learn/lines.js"
        "learn/live.js"
        "learn/peers.js"
        "learn/resume.js"
        "learn/rights.js"
        "learn/rooms.js"
        "learn/secure.js"
        "learn/signalling.js"
        "learn/slow-reader.js"
        "learn/ways.js"
        "learn/zh.js"
        "task/en.js"
        "task/task.css"
        "task/task.html"
        "task/task.js"
        "task/zh.js"
    }
}

/// The minimal build has none of them.
#[cfg(not(feature = "full"))]
fn teaching_pages() -> Vec<Asset> {
    Vec::new()
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

/// Returns the path of a file: a page's own name without its folder, or `/assets/` and the path of
/// any other file.
fn served_at(file: &str) -> String {
    let name = file.rsplit('/').next().unwrap_or_default();
    match name.strip_suffix(".html") {
        Some("index") => "/".into(),
        Some(page) => format!("/{page}"),
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
        assert!(
            policy.starts_with("default-src 'self'; connect-src 'self' ws://a wss://a; img-src")
        );
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
}
