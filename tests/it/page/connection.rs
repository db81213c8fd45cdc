//! The connection of the page: what it does when the server, or the way there, does not answer as wished.

use serde_json::json;

use super::{join, say, wait_for_entry, wait_for_words};
use crate::cdp::{Browser, Page};
use crate::harness::{Chat, Server};

/// The token of whoever has joined in this page.
#[track_caller]
pub fn token(page: &mut Page) -> String {
    let token = page.eval("localStorage.getItem('glassroom.token')");
    token.as_str().expect("a token").to_owned()
}

#[test]
fn a_room_that_is_refused_for_the_moment_opens_by_itself_and_nothing_is_lost() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let server = Server::start("[limits]\nburst = 30\nmessages_per_second = 4.0");
    let mut ada = join(&mut browser, &server, "Ada");
    // The same person elsewhere spends it all, and five seconds more.
    let mut other = Chat::connect_to(server.addr, "/ws?join=lobby", &token(&mut ada));
    let page = json!({"type": "history", "room": "lobby"});
    while other.ask(page.clone())["retry_after"].as_u64() < Some(5) {}

    ada.reload();
    wait_for_words(&mut ada, "This room opens by itself in");
    say(&mut ada, "patience");
    wait_for_entry(&mut ada, ".own[data-state=pending]", "patience");
    wait_for_entry(&mut ada, ".own[data-state=saved]", "patience");
}
