//! Running the class from the page: the door, sanctions, who comes back renamed, and the end of a lesson.

use std::path::Path;

use serde_json::json;

use super::{
    IN_THE_ROOM, TEXT, assert_no_problems, join, join_as_host, moderate, say, url, wait_for_entry,
    wait_for_words,
};
use crate::cdp::{Browser, PATIENCE};
use crate::harness::{CLASS_CODE, Chat, Guest, Server, UNPACED};

/// Whether somebody can join now, asked of the server.
fn door_is_open(server: &Server) -> bool {
    Guest::try_join(server, "Newcomer", None, CLASS_CODE).status == 201
}

fn pressed(id: &str) -> String {
    format!("document.querySelector('{id}').getAttribute('aria-pressed') === 'true'")
}

#[test]
fn whoever_waits_at_the_closed_door_is_let_in_with_one_click() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start(UNPACED);
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    host.click("#tool-door");
    host.wait_for(&pressed("#tool-door"), PATIENCE);
    let mut asks = |name: &str| {
        let mut page = browser.page();
        page.open(&url(&server, ""));
        page.type_into("#join-code", CLASS_CODE);
        page.type_into("#join-name", name);
        page.click("#join-submit");
        let words = "document.querySelector('#join-error').textContent";
        page.wait_for(&format!("{words}.includes('Stay on this page')"), PATIENCE);
        page
    };
    let mut late = asks("Berta");
    let card = "document.querySelector('#card-lobby').checkVisibility()";
    let names =
        "[...document.querySelectorAll('#card-lobby bdi')].map((it) => it.innerText).join()";
    host.wait_for(&format!("{names} === 'Berta'"), PATIENCE);
    assert_no_problems(&mut [("host", &mut host)]);
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    host.screenshot(&target.join("screenshots/lobby.png"));
    host.click("#card-lobby [data-caller] button");
    host.wait_for(&format!("!{card}"), PATIENCE);
    // Nobody touches the page that waits.
    late.wait_for(IN_THE_ROOM, PATIENCE);
    // Whoever types another name has not asked under it, and takes the place of the first with it.
    let mut other = asks("Cy");
    host.wait_for(&format!("{names} === 'Cy'"), PATIENCE);
    other.type_into("#join-name", "Dan");
    assert_eq!(
        other.eval("document.querySelector('#join-error').textContent"),
        ""
    );
    other.click("#join-submit");
    host.wait_for(&format!("{names} === 'Dan'"), PATIENCE);
    host.click("#card-lobby .link");
    host.wait_for(&format!("!{card}"), PATIENCE);
    other.wait_for(IN_THE_ROOM, PATIENCE);
}

#[test]
fn the_door_is_a_switch_of_its_own_says_its_state_and_is_undone() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start(UNPACED);
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    let mut other = Chat::person(&server, "Mr Wu", "moderator");
    let state = "document.querySelector('#tool-door-state').innerText";
    host.wait_for(&format!("{state} === 'open'"), PATIENCE);
    host.click("#tool-door");
    host.wait_for(&pressed("#tool-door"), PATIENCE);
    host.wait_for(&format!("{state} === 'closed'"), PATIENCE);
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
        "document.querySelector('#private-text').checkVisibility()",
        PATIENCE,
    );
    ada.type_into("#private-text", "I am sorry");
    ada.click("#private-send");
    host.wait_for(
        "document.querySelector('#desk-tab-private .count').textContent === '1'",
        PATIENCE,
    );
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
    host.eval("document.querySelector('#dialog-seconds').value = '3600'");
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
    wait_for_words(&mut back, "The server muted you, not a teacher");
    // Whoever removed Bo did nothing to Bo 2, and has nothing to undo.
    for words in ["Ms Lin muted", "Bo 2 is muted."] {
        for page in [&mut host, &mut back] {
            assert_eq!(
                page.eval(&format!("{TEXT}.includes('{words}')")),
                false,
                "{words}"
            );
        }
    }
    // That is the server's sentence, and the page has it in both languages.
    super::choose_of_mine(&mut back, ".language");
    wait_for_words(&mut back, "和你同名的人被禁言或移出了。");
    assert_eq!(
        back.eval("document.querySelector('#composer-send').disabled"),
        true
    );
    // It stays when the page is loaded again, and the door is closed from it.
    host.reload();
    host.wait_for(IN_THE_ROOM, PATIENCE);
    host.wait_for(count, PATIENCE);
    wait_for_words(&mut host, "Bo 2 came with the name of Bo, who was removed.");
    // That decides, in every tab of whoever leads, and is said there.
    let mut tab = super::tabs::second(&mut browser, &server, &host);
    tab.wait_for(&format!("document.querySelector('{card}')"), PATIENCE);
    host.click("#card-suspects [data-action=door] button");
    let gone = "!document.querySelector('#card-suspects').checkVisibility()";
    for page in [&mut host, &mut tab] {
        page.wait_for(&pressed("#tool-door"), PATIENCE);
        page.wait_for(gone, PATIENCE);
        wait_for_words(page, "The door is closed: nobody new can join.");
    }
    // With the door, the decision is undone.
    host.click("#notices .toast .link");
    host.click(&format!("{card} [data-action=unmute]"));
    for page in [&mut host, &mut tab] {
        page.wait_for(gone, PATIENCE);
        wait_for_words(page, "Bo 2 is unmuted.");
    }
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
        // The list, which still has the mute, does not bring the card back.
        page.click("#desk-tab-class");
        page.wait_for(
            "document.querySelector('#sanctions [data-kind=kicks]')",
            PATIENCE,
        );
        let card = "document.querySelector('#card-suspects').checkVisibility()";
        assert_eq!(page.eval(card), false);
    }
    drop(here);
    assert_no_problems(&mut [("the host", &mut host), ("the other", &mut other)]);
}
