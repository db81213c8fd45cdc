//! Polls in the page: asking, answering and the result, for those who lead, members, latecomers and viewers.

use serde_json::{Value, json};

use super::{IN_THE_ROOM, assert_no_problems, join, join_as_host, url, wait_for_words};
use crate::cdp::{Browser, PATIENCE, Page};
use crate::harness::{Chat, Guest, Server, UNPACED};

/// The open poll above the composer, when it is shown whole.
pub(super) const WHOLE: &str = "#card-polls:not([hidden]) .poll-full:not([hidden])";

/// The words of an element, without the isolates around facts.
pub(super) fn words(selector: &str) -> String {
    format!(r"document.querySelector({selector:?}).innerText.replace(/[\u2068\u2069]/g, '')")
}

#[track_caller]
pub(super) fn wait_for(page: &mut Page, selector: &str, expected: &str) {
    let condition = format!("{}.includes({expected:?})", words(selector));
    page.wait_for(&condition, PATIENCE);
}

/// Goes to the tab of polls and starts one of those that need one touch.
#[track_caller]
pub(super) fn start(host: &mut Page, template: &str, anonymous: bool) {
    host.click("#desk-tab-polls");
    // The form comes when the tab is opened for the first time.
    host.wait_for(
        "document.querySelector('#poll-anonymous') !== null",
        PATIENCE,
    );
    if host.eval("document.querySelector('#poll-anonymous').checked") != anonymous {
        host.click("#poll-anonymous");
    }
    host.click(&format!("[data-template={template}]"));
    host.wait_for("document.querySelector('.poll-open .poll-desk')", PATIENCE);
}

pub(super) fn choice(n: usize) -> String {
    format!("{WHOLE} .poll-choice[data-choice=\"{n}\"]")
}

/// The choices that are marked on the card.
pub(super) fn pressed() -> String {
    format!(
        "[...document.querySelectorAll('{WHOLE} .poll-choice[aria-pressed=true]')].map(b => Number(b.dataset.choice))"
    )
}

/// The sums beside the bars in a part of the page.
fn sums(within: &str) -> String {
    format!(
        r"[...document.querySelectorAll('{within} .desk-result .poll-sum')]
             .map(each => Number(/\d+/.exec(each.textContent)[0]))"
    )
}

#[track_caller]
pub(super) fn wait_for_sums(page: &mut Page, within: &str, expected: &Value) {
    let condition = format!("JSON.stringify({}) === '{expected}'", sums(within));
    page.wait_for(&condition, PATIENCE);
}

/// Somebody without a page sees the newest poll of the lobby, and answers.
#[track_caller]
pub(super) fn answer(chat: &mut Chat, poll: &Value, choices: &[usize]) {
    chat.granted(json!({"type": "vote", "room": "lobby", "poll": poll, "choices": choices}));
}

pub(super) const RESULT_ROW: &str = "#log .event.poll:last-child";

#[test]
fn a_named_poll_from_one_touch_to_the_result_that_a_latecomer_sees() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start(UNPACED);
    let mut bo = Chat::member(&server, "Bo");
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    let mut ada = join(&mut browser, &server, "Ada");
    assert_eq!(
        ada.eval("document.querySelector('#card-polls').hidden"),
        true
    );
    assert_eq!(
        ada.eval("document.querySelector('#desk-tab-polls').hidden"),
        true
    );

    start(&mut host, "letters", false);
    let poll = bo.expect("poll")["seq"].clone();
    wait_for(&mut host, ".poll-open .poll-count", "0 of 2 have answered");
    wait_for(
        &mut host,
        ".poll-open .poll-missing summary",
        "Not answered yet: 2",
    );
    wait_for(&mut ada, "#log .event.poll", "Ms Lin asks:");
    wait_for(&mut ada, WHOLE, "Your teacher sees your name");
    ada.click(&choice(1));
    wait_for(&mut ada, WHOLE, "Saved: B. You can change it");
    wait_for_sums(&mut host, ".poll-open", &json!([0, 1, 0, 0]));
    // The next touch changes the answer.
    ada.tap(&choice(2));
    answer(&mut bo, &poll, &[0]);
    wait_for_sums(&mut host, ".poll-open", &json!([1, 0, 1, 0]));
    assert_eq!(ada.eval(&pressed()), json!([2]));
    assert_eq!(
        host.eval("document.querySelector('.poll-missing').hidden"),
        true
    );
    host.click(".poll-voters summary");
    wait_for(&mut host, ".poll-voters", "C: Ada");

    // Members see sums when they are shown to all, and not before.
    assert_eq!(ada.eval(&sums("#log")), json!([]));
    host.click(".poll-open .desk-acts button:last-child");
    wait_for_sums(&mut ada, "#log", &json!([1, 0, 1, 0]));
    wait_for(&mut ada, &choice(2), "1 · 50%");
    host.click(".poll-open .desk-acts button.primary");
    ada.wait_for("document.querySelector('#card-polls').hidden", PATIENCE);
    let mut cy = join(&mut browser, &server, "Cy");
    for page in [&mut host, &mut ada, &mut cy] {
        wait_for(page, RESULT_ROW, "Ms Lin closed the poll:");
        wait_for_sums(page, "#log", &json!([1, 0, 1, 0]));
    }
    wait_for(&mut ada, RESULT_ROW, "your answer");
    assert_eq!(
        cy.eval("document.querySelector('#card-polls').hidden"),
        true
    );
    wait_for(&mut host, ".poll-earlier", "Everybody sees the result.");
    assert_no_problems(&mut [("the host", &mut host), ("Ada", &mut ada), ("Cy", &mut cy)]);
}

#[test]
fn an_anonymous_poll_says_in_words_when_its_sums_are_shown_and_names_nobody() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start(UNPACED);
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    let mut ada = join(&mut browser, &server, "Ada");
    let mut others: Vec<Chat> = (1..=4)
        .map(|n| Chat::member(&server, &format!("Bo{n}")))
        .collect();
    start(&mut host, "follow", true);
    let poll = others[0].expect("poll")["seq"].clone();
    wait_for(&mut ada, WHOLE, "not even your teacher");
    // A touch only marks, because the first answer counts.
    ada.click(&choice(1));
    ada.click(&choice(0));
    assert_eq!(ada.eval(&pressed()), json!([0]));
    ada.click(&format!("{WHOLE} .desk-acts button"));
    wait_for(&mut ada, WHOLE, "Saved: Yes. Only this page knows");
    ada.click(&choice(1));
    assert_eq!(ada.eval(&pressed()), json!([0]));
    for other in &mut others[..3] {
        answer(other, &poll, &[2]);
    }
    wait_for(&mut host, ".poll-open .poll-count", "4 of 5 have answered");
    wait_for(&mut host, ".poll-open", "from five answers on");
    assert_eq!(host.eval(&sums(".poll-open")), json!([]));
    assert!(!host.eval(&words(".poll-open")).to_string().contains("Ada"));
    host.click(".poll-open .desk-acts button:last-child");
    wait_for(&mut ada, RESULT_ROW, "from five answers on");

    answer(&mut others[3], &poll, &[1]);
    wait_for_sums(&mut host, ".poll-open", &json!([1, 1, 3]));
    wait_for_sums(&mut ada, "#log", &json!([1, 1, 3]));
    // After a reload the page does not know the answer either.
    ada.reload();
    ada.wait_for(IN_THE_ROOM, PATIENCE);
    wait_for(&mut ada, WHOLE, "stored nowhere with your name");
    assert_eq!(ada.eval(&pressed()), json!([]));
    ada.click(&choice(1));
    assert_eq!(ada.eval(&pressed()), json!([]));
    assert_no_problems(&mut [("the host", &mut host), ("Ada", &mut ada)]);
}

#[test]
fn closing_shows_the_sums_of_a_small_anonymous_poll_to_those_who_lead_alone() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start(UNPACED);
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    let mut ada = join(&mut browser, &server, "Ada");
    start(&mut host, "yes", true);
    ada.click(&choice(0));
    ada.click(&format!("{WHOLE} .desk-acts button"));
    wait_for(&mut host, ".poll-open .poll-count", "1 of 1 has answered");
    host.click(".poll-open .desk-acts button.primary");
    wait_for_sums(&mut host, ".poll-open", &json!([1, 0]));
    wait_for_sums(&mut host, "#log", &json!([1, 0]));
    wait_for(&mut host, RESULT_ROW, "Only those who lead");
    wait_for(
        &mut ada,
        RESULT_ROW,
        "The result is not shown to everybody.",
    );
    assert_eq!(ada.eval(&sums("#log")), json!([]));
    // Who leads sees it after a reload too, and can still show it.
    host.reload();
    host.wait_for(IN_THE_ROOM, PATIENCE);
    host.click("#desk-tab-polls");
    wait_for_sums(&mut host, ".poll-open", &json!([1, 0]));
    host.click(".poll-open .desk-acts button");
    wait_for_sums(&mut ada, "#log", &json!([1, 0]));
    wait_for(&mut ada, RESULT_ROW, "Ms Lin shows the result to all:");
    assert_no_problems(&mut [("the host", &mut host), ("Ada", &mut ada)]);
}

#[test]
fn who_is_muted_in_a_quiet_class_answers_and_a_viewer_only_looks() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start(UNPACED);
    let mut lin = Chat::person(&server, "Ms Lin", "host");
    let mut ada = join(&mut browser, &server, "Ada");
    let user = loop {
        let presence = lin.expect("presence");
        let joined = presence["joined"].as_array().unwrap().iter();
        if let Some(ada) = joined.clone().find(|person| person["name"] == "Ada") {
            break ada["id"].clone();
        }
    };
    lin.granted(json!({"type": "moderate", "action": "mute", "user": user}));
    lin.granted(json!({"type": "moderate", "action": "lock", "room": "lobby", "on": true}));
    let asked = json!({"type": "poll", "room": "lobby", "question": "<b>Bold?</b>", "choices": ["<i>yes</i>", "no"]});
    let poll = lin.granted(asked)["seq"].clone();
    ada.click(&choice(0));
    wait_for(&mut ada, WHOLE, "Saved: <i>yes</i>.");
    wait_for(&mut ada, "#log .event.poll .poll-question", "<b>Bold?</b>");

    let mut vi = viewer(&mut browser, &server);
    wait_for(&mut vi, WHOLE, "You are a viewer");
    vi.click(&choice(0));
    assert_eq!(vi.eval(&pressed()), json!([]));
    lin.granted(
        json!({"type": "moderate", "action": "publish_poll", "room": "lobby", "poll": poll}),
    );
    for page in [&mut ada, &mut vi] {
        wait_for(page, &choice(0), "1 · 100%");
    }
    assert_no_problems(&mut [("Ada", &mut ada), ("the viewer", &mut vi)]);
}

#[track_caller]
fn viewer(browser: &mut Browser, server: &Server) -> Page {
    let mut page = browser.page();
    page.open(&url(server, ""));
    let token = server.token("Vi", "observer");
    page.eval(&format!(
        "localStorage.setItem('glassroom.token', {token:?})"
    ));
    page.reload();
    super::form::go_on(&mut page);
    page.wait_for(IN_THE_ROOM, PATIENCE);
    page
}

#[test]
fn several_answers_from_one_device_are_flagged_and_a_fifth_poll_has_to_wait() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start(UNPACED);
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    let first = Guest::join(&server, "Ann", None);
    let mut ann = first.connect(&server);
    let mut bo = Guest::join(&server, "Bo", Some(&first.device)).connect(&server);
    start(&mut host, "yes", false);
    let poll = ann.expect("poll")["seq"].clone();
    for each in [&mut ann, &mut bo] {
        answer(each, &poll, &[0]);
    }
    wait_for(
        &mut host,
        ".poll-flag",
        "Answered on the same device: Ann, Bo",
    );
    start(&mut host, "yes", true);
    let poll = loop {
        let asked = ann.expect("poll");
        if asked["anonymous"] == true {
            break asked["seq"].clone();
        }
    };
    for each in [&mut ann, &mut bo] {
        answer(each, &poll, &[0]);
    }
    wait_for(
        &mut host,
        ".poll-open .poll-desk:first-child .poll-flag",
        "1 answer came",
    );
    for n in 3..=4 {
        start(&mut host, "follow", false);
        host.wait_for(
            &format!("document.querySelectorAll('.poll-open .poll-desk').length === {n}"),
            PATIENCE,
        );
    }
    wait_for(&mut host, "#desk-polls", "4 polls are open in this room.");
    assert_eq!(
        host.eval("[...document.querySelectorAll('[data-template]')].every(b => b.disabled)"),
        true
    );
    assert_eq!(
        host.eval("document.querySelector('#desk-tab-polls .count').textContent"),
        "4"
    );
    assert_no_problems(&mut [("the host", &mut host)]);
}

#[test]
fn refusals_are_sentences_and_the_card_then_says_how_it_is() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start(UNPACED);
    let mut lin = Chat::person(&server, "Ms Lin", "host");
    let mut ada = join(&mut browser, &server, "Ada");
    let token = super::connection::token(&mut ada);
    let mut elsewhere = Chat::connect(server.addr, &token);
    elsewhere.expect("joined");
    let asked = |anonymous: bool| {
        json!({"type": "poll", "room": "lobby", "question": "Did you follow?",
            "choices": ["yes", "no"], "anonymous": anonymous})
    };
    let poll = lin.granted(asked(true))["seq"].clone();
    // An answer is on its way while the person answers elsewhere, or the teacher closes the poll.
    let hold = "window.send = WebSocket.prototype.send;
         WebSocket.prototype.send = function (text) { window.late = () => window.send.call(this, text); };";
    let go = "WebSocket.prototype.send = window.send; window.late(); window.late = null;";
    ada.click(&choice(1));
    ada.eval(hold);
    ada.click(&format!("{WHOLE} .desk-acts button"));
    ada.wait_for("window.late", PATIENCE);
    answer(&mut elsewhere, &poll, &[0]);
    ada.eval(go);
    wait_for_words(&mut ada, "You have voted already.");
    wait_for(&mut ada, WHOLE, "stored nowhere with your name");
    assert_eq!(ada.eval(&pressed()), json!([]));

    let close = |poll: &Value| json!({"type": "moderate", "action": "close_poll", "room": "lobby", "poll": poll});
    lin.granted(close(&poll));
    let poll = lin.granted(asked(false))["seq"].clone();
    ada.wait_for(&format!("document.querySelector('{WHOLE}')"), PATIENCE);
    ada.eval(hold);
    ada.click(&choice(0));
    ada.wait_for("window.late", PATIENCE);
    lin.granted(close(&poll));
    ada.wait_for("document.querySelector('#card-polls').hidden", PATIENCE);
    ada.eval(go);
    wait_for_words(&mut ada, "This poll is closed.");
    assert_no_problems(&mut [("Ada", &mut ada)]);
}

#[test]
fn a_poll_in_another_room_is_unread_and_is_answered_there() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start(&format!("{UNPACED}[rooms]\nlist = [\"lobby\", \"lab\"]\n"));
    let mut lin = Chat::person(&server, "Ms Lin", "host");
    lin.granted(json!({"type": "join", "room": "lab"}));
    let mut ada = join(&mut browser, &server, "Ada");
    for room in ["lab", "lobby"] {
        ada.click(&format!("#rooms button[data-room={room}]"));
        let open = format!("document.querySelector('#room-name').textContent === '{room}'");
        ada.wait_for(&open, PATIENCE);
    }
    let asked =
        json!({"type": "poll", "room": "lab", "question": "Ready?", "choices": ["yes", "no"]});
    lin.granted(asked);
    wait_for(&mut ada, "#rooms button[data-room=lab] .unread", "1");
    let hidden = "document.querySelector('#card-polls').hidden";
    assert_eq!(ada.eval(hidden), true);
    ada.click("#rooms button[data-room=lab]");
    ada.click(&choice(0));
    wait_for(&mut ada, WHOLE, "Saved: yes.");
    ada.click("#rooms button[data-room=lobby]");
    ada.wait_for(hidden, PATIENCE);
    assert_no_problems(&mut [("Ada", &mut ada)]);
}
