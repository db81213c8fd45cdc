//! A lesson: its class code, the host's ticket, and its end.

use serde_json::{Value, json};

use crate::harness::{CLASS_CODE, Chat, Guest, How, Raw, Server, http};

fn end_lesson() -> Value {
    json!({"type": "moderate", "action": "end_lesson", "seconds": 0})
}

fn start_lesson() -> Value {
    json!({"type": "moderate", "action": "start_lesson"})
}

fn redeem(server: &Server, body: Value) -> (u16, Value) {
    let response = http(server.addr, "POST", "/api/host", "", &body.to_string());
    (response.status, response.json())
}

/// The slug of `/api/session`, or `None` when the token is good.
fn session(server: &Server, token: &str) -> Option<String> {
    let bearer = format!("Authorization: Bearer {token}\r\n");
    let response = http(server.addr, "GET", "/api/session", &bearer, "");
    assert!(response.status == 200 || response.status == 401);
    response.json()["error"].as_str().map(str::to_owned)
}

const WITH_BANNER: How = How {
    banner: true,
    descriptors: None,
    clock: None,
    nohup: false,
    env: &[],
};

#[test]
fn a_host_ticket_works_once() {
    let server = Server::start_as(WITH_BANNER, "");
    let ticket = server.logged("#host=").trim().to_owned();
    // A wrong name does not use up the ticket.
    let (status, error) = redeem(&server, json!({"ticket": ticket, "name": " "}));
    assert_eq!((status, &error["error"]), (400, &json!("bad_name")));
    let (status, host) = redeem(&server, json!({"ticket": ticket, "name": "Ms Lin"}));
    assert_eq!(status, 201, "{host}");
    assert_eq!(
        (&host["user"]["role"], &host["user"]["name"]),
        (&json!("host"), &json!("Ms Lin"))
    );
    let token = host["token"].as_str().unwrap();
    assert_eq!(session(&server, token), None);
    Chat::connect(server.addr, token).granted(json!({"type": "moderate", "action": "slow",
                                                     "room": "lobby", "seconds": 1}));
    let (status, error) = redeem(&server, json!({"ticket": ticket}));
    assert_eq!((status, &error["error"]), (403, &json!("bad_ticket")));

    let mut changed = ticket.clone().into_bytes();
    changed[3] = if changed[3] == b'a' { b'b' } else { b'a' };
    let changed = String::from_utf8(changed).unwrap();
    for wrong in ["", "x", &changed, &format!("{ticket}a"), &"é".repeat(40)] {
        let (status, error) = redeem(&server, json!({"ticket": wrong}));
        assert_eq!(
            (status, &error["error"]),
            (403, &json!("bad_ticket")),
            "{wrong}"
        );
    }
}

#[test]
fn a_ticket_from_an_earlier_start_is_invalid() {
    let mut server = Server::start_as(WITH_BANNER, "");
    let ticket = server.logged("#host=").trim().to_owned();
    server.stop();
    server.start_again();
    let (status, error) = redeem(&server, json!({"ticket": ticket}));
    assert_eq!((status, &error["error"]), (403, &json!("bad_ticket")));
}

#[test]
fn wrong_codes_are_rate_limited_and_the_right_code_never_is() {
    let server = Server::start("");
    let mut limited = 0;
    for n in 0..40 {
        let wrong = Guest::try_join(&server, "Eve", None, "WRONG1");
        let slug = wrong.json()["error"].as_str().unwrap().to_owned();
        match wrong.status {
            403 => {
                assert_eq!(slug, "wrong_code");
                assert_eq!(limited, 0, "{n}: limited, and then no longer");
            }
            429 => {
                assert_eq!(slug, "too_many_attempts");
                let wait: u64 = wrong.header("Retry-After").unwrap().parse().unwrap();
                assert!((1..=60).contains(&wait), "{wait}");
                limited += 1;
            }
            status => panic!("{status}: {}", wrong.text()),
        }
        // One address may be a whole school.
        if n % 10 == 0 {
            Guest::join(&server, &format!("Pupil {n}"), None);
        }
    }
    assert!((20..=38).contains(&limited), "{limited} of 40 were limited");
}

#[test]
fn a_code_is_accepted_in_every_form_that_people_type() {
    let server = Server::start("");
    for typed in ["ghkm23", " GHKM23 ", "GHK-M23", "ghk m23", "ＧＨＫＭ２３"] {
        assert_eq!(
            Guest::try_join(&server, "Ada", None, typed).status,
            201,
            "{typed:?}"
        );
    }
    for wrong in ["", "GHKM2", "GHKM233", "GHKM24", "\u{0}"] {
        assert_eq!(
            Guest::try_join(&server, "Ada", None, wrong).status,
            403,
            "{wrong:?}"
        );
    }
}

#[test]
fn a_malformed_join_request_is_a_bad_request() {
    let server = Server::start("");
    let bodies = [
        String::new(),
        "null".into(),
        "[\"Ada\",\"GHKM23\"]".into(),
        "{".into(),
        json!({"name": "Ada"}).to_string(),
        json!({"name": "Ada", "code": 1}).to_string(),
        json!({"name": "Ada", "code": CLASS_CODE, "role": "host"}).to_string(),
        json!({"name": "Ada", "code": CLASS_CODE, "device": "x".repeat(500)}).to_string(),
        json!({"name": "", "code": CLASS_CODE}).to_string(),
        json!({"name": "x".repeat(25), "code": CLASS_CODE}).to_string(),
        json!({"name": "A\u{202E}da", "code": CLASS_CODE}).to_string(),
    ];
    for body in bodies {
        let response = http(server.addr, "POST", "/api/join", "", &body);
        assert_eq!(response.status, 400, "{body}: {}", response.text());
        assert!(response.json()["message"].is_string(), "{body}");
    }
}

#[test]
fn with_join_disabled_only_tokens_get_in() {
    let server = Server::start("[join]\nenabled = false\n");
    let refused = Guest::try_join(&server, "Ada", None, CLASS_CODE);
    assert_eq!(
        (refused.status, &refused.json()["error"]),
        (403, &json!("join_disabled"))
    );
    let room = http(server.addr, "GET", "/api/room", "", "").json();
    assert_eq!(room["join"]["enabled"], false, "{room}");
    Chat::member(&server, "Ada");
}

#[test]
fn guests_get_the_configured_role_and_token_lifetime() {
    let more = format!("[join]\ncode = \"{CLASS_CODE}\"\nrole = \"observer\"\nttl = \"2m\"\n");
    let server = Server::start(&more);
    let guest = Guest::join(&server, "Ada", None);
    let mut chat = guest.connect(&server);
    let welcome = chat.expect("welcome");
    assert_eq!(welcome["you"]["role"], "observer");
    let left = welcome["token_expires"].as_u64().unwrap() / 1000 - crate::harness::now();
    assert!((100..=120).contains(&left), "{left}");
    chat.refused(
        json!({"type": "send", "room": "lobby", "text": "x"}),
        "forbidden",
    );
}

#[test]
fn the_end_of_a_lesson_disconnects_guests_and_invalidates_their_tokens() {
    let server = Server::start_as(WITH_BANNER, "[join]\nenabled = true\n");
    let code = server.logged("Class code").trim().to_owned();
    let mut host = Chat::person(&server, "Ms Lin", "host");
    let mut helper = Chat::person(&server, "Mr Wu", "moderator");
    let eve = Guest::join_with(&server, "Eve", None, &code);
    let mut guests = [eve.connect(&server), eve.connect(&server)];
    assert_eq!(session(&server, &eve.token), None);

    host.granted(end_lesson());
    for guest in &mut guests {
        guest.expect_close(4503);
        guest.raw.expect_eof();
    }
    host.granted(json!({"type": "send", "room": "lobby", "text": "quiet at last"}));
    assert_eq!(helper.expect("message")["text"], "quiet at last");

    assert_eq!(
        session(&server, &eve.token).as_deref(),
        Some("token_old_lesson")
    );
    let bearer = format!("Authorization: Bearer {}\r\n", eve.token);
    let reason = Raw::upgrade(server.addr, "/ws", &bearer).expect_close(1008);
    assert!(reason.starts_with("Unauthorized: old_lesson"), "{reason}");
    let old = Guest::try_join(&server, "Eve", Some(&eve.device), &code);
    assert_eq!(
        (old.status, &old.json()["error"]),
        (403, &json!("wrong_code"))
    );
}

#[test]
fn moderators_and_hosts_are_told_the_class_code_and_the_next_one() {
    let server = Server::start_as(WITH_BANNER, "[join]\nenabled = true\n");
    let code = server.logged("Class code").trim().to_owned();
    let mut leaders = ["host", "moderator"].map(|role| Chat::person(&server, role, role));
    let mut ada = Chat::member(&server, "Ada");
    for leader in &mut leaders {
        assert_eq!(leader.expect("welcome")["class_code"], code);
    }
    assert_eq!(ada.expect("welcome").get("class_code"), None);
    leaders[0].granted(end_lesson());
    let codes = leaders.map(|mut leader| leader.expect("lesson")["class_code"].clone());
    assert_eq!(codes[0], codes[1]);
    assert_ne!(codes[0], code);
    Chat::person(&server, "Mr Wu", "moderator").granted(start_lesson());
    Guest::join_with(&server, "Ada", None, codes[0].as_str().unwrap());
}

#[test]
fn a_token_from_the_last_lesson_cannot_renew_a_session() {
    let server = Server::start(""); // the code stays, the generation does not
    let mut host = Chat::person(&server, "Ms Lin", "host");
    let before = Guest::join(&server, "Eve", None);
    host.granted(end_lesson());
    host.granted(start_lesson());
    let after = Guest::join(&server, "Eve", Some(&before.device));
    assert_eq!(after.id, before.id);
    let mut eve = after.connect(&server);
    eve.refused(
        json!({"type": "auth", "token": before.token}),
        "unauthorized",
    );
    eve.granted(json!({"type": "auth", "token": after.token}));
}

#[test]
fn an_ended_lesson_stays_ended_after_a_restart() {
    let mut server = Server::start("");
    let mut host = Chat::person(&server, "Ms Lin", "host");
    let eve = Guest::join(&server, "Eve", None);
    host.granted(end_lesson());
    server.logged("the lesson has ended");
    drop(host);
    server.stop();
    server.start_again();
    assert_eq!(
        session(&server, &eve.token).as_deref(),
        Some("token_old_lesson")
    );
    Chat::person(&server, "Ms Lin", "host").granted(start_lesson());
    let now = Guest::join(&server, "Eve", Some(&eve.device));
    server.stop();
    server.start_again();
    assert_eq!(session(&server, &now.token), None);
}
