//! Hands and questions in both languages and schemes, on a phone and on a wide page: nothing scrolls sideways,
//! what is tapped is large enough, and axe finds nothing serious. The screenshots are for whoever changes it.

use serde_json::json;

use super::screenshots::shoot;
use super::{IN_THE_ROOM, assert_no_problems, join, join_as_host};
use crate::cdp::{Browser, PATIENCE, Page, View};
use crate::harness::tools::{self, INSTALL, need};
use crate::harness::{Chat, Server};

const LONG: &str = "为什么每一帧的掩码都是随机的？Why is the mask of every frame random, and what would go \
                    wrong if it were always the same Pneumonoultramicroscopicsilicovolcanoconiosis?";

/// What is tapped on a phone: at least 44 px high. On a wide page the hand is as high as the field beside it.
const SMALL: &str =
    "[...document.querySelectorAll('#hand-button, #card-hands button:not(.link), #hand-form .check, .desk-acts > button')]
        .filter(each => each.checkVisibility() && each.getBoundingClientRect().height < (innerWidth > 719 && each.closest('#composer-tools') ? 40 : 44))
        .map(each => each.outerHTML)";

#[test]
fn the_queue_and_the_hand_fit_in_both_languages_and_schemes() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let axe = need(tools::axe(), "axe-core", INSTALL);
    for (width, height) in [(360, 740), (1440, 900)] {
        for (dark, language) in [
            (false, "en-US"),
            (true, "zh-CN"),
            (false, "zh-CN"),
            (true, "en-US"),
        ] {
            let view = View {
                width,
                height,
                dark,
                language,
            };
            look(&mut browser, &view, axe.as_deref());
        }
    }
}

fn look(browser: &mut Browser, view: &View, axe: Option<&str>) {
    let server = Server::start("");
    let raise = |name: &str, more: serde_json::Value| {
        let mut chat = Chat::member(&server, name);
        let mut request = json!({"type": "hand", "room": "lobby", "up": true});
        for (key, value) in more.as_object().unwrap() {
            request[key] = value.clone();
        }
        let seq = chat.granted(request)["seq"].as_u64().unwrap();
        (chat, seq)
    };
    let (_bo, _) = raise("小波", json!({}));
    let (mut ann, long) = raise("Ann", json!({"question": LONG}));
    let (mut cy, secret) = raise("Cy", json!({"question": "这道题考吗？", "anonymous": true}));
    for (chat, hand) in [(&mut ann, secret), (&mut cy, long)] {
        chat.granted(json!({"type": "second", "room": "lobby", "hand": hand, "on": true}));
    }

    let mut ada = join(browser, &server, "Ada");
    settle(&mut ada, view);
    ada.click("#hand-button");
    ada.click("#hand-anonymous");
    ada.type_into("#hand-question", "Can we see it once more? 能再看一遍吗？");
    seen(&mut ada, view, axe, "hands-ask");
    ada.click("#hand-raise");
    ada.wait_for("document.querySelector('#card-hands').hidden", PATIENCE);
    ada.click("#hand-button");
    seen(&mut ada, view, axe, "hands-up");
    ada.click("#hand-queue");
    ada.wait_for(
        "document.querySelectorAll('#desk-hands li').length === 4",
        PATIENCE,
    );
    seen(&mut ada, view, axe, "hands-queue");
    assert_no_problems(&mut [("Ada", &mut ada)]);

    let mut host = join_as_host(browser, &server, "Ms Lin");
    settle(&mut host, view);
    if host.eval("document.querySelector('#open-people').checkVisibility()") == true {
        host.click("#open-people");
        host.wait_for("document.body.classList.contains('show-people')", PATIENCE);
    }
    host.click("#desk-tab-hands");
    host.wait_for(
        "document.querySelectorAll('#desk-hands li').length === 4",
        PATIENCE,
    );
    seen(&mut host, view, axe, "hands-lead");
    host.click(&format!(
        "#desk-hands li[data-hand=\"{secret}\"] [data-act=mute]"
    ));
    seen(&mut host, view, axe, "hands-mute");
    host.click("#dialog-cancel");
    assert_no_problems(&mut [("the host", &mut host)]);
}

/// The language holds from the next load on.
#[track_caller]
fn settle(page: &mut Page, view: &View) {
    page.view(view);
    page.reload();
    page.wait_for(IN_THE_ROOM, PATIENCE);
    page.wait_for(
        "document.querySelectorAll('#log .entry.hand').length === 2
            || document.querySelectorAll('#log .entry.hand').length === 3",
        PATIENCE,
    );
}

#[track_caller]
fn seen(page: &mut Page, view: &View, axe: Option<&str>, what: &str) {
    assert_eq!(page.eval(SMALL), json!([]), "{what}: too small");
    let desk = "document.querySelector('#people-column')";
    assert_eq!(
        page.eval(&format!("{desk}.scrollWidth <= {desk}.clientWidth")),
        true,
        "{what}: the desk scrolls sideways"
    );
    shoot(page, view, what);
    if let Some(axe) = axe {
        page.eval(axe);
        // The row of tabs belongs to the desk.
        let serious = page.eval(
            "axe.run({exclude: [['#desk-tabs']]}).then(result => result.violations
                 .filter(each => ['serious', 'critical'].includes(each.impact))
                 .map(each => each.id + ': ' + each.nodes.map(node => node.html).join(' | ')))",
        );
        assert_eq!(serious, json!([]), "{what}");
    }
}
