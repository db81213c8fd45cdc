//! When a private message counts as read: as soon as somebody has it before their eyes.

use serde_json::json;

use super::{IN_THE_ROOM, assert_no_problems, join_as_host, wait_for_words};
use crate::cdp::{Browser, PATIENCE, Page};
use crate::harness::{Chat, Server, UNPACED};

/// What the tab of private messages counts.
const COUNT: &str = "document.querySelector('#desk-tab-private .count').textContent";

#[track_caller]
fn whisper(chat: &mut Chat, text: &str) {
    chat.granted(json!({"type": "whisper", "to": "hosts", "text": text}));
}

#[track_caller]
fn open(page: &mut Page, chat: &Chat) {
    page.click(&format!(".private-row[data-thread=\"{}\"]", chat.id));
}

#[test]
fn what_was_seen_is_read_also_after_a_reload_at_once_and_in_every_conversation() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start(UNPACED);
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    let mut ada = Chat::member(&server, "Ada");
    let mut bo = Chat::member(&server, "Bo");
    whisper(&mut ada, "first of Ada");
    whisper(&mut bo, "first of Bo");
    host.click("#desk-tab-private");
    host.wait_for(&format!("{COUNT} === '2'"), PATIENCE);
    for chat in [&mut ada, &mut bo] {
        open(&mut host, chat);
        let words = format!("a word more of {}", chat.id);
        whisper(chat, &words);
        wait_for_words(&mut host, &words);
        host.click("#private-back");
    }
    host.reload();
    host.wait_for(IN_THE_ROOM, PATIENCE);
    host.click("#desk-tab-private");
    host.wait_for(
        "document.querySelectorAll('.private-row').length === 2",
        PATIENCE,
    );
    host.wait_for(&format!("{COUNT} === ''"), PATIENCE);
    assert_no_problems(&mut [("the host", &mut host)]);
}

#[test]
fn whoever_comes_back_to_the_inbox_finds_the_list_while_another_conversation_waits() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start(UNPACED);
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    let mut ada = Chat::member(&server, "Ada");
    let mut bo = Chat::member(&server, "Bo");
    whisper(&mut ada, "first of Ada");
    host.click("#desk-tab-private");
    open(&mut host, &ada);
    wait_for_words(&mut host, "first of Ada");
    host.wait_for(&format!("{COUNT} === ''"), PATIENCE);
    // Nothing else waits: the conversation is where it was.
    let shown = "Boolean(document.querySelector('#private-text')?.checkVisibility())";
    host.click("#desk-tab-people");
    host.click("#desk-tab-private");
    assert_eq!(host.eval(shown), true);
    host.click("#desk-tab-people");
    whisper(&mut bo, "first of Bo");
    host.wait_for(&format!("{COUNT} === '1'"), PATIENCE);
    host.click("#desk-tab-private");
    host.wait_for(
        "document.querySelectorAll('.private-row').length === 2",
        PATIENCE,
    );
    assert_eq!(host.eval(shown), false);
    // A conversation that is opened by its notice is shown, whatever else waits.
    host.click("#desk-tab-people");
    whisper(&mut ada, "more of Ada");
    host.wait_for(
        "document.querySelectorAll('#notices .toast').length === 2",
        PATIENCE,
    );
    host.click("#notices .toast:last-child .link");
    wait_for_words(&mut host, "more of Ada");
    assert_eq!(host.eval(shown), true);
    assert_no_problems(&mut [("the host", &mut host)]);
}

#[test]
fn what_came_below_the_visible_part_of_a_conversation_is_unread_until_it_is_scrolled_to() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start(UNPACED);
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    let mut ada = Chat::member(&server, "Ada");
    for n in 0..20 {
        whisper(&mut ada, &format!("line {n}"));
    }
    host.click("#desk-tab-private");
    open(&mut host, &ada);
    wait_for_words(&mut host, "line 19");
    host.wait_for(&format!("{COUNT} === ''"), PATIENCE);
    host.eval("document.querySelector('.private-log').scrollTop = 0");
    host.draw();
    whisper(&mut ada, "below");
    host.wait_for(&format!("{COUNT} === '1'"), PATIENCE);
    host.eval(
        "(log => { log.scrollTop = log.scrollHeight; })(document.querySelector('.private-log'))",
    );
    host.wait_for(&format!("{COUNT} === ''"), PATIENCE);
    assert_no_problems(&mut [("the host", &mut host)]);
}

/// What the disk knew when the list was read is older than what has come since.
#[test]
fn a_list_that_was_read_before_a_call_for_help_and_comes_after_it_hides_no_call() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start(UNPACED);
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    let mut ada = Chat::member(&server, "Ada");
    whisper(&mut ada, "first");
    host.click("#desk-tab-private");
    open(&mut host, &ada);
    host.wait_for(&format!("{COUNT} === ''"), PATIENCE);
    host.at_every_load(
        r#"const Real = WebSocket;
        window.WebSocket = class extends Real {
            set onmessage(act) {
                super.onmessage = (event) => {
                    if (window.late || !event.data.startsWith('{"type":"whispers"')) act(event);
                    else window.late = () => act(event);
                };
            }
        };"#,
    );
    host.reload();
    host.wait_for("window.late", PATIENCE);
    whisper(&mut ada, "second");
    wait_for_words(&mut host, "Ada asks for help.");
    host.eval("window.late()");
    assert_eq!(host.eval(COUNT), "1");
    host.draw();
    wait_for_words(&mut host, "Ada asks for help.");
    assert_no_problems(&mut [("the host", &mut host)]);
}
