//! The drawers of a narrow page: Back, Escape and a button close them, and the focus goes in and comes back.

use serde_json::json;

use super::{IN_THE_ROOM, assert_no_problems, join, join_as_host};
use crate::cdp::{Browser, PATIENCE, Page, View};
use crate::harness::Server;

const PHONE: View = View {
    width: 360,
    height: 740,
    dark: false,
    language: "en-US",
};

/// The open drawer, and where the focus is.
const STATE: &str = "[document.body.className.replace('show-', ''), document.activeElement.id
    || document.activeElement.closest('.column')?.id]";

#[track_caller]
fn wait_for_state(page: &mut Page, drawer: &str, focus: &str) {
    let state = json!([drawer, focus]);
    page.wait_for(&format!("JSON.stringify({STATE}) === '{state}'"), PATIENCE);
}

#[test]
fn back_closes_a_drawer_and_leaves_the_page_only_when_none_is_open() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut ada = join(&mut browser, &server, "Ada");
    ada.view(&PHONE);
    let length = ada.eval("history.length").as_u64().unwrap();
    for side in ["rooms", "people"] {
        ada.click(&format!("#open-{side}"));
        wait_for_state(&mut ada, side, &format!("{side}-column"));
        ada.eval("history.back()");
        wait_for_state(&mut ada, "", &format!("open-{side}"));
        assert_eq!(ada.eval(IN_THE_ROOM), true, "Back has left the page");

        ada.click(&format!("#open-{side}"));
        wait_for_state(&mut ada, side, &format!("{side}-column"));
        ada.press("Escape");
        wait_for_state(&mut ada, "", &format!("open-{side}"));
        ada.wait_for("!history.state", PATIENCE);

        ada.click(&format!("#open-{side}"));
        ada.click(&format!("#{side}-column .drawer-close"));
        wait_for_state(&mut ada, "", &format!("open-{side}"));
        ada.wait_for("!history.state", PATIENCE);
    }
    // Closed and opened again before the browser has gone back.
    ada.eval("for (let n = 0; n < 5; n += 1) document.querySelector('#open-rooms').click()");
    ada.wait_for("history.state?.drawer === 'rooms'", PATIENCE);
    wait_for_state(&mut ada, "rooms", "rooms-column");
    // All of that made one entry. It is gone as well when the page is loaded anew.
    assert_eq!(ada.eval("history.length"), length + 1);
    ada.reload();
    ada.wait_for(IN_THE_ROOM, PATIENCE);
    ada.wait_for("!history.state", PATIENCE);
    assert_eq!(ada.eval("document.body.className"), "");
    assert_no_problems(&mut [("Ada", &mut ada)]);
}

#[test]
fn a_drawer_that_became_a_column_holds_no_entry_of_the_history() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    host.view(&PHONE);
    host.click("#open-people");
    host.wait_for("history.state?.drawer === 'people'", PATIENCE);
    host.view(&View {
        width: 1366,
        height: 768,
        ..PHONE
    });
    host.wait_for("!history.state && !document.body.className", PATIENCE);
    assert_no_problems(&mut [("the host", &mut host)]);
}
