//! The lab and the guide in a real browser: a question, a real run, and the sentence that decided. The hooks are those listed at the top of `src/web/lab/lab.html`.

use serde_json::json;

use super::screenshots::shoot;
use super::{TEXT, assert_no_problems, join, url, wait_for_words};
use crate::cdp::{Browser, PATIENCE, Page, View};
use crate::harness::Server;

/// Opens one experiment of the lab, or the builder, for a person who has joined.
#[track_caller]
pub fn open(page: &mut Page, server: &Server, what: &str) {
    page.open(&url(server, &format!("lab#{what}")));
    page.wait_for("document.body.dataset.ready === 'true'", PATIENCE);
}

/// Presses the button of the first card, and waits for the result.
#[track_caller]
pub fn run(page: &mut Page) {
    page.click(".card button.run");
    page.wait_for("document.querySelector('.card .result')", PATIENCE);
}

#[track_caller]
pub fn shows(page: &mut Page, selector: &str, words: &str) {
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
    shows(&mut page, ".guess .right", "your guess");
    shows(&mut page, ".decided .passed", "as the RFC demands");
    shows(&mut page, ".decided .rule-must", "MUST");
    shows(&mut page, ".decided .rule-choice", "our choice");
    shows(&mut page, ".exchange", "1002 (protocol error)");
    // The bytes of a frame stand in its row, with the tints of their fields.
    let bytes = "[...document.querySelectorAll('.step-client .hex')]
        .map(hex => [hex.textContent, ...[...hex.querySelectorAll('.back > *')].map(part => part.className.slice(5, 6))].join(''))";
    assert_eq!(
        page.eval(bytes),
        json!(["81fo", "05ml", "48p", "65p", "6cp", "6cp", "6fp"])
    );
    // Handshake, frame, Close, end of TCP, in this order.
    let steps = page.eval(
        "[...document.querySelectorAll('.exchange > li')].map(li => li.className.split(' ')[1])",
    );
    assert_eq!(
        steps,
        serde_json::json!(["step-handshake", "step-client", "step-server", "step-tcp"])
    );
    // Each row unfolds, and each field of a header is explained.
    page.click(".exchange .step-client summary");
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
    page.click(".card .change");
    page.wait_for(
        "document.querySelectorAll('.builder .build-step').length === 1",
        PATIENCE,
    );
    assert_no_problems(&mut [("Ada", &mut page)]);
}

#[test]
fn a_wrong_guess_is_marked_and_a_word_finds_experiments() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut page = join(&mut browser, &server, "Ada");
    open(&mut page, &server, "unmasked");
    page.click(".guess label:nth-of-type(1)");
    run(&mut page);
    shows(&mut page, ".guess .wrong", "your guess");
    shows(&mut page, ".guess .right", "this happened");
    shows(&mut page, "#list label", "1 of ");
    let in_sight = "(() => {
        const list = document.querySelector('#list').getBoundingClientRect();
        const current = document.querySelector('#list [aria-current]').getBoundingClientRect();
        return current.top >= list.top && current.bottom <= Math.min(list.bottom, innerHeight);
    })()";
    assert_eq!(page.eval(in_sight), true);
    assert_eq!(
        page.eval("document.querySelector('#list progress').value"),
        1
    );
    for (width, dark) in [(1440, false), (1440, true), (768, false), (360, false)] {
        let view = View {
            width,
            height: 900,
            dark,
            language: "en-US",
        };
        page.view(&view);
        shoot(&mut page, &view, "lab");
        page.eval("document.querySelector('.decided').scrollIntoView()");
        shoot(&mut page, &view, "lab-standard");
        page.eval("scrollTo(0, 0)");
    }
    page.view(&View {
        width: 1440,
        height: 900,
        dark: false,
        language: "en-US",
    });
    // The other language keeps the guess and the result.
    page.click(".switches .language");
    shows(&mut page, ".guess .wrong", "你的猜测");
    shows(&mut page, ".decided", "符合 RFC 的要求");
    shows(&mut page, ".switches .language", "English");
    page.click(".switches .language");
    shows(&mut page, ".guess .wrong", "your guess");
    // In the builder, title and button are in sight and covered by nothing.
    page.click(".card .change");
    let reached = "[...document.querySelectorAll('.builder > h2, .builder .run')].map(node => {
        const { left, top, width, height } = node.getBoundingClientRect();
        const front = document.elementFromPoint(left + Math.min(width / 2, 40), top + height / 2);
        return front === node || node.contains(front);
    }).join()";
    page.wait_for(&format!("{reached} === 'true,true'"), PATIENCE);
    page.eval("history.back()");
    page.wait_for(
        "document.querySelector('.card[data-slug=unmasked]')",
        PATIENCE,
    );
    page.type_into("#find", "SURROGATE");
    let found = "[...document.querySelectorAll('#list li a')].map(link => link.hash)";
    page.wait_for(
        &format!("JSON.stringify({found}) === '[\"#utf8-surrogate\"]'"),
        PATIENCE,
    );
    page.type_into("#find", "!");
    wait_for_words(&mut page, "No experiment has these words.");
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
    shows(&mut page, ".decided .passed", "as this server chose");
    shows(&mut page, ".decided", "another server may give another one");
    shows(&mut page, ".decided", "§10.7");
    page.click(".exchange .step-broken summary");
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
    page.click(".result > details summary");
    shows(&mut page, ".seen", "1002");
    assert_no_problems(&mut [("Ada", &mut page)]);
}

#[test]
fn the_fields_of_a_row_are_equally_high_and_a_scrollbar_moves_nothing() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut page = join(&mut browser, &server, "Ada");
    open(&mut page, &server, "build");
    let heights = "[...new Set([...document.querySelectorAll('.builder input:not([type=checkbox]), .builder select')]
        .map(each => each.getBoundingClientRect().height))]";
    page.wait_for("document.querySelector('.frame-form input')", PATIENCE);
    assert_eq!(page.eval(heights), json!([40]));
    let width = "document.body.clientWidth";
    let long = page.eval(width);
    // As a page that is shorter than the window.
    page.eval("document.querySelector('main').hidden = true");
    let scrolls = "document.documentElement.scrollHeight > innerHeight";
    assert_eq!(page.eval(scrolls), false);
    assert_eq!(page.eval(width), long);
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
    page.click(".step-handshake summary");
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
