//! Approve first, and clearing messages: what those who lead, an author, and everybody else see.

use serde_json::{Value, json};

use super::screenshots::shoot;
use super::{
    IN_THE_ROOM, assert_no_problems, entries, join, join_as_host, say, wait_for_entry,
    wait_for_words,
};
use crate::cdp::{Browser, PATIENCE, Page, View};
use crate::harness::tools::{self, INSTALL, need};
use crate::harness::{Chat, Server};

/// Opens the tab and switches the rule on.
#[track_caller]
fn approve_first(host: &mut Page) {
    host.click("#desk-tab-approvals");
    host.click("#tool-approve");
    let on = "document.querySelector('#tool-approve').getAttribute('aria-pressed') === 'true'";
    host.wait_for(on, PATIENCE);
}

/// The count on the tab, and how many cards are in it.
#[track_caller]
fn wait_for_cards(host: &mut Page, n: usize) {
    let count = if n == 0 { String::new() } else { n.to_string() };
    host.wait_for(
        &format!(
            "document.querySelectorAll('#approvals-list [data-id]').length === {n}
             && document.querySelector('#desk-tab-approvals .count').textContent === '{count}'"
        ),
        PATIENCE,
    );
}

/// Clicks the button with these words in the newest card.
fn decide(host: &mut Page, words: &str) {
    host.eval(&format!(
        "[...document.querySelectorAll('#approvals-list [data-id]:last-of-type .desk-acts button')]
             .find(button => button.innerText.trim() === {words:?}).click()"
    ));
}

#[test]
fn what_a_student_writes_waits_in_words_and_is_published_or_comes_back_with_the_reason() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    let mut ada = join(&mut browser, &server, "Ada");
    let mut bo = join(&mut browser, &server, "Bo");
    approve_first(&mut host);
    wait_for_words(
        &mut ada,
        "Your messages appear when the teacher has published them.",
    );
    wait_for_words(&mut ada, "messages need approval");

    say(&mut ada, "May I?");
    wait_for_entry(&mut ada, ".own[data-state=waiting]", "May I?");
    wait_for_words(&mut ada, "Waits for approval.");
    wait_for_cards(&mut host, 1);
    assert_eq!(host.eval(&entries("", "May I?")), 0);
    // A reload sends nothing again, and the message still waits.
    ada.reload();
    ada.wait_for(IN_THE_ROOM, PATIENCE);
    wait_for_entry(&mut ada, ".own[data-state=waiting]", "May I?");
    wait_for_cards(&mut host, 1);
    decide(&mut host, "Publish");
    wait_for_entry(&mut bo, ":not(.own)", "May I?");
    wait_for_entry(&mut host, ":not(.own)", "May I?");
    wait_for_entry(&mut ada, ".own[data-state=saved]", "May I?");
    assert_eq!(ada.eval(&entries("", "May I?")), 1);
    wait_for_cards(&mut host, 0);

    say(&mut ada, "No fun");
    wait_for_cards(&mut host, 1);
    decide(&mut host, "Reject with a reason");
    host.type_into("#dialog-reason", "be kind");
    host.click("#dialog-ok");
    let told = "Ms Lin did not publish this. The reason: “be kind”";
    wait_for_words(&mut ada, told);
    ada.reload();
    ada.wait_for(IN_THE_ROOM, PATIENCE);
    wait_for_words(&mut ada, told);
    ada.click("#log .back");
    let draft = "document.querySelector('#composer-text').value";
    assert_eq!(ada.eval(draft), "No fun");
    assert_eq!(ada.eval(&entries("", "No fun")), 0);
    assert_eq!(bo.eval(&entries("", "No fun")), 0);
    assert_no_problems(&mut [("the host", &mut host), ("Ada", &mut ada), ("Bo", &mut bo)]);
}

#[test]
fn what_was_decided_while_its_author_was_away_is_told_when_they_return() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let mut server = Server::start("");
    let mut host = Chat::person(&server, "Ms Lin", "host");
    let moderate = |action: &str| json!({"type": "moderate", "action": action, "room": "lobby"});
    let mut on = moderate("approve");
    on["on"] = true.into();
    host.granted(on);
    let mut ada = join(&mut browser, &server, "Ada");
    let mut ids = Vec::new();
    for text in ["yes", "no"] {
        say(&mut ada, text);
        wait_for_entry(&mut ada, ".own[data-state=waiting]", text);
        ids.push(host.expect("pending")["id"].clone());
    }
    ada.open("about:blank");
    // What waits survives a restart, and her connection does not.
    assert!(server.stop().success());
    server.start_again();
    let mut host = Chat::person(&server, "Ms Lin", "host");
    for (action, id) in ["publish", "reject"].iter().zip(&ids) {
        let mut decision = moderate(action);
        decision["id"] = id.clone();
        host.granted(decision);
    }
    ada.open(&super::url(&server, ""));
    ada.wait_for(IN_THE_ROOM, PATIENCE);
    wait_for_entry(&mut ada, ".own[data-state=saved]", "yes");
    wait_for_entry(&mut ada, ".own[data-state=failed]", "no");
    wait_for_words(&mut ada, "Not published.");
    assert_eq!(ada.eval(&entries("", "yes")), 1);
    host.expect_no("pending");
}

#[test]
fn an_edit_waits_too_and_the_others_see_the_old_text_until_another_leader_publishes_it() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    let mut assistant = Chat::person(&server, "Mo", "moderator");
    let mut ada = join(&mut browser, &server, "Ada");
    let mut bo = join(&mut browser, &server, "Bo");
    say(&mut ada, "befor");
    wait_for_entry(&mut bo, ":not(.own)", "befor");
    approve_first(&mut host);
    wait_for_entry(&mut ada, ".own[data-state=saved]", "befor");
    // The key Up edits the last message.
    ada.click("#composer-text");
    ada.press("ArrowUp");
    say(&mut ada, "before");
    wait_for_words(&mut ada, "Your change: “before” It waits for approval.");
    assert_eq!(
        ada.eval("document.querySelector('#composer-text').value"),
        ""
    );
    wait_for_words(&mut host, "Instead of: “befor”");
    wait_for_cards(&mut host, 1);
    assert_eq!(bo.eval(&entries("", "befor")), 1);

    let id = assistant.expect("pending")["id"].clone();
    assistant.granted(json!({"type": "moderate", "action": "publish", "room": "lobby", "id": id}));
    wait_for_cards(&mut host, 0);
    wait_for_words(&mut host, "Mo published “before” by Ada.");
    for page in [&mut ada, &mut bo] {
        wait_for_entry(page, "", "before");
    }
    assert_eq!(
        ada.eval("document.querySelectorAll('#log .proposed').length"),
        0
    );
    assert_no_problems(&mut [("the host", &mut host), ("Ada", &mut ada), ("Bo", &mut bo)]);
}

#[test]
fn clearing_a_person_is_one_line_for_everybody_and_undo_brings_the_words_back() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("[limits]\nmessages_per_second = 0\n");
    let mut cy = Chat::member(&server, "Cy");
    for text in ["one", "two", "three"] {
        cy.granted(json!({"type": "send", "room": "lobby", "text": text}));
    }
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    let mut bo = join(&mut browser, &server, "Bo");
    say(&mut bo, "stays");
    wait_for_entry(&mut host, "", "stays");
    // The row of Bo moves the others.
    wait_for_words(&mut host, "Here · 3");
    host.click(&format!("#people li[data-user={:?}] > button", cy.id));
    host.click("#dialog [data-action=clear]");
    wait_for_words(&mut host, "3 messages go away for everybody.");
    host.click("#dialog-ok");
    wait_for_words(&mut host, "3 messages are cleared.");
    let mut late = join(&mut browser, &server, "Late");
    let shown = "[...document.querySelectorAll('#log .entry.message')].filter(e => e.checkVisibility()).length";
    for page in [&mut host, &mut bo, &mut late] {
        wait_for_words(page, "Ms Lin cleared 3 messages.");
        page.wait_for(&format!("{shown} === 1"), PATIENCE);
        assert_eq!(page.eval(&entries("", "two")), 0);
    }
    host.eval("[...document.querySelectorAll('#notices .toast button')].find(b => b.innerText === 'Undo').click()");
    for page in [&mut host, &mut bo, &mut late] {
        wait_for_words(page, "Ms Lin brought 3 cleared messages back.");
        page.wait_for(&format!("{shown} === 4"), PATIENCE);
        for text in ["one", "two", "three", "stays"] {
            wait_for_entry(page, "", text);
        }
    }
    // Who comes now reads everything as if nothing had been cleared.
    let mut later = join(&mut browser, &server, "Later");
    wait_for_entry(&mut later, "", "two");
    later.wait_for(&format!("{shown} === 4"), PATIENCE);
    assert_no_problems(&mut [
        ("the host", &mut host),
        ("Bo", &mut bo),
        ("Late", &mut late),
    ]);
}

#[test]
fn clearing_from_a_message_on_spares_what_was_said_before() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("[limits]\nmessages_per_second = 0\n");
    let mut cy = Chat::member(&server, "Cy");
    for text in ["first", "second", "third"] {
        cy.granted(json!({"type": "send", "room": "lobby", "text": text}));
    }
    cy.granted(json!({"type": "hand", "room": "lobby", "up": true, "question": "What now?"}));
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    wait_for_entry(&mut host, "", "second");
    super::open_menu(
        &mut host,
        "[...document.querySelectorAll('#log .entry')].find(e => e.innerText.includes('second'))",
    );
    host.click("#dialog [data-action=clear]");
    wait_for_words(&mut host, "3 messages go away for everybody.");
    host.click("#dialog-ok");
    wait_for_words(&mut host, "Ms Lin cleared 3 messages.");
    assert_eq!(host.eval(&entries("", "first")), 1);
    assert_eq!(host.eval(&entries("", "third")), 0);
    assert_no_problems(&mut [("the host", &mut host)]);
}

#[test]
fn the_last_minutes_of_a_room_are_cleared_from_the_desk() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("[limits]\nmessages_per_second = 0\n");
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    let mut cy = Chat::member(&server, "Cy");
    for text in ["first", "second"] {
        cy.granted(json!({"type": "send", "room": "lobby", "text": text}));
    }
    wait_for_entry(&mut host, "", "second");
    host.click("#desk-tab-approvals");
    host.click("#tool-clear");
    let options =
        "[...document.querySelectorAll('#dialog-from option')].map(each => each.textContent)";
    assert_eq!(
        host.eval(options),
        json!(["The last 5 minutes (2)", "All of them (2)"])
    );
    host.eval("document.querySelector('#dialog-from').selectedIndex = 0");
    host.click("#dialog-ok");
    wait_for_words(&mut host, "Ms Lin cleared 2 messages.");
    assert_eq!(host.eval(&entries("", "first")), 0);
    // Each span begins with its first message, and those that would clear the same are one.
    let recent = host.eval(
        "import('/assets/chat/clearings.js').then(({ recent }) => {
            const entry = (seq, minutes) => ({ seq, at: 1e12 - minutes * 60000 });
            const of = (...entries) => recent(entries, 1e12).map(({ minutes, from }) => [minutes, from]);
            return [of(entry(3, 90), entry(7, 50), {}, entry(9, 12), entry(10, 4)), of(entry(4, 3), entry(5, 1)), of(entry(6, 61)), of()];
        })",
    );
    assert_eq!(
        recent,
        json!([[[5, 10], [15, 9], [60, 7]], [[5, 4]], [], []])
    );
    assert_no_problems(&mut [("the host", &mut host)]);
}

#[test]
fn the_tab_and_what_an_author_reads_fit_and_are_accessible() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let axe = need(tools::axe(), "axe-core", INSTALL);
    let server = Server::start("[limits]\nmessages_per_second = 0\n");
    let mut mo = Chat::person(&server, "Mo", "moderator");
    let act = |action: &str, more: Value| {
        let mut request = json!({"type": "moderate", "action": action, "room": "lobby"});
        let more = more.as_object().unwrap().clone();
        request.as_object_mut().unwrap().extend(more);
        request
    };
    let mut cy = Chat::member(&server, "小晨");
    for n in 0..3 {
        cy.granted(json!({"type": "send", "room": "lobby", "text": format!("spam {n}")}));
    }
    mo.granted(act("clear", json!({"user": cy.id})));
    let mut ada = join(&mut browser, &server, "Ada");
    say(&mut ada, "Plants need ligth.");
    wait_for_entry(&mut ada, ".own[data-state=saved]", "Plants need ligth.");
    mo.granted(act("approve", json!({"on": true})));
    wait_for_words(&mut ada, "messages need approval");
    ada.click("#composer-text");
    ada.press("ArrowUp");
    say(&mut ada, "Plants need light.");
    wait_for_words(&mut ada, "Your change:");
    for text in [
        "Is the exam on Friday? 星期五考试吗？",
        "lol",
        "I think so.",
    ] {
        say(&mut ada, text);
        wait_for_entry(&mut ada, ".own[data-state=waiting]", text);
        let pending = loop {
            let pending = mo.expect("pending");
            if pending["text"] == text {
                break pending;
            }
        };
        if text == "lol" {
            mo.granted(act(
                "reject",
                json!({"id": pending["id"], "reason": "be kind"}),
            ));
        }
    }
    wait_for_words(&mut ada, "The reason: “be kind”");
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    for (width, height) in [(360, 740), (1440, 900)] {
        for (dark, language) in [(false, "en-US"), (true, "zh-CN")] {
            let view = View {
                width,
                height,
                dark,
                language,
            };
            for (name, page) in [
                ("approvals-host", &mut host),
                ("approvals-author", &mut ada),
            ] {
                page.view(&view);
                page.reload();
                page.wait_for(IN_THE_ROOM, PATIENCE);
                if name == "approvals-host" {
                    page.wait_for(
                        "document.querySelector('#desk-tab-approvals .count').textContent === '3'",
                        PATIENCE,
                    );
                    if width == 360 {
                        page.eval("document.querySelector('#open-people').click()");
                    }
                    page.eval("document.querySelector('#desk-tab-approvals').click()");
                } else {
                    page.wait_for("document.querySelector('#log .rejected')", PATIENCE);
                }
                if let Some(axe) = &axe {
                    accessible(page, axe, name);
                }
                shoot(page, &view, name);
            }
        }
    }
}

/// Checks the tab, or the log.
#[track_caller]
fn accessible(page: &mut Page, axe: &str, name: &str) {
    page.eval(axe);
    let place = match name {
        "approvals-host" => "#desk-approvals",
        _ => "#log",
    };
    let serious = page.eval(&format!(
        "axe.run('{place}').then(result => result.violations
             .filter(each => ['serious', 'critical'].includes(each.impact))
             .map(each => each.id + ': ' + each.nodes.map(node => node.html).join(' | ')))"
    ));
    assert_eq!(serious, json!([]), "{place}");
}
