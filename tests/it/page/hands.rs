//! Raised hands and questions: what members, hosts, late joiners and those who may not write see and do.

use serde_json::{Value, json};

use super::{
    IN_THE_ROOM, assert_no_problems, join, join_as_host, moderate, wait_for_entry, wait_for_words,
};
use crate::cdp::{Browser, PATIENCE, Page};
use crate::harness::{Chat, Server};

/// The cards of the queue, each as its words in one line.
const QUEUE: &str = r"[...document.querySelectorAll('#desk-hands li[data-hand] > .desk-card')]
    .map(card => [...card.children].filter(part => !part.matches('.desk-acts, [hidden]'))
        .map(part => part.innerText).join(' / ').replace(/[\u2068\u2069]/g, '').replace(/\s+/g, ' '))";

/// What the hand says.
pub(super) const HAND: &str = r"document.querySelector('#hand-button').getAttribute('aria-label').replace(/[\u2068\u2069]/g, '')";

#[track_caller]
fn wait_for_queue(page: &mut Page, cards: &[&str]) {
    page.wait_for(
        &format!("JSON.stringify({QUEUE}) === JSON.stringify({cards:?})"),
        PATIENCE,
    );
}

/// Presses the hand, writes a question into the card if there is one, and sends it.
#[track_caller]
pub(super) fn raise(page: &mut Page, question: &str, anonymous: bool) {
    page.click("#hand-button");
    if anonymous {
        page.click("#hand-anonymous");
    }
    if !question.is_empty() {
        page.type_into("#hand-question", question);
    }
    page.click("#hand-raise");
    page.wait_for("document.querySelector('#card-hands').hidden", PATIENCE);
}

/// The number of the question that has these words.
fn card(page: &mut Page, words: &str) -> String {
    let found = format!(
        "[...document.querySelectorAll('#desk-hands li[data-hand]')]
             .find(card => card.innerText.includes({words:?}))"
    );
    page.wait_for(&found, PATIENCE);
    let hand = page.eval(&format!("{found}.dataset.hand"));
    format!("#desk-hands li[data-hand=\"{}\"]", hand.as_str().unwrap())
}

/// Notes what the page sends from now on.
fn overhear(page: &mut Page) {
    page.eval(
        "window.sent = [];
         const send = WebSocket.prototype.send;
         WebSocket.prototype.send = function (text) { window.sent.push(JSON.parse(text)); send.call(this, text); };
         null",
    );
}

fn sent(page: &mut Page, kind: &str) -> Vec<Value> {
    let all = page.eval("window.sent");
    let all = all.as_array().unwrap().iter();
    all.filter(|message| message["type"] == kind)
        .cloned()
        .collect()
}

#[test]
fn hands_are_one_queue_that_everybody_sees_and_a_late_joiner_too() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    let mut ada = join(&mut browser, &server, "Ada");
    let mut bo = join(&mut browser, &server, "Bo");
    assert_eq!(ada.eval(HAND), "Raise hand");
    raise(&mut ada, "", false);
    ada.wait_for(&format!("{HAND} === 'Your hand is up: number 1'"), PATIENCE);
    assert_eq!(ada.eval("document.activeElement.id"), "hand-button");
    host.wait_for(
        "document.querySelector('#desk-tab-hands .count').textContent === '1'",
        PATIENCE,
    );
    raise(&mut bo, "Why is the mask random?", false);
    bo.wait_for(&format!("{HAND} === 'Your hand is up: number 2'"), PATIENCE);

    host.click("#desk-tab-hands");
    wait_for_queue(&mut host, &["1 Ada", "2 Bo / Why is the mask random?"]);
    ada.click("#desk-tab-hands");
    wait_for_queue(&mut ada, &["1 You", "2 Bo / Why is the mask random?"]);
    let mut late = join(&mut browser, &server, "Late");
    late.click("#desk-tab-hands");
    wait_for_queue(&mut late, &["1 Ada", "2 Bo / Why is the mask random?"]);
    wait_for_entry(&mut late, ".hand", "Why is the mask random?");

    // "Me too" counts, and again takes it back.
    let second = card(&mut late, "Bo") + " [data-act=second]";
    late.click(&second);
    let one = [
        "1 Ada",
        "2 Bo / Why is the mask random? / One other has this question, too.",
    ];
    wait_for_queue(&mut host, &one);
    wait_for_queue(&mut late, &one);
    ada.click("#log [data-second] > button");
    wait_for_queue(
        &mut host,
        &[
            "1 Ada",
            "2 Bo / Why is the mask random? / 2 others have this question, too.",
        ],
    );
    late.reload();
    late.wait_for(IN_THE_ROOM, PATIENCE);
    late.click("#desk-tab-hands");
    let pressed = format!("document.querySelector({second:?})?.getAttribute('aria-pressed')");
    late.wait_for(&format!("{pressed} === 'true'"), PATIENCE);
    late.click(&second);
    wait_for_queue(&mut host, &one);
    late.wait_for(&format!("{pressed} === 'false'"), PATIENCE);

    // Whoever is first lowers the hand, and the others move up.
    ada.click("#hand-button");
    ada.click("#hand-raise");
    bo.wait_for(&format!("{HAND} === 'Your hand is up: number 1'"), PATIENCE);
    ada.wait_for(&format!("{HAND} === 'Raise hand'"), PATIENCE);
    wait_for_queue(
        &mut host,
        &["1 Bo / Why is the mask random? / One other has this question, too."],
    );
    let answered = card(&mut host, "Bo") + " [data-act=answered]";
    host.click(&answered);
    wait_for_words(&mut bo, "Your question was marked as answered");
    for page in [&mut host, &mut ada, &mut bo, &mut late] {
        wait_for_words(page, "Answered: the question of Bo · one other had it, too");
        page.wait_for(&format!("{QUEUE}.length === 0"), PATIENCE);
    }
    assert_eq!(bo.eval(HAND), "Raise hand");
    assert_no_problems(&mut [
        ("the host", &mut host),
        ("Ada", &mut ada),
        ("Bo", &mut bo),
        ("Late", &mut late),
    ]);
}

#[test]
fn an_anonymous_question_names_its_author_to_hosts_only_and_no_typing_gives_it_away() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut assistant = Chat::person(&server, "Zoe", "moderator");
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    let mut ada = join(&mut browser, &server, "Ada");
    let mut bo = join(&mut browser, &server, "Bo");
    overhear(&mut bo);

    bo.click("#hand-button");
    let note = r"document.querySelector('#hand-note').textContent";
    assert_eq!(
        bo.eval(note),
        "Everybody in the room sees that your hand is up."
    );
    bo.click("#hand-anonymous");
    let label = "Your teacher can see your name; the others cannot.";
    assert_eq!(bo.eval(note), label);
    // A hand without words would show whose it is.
    bo.click("#hand-raise");
    wait_for_words(&mut bo, "Write your question first.");
    assert_eq!(sent(&mut bo, "hand").len(), 0);
    bo.type_into("#hand-question", "Is this in the test?");
    assert_eq!(bo.eval(note), label);
    bo.press("Enter");
    bo.wait_for("document.querySelector('#card-hands').hidden", PATIENCE);
    assert_eq!(sent(&mut bo, "hand")[0]["anonymous"], true);
    assert_eq!(sent(&mut bo, "typing"), Vec::<Value>::new());

    host.click("#desk-tab-hands");
    // A desk may be on the wall.
    wait_for_queue(&mut host, &["1 Anonymous / Is this in the test?"]);
    ada.click("#desk-tab-hands");
    wait_for_queue(&mut ada, &["1 Anonymous / Is this in the test?"]);
    bo.click("#desk-tab-hands");
    wait_for_queue(
        &mut bo,
        &[&format!("1 You Anonymous / Is this in the test? / {label}")],
    );
    // The log is what stands on the wall, so it names nobody, on no page.
    for page in [&mut host, &mut ada, &mut bo] {
        wait_for_entry(page, ".hand", "Is this in the test?");
        let row = page.eval("document.querySelector('#log .entry.hand').innerText");
        let row = row.as_str().unwrap();
        assert!(
            row.contains("Anonymous question") && !row.contains("Bo"),
            "{row}"
        );
    }

    // Muted without being named, and allowed to write again in one tap.
    let card = card(&mut host, "test");
    host.click(&format!("{card} [data-act=mute]"));
    host.type_into("#dialog-reason", "think first");
    host.click("#dialog-ok");
    wait_for_words(&mut bo, "think first");
    bo.wait_for(
        "document.querySelector('#composer-note').checkVisibility()",
        PATIENCE,
    );
    wait_for_words(&mut host, "Whoever asked this is muted.");
    let said = assistant.expect("moderated").to_string();
    assert!(!said.contains("Bo") && !said.contains("target"), "{said}");
    // Somebody who comes changes nothing in it: the list of people does not show this mute.
    let _cy = Chat::member(&server, "Cy");
    bo.wait_for(
        "document.querySelectorAll('#people li').length === 5",
        PATIENCE,
    );
    assert_eq!(
        bo.eval("document.querySelector('#composer-note').checkVisibility()"),
        true
    );
    host.click(&format!("{card} [data-act=unmute]"));
    bo.wait_for("document.querySelector('#composer-note').hidden", PATIENCE);
    for page in [&mut host, &mut ada] {
        let muted =
            r"document.querySelectorAll('#people .sign.muted, #people-hands .sign.muted').length";
        let people = page.eval(muted);
        assert_eq!(people, 0, "nobody is shown as muted");
    }
    host.click(&format!("{card} [data-act=answered]"));
    wait_for_words(&mut ada, "Answered: an anonymous question");
    assert_eq!(sent(&mut bo, "typing"), Vec::<Value>::new());
    assert_no_problems(&mut [("the host", &mut host), ("Ada", &mut ada), ("Bo", &mut bo)]);
}

#[test]
fn the_muted_and_a_quiet_class_raise_plain_hands_and_are_told_before_they_write_a_question() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    let mut ada = join(&mut browser, &server, "Ada");
    moderate(&mut host, "Ada", "mute", "let others finish");
    wait_for_words(&mut ada, "let others finish");
    ada.click("#hand-button");
    wait_for_words(&mut ada, "You are muted, so you cannot ask in words now.");
    let field = "document.querySelector('#hand-question').checkVisibility()";
    assert_eq!(ada.eval(field), false);
    ada.click("#hand-raise");
    ada.wait_for(&format!("{HAND} === 'Your hand is up: number 1'"), PATIENCE);
    host.click("#desk-tab-hands");
    wait_for_queue(&mut host, &["1 Ada"]);

    // The host lowers it, and Ada is told.
    let ada_s = card(&mut host, "Ada");
    host.click(&format!("{ada_s} [data-act=lower]"));
    wait_for_words(&mut ada, "Your hand is down.");
    host.click("#desk-tab-people");
    moderate(&mut host, "Ada", "unmute", "");

    // The class gets quiet while a question is being written: its words stay, and nothing is raised by mistake.
    ada.click("#hand-button");
    ada.click("#hand-anonymous");
    ada.type_into("#hand-question", "May I?");
    overhear(&mut ada);
    host.click("#tool-lock");
    wait_for_words(
        &mut ada,
        "The class is quiet, so you cannot ask in words now.",
    );
    ada.click("#hand-raise");
    wait_for_words(&mut ada, "Questions are closed just now.");
    assert_eq!(sent(&mut ada, "hand"), Vec::<Value>::new());
    host.click("#tool-lock");
    ada.wait_for(
        "document.querySelector('#hand-note').textContent.startsWith('Your teacher')",
        PATIENCE,
    );
    ada.click("#hand-raise");
    host.click("#desk-tab-hands");
    wait_for_queue(&mut host, &["1 Anonymous / May I?"]);
    // Without the question, a quiet class has no field for one.
    host.click("#tool-lock");
    let mut bo = join(&mut browser, &server, "Bo");
    bo.click("#hand-button");
    assert_eq!(bo.eval(field), false);
    assert_no_problems(&mut [("the host", &mut host), ("Ada", &mut ada), ("Bo", &mut bo)]);
}

#[test]
fn all_hands_go_down_after_a_question_and_no_event_is_counted_twice() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let mut server = Server::start("");
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    let mut ada = join(&mut browser, &server, "Ada");
    let mut bo = Chat::member(&server, "Bo");
    raise(&mut ada, "", false);
    bo.granted(
        json!({"type": "hand", "room": "lobby", "up": true, "question": "<b>Why</b>\nnot?"}),
    );
    ada.click("#log .hand [data-second] button");
    host.click("#desk-tab-hands");
    let queue = [
        "1 Ada",
        "2 Bo / <b>Why</b> not? / One other has this question, too.",
    ];
    wait_for_queue(&mut host, &queue);
    host.click("#hands-lower-all");
    wait_for_words(&mut host, "Lower all 2 hands, and close the questions?");
    wait_for_words(
        &mut host,
        "One hand without a question goes down. One question is closed, and not marked as answered. \
         It stays in the chat. The count of “Me too” is deleted: 1 in all. This cannot be undone.",
    );
    host.click("#dialog-cancel");
    wait_for_queue(&mut host, &queue);
    host.click("#hands-lower-all");
    host.click("#dialog-ok");
    wait_for_queue(&mut host, &[]);
    wait_for_words(&mut ada, "Your hand is down.");
    wait_for_words(&mut host, "No hand is up.");

    // The host's own requests have no events; the page knows their numbers all the same.
    overhear(&mut host);
    raise(&mut ada, "And now?", false);
    wait_for_queue(&mut host, &["1 Ada / And now?"]);
    assert!(server.stop().success());
    host.wait_for("document.body.dataset.connection === 'waiting'", PATIENCE);
    server.start_again();
    for page in [&mut host, &mut ada] {
        page.wait_for(IN_THE_ROOM, PATIENCE);
        wait_for_entry(page, ".hand", "And now?");
        page.problems();
    }
    let joins = sent(&mut host, "join");
    assert_eq!(joins[joins.len() - 1]["since"]["seq"], 5, "{joins:?}");
    wait_for_queue(&mut host, &["1 Ada / And now?"]);
    ada.wait_for(&format!("{HAND} === 'Your hand is up: number 1'"), PATIENCE);
}

#[test]
fn an_observer_sees_the_queue_and_has_no_hand() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut bo = Chat::member(&server, "Bo");
    bo.granted(json!({"type": "hand", "room": "lobby", "up": true, "question": "Why?"}));
    let mut page = browser.page();
    page.open(&super::url(&server, ""));
    let token = server.token("Viewer", "observer");
    page.eval(&format!(
        "localStorage.setItem('glassroom.token', {token:?})"
    ));
    page.reload();
    super::form::go_on(&mut page);
    page.wait_for(IN_THE_ROOM, PATIENCE);
    page.click("#desk-tab-hands");
    wait_for_queue(&mut page, &["1 Bo / Why?"]);
    let buttons =
        "[...document.querySelectorAll('#hand-button, #desk-hands button, #log .hand button')]
        .filter(button => button.checkVisibility()).length";
    assert_eq!(page.eval(buttons), 0);
    assert_no_problems(&mut [("the viewer", &mut page)]);
}
