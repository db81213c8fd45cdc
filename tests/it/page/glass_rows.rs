//! The rows of the protocol view: each is one row, and what can be done is in sight.

use serde_json::json;

use super::glass::open;
use super::{assert_no_problems, join, open_menu, say, wait_for_entry, wait_for_words};
use crate::cdp::{Browser, PATIENCE, View};
use crate::harness::Server;

/// What is wrong with the places of the tools, the tabs and "do it to me".
const ROWS: &str = "(() => {
    const wrong = [];
    const seen = (node) => {
        const box = node.getBoundingClientRect();
        return box.height && box.bottom <= innerHeight + 1 && box.top >= 0;
    };
    for (const row of ['.glass-tools', '.tabs', '.acts-row']) {
        const tops = [...document.querySelectorAll(`#glass ${row} button`)].map(each => {
            const box = each.getBoundingClientRect();
            return Math.round(box.top + box.height / 2);
        });
        if (tops.length < 3 || Math.max(...tops) - Math.min(...tops) > 2) wrong.push(`${row}: ${tops}`);
    }
    for (const id of ['ping', 'fragment', 'close', 'hang-up']) {
        const button = document.querySelector('#glass-do-' + id);
        button.scrollIntoView({ block: 'nearest', inline: 'nearest', behavior: 'instant' });
        const box = button.getBoundingClientRect();
        const hit = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
        if (!seen(button) || !button.contains(hit)) wrong.push(id);
    }
    if (document.documentElement.scrollWidth > innerWidth) wrong.push('wide');
    return wrong;
})()";

#[test]
fn what_can_be_done_is_in_sight_in_every_window() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut ada = join(&mut browser, &server, "Ada");
    open(&mut ada);
    say(&mut ada, "a frame to look at");
    ada.wait_for("document.querySelector('#glass-frame .ruler')", PATIENCE);
    for (width, height) in [
        (1440, 900),
        (1366, 600),
        (1000, 420),
        (768, 1024),
        (360, 740),
    ] {
        for language in ["en-US", "zh-CN"] {
            ada.view(&View {
                width,
                height,
                dark: false,
                language,
            });
            ada.wait_for(&format!("innerWidth === {width}"), PATIENCE);
            assert_eq!(ada.eval(ROWS), json!([]), "{width} x {height}, {language}");
        }
    }
    assert_no_problems(&mut [("Ada", &mut ada)]);
}

#[test]
fn each_message_leads_to_its_bits_or_to_why_they_were_not_recorded() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut bo = crate::harness::Chat::member(&server, "Bo");
    let mut ada = join(&mut browser, &server, "Ada");
    say(&mut ada, "too early");
    wait_for_entry(&mut ada, ".own[data-state=saved]", "too early");
    let item = |text: &str| {
        format!(
            "[...document.querySelectorAll('#log .entry')].find(each => each.querySelector('.text')?.innerText === '{text}')"
        )
    };
    let look = |page: &mut crate::cdp::Page, text: &str| {
        open_menu(page, &item(text));
        page.click("#dialog [data-action=bits]");
    };
    look(&mut ada, "too early");
    wait_for_words(
        &mut ada,
        "it was sent before the protocol view was opened. Send another message",
    );
    ada.wait_for(
        "document.querySelector('#glass').dataset.lens === 'open'",
        PATIENCE,
    );
    say(&mut ada, "in time");
    wait_for_entry(&mut ada, ".own[data-state=saved]", "in time");
    bo.granted(json!({"type": "send", "room": "lobby", "text": "from Bo"}));
    wait_for_entry(&mut ada, ":not(.own)", "from Bo");
    let chosen = "document.querySelector('.frame-row[aria-selected=true]')?.textContent || ''";
    ada.wait_for(
        "[...document.querySelectorAll('.frame-row')].some(each => each.textContent.includes('\"seq\":3'))",
        PATIENCE,
    );
    look(&mut ada, "in time");
    ada.wait_for(
        &format!("({chosen}).includes('\"send\",\"text\":\"in time')"),
        PATIENCE,
    );
    look(&mut ada, "from Bo");
    ada.wait_for(
        &format!("({chosen}).includes('\"message\",\"room\":\"lobby\",\"seq\":3')"),
        PATIENCE,
    );
    // The figures beside a chosen message say what they are.
    ada.eval(&format!("{}.click()", item("in time")));
    let figures =
        r"document.querySelector('#log .bytes-words')?.textContent.replace(/[\u2068\u2069]/g, '')";
    ada.wait_for(
        &format!(r"/^header 6 \+ payload \d+ bytes$/.test({figures})"),
        PATIENCE,
    );
    assert_no_problems(&mut [("Ada", &mut ada)]);
}
