//! Moderation: who may mute, slow and kick whom, and what it does to them.

use std::time::Instant;

use serde_json::{Value, json};

use crate::harness::{CLASS_CODE, Chat, Frame, Guest, PATIENCE, Raw, Server, UNPACED, http, now};

fn say(text: &str) -> Value {
    json!({"type": "send", "room": "lobby", "text": text})
}

fn moderate(action: &str, user: &str) -> Value {
    json!({"type": "moderate", "action": action, "user": user})
}

/// `request` with more fields.
fn with(mut request: Value, fields: Value) -> Value {
    let fields = fields.as_object().unwrap().clone();
    request.as_object_mut().unwrap().extend(fields);
    request
}

fn in_lobby(action: &str, fields: Value) -> Value {
    with(
        json!({"type": "moderate", "action": action, "room": "lobby"}),
        fields,
    )
}

#[test]
fn nobody_can_moderate_themselves_or_an_equal_or_higher_role() {
    let server = Server::start(UNPACED);
    let roles = ["observer", "member", "moderator", "host"];
    let mut people = roles.map(|role| Chat::person(&server, &format!("A {role}"), role));
    let others = roles.map(|role| Chat::person(&server, &format!("Another {role}"), role));
    for (by, role) in roles.iter().enumerate() {
        for (whom, other) in others.iter().enumerate() {
            let may = by >= 2 && by > whom;
            for action in ["mute", "unmute"] {
                let answer = people[by].ask(moderate(action, &other.id));
                let code = answer["code"].as_str();
                let expected = (!may).then_some("forbidden");
                assert_eq!(code, expected, "{role} {action} {}", roles[whom]);
            }
        }
        let own = people[by].id.clone();
        for action in ["mute", "unmute", "kick"] {
            people[by].refused(moderate(action, &own), "forbidden");
        }
        let rules = [
            in_lobby("lock", json!({"on": false})),
            in_lobby("slow", json!({"seconds": 0})),
        ];
        for request in rules {
            assert_eq!(people[by].ask(request)["type"] == "ack", by >= 2, "{role}");
        }
        if *role != "host" {
            let end = json!({"type": "moderate", "action": "end_lesson", "seconds": 0});
            people[by].refused(end, "forbidden");
        }
    }
    // A member, who may moderate nobody, does not learn whether a user exists.
    people[1].refused(moderate("mute", "nobody"), "forbidden");
    people[2].refused(moderate("mute", "nobody"), "unknown_user");
}

#[test]
fn a_mute_names_moderator_reason_and_end_and_still_allows_whispers_to_the_host() {
    let server = Server::start("");
    let mut host = Chat::person(&server, "Ms Lin", "host");
    let mut second = Chat::person(&server, "Mr Wu", "moderator");
    let (mut ada, mut bob) = (Chat::member(&server, "Ada"), Chat::member(&server, "Bob"));
    let mute = with(
        moderate("mute", &ada.id),
        json!({"seconds": 60, "reason": "be\nkind"}),
    );
    host.granted(mute);
    for chat in [&mut ada, &mut host, &mut second] {
        let told = chat.expect("moderated");
        assert_eq!(told["action"], "mute");
        assert_eq!(told["target"]["name"], "Ada", "{told}");
        assert_eq!(told["by"]["name"], "Ms Lin", "{told}");
        assert_eq!(told["reason"], "be kind", "{told}");
        let until = told["until"].as_u64().unwrap() / 1000;
        assert!(until.abs_diff(now() + 60) <= 10, "{told}");
    }
    bob.expect_no("moderated");

    ada.refused(say("but"), "muted");
    ada.refused(json!({"type": "typing", "room": "lobby"}), "muted");
    bob.granted(say("she is quiet"));
    assert_eq!(ada.expect("message")["text"], "she is quiet");
    ada.granted(json!({"type": "whisper", "to": host.id, "text": "sorry"}));
    ada.granted(json!({"type": "whisper", "to": second.id, "text": "sorry"}));
    assert_eq!(host.expect("whisper")["text"], "sorry");

    second.granted(moderate("unmute", &ada.id));
    ada.granted(say("thank you"));
    assert_eq!(ada.expect("moderated")["action"], "unmute");
    bob.expect("message");
    ada.expect_no("error");
}

#[test]
fn newcomers_see_a_mute_and_it_ends_by_itself() {
    let server = Server::start(UNPACED);
    let mut host = Chat::person(&server, "Ms Lin", "host");
    let mut ada = Chat::member(&server, "Ada");
    host.granted(with(moderate("mute", &ada.id), json!({"seconds": 3})));
    let mut bob = Chat::connect(server.addr, &server.token("Bob", "member"));
    let joined = bob.expect("joined");
    let members = joined["members"].as_array().unwrap();
    let muted: Vec<_> = members.iter().filter(|m| m["muted"] == true).collect();
    assert_eq!(muted.len(), 1, "{joined}");
    assert_eq!(muted[0]["name"], "Ada", "{joined}");
    let until = Instant::now() + PATIENCE;
    let error = ada.refused(say("now?"), "muted");
    let wait = error["retry_after"].as_u64();
    assert!(wait.is_some_and(|s| (1..=3).contains(&s)), "{error}");
    while ada.ask(json!({"type": "typing", "room": "lobby"}))["type"] == "error" {
        assert!(Instant::now() < until, "muted for much too long");
    }
}

#[test]
fn a_mute_survives_reconnection_and_another_name_on_the_same_device() {
    let server = Server::start("");
    let mut host = Chat::person(&server, "Ms Lin", "host");
    let eve = Guest::join(&server, "Eve", None);
    let chat = eve.connect(&server);
    host.granted(moderate("mute", &chat.id));
    drop(chat);
    eve.connect(&server).refused(say("back"), "muted");
    let same = Guest::join(&server, "Eva", Some(&eve.device));
    assert_ne!(same.id, eve.id);
    same.connect(&server).refused(say("it is not me"), "muted");
    // Whoever has the name on another device may be somebody else, which those who lead decide.
    let mut other = Guest::join(&server, "Eve", None).connect(&server);
    other.refused(say("I am another Eve"), "muted");
    host.granted(moderate("unmute", &other.id));
    other.granted(say("I am another Eve"));
    // Unmuting also unmutes the device.
    host.granted(moderate("unmute", &eve.id));
    eve.connect(&server).granted(say("thank you"));
    same.connect(&server).granted(say("thank you"));
}

#[test]
fn a_kick_ends_every_connection_and_keeps_the_device_out() {
    let server = Server::start("");
    let mut host = Chat::person(&server, "Ms Lin", "host");
    let eve = Guest::join(&server, "Eve", None);
    let mut tabs = [eve.connect(&server), eve.connect(&server)];
    let mut alias = Guest::join(&server, "Eva", Some(&eve.device)).connect(&server);
    let kick = with(
        moderate("kick", &eve.id),
        json!({"seconds": 300, "reason": "shouting"}),
    );
    host.granted(kick);
    for chat in tabs.iter_mut().chain([&mut alias]) {
        let reason = chat.expect_close(4500);
        assert!(reason.starts_with("removed: "), "{reason}");
        assert!(reason.contains("shouting"), "{reason}");
    }
    let told = host.expect("moderated");
    let until = told["until"].as_u64().unwrap() / 1000;
    assert!(until.abs_diff(now() + 300) <= 10, "{told}");
    assert_eq!(told["reason"], "shouting");

    // The token is still valid, so that the server can say why it refuses. A page asks here first.
    let bearer = format!("Authorization: Bearer {}\r\n", eve.token);
    let session = http(server.addr, "GET", "/api/session", &bearer, "");
    assert_eq!(
        (session.status, &session.json()["error"]),
        (403, &json!("removed"))
    );
    let paths: &[&str] = match cfg!(feature = "full") {
        true => &["/ws", "/task/2"],
        false => &["/ws"],
    };
    for path in paths {
        let reason = Raw::upgrade(server.addr, path, &bearer).expect_close(4500);
        assert!(reason.contains("shouting"), "{reason}");
    }
    if cfg!(feature = "full") {
        let text = r#"{"experiment":"text"}"#;
        let lab = http(server.addr, "POST", "/api/lab", &bearer, text);
        assert_eq!((lab.status, &lab.json()["error"]), (403, &json!("removed")));
    }
    let again = Guest::try_join(&server, "Innocent", Some(&eve.device), CLASS_CODE);
    assert_eq!(
        (again.status, &again.json()["error"]),
        (403, &json!("removed"))
    );
    // The same name on another device may be another person, who reads until somebody decides.
    let mut other = Guest::join(&server, "Eve", None).connect(&server);
    other.refused(say("hello"), "muted");
    host.granted(moderate("unmute", &other.id));
    other.granted(say("hello"));
}

#[test]
fn a_kick_without_seconds_lasts_ten_minutes_and_a_short_one_ends() {
    let server = Server::start("");
    let mut host = Chat::person(&server, "Ms Lin", "host");
    let (mut ada, mut bob) = (Chat::member(&server, "Ada"), Chat::member(&server, "Bob"));
    for bad in [0, 604_801, u64::MAX] {
        let request = with(moderate("kick", &ada.id), json!({"seconds": bad}));
        host.refused(request, "bad_message");
    }
    host.granted(moderate("kick", &ada.id));
    ada.expect_close(4500);
    let until = host.expect("moderated")["until"].as_u64().unwrap() / 1000;
    assert!(until.abs_diff(now() + 600) <= 10, "{until}");
    host.granted(with(moderate("kick", &bob.id), json!({"seconds": 1})));
    bob.expect_close(4500);
    let until = Instant::now() + PATIENCE;
    let bearer = format!(
        "Authorization: Bearer {}\r\n",
        server.token("Bob", "member")
    );
    loop {
        let mut raw = Raw::upgrade(server.addr, "/ws", &bearer);
        if raw.read_frame().opcode == Frame::TEXT {
            break;
        }
        assert!(Instant::now() < until, "still kicked after the kick ended");
    }
}

#[test]
fn a_reason_of_any_length_fits_into_the_close() {
    let server = Server::start("");
    let mut host = Chat::person(&server, "Ms Lin", "host");
    let mut ada = Chat::member(&server, "Ada");
    let kick = |reason: &str| with(moderate("kick", &ada.id), json!({"reason": reason}));
    let too_long = kick(&"吵".repeat(201));
    let longest = kick(&"吵".repeat(200));
    host.refused(too_long, "too_long");
    host.granted(longest);
    let reason = ada.expect_close(4500);
    assert!(reason.len() <= 123 && reason.contains("吵吵吵"), "{reason}");
    let when = "removed: you may come back in 10 min: ";
    assert!(reason.starts_with(when), "{reason}");
}

#[test]
fn a_kick_leaves_other_people_at_the_same_address_alone() {
    let server = Server::start(UNPACED);
    let mut host = Chat::person(&server, "Ms Lin", "host");
    let guests: Vec<Guest> = (0..30)
        .map(|n| Guest::join(&server, &format!("Pupil {n}"), None))
        .collect();
    let mut chats: Vec<Chat> = guests.iter().map(|guest| guest.connect(&server)).collect();
    host.granted(moderate("kick", &chats[13].id));
    chats.remove(13).expect_close(4500);
    for (n, chat) in chats.iter_mut().enumerate() {
        assert_eq!(chat.granted(say(&format!("{n}")))["seq"], n + 1);
    }
    for (n, chat) in chats.iter_mut().enumerate() {
        assert_eq!(chat.so_far("message").len(), 28, "{n}");
        chat.expect_no("moderated");
    }
    // New people from that address still get in.
    Guest::join(&server, "Late", None)
        .connect(&server)
        .granted(say("sorry"));
}

#[test]
fn only_moderators_and_hosts_speak_in_a_locked_room_and_mutes_outlive_the_lock() {
    let server = Server::start(UNPACED);
    let mut host = Chat::person(&server, "Ms Lin", "host");
    let (mut ada, mut bob) = (Chat::member(&server, "Ada"), Chat::member(&server, "Bob"));
    host.granted(moderate("mute", &bob.id));
    host.granted(in_lobby("lock", json!({"on": true})));
    let told = ada.expect("moderated");
    assert_eq!(
        (&told["action"], &told["room"]),
        (&json!("lock"), &json!("lobby"))
    );
    assert_eq!(told["state"]["locked"], true, "{told}");
    ada.refused(say("hello?"), "locked");
    ada.refused(json!({"type": "typing", "room": "lobby"}), "locked");
    ada.granted(json!({"type": "whisper", "to": host.id, "text": "may I?"}));
    host.granted(say("listen"));
    assert_eq!(ada.expect("message")["text"], "listen");
    let mut late = Chat::connect(server.addr, &server.token("Late", "member"));
    assert_eq!(late.expect("joined")["state"]["locked"], true);

    host.granted(in_lobby("lock", json!({"on": false})));
    ada.granted(say("thank you"));
    bob.refused(say("me too"), "muted");
    host.refused(in_lobby("lock", json!({})), "bad_message");
    let nowhere = json!({"type": "moderate", "action": "lock", "room": "nowhere", "on": true});
    host.refused(nowhere, "unknown_room");
}

#[test]
fn slow_mode_counts_only_messages_after_it_was_set() {
    let server = Server::start(UNPACED);
    let mut host = Chat::person(&server, "Ms Lin", "host");
    let (mut ada, mut tab) = (Chat::member(&server, "Ada"), Chat::member(&server, "Ada"));
    ada.granted(say("before"));
    host.granted(in_lobby("slow", json!({"seconds": 30})));
    assert_eq!(ada.expect("moderated")["state"]["slow"], 30);
    let mut first = say("after");
    first["ref"] = json!("r");
    let ack = ada.granted(first.clone());
    // Slow mode applies to persons, not connections; a retry is not a second message.
    tab.refused(say("too soon"), "slow_mode");
    assert_eq!(tab.granted(first), ack);
    ada.refused(json!({"type": "typing", "room": "lobby"}), "slow_mode");
    host.granted(say("one"));
    host.granted(say("two"));
    host.refused(in_lobby("slow", json!({"seconds": 3601})), "bad_message");
    host.granted(in_lobby("slow", json!({"seconds": 0})));
    ada.granted(say("at last"));
    ada.granted(say("and again"));
}
