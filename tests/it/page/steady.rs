//! What can be pressed stays in its place while something comes or goes, and the bar of the page stays one row.

use serde_json::json;

use super::screenshots::shoot;
use super::{IN_THE_ROOM, assert_no_problems, form, join, join_as_host, wait_for_words};
use crate::cdp::{Browser, PATIENCE, Page, View};
use crate::harness::{Chat, Server, UNPACED};

const PHONE: View = View {
    width: 360,
    height: 640,
    dark: false,
    language: "en-US",
};

const LAPTOP: View = View {
    width: 1366,
    height: 768,
    ..PHONE
};

/// Where everything stands that can be pressed within an element.
fn places(within: &str) -> String {
    format!(
        "JSON.stringify([...document.querySelectorAll('{within} button, {within} select')]
             .filter(each => each.checkVisibility() && !each.closest('.calls'))
             .map(each => [each.id || each.dataset.act || each.textContent.slice(0, 4), each.getBoundingClientRect().top]))"
    )
}

#[track_caller]
fn resized(page: &mut Page, view: &View) {
    page.view(view);
    page.reload();
    page.wait_for(IN_THE_ROOM, PATIENCE);
}

#[test]
fn a_call_for_help_comes_and_goes_and_moves_nothing_on_the_desk() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start(UNPACED);
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    resized(&mut host, &LAPTOP);
    let mut bo = Chat::member(&server, "Cyril of the long name");
    wait_for_words(&mut host, "Cyril of the");
    let before = host.eval(&places("#people-column"));
    bo.granted(json!({"type": "whisper", "to": "hosts", "text": "I am lost"}));
    wait_for_words(&mut host, "asks for help.");
    let still = places("#people-column");
    assert_eq!(host.eval(&still), before, "it has come");
    shoot(&mut host, &LAPTOP, "called");
    host.click("#desk-foot .calls button");
    wait_for_words(&mut host, "I am lost");
    host.wait_for(
        "document.querySelector('#desk-foot .calls').hidden",
        PATIENCE,
    );
    host.click("#desk-tab-people");
    assert_eq!(host.eval(&still), before, "it has gone");
    resized(&mut host, &PHONE);
    bo.granted(json!({"type": "whisper", "to": "hosts", "text": "Still lost"}));
    wait_for_words(&mut host, "asks for help.");
    shoot(&mut host, &PHONE, "called");
    assert_no_problems(&mut [("the host", &mut host)]);
}

#[test]
fn a_dialog_stays_where_it_is_while_a_toast_comes_and_goes() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start(UNPACED);
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    let mut bo = Chat::member(&server, "Bo");
    for view in [PHONE, LAPTOP] {
        resized(&mut host, &view);
        if view.width == 360 {
            host.click("#open-people");
        }
        host.wait_for(
            "document.querySelectorAll('#people li').length === 2",
            PATIENCE,
        );
        host.click(&format!("#people li[data-user={:?}] > button", bo.id));
        host.click("#dialog [data-action=mute]");
        host.wait_for("document.querySelector('#dialog-reason')", PATIENCE);
        let place = "document.querySelector('#dialog .box').getBoundingClientRect().top";
        let before = host.eval(place);
        bo.granted(json!({"type": "whisper", "to": "hosts", "text": "May I go out?"}));
        host.wait_for("document.querySelector('#notices .toast')", PATIENCE);
        // The size of the toasts is observed before the next frame is drawn.
        host.draw();
        assert_eq!(host.eval(place), before, "{}", view.width);
        shoot(&mut host, &view, "dialog-toast");
        host.click("#notices .toast .link");
        host.wait_for("!document.querySelector('#notices .toast')", PATIENCE);
        host.click("#dialog-cancel");
    }
    assert_no_problems(&mut [("the host", &mut host)]);
}

#[test]
fn the_name_behind_a_question_moves_no_button_of_its_card() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start(UNPACED);
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    let mut bo = Chat::member(&server, "Cyril of the long name");
    let hand = bo.granted(
        json!({"type": "hand", "room": "lobby", "up": true, "question": "Why?", "anonymous": true}),
    )["seq"]
        .clone();
    host.click("#desk-tab-hands");
    host.wait_for(
        "document.querySelector('#desk-hands [data-act=name]')",
        PATIENCE,
    );
    let before = host.eval(&places("#desk-hands li"));
    host.click("#desk-hands [data-act=name]");
    wait_for_words(&mut host, "Only you and other teachers can see this name.");
    assert_eq!(host.eval(&places("#desk-hands li")), before);
    let mut wu = Chat::person(&server, "Mr Wu", "host");
    wu.granted(json!({"type": "moderate", "action": "mute", "room": "lobby", "hand": hand}));
    host.click("#desk-tab-class");
    host.wait_for("document.querySelector('#sanctions [data-name]')", PATIENCE);
    let tops = "JSON.stringify([...document.querySelectorAll('#sanctions button')].map(each => each.getBoundingClientRect().top))";
    let before = host.eval(tops);
    host.click("#sanctions [data-name]");
    wait_for_words(&mut host, "Cyril of the long name");
    assert_eq!(host.eval(tops), before);
    assert_no_problems(&mut [("the host", &mut host)]);
}

/// What of the bar is cut off, or lies outside of it or upon something else.
const BAR: &str = "(() => {
    const bar = document.querySelector('#top').getBoundingClientRect();
    const name = document.querySelector('#room-name').parentNode;
    const parts = [name, ...document.querySelectorAll('.chip, #top > button')].filter(each => each.checkVisibility());
    const boxes = parts.map(each => each.getBoundingClientRect());
    const wrong = [];
    if (bar.height > 49) wrong.push('the height: ' + bar.height);
    if (name.scrollWidth > name.clientWidth || !name.clientWidth) wrong.push('the name is cut off');
    boxes.forEach((a, n) => {
        if (a.bottom > bar.bottom || a.top < bar.top || a.width < 30) wrong.push('outside: ' + parts[n].textContent);
        boxes.slice(n + 1).forEach((b, m) => {
            const apart = a.right <= b.left + 1 || b.right <= a.left + 1 || a.bottom <= b.top + 1 || b.bottom <= a.top + 1;
            if (!apart) wrong.push(parts[n].textContent + ' and ' + parts[n + 1 + m].id + parts[n + 1 + m].textContent);
        });
    });
    return wrong;
})()";

#[test]
fn the_bar_is_one_row_with_the_name_of_the_room_whatever_its_state() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    for (width, language) in [
        (360, "en-US"),
        (360, "zh-CN"),
        (768, "en-US"),
        (1366, "en-US"),
    ] {
        let server = Server::start(UNPACED);
        let mut wu = Chat::person(&server, "Mr Wu", "host");
        let mut ada = join(&mut browser, &server, "Ada");
        let view = View {
            width,
            height: 740,
            dark: false,
            language,
        };
        resized(&mut ada, &view);
        for (n, (action, facts)) in [
            ("lock", json!({"on": true})),
            ("slow", json!({"seconds": 10})),
            ("approve", json!({"on": true})),
        ]
        .into_iter()
        .enumerate()
        {
            let mut request = facts;
            request["type"] = json!("moderate");
            request["room"] = json!("lobby");
            request["action"] = json!(action);
            wu.granted(request);
            ada.wait_for(
                &format!(
                    "document.querySelectorAll('.chip.strict').length === {}",
                    n + 1
                ),
                PATIENCE,
            );
            shoot(&mut ada, &view, &format!("bar-{action}"));
            assert_eq!(ada.eval(BAR), json!([]), "{action} at {width}");
            // One rule is a sentence, several are a word each, and every one can be read.
            let cut = "[...document.querySelectorAll('.chip')]
                .filter(chip => chip.scrollWidth > chip.clientWidth).map(chip => chip.textContent)";
            assert_eq!(ada.eval(cut), json!([]), "{action} at {width}");
        }
    }
}

#[test]
fn before_joining_the_name_of_the_page_is_not_cut_off_on_a_phone() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    for language in ["en-US", "zh-CN"] {
        let mut page = browser.page();
        let view = View { language, ..PHONE };
        page.with_touch();
        page.view(&view);
        form::open(&mut page, &server, "");
        page.wait_for(
            "document.querySelector('#join-form').checkVisibility()",
            PATIENCE,
        );
        shoot(&mut page, &view, "join-top");
        let whole = "(name => name.scrollWidth <= name.clientWidth)(document.querySelector('.join-top > p'))";
        assert_eq!(page.eval(whole), true, "{language}");
    }
}

#[test]
fn what_is_wrong_with_a_question_is_seen_together_with_its_button() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut ada = join(&mut browser, &server, "Ada");
    ada.with_touch();
    resized(&mut ada, &PHONE);
    ada.tap("#hand-button");
    ada.tap("#hand-anonymous");
    ada.tap("#hand-raise");
    wait_for_words(&mut ada, "Write your question first.");
    shoot(&mut ada, &PHONE, "hand-problem");
    let seen = "(frame => ['#hand-problem', '#hand-raise'].map(id => document.querySelector(id).getBoundingClientRect())
        .every(({ top, bottom }) => top >= frame.top && bottom <= frame.bottom))(document.querySelector('#cards').getBoundingClientRect())";
    assert_eq!(ada.eval(seen), true);
    assert_no_problems(&mut [("Ada", &mut ada)]);
}

#[test]
fn the_button_that_starts_a_poll_is_in_sight_on_a_low_screen() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start(UNPACED);
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    resized(&mut host, &LAPTOP);
    let tabs = "document.querySelector('#desk-tabs').getBoundingClientRect().top";
    let before = host.eval(tabs);
    host.click("#desk-tab-polls");
    host.wait_for("document.querySelector('#poll-own')", PATIENCE);
    shoot(&mut host, &LAPTOP, "poll-tab");
    let primary = "document.querySelector('#poll-own').classList.contains('primary')";
    assert_eq!(host.eval(primary), true);
    host.click("#poll-own");
    shoot(&mut host, &LAPTOP, "poll-own");
    let scrolls = "(column => column.scrollHeight > column.clientHeight)(document.querySelector('#people-column'))";
    assert_eq!(host.eval(scrolls), true);
    assert_eq!(host.eval(tabs), before);
    let seen = "(({ top, bottom }) => bottom <= document.querySelector('#desk-foot').getBoundingClientRect().top
        && top > document.querySelector('#desk-tabs').getBoundingClientRect().bottom)(document.querySelector('#poll-start').getBoundingClientRect())";
    assert_eq!(host.eval(seen), true);
    for _ in 0..3 {
        host.click("#poll-more");
        assert_eq!(host.eval(seen), true);
    }
    assert_no_problems(&mut [("the host", &mut host)]);
}

#[test]
fn attendance_is_asked_for_again_when_the_tab_is_opened() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start(&format!("{UNPACED}[history]\npath = \"chat.db\"\n"));
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    host.click("#desk-tab-class");
    host.click("#section-attendance > summary");
    let people = r"document.querySelector('#section-attendance h3')?.textContent.replace(/[\u2068\u2069]/g, '')";
    host.wait_for(&format!("{people} === 'Here: 1'"), PATIENCE);
    let near = "(button => button.checkVisibility() && button.getBoundingClientRect().top
        - document.querySelector('#section-attendance').getBoundingClientRect().top)(document.querySelector('#section-attendance > button'))";
    let near = host.eval(near).as_f64().unwrap();
    assert!((0.0..44.0).contains(&near), "{near}");
    host.click("#desk-tab-people");
    let mut bo = Chat::member(&server, "Bo");
    // By the time of the answer, the server has stored that Bo came.
    bo.say("lobby", "here", "1");
    bo.expect("ack");
    host.click("#desk-tab-class");
    host.wait_for(&format!("{people} === 'Here: 2'"), PATIENCE);
    assert_no_problems(&mut [("the host", &mut host)]);
}

#[test]
fn a_poll_that_was_closed_stays_in_its_place_with_the_button_that_shows_its_result() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start(UNPACED);
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    resized(
        &mut host,
        &View {
            width: 1440,
            height: 900,
            ..PHONE
        },
    );
    let mut wu = Chat::person(&server, "Mr Wu", "host");
    let question =
        json!({"type": "poll", "room": "lobby", "question": "Clear?", "choices": ["yes", "no"]});
    let poll = wu.granted(question)["seq"].clone();
    host.click("#desk-tab-polls");
    host.wait_for("document.querySelector('.poll-open .desk-acts')", PATIENCE);
    let act =
        |action: &str| json!({"type": "moderate", "action": action, "room": "lobby", "poll": poll});
    wu.granted(act("close_poll"));
    host.wait_for(
        "document.querySelectorAll('.poll-open .desk-acts > button').length === 1",
        PATIENCE,
    );
    let in_sight = "(() => {
        const button = document.querySelector('.poll-open .desk-acts > button');
        const { x, y, width, height } = button.getBoundingClientRect();
        return button.contains(document.elementFromPoint(x + width / 2, y + height / 2));
    })()";
    assert_eq!(host.eval(in_sight), true);
    wu.granted(act("publish_poll"));
    host.wait_for(
        "!document.querySelector('.poll-open').children.length && document.querySelector('.poll-earlier').children.length",
        PATIENCE,
    );
}

#[test]
fn in_the_next_lesson_the_first_steps_are_shown_again() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start(UNPACED);
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    let mut wu = Chat::person(&server, "Mr Wu", "host");
    wu.granted(json!({"type": "send", "room": "lobby", "text": "Good morning"}));
    let shown = "document.querySelector('#first-run').checkVisibility()";
    host.wait_for(&format!("!{shown}"), PATIENCE);
    wu.granted(json!({"type": "moderate", "action": "end_lesson", "seconds": 0}));
    wu.granted(json!({"type": "moderate", "action": "start_lesson"}));
    drop(wu);
    host.wait_for(shown, PATIENCE);
}

#[test]
fn escape_closes_the_protocol_view_from_inside_and_the_search_leaves_no_word() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start(UNPACED);
    let mut ada = join(&mut browser, &server, "Ada");
    ada.eval("document.activeElement.blur()");
    ada.press("g");
    let shown = "document.querySelector('#glass').contains(document.activeElement)";
    ada.wait_for(shown, PATIENCE);
    ada.press("Escape");
    ada.wait_for("document.querySelector('#glass').hidden", PATIENCE);
    ada.type_into("#search-text", "loop");
    ada.press("Enter");
    ada.wait_for("!document.querySelector('#found').hidden", PATIENCE);
    ada.press("Escape");
    ada.wait_for("document.querySelector('#found').hidden", PATIENCE);
    assert_eq!(ada.eval("document.querySelector('#search-text').value"), "");
}
