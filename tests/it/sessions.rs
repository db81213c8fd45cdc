//! Sessions: tokens that expire and are renewed, and too many tabs.

use serde_json::{Value, json};

use crate::harness::{Chat, Server, http, now};

/// A connected person whose token ends after this many seconds. It takes up to one of them to get
/// to the next whole second, and a loaded machine needs a part of the next to connect.
fn with_seconds(server: &Server, name: &str, seconds: u64) -> Chat {
    let token = server.token_with(name, "member", json!({"exp": now() + seconds}));
    let mut chat = Chat::connect(server.addr, &token);
    chat.expect("joined");
    chat
}

fn auth(token: &str) -> Value {
    json!({"type": "auth", "token": token})
}

#[test]
fn a_token_that_expires_ends_the_session() {
    let server = Server::start("");
    let mut ada = with_seconds(&server, "Ada", 3);
    let left = ada.expect("auth_expiring")["in"].as_u64().unwrap();
    assert!((1..=3).contains(&left), "{left}");
    assert_eq!(ada.expect_close(1008), "Unauthorized: expired");
    ada.raw.expect_eof();
}

#[test]
fn the_expiry_of_a_token_is_announced_a_minute_ahead() {
    let server = Server::start("");
    let mut ada = with_seconds(&server, "Ada", 64);
    ada.expect_no("auth_expiring");
    let left = ada.expect("auth_expiring")["in"].as_u64().unwrap();
    assert!((59..=60).contains(&left), "{left}");
}

#[test]
fn a_renewed_token_keeps_the_session_and_its_expiry_counts() {
    let server = Server::start("");
    let mut ada = with_seconds(&server, "Ada", 3);
    ada.expect("auth_expiring");
    ada.granted(auth(&server.token("Ada", "member")));
    // Bob's token, which is as old as Ada's first one, expires; Ada stays.
    let mut bob = with_seconds(&server, "Bob", 3);
    bob.expect_close(1008);
    ada.granted(json!({"type": "send", "room": "lobby", "text": "still here"}));

    // A shorter token counts as well.
    let short = server.token_with("Ada", "member", json!({"exp": now() + 3}));
    ada.granted(auth(&short));
    ada.expect("auth_expiring");
    assert_eq!(ada.expect_close(1008), "Unauthorized: expired");
}

#[test]
fn only_a_valid_token_of_the_same_person_renews() {
    let server = Server::start("");
    let mut ada = Chat::member(&server, "Ada");
    for (what, token) in [
        ("somebody else's", server.token("Bob", "member")),
        ("a host's", server.token("Ms Lin", "host")),
        (
            "expired",
            server.token_with("Ada", "member", json!({"exp": now() - 1})),
        ),
        ("forged", server.token("Ada", "member") + "x"),
        ("empty", String::new()),
    ] {
        println!("{what}");
        ada.refused(auth(&token), "unauthorized");
    }
    ada.granted(json!({"type": "send", "room": "lobby", "text": "still here"}));
}

#[test]
fn a_new_token_may_bring_another_role_and_other_rooms() {
    let server =
        Server::start("[rooms]\nlist = [\"lobby\", \"lab\"]\n[presence]\ntick = \"10ms\"\n");
    let mut ada = Chat::member(&server, "Ada");
    let mut bob = Chat::member(&server, "Bob");
    bob.so_far("presence");
    ada.granted(auth(&server.token("Ada", "moderator")));
    ada.granted(json!({"type": "moderate", "action": "mute", "user": bob.id}));
    loop {
        let presence = bob.expect("presence");
        let joined = presence["joined"].as_array().unwrap();
        if joined
            .iter()
            .any(|p| p["id"] == ada.id && p["role"] == "moderator")
        {
            break;
        }
    }
    let lab = server.token_with("Ada", "member", json!({"rooms": ["lab"]}));
    ada.granted(auth(&lab));
    ada.refused(
        json!({"type": "send", "room": "lobby", "text": "x"}),
        "not_in_room",
    );
    ada.refused(json!({"type": "join", "room": "lobby"}), "forbidden");
    ada.granted(json!({"type": "join", "room": "lab"}));
}

#[test]
fn one_tab_too_many_replaces_the_oldest() {
    let server = Server::start("[limits]\nconnections_per_user = 2\n");
    let mut tabs: Vec<Chat> = (0..2).map(|_| Chat::member(&server, "Ada")).collect();
    let mut bob = Chat::member(&server, "Bob");
    tabs.push(Chat::member(&server, "Ada"));
    let reason = tabs.remove(0).expect_close(4409);
    assert!(reason.starts_with("replaced: "), "{reason}");
    for tab in &mut tabs {
        tab.granted(json!({"type": "send", "room": "lobby", "text": "here"}));
    }
    tabs.push(Chat::member(&server, "Ada"));
    tabs.remove(0).expect_close(4409);
    // She was present all the time.
    bob.granted(json!({"type": "send", "room": "lobby", "text": "hello"}));
    for presence in bob.so_far("presence") {
        assert_eq!(presence["left"], json!([]), "{presence}");
    }
}

#[test]
fn the_session_endpoint_names_the_user_and_the_expiry() {
    let server = Server::start("");
    let exp = now() + 1000;
    let token = server.token_with("Ada", "observer", json!({"exp": exp}));
    let bearer = format!("Authorization: Bearer {token}\r\n");
    let session = http(server.addr, "GET", "/api/session", &bearer, "").json();
    let ada = Chat::connect(server.addr, &token);
    let user = json!({"id": ada.id, "name": "Ada", "role": "observer"});
    assert_eq!(session, json!({"user": user, "expires_at": exp * 1000}));
    for (headers, slug) in [
        ("", "token_missing"),
        ("Authorization: Bearer x.y.z\r\n", "token_invalid"),
    ] {
        let response = http(server.addr, "GET", "/api/session", headers, "");
        assert_eq!(
            (response.status, &response.json()["error"]),
            (401, &json!(slug))
        );
    }
    let late = server.token_with("Ada", "member", json!({"nbf": now() + 100}));
    let bearer = format!("Authorization: Bearer {late}\r\n");
    let response = http(server.addr, "GET", "/api/session", &bearer, "");
    assert_eq!(response.json()["error"], "token_not_yet_valid");
}
