//! What axe finds on the tabs of the desk, in dialogs and in drawers, minor findings included.

use serde_json::json;

use super::{
    IN_THE_ROOM, assert_accessible, assert_no_problems, join, join_as_host, url, wait_for_words,
};
use crate::cdp::{Browser, PATIENCE, Page, View};
use crate::harness::tools::{self, INSTALL, need};
use crate::harness::{Chat, Server};

/// All findings but one: the log is a list with `role="log"`, which screen readers read as both.
const FINDINGS: &str = "axe.run().then(result => result.violations
    .map(each => [each.id, each.nodes.filter(node => !(each.id === 'aria-allowed-role' && /^#log\\b/.test(node.target[0])
        || each.id === 'aria-allowed-role' && document.querySelector('#log').contains(document.querySelector(node.target[0]))))])
    .filter(([, nodes]) => nodes.length)
    .map(([id, nodes]) => id + ': ' + nodes.map(node => node.html).join(' | ')))";

#[track_caller]
fn assert_clean(page: &mut Page, place: &str) {
    assert_eq!(page.eval(FINDINGS), json!([]), "{place}");
}

/// Opens the dialog behind a button, and closes it again.
#[track_caller]
fn dialog(page: &mut Page, opener: &str, place: &str) {
    page.click(opener);
    page.wait_for("document.querySelector('#dialog .box')", PATIENCE);
    assert_clean(page, &format!("{place}, {opener}"));
    page.press("Escape");
    page.wait_for("document.querySelector('#dialog').hidden", PATIENCE);
}

/// Hands, a poll, a message that waits, a private one, a mute.
fn fill(server: &Server) -> Vec<Chat> {
    let mut wu = Chat::person(server, "Mr Wu", "host");
    let mut bo = Chat::member(server, "Bo");
    let mut cy = Chat::member(server, "Cy");
    bo.granted(
        json!({"type": "hand", "room": "lobby", "up": true, "question": "Why?", "anonymous": true}),
    );
    cy.granted(json!({"type": "hand", "room": "lobby", "up": true}));
    let poll =
        json!({"type": "poll", "room": "lobby", "question": "Ready?", "choices": ["yes", "no"]});
    wu.granted(poll);
    wu.granted(json!({"type": "moderate", "action": "approve", "room": "lobby", "on": true}));
    cy.granted(json!({"type": "send", "room": "lobby", "text": "May I?"}));
    cy.granted(json!({"type": "whisper", "to": "hosts", "room": "lobby", "text": "I am lost"}));
    wu.granted(json!({"type": "moderate", "action": "mute", "user": bo.id, "reason": "noise"}));
    vec![wu, bo, cy]
}

#[test]
fn axe_finds_nothing_on_the_desk_in_dialogs_and_in_drawers() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let Some(axe) = need(tools::axe(), "axe-core", INSTALL) else {
        return;
    };
    let server = Server::start("");
    let _here = fill(&server);
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    let mut ada = join(&mut browser, &server, "Ada");
    for (width, dark, language) in [
        (360, false, "zh-CN"),
        (360, true, "en-US"),
        (1366, false, "en-US"),
        (1366, true, "zh-CN"),
    ] {
        let view = View {
            width,
            height: 740,
            dark,
            language,
        };
        for page in [&mut host, &mut ada] {
            page.view(&view);
            page.reload();
            page.wait_for(IN_THE_ROOM, PATIENCE);
            page.eval(&axe);
        }
        desk(&mut host, width, &format!("{width} {language}"));
        pupil(&mut ada, width, &format!("a pupil, {width} {language}"));
    }
    assert_no_problems(&mut [("the host", &mut host), ("Ada", &mut ada)]);
}

fn desk(host: &mut Page, width: u32, place: &str) {
    if width == 360 {
        host.click("#open-people");
    }
    for tab in ["hands", "polls", "approvals", "private", "class", "people"] {
        host.click(&format!("#desk-tab-{tab}"));
        host.eval(
            "document.querySelectorAll('.desk-section').forEach((each) => { each.open = true; })",
        );
        assert_clean(host, &format!("{tab}, {place}"));
    }
    dialog(host, "#people-hands [data-user] > button", place);
    for action in ["mute", "kick", "ban"] {
        host.click("#people-hands [data-user] > button");
        dialog(host, &format!("#dialog [data-action={action}]"), place);
    }
    host.click("#desk-tab-hands");
    dialog(host, "#hands-lower-all", place);
    dialog(host, "#desk-hands [data-act=mute]", place);
    host.click("#desk-tab-class");
    dialog(host, "#tool-save", place);
    dialog(host, "#tool-end", place);
}

fn pupil(ada: &mut Page, width: u32, place: &str) {
    assert_clean(ada, place);
    if width == 360 {
        for side in ["rooms", "people"] {
            ada.click(&format!("#open-{side}"));
            assert_clean(ada, &format!("{side}, {place}"));
            ada.press("Escape");
        }
    }
    ada.click("#hand-button");
    assert_clean(ada, &format!("the hand, {place}"));
    ada.click("#hand-close");
    ada.click("#me-open");
    dialog(ada, "#leave", place);
}

#[test]
fn axe_finds_nothing_serious_on_the_page() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let Some(axe) = need(tools::axe(), "axe-core", INSTALL) else {
        return;
    };
    let server = Server::start("");
    let mut bo = Chat::member(&server, "Bo");
    bo.say("lobby", "hello `code` https://example.org/ 你好", "1");
    bo.expect("ack");
    for dark in [false, true] {
        let mut page = browser.page();
        page.view(&View {
            width: 1440,
            height: 900,
            dark,
            language: "en-US",
        });
        page.open(&url(&server, ""));
        page.wait_for("document.body.dataset.view === 'join'", PATIENCE);
        assert_accessible(&mut page, &axe, "the join form");
        let mut page = join_as_host(&mut browser, &server, "Ms Lin");
        page.view(&View {
            width: 1440,
            height: 900,
            dark,
            language: "en-US",
        });
        wait_for_words(&mut page, "hello");
        assert_accessible(&mut page, &axe, "the room");
    }
}
