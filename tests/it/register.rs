//! What those who lead look up in the middle of a lesson: `GET /api/attendance` and `GET /api/audit`.

use serde_json::{Value, json};

use crate::harness::{Chat, Guest, Response, Server, UNPACED, http};

const STORED: &str = "[rooms]\nlist = [\"lobby\", \"lab\"]\n[history]\npath = \"chat.db\"\n";

fn get(server: &Server, path: &str, token: &str) -> Response {
    let bearer = format!("Authorization: Bearer {token}\r\n");
    http(server.addr, "GET", path, &bearer, "")
}

/// The names in a list of the answer, once it has as many as `names`: what the hub has said is on the disk
/// a moment later.
#[track_caller]
fn wait_for_names(server: &Server, token: &str, list: &str, names: &[&str]) -> Value {
    let until = std::time::Instant::now() + crate::harness::PATIENCE;
    loop {
        let answer = get(server, "/api/attendance", token);
        assert_eq!(answer.status, 200, "{}", answer.text());
        let answer = answer.json();
        let people = answer[list].as_array().unwrap().iter();
        let mut found: Vec<&str> = people
            .map(|it| it["user"]["name"].as_str().unwrap())
            .collect();
        found.sort_unstable();
        found.dedup();
        if found == names {
            return answer;
        }
        assert!(std::time::Instant::now() < until, "{list}: {answer}");
    }
}

#[test]
fn the_register_of_a_lesson_has_who_came_who_left_and_who_was_here_only_the_last_time() {
    let server = Server::start(&format!("{UNPACED}{STORED}"));
    let token = server.token("Ms Lin", "host");
    let mut host = Chat::connect(server.addr, &token);
    let ada = Guest::join(&server, "Ada", None).connect(&server);
    let pupil = Guest::join(&server, "Bo", None);
    drop(pupil.connect(&server));
    let first = wait_for_names(&server, &token, "people", &["Ada", "Bo", "Ms Lin"]);
    assert_eq!(first["absent"], json!([]));
    drop(ada);
    host.granted(json!({"type": "moderate", "action": "end_lesson", "seconds": 0}));
    let code = host.expect("lesson")["class_code"].clone();
    host.granted(json!({"type": "moderate", "action": "start_lesson"}));
    let _bo = Guest::join_with(&server, "Bo", Some(&pupil.device), code.as_str().unwrap())
        .connect(&server);
    let next = wait_for_names(&server, &token, "people", &["Bo", "Ms Lin"]);
    assert_eq!(next["absent"][0]["user"]["name"], "Ada");
    assert_eq!(next["absent"].as_array().unwrap().len(), 1);
    let bo = &next["people"][0];
    assert_eq!(
        (&bo["user"]["role"], &bo["left"]),
        (&json!("member"), &Value::Null)
    );
    assert!(bo["user"].get("sub").is_none() && bo["came"].is_u64() && bo["seconds"].is_u64());
}

#[test]
fn a_register_is_for_those_who_lead_and_has_the_rooms_that_they_lead() {
    let server = Server::start(&format!("{UNPACED}{STORED}"));
    let _ada = Chat::member(&server, "Ada");
    let assistant = server.token("Mo", "moderator");
    wait_for_names(&server, &assistant, "people", &["Ada"]);
    let of_lab = server.token_with("Rae", "moderator", json!({"rooms": ["lab"]}));
    wait_for_names(&server, &of_lab, "people", &[]);
    let refused = |path: &str, token: &str, status: u16, slug: &str| {
        let answer = get(&server, path, token);
        assert_eq!(
            (answer.status, &answer.json()["error"]),
            (status, &json!(slug)),
            "{path}"
        );
    };
    let member = server.token("Bo", "member");
    let host = server.token("Max", "host");
    refused("/api/attendance", &member, 403, "hosts_only");
    refused("/api/audit", &assistant, 403, "hosts_only");
    refused("/api/attendance?from=x", &host, 400, "bad_query");
    refused("/api/attendance?before=1", &host, 400, "bad_query");
    refused("/api/audit?before=", &host, 400, "bad_query");
    assert_eq!(http(server.addr, "GET", "/api/audit", "", "").status, 401);
    assert_eq!(
        http(server.addr, "POST", "/api/audit", "", "{}").status,
        405
    );
    let nothing = Server::start("[history]\npath = \"\"\n");
    let answer = get(&nothing, "/api/attendance", &nothing.token("Lin", "host"));
    assert_eq!(
        (answer.status, &answer.json()["error"]),
        (404, &json!("nothing_stored"))
    );
}

#[test]
fn the_audit_log_says_who_did_what_to_whom_and_why() {
    let server = Server::start(&format!("{UNPACED}{STORED}"));
    let token = server.token("Ms Lin", "host");
    let mut host = Chat::connect(server.addr, &token);
    let bo = Chat::member(&server, "Bo");
    host.granted(json!({"type": "moderate", "action": "mute", "user": bo.id, "seconds": 60, "reason": "noise"}));
    let answer = get(&server, "/api/audit", &token).json();
    let newest = &answer["entries"][0];
    assert_eq!(
        (
            &newest["action"],
            &newest["by"]["name"],
            &newest["target"]["id"],
            &newest["reason"]
        ),
        (
            &json!("mute"),
            &json!("Ms Lin"),
            &json!(bo.id),
            &json!("noise")
        )
    );
    assert!(newest["until"].as_u64() > newest["at"].as_u64());
    let before = get(
        &server,
        &format!("/api/audit?before={}", newest["id"]),
        &token,
    )
    .json();
    let actions = before["entries"].as_array().unwrap().iter();
    assert!(actions.clone().all(|it| it["action"] != "mute"), "{before}");
    assert_eq!(before["more"], false);
}

#[test]
fn the_audit_log_says_whether_a_rule_of_a_room_was_turned_on_or_off() {
    let server = Server::start(&format!("{UNPACED}{STORED}"));
    let token = server.token("Ms Lin", "host");
    let mut host = Chat::connect(server.addr, &token);
    host.expect("joined");
    for (action, on, off) in [
        ("lock", json!({"on": true}), json!({"on": false})),
        ("slow", json!({"seconds": 5}), json!({"seconds": 0})),
        ("approve", json!({"on": true}), json!({"on": false})),
    ] {
        for mut rule in [on, off] {
            let more = json!({"type": "moderate", "action": action, "room": "lobby"});
            rule.as_object_mut()
                .unwrap()
                .extend(more.as_object().unwrap().clone());
            host.granted(rule);
        }
    }
    let answer = get(&server, "/api/audit", &token).json();
    let newest = answer["entries"].as_array().unwrap().iter().take(6);
    let newest: Vec<&Value> = newest.map(|it| &it["action"]).collect();
    let expected = [
        "approve_off",
        "approve",
        "slow_off",
        "slow",
        "unlock",
        "lock",
    ];
    assert_eq!(newest, expected);
}

#[test]
fn a_host_of_one_class_reads_in_the_audit_log_what_concerns_it() {
    let two = "[rooms]\nlist = [\"a\", \"a-lab\", \"b\"]\ndefault = \"a\"\n\
        [[classes]]\nname = \"7a\"\nrooms = [\"a\", \"a-lab\"]\n\
        [[classes]]\nname = \"7b\"\nrooms = [\"b\"]\n";
    let server = Server::start(&format!("{UNPACED}{two}"));
    let chief = server.token("Chief", "host");
    let mut all = Chat::connect(server.addr, &chief);
    let of_class = server.token_with("Ms Lin", "host", json!({"class": "7a"}));
    let mut lin = Chat::connect(server.addr, &of_class);
    let bo = Chat::member(&server, "Bo");
    let moderate = |action: &str, more: Value| {
        let mut request = json!({"type": "moderate", "action": action});
        let more = more.as_object().unwrap().clone();
        request.as_object_mut().unwrap().extend(more);
        request
    };
    all.granted(json!({"type": "join", "room": "b"}));
    for room in ["a", "b"] {
        let on = json!({"room": room, "on": true});
        all.granted(moderate("lock", on));
    }
    // It has the name of the class for a reason, and concerns no room.
    let everywhere = json!({"user": bo.id, "reason": "7a"});
    all.granted(moderate("kick", everywhere));
    for class in ["7a", "7b"] {
        let shut = json!({"class": class, "open": false});
        all.granted(moderate("door", shut));
    }
    // In two rooms, so in none.
    lin.granted(moderate("kick", json!({"user": bo.id})));
    let read = |token: &str| {
        let answer = get(&server, "/api/audit", token).json();
        let entries = answer["entries"].as_array().unwrap().clone();
        let line = |it: &Value| {
            let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
            let what = [&it["action"], &it["room"], &it["by"]["name"], &it["reason"]];
            what.map(text).join(" ")
        };
        entries.iter().map(line).collect::<Vec<_>>()
    };
    assert_eq!(
        read(&of_class),
        [
            "kick  Ms Lin ",
            "close_door  Chief 7a",
            "lock a Chief ",
            "host_login  Ms Lin with a token"
        ]
    );
    assert!(read(&chief).len() >= 6);
    let assistant = server.token_with("Mo", "moderator", json!({"class": "7a"}));
    let refused = get(&server, "/api/audit", &assistant);
    assert_eq!(
        (refused.status, &refused.json()["error"]),
        (403, &json!("hosts_only"))
    );
}
