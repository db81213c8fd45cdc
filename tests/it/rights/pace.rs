//! Slow mode counts edits, and all names of one device; so does the flood limit.

use serde_json::{Value, json};

use super::{anywhere, moderate, say};
use crate::harness::{Chat, Guest, Server, UNPACED};

const EDITED: &str = "[history]\nedit_window = \"1h\"\n";

fn edit(seq: &Value, text: &str) -> Value {
    json!({"type": "edit", "room": "lobby", "seq": seq, "text": text})
}

fn slow(host: &mut Chat, seconds: u64) {
    host.granted(moderate(
        "slow",
        json!({"room": "lobby", "seconds": seconds}),
    ));
}

#[test]
fn an_edit_counts_as_speaking_in_slow_mode() {
    let server = Server::start(&format!("{UNPACED}{EDITED}"));
    let mut host = Chat::person(&server, "Max", "host");
    let mut bo = Chat::member(&server, "Bo");
    let before = bo.granted(say("lobby", "before"))["seq"].clone();
    slow(&mut host, 3600);
    // An edit is as good as a message.
    bo.granted(edit(&before, "in other words"));
    for request in [edit(&before, "and again"), say("lobby", "a message")] {
        let refused = bo.refused(request, "slow_mode");
        let wait = refused["retry_after"].as_u64().unwrap();
        assert!((3590..=3600).contains(&wait), "{refused}");
    }
    // A correction of what was just said has to wait, too.
    let mut cy = Chat::member(&server, "Cy");
    let said = cy.granted(say("lobby", "a tpyo"))["seq"].clone();
    cy.refused(edit(&said, "a typo"), "slow_mode");
    // Reactions have to wait as well. Hosts are free.
    let react = json!({"type": "react", "room": "lobby", "seq": said, "emoji": "👍"});
    cy.refused(react, "slow_mode");
    let own = host.granted(say("lobby", "mine"))["seq"].clone();
    host.granted(edit(&own, "still mine"));
    // With a token that does not lead, the same person is not.
    let mut member = anywhere(&server, "Max", "member", &["lobby"]);
    member.refused(say("lobby", "as a member"), "slow_mode");
    slow(&mut host, 0);
    cy.granted(edit(&said, "a typo"));
}

/// Many edits at once of a message that only the store has: each is checked when it is done.
#[test]
#[cfg(feature = "full")]
fn edits_that_wait_for_the_store_together_count_one_by_one() {
    let more = format!("{UNPACED}[history]\nmemory = 1\nedit_window = \"1h\"\n");
    let server = Server::start(&more);
    let mut host = Chat::person(&server, "Max", "host");
    let mut bo = Chat::member(&server, "Bo");
    let first = bo.granted(say("lobby", "first"))["seq"].clone();
    for n in 0..40 {
        host.granted(say("lobby", &format!("{n}")));
    }
    slow(&mut host, 3600);
    for n in 0..10 {
        let mut request = edit(&first, &format!("edit {n}"));
        request["ref"] = json!(format!("edit-{n}"));
        bo.send(request);
    }
    let mut granted = 0;
    let mut answers = 0;
    while answers < 10 {
        let message = bo.next();
        let edit = message["ref"]
            .as_str()
            .is_some_and(|r| r.starts_with("edit-"));
        answers += usize::from(edit);
        granted += usize::from(edit && message["type"] == "ack");
    }
    assert_eq!(granted, 1);
}

#[test]
fn all_names_of_a_device_share_slow_mode() {
    let server = Server::start(UNPACED);
    let mut host = Chat::person(&server, "Max", "host");
    let eve = Guest::join(&server, "Eve", None);
    let mut one = eve.connect(&server);
    let mut other = Guest::join(&server, "Not Eve", Some(&eve.device)).connect(&server);
    let mut stranger = Guest::join(&server, "Bo", None).connect(&server);
    slow(&mut host, 3600);
    let said = one.granted(say("lobby", "one"))["seq"].clone();
    other.refused(say("lobby", "two"), "slow_mode");
    one.refused(edit(&said, "three"), "slow_mode");
    stranger.granted(say("lobby", "somebody else"));
    // A name that is new on the device is not a new start.
    let mut third = Guest::join(&server, "Third", Some(&eve.device)).connect(&server);
    third.refused(say("lobby", "four"), "slow_mode");
}

#[test]
fn all_names_of_a_device_share_the_flood_limit() {
    let server = Server::start("[limits]\nmessages_per_second = 0.01\nburst = 6\n");
    let eve = Guest::join(&server, "Eve", None);
    let mut one = eve.connect(&server);
    let mut other = Guest::join(&server, "Not Eve", Some(&eve.device)).connect(&server);
    for n in 0..3 {
        one.granted(say("lobby", &format!("one {n}")));
        other.granted(say("lobby", &format!("other {n}")));
    }
    one.refused(say("lobby", "more"), "rate_limited");
    let mut stranger = Guest::join(&server, "Bo", None).connect(&server);
    stranger.granted(say("lobby", "mine"));
}
