//! The end of a lesson and what those who lead look up in it, and pictures of the tools of the class.

use std::path::Path;

use serde_json::json;

use super::{
    IN_THE_ROOM, assert_accessible, assert_no_problems, join, join_as_host, moderate, say,
    wait_for_entry, wait_for_words,
};
use crate::cdp::{Browser, PATIENCE, Page, View};
use crate::harness::tools::{self, INSTALL, need};
use crate::harness::{Chat, Guest, Server, UNPACED};

/// Opens the dialog of the end of the lesson.
#[track_caller]
fn ask_for_the_end(host: &mut Page) {
    host.click("#desk-tab-class");
    host.click("#tool-end");
    wait_for_words(host, "The next class starts with an empty room.");
}

#[test]
fn the_end_of_a_lesson_counts_down_for_everybody_is_stopped_and_then_leaves_an_empty_room() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start(&format!("{UNPACED}[history]\npath = \"chat.db\"\n"));
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    let mut ada = join(&mut browser, &server, "Ada");
    say(&mut ada, "good morning");
    wait_for_entry(&mut host, ":not(.own)", "good morning");
    ask_for_the_end(&mut host);
    host.eval("window.saved = []; HTMLAnchorElement.prototype.click = function () { window.saved.push(this.download); }");
    host.click("#dialog [data-action=transcript]");
    wait_for_words(&mut host, "Transcript saved");
    host.click("#dialog [data-action=attendance]");
    wait_for_words(&mut host, "Attendance saved");
    let saved = host.eval("window.saved.map(name => name.replace(/\\d/g, '0'))");
    assert_eq!(
        saved,
        json!([
            "lobby-0000-00-00-lesson-0.txt",
            "all-rooms-0000-00-00-lesson-0-attendance.csv"
        ])
    );
    host.click("#dialog-ok");
    let banner = "document.querySelector('#ending').checkVisibility()";
    ada.wait_for(banner, PATIENCE);
    wait_for_words(&mut ada, "The lesson ends in");
    assert_eq!(
        ada.eval("document.querySelector('#ending-stop').checkVisibility()"),
        false
    );
    // Who joins meanwhile sees it, too.
    let mut late = join(&mut browser, &server, "Late");
    late.wait_for(banner, PATIENCE);
    // Whoever ended it stops it with the next key, and a screen reader has said how.
    host.wait_for("document.activeElement.id === 'ending-stop'", PATIENCE);
    let said =
        host.eval("document.querySelector('#ending-said').textContent.replace(/[^ -~]/g, '')");
    assert_eq!(said, "Ms Lin ends the lesson in 10 seconds.");
    host.press("Enter");
    for page in [&mut host, &mut ada, &mut late] {
        page.wait_for(&format!("!{banner}"), PATIENCE);
        wait_for_words(page, "Ms Lin stopped the end of the lesson. It goes on.");
    }
    say(&mut ada, "still here");
    wait_for_entry(&mut host, ":not(.own)", "still here");

    ada.type_into("#composer-text", "a draft");
    host.click("#tool-end");
    host.click("#dialog-ok");
    for page in [&mut ada, &mut late] {
        page.wait_for(
            "document.querySelector('#goodbye').checkVisibility()",
            PATIENCE,
        );
        wait_for_words(page, "The lesson has ended");
        assert_eq!(
            page.eval("document.querySelectorAll('#log .entry').length"),
            0
        );
    }
    wait_for_words(&mut host, "This room is empty for the next class.");
    // The door was shut by the end, and an undo of that alone would be refused.
    host.wait_for(
        "document.querySelector('#room-state').innerText === 'no lesson'",
        PATIENCE,
    );
    assert_eq!(
        host.eval("Boolean(document.querySelector('#notices [data-about=door]'))"),
        false
    );
    assert_eq!(
        host.eval("document.querySelectorAll('#log .entry.message').length"),
        0
    );
    assert_eq!(host.eval(banner), false);
    host.reload();
    host.wait_for(IN_THE_ROOM, PATIENCE);
    wait_for_words(&mut host, "There are no messages yet.");
    assert_eq!(
        host.eval("document.querySelectorAll('#log .entry.message').length"),
        0
    );

    // The code on the desk is that of the next lesson. Once that has started, Ada comes back to a room that is
    // empty for her.
    host.click("#tool-start");
    host.wait_for("!document.querySelector('#tool-start')", PATIENCE);
    let code = host.eval("document.querySelector('#tools-code-itself').textContent");
    ada.click("#goodbye-next");
    ada.type_into("#join-code", code.as_str().unwrap());
    ada.click("#join-submit");
    ada.wait_for(IN_THE_ROOM, PATIENCE);
    wait_for_words(&mut ada, "There are no messages yet.");
    assert_eq!(
        ada.eval("document.querySelector('#composer-text').value"),
        "a draft"
    );
    assert_no_problems(&mut [
        ("the host", &mut host),
        ("Ada", &mut ada),
        ("Late", &mut late),
    ]);
}

#[test]
fn between_two_lessons_whoever_leads_starts_the_next() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start(UNPACED);
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    assert_eq!(
        host.eval("Boolean(document.querySelector('#tool-start'))"),
        false
    );
    let mut colleague = crate::harness::Chat::person(&server, "Mr Wu", "host");
    // What came below the visible part of the log is not new any more once its lesson is over.
    for n in 0..30 {
        colleague
            .granted(json!({"type": "send", "room": "lobby", "text": format!("line {n}\nof two")}));
    }
    wait_for_words(&mut host, "line 29");
    host.eval("document.querySelector('#log-scroll').scrollTop = 0");
    host.draw();
    colleague.granted(json!({"type": "send", "room": "lobby", "text": "below"}));
    wait_for_words(&mut host, "1 new message");
    colleague.granted(json!({"type": "moderate", "action": "end_lesson", "seconds": 0}));
    wait_for_words(&mut host, "This room is empty for the next class.");
    assert_eq!(
        host.eval("document.querySelector('#log-new').checkVisibility()"),
        false
    );
    host.reload();
    host.wait_for(IN_THE_ROOM, PATIENCE);
    wait_for_words(
        &mut host,
        "No lesson is running. Nobody can join until you start the next one.",
    );
    assert_eq!(
        host.eval("document.querySelector('#tool-door').checkVisibility()"),
        false
    );
    host.click("#tool-start");
    host.wait_for("!document.querySelector('#tool-start')", PATIENCE);
    host.wait_for(
        "document.querySelector('#tool-door').checkVisibility()",
        PATIENCE,
    );
    assert_eq!(colleague.so_far("lesson").pop().unwrap()["runs"], true);
}

#[test]
fn who_leads_looks_up_who_is_here_who_left_and_what_was_done() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start(&format!(
        "{UNPACED}[history]\npath = \"chat.db\"\n[rooms]\nlist = [\"lobby\", \"lab\"]\n"
    ));
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    let mut lab = Chat::person(&server, "Mo", "host");
    lab.granted(json!({"type": "join", "room": "lab"}));
    lab.granted(json!({"type": "leave", "room": "lobby"}));
    let cy = Guest::join(&server, "Cy", None).connect(&server);
    let _bo = Guest::join(&server, "小波", None).connect(&server);
    drop(cy);
    moderate(&mut host, "小波", "mute", "let others finish");
    host.click("#desk-tab-class");
    host.click("#section-attendance > summary");
    let people = r"[...document.querySelectorAll('#section-attendance h3')].map(each => each.textContent.replace(/[\u2068\u2069]/g, '')).join()";
    let again = "(document.querySelector('#section-attendance > button').click(), true)";
    host.wait_for(
        &format!("{people} === 'Here: 3,Left: 1' || ({again} && false)"),
        PATIENCE,
    );
    // Who went to another room is here once, and since when people are here is what their list says.
    let mo = "[...document.querySelectorAll('#section-attendance li')].filter(each => each.innerText.includes('Mo')).length";
    assert_eq!(host.eval(mo), 1);
    let mut since = |of: &str, time: &str| {
        host.eval(&format!(
            r"[...document.querySelectorAll('{of} li')].find(each => each.innerText.includes('小波')).querySelector('{time}').textContent.match(/\d+:\d+/)[0]"
        ))
    };
    assert_eq!(
        since("#section-attendance", ".end"),
        since("#people", "time")
    );
    host.click("#section-audit > summary");
    wait_for_words(&mut host, "Ms Lin muted 小波");
    wait_for_words(&mut host, "let others finish");
    wait_for_words(&mut host, "Ms Lin came in as a teacher");
    assert_no_problems(&mut [("the host", &mut host)]);
}

#[test]
fn where_nothing_is_stored_the_register_says_so() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("[history]\npath = \"\"\n");
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    host.click("#desk-tab-class");
    host.click("#section-attendance > summary");
    wait_for_words(&mut host, "Nothing is stored on this server");
    let refused = host.problems();
    assert!(refused.iter().all(|p| p.contains("404")), "{refused:?}");
}

#[test]
fn the_tools_of_the_class_are_legible_in_every_size_scheme_and_language() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let axe = need(tools::axe(), "axe-core", INSTALL);
    for (width, height) in [(360, 740), (1440, 900)] {
        for (dark, language) in [
            (false, "en-US"),
            (true, "zh-CN"),
            (true, "en-US"),
            (false, "zh-CN"),
        ] {
            look(
                &mut browser,
                &View {
                    width,
                    height,
                    dark,
                    language,
                },
                axe.as_deref(),
            );
        }
    }
}

/// What is touched is 44 px high.
#[track_caller]
fn assert_large(page: &mut Page) {
    let small = page.eval(
        "[...document.querySelectorAll('#tools button, #tools summary, #tool-lock, #desk-rules > *, #cards button')]
             .filter(each => each.checkVisibility() && each.getBoundingClientRect().height < 44)
             .map(each => each.textContent)",
    );
    assert_eq!(small, json!([]));
}

#[track_caller]
fn look(browser: &mut Browser, view: &View, axe: Option<&str>) {
    let server = Server::start(&format!("{UNPACED}[history]\npath = \"chat.db\"\n"));
    let mut wu = Chat::person(&server, "Mr Wu", "host");
    let cy = Guest::join(&server, "Cy", None).connect(&server);
    let bo = Guest::join(&server, "小波", None).connect(&server);
    let mut ada = join(browser, &server, "Ada");
    ada.view(view);
    ada.reload();
    ada.wait_for(IN_THE_ROOM, PATIENCE);
    let mut host = join_as_host(browser, &server, "Ms Lin");
    host.view(view);
    host.reload();
    host.wait_for(IN_THE_ROOM, PATIENCE);
    ada.type_into("#composer-text", "half a sentence 一半");
    wu.say("lobby", "Good morning. 早上好。", "1");
    let id = ada.eval("import('/assets/page/app.js').then(() => document.querySelector('#people li:last-child').dataset.user)");
    assert!(id.is_string());
    let person = |wu: &mut Chat, action: &str, user: &str, reason: &str| {
        wu.granted(json!({"type": "moderate", "action": action, "user": user, "seconds": 900, "reason": reason}));
    };
    person(&mut wu, "kick", &cy.id, "throwing paper");
    person(&mut wu, "ban", &bo.id, "骂人");
    for item in 0..2 {
        let who = ada.eval(&format!("[...document.querySelectorAll('#people li[data-user]')].filter(each => each.textContent.includes('Ada'))[{item}]?.dataset.user"));
        if let Some(user) = who.as_str() {
            person(&mut wu, "mute", user, "let others finish · 让别人也说");
        }
    }
    let _back = Guest::join(&server, "Cy", None).connect(&server);
    ada.wait_for(
        "document.querySelector('#composer-send').disabled",
        PATIENCE,
    );
    shoot(&mut ada, view, "muted");
    host.wait_for(
        "document.querySelector('#card-suspects > [data-user]')",
        PATIENCE,
    );
    shoot(&mut host, view, "suspect");
    if host.eval("document.querySelector('#open-people').checkVisibility()") == true {
        host.click("#open-people");
    }
    host.click("#desk-tab-class");
    host.wait_for(
        "document.querySelectorAll('#sanctions [data-kind]').length === 4",
        PATIENCE,
    );
    shoot(&mut host, view, "sanctions");
    host.click("#section-attendance > summary");
    host.wait_for("document.querySelector('#section-attendance li')", PATIENCE);
    host.click("#section-audit > summary");
    host.wait_for("document.querySelector('#section-audit li')", PATIENCE);
    host.eval("document.querySelector('#section-attendance').scrollIntoView()");
    shoot(&mut host, view, "register");
    assert_large(&mut host);
    if let Some(axe) = axe.filter(|_| view.width == 1440) {
        assert_accessible(&mut host, axe, "the tools of the class");
        assert_accessible(&mut ada, axe, "a muted page");
    }
    host.click("#tool-end");
    host.wait_for("document.querySelector('#dialog-ok')", PATIENCE);
    shoot(&mut host, view, "end");
    host.click("#dialog-ok");
    ada.wait_for(
        "document.querySelector('#ending').checkVisibility()",
        PATIENCE,
    );
    shoot(&mut ada, view, "ending");
    shoot(&mut host, view, "ending-host");
    ada.wait_for(
        "document.querySelector('#goodbye').checkVisibility()",
        PATIENCE,
    );
    shoot(&mut ada, view, "goodbye");
    host.wait_for("document.querySelector('#log .lesson')", PATIENCE);
    shoot(&mut host, view, "empty-room");
}

#[track_caller]
fn shoot(page: &mut Page, view: &View, what: &str) {
    let scheme = if view.dark { "dark" } else { "light" };
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let name = format!(
        "screenshots/class-{what}-{}-{scheme}-{}.png",
        view.width,
        &view.language[..2]
    );
    page.screenshot(&target.join(&name));
    let wide = page.eval("document.documentElement.scrollWidth").as_u64();
    assert!(
        wide.unwrap() <= view.width.into(),
        "{name}: scrolls to {wide:?}"
    );
}
