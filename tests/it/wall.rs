//! The wall: a token for the screen that the class sees. What is not sent to it cannot be shown on it.

use serde_json::{Value, json};

use crate::harness::{CLASS_CODE, Chat, Guest, PATIENCE, Response, Server, UNPACED, http};

#[track_caller]
fn ask(server: &Server, token: &str, room: &str) -> Response {
    let bearer = format!("Authorization: Bearer {token}\r\n");
    let body = json!({"room": room}).to_string();
    http(server.addr, "POST", "/api/wall", &bearer, &body)
}

/// The wall of a room.
#[track_caller]
fn wall(server: &Server, room: &str) -> Chat {
    let made = ask(server, &server.token("Ms Lin", "host"), room);
    assert_eq!(made.status, 201, "{}", made.text());
    let token = made.json()["token"].as_str().unwrap().to_owned();
    let mut chat = Chat::connect(server.addr, &token);
    chat.expect("joined");
    chat
}

fn moderate(action: &str, more: Value) -> Value {
    let mut request = json!({"type": "moderate", "action": action});
    let more = more.as_object().unwrap().clone();
    request.as_object_mut().unwrap().extend(more);
    request
}

#[test]
fn those_who_lead_get_a_token_that_only_reads_one_room_and_the_code_if_they_may_have_it() {
    let server = Server::start("[rooms]\nlist = [\"lobby\", \"lab\"]\n");
    for (role, status) in [
        ("observer", 403),
        ("member", 403),
        ("moderator", 201),
        ("host", 201),
    ] {
        let made = ask(&server, &server.token("Ann", role), "lobby");
        assert_eq!(made.status, status, "{role}");
        if status == 201 {
            assert_eq!(made.json()["class_code"], CLASS_CODE, "{role}");
            let url = made.json()["join_url"].as_str().unwrap().to_owned();
            assert!(url.starts_with("http://"), "{url}");
        }
    }
    assert_eq!(
        http(server.addr, "POST", "/api/wall", "", "{\"room\":\"lobby\"}").status,
        401
    );
    // A token for certain rooms opens the wall of these, without the code that opens the others.
    let limited = server.token_with("Rae", "host", json!({"rooms": ["lab"]}));
    let refused = ask(&server, &limited, "lobby");
    assert_eq!(
        (refused.status, &refused.json()["error"]),
        (403, &json!("other_room"))
    );
    let made = ask(&server, &limited, "lab").json();
    assert!(
        made["token"].is_string() && made.get("class_code").is_none(),
        "{made}"
    );

    let mut lobby = wall(&server, "lobby");
    let welcome = lobby.expect("welcome");
    assert_eq!(welcome["you"]["role"], "observer");
    assert_eq!(
        welcome["rooms"].as_array().map(Vec::len),
        Some(1),
        "{welcome}"
    );
    lobby.refused(json!({"type": "join", "room": "lab"}), "forbidden");
    lobby.refused(
        json!({"type": "send", "room": "lobby", "text": "x"}),
        "forbidden",
    );
    lobby.refused(json!({"type": "whispers"}), "forbidden");
    lobby.refused(json!({"type": "reports"}), "forbidden");
    lobby.refused(json!({"type": "sanctions"}), "forbidden");
}

/// Nobody sits at a wall or at a demo connection.
#[test]
fn a_wall_and_a_demo_are_neither_counted_nor_listed_nor_in_the_attendance() {
    let server = Server::start(&format!("{UNPACED}[history]\npath = \"chat.db\"\n"));
    let token = server.token("Ms Lin", "host");
    let bearer = format!("Authorization: Bearer {token}\r\n");
    let mut host = Chat::connect(server.addr, &token);
    let _wall = wall(&server, "lobby");
    let demo = http(server.addr, "POST", "/api/demo", &bearer, "").json();
    let mut demo = Chat::connect(server.addr, demo["token"].as_str().unwrap());
    demo.expect("joined");
    demo.granted(json!({"type": "send", "room": "lobby", "text": "for all"}));
    assert_eq!(host.expect("message")["from"]["name"], "Demo");
    let mut ann = Chat::connect(server.addr, &server.token("Ann", "member"));
    let joined = ann.expect("joined");
    assert_eq!(joined["count"], 2, "{joined}");
    // In the attendance a person is the `user` of a row.
    let names = |people: &Value| -> Vec<String> {
        let people = people.as_array().unwrap().iter();
        let people = people.map(|it| it.get("user").unwrap_or(it));
        let mut names: Vec<String> = people
            .map(|it| it["name"].as_str().unwrap().into())
            .collect();
        names.sort_unstable();
        names
    };
    assert_eq!(names(&joined["members"]), ["Ann", "Ms Lin"]);
    drop(demo);
    // Ann came last: what is told of her is told of all who came.
    loop {
        let presence = host.expect("presence");
        for list in ["joined", "left"] {
            let told = names(&presence[list]);
            assert!(
                told.iter().all(|name| ["Ann", "Ms Lin"].contains(&&**name)),
                "{presence}"
            );
        }
        if names(&presence["joined"]).contains(&"Ann".into()) {
            break;
        }
    }
    let until = std::time::Instant::now() + PATIENCE;
    loop {
        let answer = http(server.addr, "GET", "/api/attendance", &bearer, "").json();
        if names(&answer["people"]).contains(&"Ann".into()) {
            assert_eq!(names(&answer["people"]), ["Ann", "Ms Lin"]);
            break;
        }
        assert!(std::time::Instant::now() < until, "{answer}");
    }
}

/// Everything that is not for all, each with a word that nothing public has.
#[test]
fn nothing_private_is_sent_to_the_wall() {
    let server = Server::start(&format!("{UNPACED}[rooms]\nwhisper = \"all\"\n"));
    let mut lin = Chat::person(&server, "Ms Lin", "host");
    let mut mo = Chat::person(&server, "Mo", "moderator");
    let mut ann = Chat::member(&server, "Ann");
    let bo = Guest::join(&server, "Bo", None);
    let mut here = bo.connect(&server);
    let mut wall = wall(&server, "lobby");

    let mut got = Vec::new();
    // Whispers between all kinds of people, and help.
    let to_ann = ann.id.clone();
    for (from, to) in [(&mut lin, &to_ann), (&mut mo, &bo.id), (&mut ann, &bo.id)] {
        from.granted(json!({"type": "whisper", "to": to, "text": "secret whisper"}));
    }
    ann.granted(json!({"type": "whisper", "to": "hosts", "room": "lobby", "text": "secret help"}));
    lin.granted(json!({"type": "whisper", "to": ann.id, "shared": true, "text": "secret answer"}));
    // Nobody whispers to the wall itself.
    let id = wall.id.clone();
    lin.refused(
        json!({"type": "whisper", "to": id, "text": "secret"}),
        "forbidden",
    );
    // A report.
    let said = here.granted(json!({"type": "send", "room": "lobby", "text": "public"}));
    let report =
        json!({"type": "report", "room": "lobby", "seq": said["seq"], "note": "secret note"});
    ann.granted(report);
    // What waits for approval, and what becomes of it.
    lin.granted(moderate("approve", json!({"room": "lobby", "on": true})));
    for decision in ["publish", "reject"] {
        let text = format!("secret until {decision}");
        let waits = ann.granted(json!({"type": "send", "room": "lobby", "text": text}));
        let early = wall.all_so_far();
        assert!(!early.iter().any(|m| m["text"] == text), "{early:?}");
        got.extend(early);
        mo.granted(moderate(
            decision,
            json!({"room": "lobby", "id": waits["pending"]}),
        ));
    }
    lin.granted(moderate("approve", json!({"room": "lobby", "on": false})));
    // An anonymous question, and its asker, who is muted.
    let asked =
        json!({"type": "hand", "room": "lobby", "up": true, "question": "why?", "anonymous": true});
    let hand = ann.granted(asked);
    lin.expect("asker");
    lin.granted(moderate(
        "mute",
        json!({"room": "lobby", "hand": hand["seq"], "reason": "secret mute"}),
    ));
    // Polls: sums go to those who lead until they are published.
    let poll =
        json!({"type": "poll", "room": "lobby", "question": "clear?", "choices": ["yes", "no"]});
    let poll = mo.granted(poll)["seq"].clone();
    here.granted(json!({"type": "vote", "room": "lobby", "poll": poll, "choices": [0]}));
    mo.expect("tally");
    got.extend(wall.all_so_far());
    mo.granted(moderate(
        "publish_poll",
        json!({"room": "lobby", "poll": poll}),
    ));
    // The door, sanctions, and who comes back after one.
    lin.granted(moderate("door", json!({"open": false})));
    lin.granted(moderate("door", json!({"open": true})));
    lin.granted(moderate(
        "mute",
        json!({"user": bo.id, "seconds": 60, "reason": "secret mute"}),
    ));
    lin.granted(moderate("unmute", json!({"user": bo.id})));
    lin.granted(moderate(
        "kick",
        json!({"user": bo.id, "reason": "secret kick"}),
    ));
    Guest::join(&server, "Bo", None).connect(&server);
    lin.expect("suspected");

    assert!(
        got.iter().all(|m| m["type"] != "tally"),
        "before it was published"
    );
    got.extend(wall.all_so_far());
    for message in &got {
        let kind = message["type"].as_str().unwrap();
        let public = [
            "welcome",
            "joined",
            "presence",
            "message",
            "state",
            "hand",
            "hands",
            "poll",
            "poll_published",
            "tally",
            "error",
            "ack",
            "typing",
        ];
        // What is done to the room or to the door, not to persons.
        let of_the_room = kind == "moderated"
            && ["approve", "door"].contains(&message["action"].as_str().unwrap());
        assert!(of_the_room || public.contains(&kind), "{message}");
        // By then it was published.
        let published = message["text"] == "secret until publish";
        let secret = message.to_string().contains("secret");
        assert!(published || !secret, "{message}");
        // The sums are for all now, but who has chosen what is not.
        assert!(
            message.get("voters").is_none() && message.get("missing").is_none(),
            "{message}"
        );
        assert!(kind != "hand" || message["user"].is_null(), "{message}");
        assert!(!message.to_string().contains(CLASS_CODE), "{message}");
    }
}

#[test]
fn the_wall_ends_with_the_lesson_and_with_whoever_opened_it() {
    let server = Server::start("");
    let mut lin = Chat::person(&server, "Ms Lin", "host");
    let max = server.token_with("Max", "host", json!({"sub": "max"}));
    let made = ask(&server, &max, "lobby").json();
    let token = made["token"].as_str().unwrap();
    let left = made["expires_at"].as_u64().unwrap() / 1000 - crate::harness::now();
    assert!(left <= 2 * 3600, "{left}");
    let mut wall = Chat::connect(server.addr, token);
    wall.expect("joined");
    lin.granted(moderate("end_lesson", json!({"seconds": 0})));
    wall.expect_close(4503);
    let bearer = format!("Authorization: Bearer {token}\r\n");
    let refused = http(server.addr, "GET", "/api/session", &bearer, "");
    assert_eq!(
        (refused.status, &refused.json()["error"]),
        (401, &json!("token_old_lesson"))
    );

    // Whoever opens the wall of the next lesson gets a token of that one.
    let made = ask(&server, &max, "lobby").json();
    let token = made["token"].as_str().unwrap().to_owned();
    Chat::connect(server.addr, &token).expect("joined");
    let revoked = server
        .command("revoke")
        .args(["--sub", "max"])
        .output()
        .unwrap();
    assert!(revoked.status.success(), "{revoked:?}");
    let bearer = format!("Authorization: Bearer {token}\r\n");
    let refused = http(server.addr, "GET", "/api/session", &bearer, "");
    assert_eq!(refused.json()["error"], "token_revoked");
}
