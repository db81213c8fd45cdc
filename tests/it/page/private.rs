//! Private help and reports, on the pages of a host, a member and a shared tablet.

use serde_json::json;

use super::form::{go_on, open};
use super::screenshots::shoot;
use super::{
    IN_THE_ROOM, TEXT, assert_accessible, assert_no_problems, join, join_as_host, url,
    wait_for_words,
};
use crate::cdp::{Browser, PATIENCE, Page, View};
use crate::harness::tools::{self, INSTALL, need};
use crate::harness::{CLASS_CODE, Chat, Server};

/// The messages of the open conversation: `state: text`.
const SAID: &str = "[...document.querySelectorAll('.private-log > .private-message')]
    .map(each => each.dataset.state + ': ' + each.querySelector('.desk-text').innerText)";

/// What the tab of private messages counts.
const COUNT: &str = "document.querySelector('#desk-tab-private .count').textContent";

/// Opens the conversation with all who teach, and writes there.
#[track_caller]
fn ask_privately(page: &mut Page, text: &str) {
    page.click("#desk-tab-private");
    page.click("#private-ask");
    write(page, text);
}

#[track_caller]
fn write(page: &mut Page, text: &str) {
    page.type_into("#private-text", text);
    page.press("Enter");
}

#[track_caller]
fn wait_for_said(page: &mut Page, texts: &[&str]) {
    let saved: Vec<String> = texts.iter().map(|text| format!("saved: {text}")).collect();
    let words = json!(saved).to_string();
    page.wait_for(
        &format!("JSON.stringify({SAID}) === JSON.stringify({words})"),
        PATIENCE,
    );
}

#[test]
fn a_question_for_the_teacher_is_a_conversation_that_a_reload_keeps_and_the_room_does_not_show() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    let mut ada = join(&mut browser, &server, "Ada");
    let mut bo = join(&mut browser, &server, "Bo");
    ask_privately(&mut ada, "I am lost");
    wait_for_said(&mut ada, &["I am lost"]);
    // A toast without the words, and a count, tell the teacher.
    wait_for_words(&mut host, "Private message: Ada");
    host.wait_for(&format!("{COUNT} === '1'"), PATIENCE);
    host.wait_for("document.title.startsWith('(1)')", PATIENCE);
    assert_eq!(host.eval(&format!("{TEXT}.includes('I am lost')")), false);

    host.click("#desk-tab-private");
    host.click(".private-row");
    wait_for_said(&mut host, &["I am lost"]);
    host.wait_for(&format!("{COUNT} === ''"), PATIENCE);
    write(&mut host, "Look at page 7");
    wait_for_said(&mut ada, &["I am lost", "Look at page 7"]);

    for page in [&mut ada, &mut host] {
        page.reload();
        page.wait_for(IN_THE_ROOM, PATIENCE);
        page.click("#desk-tab-private");
        page.click(".private-row");
        wait_for_said(page, &["I am lost", "Look at page 7"]);
        assert_eq!(page.eval(COUNT), "");
        let log = page.eval("document.querySelector('#log').innerText");
        assert!(!log.to_string().contains("lost"), "{log}");
    }
    bo.click("#desk-tab-private");
    wait_for_words(&mut bo, "You have no private messages yet.");
    assert_no_problems(&mut [("host", &mut host), ("Ada", &mut ada), ("Bo", &mut bo)]);
}

#[test]
fn on_a_phone_the_teacher_is_asked_privately_from_the_row_of_the_composer() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut host = Chat::person(&server, "Ms Lin", "host");
    let mut ada = join(&mut browser, &server, "Ada");
    let shown = "document.querySelector('#private-help')?.checkVisibility() ?? null";
    assert_eq!(ada.eval(shown), false, "beside the desk its tab is enough");
    let view = View {
        width: 360,
        height: 740,
        dark: false,
        language: "en-US",
    };
    ada.view(&view);
    let label = "document.querySelector('#private-help').getAttribute('aria-label')";
    assert_eq!(ada.eval(label), "Ask the teacher privately");
    shoot(&mut ada, &view, "private-help");
    ada.tap("#private-help");
    ada.wait_for("document.activeElement.id === 'private-text'", PATIENCE);
    wait_for_words(&mut ada, "Private message to the teacher");
    ada.insert("I am lost");
    ada.tap("#private-send");
    assert_eq!(host.expect("whisper")["text"], "I am lost");
    let mut teacher = join_as_host(&mut browser, &server, "Mr Wu");
    teacher.view(&view);
    assert_eq!(teacher.eval(shown), false);
    assert_no_problems(&mut [("Ada", &mut ada), ("the teacher", &mut teacher)]);
}

#[test]
fn with_no_teacher_there_the_sender_is_told_that_it_is_kept_and_the_teacher_finds_it_unread() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut ada = join(&mut browser, &server, "Ada");
    ada.click("#desk-tab-private");
    ada.click("#private-ask");
    wait_for_words(&mut ada, "No teacher is here now.");
    write(&mut ada, "Anybody?");
    wait_for_words(&mut ada, "Nobody was here to read it");

    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    host.wait_for(&format!("{COUNT} === '1'"), PATIENCE);
    host.click("#desk-tab-private");
    wait_for_words(&mut host, "Anybody?");
    wait_for_words(&mut ada, "Everybody who teaches in this room reads this.");
    assert_no_problems(&mut [("host", &mut host), ("Ada", &mut ada)]);
}

#[test]
fn a_private_message_of_ones_own_is_no_line_across_the_window() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut ada = join(&mut browser, &server, "Ada");
    ask_privately(&mut ada, "I am lost");
    wait_for_said(&mut ada, &["I am lost"]);
    let line =
        "getComputedStyle(document.querySelector('.private-message.own'), '::before').content";
    assert_eq!(ada.eval(line), "none");
    assert_no_problems(&mut [("Ada", &mut ada)]);
}

#[test]
fn what_is_written_without_a_connection_arrives_once() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let mut server = Server::start("");
    let mut ada = join(&mut browser, &server, "Ada");
    ask_privately(&mut ada, "first");
    wait_for_said(&mut ada, &["first"]);
    assert_no_problems(&mut [("Ada", &mut ada)]);
    assert!(server.stop().success());
    ada.wait_for("document.body.dataset.connection === 'waiting'", PATIENCE);
    write(&mut ada, "second");
    ada.wait_for(&format!("{SAID}.includes('pending: second')"), PATIENCE);
    server.start_again();
    ada.wait_for(IN_THE_ROOM, PATIENCE);
    wait_for_said(&mut ada, &["first", "second"]);
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    host.click("#desk-tab-private");
    host.click(".private-row");
    wait_for_said(&mut host, &["first", "second"]);
}

#[test]
fn a_member_tells_the_teacher_and_only_those_who_lead_learn_of_it() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    let mut bo = Chat::member(&server, "Bo");
    bo.say("lobby", "you are stupid", "1");
    let seq = bo.expect("ack")["seq"].clone();
    let mut ada = join(&mut browser, &server, "Ada");
    let entry = format!("#log .entry[data-seq=\"{seq}\"]");
    ada.wait_for(&format!("document.querySelector('{entry}')"), PATIENCE);
    super::open_menu(&mut ada, &format!("document.querySelector('{entry}')"));
    ada.click("#dialog [data-action=report]");
    ada.type_into("#dialog-note", "this hurts");
    ada.click("#dialog-ok");
    wait_for_words(&mut ada, "The teacher has it. Bo is not told.");

    wait_for_words(&mut host, "Somebody told the teacher");
    host.click("#desk-tab-private");
    for words in ["you are stupid", "this hurts", "Told by Ada"] {
        wait_for_words(&mut host, words);
    }
    // The words stay as they stood.
    bo.send(json!({"type": "delete", "ref": "d", "room": "lobby", "seq": seq}));
    bo.expect("ack");
    let report = "document.querySelector('#desk-private .report').innerText";
    assert!(
        host.eval(report).to_string().contains("you are stupid"),
        "the words are gone"
    );
    // From there to what can be done about the person, and back when it is done.
    let acts = "[...document.querySelectorAll('.report button')].map(each => each.textContent)";
    assert_eq!(
        host.eval(acts),
        json!(["Done", "Go to the message", "Mute or remove…", "Answer"])
    );
    host.eval("[...document.querySelectorAll('.report button')][2].click()");
    host.click("#dialog [data-action=mute]");
    host.click("#dialog-ok");
    assert_eq!(bo.expect("moderated")["action"], "mute");
    host.click(".report .primary");
    host.wait_for("!document.querySelector('.report')", PATIENCE);
    assert_eq!(bo.so_far("reported"), Vec::<serde_json::Value>::new());
    assert_eq!(
        ada.eval("[...document.querySelectorAll('.report')].length"),
        0
    );
    // A person can be told about, too; oneself cannot.
    let me = "document.querySelector('#people .here').closest('li').querySelector('button')";
    assert_eq!(ada.eval(me), serde_json::Value::Null);
    let row = format!("#people li[data-user=\"{}\"]", bo.id);
    // The row is drawn anew when the mute arrives, and a press on the old one would lead to nothing.
    ada.wait_for(
        &format!("document.querySelector('{row}').innerText.includes('muted')"),
        PATIENCE,
    );
    ada.click(&format!("{row} > button"));
    ada.click("#dialog [data-action=report]");
    ada.click("#dialog-ok");
    wait_for_words(&mut host, "About this person, not about a message.");
    assert_no_problems(&mut [("host", &mut host), ("Ada", &mut ada)]);
}

#[test]
fn a_token_in_a_shared_tablet_asks_before_anything_shows() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut host = Chat::person(&server, "Ms Lin", "host");
    let mut ada = join(&mut browser, &server, "Ada");
    ask_privately(&mut ada, "my secret");
    host.expect("whisper");
    wait_for_said(&mut ada, &["my secret"]);

    // A new tab asks, and has opened no connection until it is answered.
    let mut next = browser.beside(&ada);
    next.open(&url(&server, ""));
    wait_for_words(&mut next, "Is this you?");
    wait_for_words(&mut next, "Go on as Ada");
    assert_eq!(next.eval("document.body.dataset.connection"), "off");
    assert_eq!(next.eval("document.activeElement.id"), "again-yes");
    go_on(&mut next);
    next.wait_for(IN_THE_ROOM, PATIENCE);
    wait_for_words(&mut next, "Ada");
    // A reload of a tab does not ask, unless nobody was there for minutes.
    next.reload();
    next.wait_for(IN_THE_ROOM, PATIENCE);
    next.eval(
        "window.addEventListener('pagehide', () => sessionStorage.setItem('glassroom.here',
             localStorage.getItem('glassroom.token').slice(-16) + ' ' + (Date.now() - 400000)))",
    );
    next.reload();
    wait_for_words(&mut next, "Is this you?");

    // Somebody else starts empty, also under the same name.
    next.click("#again-no");
    next.wait_for(
        "document.querySelector('#join-form').checkVisibility()",
        PATIENCE,
    );
    ada.wait_for("document.body.dataset.view === 'join'", PATIENCE);
    assert_eq!(next.eval("document.querySelector('#join-name').value"), "");
    next.type_into("#join-name", "Ada");
    next.type_into("#join-code", CLASS_CODE);
    next.click("#join-submit");
    next.wait_for(IN_THE_ROOM, PATIENCE);
    next.click("#desk-tab-private");
    wait_for_words(&mut next, "You have no private messages yet.");
    assert_eq!(next.eval(&format!("{TEXT}.includes('secret')")), false);
    assert_no_problems(&mut [("Ada", &mut ada), ("the next", &mut next)]);
}

#[test]
fn the_join_form_says_who_reads_private_messages_and_that_they_are_stored() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut page = browser.page();
    open(&mut page, &server, "");
    for words in [
        "Everybody who teaches in the room can read them, your classmates never.",
        "A message to one person is read by that person alone.",
        "Messages in rooms and to the teacher, who was here, and what the teacher did are stored on this server",
        "Private messages between others are not stored.",
    ] {
        wait_for_words(&mut page, words);
    }
}

#[test]
fn the_conversation_the_inbox_and_the_question_fit_are_accessible_and_have_screenshots() {
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
        let server = Server::start("");
        let view = View {
            width,
            height: 760,
            dark,
            language,
        };
        let mut bo = Chat::member(&server, "小波");
        let mut cy = Chat::member(&server, "Cyril of the long name");
        bo.say("lobby", "你真笨 you are stupid", "1");
        let seq = bo.expect("ack")["seq"].clone();
        cy.granted(json!({"type": "report", "room": "lobby", "seq": seq, "note": "this hurts"}));
        cy.granted(json!({"type": "whisper", "to": "hosts", "text": "May I go out?"}));
        bo.granted(json!({"type": "whisper", "to": "hosts", "text": "第三题看不懂。".repeat(9)}));
        let mut ada = browser.page();
        ada.view(&view);
        open(&mut ada, &server, "");
        ada.type_into("#join-name", "Ada");
        ada.type_into("#join-code", CLASS_CODE);
        ada.click("#join-submit");
        ada.wait_for(IN_THE_ROOM, PATIENCE);
        open_tab(&mut ada);
        shoot(&mut ada, &view, "private-member");
        ada.click("#private-ask");
        write(&mut ada, "I am lost. 我没听懂。");
        wait_for_said(&mut ada, &["I am lost. 我没听懂。"]);
        shoot(&mut ada, &view, "private-asked");
        let mut host = join_as_host(&mut browser, &server, "Ms Lin");
        host.view(&view);
        host.reload();
        host.wait_for(IN_THE_ROOM, PATIENCE);
        open_tab(&mut host);
        host.wait_for("document.querySelector('.report')", PATIENCE);
        shoot(&mut host, &view, "private-inbox");
        if let Some(axe) = &axe {
            // The row of tabs is the desk's: a count beside a word is not in the tab's label as it stands.
            host.eval("document.querySelector('#desk-tabs').hidden = true");
            assert_accessible(&mut host, axe, "the inbox");
            host.eval("document.querySelector('#desk-tabs').hidden = false");
        }
        host.click(&format!(".private-row[data-thread=\"{}\"]", bo.id));
        write(&mut host, "Page 7. 看第七页。");
        host.wait_for(&format!("{SAID}.length === 2"), PATIENCE);
        shoot(&mut host, &view, "private-answer");
        if let Some(axe) = &axe {
            // The row of tabs is the desk's: a count beside a word is not in the tab's label as it stands.
            host.eval("document.querySelector('#desk-tabs').hidden = true");
            assert_accessible(&mut host, axe, "a conversation");
            host.eval("document.querySelector('#desk-tabs').hidden = false");
        }
        let mut next = browser.beside(&ada);
        next.view(&view);
        next.open(&url(&server, ""));
        next.wait_for(
            "document.querySelector('#again-yes').checkVisibility()",
            PATIENCE,
        );
        shoot(&mut next, &view, "again");
        if let Some(axe) = &axe {
            assert_accessible(&mut next, axe, "the question");
        }
    }
}

/// Opens the tab of private messages, in the drawer of a narrow page.
#[track_caller]
fn open_tab(page: &mut Page) {
    if page.eval("document.querySelector('#open-people').checkVisibility()") == true {
        page.click("#open-people");
    }
    page.click("#desk-tab-private");
}
