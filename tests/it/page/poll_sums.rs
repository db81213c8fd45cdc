//! The sums of a poll on the desk of those who lead.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use serde_json::json;

use super::polls::start;
use super::{assert_no_problems, join_as_host};
use crate::cdp::{Browser, PATIENCE};
use crate::harness::{Chat, Server, UNPACED};

/// The sums come before the ack where the disk is slow. Nothing is counted again for them.
#[test]
fn sums_that_come_before_the_ack_of_their_poll_are_shown_with_it() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let slow = format!("{UNPACED}[presence]\ntick = \"10ms\"\n[history]\ngather = \"100ms\"\n");
    let server = Server::start(&slow);
    let mut bo = Chat::member(&server, "Bo");
    let mut host = join_as_host(&mut browser, &server, "Ms Lin");
    // Each message is stored 100 ms after the one before, and the poll with the next of them.
    let talking = Arc::new(AtomicBool::new(true));
    let on = Arc::clone(&talking);
    let talk = std::thread::spawn(move || {
        while on.load(Relaxed) {
            bo.granted(json!({"type": "send", "room": "lobby", "text": "on and on"}));
        }
    });
    for poll in 1..=3 {
        start(&mut host, "letters", false);
        let missing = ".poll-open .poll-missing summary";
        let shown = format!("document.querySelectorAll('{missing}').length === {poll}");
        host.wait_for(&shown, PATIENCE);
        let words = "[...document.querySelectorAll('.poll-open .poll-missing summary')]
            .every((it) => it.innerText.includes('Not answered yet: 1'))";
        host.wait_for(words, PATIENCE);
    }
    talking.store(false, Relaxed);
    talk.join().expect("Bo");
    assert_no_problems(&mut [("the host", &mut host)]);
}
