//! At the edges: nothing is cut off without a sign, lies over something else, or moves what stands beside it. Controls in a
//! row are equally high, and one that does nothing looks so.

use serde_json::json;

use super::glass::open;
use super::screenshots::shoot;
use super::{IN_THE_ROOM, assert_no_problems, join, join_as_host, wait_for_words};
use crate::cdp::{Browser, PATIENCE, Page, View};
use crate::harness::{Chat, Server, UNPACED};

const fn view(width: u32, height: u32) -> View<'static> {
    View {
        width,
        height,
        dark: false,
        language: "en-US",
    }
}

#[track_caller]
fn resized(page: &mut Page, view: &View) {
    page.view(view);
    page.reload();
    page.wait_for(IN_THE_ROOM, PATIENCE);
}

/// What of these reaches out of the frame at its right edge.
fn outside(frame: &str, parts: &str) -> String {
    format!(
        "[...document.querySelectorAll({parts:?})].filter(each => each.checkVisibility()
             && each.getBoundingClientRect().right > document.querySelector({frame:?}).getBoundingClientRect().right)
             .map(each => each.textContent)"
    )
}

/// A poll with several answers of six choices, and an answer to a long message.
fn lesson(wu: &mut Chat) {
    let text = "Nothing of what the client sends may stay without a mask, says the standard";
    let said = wu.granted(json!({"type": "send", "room": "lobby", "text": text}));
    wu.granted(
        json!({"type": "send", "room": "lobby", "text": "So it is", "reply_to": said["seq"]}),
    );
    wu.granted(json!({
        "type": "poll", "room": "lobby", "multiple": true,
        "question": "Which of these frames may a server never send with a mask, by the rules of the protocol?",
        "choices": ["A text frame", "A close frame that has a very long reason", "A ping", "None", "All", "The first"],
    }));
}

#[test]
fn on_a_phone_a_quote_and_a_poll_are_not_cut_off_and_the_button_lies_over_no_choice() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start(UNPACED);
    let mut wu = Chat::person(&server, "Mr Wu", "host");
    lesson(&mut wu);
    let mut ada = join(&mut browser, &server, "Ada");
    for view in [view(320, 568), view(360, 740)] {
        resized(&mut ada, &view);
        ada.wait_for(
            "document.querySelector('#card-polls .poll-choice')",
            PATIENCE,
        );
        shoot(&mut ada, &view, "edges-poll");
        let parts = "#log .quote bdi, #log .poll .head > *, #card-polls *";
        assert_eq!(ada.eval(&outside("#log-scroll", parts)), json!([]));
        // Wherever the choices are scrolled to, their frame ends above the button.
        let apart = "document.querySelector('#card-polls .poll-body').getBoundingClientRect().bottom
            <= document.querySelector('#card-polls .desk-acts > button').getBoundingClientRect().top";
        assert_eq!(ada.eval(apart), true, "{}", view.width);
        ada.eval("document.querySelector('#card-polls .poll-body').scrollTop = 9999");
        let last = "(({ bottom }) => bottom <= document.querySelector('#card-polls .poll-body').getBoundingClientRect().bottom)
            (document.querySelector('#card-polls .poll-choice:last-child').getBoundingClientRect())";
        ada.wait_for(last, PATIENCE);
    }
    // Before something is chosen, the button does not look as if it would send.
    let ground = "getComputedStyle(document.querySelector('#card-polls .desk-acts > button')).backgroundColor";
    let off = ada.eval(ground);
    ada.eval("document.querySelector('#card-polls .poll-choice').click()");
    assert_ne!(ada.eval(ground), off);
    assert_eq!(off, "rgb(238, 243, 244)", "the ground of the page");
    assert_no_problems(&mut [("Ada", &mut ada)]);
}

#[test]
fn the_rows_of_the_protocol_view_end_with_their_last_button_or_an_ellipsis() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut ada = join(&mut browser, &server, "Ada");
    open(&mut ada);
    let tablet = view(768, 1024);
    ada.view(&tablet);
    ada.wait_for("innerWidth === 768", PATIENCE);
    shoot(&mut ada, &tablet, "edges-bits");
    let acts = outside("#glass .acts-row", "#glass .acts-row button");
    assert_eq!(ada.eval(&acts), json!([]));
    let phone = view(360, 740);
    ada.view(&phone);
    ada.wait_for("innerWidth === 360", PATIENCE);
    shoot(&mut ada, &phone, "edges-bits");
    let tools = outside("#glass .glass-tools", "#glass .glass-tools > button");
    assert_eq!(ada.eval(&tools), json!([]));
    let cut = "[...document.querySelectorAll('#glass .glass-tools > button')]
        .filter(each => each.scrollWidth > each.clientWidth && getComputedStyle(each).textOverflow !== 'ellipsis').length";
    assert_eq!(ada.eval(cut), 0);
}

/// Where the tabs are, and how wide the desk is within.
const TABS: &str = "JSON.stringify([document.querySelector('#desk-tabs').clientWidth,
    ...[...document.querySelectorAll('.desk-tab')].map(each => { const { x, width } = each.getBoundingClientRect(); return [x, width]; })])";

#[test]
fn the_tabs_of_the_desk_stay_where_they_are_when_one_is_chosen_or_a_scrollbar_comes() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start(UNPACED);
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    resized(&mut host, &view(1366, 768));
    let before = host.eval(TABS);
    let rows = "new Set([...document.querySelectorAll('.desk-tab')].map(each => each.getBoundingClientRect().top)).size";
    assert_eq!(host.eval(rows), 1);
    for tab in ["hands", "approvals", "people"] {
        host.click(&format!("#desk-tab-{tab}"));
        assert_eq!(host.eval(TABS), before, "{tab}");
    }
    let many: Vec<_> = (0..24)
        .map(|n| Chat::member(&server, &format!("Pupil {n}")))
        .collect();
    host.wait_for(
        &format!(
            "document.querySelectorAll('#people li').length === {}",
            many.len() + 1
        ),
        PATIENCE,
    );
    let bar = "(column => column.scrollHeight > column.clientHeight)(document.querySelector('#people-column'))";
    assert_eq!(host.eval(bar), true);
    assert_eq!(host.eval(TABS), before, "the scrollbar");
}

/// What of the badges reaches beyond its button, by name.
const BADGES: &str = "(() => {
    const wrong = [];
    for (const id of ['open-rooms', 'open-people']) {
        const button = document.querySelector('#' + id).getBoundingClientRect();
        const style = getComputedStyle(document.querySelector('#' + id), '::after');
        if (style.content === 'none') wrong.push(id + ' has none');
        const left = parseFloat(style.left);
        if (left < 0 || left + parseFloat(style.width) > button.width) wrong.push(id);
    }
    document.querySelectorAll('.desk-tab').forEach((tab, n, all) => {
        const badge = tab.querySelector('.count').getBoundingClientRect();
        [...all].filter(each => each !== tab).forEach((other) => {
            [...other.children].forEach((part) => {
                const { left, right, top, bottom, width } = part.getBoundingClientRect();
                if (width && badge.right > left && badge.left < right && badge.bottom > top && badge.top < bottom) wrong.push(tab.id);
            });
        });
    });
    return wrong;
})()";

#[test]
fn a_badge_touches_nothing_beside_its_button_or_tab() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start(UNPACED);
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    let mut bo = Chat::member(&server, "Bo");
    for width in [320, 768] {
        let view = view(width, 740);
        resized(&mut host, &view);
        bo.granted(json!({"type": "hand", "room": "lobby", "up": true}));
        bo.granted(json!({"type": "whisper", "to": "hosts", "text": "May I go out?"}));
        wait_for_words(&mut host, "asks for help.");
        // As in a full class.
        host.eval(
            "document.querySelector('#open-rooms').dataset.unread = '12';
             document.querySelector('#open-people').dataset.waiting = '12';",
        );
        host.click("#open-people");
        host.eval(
            "document.querySelectorAll('.desk-tab .count').forEach((each) => {
                 each.hidden = false;
                 each.textContent = '12';
             })",
        );
        shoot(&mut host, &view, "edges-badges");
        assert_eq!(host.eval(BADGES), json!([]), "{width}");
        host.click("#people-column .drawer-close");
        host.wait_for("!history.state", PATIENCE);
        bo.granted(json!({"type": "hand", "room": "lobby", "up": false}));
    }
}

#[test]
fn what_stands_beside_the_text_is_as_high_as_its_field_under_a_mouse_and_a_finger() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut ada = join(&mut browser, &server, "Ada");
    let heights =
        "[...document.querySelectorAll('#composer-tools > button, #composer-text, #composer-send')]
        .filter(each => each.checkVisibility()).map(each => each.getBoundingClientRect().height)";
    for (width, touch, high) in [
        (1366, false, 40),
        (360, false, 44),
        (768, true, 44),
        (360, true, 44),
    ] {
        let view = view(width, 740);
        resized(&mut ada, &view);
        if touch {
            ada.tap("#top");
        }
        let heights = ada.eval(heights);
        let heights = heights.as_array().unwrap();
        assert!(heights.len() > 2);
        assert!(
            heights.iter().all(|each| *each == high),
            "{heights:?}: {width}, {touch}"
        );
    }
    // One picture of a hand, wherever it is.
    let hand = "document.querySelector('#hand-button use').getAttribute('href').split('/').pop()";
    assert_eq!(ada.eval(hand), "icons.svg#hand");
    assert_eq!(
        ada.eval("document.querySelector('#hand-button').textContent"),
        ""
    );
}

#[test]
fn a_call_for_help_is_seen_whole_while_it_is_written() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let _wu = Chat::person(&server, "Mr Wu", "host");
    let mut ada = join(&mut browser, &server, "Ada");
    ada.click("#desk-tab-private");
    ada.click("#private-ask");
    let height = "document.querySelector('#private-text').offsetHeight";
    let before = ada.eval(height);
    let text =
        "I do not understand the third line of the exercise. Could you please come to my table?";
    ada.type_into("#private-text", text);
    let whole =
        "(area => area.scrollHeight <= area.clientHeight)(document.querySelector('#private-text'))";
    assert_eq!(ada.eval(whole), true);
    assert_ne!(ada.eval(height), before);
    ada.press("Enter");
    ada.wait_for(&format!("{height} === {before}"), PATIENCE);
}
