//! How much a page loads: what a class waits for when thirty tablets open the page at once.

use super::form;
use super::{IN_THE_ROOM, TEXT, say, url, wait_for_words};
use crate::cdp::{Browser, PATIENCE, Page, View};
use crate::harness::{CLASS_CODE, Server};

/// Most requests until messages can be read and written for the first time, and most bytes on the wire, heads
/// included.
const FIRST_REQUESTS: usize = 40;
const FIRST_BYTES: u64 = 90_000;
/// Most bytes with the rest of the page, which comes then by itself.
const ALL_BYTES: u64 = 125_000;
/// Most requests the next time.
const NEXT_REQUESTS: usize = 3;

/// Remembers when messages could be read and written.
const WATCH: &str = "new MutationObserver(() => {
         const { view, connection } = document.body ? document.body.dataset : {};
         const ready = view === 'chat' && connection === 'connected' && !document.querySelector('#composer-send').disabled;
         if (ready && !window.usableAt) window.usableAt = performance.now();
     }).observe(document, { attributes: true, childList: true, subtree: true });";
/// The addresses that were asked for after that.
const LATER: &str =
    "performance.getEntriesByType('resource').filter(({ startTime }) => startTime > usableAt)
     .map(({ name }) => name).join()";

#[track_caller]
fn join(page: &mut Page, server: &Server) {
    form::open(page, server, "");
    page.type_into("#join-name", "Ada");
    page.type_into("#join-code", CLASS_CODE);
    page.click("#join-submit");
    page.wait_for(IN_THE_ROOM, PATIENCE);
    page.wait_for(
        "!document.querySelector('#composer-send').disabled",
        PATIENCE,
    );
}

/// The requests since the last call, none of which may have failed: their number and bytes.
#[track_caller]
fn loaded(page: &mut Page, what: &str) -> (usize, u64, String) {
    let requests = page.requests();
    summed(&requests, what)
}

/// The number, the bytes and the lines of these requests.
#[track_caller]
fn summed(requests: &[(String, u64, u64)], what: &str) -> (usize, u64, String) {
    let line = |(url, status, bytes): &(String, u64, u64)| format!("{status} {bytes:6} {url}");
    let list: Vec<_> = requests.iter().map(line).collect();
    let list = list.join("\n");
    let bytes = requests.iter().map(|(_, _, bytes)| bytes).sum();
    println!("{what}: {} requests, {bytes} bytes\n{list}", requests.len());
    let fine = |(_, status, _): &(String, u64, u64)| [200, 201, 304].contains(status);
    assert!(requests.iter().all(fine), "{what}:\n{list}");
    (requests.len(), bytes, list)
}

#[test]
fn a_pupil_loads_little_and_the_next_time_next_to_nothing() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut page = browser.page();
    page.watch_requests();
    page.at_every_load(WATCH);
    join(&mut page, &server);
    let all = page.requests();
    let (_, bytes, _) = summed(&all, "the first time, with the rest");
    assert!(bytes <= ALL_BYTES, "{bytes} bytes");
    let later = page.eval(LATER);
    let later = later.as_str().unwrap();
    assert!(later.contains("/page/rest.js"), "{later}");
    let first: Vec<_> = all
        .into_iter()
        .filter(|(url, ..)| !later.split(',').any(|other| other == url))
        .collect();
    let (requests, bytes, list) = summed(&first, "the first time");
    assert!(requests <= FIRST_REQUESTS, "{requests} requests:\n{list}");
    assert!(bytes <= FIRST_BYTES, "{bytes} bytes:\n{list}");
    assert!(
        requests > 5 && bytes > 50_000,
        "not everything was counted:\n{list}"
    );
    assert!(
        list.contains("all-en.js") && !list.contains("all-zh.js"),
        "{list}"
    );

    page.open(&url(&server, "?again"));
    page.wait_for(IN_THE_ROOM, PATIENCE);
    say(&mut page, "here again");
    wait_for_words(&mut page, "here again");
    let (requests, _, list) = loaded(&mut page, "the next time");
    assert!(requests <= NEXT_REQUESTS, "{requests} requests:\n{list}");
    assert_eq!(page.problems(), Vec::<String>::new());
}

#[test]
fn the_other_language_is_loaded_when_it_is_chosen_and_kept() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut page = browser.page();
    page.watch_requests();
    form::open(&mut page, &server, "");
    loaded(&mut page, "the form");
    page.click("#join .language");
    wait_for_words(&mut page, "你的名字");
    let (requests, _, list) = loaded(&mut page, "the other language");
    assert!(requests == 1 && list.contains("all-zh.js"), "{list}");
    page.reload();
    wait_for_words(&mut page, "你的名字");
    page.wait_for(
        "document.querySelector('#join-keep').textContent !== ''",
        PATIENCE,
    );
    let (_, _, list) = loaded(&mut page, "the page again");
    assert!(!list.contains("all-en.js"), "{list}");
    assert_eq!(page.problems(), Vec::<String>::new());
}

#[test]
fn the_form_is_there_before_any_module_and_stays_in_its_place() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    for (language, words) in [("en-US", "Your name"), ("zh-CN", "你的名字")] {
        let mut page = browser.page();
        page.view(&View {
            width: 1280,
            height: 800,
            dark: false,
            language,
        });
        // What is there when the page and its style have been read, which nobody sees without it: modules run later.
        page.at_every_load(
            "const look = () => {
                 const button = document.querySelector('#join-submit');
                 window.atFirst = [document.querySelector('label[for=join-name]').innerText, button.getBoundingClientRect().y];
             };
             document.addEventListener('readystatechange', () => {
                 if (document.readyState !== 'interactive') return;
                 const style = document.querySelector('link[rel=stylesheet]');
                 if (style.sheet) look();
                 else style.addEventListener('load', look);
             });
             window.shift = 0;
             new PerformanceObserver((list) => list.getEntries().forEach((each) => { window.shift += each.value; }))
                 .observe({ type: 'layout-shift', buffered: true });",
        );
        form::open(&mut page, &server, "");
        assert_eq!(page.eval("atFirst[0]"), words);
        let moved = page.eval("Math.abs(document.querySelector('#join-submit').getBoundingClientRect().y - atFirst[1])");
        assert!(moved.as_f64().unwrap() < 1.0, "moved by {moved}");
        let shift = page.eval("shift");
        assert!(shift.as_f64().unwrap() < 0.01, "{shift}");
        let text = page.eval(TEXT);
        assert!(text.as_str().unwrap().contains(words));
        assert_eq!(page.problems(), Vec::<String>::new());
    }
}

#[test]
fn a_part_that_does_not_come_is_said_with_a_button_to_reload() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut page = browser.page();
    join(&mut page, &server);
    let broken = serde_json::json!({"urls": ["*/page/search.js"]});
    page.refuse(&broken);
    page.type_into("#search-text", "anything");
    page.press("Enter");
    wait_for_words(&mut page, "A part of this page could not be loaded");
    wait_for_words(&mut page, "Reload");
}
