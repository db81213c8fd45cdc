//! `@name`: completed in the composer, highlighted in the log.

use serde_json::json;

use super::{assert_no_problems, join};
use crate::cdp::{Browser, PATIENCE};
use crate::harness::{Chat, Server};

const FIELD: &str = "document.querySelector('#composer-text').value";
const NAMES: &str = "[...document.querySelectorAll('#composer-names:not([hidden]) li')].map(li => li.textContent).sort().join()";

#[test]
fn a_name_is_completed_with_the_keyboard_and_by_touch() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let _others = ["Ann", "Ann Marie", "小波"].map(|name| Chat::member(&server, name));
    let mut ada = join(&mut browser, &server, "Ada");
    ada.wait_for(
        "document.querySelectorAll('#people li[data-user]').length === 4",
        PATIENCE,
    );
    ada.type_into("#composer-text", "hello @an");
    ada.wait_for(&format!("{NAMES} === 'Ann,Ann Marie'"), PATIENCE);
    let told = "(() => { const area = document.querySelector('#composer-text');
        const item = document.getElementById(area.getAttribute('aria-activedescendant'));
        return [area.getAttribute('aria-expanded'), item && item.textContent, item && item.getAttribute('aria-selected')]; })()";
    assert_eq!(ada.eval(told), json!(["true", "Ann", "true"]));
    ada.press("ArrowDown");
    assert_eq!(ada.eval(told), json!(["true", "Ann Marie", "true"]));
    ada.press("Enter");
    assert_eq!(ada.eval(FIELD), "hello @Ann Marie ");
    assert_eq!(ada.eval(told), json!(["false", null, null]));
    // One step back takes the name away again.
    ada.edit("undo");
    assert_eq!(ada.eval(FIELD), "hello @an");

    // Escape closes the list and nothing else; Enter sends then.
    ada.type_into("#composer-text", "@an");
    ada.wait_for(&format!("{NAMES} !== ''"), PATIENCE);
    ada.press("Escape");
    assert_eq!(ada.eval(NAMES), "");
    assert_eq!(ada.eval(FIELD), "@an");

    // Han names, after Han, with Tab.
    ada.type_into("#composer-text", "你好@小");
    ada.wait_for(&format!("{NAMES} === '小波'"), PATIENCE);
    ada.press("Tab");
    assert_eq!(ada.eval(FIELD), "你好@小波 ");

    ada.type_into("#composer-text", "@");
    ada.wait_for(&format!("{NAMES} === 'Ann,Ann Marie,小波'"), PATIENCE);
    ada.tap("#composer-names li:nth-child(3)");
    ada.wait_for(&format!("{FIELD} === '@小波 '"), PATIENCE);
    assert_eq!(ada.eval("document.activeElement.id"), "composer-text");
    // An address is no mention.
    ada.type_into("#composer-text", "me@an");
    assert_eq!(ada.eval(NAMES), "");
    assert_no_problems(&mut [("Ada", &mut ada)]);
}

#[test]
fn mentions_are_highlighted_and_the_longest_name_wins() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut host = Chat::person(&server, "Ms Lin", "host");
    let mut bo = Chat::member(&server, "Ada Bo");
    let mut ada = join(&mut browser, &server, "Ada");
    bo.say(
        "lobby",
        "@Ada, not @Ada Bo, x@Ada.de, @Adam, `@Ada` or https://a.b/@Ada",
        "1",
    );
    host.say("lobby", "@everyone look", "1");
    bo.say("lobby", "@everyone no, 你好@Ms Lin", "2");
    let mentions = "[...document.querySelectorAll('#log .mention')].map((m) => m.className + ' ' + m.textContent).sort()";
    ada.wait_for(&format!("{mentions}.length === 4"), PATIENCE);
    assert_eq!(
        ada.eval(mentions),
        json!([
            "mention @Ada Bo",
            "mention @Ms Lin",
            "mention me @Ada",
            "mention me @everyone"
        ])
    );
    assert_no_problems(&mut [("Ada", &mut ada)]);
}

#[test]
fn who_is_mentioned_is_known_without_a_page() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut ada = join(&mut browser, &server, "Ada");
    for (text, me, leads, expected) in [
        ("@ada hi", "Ada", false, true),
        ("@Ada Lovelace", "Ada", false, false),
        ("@Adam", "Ada", false, false),
        ("x@Ada", "Ada", false, false),
        ("(@Ada)!", "Ada", false, true),
        ("**@Ada**", "Ada", false, true),
        ("- @Ada", "Ada", false, true),
        ("> @Ada", "Ada", false, true),
        ("`@Ada` and `x`", "Ada", false, false),
        ("```\n@Ada\n```", "Ada", false, false),
        ("https://x.y/@Ada", "Ada", false, false),
        ("你好@小波你好", "小波", false, true),
        ("@小波二", "小波", false, false),
        ("@everyone", "Ada", false, false),
        ("@everyone", "Ada", true, true),
        ("@所有人", "Ada", true, true),
    ] {
        let found = ada.eval(&format!(
            "import('/assets/chat/mentions.js').then(({{ mentions }}) =>
                 mentions({text:?}, {me:?}, ['Ada', 'Ada Lovelace', '小波', '小波二'], {leads}))"
        ));
        assert_eq!(found, expected, "{text:?}");
    }
}
