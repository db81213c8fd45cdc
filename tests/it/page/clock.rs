//! The page counts by the server's time: the clock of a device may be wrong, and may jump.

use serde_json::{Value, json};

use super::{IN_THE_ROOM, assert_no_problems, join, say, wait_for_entry, wait_for_words};
use crate::cdp::{Browser, PATIENCE, Page};
use crate::harness::{CLASS_CODE, Chat, Server};

const HOUR_MS: i64 = 60 * 60 * 1000;

/// A page on a device whose clock is wrong by so many milliseconds. `jump(ms)` sets it.
#[track_caller]
fn page_with_wrong_clock(browser: &mut Browser, wrong: i64) -> Page {
    let mut page = browser.page();
    page.at_every_load(&format!(
        "(() => {{
             const Real = Date;
             let wrong = {wrong};
             window.Date = class extends Real {{
                 constructor(...parts) {{
                     if (parts.length) super(...parts); else super(Real.now() + wrong);
                 }}
                 static now() {{ return Real.now() + wrong; }}
             }};
             window.jump = (ms) => {{ wrong += ms; }};
         }})()"
    ));
    page
}

/// Fills in the join form, without waiting for the chat.
#[track_caller]
fn ask_to_join(page: &mut Page, server: &Server, name: &str) {
    super::form::open(page, server, "");
    page.type_into("#join-name", name);
    page.type_into("#join-code", CLASS_CODE);
    page.click("#join-submit");
}

/// Does something to a person as a host.
#[track_caller]
fn moderate(host: &mut Chat, id: &Value, action: &str, seconds: Option<u32>) {
    let mut request = json!({"type": "moderate", "action": action, "user": id});
    if let Some(seconds) = seconds {
        request["seconds"] = seconds.into();
    }
    host.granted(request);
}

#[test]
fn a_device_with_a_wrong_clock_shows_the_right_notes_and_times() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut host = Chat::person(&server, "Ms Lin", "host");
    for (name, wrong) in [
        ("Ada", -HOUR_MS),
        ("Bo", 25 * HOUR_MS),
        ("Cy", -9000 * HOUR_MS),
    ] {
        let mut page = page_with_wrong_clock(&mut browser, wrong);
        ask_to_join(&mut page, &server, name);
        page.wait_for(IN_THE_ROOM, PATIENCE);
        say(&mut page, name);
        wait_for_entry(&mut page, ".own[data-state=saved]", name);
        let id = host.expect("message")["from"]["id"].clone();
        let day = "[...document.querySelectorAll('#log .day')].pop().innerText";
        assert_eq!(page.eval(day), "Today", "{name}");
        // It was written this minute, so it may be edited.
        page.press("ArrowUp");
        wait_for_words(&mut page, "Editing your message");
        page.press("Escape");

        moderate(&mut host, &id, "mute", Some(180));
        let counted = r"/, in (3:00|2:[0-9]{2})\./.test(
            document.querySelector('#composer-note').innerText.replace(/[\u2068\u2069]/g, ''))";
        page.wait_for(counted, PATIENCE);
        // The device finds the right time in the middle of the lesson.
        page.eval(&format!("jump({})", -wrong));
        moderate(&mut host, &id, "unmute", None);
        page.wait_for("document.querySelector('#composer-note').hidden", PATIENCE);
        moderate(&mut host, &id, "mute", Some(7200));
        wait_for_words(&mut page, ", in 2 h.");
        page.eval(&format!("jump({wrong})"));

        moderate(&mut host, &id, "kick", Some(600));
        wait_for_words(&mut page, "in about 10 min. Until then");
        // After a reload, no socket has said the time, but the answer of HTTP does.
        page.reload();
        page.type_into("#join-code", CLASS_CODE);
        page.click("#join-submit");
        wait_for_words(&mut page, "in about 10 min. Until then");
        let shown = page.eval("document.querySelector('#join-error').innerText");
        let today = page.eval(
            "import('/assets/base/time.js').then(({ serverNow }) =>
                 new Date(serverNow() + 600000).getDate() === new Date(serverNow()).getDate())",
        );
        // Without a date, because it is today: without a year.
        let mut places = shown.as_str().unwrap().as_bytes().windows(4);
        let has_year = places.any(|digits| digits.iter().all(u8::is_ascii_digit));
        assert!(today != true || !has_year, "{shown}");
        let problems = page.problems();
        assert!(problems.iter().all(|p| p.contains("403")), "{problems:?}");
    }
}

#[test]
fn the_time_is_asked_for_again_after_the_device_slept() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut page = browser.page();
    // While a device sleeps, its clock goes on and performance.now() may stop.
    page.at_every_load(
        "(() => {
             const now = performance.now.bind(performance);
             let slept = 0;
             performance.now = () => now() - slept;
             window.sleep = (ms) => { slept += ms; };
         })()",
    );
    ask_to_join(&mut page, &server, "Ada");
    page.wait_for(IN_THE_ROOM, PATIENCE);
    let behind = "import('/assets/base/time.js').then(({ serverNow }) => Date.now() - serverNow())";
    assert!(page.eval(behind).as_f64().unwrap().abs() < 3000.0);
    page.eval("sleep(90000)");
    assert!(page.eval(behind).as_f64().unwrap() > 80_000.0);
    page.eval("document.dispatchEvent(new Event('visibilitychange'))");
    page.eval(&format!(
        "(async () => {{
             while (await {behind} > 3000) await new Promise((done) => requestAnimationFrame(done));
         }})()"
    ));
    assert_no_problems(&mut [("Ada", &mut page)]);
}

#[test]
fn the_seconds_of_a_refusal_are_counted_down() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut host = Chat::person(&server, "Ms Lin", "host");
    host.granted(json!({"type": "moderate", "action": "slow", "room": "lobby", "seconds": 30}));
    let mut ada = join(&mut browser, &server, "Ada");
    say(&mut ada, "one");
    wait_for_entry(&mut ada, ".own[data-state=saved]", "one");
    say(&mut ada, "two");
    let seconds = "Number((/write again in .?0:(\\d+)/.exec(document.querySelector('#composer-note').innerText) || [])[1])";
    ada.wait_for(&format!("{seconds} > 20"), PATIENCE);
    let first = ada.eval(seconds).as_u64().unwrap();
    ada.wait_for(&format!("{seconds} < {first} - 1"), PATIENCE);
    // After a reload the server has to say it.
    ada.reload();
    ada.wait_for(IN_THE_ROOM, PATIENCE);
    assert_eq!(
        ada.eval("document.querySelector('#composer-text').value"),
        "two"
    );
    ada.click("#composer-send");
    ada.wait_for(&format!("{seconds} < {first} - 1"), PATIENCE);
    assert_no_problems(&mut [("Ada", &mut ada)]);
}
