//! Cards of the desk and above the text: what comes into view, whose name is shown, and how long a ban lasts.

use serde_json::{Value, json};

use super::{TEXT, assert_no_problems, join, join_as_host, moderate, wait_for_words};
use crate::cdp::{Browser, PATIENCE, Page, View};
use crate::harness::{CLASS_CODE, Chat, Guest, Server};

/// Whether the whole of an element is in the sight of what scrolls around it.
fn in_view(scroller: &str, node: &str) -> String {
    format!(
        "(() => {{
            const frame = document.querySelector('{scroller}').getBoundingClientRect();
            const {{ top, bottom, height }} = document.querySelector('{node}').getBoundingClientRect();
            return height > 0 && top >= frame.top - 1 && bottom <= frame.bottom + 1;
        }})()"
    )
}

const LOW: View = View {
    width: 1366,
    height: 700,
    dark: false,
    language: "en-US",
};

#[test]
fn a_new_poll_comes_into_view_for_those_who_answer_and_for_who_asked() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut ada = join(&mut browser, &server, "Ada");
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    for page in [&mut ada, &mut host] {
        page.view(&LOW);
    }
    // The card of a hand is as high as the place for cards.
    ada.click("#hand-button");
    host.click("#desk-tab-polls");
    for (n, name) in ["letters", "yes", "follow"].into_iter().enumerate() {
        let template = format!("[data-template={name}]");
        host.click(&template);
        host.wait_for(
            &format!(
                "document.querySelectorAll('.poll-open .poll-desk').length === {}",
                n + 1
            ),
            PATIENCE,
        );
        host.wait_for(
            &in_view("#people-column", ".poll-open .poll-desk .poll-question"),
            PATIENCE,
        );
        ada.wait_for(
            &format!(
                "document.querySelectorAll('#card-polls .poll').length === {}",
                n + 1
            ),
            PATIENCE,
        );
        // Who has not answered comes a moment later, and moves the form below the cards.
        let missing = format!(
            "({TEXT}.match(/Not answered yet: 1/g) || []).length === {}",
            n + 1
        );
        host.wait_for(&missing, PATIENCE);
        let last = "#card-polls .poll:last-child";
        ada.wait_for(
            &format!("{} || {}", in_view("#cards", last), top_in_view(last)),
            PATIENCE,
        );
    }
    assert_no_problems(&mut [("the host", &mut host), ("Ada", &mut ada)]);
}

/// Whether the beginning of a card that does not fit is at the upper edge.
fn top_in_view(node: &str) -> String {
    format!(
        "Math.abs(document.querySelector('{node}').getBoundingClientRect().top
            - document.querySelector('#cards').getBoundingClientRect().top) <= 1"
    )
}

#[test]
fn the_name_behind_an_anonymous_question_is_shown_by_a_deliberate_act_and_not_for_long() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    let mut bo = Chat::member(&server, "Bo");
    let question =
        json!({"type": "hand", "room": "lobby", "up": true, "question": "Why?", "anonymous": true});
    let hand = bo.granted(question)["seq"].clone();
    host.click("#desk-tab-hands");
    let desk = "document.querySelector('#people-column').innerText";
    let named = format!("/\\bBo\\b/.test({desk})");
    host.wait_for(&format!("{desk}.includes('Why?')"), PATIENCE);
    assert_eq!(host.eval(&named), false);
    host.click("#desk-hands [data-act=name]");
    host.wait_for(&named, PATIENCE);
    assert_eq!(
        host.eval("document.activeElement.innerText"),
        "Hide the name"
    );
    host.click("#desk-tab-polls");
    host.click("#desk-tab-hands");
    host.wait_for(&format!("{desk}.includes('Why?') && !{named}"), PATIENCE);
    host.click("#desk-hands [data-act=name]");
    host.wait_for(&named, PATIENCE);
    host.click("#desk-hands [data-act=name]");
    host.wait_for(&format!("!{named}"), PATIENCE);

    // The list of mutes keeps the secret as well, and so does what ends one.
    let mut wu = Chat::person(&server, "Mr Wu", "host");
    wu.granted(json!({"type": "moderate", "action": "mute", "room": "lobby", "hand": hand}));
    host.click("#desk-tab-class");
    let row = "document.querySelector('#sanctions [data-kind=mutes]')";
    host.wait_for(row, PATIENCE);
    assert_eq!(host.eval(&named), false);
    host.click("#sanctions [data-name]");
    host.wait_for(&named, PATIENCE);
    host.click("#desk-tab-hands");
    host.click("#desk-tab-class");
    host.wait_for(&format!("{row} && !{named}"), PATIENCE);
    host.click("#sanctions [data-action=unmute]");
    wait_for_words(&mut host, "Nobody is muted, removed or banned.");
    wait_for_words(
        &mut host,
        "whoever asked the anonymous question is unmuted.",
    );
    assert_no_problems(&mut [("the host", &mut host)]);
}

/// Bans somebody for as long as the dialog offers last.
#[track_caller]
fn ban(host: &mut Page, name: &str) {
    moderate(host, name, "ban", "");
    let longest = "document.querySelector('#dialog-seconds').value = '0'";
    host.wait_for(longest, PATIENCE);
    host.click("#dialog-ok");
}

#[test]
fn a_ban_says_whether_it_ends_with_the_lesson_or_is_for_good() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    let mut ada = join(&mut browser, &server, "Ada");
    let cy = Chat::person(&server, "Cy", "member");
    moderate(&mut host, "Ada", "ban", "");
    let options = "[...document.querySelectorAll('#dialog-seconds option')]
        .map(each => (each.selected ? '*' : '') + each.innerText.replace(/[^ -~]/g, '')).join()";
    assert_eq!(host.eval(options), "1 h,*until the lesson ends");
    host.click("#dialog-cancel");
    ban(&mut host, "Ada");
    wait_for_words(
        &mut ada,
        "Ms Lin banned you from the class. You can come back after the lesson has ended.",
    );
    // So is who comes back at once.
    ada.type_into("#join-code", CLASS_CODE);
    ada.click("#join-submit");
    wait_for_words(
        &mut ada,
        "You are banned from the class. You can come back after the lesson has ended.",
    );
    ban(&mut host, "Cy");
    drop(cy);
    host.click("#desk-tab-class");
    let ends = "[...document.querySelectorAll('#sanctions [data-kind=bans]')]
        .map(each => each.querySelector('.name').innerText + ': ' + each.querySelector('.end').innerText).join()";
    host.wait_for(
        &format!("{ends} === 'Cy: for good,Ada: until the lesson ends'"),
        PATIENCE,
    );
    assert_no_problems(&mut [("the host", &mut host)]);
}

/// Whether something sticks out of the column or of the dialog.
const OUTSIDE: &str = "[...document.querySelectorAll('#people-column *, #dialog .box *')]
    .filter(each => each.checkVisibility() && !each.closest('.hidden, .private-beginning'))
    .filter(each => {
        const around = (each.closest('.box') || each.closest('#people-column')).getBoundingClientRect();
        const { left, right } = each.getBoundingClientRect();
        return left < around.left - 1 || right > around.right + 1;
    })
    .map(each => each.outerHTML)";

/// As long as a name may be, in scripts that break lines in different ways or nowhere.
const NAMES: [&str; 4] = [
    "Wolfeschlegelsteinhausen",
    "王小明王小明王小明王小明王小明王小明王小明王小明",
    "محمد عبد الرحمن بن خالد",
    "Zoë 👩‍👩‍👧‍👦🇩🇪👍🏽👩‍🚀🎉✨🔥🥳🤯🐼🦊🍕🚀🌍🎈🎁🧩🧠🦄🐙",
];

#[test]
fn forty_people_with_the_longest_names_stay_inside_the_desk() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let name = |n: usize| match n {
        0..4 => NAMES[n].to_owned(),
        _ => format!("小 {n} {}", &NAMES[0][..16]),
    };
    // Whoever comes again under the same name is not missing.
    let last: Vec<Chat> = (40..44)
        .map(|n| Guest::join(&server, &name(n), None).connect(&server))
        .collect();
    let mut wu = Chat::person(&server, "Mr Wu", "host");
    wu.granted(json!({"type": "moderate", "action": "end_lesson", "seconds": 0}));
    wu.granted(json!({"type": "moderate", "action": "start_lesson"}));
    drop(last);
    let mut here: Vec<Chat> = (0..40).map(|n| Chat::member(&server, &name(n))).collect();
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    for (n, chat) in here.iter_mut().take(8).enumerate() {
        let asks =
            json!({"type": "hand", "room": "lobby", "up": true, "question": "Why? 为什么？"});
        chat.granted(asks);
        let action = ["mute", "ban"][n % 2];
        wu.granted(
            json!({"type": "moderate", "action": action, "user": chat.id, "reason": NAMES[1]}),
        );
    }
    for width in [360, 1366] {
        host.view(&View { width, ..LOW });
        if host.eval("document.querySelector('#open-people').checkVisibility()") == true {
            host.click("#open-people");
        }
        for tab in ["people", "hands", "private", "class"] {
            host.click(&format!("#desk-tab-{tab}"));
            if tab == "class" {
                // It comes when the tab is opened for the first time.
                host.wait_for(
                    "document.querySelector('#section-attendance') !== null",
                    PATIENCE,
                );
            }
            host.eval("document.querySelectorAll('.desk-section').forEach((each) => { each.open = true; })");
            if tab == "class" {
                wait_for_words(&mut host, "Here last lesson, but not in this one: 4");
            }
            assert_eq!(host.eval(OUTSIDE), json!([]), "{tab} at {width}");
        }
        host.click("#desk-tab-people");
        host.click("#people li:last-child > button");
        assert_eq!(
            host.eval(OUTSIDE),
            Value::Array(vec![]),
            "the menu at {width}"
        );
        host.click("#dialog-cancel");
    }
    assert_no_problems(&mut [("the host", &mut host)]);
}
