//! The desk: the tabs of the right column, with a mouse, the keyboard and a screen reader.

use serde_json::json;

use super::{assert_no_problems, join, join_as_host};
use crate::cdp::{Browser, PATIENCE, View};
use crate::harness::{Chat, Server};

/// The names of the tabs that are shown, the open one in brackets.
const TABS: &str = "[...document.querySelectorAll('#desk-tabs:not([hidden]) > [role=tab]:not([hidden])')]
    .map(tab => tab.getAttribute('aria-selected') === 'true' ? '[' + tab.id + ']' : tab.id).join(' ')";

#[test]
fn who_leads_has_tabs_that_the_arrow_keys_change_and_a_student_has_fewer() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    let mut ada = join(&mut browser, &server, "Ada");
    // Between these two are the tabs of the other features.
    let ends = |tabs: &str| format!("{TABS}.match(/^\\S+|\\S+$/g).join(' ') === '{tabs}'");
    host.wait_for(&ends("[desk-tab-people] desk-tab-class"), PATIENCE);
    assert_eq!(ada.eval(TABS), "[desk-tab-people] desk-tab-private");
    let leads = "document.querySelector('#tool-lock').checkVisibility()";
    assert_eq!(
        (host.eval(leads), ada.eval(leads)),
        (true.into(), false.into())
    );

    host.eval("document.querySelector('#desk-tab-people').focus()");
    // Before the first tab comes the last one.
    host.press("ArrowUp");
    assert_eq!(host.eval(&ends("desk-tab-people [desk-tab-class]")), true);
    assert_eq!(host.eval("document.activeElement.id"), "desk-tab-class");
    let panels =
        "['#desk-people', '#tools'].map(id => document.querySelector(id).checkVisibility())";
    assert_eq!(host.eval(panels), json!([false, true]));
    // After the last tab comes the first one.
    host.press("ArrowRight");
    assert_eq!(host.eval(&ends("[desk-tab-people] desk-tab-class")), true);
    assert_eq!(host.eval(panels), json!([true, false]));
    // "Quiet the class" is above the tabs.
    host.click("#tool-lock");
    host.wait_for(
        "document.querySelector('#tool-lock').getAttribute('aria-pressed') === 'true'",
        PATIENCE,
    );
    assert_no_problems(&mut [("the host", &mut host), ("Ada", &mut ada)]);
}

/// The tabs of features that are planted here, on a desk of their own. The page's own desk is not drawn any
/// more: it has the same button, and whatever the server says makes it count again.
const PLANT: &str = "import('/assets/page/desk.js').then(({ Desk }) => {
    const drawer = () => document.querySelector('#open-people').click();
    window.waiting = 3;
    window.mine = false;
    window.drawn = [];
    document.querySelector('#desk-tabs').textContent = '';
    const { draw } = Desk.prototype;
    Desk.prototype.draw = function () { if (this === window.desk) draw.call(this); };
    window.desk = new Desk({ chat: { me: {}, current: {} }, drawer });
    const add = (name, shown, count) => desk.add({
        name, label: name + '.title', shown, count, render: () => window.drawn.push(name) });
    add('people', () => true, () => 0);
    add('hands', () => true, () => window.waiting);
    add('polls', () => window.mine, () => 2);
    desk.changed();
    desk.changed('hands');
    desk.changed();
})";

#[test]
fn what_waits_is_on_its_tab_and_on_the_button_of_the_drawer_and_read_out() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut ada = join(&mut browser, &server, "Ada");
    ada.view(&View {
        width: 360,
        height: 740,
        dark: false,
        language: "en-US",
    });
    ada.eval(PLANT);
    let drawn = "window.drawn.splice(0).join()";
    // Three changes draw the open panel once; the others are not drawn at all.
    ada.wait_for(
        &format!("{TABS} === '[desk-tab-people] desk-tab-hands'"),
        PATIENCE,
    );
    assert_eq!(ada.eval(drawn), "people");
    let label = |id: &str| {
        format!(
            r"document.querySelector('{id}').getAttribute('aria-label')?.replace(/[\u2068\u2069]/g, '')"
        )
    };
    assert_eq!(ada.eval(&label("#desk-tab-hands")), "Questions, 3 waiting");
    assert_eq!(ada.eval(&label("#open-people")), "People 1, 3 waiting");

    // A tab that now is for this person counts as well.
    ada.eval("window.mine = true; desk.changed('polls')");
    ada.wait_for(
        "document.querySelector('#open-people').dataset.waiting === '5'",
        PATIENCE,
    );
    assert_eq!(ada.eval(drawn), "");
    // A feature opens its tab, and with it the drawer.
    ada.eval("desk.open('polls')");
    ada.wait_for("document.body.classList.contains('show-people')", PATIENCE);
    assert_eq!(ada.eval("document.activeElement.id"), "desk-tab-polls");
    assert_eq!(ada.eval(drawn), "polls");
    let height = "document.activeElement.getBoundingClientRect().height >= 44";
    assert_eq!(ada.eval(height), true);

    // The open tab goes away, and nothing waits any more.
    ada.eval("window.mine = false; window.waiting = 0; desk.changed()");
    ada.wait_for(
        &format!("{TABS} === '[desk-tab-people] desk-tab-hands'"),
        PATIENCE,
    );
    assert_eq!(ada.eval(&label("#open-people")), "People 1");
    assert_no_problems(&mut [("Ada", &mut ada)]);
}

/// At the start of a lesson somebody joins every second.
#[test]
fn a_click_on_a_person_is_not_lost_when_somebody_else_comes_in_meanwhile() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let bo = Chat::member(&server, "Bo");
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    let place = host.find(&format!("#people li[data-user={:?}] > button", bo.id));
    host.mouse("mouseMoved", &place);
    host.mouse("mousePressed", &place);
    // The new name comes after Bo in the list, so Bo's row stays in its place.
    let _cy = Chat::member(&server, "Cy");
    host.wait_for(
        "document.querySelectorAll('#people li').length === 3",
        PATIENCE,
    );
    host.mouse("mouseReleased", &place);
    host.wait_for(
        "document.querySelector('#dialog [data-action=mute]')",
        PATIENCE,
    );
}

/// The row above is drawn anew then.
#[test]
fn a_click_on_a_room_is_not_lost_when_somebody_comes_into_the_one_above_it() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("[rooms]\nlist = [\"lobby\", \"group-a\"]\n");
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    let place = host.find("#rooms button[data-room=group-a]");
    host.mouse("mouseMoved", &place);
    host.mouse("mousePressed", &place);
    let _bo = Chat::member(&server, "Bo");
    host.wait_for(
        "document.querySelector('#rooms button[data-room=lobby] .here').textContent.includes('2')",
        PATIENCE,
    );
    host.mouse("mouseReleased", &place);
    host.wait_for(
        "document.querySelector('#room-name').textContent === 'group-a'",
        PATIENCE,
    );
}
