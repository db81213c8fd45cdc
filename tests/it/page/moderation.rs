//! Moderation from the page: what a moderator types, and what the people concerned read.

use serde_json::json;

use super::{assert_no_problems, join, join_as_host, moderate, say, url, wait_for_words};
use crate::cdp::{Browser, PATIENCE, Page};
use crate::harness::{CLASS_CODE, Chat, Server};

#[test]
fn a_reason_that_was_typed_is_still_there_when_the_server_refuses() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    let mut ada = join(&mut browser, &server, "Ada");
    // The server refuses a message with an unknown field.
    host.eval(
        "window.send = WebSocket.prototype.send;
         WebSocket.prototype.send = function (text) { window.send.call(this, text.replace('reason', 'raison')); };",
    );
    moderate(&mut host, "Ada", "kick", "go for a walk");
    wait_for_words(&mut host, "The server did not accept this");
    let typed = "document.querySelector('#dialog-reason').value";
    assert_eq!(host.eval(typed), "go for a walk");

    host.eval("WebSocket.prototype.send = window.send;");
    host.click("#dialog-ok");
    host.wait_for("document.querySelector('#dialog').hidden", PATIENCE);
    wait_for_words(&mut ada, "go for a walk");
    assert_no_problems(&mut [("the host", &mut host), ("Ada", &mut ada)]);
}

#[test]
fn who_was_removed_reads_by_whom_why_and_until_when_and_so_after_a_reload() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    let mut ada = join(&mut browser, &server, "Ada");
    let token = super::connection::token(&mut ada);
    moderate(&mut host, "Ada", "kick", "go for a walk");
    ada.wait_for("document.body.dataset.view === 'join'", PATIENCE);
    wait_for_words(&mut ada, "Ms Lin removed you from the class.");
    wait_for_words(&mut ada, "The reason given: “go for a walk”.");
    wait_for_words(&mut ada, "You can join again at");
    assert_no_problems(&mut [("Ada", &mut ada)]);

    // A browser that was not connected then, and asks with its token.
    ada.eval(&format!(
        "localStorage.setItem('glassroom.token', {token:?})"
    ));
    ada.reload();
    ada.wait_for("document.body.dataset.view === 'join'", PATIENCE);
    assert_told(&mut ada);
    // A browser without a token, which asks to join.
    ada.reload();
    ada.wait_for("document.body.dataset.view === 'join'", PATIENCE);
    ada.type_into("#join-code", CLASS_CODE);
    ada.click("#join-submit");
    assert_told(&mut ada);
}

#[test]
fn the_host_sees_who_is_out_and_lets_them_in_again() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    host.click("#desk-tab-class");
    wait_for_words(&mut host, "Nobody is muted, removed or banned.");
    let mut ada = join(&mut browser, &server, "Ada");
    ada.type_into("#composer-text", "half a sentence");
    // A tablet that is put aside is loaded again.
    for again in [false, true] {
        host.click("#desk-tab-people");
        moderate(&mut host, "Ada", "kick", "go for a walk");
        ada.wait_for("document.body.dataset.view === 'join'", PATIENCE);
        if again {
            ada.reload();
            ada.wait_for("document.body.dataset.view === 'join'", PATIENCE);
        }
        host.click("#desk-tab-class");
        wait_for_words(&mut host, "Reason: “go for a walk”.");
        host.click("#sanctions [data-kind=kicks] [data-action=unkick]");
        wait_for_words(&mut host, "may come back.");
        ada.type_into("#join-code", CLASS_CODE);
        ada.click("#join-submit");
        ada.wait_for("document.body.dataset.connection === 'connected'", PATIENCE);
        ada.wait_for(
            "document.querySelector('#composer-text').value === 'half a sentence'",
            PATIENCE,
        );
    }
    assert_no_problems(&mut [("the host", &mut host), ("Ada", &mut ada)]);
}

#[test]
fn who_is_removed_from_one_room_stays_in_the_others() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("[rooms]\nlist = [\"lobby\", \"lab\"]\n");
    let token = server.token_with("Mo", "moderator", json!({"rooms": ["lab"]}));
    let mut leader = Chat::connect_to(server.addr, "/ws?join=", &token);
    leader.granted(json!({"type": "join", "room": "lab"}));
    let mut ada = join(&mut browser, &server, "Ada");
    let open = |room: &str| {
        format!(
            "[...document.querySelectorAll('#rooms button')].find(b => b.innerText.includes({room:?})).click()"
        )
    };
    ada.eval(&open("lab"));
    let user = loop {
        let presence = leader.expect("presence");
        let joined = presence["joined"].as_array().unwrap().iter();
        if let Some(ada) = joined.clone().find(|person| person["name"] == "Ada") {
            break ada["id"].clone();
        }
    };
    let mute = json!({"type": "moderate", "action": "mute", "user": user});
    leader.granted(mute);
    let note = "document.querySelector('#composer-note').checkVisibility()";
    ada.wait_for(note, PATIENCE);
    ada.eval(&open("lobby"));
    ada.wait_for(&format!("!{note}"), PATIENCE);
    ada.eval(&open("lab"));
    ada.wait_for(note, PATIENCE);
    leader.granted(json!({"type": "moderate", "action": "kick", "user": user}));
    // The page goes back to the lobby by itself.
    ada.wait_for(&format!("!{note}"), PATIENCE);
    wait_for_words(&mut ada, "Mo removed you until");
    say(&mut ada, "I am still here");
    ada.eval(&open("lab"));
    wait_for_words(&mut ada, "You were removed from this room.");
    assert_no_problems(&mut [("Ada", &mut ada)]);
}

#[track_caller]
fn assert_told(page: &mut Page) {
    wait_for_words(page, "You were removed from the class.");
    wait_for_words(page, "The reason given: “go for a walk”.");
    wait_for_words(page, "You can join again at");
}

#[test]
fn the_words_of_a_removal_are_understood() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut page = browser.page();
    page.open(&url(&server, ""));
    for (words, reason, minutes) in [
        ("removed: you may come back in 10 min", "", 10.0),
        (
            "removed: you may come back in 1440 min: go for a walk",
            "go for a walk",
            1440.0,
        ),
        (
            "you may come back in 10 min: go for a wal",
            "go for a wal",
            10.0,
        ),
        (
            "removed: you may come back in 5 min: come back in 9 min or so",
            "come back in 9 min or so",
            5.0,
        ),
        ("removed: you may come back in 30 s: noise", "noise", 0.5),
        ("banned: you may come back in 9 min 45 s", "", 9.75),
        ("removed: note: be kind", "note: be kind", 0.0),
        ("", "", 0.0),
    ] {
        let heard = page.eval(&format!(
            "import('/assets/chat/removal.js').then(({{ heard }}) => {{
                 const {{ reason = '', until = 0 }} = heard({words:?}, 0);
                 return [reason, until / 60000];
             }})"
        ));
        assert_eq!(heard[0], reason, "{words}");
        assert_eq!(heard[1].as_f64(), Some(minutes), "{words}");
    }
}

#[test]
fn a_name_that_cannot_be_is_refused_with_the_rule_in_the_language_of_the_page() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut page = browser.page();
    super::form::open(&mut page, &server, "");
    page.type_into("#join-name", "!?");
    page.type_into("#join-code", CLASS_CODE);
    page.click("#join-submit");
    wait_for_words(&mut page, "This name has neither a letter nor a digit.");
    page.click("#join .language");
    wait_for_words(&mut page, "名字里没有字母、汉字或数字。");
}
