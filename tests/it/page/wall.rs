//! The wall: a window of its own, with a connection to which nothing private is sent.

use serde_json::json;

use super::{TEXT, assert_no_problems, join_as_host, url, wait_for_words};
use crate::cdp::{Browser, PATIENCE, Page};
use crate::harness::{CLASS_CODE, Chat, Server, UNPACED};

/// The picture with the address and the code is there.
pub const PICTURE: &str = "document.querySelector('#wall-picture').checkVisibility()
    && document.querySelector('#wall-picture').naturalWidth > 0";

/// Opens the wall of the lobby, in the browser of the person who leads in `page`.
#[track_caller]
pub fn open(browser: &mut Browser, server: &Server, page: &Page) -> Page {
    let mut wall = browser.beside(page);
    // Everything that the server sends here.
    wall.at_every_load(
        "window.got = [];
         const Real = WebSocket;
         window.WebSocket = class extends Real {
             constructor(...parts) {
                 super(...parts);
                 this.addEventListener('message', ({ data }) => window.got.push(data));
             }
         };",
    );
    wall.open(&url(server, "wall#room=lobby"));
    wall.wait_for("document.body.dataset.connection === 'connected'", PATIENCE);
    wall
}

#[test]
fn on_the_wall_stand_the_address_the_code_in_large_letters_and_a_picture_for_phones() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    // The button opens a window for the room; the key does as well.
    host.eval("window.open = (...how) => { window.opened = how; return window; }");
    host.click("#open-wall");
    assert_eq!(host.eval("window.opened[0]"), "/wall#room=lobby");
    let mut bo = Chat::member(&server, "Bo");
    bo.granted(json!({"type": "send", "room": "lobby", "text": "hello **wall**"}));
    bo.granted(json!({"type": "hand", "room": "lobby", "up": true}));

    let mut wall = open(&mut browser, &server, &host);
    let address = url(&server, "");
    let address = address.trim_start_matches("http://").trim_end_matches('/');
    wait_for_words(&mut wall, address);
    wait_for_words(&mut wall, "1 hand up");
    wait_for_words(&mut wall, "2 here");
    wait_for_words(&mut wall, "wall");
    wall.wait_for(PICTURE, PATIENCE);
    let code = "document.querySelector('#wall-code')";
    assert_eq!(wall.eval(&format!("{code}.innerText")), CLASS_CODE);
    let size = wall.eval(&format!("parseFloat(getComputedStyle({code}).fontSize)"));
    assert!(size.as_f64().unwrap() >= 100.0, "{size}");
    // The address alone would make another picture.
    let plain = "fetch('/api/join.svg').then((answer) => answer.text()).then((text) =>
        decodeURIComponent(document.querySelector('#wall-picture').src.split(',')[1]) === text)";
    assert_eq!(wall.eval(plain), false, "the picture has the class code");

    // Other colours and another language take nothing away.
    let source = "document.querySelector('#wall-picture').src";
    let before = wall.eval(source);
    super::choose_of_mine(&mut host, ".theme");
    super::choose_of_mine(&mut host, ".language");
    wait_for_words(&mut wall, "1 人举手");
    wait_for_words(&mut wall, CLASS_CODE);
    assert_eq!(wall.eval(source), before);
    wall.wait_for(PICTURE, PATIENCE);

    // Whoever cannot join is not asked to.
    let mut lin = Chat::person(&server, "Mr Wu", "host");
    lin.granted(json!({"type": "moderate", "action": "door", "open": false}));
    wait_for_words(&mut wall, "现在停止加入。");
    let hidden = format!("!document.body.innerText.includes({CLASS_CODE:?}) && !({PICTURE})");
    wall.wait_for(&hidden, PATIENCE);
    lin.granted(json!({"type": "moderate", "action": "door", "open": true}));
    wall.wait_for(PICTURE, PATIENCE);
    wait_for_words(&mut wall, CLASS_CODE);

    // The wall goes on with the next lesson, and its code, by itself.
    lin.granted(json!({"type": "moderate", "action": "end_lesson", "seconds": 0}));
    wait_for_words(&mut wall, "现在没有上课。");
    wall.wait_for(&hidden, PATIENCE);
    lin.granted(json!({"type": "moderate", "action": "start_lesson"}));
    let welcomes = "window.got.filter((text) => text.includes('\"welcome\"')).length === 2";
    wall.wait_for(welcomes, PATIENCE);
    wait_for_words(&mut wall, CLASS_CODE);
    // Where a script may not close the window, leaving leads back to the chat.
    wall.eval("window.close = () => {}");
    wall.press("Escape");
    wall.wait_for("location.pathname === '/'", PATIENCE);
    assert_no_problems(&mut [("the host", &mut host), ("the wall", &mut wall)]);
}

#[test]
fn a_whisper_is_not_on_the_wall_whatever_the_teacher_has_open() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("[rooms]\nwhisper = \"all\"\n");
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    let mut wall = open(&mut browser, &server, &host);
    let mut bo = Chat::member(&server, "Bo");
    host.click("#glass-open");
    host.wait_for(
        "document.querySelector('#glass').dataset.lens === 'open'",
        PATIENCE,
    );
    bo.granted(json!({"type": "whisper", "to": "hosts", "room": "lobby", "text": "secret before"}));
    host.click("#glass-more");
    host.click("#glass-demo");
    host.wait_for("document.querySelector('#glass-demo-text')", PATIENCE);
    bo.granted(json!({"type": "whisper", "to": "hosts", "room": "lobby", "text": "secret after"}));
    bo.granted(json!({"type": "send", "room": "lobby", "text": "the last word"}));
    wait_for_words(&mut wall, "the last word");
    let shown = wall.eval(TEXT);
    assert!(!shown.as_str().unwrap().contains("secret"), "{shown}");
    assert_eq!(
        wall.eval("window.got.filter((text) => text.includes('secret'))"),
        json!([])
    );
    // Nor are the notices of the teacher's own page.
    assert_eq!(
        wall.eval("document.querySelectorAll('.toast, #dialog').length"),
        0
    );
    assert_no_problems(&mut [("the wall", &mut wall)]);
}

#[test]
fn the_wall_shows_a_poll_and_its_sums_when_they_are_for_all() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start(UNPACED);
    let mut lin = Chat::person(&server, "Lin", "host");
    let mut bo = Chat::member(&server, "Bo");
    let host = join_as_host(&mut browser, &server, "Ms Lin");
    let mut wall = open(&mut browser, &server, &host);
    let asked =
        json!({"type": "poll", "room": "lobby", "question": "Clear?", "choices": ["yes", "no"]});
    let poll = lin.granted(asked)["seq"].clone();
    bo.granted(json!({"type": "vote", "room": "lobby", "poll": poll, "choices": [0]}));
    lin.expect("tally");
    wait_for_words(&mut wall, "Clear?");
    let bars = "document.querySelectorAll('#wall-poll .desk-bar').length";
    // What is left of a message above the others is not shown.
    for n in 0..20 {
        lin.granted(json!({"type": "send", "room": "lobby", "text": format!("line {n}")}));
    }
    wait_for_words(&mut wall, "line 19");
    let slivers = "(() => {
        const list = document.querySelector('#wall-log');
        const top = list.getBoundingClientRect().top + (parseFloat(list.style.clipPath.slice(6)) || 0);
        const tops = [...list.children].map(each => each.getBoundingClientRect()).filter(({ bottom }) => bottom > top);
        return tops.length > 1 && list.children.length > tops.length && tops.every(each => each.top >= top - 1);
    })()";
    wall.wait_for(slivers, PATIENCE);
    assert_eq!(wall.eval(bars), 0);
    assert_eq!(
        wall.eval("window.got.filter((text) => text.includes('tally'))"),
        json!([])
    );
    lin.granted(
        json!({"type": "moderate", "action": "publish_poll", "room": "lobby", "poll": poll}),
    );
    wall.wait_for(&format!("{bars} === 2"), PATIENCE);
    wait_for_words(&mut wall, "1 answer");
    // A pinned message, too.
    let said = lin.granted(json!({"type": "send", "room": "lobby", "text": "page 7"}));
    lin.granted(json!({"type": "moderate", "action": "pin", "room": "lobby", "seq": said["seq"]}));
    wall.wait_for(
        "document.querySelector('#wall-pin').innerText.includes('page 7')",
        PATIENCE,
    );
    assert_no_problems(&mut [("the wall", &mut wall)]);
}

#[test]
fn lists_and_code_look_on_the_wall_as_in_the_log() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut lin = Chat::person(&server, "Lin", "host");
    let host = join_as_host(&mut browser, &server, "Ms Lin");
    let mut wall = open(&mut browser, &server, &host);
    let line = "x = [n * n for n in range(100)]  ".repeat(4);
    let text = format!("First:\n1. key\n2. GUID\n- dot\n```\n{line}\n```");
    lin.granted(json!({"type": "send", "room": "lobby", "text": text}));
    wait_for_words(&mut wall, "GUID");
    let items = "[...document.querySelectorAll('#wall-log .text li')].map(li => [getComputedStyle(li).display, getComputedStyle(li).listStyleType])";
    assert_eq!(
        wall.eval(items),
        json!([
            ["list-item", "decimal"],
            ["list-item", "decimal"],
            ["list-item", "disc"]
        ])
    );
    // Nobody scrolls on the wall: a long line goes on below.
    let code = "(({ scrollWidth, clientWidth, clientHeight }) => [scrollWidth > clientWidth, clientHeight > 60])
        (document.querySelector('#wall-log .block code'))";
    assert_eq!(wall.eval(code), json!([false, true]));
    assert_no_problems(&mut [("the wall", &mut wall)]);
}
