//! The guide, the lab and the tasks beside the chat: one bar, one design, both languages.

use serde_json::json;

use super::lab::{run, shows};
use super::{assert_no_problems, join, say, url, wait_for_entry, wait_for_words};
use crate::cdp::{Browser, PATIENCE, Page, View};
use crate::harness::Server;
use crate::harness::tools::{self, INSTALL, need};

#[test]
fn the_guide_is_read_in_both_languages_and_its_experiments_run() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut page = join(&mut browser, &server, "Ada");
    for (language, run_words, decided) in [
        ("en", "Send it for real", "What happened"),
        ("zh", "真的发出去", "结果"),
    ] {
        page.open(&url(&server, &format!("learn/{language}/5")));
        shows(&mut page, ".experiment .card .run", run_words);
        run(&mut page);
        shows(&mut page, ".result h3", decided);
        assert_eq!(
            page.eval("document.documentElement.dataset.language"),
            language
        );
        assert_eq!(page.eval("document.querySelectorAll('main h1').length"), 1);
        assert_no_problems(&mut [(language, &mut page)]);
    }
    // The other language is one click away, and remembered.
    page.click(".switches a.language");
    page.wait_for("location.pathname === '/learn/en/5'", PATIENCE);
    page.open(&url(&server, "lab"));
    shows(&mut page, "h1", "The lab");
    assert_no_problems(&mut [("Ada", &mut page)]);
}

/// The links and buttons with `data-needs` that can be seen.
const OFFERED: &str = "[...document.querySelectorAll('[data-needs]')]
    .filter(node => node.checkVisibility()).map(node => node.dataset.needs)";

#[test]
fn what_the_server_does_not_offer_is_not_on_the_page() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server =
        Server::start("[lab]\nenabled = false\n[lens]\nenabled = false\n[history]\npath = \"\"\n");
    let mut page = browser.page();
    page.open(&url(&server, ""));
    wait_for_words(&mut page, "messages are gone when the server stops");
    let mut page = join(&mut browser, &server, "Ada");
    let only_the_guide = format!("JSON.stringify({OFFERED}) === '[\"learn\"]'");
    page.wait_for(&only_the_guide, PATIENCE);
    page.eval("document.activeElement.blur()");
    page.press("g");
    say(&mut page, "no protocol view");
    wait_for_entry(&mut page, ".own[data-state=saved]", "no protocol view");
    assert_eq!(page.eval("document.querySelector('#glass').hidden"), true);
    page.open(&url(&server, "task"));
    page.wait_for(&only_the_guide, PATIENCE);
}

#[test]
fn the_chat_leads_to_the_guide_the_lab_and_the_tasks() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut page = join(&mut browser, &server, "Ada");
    let links = "[...document.querySelectorAll('#pages a')]
        .map(link => [link.textContent, link.getAttribute('href'), link.checkVisibility()])";
    page.wait_for(
        "document.querySelector('#pages a').checkVisibility()",
        PATIENCE,
    );
    assert_eq!(
        page.eval(links),
        json!([
            ["Chat", "/", true],
            ["Learn", "/learn/en", true],
            ["Lab", "/lab", true],
            ["Tasks", "/task", true]
        ])
    );
    super::choose_of_mine(&mut page, ".language");
    // Its words come over the network.
    page.wait_for("document.documentElement.lang === 'zh-Hans'", PATIENCE);
    wait_for_words(&mut page, "实验台");
    assert_eq!(
        page.eval(links),
        json!([
            ["聊天", "/", true],
            ["教程", "/learn/zh", true],
            ["实验台", "/lab", true],
            ["练习", "/task", true]
        ])
    );
    for (path, current) in [("learn/zh", "教程"), ("lab", "实验台"), ("task", "练习")] {
        page.open(&url(&server, path));
        page.wait_for("document.documentElement.lang === 'zh-Hans'", PATIENCE);
        // The same bar in the same place, and from here on in the same tab.
        page.wait_for(
            "[...document.querySelectorAll('.pages a')].every(link => link.checkVisibility())",
            PATIENCE,
        );
        let bar = page.eval(
            "[document.querySelector('.top').offsetHeight, document.querySelectorAll('.pages a').length,
              document.querySelectorAll('.pages a[target]').length, document.querySelector('.pages [aria-current]').textContent]",
        );
        assert_eq!(bar, json!([48, 4, 0, current]), "{path}");
    }
    assert_no_problems(&mut [("Ada", &mut page)]);
}

/// axe finds nothing at all, not even what it calls minor.
#[track_caller]
pub fn assert_faultless(page: &mut Page, axe: &str, place: &str) {
    page.eval(axe);
    let found = page.eval(
        "axe.run().then(result => result.violations
             .map(each => each.id + ': ' + each.nodes.map(node => node.html).join(' | ')))",
    );
    assert_eq!(found, json!([]), "{place}");
}

#[test]
fn lab_guide_and_tasks_scroll_sideways_nowhere_and_axe_finds_nothing() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let Some(axe) = need(tools::axe(), "axe-core", INSTALL) else {
        return;
    };
    let server = Server::start("");
    let mut page = join(&mut browser, &server, "Ada");
    // A window of 1280 px at 400 % is 320 px wide.
    for (width, dark, language) in [
        (320, false, "en-US"),
        (360, true, "zh-CN"),
        (768, false, "zh-CN"),
        (1440, false, "en-US"),
    ] {
        page.view(&View {
            width,
            height: 900,
            dark,
            language,
        });
        for place in [
            "lab",
            "lab#no-key",
            "lab#build",
            "lab#meet",
            "learn/zh",
            "learn/en/4",
            "task",
        ] {
            page.open("about:blank");
            page.open(&url(&server, place));
            if place.starts_with("lab") {
                page.wait_for("document.body.dataset.ready === 'true'", PATIENCE);
            } else if place == "learn/en/4" {
                page.wait_for("!document.querySelector('.experiment > p')", PATIENCE);
            }
            if place == "lab#no-key" {
                run(&mut page);
                page.eval(
                    "document.querySelectorAll('details').forEach(each => { each.open = true; })",
                );
            }
            let wide = page.eval("document.documentElement.scrollWidth > innerWidth");
            assert_eq!(wide, false, "{place} at {width}");
            assert_eq!(
                page.eval("document.querySelector('.top').offsetHeight"),
                48,
                "{place} at {width}"
            );
            assert_faultless(&mut page, &axe, &format!("{place} at {width}"));
        }
    }
    assert_no_problems(&mut [("Ada", &mut page)]);
}
