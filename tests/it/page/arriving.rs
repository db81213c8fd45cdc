//! Where somebody is who has just come in: into the class, into a new room, under a name that another one has.

use serde_json::json;

use super::{assert_no_problems, form, join, join_as_host, wait_for_words};
use crate::cdp::{Browser, PATIENCE, View};
use crate::harness::{CLASS_CODE, Chat, Server};

const FOCUS: &str = "document.activeElement.id";

#[test]
fn whose_name_is_taken_is_told_so_at_once_and_nobody_else_is() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut first = join(&mut browser, &server, "Anna");
    let mut second = join(&mut browser, &server, "Anna");
    wait_for_words(
        &mut second,
        "Somebody called Anna is here already, so you are Anna 2.",
    );
    assert_eq!(
        first.eval("document.querySelector('#notices').children.length"),
        0
    );
    // Of a name that somebody had who has left, that is said.
    let left = crate::harness::Guest::join(&server, "Bo", None).connect(&server);
    drop(left);
    let mut bo = join(&mut browser, &server, "Bo");
    wait_for_words(
        &mut bo,
        "The name Bo is kept for whoever had it before or has it by a link, so you are Bo 2.",
    );
    assert_no_problems(&mut [
        ("first", &mut first),
        ("second", &mut second),
        ("Bo", &mut bo),
    ]);
}

#[test]
fn the_focus_is_in_the_composer_or_on_the_log_of_a_phone() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("[rooms]\ncreate = \"all\"\n");
    // A browser without a screen says that nothing hovers.
    let mut ada = browser.page();
    ada.at_every_load(
        "const real = window.matchMedia;
         window.matchMedia = (query) => (query === '(hover: hover)' ? { matches: true } : real.call(window, query));",
    );
    form::open(&mut ada, &server, "");
    ada.type_into("#join-name", "Ada");
    ada.type_into("#join-code", CLASS_CODE);
    ada.click("#join-submit");
    ada.wait_for(&format!("{FOCUS} === 'composer-text'"), PATIENCE);
    ada.click("#room-new");
    ada.type_into("#dialog input", "lab");
    ada.click("#dialog-ok");
    ada.wait_for(&format!("{FOCUS} === 'composer-text'"), PATIENCE);
    assert_eq!(
        ada.eval("document.querySelector('#room-name').innerText"),
        "lab"
    );

    let mut bo = browser.page();
    bo.view(&View {
        width: 360,
        height: 740,
        dark: false,
        language: "en-US",
    });
    form::open(&mut bo, &server, "");
    bo.tap("#join-name");
    bo.type_into("#join-name", "Bo");
    bo.type_into("#join-code", CLASS_CODE);
    bo.tap("#join-submit");
    bo.wait_for(&format!("{FOCUS} === 'log-scroll'"), PATIENCE);
    // Without a ring: no key has moved it there.
    assert_eq!(
        bo.eval("getComputedStyle(document.activeElement).outlineStyle"),
        "none"
    );
    assert_no_problems(&mut [("Ada", &mut ada), ("Bo", &mut bo)]);
}

#[test]
fn another_room_shows_no_class_code_among_its_first_steps() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("[rooms]\nlist = [\"lobby\", \"lab\"]\n");
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    let steps = "[...document.querySelectorAll('#first-run [data-step]')]
        .map(each => each.dataset.step + each.querySelector('.first-number').textContent).join()";
    host.wait_for(&format!("{steps} === 'code1,hello2,bits3'"), PATIENCE);
    host.click("#rooms [data-room=lab]");
    host.wait_for(&format!("{steps} === 'hello1,bits2'"), PATIENCE);
    assert_eq!(
        host.eval("Boolean(document.querySelector('#first-run .code'))"),
        false
    );
    assert_no_problems(&mut [("the host", &mut host)]);
}

#[test]
fn what_was_read_aloud_is_gone_with_its_lesson() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut host = Chat::person(&server, "Ms Lin", "host");
    let mut wu = join_as_host(&mut browser, &server, "Mr Wu");
    let mut ada = join(&mut browser, &server, "Ada");
    host.granted(json!({"type": "send", "room": "lobby", "text": "please approve me"}));
    let said = "document.querySelector('#log-said').textContent";
    for page in [&mut wu, &mut ada] {
        page.wait_for(&format!("{said}.includes('please approve me')"), PATIENCE);
    }
    host.granted(json!({"type": "moderate", "action": "end_lesson", "seconds": 0}));
    ada.wait_for(
        "document.querySelector('#goodbye').checkVisibility()",
        PATIENCE,
    );
    wait_for_words(&mut wu, "This room is empty for the next class.");
    for page in [&mut wu, &mut ada] {
        let html = page.eval("document.body.textContent.includes('please approve me')");
        assert_eq!(html, false);
    }
    assert_no_problems(&mut [("Mr Wu", &mut wu), ("Ada", &mut ada)]);
}
