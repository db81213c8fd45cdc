//! What people paste: the page drops or converts what nobody sees, and names what it cannot.

use super::{IN_THE_ROOM, assert_no_problems, join, wait_for_entry, wait_for_words};
use crate::cdp::{Browser, PATIENCE, Page};
use crate::harness::{CLASS_CODE, Chat, Server};

/// Puts a text into a field as a paste does, given as a JavaScript literal.
#[track_caller]
fn paste(page: &mut Page, selector: &str, literal: &str) {
    page.click(selector);
    page.eval(&format!(
        "(() => {{
             const field = document.querySelector({selector:?});
             field.value = {literal};
             field.dispatchEvent(new Event('input', {{ bubbles: true }}));
         }})()"
    ));
}

#[test]
fn what_nobody_sees_in_a_pasted_text_is_dropped_or_converted() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut host = Chat::person(&server, "Ms Lin", "host");
    let mut ada = join(&mut browser, &server, "Ada");
    for (pasted, sent) in [
        (r"'a\r\nb\rc'", "a\nb\nc"),
        (
            r"'slide\vtitle\fpage\u2028line\u2029end\u0085next'",
            "slide\ntitle\npage\nline\nend\nnext",
        ),
        (
            r"'\ufeffsoft\u00adhyphen zero\u200bwidth word\u2060joiner'",
            "softhyphen zerowidth wordjoiner",
        ),
        (r"'picture \ufffc here'", "picture  here"),
        (r"'\u202a+49 170 1234\u202c'", "+49 170 1234"),
        (r"'\u2068Ann\u2069 wrote'", "Ann wrote"),
        (r"'nul\0 and \x1b[31m'", "nul and [31m"),
        (r"'half \ud83d here'", "half \u{FFFD} here"),
        (r"'tags\u{e0041}\u{e0042}'", "tags"),
        // What languages and emoji need stays.
        (
            r"'\u0645\u06cc\u200c\u062e\u0648'",
            "\u{645}\u{6cc}\u{200c}\u{62e}\u{648}",
        ),
        (
            r"'👩\u200d🚀 ❤\ufe0f \u200f\u05d0'",
            "👩\u{200d}🚀 ❤\u{fe0f} \u{200f}\u{5d0}",
        ),
        (
            r"'🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}'",
            "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
        ),
        (r"'no\u00a0break'", "no\u{a0}break"),
    ] {
        paste(&mut ada, "#composer-text", pasted);
        ada.press("Enter");
        assert_eq!(host.expect("message")["text"], sent, "{pasted}");
    }
    ada.wait_for(
        "document.querySelectorAll('#log .own[data-state=saved]').length === 13",
        PATIENCE,
    );

    // An edit is cleaned in the same way, and then it is over.
    ada.click("#composer-text");
    ada.press("ArrowUp");
    wait_for_words(&mut ada, "Editing your message");
    paste(&mut ada, "#composer-text", r"'edit\u200bed'");
    ada.press("Enter");
    assert_eq!(host.expect("edited")["text"], "edited");
    wait_for_entry(&mut ada, ".own", "edited");
    ada.wait_for(
        "document.querySelector('#composer-context').hidden",
        PATIENCE,
    );
    assert_no_problems(&mut [("Ada", &mut ada)]);
}

#[test]
fn a_character_that_turns_the_text_around_is_named_and_nothing_is_sent() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut host = Chat::person(&server, "Ms Lin", "host");
    let mut ada = join(&mut browser, &server, "Ada");
    paste(&mut ada, "#composer-text", r"'pay \u202e100\u202c'");
    wait_for_words(&mut ada, "U+202E RIGHT-TO-LEFT OVERRIDE at position 5");
    ada.press("Enter");
    paste(&mut ada, "#composer-text", "'pay 100'");
    ada.press("Enter");
    assert_eq!(host.expect("message")["text"], "pay 100");
    assert_no_problems(&mut [("Ada", &mut ada)]);
}

#[test]
fn a_pasted_name_is_cleaned_and_what_cannot_be_is_named() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut page = browser.page();
    super::form::open(&mut page, &server, "");
    page.type_into("#join-code", CLASS_CODE);
    for (pasted, words) in [
        (r"'A\u200dnn'", "U+200D ZERO WIDTH JOINER"),
        (r"'Ann\u202e'", "U+202E RIGHT-TO-LEFT OVERRIDE"),
    ] {
        paste(&mut page, "#join-name", pasted);
        page.click("#join-submit");
        wait_for_words(&mut page, words);
    }
    page.problems();
    paste(
        &mut page,
        "#join-name",
        r"'\u200e\ufeffAnn\u200b\u00ad Marie\u2069'",
    );
    page.click("#join-submit");
    page.wait_for(IN_THE_ROOM, PATIENCE);
    assert_eq!(
        page.eval("document.querySelector('#me-name').innerText"),
        "Ann Marie"
    );
    assert_no_problems(&mut [("Ann", &mut page)]);
}
