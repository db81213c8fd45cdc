//! The desk around its tabs: the class code, the switches that say their state, the people with their hands
//! first, the end of the lesson at the foot, and the first steps of a teacher who is alone.

use serde_json::json;

use super::{assert_no_problems, join, join_as_host, say, wait_for_words};
use crate::cdp::{Browser, PATIENCE, View};
use crate::harness::{CLASS_CODE, Chat, Server, UNPACED};

/// The words of an element, without the marks that isolate facts.
fn words(selector: &str) -> String {
    format!(
        r"document.querySelector('{selector}').innerText.replace(/[\u2068\u2069]/g, '').replace(/\s+/g, ' ').trim()"
    )
}

fn shown(selector: &str) -> String {
    format!("document.querySelector('{selector}').checkVisibility()")
}

/// Whether an element lies wholly on the screen.
fn in_sight(selector: &str) -> String {
    format!(
        "(({{ top, bottom, height }}) => height > 0 && top >= 0 && bottom <= innerHeight)(
             document.querySelector('{selector}').getBoundingClientRect())"
    )
}

#[test]
fn the_class_code_is_copied_as_a_link_and_shown_as_a_picture_to_those_who_lead() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    let mut ada = join(&mut browser, &server, "Ada");
    assert_eq!(host.eval(&words("#tools-code-itself")), CLASS_CODE);
    let address = host.eval("location.host");
    let address = address.as_str().unwrap();
    assert_eq!(
        host.eval(&words("#tools-code-way")),
        format!("Class code · {address}")
    );
    let code = shown("#tools-code");
    assert_eq!(
        (host.eval(&code), ada.eval(&code)),
        (true.into(), false.into())
    );
    let names = "['copy', 'picture', 'wall'].map(what => document.querySelector('#code-' + what))
        .map(each => each.title === each.getAttribute('aria-label') && each.title).join()";
    assert_eq!(host.eval(names), "Copy the link,QR code,Open the wall");
    host.click("#code-copy");
    let copied = format!("Copied: http://{address}/#code={CLASS_CODE}");
    wait_for_words(&mut host, &copied);
    host.click("#code-picture");
    host.wait_for(
        "document.querySelector('#dialog img')?.naturalWidth > 0",
        PATIENCE,
    );
    let dialog = words("#dialog .box");
    let said = format!("{dialog}.includes('{address} Class code {CLASS_CODE}')");
    assert_eq!(host.eval(&said), true);
    host.press("Escape");
    assert_eq!(host.eval("document.activeElement.id"), "code-picture");
    assert_no_problems(&mut [("the host", &mut host), ("Ada", &mut ada)]);
}

#[test]
fn each_switch_says_its_state_and_stands_once() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start(UNPACED);
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    let rules = words("#desk-rules");
    let lock = words("#tool-lock");
    host.wait_for(&format!("{lock} === 'Quiet the class: off'"), PATIENCE);
    let slow = "document.querySelector('#tool-slow').selectedOptions[0].text";
    assert_eq!(host.eval(slow), "off");
    assert_eq!(
        host.eval(&format!(
            "{rules}.startsWith('Door open Approve first off')"
        )),
        true
    );
    for (id, says) in [
        ("#tool-lock", "Quiet the class: on"),
        ("#tool-door", "Door closed"),
        ("#tool-approve", "Approve first on"),
    ] {
        host.click(id);
        host.wait_for(&format!("{} === '{says}'", words(id)), PATIENCE);
        let pressed = format!("document.querySelector('{id}').getAttribute('aria-pressed')");
        assert_eq!(host.eval(&pressed), "true");
        let twice = format!("document.querySelectorAll('{id}').length");
        assert_eq!(host.eval(&twice), 1);
    }
    host.eval(
        "(list => { list.value = '10'; list.dispatchEvent(new Event('change')); })(document.querySelector('#tool-slow'))",
    );
    host.wait_for(
        &format!("{slow}.replace(/[^ -~]/g, '') === '10 s'"),
        PATIENCE,
    );
    // What somebody else does is seen as well.
    let mut wu = Chat::person(&server, "Mr Wu", "host");
    wu.granted(json!({"type": "moderate", "action": "lock", "room": "lobby", "on": false}));
    wu.granted(json!({"type": "moderate", "action": "slow", "room": "lobby", "seconds": 0}));
    host.wait_for(
        &format!("{lock} === 'Quiet the class: off' && {slow} === 'off'"),
        PATIENCE,
    );
    assert_no_problems(&mut [("the host", &mut host)]);
}

#[test]
fn hands_come_first_in_their_order_and_a_search_narrows_the_people() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start(UNPACED);
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    let find = shown("#people-find");
    assert_eq!(host.eval(&find), false, "one person needs no search");
    let mut here: Vec<Chat> = ["Ann", "Bo", "Cy", "Dora", "Emma", "Fay", "王小明", "Zoë"]
        .into_iter()
        .map(|name| Chat::member(&server, name))
        .collect();
    host.wait_for(&find, PATIENCE);
    let asks = |anonymous| json!({"type": "hand", "room": "lobby", "up": true, "question": "Why?", "anonymous": anonymous});
    here[4].granted(asks(false));
    here[1].granted(json!({"type": "hand", "room": "lobby", "up": true}));
    here[0].granted(asks(true));
    let names = |list: &str| {
        format!("[...document.querySelectorAll('{list} .name')].map(each => each.innerText).join()")
    };
    let hands = names("#people-hands");
    host.wait_for(
        &format!("{hands} === 'Emma,Bo,Anonymous question'"),
        PATIENCE,
    );
    // Nobody stands in both lists, and who asks anonymously stands among the others.
    let people = names("#people");
    assert_eq!(host.eval(&people), "Ms Lin,Ann,Cy,Dora,Fay,Zoë,王小明");
    assert_eq!(host.eval(&words("#people-up-count")), "Hands · 3");
    // They are all here, wherever they stand.
    assert_eq!(host.eval(&words("#people-count")), "Here · 9");
    let row = "document.querySelector('#people-hands li:nth-child(2)')";
    let sign = format!("{row}.querySelector('.sign').textContent.trim().slice(-1)");
    assert_eq!(host.eval(&sign), "2");
    assert_eq!(
        host.eval(&format!("Boolean({row}.querySelector('time'))")),
        true
    );

    // Who is muted has the time that is left, and it is counted down without a new row.
    let mut wu = Chat::person(&server, "Mr Wu", "host");
    wu.granted(json!({"type": "moderate", "action": "mute", "user": here[2].id, "seconds": 300}));
    let left = "document.querySelector('#people .until')?.textContent";
    host.wait_for(&format!("/^[45]:[0-9]{{2}}$/.test({left} || '')"), PATIENCE);
    host.eval(&format!(
        "window.muted = document.querySelector('#people .until'); window.first = {left}"
    ));
    host.wait_for(
        "window.muted.isConnected && window.muted.textContent !== window.first",
        PATIENCE,
    );

    host.type_into("#people-find", "zo");
    host.wait_for(&format!("{people} === 'Zoë' && {hands} === ''"), PATIENCE);
    wait_for_words(&mut host, "One person found.");
    host.type_into("#people-find", "EMM");
    host.wait_for(&format!("{people} === '' && {hands} === 'Emma'"), PATIENCE);
    host.press("Escape");
    host.wait_for(&format!("{people}.includes('Fay')"), PATIENCE);

    // An anonymous question leads to the questions, and all hands go down from here as well.
    host.click("#people-hands li:last-child > button");
    host.wait_for(&shown("#desk-hands"), PATIENCE);
    host.click("#desk-tab-people");
    host.click("#people-lower-all");
    host.click("#dialog-ok");
    host.wait_for(&format!("!{}", shown("#people-up")), PATIENCE);
    host.wait_for(&format!("{people}.includes('Emma')"), PATIENCE);
    assert_no_problems(&mut [("the host", &mut host)]);
}

#[test]
fn the_end_of_the_lesson_is_at_the_foot_of_every_tab_for_who_may_end_it() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start(UNPACED);
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    assert_eq!(
        host.eval(&words("#desk-foot-words")),
        "Lesson ends for everybody"
    );
    let mut ada = join(&mut browser, &server, "Ada");
    host.wait_for(
        &format!("{} === 'Lesson ends for all 2'", words("#desk-foot-words")),
        PATIENCE,
    );
    assert_eq!(ada.eval(&shown("#desk-foot")), false);
    for (width, height) in [(1366, 768), (360, 740)] {
        host.view(&View {
            width,
            height,
            dark: false,
            language: "en-US",
        });
        if width == 360 {
            host.click("#open-people");
        }
        // All tabs stand in one line.
        let lines =
            "new Set([...document.querySelectorAll('#desk-tabs > [role=tab]:not([hidden])')]
            .map(each => Math.round(each.getBoundingClientRect().top))).size";
        assert_eq!(host.eval(lines), 1, "{width}");
        for tab in ["people", "hands", "polls", "private", "approvals", "class"] {
            host.click(&format!("#desk-tab-{tab}"));
            assert_eq!(host.eval(&in_sight("#tool-end")), true, "{tab} at {width}");
        }
    }
    assert_no_problems(&mut [("the host", &mut host), ("Ada", &mut ada)]);
}

#[test]
fn a_teacher_alone_has_three_first_steps_that_go_when_somebody_comes() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start(UNPACED);
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    let first = shown("#first-run");
    host.wait_for(&first, PATIENCE);
    host.wait_for(
        "document.querySelector('#first-run img')?.naturalWidth > 0",
        PATIENCE,
    );
    let steps = "[...document.querySelectorAll('#first-run [data-step]')]
        .map(each => each.dataset.step + ('done' in each.dataset ? '*' : '')).join()";
    assert_eq!(host.eval(steps), "code,hello,bits");
    host.click("#first-run [data-step=hello] button");
    assert_eq!(host.eval("document.activeElement.id"), "composer-text");
    say(&mut host, "Good morning");
    host.wait_for(&format!("{steps} === 'code,hello*,bits'"), PATIENCE);
    host.click("#first-run [data-step=bits] button");
    host.wait_for(&format!("{steps} === 'code,hello*,bits*'"), PATIENCE);
    let mut ada = join(&mut browser, &server, "Ada");
    host.wait_for(&format!("!{first}"), PATIENCE);
    assert_eq!(ada.eval(&first), false);
    assert_no_problems(&mut [("the host", &mut host), ("Ada", &mut ada)]);
}
