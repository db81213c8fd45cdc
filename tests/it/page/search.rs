//! The search in the open room.

use serde_json::json;

use super::{assert_no_problems, join, say, wait_for_entry, wait_for_words};
use crate::cdp::{Browser, PATIENCE};
use crate::harness::{Chat, Server, UNPACED};

#[test]
fn a_search_finds_questions_and_polls_too() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start(UNPACED);
    let mut host = Chat::person(&server, "Ms Lin", "host");
    let mut bo = Chat::member(&server, "Bo");
    let mut ada = join(&mut browser, &server, "Ada");
    let asks = |question: &str, anonymous: bool| json!({"type": "hand", "room": "lobby", "up": true, "question": question, "anonymous": anonymous});
    bo.granted(asks("Why is the Mask so long?", true));
    host.granted(json!({"type": "poll", "room": "lobby", "question": "Who masks?", "choices": ["client", "server"]}));
    say(&mut ada, "the mask is four bytes");
    wait_for_entry(&mut ada, ".own[data-state=saved]", "the mask is four bytes");
    say(&mut ada, "nothing of it");
    ada.type_into("#search-text", "mask");
    ada.press("Enter");
    let rows = "[...document.querySelectorAll('#found-list .excerpt')].map(each => each.textContent).join(' | ')";
    ada.wait_for(
        &format!("{rows} === 'the mask is four bytes | Who masks? · client · server | Why is the Mask so long?'"),
        PATIENCE,
    );
    wait_for_words(&mut ada, "3 found, newest first.");
    // Who asked anonymously is not named here either, and a result leads to its row.
    assert_eq!(
        ada.eval(
            "document.querySelector('#found-list li:last-child .head').innerText.includes('Bo')"
        ),
        false
    );
    ada.click("#found-list li:last-child button");
    ada.wait_for(
        "document.activeElement.innerText.includes('Why is the Mask so long?')",
        PATIENCE,
    );
    assert_no_problems(&mut [("Ada", &mut ada)]);
}
