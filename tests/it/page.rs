//! The page in a real browser, against the real server.
//!
//! The pages open a host name that is not `localhost`: no secure context, as in a classroom. A test fails
//! if anything unexpected appears on the console. The hooks are listed at the top of `page/index.html`.

mod approvals;
mod around;
mod arriving;
mod attention;
mod axe;
mod between;
mod bits;
mod capture;
mod carried;
mod chapters;
mod class;
mod clock;
mod connection;
mod desk;
mod desk_cards;
mod desk_parts;
mod downloads;
mod drawers;
mod edges;
mod flood;
mod form;
mod glass;
mod glass_rows;
mod hands;
mod hands_keys;
mod hands_look;
mod hands_mute;
mod hands_order;
mod lab;
mod lesson;
mod links;
mod loading;
mod meet;
mod moderation;
mod pasting;
mod policy;
mod poll_sums;
mod poll_ways;
mod polls;
mod private;
mod private_past;
mod proxies;
mod reading;
mod refusals;
mod screenshots;
mod search;
mod speech;
mod steady;
mod tabs;
mod text_code;
mod text_drafts;
mod text_markup;
mod text_math;
mod text_mentions;
mod text_paste;
mod text_touch;
mod toasts;
mod touch;
mod vision;
mod wall;

use serde_json::json;

use crate::cdp::{Browser, HOST, PATIENCE, Page};
use crate::harness::{CLASS_CODE, Chat, Server};

/// The person is in the room, the server has sent `welcome`, and all parts of the page have come.
const IN_THE_ROOM: &str = "document.body.dataset.view === 'chat'
    && document.body.dataset.connection === 'connected' && 'rest' in document.body.dataset";

/// The visible text of the page. (Facts in sentences are wrapped in U+2068 and U+2069.)
const TEXT: &str = r"document.body.innerText.replace(/[\u2068\u2069]/g, '')";

fn url(server: &Server, fragment: &str) -> String {
    format!("http://{HOST}:{}/{fragment}", server.addr.port())
}

/// Opens the page and joins with a name and the class code, typed.
#[track_caller]
fn join(browser: &mut Browser, server: &Server, name: &str) -> Page {
    let mut page = browser.page();
    form::open(&mut page, server, "");
    page.type_into("#join-name", name);
    page.type_into("#join-code", CLASS_CODE);
    page.click("#join-submit");
    page.wait_for(IN_THE_ROOM, PATIENCE);
    page
}

/// Opens the page with a fresh host link, like the one on the teacher's terminal.
#[track_caller]
fn join_as_host(browser: &mut Browser, server: &Server, name: &str) -> Page {
    let printed = server.command("link").output().expect("glassroom link");
    let text = String::from_utf8_lossy(&printed.stdout);
    let at = text
        .find("#host=")
        .unwrap_or_else(|| panic!("no host link: {printed:?}"));
    let fragment = text[at..].split_whitespace().next().unwrap();
    let mut page = browser.page();
    form::open(&mut page, server, fragment);
    page.type_into("#join-name", name);
    page.click("#join-submit");
    page.wait_for(IN_THE_ROOM, PATIENCE);
    assert_eq!(
        page.eval("location.hash"),
        "",
        "the ticket stays in the address bar"
    );
    page
}

#[track_caller]
fn say(page: &mut Page, text: &str) {
    page.type_into("#composer-text", text);
    page.press("Enter");
}

/// How many entries of the log have exactly this text, and match a selector.
fn entries(selector: &str, text: &str) -> String {
    format!(
        "[...document.querySelectorAll('#log .entry{selector}')]
             .filter(entry => entry.querySelector('.text')?.innerText.trim() === {text:?}).length"
    )
}

/// Opens the menu behind one's own name, and presses one of its buttons.
#[track_caller]
fn choose_of_mine(page: &mut Page, button: &str) {
    if page.eval("document.querySelector('#me').hidden") == true {
        page.click("#me-open");
    }
    page.click(&format!("#me {button}"));
}

/// Opens the menu of the one entry of the log that matches, as the toolbar does that comes when somebody points at it.
#[track_caller]
fn open_menu(page: &mut Page, entry: &str) {
    page.eval(&format!(
        "(entry => {{ entry.dispatchEvent(new MouseEvent('mouseover', {{ bubbles: true }})); entry.querySelector('.acts').click(); }})({entry})"
    ));
}

#[track_caller]
fn wait_for_entry(page: &mut Page, selector: &str, text: &str) {
    page.wait_for(&format!("{} === 1", entries(selector, text)), PATIENCE);
}

#[track_caller]
fn wait_for_words(page: &mut Page, words: &str) {
    page.wait_for(&format!("{TEXT}.includes({words:?})"), PATIENCE);
}

#[track_caller]
fn assert_no_problems(pages: &mut [(&str, &mut Page)]) {
    for (name, page) in pages {
        assert_eq!(
            page.problems(),
            Vec::<String>::new(),
            "on the console of {name}"
        );
    }
}

#[test]
fn two_people_join_with_the_class_code_and_talk() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut ada = join(&mut browser, &server, "Ada");
    let mut bo = join(&mut browser, &server, "小波");
    assert_eq!(ada.eval("isSecureContext"), false);

    let markup = "hello 你好 <b>not bold</b> <img src=x onerror=alert(1)>";
    say(&mut ada, markup);
    wait_for_entry(&mut bo, ":not(.own)", markup);
    assert_eq!(
        bo.eval("document.querySelectorAll('#log b, #log img').length"),
        0
    );
    wait_for_entry(&mut ada, ".own[data-state=saved]", markup);

    ada.type_into("#composer-text", "one");
    ada.press("Shift+Enter");
    ada.press("p");
    ada.press("Enter");
    wait_for_entry(&mut bo, ":not(.own)", "one\np");

    say(&mut bo, "hi Ada");
    wait_for_entry(&mut ada, ":not(.own)", "hi Ada");
    // Everything has arrived by now, and the sender has its own message only once.
    for text in [markup, "one\np", "hi Ada"] {
        assert_eq!(ada.eval(&entries("", text)), 1, "{text} on Ada's page");
        assert_eq!(bo.eval(&entries("", text)), 1, "{text} on Bo's page");
    }
    ada.wait_for(
        "document.querySelectorAll('#people li[data-user]').length === 2",
        PATIENCE,
    );
    assert_no_problems(&mut [("Ada", &mut ada), ("Bo", &mut bo)]);
}

#[test]
fn a_wrong_class_code_is_explained_and_the_right_one_then_works() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut page = browser.page();
    // The join link fills in a wrong code.
    page.open(&url(&server, "#code=XXXXXX"));
    page.type_into("#join-name", "Ada");
    page.click("#join-submit");
    page.wait_for(
        "document.querySelector('#join-error').innerText !== ''",
        PATIENCE,
    );
    let refused = page.problems();
    assert!(
        refused.iter().all(|p| p.contains("403")),
        "more than a refusal: {refused:?}"
    );
    page.type_into("#join-code", CLASS_CODE);
    page.press("Enter");
    page.wait_for(IN_THE_ROOM, PATIENCE);
    assert_no_problems(&mut [("Ada", &mut page)]);
}

#[test]
fn a_reload_keeps_the_session_and_doubles_nothing() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut bo = Chat::member(&server, "Bo");
    let mut ada = join(&mut browser, &server, "Ada");
    say(&mut ada, "before the reload");
    let room = bo.expect("message")["room"].as_str().unwrap().to_owned();
    wait_for_entry(&mut ada, ".own[data-state=saved]", "before the reload");

    ada.reload();
    ada.wait_for(IN_THE_ROOM, PATIENCE);
    assert_eq!(
        ada.eval("document.querySelector('#me-name').textContent"),
        "Ada"
    );
    wait_for_entry(&mut ada, ".own[data-state=saved]", "before the reload");
    bo.say(&room, "after the reload", "1");
    wait_for_entry(&mut ada, ":not(.own)", "after the reload");
    assert_eq!(ada.eval(&entries("", "before the reload")), 1);
    bo.expect("ack");
    bo.expect_no("message");
    assert_no_problems(&mut [("Ada", &mut ada)]);
}

#[test]
fn the_host_mutes_and_removes_with_a_reason_and_the_student_reads_it() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    let mut ada = join(&mut browser, &server, "Ada");

    moderate(&mut host, "Ada", "mute", "let others finish");
    wait_for_words(&mut ada, "let others finish");
    wait_for_words(&mut ada, "Ms Lin muted you");
    ada.wait_for(
        "document.querySelector('#composer-note').checkVisibility()",
        PATIENCE,
    );

    moderate(&mut host, "Ada", "unmute", "");
    wait_for_words(&mut ada, "You can write again");
    say(&mut ada, "thank you");
    wait_for_entry(&mut host, ":not(.own)", "thank you");

    moderate(&mut host, "Ada", "kick", "go for a walk");
    ada.wait_for("document.body.dataset.connection !== 'connected'", PATIENCE);
    wait_for_words(&mut ada, "go for a walk");
    host.wait_for(
        "document.querySelectorAll('#people li[data-user]').length === 1",
        PATIENCE,
    );
    assert_no_problems(&mut [("the host", &mut host), ("Ada", &mut ada)]);
}

/// The host opens a person's menu in the list and carries out an action.
#[track_caller]
fn moderate(host: &mut Page, name: &str, action: &str, reason: &str) {
    let person = format!(
        "[...document.querySelectorAll('#people li[data-user]')]
             .find(person => person.innerText.includes({name:?}))"
    );
    host.wait_for(&person, PATIENCE);
    let user = host.eval(&format!("{person}.dataset.user"));
    host.click(&format!(
        "#people li[data-user=\"{}\"] > button",
        user.as_str().unwrap()
    ));
    host.click(&format!("#dialog [data-action={action}]"));
    if !reason.is_empty() {
        host.type_into("#dialog-reason", reason);
        host.click("#dialog-ok");
    }
}

#[test]
fn a_stopped_server_is_said_and_the_page_comes_back_with_what_was_written() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let mut server = Server::start("");
    let mut ada = join(&mut browser, &server, "Ada");
    say(&mut ada, "first");
    wait_for_entry(&mut ada, ".own[data-state=saved]", "first");
    assert_no_problems(&mut [("Ada", &mut ada)]);

    assert!(server.stop().success());
    ada.wait_for("document.body.dataset.connection === 'waiting'", PATIENCE);
    wait_for_words(&mut ada, "econnecting in");
    say(&mut ada, "written in between");
    wait_for_entry(&mut ada, ".own[data-state=pending]", "written in between");

    server.start_again();
    ada.wait_for(IN_THE_ROOM, PATIENCE);
    wait_for_entry(&mut ada, ".own[data-state=saved]", "written in between");
    assert_eq!(ada.eval(&entries("", "written in between")), 1);
    // The console has the failed tries to connect, and nothing else.
    let problems = ada.problems();
    let expected = |p: &String| p.contains("ERR_CONNECTION") || p.contains("WebSocket connection");
    assert!(problems.iter().all(expected), "{problems:?}");
}

/// Shows that the other tests would notice problems.
#[test]
fn errors_exceptions_and_violations_of_the_policy_are_noticed() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut page = browser.page();
    page.open(&url(&server, ""));
    assert_no_problems(&mut [("an untouched page", &mut page)]);
    page.eval(
        "new Promise(done => {
             console.error('planted error');
             setTimeout(() => { throw new Error('planted exception'); });
             const picture = new Image();
             picture.onerror = done;
             picture.src = 'http://elsewhere.test/planted.png';
         }).then(() => null)",
    );
    let problems = page.problems().join("\n");
    for words in [
        "planted error",
        "planted exception",
        "Content Security Policy",
    ] {
        assert!(problems.contains(words), "{words:?} is not in:\n{problems}");
    }
}

#[track_caller]
fn assert_accessible(page: &mut Page, axe: &str, place: &str) {
    page.eval(axe);
    let serious = page.eval(
        "axe.run().then(result => result.violations
             .filter(each => ['serious', 'critical'].includes(each.impact))
             .map(each => each.id + ': ' + each.nodes.map(node => node.html).join(' | ')))",
    );
    assert_eq!(serious, json!([]), "{place}");
}
