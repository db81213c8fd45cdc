//! What wants attention: calls for help, mentions, private messages; and rooms that a person creates.

use serde_json::json;

use super::{
    IN_THE_ROOM, assert_no_problems, join, join_as_host, say, wait_for_entry, wait_for_words,
};
use crate::cdp::{Browser, PATIENCE, View};
use crate::harness::{Chat, Server};

/// Whether a row for calls is seen.
const CALLED: &str = "[...document.querySelectorAll('.calls')].filter(row => row.checkVisibility(
    { checkVisibilityCSS: true, visibilityProperty: true })).length === 1";
const DOT: &str = "document.querySelector('#icon').href.includes('favicon-dot')";

#[test]
fn a_call_for_help_stays_in_sight_until_it_is_read() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    let mut mo = Chat::person(&server, "Mo", "moderator");
    let mut bo = Chat::member(&server, "Bo");
    assert_eq!(host.eval(DOT), false);
    bo.granted(json!({"type": "whisper", "to": "hosts", "room": "lobby", "text": "I am lost"}));
    mo.expect_no("whisper");
    wait_for_words(&mut host, "Bo asks for help.");
    host.wait_for(CALLED, PATIENCE);
    host.wait_for(DOT, PATIENCE);
    // Neither a long list nor a reload takes it away.
    host.eval("document.querySelector('#people-column').scrollTop = 9999");
    assert_eq!(host.eval(CALLED), true);
    host.reload();
    host.wait_for(IN_THE_ROOM, PATIENCE);
    host.wait_for(CALLED, PATIENCE);
    // On a phone the desk is a drawer: it stands at the top of the page.
    host.view(&View {
        width: 360,
        height: 740,
        dark: false,
        language: "en-US",
    });
    host.wait_for(CALLED, PATIENCE);
    host.click("#middle > .calls button");
    wait_for_words(&mut host, "I am lost");
    host.wait_for(&format!("!({CALLED}) && !({DOT})"), PATIENCE);
    assert_no_problems(&mut [("the host", &mut host)]);
}

#[test]
fn a_mention_makes_a_sound_for_those_who_want_one() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("[rooms]\nlist = [\"lobby\", \"lab\"]\nwhisper = \"all\"\n");
    let mut bo = Chat::member(&server, "Bo");
    let mut ada = join(&mut browser, &server, "Ada");
    ada.at_every_load(
        "window.sounds = 0;
         const Real = window.AudioContext;
         window.AudioContext = class extends Real { constructor() { super(); window.sounds += 1; } };",
    );
    ada.reload();
    ada.wait_for(IN_THE_ROOM, PATIENCE);
    // The rows are drawn anew while people come.
    ada.eval("document.querySelector('#rooms [data-room=lab]').click()");
    ada.wait_for(
        "document.querySelector('#room-name').innerText === 'lab'",
        PATIENCE,
    );
    let say = |bo: &mut Chat, text: &str| {
        bo.granted(json!({"type": "send", "room": "lobby", "text": text}));
    };
    say(&mut bo, "@Ada can you hear me?");
    ada.wait_for(DOT, PATIENCE);
    assert_eq!(
        ada.eval("window.sounds"),
        0,
        "off, until a person switches it on"
    );
    super::choose_of_mine(&mut ada, "#sound");
    assert_eq!(ada.eval("window.sounds"), 1, "so it sounds");
    say(&mut bo, "@Adam is somebody else, and this is for all");
    say(&mut bo, "and @ada?");
    ada.wait_for("window.sounds === 2", PATIENCE);
    let unread = "document.querySelector('#rooms [data-room=lobby] .unread').innerText";
    ada.wait_for(&format!("{unread} === '3'"), PATIENCE);
    let mentions = ada.eval(
        "import('/assets/chat/mentions.js').then(({ mentions }) => [
             mentions('@Ann Lee, look', 'Ann', ['Ann Lee']), mentions('@Ann and @Ann Lee', 'Ann', ['Ann Lee']),
             mentions('@小波你好', '小波', []), mentions('Ann', 'Ann', []), mentions('mail@annex', 'Ann', [])])",
    );
    assert_eq!(mentions, json!([false, true, true, false, false]));
    ada.reload();
    ada.wait_for(IN_THE_ROOM, PATIENCE);
    ada.click("#me-open");
    wait_for_words(&mut ada, "Sound: on");
    assert_no_problems(&mut [("Ada", &mut ada)]);
}

#[test]
fn a_person_creates_a_room_where_the_server_lets_them() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("[rooms]\ncreate = \"hosts\"\n");
    let mut ada = join(&mut browser, &server, "Ada");
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    host.wait_for(
        "document.querySelector('#room-new').checkVisibility()",
        PATIENCE,
    );
    assert_eq!(
        ada.eval("document.querySelector('#room-new').checkVisibility()"),
        false
    );
    host.click("#room-new");
    host.type_into("#dialog input", "no blanks");
    host.click("#dialog-ok");
    wait_for_words(&mut host, "A name has 1 to 32");
    host.type_into("#dialog input", "数学-B");
    host.click("#dialog-ok");
    host.wait_for(
        "document.querySelector('#room-name').innerText === '数学-B'",
        PATIENCE,
    );
    say(&mut host, "the first word");
    wait_for_entry(&mut host, ".own[data-state=saved]", "the first word");
    assert_no_problems(&mut [("Ada", &mut ada), ("the host", &mut host)]);
}

#[test]
fn what_came_to_a_room_that_was_seen_empty_is_unread() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut ada = join(&mut browser, &server, "Ada");
    wait_for_words(&mut ada, "There are no messages yet.");
    ada.open("about:blank");
    let mut bo = Chat::member(&server, "Bo");
    bo.granted(json!({"type": "send", "room": "lobby", "text": "while Ada was away"}));
    // A tab that was reloaded a moment ago goes on by itself.
    ada.open(&super::url(&server, ""));
    ada.wait_for(IN_THE_ROOM, PATIENCE);
    wait_for_words(&mut ada, "while Ada was away");
    ada.wait_for("document.querySelector('#log .missed')", PATIENCE);
}

#[test]
fn a_room_where_one_is_not_shows_how_much_was_said_there() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("[rooms]\nlist = [\"lobby\", \"lab\"]\ncreate = \"all\"\n");
    let mut ada = join(&mut browser, &server, "Ada");
    let mut bo = Chat::member(&server, "Bo");
    let unread = |room: &str| {
        format!("document.querySelector('#rooms [data-room={room}] .unread')?.innerText ?? null")
    };
    for room in ["lab", "den"] {
        bo.granted(json!({"type": "join", "room": room}));
        for text in ["one", "two"] {
            bo.granted(json!({"type": "send", "room": room, "text": text}));
        }
        // The second one did not exist when the page was opened.
        ada.wait_for(&format!("({}) === '2'", unread(room)), PATIENCE);
    }
    assert_eq!(
        ada.eval("document.title.startsWith('(')"),
        false,
        "nobody is called to a room where they are not"
    );
    ada.click("#rooms [data-room=lab]");
    wait_for_words(&mut ada, "two");
    ada.wait_for(&format!("({}) === null", unread("lab")), PATIENCE);
    assert_no_problems(&mut [("Ada", &mut ada)]);
}
