//! `POST /api/send`: a program without a connection says something, under the rules that hold for everybody.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::{Chat, Response, Server, UNPACED, http};

#[track_caller]
fn post(server: &Server, token: &str, body: &Value) -> Response {
    let bearer = format!("Authorization: Bearer {token}\r\n");
    http(server.addr, "POST", "/api/send", &bearer, &body.to_string())
}

#[track_caller]
fn posted(server: &Server, token: &str, body: &Value) -> Value {
    let response = post(server, token, body);
    assert_eq!(response.status, 201, "{}", response.text());
    response.json()
}

/// The status, the slug, and what `Retry-After` says.
#[track_caller]
fn refused(server: &Server, token: &str, body: &Value) -> (u16, String, Option<u64>) {
    let response = post(server, token, body);
    let after = response.header("retry-after").map(|s| s.parse().unwrap());
    let error = response.json()["error"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    (response.status, error, after)
}

fn hello(text: &str) -> Value {
    json!({"room": "lobby", "text": text})
}

fn room_rule(action: &str, more: &Value) -> Value {
    let mut request = json!({"type": "moderate", "action": action, "room": "lobby"});
    let fields = more.as_object().unwrap().clone();
    request.as_object_mut().unwrap().extend(fields);
    request
}

#[test]
fn what_a_program_posts_is_heard_by_all_and_nobody_sees_it_come_or_go() {
    let server = Server::start(UNPACED);
    let mut bo = Chat::member(&server, "Bo");
    let token = server.token("Dice", "member");
    let ack = posted(&server, &token, &hello("You threw a 3."));
    let heard = bo.expect("message");
    assert_eq!(heard["text"], "You threw a 3.");
    assert_eq!(heard["from"]["name"], "Dice");
    assert_eq!(ack["room"], "lobby");
    assert_eq!((&ack["seq"], &ack["at"]), (&heard["seq"], &heard["at"]));
    let reply = json!({"room": "lobby", "text": "And a 4.", "reply_to": heard["seq"]});
    posted(&server, &token, &reply);
    let answer = bo.expect("message");
    assert_eq!(answer["reply_to"], heard["seq"]);
    // If Dice had come, it would be in a `presence` with Cy, or in one before.
    let _cy = Chat::member(&server, "Cy");
    loop {
        let came = bo.expect("presence")["joined"].to_string();
        assert!(!came.contains("Dice"), "{came}");
        if came.contains("Cy") {
            return;
        }
    }
}

#[cfg(feature = "full")]
#[test]
fn a_post_that_is_repeated_with_its_ref_appears_once_and_survives_a_restart() {
    let mut server = Server::start(UNPACED);
    let token = server.token("Dice", "member");
    let with_ref = |text: &str| json!({"room": "lobby", "text": text, "ref": "throw-1"});
    let first = posted(&server, &token, &with_ref("3"));
    assert_eq!(posted(&server, &token, &with_ref("3")), first);
    let (status, error, _) = refused(&server, &token, &with_ref("4"));
    assert_eq!((status, &*error), (409, "ref_reused"));
    server.kill();
    server.start_again();
    assert_eq!(posted(&server, &token, &with_ref("3"))["seq"], first["seq"]);
    // Two posts without a `ref` are two messages.
    let two = [(); 2].map(|()| posted(&server, &token, &hello("3"))["seq"].clone());
    assert_ne!(two[0], two[1]);
}

#[test]
fn every_rule_of_the_room_holds_for_a_post() {
    let server = Server::start(UNPACED);
    let mut host = Chat::person(&server, "Ms Lin", "host");
    let token = server.token("Dice", "member");
    let first = posted(&server, &token, &hello("one"));
    let by = host.expect("message")["from"]["id"].clone();

    host.granted(room_rule("lock", &json!({"on": true})));
    let locked = refused(&server, &token, &hello("two"));
    assert_eq!(locked, (403, "locked".into(), None));
    // Those who lead may still post.
    posted(
        &server,
        &server.token("Ms Lin", "host"),
        &hello("Quiet, please."),
    );
    host.granted(room_rule("lock", &json!({"on": false})));

    host.granted(room_rule("slow", &json!({"seconds": 60})));
    posted(&server, &token, &hello("three"));
    let (status, error, after) = refused(&server, &token, &hello("four"));
    assert_eq!((status, &*error), (429, "slow_mode"));
    assert!((1..=60).contains(&after.unwrap()), "{after:?}");
    host.granted(room_rule("slow", &json!({"seconds": 0})));

    host.granted(room_rule("approve", &json!({"on": true})));
    let waits = post(&server, &token, &hello("five"));
    assert_eq!(waits.status, 202, "{}", waits.text());
    assert_eq!(host.expect("pending")["text"], "five");
    host.granted(room_rule("approve", &json!({"on": false})));

    let mute = json!({"type": "moderate", "action": "mute", "user": by, "seconds": 60});
    host.granted(mute);
    let (status, error, _) = refused(&server, &token, &hello("six"));
    assert_eq!((status, &*error), (403, "muted"));
    let ban = json!({"type": "moderate", "action": "ban", "user": by});
    host.granted(ban);
    let (status, error, _) = refused(&server, &token, &hello("seven"));
    assert_eq!((status, &*error), (403, "removed"));
    let said: Vec<Value> = host.search("lobby", "o");
    assert!(
        said.iter().all(|message| message["text"] != "two"),
        "{said:?} {first}"
    );
}

#[test]
fn what_is_wrong_with_a_post_is_said() {
    let server =
        Server::start("[rooms]\nlist = [\"lobby\", \"lab\"]\n[limits]\nmessages_per_second = 0\n");
    let token = server.token("Dice", "member");
    for (body, status, error) in [
        (json!({"room": "lobby"}), 400, "bad_message"),
        (json!({"room": "lobby", "text": ""}), 400, "bad_message"),
        (json!({"room": "lobby", "text": 3}), 400, "bad_message"),
        (
            json!({"room": "lobby", "text": "a", "to": "b"}),
            400,
            "bad_message",
        ),
        (
            json!({"type": "typing", "room": "lobby"}),
            400,
            "bad_message",
        ),
        (
            json!({"room": "lobby", "text": "a", "reply_to": 99}),
            404,
            "not_found",
        ),
        (json!({"room": "nowhere", "text": "a"}), 404, "unknown_room"),
        (
            json!({"room": "lobby", "text": "a", "ref": 3}),
            400,
            "bad_message",
        ),
        (
            json!({"room": "lobby", "text": "a".repeat(5000)}),
            413,
            "too_long",
        ),
    ] {
        let found = refused(&server, &token, &body);
        assert_eq!(found, (status, error.into(), None), "{body}");
    }
    let observer = refused(&server, &server.token("Eve", "observer"), &hello("a"));
    assert_eq!(observer, (403, "forbidden".into(), None));
    let elsewhere = server.token_with("Rae", "member", json!({"rooms": ["lab"]}));
    let (status, error, _) = refused(&server, &elsewhere, &hello("a"));
    assert_eq!((status, &*error), (403, "forbidden"));
    posted(&server, &elsewhere, &json!({"room": "lab", "text": "a"}));
    let (status, error, _) = refused(&server, "nonsense", &hello("a"));
    assert_eq!((status, &*error), (401, "token_invalid"));
    assert_eq!(http(server.addr, "POST", "/api/send", "", "{}").status, 401);
    assert_eq!(http(server.addr, "GET", "/api/send", "", "").status, 405);
}

#[test]
fn posts_count_against_the_rate_of_the_person() {
    let server = Server::start("[limits]\nmessages_per_second = 0.5\nburst = 3\n");
    let token = server.token("Dice", "member");
    let found: Vec<_> = (0..5)
        .map(|n| post(&server, &token, &hello(&n.to_string())))
        .collect();
    let last = found.last().unwrap();
    assert_eq!(last.status, 429, "{}", last.text());
    assert_eq!(last.json()["error"], "rate_limited");
    assert!(last.header("retry-after").is_some());
}

#[test]
fn many_posts_at_once_are_each_heard_once_and_close_no_tab_of_their_owner() {
    let server = Server::start(UNPACED);
    let token = server.token("Ms Lin", "host");
    let mut tabs: Vec<Chat> = (0..4).map(|_| Chat::connect(server.addr, &token)).collect();
    for tab in &mut tabs {
        tab.expect("joined");
    }
    thread::scope(|scope| {
        for worker in 0..4 {
            let (server, token) = (&server, &token);
            scope.spawn(move || {
                for n in 0..20 {
                    posted(server, token, &hello(&format!("{worker} {n}")));
                }
            });
        }
    });
    for tab in &mut tabs {
        let mut heard: Vec<String> = (0..80)
            .map(|_| tab.expect("message")["text"].as_str().unwrap().to_owned())
            .collect();
        heard.sort();
        heard.dedup();
        assert_eq!(heard.len(), 80);
    }
}

#[test]
fn a_ref_that_is_null_is_none_and_gets_its_answer_at_once() {
    let server = Server::start(UNPACED);
    let token = server.token("Dice", "member");
    let body = json!({"room": "lobby", "text": "3", "ref": null});
    let start = Instant::now();
    let ack = posted(&server, &token, &body);
    assert!(ack["ref"].is_string(), "{ack}");
    assert!(
        start.elapsed() < Duration::from_secs(4),
        "it waited for nothing"
    );
}

const TWO_CLASSES: &str = "[limits]\nmessages_per_second = 0\n\
    [rooms]\nlist = [\"alpha\", \"beta\"]\ndefault = \"alpha\"\n\
    [[classes]]\nname = \"A\"\nrooms = [\"alpha\"]\n[[classes]]\nname = \"B\"\nrooms = [\"beta\"]\n";

#[test]
fn those_who_lead_one_room_can_mute_who_only_posts_there() {
    let server = Server::start(TWO_CLASSES);
    let host = server.token_with("Ms Lin", "host", json!({"rooms": ["beta"]}));
    let mut host = Chat::connect_to(server.addr, "/ws?join=", &host);
    host.granted(json!({"type": "join", "room": "beta"}));
    let token = server.token("Dice", "member");
    let beta = json!({"room": "beta", "text": "a word"});
    posted(&server, &token, &beta);
    let id = host.expect("message")["from"]["id"].clone();
    host.granted(json!({"type": "moderate", "action": "mute", "user": id, "seconds": 60}));
    let (status, error, _) = refused(&server, &token, &beta);
    assert_eq!((status, &*error), (403, "muted"));
}

#[test]
fn between_two_lessons_only_those_who_lead_post() {
    let server = Server::start(TWO_CLASSES);
    let mut host = Chat::connect_to(server.addr, "/ws?join=", &server.token("Ms Lin", "host"));
    host.granted(json!({"type": "moderate", "action": "end_lesson", "class": "B"}));
    let beta = json!({"room": "beta", "text": "for the next class"});
    let (status, error, _) = refused(&server, &server.token("Dice", "member"), &beta);
    assert_eq!((status, &*error), (403, "no_lesson"));
    posted(&server, &server.token("Ms Lin", "host"), &beta);
    posted(
        &server,
        &server.token("Dice", "member"),
        &json!({"room": "alpha", "text": "here one runs"}),
    );
}
