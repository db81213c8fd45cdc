//! Hands without a mouse, with a finger, and while others change the queue.

use serde_json::json;

use super::{IN_THE_ROOM, assert_no_problems, join, join_as_host, wait_for_entry};
use crate::cdp::{Browser, PATIENCE, View};
use crate::harness::{Chat, Server};

const FOCUS: &str =
    "(document.activeElement.dataset.act ? document.activeElement.closest('[data-hand]').dataset.hand + ' '
        + document.activeElement.dataset.act : document.activeElement.id)";

#[test]
fn the_keyboard_raises_and_lowers_a_hand_and_the_focus_is_never_lost() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    let mut ada = join(&mut browser, &server, "Ada");
    let mut bo = Chat::member(&server, "Bo");
    let question = json!({"type": "hand", "room": "lobby", "up": true, "question": "Why?"});
    assert_eq!(bo.granted(question)["seq"], 1);

    // The hand stands before the text.
    ada.click("#composer-text");
    ada.press("Shift+Tab");
    assert_eq!(ada.eval(FOCUS), "hand-button");
    ada.press("Enter");
    // The field, or the button where there is no mouse, because the field opens the keyboard of a touch screen.
    let inside = "document.querySelector('#hand-form').contains(document.activeElement)";
    assert_eq!(ada.eval(inside), true);
    ada.press("Escape");
    assert_eq!(ada.eval(FOCUS), "hand-button");
    assert_eq!(
        ada.eval("document.querySelector('#card-hands').hidden"),
        true
    );
    ada.press("Enter");
    ada.type_into("#hand-question", "And how?");
    ada.press("Enter");
    ada.wait_for(&format!("{FOCUS} === 'hand-button'"), PATIENCE);
    wait_for_entry(&mut host, ".hand", "And how?");

    // Whoever answers with the keyboard is on the next card after that, and then on the tab.
    host.click("#desk-tab-hands");
    host.wait_for(
        "document.querySelectorAll('#desk-hands li').length === 2",
        PATIENCE,
    );
    host.eval("document.querySelector('#desk-hands [data-act=answered]').focus()");
    bo.granted(json!({"type": "second", "room": "lobby", "hand": 2, "on": true}));
    host.wait_for(
        "document.querySelector('#desk-hands li:last-child .votes').textContent",
        PATIENCE,
    );
    assert_eq!(host.eval(FOCUS), "1 answered");
    host.press("Enter");
    host.wait_for(&format!("{FOCUS} === '2 answered'"), PATIENCE);
    host.press("Enter");
    host.wait_for(&format!("{FOCUS} === 'desk-tab-hands'"), PATIENCE);
    assert_no_problems(&mut [("the host", &mut host), ("Ada", &mut ada)]);
}

/// Thirty people may say "me too" within a second.
#[test]
fn a_press_is_not_lost_when_votes_come_in_or_an_earlier_hand_goes_down() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    let mut ann = Chat::member(&server, "Ann");
    let mut bo = Chat::member(&server, "Bo");
    ann.granted(json!({"type": "hand", "room": "lobby", "up": true, "question": "First?"}));
    bo.granted(json!({"type": "hand", "room": "lobby", "up": true, "question": "Second?"}));
    host.click("#desk-tab-hands");
    host.wait_for(
        "document.querySelectorAll('#desk-hands li').length === 2",
        PATIENCE,
    );
    host.eval("window.card = document.querySelector('#desk-hands li:last-child'); null");
    let place = host.find("#desk-hands li:first-child [data-act=answered]");
    host.mouse("mouseMoved", &place);
    host.mouse("mousePressed", &place);
    bo.granted(json!({"type": "second", "room": "lobby", "hand": 1, "on": true}));
    host.wait_for(
        "document.querySelector('#desk-hands li:first-child .votes').textContent",
        PATIENCE,
    );
    let votes = host.eval("document.querySelector('#desk-hands li:first-child .votes').hidden");
    assert_eq!(votes, false);
    // The line with the votes moves the button down a little; it is still under the pointer.
    host.mouse("mouseReleased", &place);
    host.wait_for(
        "document.querySelectorAll('#desk-hands li').length === 1",
        PATIENCE,
    );
    assert_eq!(
        host.eval("document.querySelector('#desk-hands li') === window.card"),
        true,
        "the card of the other hand was made anew"
    );
    let lowered = ann.expect("hand");
    assert_eq!(lowered["question"], "Second?");
    let lowered = ann.expect("hand");
    assert_eq!((&lowered["of"], &lowered["votes"]), (&json!(1), &json!(1)));
    assert_no_problems(&mut [("the host", &mut host)]);
}

#[test]
fn a_finger_raises_a_hand_without_opening_the_keyboard_and_says_me_too_in_the_log() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut bo = Chat::member(&server, "Bo");
    bo.granted(json!({"type": "hand", "room": "lobby", "up": true, "question": "为什么？"}));
    let mut ada = join(&mut browser, &server, "Ada");
    ada.view(&View {
        width: 360,
        height: 740,
        dark: false,
        language: "zh-CN",
    });
    ada.reload();
    ada.wait_for(IN_THE_ROOM, PATIENCE);
    wait_for_entry(&mut ada, ".hand", "为什么？");
    ada.tap("#log [data-second] > button");
    ada.wait_for(
        "document.querySelector('#log [data-second] > button').textContent.replace(/[^我也想问1]/g, '') === '我也想问1'",
        PATIENCE,
    );
    assert_eq!(bo.expect("hands")["votes"], json!({"1": 1}));
    ada.tap("#hand-button");
    ada.wait_for("!document.querySelector('#card-hands').hidden", PATIENCE);
    ada.tap("#hand-raise");
    ada.wait_for(
        r"document.querySelector('#hand-button').getAttribute('aria-label') === '你已举手，排在第 2 位'",
        PATIENCE,
    );
    let button = "document.querySelector('#hand-button')";
    assert_eq!(ada.eval(&format!("{button}.textContent")), "2");
    assert_eq!(
        ada.eval(&format!("{button}.querySelectorAll('.icon').length")),
        1
    );
    assert_no_problems(&mut [("Ada", &mut ada)]);
}
