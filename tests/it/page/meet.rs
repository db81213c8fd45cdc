//! "Meet a broken server" in a real browser: what Chromium does, and that the page tells it from both
//! sides. The hooks are those listed at the top of `src/web/lab/lab.html`.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::{TEXT, assert_accessible, url};
use crate::broken::ENDPOINTS;
use crate::cdp::{Browser, PATIENCE, Page, View};
use crate::harness::Server;
use crate::harness::tools::{self, INSTALL, need};

/// Opens the overview or one endpoint. Nobody has to join for it.
#[track_caller]
fn open(page: &mut Page, server: &Server, name: &str) {
    page.open("about:blank");
    page.open(&url(server, &format!("lab#meet{name}")));
    page.wait_for("document.querySelector('.meet[data-ready]')", PATIENCE);
}

/// Visits the open endpoint, and waits for the result.
#[track_caller]
fn visit(page: &mut Page) {
    page.click(".meet button.run");
    page.wait_for("document.querySelector('.meet .result')", PATIENCE);
}

#[track_caller]
fn text(page: &mut Page, selector: &str) -> String {
    let node = format!("document.querySelector({selector:?})");
    let text = page.eval(&TEXT.replace("document.body", &node));
    text.as_str().expect(selector).to_owned()
}

/// Chromium says on the console why it fails a connection, which is what the page recommends to read.
/// Everything else is a problem.
#[track_caller]
fn assert_only_failed_sockets(page: &mut Page) {
    let mut problems = page.problems();
    problems.retain(|problem| !(problem.contains("WebSocket") && problem.contains("/broken/")));
    assert_eq!(problems, [""; 0]);
}

fn screenshots() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/screenshots");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// What Chromium does: the endpoint, its reaction on the wire, and the close code that the page is told.
///
/// Two of these are worth a look: it takes 999 for a code like any other, and where data follows a Close
/// it has answered that Close with 1000, but tells the page 1006.
const CHROMIUM: [(&str, &str, &str); 28] = [
    ("accept-wrong", "ended_tcp", "1006"),
    ("accept-case", "ended_tcp", "1006"),
    ("no-accept", "ended_tcp", "1006"),
    ("no-upgrade", "ended_tcp", "1006"),
    ("no-connection", "ended_tcp", "1006"),
    ("protocol-unrequested", "ended_tcp", "1006"),
    ("extension-unrequested", "ended_tcp", "1006"),
    ("masked-frame", "closed 1002", "1006"),
    ("reserved-bit", "closed 1002", "1006"),
    ("reserved-opcode", "closed 1002", "1006"),
    ("length-not-minimal", "closed 1002", "1006"),
    ("length-top-bit", "closed 1002", "1006"),
    ("ping-126", "closed 1002", "1006"),
    ("ping-fragmented", "closed 1002", "1006"),
    ("continuation-first", "closed 1002", "1006"),
    ("interleaved", "closed 1002", "1006"),
    ("text-not-utf8", "closed 1002", "1006"),
    ("text-not-utf8-split", "closed 1002", "1006"),
    ("close-1005", "closed 1002", "1006"),
    ("close-1006", "closed 1002", "1006"),
    ("close-999", "closed 999", "999"),
    ("close-one-byte", "closed 1002", "1006"),
    ("close-reason-not-utf8", "closed 1002", "1006"),
    ("close-unanswered", "nothing", "1006"),
    ("data-after-close", "closed 1000", "1006"),
    ("right", "answered", "1000"),
    ("ping", "answered", "1000"),
    ("split-letter", "answered", "1000"),
];

#[test]
fn chromium_meets_every_broken_server() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut page = browser.page();
    open(&mut page, &server, "");
    page.click(".meet button.primary");
    let done = "document.querySelectorAll('.meet-list li[data-verdict]').length === 28";
    page.wait_for(done, PATIENCE);
    assert_eq!(ENDPOINTS.map(|(name, ..)| name), CHROMIUM.map(|row| row.0));
    let rows = page.eval(
        "Object.fromEntries([...document.querySelectorAll('.meet-list li')].map(({dataset}) =>
             [dataset.name, [dataset.did, dataset.code, dataset.verdict]]))",
    );
    page.eval("document.querySelector('.meet-list').scrollIntoView()");
    page.screenshot(&screenshots().join("meet-all.png"));
    for (name, did, code) in CHROMIUM {
        assert_eq!(
            (&rows[name][0], &rows[name][1]),
            (&json!(did), &json!(code)),
            "{name}"
        );
        let verdict = rows[name][2].as_str().unwrap();
        assert!(
            matches!(verdict, "demanded" | "permitted"),
            "{name}: {verdict}"
        );
    }
    assert_only_failed_sockets(&mut page);
}

#[test]
fn a_masked_frame_is_told_from_both_sides() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut page = browser.page();
    open(&mut page, &server, "/masked-frame");
    let rules = text(&mut page, ".meet-rules");
    let sentence = "A client MUST close a connection if it detects a masked frame.";
    assert!(rules.contains(sentence), "{rules}");
    visit(&mut page);
    let verdict = text(&mut page, ".meet-verdict");
    assert!(verdict.contains("as the RFC demands"), "{verdict}");
    assert!(verdict.contains("sent a Close with 1002"), "{verdict}");
    // The page: opened, one message, and an end that says nothing.
    let events =
        "[...document.querySelectorAll('.meet-page li code')].map(code => code.textContent)";
    assert_eq!(
        page.eval(events),
        json!(["onopen", "onmessage", "onerror", "onclose"])
    );
    let told = text(&mut page, ".meet-page");
    assert!(
        told.contains("1006") && told.contains("wasClean false"),
        "{told}"
    );
    // The wire: handshake, greeting, masked frame, the Close of the browser, ours, both ends of TCP.
    let frames = "[...document.querySelectorAll('.exchange > li')].map(li => li.className)";
    let frames = page.eval(frames).to_string();
    assert!(frames.contains("step step-server step-broken"), "{frames}");
    assert!(frames.contains("step step-client\""), "{frames}");
    // The other language keeps the result.
    page.click(".switches .language");
    page.wait_for(
        "document.querySelector('.meet[data-ready] .result')",
        PATIENCE,
    );
    let verdict = text(&mut page, ".meet-verdict");
    assert!(verdict.contains("符合 RFC 的要求"), "{verdict}");
    assert_only_failed_sockets(&mut page);
}

#[test]
fn an_open_connection_is_not_opened_for_the_page_when_the_accept_value_is_wrong() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut page = browser.page();
    open(&mut page, &server, "/accept-wrong");
    // With the keyboard.
    page.eval("document.querySelector('.meet button.run').focus()");
    page.press("Enter");
    page.wait_for("document.querySelector('.meet .result')", PATIENCE);
    let events =
        "[...document.querySelectorAll('.meet-page li code')].map(code => code.textContent)";
    assert_eq!(page.eval(events), json!(["onerror", "onclose"]));
    page.click(".step-handshake summary");
    let wire = text(&mut page, ".step-handshake");
    assert!(wire.contains("Sec-WebSocket-Accept"), "{wire}");
    assert_only_failed_sockets(&mut page);
}

#[test]
fn the_section_scrolls_sideways_nowhere_and_axe_finds_nothing_serious() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let axe = need(tools::axe(), "axe-core", INSTALL);
    let server = Server::start("");
    let mut page = browser.page();
    for (width, dark, language) in [
        (360, false, "en-US"),
        (360, true, "zh-CN"),
        (1440, true, "en-US"),
        (1440, false, "zh-CN"),
    ] {
        page.view(&View {
            width,
            height: 900,
            dark,
            language,
        });
        for name in ["", "/text-not-utf8"] {
            open(&mut page, &server, name);
            if !name.is_empty() {
                visit(&mut page);
            }
            let wide = page.eval("document.documentElement.scrollWidth > innerWidth");
            assert_eq!(wide, false, "{name} at {width}");
            let small = page.eval(
                "[...document.querySelectorAll('.meet button, .meet-list a')]
                     .filter(node => node.getBoundingClientRect().height < 44).length",
            );
            assert_eq!(small, 0, "{name} at {width}");
            if let Some(axe) = &axe {
                assert_accessible(&mut page, axe, &format!("meet{name} at {width}"));
            }
            let file = format!("meet{}-{width}-{language}.png", name.replace('/', "-"));
            page.screenshot(&screenshots().join(file));
        }
    }
    assert_only_failed_sockets(&mut page);
}
