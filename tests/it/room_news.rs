//! What people are told of rooms where they are not, and since when somebody is in a room.

use serde_json::{Value, json};

use crate::harness::{Chat, Server, UNPACED, now};

fn say(room: &str, text: &str) -> Value {
    json!({"type": "send", "room": room, "text": text})
}

fn join(chat: &mut Chat, room: &str) {
    chat.granted(json!({"type": "join", "room": room}));
}

/// Reads `rooms` until one says of `room` that so many are there and so much was said since.
fn heard(chat: &mut Chat, room: &str, count: u64, said: u64) {
    loop {
        let news = chat.expect("rooms");
        let mut rooms = news["rooms"].as_array().unwrap().iter();
        let found = rooms.find(|news| news["name"] == room);
        if found.is_some_and(|news| news["count"] == count && news["said"] == said) {
            return;
        }
    }
}

#[test]
fn people_hear_that_something_was_said_in_rooms_where_they_may_be_and_are_not() {
    let server = Server::start(&format!(
        "{UNPACED}[rooms]\nlist = [\"lobby\", \"group-a\"]\ncreate = \"all\"\n"
    ));
    let listen = |name: &str, more: Value| {
        let token = server.token_with(name, "member", more);
        let mut chat = Chat::connect_to(server.addr, "/ws?rooms=", &token);
        chat.expect("joined");
        chat
    };
    let mut ann = listen("Ann", json!({}));
    let mut cy = listen("Cy", json!({"rooms": ["lobby"]}));
    let mut bo = listen("Bo", json!({}));
    let mut di = Chat::member(&server, "Di");
    join(&mut bo, "group-a");
    bo.granted(say("group-a", "one"));
    bo.granted(json!({"type": "react", "room": "group-a", "seq": 1, "emoji": "👍"}));
    bo.granted(say("group-a", "two"));
    heard(&mut ann, "group-a", 1, 2);
    // A room of which nobody heard before, and which is empty until something is said.
    join(&mut bo, "den");
    bo.granted(json!({"type": "leave", "room": "group-a"}));
    heard(&mut ann, "group-a", 0, 2);
    bo.granted(say("den", "here"));
    heard(&mut ann, "den", 1, 1);
    di.granted(say("lobby", "bye"));
    bo.granted(json!({"type": "leave", "room": "lobby"}));
    heard(&mut bo, "lobby", 3, 1);
    cy.expect_no("rooms"); // may not enter those rooms
    di.expect_no("rooms"); // did not ask
}

#[test]
fn a_person_is_in_a_room_since_their_first_connection_came() {
    let server = Server::start(UNPACED);
    let before = now() * 1000;
    let mut ann = Chat::member(&server, "Ann");
    let first = ann.expect("presence")["joined"][0]["since"]
        .as_u64()
        .unwrap();
    assert!(
        (before..before + 60_000).contains(&first),
        "{first} and {before}"
    );
    let mut again = Chat::connect(server.addr, &server.token("Ann", "member"));
    let joined = again.expect("joined");
    assert_eq!(joined["members"][0]["since"], first);
    assert!(joined["members"][0]["since"].is_u64());
}
