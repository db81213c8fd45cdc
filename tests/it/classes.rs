//! Several classes on one server: each has rooms, a code, a door and a lesson of its own.

use serde_json::{Value, json};

use crate::harness::{Chat, Guest, Server};

/// Two classes, and a room for those who are of neither.
const TWO: &str = "[join]\nenabled = true\n[rooms]\nlist = [\"staff\"]\ndefault = \"staff\"\n\
    [limits]\nmessages_per_second = 0\n\
    [[classes]]\nname = \"7a\"\nrooms = [\"a\", \"a-lab\"]\ncode = \"AAAA22\"\n\
    [[classes]]\nname = \"7b\"\nrooms = [\"b\"]\ncode = \"BBBB22\"\n";

fn moderate(action: &str, more: Value) -> Value {
    let mut request = json!({"type": "moderate", "action": action});
    if action == "end_lesson" && more.get("seconds").is_none() {
        request["seconds"] = json!(0);
    }
    let more = more.as_object().unwrap().clone();
    request.as_object_mut().unwrap().extend(more);
    request
}

fn say(room: &str, text: &str) -> Value {
    json!({"type": "send", "room": room, "text": text})
}

fn joining(server: &Server, code: &str) -> (u16, String) {
    let answer = Guest::try_join(server, "Newcomer", None, code);
    let slug = answer.json()["error"].as_str().unwrap_or("").to_owned();
    (answer.status, slug)
}

fn open() -> (u16, String) {
    (201, String::new())
}

fn no_lesson() -> (u16, String) {
    (403, "no_lesson".to_owned())
}

/// Somebody with the role in these rooms.
fn of_rooms(server: &Server, name: &str, role: &str, rooms: Value) -> Chat {
    let token = server.token_with(name, role, json!({"rooms": rooms}));
    Chat::connect(server.addr, &token)
}

fn refused_token(server: &Server, token: &str) -> String {
    let bearer = format!("Authorization: Bearer {token}\r\n");
    crate::harness::Raw::upgrade(server.addr, "/ws", &bearer).expect_close(1008)
}

#[test]
fn a_guest_is_in_the_rooms_of_their_class_alone() {
    let server = Server::start(TWO);
    let ann = Guest::join_with(&server, "Ann", None, "aaaa-22");
    let mut ann = Chat::connect(server.addr, &ann.token);
    let welcome = ann.expect("welcome");
    assert_eq!(welcome["default_room"], "a");
    let rooms = welcome["rooms"].as_array().unwrap().iter();
    let mut rooms: Vec<&str> = rooms.map(|room| room["name"].as_str().unwrap()).collect();
    rooms.sort_unstable();
    assert_eq!(rooms, ["a", "a-lab"]);
    assert_eq!(welcome.get("classes"), None);
    assert_eq!(ann.expect("joined")["room"], "a");
    ann.granted(say("a", "hello"));
    ann.granted(json!({"type": "join", "room": "a-lab"}));
    for room in ["b", "staff"] {
        ann.refused(json!({"type": "join", "room": room}), "forbidden");
    }
    let bo = Guest::join_with(&server, "Bo", None, "BBBB22");
    let mut bo = Chat::connect(server.addr, &bo.token);
    assert_eq!(bo.expect("joined")["room"], "b");
    bo.refused(json!({"type": "join", "room": "a"}), "forbidden");
    let narrow = json!({"class": "7a", "rooms": ["a-lab", "b"]});
    let mut narrow = Chat::connect(server.addr, &server.token_with("Cy", "member", narrow));
    assert_eq!(narrow.expect("joined")["room"], "a-lab");
    for room in ["a", "b"] {
        narrow.refused(json!({"type": "join", "room": room}), "forbidden");
    }
    // Of a class that is not there: nowhere.
    let gone = server.token_with("Di", "member", json!({"class": "8c"}));
    let mut gone = Chat::connect(server.addr, &gone);
    assert_eq!(gone.expect("welcome")["rooms"], json!([]));
    let void = server.token_with("Ed", "member", json!({"class": "8c", "lesson": 1}));
    assert!(refused_token(&server, &void).starts_with("Unauthorized: old_lesson"));
    assert_eq!(joining(&server, "CCCC22").1, "wrong_code");
}

#[test]
fn ending_the_lesson_of_one_class_leaves_the_other_connected() {
    let mut server = Server::start(TWO);
    let mut chief = Chat::person(&server, "Chief", "host");
    let mut lin = of_rooms(&server, "Ms Lin", "host", json!(["a", "a-lab"]));
    let mut wu = of_rooms(&server, "Mr Wu", "host", json!(["b"]));
    let ann = Guest::join_with(&server, "Ann", None, "AAAA22");
    let bo = Guest::join_with(&server, "Bo", None, "BBBB22");
    let (mut a, mut b) = (
        Chat::connect(server.addr, &ann.token),
        Chat::connect(server.addr, &bo.token),
    );
    a.granted(say("a", "in the first lesson"));
    b.granted(say("b", "in the first lesson"));

    lin.granted(moderate("end_lesson", json!({})));
    assert!(a.expect_close(4503).starts_with("lesson_ended"));
    b.granted(say("b", "still here"));
    b.expect_no("lesson_ended");
    let told = lin.expect("lesson");
    assert_eq!(
        (&told["class"], &told["runs"], &told["class_code"]),
        (&json!("7a"), &json!(false), &json!("AAAA22"))
    );
    assert_eq!(chief.expect("lesson")["class"], "7a");
    wu.expect_no("lesson");
    wu.expect_no("moderated");
    for again in [false, true] {
        if again {
            if !cfg!(feature = "full") {
                break;
            }
            server.kill();
            server.start_again();
            lin = of_rooms(&server, "Ms Lin", "host", json!(["a", "a-lab"]));
            assert_eq!(lin.expect("welcome")["lesson_runs"], false);
            wu = of_rooms(&server, "Mr Wu", "host", json!(["b"]));
            assert_eq!(wu.expect("welcome")["lesson_runs"], true);
        }
        assert_eq!(joining(&server, "AAAA22"), no_lesson());
        assert_eq!(joining(&server, "BBBB22"), open());
        assert!(refused_token(&server, &ann.token).starts_with("Unauthorized: old_lesson"));
        b = Chat::connect(server.addr, &bo.token);
        assert_eq!(b.expect("message")["text"], "in the first lesson");
    }
    lin.granted(moderate("start_lesson", json!({})));
    assert_eq!(joining(&server, "AAAA22"), open());
    let next = Guest::join_with(&server, "Ann", None, "AAAA22");
    let mut next = Chat::connect(server.addr, &next.token);
    assert_eq!(next.expect("joined")["room"], "a");
    next.expect_no("message");
    next.granted(say("a", "in the second lesson"));

    // Each closes the door of their own class.
    wu.granted(moderate("door", json!({"open": false})));
    assert_eq!(joining(&server, "BBBB22"), (403, "door_closed".to_owned()));
    assert_eq!(joining(&server, "AAAA22"), open());
    let told = lin.so_far("moderated");
    assert!(told.iter().all(|told| told["class"] == "7a"), "{told:?}");
    if cfg!(feature = "full") {
        let list = |chat: &mut Chat, room: &str| {
            chat.granted(json!({"type": "lessons", "room": room}));
            chat.expect("lessons")["lessons"].as_array().unwrap().len()
        };
        lin.granted(json!({"type": "join", "room": "a"}));
        wu.granted(json!({"type": "join", "room": "b"}));
        assert_eq!((list(&mut lin, "a"), list(&mut wu, "b")), (2, 1));
    }
}

#[test]
fn whoever_leads_several_classes_says_which() {
    let server = Server::start(TWO);
    let mut chief = Chat::person(&server, "Chief", "host");
    let welcome = chief.expect("welcome");
    assert_eq!(welcome["default_room"], "staff");
    assert_eq!(welcome.get("class_code"), None, "{welcome}");
    let class = |name: &str, rooms: Value, code: &str| json!({"name": name, "rooms": rooms, "class_code": code, "door_open": true, "lesson_runs": true});
    let expected = [
        class("7a", json!(["a", "a-lab"]), "AAAA22"),
        class("7b", json!(["b"]), "BBBB22"),
    ];
    assert_eq!(welcome["classes"], json!(expected));
    let actions = [
        ("door", json!({"open": false})),
        ("end_lesson", json!({})),
        ("start_lesson", json!({})),
        ("keep_lesson", json!({})),
    ];
    for (action, more) in &actions {
        chief.refused(moderate(action, more.clone()), "bad_message");
        let mut unknown = more.clone();
        unknown["class"] = json!("8c");
        chief.refused(moderate(action, unknown), "not_found");
    }
    // Somebody who leads another class, or only a part of this one, or nothing.
    let mut others = [
        of_rooms(&server, "Mr Wu", "host", json!(["b"])),
        of_rooms(&server, "Rae", "host", json!(["a"])),
        of_rooms(&server, "Kim", "member", json!(["a", "a-lab"])),
        Chat::person(&server, "Oz", "observer"),
    ];
    for other in &mut others {
        for (action, more) in &actions {
            let mut request = more.clone();
            request["class"] = json!("7a");
            other.refused(moderate(action, request), "forbidden");
        }
    }
    assert_eq!(joining(&server, "AAAA22"), open());
    chief.granted(moderate("door", json!({"open": false, "class": "7a"})));
    assert_eq!(joining(&server, "AAAA22").1, "door_closed");
    assert_eq!(joining(&server, "BBBB22"), open());
    let told = chief.expect("moderated");
    assert_eq!(
        (&told["class"], &told["open"]),
        (&json!("7a"), &json!(false))
    );
    chief.send(moderate(
        "end_lesson",
        json!({"class": "7b", "seconds": 600}),
    ));
    assert_eq!(chief.expect("lesson_ending")["class"], "7b");
    others[0].expect("lesson_ending");
    others[2].expect_no("lesson_ending");
    chief.granted(moderate("keep_lesson", json!({"class": "7b"})));
    assert_eq!(others[0].expect("lesson_kept")["class"], "7b");
    chief.granted(moderate("end_lesson", json!({"class": "7b"})));
    assert_eq!(joining(&server, "BBBB22"), no_lesson());
    assert_eq!(joining(&server, "AAAA22").1, "door_closed");
    // A server with one class has no names.
    let server = Server::start("");
    let mut host = Chat::person(&server, "Lin", "host");
    host.refused(
        moderate("door", json!({"open": false, "class": "7a"})),
        "not_found",
    );
    host.refused(
        moderate("door", json!({"open": false, "class": ""})),
        "not_found",
    );
}

#[test]
fn what_binds_the_device_of_a_guest_is_over_with_the_lesson_of_their_class() {
    let server = Server::start(TWO);
    let mut chief = Chat::person(&server, "Chief", "host");
    let device = "0123456789abcdef0123456789abcdef";
    let ann = Guest::join_with(&server, "Ann", Some(device), "AAAA22");
    drop(Chat::connect(server.addr, &ann.token).expect("joined"));
    chief.granted(moderate("ban", json!({"user": ann.id})));
    let refused = || Guest::try_join(&server, "Anna", Some(device), "AAAA22").json();
    assert_eq!(refused()["error"], "removed");
    chief.granted(moderate("end_lesson", json!({"class": "7b"})));
    chief.granted(moderate("start_lesson", json!({"class": "7b"})));
    assert_eq!(refused()["error"], "removed");
    chief.granted(moderate("end_lesson", json!({"class": "7a"})));
    chief.granted(moderate("start_lesson", json!({"class": "7a"})));
    Guest::join_with(&server, "Anna", Some(device), "AAAA22");
}

#[test]
#[cfg(feature = "full")]
fn a_download_has_the_lesson_of_each_class() {
    let server = Server::start(TWO);
    let mut chief = Chat::person(&server, "Chief", "host");
    chief.granted(say("staff", "among colleagues"));
    for (room, text) in [("a", "one in 7a"), ("b", "one in 7b")] {
        chief.granted(json!({"type": "join", "room": room}));
        chief.granted(say(room, text));
    }
    chief.granted(moderate("end_lesson", json!({"class": "7a"})));
    chief.granted(moderate("start_lesson", json!({"class": "7a"})));
    chief.granted(say("a", "two in 7a"));
    let everywhere = server.token("Chief", "host");
    let of_a = server.token_with("Ms Lin", "host", json!({"rooms": ["a", "a-lab"]}));
    let of_b = server.token_with("Mr Wu", "host", json!({"rooms": ["b"]}));
    let part = server.token_with("Rae", "host", json!({"rooms": ["a"]}));
    let get = |token: &str, query: &str| {
        let bearer = format!("Authorization: Bearer {token}\r\n");
        let path = format!("/api/transcript.txt{query}");
        let file = crate::harness::http(server.addr, "GET", &path, &bearer, "");
        let text = file.text();
        let said = ["one in 7a", "two in 7a", "one in 7b", "among colleagues"];
        let has: String = said
            .iter()
            .map(|said| if text.contains(said) { 'x' } else { '-' })
            .collect();
        (file.status, has)
    };
    for (token, query, status, has) in [
        (&everywhere, "", 200, "-xxx"),
        (&everywhere, "?lesson=all", 200, "xxxx"),
        (&everywhere, "?lesson=1", 400, "----"),
        (&everywhere, "?class=7a&lesson=1", 200, "x---"),
        (&everywhere, "?class=7a&lesson=2", 200, "-x--"),
        (&everywhere, "?class=7b&lesson=1", 200, "--x-"),
        (&everywhere, "?class=7b&lesson=2", 404, "----"),
        (&everywhere, "?room=a&lesson=1", 200, "x---"),
        (&everywhere, "?room=b&class=7b&lesson=1", 200, "--x-"),
        (&everywhere, "?class=7a", 200, "-x--"),
        (&everywhere, "?class=7a&lesson=all", 200, "xx--"),
        (&everywhere, "?class=8c", 404, "----"),
        (&of_a, "", 200, "-x--"),
        (&of_a, "?lesson=1", 200, "x---"),
        (&of_a, "?room=a&lesson=2", 200, "-x--"),
        (&of_a, "?lesson=3", 404, "----"),
        (&of_a, "?room=b", 403, "----"),
        (&of_a, "?class=7b", 403, "----"),
        (&of_b, "", 200, "--x-"),
        (&part, "", 403, "----"),
        (&part, "?class=7a", 403, "----"),
        (&part, "?room=a", 200, "-x--"),
    ] {
        assert_eq!(get(token, query), (status, has.to_owned()), "{query}");
    }
}

#[test]
fn a_link_of_a_class_makes_a_host_of_that_class_alone() {
    let server = Server::start(TWO);
    let made = server
        .command("link")
        .args(["--class", "7b"])
        .output()
        .unwrap();
    let printed = String::from_utf8(made.stdout).unwrap();
    let (_, ticket) = printed
        .lines()
        .next()
        .unwrap()
        .split_once("#host=")
        .unwrap();
    let ticket = ticket.split('&').next().unwrap();
    let body = json!({"ticket": ticket, "name": "Mr Wu"}).to_string();
    let host = crate::harness::http(server.addr, "POST", "/api/host", "", &body).json();
    let mut wu = Chat::connect(server.addr, host["token"].as_str().unwrap());
    wu.granted(say("b", "good morning"));
    wu.refused(json!({"type": "join", "room": "a"}), "forbidden");
    wu.granted(moderate("door", json!({"open": false})));
    assert_eq!(joining(&server, "BBBB22"), (403, "door_closed".to_owned()));
    assert_eq!(joining(&server, "AAAA22"), open());
    let unknown = server
        .command("link")
        .args(["--class", "8c"])
        .output()
        .unwrap();
    let said = String::from_utf8(unknown.stderr).unwrap();
    assert!(
        !unknown.status.success() && said.contains("7a, 7b"),
        "{said}"
    );
}

#[test]
fn whoever_stays_for_another_class_loses_the_rooms_of_the_one_that_ends() {
    let mut server = Server::start(TWO);
    let mut lin = of_rooms(&server, "Ms Lin", "host", json!(["a", "a-lab"]));
    let everywhere = server.token("Ann", "member");
    let some = server.token_with("Bo", "member", json!({"rooms": ["a", "b"]}));
    let wall = server.token_with("Wall", "observer", json!({"rooms": ["a", "b"]}));
    let aide = server.token_with("Mr Wu", "moderator", json!({"rooms": ["a", "b"]}));
    let come = |server: &Server, token: &str| {
        let mut chat = Chat::connect_to(server.addr, "/ws?join=", token);
        chat.expect("welcome");
        chat
    };
    let join = |room: &str| json!({"type": "join", "room": room});
    let mut people = [&everywhere, &some, &wall].map(|token| come(&server, token));
    let mut wu = come(&server, &aide);
    for chat in people.iter_mut().chain([&mut wu]) {
        chat.granted(join("b"));
        chat.granted(join("a"));
    }
    lin.granted(moderate("end_lesson", json!({})));
    for chat in &mut people {
        let told = chat.expect("moderated");
        assert_eq!(
            (&told["action"], &told["room"]),
            (&json!("end_lesson"), &json!("a"))
        );
        assert_eq!(told["reason"], "lesson_ended: thank you, goodbye");
        chat.refused(json!({"type": "history", "room": "a"}), "not_in_room");
        chat.granted(json!({"type": "history", "room": "b"}));
        chat.refused(join("a"), "no_lesson");
    }
    wu.granted(say("a", "among those who lead"));
    for chat in &mut people {
        chat.expect_no("message");
    }
    for chat in &mut people[..2] {
        chat.refused(say("a", "hello?"), "not_in_room");
        chat.granted(say("b", "still here"));
    }
    if cfg!(feature = "full") {
        server.kill();
        server.start_again();
        lin = of_rooms(&server, "Ms Lin", "host", json!(["a", "a-lab"]));
        people = [&everywhere, &some, &wall].map(|token| come(&server, token));
    }
    for chat in &mut people {
        chat.refused(join("a"), "no_lesson");
        chat.granted(join("b"));
    }
    lin.granted(moderate("start_lesson", json!({})));
    for chat in &mut people {
        chat.granted(join("a"));
    }
    people[0].granted(say("a", "good morning"));
}
