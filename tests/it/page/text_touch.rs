//! What Enter does: it sends from a keyboard, and breaks the line on a touch screen.

use super::{IN_THE_ROOM, assert_no_problems, choose_of_mine, form, join, wait_for_words};
use crate::cdp::{Browser, PATIENCE, View};
use crate::harness::{CLASS_CODE, Chat, Server};

#[test]
fn enter_breaks_the_line_on_a_touch_screen_and_the_button_sends() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut host = Chat::person(&server, "Ms Lin", "host");
    let mut ada = browser.page();
    ada.with_touch();
    form::open(&mut ada, &server, "");
    ada.type_into("#join-name", "Ada");
    ada.type_into("#join-code", CLASS_CODE);
    ada.click("#join-submit");
    ada.wait_for(IN_THE_ROOM, PATIENCE);
    let hints = "(() => { const area = document.querySelector('#composer-text'); return area.enterKeyHint + ' ' + area.placeholder; })()";
    assert_eq!(ada.eval(hints), "enter Message (↵ new line)");
    // On a narrow phone it fits, and the empty field does not scroll.
    ada.view(&View {
        width: 360,
        height: 740,
        dark: false,
        language: "en-US",
    });
    let fits = "(({ scrollWidth, clientWidth }) => scrollWidth <= clientWidth)(document.querySelector('#composer-text'))";
    assert_eq!(ada.eval(fits), true);
    ada.type_into("#composer-text", "one");
    ada.press("Enter");
    ada.insert("two");
    ada.click("#composer-send");
    assert_eq!(host.expect("message")["text"], "one\ntwo");
    // The words follow the language.
    ada.eval("document.querySelector('#chat .language').click()");
    ada.wait_for(
        "document.querySelector('#composer-text').placeholder === '消息（↵ 换行）'",
        PATIENCE,
    );
    assert_no_problems(&mut [("Ada", &mut ada)]);
}

#[test]
fn enter_sends_from_a_keyboard_but_not_while_an_input_method_composes() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut host = Chat::person(&server, "Ms Lin", "host");
    let mut ada = join(&mut browser, &server, "Ada");
    assert_eq!(
        ada.eval("document.querySelector('#composer-text').enterKeyHint"),
        "send"
    );
    ada.type_into("#composer-text", "@M 你好");
    // The two ways in which browsers report an Enter that chooses characters.
    for event in ["isComposing: true", "keyCode: 229"] {
        ada.eval(&format!(
            "document.querySelector('#composer-text').dispatchEvent(new KeyboardEvent('keydown', {{ key: 'Enter', bubbles: true, {event} }}))"
        ));
    }
    assert_eq!(
        ada.eval("document.querySelector('#composer-text').value"),
        "@M 你好"
    );
    ada.eval("document.querySelector('#composer-text').dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', ctrlKey: true, bubbles: true }))");
    assert_eq!(host.expect("message")["text"], "@M 你好");
    choose_of_mine(&mut ada, "#open-keys");
    wait_for_words(&mut ada, "send, on a touch screen too");
    assert_no_problems(&mut [("Ada", &mut ada)]);
}
