//! What the page says beside the log: toasts have a place of their own, and go when what they speak of is over.

use serde_json::json;

use super::screenshots::shoot;
use super::{
    IN_THE_ROOM, TEXT, assert_no_problems, join, join_as_host, moderate, wait_for_entry,
    wait_for_words,
};
use crate::cdp::{Browser, PATIENCE, Page, View};
use crate::harness::{Chat, Server, UNPACED};

/// What can be used and is seen, but lies below something else in its middle. What scrolls can be scrolled from behind
/// a toast.
const COVERED: &str = "[...document.querySelectorAll('button, input, select, textarea, a, summary, #dialog h2')]
    .filter((each) => each.checkVisibility() && getComputedStyle(each).visibility === 'visible')
    .filter((each) => !(document.querySelector('#dialog:not([hidden])') && !each.closest('#dialog, #notices')))
    .filter((each) => !(document.body.className.includes('show-people') && !each.closest('#people-column, #notices')))
    .filter((each) => {
        const box = each.getBoundingClientRect();
        const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
        const frame = each.closest('#log-scroll, #dialog, .poll-body, #cards, .column');
        const area = frame ? frame.getBoundingClientRect() : { top: 0, bottom: innerHeight };
        if (y < area.top || y > area.bottom || y > innerHeight || !box.width) return false;
        const top = document.elementFromPoint(x, y);
        return !(top && (each.contains(top) || top.contains(each) || top.closest('#desk-tabs, #tool-lock, #desk-foot')
            || (top.closest('.toast') && each.closest('#log-scroll, #desk-panels, #rooms'))));
    })
    .map((each) => each.id || each.textContent)";

const TOASTS: &str = "[...document.querySelectorAll('#notices .toast')].map(each => each.querySelector('p').innerText)";
const NAMES: &str = "[...document.querySelectorAll('#notices button')].map(each => each.getAttribute('aria-label'))";

#[track_caller]
fn assert_nothing_covered(page: &mut Page, what: &str) {
    assert_eq!(page.eval(COVERED), json!([]), "{what}");
}

#[test]
fn toasts_cover_nothing_that_can_be_used_also_beside_the_desk_and_a_dialog() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    for (width, height, language) in [
        (360, 740, "zh-CN"),
        (360, 740, "en-US"),
        (768, 1024, "en-US"),
        (1366, 768, "zh-CN"),
        (1366, 768, "en-US"),
    ] {
        let server = Server::start(UNPACED);
        let view = View {
            width,
            height,
            dark: false,
            language,
        };
        let mut host = join_as_host(&mut browser, &server, "Ms Lin");
        host.view(&view);
        host.reload();
        host.wait_for(IN_THE_ROOM, PATIENCE);
        let mut cy = Chat::member(&server, "Cyril of the long name");
        let mut bo = Chat::member(&server, "小波");
        for n in 0..12 {
            bo.say("lobby", &format!("message {n} 第几条"), &n.to_string());
            bo.expect("ack");
        }
        wait_for_entry(&mut host, ":not(.own)", "message 11 第几条");
        // One can be undone, the other one opened.
        host.eval("document.querySelector('#tool-lock').click()");
        host.wait_for(&format!("{TOASTS}.length === 1"), PATIENCE);
        cy.granted(json!({"type": "whisper", "to": "hosts", "text": "May I go out?"}));
        host.wait_for(&format!("{TOASTS}.length === 2"), PATIENCE);
        host.wait_for(
            "(log => log.scrollHeight - log.scrollTop - log.clientHeight < 2)(document.querySelector('#log-scroll'))",
            PATIENCE,
        );
        assert_nothing_covered(&mut host, "the room");
        shoot(&mut host, &view, "toasts");
        if host.eval("document.querySelector('#open-people').checkVisibility()") == true {
            host.click("#open-people");
            assert_nothing_covered(&mut host, "the desk");
            shoot(&mut host, &view, "toasts-desk");
            host.eval("document.querySelector('#shade').click()");
        }
        host.eval("document.querySelector('#open-keys').click()");
        host.wait_for("!document.querySelector('#dialog').hidden", PATIENCE);
        host.wait_for(&format!("{COVERED}.length === 0"), PATIENCE);
        shoot(&mut host, &view, "toasts-dialog");
        assert_eq!(host.eval(SEEN), true, "a toast over a dialog");
        if width > 719 {
            assert_eq!(host.eval(BELOW_THE_HEADER), true, "{width}");
        }
    }
}

/// Whether the newest toast is over everything else.
const SEEN: &str = "(toast => {
    const { x, y, width, height } = toast.getBoundingClientRect();
    return toast.contains(document.elementFromPoint(x + width / 2, y + height / 2));
})(document.querySelector('#notices .newest'))";

const BELOW_THE_HEADER: &str = "[...document.querySelectorAll('.toast')].every((each) =>
    each.getBoundingClientRect().top >= document.querySelector('#top').getBoundingClientRect().bottom)";

/// Where everything is but for the toasts.
const PLACES: &str = "JSON.stringify([...document.querySelectorAll('#top *, #middle *, .column *, #dialog *')]
    .filter(each => !each.closest('#notices') && each.checkVisibility())
    .map(each => { const { x, y, width, height } = each.getBoundingClientRect(); return [each.id, x, y, width, height]; }))";

#[test]
fn a_toast_comes_and_goes_and_moves_nothing() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start(UNPACED);
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    let mut bo = Chat::member(&server, "Bo");
    for n in 0..40 {
        bo.say("lobby", &format!("message {n}"), &n.to_string());
        bo.expect("ack");
    }
    for (width, open) in [
        (1366, ""),
        (1366, "#open-keys"),
        (360, ""),
        (360, "#open-keys"),
        (360, "#open-people"),
    ] {
        host.view(&View {
            width,
            height: 740,
            dark: false,
            language: "en-US",
        });
        host.reload();
        host.wait_for(IN_THE_ROOM, PATIENCE);
        wait_for_entry(&mut host, ":not(.own)", "message 39");
        // With the button to the newest messages.
        // It may go to the newest once more when all is drawn.
        let stays = "(log => log.scrollTop === 200 || (log.scrollTop = 200, false))(document.querySelector('#log-scroll'))";
        host.wait_for(stays, PATIENCE);
        bo.say("lobby", "one more", &format!("more {width} {open}"));
        host.wait_for("!document.querySelector('#log-new').hidden", PATIENCE);
        if !open.is_empty() {
            host.eval(&format!("document.querySelector('{open}').click()"));
        }
        host.draw();
        let before = host.eval(PLACES);
        host.eval(
            "import('/assets/page/status.js').then(({ Status }) => {
                 window.spoken = new Status({});
                 window.spoken.toast('one', null, { about: 'one' });
                 window.spoken.toast('two', null, { about: 'two' });
             })",
        );
        host.wait_for(&format!("{TOASTS}.length === 2"), PATIENCE);
        host.draw();
        assert_eq!(host.eval(PLACES), before, "two came, {width} {open}");
        assert_nothing_covered(&mut host, open);
        // The one that stays does so under the finger.
        let second = "document.querySelector('[data-about=two]').getBoundingClientRect().top";
        let stays = host.eval(second);
        host.eval("window.spoken.end('one')");
        host.draw();
        assert_eq!(host.eval(second), stays, "{width} {open}");
        host.eval("window.spoken.end('two')");
        host.draw();
        assert_eq!(host.eval(&format!("{TOASTS}.length")), 0);
        assert_eq!(host.eval(PLACES), before, "both went, {width} {open}");
    }
}

#[test]
fn a_toast_is_replaced_by_the_next_about_the_same_and_says_in_its_name_what_it_undoes() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start(UNPACED);
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    let mut other = Chat::person(&server, "Mr Wu", "host");
    let bo = Chat::member(&server, "Bo");
    host.click("#tool-lock");
    host.wait_for(
        &format!("{TOASTS}.join() === 'The class is quiet.'"),
        PATIENCE,
    );
    moderate(&mut host, "Bo", "mute", "noise");
    host.wait_for(&format!("{TOASTS}.length === 2"), PATIENCE);
    assert_eq!(
        host.eval(NAMES),
        json!(["Undo: quiet the class", "Undo: mute Bo"])
    );
    // Undone here, and undone by somebody else.
    host.click("#notices .toast:first-child .link");
    host.wait_for(
        &format!(
            "{TOASTS}.join().replace(/[\\u2068\\u2069]/g, '') === 'The class is open.,Bo is muted.'"
        ),
        PATIENCE,
    );
    other.granted(json!({"type": "moderate", "action": "unmute", "user": bo.id}));
    host.wait_for(
        &format!("{TOASTS}.join() === 'The class is open.'"),
        PATIENCE,
    );
    host.click("#tool-lock");
    host.wait_for(
        &format!("{TOASTS}.join() === 'The class is quiet.'"),
        PATIENCE,
    );
    other.granted(json!({"type": "moderate", "action": "lock", "room": "lobby", "on": false}));
    host.wait_for(&format!("{TOASTS}.length === 0"), PATIENCE);
    assert_no_problems(&mut [("the host", &mut host)]);
}

#[test]
fn after_the_goodbye_nothing_of_the_room_speaks() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start(UNPACED);
    let mut host = Chat::person(&server, "Ms Lin", "host");
    let mut ada = join(&mut browser, &server, "Ada");
    ada.click("#hand-button");
    ada.click("#hand-raise");
    ada.wait_for(
        "document.querySelector('#hand-button').getAttribute('aria-pressed') === 'true'",
        PATIENCE,
    );
    // Whatever is said from here on is noted, also what is gone a moment later.
    ada.eval(
        "window.spoke = [];
         new MutationObserver((changes) => changes.forEach(({ addedNodes }) => addedNodes.forEach((node) => {
             if (document.body.dataset.view !== 'chat') window.spoke.push(node.textContent);
         }))).observe(document.querySelector('#notices'), { childList: true })",
    );
    host.granted(json!({"type": "moderate", "action": "end_lesson", "seconds": 0}));
    ada.wait_for(
        "document.querySelector('#goodbye').checkVisibility()",
        PATIENCE,
    );
    assert_eq!(ada.eval(TOASTS), json!([]));
    assert_eq!(ada.eval(&format!("{TEXT}.includes('hand')")), false);
    // A feature that speaks late is not heard.
    ada.eval("import('/assets/page/status.js').then(({ Status }) => new Status({}).toast('late'))");
    assert_eq!(ada.eval("window.spoke"), json!([]));
    assert_no_problems(&mut [("Ada", &mut ada)]);
}

#[test]
fn whoever_reads_the_newest_message_goes_on_reading_it_when_a_row_beside_the_log_changes() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start(UNPACED);
    let mut host = Chat::person(&server, "Ms Lin", "host");
    let mut ada = join(&mut browser, &server, "Ada");
    ada.view(&View {
        width: 360,
        height: 740,
        dark: false,
        language: "en-US",
    });
    // All at once: the page draws the last of them alone, and the height of the others stands above.
    for n in 0..60 {
        host.say("lobby", &format!("line {n}"), &n.to_string());
    }
    wait_for_entry(&mut ada, ":not(.own)", "line 59");
    let end = "(log => log.scrollHeight - log.scrollTop - log.clientHeight < 2)(document.querySelector('#log-scroll'))";
    ada.wait_for(end, PATIENCE);
    let tall = "document.querySelector('#log-scroll').clientHeight";
    let before = ada.eval(tall).as_u64().unwrap();
    host.send(json!({"type": "moderate", "ref": "e", "action": "end_lesson", "seconds": 60}));
    wait_for_words(&mut ada, "The lesson ends in");
    ada.wait_for(&format!("{tall} < {before} && {end}"), PATIENCE);
    // Whoever reads further up stays at the line that is read there, also while that height closes.
    ada.eval("document.querySelector('#log-scroll').scrollTop -= 300");
    ada.draw();
    let line = "((row, log) => Math.round(row.getBoundingClientRect().top - log.getBoundingClientRect().top))(
        [...document.querySelectorAll('#log .entry')].find((row) => row.textContent.includes('line 52')),
        document.querySelector('#log-scroll'))";
    let place = ada.eval(line);
    host.send(json!({"type": "moderate", "ref": "k", "action": "keep_lesson"}));
    ada.wait_for(&format!("{tall} === {before} && !{end}"), PATIENCE);
    assert_eq!(ada.eval(line), place);
    assert_no_problems(&mut [("Ada", &mut ada)]);
}

#[test]
fn quiet_the_class_says_its_state_and_stays_in_sight() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start(UNPACED);
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    host.view(&View {
        width: 1366,
        height: 420,
        dark: false,
        language: "en-US",
    });
    host.reload();
    host.wait_for(IN_THE_ROOM, PATIENCE);
    host.click("#desk-tab-class");
    let words = "document.querySelector('#tool-lock').innerText.replace(/\\s+/g, ' ')";
    host.wait_for(&format!("{words} === 'Quiet the class: off'"), PATIENCE);
    // The panel is drawn when what is in it has come.
    let scrolls = "(column => { column.scrollTop = column.scrollHeight; return column.scrollTop > 100; })(document.querySelector('#people-column'))";
    host.wait_for(scrolls, PATIENCE);
    // The tabs stay below it.
    let apart = "document.querySelector('#desk-tabs').getBoundingClientRect().top >= document.querySelector('#tool-lock').getBoundingClientRect().bottom";
    assert_eq!(host.eval(apart), true);
    let top = "document.querySelector('#tool-lock').getBoundingClientRect().top >= 0 && document.querySelector('#people-column').scrollTop > 100";
    assert_eq!(host.eval(top), true);
    host.click("#tool-lock");
    host.wait_for(&format!("{words} === 'Quiet the class: on'"), PATIENCE);
    assert_no_problems(&mut [("the host", &mut host)]);
}
