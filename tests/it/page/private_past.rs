//! Private messages over the end of a lesson, and what is a call for help.

use serde_json::json;

use super::{IN_THE_ROOM, assert_no_problems, join_as_host, wait_for_words};
use crate::cdp::{Browser, PATIENCE, Page};
use crate::harness::{Chat, Server, UNPACED};

const CALLED: &str =
    "[...document.querySelectorAll('.calls')].some(row => !row.hidden && row.textContent)";
const COUNT: &str = "document.querySelector('#desk-tab-private .count').textContent";

/// The open conversation, as its texts.
const SAID: &str = "[...document.querySelectorAll('.private-message .desk-text')].map(each => each.innerText).join()";

/// Opens the only conversation, and checks that it can be read and not answered.
#[track_caller]
fn assert_over(host: &mut Page) {
    host.wait_for("document.querySelector('.private-row')", PATIENCE);
    wait_for_words(host, "earlier lesson");
    host.click(".private-row");
    host.wait_for(&format!("{SAID} === 'I am lost'"), PATIENCE);
    wait_for_words(host, "This is of a lesson that has ended.");
    assert_eq!(
        host.eval("Boolean(document.querySelector('#private-form'))"),
        false
    );
    assert_eq!(
        host.eval("document.activeElement.className"),
        "private-log",
        "the focus has a place"
    );
}

#[test]
fn a_conversation_of_an_ended_lesson_is_read_and_not_answered_and_calls_nobody() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start(&format!("{UNPACED}[history]\npath = \"chat.db\"\n"));
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    let token = server.token_with("Bo", "member", json!({"sub": "bo"}));
    let mut bo = Chat::connect(server.addr, &token);
    bo.expect("joined");
    bo.granted(json!({"type": "whisper", "to": "hosts", "text": "I am lost"}));
    host.wait_for(CALLED, PATIENCE);
    host.wait_for(&format!("{COUNT} === '1'"), PATIENCE);
    let mut wu = Chat::person(&server, "Mr Wu", "host");
    wu.granted(json!({"type": "moderate", "action": "end_lesson", "seconds": 0}));
    bo.expect_close(4503);
    host.wait_for(&format!("!{CALLED} && {COUNT} === ''"), PATIENCE);
    host.click("#desk-tab-private");
    assert_over(&mut host);
    wu.granted(json!({"type": "moderate", "action": "start_lesson"}));
    host.reload();
    host.wait_for(IN_THE_ROOM, PATIENCE);
    host.click("#desk-tab-private");
    assert_over(&mut host);
    assert_eq!(host.eval(&format!("{CALLED} || {COUNT} !== ''")), false);

    // The same person comes to the next lesson: what is said there has a line above it.
    let mut bo = Chat::connect(server.addr, &token);
    bo.expect("joined");
    host.wait_for("document.querySelector('#private-form')", PATIENCE);
    let last = "document.querySelector('.private-log > :last-child').className";
    host.wait_for(&format!("{last}.includes('private-lesson')"), PATIENCE);
    bo.granted(json!({"type": "whisper", "to": "hosts", "text": "Good morning"}));
    host.wait_for(&format!("{SAID} === 'I am lost,Good morning'"), PATIENCE);
    let line = "document.querySelector('.private-lesson').nextSibling.innerText";
    let after = host.eval(line);
    assert!(after.to_string().contains("Good morning"), "{after}");
    assert_no_problems(&mut [("host", &mut host)]);
}

#[test]
fn an_answer_to_what_a_teacher_began_is_no_call_for_help() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start(UNPACED);
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    let mut wu = Chat::person(&server, "Mr Wu", "host");
    let mut bo = Chat::member(&server, "Bo");
    wu.granted(json!({"type": "whisper", "to": bo.id, "text": "All well?", "shared": true}));
    host.click("#desk-tab-private");
    wait_for_words(&mut host, "All well?");
    bo.granted(json!({"type": "whisper", "to": "hosts", "text": "Yes, thanks"}));
    wait_for_words(&mut host, "Yes, thanks");
    assert_eq!(host.eval(CALLED), false);
    let mut cy = Chat::member(&server, "Cy");
    cy.granted(json!({"type": "whisper", "to": "hosts", "text": "I am lost"}));
    wait_for_words(&mut host, "Cy asks for help.");
    assert_no_problems(&mut [("host", &mut host)]);
}
