//! The mute of whoever asked an anonymous question, on the page of that person.

use serde_json::{Value, json};

use super::hands::{HAND, raise};
use super::{IN_THE_ROOM, assert_no_problems, join, join_as_host, wait_for_entry, wait_for_words};
use crate::cdp::{Browser, PATIENCE, Page};
use crate::harness::{Chat, Server};

/// A mute that no list shows is learned by a refusal after a reload, and a short one ends by itself.
#[test]
fn a_question_is_possible_again_when_the_mute_of_its_asker_ends() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut host = Chat::person(&server, "Ms Lin", "host");
    let mut ada = join(&mut browser, &server, "Ada");
    raise(&mut ada, "Why?", true);
    let hand = host.expect("hand")["seq"].clone();
    let mut mute = json!({"type": "moderate", "action": "mute", "room": "lobby", "hand": hand});
    host.granted(mute.clone());
    wait_for_words(&mut ada, "Ms Lin muted you");
    // The server says it again after a reload, and the question waits until the mute ends.
    ada.reload();
    ada.wait_for(IN_THE_ROOM, PATIENCE);
    ada.wait_for(&format!("{HAND} === 'Your hand is up: number 1'"), PATIENCE);
    ada.click("#hand-button");
    ada.click("#hand-raise");
    ada.wait_for(&format!("{HAND} === 'Raise hand'"), PATIENCE);
    ada.click("#hand-button");
    wait_for_words(&mut ada, "You are muted, so you cannot ask in words now.");
    let field = "document.querySelector('#hand-question').checkVisibility()";
    ada.wait_for(&format!("!{field}"), PATIENCE);
    mute["action"] = json!("unmute");
    host.granted(mute);
    ada.wait_for(field, PATIENCE);
    ada.type_into("#hand-question", "And how?");
    ada.click("#hand-raise");
    ada.wait_for(&format!("{HAND} === 'Your hand is up: number 1'"), PATIENCE);

    // A mute of a second, while the card is open.
    ada.click("#hand-button");
    ada.click("#hand-raise");
    ada.wait_for(&format!("{HAND} === 'Raise hand'"), PATIENCE);
    ada.click("#hand-button");
    host.granted(
        json!({"type": "moderate", "action": "mute", "user": user(&mut ada), "seconds": 2}),
    );
    ada.wait_for(&format!("!{field}"), PATIENCE);
    ada.wait_for(field, PATIENCE);
    assert_no_problems(&mut [("Ada", &mut ada)]);
}

/// The words of a question are deleted like those of a message, in the line that it was answered as well.
#[test]
fn a_question_whose_words_were_deleted_says_so() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    let mut ada = join(&mut browser, &server, "Ada");
    let mut bo = Chat::member(&server, "Bo");
    let mut aide = Chat::person(&server, "Aide", "host");
    for question in ["Why so?", "And how?"] {
        let ask = json!({"type": "hand", "room": "lobby", "up": true, "question": question, "anonymous": true});
        let asked = bo.granted(ask)["seq"].clone();
        wait_for_entry(&mut host, ".hand", question);
        aide.granted(json!({"type": "moderate", "action": "lower", "room": "lobby", "hand": asked, "answered": true}));
    }
    let rows = |words: &str| {
        format!(
            "[...document.querySelectorAll('#log .hand')].filter((row) => row.textContent.includes('{words}')).length === 2"
        )
    };
    for page in [&mut host, &mut ada] {
        page.wait_for(&rows("Why so?"), PATIENCE);
    }
    host.eval("document.querySelector('#log .hand .acts').click()");
    host.wait_for(
        "document.querySelector('#dialog [data-action=delete]') !== null",
        PATIENCE,
    );
    host.click("#dialog [data-action=delete]");
    host.click("#dialog-ok");
    for page in [&mut host, &mut ada] {
        page.wait_for(&rows("Message deleted"), PATIENCE);
        page.wait_for(&rows("And how?"), PATIENCE);
    }
    assert_no_problems(&mut [("Ms Lin", &mut host), ("Ada", &mut ada)]);
}

/// The id of the person whose page this is.
fn user(page: &mut Page) -> Value {
    page.eval("document.querySelector('#people .here').closest('li').dataset.user")
}

/// A question with a hand is shown at once, so there is none where what is written waits for approval.
#[test]
fn where_messages_need_approval_a_hand_has_no_words_and_the_reason_is_said() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut host = Chat::person(&server, "Ms Lin", "host");
    let mut ada = join(&mut browser, &server, "Ada");
    let approve =
        |on: bool| json!({"type": "moderate", "action": "approve", "room": "lobby", "on": on});
    ada.click("#hand-button");
    ada.type_into("#hand-question", "Why?");
    host.granted(approve(true));
    wait_for_words(&mut ada, "a question with a hand cannot wait for it");
    ada.click("#hand-raise");
    wait_for_words(
        &mut ada,
        "Questions are closed just now. Keep the text until later",
    );
    let kept = "document.querySelector('#hand-question').value";
    assert_eq!(ada.eval(kept), "Why?");
    host.granted(approve(false));
    ada.wait_for(
        "!document.body.innerText.includes('cannot wait for it')",
        PATIENCE,
    );
    ada.click("#hand-raise");
    ada.wait_for(&format!("{HAND} === 'Your hand is up: number 1'"), PATIENCE);
    assert_no_problems(&mut [("Ada", &mut ada)]);
}
