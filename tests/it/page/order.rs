//! Keeping order from the page: what a moderator types, and what is read by whom it concerns.

use super::{assert_no_problems, join, join_as_host, moderate, wait_for_words};
use crate::cdp::{Browser, PATIENCE};
use crate::harness::Server;

#[test]
fn a_reason_that_was_typed_is_still_there_when_the_server_refuses() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("");
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    let mut ada = join(&mut browser, &server, "Ada");
    // A message with a field that the server does not know: whatever its limits are, it refuses.
    host.eval(
        "window.send = WebSocket.prototype.send;
         WebSocket.prototype.send = function (text) { window.send.call(this, text.replace('reason', 'raison')); };",
    );
    moderate(&mut host, "Ada", "kick", "go for a walk");
    wait_for_words(&mut host, "The server did not accept this");
    let typed = "document.querySelector('#dialog-reason').value";
    assert_eq!(host.eval(typed), "go for a walk");

    host.eval("WebSocket.prototype.send = window.send;");
    host.click("#dialog-ok");
    host.wait_for("document.querySelector('#dialog').hidden", PATIENCE);
    wait_for_words(&mut ada, "go for a walk");
    assert_no_problems(&mut [("the host", &mut host), ("Ada", &mut ada)]);
}
