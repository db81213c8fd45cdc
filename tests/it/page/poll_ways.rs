//! The ways to ask and to answer in a poll: keyboard, touch, a double click, without a connection; and how
//! polls look.

use serde_json::json;

use super::polls::{RESULT_ROW, WHOLE, answer, choice, pressed, start, wait_for, wait_for_sums};
use super::screenshots::shoot;
use super::{IN_THE_ROOM, TEXT, assert_accessible, assert_no_problems, join, join_as_host};
use crate::cdp::{Browser, PATIENCE, Page, View};
use crate::harness::tools::{self, INSTALL, need};
use crate::harness::{Chat, Server, UNPACED};

#[test]
fn an_own_question_is_asked_and_answered_with_the_keyboard_alone() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start(UNPACED);
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    let mut ada = join(&mut browser, &server, "Ada");
    host.click("#desk-tab-polls");
    host.wait_for("document.querySelector('#poll-own')", PATIENCE);
    host.eval("document.querySelector('#poll-own').focus()");
    host.press("Enter");
    host.press("Enter");
    // An empty question starts nothing: Enter only goes on to the choices.
    host.press("Enter");
    assert_eq!(
        host.eval(
            "document.activeElement.getAttribute('aria-label')?.replace(/[\\u2068\\u2069]/g, '')"
        ),
        "Choice 2"
    );
    host.press("Enter");
    wait_for(&mut host, ".poll-new .problem", "Write a question first.");
    assert_eq!(host.eval("document.activeElement.id"), "poll-question");
    for text in ["Which are methods?", "GET", "POST", "GET"] {
        host.insert(text);
        host.press("Enter");
    }
    host.press("Enter");
    wait_for(&mut host, ".poll-new .problem", "Two of the choices");
    host.insert("101");
    host.press("Enter");
    host.eval("document.querySelector('#poll-multiple').focus()");
    host.press(" ");
    host.eval("document.querySelector('.poll-field:last-child input').focus()");
    host.press("Enter");
    host.wait_for("document.querySelector('.poll-open .poll-desk')", PATIENCE);
    wait_for(&mut host, ".poll-open", "Which are methods?");
    wait_for(&mut host, ".poll-open", "several answers");
    assert_eq!(host.eval("document.activeElement.id"), "poll-own");
    assert_eq!(
        host.eval("document.querySelector('#poll-question').value"),
        ""
    );

    // From the message field, Shift and Tab go back to the poll.
    ada.wait_for(&format!("document.querySelector('{WHOLE}')"), PATIENCE);
    ada.click("#composer-text");
    for _ in 0..10 {
        let there = "document.activeElement.matches('.poll-choice')";
        if ada.eval(there) == true {
            break;
        }
        ada.press("Shift+Tab");
    }
    ada.press("Enter");
    ada.press("Shift+Tab");
    ada.press("Enter");
    assert_eq!(ada.eval(&pressed()), json!([1, 2]));
    // Not answered yet: the wrong one goes, another comes.
    ada.press("Tab");
    ada.press(" ");
    ada.press("Shift+Tab");
    ada.press("Shift+Tab");
    ada.press(" ");
    assert_eq!(ada.eval(&pressed()), json!([0, 1]));
    for _ in 0..3 {
        ada.press("Tab");
    }
    ada.press("Enter");
    wait_for(&mut ada, WHOLE, "Saved: GET, POST. You can change it");
    wait_for_sums(&mut host, ".poll-open", &json!([1, 1, 0]));
    assert_eq!(ada.eval("document.activeElement.tagName"), "H2");
    assert_no_problems(&mut [("the host", &mut host), ("Ada", &mut ada)]);
}

#[test]
fn beside_an_on_screen_keyboard_a_poll_is_one_line_until_it_is_answered() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start(UNPACED);
    let mut lin = Chat::person(&server, "Ms Lin", "host");
    let mut ada = join(&mut browser, &server, "Ada");
    let mut view = View {
        width: 360,
        height: 740,
        dark: false,
        language: "en-US",
    };
    ada.view(&view);
    for question in [
        "Which status opens a WebSocket, if the server agrees?",
        "And then?",
    ] {
        let asked = json!({"type": "poll", "room": "lobby", "question": question,
            "choices": ["101", "200", "302", "426"]});
        lin.granted(asked);
    }
    ada.wait_for(&format!("document.querySelector('{WHOLE}')"), PATIENCE);
    ada.click("#composer-text");
    view.height = 440;
    ada.view(&view);
    ada.wait_for(&format!("!document.querySelector('{WHOLE}')"), PATIENCE);
    let height = "document.querySelector('#card-polls').offsetHeight";
    assert!(
        ada.eval(height).as_u64().unwrap() <= 48,
        "{}",
        ada.eval(height)
    );
    shoot(&mut ada, &view, "poll-keyboard");
    // The touch that takes the focus out of the field is not lost.
    ada.tap("#card-polls .poll:not([hidden]) .poll-line .link");
    wait_for(&mut ada, WHOLE, "Which status opens");
    view.height = 740;
    ada.view(&view);
    // The card moves down, and a touch before that would miss it.
    let settled = "document.querySelector('#composer').getBoundingClientRect().bottom > 700";
    ada.wait_for(settled, PATIENCE);
    ada.tap(&choice(0));
    wait_for(&mut ada, WHOLE, "Saved: 101");
    // The other one is a line below, and opens.
    ada.tap("#card-polls .poll-line:not([hidden]) .link");
    wait_for(&mut ada, WHOLE, "And then?");
    ada.tap(&format!("{WHOLE} .poll-head .link"));
    ada.wait_for(
        "document.querySelectorAll('#card-polls .poll-line:not([hidden])').length === 1",
        PATIENCE,
    );
    wait_for(&mut ada, WHOLE, "Which status opens");
    let small = "[...document.querySelectorAll('#card-polls button')]
        .filter(each => each.offsetParent && (each.offsetHeight < 44 || each.offsetWidth < 44))
        .map(each => each.textContent)";
    assert_eq!(ada.eval(small), json!([]));
    assert_no_problems(&mut [("Ada", &mut ada)]);
}

#[test]
fn an_answer_that_was_not_sent_is_sent_when_the_server_is_back_and_polls_survive_it() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let mut server = Server::start(UNPACED);
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    let mut ada = join(&mut browser, &server, "Ada");
    start(&mut host, "letters", false);
    ada.click(&choice(0));
    wait_for_sums(&mut host, ".poll-open", &json!([1, 0, 0, 0]));
    assert!(server.stop().success());
    ada.wait_for("document.body.dataset.connection === 'waiting'", PATIENCE);
    ada.click(&choice(3));
    wait_for(&mut ada, WHOLE, "Not connected. Your answer is sent");
    server.start_again();
    for page in [&mut host, &mut ada] {
        page.wait_for(IN_THE_ROOM, PATIENCE);
    }
    wait_for(&mut ada, WHOLE, "Saved: D.");
    wait_for_sums(&mut host, ".poll-open", &json!([0, 0, 0, 1]));
    host.click(".poll-open .desk-acts button.primary");
    wait_for(&mut ada, RESULT_ROW, "Ms Lin closed the poll:");
    assert_eq!(
        ada.eval("document.querySelectorAll('#log .event.poll').length"),
        2
    );
}

#[test]
fn a_double_click_starts_one_poll_and_closes_none() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start(UNPACED);
    let mut bo = Chat::member(&server, "Bo");
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    host.click("#desk-tab-polls");
    let place = host.find("[data-template=yes]");
    for kind in ["mouseMoved", "mousePressed", "mouseReleased"] {
        host.mouse(kind, &place);
    }
    bo.expect("poll");
    host.wait_for("document.querySelector('.poll-open .poll-desk')", PATIENCE);
    // The second half falls on whatever the new poll has moved there.
    for there in [
        "document.querySelector('[data-template=yes]')",
        "document.querySelector('.poll-open .desk-acts button')",
        "document.querySelector('.poll-open .desk-acts button:last-child')",
    ] {
        host.eval(&format!(
            "{there}.dispatchEvent(new MouseEvent('click', {{ bubbles: true, detail: 2 }}))"
        ));
    }
    wait_for(&mut host, "#log .event.poll", "Ms Lin asks:");
    host.click("#desk-tab-class");
    host.click("#tool-lock");
    bo.expect("state");
    bo.expect_no("poll");
    bo.expect_no("poll_closed");
    bo.expect_no("poll_published");
    assert_no_problems(&mut [("the host", &mut host)]);
}

#[test]
fn who_was_away_while_a_poll_was_closed_sees_the_result_and_nothing_to_answer() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let mut server = Server::start(UNPACED);
    let mut ada = join(&mut browser, &server, "Ada");
    let mut lin = Chat::person(&server, "Ms Lin", "host");
    let asked = json!({"type": "poll", "room": "lobby", "question": "Did you follow?", "choices": ["yes", "no"]});
    let poll = lin.granted(asked.clone())["seq"].clone();
    ada.click(&choice(0));
    wait_for(&mut ada, WHOLE, "Saved: yes.");
    // Whatever the page tries, it does not come through until it is let.
    ada.eval(
        "window.Real = WebSocket;
         window.WebSocket = class {
             constructor() { setTimeout(() => this.onclose({ code: 1006, reason: '' })); }
             send() {}
             close() {}
         };
         Object.assign(WebSocket, { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 });",
    );
    assert!(server.stop().success());
    server.start_again();
    ada.wait_for("document.body.dataset.connection === 'waiting'", PATIENCE);
    let mut lin = Chat::person(&server, "Ms Lin", "host");
    for action in ["close_poll", "publish_poll"] {
        lin.granted(json!({"type": "moderate", "action": action, "room": "lobby", "poll": poll}));
    }
    lin.granted(asked);
    ada.eval("window.WebSocket = window.Real; document.querySelector('#status-now').click()");
    ada.wait_for(IN_THE_ROOM, PATIENCE);
    wait_for_sums(&mut ada, "#log", &json!([1, 0]));
    // Another one is open by now.
    wait_for(&mut ada, WHOLE, "Your teacher sees your name");
    assert_eq!(ada.eval(&pressed()), json!([]));
    assert_eq!(
        ada.eval("document.querySelectorAll('#card-polls .poll').length"),
        1
    );
}

/// At the end of a lesson the page is another person's.
#[test]
fn what_a_teacher_typed_is_not_there_for_the_next_person_at_this_computer() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start(UNPACED);
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    host.click("#desk-tab-polls");
    host.click("#poll-own");
    host.type_into("#poll-question", "a secret question");
    super::choose_of_mine(&mut host, "#leave");
    host.click("#dialog-ok");
    host.wait_for("document.body.dataset.view === 'join'", PATIENCE);
    host.type_into("#join-name", "Bo");
    host.type_into("#join-code", crate::harness::CLASS_CODE);
    host.click("#join-submit");
    host.wait_for(IN_THE_ROOM, PATIENCE);
    host.wait_for(
        "document.querySelector('#poll-question').value === ''",
        PATIENCE,
    );
}

#[test]
fn polls_are_accessible_fit_and_have_their_screenshots() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let axe = need(tools::axe(), "axe-core", INSTALL);
    for (width, dark, language) in [
        (360, false, "zh-CN"),
        (360, true, "en-US"),
        (1440, false, "en-US"),
        (1440, true, "zh-CN"),
    ] {
        let view = View {
            width,
            height: if width == 360 { 740 } else { 900 },
            dark,
            language,
        };
        let server = Server::start(UNPACED);
        let names = ["小波", "Carla", "مريم", "Dmitri", "Emma", "王小明"];
        let mut others = names.map(|name| Chat::member(&server, name));
        let mut pages = [
            join_as_host(&mut browser, &server, "Ms Lin"),
            join(&mut browser, &server, "Ada"),
        ];
        for page in &mut pages {
            page.view(&view);
            page.reload();
            page.wait_for(IN_THE_ROOM, PATIENCE);
        }
        lesson(&mut pages, &mut others, &view, axe.as_deref());
    }
}

/// A named, an anonymous and a closed poll, as those who lead and a member see them.
#[track_caller]
fn lesson(pages: &mut [Page; 2], others: &mut [Chat], view: &View, axe: Option<&str>) {
    let [host, ada] = pages;
    let narrow = host.eval("document.querySelector('#open-people').checkVisibility()") == true;
    if narrow {
        host.click("#open-people");
    }
    start(host, "follow", false);
    let poll = others[0].expect("poll")["seq"].clone();
    for (n, other) in others.iter_mut().enumerate() {
        answer(other, &poll, &[n % 2]);
    }
    wait_for_sums(host, ".poll-open", &json!([3, 3, 0]));
    host.click(".poll-open .desk-acts button:last-child");
    ada.wait_for(&format!("document.querySelector('{WHOLE}')"), PATIENCE);
    ada.wait_for("document.querySelector('#log .desk-result')", PATIENCE);
    shoot(ada, view, "poll-open");
    host.click(".poll-open .poll-voters summary");
    shoot(host, view, "poll-desk");
    host.click(".poll-open .desk-acts button.primary");
    host.wait_for(
        "!document.querySelector('.poll-open .desk-acts button.primary')",
        PATIENCE,
    );

    host.click("#poll-anonymous");
    host.click("#poll-own");
    host.type_into(
        "#poll-question",
        "Which status opens a WebSocket? 哪个状态码打开 WebSocket？",
    );
    for (n, text) in [
        "101",
        "200",
        "302 Found, with a long explanation of what it means",
        "426",
    ]
    .iter()
    .enumerate()
    {
        if n > 1 {
            host.click("#poll-more");
        }
        host.type_into(&format!(".poll-field:nth-of-type({}) input", n + 1), text);
    }
    host.eval("document.querySelector('.poll-new').scrollIntoView()");
    shoot(host, view, "poll-form");
    if let Some(axe) = axe.filter(|_| view.width == 1440) {
        assert_accessible(host, axe, "a poll's form");
    }
    host.click("#poll-start");
    ada.wait_for(&format!("{TEXT}.includes('426')"), PATIENCE);
    ada.click(&choice(0));
    shoot(ada, view, "poll-anonymous");
    ada.click(&format!("{WHOLE} .desk-acts button"));
    ada.wait_for(
        &format!("document.querySelector('{WHOLE} [aria-disabled]')"),
        PATIENCE,
    );
    shoot(ada, view, "poll-answered");
    if let Some(axe) = axe.filter(|_| view.width == 1440) {
        assert_accessible(ada, axe, "a poll's card");
    }
    assert_no_problems(&mut [("the host", host), ("Ada", ada)]);
}
