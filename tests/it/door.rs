//! The door: closed, nobody joins with the class code, and those who have a token come and go.

use serde_json::{Value, json};

use crate::harness::{CLASS_CODE, Chat, Guest, Server, UNPACED};
use crate::links::{follow, link, secret};

fn door(open: bool) -> Value {
    json!({"type": "moderate", "action": "door", "open": open})
}

fn lesson(action: &str) -> Value {
    match action {
        "end_lesson" => json!({"type": "moderate", "action": action, "seconds": 0}),
        _ => json!({"type": "moderate", "action": action}),
    }
}

/// Status and slug of an attempt to join.
fn joining(server: &Server, name: &str) -> (u16, String) {
    let answer = Guest::try_join(server, name, None, CLASS_CODE);
    let slug = answer.json()["error"].as_str().unwrap_or("").to_owned();
    (answer.status, slug)
}

fn open() -> (u16, String) {
    (201, String::new())
}

fn closed() -> (u16, String) {
    (403, "door_closed".to_owned())
}

/// What somebody who leads is told of the door when they come.
fn greeted(server: &Server, name: &str, role: &str, more: Value) -> Value {
    let token = server.token_with(name, role, more);
    let mut chat = Chat::connect(server.addr, &token);
    chat.expect("welcome")["door_open"].clone()
}

#[test]
fn through_a_closed_door_comes_back_who_has_joined_this_lesson_and_nobody_else() {
    let server = Server::start(UNPACED);
    let mut host = Chat::person(&server, "Ms Lin", "host");
    let bo = Guest::join(&server, "Bo", None);
    let mut chat = bo.connect(&server);
    let act = |action: &str| json!({"type": "moderate", "action": action, "user": bo.id});
    host.granted(act("kick"));
    chat.expect_close(4500);
    host.granted(door(false));
    let again = |name: &str| {
        let answer = Guest::try_join(&server, name, Some(&bo.device), CLASS_CODE);
        let slug = answer.json()["error"].as_str().unwrap_or("").to_owned();
        (answer.status, slug)
    };
    assert_eq!(again("Bo"), (403, "removed".to_owned()));
    host.granted(act("unkick"));
    assert_eq!(again("Bob"), closed());
    assert_eq!(joining(&server, "Bo"), closed());
    assert_eq!(again("Bo"), open());
    Guest::join(&server, "Bo", Some(&bo.device)).connect(&server);
    // The next lesson knows nobody.
    host.granted(lesson("end_lesson"));
    host.granted(lesson("start_lesson"));
    host.granted(door(false));
    assert_eq!(again("Bo"), closed());
}

#[test]
fn those_who_lead_see_who_waits_at_the_closed_door_and_let_in_one_of_them() {
    let server = Server::start(UNPACED);
    let mut host = Chat::person(&server, "Ms Lin", "host");
    let mut pupil = Guest::join(&server, "Cy", None).connect(&server);
    let mut of_a_room = {
        let token = server.token_with("Rae", "moderator", json!({"rooms": ["lobby"]}));
        Chat::connect(server.addr, &token)
    };
    let asks = |name: &str, device: &str| {
        let answer = Guest::try_join(&server, name, Some(device), CLASS_CODE);
        let slug = answer.json()["error"].as_str().unwrap_or("").to_owned();
        (answer.status, slug)
    };
    host.granted(door(false));
    assert_eq!(asks("Bo", "phone"), closed());
    assert_eq!(asks("Bo", "phone"), closed());
    assert_eq!(asks("Eve", "tablet"), closed());
    let admit = |id: &Value| json!({"type": "moderate", "action": "admit", "id": id});
    let names = |lobby: &Value| -> Vec<String> {
        let waiting = lobby["waiting"].as_array().unwrap().iter();
        waiting
            .map(|it| it["name"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names(&host.expect("lobby")), ["Bo"]);
    let lobby = host.expect("lobby");
    assert_eq!(names(&lobby), ["Bo", "Eve"]);
    // Whoever comes later to lead is told, too.
    let mut assistant = Chat::person(&server, "Max", "moderator");
    assert_eq!(assistant.expect("lobby"), lobby);
    let bo = &lobby["waiting"][0]["id"];
    assert_eq!(pupil.refused(admit(bo), "forbidden")["type"], "error");
    host.granted(admit(bo));
    assert_eq!(names(&host.expect("lobby")), ["Eve"]);
    host.refused(admit(bo), "not_found");
    assert_eq!(asks("Bo", "other"), closed());
    assert_eq!(asks("Bob", "phone"), closed());
    assert_eq!(asks("Bo", "phone"), open());
    // The door is moved, and nobody waits at it. Those who do not lead the class heard of nothing.
    host.granted(door(true));
    let emptied = (0..3).find(|_| names(&host.expect("lobby")).is_empty());
    assert!(emptied.is_some());
    assert_eq!(asks("Eve", "tablet"), open());
    pupil.expect_no("lobby");
    of_a_room.expect_no("lobby");
}

#[test]
fn the_owner_of_a_link_waits_at_the_closed_door_too() {
    let server = Server::start(UNPACED);
    let anna = secret(&link(&server, &["--name", "Anna"]), "link");
    let mut host = Chat::person(&server, "Ms Lin", "host");
    host.granted(door(false));
    assert_eq!(follow(&server, &anna).status, 403);
    let lobby = host.expect("lobby");
    assert_eq!(lobby["waiting"][0]["name"], "Anna");
    let id = &lobby["waiting"][0]["id"];
    host.granted(json!({"type": "moderate", "action": "admit", "id": id}));
    assert_eq!(follow(&server, &anna).status, 201);
}

#[test]
fn a_closed_door_lets_nobody_in_but_those_who_have_a_token() {
    let server = Server::start(UNPACED);
    let mut host = Chat::person(&server, "Ms Lin", "host");
    let mut assistant = Chat::person(&server, "Max", "moderator");
    let mut of_a_room = {
        let token = server.token_with("Rae", "moderator", json!({"rooms": ["lobby"]}));
        Chat::connect(server.addr, &token)
    };
    let ann = Guest::join(&server, "Ann", None);
    let mut here = ann.connect(&server);

    host.granted(door(false));
    for chat in [&mut assistant, &mut of_a_room] {
        let told = chat.expect("moderated");
        assert_eq!(
            (&told["action"], &told["open"]),
            (&json!("door"), &json!(false))
        );
        assert_eq!(told["by"]["name"], "Ms Lin");
    }
    here.expect_no("moderated");
    assert_eq!(joining(&server, "Bo"), closed());
    // A wrong code is a wrong code: the door says nothing to those who do not have it.
    let wrong = Guest::try_join(&server, "Bo", None, "WWWWWW");
    assert_eq!(wrong.json()["error"], "wrong_code");
    let mut back = ann.connect(&server);
    back.granted(json!({"type": "send", "room": "lobby", "text": "back"}));
    Chat::member(&server, "Cy");

    // It is no lock, and was closed already: nobody is told again.
    assistant.granted(door(false));
    host.expect("moderated");
    host.expect_no("moderated");
    assistant.granted(door(true));
    assert_eq!(host.expect("moderated")["open"], true);
    assert_eq!(joining(&server, "Bo"), open());
}

#[test]
fn only_those_who_lead_everywhere_move_the_door() {
    let server = Server::start(UNPACED);
    let mut host = Chat::person(&server, "Ms Lin", "host");
    let rooms = || json!({"rooms": ["lobby"]});
    for (role, more) in [
        ("observer", json!({})),
        ("member", json!({})),
        ("member", rooms()),
        ("moderator", rooms()),
        ("host", rooms()),
    ] {
        let token = server.token_with("Kim", role, more);
        Chat::connect(server.addr, &token).refused(door(false), "forbidden");
    }
    for wrong in [
        json!({}),
        json!({"open": "no"}),
        json!({"open": false, "room": "lobby"}),
    ] {
        let mut request = json!({"type": "moderate", "action": "door"});
        request
            .as_object_mut()
            .unwrap()
            .extend(wrong.as_object().unwrap().clone());
        host.refused(request, "bad_message");
    }
    host.expect_no("moderated");
    assert_eq!(joining(&server, "Bo"), open());
}

#[test]
fn those_who_lead_learn_at_once_how_the_door_is() {
    let server = Server::start(UNPACED);
    let mut host = Chat::person(&server, "Ms Lin", "host");
    for is_open in [true, false] {
        host.granted(door(is_open));
        assert_eq!(greeted(&server, "Max", "moderator", json!({})), is_open);
        let of_a_room = json!({"rooms": ["lobby"]});
        assert_eq!(greeted(&server, "Rae", "host", of_a_room), is_open);
        assert_eq!(greeted(&server, "Mia", "member", json!({})), Value::Null);
        assert_eq!(greeted(&server, "Oz", "observer", json!({})), Value::Null);
    }
}

#[test]
fn a_retry_moves_no_door_that_somebody_else_has_moved_since() {
    let server = Server::start(UNPACED);
    let mut host = Chat::person(&server, "Ms Lin", "host");
    let mut assistant = Chat::person(&server, "Max", "moderator");
    let mut close = door(false);
    close["ref"] = json!("once");
    host.granted(close.clone());
    assistant.granted(door(true));
    let mut again = Chat::person(&server, "Ms Lin", "host");
    again.granted(close);
    assert_eq!(joining(&server, "Bo"), open());
    let mut other = door(true);
    other["ref"] = json!("once");
    again.refused(other, "ref_reused");
}

#[test]
#[cfg(feature = "full")] // a restart needs a store
fn the_door_stays_closed_over_a_restart_and_is_shut_between_two_lessons() {
    let mut server = Server::start(UNPACED);
    let mut host = Chat::person(&server, "Ms Lin", "host");
    let ann = Guest::join(&server, "Ann", None);
    host.granted(door(false));
    if cfg!(feature = "full") {
        server.kill();
        server.start_again();
        host = Chat::person(&server, "Ms Lin", "host");
        assert_eq!(host.expect("welcome")["door_open"], false);
        ann.connect(&server);
    }
    assert_eq!(joining(&server, "Bo"), closed());
    let mut of_a_room = {
        let token = server.token_with("Rae", "moderator", json!({"rooms": ["lobby"]}));
        Chat::connect(server.addr, &token)
    };
    host.granted(lesson("end_lesson"));
    for chat in [&mut host, &mut of_a_room] {
        let told = chat.expect("moderated");
        assert_eq!(
            (&told["open"], &told["lesson_runs"]),
            (&json!(false), &json!(false)),
            "{told}"
        );
    }
    let told = host.expect("lesson");
    assert_eq!(
        (&told["runs"], &told["lesson"], &told["class_code"]),
        (&json!(false), &json!(1), &json!(CLASS_CODE))
    );
    of_a_room.expect_no("lesson");
    assert_eq!(joining(&server, "Bo"), (403, "no_lesson".to_owned()));
    // Only a lesson opens it.
    let refused = host.refused(door(true), "no_lesson");
    assert!(
        refused["message"]
            .as_str()
            .unwrap()
            .contains("start_lesson")
    );
    host.granted(door(false));
    host.refused(lesson("end_lesson"), "no_lesson");
    if cfg!(feature = "full") {
        server.kill();
        server.start_again();
        host = Chat::person(&server, "Ms Lin", "host");
        let welcome = host.expect("welcome");
        assert_eq!(
            (&welcome["door_open"], &welcome["lesson_runs"]),
            (&json!(false), &json!(false))
        );
    }
    assert_eq!(joining(&server, "Bo"), (403, "no_lesson".to_owned()));
    let mut start = lesson("start_lesson");
    start["ref"] = json!("start");
    host.granted(start.clone());
    let told = host.expect("lesson");
    assert_eq!(
        (&told["runs"], &told["lesson"]),
        (&json!(true), &json!(2)),
        "{told}"
    );
    let told = host.expect("moderated");
    assert_eq!(
        (&told["open"], &told["lesson_runs"]),
        (&json!(true), &json!(true))
    );
    if cfg!(feature = "full") {
        server.kill();
        server.start_again();
        host = Chat::person(&server, "Ms Lin", "host");
    }
    assert_eq!(joining(&server, "Bo"), open());
    // One that runs is not started again, nor is its door opened.
    host.granted(door(false));
    host.granted(lesson("start_lesson"));
    host.expect_no("lesson");
    assert_eq!(joining(&server, "Cy"), closed());
}

#[test]
fn a_retry_neither_starts_nor_ends_the_lesson_after_that_one() {
    let server = Server::start(UNPACED);
    let mut host = Chat::person(&server, "Ms Lin", "host");
    let again = |action, reference| {
        let mut request = lesson(action);
        request["ref"] = json!(reference);
        request
    };
    host.granted(again("end_lesson", "end"));
    host.granted(again("start_lesson", "start"));
    host.so_far("lesson");
    host.granted(again("end_lesson", "end"));
    host.expect_no("lesson");
    host.granted(lesson("end_lesson"));
    host.expect("lesson");
    host.granted(again("start_lesson", "start"));
    host.expect_no("lesson");
    assert_eq!(joining(&server, "Bo"), (403, "no_lesson".to_owned()));
}

#[test]
fn only_those_who_lead_everywhere_start_a_lesson_and_only_hosts_end_one() {
    let server = Server::start(UNPACED);
    let mut host = Chat::person(&server, "Ms Lin", "host");
    host.granted(lesson("end_lesson"));
    let rooms = || json!({"rooms": ["lobby"]});
    for (role, more, may) in [
        ("observer", json!({}), false),
        ("member", json!({}), false),
        ("member", rooms(), false),
        ("moderator", rooms(), false),
        ("host", rooms(), false),
        ("moderator", json!({}), true),
        ("host", json!({}), true),
    ] {
        let token = server.token_with("Kim", role, more);
        let mut kim = Chat::connect(server.addr, &token);
        if may {
            kim.granted(lesson("start_lesson"));
            assert_eq!(joining(&server, "Bo").0, 201);
            host.granted(lesson("end_lesson"));
        } else {
            kim.refused(lesson("start_lesson"), "forbidden");
            assert_eq!(joining(&server, "Bo"), (403, "no_lesson".to_owned()));
        }
    }
}

#[test]
fn a_quiet_class_takes_in_those_who_come_late() {
    let server = Server::start(UNPACED);
    let mut host = Chat::person(&server, "Ms Lin", "host");
    let lock = |on: bool| json!({"type": "moderate", "action": "lock", "room": "lobby", "on": on});
    host.granted(lock(true));
    let mut bo = Guest::join(&server, "Bo", None).connect(&server);
    bo.refused(
        json!({"type": "send", "room": "lobby", "text": "hello"}),
        "locked",
    );
    host.granted(lock(false));
    bo.granted(json!({"type": "send", "room": "lobby", "text": "hello"}));
}
