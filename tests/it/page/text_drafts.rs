//! Drafts: one for each tab and room.

use super::{IN_THE_ROOM, assert_no_problems, form, join, say, url};
use crate::cdp::{Browser, PATIENCE};
use crate::harness::{Chat, Server};

const FIELD: &str = "document.querySelector('#composer-text').value";

#[test]
fn each_tab_has_its_own_draft_which_survives_a_reload_and_the_other_tab() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("[rooms]\nlist = [\"lobby\", \"more\"]\n");
    let mut host = Chat::person(&server, "Ms Lin", "host");
    let mut first = join(&mut browser, &server, "Ada");
    first.type_into("#composer-text", "of the first tab");
    let mut other = browser.beside(&first);
    other.open(&url(&server, ""));
    form::go_on(&mut other);
    other.wait_for(IN_THE_ROOM, PATIENCE);
    assert_eq!(other.eval(FIELD), "");
    other.type_into("#composer-text", "of the second tab");
    say(&mut other, "sent by the second tab");
    host.expect("message");
    first.reload();
    first.wait_for(IN_THE_ROOM, PATIENCE);
    first.wait_for(&format!("{FIELD} === 'of the first tab'"), PATIENCE);
    // Each room has its own.
    first.click("[data-room=more]");
    first.wait_for(&format!("{FIELD} === ''"), PATIENCE);
    first.type_into("#composer-text", "for the other room");
    first.click("[data-room=lobby]");
    first.wait_for(&format!("{FIELD} === 'of the first tab'"), PATIENCE);
    other.reload();
    other.wait_for(IN_THE_ROOM, PATIENCE);
    assert_eq!(other.eval(FIELD), "");
    assert_no_problems(&mut [("first", &mut first), ("other", &mut other)]);
}

#[test]
fn a_draft_of_a_closed_tab_is_taken_by_the_next_one_once() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut first = join(&mut browser, &server, "Ada");
    first.type_into("#composer-text", "half an essay");
    let mut next = browser.beside(&first);
    // The tab goes elsewhere, as one that is closed.
    first.open("about:blank");
    next.open(&url(&server, ""));
    form::go_on(&mut next);
    next.wait_for(IN_THE_ROOM, PATIENCE);
    next.wait_for(&format!("{FIELD} === 'half an essay'"), PATIENCE);
    assert_eq!(
        next.eval("localStorage.getItem('glassroom.draft.lobby')"),
        serde_json::Value::Null
    );
    assert_no_problems(&mut [("next", &mut next)]);
}
