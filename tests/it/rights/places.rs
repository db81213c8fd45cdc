//! A host of certain rooms moderates, mutes, removes, ends and sees codes there, and nowhere else.

use serde_json::{Value, json};

use super::{ROOMS, anywhere, join, lock, moderate, say, seen, with_token};
use crate::harness::{Chat, Server, http};

#[test]
fn a_mute_holds_in_the_rooms_of_the_one_who_imposed_it() {
    let server = Server::start(ROOMS);
    let mut host = with_token(&server, "Lin", "host", json!(["b"]), &["b"]);
    let mut chief = anywhere(&server, "Max", "host", &["b"]);
    let mut bo = anywhere(&server, "Bo", "member", &["lobby", "b"]);
    let user = json!({"user": bo.id});
    host.granted(moderate("mute", user.clone()));
    let told = bo.expect("moderated");
    assert_eq!(
        (&told["action"], &told["rooms"]),
        (&json!("mute"), &json!(["b"]))
    );
    bo.refused(say("b", "may I?"), "muted");
    bo.refused(json!({"type": "typing", "room": "b"}), "muted");
    bo.granted(say("lobby", "here I may"));
    assert_eq!(seen(&server, "b", &bo.id)["muted"], true);
    assert_eq!(seen(&server, "lobby", &bo.id)["muted"], Value::Null);
    // A mute everywhere is not lifted by somebody who leads one room.
    chief.granted(moderate("mute", user.clone()));
    bo.refused(say("lobby", "and here?"), "muted");
    host.refused(moderate("unmute", user.clone()), "forbidden");
    chief.granted(moderate("unmute", user.clone()));
    bo.granted(say("b", "thank you"));
    host.granted(moderate("mute", user.clone()));
    host.granted(moderate("unmute", user));
    bo.granted(say("b", "thank you too"));
}

#[test]
fn a_removal_holds_in_the_rooms_of_the_one_who_imposed_it() {
    let server = Server::start(ROOMS);
    let mut host = with_token(&server, "Lin", "host", json!(["b"]), &["b"]);
    let mut bo = anywhere(&server, "Bo", "member", &["lobby", "b"]);
    let mut only_there = with_token(&server, "Cy", "member", json!(["b"]), &["b"]);
    let mut never_there = anywhere(&server, "Di", "member", &["lobby"]);
    let kick = |chat: &Chat| moderate("kick", json!({"user": chat.id, "seconds": 60}));
    host.granted(kick(&bo));
    assert_eq!(bo.expect("moderated")["rooms"], json!(["b"]));
    bo.refused(say("b", "still here?"), "not_in_room");
    let refused = bo.refused(join("b"), "removed");
    assert!(
        refused["retry_after"]
            .as_u64()
            .is_some_and(|s| s > 50 && s <= 60),
        "{refused}"
    );
    bo.granted(say("lobby", "at least here"));
    bo.granted(join("c"));
    let mut again = anywhere(&server, "Bo", "member", &["lobby"]);
    again.refused(join("b"), "removed");
    host.refused(kick(&never_there), "forbidden");
    host.refused(
        moderate("mute", json!({"user": never_there.id})),
        "forbidden",
    );
    never_there.granted(join("b"));
    // A connection that may be nowhere else ends.
    host.granted(kick(&only_there));
    only_there.expect("moderated");
    assert!(only_there.expect_close(4500).starts_with("removed: "));
    let token = server.token_with("Cy", "member", json!({"rooms": ["b"]}));
    let mut turned_away = crate::harness::Raw::upgrade(
        server.addr,
        "/ws",
        &format!("Authorization: Bearer {token}\r\n"),
    );
    assert!(turned_away.expect_close(4500).starts_with("removed: "));
}

#[test]
fn a_host_of_one_room_rules_no_other_room_and_no_lesson() {
    let server = Server::start(ROOMS);
    let mut host = with_token(&server, "Lin", "host", json!(["b"]), &["b"]);
    let mut bo = anywhere(&server, "Bo", "member", &["lobby", "b"]);
    bo.granted(say("lobby", "one"));
    for request in [
        lock("lobby"),
        moderate("slow", json!({"room": "lobby", "seconds": 5})),
        moderate("pin", json!({"room": "lobby", "seq": 1})),
        json!({"type": "delete", "room": "lobby", "seq": 1}),
        json!({"type": "delete", "room": "lobby", "seq": 1, "purge": true}),
        json!({"type": "history", "room": "lobby"}),
        json!({"type": "search", "room": "lobby", "query": "one"}),
    ] {
        let refused = host.refused(request, "not_in_room");
        assert_eq!(refused["message"], "Your token is not for this room.");
    }
    host.refused(moderate("end_lesson", json!({"seconds": 0})), "forbidden");
    bo.granted(say("lobby", "two"));
    host.refused(join("a-new-room"), "forbidden");
}

#[test]
fn the_class_code_is_for_those_who_lead_every_room() {
    let server = Server::start(ROOMS);
    let mut host = with_token(&server, "Lin", "host", json!(["b"]), &["b"]);
    let mut chief = anywhere(&server, "Max", "host", &["b"]);
    // The same person, but not with this token.
    let mut second = with_token(&server, "Max", "host", json!(["b"]), &["b"]);
    assert!(chief.expect("welcome")["class_code"].is_string());
    for chat in [&mut host, &mut second] {
        let welcome = chat.expect("welcome");
        assert_eq!(welcome["class_code"], Value::Null, "{welcome}");
        assert_eq!(welcome["join_url"], Value::Null, "{welcome}");
    }
    chief.granted(moderate("end_lesson", json!({"seconds": 0})));
    chief.expect("lesson");
    host.expect_no("lesson");
    second.expect_no("lesson");
}

#[test]
fn the_lesson_ends_for_a_leaders_other_connection_that_does_not_lead() {
    let server = Server::start(ROOMS);
    let mut host = anywhere(&server, "Lin", "host", &["b"]);
    let mut member = anywhere(&server, "Lin", "member", &["lobby"]);
    host.granted(moderate("end_lesson", json!({"seconds": 0})));
    assert!(member.expect_close(4503).starts_with("lesson_ended"));
    host.granted(say("b", "good bye"));
}

#[test]
fn only_those_who_lead_there_hear_of_a_mute() {
    let server = Server::start(ROOMS);
    let mut host = with_token(&server, "Lin", "host", json!(["b"]), &["b"]);
    let mut colleague = with_token(&server, "Mo", "moderator", json!(["b", "c"]), &["b"]);
    let mut elsewhere = with_token(&server, "Ed", "host", json!(["c"]), &["c"]);
    let bo = anywhere(&server, "Bo", "member", &["b"]);
    host.granted(moderate("mute", json!({"user": bo.id})));
    assert_eq!(colleague.expect("moderated")["target"]["id"], *bo.id);
    elsewhere.expect_no("moderated");
    // The list is cut in the same way.
    for (chat, mutes) in [(&mut colleague, 1), (&mut elsewhere, 0)] {
        chat.granted(json!({"type": "sanctions"}));
        let list = chat.expect("sanctions");
        assert_eq!(
            list["mutes"].as_array().map(Vec::len),
            Some(mutes),
            "{list}"
        );
    }
}

#[test]
fn what_is_of_all_rooms_is_not_for_a_host_of_some() {
    let server = Server::start(ROOMS);
    let limited = server.token_with("Lin", "host", json!({"rooms": ["b"]}));
    let full = server.token("Max", "host");
    let get = |token: &str, path: &str| {
        let bearer = format!("Authorization: Bearer {token}\r\n");
        http(server.addr, "GET", path, &bearer, "")
    };
    let mut paths = vec!["/metrics", "/api/join.svg"];
    if cfg!(feature = "full") {
        paths.extend(["/api/tasks.csv", "/api/attendance.csv"]);
    }
    for path in paths {
        assert_eq!(get(&full, path).status, 200, "{path}");
        let refused = get(&limited, path);
        assert_eq!(refused.status, 403, "{path}");
        assert_eq!(refused.json()["error"], "other_room", "{path}");
    }
}

#[cfg(feature = "full")]
#[test]
fn a_token_for_some_rooms_shows_no_bytes_of_others() {
    use crate::harness::Raw;
    let server = Server::start(ROOMS);
    let post = |token: &str| {
        let bearer = format!("Authorization: Bearer {token}\r\n");
        http(server.addr, "POST", "/api/demo", &bearer, "").json()["token"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let limited = server.token_with("Lin", "host", json!({"rooms": ["b"]}));
    let full = server.token("Max", "host");
    let mut demo_anywhere = Chat::connect_to(server.addr, "/ws?join=", &post(&full));
    let mut demo_there = Chat::connect_to(server.addr, "/ws?join=", &post(&limited));
    let mut own_anywhere = anywhere(&server, "Lin", "member", &["lobby"]);
    let mut own_there = with_token(&server, "Lin", "member", json!(["b"]), &["b"]);
    let watch = |token: &str, chat: &mut Chat| {
        let connection = chat.expect("welcome")["connection"].clone();
        let path = format!("/lens?connection={}", connection.as_str().unwrap());
        Raw::upgrade(
            server.addr,
            &path,
            &format!("Authorization: Bearer {token}\r\n"),
        )
    };
    for chat in [&mut demo_anywhere, &mut own_anywhere] {
        let mut lens = watch(&limited, chat);
        assert!(lens.expect_close(4404).starts_with("unknown_connection"));
    }
    for chat in [&mut demo_there, &mut own_there] {
        let opened = watch(&limited, chat).read_json();
        assert_eq!(opened["type"], "opened", "{opened}");
    }
}
