//! `glassroom revoke`: from then on no token of that person opens anything, also after a restart.

#[cfg(feature = "full")]
mod running;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Output;

use serde_json::{Value, json};

use crate::harness::{Chat, Guest, Raw, Server, http, now, output, sign};

#[track_caller]
fn revoke(server: &Server, args: &[&str]) -> Output {
    output(server.command("revoke").args(args))
}

/// Runs `glassroom revoke`, which succeeds, and gives what it prints.
#[track_caller]
fn revoked(server: &Server, args: &[&str]) -> String {
    let output = revoke(server, args);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Runs `glassroom revoke`, which is a mistake, and gives the sentence.
#[track_caller]
fn mistaken(server: &Server, args: &[&str]) -> String {
    let output = revoke(server, args);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {token}\r\n")
}

/// The status and the slug of an answer.
#[track_caller]
fn ask(server: &Server, method: &str, path: &str, token: &str, body: &str) -> (u16, String) {
    let response = http(server.addr, method, path, &bearer(token), body);
    let slug = match response.status {
        200..300 => String::new(),
        _ => response.json()["error"].as_str().unwrap().to_owned(),
    };
    (response.status, slug)
}

#[track_caller]
fn session(server: &Server, token: &str) -> (u16, String) {
    ask(server, "GET", "/api/session", token, "")
}

/// The token opens nothing at all.
#[track_caller]
fn assert_void(server: &Server, token: &str) {
    let void = (401, "token_revoked".to_owned());
    for (method, path, body) in [
        ("GET", "/api/session", ""),
        ("GET", "/metrics", ""),
        ("POST", "/api/forget", r#"{"who": "Bo"}"#),
        ("POST", "/api/revoke", r#"{"who": "Bo"}"#),
        #[cfg(feature = "full")]
        ("GET", "/api/transcript.txt", ""),
        #[cfg(feature = "full")]
        ("GET", "/api/attendance.csv", ""),
        #[cfg(feature = "full")]
        ("GET", "/api/tasks.csv", ""),
        #[cfg(feature = "full")]
        ("GET", "/api/tasks", ""),
        #[cfg(feature = "full")]
        ("POST", "/api/demo", ""),
        #[cfg(feature = "full")]
        ("POST", "/api/lab", r#"{"experiment": "x"}"#),
    ] {
        assert_eq!(ask(server, method, path, token, body), void, "{path}");
    }
    let mut routes = vec!["/ws", "/ws?join="];
    if cfg!(feature = "full") {
        routes.extend(["/lens?connection=1", "/task/1"]);
    }
    for path in routes {
        let reason = Raw::upgrade(server.addr, path, &bearer(token)).expect_close(1008);
        assert_eq!(reason, "Unauthorized: revoked", "{path}");
    }
    let mut raw = Raw::connect(server.addr);
    let request = format!(
        "GET /ws HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
         Sec-WebSocket-Protocol: chat.v1, bearer.{token}\r\n\r\n",
        server.addr
    );
    raw.send(request.as_bytes());
    assert_eq!(raw.read_response().status, 101);
    assert_eq!(raw.expect_close(1008), "Unauthorized: revoked");
}

#[test]
fn a_host_who_is_revoked_is_out_at_once_and_after_a_restart_and_others_stay() {
    let mut server = Server::start("");
    let token = server.token("Lin", "host");
    let mut tabs = [0, 1].map(|_| Chat::connect(server.addr, &token));
    let mut other = Chat::person(&server, "Bo", "host");
    assert_eq!(session(&server, &token).0, 200);

    let said = revoked(&server, &["Lin"]);
    assert!(
        said.contains("Lin (host, id ") && said.contains("2 connections"),
        "{said}"
    );
    for tab in &mut tabs {
        assert_eq!(tab.expect_close(1008), "Unauthorized: revoked");
    }
    assert_void(&server, &token);
    // Every token of the person, whatever it says.
    let longer = server.token_with(
        "Lin",
        "member",
        json!({"exp": now() + 99_999, "name": "Li"}),
    );
    assert_void(&server, &longer);
    other.granted(json!({"type": "send", "room": "lobby", "text": "still here"}));
    let renewal = json!({"type": "auth", "token": token});
    other.refused(renewal, "unauthorized");

    let mode = fs::metadata(server.data().join("revoked"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let list = revoked(&server, &["--list"]);
    assert!(
        list.starts_with("Lin (host, id ") && list.lines().count() == 1,
        "{list}"
    );
    let again = revoked(&server, &["test:Lin"]);
    assert!(again.contains("revoked already"), "{again}");
    server.kill();
    server.start_again();
    assert_void(&server, &token);
    let back = revoked(&server, &["--undo", "Lin"]);
    assert!(back.contains("not revoked any more"), "{back}");
    Chat::connect(server.addr, &token).expect("joined");
    assert_eq!(revoked(&server, &["--list"]), "nobody is revoked\n");
}

#[test]
fn a_person_is_meant_by_sub_by_id_or_by_name_with_and_without_a_server() {
    for running in [true, false] {
        let mut server = Server::start("");
        let people = ["Lin", "Bo", "Cy"].map(|name| {
            let mut chat = Chat::person(&server, name, "host");
            // In the history, even where nobody says anything.
            chat.granted(json!({"type": "send", "room": "lobby", "text": "hello"}));
            (chat.id.clone(), server.token(name, "host"))
        });
        if !running {
            server.stop();
        }
        revoked(&server, &["test:Lin"]);
        if cfg!(feature = "full") || running {
            revoked(&server, &["Cy"]);
        } else {
            revoked(&server, &["test:Cy"]);
        }
        revoked(&server, &[&people[1].0]);
        if !running {
            server.start_again();
        }
        for (_, token) in &people {
            assert_void(&server, token);
        }
        assert_eq!(session(&server, &server.token("Ann", "host")).0, 200);
    }
}

#[test]
fn a_mistyped_name_is_an_error_and_an_unused_sub_is_revoked_with_a_note() {
    let server = Server::start("");
    let _lin = Chat::person(&server, "Lin", "host");
    for args in [&["Linn"][..], &["Ms Lin"], &["--undo", "Lin"], &[""]] {
        mistaken(&server, args);
    }
    assert_eq!(session(&server, &server.token("Lin", "host")).0, 200);
    assert!(mistaken(&server, &["Linn"]).contains("--sub"));
    let said = revoked(&server, &["--sub", "Linn"]);
    assert!(
        said.starts_with("note: ") && said.contains("--undo"),
        "{said}"
    );
    let unused = server.token_with("X", "member", json!({"sub": "leaver-7"}));
    assert_eq!(session(&server, &unused).0, 200);
    let said = revoked(&server, &["leaver-7"]);
    assert!(said.starts_with("note: "), "{said}");
    assert_void(&server, &unused);
    assert!(mistaken(&server, &["command-line"]).contains("changing the secret"));
    assert_eq!(revoked(&server, &["--list"]).lines().count(), 2);
}

#[test]
fn several_people_of_one_name_are_listed_and_nobody_is_revoked() {
    let mut server = Server::start("");
    // The name is free for the second, who comes after a restart.
    let mut tokens = ["one", "two"].map(|sub| {
        let token = server.token_with("Sam", "host", json!({"sub": sub}));
        Chat::connect(server.addr, &token).granted(json!({"type": "leave", "room": "lobby"}));
        server.stop();
        server.start_again();
        token
    });
    server.stop();
    if !cfg!(feature = "full") {
        return; // nothing has stored a name
    }
    let said = mistaken(&server, &["Sam"]);
    assert!(said.contains("choose one by id"), "{said}");
    let id = said
        .split("--all: ")
        .last()
        .unwrap()
        .split(' ')
        .next()
        .unwrap();
    revoked(&server, &[id]);
    server.start_again();
    tokens.sort_by_key(|token| session(&server, token).0);
    assert_eq!(session(&server, &tokens[0]).0, 200);
    assert_void(&server, &tokens[1]);
    // A host who comes with a new link every day is another person each time.
    let said = revoked(&server, &["--all", "Sam"]);
    assert!(
        said.contains("was revoked already") && said.contains("\nrevoked Sam"),
        "{said}"
    );
    assert_void(&server, &tokens[0]);
    assert!(mistaken(&server, &["--undo", "Sam"]).contains("--all"));
    let said = revoked(&server, &["--undo", "--all", "Sam"]);
    assert_eq!(said.matches("not revoked any more").count(), 2, "{said}");
    assert_eq!(session(&server, &tokens[0]).0, 200);
    server.stop();
    revoked(&server, &["--all", "Sam"]);
    server.start_again();
    tokens.iter().for_each(|token| assert_void(&server, token));
}

#[test]
fn only_the_command_line_may_revoke() {
    let server = Server::start("");
    let _bo = Chat::person(&server, "Bo", "host");
    for role in ["member", "moderator", "host"] {
        let token = server.token("Lin", role);
        let (status, slug) = ask(&server, "POST", "/api/revoke", &token, r#"{"who": "Bo"}"#);
        assert_eq!((status, &*slug), (403, "command_line_only"), "{role}");
    }
    let member = server.token_with("x", "member", json!({"sub": "command-line"}));
    assert_eq!(
        ask(&server, "POST", "/api/revoke", &member, r#"{"who": "Bo"}"#).0,
        403
    );
    assert_eq!(session(&server, &server.token("Bo", "host")).0, 200);
}

#[test]
fn a_damaged_list_stops_the_start_and_lets_nobody_in() {
    let mut server = Server::start("");
    let _lin = Chat::person(&server, "Lin", "host");
    revoked(&server, &["Lin"]);
    server.stop();
    let file = server.data().join("revoked");
    let good = fs::read(&file).unwrap();
    let mut flipped = good.clone();
    flipped[12] ^= 1;
    for bad in [&flipped[..], b"", &good[..good.len() - 2]] {
        fs::write(&file, bad).unwrap();
        let started = output(
            server
                .command("serve")
                .args(["--quiet", "--listen", "127.0.0.1:0"]),
        );
        let said = String::from_utf8(started.stderr).unwrap();
        assert_eq!(started.status.code(), Some(1), "{said}");
        assert!(
            said.contains("list of revoked people") && said.contains("damaged"),
            "{said}"
        );
        assert_eq!(revoke(&server, &["--list"]).status.code(), Some(1));
        assert_eq!(revoke(&server, &["test:Bo"]).status.code(), Some(1));
    }
    fs::write(&file, &good).unwrap();
    server.start_again();
    assert_void(&server, &server.token("Lin", "host"));
}

#[test]
fn a_revocation_outlives_the_secret_and_the_memory_of_the_person() {
    let mut server = Server::start("");
    let old_token = server.token("Lin", "host");
    let lin = Chat::person(&server, "Lin", "host");
    revoked(&server, &[&lin.id]);
    let forgotten = revoke_forget(&server);
    assert!(forgotten, "forgetting a person who is revoked");
    assert_void(&server, &old_token);
    let list = revoked(&server, &["--list"]);
    assert!(
        !list.contains("Lin ") && list.contains("test:Lin"),
        "{list}"
    );
    server.stop();
    let (old, new) = (server.data().join("secret"), server.data().join("old"));
    fs::rename(old, &new).unwrap();
    server.configure(&format!("[auth]\nprevious_secret_file = {new:?}\n"));
    server.start_again();
    assert_void(&server, &old_token);
    assert_void(&server, &server.token("Lin", "host"));
}

/// Has the running server forget Lin.
fn revoke_forget(server: &Server) -> bool {
    let body = json!({"who": "test:Lin"}).to_string();
    let token = server.token("Bo", "host");
    ask(server, "POST", "/api/forget", &token, &body).0 == 200
}

#[test]
fn a_guest_who_is_revoked_cannot_join_again_under_that_name() {
    let server = Server::start("");
    let eve = Guest::join(&server, "Eve", Some("a-device"));
    let mut chat = eve.connect(&server);
    revoked(&server, &[&eve.id]);
    chat.expect_close(1008);
    assert_void(&server, &eve.token);
    let again = Guest::try_join(&server, "Eve", Some("a-device"), crate::harness::CLASS_CODE);
    assert_eq!(
        (again.status, &again.json()["error"]),
        (403, &json!("revoked"))
    );
    Guest::join(&server, "Eve", Some("another-device"));
}

/// A token that verifies at the moment of the revocation must not come through behind it.
#[test]
fn connections_that_arrive_during_a_revocation_end_too() {
    let server = Server::start("");
    let token = server.token("Lin", "host");
    Chat::connect(server.addr, &token).expect("joined");
    std::thread::scope(|scope| {
        let storm = scope.spawn(|| {
            let mut open = Vec::new();
            for _ in 0..40 {
                open.push(Raw::upgrade(server.addr, "/ws", &bearer(&token)));
            }
            open
        });
        revoked(&server, &["Lin"]);
        for mut raw in storm.join().unwrap() {
            let code = raw.read_to_the_end();
            assert!(matches!(code, Some(1008 | 4409)), "{code:?}");
        }
    });
}

/// A token of a person is one that the server's secret signs, whoever made it.
#[test]
fn a_token_made_by_a_script_is_revoked_by_its_sub() {
    let mut server = Server::start("");
    let claims = json!({"sub": "leaver", "name": "Ms Lin", "role": "host", "exp": now() + 600});
    let header = json!({"alg": "HS256"});
    let token = sign(&server.secret(), &header, &claims);
    server.stop();
    revoked(&server, &["leaver"]);
    server.start_again();
    assert_void(&server, &token);
    let other: Value =
        json!({"sub": "stayer", "name": "Ms Lin", "role": "host", "exp": now() + 600});
    assert_eq!(
        session(&server, &sign(&server.secret(), &header, &other)).0,
        200
    );
}
