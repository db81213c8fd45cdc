//! One person in two tabs: what happens in one must not surprise the other.

use serde_json::json;

use super::form::go_on;
use super::polls::{choice, pressed};
use super::{IN_THE_ROOM, join, say, url, wait_for_entry, wait_for_words};
use crate::cdp::{Browser, PATIENCE, Page};
use crate::harness::{Chat, Server, UNPACED, now};

/// A second tab of somebody who has joined already.
#[track_caller]
pub(super) fn second(browser: &mut Browser, server: &Server, first: &Page) -> Page {
    let mut page = browser.beside(first);
    page.open(&url(server, ""));
    go_on(&mut page);
    page.wait_for(IN_THE_ROOM, PATIENCE);
    page
}

#[test]
fn who_leaves_in_one_tab_leaves_in_all() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut first = join(&mut browser, &server, "Ada");
    let mut other = second(&mut browser, &server, &first);
    other.type_into("#composer-text", "a draft");
    super::choose_of_mine(&mut first, "#leave");
    first.click("#dialog-ok");
    for page in [&mut first, &mut other] {
        page.wait_for("document.body.dataset.view === 'join'", PATIENCE);
        wait_for_words(page, "You have left.");
        let kept = page.eval("Object.keys(localStorage).concat(Object.keys(sessionStorage))");
        assert_eq!(kept, json!(["glassroom.device"]));
    }
    // Events that arrive late must not affect the next person at this computer.
    first.type_into("#join-name", "Bo");
    first.type_into("#join-code", crate::harness::CLASS_CODE);
    first.click("#join-submit");
    first.wait_for(IN_THE_ROOM, PATIENCE);
    first.reload();
    first.wait_for(IN_THE_ROOM, PATIENCE);
}

/// A card in another tab that asks again would be answered again, or say an answer that was changed.
#[test]
fn what_was_answered_in_one_tab_is_answered_in_all() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start(UNPACED);
    let mut first = join(&mut browser, &server, "Ada");
    let mut other = second(&mut browser, &server, &first);
    let mut host = Chat::person(&server, "Ms Lin", "host");
    host.granted(
        json!({"type": "poll", "room": "lobby", "question": "Ready?", "choices": ["yes", "no"]}),
    );
    for (page, n) in [(&mut first, 0), (&mut other, 1)] {
        page.wait_for(
            &format!("document.querySelector('{}')", choice(n)),
            PATIENCE,
        );
        page.click(&choice(n));
    }
    for page in [&mut first, &mut other] {
        let marked = pressed();
        page.wait_for(&format!("JSON.stringify({marked}) === '[1]'"), PATIENCE);
    }
}

#[test]
fn an_end_that_concerns_all_tabs_is_explained_in_each_and_drafts_stay() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut first = browser.page();
    first.open(&url(&server, ""));
    let token = server.token_with("Ada", "member", json!({"exp": now() + 12}));
    first.eval(&format!(
        "localStorage.setItem('glassroom.token', {token:?})"
    ));
    first.reload();
    go_on(&mut first);
    first.wait_for(IN_THE_ROOM, PATIENCE);
    let mut other = second(&mut browser, &server, &first);
    other.type_into("#composer-text", "a draft");
    for page in [&mut first, &mut other] {
        page.wait_for("document.body.dataset.view === 'join'", PATIENCE);
        wait_for_words(page, "Your session has expired. Join again.");
    }
    let draft = "sessionStorage.getItem('glassroom.draft.lobby')";
    assert_eq!(other.eval(draft), "a draft");
}

#[test]
fn what_one_tab_has_not_sent_survives_what_the_other_one_sends() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut first = join(&mut browser, &server, "Ada");
    let mut other = second(&mut browser, &server, &first);
    // The server refuses a message with an unknown field.
    first.eval(
        "window.send = WebSocket.prototype.send;
         WebSocket.prototype.send = function (text) { window.send.call(this, text.replace('\"text\"', '\"test\"')); };",
    );
    say(&mut first, "not yet");
    wait_for_entry(&mut first, ".own[data-state=failed]", "not yet");

    say(&mut other, "in between");
    wait_for_entry(&mut other, ".own[data-state=saved]", "in between");
    first.reload();
    first.wait_for(IN_THE_ROOM, PATIENCE);
    wait_for_entry(&mut first, ".own[data-state=failed]", "not yet");
    other.reload();
    other.wait_for(IN_THE_ROOM, PATIENCE);
    wait_for_entry(&mut other, ".own[data-state=saved]", "in between");
    assert_eq!(other.eval(&super::entries("", "not yet")), 0);
}
