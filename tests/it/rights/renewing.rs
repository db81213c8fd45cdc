//! A connection that goes on with a token of other rights: what was asked for before, what others
//! see, and what the audit log says.

use serde_json::{Value, json};

use super::entry;
#[cfg(feature = "full")]
use super::{ROOMS, anywhere, with_token};
#[cfg(feature = "full")]
use crate::harness::Frame;
use crate::harness::{Chat, Server};

fn auth(token: &str) -> Value {
    json!({"type": "auth", "token": token})
}

#[test]
fn the_name_of_a_host_is_theirs_when_they_become_one() {
    for role in ["host", "moderator"] {
        let server = Server::start("[presence]\ntick = \"10ms\"\n");
        let mut guest = Chat::connect(
            server.addr,
            &server.token_with("Guest", "member", json!({"name": "Ms Lin"})),
        );
        assert_eq!(guest.expect("welcome")["you"]["name"], "Ms Lin");
        let mut lin = Chat::person(&server, "Ms Lin", "member");
        assert_eq!(lin.expect("welcome")["you"]["name"], "Ms Lin 2");
        let mut bo = Chat::member(&server, "Bo");
        bo.so_far("presence");
        lin.granted(auth(&server.token("Ms Lin", role)));
        let mut witness = Chat::connect(server.addr, &server.token("Witness", "member"));
        let joined = witness.expect("joined");
        assert_eq!(entry(&joined, &lin.id)["name"], "Ms Lin", "{role}");
        assert_ne!(entry(&joined, &guest.id)["name"], "Ms Lin", "{role}");
        // Those who are there already hear of both.
        let mut names = std::collections::HashMap::new();
        while names.get(&guest.id).is_none_or(|name| name == "Ms Lin")
            || names.get(&lin.id).is_none_or(|name| name != "Ms Lin")
        {
            let presence = bo.expect("presence");
            for person in presence["joined"].as_array().unwrap() {
                let text = |key: &str| person[key].as_str().unwrap().to_owned();
                names.insert(text("id"), text("name"));
            }
        }
        // What they say now carries the new name, and a lower token takes it from nobody.
        lin.granted(json!({"type": "send", "room": "lobby", "text": "hello"}));
        assert_eq!(witness.expect("message")["from"]["name"], "Ms Lin");
        lin.granted(auth(&server.token("Ms Lin", "member")));
        lin.granted(json!({"type": "send", "room": "lobby", "text": "hello"}));
        assert_eq!(witness.expect("message")["from"]["name"], "Ms Lin");
    }
}

#[test]
fn a_token_that_is_refused_changes_no_name() {
    let server = Server::start("");
    let mut guest = Chat::member(&server, "Ms Lin");
    let mut eve = Chat::member(&server, "Eve");
    let host = server.token_with("Ada", "host", json!({"name": "Ms Lin"}));
    eve.refused(auth(&host), "unauthorized");
    eve.granted(json!({"type": "send", "room": "lobby", "text": "hello"}));
    assert_eq!(guest.expect("message")["from"]["name"], "Eve");
    guest.granted(json!({"type": "send", "room": "lobby", "text": "hello"}));
    assert_eq!(eve.expect("message")["from"]["name"], "Ms Lin");
}

/// What was said in a room goes to nobody who is no longer in it when the store has read it. Both
/// requests are in one packet, so the second one is served before the store answers the first.
#[cfg(feature = "full")]
#[test]
fn a_page_that_was_asked_for_is_not_sent_to_somebody_who_is_out_of_the_room() {
    let server = Server::start(ROOMS);
    let mut ann = anywhere(&server, "Ann", "member", &["lobby", "b"]);
    ann.granted(super::say("b", "for those in b alone"));
    let narrow = server.token_with("Bo", "member", json!({"rooms": ["lobby"]}));
    let page = json!({"type": "history", "room": "b", "ref": "page"});
    let search = json!({"type": "search", "room": "b", "query": "alone", "ref": "found"});
    let leave = json!({"type": "leave", "room": "b"});
    for way_out in [auth(&narrow), leave] {
        for question in [&page, &search] {
            let mut bo = anywhere(&server, "Bo", "member", &["lobby", "b"]);
            let both = [question, &way_out];
            let both = both.map(|request| Frame::text(&request.to_string()).encode());
            bo.raw.send(&both.concat());
            let answer = loop {
                let message = bo.next();
                if message["ref"] == question["ref"] {
                    break message;
                }
            };
            assert_eq!(answer["code"], "not_in_room", "{answer}");
            // Whoever is in the room gets it.
            let mut there = anywhere(&server, "Bo", "member", &["b"]);
            there.send(question.clone());
            let kind = match &question["type"] == "search" {
                true => "found",
                false => "history",
            };
            let words = there.expect(kind).to_string();
            assert!(words.contains("for those in b alone"), "{words}");
        }
    }
}

#[cfg(feature = "full")]
#[test]
fn who_becomes_a_host_on_an_open_connection_is_in_the_audit_log() {
    let mut server = Server::start(ROOMS);
    let mut lin = anywhere(&server, "Lin", "member", &["lobby"]);
    let mut kim = with_token(&server, "Kim", "member", json!(["b"]), &["b"]);
    let mut eve = anywhere(&server, "Eve", "member", &["lobby"]);
    for _ in 0..3 {
        lin.granted(auth(&server.token("Lin", "host")));
        lin.granted(auth(&server.token("Lin", "member")));
    }
    kim.granted(auth(&server.token_with(
        "Kim",
        "moderator",
        json!({"rooms": ["b"]}),
    )));
    // It is somebody else's, so it was no login.
    eve.refused(auth(&server.token("Max", "host")), "unauthorized");
    let again = Chat::person(&server, "Lin", "host");
    drop((lin, kim, eve, again));
    server.stop();
    let logins: Vec<[String; 5]> = crate::harness::audit(&server)
        .into_iter()
        .filter(|[action, ..]| action.ends_with("_login"))
        .collect();
    let logins: Vec<(&str, &str)> = logins
        .iter()
        .map(|[action, by, ..]| (&**action, &**by))
        .collect();
    assert_eq!(logins, [("host_login", "Lin"), ("moderator_login", "Kim")]);
}
