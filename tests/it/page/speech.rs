//! Whether one may write: what the composer says, how long, and where a message goes that was refused meanwhile.

use serde_json::json;

use super::{assert_no_problems, join, say, url, wait_for_entry, wait_for_words};
use crate::cdp::{Browser, PATIENCE, Page};
use crate::harness::{Chat, Server, UNPACED};

const DRAFT: &str = "document.querySelector('#composer-text').value";
const SHUT: &str = "document.querySelector('#composer-send').disabled";
const FAILED: &str = "document.querySelectorAll('#log [data-state=failed]').length";

/// The note of the composer, without the isolates around facts.
const NOTE: &str = r"(document.querySelector('#composer-note:not([hidden])')?.innerText.replace(/[\u2068\u2069]/g, '').trim() || '')";

fn rule(action: &str, more: &serde_json::Value) -> serde_json::Value {
    let mut request = json!({"type": "moderate", "action": action, "room": "lobby"});
    let fields = more.as_object().unwrap().clone();
    request.as_object_mut().unwrap().extend(fields);
    request
}

/// The page hears of no change of the room's rules from now on, as if they were on their way.
#[track_caller]
fn deafen(page: &mut Page) {
    page.eval(
        "import('/assets/chat/moderation.js').then(({ Moderation }) => {
             Moderation.prototype.on_state = Moderation.prototype.on_moderated = () => {};
         })",
    );
}

#[test]
fn one_function_says_whether_one_may_write_why_not_and_until_when() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut page = browser.page();
    page.open(&url(&server, ""));
    let open = json!({"locked": false, "slow": 0, "approve": false});
    let with = |what: &str, value: serde_json::Value| {
        let mut state = open.clone();
        state[what] = value;
        state
    };
    let slow = with("slow", json!(30));
    let quiet = with("locked", json!(true));
    for (role, muted, state, spoke, said) in [
        (
            "member",
            json!(null),
            &open,
            json!(null),
            json!([true, null, null]),
        ),
        (
            "observer",
            json!(null),
            &open,
            json!(null),
            json!([false, "observer", null]),
        ),
        (
            "member",
            json!({}),
            &quiet,
            json!(null),
            json!([false, "muted", null]),
        ),
        (
            "host",
            json!({"until": 70_000}),
            &open,
            json!(null),
            json!([false, "muted", 70_000]),
        ),
        // It is over in the same moment.
        (
            "member",
            json!({"until": 60_000}),
            &open,
            json!(null),
            json!([true, null, null]),
        ),
        (
            "member",
            json!(null),
            &quiet,
            json!(null),
            json!([false, "locked", null]),
        ),
        (
            "moderator",
            json!(null),
            &quiet,
            json!(null),
            json!([true, null, null]),
        ),
        (
            "member",
            json!(null),
            &slow,
            json!(null),
            json!([true, "slow", null]),
        ),
        (
            "member",
            json!(null),
            &slow,
            json!(30_001),
            json!([false, "slow", 60_001]),
        ),
        (
            "member",
            json!(null),
            &slow,
            json!(30_000),
            json!([true, "slow", null]),
        ),
        (
            "host",
            json!(null),
            &slow,
            json!(59_000),
            json!([true, null, null]),
        ),
        (
            "member",
            json!(null),
            &with("approve", json!(true)),
            json!(null),
            json!([true, "approve", null]),
        ),
    ] {
        let facts = json!({"role": role, "muted": muted, "state": state, "spoke": spoke});
        let answer = page.eval(&format!(
            "import('/assets/chat/speech.js').then(({{ speech }}) => {{
                 const {{ maySend, reason, until }} = speech({facts}, 60000);
                 return [maySend, reason, until];
             }})"
        ));
        assert_eq!(answer, said, "{facts}");
    }
}

#[test]
fn while_the_class_is_quiet_a_draft_stays_with_the_reason_and_only_a_draft_is_said_to_stay() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start(UNPACED);
    let mut host = Chat::person(&server, "Ms Lin", "host");
    let mut ada = join(&mut browser, &server, "Ada");
    host.granted(rule("lock", &json!({"on": true})));
    let quiet = "The class is quiet: only the teacher can write.";
    ada.wait_for(&format!("{NOTE} === '{quiet}'"), PATIENCE);
    assert_eq!(ada.eval(SHUT), true);
    say(&mut ada, "half a sentence");
    ada.wait_for(
        &format!("{NOTE} === '{quiet} Your text stays here.'"),
        PATIENCE,
    );
    assert_eq!(ada.eval(DRAFT), "half a sentence");
    assert_eq!(ada.eval(FAILED), 0);
    host.granted(rule("lock", &json!({"on": false})));
    ada.wait_for(&format!("!{SHUT} && {NOTE} === ''"), PATIENCE);
    ada.press("Enter");
    wait_for_entry(&mut ada, ".own[data-state=saved]", "half a sentence");
    assert_no_problems(&mut [("Ada", &mut ada)]);
}

#[test]
fn what_crosses_the_news_that_the_class_is_quiet_comes_back_in_its_order_before_the_draft() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start(UNPACED);
    let mut host = Chat::person(&server, "Ms Lin", "host");
    let mut ada = join(&mut browser, &server, "Ada");
    deafen(&mut ada);
    host.granted(rule("lock", &json!({"on": true})));
    ada.eval(
        "['one', 'two', 'three'].forEach((text, n) => {
             const area = document.querySelector('#composer-text');
             area.value = text;
             area.dispatchEvent(new Event('input'));
             if (n < 2) document.querySelector('#composer').requestSubmit();
         })",
    );
    ada.wait_for(&format!("{DRAFT} === 'one\\ntwo\\nthree'"), PATIENCE);
    assert_eq!(
        ada.eval("document.querySelectorAll('#log .entry.message').length"),
        0
    );
    // A reload has the same draft, and the reason.
    ada.reload();
    ada.wait_for(SHUT, PATIENCE);
    wait_for_words(&mut ada, "Your text stays here.");
    assert_eq!(ada.eval(DRAFT), "one\ntwo\nthree");
    assert_no_problems(&mut [("Ada", &mut ada)]);
}

#[test]
fn slow_mode_counts_down_in_the_composer_and_then_lets_one_write() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start(UNPACED);
    let mut host = Chat::person(&server, "Ms Lin", "host");
    host.granted(rule("slow", &json!({"seconds": 3})));
    let mut ada = join(&mut browser, &server, "Ada");
    wait_for_words(&mut ada, "Slow mode: one message every 3 s.");
    say(&mut ada, "one");
    let counted = format!("/You can write again in 0:0[1-3]\\./.test({NOTE})");
    ada.wait_for(&format!("{SHUT} && {counted}"), PATIENCE);
    say(&mut ada, "two");
    wait_for_words(&mut ada, "Your text stays here.");
    assert_eq!(ada.eval(DRAFT), "two");
    ada.wait_for(&format!("!{SHUT}"), PATIENCE);
    ada.press("Enter");
    wait_for_entry(&mut ada, ".own[data-state=saved]", "two");
    // Without slow mode, nothing of it counts any more.
    host.granted(rule("slow", &json!({"seconds": 0})));
    ada.wait_for(&format!("!{SHUT} && {NOTE} === ''"), PATIENCE);
    assert_eq!(ada.eval(FAILED), 0);
    assert_no_problems(&mut [("Ada", &mut ada)]);
}

#[test]
fn a_time_of_day_has_no_leading_zero_where_it_has_twice_twelve_hours() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut page = browser.page();
    page.open(&url(&server, ""));
    let told = page.eval(
        "import('/assets/base/i18n.js').then(async ({ change, clock, moment, when }) => {
             const told = [];
             for (const code of ['en', 'zh']) {
                 await change(code);
                 const [at, other] = [new Date(2026, 0, 5, 9, 5, 7), new Date(2026, 0, 5, 21, 5)];
                 told.push([clock(at), clock(other), when(at) === moment(at)].join().replace(/\\u202f/g, ' '));
             }
             return told;
         })",
    );
    assert_eq!(told, json!(["9:05 AM,9:05 PM,false", "09:05,21:05,false"]));
}

#[test]
fn what_could_not_be_saved_for_a_moment_is_not_said_to_have_no_room() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut page = browser.page();
    page.open(&url(&server, ""));
    for (why, words) in [
        ("{retry_after: 3}", "cannot save right now"),
        // The wait is over.
        ("{retry_after: 3, until: 1}", "send it again"),
        ("{}", "history.max_size"),
    ] {
        let said = page.eval(&format!(
            "import('/assets/page/sentences.js').then(({{ refusal }}) =>
                 refusal({{ code: 'storage_unavailable', message: '', ...{why} }}))"
        ));
        assert!(said.as_str().unwrap().contains(words), "{why}: {said}");
    }
}
