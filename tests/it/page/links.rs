//! Links for one person in the page: a pupil's, an assistant's, and what those who lead see of names.

use super::{IN_THE_ROOM, TEXT, assert_no_problems, form, join, join_as_host, wait_for_words};
use crate::cdp::{Browser, PATIENCE, Page, View};
use crate::harness::Server;
use crate::links::{link, secret};

/// Whether the fields for a name and for a code are shown.
fn fields(page: &mut Page) -> (bool, bool) {
    let mut shown = |id: &str| {
        page.eval(&format!(
            "document.querySelector('{id}').offsetParent !== null"
        )) == true
    };
    (shown("#join-name"), shown("#join-code"))
}

/// Opens the page with a link, which leaves the address bar at once, and joins.
#[track_caller]
fn follow(page: &mut Page, server: &Server, fragment: &str, words: &[&str]) {
    form::open(page, server, fragment);
    assert_eq!(page.eval("location.hash"), "");
    for words in words {
        wait_for_words(page, words);
    }
    assert_eq!(fields(page), (false, false));
    page.click("#join-submit");
    page.wait_for(IN_THE_ROOM, PATIENCE);
}

#[test]
fn a_pupil_and_an_assistant_join_by_their_links_and_typed_names_are_marked_for_those_who_lead() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut bo = join(&mut browser, &server, "Bo");
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    assert_eq!(
        host.eval(&format!("{TEXT}.includes('typed name')")),
        false,
        "everybody typed a name"
    );

    let anna = secret(&link(&server, &["--name", "Anna Berg"]), "link");
    let mut pupil = browser.page();
    let says = [
        "Your personal link",
        "under the name that the teacher gave you",
    ];
    follow(&mut pupil, &server, &format!("#link={anna}"), &says);
    let marked = "[...document.querySelectorAll('#people li')].filter((li) => li.textContent.includes('typed name'))
                  .map((li) => li.querySelector('bdi').textContent).join()";
    host.wait_for(&format!("{marked} === 'Bo'"), PATIENCE);
    assert_eq!(bo.eval(&format!("{TEXT}.includes('typed name')")), false);
    // The menu of the person says so in a sentence.
    let row =
        "[...document.querySelectorAll('#people li')].find((li) => li.textContent.includes('Bo'))";
    host.eval(&format!("{row}.querySelector('button').click()"));
    wait_for_words(
        &mut host,
        "This person joined with the class code and typed the name.",
    );
    host.click("#dialog-cancel");
    // The secret is nowhere in the browser: the next pupil uses the same tablet.
    let kept = "JSON.stringify(localStorage) + JSON.stringify(sessionStorage) + location.href";
    assert_eq!(pupil.eval(&format!("({kept}).includes('{anna}')")), false);

    let printed = link(&server, &["--name", "Mr Wu", "--role", "moderator"]);
    let ticket = secret(&printed, "moderator");
    let mut assistant = browser.page();
    let says = ["Help with the class", "The class sees you as Mr Wu."];
    let fragment = format!("#moderator={ticket}&name=Mr%20Wu");
    follow(&mut assistant, &server, &fragment, &says);
    assistant.wait_for("!document.querySelector('#desk-rules').hidden", PATIENCE);
    wait_for_words(&mut host, "Mr Wu");
    assert_no_problems(&mut [
        ("Anna", &mut pupil),
        ("Mr Wu", &mut assistant),
        ("the host", &mut host),
    ]);
}

#[test]
fn no_name_on_a_card_to_print_reaches_into_the_next_card_and_the_page_is_light() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let folder = std::env::temp_dir().join(format!("glassroom-cards-{}", server.addr.port()));
    std::fs::create_dir_all(&folder).unwrap();
    let (roster, cards) = (folder.join("roster.csv"), folder.join("cards.html"));
    let names = "1,Wolfeschlegelsteinhausen\n2,王小明王小明王小明王小明王小明王小明王小明王小明\n";
    std::fs::write(&roster, format!("number,name\n{names}")).unwrap();
    let path = |path: &std::path::Path| path.to_str().unwrap().to_owned();
    link(
        &server,
        &["--roster", &path(&roster), "--html", &path(&cards)],
    );
    let mut page = browser.page();
    page.open(&format!("file://{}", cards.display()));
    for width in [360, 718, 1366] {
        page.view(&View {
            width,
            height: 900,
            dark: true,
            language: "zh-CN",
        });
        let outside = "[...document.querySelectorAll('li *')].filter((each) =>
            each.getBoundingClientRect().right > each.closest('li').getBoundingClientRect().right + 1)
            .map((each) => each.outerHTML.slice(0, 80))";
        assert_eq!(page.eval(outside), serde_json::json!([]), "{width} px");
    }
    let scheme = "getComputedStyle(document.documentElement).colorScheme";
    assert_eq!(page.eval(scheme), "light");
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_link_that_was_revoked_ends_the_chat_and_says_so_when_it_is_opened_again() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("[join]\nenabled = false\n");
    let anna = secret(&link(&server, &["--name", "Anna"]), "link");
    let mut pupil = browser.page();
    let fragment = format!("#link={anna}");
    follow(&mut pupil, &server, &fragment, &[]);
    link(&server, &["--revoke", "Anna"]);
    pupil.wait_for("document.body.dataset.view === 'join'", PATIENCE);
    // Opened in the page that is there, as by a tap on the link.
    pupil.eval(&format!("location.hash = '{fragment}'"));
    wait_for_words(&mut pupil, "Your personal link");
    pupil.click("#join-submit");
    wait_for_words(
        &mut pupil,
        "is not valid any more. Ask the teacher for a new one.",
    );
    wait_for_words(&mut pupil, "Ask the teacher for a personal link.");
    assert_eq!(
        fields(&mut pupil),
        (false, false),
        "there is no class code here"
    );
    assert_eq!(pupil.eval("location.hash"), "");
}
