//! Handshakes of the page that the server refuses: the protocol view shows what a browser hides.

use super::bits::text;
use super::glass::tab;
use crate::cdp::{Browser, PATIENCE};
use crate::harness::{CLASS_CODE, Chat, Server};

#[test]
fn a_refused_handshake_of_ones_own_is_seen_with_the_answer() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("[limits]\nconnections = 1\n");
    let _bo = Chat::member(&server, "Bo");
    let mut ada = browser.page();
    super::form::open(&mut ada, &server, "");
    ada.type_into("#join-name", "Ada");
    ada.type_into("#join-code", CLASS_CODE);
    ada.click("#join-submit");
    ada.wait_for("document.body.dataset.connection === 'waiting'", PATIENCE);
    ada.click("#glass-open");
    tab(&mut ada, "handshake");
    ada.wait_for(
        "document.querySelector('#glass .attempt .head-lines')",
        PATIENCE,
    );
    let shown = text(&mut ada, "#glass .attempt:first-of-type");
    assert!(shown.contains("refused with 503"), "{shown}");
    assert!(shown.contains("GET /ws?join="), "{shown}");
    assert!(
        shown.contains("HTTP/1.1 503 Service Unavailable"),
        "{shown}"
    );
    // The next attempt is seen without asking for it.
    ada.click("#status-now");
    ada.wait_for(
        "document.querySelectorAll('#glass .attempt').length >= 2",
        PATIENCE,
    );
}
