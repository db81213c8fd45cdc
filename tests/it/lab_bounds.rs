//! What keeps the lab from harming anybody: its refusals and limits, tokens that do not come back,
//! a room that notices nothing, and programs by chance.

use serde_json::{Value, json};

use crate::harness::{Chat, Frame, Random, Raw, Server, UNPACED, http};
use crate::lab::{MANY_RUNS, ask, hex, run};

/// Runs a program that the lab refuses; the status, slug and sentence.
#[track_caller]
fn refused(server: &Server, token: &str, body: Value) -> (u16, String) {
    let (status, answer) = ask(server.addr, token, &body);
    let sentence = answer["message"].as_str().unwrap_or_default();
    assert!(sentence.len() > 10, "no sentence for {body}: {answer}");
    (
        status,
        answer["error"].as_str().unwrap_or_default().to_owned(),
    )
}

#[test]
fn mistakes_get_a_status_a_word_and_a_sentence() {
    let server = Server::start(MANY_RUNS);
    let token = server.token("Ann", "member");
    let program = |program: Value| json!({ "program": program });
    let raw = |text: &str| program(json!({"target": "/echo", "handshake": {"raw": hex(text)}}));
    for (body, status, slug) in [
        (json!({}), 400, "bad_json"),
        (
            json!({"experiment": "text", "program": {"target": "/echo"}}),
            400,
            "bad_json",
        ),
        (json!({"experiment": "nonsense"}), 404, "unknown_experiment"),
        (program(json!({"target": "/metrics"})), 400, "bad_json"),
        (
            program(json!({"target": "/echo", "more": 1})),
            400,
            "bad_json",
        ),
        (
            program(json!({"target": "/echo", "steps": [{"raw": "0g"}]})),
            400,
            "bad_hex",
        ),
        (
            program(json!({"target": "/echo", "steps": [{"frame": {"opcode": 16}}]})),
            400,
            "bad_frame",
        ),
        (
            program(json!({"target": "/echo", "steps": vec![json!({"raw": ""}); 33]})),
            400,
            "too_many_steps",
        ),
        (
            program(json!({"target": "/echo", "steps": [{"pause": 501}]})),
            400,
            "bad_step",
        ),
        (
            program(
                json!({"target": "/echo", "steps": [{"frame": {"payload": {"fill": 131_072}}}]}),
            ),
            400,
            "too_many_bytes",
        ),
        (
            raw("GET /api/room HTTP/1.1\r\nHost: a\r\n\r\n"),
            400,
            "other_path",
        ),
        (
            raw("POST /api/join HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}"),
            400,
            "other_path",
        ),
        (
            raw("GET /echo HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 10.0.0.9\r\n\r\n"),
            400,
            "forwarded_for",
        ),
        (
            raw(&format!(
                "GET /ws HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\n\r\n"
            )),
            400,
            "own_token",
        ),
    ] {
        let told = refused(&server, &token, body.clone());
        assert_eq!(told, (status, slug.to_owned()), "{body}");
    }
    let large = json!({"experiment": "x".repeat(17_000)});
    assert_eq!(
        refused(&server, &token, large),
        (413, "body_too_large".into())
    );
    for (token, slug) in [("a.b.c", "token_invalid"), ("x", "token_invalid")] {
        let told = refused(&server, token, json!({"experiment": "text"}));
        assert_eq!(told, (401, slug.into()));
    }
    let without = http(server.addr, "POST", "/api/lab", "", "{}");
    assert_eq!(
        (without.status, &without.json()["error"]),
        (401, &json!("token_missing"))
    );
    let put = http(server.addr, "PUT", "/api/lab", "", "{}");
    assert_eq!(put.header("Allow"), Some("GET, HEAD, POST"));
}

#[test]
fn a_server_without_a_lab_has_no_experiments() {
    let server = Server::start("[lab]\nenabled = false\n");
    let token = server.token("Ann", "host");
    assert_eq!(http(server.addr, "GET", "/api/lab", "", "").status, 404);
    let told = refused(&server, &token, json!({"experiment": "text"}));
    assert_eq!(told, (404, "not_found".into()));
}

#[test]
fn a_person_runs_so_many_experiments_in_a_minute() {
    let server = Server::start("[lab]\nruns_per_minute = 2\n");
    let (ann, ben) = (server.token("Ann", "member"), server.token("Ben", "member"));
    let body = json!({"experiment": "no-key"});
    // What is refused does not count.
    refused(&server, &ann, json!({"experiment": "nonsense"}));
    for _ in 0..2 {
        assert_eq!(ask(server.addr, &ann, &body).0, 200);
    }
    let bearer = format!("Authorization: Bearer {ann}\r\n");
    let told = http(server.addr, "POST", "/api/lab", &bearer, &body.to_string());
    assert_eq!(
        (told.status, told.json()["error"].as_str()),
        (429, Some("too_many_experiments"))
    );
    let wait: u64 = told.header("Retry-After").unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    assert_eq!(ask(server.addr, &ben, &body).0, 200);
}

#[test]
fn four_run_at_once_two_of_one_person_and_others_are_told_to_come_back() {
    let server = Server::start(MANY_RUNS);
    let slow = json!({"program": {"target": "/echo", "steps": vec![json!({"pause": 500}); 6]}});
    let body = slow.to_string();
    let mut asked: Vec<Raw> = Vec::new();
    for name in ["Ann", "Ann", "Ann", "Ben", "Ben", "Eve"] {
        let token = server.token(name, "member");
        let length = body.len();
        let mut raw = Raw::connect(server.addr);
        raw.send(
            format!(
                "POST /api/lab HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\n\
                 Content-Length: {length}\r\n\r\n{body}"
            )
            .as_bytes(),
        );
        asked.push(raw);
    }
    let told = asked.iter_mut().map(|raw| raw.read_response().status);
    let told: Vec<u16> = told.collect();
    let of = |range: std::ops::Range<usize>| told[range].iter().filter(|&&s| s == 200).count();
    assert!(of(0..3) <= 2 && of(0..6) == 4, "{told:?}");
    assert!(told.iter().all(|status| [200, 503].contains(status)));
    let token = server.token("Ann", "member");
    let text = ask(server.addr, &token, &json!({"experiment": "text"}));
    assert_eq!(text.0, 200);
}

#[test]
fn no_token_comes_back() {
    let server = Server::start(MANY_RUNS);
    let token = server.token("Ann", "member");
    let lines = |more: &[&str]| {
        let mut lines = vec![
            "GET {target} HTTP/1.1",
            "Host: {host}",
            "Upgrade: websocket",
        ];
        lines.extend(["Connection: Upgrade", "Sec-WebSocket-Version: 13"]);
        lines.extend(more);
        json!({ "lines": lines })
    };
    let own = format!("Authorization: Bearer {token} {{token}}");
    for (more, status) in [
        (
            vec!["Sec-WebSocket-Key: {key}", "Authorization: Bearer {token}"],
            101,
        ),
        (
            vec![
                "Sec-WebSocket-Key: {key}",
                "Sec-WebSocket-Protocol: bearer.{token}",
            ],
            101,
        ),
        (
            vec![
                "Sec-WebSocket-Key: {token}",
                "X: {token}, {token}",
                "Cookie: {token}",
            ],
            400,
        ),
        (vec!["X-{token}: a", "{token}"], 400),
        (vec!["Origin: http://{token}", "Host: {token}"], 400),
        (vec![" {token}"], 400),
        (vec![&own], 400),
    ] {
        let program = json!({"target": "/ws", "handshake": lines(&more)});
        let answer = run(&server, &token, program);
        assert_eq!(answer["status"], status, "{more:?}: {answer}");
        let answer = answer.to_string();
        for part in token.split('.').chain(["eyJ"]) {
            assert!(!answer.contains(part), "{more:?}: {answer}");
        }
    }
}

/// The lab's token is good for no room, whatever the learner says with it.
#[test]
fn nobody_in_the_room_notices() {
    let server = Server::start(&format!(
        "{UNPACED}[presence]\ntick = \"10ms\"\n{MANY_RUNS}"
    ));
    let mut ben = Chat::member(&server, "Ben");
    let token = server.token("Ann", "host");
    let say = |message: Value| json!({"frame": {"payload": {"text": message.to_string()}}});
    let me = ben.id.clone();
    let steps = json!([
        say(json!({"type": "join", "room": "lobby", "ref": "1"})),
        say(json!({"type": "join", "room": "another", "ref": "2"})),
        say(json!({"type": "send", "room": "lobby", "text": "hello", "ref": "3"})),
        say(json!({"type": "whisper", "to": me, "text": "psst", "ref": "4"})),
        say(json!({"type": "history", "room": "lobby", "before": 9, "ref": "5"})),
        say(json!({"type": "search", "room": "lobby", "query": "hello", "ref": "6"})),
        say(json!({"type": "auth", "token": token, "ref": "7"})),
    ]);
    // With the lab's own request line, and with one that would enter the default room.
    for line in ["GET {target} HTTP/1.1", "GET /ws HTTP/1.1"] {
        let lines = [
            line,
            "Host: {host}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Key: {key}",
            "Sec-WebSocket-Version: 13",
            "Authorization: Bearer {token}",
        ];
        let program = json!({"target": "/ws", "handshake": {"lines": lines}, "steps": steps});
        let answer = run(&server, &token, program);
        let told: Vec<String> = answer["events"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|event| event["from"] == "server")
            .filter_map(|event| event["message"]["text"].as_str().map(str::to_owned))
            .collect();
        assert!(told[0].contains("\"rooms\":[]"), "{told:?}");
        for reference in 1..=7 {
            let reference = format!("\"ref\":\"{reference}\"");
            let answer = told.iter().find(|text| text.contains(&reference));
            let answer = answer.unwrap_or_else(|| panic!("no answer to {reference}: {told:?}"));
            assert!(answer.contains("\"type\":\"error\""), "{answer}");
        }
    }
    for kind in ["message", "whisper", "joined"] {
        ben.expect_no(kind);
    }
    for presence in ben.so_far("presence") {
        let names = presence["joined"]
            .as_array()
            .unwrap()
            .iter()
            .map(|who| &who["name"]);
        assert!(names.into_iter().all(|name| name == "Ben"), "{presence}");
        assert_eq!(
            (&presence["count"], &presence["left"]),
            (&json!(1), &json!([]))
        );
    }
    // And Ben still has the whole name.
    let mut ann = Chat::member(&server, "Ann");
    ann.granted(json!({"type": "send", "room": "lobby", "text": "hello"}));
    assert_eq!(ben.expect("message")["from"]["name"], "Ann");
}

/// Coming from this machine gives no right, and takes no place from anybody.
#[test]
fn the_lab_is_counted_like_everybody() {
    let more = "[server]\ntrusted_proxies = [\"127.0.0.1\"]\n[limits]\nunauthenticated = 4\n";
    let server = Server::start(&format!("{more}{MANY_RUNS}"));
    let token = server.token("Ann", "member");
    for spelling in ["X-Forwarded-For", "x-forwarded-for", "X-FORWARDED-FOR"] {
        let line = format!("{spelling}: 10.0.0.9");
        let lines = ["GET {target} HTTP/1.1", "Host: {host}", &line];
        let program = json!({"target": "/echo", "handshake": {"lines": lines}});
        let told = refused(&server, &token, json!({ "program": program }));
        assert_eq!(told, (400, "forwarded_for".into()));
    }
    assert_eq!(
        ask(server.addr, &token, &json!({"experiment": "text"})).0,
        200
    );
}

/// Programs by chance: the lab answers each, and a good client is served right after.
#[test]
fn whatever_a_program_does_the_next_client_is_served() {
    let server = Server::start(MANY_RUNS);
    let token = server.token("Ann", "member");
    let mut chance = Random::new(20_260_411);
    for round in 0..150 {
        let program = by_chance(&mut chance);
        let (status, answer) = ask(server.addr, &token, &json!({ "program": program }));
        assert!(
            matches!(status, 200 | 400),
            "{round}: {program}: {status} {answer}"
        );
        if status == 200 {
            assert!(answer["sent"].as_u64().unwrap() <= 131_072, "{answer}");
        }
        if round % 10 == 0 {
            let mut good = Raw::upgrade(server.addr, "/echo", "");
            good.send_text("still here?");
            assert_eq!(good.read_frame(), Frame::text("still here?").unmasked());
        }
    }
    assert!(!server.log().contains("panicked"), "{}", server.log());
}

fn by_chance(chance: &mut Random) -> Value {
    let mut bytes = |most: usize| -> String {
        let length = chance.below(most);
        hex((0..length)
            .map(|_| chance.below(256) as u8)
            .collect::<Vec<_>>())
    };
    let (some, other) = (bytes(40), bytes(300));
    let mut steps = Vec::new();
    for _ in 0..chance.below(5) {
        let mut bit = || chance.below(4) == 0;
        let (rsv1, rsv2, mask, long) = (bit() && bit(), bit() && bit(), !bit(), bit());
        let opcode = [1, 2, 0, 8, 9, 10, 1, 3, 15][chance.below(9)];
        let end = ["fin", "reset"][chance.below(2)];
        let step = match chance.below(8) {
            0 => json!({"raw": other, "early": steps.is_empty()}),
            1 => json!({"pause": chance.below(30)}),
            2 if steps.len() == 3 => json!({"end": end}),
            _ => json!({"frame": {
                "fin": chance.below(3) > 0,
                "rsv1": rsv1,
                "rsv2": rsv2,
                "opcode": opcode,
                "mask": mask,
                "form": if long { "64" } else { "auto" },
                "claim": (chance.below(10) == 0).then(|| chance.below(1 << 20)),
                "payload": match chance.below(3) {
                    0 => json!({"text": "caf\u{e9}"}),
                    1 => json!({"hex": some}),
                    _ => json!({"fill": chance.below(3000)}),
                },
            }}),
        };
        steps.push(step);
    }
    let handshake = match chance.below(6) {
        0 => json!({ "raw": other }),
        1 => json!({"lines": ["GET {target} HTTP/1.1", "Host: {host}", format!("X: {some}")]}),
        2 => json!({"raw": hex("GET /ws HTTP/1.1\r\nHost: a\r\n")}),
        _ => Value::Null,
    };
    let target = ["/echo", "/ws"][chance.below(2)];
    json!({"target": target, "handshake": handshake, "steps": steps})
}
