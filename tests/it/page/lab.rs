//! The lab and the guide in a real browser: a question, a real run, and the sentence that decided. The hooks are those listed at the top of `src/web/lab/lab.html`.

use serde_json::json;

use super::{TEXT, assert_no_problems, join, say, url, wait_for_entry, wait_for_words};
use crate::cdp::{Browser, PATIENCE, Page, View};
use crate::harness::Server;
use crate::harness::tools::{self, INSTALL, need};

/// Opens one experiment of the lab, or the builder, for a person who has joined.
#[track_caller]
fn open(page: &mut Page, server: &Server, what: &str) {
    page.open(&url(server, &format!("lab#{what}")));
    page.wait_for("document.body.dataset.ready === 'true'", PATIENCE);
}

/// Presses the button of the first card, and waits for the result.
#[track_caller]
fn run(page: &mut Page) {
    page.click(".card button.run");
    page.wait_for("document.querySelector('.card .result')", PATIENCE);
}

#[track_caller]
fn shows(page: &mut Page, selector: &str, words: &str) {
    let text = TEXT.replace(
        "document.body",
        &format!("document.querySelector({selector:?})"),
    );
    page.wait_for(&format!("{text}.includes({words:?})"), PATIENCE);
}

#[track_caller]
fn choose(page: &mut Page, selector: &str, value: &str) {
    page.find(selector);
    page.eval(&format!(
        "(() => {{
             const select = document.querySelector({selector:?});
             select.value = {value:?};
             select.dispatchEvent(new Event('change'));
         }})()"
    ));
}

#[test]
fn an_experiment_asks_first_and_then_shows_the_sentence_that_decided() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut page = join(&mut browser, &server, "Ada");
    open(&mut page, &server, "unmasked");
    shows(&mut page, ".card legend", "What does it do?");
    assert_eq!(
        page.eval("document.querySelector('.card .answer').open"),
        false
    );
    page.click(".guess label:nth-of-type(3)");
    run(&mut page);
    let sentence =
        "The server MUST close the connection upon receiving a frame that is not masked.";
    shows(&mut page, ".decided", sentence);
    shows(&mut page, ".decided", "§5.1");
    wait_for_words(&mut page, "You guessed it.");
    shows(&mut page, ".expected", "as the RFC demands");
    shows(&mut page, ".decided .authority", "the RFC (MUST)");
    shows(&mut page, ".exchange", "1002 (protocol error)");
    // Handshake, frame, Close, end of TCP, in this order.
    let steps = page.eval(
        "[...document.querySelectorAll('.exchange > li')].map(li => li.className.split(' ')[1])",
    );
    assert_eq!(
        steps,
        serde_json::json!(["step-handshake", "step-client", "step-server", "step-tcp"])
    );
    // Each field of a header is explained.
    page.click(".exchange .step-client .ruler-field:nth-child(6)");
    shows(
        &mut page,
        ".exchange .step-client .ruler-words",
        "A client must mask",
    );
    // It is marked on the list, and can be changed.
    page.wait_for(
        "document.querySelector('#list a[href=\"#unmasked\"] + .done')",
        PATIENCE,
    );
    page.click(".card > p > button.quiet");
    page.wait_for(
        "document.querySelectorAll('.builder .build-step').length === 1",
        PATIENCE,
    );
    assert_no_problems(&mut [("Ada", &mut page)]);
}

#[test]
fn what_the_rfc_leaves_open_is_called_a_choice_of_this_server() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut page = join(&mut browser, &server, "Ada");
    open(&mut page, &server, "not-minimal-16");
    run(&mut page);
    shows(&mut page, ".expected", "as this server chose");
    shows(&mut page, ".decided .authority", "this server");
    shows(&mut page, ".decided .authority", "§10.7");
    shows(&mut page, ".exchange", "Who decided");
    assert_no_problems(&mut [("Ada", &mut page)]);
}

#[test]
fn a_frame_of_ones_own_is_seen_bit_by_bit_before_it_breaks_a_rule() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut page = join(&mut browser, &server, "Ada");
    open(&mut page, &server, "build");
    let bits = "[...document.querySelectorAll('.build-step:first-child .ruler-bits')].map(b => b.textContent).join(' ')";
    assert_eq!(page.eval(bits), "1 0 0 0 0001 1 0000101 ·· ·· ·· ··");
    // MASK off.
    page.click(".build-step:first-child .checks label:nth-child(5)");
    assert_eq!(page.eval(bits), "1 0 0 0 0001 0 0000101");
    run(&mut page);
    shows(&mut page, ".decided", "not masked");
    shows(&mut page, ".seen", "1002");
    assert_no_problems(&mut [("Ada", &mut page)]);
}

#[test]
fn a_handshake_of_ones_own_without_a_key_is_refused_with_400() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut page = join(&mut browser, &server, "Ada");
    open(&mut page, &server, "build");
    choose(
        &mut page,
        ".builder .part .labelled:nth-child(2) select",
        "lines",
    );
    page.wait_for(
        "document.querySelector('.header-lines li:nth-child(5) input').value === 'Sec-WebSocket-Key: {key}'",
        PATIENCE,
    );
    page.click(".header-lines li:nth-child(5) button");
    page.wait_for(
        "document.querySelectorAll('.header-lines li').length === 5",
        PATIENCE,
    );
    run(&mut page);
    shows(&mut page, ".seen, .result", "400");
    shows(&mut page, ".decided", "Sec-WebSocket-Key");
    shows(&mut page, ".step-handshake", "no_key");
    assert_no_problems(&mut [("Ada", &mut page)]);
}

#[test]
fn a_stranger_is_told_to_join_first_and_can_read_everything() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut page = browser.page();
    open(&mut page, &server, "no-key");
    shows(&mut page, ".card", "Join the class first");
    assert_eq!(
        page.eval("document.querySelector('.card .note a').pathname"),
        "/"
    );
    assert_eq!(
        page.eval("document.querySelector('button.run')"),
        serde_json::Value::Null
    );
    page.click(".card .answer summary");
    shows(&mut page, ".card .answer", "§4.2.1");
    assert_no_problems(&mut [("a stranger", &mut page)]);
}

#[test]
fn more_than_twenty_in_a_minute_are_refused_in_words() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut page = join(&mut browser, &server, "Ada");
    open(&mut page, &server, "text");
    page.eval(
        "Promise.all(Array.from({length: 20}, () => 0)).then(async all => {
             const headers = {Authorization: 'Bearer ' + localStorage.getItem('glassroom.token')};
             const body = JSON.stringify({experiment: 'text'});
             for (const one of all) await fetch('/api/lab', {method: 'POST', headers, body});
         })",
    );
    page.click(".card button.run");
    wait_for_words(&mut page, "That was a lot in one minute.");
    let problems = page.problems();
    assert!(problems.iter().all(|p| p.contains("429")), "{problems:?}");
}

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
