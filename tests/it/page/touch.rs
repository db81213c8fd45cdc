//! Under a finger: everything that is tapped on a phone is at least 44 px high and wide.

use serde_json::json;

use super::screenshots::shoot;
use super::{assert_no_problems, join, join_as_host, open_menu, wait_for_words};
use crate::cdp::{Browser, PATIENCE, Page, View};
use crate::harness::{Chat, Server, UNPACED};

const PHONE: View = View {
    width: 360,
    height: 740,
    dark: false,
    language: "en-US",
};

/// What is too small, but for links within a text. A box that is ticked is tapped with its words.
const SMALL: &str = "[...document.querySelectorAll('button, a[href], input, select, textarea, summary')]
    .filter(each => each.checkVisibility({visibilityProperty: true}) && !each.closest('.text, .hidden'))
    .filter(each => {
        const { width, height } = (each.closest('label') || each).getBoundingClientRect();
        return width < 43.5 || height < 43.5;
    })
    .map(each => each.outerHTML)";

#[track_caller]
fn assert_large(page: &mut Page, place: &str) {
    assert_eq!(page.eval(SMALL), json!([]), "{place}");
}

/// A phone. The first tap makes the pointer a finger.
#[track_caller]
fn hold(page: &mut Page) {
    page.view(&PHONE);
    page.tap("#open-rooms");
    page.wait_for("document.body.classList.contains('show-rooms')", PATIENCE);
    assert_eq!(page.eval("matchMedia('(pointer: coarse)').matches"), true);
    assert_large(page, "the rooms");
    page.tap("#rooms-column .drawer-close");
    page.wait_for("!history.state", PATIENCE);
}

/// A message with all that a message can have, hands, a mute and a pin.
fn fill(server: &Server, host: &mut Chat) -> Vec<Chat> {
    let mut bo = Chat::member(server, "Bo");
    let mut cy = Chat::member(server, "Cy");
    let long = format!(
        "see https://example.org/\n```\nGET /\n```\n{}",
        "line\n".repeat(20)
    );
    let said = bo.granted(json!({"type": "send", "room": "lobby", "text": long}));
    let seq = &said["seq"];
    cy.granted(json!({"type": "react", "room": "lobby", "seq": seq, "emoji": "👍"}));
    cy.granted(json!({"type": "send", "room": "lobby", "text": "yes", "reply_to": seq}));
    cy.granted(
        json!({"type": "hand", "room": "lobby", "up": true, "question": "Why?", "anonymous": true}),
    );
    bo.granted(json!({"type": "hand", "room": "lobby", "up": true}));
    host.granted(json!({"type": "moderate", "action": "pin", "room": "lobby", "seq": seq}));
    host.granted(json!({"type": "moderate", "action": "mute", "user": bo.id}));
    vec![bo, cy]
}

#[test]
fn on_a_phone_every_button_and_link_is_large_enough_for_a_finger() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut wu = Chat::person(&server, "Mr Wu", "host");
    let _here = fill(&server, &mut wu);
    let mut ada = join(&mut browser, &server, "Ada");
    hold(&mut ada);
    wait_for_words(&mut ada, "Anonymous question");
    assert_large(&mut ada, "the room of a pupil");
    // A larger target must not close the gap to the words beside it.
    let gap = "(() => {
        const name = document.querySelector('#log .head > button.who');
        const beside = name.nextElementSibling.getBoundingClientRect();
        return beside.left - name.getBoundingClientRect().right;
    })()";
    let gap = ada.eval(gap);
    assert!(
        gap.as_f64() >= Some(6.0),
        "{gap} px between a name and what follows"
    );
    ada.tap("#hand-button");
    assert_large(&mut ada, "the card of the hand");
    ada.tap("#hand-close");
    open_menu(&mut ada, "document.querySelector('#log .entry[data-seq]')");
    ada.wait_for("document.querySelector('#dialog .box')", PATIENCE);
    assert_large(&mut ada, "the menu of a message");
    ada.press("Escape");

    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    hold(&mut host);
    wait_for_words(&mut host, "Anonymous question");
    assert_large(&mut host, "the room of a teacher");
    host.tap("#open-people");
    for tab in ["hands", "polls", "approvals", "private", "class", "people"] {
        host.tap(&format!("#desk-tab-{tab}"));
        host.wait_for(
            &format!(
                "document.querySelector('#desk-tab-{tab}').getAttribute('aria-selected') === 'true'"
            ),
            PATIENCE,
        );
        assert_large(&mut host, tab);
    }
    host.tap("#people li:last-child > button");
    assert_large(&mut host, "the menu of a person");
    assert_no_problems(&mut [("Ada", &mut ada), ("the host", &mut host)]);
}

/// Whether the toolbar of the chosen message is in sight and beside its words.
const BESIDE: &str = "(() => {
    const tools = document.querySelector('#log .chosen .tools');
    if (!tools) return false;
    const { top, bottom } = tools.getBoundingClientRect();
    const log = document.querySelector('#log-scroll').getBoundingClientRect();
    const words = [...document.querySelectorAll('#log .chosen .text, #log .chosen .who')].map(each => each.getBoundingClientRect());
    return top >= log.top && bottom <= log.bottom && words.every(each => each.bottom <= top || each.top >= bottom);
})()";

#[test]
fn on_a_phone_the_toolbar_of_a_message_covers_none_of_its_words() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start(UNPACED);
    let mut bo = Chat::member(&server, "Bo");
    for n in 0..30 {
        let text = format!("message {n}, which is as long as two lines of a small telephone");
        bo.granted(json!({"type": "send", "room": "lobby", "text": text}));
    }
    let mut ada = join(&mut browser, &server, "Ada");
    hold(&mut ada);
    wait_for_words(&mut ada, "message 29");
    // The newest one, and one whose beginning is at the upper edge.
    for nth in [
        "entries[entries.length - 1]",
        "entries.find(each => each.top >= log.top - 4)",
    ] {
        ada.eval(&format!(
            "(() => {{
                 document.querySelectorAll('[data-tapped]').forEach(each => delete each.dataset.tapped);
                 const log = document.querySelector('#log-scroll').getBoundingClientRect();
                 const entries = [...document.querySelectorAll('#log .entry.message')]
                     .map(node => ({{ node, top: node.getBoundingClientRect().top }}));
                 ({nth}).node.querySelector('.text').dataset.tapped = 'yes';
             }})()"
        ));
        ada.tap("[data-tapped]");
        ada.wait_for(
            "document.querySelector('#log .chosen [data-tapped]')",
            PATIENCE,
        );
        shoot(&mut ada, &PHONE, "tapped");
        assert_eq!(ada.eval(BESIDE), true, "{nth}");
    }
}
