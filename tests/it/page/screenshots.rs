//! Saves screenshots in `target/screenshots`. Look at them after a change of the page.

use std::path::Path;

use serde_json::json;

use super::glass::{act, open, tab};
use super::{IN_THE_ROOM, assert_no_problems, join, join_as_host, say, wait_for_entry};
use crate::cdp::{Browser, PATIENCE, Page, View};
use crate::harness::tools::{self, INSTALL, need};
use crate::harness::{CLASS_CODE, Chat, Server};

#[test]
fn no_size_scheme_or_language_scrolls_sideways_and_each_has_its_screenshots() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    for (width, height) in [(360, 740), (768, 1024), (1440, 900)] {
        for dark in [false, true] {
            for language in ["en-US", "zh-CN"] {
                look(
                    &mut browser,
                    &View {
                        width,
                        height,
                        dark,
                        language,
                    },
                );
            }
        }
    }
}

/// Each view gets a lesson of its own, so that all of them show the same.
#[track_caller]
fn look(browser: &mut Browser, view: &View) {
    let server = Server::start("");
    let mut wu = Chat::person(&server, "Mr Wu", "host");
    let mut bo = Chat::member(&server, "小波");
    for (n, text) in CONVERSATION.iter().enumerate() {
        let speaker = if n % 3 == 0 { &mut wu } else { &mut bo };
        speaker.say("lobby", text, &n.to_string());
        speaker.expect("ack");
    }
    student(browser, &server, view);
    teacher(browser, &server, view, &bo.id);
}

/// The join form, the room, and on a narrow page the drawer with the people.
#[track_caller]
fn student(browser: &mut Browser, server: &Server, view: &View) {
    let mut page = browser.page();
    page.view(view);
    super::form::open(&mut page, server, "");
    page.type_into("#join-name", "Ada");
    shoot(&mut page, view, "join");
    page.type_into("#join-code", CLASS_CODE);
    page.click("#join-submit");
    page.wait_for(IN_THE_ROOM, PATIENCE);
    wait_for_entry(&mut page, "", CONVERSATION[CONVERSATION.len() - 1]);
    say(&mut page, "I am here. 我到了。");
    wait_for_entry(&mut page, ".own[data-state=saved]", "I am here. 我到了。");
    shoot(&mut page, view, "room");
    if open_people(&mut page) {
        shoot(&mut page, view, "people");
    }
    assert_no_problems(&mut [("Ada", &mut page)]);
}

/// A dialog on the page of a moderator.
#[track_caller]
fn teacher(browser: &mut Browser, server: &Server, view: &View, student: &str) {
    let mut page = join_as_host(browser, server, "Ms Lin");
    page.view(view);
    page.reload();
    page.wait_for(IN_THE_ROOM, PATIENCE);
    open_people(&mut page);
    // Ada has left by then, so the list no longer changes.
    page.wait_for(
        "document.querySelectorAll('#people li').length === 3",
        PATIENCE,
    );
    page.click(&format!("#people li[data-user={student:?}] > button"));
    page.click("#dialog [data-action=mute]");
    page.type_into("#dialog-reason", "让别人也说 · let others finish");
    shoot(&mut page, view, "order");
    page.click("#dialog-cancel");
    let mut wall = super::wall::open(browser, server, &page);
    wall.view(view);
    wall.reload();
    wall.wait_for(super::wall::PICTURE, PATIENCE);
    shoot(&mut wall, view, "wall");
    assert_no_problems(&mut [("Ms Lin", &mut page)]);
}

/// Opens the drawer with the people, if there is one; says whether there is.
#[track_caller]
fn open_people(page: &mut Page) -> bool {
    let drawer = page.eval("document.querySelector('#open-people').checkVisibility()") == true;
    if drawer {
        page.click("#open-people");
        page.wait_for("document.body.classList.contains('show-people')", PATIENCE);
    }
    drawer
}

#[test]
fn the_protocol_view_is_accessible_fits_and_has_its_screenshots() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let axe = need(tools::axe(), "axe-core", INSTALL);
    let server = Server::start("");
    let _bo = Chat::member(&server, "小波");
    for (width, height) in [(360, 740), (768, 1024), (1440, 900)] {
        for (dark, language) in [(false, "en-US"), (true, "zh-CN")] {
            let view = View {
                width,
                height,
                dark,
                language,
            };
            let mut ada = join(&mut browser, &server, "Ada");
            ada.view(&view);
            ada.reload();
            ada.wait_for(IN_THE_ROOM, PATIENCE);
            open(&mut ada);
            say(&mut ada, "Can you see me? 看得见我吗？");
            ada.wait_for(
                "document.querySelector('.frame-row[aria-selected=true]').textContent.includes('Can you see me')",
                PATIENCE,
            );
            act(&mut ada, "ping");
            ada.wait_for(
                "document.querySelector('#glass-view .ladder .rtt')",
                PATIENCE,
            );
            for name in [
                "frames",
                "messages",
                "handshake",
                "ladders",
                "token",
                "fan",
                "ledger",
                "chart",
            ] {
                tab(&mut ada, name);
                ada.wait_for("!document.querySelector('#glass-view .none')", PATIENCE);
                shoot(&mut ada, &view, &format!("glass-{name}"));
                if name == "frames" {
                    assert_legible(&mut ada);
                }
                if let Some(axe) = axe.as_deref().filter(|_| width == 1440) {
                    super::around::assert_faultless(&mut ada, axe, name);
                }
            }
            assert_no_problems(&mut [("Ada", &mut ada)]);
        }
    }
}

/// `docs/room.png`: copied from `target/screenshots` when the page looks different.
#[test]
fn the_picture_of_the_readme_shows_the_chat_beside_its_bits() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut lin = Chat::person(&server, "Ms Lin", "host");
    let mut bo = Chat::member(&server, "小波");
    for (n, text) in LESSON.iter().enumerate() {
        let speaker = if n % 2 == 0 { &mut lin } else { &mut bo };
        speaker.say("lobby", text, &n.to_string());
        speaker.expect("ack");
    }
    let view = View {
        width: 1440,
        height: 900,
        dark: false,
        language: "en-US",
    };
    let mut ada = join(&mut browser, &server, "Ada");
    ada.view(&view);
    ada.reload();
    ada.wait_for(IN_THE_ROOM, PATIENCE);
    open(&mut ada);
    say(&mut ada, "Hello");
    ada.wait_for(
        "document.querySelector('.frame-row[aria-selected=true]').textContent.includes('Hello')",
        PATIENCE,
    );
    ada.wait_for("document.querySelector('.own[data-state=saved]')", PATIENCE);
    shoot(&mut ada, &view, "readme");
    assert_no_problems(&mut [("Ada", &mut ada)]);
}

const LESSON: [&str; 4] = [
    "Good morning. Say hello, and look at the bits of your own message. 早上好！",
    "Why are my frames masked, and those of the server are not?",
    "So that no page can make a browser send bytes of its choice through an old proxy.",
    "And the key is right there in the frame?",
];

/// The labels of the ruler are at least 12 px high, none is cut off, and the panel keeps its width.
#[track_caller]
fn assert_legible(page: &mut Page) {
    let wrong = page.eval(
        "(() => {
            const all = (which) => [...document.querySelectorAll('#glass .ruler ' + which)];
            const small = all('span, i').filter((each) => parseFloat(getComputedStyle(each).fontSize) < 12);
            const cut = all('.bit-field').filter((each) => (
                each.scrollHeight > each.clientHeight + 1 || each.scrollWidth > each.clientWidth + 1));
            const panel = document.querySelector('#glass');
            const wide = panel.scrollWidth > panel.clientWidth ? [panel] : [];
            return small.concat(cut, wide).map((each) => each.className + ': ' + each.textContent.slice(0, 40));
        })()",
    );
    assert_eq!(wrong, json!([]));
}

const CONVERSATION: [&str; 6] = [
    "Good morning. Today: how a WebSocket begins. 早上好，今天讲 WebSocket 的开始。",
    "What does `Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=` prove?",
    "看这里：https://www.rfc-editor.org/rfc/rfc6455#section-1.3-a-rather-long-address-that-has-to-break",
    "That the other end really speaks WebSocket, and is no web server that says yes to all.\nSo:\n1. key\n2. GUID\n3. SHA-1",
    "👩‍🏫👍🏽 مرحبا بالجميع",
    "Pneumonoultramicroscopicsilicovolcanoconiosispneumonoultramicroscopicsilicovolcanoconiosis",
];

#[track_caller]
pub(super) fn shoot(page: &mut Page, view: &View, what: &str) {
    let scheme = if view.dark { "dark" } else { "light" };
    let language = &view.language[..2];
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let name = format!("screenshots/{what}-{}-{scheme}-{language}.png", view.width);
    page.screenshot(&target.join(&name));
    let said = page.eval("document.documentElement.lang");
    assert!(
        said.as_str().unwrap().starts_with(language),
        "{name}: {said}"
    );
    let wide = page.eval("document.documentElement.scrollWidth").as_u64();
    assert!(
        wide.unwrap() <= view.width.into(),
        "{name}: scrolls to {wide:?}"
    );
}
