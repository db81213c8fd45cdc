//! Running the class from the page: the door, sanctions, who comes back renamed, and the end of a lesson.

use std::path::Path;

use serde_json::json;

use super::{
    IN_THE_ROOM, assert_no_problems, join, join_as_host, moderate, say, wait_for_entry,
    wait_for_words,
};
use crate::cdp::{Browser, PATIENCE, Page, View};
use crate::harness::{CLASS_CODE, Chat, Guest, Server, UNPACED};

/// Whether somebody can join now, asked of the server.
fn door_is_open(server: &Server) -> bool {
    Guest::try_join(server, "Newcomer", None, CLASS_CODE).status == 201
}

fn pressed(id: &str) -> String {
    format!("document.querySelector('{id}').getAttribute('aria-pressed') === 'true'")
}

#[test]
fn the_door_is_a_switch_of_its_own_says_its_state_and_is_undone() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start(UNPACED);
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    let mut other = Chat::person(&server, "Mr Wu", "moderator");
    wait_for_words(&mut host, "open: people can join");
    host.click("#tool-door");
    host.wait_for(&pressed("#tool-door"), PATIENCE);
    wait_for_words(&mut host, "closed: nobody new joins");
    assert!(!door_is_open(&server));
    assert_eq!(
        host.eval(&pressed("#tool-lock")),
        false,
        "the class is not quiet"
    );
    // The toast undoes it.
    wait_for_words(&mut host, "The door is closed");
    host.click("#notices .toast .link");
    host.wait_for(&format!("!({})", pressed("#tool-door")), PATIENCE);
    assert!(door_is_open(&server));
    // What somebody else does is seen, and said by whom.
    other.granted(json!({"type": "moderate", "action": "door", "open": false}));
    host.wait_for(&pressed("#tool-door"), PATIENCE);
    wait_for_words(&mut host, "Mr Wu closed the door: nobody new can join.");
    host.reload();
    host.wait_for(IN_THE_ROOM, PATIENCE);
    host.wait_for(&pressed("#tool-door"), PATIENCE);
    // Quieting the class leaves the door as it is.
    host.click("#tool-lock");
    host.wait_for(&pressed("#tool-lock"), PATIENCE);
    host.click("#tool-door");
    host.wait_for(&format!("!({})", pressed("#tool-door")), PATIENCE);
    assert_eq!(host.eval(&pressed("#tool-lock")), true);
    assert_no_problems(&mut [("the host", &mut host)]);
}

#[test]
fn who_is_muted_reads_by_whom_why_and_for_how_long_keeps_a_draft_and_can_ask_for_help() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start(UNPACED);
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    let mut ada = join(&mut browser, &server, "Ada");
    ada.type_into("#composer-text", "half a sen");
    moderate(&mut host, "Ada", "mute", "let others finish");
    wait_for_words(
        &mut ada,
        "Ms Lin muted you. The reason given: “let others finish”.",
    );
    let counted = r"/in [0-4]:[0-5][0-9]\. Your text stays here/.test(
        document.querySelector('#composer-note').innerText.replace(/[\u2068\u2069]/g, ''))";
    ada.wait_for(counted, PATIENCE);
    let first = ada.eval("document.querySelector('#composer-note').innerText");
    ada.wait_for(
        &format!("document.querySelector('#composer-note').innerText !== {first}"),
        PATIENCE,
    );
    let draft = "document.querySelector('#composer-text').value";
    assert_eq!(
        ada.eval("document.querySelector('#composer-send').disabled"),
        true
    );
    ada.eval("document.querySelector('#composer-text').focus()");
    ada.press("Enter");
    assert_eq!(ada.eval(draft), "half a sen");

    // A page that is loaded again knows as much, and says it once.
    ada.reload();
    ada.wait_for(IN_THE_ROOM, PATIENCE);
    ada.wait_for(counted, PATIENCE);
    wait_for_words(&mut ada, "The reason given: “let others finish”.");
    assert_eq!(ada.eval(draft), "half a sen");
    // Private help is open.
    ada.click("#composer-note .link");
    ada.wait_for(
        "!document.querySelector('#composer-note').checkVisibility()",
        PATIENCE,
    );
    say(&mut ada, "I am sorry");
    wait_for_words(&mut host, "I am sorry");
    ada.wait_for(counted, PATIENCE);
    assert_eq!(ada.eval(draft), "half a sen");

    // The list of those who lead has the same, and ends it with one tap.
    host.click("#desk-tab-class");
    let row = "#sanctions [data-kind=mutes]";
    host.wait_for(&format!("document.querySelector('{row}')"), PATIENCE);
    for words in [
        "Ada",
        "By Ms Lin, until",
        "Reason: “let others finish”.",
        "min left",
    ] {
        wait_for_words(&mut host, words);
    }
    host.click(&format!("{row} [data-action=unmute]"));
    wait_for_words(&mut host, "Nobody is muted, removed or banned.");
    ada.wait_for(
        "!document.querySelector('#composer-send').disabled",
        PATIENCE,
    );
    ada.eval("document.querySelector('#composer-text').focus()");
    ada.press("Enter");
    wait_for_entry(&mut host, ":not(.own)", "half a sen");
    assert_no_problems(&mut [("the host", &mut host), ("Ada", &mut ada)]);
}

#[test]
fn a_ban_has_a_length_and_a_reason_is_undone_by_a_toast_and_is_said_to_who_is_banned() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start(UNPACED);
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    let mut ada = join(&mut browser, &server, "Ada");
    let person = "[...document.querySelectorAll('#people li[data-user]')].find(each => each.innerText.includes('Ada'))";
    host.wait_for(person, PATIENCE);
    let id = host.eval(&format!("{person}.dataset.user"));
    let menu = format!("#people li[data-user={id}] > button");
    host.click(&menu);
    host.click("#dialog [data-action=ban]");
    wait_for_words(&mut host, "ends with the lesson at the latest");
    host.eval("document.querySelector('#dialog-seconds').value = '86400'");
    host.type_into("#dialog-reason", "shouting");
    host.click("#dialog-ok");
    ada.wait_for("document.body.dataset.view === 'join'", PATIENCE);
    for words in [
        "Ms Lin banned you from the class.",
        "The reason given: “shouting”.",
        "You can join again at",
    ] {
        wait_for_words(&mut ada, words);
    }
    host.click("#desk-tab-class");
    let row = "document.querySelector('#sanctions [data-kind=bans]')";
    host.wait_for(row, PATIENCE);
    assert_eq!(host.eval(&format!("{row}.dataset.user")), id);
    // The undo of the toast.
    wait_for_words(&mut host, "Ada was banned.");
    host.click("#notices .toast .link");
    wait_for_words(&mut host, "Nobody is muted, removed or banned.");
    ada.type_into("#join-code", CLASS_CODE);
    ada.click("#join-submit");
    ada.wait_for(IN_THE_ROOM, PATIENCE);
    assert_no_problems(&mut [("the host", &mut host), ("Ada", &mut ada)]);
}

#[test]
fn who_comes_back_renamed_is_a_card_until_somebody_decides() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start(UNPACED);
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    let bo = join(&mut browser, &server, "Bo");
    moderate(&mut host, "Bo", "kick", "noise");
    // A private window: another device, the same name.
    let mut back = join(&mut browser, &server, "Bo");
    drop(bo);
    let card = "#card-suspects > [data-user]";
    host.wait_for(&format!("document.querySelector('{card}')"), PATIENCE);
    for words in [
        "Bo 2 came with the name of Bo, who was removed.",
        "Reason: “noise”.",
    ] {
        wait_for_words(&mut host, words);
    }
    let count = "document.querySelector('#desk-tab-class .count').textContent === '1'";
    host.wait_for(count, PATIENCE);
    wait_for_words(&mut back, "Somebody with your name was muted or removed.");
    assert_eq!(
        back.eval("document.querySelector('#composer-send').disabled"),
        true
    );
    // It stays when the page is loaded again, and the door is closed from it.
    host.reload();
    host.wait_for(IN_THE_ROOM, PATIENCE);
    host.wait_for(count, PATIENCE);
    wait_for_words(&mut host, "Bo 2 came with the name of Bo, who was removed.");
    host.click("#card-suspects [data-action=door] button");
    host.wait_for(&pressed("#tool-door"), PATIENCE);
    host.wait_for(
        "!document.querySelector('#card-suspects [data-action=door]')",
        PATIENCE,
    );
    host.click(&format!("{card} [data-action=unmute]"));
    host.wait_for(
        "!document.querySelector('#card-suspects').checkVisibility()",
        PATIENCE,
    );
    back.wait_for(
        "!document.querySelector('#composer-send').disabled",
        PATIENCE,
    );
    say(&mut back, "it was somebody else");
    wait_for_entry(&mut host, ":not(.own)", "it was somebody else");
    assert_no_problems(&mut [("the host", &mut host), ("Bo 2", &mut back)]);
}

#[test]
fn a_suspect_is_removed_with_one_tap_and_an_assistant_sees_the_decision() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start(UNPACED);
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    let mut other = join_as_host(&mut browser, &server, "Mr Wu");
    let first = Guest::join(&server, "Bo", None);
    let here = first.connect(&server);
    moderate(&mut host, "Bo", "mute", "noise");
    let mut back = Guest::join(&server, "bo", None).connect(&server);
    for page in [&mut host, &mut other] {
        wait_for_words(page, "bo 2 came with the name of Bo, who is muted.");
    }
    host.click("#card-suspects > [data-user] [data-action=kick]");
    back.expect_close(4500);
    for page in [&mut host, &mut other] {
        page.wait_for(
            "!document.querySelector('#card-suspects').checkVisibility()",
            PATIENCE,
        );
    }
    drop(here);
    assert_no_problems(&mut [("the host", &mut host), ("the other", &mut other)]);
}

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
        json!(["lobby-0000-00-00.txt", "all-0000-00-00-attendance.csv"])
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
    host.click("#ending-stop");
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
        assert_eq!(page.eval("document.querySelectorAll('#log li').length"), 0);
    }
    wait_for_words(&mut host, "This room is empty for the next class.");
    assert_eq!(
        host.eval("document.querySelectorAll('#log li.message').length"),
        0
    );
    assert_eq!(host.eval(banner), false);
    host.reload();
    host.wait_for(IN_THE_ROOM, PATIENCE);
    wait_for_words(&mut host, "There are no messages yet.");
    assert_eq!(
        host.eval("document.querySelectorAll('#log li.message').length"),
        0
    );

    // The code on the desk is that of the next lesson. Ada comes back to a room that is empty for her.
    let code = host.eval("document.querySelector('#tools-code > bdi').textContent");
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

/// The server of another version says whether a lesson runs. What the page sends is kept.
const NO_LESSON: &str = "window.sent = [];
    const Real = window.WebSocket;
    window.WebSocket = class extends Real {
        send(text) { window.sent.push(JSON.parse(text)); super.send(text); }
        set onmessage(hear) {
            this.hear = hear;
            super.onmessage = (event) => hear({ data: event.data.replace('\"type\":\"welcome\"', '\"type\":\"welcome\",\"lesson_runs\":false') });
            window.page = this;
        }
    };";

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
    host.at_every_load(NO_LESSON);
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
    let asked =
        "window.sent.some(each => each.type === 'moderate' && each.action === 'start_lesson')";
    host.wait_for(asked, PATIENCE);
    host.eval("window.page.hear({ data: JSON.stringify({ type: 'lesson', runs: true, lesson: 2, by: {}, class_code: 'K7RM2W' }) })");
    host.wait_for("!document.querySelector('#tool-start')", PATIENCE);
    host.wait_for(
        "document.querySelector('#tool-door').checkVisibility()",
        PATIENCE,
    );
    wait_for_words(&mut host, "K7RM2W");
}

#[test]
fn who_leads_looks_up_who_is_here_who_left_and_what_was_done() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start(&format!("{UNPACED}[history]\npath = \"chat.db\"\n"));
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    let cy = Guest::join(&server, "Cy", None).connect(&server);
    let _bo = Guest::join(&server, "小波", None).connect(&server);
    drop(cy);
    moderate(&mut host, "小波", "mute", "let others finish");
    host.click("#desk-tab-class");
    host.click("#section-attendance > summary");
    let people = r"[...document.querySelectorAll('#section-attendance h3')].map(each => each.textContent.replace(/[\u2068\u2069]/g, '')).join()";
    let again = "(document.querySelector('#section-attendance > button').click(), true)";
    host.wait_for(
        &format!("{people} === 'Here: 2,Left: 1' || ({again} && false)"),
        PATIENCE,
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
            );
        }
    }
}

#[track_caller]
fn look(browser: &mut Browser, view: &View) {
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
