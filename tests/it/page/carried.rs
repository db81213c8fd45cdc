//! Around a frame in the protocol view: the reads and writes that carried it, the filter of what one said,
//! and links to one frame.

use serde_json::{Value, json};

use super::bits::{say_and_see, text, texts, watching, with_modules};
use super::glass::{act, open, tab};
use super::{IN_THE_ROOM, assert_no_problems, say, url, wait_for_entry, wait_for_words};
use crate::cdp::{Browser, PATIENCE, Page};
use crate::harness::{Chat, Server};

#[test]
fn a_read_of_three_frames_and_a_half_is_drawn_over_its_frames() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut page = browser.page();
    page.open(&url(&server, ""));
    let found = with_modules(
        &mut page,
        "const session = { calls: [
             { from: 'client', what: 'read', number: 1, offset: 0, bytes: 35 },
             { from: 'client', what: 'read', number: 2, offset: 35, bytes: 5 },
             { from: 'server', what: 'write', number: 1, offset: 0, bytes: 10 }] };
         const frames = [0, 10, 20, 30].map((offset, n) => ({ session, event: {
             from: 'client', number: n + 1, offset, header_bytes: 6, payload_bytes: 4 } }));
         const seen = (item, all) => {
             const { calls: own, frames: near, whole, cut, rest, more } = calls.cover(item, all);
             return [own.map(({ number }) => number), near.map((each) => each.item.event.number), whole, cut, rest, more];
         };
         const gone = { session: { calls: [] }, event: frames[0].event };
         return [seen(frames[0], frames), seen(frames[3], frames), seen(frames[0], frames.slice(0, 3)), calls.cover(gone, frames)];",
    );
    // One read brought three frames and a half; the fourth took two reads.
    assert_eq!(found[0], json!([[1], [1, 2, 3, 4], 3, 1, [], false]));
    assert_eq!(found[1], json!([[1, 2], [1, 2, 3, 4], 4, 0, [], false]));
    // Before its rest has come, the fourth is no frame yet.
    assert_eq!(found[2], json!([[1], [1, 2, 3], 3, 1, [[30, 35]], false]));
    assert_eq!(found[3], Value::Null);
}

#[test]
fn what_one_read_and_one_write_carried_is_seen_over_the_frames() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut ada = watching(&mut browser, &server);
    say_and_see(&mut ada, "alone");
    let words = text(&mut ada, "#glass-frame .call-words");
    assert!(words.contains("exactly this frame"), "{words}");
    assert_eq!(
        ada.eval("document.querySelectorAll('#glass-frame .call-bar').length"),
        1
    );
    // Longer than what one read asks for.
    say(&mut ada, "long ".repeat(700).trim());
    ada.wait_for("document.querySelector('.frame-row[aria-selected=true]').textContent.includes('long long')", PATIENCE);
    let words = text(&mut ada, "#glass-frame .call-words");
    assert!(words.starts_with("It took "), "{words}");
    assert!(
        ada.eval("document.querySelectorAll('#glass-frame .call-bar').length")
            .as_u64()
            > Some(1)
    );
    // The server sends the three fragments and the Ping between them in one write.
    act(&mut ada, "fragment");
    say(&mut ada, "in three");
    ada.wait_for("document.querySelector('.assembly.many')", PATIENCE);
    tab(&mut ada, "frames");
    let ping = "[...document.querySelectorAll('.frame-row.from-server.control')].pop()";
    ada.wait_for(
        &format!(
            "({ping}.click(), document.querySelectorAll('#glass-frame .frame-bar').length >= 4)"
        ),
        PATIENCE,
    );
    let words = text(&mut ada, "#glass-frame .call-words");
    assert!(words.contains("4 whole frames at once"), "{words}");
    assert_eq!(
        ada.eval("document.querySelectorAll('.frame-row.together').length"),
        4
    );
    assert!(text(&mut ada, "#glass-frame .why").contains("a stream of bytes without frames"));
    // A frame of the bar opens it.
    ada.click("#glass-frame button.frame-bar");
    ada.wait_for(
        "document.querySelector('#glass-frame .frame-bar').getAttribute('aria-current') === 'true'",
        PATIENCE,
    );
    assert_no_problems(&mut [("Ada", &mut ada)]);
}

#[test]
fn only_what_i_said_hides_the_rest_counts_it_and_is_remembered() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut bo = Chat::member(&server, "Bo");
    let mut ada = watching(&mut browser, &server);
    say_and_see(&mut ada, "mine");
    bo.say("lobby", "of somebody else", "1");
    wait_for_entry(&mut ada, ":not(.own)", "of somebody else");
    let rows = |page: &mut Page| texts(page, "#glass-frames .frame-row .excerpt-of");
    ada.wait_for(
        "document.querySelector('#glass-frames').textContent.includes('\"message\"')",
        PATIENCE,
    );
    let all = rows(&mut ada).len();
    assert!(rows(&mut ada).iter().any(|row| row.contains("\"ack\"")));
    assert!(rows(&mut ada).iter().any(|row| row.contains("\"typing\"")));
    ada.click("#glass-only");
    let mine = rows(&mut ada);
    assert_eq!(mine.len(), 1, "{mine:?}");
    assert!(mine[0].contains("mine"), "{mine:?}");
    let hidden = text(&mut ada, "#glass .hidden-frames");
    assert!(
        hidden.starts_with(&format!("{} other frames are hidden", all - 1)),
        "{hidden}"
    );

    // What the same person says elsewhere is theirs, too.
    let mut elsewhere = browser.beside(&ada);
    elsewhere.open(&url(&server, ""));
    super::form::go_on(&mut elsewhere);
    elsewhere.wait_for(IN_THE_ROOM, PATIENCE);
    say(&mut elsewhere, "from my other tab");
    ada.wait_for(
        "document.querySelectorAll('#glass-frames .frame-row').length === 2",
        PATIENCE,
    );
    assert!(rows(&mut ada)[1].contains("\"message\""));

    ada.reload();
    ada.wait_for(IN_THE_ROOM, PATIENCE);
    open(&mut ada);
    assert_eq!(
        ada.eval("document.querySelector('#glass-only').getAttribute('aria-pressed')"),
        "true"
    );
    assert_no_problems(&mut [("Ada", &mut ada)]);
}

#[test]
fn a_link_opens_its_frame_and_says_when_it_is_gone_or_of_another_connection() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut ada = watching(&mut browser, &server);
    say_and_see(&mut ada, "the linked one");
    let link = ada.eval("document.querySelector('#glass-frame .frame-link').hash");
    let link = link.as_str().unwrap().to_owned();
    ada.click("#glass-frame .frame-link");
    assert_eq!(ada.eval("location.hash"), link.as_str());
    assert_eq!(text(&mut ada, "#glass-frame .frame-link"), "Link copied");
    // Another frame is selected: the address no longer names this one.
    say(&mut ada, "another");
    ada.wait_for(
        "document.querySelector('.frame-row[aria-selected=true]').textContent.includes('another')",
        PATIENCE,
    );
    assert_eq!(ada.eval("location.hash"), "");
    // The link opens the view, too.
    ada.click("#glass-close");
    ada.eval(&format!("location.hash = {link:?}"));
    ada.wait_for("document.querySelector('.frame-row[aria-selected=true]').textContent.includes('the linked one')", PATIENCE);
    assert!(text(&mut ada, "#glass-frame .frame-sentence").contains("You sent frame"));

    ada.eval("location.hash = '#frame=nonsense'");
    wait_for_words(&mut ada, "This link does not name a frame.");
    let unknown = link.replacen("-in-", "-in-999", 1);
    ada.eval(&format!("location.hash = {unknown:?}"));
    wait_for_words(&mut ada, "The frame is no longer here");
    // Choosing a frame ends that.
    ada.eval("document.querySelector('.frame-row').click()");
    ada.wait_for("document.querySelector('#glass-frame .frame')", PATIENCE);

    // After a reload nothing is in memory, and the connection is another one.
    ada.eval(&format!("location.hash = {link:?}"));
    ada.reload();
    ada.wait_for(IN_THE_ROOM, PATIENCE);
    wait_for_words(&mut ada, "which this page has not watched");
    assert_no_problems(&mut [("Ada", &mut ada)]);
}
