//! Mutes, removals and bans: over a restart, and at the end of a lesson.

use serde_json::{Value, json};

use crate::harness::{CLASS_CODE, Chat, Guest, Raw, Server, UNPACED};

fn moderate(action: &str, user: &str, more: Value) -> Value {
    let mut request = json!({"type": "moderate", "action": action, "user": user});
    let more = more.as_object().unwrap().clone();
    request.as_object_mut().unwrap().extend(more);
    request
}

/// Who is in one of the lists of `sanctions`.
fn names(host: &mut Chat, list: &str) -> Vec<String> {
    host.granted(json!({"type": "sanctions"}));
    let lists = host.so_far("sanctions");
    let list = lists.last().unwrap()[list].as_array().unwrap();
    let name = |entry: &Value| entry["user"]["name"].as_str().unwrap().to_owned();
    list.iter().map(name).collect()
}

#[test]
fn what_was_acknowledged_binds_after_a_kill() {
    let mut server = Server::start(UNPACED);
    let host = |server: &Server| {
        let token = server.token_with("Ms Lin", "host", json!({"sub": "lin"}));
        Chat::connect(server.addr, &token)
    };
    let token = |server: &Server, name: &str| {
        server.token_with(name, "member", json!({"sub": name.to_lowercase()}))
    };
    let mut lin = host(&server);
    let mut ids = Vec::new();
    for (name, action) in [("Ann", "mute"), ("Bo", "kick"), ("Cy", "ban")] {
        let person = Chat::connect(server.addr, &token(&server, name));
        lin.granted(moderate(action, &person.id, json!({"reason": "noise"})));
        ids.push(person.id.clone());
    }
    server.kill();
    server.start_again();

    let mut lin = host(&server);
    assert_eq!(names(&mut lin, "mutes"), ["Ann"]);
    assert_eq!(names(&mut lin, "kicks"), ["Bo"]);
    assert_eq!(names(&mut lin, "bans"), ["Cy"]);
    let mut ann = Chat::connect(server.addr, &token(&server, "Ann"));
    ann.refused(
        json!({"type": "send", "room": "lobby", "text": "hello"}),
        "muted",
    );
    let closed = |server: &Server, name: &str, code: u16| {
        let bearer = format!("Authorization: Bearer {}\r\n", token(server, name));
        Raw::upgrade(server.addr, "/ws", &bearer).expect_close(code)
    };
    assert_eq!(
        closed(&server, "Bo", 4500),
        "removed: you may come back in 10 min: noise"
    );
    let reason = "banned: until the teacher lets you in again: noise";
    assert_eq!(closed(&server, "Cy", 4501), reason);

    // They are found by the ids of before, although none of them was here since.
    lin.granted(moderate("unmute", &ids[0], json!({})));
    lin.granted(moderate("unkick", &ids[1], json!({})));
    lin.granted(moderate("unban", &ids[2], json!({})));
    server.kill();
    server.start_again();
    let mut lin = host(&server);
    for list in ["mutes", "kicks", "bans"] {
        assert_eq!(names(&mut lin, list), [""; 0], "{list}");
    }
    for name in ["Ann", "Bo", "Cy"] {
        let mut chat = Chat::connect(server.addr, &token(&server, name));
        chat.granted(json!({"type": "send", "room": "lobby", "text": "back"}));
    }
}

#[test]
fn what_binds_a_device_is_over_with_the_lesson() {
    let server = Server::start(UNPACED);
    let mut lin = Chat::person(&server, "Ms Lin", "host");
    let device = "0123456789abcdef0123456789abcdef";
    let bo = Guest::join(&server, "Bo", Some(device)).connect(&server);
    let cy = Chat::person(&server, "Cy", "member");
    lin.granted(moderate("ban", &bo.id, json!({})));
    lin.granted(moderate("ban", &cy.id, json!({"seconds": 3600})));
    assert_eq!(names(&mut lin, "bans"), ["Cy", "Bo"]);
    let refused = Guest::try_join(&server, "Bobby", Some(device), CLASS_CODE);
    assert_eq!(refused.status, 403);
    assert_eq!(refused.json()["message"], "banned: until the lesson ends");
    lin.granted(json!({"type": "moderate", "action": "end_lesson", "seconds": 0}));
    lin.granted(json!({"type": "moderate", "action": "start_lesson"}));
    assert_eq!(names(&mut lin, "bans"), ["Cy"]);
    let code = lin.so_far("lesson").pop().unwrap();
    let code = code["class_code"].as_str().unwrap();
    Guest::join_with(&server, "Di", Some(device), code);
}

/// Starts the server again, after it was stopped or, with `kill`, without a chance to store anything.
fn begin_anew(server: &mut Server, kill: bool) {
    if kill {
        server.kill();
    } else {
        server.stop();
    }
    server.start_again();
}

#[test]
fn the_end_that_is_shown_is_the_same_after_a_restart_and_after_a_kill() {
    let mut server = Server::start(UNPACED);
    let ends = |lin: &mut Chat| -> Vec<u64> {
        lin.granted(json!({"type": "sanctions"}));
        let lists = lin.expect("sanctions");
        let all = ["mutes", "kicks", "bans"].map(|list| lists[list][0]["until"].as_u64());
        all.map(Option::unwrap).into()
    };
    let mut lin = Chat::person(&server, "Ms Lin", "host");
    for (name, action) in [("Ann", "mute"), ("Bo", "kick"), ("Cy", "ban")] {
        let person = Chat::member(&server, name);
        lin.granted(moderate(action, &person.id, json!({"seconds": 3600})));
    }
    let before = ends(&mut lin);
    for kill in [false, true] {
        begin_anew(&mut server, kill);
        let after = ends(&mut Chat::person(&server, "Ms Lin", "host"));
        for (before, after) in before.iter().zip(&after) {
            assert!(before.abs_diff(*after) <= 1000, "{before} and {after}");
        }
    }
}

#[test]
fn slow_mode_counts_on_after_a_restart() {
    let mut server = Server::start(UNPACED);
    let say = || json!({"type": "send", "room": "lobby", "text": "again"});
    let guest = Guest::join(&server, "Bo", None);
    let mut lin = Chat::person(&server, "Ms Lin", "host");
    let slow = |seconds: u64| json!({"type": "moderate", "action": "slow", "room": "lobby", "seconds": seconds});
    let mut ann = Chat::member(&server, "Ann");
    ann.granted(say());
    lin.granted(slow(600));
    let mut bo = guest.connect(&server);
    bo.granted(say());
    lin.granted(say());
    for kill in [false, true] {
        begin_anew(&mut server, kill);
        let refusal = guest.connect(&server).refused(say(), "slow_mode");
        let wait = refusal["retry_after"].as_u64().unwrap();
        assert!((500..=600).contains(&wait), "{refusal}");
        // A new name on the same device is no new allowance.
        guest.connect(&server);
        let other = Guest::join(&server, "Bobby", Some(&guest.device));
        other.connect(&server).refused(say(), "slow_mode");
        Chat::person(&server, "Ms Lin", "host").granted(say());
    }
    // What she said before slow mode was set does not count.
    let mut ann = Chat::member(&server, "Ann");
    ann.granted(say());
    ann.refused(say(), "slow_mode");
    // Another pause counts from when it is set.
    let mut lin = Chat::person(&server, "Ms Lin", "host");
    lin.granted(slow(300));
    server.kill();
    server.start_again();
    let mut bo = guest.connect(&server);
    bo.granted(say());
    bo.refused(say(), "slow_mode");
}
